"""The functions of the key-value cache: what they ask of the server and make of its answers.

What the server does to a row is tested beside it, in `python_host`.
"""

import inspect
import unittest
from unittest import mock

from panther_core import PantherEvent
from panther_detection_helpers import _server, caching


class WithServer(unittest.TestCase):
    """Keeps what was asked; answers what a test sets."""

    def setUp(self):
        self.asked = []
        self.answer = {"value": None}
        self.addCleanup(_server.connect, _server._ask)
        _server.connect(self._take)

    def _take(self, question):
        self.asked.append(question["kv"])
        return self.answer

    def check(self, call, operation, answer=None, result=None):
        self.asked.clear()
        self.answer = {"value": answer}
        self.assertEqual(call(), result)
        self.assertEqual(self.asked, [operation])


class Operations(WithServer):
    def test_each_function_asks_for_its_operation(self):
        day = {"seconds": 86400}
        table = [
            (lambda: caching.get_counter("k"), {"do": "count", "key": "k"}, 3, 3),
            (lambda: caching.get_counter("k", force_ttl_check=True), {"do": "count", "key": "k"}, 0, 0),
            (
                lambda: caching.increment_counter("k"),
                {"do": "increment", "key": "k", "by": 1, "ttl": {"seconds": 90 * 86400}},
                4,
                4,
            ),
            (
                lambda: caching.increment_counter("k", -2, 86400),
                {"do": "increment", "key": "k", "by": -2, "ttl": day},
                2,
                2,
            ),
            (lambda: caching.reset_counter("k"), {"do": "reset_count", "key": "k"}, None, None),
            (
                lambda: caching.set_key_expiration("k", 86400),
                {"do": "expire", "key": "k", "ttl": day},
                None,
                None,
            ),
            (
                lambda: caching.put_dictionary("k", {"a": [1, None]}, 86400),
                {"do": "put_dictionary", "key": "k", "text": '{"a": [1, null]}', "ttl": day},
                None,
                None,
            ),
            (lambda: caching.get_dictionary("k"), {"do": "dictionary", "key": "k"}, '{"a": 1}', {"a": 1}),
            (lambda: caching.get_dictionary("k"), {"do": "dictionary", "key": "k"}, None, {}),
            (lambda: caching.get_string_set("k"), {"do": "strings", "key": "k"}, ["b", "a"], {"a", "b"}),
            (lambda: caching.get_string_set("k"), {"do": "strings", "key": "k"}, [], set()),
            (
                lambda: caching.put_string_set("k", {"b", "a"}),
                {"do": "put_strings", "key": "k", "members": ["a", "b"], "ttl": "default"},
                None,
                None,
            ),
            (
                lambda: caching.put_string_set("k", PantherEvent({"l": ["a"]})["l"]),
                {"do": "put_strings", "key": "k", "members": ["a"], "ttl": "default"},
                None,
                None,
            ),
            (lambda: caching.put_string_set("k", []), {"do": "reset_strings", "key": "k"}, None, None),
            (
                lambda: caching.add_to_string_set("k", "abc", 86400),
                {"do": "add_strings", "key": "k", "members": ["abc"], "ttl": day},
                ["abc"],
                {"abc"},
            ),
            (
                lambda: caching.remove_from_string_set("k", ["a", "a"], 86400),
                {"do": "remove_strings", "key": "k", "members": ["a"], "ttl": day},
                [],
                set(),
            ),
            (lambda: caching.add_to_string_set("k", []), {"do": "strings", "key": "k"}, ["x"], {"x"}),
            (lambda: caching.remove_from_string_set("k", ()), {"do": "strings", "key": "k"}, ["x"], {"x"}),
            (lambda: caching.reset_string_set("k"), {"do": "reset_strings", "key": "k"}, None, None),
            (
                lambda: caching.evaluate_threshold("k"),
                {"do": "threshold", "key": "k", "threshold": 10, "ttl": {"seconds": 3600}},
                False,
                False,
            ),
            (
                lambda: caching.evaluate_threshold("k", 2.5, None),
                {"do": "threshold", "key": "k", "threshold": 3, "ttl": "keep"},
                True,
                True,
            ),
            (lambda: caching.check_account_age("k"), {"do": "strings", "key": "k"}, ["x"], True),
            (lambda: caching.check_account_age("k"), {"do": "strings", "key": "k"}, [], False),
        ]
        for call, operation, answer, result in table:
            with self.subTest(operation=operation):
                self.check(call, operation, answer, result)

    def test_a_string_is_put_as_its_characters(self):
        self.check(
            lambda: caching.put_string_set("k", "ba"),
            {"do": "put_strings", "key": "k", "members": ["a", "b"], "ttl": "default"},
        )

    def test_an_account_is_young_only_under_a_key_that_is_text(self):
        for key in (None, "", 5, ["k"]):
            self.assertIs(caching.check_account_age(key), False)
        self.assertEqual(self.asked, [])

    def test_when_a_row_expires(self):
        table = [
            (None, "default"),
            ([], "default"),
            (60, {"seconds": 60}),
            (60.9, {"seconds": 60}),
            ("60", {"seconds": 60}),
            (True, {"seconds": 1}),
            (1_700_000_000, {"seconds": 1_700_000_000}),
            (-5, {"seconds": -5}),
            (10**30, {"seconds": 2**63 - 1}),
        ]
        for given, ttl in table:
            with self.subTest(given=given):
                self.check(
                    lambda given=given: caching.set_key_expiration("k", given),
                    {"do": "expire", "key": "k", "ttl": ttl},
                )
        self.answer = {"value": []}
        for function, value in (("increment_counter", 1), ("add_to_string_set", "a"), ("remove_from_string_set", "a")):
            getattr(caching, function)("k", value, epoch_seconds=None)
            self.assertEqual(self.asked[-1]["ttl"], "keep")

    def test_past_its_expiry(self):
        self.answer = {"value": 1000.5}
        self.assertIs(caching.ttl_expired({"Item": {"expiresAt": 1000}}), True)
        self.assertIs(caching.ttl_expired({"Item": {"expiresAt": "1001"}}), False)
        self.asked.clear()
        self.assertIs(caching.ttl_expired({"Item": {}}), False)
        self.assertIs(caching.ttl_expired({}), False)
        self.assertEqual(self.asked, [])

    def test_texts_that_utf_8_cannot_hold(self):
        self.answer = {"value": []}
        caching.add_to_string_set("k\ud800", ["\udfff", "é"])
        self.assertEqual((self.asked[0]["key"], self.asked[0]["members"]), ("k?", ["?", "é"]))


