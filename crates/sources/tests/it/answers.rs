//! Each answer of the contract.

use std::io::Write as _;

use axum::body::Body;
use flate2::write::GzEncoder;
use http::{Method, Request, StatusCode};
use rstest::rstest;
use serde_json::json;
use sources::Auth;

use crate::harness::{source, start};

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 3).unwrap()
}

/// Text that compresses, but not 200:1.
fn log_text() -> String {
    (0..100).map(|number| format!("{{\"user\":\"u{number}\",\"n\":{}}}\n", number * 7919)).collect()
}

#[rstest]
#[case::plain(log_text().into_bytes())]
#[case::gzip(gzip(log_text().as_bytes()))]
#[case::gzip_of_several_members([gzip(&log_text().as_bytes()[..100]), gzip(&log_text().as_bytes()[100..])].concat())]
#[case::zstd(zstd(log_text().as_bytes()))]
#[tokio::test]
async fn a_readable_body_is_kept_as_text(#[case] body: Vec<u8>) {
    let harness = start(vec![source("okta", Auth::None)]).await;
    let sent_bytes = body.len();
    let answer = harness.post("/http/okta", body).await;
    assert_eq!((answer.status, answer.json), (StatusCode::OK, json!({ "accepted": sent_bytes })));
    assert_eq!(harness.kept().await, [log_text()]);
    let batches = harness.journal.read(0, 1, 1).await.unwrap();
    assert_eq!(batches[0].source_id.as_str(), "okta");
}

#[rstest]
#[case::broken_json("{\"a\":")]
#[case::only_white_space(" \n")]
#[case::a_byte_order_mark("\u{feff}{}")]
#[case::an_escaped_nul(r#"{"a":"\u0000"}"#)]
#[tokio::test]
async fn what_does_not_parse_is_accepted(#[case] body: &'static str) {
    let harness = start(vec![source("okta", Auth::None)]).await;
    assert_eq!(harness.post("/http/okta", body).await.status, StatusCode::OK);
    assert_eq!(harness.kept().await, [body]);
}

#[rstest]
#[case::empty(vec![], 400, "is empty")]
#[case::empty_gzip(gzip(b""), 400, "is empty")]
#[case::cut_gzip(gzip(log_text().as_bytes())[..100].to_vec(), 400, "gzip but cannot be inflated: it ends early")]
#[case::cut_zstd(zstd(log_text().as_bytes())[..100].to_vec(), 400, "zstd but cannot be inflated: it ends early")]
#[case::only_the_magic(vec![0x1f, 0x8b], 400, "ends early")]
#[case::trailing_garbage([gzip(b"{}"), b"garbage".to_vec()].concat(), 400, "gzip but cannot be inflated")]
#[case::not_utf8(b"abc\xff".to_vec(), 400, "not UTF-8 from byte 3")]
#[case::not_utf8_inside(gzip(b"abc\xff"), 400, "not UTF-8 from byte 3")]
#[case::nul(b"ab\0".to_vec(), 400, "NUL byte at 2")]
#[case::utf16(b"\xff\xfe{\0}\0".to_vec(), 400, "not UTF-8")]
#[case::gzip_in_gzip(gzip(&gzip(b"{}")), 400, "not UTF-8")]
#[case::too_large(vec![b'x'; 10_001], 413, "larger than the 10000 bytes")]
#[case::gzip_bomb(gzip(&vec![b' '; 5 << 20]), 413, "200 times its size")]
#[case::zstd_bomb(zstd(&vec![b' '; 5 << 20]), 413, "200 times its size")]
#[tokio::test]
async fn what_cannot_be_kept_is_refused(#[case] body: Vec<u8>, #[case] status: u16, #[case] part: &str) {
    let harness = start(vec![source("okta", Auth::None)]).await;
    let answer = harness.post("/http/okta", body).await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.message().contains(part), "{}", answer.message());
    assert!(harness.kept().await.is_empty());
}

#[tokio::test]
async fn more_than_64_mib_inflated_is_refused_also_within_the_ratio() {
    let mut large = source("okta", Auth::None);
    large.body_bytes_max = 2 << 20;
    let harness = start(vec![large]).await;
    // 65 MiB of zeros and noise that keeps the ratio below 200.
    let mut noise = 1_u32;
    let noise: String = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        format!("{noise:08x}")
    })
    .take(100_000)
    .collect();
    let body = zstd(&[noise.as_bytes(), &vec![b' '; 65 << 20]].concat());
    assert!((65 << 20) / body.len() < 200 && body.len() < 2 << 20, "{} bytes", body.len());
    let answer = harness.post("/http/okta", body).await;
    assert_eq!(answer.status, 413);
    assert!(answer.message().contains("67108864 bytes"), "{}", answer.message());
}

#[rstest]
#[case::nobody("/http/nobody")]
#[case::no_utf8("/http/%ff")]
#[case::other_case("/http/OKTA")]
#[tokio::test]
async fn an_unknown_source_is_not_found(#[case] path: &str) {
    let harness = start(vec![source("okta", Auth::None)]).await;
    let answer = harness.post(path, "{}").await;
    assert_eq!(answer.status, 404);
    assert!(answer.message().contains("no such source"));
}

#[rstest]
#[case(Method::GET)]
#[case(Method::PUT)]
#[case(Method::DELETE)]
#[case(Method::OPTIONS)]
#[tokio::test]
async fn only_post_is_allowed(#[case] method: Method) {
    let harness = start(vec![source("okta", Auth::None)]).await;
    let request = Request::builder().method(method).uri("/http/okta").body(Body::from("{}")).unwrap();
    let answer = harness.ask(request).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.header("allow"), Some("POST"));
    assert!(answer.message().contains("POST"));
}

#[tokio::test]
async fn a_reload_replaces_the_sources() {
    let harness = start(vec![source("okta", Auth::None)]).await;
    harness.table.replace([source("github", Auth::None)]);
    assert_eq!(harness.post("/http/okta", "{}").await.status, 404);
    assert_eq!(harness.post("/http/github", "{}").await.status, 200);
}
