//! The protocol through its public door: documents, questions, answers, tokens.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod answers;
mod documents;
mod tokens;

use http::StatusCode;
use oidc::{Metadata, OidcError, Reply};
use serde_json::{Value, json};

/// Who vouches in these tests.
pub(crate) const ISSUER: &str = "https://id.example";

/// The document of a provider that says no more than it must.
pub(crate) fn document() -> Value {
    json!({
        "issuer": ISSUER, "authorization_endpoint": "https://id.example/authorize",
        "token_endpoint": "https://id.example/token", "jwks_uri": "https://id.example/keys",
    })
}

pub(crate) fn read(document: &Value) -> Result<Metadata, OidcError> {
    Metadata::read(ISSUER, ok(document.to_string().as_bytes()))
}

pub(crate) fn ok(body: &[u8]) -> Reply<'_> {
    Reply { status: StatusCode::OK, body }
}
