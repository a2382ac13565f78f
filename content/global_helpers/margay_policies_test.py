"""Unit tests of `margay_policies`."""

import json
import os
import sys
import unittest
from unittest.mock import patch
from urllib.parse import quote

from panther_core.enriched_event import PantherEvent

sys.path.append(os.path.dirname(__file__))

import margay_policies as policies  # noqa: E402

OWN = "123456789012"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def allow(**more):
    return {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **more}


class Documents(unittest.TestCase):
    def test_documents_are_found_in_every_form(self):
        text = json.dumps(DOCUMENT)
        for parameters in (
            {"bucketPolicy": DOCUMENT, "policy": ""},
            {"policyDocument": text},
            {"policyDocument": "\n" + json.dumps(DOCUMENT, indent=2)},
            {"policyDocument": quote(text)},
            {"request": {"inner": [{"Policy": text}]}},
        ):
            event = PantherEvent({"requestParameters": parameters})
            self.assertEqual(len(policies.allowing(event.get("requestParameters"))), 1, parameters)

    def test_what_is_none_is_passed_over(self):
        texts = [{"policy": text} for text in ("", "{broken", "[1]", "null")]
        for parameters in (None, {}, {"n": 7}, "text", *texts):
            self.assertEqual(policies.allowing(parameters), [])
        self.assertEqual(policies.allowing({"Statement": ["odd", {"Effect": "Deny"}]}), [])

    def test_one_statement_needs_no_list(self):
        self.assertEqual(len(policies.allowing({"Statement": allow()})), 1)

    def test_the_search_has_a_bottom(self):
        deep = {"Statement": allow()}
        for _ in range(20):
            deep = {"a": deep}
        self.assertEqual(policies.allowing(deep), [])


class Public(unittest.TestCase):
    def test_everybody(self):
        for statement in (
            allow(Principal="*"),
            allow(Principal={"AWS": "*"}),
            allow(Principal={"AWS": ["arn:aws:iam::123456789012:root", "*"]}),
            allow(NotPrincipal={"AWS": "arn:aws:iam::123456789012:root"}),
            allow(Principal="*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
            allow(Principal="*", Condition={"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}),
            allow(Principal="*", Condition={"StringLike": {"aws:PrincipalArn": "*"}}),
            allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}),
        ):
            self.assertTrue(policies.is_public(statement), statement)

    def test_somebody(self):
        for statement in (
            allow(),
            allow(Principal={"Service": "config.amazonaws.com"}),
            allow(Principal={"AWS": "arn:aws:iam::999999999999:root"}),
            allow(Principal="*", Condition={"StringEquals": {"AWS:PrincipalOrgID": "o-example"}}),
            allow(Principal="*", Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}),
        ):
            self.assertFalse(policies.is_public(statement), statement)


class Accounts(unittest.TestCase):
    def test_foreign_accounts_are_named(self):
        statement = allow(
            Principal={
                "AWS": [
                    "999999999999",
                    "arn:aws:iam::888888888888:role/x",
                    "arn:aws:iam::123456789012:root",
                    "*",
                ],
                "Service": "ec2.amazonaws.com",
            }
        )
        self.assertEqual(policies.foreign_accounts(statement, OWN), ["888888888888", "999999999999"])

    def test_trusted_ones_are_not_foreign(self):
        statement = allow(Principal={"AWS": "arn:aws-us-gov:iam::999999999999:root"})
        with patch.object(policies, "TRUSTED_ACCOUNTS", ("999999999999",)):
            self.assertEqual(policies.foreign_accounts(statement, OWN), [])

    def test_identities_of_aws_have_no_account(self):
        identity = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EXAMPLE"
        self.assertEqual(policies.foreign_accounts(allow(Principal={"AWS": identity}), OWN), [])


class Federation(unittest.TestCase):
    PROVIDER = {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}

    def test_a_subject_is_needed(self):
        key = "token.actions.githubusercontent.com:{}"
        audience = {"StringEquals": {key.format("aud"): "sts.amazonaws.com"}}
        subject = {"StringLike": {key.format("sub"): "repo:example/app:*"}}
        self.assertTrue(policies.is_open_federation(allow(Principal=self.PROVIDER)))
        self.assertTrue(policies.is_open_federation(allow(Principal=self.PROVIDER, Condition=audience)))
        self.assertFalse(policies.is_open_federation(allow(Principal=self.PROVIDER, Condition=subject)))

    def test_saml_providers_are_no_matter_of_subjects(self):
        saml = {"Federated": "arn:aws:iam::123456789012:saml-provider/example"}
        self.assertFalse(policies.is_open_federation(allow(Principal=saml)))


class Escalation(unittest.TestCase):
    def check(self, expected, **statement):
        self.assertEqual(policies.escalating_actions({"Effect": "Allow", **statement}), expected)

    def test_everything_is_enough(self):
        for action in ("*", "iam:*", "IAM:*", ["s3:GetObject", "*:*"]):
            found = policies.escalating_actions({"Action": action, "Resource": "*"})
            self.assertIn("iam:PutUserPolicy", found, action)

    def test_single_rights(self):
        self.check(["iam:CreateAccessKey"], Action="iam:CreateAccessKey", Resource="*")
        self.check(["iam:CreateAccessKey"], Action="iam:CreateAccessKey", Resource=["arn:aws:iam::1:user/*"])
        self.check([], Action="iam:CreateAccessKey", Resource="arn:aws:iam::1:user/${aws:username}")
        self.check([], Action="iam:GetUser", Resource="*")
        self.check([], Action="s3:*", Resource="*")

    def test_exceptions(self):
        self.check([], NotAction=["iam:*", "sts:*"], Resource="*")
        found = policies.escalating_actions({"NotAction": "s3:*", "Resource": "*"})
        self.assertEqual(found, list(policies.ESCALATING_ACTIONS))

    def test_a_role_that_only_one_service_gets(self):
        condition = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        self.check(["iam:PassRole"], Action="iam:PassRole", Resource="*")
        self.check([], Action="iam:PassRole", Resource="*", Condition=condition)

    def test_without_a_resource_nothing_is_given(self):
        self.check([], Action="*")


class Delivery(unittest.TestCase):
    def test_to_put_objects_is_to_deliver(self):
        self.assertTrue(policies.only_writes_objects(allow(Action=["s3:PutObject", "s3:GetBucketAcl"])))
        self.assertFalse(policies.only_writes_objects(allow(Action=["s3:PutObject", "s3:GetObject"])))
        self.assertFalse(policies.only_writes_objects(allow(Action="s3:*")))
        self.assertFalse(policies.only_writes_objects({"NotAction": "s3:GetObject"}))


if __name__ == "__main__":
    unittest.main()
