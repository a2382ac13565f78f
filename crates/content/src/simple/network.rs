//! IP addresses and networks as texts, with the forms that Python's `ipaddress` reads.
//! Source: <https://docs.python.org/3.11/library/ipaddress.html>.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, or an address as the network of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// The first address; bits of the host are 0.
    first: u128,
    /// Leading bits that count.
    prefix: u32,
    is_v4: bool,
}

/// Reads an address; the zone of version 6 (`fe80::1%eth0`) is read and has no meaning.
pub fn parse_address(text: &str) -> Option<IpAddr> {
    match text.split_once('%') {
        None => text.parse().ok(),
        Some((_, zone)) if zone.is_empty() || zone.contains(['%', '/']) => None,
        Some((address, _)) => address.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match u32::try_from(self.first) {
            Ok(bits) if self.is_v4 => IpAddr::V4(Ipv4Addr::from(bits)),
            _ => IpAddr::V6(Ipv6Addr::from(self.first)),
        };
        write!(f, "{address}/{}", self.prefix)
    }
}

impl Network {
    /// Reads `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.0/0.255.255.255`, `2001:db8::/32`, or an address.
    /// Bits of the host are ignored.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (parse_address(address)?, Some(prefix)),
            None => (parse_address(text)?, None),
        };
        let prefix = match prefix {
            Some(prefix) => parse_prefix(prefix, address)?,
            None => width(address.is_ipv4()),
        };
        Some(Network::new(address, prefix))
    }

    /// The network of one address.
    pub fn of(address: IpAddr) -> Network {
        Network::new(address, width(address.is_ipv4()))
    }

    /// The network around an address with so many leading bits; more than there are count as all.
    pub(crate) fn new(address: IpAddr, prefix: u32) -> Network {
        let (is_v4, bits) = match address {
            IpAddr::V4(address) => (true, u128::from(u32::from(address))),
            IpAddr::V6(address) => (false, u128::from(address)),
        };
        let prefix = prefix.min(width(is_v4));
        let free = width(is_v4) - prefix;
        let first = bits.checked_shr(free).unwrap_or(0).checked_shl(free).unwrap_or(0);
        Network { first, prefix, is_v4 }
    }

    /// Whether the two have an address in common; never across versions.
    pub fn overlaps(&self, other: &Network) -> bool {
        let free = width(self.is_v4) - self.prefix.min(other.prefix);
        let head = |network: &Network| network.first.checked_shr(free).unwrap_or(0);
        self.is_v4 == other.is_v4 && head(self) == head(other)
    }
}

fn width(is_v4: bool) -> u32 {
    if is_v4 { 32 } else { 128 }
}

/// What stands behind the slash: a number of bits, or for version 4 a netmask or a host mask.
fn parse_prefix(text: &str, address: IpAddr) -> Option<u32> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().filter(|prefix| *prefix <= width(address.is_ipv4()));
    }
    let mask: Ipv4Addr = text.parse().ok().filter(|_| address.is_ipv4())?;
    let mask = u32::from(mask);
    // A netmask is ones, then zeros; a host mask zeros, then ones.
    if mask.leading_ones() + mask.trailing_zeros() >= 32 {
        return Some(mask.leading_ones());
    }
    (mask.leading_zeros() + mask.trailing_ones() == 32).then_some(mask.leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(a: &str, b: &str) -> Option<bool> {
        Some(Network::parse(a)?.overlaps(&Network::parse(b)?))
    }

    #[test]
    fn networks_overlap_when_one_holds_the_other() {
        for (a, b, expected) in [
            ("10.1.2.3", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.1.1.1/4", "10.0.0.0/8", true),
            ("11.0.0.1", "10.0.0.0/8", false),
            ("1.2.3.4", "0.0.0.0/0", true),
            ("10.9.9.9", "10.1.2.3/255.0.0.0", true),
            ("10.9.9.9", "10.1.2.3/0.255.255.255", true),
            ("11.9.9.9", "10.1.2.3/0.255.255.255", false),
            ("1.2.3.4", "9.9.9.9/0.0.0.0", true),
            ("1.2.3.4", "1.2.3.4/255.255.255.255", true),
            ("10.0.0.1", "10.0.0.0/08", true),
            ("2001:db8::1", "2001:db8::/32", true),
            ("2001:db9::1", "2001:db8::/32", false),
            ("fe80::1%eth0", "fe80::/10", true),
            ("fe80::1", "fe80::%eth0/64", true),
            ("::1", "::/0", true),
            ("::1", "0.0.0.0/0", false),
            ("0.0.0.1", "::/0", false),
        ] {
            assert_eq!(overlap(a, b), Some(expected), "{a} {b}");
        }
    }

    #[test]
    fn what_python_does_not_read_is_no_network() {
        for text in [
            "",
            "x",
            "10.0.0",
            "10.0.0.256",
            "010.0.0.1",
            " 10.0.0.1",
            "10.0.0.1 ",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.255.0",
            "10.0.0.1%eth0",
            "fe80::1%",
            "fe80::1%a%b",
            "::/129",
            "::/255.0.0.0",
            "1::2::3",
            "12345::",
            "1:2:3:4:5:6:7:8:9",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
