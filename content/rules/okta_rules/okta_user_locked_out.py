# The lock itself; the second kind stays until an administrator lifts it.
LOCKS = {"user.account.lock", "user.account.lock.limit"}
# Any other event, such as a sign-in, says with this that the account was locked already.
REASONS = {"LOCKED_OUT", "LOCKED OUT"}


def rule(event):
    return event.get("eventType") in LOCKS or event.deep_get("outcome", "reason") in REASONS


def title(event):
    return f"{locked_user(event)} is locked out of Okta"


def severity(event):
    is_threat = str(event.deep_get("debugContext", "debugData", "threatSuspected")).lower() == "true"
    if is_threat or event.get("eventType") == "user.account.lock.limit":
        return "MEDIUM"
    return "DEFAULT"


def dedup(event):
    return f"{locked_user(event)} {severity(event)}"


def alert_context(event):
    return {
        "actor": event.deep_get("actor", "displayName"),
        "id": event.deep_get("actor", "id"),
        "user": locked_user(event),
        "ip": event.udm("source_ip"),
        "country": event.deep_get("client", "geographicalContext", "country"),
        "asOrg": event.deep_get("securityContext", "asOrg"),
        "isProxy": event.deep_get("securityContext", "isProxy"),
        "userAgent": event.udm("user_agent"),
        "event": event.get("eventType"),
        "reason": event.deep_get("outcome", "reason"),
    }


def locked_user(event):
    """The login of the locked account: of the actor, or, when Okta itself acted, of the target."""
    if event.deep_get("actor", "type") == "User":
        return event.udm("actor_user") or "somebody unknown"
    return event.udm("user") or event.udm("actor_user") or "somebody unknown"
