from margay_cloudtrail import (
    context,
    describe,
    grouping,
    inner_request,
    is_aws_service,
    severity_of_change,
    succeeded,
)
from margay_network import is_default_route

# These say where traffic goes.
ROUTING = {"CreateRoute", "ReplaceRoute"}
OTHER = {
    "AssociateRouteTable",
    "AssociateTransitGatewayRouteTable",
    "CreateRouteTable",
    "CreateTransitGatewayRoute",
    "CreateTransitGatewayRouteTable",
    "DeleteRoute",
    "DeleteRouteTable",
    "DeleteTransitGatewayRoute",
    "DeleteTransitGatewayRouteTable",
    "DisableTransitGatewayRouteTablePropagation",
    "DisableVgwRoutePropagation",
    "DisassociateRouteTable",
    "DisassociateTransitGatewayRouteTable",
    "EnableTransitGatewayRouteTablePropagation",
    "EnableVgwRoutePropagation",
    "ReplaceRouteTableAssociation",
    "ReplaceTransitGatewayRoute",
}


def rule(event):
    if event.get("eventSource") != "ec2.amazonaws.com" or not succeeded(event) or is_aws_service(event):
        return False
    return event.get("eventName") in ROUTING or event.get("eventName") in OTHER


def title(event):
    if event.get("eventName") in ROUTING:
        return f"{describe(event)}: {destination(event)} goes to {target(event)}"
    return describe(event)


def severity(event):
    return severity_of_change(event, danger(event))


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, request=inner_request(event))


def danger(event):
    if event.get("eventName") not in ROUTING:
        return None
    goes_to = target(event)
    is_everything = is_default_route(destination(event))
    # An instance or its interface in the way can read and change what passes through it.
    if goes_to.startswith(("i-", "eni-")):
        return "HIGH" if is_everything else "MEDIUM"
    # With this, what is in the subnets of the table can be reached from the internet.
    if goes_to.startswith("igw-") and is_everything:
        return "MEDIUM"
    return None


def destination(event):
    route = event.get("requestParameters") or {}
    return (
        route.get("destinationCidrBlock")
        or route.get("destinationIpv6CidrBlock")
        or route.get("destinationPrefixListId")
        or "an unknown destination"
    )


def target(event):
    route = event.get("requestParameters") or {}
    for key in (
        "gatewayId",
        "instanceId",
        "networkInterfaceId",
        "natGatewayId",
        "vpcPeeringConnectionId",
        "transitGatewayId",
        "vpcEndpointId",
        "egressOnlyInternetGatewayId",
        "carrierGatewayId",
        "localGatewayId",
        "coreNetworkArn",
    ):
        if route.get(key):
            return route.get(key)
    return "an unknown target"
