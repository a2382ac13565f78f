from margay_cloudtrail import account, actor, context

# With these the root user makes itself a way back in, or takes a lock off.
ENTRENCHING = {
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateVirtualMFADevice",
    "DeactivateMFADevice",
    "DeleteVirtualMFADevice",
    "EmailUpdated",
    "EnableMFADevice",
    "PasswordRecoveryCompleted",
    "PasswordUpdated",
    "UpdateAccessKey",
    "UpdateAccountEmailAddress",
}


def rule(event):
    if event.get("eventSource") == "sts.amazonaws.com" and event.get("eventName") == "AssumeRoot":
        return not event.get("errorCode")
    if event.deep_get("userIdentity", "type") != "Root":
        return False
    # AWS itself works under the account's name too.
    if event.deep_get("userIdentity", "invokedBy") or event.get("eventType") == "AwsServiceEvent":
        return False
    # Sign-ins that fail are the matter of another rule. Calls that fail are not: somebody is in.
    # The sign-in service writes the result under the name of the event.
    return event.deep_get("responseElements", event.get("eventName") or "") != "Failure"


def title(event):
    if event.get("eventName") == "AssumeRoot":
        member = event.deep_get("requestParameters", "targetPrincipal", default="another account")
        return f"{actor(event)} took a root session of {member}"
    if event.get("errorCode"):
        return f"the root user of {account(event)} tried {event.get('eventName')}: {event.get('errorCode')}"
    return f"the root user of {account(event)} did {event.get('eventName')}"


def severity(event):
    if event.get("eventName") == "AssumeRoot":
        return "DEFAULT"
    if event.get("eventName") in ENTRENCHING or used_access_key(event):
        return "CRITICAL"
    if event.get("eventName") == "ConsoleLogin" and event.deep_get("additionalEventData", "MFAUsed") != "Yes":
        return "CRITICAL"
    return "DEFAULT"


def dedup(event):
    return f"{account(event)} {actor(event)} {severity(event)}"


def alert_context(event):
    return context(
        event,
        service=event.get("eventSource"),
        readOnly=event.get("readOnly"),
        longTermKey=used_access_key(event),
        mfaUsed=event.deep_get("additionalEventData", "MFAUsed"),
        request=event.get("requestParameters"),
    )


def used_access_key(event):
    """Whether a key that does not expire signed the call. The root user should have none."""
    return event.deep_get("userIdentity", "accessKeyId", default="").startswith("AKIA")
