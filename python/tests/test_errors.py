"""What alerts say of an exception."""

import traceback
import unittest

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


if __name__ == "__main__":
    unittest.main()
