//! Conditions of a request on what is there: `If-Match` and `If-None-Match`. Source: RFC 7644 §3.14.

use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use store::Provisioned;

use super::error::ScimError;
use super::view::version_of;

/// Refuses with 412 when the caller read another version than what is there.
pub(super) fn require_match(headers: &HeaderMap, person: &Provisioned) -> Result<(), ScimError> {
    if !headers.contains_key(header::IF_MATCH) || names(headers, &header::IF_MATCH, person) {
        return Ok(());
    }
    let version = version_of(person);
    let detail = format!("`If-Match` does not name the version `{version}`, which is there; read it again");
    Err(ScimError::new(StatusCode::PRECONDITION_FAILED, detail))
}

/// Whether the caller has what is there already.
pub(super) fn is_known(headers: &HeaderMap, person: &Provisioned) -> bool {
    names(headers, &header::IF_NONE_MATCH, person)
}

/// Versions are weak; `W/` may be left out.
fn names(headers: &HeaderMap, name: &HeaderName, person: &Provisioned) -> bool {
    let version = version_of(person);
    let plain = version.trim_start_matches("W/");
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    let mut tags = lines.flat_map(|line| line.split(',')).map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == plain)
}
