from margay_cloudtrail import (
    context,
    describe,
    grouping,
    inner_request,
    is_aws_service,
    severity_of_change,
    succeeded,
)

# Each of these is a new way in or out that stays until somebody closes it.
OPENING = {
    "AcceptTransitGatewayPeeringAttachment",
    "AcceptTransitGatewayVpcAttachment",
    "AttachInternetGateway",
    "AttachVpnGateway",
    "AuthorizeClientVpnIngress",
    "CreateClientVpnEndpoint",
    "CreateTransitGatewayPeeringAttachment",
    "CreateVpnConnection",
}
OTHER = {
    "AssociateClientVpnTargetNetwork",
    "CreateCarrierGateway",
    "CreateCustomerGateway",
    "CreateEgressOnlyInternetGateway",
    "CreateInternetGateway",
    "CreateNatGateway",
    "CreateTransitGateway",
    "CreateTransitGatewayVpcAttachment",
    "CreateVpnConnectionRoute",
    "CreateVpnGateway",
    "DeleteCarrierGateway",
    "DeleteClientVpnEndpoint",
    "DeleteCustomerGateway",
    "DeleteEgressOnlyInternetGateway",
    "DeleteInternetGateway",
    "DeleteNatGateway",
    "DeleteTransitGateway",
    "DeleteTransitGatewayPeeringAttachment",
    "DeleteTransitGatewayVpcAttachment",
    "DeleteVpnConnection",
    "DeleteVpnConnectionRoute",
    "DeleteVpnGateway",
    "DetachInternetGateway",
    "DetachVpnGateway",
    "ModifyClientVpnEndpoint",
    "ModifyTransitGateway",
    "ModifyTransitGatewayVpcAttachment",
    "ModifyVpnConnection",
    "RevokeClientVpnIngress",
}


def rule(event):
    if event.get("eventSource") != "ec2.amazonaws.com" or not succeeded(event) or is_aws_service(event):
        return False
    return event.get("eventName") in OPENING or event.get("eventName") in OTHER


def title(event):
    return describe(event)


def severity(event):
    return severity_of_change(event, "MEDIUM" if event.get("eventName") in OPENING else None)


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, request=inner_request(event))
