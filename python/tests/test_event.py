"""The event object, one test per row of `detections.md` §2.3, and the traps of §9 that concern it."""

import copy
import json
import pickle
import unittest
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from panther_core import PantherEvent
from panther_core.enriched_event import PantherEvent as SameEvent
from panther_core.immutable import ImmutableCaseInsensitiveDict, ImmutableList


class Construction(unittest.TestCase):
    def test_copies_the_top_level_only(self):
        raw = {"a": 1, "n": {"k": 1}}
        event = PantherEvent(raw)
        raw["a"] = 2
        raw["n"]["k"] = 2
        self.assertEqual(event["a"], 1)
        self.assertEqual(event["n"]["k"], 2)

    def test_wraps_exact_dicts_and_lists_only(self):
        ordered = OrderedDict(x=1)
        event = PantherEvent({"d": {}, "l": [], "o": ordered, "t": (1,)})
        self.assertIs(type(event["d"]), ImmutableCaseInsensitiveDict)
        self.assertIs(type(event["l"]), ImmutableList)
        self.assertIs(event["o"], ordered)
        self.assertEqual(event["t"], (1,))
        self.assertIs(type(event["t"]), tuple)

    def test_names_and_bases(self):
        self.assertIs(PantherEvent, SameEvent)
        self.assertTrue(issubclass(PantherEvent, ImmutableCaseInsensitiveDict))
        self.assertTrue(issubclass(ImmutableCaseInsensitiveDict, Mapping))
        self.assertTrue(issubclass(ImmutableList, Sequence))

    def test_takes_another_event(self):
        event = PantherEvent(PantherEvent({"a": {"b": 1}}))
        self.assertEqual(event.to_dict(), {"a": {"b": 1}})


class Lookup(unittest.TestCase):
    def test_exact_then_any_case(self):
        event = PantherEvent({"eventName": "x", "Null": None})
        self.assertEqual(event["eventName"], "x")
        self.assertEqual(event["EVENTNAME"], "x")
        self.assertEqual(event.get("eventname"), "x")
        self.assertIn("EventName", event)
        self.assertNotIn("other", event)

    def test_exact_match_wins_then_first_inserted(self):
        event = PantherEvent({"Key": 1, "kEY": 2, "key": 3})
        self.assertEqual(event["kEY"], 2)
        self.assertEqual(event["key"], 3)
        self.assertEqual(event["KEY"], 1)

    def test_missing_key(self):
        event = PantherEvent({"a": 1})
        with self.assertRaises(KeyError) as caught:
            event["Nope"]
        self.assertEqual(caught.exception.args, ("Nope",))
        self.assertIsNone(event.get("Nope"))
        self.assertEqual(event.get("Nope", 5), 5)

    def test_get_keeps_an_explicit_null(self):
        self.assertIsNone(PantherEvent({"a": None}).get("A", "default"))

    def test_keys_that_are_no_text(self):
        with self.assertRaises(AttributeError):
            PantherEvent({"a": 1}).get(5)
        with self.assertRaises(KeyError):
            PantherEvent({})[5]
        self.assertNotIn(5, PantherEvent({}))
        self.assertEqual(PantherEvent({5: "x", "a": 1})[5], "x")
        self.assertEqual(PantherEvent({5: "x", "a": 1})["A"], 1)

    def test_index_follows_changes_through_raw_values(self):
        event = PantherEvent({"a": {"x": 1}})
        self.assertIsNone(event["a"].get("NEW"))
        event.raw_view()["a"]["new"] = 2
        self.assertEqual(event["a"].get("NEW"), 2)


class Iteration(unittest.TestCase):
    def test_insertion_order_and_original_case(self):
        event = PantherEvent({"B": 1, "a": {"c": 1}, "L": [1]})
        self.assertEqual(list(event), ["B", "a", "L"])
        self.assertEqual(list(event.keys()), ["B", "a", "L"])
        self.assertEqual(len(event), 3)

    def test_values_and_items_are_wrapped(self):
        event = PantherEvent({"a": {"c": 1}, "l": [{}]})
        self.assertEqual([type(v) for v in event.values()], [ImmutableCaseInsensitiveDict, ImmutableList])
        self.assertEqual([type(v) for _, v in event.items()], [ImmutableCaseInsensitiveDict, ImmutableList])
        self.assertIs(type(event["l"][0]), ImmutableCaseInsensitiveDict)
        self.assertIs(type(next(iter(event["l"]))), ImmutableCaseInsensitiveDict)
        self.assertIn(("A", {"c": 1}), event.items())

    def test_empty_is_falsy(self):
        self.assertFalse(PantherEvent({}))
        self.assertFalse(PantherEvent({"l": []})["l"])
        self.assertTrue(PantherEvent({"a": None}))


