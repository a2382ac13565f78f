//! IP addresses and networks as Python 3.11's `ipaddress` sees them.
//!
//! Sources: <https://docs.python.org/3.11/library/ipaddress.html>; `detections.md` §4.3 (the table of classes).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address; a zone (`fe80::1%eth0`) is read and forgotten.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() && !zone.contains('%') => {
            address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
        }
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// A network: first address and number of leading bits that count. Bits of the host are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    bits: u128,
    prefix: u32,
    is_v4: bool,
}

impl Network {
    /// `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.1.2.3`, `2001:db8::/32`.
    pub(super) fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (parse_address(address)?, Some(prefix)),
            None => (parse_address(text)?, None),
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => width,
            Some(text) => prefix_bits(text, address)?,
        };
        let bits = bits_of(address);
        let kept = if prefix == 0 { 0 } else { bits >> (width - prefix) << (width - prefix) };
        Some(Network { bits: kept, prefix, is_v4: address.is_ipv4() })
    }

    /// Whether the two have an address in common.
    pub(super) fn overlaps(self, other: Network) -> bool {
        if self.is_v4 != other.is_v4 {
            return false;
        }
        let width = if self.is_v4 { 32 } else { 128 };
        let prefix = self.prefix.min(other.prefix);
        prefix == 0 || self.bits >> (width - prefix) == other.bits >> (width - prefix)
    }
}

fn prefix_bits(text: &str, address: IpAddr) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let width = if address.is_ipv4() { 32 } else { 128 };
        return text.parse().ok().filter(|prefix| *prefix <= width);
    }
    let mask = u32::from(text.parse::<Ipv4Addr>().ok().filter(|_| address.is_ipv4())?);
    // A netmask has its ones first; a host mask has its zeros first.
    if mask.leading_ones() + mask.trailing_zeros() >= 32 {
        Some(mask.leading_ones())
    } else {
        (mask.leading_zeros() + mask.trailing_ones() >= 32).then_some(mask.leading_zeros())
    }
}

fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

const PRIVATE_V4: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/29",
    "192.0.0.170/31",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
];

const PRIVATE_V6: &[&str] = &[
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "100::/64",
    "2001::/23",
    "2001:2::/48",
    "2001:db8::/32",
    "2001:10::/28",
    "fc00::/7",
    "fe80::/10",
];

/// `is_private`.
pub(super) fn is_private(address: IpAddr) -> bool {
    let own = Network::parse(&address.to_string()).expect("an address is a network of itself");
    let table = if address.is_ipv4() { PRIVATE_V4 } else { PRIVATE_V6 };
    table.iter().any(|text| Network::parse(text).is_some_and(|network| network.overlaps(own)))
}

/// `is_global`: not private, and for version 4 not of the shared space of carriers either.
pub(super) fn is_global(address: IpAddr) -> bool {
    let is_shared = matches!(address, IpAddr::V4(address) if matches!(address.octets(), [100, 64..=127, ..]));
    !is_shared && !is_private(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_python() {
        for (text, private, global) in [
            ("10.1.2.3", true, false),
            ("172.31.255.255", true, false),
            ("172.32.0.1", false, true),
            ("192.168.1.1", true, false),
            ("127.0.0.1", true, false),
            ("169.254.1.1", true, false),
            ("192.0.2.1", true, false),
            ("198.19.0.1", true, false),
            ("0.1.2.3", true, false),
            ("100.64.0.1", false, false),
            ("100.128.0.1", false, true),
            ("224.0.0.1", false, true),
            ("8.8.8.8", false, true),
            ("2001:db8::1", true, false),
            ("fc00::1", true, false),
            ("fe80::1%eth0", true, false),
            ("::1", true, false),
            ("2606:4700::1111", false, true),
        ] {
            let address = parse_address(text).unwrap();
            assert_eq!((is_private(address), is_global(address)), (private, global), "{text}");
        }
    }

    #[test]
    fn networks_overlap() {
        let network = |text| Network::parse(text).unwrap();
        assert!(network("10.1.2.3").overlaps(network("10.0.0.0/8")));
        assert!(network("10.0.0.0/8").overlaps(network("10.1.2.3/24")));
        assert!(network("10.0.0.0/255.0.0.0").overlaps(network("10.9.9.9")));
        assert!(network("10.0.0.0/0.255.255.255").overlaps(network("10.9.9.9")));
        assert!(!network("11.0.0.1").overlaps(network("10.0.0.0/8")));
        assert!(!network("::1").overlaps(network("0.0.0.0/0")));
        assert!(network("2001:db8::1").overlaps(network("2001:db8::/32")));
        for text in
            ["10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "010.0.0.1", " 10.0.0.1", "10.0.0.0/255.0.255.0", "x"]
        {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
