//! Classes of IP addresses, as `ipaddress` of Python 3.11 has them.
//! Source: <https://docs.python.org/3.11/library/ipaddress.html>, checked against Python 3.11.7.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use content::simple::{Network, parse_address};
use serde_json::Value;

use super::number::{Numeric, numeric};
use super::view::View;

/// First address and leading bits of the networks that are not globally reachable.
const PRIVATE_V4: [(u32, u32); 14] = [
    (0x0000_0000, 8),  // 0.0.0.0/8
    (0x0a00_0000, 8),  // 10.0.0.0/8
    (0x7f00_0000, 8),  // 127.0.0.0/8
    (0xa9fe_0000, 16), // 169.254.0.0/16
    (0xac10_0000, 12), // 172.16.0.0/12
    (0xc000_0000, 29), // 192.0.0.0/29
    (0xc000_00aa, 31), // 192.0.0.170/31
    (0xc000_0200, 24), // 192.0.2.0/24
    (0xc0a8_0000, 16), // 192.168.0.0/16
    (0xc612_0000, 15), // 198.18.0.0/15
    (0xc633_6400, 24), // 198.51.100.0/24
    (0xcb00_7100, 24), // 203.0.113.0/24
    (0xf000_0000, 4),  // 240.0.0.0/4
    (0xffff_ffff, 32), // 255.255.255.255
];

/// The space that carriers share: neither private nor globally reachable.
const SHARED_V4: (u32, u32) = (0x6440_0000, 10); // 100.64.0.0/10

/// The same for version 6; addresses that hold one of version 4 are judged by that.
const PRIVATE_V6: [(u128, u32); 9] = [
    (0x1, 128),              // ::1
    (0x0, 128),              // ::
    (0x0100 << 112, 64),     // 100::/64
    (0x2001 << 112, 23),     // 2001::/23
    (0x2001_0002 << 96, 48), // 2001:2::/48
    (0x2001_0db8 << 96, 32), // 2001:db8::/32
    (0x2001_0010 << 96, 28), // 2001:10::/28
    (0xfc00 << 112, 7),      // fc00::/7
    (0xfe80 << 112, 10),     // fe80::/10
];

/// Python's `is_private`.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => is_private_v4(mapped),
            None => PRIVATE_V6
                .iter()
                .any(|&(first, prefix)| u128::from(address) >> (128 - prefix) == first >> (128 - prefix)),
        },
    }
}

/// Python's `is_global`.
pub(super) fn is_global(address: IpAddr) -> bool {
    let is_shared = matches!(address, IpAddr::V4(address) if is_in_v4(address, SHARED_V4));
    !is_shared && !is_private(address)
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    PRIVATE_V4.iter().any(|network| is_in_v4(address, *network))
}

fn is_in_v4(address: Ipv4Addr, (first, prefix): (u32, u32)) -> bool {
    u32::from(address) >> (32 - prefix) == first >> (32 - prefix)
}

/// The address that a text is.
pub(super) fn address_of_text(view: View<'_>) -> Option<IpAddr> {
    parse_address(view.text()?)
}

/// The address that Python's `ip_address` reads: of a text, or of a whole number.
pub(super) fn address(view: View<'_>) -> Option<IpAddr> {
    match view {
        View::Json(Value::String(text)) => parse_address(text),
        View::Json(Value::Number(_) | Value::Bool(_)) => number_address(view),
        _ => None,
    }
}

/// The network that Python's `ip_network` reads, bits of the host ignored.
pub(super) fn network(view: View<'_>) -> Option<Network> {
    match view {
        View::Json(Value::String(text)) => Network::parse(text),
        _ => address(view).map(Network::of),
    }
}

fn number_address(view: View<'_>) -> Option<IpAddr> {
    let number = match numeric(view)? {
        Numeric::Int(number) => u128::try_from(number).ok()?,
        Numeric::Big(digits) => digits.parse().ok()?,
        Numeric::Float(_) => return None,
    };
    Some(match u32::try_from(number) {
        Ok(number) => IpAddr::V4(Ipv4Addr::from(number)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(number)),
    })
}
