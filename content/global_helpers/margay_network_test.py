"""Unit tests of `margay_network`."""

import os
import sys
import unittest

sys.path.append(os.path.dirname(__file__))

import margay_network as network  # noqa: E402


class Ranges(unittest.TestCase):
    def test_wide_public_ranges_are_the_internet(self):
        wide = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "64.0.0.0/2", "52.0.0.0/8", "::/0", "2000::/3")
        for cidr in wide:
            self.assertTrue(network.is_internet(cidr), cidr)

    def test_narrow_and_inner_ranges_are_not(self):
        for cidr in ("203.0.113.0/24", "52.1.0.0/16", "10.0.0.0/8", "127.0.0.0/8", "fc00::/7"):
            self.assertFalse(network.is_internet(cidr), cidr)

    def test_what_is_no_range_is_not(self):
        for value in (None, "", "sg-0a1b2c3d", "*", "300.0.0.0/8"):
            self.assertFalse(network.is_internet(value), value)
            self.assertFalse(network.is_default_route(value), value)

    def test_a_default_route_may_come_in_halves(self):
        for cidr in ("0.0.0.0/0", "128.0.0.0/1", "::/0"):
            self.assertTrue(network.is_default_route(cidr), cidr)
        self.assertFalse(network.is_default_route("10.0.0.0/8"))


class Ports(unittest.TestCase):
    def test_what_a_range_opens(self):
        for protocol, first, last, expected in (
            ("tcp", 22, 22, ["SSH"]),
            ("6", 3389, 3389, ["RDP"]),
            ("tcp", 20, 23, ["FTP", "SSH", "Telnet"]),
            ("tcp", 0, 65535, ["everything"]),
            ("tcp", 1, 65535, ["everything"]),
            ("udp", None, None, ["everything"]),
            ("-1", None, None, ["everything"]),
            ("-1", 0, 0, ["everything"]),
            (None, 22, 22, ["everything"]),
            ("tcp", 443, 443, []),
            ("tcp", 8443, 8443, []),
            ("icmp", -1, -1, []),
            ("58", 8, 0, []),
        ):
            found = network.opened_services(protocol, first, last)
            self.assertEqual(found, expected, (protocol, first, last))

    def test_what_is_ordinary(self):
        self.assertTrue(network.is_ordinary("tcp", 443, 443))
        self.assertTrue(network.is_ordinary("icmp", -1, -1))
        self.assertFalse(network.is_ordinary("tcp", 80, 443))
        self.assertFalse(network.is_ordinary("tcp", 8080, 8080))
        self.assertFalse(network.is_ordinary("-1", None, None))


if __name__ == "__main__":
    unittest.main()
