"""The JSONPath dialect: results by hand, then compared with `jsonpath-ng` where that is installed."""

import copy
import json
import os
import random
import unittest
from pathlib import Path

from panther_core._jsonpath import JsonPath, JsonPathError

try:
    from jsonpath_ng.ext import parse as reference_parse
except ImportError:
    if os.environ.get("MARGAY_REFERENCE"):
        raise
    reference_parse = None

DATA = {
    "a": {"b": {"C": 1, "n": None}, "x y": 2, "dash-ed": 3},
    "l": [{"name": "X", "v": 1}, {"name": "Y", "v": 5}, {"v": 9, "f": 1.5, "t": True}],
    "nested": [[1, 2], [3]],
    "text": "hello",
    "zero": 0,
    "map": {"k1": {"name": "X", "v": 1}, "k2": {"name": "Z"}},
    "events": [{"parameters": [{"name": "X", "value": 1}, {"name": "Y", "value": 2}]}],
    "strings": ["5", "6", "x"],
    "0": "digit",
}

# What is understood, what is not, and what only one of the two sides understands; the checker in Rust
# (`crates/content/src/json_path.rs`) is held to the same table.
CASES = json.loads(Path(__file__).with_name("jsonpath_cases.json").read_text(encoding="utf-8"))
EXPRESSIONS = CASES["understood"]


def answer(find):
    """The outcome of a search: values, or the class of the error."""
    try:
        return find()
    except Exception as error:
        return type(error)


class ByHand(unittest.TestCase):
    def check(self, expression, expected):
        self.assertEqual([match.value for match in JsonPath(expression).find(DATA)], expected)

    def test_results(self):
        self.check("a.b.C", [1])
        self.check("a.b.n", [None])
        self.check("a.b.c", [])
        self.check("$.l[*].v", [1, 5, 9])
        self.check("$..name", ["X", "Y", "X", "Z", "X", "Y"])
        self.check("$.l[?(@.v > 1 & @.name == 'Y')].v", [5])
        self.check("$.a[*].b.C", [1])
        self.check("$.events[*].parameters[?(@.name == 'X')].value", [1])

    def test_full_paths(self):
        def paths(expression):
            return [match.full_path for match in JsonPath(expression).find(DATA)]

        self.assertEqual(paths("$"), ["$"])
        self.assertEqual(paths("$.a.'x y'"), ["a.'x y'"])
        self.assertEqual(paths("$.l[1:].v"), ["l.[1].v", "l.[2].v"])

    def test_a_filter_leaves_the_event_alone(self):
        data = copy.deepcopy(DATA)
        JsonPath("$.map[?(@.name == 'X')]").find(data)
        self.assertEqual(data, DATA)

    def test_errors_name_the_expression(self):
        for expression in (
            "", " ", "$.", ".a", "a.", "a..", "a[", "a[]", "a]", "a b", "$.a[?]", "$.a[?(@.b == )]", "$.a[?(@.b == 1]",
            "$.a.`len`", "`parent`", "a | b", "a + b", "a[\\b]", "a[/b]", "a where b", "$.a[?(@.b == 1 && @.c == 2)]",
            "$.a[?(@.b == 1 || @.c == 2)]", "$.a[1:2:0]", "$.a[1,]", "'open", "$.a[?(@.b =~ 5)]", "$.a[?(@.b =~ '(')]",
            "$.a[?(@.b ~ 1)]", "a.$", "#", "$..[?(@.v)]", "$.a[(@.length-1)]", "$.a[?" + "(" * 50 + "@.b" + ")" * 50 + "]",
        ):
            with self.subTest(expression=expression):
                with self.assertRaises(JsonPathError) as caught:
                    JsonPath(expression)
                self.assertIn(f"[{expression}]", str(caught.exception))
        with self.assertRaises(JsonPathError):
            JsonPath(5)

    def test_the_table(self):
        for expression in CASES["understood"] + CASES["ours_only"]:
            with self.subTest(expression=expression):
                self.assertEqual(JsonPath(expression).expression, expression)
        for expression in CASES["refused"] + CASES["left_out"]:
            with self.subTest(expression=expression), self.assertRaises(JsonPathError):
                JsonPath(expression)


@unittest.skipIf(reference_parse is None, "jsonpath-ng is not installed: no comparison with it")
class AgainstTheLibrary(unittest.TestCase):
    def compare(self, expression, data):
        expected = answer(lambda: self.theirs(expression, copy.deepcopy(data)))
        found = answer(lambda: self.ours(expression, data))
        self.assertEqual(found, expected, f"{expression} on {data}")

    def theirs(self, expression, data):
        # Newer releases write brackets around every step; the dotted form is what counts here.
        return [
            (match.value, str(match.full_path).replace("(", "").replace(")", ""))
            for match in self.library(expression).find(data)
        ]

    def ours(self, expression, data):
        return [(match.value, match.full_path) for match in JsonPath(expression).find(data)]

    def library(self, expression, known={}):
        if expression not in known:
            known[expression] = reference_parse(expression)
        return known[expression]

    def test_the_table(self):
        for expression in CASES["understood"] + CASES["left_out"]:
            with self.subTest(expression=expression):
                self.assertIsNotNone(self.library(expression))
        for expression in CASES["refused"] + CASES["ours_only"]:
            with self.subTest(expression=expression), self.assertRaises(Exception):
                self.library(expression)

    def test_same_values_and_paths(self):
        for expression in EXPRESSIONS:
            with self.subTest(expression=expression):
                self.compare(expression, DATA)

    def test_same_on_random_documents(self):
        source = random.Random(7)
        expressions = ["a", "a.b", "$.a[*].b", "a[0]", "$..b", "$.a[?(@.b == 1)].c", "a.*", "a[?(@.b)]", "a[-1:].b", "$.*.b", "a[?(@.b =~ 'x')].b", "a[?(@.b != 'x')]", "$..a[*]", "a..b.c"]

        def document(depth):
            kind = source.randrange(3 if depth else 1)
            if depth == 0:
                return source.choice([None, 0, 1, "", "x", "1", 1.5, True, {}, []])
            if kind == 0:
                return {key: document(depth - 1) for key in source.sample("abc", source.randrange(4))}
            if kind == 1:
                return [document(depth - 1) for _ in range(source.randrange(3))]
            return document(0)

        for _ in range(300):
            data = {"a": document(3), "b": document(1)}
            for expression in expressions:
                self.compare(expression, data)
