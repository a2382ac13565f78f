from demo_helpers import who_in_cloudtrail


def rule(event):
    return event.get("errorCode") in ("AccessDenied", "Client.UnauthorizedOperation")


def title(event):
    return f"{who_in_cloudtrail(event)} is refused again and again"


def alert_context(event):
    return {"firstRefusedCall": event.get("eventName"), "region": event.get("awsRegion")}
