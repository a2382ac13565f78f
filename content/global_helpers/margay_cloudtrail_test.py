"""Unit tests of `margay_cloudtrail`."""

import os
import sys
import unittest
from unittest.mock import patch

from panther_core.enriched_event import PantherEvent

sys.path.append(os.path.dirname(__file__))

import margay_cloudtrail as cloudtrail  # noqa: E402

ROLE = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::123456789012:assumed-role/Deploy/run-7",
    "accountId": "123456789012",
    "sessionContext": {
        "sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/ci/Deploy", "userName": "Deploy"},
    },
}


def by(**identity):
    return PantherEvent({"userIdentity": identity})


class Actor(unittest.TestCase):
    def test_each_kind_of_identity_has_a_name(self):
        cases = (
            ("the root user", {"type": "Root", "userName": "anything"}),
            ("alice", {"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::1:user/team/alice"}),
            ("Deploy/run-7", ROLE),
            ("alice", {"type": "FederatedUser", "arn": "arn:aws:sts::123456789012:federated-user/alice"}),
            ("ec2.amazonaws.com", {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}),
            ("AIDAEXAMPLE", {"type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "1"}),
            ("user-1", {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "user-1"}}),
            ("an unknown user name", {"type": "IAMUser", "userName": cloudtrail.HIDDEN_NAME}),
            ("an unknown identity", {}),
        )
        for expected, identity in cases:
            with self.subTest(expected):
                self.assertEqual(cloudtrail.actor(by(**identity)), expected)

    def test_an_event_without_identity_has_one_too(self):
        for event in ({}, {"userIdentity": None}, {"userIdentity": "odd"}):
            self.assertEqual(cloudtrail.actor(PantherEvent(event)), "an unknown identity")
            self.assertEqual(cloudtrail.account(PantherEvent(event)), "an unknown account")


class Outcome(unittest.TestCase):
    def check(self, event, succeeded, denied):
        event = PantherEvent(event)
        self.assertEqual((cloudtrail.succeeded(event), cloudtrail.denied(event)), (succeeded, denied))

    def test_success(self):
        self.check({}, True, False)
        self.check({"errorCode": None, "errorMessage": None}, True, False)

    def test_refusals(self):
        for code in (
            "AccessDenied",
            "AccessDeniedException",
            "VpceAccessDenied",
            "Client.UnauthorizedOperation",
            "AuthorizationError",
        ):
            self.check({"errorCode": code}, False, True)

    def test_failures(self):
        self.check({"errorCode": "TrailNotFoundException"}, False, False)
        self.check({"errorMessage": "Failed authentication"}, False, False)


class Deployment(unittest.TestCase):
    def test_nobody_is_named_at_first(self):
        self.assertFalse(cloudtrail.is_deployment(by(**ROLE)))

    def test_roles_may_have_wildcards(self):
        for patterns, expected in ((("Deploy",), True), (("Dep*", "x"), True), (("deploy",), False)):
            with patch.object(cloudtrail, "DEPLOYMENT_ROLES", patterns):
                self.assertEqual(cloudtrail.is_deployment(by(**ROLE)), expected, patterns)

    def test_only_ordinary_changes_of_a_deployment_are_toned_down(self):
        with patch.object(cloudtrail, "DEPLOYMENT_ROLES", ("Deploy",)):
            self.assertEqual(cloudtrail.severity_of_change(by(**ROLE), None), "INFO")
            self.assertEqual(cloudtrail.severity_of_change(by(**ROLE), "HIGH"), "HIGH")
            self.assertEqual(cloudtrail.severity_of_change(by(userName="alice"), None), "DEFAULT")

    def test_a_user_with_the_name_of_a_role_is_no_role(self):
        with patch.object(cloudtrail, "DEPLOYMENT_ROLES", ("Deploy",)):
            self.assertFalse(cloudtrail.is_deployment(by(type="IAMUser", userName="Deploy")))


class Services(unittest.TestCase):
    def test_services_and_their_roles_are_aws(self):
        linked = "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
        self.assertTrue(cloudtrail.is_aws_service(by(type="AWSService", invokedBy="ec2.amazonaws.com")))
        self.assertTrue(cloudtrail.is_aws_service(by(sessionContext={"sessionIssuer": {"arn": linked}})))

    def test_others_are_not(self):
        self.assertFalse(cloudtrail.is_aws_service(by(**ROLE)))
        # Anybody can name a role like one of AWS, but not put it under that path.
        imposter = "arn:aws:iam::123456789012:role/AWSServiceRoleForX"
        self.assertFalse(cloudtrail.is_aws_service(by(sessionContext={"sessionIssuer": {"arn": imposter}})))
        self.assertFalse(cloudtrail.is_aws_service(by(invokedBy="cloudformation.amazonaws.com")))


class Shapes(unittest.TestCase):
    def test_lists_of_ec2(self):
        event = PantherEvent(
            {
                "many": {"items": [{"a": 1}, {"a": 2}]},
                "empty": {},
                "one": {"tag": 1, "content": "fl-1"},
                "plain": [{"a": 1}],
                "text": "x",
                "null": None,
            }
        )
        counts = {key: len(cloudtrail.members(event.get(key))) for key in event}
        self.assertEqual(counts, {"many": 2, "empty": 0, "one": 1, "plain": 1, "text": 0, "null": 0})

    def test_requests_with_and_without_wrapper(self):
        wrapped = {"eventName": "X", "requestParameters": {"XRequest": {"a": 1}}}
        self.assertEqual(cloudtrail.inner_request(PantherEvent(wrapped)).get("a"), 1)
        bare = {"eventName": "X", "requestParameters": {"a": 1}}
        self.assertEqual(cloudtrail.inner_request(PantherEvent(bare)).get("a"), 1)
        for odd in (None, "text", []):
            event = PantherEvent({"eventName": "X", "requestParameters": odd})
            self.assertEqual(cloudtrail.inner_request(event), {})

    def test_the_gravest_severity(self):
        self.assertEqual(cloudtrail.worst([None, "MEDIUM", "HIGH", "LOW"]), "HIGH")
        self.assertIsNone(cloudtrail.worst([None]))
        self.assertIsNone(cloudtrail.worst([]))


if __name__ == "__main__":
    unittest.main()
