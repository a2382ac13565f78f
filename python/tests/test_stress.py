"""Random structures: the wrapped view answers as a plain, slow model of the same rules does."""

import json
import random
import unittest
from collections.abc import Mapping

from panther_core import PantherEvent
from panther_core.immutable import ImmutableCaseInsensitiveDict, ImmutableList

KEYS = ["a", "A", "b", "B", "ab", "aB", "AB", "c"]
ABSENT = object()


def model_find(mapping, key):
    """The value at a key: exact spelling, else the first key that is equal in lower case."""
    if key in mapping:
        return mapping[key]
    for known, value in mapping.items():
        if known.lower() == key.lower():
            return value
    return ABSENT


def model_deep_get(value, keys, default):
    """`deep_get` on plain dicts."""
    for key in keys:
        if not isinstance(value, dict):
            return default
        value = model_find(value, key)
        if value is ABSENT:
            return default
    return default if value is None else value


class Stress(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(20240601)

    def structure(self, depth):
        kind = self.random.randrange(4)
        if depth and kind == 0:
            return [self.structure(depth - 1) for _ in range(self.random.randrange(4))]
        if depth and kind < 3:
            return self.mapping(depth)
        return self.random.choice([None, True, False, 0, 1, -2.5, "", "x", "A"])

    def mapping(self, depth):
        keys = self.random.sample(KEYS, self.random.randrange(len(KEYS)))
        return {key: self.structure(depth - 1) for key in keys}

    def check_same(self, view, raw):
        """Walks both and compares everything that can be read."""
        self.assertTrue(view == raw and raw == view)
        if type(raw) is dict:
            self.assertIsInstance(view, ImmutableCaseInsensitiveDict)
            self.assertEqual(list(view), list(raw))
            self.assertEqual(list(view.items()), list(raw.items()))
            self.assertEqual(list(view.values()), list(raw.values()))
            for key in KEYS:
                expected = model_find(raw, key)
                self.assertEqual(key in view, expected is not ABSENT)
                self.assertEqual(view.get(key, "D"), "D" if expected is ABSENT else expected)
                if expected is not ABSENT:
                    self.check_same(view[key], expected)
            self.assertEqual(view.to_dict(), raw)
        elif type(raw) is list:
            self.assertIsInstance(view, ImmutableList)
            self.assertEqual((len(view), list(view), view[1:]), (len(raw), raw, tuple(raw[1:])))
            self.assertEqual(repr(view), f"ImmutableList({tuple(raw)!r})")
            for index, expected in enumerate(raw):
                self.check_same(view[index], expected)
        else:
            self.assertIs(view, raw)

    def test_random_structures(self):
        for _ in range(400):
            raw = self.mapping(4)
            event = PantherEvent(raw)
            self.check_same(event, raw)
            self.assertEqual(repr(event), f"PantherEvent({raw!r})")
            self.assertEqual(json.dumps(event, default=PantherEvent.json_encoder), json.dumps(raw))
            for _ in range(30):
                keys = self.random.choices(KEYS, k=self.random.randrange(1, 5))
                expected = model_deep_get(raw, keys, "D")
                self.assertEqual(event.deep_get(*keys, default="D"), expected)

    def test_deep_walk_without_lists_is_a_case_sensitive_walk(self):
        for _ in range(400):
            raw = self.mapping(3)
            keys = self.random.choices(KEYS, k=2)
            value = raw
            for key in keys:
                value = value.get(key) if isinstance(value, Mapping) else None
            if isinstance(raw.get(keys[0]), list) or isinstance(value, list):
                continue
            self.assertEqual(PantherEvent(raw).deep_walk(*keys, default="D"), "D" if value is None else value)
