"""The key-value cache of detections in memory, in place of the public helpers' table in the cloud.

    install() before rules are loaded

Only for the comparison: `margay detect` has such a cache of its own in each run.
"""

import json
import sys
import time
import types

RELATIVE_MAX = 1_000_000_000
DEFAULT_SECONDS = 90 * 86_400


class _Rows:
    def __init__(self):
        self._rows = {}

    def row(self, key):
        row = self._rows.get(key)
        if row is None or row["expires"] <= time.time():
            row = self._rows[key] = {"count": 0, "set": set(), "dictionary": None, "expires": float("inf")}
        return row


def _deadline(seconds):
    if not isinstance(seconds, (int, float)):
        seconds = DEFAULT_SECONDS
    return seconds if seconds >= RELATIVE_MAX else time.time() + seconds


def _texts(value):
    return {value} if isinstance(value, str) else set(value)


def install():
    """Puts the module in place of the installed one."""
    rows = _Rows()

    def get_counter(key, force_ttl_check=False):
        return rows.row(key)["count"]

    def increment_counter(key, val=1, epoch_seconds=None):
        row = rows.row(key)
        row["count"] += val
        row["expires"] = _deadline(epoch_seconds)
        return row["count"]

    def reset_counter(key):
        rows.row(key)["count"] = 0

    def set_key_expiration(key, epoch_seconds):
        rows.row(key)["expires"] = _deadline(epoch_seconds)

    def put_dictionary(key, val, epoch_seconds=None):
        row = rows.row(key)
        row["dictionary"] = json.dumps(val)
        row["expires"] = _deadline(epoch_seconds)

    def get_dictionary(key, force_ttl_check=False):
        text = rows.row(key)["dictionary"]
        return {} if text is None else json.loads(text)

    def get_string_set(key, force_ttl_check=False):
        return set(rows.row(key)["set"])

    def put_string_set(key, val, epoch_seconds=None):
        row = rows.row(key)
        row["set"] = _texts(val)
        row["expires"] = _deadline(epoch_seconds)

    def add_to_string_set(key, val, epoch_seconds=None):
        row = rows.row(key)
        row["set"] |= _texts(val)
        row["expires"] = _deadline(epoch_seconds)
        return set(row["set"])

    def remove_from_string_set(key, val, epoch_seconds=None):
        row = rows.row(key)
        row["set"] -= _texts(val)
        row["expires"] = _deadline(epoch_seconds)
        return set(row["set"])

    def reset_string_set(key):
        rows.row(key)["set"] = set()

    def evaluate_threshold(key, threshold=10, expiry_seconds=3600):
        count = increment_counter(key, 1, expiry_seconds)
        if count >= threshold:
            reset_counter(key)
        return count >= threshold

    def check_account_age(key):
        return bool(isinstance(key, str) and key and get_string_set(key))

    module = types.ModuleType("panther_detection_helpers.caching")
    module.__dict__.update({name: value for name, value in locals().items() if callable(value)})
    import panther_detection_helpers

    panther_detection_helpers.caching = module
    sys.modules[module.__name__] = module
