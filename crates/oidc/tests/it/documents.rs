//! What a provider says of itself.

use http::StatusCode;
use oidc::{Keys, Metadata, OidcError, Reply, is_provider_url};
use rstest::rstest;
use serde_json::{Value, json};

use crate::{ISSUER, document, ok, read};

#[rstest]
#[case("https://id.example", "https://id.example/.well-known/openid-configuration")]
#[case("https://id.example/", "https://id.example/.well-known/openid-configuration")]
#[case("https://id.example/realms/a", "https://id.example/realms/a/.well-known/openid-configuration")]
fn the_document_lies_below_the_issuer(#[case] issuer: &str, #[case] url: &str) {
    assert_eq!(Metadata::request(issuer).unwrap().url.as_str(), url);
}

#[test]
fn a_small_document_is_enough() {
    let metadata = read(&document()).unwrap();
    assert_eq!(Keys::request(&metadata).url.as_str(), "https://id.example/keys");
}

#[rstest]
#[case::issuer("issuer", json!("https://id.example/"), "equal to the last character")]
#[case::no_issuer("issuer", Value::Null, "cannot be read")]
#[case::plain("token_endpoint", json!("http://id.example/token"), "`token_endpoint`")]
#[case::login("jwks_uri", json!("https://a:b@id.example/keys"), "`jwks_uri`")]
#[case::script("authorization_endpoint", json!("javascript:alert(1)"), "`authorization_endpoint`")]
#[case::userinfo("userinfo_endpoint", json!("file:///etc/passwd"), "`userinfo_endpoint`")]
#[case::no_pkce("code_challenge_methods_supported", json!(["plain"]), "PKCE")]
fn documents_are_refused(#[case] key: &str, #[case] value: Value, #[case] word: &str) {
    let mut document = document();
    document[key] = value;
    let error = read(&document).unwrap_err().to_string();
    assert!(error.contains(word), "{error}");
}

#[test]
fn what_is_no_document_says_what_it_is() {
    let reply = Reply { status: StatusCode::NOT_FOUND, body: b"<html>" };
    let error = Metadata::read(ISSUER, reply).unwrap_err();
    assert_eq!(error.to_string(), "the provider answers 404 for the discovery document");
    assert!(!error.is_transient());
    let error = Metadata::read(ISSUER, ok(b"<html>")).unwrap_err();
    assert!(
        error.to_string().starts_with("the discovery document of the provider cannot be read"),
        "{error}"
    );
    let reply = Reply { status: StatusCode::BAD_GATEWAY, body: b"" };
    assert!(Metadata::read(ISSUER, reply).unwrap_err().is_transient());
}

#[test]
fn keys_of_unknown_kinds_are_left_out() {
    let keys = json!({ "keys": [{ "kty": "new" }, { "kty": "RSA", "kid": "a", "n": "AQAB", "e": "AQAB" }] });
    Keys::read(ok(keys.to_string().as_bytes())).unwrap();
    for body in ["{}", "[]", "", r#"{"keys": 5}"#] {
        let error = Keys::read(ok(body.as_bytes())).unwrap_err();
        assert!(matches!(error, OidcError::Unreadable { .. }), "{body}: {error}");
    }
}

#[rstest]
#[case("https://id.example/x", true)]
#[case("http://localhost:9000/", true)]
#[case("http://127.0.0.1/", true)]
#[case("http://[::1]:1/", true)]
#[case("http://id.example/", false)]
#[case("http://localhost.id.example/", false)]
#[case("https://a@id.example/", false)]
#[case("ftp://id.example/", false)]
fn providers_are_asked_over_tls(#[case] url: &str, #[case] is_one: bool) {
    assert_eq!(is_provider_url(&url.parse().unwrap()), is_one);
}
