"""The alert functions of a detection: what each may return, its limit, and what stands when it fails."""

import json
from collections.abc import Mapping

from margay_worker.errors import FunctionReturnTypeError, FunctionReturnValueError, clean, sentence

TEXT_MAX = 1000
TRUNCATED_MARK = "... (truncated)"
DESTINATIONS_MAX = 10
CONTEXT_MAX = 204800
SEVERITIES = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
DEFAULT_SEVERITY = "DEFAULT"

# The order in which they run.
NAMES = (
    "title",
    "description",
    "reference",
    "severity",
    "runbook",
    "destinations",
    "dedup",
    "alert_context",
    "unique",
)

_dumps = json.dumps


class ContextEncoder:
    """Encodes values of `alert_context()` as JSON; `container_type` is what events are made of."""

    def __init__(self, container_type):
        def plain(value):
            if isinstance(value, container_type):
                return value._container
            raise TypeError("object of type %s is not JSON serializable" % type(value))

        self.encode = json.JSONEncoder(default=plain, allow_nan=False).encode
        self.encode_unicode = json.JSONEncoder(default=plain, allow_nan=False, ensure_ascii=False).encode


def wrong_type(identifier, function_name, value, expected):
    expected = "a list" if expected == "a list" else "[%s]" % expected
    return FunctionReturnTypeError(
        "detection [%s] function [%s] returned [%s], expected %s"
        % (identifier, function_name, type(value).__name__, expected)
    )


def truncate(text):
    if len(text) > TEXT_MAX:
        return text[: TEXT_MAX - len(TRUNCATED_MARK)] + TRUNCATED_MARK
    return text


def call_text(identifier, name, function, event):
    value = function(event)
    if not isinstance(value, str):
        raise wrong_type(identifier, name, value, "str")
    return clean(truncate(value))


def call_severity(identifier, function, event):
    value = function(event)
    if not isinstance(value, str):
        raise wrong_type(identifier, "severity", value, "str")
    word = value.upper()
    if word != DEFAULT_SEVERITY and word not in SEVERITIES:
        raise FunctionReturnValueError(
            "detection [%s] function [severity] returned [%s], expected one of %s or DEFAULT"
            % (identifier, value, " ".join(SEVERITIES))
        )
    return word


def call_destinations(identifier, function, event):
    """The list (or None) and how many entries were beyond the limit."""
    value = function(event)
    if value is None:
        return None, 0
    if not isinstance(value, list):
        raise wrong_type(identifier, "destinations", value, "a list")
    for entry in value:
        if not isinstance(entry, (str, bool)):
            raise wrong_type(identifier, "destinations", entry, "str")
    cut = max(0, len(value) - DESTINATIONS_MAX)
    return [clean(truncate(str(entry))) for entry in value[:DESTINATIONS_MAX]], cut


def call_context(identifier, function, event, encoder):
    """The context as JSON text."""
    value = function(event)
    if not isinstance(value, Mapping):
        raise wrong_type(identifier, "alert_context", value, "Mapping")
    text = encoder.encode(value)
    if len(text) > CONTEXT_MAX:
        return _dumps(
            {
                "_error": "alert_context size is [%d] characters, bigger than maximum of [%d] characters"
                % (len(text), CONTEXT_MAX)
            }
        )
    if "\\ud" in text:
        text = clean(encoder.encode_unicode(value))
    return text


def destinations_cut(count):
    return "destinations() returned %d entries; only the first %d are used" % (
        count + DESTINATIONS_MAX,
        DESTINATIONS_MAX,
    )


def failed_context(short):
    return _dumps({"_error": short})


def default_dedup(identifier):
    return "defaultDedupString:" + identifier


def warning(name, exc, remedy):
    return "%s() failed: %s; %s" % (name, sentence(exc), remedy)
