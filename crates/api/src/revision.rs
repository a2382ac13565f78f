//! Changes that are made from what somebody read: `ETag` with the answer, `If-Match` with the change (RFC 9110 §13.1.1).
//!
//! Without `If-Match` a change counts whatever happened meanwhile, as programs expect it.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Bytes of a digest that tell two revisions apart.
const DIGEST_BYTES: usize = 16;

/// What something is now, in short: equal when nobody changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision(String);

impl Revision {
    /// The revision of what a person may change of a thing; what changes by itself is left out by the caller.
    pub(crate) fn of(value: &impl Serialize) -> Revision {
        let json = serde_json::to_vec(value).unwrap_or_default();
        let digest = Sha256::digest(&json);
        Revision(digest.iter().take(DIGEST_BYTES).map(|byte| format!("{byte:02x}")).collect())
    }

    /// For answers that hold several things, each with its revision.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

/// An answer with its revision as `ETag`.
pub(crate) struct Revised<T>(pub(crate) Revision, pub(crate) T);

impl<T: Serialize> IntoResponse for Revised<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        if let Ok(value) = HeaderValue::from_str(&format!("\"{}\"", self.0.0)) {
            response.headers_mut().insert(header::ETAG, value);
        }
        response
    }
}

/// The revisions that a change was made from; every revision when the request names none.
pub(crate) struct IfMatch(Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(IfMatch(None)) };
        let text = value.to_str().map_err(|_| ApiError::bad_request("`If-Match` is no text"))?;
        Ok(IfMatch(Some(text.to_owned())))
    }
}

impl IfMatch {
    /// Whether the request names any.
    pub(crate) fn is_given(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses a change of something that is not what it was made from any more; `what` names it.
    pub(crate) fn check(&self, what: &str, now: &Revision) -> Result<(), ApiError> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let is_it = |tag: &str| tag == "*" || tag.trim_matches('"') == now.0;
        if wanted.split(',').map(str::trim).any(is_it) {
            return Ok(());
        }
        let message =
            format!("{what} was changed meanwhile; look at what it is now, then make your change again");
        Err(ApiError::new(StatusCode::PRECONDITION_FAILED, message))
    }
}

/// Whether something may be made only where there is nothing yet: `If-None-Match: *`.
pub(crate) struct IfNoneMatch(bool);

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.headers.get(header::IF_NONE_MATCH).map(HeaderValue::as_bytes) {
            None => Ok(IfNoneMatch(false)),
            Some(b"*") => Ok(IfNoneMatch(true)),
            Some(_) => {
                Err(ApiError::bad_request("`If-None-Match` takes only `*` here: there must be none yet"))
            }
        }
    }
}

impl IfNoneMatch {
    /// Whether anything that is there is in the way.
    pub(crate) fn is_any(&self) -> bool {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(text: &str) -> IfMatch {
        IfMatch(Some(text.to_owned()))
    }

    #[test]
    fn a_change_of_what_was_read_is_let_through_and_of_what_is_no_more_is_refused() {
        let (old, new) = (Revision::of(&["a"]), Revision::of(&["b"]));
        assert_ne!(old, new);
        assert_eq!(old, Revision::of(&["a"]));
        assert!(IfMatch(None).check("it", &new).is_ok());
        assert!(if_match("*").check("it", &new).is_ok());
        assert!(if_match(&format!("\"{}\"", new.0)).check("it", &new).is_ok());
        assert!(if_match(&format!("\"{}\", \"{}\"", old.0, new.0)).check("it", &new).is_ok());
        let refusal = if_match(&format!("\"{}\"", old.0)).check("the role `A`", &new).expect_err("changed");
        assert_eq!(refusal.status(), StatusCode::PRECONDITION_FAILED);
        assert!(refusal.into_message().starts_with("the role `A` was changed meanwhile"));
    }
}
