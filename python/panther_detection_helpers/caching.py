"""The key-value cache of detections: counters, dictionaries and string sets that outlive an event.

One key holds one row: a counter, a string set, a dictionary and the time when all of it expires. Time is
that of the event under evaluation. In production rows are kept by the server; in a unit test and in
`margay detect` they live as long as that test or run.

What to know, beside the obvious:

- Without a word on expiry a row lives 90 days. A number below 1,000,000,000 is seconds from now, a larger
  one a point in time in seconds since 1970.
- A row that expired reads as absent, whatever `force_ttl_check` says.
- `increment_counter` on a row that expired, or that never expires, answers the increment alone, while the
  stored total goes on. Likewise `add_to_string_set` brings back what an expired set held. Two days after
  its expiry a row is gone for good.
- `put_dictionary` and `put_string_set` replace the whole row, a counter of the same key included.

Every function raises `TypeError` for arguments of a wrong type, `ValueError` beyond a limit (key 2,048
bytes, value 400 KiB, set 10,000 strings) and `CacheUnavailableError` when the row cannot be read.
"""

import json
import math
from collections.abc import Iterable, Mapping

from . import _server
from ._server import CacheUnavailableError

__all__ = [
    "CacheUnavailableError",
    "add_to_string_set",
    "check_account_age",
    "evaluate_threshold",
    "get_counter",
    "get_dictionary",
    "get_string_set",
    "increment_counter",
    "kv_table",
    "put_dictionary",
    "put_string_set",
    "remove_from_string_set",
    "reset_counter",
    "reset_string_set",
    "set_key_expiration",
    "ttl_expired",
]

_NINETY_DAYS = 90 * 24 * 60 * 60
_NUMBER_MAX = 2**63 - 1


def _do(function, operation, key, **arguments):
    """Runs one operation on a key."""
    if not isinstance(key, str):
        raise TypeError(f"{function}(): the key must be a string, not {type(key).__name__}")
    return _server.cache(function, {"do": operation, "key": _text(key), **arguments})


def _text(value):
    """A text as UTF-8 can hold it: lone surrogates become `?`."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _number(function, value, what):
    """A whole number of 64 bits."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{function}(): {what} must be a whole number, not {type(value).__name__}")
    if abs(value) > _NUMBER_MAX:
        raise ValueError(f"{function}(): {what} is beyond 64 bits")
    return value


def _ttl(epoch_seconds, keep=False):
    """When a row shall expire, as the server takes it; `None` where it means "as it is" is `keep`."""
    if epoch_seconds is None and keep:
        return "keep"
    if isinstance(epoch_seconds, str):
        epoch_seconds = float(epoch_seconds)
    if isinstance(epoch_seconds, float):
        epoch_seconds = int(epoch_seconds)
    if not isinstance(epoch_seconds, int):
        return "default"
    return {"seconds": max(-_NUMBER_MAX, min(int(epoch_seconds), _NUMBER_MAX))}


def _members(function, values):
    """Strings of a set; one string alone is a set of one."""
    if isinstance(values, str):
        values = (values,)
    return _strings(function, values)


def _strings(function, values):
    if not isinstance(values, Iterable):
        raise TypeError(f"{function}(): expected strings, not {type(values).__name__}")
    strings = set()
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"{function}(): a set holds strings, not {type(value).__name__}")
        strings.add(_text(value))
    return sorted(strings)


def ttl_expired(response):
    """Whether a record with its expiry under `Item`, `expiresAt` is past it; one without never is."""
    expiration = response.get("Item", {}).get("expiresAt", 0)
    return bool(expiration) and float(expiration) <= _server.cache("ttl_expired", {"do": "now"})


def get_counter(key, force_ttl_check=False):
    """Returns the count at `key`, 0 when there is none."""
    return _do("get_counter", "count", key)


def increment_counter(key, val=1, epoch_seconds=_NINETY_DAYS):
    """Adds `val` to the count at `key` and returns the sum, or `val` when the row had expired or never does.

    The row then expires after `epoch_seconds`; `None` leaves its expiry alone where it had expired or
    never does, and otherwise means 90 days.
    """
    by = _number("increment_counter", val, "the increment")
    return _do("increment_counter", "increment", key, by=by, ttl=_ttl(epoch_seconds, keep=True))


def reset_counter(key):
    """Removes the count at `key`; the rest of the row and its expiry stay."""
    _do("reset_counter", "reset_count", key)


def set_key_expiration(key, epoch_seconds=None):
    """Says when `key` expires; 90 days from now when that is no number."""
    _do("set_key_expiration", "expire", key, ttl=_ttl(epoch_seconds))


def put_dictionary(key, val, epoch_seconds=None):
    """Stores a dictionary at `key`. Raises `ValueError` when it cannot be written as JSON."""
    if not isinstance(val, Mapping):
        raise TypeError(f"put_dictionary(): the value is not a dictionary but {type(val).__name__}")
    try:
        text = json.dumps(val)
    except TypeError as error:
        raise ValueError(f"put_dictionary(): the dictionary cannot be written as JSON: {error}") from error
    _do("put_dictionary", "put_dictionary", key, text=text, ttl=_ttl(epoch_seconds))


def get_dictionary(key, force_ttl_check=False):
    """Returns the dictionary at `key`, empty when there is none."""
    text = _do("get_dictionary", "dictionary", key)
    return json.loads(text) if text else {}


def get_string_set(key, force_ttl_check=False):
    """Returns the string set at `key`, empty when there is none."""
    return set(_do("get_string_set", "strings", key))


def put_string_set(key, val, epoch_seconds=None):
    """Stores a set of strings at `key`; an empty one removes the set that is there.

    One string is taken for its characters, as `set("abc")` does.
    """
    if not val:
        reset_string_set(key)
        return
    members = _strings("put_string_set", val)
    _do("put_string_set", "put_strings", key, members=members, ttl=_ttl(epoch_seconds))


def add_to_string_set(key, val, epoch_seconds=_NINETY_DAYS):
    """Adds one string or several to the set at `key` and returns it; `None` leaves the expiry alone."""
    members = _members("add_to_string_set", val)
    if not members:
        return get_string_set(key)
    ttl = _ttl(epoch_seconds, keep=True)
    return set(_do("add_to_string_set", "add_strings", key, members=members, ttl=ttl))


def remove_from_string_set(key, val, epoch_seconds=_NINETY_DAYS):
    """Removes one string or several from the set at `key` and returns what is left."""
    members = _members("remove_from_string_set", val)
    if not members:
        return get_string_set(key)
    ttl = _ttl(epoch_seconds, keep=True)
    return set(_do("remove_from_string_set", "remove_strings", key, members=members, ttl=ttl))


def reset_string_set(key):
    """Removes the string set at `key`; the rest of the row and its expiry stay."""
    _do("reset_string_set", "reset_strings", key)


def evaluate_threshold(key, threshold=10, expiry_seconds=3600):
    """Counts one more at `key`; True, and the count begins anew, when `threshold` is reached."""
    limit = max(-_NUMBER_MAX, min(math.ceil(threshold), _NUMBER_MAX))
    ttl = _ttl(expiry_seconds, keep=True)
    return _do("evaluate_threshold", "threshold", key, threshold=limit, ttl=ttl)


def check_account_age(key):
    """Whether `key` is a text under which a string set is kept, as rules for new accounts store one."""
    return isinstance(key, str) and key != "" and bool(get_string_set(key))


def kv_table():
    """There is no table to be used directly. Raises `CacheUnavailableError`."""
    raise CacheUnavailableError("kv_table() is not offered; use the functions of this module")
