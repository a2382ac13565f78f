from margay_cloudtrail import account, context, describe, grouping, is_deployment, succeeded

# With these the key, or what it is made of, is gone or on its way out; the value says what has happened.
LOSSES = {
    "DeleteCustomKeyStore": "a key store was deleted",
    "DeleteExpiredKeyMaterial": "imported key material has expired",
    "DeleteImportedKeyMaterial": "imported key material was deleted",
    "DeleteKey": "a key was deleted for good",
    "DisableKey": "a key was disabled",
    "DisconnectCustomKeyStore": "a key store was disconnected",
    "ScheduleKeyDeletion": "a key is to be deleted",
}
# With these AWS itself carries out what was ordered earlier; nobody is named.
CARRIED_OUT = {"DeleteExpiredKeyMaterial", "DeleteKey"}


def rule(event):
    return (
        event.get("eventSource") == "kms.amazonaws.com"
        and event.get("eventName") in LOSSES
        and succeeded(event)
    )


def title(event):
    loss = LOSSES.get(event.get("eventName"))
    if event.get("eventName") in CARRIED_OUT:
        return f"{loss} in {account(event)}: {key(event)}"
    days = event.deep_get("requestParameters", "pendingWindowInDays")
    when = f" in {days} days" if days else ""
    return f"{describe(event)}: {loss}{when}: {key(event)}"


def severity(event):
    # Test environments are torn down with their keys; a role that does so is still worth a look.
    return "MEDIUM" if is_deployment(event) else "DEFAULT"


def dedup(event):
    if event.get("eventName") in CARRIED_OUT:
        return f"{account(event)} {key(event)}"
    return grouping(event, severity(event))


def alert_context(event):
    return context(
        event,
        key=key(event),
        pendingDays=event.deep_get("requestParameters", "pendingWindowInDays"),
        deletionDate=event.deep_get("responseElements", "deletionDate"),
        service=event.deep_get("userIdentity", "invokedBy"),
    )


def key(event):
    """The key or key store, as an ARN where the record has one."""
    for resource in event.get("resources") or []:
        if resource.get("ARN"):
            return resource.get("ARN")
    return (
        event.deep_get("responseElements", "keyId")
        or event.deep_get("requestParameters", "keyId")
        or event.deep_get("requestParameters", "customKeyStoreId")
        or "an unknown key"
    )
