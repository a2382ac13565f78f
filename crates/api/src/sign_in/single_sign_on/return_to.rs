//! Where somebody ends after signing in: a page of the console, and nothing else.

use crate::error::ApiError;
use crate::params::Query;

/// Where people end who were nowhere before.
const START: &str = "/console/";
/// Longest page with its query.
const PAGE_BYTES_MAX: usize = 1_000;

/// `/`, `\`, `.`, `%` and control characters, as they hide in a path.
const HIDDEN: [&str; 6] = ["%2f", "%5c", "%2e", "%25", "%0", "%1"];

/// The page that `return_to` asks for, or the first one.
pub(crate) fn wanted(query: &Query) -> Result<&str, ApiError> {
    page_of(query.one("return_to").unwrap_or(START)).ok_or_else(|| {
        ApiError::bad_request("`return_to` is no page of the console; give one such as `/console/alerts`")
    })
}

/// The page of the console that a text names; `None` for everything that a browser might take for a place of somebody
/// else's.
pub(crate) fn page_of(text: &str) -> Option<&str> {
    let is_bounded = text.len() <= PAGE_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic());
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let lower = path.to_ascii_lowercase();
    // Browsers read `\` as `/`, and some proxies undo the `%` of a path before they look at it.
    let is_plain = !text.contains('\\') && !path.contains("//");
    let has_hidden = HIDDEN.iter().any(|hidden| lower.contains(hidden));
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    (is_bounded && is_plain && !has_hidden && !has_dots && path.starts_with(START)).then_some(text)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/console/")]
    #[case("/console/alerts/0123")]
    #[case("/console/rules/My%20Rule")]
    #[case("/console/alerts?severity=HIGH&q=https%3A%2F%2Fx.example%2F#events")]
    #[case("/console/search?q=//x")]
    fn pages_of_the_console_are_ends(#[case] text: &str) {
        assert_eq!(page_of(text), Some(text));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::root("/")]
    #[case::other_route("/internal/session")]
    #[case::near("/consolex/")]
    #[case::absolute("https://evil.example/console/")]
    #[case::scheme("javascript:alert(1)")]
    #[case::host("//evil.example/console/")]
    #[case::host_within("/console//evil.example")]
    #[case::backslash("/\\evil.example/console/")]
    #[case::backslashes("\\\\evil.example")]
    #[case::backslash_within("/console/\\evil.example")]
    #[case::encoded("%2f%2fevil.example")]
    #[case::encoded_within("/console/%2F%2fevil.example")]
    #[case::encoded_backslash("/console/%5cevil.example")]
    #[case::double_encoded("/console/%252f%252fevil.example")]
    #[case::dots("/console/../internal/session")]
    #[case::encoded_dots("/console/%2e%2e/internal/session")]
    #[case::encoded_line_end("/console/%0d%0aSet-Cookie")]
    #[case::line_end("/console/\r\nSet-Cookie: a=b")]
    #[case::tab("/\t/evil.example")]
    #[case::space(" /console/")]
    #[case::null("/console/\0")]
    #[case::not_ascii("/console/é")]
    fn nothing_else_is(#[case] text: &str) {
        assert_eq!(page_of(text), None);
    }

    #[test]
    fn a_page_has_a_longest_name() {
        let text = format!("/console/{}", "x".repeat(PAGE_BYTES_MAX));
        assert_eq!(page_of(&text), None);
    }
}
