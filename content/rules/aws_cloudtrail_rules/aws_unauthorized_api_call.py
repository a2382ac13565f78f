from margay_cloudtrail import account, actor, context, denied, is_aws_service

# Calls that are refused in the ordinary course of things: clients ask whether a bucket is there.
USUAL = {"HeadBucket", "HeadObject"}
# For these it matters what was asked for: to try one role, secret or instance after another is to search.
TARGETS = {
    "AssumeRole": "roleArn",
    "Decrypt": "keyId",
    "DescribeInstanceAttribute": "instanceId",
    "GetParameter": "name",
    "GetPasswordData": "instanceId",
    "GetSecretValue": "secretId",
    "StartSession": "target",
}


def rule(event):
    if not denied(event) or event.get("eventName") in USUAL or is_aws_service(event):
        return False
    # Everybody on the internet may ask for objects of a bucket.
    return event.deep_get("userIdentity", "accountId") != "anonymous"


def title(event):
    return f"{actor(event)} is refused one call after another in {account(event)}"


def dedup(event):
    return f"{account(event)} {actor(event)}"


def unique(event):
    service = event.get("eventSource")
    # A page of the console makes dozens of calls, whatever the person in front of it may do.
    if is_console(event):
        return f"{service} in the console"
    return f"{service} {event.get('eventName')} {target(event)}"


def alert_context(event):
    return context(
        event,
        firstRefused=f"{event.get('eventSource')} {event.get('eventName')}",
        message=event.get("errorMessage"),
        console=is_console(event),
    )


def target(event):
    """What was asked for, for the calls for which that matters; else an empty text."""
    parameter = TARGETS.get(event.get("eventName"))
    if not parameter:
        return ""
    # Of many refused calls the parameters are left out; then the message names the resource.
    message = event.get("errorMessage") or ""
    named = message.partition(" on resource: ")[2].partition(" ")[0]
    return event.deep_get("requestParameters", parameter) or named


def is_console(event):
    return str(event.get("sessionCredentialFromConsole")).lower() == "true"
