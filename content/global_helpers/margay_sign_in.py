"""Sign-ins of all log types: the words of the data models, and what the sign-in rules say about one.

The words are those that rules for several log types compare `event.udm("event_type")` with.
"""

FAILED_LOGIN = "failed_login"
SUCCESSFUL_LOGIN = "successful_login"


def identity(event):
    """Who signs in: one text for a person, and another for a namesake of another log type or account."""
    where = event.get("recipientAccountId")
    parts = [event.get("p_log_type"), where, event.udm("actor_user")]
    return " ".join(part for part in parts if part)


def context(event):
    """What signals of sign-ins carry; the correlation rule compares `identity`."""
    return {
        "identity": identity(event),
        "user": event.udm("actor_user"),
        "sourceIp": event.udm("source_ip"),
        "userAgent": event.udm("user_agent"),
        "logType": event.get("p_log_type"),
    }
