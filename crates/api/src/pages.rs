//! The two pages for people until the console exists: the front page and one alert.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};

use crate::state::ApiState;

/// Nothing but this page's own inline style and script; no other origin.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Says what this server is and where things are: to people, and in a script element to programs.
///
/// Source: `api.md` §1.2.
pub(crate) async fn front_page(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    let base = state.base_url(&headers);
    let config = serde_json::json!({
        "rest": base,
        "WEB_APPLICATION_GRAPHQL_API_ENDPOINT": format!("{base}/internal/graphql"),
    });
    // Nothing in it can end the element.
    let config = config.to_string().replace('<', "\\u003c");
    page(include_str!("pages/front.html").replace("{config}", &config))
}

/// Shows one alert after a token is typed in; the token stays in the page.
pub(crate) async fn alert_page() -> Response {
    page(include_str!("pages/alert.html"))
}

fn page(text: impl Into<String>) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(text.into())).into_response()
}
