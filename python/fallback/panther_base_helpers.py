"""Small helpers that detections import as `panther_base_helpers`.

Used only where neither the loaded content nor the interpreter has a module of this name. The names
are those that public content shares; everything works on events, on plain dicts and lists, and on
any other mapping or sequence.
"""

from collections.abc import Mapping, Sequence, Set
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

_SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def deep_get(obj, *keys, default=None):
    """Returns the value under a path of keys, walking mappings only.

    `default` stands for a missing key, a non-mapping on the way and a null at the end. Keys follow
    the rules of the mapping they are looked up in: any case in events, exact in plain dicts.
    """
    for key in keys:
        if not isinstance(obj, Mapping):
            return default
        obj = obj.get(key)
    return default if obj is None else obj


def _is_list(value):
    """Whether a value is a sequence other than text."""
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _is_hollow(value):
    """Whether a value is an empty list, or a list of nothing but such lists."""
    return _is_list(value) and all(_is_hollow(item) for item in value)


def deep_walk(obj, *keys, default=None, return_val="all"):
    """Returns what lies under a path of keys, entering every element of lists on the way.

    Results of a list are flattened by one level, made unique and stripped of None: one is returned
    bare, several as a list, none as `default`. `return_val` `first` or `last` picks one of several.
    Unhashable results of a list raise `TypeError`.
    """
    if not keys:
        return default if obj is None or _is_hollow(obj) else obj
    if isinstance(obj, Mapping):
        inner = obj.get(keys[0])
        if inner is None:
            return default
        return deep_walk(inner, *keys[1:], default=default, return_val=return_val)
    if not _is_list(obj):
        return default
    found = {}
    for item in obj:
        result = deep_walk(item, *keys, default=default, return_val=return_val)
        if result is not None:
            found.update((one, None) for one in (result if _is_list(result) else (result,)))
    results = list(found)
    if not results:
        return default
    if return_val == "first":
        return results[0]
    if return_val == "last":
        return results[-1]
    if return_val == "all":
        return results[0] if len(results) == 1 else results
    return "all"


def pattern_match(string_to_match, pattern):
    """Whether a text fits a shell-style pattern (`*`, `?`, `[abc]`), case-sensitively."""
    return fnmatchcase(string_to_match, pattern)


def pattern_match_list(string_to_match, patterns):
    """Whether a text fits any of several shell-style patterns."""
    return any(fnmatchcase(string_to_match, pattern) for pattern in patterns)


def is_ip_in_network(ip_addr, networks):
    """Whether an address lies in any of several networks in CIDR form. Raises `ValueError` for a bad address."""
    address = ip_address(ip_addr)
    return any(address in ip_network(network) for network in networks)


def get_val_from_list(list_of_dicts, return_field_key, field_cmp_key, field_cmp_val):
    """Returns the set of `return_field_key` values of the dicts whose `field_cmp_key` equals `field_cmp_val`."""
    return {
        entry.get(return_field_key)
        for entry in list_of_dicts
        if entry.get(field_cmp_key) == field_cmp_val
    }


def key_value_list_to_dict(list_objects, key, value):
    """Turns a list such as `[{"name": "a", "value": 1}]` into `{"a": 1}`, given the two field names."""
    return {entry.get(key): entry.get(value) for entry in list_objects}


def listify(maybe_list):
    """Returns a list, tuple or set as it is, and any other value, text and mappings included, as a list of one."""
    return maybe_list if _is_list(maybe_list) or isinstance(maybe_list, Set) else [maybe_list]


def severity_greater_than(sev1, sev2):
    """Whether one severity word ranks above another; an unknown word ranks lowest."""
    ranks = {word: rank for rank, word in enumerate(_SEVERITIES)}
    return ranks.get(sev1, -1) > ranks.get(sev2, -1)


def aws_strip_role_session_id(user_identity_arn):
    """Cuts the session name off an assumed-role ARN, so that all sessions of a role compare equal."""
    return "/".join(user_identity_arn.split("/", 2)[:2])


def aws_rule_context(event):
    """Returns the fields of a CloudTrail event that an analyst wants to see in an alert."""
    missing = {
        "eventName": "<MISSING_EVENT_NAME>",
        "eventSource": "<MISSING_EVENT_SOURCE>",
        "awsRegion": "<MISSING_AWS_REGION>",
        "recipientAccountId": "<MISSING_ACCOUNT_ID>",
        "sourceIPAddress": "<MISSING_SOURCE_IP>",
        "userAgent": "<MISSING_USER_AGENT>",
        "userIdentity": "<MISSING_USER_IDENTITY>",
    }
    return {field: event.get(field, stand_in) for field, stand_in in missing.items()}


def okta_alert_context(event):
    """Returns the fields of an Okta system log event that an analyst wants to see in an alert."""
    fields = (
        ("event_type", "eventType", ""),
        ("severity", "severity", ""),
        ("actor", "actor", {}),
        ("client", "client", {}),
        ("request", "request", {}),
        ("outcome", "outcome", {}),
        ("target", "target", []),
        ("debug_context", "debugContext", {}),
        ("authentication_context", "authenticationContext", {}),
        ("security_context", "securityContext", {}),
        ("ips", "p_any_ip_addresses", []),
    )
    return {name: event.get(field, stand_in) for name, field, stand_in in fields}
