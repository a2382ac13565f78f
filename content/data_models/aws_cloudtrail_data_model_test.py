"""Unit tests of the data model of `AWS.CloudTrail`."""

import os
import sys
import unittest

from panther_core.immutable import ImmutableCaseInsensitiveDict

sys.path.append(os.path.dirname(__file__))
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "global_helpers"))

import aws_cloudtrail_data_model as model  # noqa: E402


def event(**fields):
    """What a method of a data model is given."""
    return ImmutableCaseInsensitiveDict(fields)


def sign_in(result):
    return event(
        eventSource="signin.amazonaws.com",
        eventName="ConsoleLogin",
        responseElements={"ConsoleLogin": result},
    )


class EventType(unittest.TestCase):
    def test_sign_ins(self):
        self.assertEqual(model.event_type(sign_in("Success")), "successful_login")
        self.assertEqual(model.event_type(sign_in("Failure")), "failed_login")
        self.assertIsNone(model.event_type(sign_in(None)))
        self.assertIsNone(model.event_type(event(eventName="ConsoleLogin", eventSource="other.example.com")))

    def test_calls_to_iam(self):
        for name, expected in (
            ("CreateUser", "user_account_created"),
            ("DeactivateMFADevice", "mfa_disabled"),
            ("AddUserToGroup", "user_group_modified"),
            ("GetUser", None),
        ):
            found = model.event_type(event(eventSource="iam.amazonaws.com", eventName=name))
            self.assertEqual(found, expected, name)

    def test_what_fails_has_done_nothing(self):
        failed = event(eventSource="iam.amazonaws.com", eventName="CreateUser", errorCode="AccessDenied")
        self.assertIsNone(model.event_type(failed))

    def test_an_empty_event(self):
        self.assertIsNone(model.event_type(event(x=1)))


class Fields(unittest.TestCase):
    def test_the_actor(self):
        self.assertEqual(model.actor_user(event(userIdentity={"userName": "alice"})), "alice")
        self.assertEqual(model.actor_user(event(userIdentity=None)), "an unknown identity")

    def test_the_address(self):
        for address, expected in (
            ("198.51.100.7", "198.51.100.7"),
            ("2001:DB8::1", "2001:db8::1"),
            ("cloudformation.amazonaws.com", None),
            ("AWS Internal", None),
            (None, None),
        ):
            self.assertEqual(model.source_ip(event(sourceIPAddress=address)), expected)


if __name__ == "__main__":
    unittest.main()
