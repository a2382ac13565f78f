"""What alerts say of an exception."""

import sys
import traceback
import unittest
import unittest.mock

from margay_worker import errors
from margay_worker.modules import load_body

SOURCE = """\
import json

def inner(event):
    return json.loads(event)

def rule(event):
    if event == "chain":
        try:
            1 / 0
        except ZeroDivisionError as exc:
            raise ValueError("no") from exc
    return inner(event)

def recursive(event):
    return recursive(event)
"""


def raised(call):
    try:
        call()
    except BaseException as exc:
        return exc
    raise AssertionError("nothing was raised")


class Describe(unittest.TestCase):
    def setUp(self):
        self.module = load_body("My.Rule", SOURCE)

    def describe(self, call):
        return errors.describe(raised(call), "My.Rule.py")

    def test_the_last_frame_and_the_own_line(self):
        found = self.describe(lambda: self.module.rule(1))
        self.assertEqual(found["error_type"], "TypeError")
        self.assertEqual(found["line"], 4)
        self.assertRegex(found["message"], r"not int: __init__\.py, line \d+, in loads raise TypeError\(")

    def test_text_of_the_line_is_what_traceback_says(self):
        exc = raised(lambda: self.module.rule("x"))
        last = traceback.extract_tb(exc.__traceback__)[-1]
        where = "%s, line %s, in %s %s" % (last.filename.rsplit("/", 1)[-1], last.lineno, last.name, last.line)
        self.assertTrue(errors.describe(exc, "My.Rule.py")["message"].endswith(where))

    def test_the_line_of_a_chain_is_that_of_the_exception_itself(self):
        self.assertEqual(self.describe(lambda: self.module.rule("chain"))["line"], 11)

    def test_deep_recursion(self):
        found = self.describe(lambda: self.module.recursive("x"))
        self.assertEqual((found["error_type"], found["line"]), ("RecursionError", 15))

    def test_frames_of_this_package_are_not_shown(self):
        found = self.describe(lambda: load_body("Broken", "def"))
        self.assertEqual((found["error_type"], found["line"]), ("SyntaxError", None))
        self.assertNotIn("margay_worker", found["message"])
        own = errors.describe(raised(lambda: load_body("My.Rule", "x = 1\ndef")), "My.Rule.py")
        self.assertEqual(own["line"], 2)

    def test_a_hostile_traceback_costs_the_place_alone(self):
        class Hostile(Exception):
            @property
            def __traceback__(self):
                raise RuntimeError("no")

        found = errors.describe(Hostile("said"), "My.Rule.py")
        self.assertEqual((found["message"], found["line"]), ("said", None))


class Remedies(unittest.TestCase):
    def describe(self, source):
        return errors.describe(raised(lambda: load_body("My.Rule", source)), "My.Rule.py")

    def test_a_known_package_is_named_with_the_way_to_get_it(self):
        for module, package in (
            ("jsonpath_ng.ext", "jsonpath-ng"),
            ("dateutil.parser", "python-dateutil"),
            ("policyuniverse.policy", "policyuniverse"),
            ("boto3", "boto3"),
        ):
            with unittest.mock.patch.dict(sys.modules, {module.split(".")[0]: None, module: None}):
                found = self.describe("x = 1\nimport %s\n" % module)
            self.assertEqual((found["error_type"], found["line"]), ("ModuleNotFoundError", 2))
            self.assertIn("My.Rule.py, line 2, in <module> import %s; the package `%s` is missing" % (module, package), found["message"])
            self.assertIn("run `margay python setup`", found["message"])
            self.assertNotIn("margay", found["short"])

    def test_an_unknown_one_may_be_a_global_or_a_package(self):
        found = self.describe("from our_own_helpers import x")
        self.assertIn("; neither the content nor the interpreter has a module `our_own_helpers`", found["message"])

    def test_a_name_that_a_module_lacks_has_no_remedy(self):
        found = self.describe("from json import nothing")
        self.assertTrue(found["message"].endswith("in <module> from json import nothing"), found["message"])

    def test_aws(self):
        error = type("NoRegionError", (Exception,), {"__module__": "botocore.exceptions"})("no region")
        self.assertTrue(errors.sentence(error).startswith("NoRegionError: no region; a detection cannot ask AWS"))

    def test_hostile_exceptions(self):
        class Hostile(ModuleNotFoundError):
            name = property(lambda self: 1 / 0)

        self.assertEqual(errors.sentence(Hostile("no")), "Hostile: no")
        self.assertEqual(errors.sentence(ModuleNotFoundError("no", name=5)), "ModuleNotFoundError: no")


if __name__ == "__main__":
    unittest.main()
