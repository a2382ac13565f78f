"""The functions of a detection: `functions.json` row by row, then their order and how errors are treated.

A row gives a function and its body (null where the detection does not have the function); `production` is
what becomes of a match (or of the matcher), `test` what a unit test that expects an alert says. Long texts
are written as a repeated character; `…` stands for what differs between versions of Python.
"""

import json
import os
import re
import unittest

from margay_worker import functions, testing
from margay_worker.detection import Detection
from panther_core import PantherEvent
from panther_core.data_model import DataModel
from panther_core.immutable import ImmutableContainerMixin

ROWS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "functions.json")
ENCODER = functions.ContextEncoder(ImmutableContainerMixin)
MATCHERS = ("rule", "policy")
TEXTS = ("title", "description", "reference", "runbook", "dedup", "unique")

# The columns that every function must have rows for. A matcher has no limit of length, and neither has a
# severity: there a long text is as wrong as a short one. What takes too long is tested with real workers.
COLUMNS = {
    "not defined": {"*": ("not defined",)},
    "exception": {"*": ("raises", "raises SystemExit", "raises KeyboardInterrupt", "raises without a text")},
    "wrong type": {
        "*": ("None", "nothing returned", "an int", "a bool", "a float", "bytes"),
        "rule": ("None", "nothing returned", "0", "1", "an int", "a float", "bytes", "a text", "a match"),
        "policy": ("None", "nothing returned", "0", "1", "an int", "a float", "bytes", "a text", "a match"),
        "destinations": ("an int", "a bool", "bytes", "a tuple", "a text", "a set", "a dict", "a number in it", "None in it"),
        "alert_context": ("None", "an int", "a bool", "bytes", "a list", "pairs", "a set in it", "bytes in it", "NaN", "infinity"),
        **{text: ("None", "an int", "a bool", "a float", "bytes", "a list", "a dict") for text in TEXTS},
    },
    "over-long": {
        "*": ("1,001 characters",),
        "destinations": ("ten", "eleven", "an entry of 1,001 characters"),
        "alert_context": ("204,800 characters", "204,801 characters", "escapes count"),
        **{text: ("1,000 characters", "1,001 characters", "1,001 wide characters") for text in TEXTS},
    },
    "empty": {
        "*": ("an empty text",),
        "rule": ("an empty text", "an empty list of the event"),
        "policy": ("an empty text", "an empty list of the resource"),
        "destinations": ("none at all", "an empty text", "an empty text in it"),
        "alert_context": ("empty", "an empty text"),
    },
}


def missing_cells(rows):
    """What the columns ask for and the rows lack, as `function: column, name`."""
    told = {(row["function"], row["name"]) for row in rows if "production" in row and "test" in row}
    return [
        "%s: %s, %s" % (function, column, name)
        for function in (*MATCHERS, *functions.NAMES)
        for column, names in COLUMNS.items()
        for name in names.get(function, names["*"])
        if (function, name) not in told
    ]


class FakeWorker:
    """As much of a worker as a unit test needs."""

    event_class = PantherEvent
    encoder = ENCODER

    def build_event(self, data):
        return PantherEvent(data)


def detection(source, kind="RULE", create_alert=True):
    spec = {
        "id": "My.Rule",
        "kind": kind,
        "source": source,
        "severity": "MEDIUM",
        "create_alert": create_alert,
        "lazy": False,
        "broken": None,
    }
    made = Detection(spec)
    made.load()
    return made


def produce(made, event):
    if made.setup_error is not None:
        return {"error": made.setup_error}
    return made.evaluate(event if made.kind == "POLICY" else PantherEvent(event), ENCODER)


def check(made, event, expected=True, mocks=(), destinations=None):
    test = {"expected": expected, "mocks": list(mocks), "destinations": destinations}
    return testing.run(FakeWorker(), made, test, event)


