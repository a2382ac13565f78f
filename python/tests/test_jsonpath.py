"""The JSONPath dialect: results by hand, then compared with `jsonpath-ng` where that is installed."""

import copy
import random
import unittest

from panther_core._jsonpath import JsonPath, JsonPathError

try:
    from jsonpath_ng.ext import parse as reference_parse
except ImportError:
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

EXPRESSIONS = [
    "$", "a", "$.a", "$.a.b.C", "a.b.n", "a.missing", "A", "$.a.'x y'", "$.a['x y']", '$.a["x y"]', "$['a']['b']",
    "a.dash-ed", "$.l[0]", "$.l[-1].v", "$.l[9]", "l[0,2].v", "$.l[0:2].v", "$.l[1:]", "$.l[:1]", "$.l[::2]",
    "$.l[-2:]", "$.l[*]", "$.l[*].v", "$.l.*", "$.a.*", "$.*", "$..v", "$..name", "$..*", "a..C", "$..b.C",
    "$..[0]", "$..['v']", "$.a[*]", "$.text[*]", "$.text[0]", "$.text[1:3]", "$.zero[*]", "$.zero[0]", "$.a.b.n[*]",
    "$.nested[*][0]", "$.nested[0][1]", "$.nested[*][*]", "$.l,a", "$['l','zero']", "$.0", "$.[0]", "$.l.[1]",
    "$.l[?(@.name == 'X')].v", "$.l[?(@.name=='X')]", "$.l[?@.name != 'X'].v", "$.l[?(@.v > 1)].v",
    "$.l[?(@.v >= 5)].v", "$.l[?(@.v < 5)].v", "$.l[?(@.v <= 5)].v", "$.l[?(@.name)].v", "$.l[?(@.f == 1.5)].v",
    "$.l[?(@.t == true)].v", "$.l[?(name = Y)].v", '$.l[?(@.name =~ "^[XY]")].v', "$.l[?(@.v > 1 & @.v < 9)].v",
    "$.l[?(@.v > 1) & (@.v < 9)].v", "$.map[?(@.name == 'X')].v", "$.map[?(@.name)].name", "$.text[?(@.a)]",
    "$.strings[?(@ == 5)]", "$.strings[?(@ > 4)]", "$.strings[?(@ == 'x')]", "$.nested[?(@[0] == 3)]",
    "$.events[*].parameters[?(@.name == 'X')].value", "$..parameters[?(@.name == 'Y')].value",
    "$.l[?($.name == 'X')].v", "$.events[?(@.parameters[?(@.value == 2)])]", "$.a[0]", "$.map[?(@.v == 1)].name",
    "$.l[?(@.missing == 1)]", "$.a.b.C[0]", "$.l[?(@.name < 5)]",
]


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
