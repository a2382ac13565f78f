"""The event object that rules and scheduled rules receive."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from .exceptions import PantherError
from .immutable import (
    _MISSING,
    HAND_OUTS,
    ImmutableCaseInsensitiveDict,
    ImmutableContainerMixin,
    _build_index,
    _find,
    _wrap,
    holds_containers,
)

_DATE_TIME = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})[Tt\s]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*\Z"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _epoch_seconds(text, zone_allowed):
    """Parses a date and time into whole epoch seconds, UTC unless it names a zone.

    Raises `ValueError` for anything else; a zone is refused unless `zone_allowed`. Other spellings than
    those of ISO 8601 are read where the environment has the package `python-dateutil`.
    """
    match = _DATE_TIME.match(text)
    if match is None:
        return _other_epoch_seconds(text if zone_allowed else text + " UTC")
    if match.group(7) and not zone_allowed:
        raise ValueError(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc)
    zone = match.group(7)
    if zone and zone[0] in "+-":
        shift = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment = moment - shift if zone[0] == "+" else moment + shift
    return int((moment - _EPOCH) // timedelta(seconds=1))


def _other_epoch_seconds(text):
    """Parses whatever `python-dateutil` understands. Raises `ValueError`, also when it is not there."""
    try:
        from dateutil.parser import parse
    except ImportError:
        raise ValueError(text) from None
    moment = parse(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return int((moment - _EPOCH) // timedelta(seconds=1))


def _is_list(value):
    """Whether a value is a sequence other than text."""
    kind = type(value)
    if kind is list:
        return True
    return kind is not str and isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _is_hollow(value):
    """Whether a value is an empty list, or a list of nothing but such lists."""
    return _is_list(value) and all(_is_hollow(item) for item in value)


def _walk(value, keys, default, return_val):
    """Follows `keys` through plain mappings and lists; see `PantherEvent.deep_walk`."""
    if not keys:
        return default if value is None or _is_hollow(value) else value
    if type(value) is dict or isinstance(value, Mapping):
        return _walk(value.get(keys[0], default), keys[1:], default, return_val)
    if not _is_list(value):
        return default
    found = {}
    for item in value:
        result = _walk(item, keys, default, return_val)
        if result is None:
            continue
        if _is_list(result):
            found.update((element, None) for element in result)
        else:
            found[result] = None
    if not found:
        return default
    results = list(found)
    if return_val == "first":
        return results[0]
    if return_val == "last":
        return results[-1]
    if return_val == "all":
        return results[0] if len(results) == 1 else results
    return "all"


class _Memo(dict):
    """What lookups of one event's top level have found: a value, or `_MISSING`.

    Many rules ask one event for the same few fields, most of which it does not have. Containers are
    not kept, so that nothing of the event refers back to it.
    """

    __slots__ = ("_container", "_indexes", "_index")

    def __init__(self, container, indexes):
        self._container = container
        self._indexes = indexes
        self._index = None

    def __missing__(self, key):
        container = self._container
        value = container.get(key, _MISSING)
        if value is _MISSING and container:
            index = self._index
            if index is None:
                index = self._index = _build_index(container)
            original = index.get(key.lower())
            if original is not None:
                value = container[original]
        kind = type(value)
        if kind is dict or kind is list:
            return _wrap(value, self._indexes)
        self[key] = value
        return value


class _NoMemo(_Memo):
    """Takes the place of a memo once the plain container was handed out, which may then change."""

    __slots__ = ()

    def __missing__(self, key):
        value = self._container.get(key, _MISSING)
        if value is _MISSING:
            value = _find(self._container, key, self._indexes)
        return _wrap(value, self._indexes)


class PantherEvent(ImmutableCaseInsensitiveDict):
    """One event: a read-only, case-insensitive mapping with field mapping, enrichment and time helpers.

    `event` is any mapping (its top level is copied). `data_model` is the `DataModel` of the
    event's log type or None. `lookup` is a function (table name, key) -> row or None that reads
    enrichment tables; without it, `lookup` reads the rows that a unit test put into the event.
    """

    __slots__ = ("data_model", "_lookup", "_memo", "_bare")

    def __init__(self, event=(), data_model=None, lookup=None):
        super().__init__(event)
        self.data_model = data_model
        self._lookup = lookup
        self._memo = _Memo(self._container, self._indexes)
        # The event as methods of data models get it, once one was asked.
        self._bare = None

    def get(self, key, default=None):
        """Returns the value at `key`, or `default` when there is no such key. A null value is returned as None."""
        value = self._memo[key]
        return default if value is _MISSING else value

    def raw_view(self):
        """Returns the plain container behind this view, without a copy. Do not change it."""
        return self._hand_out()

    def _hand_out(self):
        """The plain container for somebody who may change it: nothing is remembered from here on."""
        HAND_OUTS.happened = True
        self._memo = _NoMemo(self._container, self._indexes)
        return self._container

    def __deepcopy__(self, memo):
        return PantherEvent(self.to_dict(), self.data_model, self._lookup)

    def __reduce__(self):
        return PantherEvent, (self._hand_out(), self.data_model, self._lookup)

    def json_encoder(value):  # noqa: N805 - a plain function on purpose, see below
        """Encodes event containers for `json.dumps(x, default=PantherEvent.json_encoder)`.

        A plain function on the class: called through an instance it fails. Raises `TypeError`
        for everything that is no event container.
        """
        if isinstance(value, ImmutableContainerMixin):
            HAND_OUTS.happened = True
            return value._container
        raise TypeError(f"object of type {type(value)} is not JSON serializable")

    # Its name in errors, which reach people.
    json_encoder.__qualname__ = "json_encoder"

    def deep_walk(self, *keys, default=None, return_val="all"):
        """Returns what lies under a path of keys, entering every element of lists on the way.

        Works on the plain containers: keys are case-sensitive, containers in the result are
        unwrapped. Results of a list are flattened by one level, made unique and stripped of None;
        one result is returned bare, several as a list, none as `default`. `return_val` `first` or
        `last` picks one of several. `default` also takes the place of a key that one of several
        list elements lacks. Unhashable results of a list raise `TypeError`.

        A container that is found (or stands in as `default`) is copied, one level deep, so that who
        changes the result leaves the event as it was. What lies deeper in it, and without keys the result itself,
        is the event's own.
        """
        if not keys:
            return _walk(self._hand_out(), keys, default, return_val)
        found = _walk(self._container, keys, default, return_val)
        kind = type(found)
        if kind is not dict and kind is not list:
            return found
        if holds_containers(found):
            HAND_OUTS.happened = True
        return kind(found)

    def udm(self, *keys, default=None):
        """Returns a unified field: from the data model, else from `p_udm`, else from the event.

        A field that the data model maps comes from the mapping alone: `default` when its path
        finds nothing, the value as it is otherwise (null, 0 and "" included), whatever its function
        returns. A path that finds several values raises. Without a mapping every falsy value counts
        as missing.
        """
        if not keys:
            return default
        model = self.data_model
        if model is not None and len(keys) == 1:
            name = keys[0]
            if name in model.paths:
                match = self._mapped(model, name)
                return default if match is None else _wrap(match[0], self._indexes)
            if name in model.methods:
                bare = self._bare
                if bare is None:
                    bare = self._bare = ImmutableCaseInsensitiveDict(self._container)
                return model.methods[name](bare)
        value = self.deep_get("p_udm", *keys)
        if not value:
            value = self.deep_get(*keys)
        return value if value else default

    def udm_path(self, name):
        """Returns where the data model finds `name` in this event.

        The dotted path of the match, the name of the mapping function, or None. Raises
        `PantherError` when the event has no data model.
        """
        model = self.data_model
        if model is None:
            raise PantherError(
                f"a data model hasn't been specified for log type: {self.get('p_log_type')}"
            )
        if name in model.paths:
            match = self._mapped(model, name)
            return None if match is None else match.full_path
        if name in model.methods:
            return getattr(model.methods[name], "__name__", name)
        return None

    def _mapped(self, model, name):
        """Returns the only match of a mapped path, None without one; raises when there are several."""
        path = model.paths[name]
        matches = path.find(self._container)
        if len(matches) > 1:
            raise Exception(  # noqa: TRY002 - the class name is part of the contract
                f"JSONPath [{path}] in DataModel [{model.data_model_id}],"
                " matched multiple fields."
            )
        return matches[0] if matches else None

    def lookup(self, table, key):
        """Returns the row of an enrichment table at `key`, or None.

        Without enrichment tables it reads `_mocked_lookup_data_[table][key]` of the event.
        """
        if self._lookup is not None:
            return _wrap(self._lookup(table, key), self._indexes)
        return self.deep_get("_mocked_lookup_data_", table, key)

    def event_time_epoch(self, force_utc=True):
        """Returns `p_event_time` in whole seconds since 1970, or 0 when it is missing or not understood.

        With `force_utc` the text must carry no zone of its own: an ISO text that ends in `Z` gives 0.
        Without it a zone is honoured and a text without one counts as UTC. Raises `TypeError` for a
        value that is neither empty nor text.
        """
        text = self.get("p_event_time")
        if not text:
            return 0
        if not isinstance(text, str):
            # What the reference says where it trips over the value.
            if force_utc:
                text += " UTC"
            raise TypeError(f"Parser must be a string or character stream, not {type(text).__name__}")
        try:
            return _epoch_seconds(text, zone_allowed=not force_utc)
        except (ValueError, OverflowError):
            return 0
