"""Small helpers that detections import as `panther_base_helpers`.

Used only where neither the loaded content nor the interpreter has a module of this name. The names
are those that public content shares; everything works on events, on plain dicts and lists, and on
any other mapping or sequence.
"""

import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

from panther_config import config

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


class PantherUnexpectedAlert(Exception):
    """A detection met a situation that it does not know."""


# Scope by tags and networks; the networks come from `panther_config`.

CDE_TAG_KEY = "environment"
CDE_TAG_VALUE = "pci"
PCI_NETWORKS = config.PCI_NETWORKS or []
DMZ_NETWORKS = config.DMZ_NETWORKS or []


def in_pci_scope_tags(resource):
    """Whether a cloud resource is tagged as one of the card environment; without any tags it counts as one."""
    tags = resource.get("Tags")
    return tags is None or tags.get(CDE_TAG_KEY) == CDE_TAG_VALUE


IN_PCI_SCOPE = in_pci_scope_tags


def _overlaps(ip_range, networks):
    """Whether a network in CIDR form shares an address with one of several."""
    return any(ip_network(ip_range).overlaps(ip_network(network)) for network in networks)


def is_pci_scope_cidr(ip_range):
    """Whether a network in CIDR form overlaps one of `PCI_NETWORKS`."""
    return _overlaps(ip_range, PCI_NETWORKS)


def is_dmz_cidr(ip_range):
    """Whether a network in CIDR form overlaps one of `DMZ_NETWORKS`."""
    return _overlaps(ip_range, DMZ_NETWORKS)


def is_dmz_tags(resource, dmz_tags=(("environment", "dmz"),)):
    """Whether a cloud resource has one of several tags (key, value); without any tags it has none."""
    tags = resource.get("Tags") or {}
    return any(tags.get(key) == value for key, value in dmz_tags)


IS_DMZ = is_dmz_tags


# Lists and texts that vendors wrap their values in.

GSUITE_PARAMETER_VALUES = [
    "value",
    "intValue",
    "boolValue",
    "multiValue",
    "multiIntValue",
    "messageValue",
    "multiMessageValue",
]
ZENDESK_CHANGE_DESCRIPTION = "change_description"

_ZENDESK_ROLE = re.compile(r"(?P<app>.*?)\s*role changed from (?P<old>.+) to (?P<new>.+)", re.IGNORECASE)
_UNKNOWN_ROLE = "<UNKNOWN_APP>:<UNKNOWN_ROLE>"


def gsuite_parameter_lookup(parameters, key):
    """Returns the value of one entry of a Google Workspace parameter list, whatever its type; else None."""
    for parameter in parameters:
        if parameter["name"] == key:
            kinds = (kind for kind in GSUITE_PARAMETER_VALUES if kind in parameter)
            return next((parameter[kind] for kind in kinds), None)
    return None


def gsuite_details_lookup(detail_type, detail_names, event):
    """Returns the first of a Google Workspace event's details with this type and one of these names; else {}."""
    for details in event.get("events", []):
        if details.get("type") == detail_type and details.get("name") in detail_names:
            return details
    return {}


def zendesk_get_roles(event):
    """Returns old and new role of a Zendesk change, as `app:role` for each app when there are several lines."""
    lines = event.get(ZENDESK_CHANGE_DESCRIPTION, "").split("\n")
    found = [match for match in map(_ZENDESK_ROLE.match, lines) if match is not None]
    if len(lines) > 1:
        roles = ([f"{match['app']}:{match[part]}" for match in found] for part in ("old", "new"))
    else:
        roles = ([match[part] for match in found] for part in ("old", "new"))
    old, new = (" ; ".join(names) or _UNKNOWN_ROLE for names in roles)
    return old, new


def box_parse_additional_details(event):
    """Returns the `additional_details` of a Box event, read when they are text; {} when they cannot be."""
    details = event.get("additional_details", {})
    if isinstance(details, (str, bytes)):
        try:
            return json.loads(details)
        except ValueError:
            return {}
    return details


def get_binding_deltas(event):
    """Returns what a Google Cloud `SetIamPolicy` call changed; [] for other events."""
    if deep_get(event, "protoPayload", "methodName") != "SetIamPolicy":
        return []
    return deep_get(event, "protoPayload", "serviceData", "policyDelta", "bindingDeltas") or []


def get_crowdstrike_field(event, field_name, default=None):
    """Returns a field of a CrowdStrike event, wherever the event keeps it."""
    for path in ((field_name,), ("event", field_name), ("unknown_payload", field_name)):
        value = deep_get(event, *path)
        if value:
            return value
    return default


def filter_crowdstrike_fdr_event_type(event, name):
    """Whether an event comes from the Falcon Data Replicator and is of another type than `name`."""
    return event.get("p_log_type") == "Crowdstrike.FDREvent" and event.get("fdr_event_type", "") != name


# Contexts for alerts.


def _crowdstrike_context(event, fields):
    return {name: get_crowdstrike_field(event, field, default="") for name, field in fields}


