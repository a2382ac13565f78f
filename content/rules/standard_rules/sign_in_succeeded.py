from margay_sign_in import SUCCESSFUL_LOGIN, context


def rule(event):
    return event.udm("event_type") == SUCCESSFUL_LOGIN and bool(event.udm("actor_user"))


def title(event):
    return f"{event.udm('actor_user')} signed in"


def alert_context(event):
    return context(event)
