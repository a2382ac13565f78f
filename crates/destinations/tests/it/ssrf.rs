//! Every way that is known to reach an inner address: none connects; the same address connects when allowed.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use destinations::{AllowRule, Outbound, OutboundConfig, Reason, Resolver, Verdict, build};
use futures_util::future::BoxFuture;
use serde_json::json;
use stdx::SystemClock;
use test_support::{Receiver, Reply};

use crate::outgoing;

/// Hosts that lead inside; `PORT` is where a receiver listens on 127.0.0.1.
const HOSTS: &[&str] = &[
    // Loopback, in every spelling that a URL takes.
    "127.0.0.1",
    "127.0.0.2",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0x7F.0x0.0x0.0x1",
    "0177.0.0.1",
    "0177.1",
    "017700000001",
    "0x7f.0.0.01",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::127.0.0.1]",
    // NAT64 (both prefixes), 6to4, Teredo, and IPv4-translated.
    "[64:ff9b::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a00:1::1]",
    "[2002:c0a8:101::1]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    "[::ffff:0:127.0.0.1]",
    // Unspecified and this network.
    "0.0.0.0",
    "0",
    "0x0",
    "00.0.0.0",
    "0.1.2.3",
    "[::]",
    "[0:0:0:0:0:0:0:0]",
    "[::ffff:0.0.0.0]",
    // Private networks, edges included.
    "10.0.0.1",
    "10.255.255.255",
    "10.1",
    "167772161",
    "0xa000001",
    "012.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "172.20.10.2",
    "192.168.0.1",
    "192.168.255.255",
    "3232235521",
    "0xc0a80001",
    "0300.0250.0.1",
    "[::ffff:10.0.0.1]",
    "[::ffff:192.168.1.1]",
    "[::ffff:ac10:1]",
    "[fc00::1]",
    "[fd00::1]",
    "[fdff:ffff::1]",
    "[fec0::1]",
    // Link-local and the clouds' metadata.
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[fe80::1]",
    "[febf::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "168.63.129.16",
    "[fd20:ce::254]",
    // Carrier NAT, protocol assignments, documentation, benchmarking, relays, multicast, reserved, broadcast.
    "100.64.0.1",
    "100.127.255.255",
    "[::ffff:100.64.0.1]",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[ff02::1]",
    "[ff0e::1]",
    "[2001:db8::1]",
    "[100::1]",
    "[5f00::1]",
    "[3fff::1]",
];

fn outbound(allow: &[&str]) -> Outbound {
    let allow: Vec<AllowRule> = allow.iter().map(|rule| rule.parse().unwrap()).collect();
    Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::new(SystemClock))
}

/// Whether a delivery to the address ended without a connection: refused as a setting, or blocked.
async fn is_closed(url: &str) -> Result<(), String> {
    let sender = match build("webhook", &json!({"webhook_url": url})) {
        Ok(sender) => sender,
        Err(_) => return Ok(()),
    };
    let attempt = sender.attempt(&outbound(&[]), &outgoing()).await;
    match attempt.verdict {
        Verdict::GiveUp { reason: Reason::BlockedAddress } if attempt.status_code.is_none() => Ok(()),
        // Not every machine knows `localhost.`; then there is nothing to reach.
        Verdict::Retry { reason: Reason::Network, .. } if attempt.message.contains("does not resolve") => {
            Ok(())
        }
        verdict => Err(format!("{url}: {verdict:?} {}", attempt.message)),
    }
}

#[tokio::test]
async fn no_inner_address_is_reached() {
    assert!(HOSTS.len() >= 100, "{}", HOSTS.len());
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let mut open = Vec::new();
    for host in HOSTS {
        for scheme in ["http", "https"] {
            open.extend(is_closed(&format!("{scheme}://{host}:{port}/hook")).await.err());
        }
    }
    assert_eq!(open, [""; 0]);
    assert_eq!(receiver.connection_count(), 0);
}

