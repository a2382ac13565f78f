//! What a browser is sent away with, and what it brings back.

use http::StatusCode;
use oidc::{
    Answer, Client, OidcError, Question, Reply, Tokens, challenge_of, token_request, userinfo_request,
};
use rstest::rstest;
use serde_json::json;

use crate::{document, ok, read};

fn client(secret: Option<&str>) -> Client<'_> {
    Client { id: "margay", secret, redirect_uri: "https://siem.example/internal/oidc/okta/callback" }
}

#[test]
fn the_question_has_everything_that_comes_back() {
    let mut document = document();
    document["authorization_endpoint"] = json!("https://id.example/authorize?tenant=a");
    let scopes = ["openid".to_owned(), "email".to_owned()];
    let question = Question { client: client(None), scopes: &scopes, state: "s", nonce: "n", challenge: "c" };
    let url = question.url(&read(&document).unwrap());
    assert_eq!(
        url.as_str(),
        "https://id.example/authorize?tenant=a&response_type=code&client_id=margay\
         &redirect_uri=https%3A%2F%2Fsiem.example%2Finternal%2Foidc%2Fokta%2Fcallback&scope=openid+email\
         &state=s&nonce=n&code_challenge=c&code_challenge_method=S256"
    );
}

#[test]
fn the_challenge_is_the_one_of_the_rfc() {
    // Source: RFC 7636, appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(challenge_of(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[rstest]
#[case::good("code=a&state=s", Ok("a"))]
#[case::with_issuer("code=a&iss=https%3A%2F%2Fid.example", Ok("a"))]
#[case::encoded("code=a%2Bb+c", Ok("a+b c"))]
#[case::no_code("state=s", Err("the answer lacks `code`"))]
#[case::empty_code("code=&state=s", Err("the answer lacks `code`"))]
#[case::mixed_up(
    "code=a&iss=https%3A%2F%2Fother.example",
    Err("the answer is of `https://other.example` and not of the provider that was asked")
)]
#[case::twice("code=a&code=b", Err("the answer of the provider cannot be read: `code` is there twice"))]
#[case::state_twice(
    "code=a&state=a&state=b",
    Err("the answer of the provider cannot be read: `state` is there twice")
)]
#[case::refused(
    "error=access_denied&error_description=no%0away",
    Err("the provider refused: `access_denied`: no way")
)]
#[case::refused_with_code("code=a&error=server_error", Err("the provider refused: `server_error`"))]
fn answers_are_looked_at(#[case] query: &str, #[case] code: Result<&str, &str>) {
    let metadata = read(&document()).unwrap();
    let answer = Answer::read(query);
    let found = answer.code(&metadata).map_err(|error| error.to_string());
    assert_eq!(found.as_deref().map_err(String::as_str), code);
}

#[test]
fn a_provider_that_names_itself_always_does() {
    let mut document = document();
    document["authorization_response_iss_parameter_supported"] = json!(true);
    let error = Answer::read("code=a").code(&read(&document).unwrap()).unwrap_err();
    assert_eq!(error, OidcError::Lacks { name: "iss" });
}

#[rstest]
#[case("access_denied", true, false)]
#[case("login_required", true, false)]
#[case("temporarily_unavailable", false, true)]
#[case("invalid_scope", false, false)]
fn refusals_are_of_kinds(#[case] code: &str, #[case] is_cancelled: bool, #[case] is_transient: bool) {
    let error = Answer::read(&format!("error={code}")).code(&read(&document()).unwrap()).unwrap_err();
    assert_eq!((error.is_cancelled(), error.is_transient()), (is_cancelled, is_transient));
}

#[test]
fn what_a_provider_says_is_repeated_on_one_line_and_not_at_length() {
    let query = format!("error=x&error_description={}%0d%0aSet-Cookie", "y".repeat(1_000));
    let text = Answer::read(&query).code(&read(&document()).unwrap()).unwrap_err().to_string();
    assert!(text.chars().count() < 300 && !text.contains(char::is_control), "{text}");
}

#[test]
fn a_secret_goes_where_the_provider_takes_it() {
    let mut document = document();
    let request = token_request(&read(&document).unwrap(), client(Some("s:/ +")), "a&b", "v");
    // `margay` and the secret, each form-encoded, joined by a colon.
    assert_eq!(request.authorization.as_deref(), Some("Basic bWFyZ2F5OnMlM0ElMkYrJTJC"));
    let form = "grant_type=authorization_code&code=a%26b\
                &redirect_uri=https%3A%2F%2Fsiem.example%2Finternal%2Foidc%2Fokta%2Fcallback&code_verifier=v";
    assert_eq!(request.form.as_deref(), Some(form));
    assert_eq!(format!("{request:?}"), "Request(id.example)");

    document["token_endpoint_auth_methods_supported"] = json!(["client_secret_post", "private_key_jwt"]);
    let request = token_request(&read(&document).unwrap(), client(Some("s:/ +")), "a&b", "v");
    assert_eq!(request.authorization, None);
    assert_eq!(request.form, Some(format!("{form}&client_id=margay&client_secret=s%3A%2F+%2B")));

    document["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
    let request = token_request(&read(&document).unwrap(), client(None), "a&b", "v");
    assert_eq!((request.authorization, request.form), (None, Some(format!("{form}&client_id=margay"))));
}

#[test]
fn a_refused_code_says_why() {
    let body = br#"{"error": "invalid_grant", "error_description": "code is used"}"#;
    let error = Tokens::read(Reply { status: StatusCode::BAD_REQUEST, body }).err().unwrap();
    assert_eq!(error.to_string(), "the provider refused: `invalid_grant`: code is used");
    let error = Tokens::read(Reply { status: StatusCode::INTERNAL_SERVER_ERROR, body }).err().unwrap();
    assert_eq!(
        error.to_string(),
        "the provider answers 500 for the answer of the token endpoint: code is used"
    );
}

#[test]
fn more_is_asked_for_where_there_is_more() {
    let mut document = document();
    let tokens = |text: &str| Tokens::read(ok(text.as_bytes())).unwrap();
    assert!(userinfo_request(&read(&document).unwrap(), &tokens(r#"{"access_token": "a"}"#)).is_none());
    document["userinfo_endpoint"] = json!("https://id.example/userinfo");
    let metadata = read(&document).unwrap();
    let request = userinfo_request(&metadata, &tokens(r#"{"access_token": "a"}"#)).unwrap();
    assert_eq!(request.authorization.as_deref(), Some("Bearer a"));
    assert!(userinfo_request(&metadata, &tokens(r#"{"access_token": "a\r\nb"}"#)).is_none());
    assert!(userinfo_request(&metadata, &tokens("{}")).is_none());
}
