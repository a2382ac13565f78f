"""Modules that stand in for those which old content imports and does not bring along."""

import os
import sys
import unittest
from datetime import datetime, timedelta, timezone

from panther_core import PantherEvent

sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fallback"))
import panther  # noqa: E402
import panther_analysis_tool.enriched_event  # noqa: E402
import panther_analysis_tool.immutable  # noqa: E402
import panther_base_helpers as base  # noqa: E402
import panther_config  # noqa: E402
import panther_config_overrides  # noqa: E402
import panther_default  # noqa: E402
import panther_oss_helpers as oss  # noqa: E402


class CloudResources(unittest.TestCase):
    def test_every_look_up_names_itself_and_the_way_out(self):
        for call, name in (
            (lambda: oss.resource_lookup("arn:aws:s3:::b"), "resource_lookup('arn:aws:s3:::b')"),
            (lambda: oss.s3_lookup_by_name("b"), "resource_lookup('arn:aws:s3:::b')"),
            (oss.resource_table, "resource_table()"),
        ):
            with self.assertRaises(oss.CloudResourcesUnavailableError) as caught:
                call()
            text = str(caught.exception)
            self.assertTrue(text.startswith(name + ": cloud resources come with a later part"), text)
            self.assertIn("mock", text)
            # A policy that takes a failed look-up for compliance must not take this one for it.
            self.assertNotIsInstance(caught.exception, oss.BadLookup)

    def test_without_a_name_it_is_the_callers_fault(self):
        for call in (lambda: oss.resource_lookup(""), lambda: oss.get_s3_arn_by_name(""), lambda: oss.s3_lookup_by_name("")):
            with self.assertRaises(oss.PantherBadInput):
                call()
        self.assertEqual(oss.get_s3_arn_by_name("b"), "arn:aws:s3:::b")


class Cache(unittest.TestCase):
    def test_it_is_that_of_the_caching_module(self):
        from panther_detection_helpers import caching

        for name in caching.__all__:
            if name != "CacheUnavailableError":
                self.assertIs(getattr(oss, name), getattr(caching, name))

    def test_everything_that_is_promised_is_there(self):
        for name in oss.__all__:
            self.assertTrue(hasattr(oss, name), name)


class Times(unittest.TestCase):
    def test_spellings(self):
        plain = datetime(2026, 1, 2, 3, 4, 5)
        for text, moment in (
            ("2026-01-02 03:04:05", plain),
            ("2026-01-02T03:04:05Z", plain),
            ("2026/01/02 03:04:05", plain),
            ("2026-01-02T03:04:05.123456789Z", plain.replace(microsecond=123456)),
            ("2026-01-02 03:04:05.1", plain.replace(microsecond=100000)),
            ("2026-01-02T03:04:05+01:30", plain.replace(tzinfo=timezone(timedelta(minutes=90)))),
            ("2026-01-02 03:04:05 -0500", plain.replace(tzinfo=timezone(timedelta(hours=-5)))),
            ("02/Jan/2026:03:04:05 +0000", plain.replace(tzinfo=timezone.utc)),
            ("Jan 2 2026 03:04:05", plain),
            ("Fri, 02 Jan 2026 03:04:05 +0000", plain.replace(tzinfo=timezone.utc)),
            ("1767323045", plain),
            ("1767323045.5", plain.replace(microsecond=500000)),
            ("'2026-01-02 03:04:05'", plain),
            ("", None),
            (None, None),
            ("2026-13-02 03:04:05", None),
            ("tomorrow", None),
        ):
            with self.subTest(text=text):
                self.assertEqual(oss.resolve_timestamp_string(text), moment)

    def test_differences(self):
        self.assertEqual(oss.nano_to_micro("2026-01-02 03:04:05.123456789"), "2026-01-02 03:04:05.123457")
        self.assertEqual(oss.time_delta("2026-01-02 03:04:05.1", "2026-01-03 05:04:06.1"), "1 day(s) 2 hour(s) 1 second(s)")
        event = PantherEvent({"p_event_time": "2026-01-02 03:04:05.000", "p_parse_time": "2026-01-02 03:09:05.000"})
        self.assertEqual(oss.add_parse_delay(event, {"a": 1}), {"a": 1, "parseDelay": "5 minute(s) "})
        self.assertEqual(
            base.panther_nanotime_to_python_datetime("2026-01-02 03:04:05.123456789"),
            datetime(2026, 1, 2, 3, 4, 5, 123456),
        )
        self.assertEqual(
            base.golang_nanotime_to_python_datetime("2026-01-02T03:04:05.5Z"), datetime(2026, 1, 2, 3, 4, 5, 500000)
        )
        with self.assertRaises(ValueError):
            base.golang_nanotime_to_python_datetime("now")


