//! Where a request comes from: the peer of the connection, or what a trusted proxy says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use model::Network;

/// The address of the caller; `None` when nothing trustworthy tells it.
///
/// `X-Forwarded-For` is a list to which each proxy appends who spoke to it. It is read from the end, and only
/// as far as it was written by a trusted proxy: whatever stands before that, anybody may have sent.
pub(crate) fn client_address(parts: &Parts, trusted: &[Network]) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut address = peer.ip().to_canonical();
    let lines: Vec<_> = parts.headers.get_all("x-forwarded-for").iter().collect();
    for line in lines.into_iter().rev() {
        for hop in line.to_str().ok()?.rsplit(',') {
            if !is_trusted(address) {
                return Some(address);
            }
            address = read_hop(hop.trim())?;
        }
    }
    Some(address)
}

/// An address as proxies write it: with a port or without, IPv6 in brackets or without.
fn read_hop(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok();
    address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip())).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nobody_is_trusted("192.0.2.1", &["203.0.113.9"], &[], Some("192.0.2.1"))]
    #[case::no_header("10.0.0.1", &[], &["10.0.0.0/8"], Some("10.0.0.1"))]
    #[case::one_proxy("10.0.0.1", &["203.0.113.9"], &["10.0.0.0/8"], Some("203.0.113.9"))]
    #[case::peer_is_no_proxy("192.0.2.1", &["203.0.113.9"], &["10.0.0.0/8"], Some("192.0.2.1"))]
    #[case::what_the_caller_sent_himself("10.0.0.1", &["198.51.100.1, 203.0.113.9"], &["10.0.0.0/8"], Some("203.0.113.9"))]
    #[case::two_proxies("10.0.0.1", &["203.0.113.9, 10.0.0.2"], &["10.0.0.0/8"], Some("203.0.113.9"))]
    #[case::two_lines("10.0.0.1", &["203.0.113.9", "10.0.0.2"], &["10.0.0.0/8"], Some("203.0.113.9"))]
    #[case::all_trusted("10.0.0.1", &["10.0.0.3, 10.0.0.2"], &["10.0.0.0/8"], Some("10.0.0.3"))]
    #[case::no_address("10.0.0.1", &["unknown"], &["10.0.0.0/8"], None)]
    #[case::rubbish_before_is_not_read("10.0.0.1", &["rubbish, 203.0.113.9"], &["10.0.0.0/8"], Some("203.0.113.9"))]
    #[case::ports("::ffff:10.0.0.1", &["[2001:db8::1]:443"], &["10.0.0.0/8"], Some("2001:db8::1"))]
    #[case::brackets("10.0.0.1", &["[2001:db8::1]"], &["10.0.0.0/8"], Some("2001:db8::1"))]
    fn callers_are_where(
        #[case] peer: &str,
        #[case] lines: &[&str],
        #[case] trusted: &[&str],
        #[case] expected: Option<&str>,
    ) {
        let mut request = Request::builder();
        for line in lines {
            request = request.header("X-Forwarded-For", *line);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        let found = client_address(&parts, &trusted).map(|address| address.to_string());
        assert_eq!(found.as_deref(), expected);
    }
}
