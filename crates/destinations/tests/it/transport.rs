//! Signatures, certificates of one's own, and proxies.

use std::sync::Arc;

use destinations::{AllowRule, Outbound, OutboundConfig, Reason, Verdict, build};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::{Value, json};
use stdx::SystemClock;
use test_support::{Receiver, Reply};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::{outbound, outgoing, sender};

#[tokio::test]
async fn webhooks_are_signed_as_standard_webhooks_says() {
    // The known answer of the specification's reference libraries.
    let receiver = Receiver::start().await;
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let config = json!({"webhook_url": receiver.url("/"), "hmac_secret": format!("{secret} plain-secret")});
    let webhook = sender("webhook", &config);
    let mut out = outgoing();
    webhook.attempt(&outbound(), &out).await;
    out.at = "2026-03-01T11:00:00Z".parse().unwrap();
    webhook.attempt(&outbound(), &out).await;
    let requests = receiver.requests();
    let header = |index: usize, name: &str| requests[index].header(name).unwrap().to_owned();
    assert_eq!(header(0, "webhook-id"), header(1, "webhook-id"));
    assert_eq!(header(0, "webhook-timestamp"), "1772359202");
    assert_eq!(header(1, "webhook-timestamp"), "1772362800");
    for request in &requests {
        let signed = format!(
            "{}.{}.{}",
            request.header("webhook-id").unwrap(),
            request.header("webhook-timestamp").unwrap(),
            request.text()
        );
        let found: Vec<&str> = request.header("webhook-signature").unwrap().split(' ').collect();
        assert_eq!(
            found,
            [
                signature("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true, &signed),
                signature("plain-secret", false, &signed)
            ]
        );
    }
}

/// Computed by the machine's `openssl`, not by the code that is tested.
fn signature(key: &str, is_base64: bool, signed: &str) -> String {
    let script = "import base64,hashlib,hmac,sys\nk=sys.argv[1]\nk=base64.b64decode(k) if sys.argv[2]=='1' else k.encode()\nprint('v1,'+base64.b64encode(hmac.new(k,sys.stdin.buffer.read(),hashlib.sha256).digest()).decode())";
    let mut child = std::process::Command::new("python3")
        .args(["-c", script, key, if is_base64 { "1" } else { "0" }])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), signed.as_bytes()).unwrap();
    drop(child.stdin.take());
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn wrong_transports_are_refused_when_they_are_saved() {
    let (certificate, key) = client_pair(&authority());
    for (config, path) in [
        (json!({"hmac_secret": "whsec_???"}), "hmac_secret"),
        (json!({"hmac_secret": "x", "headers": {"Webhook-Id": "1"}}), "headers.webhook-id"),
        (json!({"tls": {"ca": "no pem"}}), "tls.ca"),
        (json!({"tls": {"cert": &certificate}}), "tls.key"),
        (json!({"tls": {"key": &key}}), "tls.cert"),
        (json!({"tls": {"cert": certificate, "key": "no pem"}}), "tls.key"),
        (json!({"tls": {"cret": "x"}}), "tls.cret"),
        (json!({"tls": "x"}), "tls"),
        (json!({"proxy": "socks5://p.example:1080"}), "proxy"),
        (json!({"proxy": "p.example"}), "proxy"),
    ] {
        let mut whole = json!({"webhook_url": "https://h.example/"});
        whole.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
        let error = build("webhook", &whole).unwrap_err();
        assert_eq!(error.path, path, "{}", error.message);
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn client_pair(authority: &CertifiedIssuer<'static, KeyPair>) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["client.example".to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

/// A TLS server on loopback that asks for a client certificate and answers 200.
async fn tls_server(authority: &CertifiedIssuer<'static, KeyPair>) -> u16 {
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    tls_server_with(authority, params).await
}

/// The same with a certificate as wanted.
async fn tls_server_with(authority: &CertifiedIssuer<'static, KeyPair>, params: CertificateParams) -> u16 {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.der().to_vec())).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut buffer = vec![0; 16 * 1024];
            // The request fits into what one read gives or not; the answer does not depend on it.
            if stream.read(&mut buffer).await.is_ok() {
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                    .await
                    .ok();
                stream.shutdown().await.ok();
            }
        }
    });
    port
}

#[tokio::test]
async fn own_authority_and_client_certificate_are_used() {
    let authority = authority();
    let port = tls_server(&authority).await;
    let (cert, key) = client_pair(&authority);
    let url = format!("https://127.0.0.1:{port}/");
    let attempt = |tls: Value| {
        let mut config = json!({"webhook_url": url});
        if !tls.is_null() {
            config["tls"] = tls;
        }
        async move { sender("webhook", &config).attempt(&outbound(), &outgoing()).await }
    };
    let ca = authority.pem();
    let whole = attempt(json!({"ca": ca, "cert": cert, "key": key})).await;
    assert_eq!(whole.verdict, Verdict::delivered(), "{}", whole.message);
    let unknown_authority = attempt(Value::Null).await;
    assert_eq!(unknown_authority.verdict, Verdict::Retry { reason: Reason::Network, after: None });
    assert!(unknown_authority.message.contains("certificate"), "{}", unknown_authority.message);
    let without_certificate = attempt(json!({"ca": ca})).await;
    assert!(matches!(without_certificate.verdict, Verdict::Retry { .. }), "{without_certificate:?}");
}