class Refusals(WithServer):
    def test_wrong_arguments(self):
        table = [
            (lambda: caching.get_counter(None), TypeError, "get_counter(): the key must be a string, not NoneType"),
            (lambda: caching.increment_counter("k", 1.5), TypeError, "must be a whole number, not float"),
            (lambda: caching.increment_counter("k", True), TypeError, "must be a whole number, not bool"),
            (lambda: caching.increment_counter("k", 2**63), ValueError, "is beyond 64 bits"),
            (lambda: caching.put_dictionary("k", ["a"]), TypeError, "not a dictionary but list"),
            (lambda: caching.put_dictionary("k", {"a": {1}}), ValueError, "cannot be written as JSON"),
            (lambda: caching.put_dictionary("k", PantherEvent({"a": 1})), ValueError, "cannot be written as JSON"),
            (lambda: caching.put_string_set("k", [1]), TypeError, "a set holds strings, not int"),
            (lambda: caching.add_to_string_set("k", 5), TypeError, "expected strings, not int"),
            (lambda: caching.set_key_expiration("k", "soon"), ValueError, "soon"),
            (lambda: caching.evaluate_threshold("k", "ten"), TypeError, "str"),
            (lambda: caching.kv_table(), caching.CacheUnavailableError, "kv_table() is not offered"),
        ]
        for call, error, text in table:
            with self.subTest(text=text):
                with self.assertRaises(error) as caught:
                    call()
                self.assertIn(text, str(caught.exception))
        self.assertEqual(self.asked, [])

    def test_what_the_server_refuses(self):
        self.answer = {"refused": "the key would hold 9 bytes"}
        with self.assertRaises(ValueError) as caught:
            caching.add_to_string_set("k", "a")
        self.assertEqual(str(caught.exception), "add_to_string_set(): the key would hold 9 bytes")
        self.answer = {"unavailable": "the disk is gone"}
        with self.assertRaises(caching.CacheUnavailableError) as caught:
            caching.get_counter("k")
        self.assertEqual(str(caught.exception), "get_counter(): the disk is gone")


class WithoutServer(unittest.TestCase):
    def test_every_function_says_where_it_works(self):
        for name in caching.__all__:
            function = getattr(caching, name)
            if inspect.isclass(function) or name in ("kv_table", "ttl_expired"):
                continue
            arguments = {"put_dictionary": ["k", {}], "reset_counter": ["k"]}.get(name)
            if arguments is None:
                required = [p for p in inspect.signature(function).parameters.values() if p.default is p.empty]
                arguments = ["k"] + ["v"] * (len(required) - 1)
            with self.subTest(name=name):
                with self.assertRaises(RuntimeError) as caught:
                    function(*arguments)
                self.assertIsInstance(caught.exception, caching.CacheUnavailableError)
                self.assertIn("works in the server", str(caught.exception))

    def test_signatures(self):
        expected = {
            "get_counter": "(key, force_ttl_check=False)",
            "increment_counter": "(key, val=1, epoch_seconds=7776000)",
            "set_key_expiration": "(key, epoch_seconds=None)",
            "put_dictionary": "(key, val, epoch_seconds=None)",
            "get_dictionary": "(key, force_ttl_check=False)",
            "get_string_set": "(key, force_ttl_check=False)",
            "put_string_set": "(key, val, epoch_seconds=None)",
            "add_to_string_set": "(key, val, epoch_seconds=7776000)",
            "remove_from_string_set": "(key, val, epoch_seconds=7776000)",
            "evaluate_threshold": "(key, threshold=10, expiry_seconds=3600)",
            "check_account_age": "(key)",
        }
        for name, signature in expected.items():
            self.assertEqual(str(inspect.signature(getattr(caching, name))), signature)

    def test_mockable(self):
        with mock.patch.object(caching, "get_counter", mock.MagicMock(return_value=3)):
            self.assertEqual(caching.get_counter("k"), 3)


if __name__ == "__main__":
    unittest.main()
