//! Responses of an identity provider that these tests play: the genuine one, and every attack built from it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod conditions;
mod damage;
mod documents;
mod foreign;
mod genuine;
mod idp;
mod metadata;
mod requests;
mod signatures;
mod transforms;
mod wrapping;

use idp::Idp;
use saml::{Expected, IdentityProvider, ResponseError, ServiceProvider, SignedIn};

const ACS_URL: &str = "https://siem.example.com/internal/saml/okta/acs";
const ENTITY_ID: &str = "https://siem.example.com/internal/saml/okta/metadata";
const REQUEST_ID: &str = "_request-1";
/// When the responses arrive.
const NOW: &str = "2026-03-01T12:00:30Z";

fn service() -> ServiceProvider {
    ServiceProvider { entity_id: ENTITY_ID.to_owned(), acs_url: ACS_URL.to_owned() }
}

/// Reads a response as the server does that knows the metadata of `idp`.
fn read(idp: &Idp, xml: &str) -> Result<SignedIn, ResponseError> {
    read_with(&idp.provider(), xml)
}

fn read_with(provider: &IdentityProvider, xml: &str) -> Result<SignedIn, ResponseError> {
    let expected = Expected { provider, service: &service(), request_id: REQUEST_ID };
    saml::read_response(xml.as_bytes(), &expected, NOW.parse().unwrap())
}

/// One attack: its name, the document, and words of the refusal.
struct Row(&'static str, String, &'static str);

/// Every document is refused, and for the reason that the row names.
fn check_refusals(idp: &Idp, rows: Vec<Row>) {
    let mut problems = Vec::new();
    for Row(name, xml, words) in rows {
        match read(idp, &xml) {
            Ok(signed_in) => problems.push(format!("{name}: `{}` is signed in", signed_in.name_id)),
            Err(error) if !error.to_string().contains(words) => {
                problems.push(format!("{name}: refused, but not with `{words}`: {error}"));
            }
            Err(_) => {}
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Replaces a text that has to be there.
fn replace(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "`{from}` is not in `{text}`");
    text.replace(from, to)
}

/// The part of a text from `start` to and with `end`.
fn cut<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let from = text.find(start).unwrap_or_else(|| panic!("`{start}` is not in `{text}`"));
    let to = text[from..].find(end).unwrap_or_else(|| panic!("`{end}` is not after `{start}`"));
    &text[from..from + to + end.len()]
}
