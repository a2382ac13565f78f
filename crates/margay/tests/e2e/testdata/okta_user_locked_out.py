from panther_base_helpers import deep_get
def rule(event):
    return deep_get(event, 'outcome', 'reason') == 'LOCKED OUT'

def title(event):
    return f"{deep_get(event, 'actor', 'alternateId')} is locked out."

def destinations(event):
    if deep_get(event, 'actor', 'alternateId') == "username@example.com":
        return ['dev-alert-destinations', 'tines-okta-user-lock-out']
    return ['dev-general'] 

def alert_context(event):
    return {
        "actor": deep_get(event, "actor", "displayName"),
        "id": deep_get(event, "actor", "id")
    }
