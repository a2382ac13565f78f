from margay_cloudtrail import (
    context,
    denied,
    describe,
    grouping,
    is_aws_service,
    severity_of_change,
    succeeded,
)

# After these the state of resources is not recorded any more.
STOPPING = {
    "DeleteConfigurationRecorder",
    "DeleteDeliveryChannel",
    "DeleteServiceLinkedConfigurationRecorder",
    "StopConfigurationRecorder",
}
# These end a check, a remedy or a collection, or what is kept of them.
REMOVING = {
    "DeleteAggregationAuthorization",
    "DeleteConfigRule",
    "DeleteConfigurationAggregator",
    "DeleteConformancePack",
    "DeleteEvaluationResults",
    "DeleteOrganizationConfigRule",
    "DeleteOrganizationConformancePack",
    "DeleteRemediationConfiguration",
    "DeleteResourceConfig",
    "PutRemediationExceptions",
    "PutRetentionConfiguration",
}
# These set recording up anew, with more or with less.
SETTING = {"PutConfigurationRecorder", "PutDeliveryChannel"}


def rule(event):
    # Security Hub and the like manage rules of their own with service-linked roles.
    if event.get("eventSource") != "config.amazonaws.com" or is_aws_service(event):
        return False
    name = event.get("eventName")
    if succeeded(event):
        return name in STOPPING or name in REMOVING or name in SETTING
    return name in STOPPING and denied(event)


def title(event):
    if denied(event):
        return f"{describe(event)} and was refused"
    return describe(event)


def severity(event):
    if denied(event):
        return "DEFAULT"
    if event.get("eventName") in STOPPING:
        return "HIGH"
    if event.get("eventName") in SETTING and not narrows(event):
        return severity_of_change(event, "LOW")
    return severity_of_change(event, None)


def dedup(event):
    return grouping(event, severity(event))


def alert_context(event):
    return context(event, request=event.get("requestParameters"))


def narrows(event):
    """Whether the recorder leaves out kinds of resources from now on."""
    recording = event.deep_get("requestParameters", "configurationRecorder", "recordingGroup", default={})
    return bool(recording) and not recording.get("allSupported")
