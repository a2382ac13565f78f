//! Which addresses deliveries may reach.
//!
//! Without a rule of the operator only public unicast addresses are open. IPv6 addresses that carry an
//! IPv4 address (mapped, NAT64, 6to4) are judged by the address that they carry. Sources: the IANA
//! special-purpose address registries (RFC 6890 and its updates) and the clouds' metadata addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// One entry of `egress.allow`: a network, an address or a host name, each with an optional port.
///
/// A host name opens whatever it resolves to except link-local and metadata addresses; those have to be
/// named by address, so that a name under somebody else's control cannot reach them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowRule {
    target: Target,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Network(IpNet),
    Host(String),
}

/// An entry of `egress.allow` that is no network, address or host name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no network, address or host name; write for example `10.0.0.0/8`, `127.0.0.1:9000`, \
     `[::1]:9000` or `siem.internal:443`"
)]
pub struct AllowRuleError {
    /// What was read.
    pub text: String,
}

impl FromStr for AllowRule {
    type Err = AllowRuleError;

    fn from_str(text: &str) -> Result<Self, AllowRuleError> {
        let error = || AllowRuleError { text: text.to_owned() };
        if let Some(net) = parse_net(text) {
            return Ok(AllowRule { target: Target::Network(net), port: None });
        }
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse::<u16>().map_err(|_| error())?)),
            None => (text, None),
        };
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        if let Some(net) = parse_net(bare.unwrap_or(name)) {
            return Ok(AllowRule { target: Target::Network(net), port });
        }
        let name = normal_host(name);
        let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let is_host = name.split('.').all(|label| !label.is_empty())
            && name.chars().all(legal)
            && name.contains(|c: char| c.is_alphabetic());
        if bare.is_some() || !is_host {
            return Err(error());
        }
        Ok(AllowRule { target: Target::Host(name), port })
    }
}

impl fmt::Display for AllowRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.target, self.port) {
            (Target::Network(net @ IpNet::V6(_)), Some(port)) => write!(f, "[{net}]:{port}"),
            (Target::Network(net), Some(port)) => write!(f, "{net}:{port}"),
            (Target::Network(net), None) => write!(f, "{net}"),
            (Target::Host(name), Some(port)) => write!(f, "{name}:{port}"),
            (Target::Host(name), None) => f.write_str(name),
        }
    }
}

/// Why an address is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Loopback,
    LinkLocal,
    Metadata,
    Private,
    Reserved,
}

impl Closed {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Closed::Loopback => "a loopback",
            Closed::LinkLocal => "a link-local",
            Closed::Metadata => "a metadata",
            Closed::Private => "a private",
            Closed::Reserved => "a reserved",
        }
    }
}

/// Checks one resolved address of `host`: open, allowed by a rule, or closed for a reason.
pub(crate) fn check(allow: &[AllowRule], host: &str, address: IpAddr, port: u16) -> Result<(), Closed> {
    let address = address.to_canonical();
    let Some(closed) = closed_reason(address) else {
        return Ok(());
    };
    let host = normal_host(host);
    let is_allowed =
        allow.iter().filter(|rule| rule.port.is_none_or(|allowed| allowed == port)).any(|rule| {
            match &rule.target {
                Target::Network(net) => net.contains(&address),
                Target::Host(name) => {
                    *name == host && !matches!(closed, Closed::LinkLocal | Closed::Metadata)
                }
            }
        });
    if is_allowed { Ok(()) } else { Err(closed) }
}

fn closed_reason(address: IpAddr) -> Option<Closed> {
    match address {
        IpAddr::V4(address) => closed_v4(address),
        IpAddr::V6(address) => closed_v6(address),
    }
}

fn closed_v4(address: Ipv4Addr) -> Option<Closed> {
    match address.octets() {
        // Cloud metadata: link-local everywhere, Alibaba inside the shared space, Azure on a public address.
        [169, 254, 169, 254] | [100, 100, 100, 200] | [168, 63, 129, 16] => Some(Closed::Metadata),
        [127, ..] => Some(Closed::Loopback),
        [169, 254, ..] => Some(Closed::LinkLocal),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Some(Closed::Private),
        // This network, protocol assignments, documentation, 6to4 relays, benchmarking, multicast, class E.
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Some(Closed::Reserved),
        _ => None,
    }
}

fn closed_v6(address: Ipv6Addr) -> Option<Closed> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some(Closed::Loopback),
        // AWS and Google.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => {
            Some(Closed::Metadata)
        }
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some(Closed::Private),
        [0xfe80..=0xfebf, ..] => Some(Closed::LinkLocal),
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address.
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => closed_v4(embedded_v4(high, low)),
        [0x2002, high, low, ..] => closed_v4(embedded_v4(high, low)),
        // Protocol assignments with Teredo and benchmarking, documentation.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => Some(Closed::Reserved),
        [0x2000..=0x3fff, ..] => None,
        // Unspecified, IPv4-compatible, local NAT64, discard, multicast, and all that is not assigned.
        _ => Some(Closed::Reserved),
    }
}

fn embedded_v4(high: u16, low: u16) -> Ipv4Addr {
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    Ipv4Addr::new(a, b, c, d)
}

fn parse_net(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()
}

