from margay_cloudtrail import (
    account,
    actor,
    context,
    describe,
    grouping,
    inner_request,
    is_aws_service,
    members,
    severity_of_change,
    succeeded,
    worst,
)
from margay_network import is_internet, is_ordinary, opened_services

CHANGES = {
    "AssociateSecurityGroupVpc",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "DisassociateSecurityGroupVpc",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
}
# These change, among much else, which groups guard an instance.
ATTACHING = {"ModifyInstanceAttribute", "ModifyNetworkInterfaceAttribute"}


def rule(event):
    if event.get("eventSource") != "ec2.amazonaws.com" or not succeeded(event) or is_aws_service(event):
        return False
    if event.get("eventName") in ATTACHING:
        return bool(event.deep_get("requestParameters", "groupSet"))
    return event.get("eventName") in CHANGES


def title(event):
    opened = openings(event)
    if opened:
        what = ", ".join(dict.fromkeys(text for text, _ in opened))
        return f"{actor(event)} opened {group(event)} in {account(event)} to the internet: {what}"
    return describe(event)


def severity(event):
    return severity_of_change(event, worst(danger for _, danger in openings(event)))


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(
        event,
        group=group(event),
        opened=[text for text, _ in openings(event)],
        request=inner_request(event),
    )


def group(event):
    request = inner_request(event)
    return (
        request.get("groupId")
        or request.get("GroupId")
        or request.get("groupName")
        or event.deep_get("responseElements", "groupId")
        or "a security group"
    )


def openings(event):
    """What the change opens to the internet, in words, each with its severity."""
    return [
        judge(protocol, first, last)
        for protocol, first, last, ranges in ingress(event)
        if any(is_internet(cidr) for cidr in ranges)
    ]


def judge(protocol, first, last):
    services = opened_services(protocol, first, last)
    ports = f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
    if services:
        return (f"{', '.join(services)} ({ports})" if first is not None else services[0]), "HIGH"
    return ports, None if is_ordinary(protocol, first, last) else "MEDIUM"


def ingress(event):
    """Protocol, first port, last port and address ranges of each inbound rule that the event adds."""
    name = event.get("eventName")
    request = inner_request(event)
    if name == "AuthorizeSecurityGroupIngress":
        # Callers may give one rule without a list around it.
        rules = members(request.get("ipPermissions")) or [request]
        return [
            (
                rule.get("ipProtocol"),
                rule.get("fromPort"),
                rule.get("toPort"),
                [rule.get("cidrIp")]
                + [each.get("cidrIp") for each in members(rule.get("ipRanges"))]
                + [each.get("cidrIpv6") for each in members(rule.get("ipv6Ranges"))],
            )
            for rule in rules
        ]
    if name == "ModifySecurityGroupRules":
        # The request does not say whether the rule is inbound; outbound ones are rarely changed in place.
        updates = [each.get("SecurityGroupRule") or {} for each in members(request.get("SecurityGroupRule"))]
        return [
            (
                update.get("IpProtocol"),
                update.get("FromPort"),
                update.get("ToPort"),
                [update.get("CidrIpv4"), update.get("CidrIpv6")],
            )
            for update in updates
        ]
    return []
