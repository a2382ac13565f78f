//! ID tokens: which hold, which do not, and what they say.

use jiff::Timestamp;
use oidc::{Claims, Expected, Keys, OidcError, Tokens, Wanted, read_userinfo, verify};
use rstest::rstest;
use serde_json::{Value, json};
use test_support::{Algorithm, Draft};

use crate::{ISSUER, document, ok, read};

const KEYS: &str = include_str!("../../../test_support/testdata/identity_provider_keys.json");
const CLIENT: &str = "margay";
const NONCE: &str = "a-nonce-that-nobody-can-guess";
/// Whole seconds: a token has no smaller ones.
const NOW: i64 = 1_772_362_800;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn draft() -> Draft {
    Draft::new(ISSUER, CLIENT, NONCE, now())
}

fn check(token: &str) -> Result<Claims, OidcError> {
    check_groups(token, "groups")
}

fn check_groups(token: &str, groups_claim: &str) -> Result<Claims, OidcError> {
    let metadata = read(&document()).unwrap();
    let keys = Keys::read(ok(KEYS.as_bytes())).unwrap();
    let tokens = json!({ "access_token": "a", "expires_in": 300, "id_token": token }).to_string();
    let tokens = Tokens::read(ok(tokens.as_bytes())).unwrap();
    let expected = Expected { client_id: CLIENT, nonce: NONCE, now: now() };
    verify(&metadata, &keys, &tokens, expected, Wanted { groups_claim })
}

#[rstest]
fn tokens_of_every_algorithm_with_a_private_key_hold(
    #[values(
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA
    )]
    algorithm: Algorithm,
) {
    let claims = check(&draft().with(algorithm).sign()).unwrap();
    assert_eq!(
        claims,
        Claims {
            subject: "1".to_owned(),
            email: Some("mira@example.com".to_owned()),
            is_email_verified: Some(true),
            given_name: Some("Mira".to_owned()),
            family_name: Some("Ode".to_owned()),
            groups: Some(vec!["everyone".to_owned(), "siem-analysts".to_owned()]),
        }
    );
}

#[rstest]
#[case::issuer("iss", json!("https://other.example"), "another issuer")]
#[case::issuer_with_slash("iss", json!("https://id.example/"), "another issuer")]
#[case::no_issuer("iss", Value::Null, "cannot be read")]
#[case::audience("aud", json!("other"), "for somebody else")]
#[case::audiences("aud", json!(["other", "another"]), "for somebody else")]
#[case::several_audiences("aud", json!(["margay", "other"]), "several audiences")]
#[case::no_audience("aud", Value::Null, "for somebody else")]
#[case::party("azp", json!("other"), "given to `other`")]
#[case::nonce("nonce", json!("another"), "`nonce`")]
#[case::no_nonce("nonce", Value::Null, "`nonce`")]
#[case::expired("exp", json!(NOW - 60), "expired 60 seconds ago")]
#[case::long_expired("exp", json!(5), "expired")]
#[case::no_expiry("exp", Value::Null, "cannot be read")]
#[case::from_the_future("iat", json!(NOW + 61), "61 seconds in the future")]
#[case::no_time("iat", Value::Null, "cannot be read")]
#[case::nobody("sub", Value::Null, "cannot be read")]
fn claims_that_do_not_hold(#[case] name: &str, #[case] value: Value, #[case] word: &str) {
    let error = check(&draft().claim(name, value).sign()).unwrap_err();
    assert!(matches!(error, OidcError::Token { .. }) && error.to_string().contains(word), "{error}");
}

#[rstest]
#[case::just_expired("exp", json!(NOW - 59))]
#[case::a_little_ahead("iat", json!(NOW + 60))]
#[case::in_a_list("aud", json!(["margay"]))]
#[case::party("azp", json!("margay"))]
#[case::word_for_true("email_verified", json!("true"))]
fn claims_that_hold(#[case] name: &str, #[case] value: Value) {
    check(&draft().claim(name, value).sign()).unwrap();
}

#[test]
fn several_audiences_need_the_party() {
    let token = draft().claim("aud", json!(["other", "margay"])).claim("azp", json!("margay")).sign();
    check(&token).unwrap();
}

#[test]
fn a_token_without_a_signature_is_nobodys_word() {
    let mut unsigned = draft();
    unsigned.header = json!({ "alg": "none" });
    for token in [format!("{}.", unsigned.message()), format!("{}.AAAA", unsigned.message())] {
        let error = check(&token).unwrap_err();
        assert!(error.to_string().contains("not signed with"), "{error}");
    }
    let text = draft().message();
    check(&text).unwrap_err();
    check(&format!("{text}.")).unwrap_err();
}

#[test]
fn a_public_key_is_no_shared_secret() {
    let pem = include_bytes!("../../../test_support/testdata/identity_provider_rsa.pem");
    let keys: Value = serde_json::from_str(KEYS).unwrap();
    let modulus = keys["keys"][0]["n"].as_str().unwrap().to_owned();
    for secret in [pem.as_slice(), modulus.as_bytes(), KEYS.as_bytes(), b"", b"a client's secret: +/%"] {
        let error = check(&draft().sign_shared(secret)).unwrap_err();
        assert!(error.to_string().contains("not signed with"), "{error}");
    }
}