class DeepGet(unittest.TestCase):
    event = PantherEvent({"A": {"b": {"C": 1}, "n": None, "l": [{"k": 1}], "s": "text"}, "e": {}})

    def test_walks_mappings_in_any_case(self):
        self.assertEqual(self.event.deep_get("a", "B", "c"), 1)
        self.assertIs(type(self.event.deep_get("A", "b")), ImmutableCaseInsensitiveDict)
        self.assertEqual(self.event["A"].deep_get("B", "C"), 1)

    def test_default(self):
        for keys in (("A", "x"), ("A", "n"), ("A", "n", "x"), ("A", "s", "x"), ("A", "l", 0), ("e", "x"), ("x", "y")):
            with self.subTest(keys=keys):
                self.assertEqual(self.event.deep_get(*keys, default="D"), "D")
                self.assertIsNone(self.event.deep_get(*keys))

    def test_keeps_falsy_values(self):
        event = PantherEvent({"z": 0, "f": False, "s": "", "l": []})
        self.assertEqual([event.deep_get(k, default="D") for k in "zfsl"], [0, False, "", []])

    def test_no_keys_is_the_event(self):
        self.assertIs(self.event.deep_get(), self.event)

    def test_through_a_mapping_that_is_not_wrapped(self):
        self.assertEqual(PantherEvent({"o": OrderedDict(x=1)}).deep_get("o", "x"), 1)


class DeepWalk(unittest.TestCase):
    event = PantherEvent(
        {
            "a": {"b": 1, "n": None},
            "l": [{"k": 1, "i": [1, 2]}, {"k": 2, "i": [2, 3]}, {"k": 1}, {"k": None}, "text", 7],
            "one": [{"k": "x"}, {"k": "x"}],
            "empty": [],
            "hollow": [[], [[]]],
            "deep": [{"m": [{"v": 1}, {"v": 2}]}, {"m": [{"v": 3}]}],
            "d": [{"k": {"x": 1}}],
        }
    )

    def walk(self, *keys, **options):
        return self.event.deep_walk(*keys, **options)

    def test_mappings(self):
        self.assertEqual(self.walk("a", "b"), 1)
        self.assertEqual(self.walk("a", "n", default="D"), "D")
        self.assertEqual(self.walk("a", "x", "y", default="D"), "D")

    def test_is_case_sensitive(self):
        self.assertEqual(self.walk("A", "b", default="D"), "D")

    def test_returns_unwrapped_containers(self):
        self.assertIs(type(self.walk("a")), dict)
        self.assertIs(type(self.walk("l")), list)
        with self.assertRaises(KeyError):
            self.walk("a")["B"]

    def test_lists_are_flattened_unique_and_without_none(self):
        self.assertEqual(self.walk("l", "k"), [1, 2])
        self.assertEqual(self.walk("l", "i"), [1, 2, 3])
        self.assertEqual(self.walk("deep", "m", "v"), [1, 2, 3])
        self.assertEqual(self.walk("one", "k"), "x")
        self.assertIsNone(self.walk("l", "zz"))

    def test_empty_lists_give_the_default(self):
        self.assertEqual(self.walk("empty", default="D"), "D")
        self.assertEqual(self.walk("hollow", default="D"), "D")
        self.assertEqual(self.walk("empty", "k", default="D"), "D")

    def test_return_val(self):
        self.assertEqual(self.walk("l", "k", return_val="first"), 1)
        self.assertEqual(self.walk("l", "k", return_val="last"), 2)
        self.assertEqual(self.walk("l", "k", return_val="middle"), "all")
        self.assertEqual(self.walk("a", "b", return_val="middle"), 1)

    def test_default_leaks_into_lists(self):
        self.assertEqual(PantherEvent({"l": [{"k": 1}, {}]}).deep_walk("l", "k", default="D"), [1, "D"])

    def test_dict_leaves_of_lists_raise(self):
        with self.assertRaisesRegex(TypeError, "unhashable type: 'dict'"):
            self.walk("d", "k")


