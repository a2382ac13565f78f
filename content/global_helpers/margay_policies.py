"""Reads AWS policy documents out of CloudTrail records: whom they let in, and what they give away.

This is a judgement of one document, not of effective access: other policies, boundaries and service
control policies may still forbid what it allows.
Policy grammar: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from urllib.parse import unquote

from margay_network import is_internet
from margay_settings import TRUSTED_ACCOUNTS

# How deep request parameters are searched for documents.
DEPTH_MAX = 6

# Actions with which an identity can give itself, or take over, any other right, when they are allowed on
# everything. The list is that of the well-known privilege-escalation paths, not of all powerful actions.
ESCALATING_ACTIONS = (
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
)

# Condition keys that tie a statement to somebody in particular. `aws:SecureTransport` and the like do not.
LIMITING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    }
)


def documents(value, depth=0):
    """Every policy document in some request parameters, as mappings with `Statement`.

    Services write them as objects, as JSON text, or as URL-encoded JSON text, under various names.
    """
    if depth > DEPTH_MAX:
        return []
    if isinstance(value, str):
        return documents(_parse(value), depth + 1)
    if isinstance(value, Mapping):
        if "Statement" in value:
            return [value]
        return [found for inner in value.values() for found in documents(inner, depth + 1)]
    if isinstance(value, Sequence):
        return [found for inner in value for found in documents(inner, depth + 1)]
    return []


def allowing(value):
    """The `Allow` statements of all documents in some request parameters."""
    statements = [
        statement for document in documents(value) for statement in as_list(document.get("Statement"))
    ]
    return [
        statement
        for statement in statements
        if isinstance(statement, Mapping) and statement.get("Effect") == "Allow"
    ]


def principals(statement):
    """Whom a statement names: `*`, account ids, ARNs of identities, services and identity providers."""
    named = statement.get("Principal")
    if isinstance(named, Mapping):
        return [str(name) for group in named.values() for name in as_list(group)]
    return [str(name) for name in as_list(named)]


def is_public(statement):
    """Whether an `Allow` statement lets anybody in."""
    if "NotPrincipal" in statement:
        return True
    return "*" in principals(statement) and not _is_limited(statement)


def foreign_accounts(statement, own_account):
    """The accounts that a statement names, other than `own_account` and the trusted ones."""
    found = {_account_of(name) for name in principals(statement)}
    return sorted(found - {None, own_account} - set(TRUSTED_ACCOUNTS))


def has_condition_on(statement, ending):
    """Whether a condition looks at a key with this ending, such as `:sub`; letter case does not matter."""
    return any(key.endswith(ending.lower()) for key, _, _ in _conditions(statement))


def is_open_federation(statement):
    """Whether every workload of an OpenID Connect provider may assume the role.

    Without a condition on the subject, any repository of a hosted code platform can have itself a token.
    """
    providers = [name for name in principals(statement) if ":oidc-provider/" in name]
    return bool(providers) and not has_condition_on(statement, ":sub")


def escalating_actions(statement):
    """Which of `ESCALATING_ACTIONS` an `Allow` statement grants on everything."""
    if not any(_is_everything(resource) for resource in as_list(statement.get("Resource"))):
        return []
    if "NotAction" in statement:
        kept_out = as_list(statement.get("NotAction"))
        return [action for action in ESCALATING_ACTIONS if not _covers(kept_out, action)]
    granted = as_list(statement.get("Action"))
    found = [action for action in ESCALATING_ACTIONS if _covers(granted, action)]
    if "iam:PassRole" in found and has_condition_on(statement, "iam:passedtoservice"):
        found.remove("iam:PassRole")
    return found


def only_writes_objects(statement):
    """Whether a statement of a bucket policy gives no more than to put objects, as log delivery needs."""
    granted = [str(action).lower() for action in as_list(statement.get("Action"))]
    return bool(granted) and all(
        action in ("s3:putobject", "s3:putobjectacl", "s3:getbucketacl") for action in granted
    )


def as_list(value):
    """A value that may be one thing or a list of them, as a list."""
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [value]


def _parse(text):
    """JSON text of an object, plain or URL-encoded; anything else is `None`."""
    text = text.strip()
    if text[:3].upper() == "%7B":
        text = unquote(text)
    if not text.startswith("{"):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _account_of(principal):
    """The account id in `123456789012` or `arn:aws:iam::123456789012:…`; `None` when there is none."""
    parts = principal.split(":")
    identifier = parts[4] if len(parts) > 5 else principal
    return identifier if len(identifier) == 12 and identifier.isdigit() else None


def _conditions(statement):
    """Operator and key, in lower case, and values of each condition, as `(key, operator, values)`."""
    conditions = statement.get("Condition")
    if not isinstance(conditions, Mapping):
        return []
    return [
        (str(key).lower(), str(operator).lower(), as_list(values))
        for operator, keys in conditions.items()
        if isinstance(keys, Mapping)
        for key, values in keys.items()
    ]


def _is_limited(statement):
    """Whether a condition ties the statement to somebody in particular."""
    for key, operator, values in _conditions(statement):
        is_negative = "not" in operator or operator == "null"
        if key in LIMITING_KEYS and not is_negative and not any(_is_anybody(value) for value in values):
            return True
    return False


def _is_anybody(value):
    text = str(value)
    return text == "*" or is_internet(text)


def _is_everything(resource):
    text = str(resource)
    if text == "*":
        return True
    return ":iam:" in text and text.endswith((":*", ":user/*", ":role/*", ":group/*", ":policy/*"))


def _covers(patterns, action):
    return any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns)
