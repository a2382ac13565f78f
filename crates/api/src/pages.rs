//! The pages that need no console: the front page; and where the console is not built, one alert and signing in
//! through a provider.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};

use crate::params::Query;
use crate::sign_in::single_sign_on::refusal::Why;
use crate::sign_in::single_sign_on::return_to;
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
pub(crate) fn alert_page() -> Response {
    page(include_str!("pages/alert.html"))
}

/// Lists the identity providers, and says why the last attempt failed.
pub(crate) fn sign_in_page(state: &ApiState, query: &Query) -> Response {
    let settings = state.sign_in.load();
    let ways: Vec<(String, &str)> =
        settings.ways().map(|way| (way.path, way.provider.label.as_str())).collect();
    let why = Why::of(query.one("error").unwrap_or_default());
    page(sign_in_text(why, query.one("return_to").and_then(return_to::page_of), &ways))
}

/// The page's text. Words that are not ours say nothing: nobody has this page say something by a link.
fn sign_in_text(why: Option<Why>, end: Option<&str>, ways: &[(String, &str)]) -> String {
    let error = why.map(|why| format!("<p role=\"alert\">{}</p>", why.sentence())).unwrap_or_default();
    let end = end.map(|page| {
        let query: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        format!("?return_to={query}")
    });
    let end = end.unwrap_or_default();
    let ways: String = ways
        .iter()
        .map(|(path, label)| format!("<li><a href=\"{path}{end}\">{}</a></li>\n", escaped(label)))
        .collect();
    let ways = match ways.as_str() {
        "" => "<p>No identity provider is configured.</p>".to_owned(),
        ways => format!("<ul>\n{ways}</ul>"),
    };
    include_str!("pages/sign_in.html").replace("{error}", &error).replace("{ways}", &ways)
}

/// A text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn page(text: impl Into<String>) -> Response {
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(text.into())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_page_says_what_is_ours_and_labels_are_text() {
        let ways = [("/internal/oidc/own/start".to_owned(), "The <provider>")];
        let text = sign_in_text(Why::of("cancelled"), Some("/console/alerts?a=b"), &ways);
        assert!(text.contains("called it off"), "{text}");
        assert!(
            text.contains("href=\"/internal/oidc/own/start?return_to=%2Fconsole%2Falerts%3Fa%3Db\""),
            "{text}"
        );
        assert!(text.contains(">The &lt;provider&gt;</a>"), "{text}");
        let text = sign_in_text(Why::of("<script>"), None, &[]);
        assert!(!text.contains("<script>") && !text.contains("role=\"alert\""), "{text}");
        assert!(text.contains("No identity provider is configured"), "{text}");
    }
}
