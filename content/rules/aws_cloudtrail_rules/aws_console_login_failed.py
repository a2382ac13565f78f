from margay_cloudtrail import HIDDEN_NAME, account, actor, context


def rule(event):
    return (
        event.get("eventSource") == "signin.amazonaws.com"
        and event.get("eventName") == "ConsoleLogin"
        and event.deep_get("responseElements", "ConsoleLogin") == "Failure"
    )


def title(event):
    address = event.get("sourceIPAddress")
    return f"{actor(event)} failed to sign in to the console of {account(event)} from {address}"


def severity(event):
    if event.deep_get("userIdentity", "type") == "Root":
        return "HIGH"
    # A second factor was asked for, so the password was probably right.
    return "MEDIUM" if asked_for_mfa(event) else "DEFAULT"


def dedup(event):
    # Names that do not exist are hidden; what they have in common is where they were typed.
    if event.deep_get("userIdentity", "userName") == HIDDEN_NAME:
        return f"{account(event)} unknown names from {event.get('sourceIPAddress')}"
    return f"{account(event)} {actor(event)} {severity(event)}"


def alert_context(event):
    return context(
        event,
        mfaAsked=asked_for_mfa(event),
        loginTo=event.deep_get("additionalEventData", "LoginTo"),
        message=event.get("errorMessage"),
    )


def asked_for_mfa(event):
    return event.deep_get("additionalEventData", "MFAUsed") == "Yes"
