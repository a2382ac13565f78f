"""Read-only, lazily wrapped views of parsed JSON.

An event is parsed once and looked at by many rules, so nothing is copied but its top level:
a nested `dict` or `list` (exactly these types) is wrapped at the moment it is handed out.
Key lookup tries the exact spelling on the plain dictionary first and falls back to a lower-case
index, which is built on the first miss and shared by all views of one event.

The views are no security border: `raw_view`, slices and what lies deeper in a result of `deep_walk` are
the plain containers. `HAND_OUTS` says that some were handed out, so that who shows one event to many
rules can read it anew before the next one.
"""

import copy as _copy
from collections.abc import ItemsView as _AbcItemsView
from collections.abc import Mapping, Sequence
from collections.abc import ValuesView as _AbcValuesView

_MISSING = object()
_new = object.__new__


class _HandOuts:
    """Whether plain containers of an event were handed out to code that may change them."""

    __slots__ = ("happened",)

    def __init__(self):
        self.happened = False


HAND_OUTS = _HandOuts()


def holds_containers(value):
    """Whether a plain container has others in it, so that a copy of it shares them."""
    kind = type(value)
    if kind is dict:
        value = value.values()
    elif kind is not list and kind is not tuple:
        return False
    return any(type(item) is dict or type(item) is list for item in value)


def _build_index(container):
    """Returns {lower-cased key: key as written}; of keys that collide the first inserted wins."""
    try:
        return {key.lower(): key for key in reversed(container)}
    except AttributeError:
        return {key.lower(): key for key in reversed(container) if isinstance(key, str)}


def _find(container, key, indexes):
    """Looks `key` up in a plain dict without regard to case; `_MISSING` when nothing fits.

    Called after the exact lookup has failed. `indexes` maps `id(container)` to
    (container, its length, index); the reference to the container keeps the id from being used again.
    A key that is no string raises `AttributeError` unless the container is empty.
    """
    if not container:
        return _MISSING
    lowered = key.lower()
    known = indexes.get(id(container))
    if known is None or known[0] is not container or known[1] != len(container):
        known = (container, len(container), _build_index(container))
        indexes[id(container)] = known
    original = known[2].get(lowered, _MISSING)
    if original is _MISSING:
        return _MISSING
    return container.get(original, _MISSING)


def _wrap(value, indexes):
    """Wraps a plain dict or list; every other value, subclasses included, is returned as it is."""
    kind = type(value)
    if kind is dict:
        view = _new(ImmutableCaseInsensitiveDict)
    elif kind is list:
        view = _new(ImmutableList)
    else:
        return value
    view._container = value
    view._indexes = indexes
    return view


def _plain(value):
    """Returns a deep copy made of plain dicts and lists."""
    kind = type(value)
    if kind is dict:
        return {key: _plain(item) for key, item in value.items()}
    if kind is list:
        return [_plain(item) for item in value]
    if isinstance(value, ImmutableContainerMixin):
        return _plain(value._container)
    if kind is str or kind is int or kind is float or kind is bool or value is None:
        return value
    return _copy.deepcopy(value)


class ImmutableContainerMixin:
    """What the dictionary and the list view have in common."""

    __slots__ = ()

    def raw_view(self):
        """Returns the plain container behind this view, without a copy. Do not change it."""
        HAND_OUTS.happened = True
        return self._container

    def copy(self):
        """Returns a deep copy made of plain dicts and lists, which may be changed freely."""
        return _plain(self._container)

    def __len__(self):
        return len(self._container)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return type(self)(_plain(self._container))

    def __reduce__(self):
        return type(self), (self._container,)


class _ItemsView(_AbcItemsView):
    """Key and value pairs, values wrapped; keeps the lookups of the standard view."""

    __slots__ = ()

    def __iter__(self):
        indexes = self._mapping._indexes
        for key, value in self._mapping._container.items():
            yield key, _wrap(value, indexes)


class _ValuesView(_AbcValuesView):
    """Values, wrapped; keeps the lookups of the standard view."""

    __slots__ = ()

    def __iter__(self):
        indexes = self._mapping._indexes
        for value in self._mapping._container.values():
            yield _wrap(value, indexes)


_ItemsView.__name__ = _ItemsView.__qualname__ = "ItemsView"
_ValuesView.__name__ = _ValuesView.__qualname__ = "ValuesView"


