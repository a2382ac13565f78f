from margay_sign_in import FAILED_LOGIN, context


def rule(event):
    return event.udm("event_type") == FAILED_LOGIN and bool(event.udm("actor_user"))


def title(event):
    return f"{event.udm('actor_user')} failed to sign in"


def alert_context(event):
    return context(event)
