"""Habits of the event object and of Python that detections stumble over; each has a number.

Those about the functions of a detection are in `test_functions`, the others in the crates that they are
about; `crates/xtask/src/traps.rs` says what each number stands for.
"""

import ipaddress
import unittest

from panther_core import PantherEvent
from panther_core.data_model import DataModel


class Traps(unittest.TestCase):
    def test_trap_01_null_and_falsy_values_meet_four_different_defaults(self):
        event = PantherEvent({"n": None, "zero": 0, "Mapped": None})
        self.assertIsNone(event.get("n", "D"))
        self.assertEqual(event.deep_get("n", default="D"), "D")
        self.assertEqual(event.udm("zero", default="D"), "D")
        mapped = PantherEvent({"Mapped": 0}, DataModel("M", [{"name": "zero", "path": "Mapped"}]))
        self.assertEqual(mapped.udm("zero", default="D"), 0)

    def test_trap_02_deep_walk_knows_case_and_unwraps(self):
        event = PantherEvent({"Map": {"Key": {"In": 1}}})
        self.assertEqual(event.deep_get("map", "key", "in"), 1)
        self.assertIsNone(event.deep_walk("map", "key", "in"))
        found = event.deep_walk("Map", "Key")
        self.assertIs(type(found), dict)
        self.assertIsNone(found.get("in"))
        self.assertEqual(event.deep_get("Map", "Key").get("in"), 1)

    def test_trap_03_the_exact_spelling_wins_else_the_first_inserted(self):
        event = PantherEvent({"KEY": 1, "Key": 2, "key": 3})
        self.assertEqual((event["Key"], event["key"], event["kEY"]), (2, 3, 1))

    def test_trap_04_a_mapping_that_finds_nothing_hides_p_udm_and_the_field(self):
        model = DataModel("M", [{"name": "user", "path": "not.there"}])
        data = {"user": "raw", "p_udm": {"user": "unified"}}
        self.assertEqual(PantherEvent(data, model).udm("user", default="D"), "D")
        self.assertEqual(PantherEvent(data).udm("user", default="D"), "unified")

    def test_trap_05_several_matches_raise(self):
        model = DataModel("M", [{"name": "users", "path": "$.u[*].name"}])
        self.assertEqual(PantherEvent({"u": [{"name": "a"}]}, model).udm("users"), "a")
        with self.assertRaisesRegex(Exception, "matched multiple fields"):
            PantherEvent({"u": [{"name": "a"}, {"name": "b"}]}, model).udm("users")

    def test_trap_06_containers_of_events_are_no_dicts_and_lists(self):
        event = PantherEvent({"l": [1, {"A": 2}], "m": {"x": 1}})
        self.assertFalse(isinstance(event["l"], (list, tuple)) or isinstance(event["m"], dict))
        self.assertIs(type(event["l"][0:1]), tuple)
        self.assertIs(type(event["l"][1:][0]), dict)
        with self.assertRaises(TypeError):
            {event["m"]}
        self.assertEqual(f"seen: {event['l'][:1]} {event['l']}", "seen: (1,) ImmutableList((1, {'A': 2}))")

    def test_trap_27_shared_addresses_are_neither_private_nor_public_and_multicast_is_public(self):
        shared, multicast = ipaddress.ip_address("100.64.0.1"), ipaddress.ip_address("224.0.1.1")
        self.assertEqual((shared.is_private, shared.is_global), (False, False))
        self.assertEqual((multicast.is_private, multicast.is_global), (False, True))

    def test_trap_29_a_time_that_ends_in_z_has_no_epoch(self):
        self.assertEqual(PantherEvent({"p_event_time": "2026-01-02T03:04:05Z"}).event_time_epoch(), 0)
        self.assertEqual(PantherEvent({"p_event_time": "2026-01-02 03:04:05.000"}).event_time_epoch(), 1767323045)


if __name__ == "__main__":
    unittest.main()
