"""Helpers that detections import as `panther_oss_helpers`: the key-value cache, cloud resources, times.

Used only where neither the loaded content nor the interpreter has a module of this name. The cache is that
of `panther_detection_helpers.caching`. Cloud resources come with a later part: whatever looks one up
raises `CloudResourcesUnavailableError`, so that no policy passes because of an answer that nobody gave.
"""

import json
import math
import re
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

from panther_base_helpers import listify
from panther_detection_helpers.caching import (
    add_to_string_set,
    check_account_age,
    evaluate_threshold,
    get_counter,
    get_dictionary,
    get_string_set,
    increment_counter,
    kv_table,
    put_dictionary,
    put_string_set,
    remove_from_string_set,
    reset_counter,
    reset_string_set,
    set_key_expiration,
    ttl_expired,
)

__all__ = [
    "BadLookup",
    "CloudResourcesUnavailableError",
    "PantherBadInput",
    "add_parse_delay",
    "add_to_string_set",
    "check_account_age",
    "evaluate_threshold",
    "geoinfo_from_ip",
    "geoinfo_from_ip_formatted",
    "get_counter",
    "get_dictionary",
    "get_s3_arn_by_name",
    "get_string_set",
    "increment_counter",
    "km_between_ipinfo_loc",
    "kv_table",
    "listify",
    "nano_to_micro",
    "put_dictionary",
    "put_string_set",
    "remove_from_string_set",
    "reset_counter",
    "reset_string_set",
    "resolve_timestamp_string",
    "resource_lookup",
    "resource_table",
    "s3_lookup_by_name",
    "set_key_expiration",
    "time_delta",
    "ttl_expired",
]

_EARTH_RADIUS_KM = 6372.8
_GEO_WAIT_SECONDS = 3
_ISO = re.compile(r"(\d{4})[-/](\d\d?)[-/](\d\d?)[T *](\d\d?):(\d\d):(\d\d?)(?:[.,](\d+))?\s*(Z|UTC|[+-]\d\d:?\d\d)?\Z")
_EPOCH = re.compile(r"\d{9,12}(?:\.\d+)?")
# Written out as logs do; times without a zone stay without one.
_FORMATS = (
    "%d/%b/%Y:%H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S",
    "%b %d %H:%M:%S %Y",
    "%b %d %Y %H:%M:%S",
    "%b %d, %Y %I:%M:%S %p",
    "%b %d %H:%M:%S %z %Y",
    "%b %d %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%y %H:%M:%S",
    "%Y%m%d %H:%M:%S",
    "%H:%M:%S",
)


class BadLookup(Exception):
    """Something that was looked up is not there or cannot be reached."""


class PantherBadInput(Exception):
    """A helper was given something that it cannot use."""


class CloudResourcesUnavailableError(RuntimeError):
    """A detection asked for the state of a cloud resource, which is not known here yet."""


def _no_resources(call):
    """Makes the error that names the call."""
    return CloudResourcesUnavailableError(
        f"{call}: cloud resources come with a later part; in a unit test, mock the function that is called"
    )


def resource_table():
    """The table of cloud resources. Raises `CloudResourcesUnavailableError`."""
    raise _no_resources("resource_table()")


def resource_lookup(resource_id):
    """The state of a cloud resource. Raises `CloudResourcesUnavailableError`, `PantherBadInput` without an id."""
    if not resource_id:
        raise PantherBadInput("resource_lookup(): the id of the resource is empty")
    raise _no_resources(f"resource_lookup({resource_id!r})")


def get_s3_arn_by_name(name):
    """Returns the ARN of a bucket. Raises `PantherBadInput` for an empty name."""
    if not name:
        raise PantherBadInput("get_s3_arn_by_name(): the name of the bucket is empty")
    return f"arn:aws:s3:::{name}"


def s3_lookup_by_name(name):
    """The state of a bucket. Raises as `resource_lookup` does."""
    return resource_lookup(get_s3_arn_by_name(name))


def geoinfo_from_ip(ip):
    """Asks ipinfo.io where an address is; returns its answer as a dict.

    Needs `python.network: true`. Raises `ValueError` for what is no address, `BadLookup` without an answer.
    """
    url = f"https://ipinfo.io/{ip_address(ip)}/json"
    try:
        with urllib.request.urlopen(url, timeout=_GEO_WAIT_SECONDS) as answer:
            return json.load(answer)
    except (OSError, ValueError) as error:
        raise BadLookup(
            f"cannot ask {url}: {error}; rules reach the network only with `python.network: true`"
        ) from error


def geoinfo_from_ip_formatted(ip):
    """Says in words where an address is; see `geoinfo_from_ip`."""
    found = geoinfo_from_ip(ip)
    place = ", ".join(str(found.get(part)) for part in ("city", "region"))
    return f"{found.get('ip')} in {place} in {found.get('country')}"


def km_between_ipinfo_loc(ipinfo_loc_one, ipinfo_loc_two):
    """Returns the kilometres between two places with `lat` and `lng` (great circle), None when one lacks them."""
    places = []
    for place in (ipinfo_loc_one, ipinfo_loc_two):
        if "lat" not in place or "lng" not in place:
            return None
        places.append((math.radians(float(place["lat"])), math.radians(float(place["lng"]))))
    (lat_one, lng_one), (lat_two, lng_two) = places
    chord = (
        math.sin((lat_two - lat_one) / 2) ** 2
        + math.cos(lat_one) * math.cos(lat_two) * math.sin((lng_two - lng_one) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


def _iso(text):
    """A time in one of the spellings of ISO 8601, None for anything else. Without a zone, or in UTC, naive."""
    match = _ISO.match(text)
    if match is None:
        return None
    fraction = (match.group(7) or "")[:6].ljust(6, "0")
    moment = datetime(*(int(part) for part in match.groups()[:6]), int(fraction))
    zone = match.group(8)
    if zone is None or zone[0] not in "+-":
        return moment
    shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return moment.replace(tzinfo=timezone(-shift if zone[0] == "-" else shift))


def resolve_timestamp_string(timestamp):
    """Reads a time in one of many spellings; None when it is not understood or empty.

    The result has a zone when the text names one other than UTC.
    """
    if not timestamp:
        return None
    text = timestamp.replace("'", "").strip()
    try:
        found = _iso(text)
    except ValueError:
        return None
    if found is not None:
        return found
    epoch = _EPOCH.match(text)
    if epoch is not None:
        return datetime.fromtimestamp(float(epoch.group(0)), timezone.utc).replace(tzinfo=None)
    for layout in _FORMATS:
        try:
            return datetime.strptime(text, layout)
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None


def nano_to_micro(time_str):
    """Cuts the seconds at the end of a time to microseconds."""
    rest, colon, seconds = time_str.rpartition(":")
    return f"{rest}{colon}{float(seconds):09.6f}"


def time_delta(time1, time2):
    """Says in words how much later `time2` is than `time1`: days, hours, minutes and seconds that are not 0."""
    first, second = (resolve_timestamp_string(nano_to_micro(time)) for time in (time1, time2))
    delta = second - first
    hours, rest = divmod(delta.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((delta.days, "day(s) "), (hours, "hour(s) "), (minutes, "minute(s) "), (seconds, "second(s)"))
    return "".join(f"{count} {unit}" for count, unit in parts if count > 0)


def add_parse_delay(event, context):
    """Adds to an alert context how long after the event it was parsed."""
    context["parseDelay"] = time_delta(event.get("p_event_time"), event.get("p_parse_time"))
    return context