class Other(unittest.TestCase):
    def test_lookup(self):
        event = PantherEvent({"_mocked_lookup_data_": {"T": {"k": {"row": 1}}}})
        self.assertEqual(event.lookup("T", "k"), {"row": 1})
        self.assertIsNone(event.lookup("T", "x"))
        self.assertIsNone(PantherEvent({}).lookup("T", "x"))
        live = PantherEvent({}, lookup=lambda table, key: {"Row": (table, key)} if key == "k" else None)
        self.assertEqual(live.lookup("T", "k")["row"], ("T", "k"))
        self.assertIsNone(live.lookup("T", "x"))

    def test_event_time_epoch(self):
        def epoch(text, **options):
            return PantherEvent({"p_event_time": text}).event_time_epoch(**options)

        self.assertEqual(epoch("2021-01-01 00:00:00.123"), 1609459200)
        self.assertEqual(epoch("2021-01-01T00:00:01"), 1609459201)
        self.assertEqual(epoch("2021-01-01 00:00:00.123456789"), 1609459200)
        self.assertEqual(epoch("2021-01-01 10:00"), 1609495200)
        for text in ("2021-01-01T00:00:00Z", "2021-01-01 00:00:00 UTC", "2021-01-01T00:00:00+02:00", "2021-01-01", "", "x", None, 0, [], "2021-13-01 00:00:00"):
            with self.subTest(text=text):
                self.assertEqual(epoch(text), 0)
        for value in (5, [1], True):
            for options in ({}, {"force_utc": False}):
                with self.assertRaises(TypeError):
                    epoch(value, **options)
        self.assertEqual(PantherEvent({}).event_time_epoch(), 0)
        self.assertEqual(epoch("2021-01-01T00:00:00Z", force_utc=False), 1609459200)
        self.assertEqual(epoch("2021-01-01T00:00:00+02:00", force_utc=False), 1609452000)
        self.assertEqual(epoch("2021-01-01T00:00:00-0730", force_utc=False), 1609486200)

    def test_to_dict_and_copies_are_deep_and_plain(self):
        raw = {"a": {"b": [1, {"c": 2}]}}
        event = PantherEvent(raw)
        for plain in (event.to_dict(), event.copy()):
            self.assertEqual(plain, raw)
            self.assertIs(type(plain["a"]["b"][1]), dict)
            plain["a"]["b"][1]["c"] = 3
        self.assertEqual(raw["a"]["b"][1]["c"], 2)
        for plain in (event["a"]["b"].as_list(), event["a"]["b"].copy()):
            self.assertIs(type(plain), list)
            plain[1]["c"] = 3
        self.assertEqual(raw["a"]["b"][1]["c"], 2)
        self.assertIs(event["a"].raw_view(), raw["a"])
        self.assertIs(event["a"]["b"].raw_view(), raw["a"]["b"])

    def test_copy_and_pickle_modules(self):
        event = PantherEvent({"a": {"b": [1]}})
        self.assertEqual(event["a"]["b"], [1])
        for twin in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
            self.assertIs(type(twin), PantherEvent)
            self.assertEqual(twin, event)
            self.assertEqual(twin.deep_get("A", "B"), [1])
        self.assertEqual(copy.deepcopy(event["a"]), {"b": [1]})

    def test_json_encoder_is_a_plain_function(self):
        event = PantherEvent({"a": {"b": [1, None]}, "t": "x"})
        text = json.dumps({"e": event, "l": event["a"]["b"]}, default=PantherEvent.json_encoder)
        self.assertEqual(text, '{"e": {"a": {"b": [1, null]}, "t": "x"}, "l": [1, null]}')
        with self.assertRaises(TypeError):
            event.json_encoder(event)
        with self.assertRaises(TypeError):
            json.dumps({1, 2}, default=PantherEvent.json_encoder)

    def test_json_without_the_encoder_fails(self):
        for value in (PantherEvent({}), PantherEvent({"l": []})["l"]):
            with self.assertRaises(TypeError):
                json.dumps(value)


