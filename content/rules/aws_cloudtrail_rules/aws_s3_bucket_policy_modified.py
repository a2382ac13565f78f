import json
import re

from margay_cloudtrail import (
    account,
    context,
    describe,
    grouping,
    is_aws_service,
    severity_of_change,
    succeeded,
    worst,
)
from margay_policies import allowing, as_list, foreign_accounts, is_public, only_writes_objects

# Calls about a whole account have the first source too; the second is that of directory buckets.
SOURCES = {"s3.amazonaws.com", "s3express.amazonaws.com"}
CHANGES = {
    "DeleteAccessPointPolicy",
    "DeleteAccountPublicAccessBlock",
    "DeleteBucketCors",
    "DeleteBucketLifecycle",
    "DeleteBucketOwnershipControls",
    "DeleteBucketPolicy",
    "DeleteBucketPublicAccessBlock",
    "DeleteBucketReplication",
    "PutAccessPointPolicy",
    "PutAccountPublicAccessBlock",
    "PutBucketAcl",
    "PutBucketCors",
    "PutBucketLifecycle",
    "PutBucketOwnershipControls",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutBucketReplication",
}
# Groups of an access-control list that are everybody, or everybody with any AWS account at all.
PUBLIC_GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
PUBLIC_CANNED_ACLS = ("public-read", "public-read-write", "authenticated-read")
BLOCK_SETTINGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
# Logs that are gone after so few days are gone before anybody looks for them.
SHORT_LIFE_DAYS_MAX = 7
# How buckets, prefixes and rules of logs are named; not catalogs, blogs, logins and logos.
LOG_NAME = re.compile("(?<!cata)(?<!b)log(?!in|o)|trail", re.IGNORECASE)


def rule(event):
    return (
        event.get("eventSource") in SOURCES
        and event.get("eventName") in CHANGES
        and succeeded(event)
        and not is_aws_service(event)
    )


def title(event):
    found = dangers(event)
    what = f": {'; '.join(text for text, _ in found)}" if found else ""
    return f"{describe(event)} for {bucket(event)}{what}"


def severity(event):
    return severity_of_change(event, worst(danger for _, danger in dangers(event)))


def dedup(event):
    return f"{grouping(event, severity(event))} {bucket(event)}"


def alert_context(event):
    return context(
        event,
        bucket=bucket(event),
        dangers=[text for text, _ in dangers(event)],
        request=event.get("requestParameters"),
    )


def bucket(event):
    return (
        event.deep_get("requestParameters", "bucketName")
        or event.deep_get("requestParameters", "name")
        or "the whole account"
    )


def dangers(event):
    """What is wrong with the change, in words, each with its severity; empty when nothing is."""
    name = event.get("eventName") or ""
    request = event.get("requestParameters") or {}
    if name in ("PutBucketPolicy", "PutAccessPointPolicy"):
        return policy_dangers(request, account(event))
    if name == "PutBucketAcl":
        return [("public by its access-control list", "HIGH")] if has_public_acl(request) else []
    if name.endswith("PublicAccessBlock"):
        return [("public access is not blocked any more", "HIGH")] if lifts_block(name, request) else []
    if name == "PutBucketReplication":
        return [("its objects are copied elsewhere", "MEDIUM")]
    if name == "PutBucketLifecycle" and expires_logs(request):
        return [(f"its logs are deleted within {SHORT_LIFE_DAYS_MAX} days", "HIGH")]
    return []


def policy_dangers(request, own_account):
    found = []
    for statement in allowing(request):
        accounts = foreign_accounts(statement, own_account)
        if is_public(statement):
            found.append(("public by its policy", "HIGH"))
        elif accounts and not only_writes_objects(statement):
            found.append((f"open to account {', '.join(accounts)}", "MEDIUM"))
    return list(dict.fromkeys(found))


def has_public_acl(request):
    canned = as_list(request.get("x-amz-acl"))
    if any(name in PUBLIC_CANNED_ACLS for name in canned):
        return True
    grants = as_list(request.get("AccessControlPolicy")) + [
        value for name, value in request.items() if name.startswith("x-amz-grant-")
    ]
    text = json.dumps(grants, default=plain)
    return any(group in text for group in PUBLIC_GROUPS)


def plain(value):
    """Parts of an event as what `json` can write."""
    return dict(value) if hasattr(value, "keys") else list(value)


def lifts_block(name, request):
    if name.startswith("Delete"):
        return True
    settings = request.get("PublicAccessBlockConfiguration") or {}
    return any(settings.get(setting) in (False, "false", None) for setting in BLOCK_SETTINGS)


def expires_logs(request):
    """Whether objects that are logs by their name are deleted within days."""
    for each in as_list((request.get("LifecycleConfiguration") or {}).get("Rule")):
        is_soon = is_short((each.get("Expiration") or {}).get("Days"))
        names = json.dumps([request.get("bucketName"), each], default=plain)
        if each.get("Status") == "Enabled" and is_soon and LOG_NAME.search(names):
            return True
    return False


def is_short(days):
    return isinstance(days, int) and days <= SHORT_LIFE_DAYS_MAX
