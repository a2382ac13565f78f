from demo_helpers import who_in_cloudtrail


def rule(event):
    return (
        event.get("eventName") == "ConsoleLogin"
        and event.deep_get("userIdentity", "type") == "Root"
        and event.deep_get("responseElements", "ConsoleLogin") == "Success"
    )


def title(event):
    account = event.get("recipientAccountId", "an unknown account")
    return f"{who_in_cloudtrail(event)} signed in to the console of {account}"


def severity(event):
    if event.deep_get("additionalEventData", "MFAUsed") == "No":
        return "CRITICAL"
    return "DEFAULT"


def alert_context(event):
    return {"ip": event.get("sourceIPAddress"), "mfa": event.deep_get("additionalEventData", "MFAUsed")}
