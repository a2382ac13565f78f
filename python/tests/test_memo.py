"""What an event remembers of its top level is never older than the event."""

import copy
import pickle
import unittest

from panther_core import PantherEvent
from panther_core.data_model import DataModel


class Remembering(unittest.TestCase):
    def setUp(self):
        self.event = PantherEvent({"Name": "a", "n": None, "list": [1], "Map": {"K": 1}})

    def test_answers_are_the_same_every_time(self):
        for _ in range(3):
            self.assertEqual(self.event.get("Name"), "a")
            self.assertEqual(self.event.get("NAME", "no"), "a")
            self.assertIsNone(self.event.get("N", "no"))
            self.assertEqual(self.event.get("gone", "no"), "no")
            self.assertIsNone(self.event.get("gone"))
            self.assertEqual(self.event.get("LIST"), [1])
            self.assertEqual(self.event.get("map").get("k"), 1)

    def test_keys_that_are_no_text_fail_every_time(self):
        for _ in range(2):
            with self.assertRaises(AttributeError):
                self.event.get(1)
            with self.assertRaises(TypeError):
                self.event.get(["Name"])

    def test_an_empty_event_has_no_key_of_any_kind(self):
        event = PantherEvent({})
        for _ in range(2):
            self.assertEqual(event.get(1, "no"), "no")

    def test_the_event_can_be_freed_at_once(self):
        import gc
        import weakref

        class Traced(PantherEvent):
            __slots__ = ("__weakref__",)

        gc.disable()
        try:
            event = Traced({"Name": "a", "list": [1], "Map": {}})
            event.get("name"), event.get("list"), event.get("map"), event.get("gone")
            gone = weakref.ref(event)
            del event
            self.assertIsNone(gone())
        finally:
            gc.enable()


class HandingOut(unittest.TestCase):
    """Whoever holds the plain container may change it, and lookups see the change."""

    def check(self, hand_out):
        event = PantherEvent({"Name": "a", "list": [1]})
        self.assertEqual((event.get("name"), event.get("later")), ("a", None))
        plain = hand_out(event)
        self.assertEqual((event.get("name"), event.get("later")), ("a", None))
        plain["Name"] = "b"
        plain["Later"] = {"x": 1}
        self.assertEqual((event.get("name"), event.get("later")), ("b", {"x": 1}))
        del plain["Later"]
        self.assertIsNone(event.get("later"))

    def test_raw_view(self):
        self.check(lambda event: event.raw_view())

    def test_deep_walk_without_keys(self):
        self.check(lambda event: event.deep_walk())

    def test_reduce(self):
        self.check(lambda event: event.__reduce__()[1][0])

    def test_containers_inside_are_always_looked_at(self):
        event = PantherEvent({"map": {"k": 1}})
        self.assertIsNone(event.get("map").get("x"))
        event.raw_view()["map"]["X"] = 2
        self.assertEqual(event.get("map").get("x"), 2)
        self.assertEqual(event.deep_get("map", "x"), 2)


class Copies(unittest.TestCase):
    def test_copies_remember_for_themselves(self):
        event = PantherEvent({"Name": "a"})
        event.get("name")
        for other in (copy.deepcopy(event), pickle.loads(pickle.dumps(event)), PantherEvent(event)):
            other.raw_view()["Name"] = "b"
            self.assertEqual((other.get("name"), event.get("name")), ("b", "a"))

    def test_methods_of_a_data_model_share_one_view(self):
        seen = []

        class Module:
            @staticmethod
            def get_name(event):
                seen.append(event)
                return event.get("NAME")

        model = DataModel("M", [{"name": "who", "method": "get_name"}], Module)
        event = PantherEvent({"Name": "a"}, model)
        self.assertEqual([event.udm("who"), event.udm("who")], ["a", "a"])
        self.assertIs(seen[0], seen[1])
        self.assertFalse(hasattr(seen[0], "udm"))


if __name__ == "__main__":
    unittest.main()
