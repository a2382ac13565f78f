from margay_sign_in import FAILED_LOGIN, context, identity


def rule(event):
    return event.udm("event_type") == FAILED_LOGIN and bool(event.udm("source_ip"))


def title(event):
    where = event.get("p_log_type")
    return f"{event.udm('source_ip')} tries the accounts of one person after another ({where})"


def dedup(event):
    return f"{event.get('p_log_type')} {event.udm('source_ip')}"


def unique(event):
    return identity(event)


def alert_context(event):
    return context(event)