/// A proxy on loopback that tunnels to one address and remembers what it was asked for.
async fn proxy(target: std::net::SocketAddr, refuses: bool) -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(std::sync::Mutex::new(Vec::new()));
    let heads = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match client.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            heads.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
            if refuses {
                client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.ok();
                continue;
            }
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.ok();
            let mut server = TcpStream::connect(target).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut server).await.ok() });
        }
    });
    (port, asked)
}

#[tokio::test]
async fn a_proxy_is_asked_for_a_tunnel() {
    let receiver = Receiver::start().await;
    let (port, asked) = proxy(receiver.address(), false).await;
    let config = json!({
        "webhook_url": "http://hooks.example:8123/in", "proxy": format!("http://ada:p%40ss@127.0.0.1:{port}"),
    });
    let attempt = sender("webhook", &config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::delivered(), "{}", attempt.message);
    assert_eq!(receiver.requests()[0].header("host"), Some("hooks.example:8123"));
    let head = asked.lock().unwrap()[0].to_lowercase();
    assert!(head.starts_with("connect hooks.example:8123 "), "{head}");
    assert!(head.contains("proxy-authorization: basic ywrhonbac3m="), "{head}");
}

#[tokio::test]
async fn a_proxy_opens_no_inner_address_and_is_guarded_itself() {
    let receiver = Receiver::start().await;
    let (port, asked) = proxy(receiver.address(), false).await;
    for target in
        ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://localhost:1/", "http://[::1]/"]
    {
        let config = json!({"webhook_url": target, "proxy": format!("http://127.0.0.1:{port}")});
        let allow: Vec<AllowRule> = vec![format!("127.0.0.1:{port}").parse().unwrap()];
        let net = Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::new(SystemClock));
        let attempt = sender("webhook", &config).attempt(&net, &outgoing()).await;
        assert_eq!(
            attempt.verdict,
            Verdict::GiveUp { reason: Reason::BlockedAddress },
            "{}",
            attempt.message
        );
    }
    let config = json!({"webhook_url": "http://hooks.example/", "proxy": format!("http://127.0.0.1:{port}")});
    let net = Outbound::new(OutboundConfig::default(), Arc::new(SystemClock));
    let attempt = sender("webhook", &config).attempt(&net, &outgoing()).await;
    assert_eq!(attempt.verdict, Verdict::GiveUp { reason: Reason::BlockedAddress }, "{}", attempt.message);
    assert!(asked.lock().unwrap().is_empty());
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn a_proxy_that_says_no_is_temporary_and_gives_nothing_away() {
    let receiver = Receiver::start().await;
    receiver.always(Reply::ok());
    let (port, _) = proxy(receiver.address(), true).await;
    let config = json!({"webhook_url": "http://hooks.example/", "proxy": format!("http://ada:s3cret@127.0.0.1:{port}")});
    let attempt = sender("webhook", &config).attempt(&outbound(), &outgoing()).await;
    assert_eq!(
        attempt.verdict,
        Verdict::Retry { reason: Reason::Network, after: None },
        "{}",
        attempt.message
    );
    assert!(attempt.message.contains("proxy") && !attempt.message.contains("s3cret"), "{}", attempt.message);
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_with_what_to_do() {
    let authority = authority();
    let (certificate, key) = client_pair(&authority);
    let params = |name: &str| CertificateParams::new(vec![name.to_owned()]).unwrap();
    let mut expired = params("127.0.0.1");
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut early = params("127.0.0.1");
    early.not_before = rcgen::date_time_ymd(2999, 1, 1);
    let mut client_params = params("client.example");
    client_params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let old_key = KeyPair::generate().unwrap();
    let old = client_params.signed_by(&old_key, &authority).unwrap().pem();
    let own = json!({"ca": authority.pem(), "cert": &certificate, "key": &key});
    let with_old = json!({"ca": authority.pem(), "cert": old, "key": old_key.serialize_pem()});
    let stranger = json!({"cert": &certificate, "key": &key});
    let no_own = json!({"ca": authority.pem()});
    for (server, tls, cause, remedy) in [
        (expired, &own, "xpired", "have it renewed there"),
        (early, &own, "alid", "check the clocks of both machines"),
        (params("other.example"), &own, "not valid for", "correct the address"),
        (params("127.0.0.1"), &stranger, "UnknownIssuer", "give its authority as `tls.ca`"),
        (params("127.0.0.1"), &with_old, "xpired", "give a new `tls.cert` and `tls.key`"),
        (params("127.0.0.1"), &no_own, "ertificate", "give one as `tls.cert` and `tls.key`"),
    ] {
        let port = tls_server_with(&authority, server).await;
        let config = json!({"webhook_url": format!("https://127.0.0.1:{port}/"), "tls": tls});
        let attempt = sender("webhook", &config).attempt(&outbound(), &outgoing()).await;
        let expected = Verdict::Retry { reason: Reason::Network, after: None };
        assert_eq!(attempt.verdict, expected, "{}", attempt.message);
        assert!(attempt.message.contains(cause), "{cause}: {}", attempt.message);
        assert!(attempt.message.contains(remedy), "{remedy}: {}", attempt.message);
    }
}
