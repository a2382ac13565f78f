//! What breaks at a vendor without anybody at this end changing anything: the delivery says the cause and the
//! remedy, and the other destinations are told.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use serde_json::{Value, json};
use test_support::{Receiver, Reply};

use crate::harness::{Server, Site, allow, okta_event, text, vendor, wait_until};

/// Every destination but `ops` is named by the rule.
const RULE: &str = "def rule(event):\n    return True\n\
    def destinations(event):\n    return ['revoked', 'deleted', 'renamed', 'full', 'expired']\n";

/// What is told of one destination.
struct Told {
    cause: &'static str,
    /// What the vendor said.
    error: &'static str,
    /// What a person should do, in the delivery's message.
    remedy: &'static str,
}

fn told() -> BTreeMap<&'static str, Told> {
    BTreeMap::from([
        (
            "revoked",
            Told { cause: "unauthorized", error: "token_revoked", remedy: "give its new `bot_token`" },
        ),
        (
            "deleted",
            Told {
                cause: "configuration",
                error: "channel_not_found",
                remedy: "correct them, or make it anew there",
            },
        ),
        (
            "renamed",
            Told {
                cause: "configuration",
                error: "valid project is required",
                remedy: "correct `project_key`",
            },
        ),
        (
            "full",
            Told { cause: "unavailable", error: "Server is busy", remedy: "set a lower `delivery.rate`" },
        ),
        ("expired", Told { cause: "network", error: "xpired", remedy: "have it renewed there" }),
    ])
}

/// A TLS server whose certificate is over; its address and the authority of the certificate.
fn expired_server() -> (SocketAddr, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // The client hangs up in the middle.
            let _ended = connection.complete_io(&mut stream.unwrap());
        }
    });
    (address, authority.pem())
}

/// Five vendors, each broken in its own way, and `ops`, who is told.
fn site(vendors: &BTreeMap<&str, Receiver>, ops: &Receiver) -> Site {
    let url = |name: &str| vendors[name].url("");
    let (expired, authority) = expired_server();
    let configs = [
        (
            "revoked",
            "slack_bot",
            json!({"bot_token": "xoxb-s3cret", "channels": ["C024BE91L"], "base_url": url("revoked")}),
        ),
        ("deleted", "slack", json!({"webhook_url": vendors["deleted"].url("/s3cret")})),
        (
            "renamed",
            "jira_datacenter",
            json!({"base_url": url("renamed"), "project_key": "SEC", "personal_access_token": "s3cret"}),
        ),
        ("full", "splunk", json!({"url": url("full"), "token": "s3cret"})),
        (
            "expired",
            "webhook",
            json!({"webhook_url": format!("https://{expired}/s3cret"), "tls": {"ca": authority}}),
        ),
    ];
    let mut receivers: Vec<&Receiver> = vendors.values().collect();
    receivers.push(ops);
    let allowed = allow(&receivers).replace("[", &format!("[\"{expired}\", "));
    let mut config = format!(
        "{allowed}delivery: {{ retry: {{ attempts_max: 1 }}, rate: none }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: ops, type: webhook, config: {{ webhook_url: \"{}\" }}, alert_types: [SYSTEM_ERROR] }}
",
        ops.url("/")
    );
    for (name, kind, keys) in configs {
        config.push_str(&format!(
            "  - {{ name: {name}, type: {kind}, config: {keys}, alert_types: [RULE, SYSTEM_ERROR] }}\n"
        ));
    }
    let site = Site::new(&config);
    site.rule("Everywhere", "Severity: Critical\n", RULE);
    site
}

/// What the system errors say, by the name of the destination that they are about.
fn errors(server: &Server) -> BTreeMap<String, Value> {
    let alerts = server.alerts("SYSTEM_ERROR");
    let mut errors = BTreeMap::new();
    for alert in alerts {
        let title = text(&alert["title"]);
        let name = title.strip_prefix("Deliveries to ").unwrap().strip_suffix(" are failing").unwrap();
        let twice = errors.insert(name.to_owned(), alert);
        assert!(twice.is_none(), "{name} is told twice");
    }
    errors
}

#[test]
fn what_breaks_at_a_vendor_is_told_with_cause_and_remedy_to_the_others() {
    let vendors = BTreeMap::from(["revoked", "deleted", "renamed", "full"].map(|name| (name, vendor())));
    let json_reply = |status, body: Value| {
        Reply::status(status).header("content-type", "application/json").body(body.to_string())
    };
    vendors["revoked"].always(json_reply(200, json!({"ok": false, "error": "token_revoked"})));
    vendors["deleted"].always(Reply::status(404).body("channel_not_found"));
    vendors["renamed"].always(json_reply(400, json!({"errors": {"project": "valid project is required"}})));
    vendors["full"].always(json_reply(503, json!({"text": "Server is busy", "code": 9})));
    let ops = vendor();
    let site = site(&vendors, &ops);
    let server = site.start();
    server.send_events(&[okta_event("one", "ada@example.com", "LOCKED OUT")]);
    let told = told();

    wait_until("every failure is told", || errors(&server).len() == told.len());
    server.wait_delivered();
    let alert = server.alerts("ALERT").remove(0);
    let deliveries = server.deliveries(&alert);
    assert_eq!(deliveries.len(), told.len());
    for delivery in &deliveries {
        let name = text(&delivery["displayName"]);
        let Told { error, remedy, .. } = told[&*name];
        let attempts = delivery["attempts"].as_array().unwrap();
        assert_eq!((&delivery["state"], attempts.len()), (&json!("failed"), 1), "{name}: {delivery}");
        let message = text(&attempts[0]["message"]);
        assert!(message.contains(error) && message.contains(remedy), "{name}: {message}");
        assert!(!message.contains("s3cret"), "{name}: {message}");
    }
    for (name, alert) in errors(&server) {
        assert_eq!(alert["systemError"]["type"], "ALERT_DELIVERY");
        let mut to: Vec<String> =
            server.deliveries(&alert).iter().map(|one| text(&one["displayName"])).collect();
        to.push(name.clone());
        to.sort();
        let mut everybody: Vec<&str> = told.keys().copied().collect();
        everybody.push("ops");
        everybody.sort_unstable();
        assert_eq!(to, everybody, "all but {name} are told, itself not");
    }
    assert_eq!(ops.count(), told.len());
    for request in ops.requests() {
        let context = request.json()["alertContext"].clone();
        let Told { cause, error, remedy } = told[context["destinationName"].as_str().unwrap()];
        assert_eq!(context["cause"], cause, "{context}");
        let last = text(&context["lastError"]);
        assert!(last.contains(error) && last.contains(remedy), "{last}");
        assert!(!text(&context["remedy"]).is_empty() && !context.to_string().contains("s3cret"), "{context}");
    }
    assert!(!site.log().contains("s3cret"));
}
