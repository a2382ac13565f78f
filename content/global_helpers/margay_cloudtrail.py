"""Who did what in a CloudTrail event, in the words that all rules and the data model share.

The functions use `get` and `deep_get` only, so they take events and what data-model methods are given.
Record layout: `cloudtrail-event-reference-record-contents.html` in the CloudTrail user guide of AWS.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from margay_settings import DEPLOYMENT_ROLES

# What CloudTrail writes instead of a user name that does not exist: people type passwords into that field.
HIDDEN_NAME = "HIDDEN_DUE_TO_SECURITY_REASONS"

SEVERITY_ORDER = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def succeeded(event):
    """Whether the call was carried out. One that was refused or failed has changed nothing."""
    return not event.get("errorCode") and not event.get("errorMessage")


def denied(event):
    """Whether the call failed because the caller may not make it."""
    code = event.get("errorCode") or ""
    return "AccessDenied" in code or "UnauthorizedOperation" in code or code.startswith("AuthorizationError")


def account(event):
    """The account in which it happened."""
    return (
        event.get("recipientAccountId")
        or event.deep_get("userIdentity", "accountId")
        or "an unknown account"
    )


def actor(event):
    """The acting identity as people call it: `alice`, `Deploy/run-7`, `the root user`, a service's name."""
    if event.deep_get("userIdentity", "type") == "Root":
        return "the root user"
    name = event.deep_get("userIdentity", "userName")
    if name == HIDDEN_NAME:
        return "an unknown user name"
    if name:
        return name
    # arn:aws:sts::123456789012:assumed-role/Deploy/run-7
    arn = event.deep_get("userIdentity", "arn", default="")
    return (
        arn.partition("/")[2]
        or event.deep_get("userIdentity", "invokedBy")
        or event.deep_get("userIdentity", "principalId")
        or event.deep_get("userIdentity", "onBehalfOf", "userId")
        or "an unknown identity"
    )


def is_aws_service(event):
    """Whether AWS itself acted: a service, or a service-linked role, which nobody else can assume."""
    if event.deep_get("userIdentity", "type") == "AWSService":
        return True
    issuer = event.deep_get("userIdentity", "sessionContext", "sessionIssuer", "arn", default="")
    return ":role/aws-service-role/" in issuer


def is_deployment(event):
    """Whether a role acted that `margay_settings` names as one for deployments."""
    role = event.deep_get("userIdentity", "sessionContext", "sessionIssuer", "userName", default="")
    return any(fnmatchcase(role, pattern) for pattern in DEPLOYMENT_ROLES)


def severity_of_change(event, danger):
    """The severity of a change whose worst trait is `danger`, a severity or `None` for nothing special.

    `DEFAULT`, the severity of the rule's file, when there is nothing special; `INFO` when, besides, a
    deployment role made it.
    """
    if danger:
        return danger
    return "INFO" if is_deployment(event) else "DEFAULT"


def worst(severities):
    """The gravest of some severities, or `None` when there is none; `None` among them counts for nothing."""
    found = [severity for severity in severities if severity]
    return max(found, key=SEVERITY_ORDER.index) if found else None


def describe(event):
    """The call in words: `alice called StopLogging in 123456789012 (us-east-1)`."""
    call = f"{actor(event)} called {event.get('eventName')} in {account(event)}"
    region = event.get("awsRegion")
    return f"{call} ({region})" if region else call


def grouping(event, severity):
    """A dedup string: one alert for each account, identity and severity.

    The severity is part of it because an alert keeps that of its first match: a grave change after a
    harmless one must not drown in the alert of the harmless one.
    """
    return f"{account(event)} {actor(event)} {severity}"


def context(event, **more):
    """What somebody who looks at the alert asks first. `more` adds what is particular to the rule."""
    return {
        "account": account(event),
        "region": event.get("awsRegion"),
        "actor": actor(event),
        "actorArn": event.deep_get("userIdentity", "arn"),
        "actorType": event.deep_get("userIdentity", "type"),
        "accessKeyId": event.deep_get("userIdentity", "accessKeyId"),
        "mfa": event.deep_get("userIdentity", "sessionContext", "attributes", "mfaAuthenticated"),
        "invokedBy": event.deep_get("userIdentity", "invokedBy"),
        "sourceIp": event.get("sourceIPAddress"),
        "userAgent": event.get("userAgent"),
        "event": event.get("eventName"),
        "eventId": event.get("eventID"),
        "error": event.get("errorCode"),
        **more,
    }


def members(value):
    """The members of a list of EC2, in each of the forms in which CloudTrail writes one.

    `{"items": [...]}`, `{}` for an empty one, `{"tag": 1, "content": ...}` or a plain list of such in
    requests that were XML, one object alone, or nothing.
    """
    if isinstance(value, Mapping):
        if "items" in value or not value:
            return members(value.get("items"))
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return []


def inner_request(event):
    """The parameters of an EC2 request, without the wrapper of newer actions.

    Those write `{"DeleteFlowLogsRequest": {...}}` where older ones write the parameters themselves.
    """
    wrapped = event.deep_get("requestParameters", f"{event.get('eventName')}Request")
    parameters = wrapped or event.get("requestParameters")
    return parameters if isinstance(parameters, Mapping) else {}