fn normal_host(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::this_network("0.0.0.0", Closed::Reserved)]
    #[case::this_network_host("0.1.2.3", Closed::Reserved)]
    #[case::rfc1918_a("10.255.0.1", Closed::Private)]
    #[case::rfc1918_b("172.31.255.255", Closed::Private)]
    #[case::rfc1918_c("192.168.0.1", Closed::Private)]
    #[case::carrier_nat("100.64.0.1", Closed::Private)]
    #[case::alibaba_metadata("100.100.100.200", Closed::Metadata)]
    #[case::loopback("127.8.9.10", Closed::Loopback)]
    #[case::metadata("169.254.169.254", Closed::Metadata)]
    #[case::azure_wire_server("168.63.129.16", Closed::Metadata)]
    #[case::link_local("169.254.0.1", Closed::LinkLocal)]
    #[case::protocol_assignments("192.0.0.8", Closed::Reserved)]
    #[case::documentation_1("192.0.2.1", Closed::Reserved)]
    #[case::documentation_2("198.51.100.1", Closed::Reserved)]
    #[case::documentation_3("203.0.113.1", Closed::Reserved)]
    #[case::relay_anycast("192.88.99.1", Closed::Reserved)]
    #[case::benchmarking("198.19.0.1", Closed::Reserved)]
    #[case::multicast("224.0.0.1", Closed::Reserved)]
    #[case::class_e("240.0.0.1", Closed::Reserved)]
    #[case::broadcast("255.255.255.255", Closed::Reserved)]
    #[case::unspecified_v6("::", Closed::Reserved)]
    #[case::loopback_v6("::1", Closed::Loopback)]
    #[case::mapped_loopback("::ffff:127.0.0.1", Closed::Loopback)]
    #[case::mapped_private("::ffff:10.0.0.1", Closed::Private)]
    #[case::mapped_metadata("::ffff:a9fe:a9fe", Closed::Metadata)]
    #[case::compatible("::10.0.0.1", Closed::Reserved)]
    #[case::compatible_public("::8.8.8.8", Closed::Reserved)]
    #[case::nat64_private("64:ff9b::10.0.0.1", Closed::Private)]
    #[case::nat64_metadata("64:ff9b::a9fe:a9fe", Closed::Metadata)]
    #[case::nat64_local("64:ff9b:1::8.8.8.8", Closed::Reserved)]
    #[case::six_to_four_loopback("2002:7f00:1::1", Closed::Loopback)]
    #[case::teredo("2001:0:1::1", Closed::Reserved)]
    #[case::benchmarking_v6("2001:2::1", Closed::Reserved)]
    #[case::documentation_v6("2001:db8::1", Closed::Reserved)]
    #[case::documentation_v6_new("3fff:fff::1", Closed::Reserved)]
    #[case::unique_local("fd12::1", Closed::Private)]
    #[case::aws_metadata_v6("fd00:ec2::254", Closed::Metadata)]
    #[case::google_metadata_v6("fd20:ce::254", Closed::Metadata)]
    #[case::link_local_v6("fe80::1", Closed::LinkLocal)]
    #[case::site_local("fec0::1", Closed::Private)]
    #[case::multicast_v6("ff02::1", Closed::Reserved)]
    #[case::discard("100::1", Closed::Reserved)]
    fn closed_addresses(#[case] address: &str, #[case] expected: Closed) {
        assert_eq!(check(&[], "host", address.parse().unwrap(), 443), Err(expected));
    }

    #[rstest]
    #[case("8.8.8.8")]
    #[case("172.32.0.1")]
    #[case("100.128.0.1")]
    #[case("2606:4700::1111")]
    #[case("64:ff9b::8.8.8.8")]
    #[case("::ffff:8.8.8.8")]
    fn open_addresses(#[case] address: &str) {
        assert_eq!(check(&[], "host", address.parse().unwrap(), 443), Ok(()));
    }

    #[rstest]
    #[case::network("10.0.0.0/8", "x", "10.1.2.3", 443, true)]
    #[case::other_network("10.0.0.0/8", "x", "192.168.0.1", 443, false)]
    #[case::address_and_port("127.0.0.1:9000", "x", "127.0.0.1", 9000, true)]
    #[case::other_port("127.0.0.1:9000", "x", "127.0.0.1", 9001, false)]
    #[case::mapped("127.0.0.1", "x", "::ffff:127.0.0.1", 1, true)]
    #[case::bare_v6("::1", "x", "::1", 1, true)]
    #[case::v6_and_port("[::1]:80", "x", "::1", 80, true)]
    #[case::v6_network_and_port("[fd00::/8]:80", "x", "fd12::1", 81, false)]
    #[case::host("Siem.Internal", "siem.internal.", "10.0.0.1", 443, true)]
    #[case::host_and_port("siem.internal:8443", "siem.internal", "10.0.0.1", 443, false)]
    #[case::other_host("siem.internal", "other.internal", "10.0.0.1", 443, false)]
    #[case::host_never_opens_metadata("siem.internal", "siem.internal", "169.254.169.254", 80, false)]
    #[case::address_opens_metadata("169.254.169.254", "x", "169.254.169.254", 80, true)]
    fn rules(
        #[case] rule: &str,
        #[case] host: &str,
        #[case] address: &str,
        #[case] port: u16,
        #[case] open: bool,
    ) {
        let rule: AllowRule = rule.parse().unwrap();
        assert_eq!(check(&[rule], host, address.parse().unwrap(), port).is_ok(), open);
    }

    #[rstest]
    #[case("")]
    #[case("*.internal")]
    #[case("10.0.0.0/33")]
    #[case("10.0.0.1:http")]
    #[case("300.1.1.1")]
    #[case("[host]:80")]
    #[case("https://host")]
    #[case::empty_label("siem..internal")]
    #[case::two_dots_at_the_end("siem.internal..:443")]
    fn rules_that_are_none(#[case] text: &str) {
        assert!(text.parse::<AllowRule>().is_err());
    }

    #[test]
    fn rules_print_as_they_are_read() {
        for text in ["10.0.0.0/8", "10.0.0.0/8:443", "[fd00::/8]:443", "siem.internal:8443", "siem.internal"]
        {
            assert_eq!(text.parse::<AllowRule>().unwrap().to_string(), text);
        }
    }
}