class Places(unittest.TestCase):
    def test_distance(self):
        rome, oslo = {"lat": "41.9", "lng": "12.5"}, {"lat": "59.9", "lng": "10.75"}
        self.assertAlmostEqual(oss.km_between_ipinfo_loc(rome, oslo), 2007, delta=10)
        self.assertEqual(oss.km_between_ipinfo_loc(rome, rome), 0)
        self.assertIsNone(oss.km_between_ipinfo_loc(rome, {"lat": "1"}))

    def test_what_is_no_address_is_not_asked_for(self):
        with self.assertRaises(ValueError):
            oss.geoinfo_from_ip("x")


class Defaults(unittest.TestCase):
    def test_both_names_are_one(self):
        for name in ("AWS_ACCOUNTS", "aws_cloudtrail_success", "aws_event_tense", "lookup_aws_account_name", "aws_regions"):
            self.assertIs(getattr(panther, name), getattr(panther_default, name))
        with self.assertRaises(AttributeError):
            panther.nothing  # noqa: B018

    def test_cloudtrail(self):
        self.assertIs(panther.aws_cloudtrail_success(PantherEvent({"errorcode": "", "errorMessage": None})), True)
        self.assertIs(panther.aws_cloudtrail_success({"errorCode": "AccessDenied"}), False)
        self.assertIs(panther.aws_cloudtrail_success({"errorMessage": "no"}), False)
        for name, word in (("StartInstances", "started"), ("DeleteBucket", "deleted"), ("Assume", "Assume")):
            self.assertEqual(panther.aws_event_tense(name), word)

    def test_accounts(self):
        self.assertEqual(panther.lookup_aws_account_name("1"), "1 (unnamed account)")
        self.assertEqual(panther.aws_key_account_id("AKIAIOSFODNN7EXAMPLE"), "581039954779")
        regions = panther.aws_regions()
        self.assertEqual((len(regions), len(set(regions))), (27, 27))
        self.assertIn("eu-central-1", regions)

    def test_old_event_types(self):
        self.assertIs(panther_analysis_tool.enriched_event.PantherEvent, PantherEvent)
        event = PantherEvent({"l": [1], "d": {}})
        self.assertIsInstance(event["l"], panther_analysis_tool.immutable.ImmutableList)
        self.assertIsInstance(event["d"], panther_analysis_tool.immutable.ImmutableCaseInsensitiveDict)


class Settings(unittest.TestCase):
    def test_overrides_come_first_and_unknown_names_are_none(self):
        config = panther_config.config
        self.assertEqual(config.PCI_NETWORKS, [])
        self.assertIsNone(config.NO_SUCH_NAME)
        panther_config_overrides.PCI_NETWORKS = None
        self.addCleanup(delattr, panther_config_overrides, "PCI_NETWORKS")
        self.assertIsNone(config.PCI_NETWORKS)


