//! The two pages for people until the console exists: the front page and one alert.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// Nothing but this page's own inline style and script; no other origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Says what this server is and where things are.
pub(crate) async fn front_page() -> Response {
    page(include_str!("pages/front.html"))
}

/// Shows one alert after a token is typed in; the token stays in the page.
pub(crate) async fn alert_page() -> Response {
    page(include_str!("pages/alert.html"))
}

fn page(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(text)).into_response()
}
