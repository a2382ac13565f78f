from margay_cloudtrail import account, actor, context


def rule(event):
    if event.get("eventSource") != "signin.amazonaws.com" or event.get("eventName") != "ConsoleLogin":
        return False
    if event.deep_get("responseElements", "ConsoleLogin") != "Success":
        return False
    # Whoever comes from an identity provider used the second factor there, if any; AWS does not know.
    if event.deep_get("userIdentity", "type") not in ("IAMUser", "Root"):
        return False
    if event.deep_get("additionalEventData", "SamlProviderArn"):
        return False
    return not used_mfa(event)


def title(event):
    return f"{actor(event)} signed in to the console of {account(event)} without a second factor"


def severity(event):
    return "CRITICAL" if event.deep_get("userIdentity", "type") == "Root" else "DEFAULT"


def dedup(event):
    return f"{account(event)} {actor(event)}"


def alert_context(event):
    return context(
        event,
        mfaUsed=event.deep_get("additionalEventData", "MFAUsed"),
        loginTo=event.deep_get("additionalEventData", "LoginTo"),
        mobile=event.deep_get("additionalEventData", "MobileVersion"),
    )


def used_mfa(event):
    """Whether a second factor is on record. When the record does not say, none was used."""
    return (
        event.deep_get("additionalEventData", "MFAUsed") == "Yes"
        or event.deep_get("userIdentity", "sessionContext", "attributes", "mfaAuthenticated") == "true"
    )