class Shared(unittest.TestCase):
    """`panther_base_helpers`, beyond what `test_helpers` looks at."""

    def test_scope(self):
        self.assertIs(base.IN_PCI_SCOPE({"Tags": None}), True)
        self.assertIs(base.in_pci_scope_tags({"Tags": {"environment": "pci"}}), True)
        self.assertIs(base.in_pci_scope_tags({"Tags": {}}), False)
        self.assertIs(base.is_dmz_tags({"Tags": None}), False)
        self.assertIs(base.is_dmz_tags({"Tags": {"environment": "dmz"}}), True)
        self.assertIs(base.is_dmz_tags({"Tags": {"a": "b"}}, {("a", "b")}), True)
        self.assertIs(base.is_dmz_cidr("10.0.0.0/8"), False)
        base.PCI_NETWORKS = ["10.1.0.0/16"]
        self.addCleanup(setattr, base, "PCI_NETWORKS", [])
        self.assertIs(base.is_pci_scope_cidr("10.0.0.0/8"), True)
        self.assertIs(base.is_pci_scope_cidr("192.0.2.0/24"), False)

    def test_workspace(self):
        parameters = [{"name": "a", "intValue": 5}, {"name": "b"}]
        self.assertEqual(base.gsuite_parameter_lookup(parameters, "a"), 5)
        self.assertIsNone(base.gsuite_parameter_lookup(parameters, "b"))
        self.assertIsNone(base.gsuite_parameter_lookup(parameters, "c"))
        event = PantherEvent({"events": [{"type": "t", "name": "n", "x": 1}]})
        self.assertEqual(base.gsuite_details_lookup("t", ["n"], event)["x"], 1)
        self.assertEqual(base.gsuite_details_lookup("t", ["m"], event), {})

    def test_roles(self):
        unknown = "<UNKNOWN_APP>:<UNKNOWN_ROLE>"
        for text, roles in (
            ("Role changed from Agent to Admin", ("Agent", "Admin")),
            ("Chat role changed from A to B\nTalk role changed from C to D", ("Chat:A ; Talk:C", "Chat:B ; Talk:D")),
            ("nothing", (unknown, unknown)),
            ("", (unknown, unknown)),
        ):
            self.assertEqual(base.zendesk_get_roles({"change_description": text}), roles)

    def test_vendors(self):
        self.assertEqual(base.box_parse_additional_details({"additional_details": '{"a": 1}'}), {"a": 1})
        self.assertEqual(base.box_parse_additional_details({"additional_details": "x"}), {})
        self.assertEqual(base.box_parse_additional_details({}), {})
        delta = {"protoPayload": {"methodName": "SetIamPolicy", "serviceData": {"policyDelta": {"bindingDeltas": [1]}}}}
        self.assertEqual(base.get_binding_deltas(PantherEvent(delta)), [1])
        self.assertEqual(base.get_binding_deltas({"protoPayload": {"methodName": "SetIamPolicy"}}), [])
        self.assertEqual(base.get_binding_deltas({}), [])
        falcon = PantherEvent({"p_log_type": "Crowdstrike.FDREvent", "fdr_event_type": "A", "event": {"aid": "1"}})
        self.assertIs(base.filter_crowdstrike_fdr_event_type(falcon, "B"), True)
        self.assertIs(base.filter_crowdstrike_fdr_event_type(falcon, "A"), False)
        self.assertEqual(base.crowdstrike_process_alert_context(falcon)["aid"], "1")
        self.assertEqual(base.crowdstrike_detection_alert_context(falcon)["user"], "")
        self.assertEqual(base.crowdstrike_network_detection_alert_context(falcon)["aid"], "1")
        self.assertEqual(base.slack_alert_context({})["actor-ip"], "<MISSING_IP>")
        self.assertEqual(base.github_alert_context({"actor_location": {"country_code": "NO"}})["actor_location"], "NO")
        self.assertEqual(base.aws_guardduty_context({})["id"], "<MISSING ID>")
        event = {"objectRef": {"resource": "pods", "subresource": "exec"}}
        self.assertEqual(base.eks_panther_obj_ref(event)["resource"], "pods/exec")
        self.assertEqual(base.msft_graph_alert_context({"category": "c"})["category"], "c")
        self.assertEqual(base.m365_alert_context({"Actor": [1]})["actor"], [1])

    def test_texts(self):
        self.assertEqual(base.defang_ioc("192.0.2.1"), "192[.]0[.]2[.]1")
        self.assertEqual(base.is_base64("aGVsbG8gd29ybGQ"), "hello world")
        for text in ("short", "not base64 at all!", "/////////////w=="):
            self.assertEqual(base.is_base64(text), "")


if __name__ == "__main__":
    unittest.main()
