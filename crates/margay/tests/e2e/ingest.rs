//! The door: what it lets in, what it refuses, and what becomes of records that cannot be read.

use std::io::Write;

use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::Sha256;

use crate::harness::{Answer, Server, Site, okta_event, text, wait_until};

const CONFIG: &str = r#"
sources:
  - { id: okta, type: http, log_types: [Okta.SystemLog] }
  - { id: large, type: http, log_types: [Okta.SystemLog], body_max: 20MB }
  - { id: basic, type: http, log_types: [Okta.SystemLog], auth: { type: basic, username: okta, password: "pass:word" } }
  - { id: bearer, type: http, log_types: [Okta.SystemLog], auth: { type: bearer, token: bearer-token } }
  - { id: shared, type: http, log_types: [Okta.SystemLog], auth: { type: shared_secret, header: X-Secret, secret: shared-secret } }
  - { id: signed, type: http, log_types: [Okta.SystemLog], auth: { type: hmac, header: X-Signature, secret: hmac-secret, algorithm: sha256 } }
  - { id: signed-sha1, type: http, log_types: [Okta.SystemLog], auth: { type: hmac, header: X-Signature, secret: hmac-secret, algorithm: sha1 } }
"#;

/// One event as a line.
fn line(uuid: &str) -> String {
    okta_event(uuid, "user@example.com", "LOCKED OUT").to_string()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn site() -> Site {
    let site = Site::new(CONFIG);
    site.rule(
        "All",
        "",
        "def rule(event):\n    return True\ndef dedup(event):\n    return event['p_source_id']\n",
    );
    site
}

#[track_caller]
fn refused(answer: &Answer, status: u16, word: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let message = text(&answer.json()["message"]);
    assert!(message.contains(word), "`{message}` does not speak of `{word}`");
}

#[track_caller]
fn accepted(answer: &Answer, bytes: usize) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["accepted"].as_u64(), Some(bytes as u64));
}

#[test]
fn good_records_go_on_and_broken_ones_are_kept_with_their_reason() {
    let site = site();
    let server = site.start();
    let broken = r#"{"uuid": "2", "published":"#;
    let misfit = r#"{"uuid": "3", "eventType": "user.account.lock"}"#;
    let body = [&line("1"), broken, misfit, &line("4")].join("\n");
    accepted(&server.send("okta", &body), body.len());
    server.wait_evaluated(2);

    let failures = server.list("/log-sources/okta/failures");
    assert_eq!(failures.len(), 2, "{failures:?}");
    let of = |payload: &str| {
        let found = failures.iter().find(|failure| failure["payload"] == payload);
        found.unwrap_or_else(|| panic!("`{payload}` is not kept: {failures:?}"))
    };
    assert!(!text(&of(broken)["reason"]).is_empty());
    assert_eq!(of(misfit)["logType"], "Okta.SystemLog");
    assert!(text(&of(misfit)["reason"]).contains("Okta.SystemLog"), "{}", of(misfit));
    assert!(text(&of(misfit)["reason"]).contains("published"), "{}", of(misfit));
    assert_eq!(of(misfit)["truncated"], false);
    assert!(text(&of(misfit)["receivedAt"]).ends_with('Z'));
    assert_eq!(server.metric("margay_records_failed_total"), 2.0);
    assert_eq!(server.get("/log-sources/nowhere/failures").status, 404);
    assert!(server.list("/log-sources/large/failures").is_empty(), "each source has its own");
}

#[test]
fn bodies_that_are_no_text_or_too_large_are_refused() {
    let site = site();
    let server = site.start();
    refused(&server.send("okta", ""), 400, "empty");
    refused(&server.send("okta", [&b"{\"uuid\": \""[..], b"\xff\xfe", b"\"}"].concat()), 400, "UTF-8");
    refused(&server.send("okta", gzip(b"{\"uuid\": \"\xc3\x28\"}")), 400, "UTF-8");
    refused(&server.send("okta", "{\"uuid\": \"\0\"}"), 400, "NUL");
    refused(&server.send("okta", &gzip(line("1").as_bytes())[..20]), 400, "gzip");
    refused(&server.send("okta", [&[0x28, 0xb5, 0x2f, 0xfd][..], &[7; 40]].concat()), 400, "zstd");
    refused(&server.send("okta", gzip(&vec![b' '; 80 << 20])), 413, "inflates");
    refused(&server.send("okta", zstd::bulk::compress(&vec![b' '; 80 << 20], 3).unwrap()), 413, "inflates");
    refused(&server.send("large", gzip(&vec![b' '; 60 << 20])), 413, "inflates");
    refused(&server.send("nowhere", "{}"), 404, "no such source");
    let answer = server.request("GET", "/http/okta", &[], None);
    refused(&answer, 405, "POST");
    assert!(server.list("/log-sources/okta/failures").is_empty(), "what was refused is not kept");
}

#[test]
fn a_line_of_ten_megabytes_is_refused_or_kept_as_a_failure_but_never_lost() {
    let site = site();
    let server = site.start();
    let long_line = format!("{{\"uuid\": \"{}\"}}", "x".repeat(10_000_000));
    // Where the source allows such a body, the line is still too long for one record: kept, not lost.
    accepted(&server.send("large", &long_line), long_line.len());
    accepted(&server.send("large", line("1")), line("1").len());
    server.wait_evaluated(1);
    let failures = server.list("/log-sources/large/failures");
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0]["truncated"], true);
    assert!(text(&failures[0]["payload"]).starts_with("{\"uuid\": \"xxx"));
    // The sender writes the whole body before it reads the answer, as most clients do.
    refused(&server.send("okta", &long_line), 413, "1000000 bytes");
    assert!(server.list("/log-sources/okta/failures").is_empty(), "what was refused is not kept");
}