#[test]
fn a_signature_of_something_else_is_none() {
    let good = draft().sign();
    let forged = draft().claim("sub", json!("2"));
    let (_, signature) = good.rsplit_once('.').unwrap();
    let error = check(&format!("{}.{signature}", forged.message())).unwrap_err();
    assert!(error.to_string().contains("signature is wrong"), "{error}");
    // The last character has bits that belong to no byte.
    for at in (0..good.len() - 1).step_by(7) {
        assert!(check(&good[..at]).is_err(), "cut at byte {at}");
        let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
        let mut changed = good.clone();
        changed.replace_range(at..=at, other);
        assert!(check(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_key_of_another_kind_does_not_fit() {
    let mut confused = draft().with(Algorithm::ES256);
    confused.header["kid"] = json!("rsa");
    assert_eq!(check(&confused.sign()).unwrap_err(), OidcError::UnknownKey);
    let mut lying = draft();
    lying.header["alg"] = json!("ES256");
    lying.header["kid"] = json!("ec");
    let error = check(&lying.sign()).unwrap_err();
    assert!(error.to_string().contains("signature is wrong"), "{error}");
}

#[test]
fn fresh_keys_may_help_against_an_unknown_one() {
    let mut draft = draft();
    draft.header["kid"] = json!("next-year");
    assert_eq!(check(&draft.sign()).unwrap_err(), OidcError::UnknownKey);
}

#[test]
fn a_token_of_another_kind_is_none() {
    for (name, value) in [("typ", json!("at+jwt")), ("crit", json!(["exp"])), ("cty", json!("JWT"))] {
        let mut draft = draft();
        draft.header[name] = value;
        let error = check(&draft.sign()).unwrap_err();
        assert!(matches!(error, OidcError::Token { .. }), "{name}: {error}");
    }
}

#[test]
fn a_token_has_a_longest_size() {
    let draft = draft().claim("groups", json!(vec!["x".repeat(100); 3_000]));
    let error = check(&draft.sign()).unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}

#[rstest]
#[case::list("groups", json!({"groups": ["a", 5, "b"]}), Some(vec!["a", "b"]))]
#[case::one("groups", json!({"groups": "a"}), Some(vec!["a"]))]
#[case::none("groups", json!({"groups": []}), Some(vec![]))]
#[case::absent("teams", json!({}), None)]
#[case::nested("realm_access.roles", json!({"realm_access": {"roles": ["a"]}}), Some(vec!["a"]))]
#[case::dotted("https://a.example/groups", json!({"https://a.example/groups": ["a"]}), Some(vec!["a"]))]
fn groups_lie_where_the_configuration_says(
    #[case] name: &str,
    #[case] more: Value,
    #[case] groups: Option<Vec<&str>>,
) {
    let mut draft = draft().claim("groups", Value::Null);
    for (name, value) in more.as_object().unwrap() {
        draft = draft.claim(name, value.clone());
    }
    let claims = check_groups(&draft.sign(), name).unwrap();
    let groups = groups.map(|groups| groups.into_iter().map(str::to_owned).collect::<Vec<_>>());
    assert_eq!(claims.groups, groups);
}

#[test]
fn too_many_groups_are_not_no_groups() {
    let draft = draft().claim("groups", Value::Null).claim("_claim_names", json!({ "groups": "src1" }));
    assert_eq!(check(&draft.sign()).unwrap_err(), OidcError::TooManyGroups);
}

#[test]
fn one_name_is_made_two() {
    let whole = draft().claim("given_name", Value::Null).claim("family_name", Value::Null);
    let claims = check(&whole.claim("name", json!("Mira van Ode")).sign()).unwrap();
    assert_eq!(
        (claims.given_name.as_deref(), claims.family_name.as_deref()),
        (Some("Mira van"), Some("Ode"))
    );
}

#[test]
fn more_about_a_person_is_about_the_same_one() {
    let wanted = Wanted { groups_claim: "groups" };
    let body = json!({ "sub": "1", "email": "mira@example.com", "email_verified": "false", "groups": ["a"] });
    let more = read_userinfo(ok(body.to_string().as_bytes()), "1", wanted).unwrap();
    assert_eq!(more.is_email_verified, Some(false));
    for subject in ["2", "", "11"] {
        let error = read_userinfo(ok(body.to_string().as_bytes()), subject, wanted).unwrap_err();
        assert_eq!(error, OidcError::OtherSubject);
    }
    let error = read_userinfo(ok(br#"{"email": "a@b.example"}"#), "1", wanted).unwrap_err();
    assert_eq!(error, OidcError::OtherSubject);

    let token = draft().claim("email", Value::Null).claim("groups", Value::Null).sign();
    let mut claims = check(&token).unwrap();
    assert!(claims.lacks(false));
    claims.complete(more.clone());
    assert_eq!((claims.email.as_deref(), claims.is_email_verified), (Some("mira@example.com"), Some(false)));
    assert_eq!(claims.groups, Some(vec!["a".to_owned()]));

    let mut claims = check(&draft().sign()).unwrap();
    assert!(!claims.lacks(true));
    claims.complete(Claims { email: Some("other@example.com".to_owned()), ..more });
    assert_eq!((claims.email.as_deref(), claims.is_email_verified), (Some("mira@example.com"), Some(true)));
}
