"""The modules that detections import beside the event types."""

import os
import sys
import unittest
from unittest import mock

from panther_core import PantherEvent
from panther_detection_helpers.mocking import is_mock
from panther_detection_helpers.monitoring import wrap

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fallback"))
import panther_base_helpers as helpers  # noqa: E402

PAGE_RULE = '''
from panther_base_helpers import deep_get
def rule(event):
    return deep_get(event, 'outcome', 'reason') == 'LOCKED OUT'

def title(event):
    return f"{deep_get(event, 'actor', 'alternateId')} is locked out."

def destinations(event):
    if deep_get(event, 'actor', 'alternateId') == "username@example.com":
        return ['dev-alert-destinations', 'tines-okta-user-lock-out']
    return ['dev-general']

def alert_context(event):
    return {
        "actor": deep_get(event, "actor", "displayName"),
        "id": deep_get(event, "actor", "id")
    }
'''


class SmallThings(unittest.TestCase):
    def test_is_mock(self):
        self.assertTrue(is_mock(mock.MagicMock()))
        self.assertTrue(is_mock(type("Own", (mock.MagicMock,), {})()))
        for value in (mock.Mock(), len, None, "x"):
            self.assertFalse(is_mock(value))

    def test_wrap(self):
        def function():
            return 1

        self.assertIs(wrap(function), function)
        self.assertIs(wrap()(function), function)
        self.assertIs(wrap("name", tag=1)(function), function)
        self.assertIs(wrap(name="x")(function), function)


class Fallback(unittest.TestCase):
    def test_deep_get_on_every_kind_of_mapping(self):
        raw = {"a": {"B": 1, "n": None}}
        event = PantherEvent(raw)
        self.assertEqual(helpers.deep_get(event, "A", "b"), 1)
        self.assertEqual(helpers.deep_get(event["a"], "b"), 1)
        self.assertEqual(helpers.deep_get(raw, "a", "B"), 1)
        self.assertEqual(helpers.deep_get(raw, "a", "b", default="D"), "D")
        self.assertEqual(helpers.deep_get(raw, "a", "n", default="D"), "D")
        self.assertEqual(helpers.deep_get(raw, "a", "B", "x", default="D"), "D")
        self.assertIsNone(helpers.deep_get(None, "a"))

    def test_deep_walk(self):
        raw = {"l": [{"k": 1}, {"k": [2, 1]}, {"k": None}], "e": [[]], "one": [{"k": "x"}]}
        for data in (raw, PantherEvent(raw)):
            self.assertEqual(helpers.deep_walk(data, "l", "k"), [1, 2])
            self.assertEqual(helpers.deep_walk(data, "l", "k", return_val="last"), 2)
            self.assertEqual(helpers.deep_walk(data, "l", "k", return_val="first"), 1)
            self.assertEqual(helpers.deep_walk(data, "l", "k", return_val="x"), "all")
            self.assertEqual(helpers.deep_walk(data, "e", default="D"), "D")
            self.assertEqual(helpers.deep_walk(data, "one", "k"), "x")
            self.assertEqual(helpers.deep_walk(data, "x", "k", default="D"), "D")

    def test_patterns_and_networks(self):
        self.assertTrue(helpers.pattern_match("REST.GET.OBJECT", "REST.*.OBJECT"))
        self.assertFalse(helpers.pattern_match("rest.get.object", "REST.*.OBJECT"))
        self.assertTrue(helpers.pattern_match_list("abc", ["x*", "a?c"]))
        self.assertFalse(helpers.pattern_match_list("abc", []))
        self.assertTrue(helpers.is_ip_in_network("10.1.2.3", ["192.0.2.0/24", "10.0.0.0/8"]))
        self.assertFalse(helpers.is_ip_in_network("10.1.2.3", ["2001:db8::/32"]))
        with self.assertRaises(ValueError):
            helpers.is_ip_in_network("x", ["10.0.0.0/8"])

    def test_lists_of_pairs(self):
        pairs = [{"name": "a", "value": 1}, {"name": "b", "value": 2}, {"name": "a", "value": 3}]
        for data in (pairs, PantherEvent({"l": pairs})["l"]):
            self.assertEqual(helpers.get_val_from_list(data, "value", "name", "a"), {1, 3})
            self.assertEqual(helpers.key_value_list_to_dict(data, "name", "value"), {"a": 3, "b": 2})
        self.assertEqual(helpers.listify("x"), ["x"])
        self.assertEqual(helpers.listify({"a": 1}), [{"a": 1}])
        self.assertEqual(helpers.listify(["x"]), ["x"])

    def test_vendors(self):
        arn = "arn:aws:sts::123456789012:assumed-role/RoleName/session"
        self.assertEqual(helpers.aws_strip_role_session_id(arn), arn[: -len("/session")])
        self.assertEqual(helpers.aws_strip_role_session_id("x"), "x")
        context = helpers.aws_rule_context(PantherEvent({"eventname": "E"}))
        self.assertEqual(context["eventName"], "E")
        self.assertEqual(context["awsRegion"], "<MISSING_AWS_REGION>")
        context = helpers.okta_alert_context(PantherEvent({"eventtype": "E", "debugcontext": {"a": 1}}))
        self.assertEqual((context["event_type"], context["debug_context"], context["target"]), ("E", {"a": 1}, []))
        self.assertTrue(helpers.severity_greater_than("HIGH", "LOW"))
        self.assertFalse(helpers.severity_greater_than("odd", "INFO"))

    def test_the_rule_of_the_destinations_page(self):
        detection = {}
        with mock.patch.dict("sys.modules", {"panther_base_helpers": helpers}):
            exec(compile(PAGE_RULE, "rule.py", "exec"), detection)
        event = PantherEvent(
            {
                "outcome": {"reason": "LOCKED OUT"},
                "actor": {"alternateId": "username@example.com", "displayName": "User", "id": "00u1"},
            }
        )
        self.assertIs(detection["rule"](event), True)
        self.assertEqual(detection["title"](event), "username@example.com is locked out.")
        self.assertEqual(detection["destinations"](event), ["dev-alert-destinations", "tines-okta-user-lock-out"])
        self.assertEqual(detection["alert_context"](event), {"actor": "User", "id": "00u1"})
        self.assertEqual(detection["destinations"](PantherEvent({})), ["dev-general"])
        self.assertIs(detection["rule"](PantherEvent({})), False)
