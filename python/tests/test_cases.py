"""The event object row by row: `cases/*.json`, each a list of rows.

A row has a name, an `event`, an expression to `run` with it, and what that `gives` (the `repr` of the
result) or `raises` (class and text). A file may have a data model for all its rows: `model` with `id`,
`mappings` and the `body` of its Python file. The expected results are those of the library that public
content is written for.
"""

import copy
import json
import os
import types
import unittest
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from panther_core import PantherEvent
from panther_core.data_model import DataModel
from panther_core.immutable import ImmutableCaseInsensitiveDict, ImmutableList

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases")
NAMES = {
    "PantherEvent": PantherEvent,
    "ImmutableCaseInsensitiveDict": ImmutableCaseInsensitiveDict,
    "ImmutableList": ImmutableList,
    "Mapping": Mapping,
    "Sequence": Sequence,
    "OrderedDict": OrderedDict,
    "copy": copy,
    "json": json,
}
CASES_MIN = 150
# What there must be rows of, with the least number: each is the name of a file.
KINDS = {
    "access": 30,
    "case": 15,
    "nesting": 30,
    "immutability": 30,
    "equality": 30,
    "json": 15,
    "iteration": 20,
    "deep_walk": 30,
    "udm": 20,
    "data_model": 20,
    "errors": 15,
}


def read_files():
    for name in sorted(os.listdir(FOLDER)):
        with open(os.path.join(FOLDER, name), encoding="utf-8") as stream:
            yield name, json.load(stream)


def build_model(spec):
    if spec is None:
        return None
    body = {}
    exec(compile(spec["body"], spec["id"], "exec"), body)
    return DataModel(spec["id"], spec["mappings"], types.SimpleNamespace(**body))


def run(case, model):
    """The row's result in the words of its file."""
    event = PantherEvent(copy.deepcopy(case["event"]), model)
    try:
        return {"gives": repr(eval(case["run"], {**NAMES, "event": event}))}
    except Exception as error:
        return {"raises": f"{type(error).__name__}: {error}"}


class Cases(unittest.TestCase):
    maxDiff = None

    def test_every_row(self):
        count = 0
        for name, content in read_files():
            model = build_model(content.get("model"))
            seen = set()
            for case in content["cases"]:
                count += 1
                self.assertNotIn(case["name"], seen, f"{name}: the name is used twice")
                seen.add(case["name"])
                expected = {key: case[key] for key in ("gives", "raises") if key in case}
                with self.subTest(file=name, case=case["name"]):
                    self.assertEqual(len(expected), 1)
                    self.assertEqual(run(case, model), expected, case["run"])
        self.assertGreaterEqual(count, CASES_MIN)

    def test_every_kind_has_its_rows(self):
        counts = {name.removesuffix(".json"): len(content["cases"]) for name, content in read_files()}
        for kind, least in KINDS.items():
            self.assertGreaterEqual(counts.get(kind, 0), least, kind)

    def test_no_row_stands_in_two_files(self):
        seen = {}
        for name, content in read_files():
            for case in content["cases"]:
                key = json.dumps([content.get("model"), case["event"], case["run"]])
                self.assertIsNone(seen.get(key), f"{name}: `{case['name']}` stands in {seen.get(key)} too")
                seen[key] = name

    def test_rows_of_errors_raise(self):
        kept = [case["name"] for case in dict(read_files())["errors.json"]["cases"] if "raises" not in case]
        self.assertEqual(kept, [])


if __name__ == "__main__":
    unittest.main()