#[test]
fn gzip_and_zstd_bodies_are_inflated_whatever_the_headers_say() {
    let site = site();
    let server = site.start();
    let two = format!("{}\n{}\n", line("1"), line("2"));
    let packed = gzip(two.as_bytes());
    accepted(&server.send("okta", &packed), packed.len());
    let members = [gzip(format!("{}\n", line("3")).as_bytes()), gzip(line("4").as_bytes())].concat();
    accepted(&server.send("okta", &members), members.len());
    let packed = zstd::bulk::compress(two.as_bytes(), 3).unwrap();
    let headers = [("Content-Encoding", "zstd"), ("Content-Type", "application/octet-stream")];
    let answer = server.request("POST", "/http/okta", &headers, Some(&packed));
    accepted(&answer, packed.len());
    server.wait_evaluated(6);
    assert!(server.list("/log-sources/okta/failures").is_empty());
}

#[test]
fn a_full_journal_answers_503_loses_nothing_and_is_told() {
    let site = Site::new(&format!("journal: {{ size_max: 1MiB }}\n{CONFIG}"));
    // Each event takes a while, so that the journal fills faster than it is worked off.
    site.rule("Slow", "", "import time\ndef rule(event):\n    time.sleep(0.1)\n    return True\ndef dedup(event):\n    return 'all'\n");
    let server = site.start();
    let event = okta_event("1", "user@example.com", &"LOCKED OUT ".repeat(1000)).to_string();
    let body = vec![event; 10].join("\n");
    let mut sent = 0;
    let full = loop {
        let answer = server.send("okta", &body);
        if answer.status != 200 {
            break answer;
        }
        sent += 10;
        assert!(sent < 10_000, "the journal takes more than its limit");
    };
    refused(&full, 503, "journal");
    assert!(full.retry_after.unwrap().parse::<u64>().unwrap() >= 1);
    wait_until("the fault is told", || server.alerts("SYSTEM_ERROR").len() == 1);
    assert_eq!(server.alerts("SYSTEM_ERROR")[0]["systemError"]["type"], "STORAGE_FULL");
    // The senders try again, and there is room again.
    wait_until("there is room again", || server.send("okta", &body).status == 200);
    server.wait_evaluated(sent + 10);
    let alerts = server.alerts_of("ALERT", "Slow");
    assert_eq!(alerts[0]["eventCount"].as_u64(), Some(sent + 10));
    wait_until("the server is ready again", || server.request("GET", "/readyz", &[], None).status == 200);
}

/// Sends one event with this header.
fn with(server: &Server, source: &str, name: &str, value: &str) -> Answer {
    server.request("POST", &format!("/http/{source}"), &[(name, value)], Some(line("1").as_bytes()))
}

#[test]
fn each_kind_of_credentials_lets_in_who_has_them_and_nobody_else() {
    let site = site();
    let server = site.start();
    let body = line("1");
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let sha256 = |key: &[u8], body: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(body);
        hex::encode(mac.finalize().into_bytes())
    };
    let mac = Hmac::<Sha1>::new_from_slice(b"hmac-secret").unwrap().chain_update(body.as_bytes());
    let sha1 = format!("sha1={}", hex::encode(mac.finalize().into_bytes()));
    let right = sha256(b"hmac-secret", body.as_bytes());

    accepted(&server.send("okta", &body), body.len());
    for (source, header, good, bad) in [
        (
            "basic",
            "Authorization",
            format!("Basic {}", base64("okta:pass:word")),
            format!("Basic {}", base64("okta:wrong")),
        ),
        ("bearer", "Authorization", "Bearer bearer-token".to_owned(), "Bearer bearer-tokem".to_owned()),
        ("shared", "X-Secret", "shared-secret".to_owned(), "shared-secre".to_owned()),
        ("signed", "X-Signature", right.clone(), sha256(b"other-secret", body.as_bytes())),
        ("signed", "X-Signature", format!("sha256={right}"), sha256(b"hmac-secret", b"another body")),
        ("signed-sha1", "X-Signature", sha1, right.clone()),
    ] {
        accepted(&with(&server, source, header, &good), body.len());
        refused(&with(&server, source, header, &bad), 401, "wrong");
        refused(&server.send(source, &body), 401, "missing");
    }
    // A signature is over the bytes as sent, compressed or not.
    let packed = gzip(body.as_bytes());
    let signature = sha256(b"hmac-secret", &packed);
    let answer = server.request("POST", "/http/signed", &[("X-Signature", &signature)], Some(&packed));
    accepted(&answer, packed.len());
    let answer = server.request("POST", "/http/signed", &[("X-Signature", &right)], Some(&packed));
    refused(&answer, 401, "signature");
    server.wait_evaluated(8);

    let log = site.log();
    for secret in ["pass:word", "bearer-token", "shared-secret", "hmac-secret", &right] {
        assert!(!log.contains(secret), "the log holds `{secret}`");
    }
}