def of_row(row):
    """The detection of a row: its function alone when that is the matcher, else beside one that matches."""
    body = "def %s(event):\n    %s\n" % (row["function"], row["body"]) if row["body"] is not None else "x = 1\n"
    if row["function"] not in MATCHERS:
        body = "def rule(event):\n    return True\n" + body
    return detection(body, kind="POLICY" if row["function"] == "policy" else "RULE")


class Table(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        with open(ROWS, encoding="utf-8") as stream:
            cls.table = json.load(stream)

    def assert_is(self, found, expected):
        if isinstance(expected, dict) and "repeat" in expected:
            expected = expected["head"] + expected["repeat"] * expected["times"] + expected["tail"]
        if isinstance(expected, str) and "…" in expected:
            parts = [re.escape(part) for part in expected.split("…")]
            self.assertRegex(found, ".*".join(parts))
        elif isinstance(expected, dict):
            self.assertEqual(set(found), set(expected))
            for key, value in expected.items():
                self.assert_is(found[key], value)
        elif isinstance(expected, list):
            self.assertEqual(len(found), len(expected))
            for one, other in zip(found, expected):
                self.assert_is(one, other)
        else:
            self.assertEqual(found, expected)

    def in_production(self, row):
        record = produce(of_row(row), dict(self.table["event"]))
        if record is None:
            return None
        if "error" in record:
            error = record["error"]
            return {"error": error["error_type"], "short": error["short"], "line": error["line"]}
        match = record["match"]
        return {"value": match.get(row["function"]), "dedup": match["dedup"], "warnings": match["warnings"]}

    def in_a_test(self, row):
        made = of_row(row)
        if made.setup_error is not None:
            return {"not run": made.setup_error["message"]}
        outcome = check(made, dict(self.table["event"]), expected=row["function"] != "policy")
        told = {"passed": outcome["passed"], "reason": outcome["reason"]}
        for one in outcome["functions"]:
            if one["name"] == row["function"]:
                told.update(output=one["output"], error=one["error"])
        return told

    def test_every_row(self):
        for row in self.table["cases"]:
            with self.subTest(function=row["function"], case=row["name"]):
                self.assert_is(self.in_production(row), row["production"])
                self.assert_is(self.in_a_test(row), row["test"])

    def test_every_function_has_rows_in_every_column(self):
        self.assertEqual(missing_cells(self.table["cases"]), [])
        names = [(row["function"], row["name"]) for row in self.table["cases"]]
        self.assertEqual(len(names), len(set(names)), "a row stands there twice")

    def test_a_row_that_goes_is_missed_from_its_column(self):
        for function in (*MATCHERS, *functions.NAMES):
            for column, names in COLUMNS.items():
                name = names.get(function, names["*"])[0]
                rest = [row for row in self.table["cases"] if (row["function"], row["name"]) != (function, name)]
                self.assertIn("%s: %s, %s" % (function, column, name), missing_cells(rest))
        half = [{key: row[key] for key in row if key != "production"} for row in self.table["cases"]]
        self.assertEqual(len(missing_cells(half)), len(missing_cells([])))


EVERYTHING = """
seen = []
def note(name, value):
    def function(event):
        seen.append(name)
        if event.get("fails") in (name, "all"):
            raise RuntimeError(name)
        return value
    return function
def rule(event):
    seen.append("rule")
    return event.get("match", True)
title = note("title", "t")
description = note("description", "d")
reference = note("reference", "r")
severity = note("severity", "HIGH")
runbook = note("runbook", "b")
destinations = note("destinations", ["x"])
dedup = note("dedup", "k")
alert_context = note("alert_context", {"a": 1})
unique = note("unique", "u")
"""
ORDER = ["title", "description", "reference", "severity", "runbook", "destinations", "dedup", "alert_context", "unique"]


class OrderAndErrors(unittest.TestCase):
    def test_functions_run_in_one_order_in_production_and_in_tests(self):
        made = detection(EVERYTHING)
        produce(made, {})
        self.assertEqual(made.module.seen, ["rule"] + ORDER)
        made.module.seen.clear()
        check(made, {})
        self.assertEqual(made.module.seen, ["rule"] + ORDER)

    def test_one_that_fails_stops_no_other(self):
        made = detection(EVERYTHING)
        match = produce(made, {"fails": "all"})["match"]
        self.assertEqual(made.module.seen, ["rule"] + ORDER)
        self.assertEqual([warning.split("(")[0] for warning in match["warnings"]], ORDER)
        outcome = check(made, {"fails": "all"})
        self.assertEqual(outcome["reason"].split("\n"), ["[%s] RuntimeError: %s" % (name, name) for name in ORDER])
        self.assertEqual([one["name"] for one in outcome["functions"] if one["error"]], ORDER)

    def test_every_function_that_failed_is_in_the_reason(self):
        source = "def rule(event):\n    return event['match']\ndef title(event):\n    1 / 0\n" \
            "def runbook(event):\n    return 5\ndef destinations(event):\n    return ['a']\n"
        made = detection(source)
        reason = check(made, {"match": True}, destinations=["b"])["reason"].split("\n")
        self.assertEqual(reason[0], "[title] ZeroDivisionError: division by zero")
        self.assertTrue(reason[1].startswith("[runbook] FunctionReturnTypeError: "), reason)
        self.assertTrue(reason[2].startswith("[destinations] "), reason)
        self.assertEqual(len(reason), 3)
        outcome = check(made, {"match": False})
        reason = outcome["reason"].split("\n")
        self.assertEqual(reason[:2], ["[rule] returned false, expected true", "[title] ZeroDivisionError: division by zero"])
        self.assertIsNone(outcome["line"])
        # Nobody needs the texts of an alert that is not expected.
        self.assertEqual(check(made, {"match": True}, expected=False)["reason"], "[rule] returned true, expected false")
        self.assertIsNone(check(made, {"match": False}, expected=False)["reason"])

    def test_trap_05_several_matches_are_an_error_of_the_detection(self):
        made = detection("def rule(event):\n    return event.udm('users') == 'a'\n")
        model = DataModel("M", [{"name": "users", "path": "$.u[*].name"}])
        one, several = {"u": [{"name": "a"}]}, {"u": [{"name": "a"}, {"name": "b"}]}
        self.assertIn("match", made.evaluate(PantherEvent(one, model), ENCODER))
        error = made.evaluate(PantherEvent(several, model), ENCODER)["error"]
        self.assertEqual(error["error_type"], "Exception")
        self.assertIn("matched multiple fields", error["short"])

    def test_trap_06_a_title_may_show_a_list_of_the_event_and_is_the_dedup_string(self):
        made = detection("def rule(event):\n    return True\ndef title(event):\n    return f\"by {event['who']}\"\n")
        match = produce(made, {"who": ["ada", {"Id": 1}]})["match"]
        self.assertEqual(match["title"], "by ImmutableList(('ada', {'Id': 1}))")
        self.assertEqual(match["dedup"], match["title"])

    def test_trap_08_a_failed_title_and_no_title_are_different_groups(self):
        rule = "def rule(event):\n    return True\n"
        self.assertEqual(produce(detection(rule), {})["match"]["dedup"], "defaultDedupString:My.Rule")
        failed = produce(detection(rule + "def title(event):\n    return event['gone']\n"), {})["match"]
        self.assertEqual((failed["title"], failed["dedup"]), ("My.Rule", "My.Rule"))

    def test_trap_12_production_runs_them_only_for_a_match_and_tests_always(self):
        made = detection(EVERYTHING)
        self.assertIsNone(produce(made, {"match": False}))
        self.assertEqual(made.module.seen, ["rule"])
        made.module.seen.clear()
        self.assertTrue(check(made, {"match": False, "fails": "all"}, expected=False)["passed"])
        self.assertEqual(made.module.seen, ["rule"] + ORDER)

    def test_trap_12_tests_see_the_state_that_the_rule_left(self):
        source = "def rule(event):\n    global who\n    who = event.get('who')\n    return who == 'ada'\ndef title(event):\n    return who\n"
        made = detection(source)
        outcome = check(made, {"who": "eve"}, expected=False)
        self.assertEqual(outcome["functions"][1], {"name": "title", "output": "eve", "error": None})

    def test_trap_13_title_runs_after_the_rule_of_the_same_event_in_the_same_module(self):
        source = "def rule(event):\n    global parsed\n    parsed = event['n'] * 2\n    return True\ndef title(event):\n    return str(parsed)\n"
        made = detection(source)
        self.assertEqual([produce(made, {"n": n})["match"]["title"] for n in (1, 2, 3)], ["2", "4", "6"])

    def test_trap_14_an_imported_name_is_a_function_of_the_detection(self):
        made = detection("from os.path import basename as title\ndef rule(event):\n    return True\n")
        self.assertIn("title() failed: TypeError", produce(made, {})["match"]["warnings"][0])
        made = detection("from shlex import quote as dedup, join as severity\ndef rule(event):\n    return True\n")
        self.assertEqual(set(made.functions), {"dedup", "severity"})

    def test_trap_15_a_policy_alerts_on_false_and_gets_a_dict_that_it_may_change(self):
        source = "def policy(resource):\n    resource['seen'] = type(resource).__name__\n    return resource['Ok']\ndef title(resource):\n    return resource['seen']\n"
        made = detection(source, kind="POLICY")
        self.assertIsNone(made.evaluate({"Ok": True}, ENCODER))
        self.assertEqual(made.evaluate({"Ok": False}, ENCODER)["match"]["title"], "dict")
        self.assertTrue(check(made, {"Ok": True}, expected=True)["passed"])
        self.assertEqual(check(made, {"Ok": False}, expected=False)["functions"][1]["output"], "dict")
        self.assertEqual(made.evaluate({"Ok": 1}, ENCODER)["error"]["error_type"], "FunctionReturnTypeError")

    def test_trap_07_and_of_a_text_is_an_error_and_no_match(self):
        for body in (
            "return event.get('x') and True",
            "return event.get('x') or event.get('y')",
            "return event.get('x')",
            "import re\n    return re.match('a', 'a')",
        ):
            record = produce(detection("def rule(event):\n    %s\n" % body), {"x": "", "y": "text"})
            self.assertEqual(record["error"]["error_type"], "FunctionReturnTypeError", body)

    def test_trap_09_default_is_legal_and_an_unknown_word_is_the_configured_severity(self):
        for word, severity, warns in (("DEFAULT", None, False), ("default", None, False), ("odd", None, True), ("low", "LOW", False)):
            match = produce(detection("def rule(event):\n    return True\ndef severity(event):\n    return %r\n" % word), {})["match"]
            self.assertEqual((match.get("severity"), bool(match["warnings"])), (severity, warns), word)

    def test_trap_10_an_empty_list_suppresses_and_stays_a_list(self):
        source = "def rule(event):\n    return True\ndef destinations(event):\n    return %s\n"
        for returned, found in (("[]", []), ("['a', 'a', 'unknown']", ["a", "a", "unknown"])):
            self.assertEqual(produce(detection(source % returned), {})["match"]["destinations"], found)
        self.assertNotIn("destinations", produce(detection(source % "None"), {})["match"])
        outcome = check(detection(source % "['a', 'unknown']"), {}, destinations=["a"])
        self.assertEqual(outcome["reason"], "[destinations] UnknownDestinationError: Invalid Destinations: [\"unknown\"]")

    def test_trap_11_a_context_that_is_too_large_is_replaced(self):
        source = "def rule(event):\n    return True\ndef alert_context(event):\n    return {'x': '\\u00e9' * %d}\n"
        fits, too_large = (204_800 - 9) // 6, (204_800 - 9) // 6 + 1
        context = json.loads(produce(detection(source % fits), {})["match"]["alert_context"])
        self.assertEqual(len(context["x"]), fits)
        context = json.loads(produce(detection(source % too_large), {})["match"]["alert_context"])
        self.assertEqual(list(context), ["_error"])
        self.assertIn("characters, bigger than maximum of [204800]", context["_error"])

    def test_an_error_names_class_text_and_last_frame(self):
        source = "import json\ndef rule(event):\n    return json.loads('{')\n"
        error = produce(detection(source), {})["error"]
        self.assertEqual(error["error_type"], "JSONDecodeError")
        self.assertTrue(error["short"].startswith("JSONDecodeError("), error["short"])
        self.assertRegex(error["message"], r": decoder\.py, line \d+, in raw_decode ")
        error = produce(detection("def rule(event):\n    return 1 / 0\n"), {})["error"]
        self.assertEqual(error["message"], "division by zero: My.Rule.py, line 2, in rule return 1 / 0")

    def test_a_detection_that_cannot_be_loaded_says_so_every_time(self):
        for source, error_type in (
            ("def rule(event) return", "SyntaxError"),
            ("raise SystemExit(2)", "SystemExit"),
            ("x = 1", "AttributeError"),
            ("import no_such_module", "ModuleNotFoundError"),
        ):
            made = detection(source)
            self.assertEqual(made.setup_error["error_type"], error_type)
        self.assertIn("needs to have a method named 'rule'", detection("x = 1").setup_error["message"])


class UnitTests(unittest.TestCase):
    def test_trap_31_mocks_are_of_the_detections_module_alone(self):
        source = "import json\nfrom json import dumps\nLIMIT = 5\ndef rule(event):\n    return callable(LIMIT) and dumps({}) == 'mocked' and json.dumps({}) == '{}'\n"
        made = detection(source)
        self.assertTrue(check(made, {}, mocks=[("dumps", '"mocked"'), ("LIMIT", "7")])["passed"])
        self.assertFalse(check(made, {})["passed"], "a mock lives for one test")
        outcome = check(made, {}, mocks=[("nothing", "1")])
        self.assertFalse(outcome["passed"])
        self.assertTrue(outcome["reason"].startswith("AttributeError: "), outcome["reason"])
        self.assertIn("does not have the attribute 'nothing'", outcome["reason"])

    def test_trap_32_a_signal_runs_everything_and_a_broken_function_fails_the_test(self):
        source = "def rule(event):\n    return True\ndef title(event):\n    return 't'\ndef runbook(event):\n    return 1\n"
        outcome = check(detection(source, create_alert=False), {})
        self.assertFalse(outcome["passed"])
        self.assertEqual([one["name"] for one in outcome["functions"]], ["rule", "runbook"])

    def test_trap_33_a_clock_that_a_rule_reads_is_pinned_by_a_mock(self):
        made = detection("from time import time\ndef rule(event):\n    return time() - event['at'] < 60\n")
        for now, expected in ((1000, True), (1050, False)):
            self.assertTrue(check(made, {"at": 990}, expected, mocks=[("time", str(now))])["passed"], now)
        self.assertTrue(check(made, {"at": 990}, expected=False)["passed"], "without a mock it is the wall clock")
        self.assertIsNone(produce(made, {"at": 990}))

    def test_trap_34_tests_share_the_module_and_run_in_order(self):
        source = "seen = []\ndef rule(event):\n    seen.append(event['n'])\n    return len(seen) == event['n']\n"
        made = detection(source)
        self.assertEqual([check(made, {"n": n})["passed"] for n in (1, 2, 3)], [True] * 3)
        self.assertEqual([check(made, {"n": n})["passed"] for n in (5, 4)], [False] * 2)


if __name__ == "__main__":
    unittest.main()