#[tokio::test]
async fn no_redirect_leads_inside() {
    let outside = Receiver::start().await;
    let inside = Receiver::start().await;
    let port = inside.address().port();
    let net = outbound(&[&format!("127.0.0.1:{}", outside.address().port())]);
    let hook = json!({"webhook_url": outside.url("/hook")});
    let sender = build("webhook", &hook).unwrap();
    for host in HOSTS {
        for status in [301, 302, 303, 307, 308] {
            outside.script([
                Reply::status(status).header("location", &format!("http://{}:{port}/", ascii(host)))
            ]);
            let attempt = sender.attempt(&net, &outgoing()).await;
            assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::Redirect }, "{host}");
        }
    }
    assert_eq!(inside.connection_count(), 0);
}

/// Header values are ASCII; what is not is left out of this test.
fn ascii(host: &str) -> String {
    host.chars().filter(char::is_ascii).collect()
}

/// Gives another answer each time it is asked.
#[derive(Debug)]
struct Scripted(Mutex<VecDeque<Vec<SocketAddr>>>);

impl Scripted {
    fn new(answers: &[&[&str]], port: u16) -> Arc<Scripted> {
        let address = |host: &&str| format!("{host}:{port}").parse().unwrap();
        let answers = answers.iter().map(|answer| answer.iter().map(address).collect());
        Arc::new(Scripted(Mutex::new(answers.collect())))
    }
}

impl Resolver for Scripted {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        let answer = self.0.lock().unwrap().pop_front().expect("asked more often than the test allows");
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_only_what_was_checked() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    // 127.0.0.9 is open by a rule and nobody listens there; the receiver's own address is closed.
    let allow: Vec<AllowRule> = vec!["127.0.0.9".parse().unwrap()];
    let sender = build("webhook", &json!({"webhook_url": format!("http://flips.example:{port}/")})).unwrap();
    for (answers, expected) in [
        (vec![&["127.0.0.9"][..]], Reason::Network),
        (vec![&["127.0.0.1"][..]], Reason::BlockedAddress),
        (vec![&["127.0.0.1", "127.0.0.9"][..]], Reason::Network),
        (vec![&["127.0.0.9", "127.0.0.1"][..]], Reason::Network),
    ] {
        let resolver = Scripted::new(&answers, port);
        let config = OutboundConfig { allow: allow.clone(), resolver, ..OutboundConfig::default() };
        let net = Outbound::new(config, Arc::new(SystemClock));
        let attempt = sender.attempt(&net, &outgoing()).await;
        match attempt.verdict {
            Verdict::Retry { reason, .. } | Verdict::GiveUp { reason } => assert_eq!(reason, expected),
            Verdict::Delivered { .. } => panic!("{attempt:?}"),
        }
    }
    assert_eq!(receiver.connection_count(), 0);
}

#[tokio::test]
async fn every_new_connection_is_checked_anew() {
    let receiver = Receiver::start().await;
    let port = receiver.address().port();
    let allow = vec![format!("127.0.0.1:{port}").parse().unwrap()];
    let resolver = Scripted::new(&[&["127.0.0.1"], &["10.0.0.1"], &["169.254.169.254"]], port);
    let config = OutboundConfig { allow, resolver, ..OutboundConfig::default() };
    let net = Outbound::new(config, Arc::new(SystemClock));
    let sender = build("webhook", &json!({"webhook_url": format!("http://flips.example:{port}/")})).unwrap();
    receiver.script([Reply::ok().header("connection", "close")]);
    assert_eq!(sender.attempt(&net, &outgoing()).await.verdict, Verdict::delivered());
    for _ in 0..2 {
        let attempt = sender.attempt(&net, &outgoing()).await;
        assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::BlockedAddress });
    }
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn an_allowed_address_is_reached() {
    let receiver = Receiver::start().await;
    let sender = build("webhook", &json!({"webhook_url": receiver.url("/hook")})).unwrap();
    let attempt = sender.attempt(&outbound(&["127.0.0.1"]), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::delivered());
    assert_eq!(receiver.count(), 1);
}
