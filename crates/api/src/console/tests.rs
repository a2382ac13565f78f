//! What the console's paths answer, with files and without.

use super::*;

fn built() -> Files {
    Files::of(&[
        ("index.html", b"<!doctype html>"),
        ("index.html.gz", b"packed page"),
        ("assets/app-1a2b.js", b"run()"),
        ("assets/app-1a2b.js.br", b"packed tighter"),
        ("assets/app-1a2b.js.gz", b"packed"),
        ("margay.svg", b"<svg/>"),
    ])
}

fn get(files: &Files, path: &str, accept_encoding: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(accept_encoding).unwrap());
    serve(files, path, &headers)
}

async fn body(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn text(response: &Response, name: HeaderName) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_hashed_file_is_kept_for_ever_and_sent_as_packed_as_the_browser_takes_it() {
    for (accepts, encoding, contents) in [
        ("gzip, deflate, br", "br", "packed tighter"),
        ("gzip;q=0.8, BR;q=0", "gzip", "packed"),
        ("identity", "", "run()"),
        ("", "", "run()"),
    ] {
        let response = get(&built(), "assets/app-1a2b.js", accepts);
        assert_eq!(response.status(), 200);
        assert_eq!(text(&response, header::CACHE_CONTROL), FOR_EVER);
        assert_eq!(text(&response, header::CONTENT_ENCODING), encoding, "{accepts}");
        assert_eq!(text(&response, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        assert_eq!(text(&response, header::VARY), "Accept-Encoding");
        assert_eq!(body(response).await, contents, "{accepts}");
    }
}

#[tokio::test]
async fn every_path_without_a_file_is_the_page_and_is_never_kept() {
    for path in ["", "settings/users", "alerts/7cf7", "index.html.gz", "no/such/file.js"] {
        let response = get(&built(), path, "identity");
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(text(&response, header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(text(&response, header::CONTENT_TYPE), "text/html; charset=utf-8");
        assert_eq!(body(response).await, "<!doctype html>", "{path}");
    }
}

#[tokio::test]
async fn a_script_of_an_older_version_is_not_there_and_no_page_stands_in_for_it() {
    let response = get(&built(), "assets/app-0000.js", "br");
    assert_eq!(response.status(), 404);
    assert_eq!(text(&response, header::CACHE_CONTROL), "no-store");
}

#[test]
fn the_rules_go_with_every_answer() {
    for (files, path) in
        [(built(), ""), (built(), "assets/app-1a2b.js"), (built(), "assets/gone.js"), (Files::of(&[]), "")]
    {
        let response = get(&files, path, "br");
        let policy = text(&response, header::CONTENT_SECURITY_POLICY);
        assert_eq!(policy, CONTENT_SECURITY_POLICY, "{path}");
        assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(text(&response, header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert_eq!(text(&response, header::REFERRER_POLICY), "same-origin");
    }
}

#[tokio::test]
async fn without_a_console_it_says_how_to_build_it_and_alerts_have_their_plain_page() {
    let none = Files::of(&[]);
    assert!(body(get(&none, "", "br")).await.contains("scripts/setup-console"));
    assert!(body(get(&none, "settings/users", "br")).await.contains("scripts/setup-console"));
    assert!(!body(get(&none, "alerts/7cf7", "br")).await.contains("scripts/setup-console"));
}

#[test]
fn browsers_ask_for_pages_and_programs_do_not() {
    let wants = |accept: &str| {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        wants_page(&headers)
    };
    assert!(wants("text/html,application/xhtml+xml,*/*;q=0.8"));
    assert!(wants("application/json, text/html;q=0.1"));
    assert!(!wants("*/*") && !wants("application/json") && !wants("") && !wants("text/htmlish"));
    assert!(!wants_page(&HeaderMap::new()));
}
