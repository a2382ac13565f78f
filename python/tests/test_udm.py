"""`event.udm`, one test per line of `detections.md` §2.4, with traps 1, 4 and 5 of §9."""

import types
import unittest

from panther_core import PantherError, PantherEvent
from panther_core._jsonpath import JsonPathError
from panther_core.data_model import DataModel
from panther_core.exceptions import DataModelError
from panther_core.immutable import ImmutableCaseInsensitiveDict

SEEN = []


def get_actor(event):
    """Notes what it is given."""
    SEEN.append(event)
    return event.deep_get("USER", "name")


MODULE = types.SimpleNamespace(get_actor=get_actor, number=5)
MODEL = DataModel(
    "Model.One",
    [
        {"Name": "nested", "Path": "b.C"},
        {"name": "dollar", "path": "$.b.C"},
        {"Name": "plain", "Path": "field"},
        {"Name": "actor", "Method": "get_actor"},
        {"Name": "many", "Path": "$.l[*].v"},
        {"Name": "picked", "Path": "$.events[*].parameters[?(@.name == 'X')].value"},
    ],
    MODULE,
)


def event(data):
    return PantherEvent(data, MODEL)


class WithDataModel(unittest.TestCase):
    def test_no_match_is_the_default_and_one_match_is_kept_as_it_is(self):
        self.assertEqual(event({}).udm("nested", default="D"), "D")
        self.assertEqual(event({"b": {"C": 5}}).udm("dollar"), 5)
        for value in (None, 0, "", False, []):
            self.assertEqual(event({"b": {"C": value}}).udm("nested", default="D"), value)

    def test_paths_are_case_sensitive(self):
        self.assertEqual(event({"B": {"c": 1}}).udm("nested", default="D"), "D")

    def test_containers_are_wrapped(self):
        found = event({"b": {"C": {"Key": 1}}}).udm("nested")
        self.assertEqual(found.get("key"), 1)

    def test_a_mapping_hides_p_udm_and_the_raw_field(self):
        data = {"plain": 1, "p_udm": {"plain": 2}, "actor": 3}
        self.assertEqual(event(data).udm("plain", default="D"), "D")
        self.assertIsNone(event(data).udm("actor", default="D"))

    def test_several_matches_raise(self):
        with self.assertRaises(Exception) as caught:
            event({"l": [{"v": 1}, {"v": 2}]}).udm("many")
        self.assertIs(type(caught.exception), Exception)
        self.assertEqual(
            str(caught.exception),
            "JSONPath [$.l.[*].v] in DataModel [Model.One], matched multiple fields.",
        )

    def test_methods_get_a_smaller_event(self):
        SEEN.clear()
        self.assertEqual(event({"user": {"Name": "ann"}}).udm("actor"), "ann")
        self.assertIs(type(SEEN[0]), ImmutableCaseInsensitiveDict)
        for name in ("udm", "deep_walk", "event_time_epoch"):
            self.assertFalse(hasattr(SEEN[0], name))

    def test_a_null_from_a_method_stays(self):
        self.assertIsNone(event({}).udm("actor", default="D"))

    def test_filters(self):
        data = {"events": [{"parameters": [{"name": "Y", "value": 1}, {"name": "X", "value": 2}]}]}
        self.assertEqual(event(data).udm("picked"), 2)

    def test_several_keys_ignore_the_model(self):
        self.assertEqual(event({"nested": {"x": 1}}).udm("nested", "x"), 1)

    def test_unmapped_names_fall_back(self):
        self.assertEqual(event({"other": 1, "p_udm": {"other": 2}}).udm("other"), 2)


class Fallback(unittest.TestCase):
    def test_p_udm_then_the_event_then_the_default(self):
        self.assertEqual(PantherEvent({"p_udm": {"a": {"b": 1}}, "a": {"b": 2}}).udm("a", "b"), 1)
        self.assertEqual(PantherEvent({"p_udm": {"a": 0}, "a": 2}).udm("a"), 2)
        for value in (0, False, "", [], None):
            self.assertEqual(PantherEvent({"a": value}).udm("a", default="D"), "D")

    def test_no_key_is_the_default(self):
        self.assertEqual(PantherEvent({"a": 1}).udm(default="D"), "D")
        self.assertIsNone(event({"a": 1}).udm())


class UdmPath(unittest.TestCase):
    def test_paths_methods_and_the_rest(self):
        data = {"b": {"C": 1}, "events": [{"parameters": [{"name": "X", "value": 2}]}]}
        self.assertEqual(event(data).udm_path("nested"), "b.C")
        self.assertEqual(event(data).udm_path("dollar"), "b.C")
        self.assertEqual(event(data).udm_path("picked"), "events.[0].parameters.[0].value")
        self.assertEqual(event(data).udm_path("actor"), "get_actor")
        self.assertIsNone(event(data).udm_path("other"))
        self.assertIsNone(event({}).udm_path("nested"))

    def test_without_a_model(self):
        with self.assertRaises(PantherError) as caught:
            PantherEvent({"p_log_type": "A.B"}).udm_path("x")
        self.assertEqual(
            str(caught.exception), "a data model hasn't been specified for log type: A.B"
        )


class BadDataModels(unittest.TestCase):
    def check(self, error, words, mappings):
        with self.assertRaisesRegex(error, words):
            DataModel("M", mappings, MODULE)

    def test_messages(self):
        self.check(DataModelError, r"\[M\].*no name", [{"Path": "a"}])
        self.check(DataModelError, r"\[a\].*exactly one", [{"Name": "a"}])
        self.check(DataModelError, r"\[a\].*exactly one", [{"Name": "a", "Path": "b", "Method": "get_actor"}])
        self.check(DataModelError, r"no function \[nope\]", [{"Name": "a", "Method": "nope"}])
        self.check(DataModelError, r"no function \[number\]", [{"Name": "a", "Method": "number"}])
        self.check(DataModelError, "twice", [{"Name": "a", "Path": "b"}, {"Name": "a", "Path": "c"}])
        self.check(JsonPathError, r"\[b\[\].*character 3", [{"Name": "a", "Path": "b["}])
        with self.assertRaisesRegex(DataModelError, "no function"):
            DataModel("M", [{"Name": "a", "Method": "f"}])
