from demo_helpers import actor_of


def rule(event):
    return event.deep_get("outcome", "reason") == "LOCKED_OUT"


def title(event):
    return f"{actor_of(event)} is locked out of Okta"


def dedup(event):
    return actor_of(event)


def destinations(event):
    # The workflow unlocks this team's accounts by itself; everybody sees the message.
    if actor_of(event).endswith("@field.example.com"):
        return ["security-slack", "tines-unlock"]
    return ["security-slack"]


def alert_context(event):
    return {
        "actor": event.deep_get("actor", "displayName"),
        "id": event.deep_get("actor", "id"),
        "ip": event.deep_get("client", "ipAddress"),
    }
