"""Unit tests of the data model of `Okta.SystemLog`."""

import os
import sys
import unittest

from panther_core.immutable import ImmutableCaseInsensitiveDict

sys.path.append(os.path.dirname(__file__))
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "global_helpers"))

import okta_systemlog_data_model as model  # noqa: E402


def event(kind, result="SUCCESS", **fields):
    """What a method of a data model is given."""
    return ImmutableCaseInsensitiveDict({"eventType": kind, "outcome": {"result": result}, **fields})


def factor(name):
    return {"debugData": {"factor": name}}


class EventType(unittest.TestCase):
    def test_successes(self):
        for kind, expected in (
            ("user.session.start", "successful_login"),
            ("user.session.end", "successful_logout"),
            ("user.account.privilege.grant", "admin_role_assigned"),
            ("user.mfa.factor.reset_all", "mfa_reset"),
            ("app.oauth2.token.grant", None),
        ):
            self.assertEqual(model.event_type(event(kind)), expected, kind)

    def test_failures(self):
        self.assertEqual(model.event_type(event("user.session.start", "FAILURE")), "failed_login")
        self.assertIsNone(model.event_type(event("user.account.privilege.grant", "FAILURE")))

    def test_a_wrong_password_counts_once(self):
        kind = "user.authentication.auth_via_mfa"
        password = event(kind, "FAILURE", debugContext=factor("PASSWORD_AS_FACTOR"))
        self.assertIsNone(model.event_type(password))
        push = event(kind, "FAILURE", debugContext=factor("OKTA_VERIFY_PUSH"))
        self.assertEqual(model.event_type(push), "failed_login")
        self.assertEqual(model.event_type(event(kind, "FAILURE", debugContext=None)), "failed_login")

    def test_other_outcomes(self):
        for outcome in (None, {}, {"result": "DENY"}):
            odd = ImmutableCaseInsensitiveDict({"eventType": "user.session.start", "outcome": outcome})
            self.assertIsNone(model.event_type(odd))


class User(unittest.TestCase):
    def test_the_first_target_that_is_a_user(self):
        targets = [
            {"type": "UserGroup", "alternateId": "group"},
            {"type": "User", "alternateId": "ada@example.com"},
            {"type": "User", "alternateId": "grace@example.com"},
        ]
        self.assertEqual(model.user(event("x", target=targets)), "ada@example.com")

    def test_no_user(self):
        for targets in (None, [], [{"type": "AppInstance", "alternateId": "app"}]):
            self.assertIsNone(model.user(event("x", target=targets)))


if __name__ == "__main__":
    unittest.main()