def crowdstrike_detection_alert_context(event):
    """Returns the fields of a CrowdStrike detection that an analyst wants to see in an alert."""
    fields = (
        ("aid", "aid"),
        ("user", "UserName"),
        ("console-link", "FalconHostLink"),
        ("commandline", "CommandLine"),
        ("parentcommandline", "ParentCommandLine"),
        ("filename", "FileName"),
        ("filepath", "FilePath"),
        ("description", "DetectDescription"),
        ("action", "PatternDispositionDescription"),
    )
    return _crowdstrike_context(event, fields)


def crowdstrike_process_alert_context(event):
    """Returns what a CrowdStrike event says of a process."""
    same = ("aid", "CommandLine", "TargetProcessId", "RawProcessId", "ParentBaseFileName", "ParentProcessId", "ImageFileName")
    renamed = (("SHA256Hash", "SHA256HashData"), ("platform", "event_platform"))
    return _crowdstrike_context(event, tuple((name, name) for name in same) + renamed)


def crowdstrike_network_detection_alert_context(event):
    """Returns what a CrowdStrike event says of a connection."""
    names = ("LocalAddressIP4", "LocalPort", "RemoteAddressIP4", "RemotePort", "Protocol", "event_simpleName", "aid", "ContextProcessId")
    return _crowdstrike_context(event, tuple((name, name) for name in names))


def slack_alert_context(event):
    """Returns the fields of a Slack audit event that an analyst wants to see in an alert."""
    return {
        "actor-name": deep_get(event, "actor", "user", "name", default="<MISSING_NAME>"),
        "actor-email": deep_get(event, "actor", "user", "email", default="<MISSING_EMAIL>"),
        "actor-ip": deep_get(event, "context", "ip_address", default="<MISSING_IP>"),
        "user-agent": deep_get(event, "context", "ua", default="<MISSING_UA>"),
    }


def github_alert_context(event):
    """Returns the fields of a GitHub audit event that an analyst wants to see in an alert."""
    context = {name: event.get(name, "") for name in ("action", "actor", "org", "repo", "user")}
    context["actor_location"] = deep_get(event, "actor_location", "country_code")
    return context


def aws_guardduty_context(event):
    """Returns the fields of a GuardDuty finding that an analyst wants to see in an alert."""
    context = {
        name: event.get(name, f"<MISSING {name.upper()}>") for name in ("description", "severity", "id", "type")
    }
    context.update((name, event.get(name, {})) for name in ("resource", "service"))
    return context


def eks_panther_obj_ref(event):
    """Returns who did what to which object in a Kubernetes audit event."""
    resource = deep_get(event, "objectRef", "resource", default="<NO_OBJECT_RESOURCE>")
    part = deep_get(event, "objectRef", "subresource", default="")
    return {
        "actor": deep_get(event, "user", "username", default="<NO_USERNAME>"),
        "ns": deep_get(event, "objectRef", "namespace", default="<NO_OBJECT_NAMESPACE>"),
        "object": deep_get(event, "objectRef", "name", default="<NO_OBJECT_NAME>"),
        "resource": f"{resource}/{part}" if part else resource,
        "sourceIPs": event.get("sourceIPs", ["0.0.0.0"]),
        "verb": event.get("verb", "<NO_VERB>"),
        "p_source_label": event.get("p_source_label", "<NO_P_SOURCE_LABEL>"),
    }


def msft_graph_alert_context(event):
    """Returns the fields of a Microsoft Graph alert that an analyst wants to see in an alert."""
    context = {name: event.get(name, "") for name in ("category", "description")}
    context.update((name, event.get(name, [])) for name in ("userStates", "fileStates", "hostStates"))
    return context


def m365_alert_context(event):
    """Returns the fields of a Microsoft 365 audit event that an analyst wants to see in an alert."""
    fields = (
        ("operation", "Operation", ""),
        ("organization_id", "OrganizationId", ""),
        ("client_ip", "ClientIp", ""),
        ("extended_properties", "ExtendedProperties", []),
        ("modified_properties", "ModifiedProperties", []),
        ("application", "Application", ""),
        ("actor", "Actor", []),
    )
    return {name: event.get(field, stand_in) for name, field, stand_in in fields}


# Texts and times.


def defang_ioc(ioc):
    """Writes an address or domain so that nobody can click it: `1[.]1[.]1[.]1`."""
    return ioc.replace(".", "[.]")


def is_base64(b64):
    """Returns the ASCII text behind a Base64 text of 12 characters or more, "" when there is none."""
    if len(b64) < 12:
        return ""
    try:
        return b64decode(b64 + "=" * (-len(b64) % 4), validate=True).decode("ascii")
    except ValueError:
        return ""


def _to_microseconds(text):
    """Cuts the fraction of a second to six digits."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def panther_nanotime_to_python_datetime(panther_time):
    """Reads a time such as `2026-01-02 03:04:05.123456789`. Raises `ValueError` for any other."""
    return datetime.strptime(_to_microseconds(panther_time), "%Y-%m-%d %H:%M:%S.%f")


def golang_nanotime_to_python_datetime(golang_time):
    """Reads a time such as `2026-01-02T03:04:05.123456789Z`. Raises `ValueError` for any other."""
    return datetime.strptime(_to_microseconds(golang_time), "%Y-%m-%dT%H:%M:%S.%fZ")