class EqualityAndTypes(unittest.TestCase):
    def test_dict_wrappers(self):
        raw = {"a": {"b": [1]}}
        event = PantherEvent(raw)
        for other in (raw, PantherEvent(raw), ImmutableCaseInsensitiveDict(raw), OrderedDict(raw)):
            self.assertTrue(event == other)
            self.assertTrue(other == event)
            self.assertFalse(event != other)
        self.assertFalse(event == {"A": {"b": [1]}})
        self.assertFalse(event == [])
        self.assertTrue({"n": event["a"]} == {"n": {"b": [1]}})

    def test_list_wrappers(self):
        view = PantherEvent({"l": [1, {"a": [2]}]})["l"]
        for other in ([1, {"a": [2]}], (1, {"a": [2]}), ImmutableList([1, {"a": [2]}])):
            self.assertTrue(view == other)
            self.assertTrue(other == view)
            self.assertFalse(view != other)
        self.assertFalse(view == [1])
        self.assertFalse(PantherEvent({"l": ["a"]})["l"] == "a")

    def test_unhashable(self):
        event = PantherEvent({"d": {}, "l": ["a", "b", "a"]})
        for value in (event, event["d"], event["l"]):
            with self.assertRaises(TypeError):
                hash(value)
            with self.assertRaises(TypeError):
                {value}
        self.assertEqual(set(event["l"]), {"a", "b"})

    def test_isinstance(self):
        event = PantherEvent({"l": []})
        self.assertNotIsInstance(event, (dict, list, tuple))
        self.assertNotIsInstance(event["l"], (dict, list, tuple))
        self.assertIsInstance(event, Mapping)
        self.assertIsInstance(event["l"], Sequence)

    def test_no_mutation(self):
        event = PantherEvent({"a": 1, "l": [1]})
        for name in ("pop", "update", "setdefault", "clear", "popitem"):
            self.assertFalse(hasattr(event, name))
        for name in ("append", "pop", "extend", "sort", "remove", "insert"):
            self.assertFalse(hasattr(event["l"], name))
        for change in (
            lambda: event.__setitem__("a", 2),
            lambda: event["l"].append(1),
            lambda: setattr(event, "other", 1),
        ):
            with self.assertRaises(AttributeError):
                change()
        with self.assertRaises(TypeError):
            event["a"] = 2
        with self.assertRaises(TypeError):
            del event["a"]
        with self.assertRaises(TypeError):
            event["l"][0] = 2

    def test_operators_that_are_missing(self):
        event = PantherEvent({"a": 1, "l": [1]})
        view = event["l"]
        for operation in (
            lambda: event | {"b": 1},
            lambda: {"b": 1} | event,
            lambda: view + [1],
            lambda: [1] + view,
            lambda: view * 2,
            lambda: view < [2],
        ):
            with self.assertRaises(TypeError):
                operation()

    def test_what_still_works(self):
        event = PantherEvent({"a": 1, "l": [3, 1, 2, 1]})
        view = event["l"]
        self.assertEqual({**event}, {"a": 1, "l": [3, 1, 2, 1]})
        self.assertEqual(dict(event), {"a": 1, "l": [3, 1, 2, 1]})
        self.assertEqual(list(view), [3, 1, 2, 1])
        self.assertEqual(sorted(view), [1, 1, 2, 3])
        self.assertIn(3, view)
        self.assertEqual((view.count(1), view.index(2), view[-1]), (2, 2, 1))
        self.assertEqual(list(reversed(view)), [1, 2, 1, 3])

    def test_slices_are_plain_tuples_of_raw_values(self):
        view = PantherEvent({"l": [{"A": 1}, 2, 3]})["l"]
        self.assertEqual(view[:2], ({"A": 1}, 2))
        self.assertIs(type(view[:2]), tuple)
        self.assertIs(type(view[:1][0]), dict)

    def test_list_errors_name_a_tuple(self):
        view = ImmutableList([1])
        with self.assertRaisesRegex(IndexError, "tuple index out of range"):
            view[5]
        with self.assertRaisesRegex(TypeError, "tuple indices must be integers or slices, not str"):
            view["a"]


class Texts(unittest.TestCase):
    def test_repr_and_str(self):
        event = PantherEvent({"A": 1, "d": {"x": [1]}, "l": [1, 2], "one": ["a"], "none": []})
        self.assertEqual(
            str(event),
            "PantherEvent({'A': 1, 'd': {'x': [1]}, 'l': [1, 2], 'one': ['a'], 'none': []})",
        )
        self.assertEqual(f"{event['d']}", "ImmutableCaseInsensitiveDict({'x': [1]})")
        self.assertEqual(f"{event['l']}", "ImmutableList((1, 2))")
        self.assertEqual(repr(event["one"]), "ImmutableList(('a',))")
        self.assertEqual(repr(event["none"]), "ImmutableList(())")


class Traps(unittest.TestCase):
    def test_1_null_and_falsy_values(self):
        event = PantherEvent({"n": None, "z": 0})
        self.assertIsNone(event.get("n", "D"))
        self.assertEqual(event.deep_get("n", default="D"), "D")
        self.assertEqual(event.udm("z", default="D"), "D")
        self.assertEqual(event.deep_get("z", default="D"), 0)

    def test_2_deep_walk_is_unwrapped(self):
        event = PantherEvent({"a": {"B": {"c": 1}}})
        self.assertIsNone(event.deep_walk("a").get("b"))
        self.assertEqual(event.get("A").get("b"), {"c": 1})

    def test_3_case_collision(self):
        event = PantherEvent({"aB": 1, "Ab": 2})
        self.assertEqual((event["aB"], event["Ab"], event["ab"]), (1, 2, 1))

    def test_6_containers(self):
        event = PantherEvent({"names": ["a", "b"]})
        self.assertEqual(f"by {event.get('names')}", "by ImmutableList(('a', 'b'))")
        self.assertEqual(event.get("names")[:1], ("a",))
