"""Helpers shared by the demonstration's rules."""


def actor_of(event):
    """The person behind an Okta event, as people write them."""
    return event.deep_get("actor", "alternateId", default="somebody unknown")


def who_in_cloudtrail(event):
    """The name behind a CloudTrail event: user, role session or account root."""
    identity = event.get("userIdentity", {})
    if identity.get("type") == "Root":
        return "the root user"
    return identity.get("userName") or identity.get("arn", "somebody unknown").split("/")[-1]