class ImmutableCaseInsensitiveDict(ImmutableContainerMixin, Mapping):
    """A read-only mapping whose lookups ignore the case of string keys.

    An exactly spelled key wins; of several keys that differ only in case the first inserted wins.
    Iteration keeps insertion order and the original spelling. Equal to any mapping with equal
    items; not hashable. The top level is copied, nested values are shared with the original.
    """

    __slots__ = ("_container", "_indexes")

    def __init__(self, container=()):
        if isinstance(container, ImmutableCaseInsensitiveDict):
            container = container._container
        self._container = dict(container)
        self._indexes = {}

    def __getitem__(self, key):
        value = self._container.get(key, _MISSING)
        if value is _MISSING:
            value = _find(self._container, key, self._indexes)
            if value is _MISSING:
                raise KeyError(key)
        kind = type(value)
        if kind is dict or kind is list:
            return _wrap(value, self._indexes)
        return value

    def get(self, key, default=None):
        """Returns the value at `key`, or `default` when there is no such key. A null value is returned as None."""
        value = self._container.get(key, _MISSING)
        if value is _MISSING:
            value = _find(self._container, key, self._indexes)
            if value is _MISSING:
                return default
        kind = type(value)
        if kind is dict or kind is list:
            return _wrap(value, self._indexes)
        return value

    def __contains__(self, key):
        container = self._container
        return key in container or _find(container, key, self._indexes) is not _MISSING

    def __iter__(self):
        return iter(self._container)

    def items(self):
        """Returns a view of (key, value) pairs, nested containers wrapped."""
        return _ItemsView(self)

    def values(self):
        """Returns a view of the values, nested containers wrapped."""
        return _ValuesView(self)

    def deep_get(self, *keys, default=None):
        """Returns the value under a path of keys, walking mappings only.

        `default` stands for a missing key, for a non-mapping on the way, and for a null at the end.
        List positions are no keys. Without keys it returns the mapping itself.
        """
        if not keys:
            return self
        value = self._container
        for key in keys:
            if type(value) is dict:
                step = value.get(key, _MISSING)
                if step is _MISSING:
                    step = _find(value, key, self._indexes)
                    if step is _MISSING:
                        return default
                value = step
            elif isinstance(value, Mapping):
                value = value.get(key)
            else:
                return default
        if value is None:
            return default
        kind = type(value)
        if kind is dict or kind is list:
            return _wrap(value, self._indexes)
        return value

    def to_dict(self):
        """Returns a deep copy made of plain dicts and lists, which may be changed freely."""
        return _plain(self._container)

    def __eq__(self, other):
        if isinstance(other, ImmutableCaseInsensitiveDict):
            return self._container == other._container
        if isinstance(other, dict):
            return self._container == other
        if isinstance(other, Mapping):
            return self._container == dict(other)
        return NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}({self._container!r})"


class ImmutableList(ImmutableContainerMixin, Sequence):
    """A read-only sequence over a list. Equal to a list, tuple or other view with equal elements; not hashable."""

    __slots__ = ("_container", "_indexes")

    def __init__(self, container=()):
        if isinstance(container, ImmutableList):
            container = container._container
        self._container = list(container)
        self._indexes = {}

    def __getitem__(self, index):
        """Returns one element, wrapped, or for a slice a plain tuple of the unwrapped elements."""
        if isinstance(index, slice):
            found = tuple(self._container[index])
            if holds_containers(found):
                HAND_OUTS.happened = True
            return found
        try:
            value = self._container[index]
        except (IndexError, TypeError):
            # The error texts are those of an immutable sequence: they reach alert titles.
            value = tuple(self._container)[index]
        kind = type(value)
        if kind is dict or kind is list:
            return _wrap(value, self._indexes)
        return value

    def __iter__(self):
        indexes = self._indexes
        for value in self._container:
            kind = type(value)
            if kind is dict or kind is list:
                yield _wrap(value, indexes)
            else:
                yield value

    def __contains__(self, value):
        return value in self._container

    def as_list(self):
        """Returns a deep copy made of plain dicts and lists, which may be changed freely."""
        return _plain(self._container)

    def __eq__(self, other):
        if isinstance(other, ImmutableList):
            return self._container == other._container
        if isinstance(other, list):
            return self._container == other
        if isinstance(other, tuple):
            return self._container == list(other)
        return NotImplemented

    __hash__ = None

    def __repr__(self):
        return f"{type(self).__name__}({tuple(self._container)!r})"
