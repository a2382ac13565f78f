from margay_cloudtrail import context, denied, describe, grouping, severity_of_change, succeeded
from margay_policies import foreign_accounts

# After these there are no new records of what happens.
BLINDING = {
    "DeleteEventDataStore",
    "DeleteTrail",
    "DeregisterOrganizationDelegatedAdmin",
    "StopEventDataStoreIngestion",
    "StopLogging",
}
# These add records, or records again.
ADDING = {
    "CreateEventDataStore",
    "CreateTrail",
    "RegisterOrganizationDelegatedAdmin",
    "RestoreEventDataStore",
    "StartEventDataStoreIngestion",
    "StartLogging",
}
# These may do either.
CHANGING = {
    "DeleteChannel",
    "PutEventSelectors",
    "PutInsightSelectors",
    "UpdateChannel",
    "UpdateEventDataStore",
    "UpdateTrail",
}
# Parameters of `UpdateTrail` that make a trail see less, or easier to falsify, when they are false.
COVERAGE = (
    "enableLogFileValidation",
    "includeGlobalServiceEvents",
    "isMultiRegionTrail",
    "isOrganizationTrail",
)


def rule(event):
    if event.get("eventSource") != "cloudtrail.amazonaws.com":
        return False
    name = event.get("eventName")
    if succeeded(event):
        return name in BLINDING or name in ADDING or name in CHANGING
    # Nobody tries to switch the log off by accident.
    return name in BLINDING and denied(event)


def title(event):
    if denied(event):
        return f"{describe(event)} and was refused"
    return describe(event)


def severity(event):
    if denied(event):
        return "DEFAULT"
    if weakens(event):
        return "HIGH"
    if event.get("eventName") in ADDING:
        return severity_of_change(event, "LOW")
    return severity_of_change(event, None)


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, request=event.get("requestParameters"))


def weakens(event):
    """Whether there are fewer records from now on, or whether their owner may lose them."""
    name = event.get("eventName")
    if name in BLINDING:
        return True
    if name == "UpdateTrail":
        is_narrowed = any(event.deep_get("requestParameters", key) is False for key in COVERAGE)
        return is_narrowed or uses_foreign_key(event)
    if name == "PutEventSelectors":
        return not keeps_management_events(event.get("requestParameters") or {})
    return False


def uses_foreign_key(event):
    """Whether the logs are encrypted with a key of another account from now on."""
    key = event.deep_get("requestParameters", "kmsKeyId", default="")
    return bool(foreign_accounts({"Principal": key}, event.get("recipientAccountId")))


def keeps_management_events(parameters):
    """Whether at least one selector still takes changing management events."""
    for selector in parameters.get("eventSelectors") or []:
        if selector.get("includeManagementEvents", True) and selector.get("readWriteType") != "ReadOnly":
            return True
    for selector in parameters.get("advancedEventSelectors") or []:
        fields = selector.get("fieldSelectors") or []
        wanted = {field.get("field"): field.get("equals") or [] for field in fields}
        if "Management" in wanted.get("eventCategory", []) and "true" not in wanted.get("readOnly", []):
            return True
    return False
