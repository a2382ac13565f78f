"""The key-value store of detections: counters, dictionaries and string sets that outlive an event.

There is no store behind these functions yet. They exist so that detections which use them load and
so that unit tests can mock them; a call that is not mocked raises `CacheUnavailableError`, which
makes the rule report an error instead of quietly counting nothing.
"""

__all__ = [
    "CacheUnavailableError",
    "add_to_string_set",
    "check_account_age",
    "evaluate_threshold",
    "get_counter",
    "get_dictionary",
    "get_string_set",
    "increment_counter",
    "put_dictionary",
    "put_string_set",
    "remove_from_string_set",
    "reset_counter",
    "reset_string_set",
    "set_key_expiration",
    "ttl_expired",
]

_NINETY_DAYS = 90 * 24 * 60 * 60


class CacheUnavailableError(RuntimeError):
    """A detection used the key-value cache, which this installation does not offer."""


def _unavailable(function, key):
    """Makes the error that names the call."""
    return CacheUnavailableError(
        f"the key-value cache is not available yet: {function}({key!r}); mock it in unit tests"
    )


def get_counter(key, force_ttl_check=False):
    """Returns the count at `key`, 0 when there is none. Raises `CacheUnavailableError`."""
    raise _unavailable("get_counter", key)


def increment_counter(key, val=1, epoch_seconds=_NINETY_DAYS):
    """Adds `val` to the count at `key` and returns the sum. Raises `CacheUnavailableError`."""
    raise _unavailable("increment_counter", key)


def reset_counter(key):
    """Removes the count at `key`. Raises `CacheUnavailableError`."""
    raise _unavailable("reset_counter", key)


def set_key_expiration(key, epoch_seconds=None):
    """Sets when `key` expires. Raises `CacheUnavailableError`."""
    raise _unavailable("set_key_expiration", key)


def put_dictionary(key, val, epoch_seconds=None):
    """Stores a dictionary at `key`. Raises `CacheUnavailableError`."""
    raise _unavailable("put_dictionary", key)


def get_dictionary(key, force_ttl_check=False):
    """Returns the dictionary at `key`, empty when there is none. Raises `CacheUnavailableError`."""
    raise _unavailable("get_dictionary", key)


def get_string_set(key, force_ttl_check=False):
    """Returns the string set at `key`, empty when there is none. Raises `CacheUnavailableError`."""
    raise _unavailable("get_string_set", key)


def put_string_set(key, val, epoch_seconds=None):
    """Stores a string set at `key`; an empty one resets it. Raises `CacheUnavailableError`."""
    raise _unavailable("put_string_set", key)


def add_to_string_set(key, val, epoch_seconds=_NINETY_DAYS):
    """Adds one string or several to the set at `key` and returns it. Raises `CacheUnavailableError`."""
    raise _unavailable("add_to_string_set", key)


def remove_from_string_set(key, val, epoch_seconds=_NINETY_DAYS):
    """Removes one string or several from the set at `key` and returns it. Raises `CacheUnavailableError`."""
    raise _unavailable("remove_from_string_set", key)


def reset_string_set(key):
    """Empties the string set at `key`. Raises `CacheUnavailableError`."""
    raise _unavailable("reset_string_set", key)


def evaluate_threshold(key, threshold=10, expiry_seconds=3600):
    """Counts one more at `key`; True, and a reset, when `threshold` is reached. Raises `CacheUnavailableError`."""
    raise _unavailable("evaluate_threshold", key)


def check_account_age(key):
    """Whether `key` names a recently created account. Raises `CacheUnavailableError`."""
    raise _unavailable("check_account_age", key)


def ttl_expired(response):
    """Whether a stored record is past its expiry time. Raises `CacheUnavailableError`."""
    raise _unavailable("ttl_expired", response)
