from margay_cloudtrail import (
    context,
    describe,
    grouping,
    is_aws_service,
    severity_of_change,
    succeeded,
)
from margay_network import is_internet, opened_services

CHANGES = {
    "CreateNetworkAcl",
    "CreateNetworkAclEntry",
    "DeleteNetworkAcl",
    "DeleteNetworkAclEntry",
    "ReplaceNetworkAclAssociation",
    "ReplaceNetworkAclEntry",
}


def rule(event):
    return (
        event.get("eventSource") == "ec2.amazonaws.com"
        and event.get("eventName") in CHANGES
        and succeeded(event)
        and not is_aws_service(event)
    )


def title(event):
    opened = services_opened(event)
    if opened:
        acl = event.deep_get("requestParameters", "networkAclId")
        return f"{describe(event)}: {acl} lets the internet reach {', '.join(opened)}"
    return describe(event)


def severity(event):
    return severity_of_change(event, "MEDIUM" if services_opened(event) else None)


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, opened=services_opened(event), request=event.get("requestParameters"))


def services_opened(event):
    """What an entry lets the internet reach; empty for other entries and other changes."""
    entry = event.get("requestParameters") or {}
    if entry.get("ruleAction") != "allow" or entry.get("egress") is True:
        return []
    if not is_internet(entry.get("cidrBlock")) and not is_internet(entry.get("ipv6CidrBlock")):
        return []
    ports = entry.get("portRange") or {}
    return opened_services(entry.get("aclProtocol"), ports.get("from"), ports.get("to"))
