from margay_cloudtrail import (
    account,
    context,
    describe,
    grouping,
    inner_request,
    is_aws_service,
    severity_of_change,
    succeeded,
)
from margay_settings import TRUSTED_ACCOUNTS

# What each change may mean at its worst; `None` is the severity of the rule.
CHANGES = {
    "AcceptVpcEndpointConnections": None,
    "AcceptVpcPeeringConnection": None,
    "AssociateVpcCidrBlock": None,
    "AttachClassicLinkVpc": None,
    "CreateTrafficMirrorSession": "HIGH",
    "CreateTrafficMirrorTarget": None,
    "CreateVpc": None,
    "CreateVpcBlockPublicAccessExclusion": "MEDIUM",
    "CreateVpcEndpoint": None,
    "CreateVpcPeeringConnection": None,
    "DeleteFlowLogs": "HIGH",
    "DeleteVpc": None,
    "DeleteVpcEndpoints": None,
    "DeleteVpcPeeringConnection": None,
    "DetachClassicLinkVpc": None,
    "DisableVpcClassicLink": None,
    "DisassociateVpcCidrBlock": None,
    "EnableVpcClassicLink": None,
    "ModifySubnetAttribute": None,
    "ModifyTrafficMirrorSession": "HIGH",
    "ModifyVpcAttribute": None,
    "ModifyVpcBlockPublicAccessOptions": None,
    "ModifyVpcEndpoint": None,
    "ModifyVpcPeeringConnectionOptions": None,
    "RejectVpcPeeringConnection": None,
}
PEERING = {"AcceptVpcPeeringConnection", "CreateVpcPeeringConnection"}


def rule(event):
    if event.get("eventSource") != "ec2.amazonaws.com" or not succeeded(event) or is_aws_service(event):
        return False
    if event.get("eventName") == "ModifySubnetAttribute":
        return gives_public_addresses(event)
    return event.get("eventName") in CHANGES


def title(event):
    peer = foreign_peer(event)
    return f"{describe(event)}, with account {peer}" if peer else describe(event)


def severity(event):
    return severity_of_change(event, danger(event))


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, peer=foreign_peer(event), request=inner_request(event))


def danger(event):
    if gives_public_addresses(event) or foreign_peer(event):
        return "MEDIUM"
    if event.get("eventName") == "ModifyVpcBlockPublicAccessOptions":
        return "HIGH" if inner_request(event).get("InternetGatewayBlockMode") == "off" else None
    return CHANGES.get(event.get("eventName"))


def gives_public_addresses(event):
    """Whether new instances of a subnet get public addresses from now on."""
    return event.deep_get("requestParameters", "mapPublicIpOnLaunch", "value") is True


def foreign_peer(event):
    """The other account of a peering, when it is neither this one nor trusted; else `None`."""
    if event.get("eventName") not in PEERING:
        return None
    connection = event.deep_get("responseElements", "vpcPeeringConnection", default={})
    owners = (
        event.deep_get("requestParameters", "peerOwnerId"),
        (connection.get("requesterVpcInfo") or {}).get("ownerId"),
        (connection.get("accepterVpcInfo") or {}).get("ownerId"),
    )
    for owner in owners:
        if owner and owner != account(event) and owner not in TRUSTED_ACCOUNTS:
            return owner
    return None
