//! Each way to prove who sends: right, wrong, missing.

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, Request};
use rstest::rstest;
use sha2::Sha256;
use sources::{Auth, HmacAlgorithm};

use crate::harness::{source, start};

/// Signatures of this body under the key `key`, made with another program.
const BODY: &str = "{\"a\":1}";

fn basic() -> Auth {
    Auth::Basic { username: "margay".to_owned(), password: "a:b".into() }
}

fn bearer() -> Auth {
    Auth::Bearer { token: "t0ken".into() }
}

fn shared_secret() -> Auth {
    Auth::SharedSecret { header: HeaderName::from_static("x-secret"), secret: "s3cret".into() }
}

fn hmac(algorithm: HmacAlgorithm) -> Auth {
    Auth::Hmac { header: HeaderName::from_static("x-hub-signature-256"), secret: "key".into(), algorithm }
}

#[rstest]
// margay:a:b
#[case::basic(basic(), "authorization", "Basic bWFyZ2F5OmE6Yg==", 200)]
#[case::basic_in_lower_case(basic(), "authorization", "basic bWFyZ2F5OmE6Yg==", 200)]
// margay:a, Margay:a:b, margay
#[case::basic_wrong_password(basic(), "authorization", "Basic bWFyZ2F5OmE=", 401)]
#[case::basic_wrong_user(basic(), "authorization", "Basic TWFyZ2F5OmE6Yg==", 401)]
#[case::basic_no_colon(basic(), "authorization", "Basic bWFyZ2F5", 401)]
#[case::basic_no_base64(basic(), "authorization", "Basic %%%", 401)]
#[case::basic_other_scheme(basic(), "authorization", "Bearer bWFyZ2F5OmE6Yg==", 401)]
#[case::bearer(bearer(), "authorization", "Bearer t0ken", 200)]
#[case::bearer_in_lower_case(bearer(), "authorization", "bearer  t0ken", 200)]
#[case::bearer_wrong(bearer(), "authorization", "Bearer t0ke", 401)]
#[case::bearer_bare(bearer(), "authorization", "t0ken", 401)]
#[case::bearer_elsewhere(bearer(), "x-authorization", "Bearer t0ken", 401)]
#[case::secret(shared_secret(), "X-Secret", "s3cret", 200)]
#[case::secret_wrong(shared_secret(), "x-secret", "s3cret2", 401)]
#[case::secret_empty(shared_secret(), "x-secret", "", 401)]
#[case::secret_elsewhere(shared_secret(), "authorization", "s3cret", 401)]
#[tokio::test]
async fn credentials_in_headers(
    #[case] auth: Auth,
    #[case] name: &str,
    #[case] value: &str,
    #[case] status: u16,
) {
    let harness = start(vec![source("s", auth)]).await;
    let answer = harness.post_with("/http/s", (name, value), BODY).await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(harness.kept().await.len(), usize::from(status == 200));
}

#[rstest]
#[case::sha256_wrong(
    HmacAlgorithm::Sha256,
    "5f50c5ea49d5de0be69f3e8b1d1aba58c5a5d9e2d4b9e5f26c9c1a8e2d6f5a00",
    401
)]
#[case::sha256_short(HmacAlgorithm::Sha256, "sha256=00", 401)]
#[case::no_hex(HmacAlgorithm::Sha256, "sha256=zz", 401)]
#[case::empty(HmacAlgorithm::Sha1, "", 401)]
#[case::sha256_hex(
    HmacAlgorithm::Sha256,
    "88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342",
    200
)]
#[case::sha256_prefixed(
    HmacAlgorithm::Sha256,
    "sha256=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342",
    200
)]
#[case::sha256_upper(
    HmacAlgorithm::Sha256,
    "SHA256=88A67F24BBCDAED0E6C997404BB79A743BAF44C6BAB2F4C27328E3009D22E342",
    200
)]
#[case::sha256_base64(HmacAlgorithm::Sha256, "iKZ/JLvNrtDmyZdAS7eadDuvRMa6svTCcyjjAJ0i40I=", 200)]
#[case::sha256_under_another_name(
    HmacAlgorithm::Sha256,
    "sha1=88a67f24bbcdaed0e6c997404bb79a743baf44c6bab2f4c27328e3009d22e342",
    401
)]
#[case::sha1_hex(HmacAlgorithm::Sha1, "b5557a4b8f3cc308d19eb4f69f336392a31eef7b", 200)]
#[case::sha1_prefixed(HmacAlgorithm::Sha1, "sha1=b5557a4b8f3cc308d19eb4f69f336392a31eef7b", 200)]
#[case::sha1_base64(HmacAlgorithm::Sha1, "tVV6S488wwjRnrT2nzNjkqMe73s=", 200)]
#[case::sha1_for_sha256(HmacAlgorithm::Sha256, "b5557a4b8f3cc308d19eb4f69f336392a31eef7b", 401)]
#[tokio::test]
async fn signatures(#[case] algorithm: HmacAlgorithm, #[case] value: &str, #[case] status: u16) {
    let harness = start(vec![source("s", hmac(algorithm))]).await;
    let answer = harness.post_with("/http/s", ("X-Hub-Signature-256", value), BODY).await;
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(harness.kept().await.len(), usize::from(status == 200));
}

#[tokio::test]
async fn a_signature_is_over_the_bytes_as_sent() {
    let harness = start(vec![source("s", hmac(HmacAlgorithm::Sha256))]).await;
    let sent = zstd::encode_all(BODY.as_bytes(), 3).unwrap();
    let sign = |bytes: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(b"key").unwrap().chain_update(bytes);
        hex::encode(mac.finalize().into_bytes())
    };
    for (signature, status) in [(sign(&sent), 200), (sign(BODY.as_bytes()), 401)] {
        let request = Request::post("/http/s").header("x-hub-signature-256", signature);
        let answer = harness.ask(request.body(sent.clone().into()).unwrap()).await;
        assert_eq!(answer.status, status);
    }
}

#[rstest]
#[case::basic(basic(), Some("Basic realm=\"margay\", charset=\"UTF-8\""))]
#[case::bearer(bearer(), Some("Bearer realm=\"margay\""))]
#[case::secret(shared_secret(), None)]
#[case::signature(hmac(HmacAlgorithm::Sha256), None)]
#[tokio::test]
async fn a_sender_without_credentials_is_told_which(#[case] auth: Auth, #[case] challenge: Option<&str>) {
    let harness = start(vec![source("s", auth.clone())]).await;
    let answer = harness.post("/http/s", BODY).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("www-authenticate"), challenge);
    assert!(answer.message().contains("missing or wrong"));
    for secret in ["a:b", "t0ken", "s3cret", "\"key\""] {
        assert!(!answer.message().contains(secret));
        assert!(!format!("{auth:?}").contains(secret), "{auth:?}");
    }
}

#[tokio::test]
async fn two_headers_are_as_bad_as_none() {
    let harness = start(vec![source("s", bearer())]).await;
    let request = Request::post("/http/s")
        .header("authorization", "Bearer t0ken")
        .header("authorization", "Bearer other")
        .body(BODY.into())
        .unwrap();
    assert_eq!(harness.ask(request).await.status, 401);
}

#[tokio::test]
async fn credentials_are_asked_for_before_anything_else_is_said() {
    let harness = start(vec![source("s", bearer())]).await;
    assert_eq!(harness.post("/http/s", vec![b'x'; 20_000]).await.status, 401);
    assert_eq!(harness.post("/http/s", "").await.status, 401);
}
