//! A page that sends the provider's answer once more, from this server itself.
//!
//! The answer comes in a form that a page of the provider posts. With such a request from another site browsers send
//! no cookie that is `SameSite=Lax`, and with one that is not, they would send it for everybody. So the answer goes
//! back into a form on a page of ours: when the browser posts that, the request comes from this site, and the cookie
//! of the sign-in that was begun here comes with it. Nothing is kept on the way, and it works without TLS as well.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::form::{AGAIN, RESPONSE};

/// Sends the form without a click.
const SCRIPT: &str = "document.forms[0].submit();";

/// Nothing but this script, and this form to this server.
static CONTENT_SECURITY_POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; script-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'"
    )
});

/// The page. The answer is base64 and nothing else.
pub(super) fn page(answer: &str) -> Response {
    let text = include_str!("again.html")
        .replace("{response}", RESPONSE)
        .replace("{again}", AGAIN)
        .replace("{script}", SCRIPT)
        .replace("{answer}", answer);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY.as_str()),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (headers, Html(text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_page_holds_the_answer_and_one_script() {
        let response = page("PHNhbWxwOlJlc3BvbnNlPg==");
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        let body = String::from_utf8(body.to_vec()).unwrap();
        assert!(body.contains("name=\"SAMLResponse\" value=\"PHNhbWxwOlJlc3BvbnNlPg==\""), "{body}");
        let script = body.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        let digest = STANDARD.encode(Sha256::digest(script));
        assert!(policy.contains(&format!("script-src 'sha256-{digest}'")), "{policy}");
        assert!(!body.contains('{'), "a place was not filled in: {body}");
    }
}
