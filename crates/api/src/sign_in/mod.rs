//! How people prove who they are, and that they have: passwords, second factors, sessions in cookies.
//!
//! `/internal/` is the console's private API. A browser holds one cookie, which no script can read; every request
//! that changes something carries a token beside it which only a page of this server can know.
//! Source: `platform.md` §3.1.

pub(crate) mod cookie;
pub(crate) mod links;
pub(crate) mod oidc;
pub(crate) mod passwords;
pub(crate) mod profile;
pub(crate) mod saml;
pub(crate) mod second_factor;
pub(crate) mod sessions;
pub(crate) mod settings;
pub(crate) mod single_sign_on;
mod turns;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::error::ApiError;
use crate::state::ApiState;

/// A request that no page of another site made. What browsers say of it counts; programs say nothing.
pub(crate) struct SameOrigin;

impl FromRequestParts<ApiState> for SameOrigin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        refuse_other_sites(parts, state).map(|()| SameOrigin)
    }
}

/// Refuses what a page of another site had a browser send.
pub(crate) fn refuse_other_sites(parts: &Parts, state: &ApiState) -> Result<(), ApiError> {
    let text = |name: header::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let is_other = match (text(header::HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let base = state.base_url(&parts.headers);
            let host = |url: &str| url.split_once("://").map(|(_, host)| host.to_ascii_lowercase());
            host(origin) != host(&base)
        }
        (None, None) => false,
    };
    match is_other {
        false => Ok(()),
        true => Err(ApiError::forbidden("a page of another site sent this request; open the console itself")),
    }
}
