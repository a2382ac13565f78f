"""What the Python of rules in YAML calls: each block goes into a module that needs it.

A missing key and null are None, but for the condition Exists. Texts, numbers and lists compare as Python compares
them; letter case of names of fields makes no difference.
"""

import ipaddress
import json
from collections.abc import Mapping, Sequence


class FilterException(Exception):
    """A condition on addresses met something else."""


_MISSING = object()


_EACH = object()


_ROWS = object()


def _plain(value):
    """The value as dicts, lists, texts and numbers."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(element) for element in value]
    return value


def _field(mapping, name):
    """The member of this name, else the first whose name differs in letter case only."""
    if name in mapping:
        return mapping[name]
    for key in mapping:
        if key.lower() == name.lower():
            return mapping[key]
    return _MISSING


def _find(value, *steps):
    """What is at the end of the steps: names, positions in lists, and _EACH for every element."""
    for number, step in enumerate(steps, 1):
        is_list = isinstance(value, Sequence) and not isinstance(value, str)
        if step is _EACH or step is _ROWS:
            if is_list:
                found = [_find(element, *steps[number:]) for element in value]
                return [one for one in found if one is not _MISSING and one is not None]
            if step is _EACH:
                return _MISSING
        elif isinstance(step, str):
            value = _field(value, step) if isinstance(value, Mapping) else _MISSING
        elif is_list and -len(value) <= step < len(value):
            value = value[step]
        else:
            value = _MISSING
        if value is _MISSING:
            return _MISSING
    return _plain(value)


def _value(value, *steps):
    """What is at the end of the steps; None when nothing is there."""
    found = _find(value, *steps)
    return None if found is _MISSING else found


def _text(value, *steps):
    """The text of what is at the end of the steps; no text when nothing is there."""
    found = _find(value, *steps)
    return "" if found is _MISSING else str(found)


def _is_empty(value):
    return value is None or (isinstance(value, (str, list, dict)) and not value)


def _is_greater(left, right):
    return left is not None and right is not None and left > right


def _is_greater_or_equal(left, right):
    return left is not None and right is not None and left >= right


def _is_less(left, right):
    return left is not None and right is not None and left < right


def _is_less_or_equal(left, right):
    return left is not None and right is not None and left <= right


def _equals_ignoring_case(left, right):
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left == right


def _holds(container, part):
    """Whether a text holds a part, a list an element, or a dict a key."""
    if isinstance(container, dict):
        return isinstance(part, str) and _field(container, part) is not _MISSING
    return part in container


def _contains(value, part):
    """Whether the value, or a text in a list, holds the part."""
    if value is None:
        return False
    if _holds(value, part):
        return True
    return isinstance(value, list) and isinstance(part, str) and any(_holds(element, part) for element in value)


def _contains_ignoring_case(value, part):
    if isinstance(value, str) and isinstance(part, str):
        return part.lower() in value.lower()
    if not value:
        return False
    if _holds(value, part):
        return True
    if not (isinstance(value, list) and isinstance(part, str)):
        return False
    return any(isinstance(element, str) and part.lower() in element.lower() for element in value)


def _starts_with(value, part):
    return isinstance(value, str) and isinstance(part, str) and value.startswith(part)


def _starts_with_ignoring_case(value, part):
    return isinstance(value, str) and isinstance(part, str) and value.lower().startswith(part.lower())


def _ends_with(value, part):
    return isinstance(value, str) and isinstance(part, str) and value.endswith(part)


def _ends_with_ignoring_case(value, part):
    return isinstance(value, str) and isinstance(part, str) and value.lower().endswith(part.lower())


def _is_one_of(value, members):
    """Whether the value, or an element of it, is one of these."""
    if isinstance(value, list):
        return any(element in members for element in value)
    return value is not None and value in members


def _is_member(value, whole):
    if isinstance(whole, dict):
        return isinstance(value, str) and value in whole
    return value in whole


def _is_in(value, whole):
    """Whether the value, or an element of it, is in a list, a key of a dict, or a part of a text."""
    if isinstance(value, list) and whole is not None and not isinstance(whole, str):
        return any(_is_member(element, whole) for element in value)
    return _is_member(value, whole)


def _network(value):
    try:
        return ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise FilterException("invalid ip or cidr detected") from error


def _overlaps(value, networks):
    own = _network(value)
    return any(network.overlaps(own) for network in networks)


def _in_networks(value, networks):
    """Whether an address or network overlaps one of these."""
    networks = [_network(network) for network in networks]
    if isinstance(value, list):
        raise FilterException("expected target field to be an ip or cidr but got an array")
    return value is not None and _overlaps(value, networks)


def _list_in_networks(value, networks):
    """Whether an element of a list overlaps one of these."""
    networks = [_network(network) for network in networks]
    if value is not None and not isinstance(value, list):
        raise FilterException("expected a list of ips")
    return value is not None and any(_overlaps(element, networks) for element in value)


def _address(value):
    """The address that a text is; None when it is none."""
    try:
        return ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_address(value):
    return _address(value) is not None


def _is_address_v4(value):
    return isinstance(_address(value), ipaddress.IPv4Address)


def _is_address_v6(value):
    return isinstance(_address(value), ipaddress.IPv6Address)


_PRIVATE = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/29",
        "192.0.0.170/31", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
        "203.0.113.0/24", "240.0.0.0/4", "255.255.255.255/32", "::1/128", "::/128", "100::/64", "2001::/23",
        "2001:2::/48", "2001:db8::/32", "2001:10::/28", "fc00::/7", "fe80::/10",
    )
]


_SHARED = ipaddress.ip_network("100.64.0.0/10")


def _is_in_private(address):
    """Whether an address is in a private network; one of version 6 that holds one of version 4 is that one."""
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in _PRIVATE)


def _is_private(value):
    return value is not None and _is_in_private(ipaddress.ip_address(value))


def _is_public(value):
    if value is None:
        return False
    address = ipaddress.ip_address(value)
    return address not in _SHARED and not _is_in_private(address)


def _only_one(*conditions):
    """Whether exactly one of the conditions holds."""
    found = 0
    for condition in conditions:
        found += condition()
        if found == 2:
            break
    return found == 1


def _elements(value):
    """The elements of a list; none when it is missing."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"'{type(value).__name__}' object is no list")
    return value


def _any_element(value, condition):
    return any(condition(element) for element in _elements(value))


def _every_element(value, condition):
    return all(condition(element) for element in _elements(value))


def _no_element(value, condition):
    return not any(condition(element) for element in _elements(value))


def _only_one_element(value, condition):
    return _only_one(*[lambda element=element: condition(element) for element in _elements(value)])


def _group(*values):
    """A text that is another one for other values."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)
