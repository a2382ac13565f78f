//! A person on the way out: to the provider, and to the audit log.

use api_types::{ScimEmail, ScimExtension, ScimMeta, ScimName, ScimRole, ScimUser, User, wire_time};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use store::Provisioned;

use super::projection::Projection;
use super::{BASE, CONTENT_TYPE, MARGAY_URN, USER_URN};

/// Names the attributes that were given and are not kept.
const IGNORED_HEADER: &str = "x-ignored-attributes";
/// Longest list of such names, in bytes.
const IGNORED_BYTES_MAX: usize = 1_024;
/// Longest of them, in characters.
const IGNORED_CHARS_MAX: usize = 200;

/// The version of what is there, as `ETag` and `meta.version` say it.
pub(super) fn version_of(person: &Provisioned) -> String {
    format!("W/\"{}\"", person.revision)
}

/// Where a person is.
pub(super) fn location_of(person: &Provisioned, base_url: &str) -> String {
    format!("{base_url}{BASE}/Users/{}", person.user.id)
}

/// A person as the provider reads it.
pub(super) fn scim_user(person: &Provisioned, base_url: &str) -> ScimUser {
    let Provisioned { user, user_name: _, external_id, updated_at, revision: _ } = person;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let full_name = format!("{} {}", user.given_name, user.family_name);
    let full_name = full_name.trim();
    ScimUser {
        schemas: vec![USER_URN.to_owned(), MARGAY_URN.to_owned()],
        id: user.id.clone(),
        external_id: external_id.clone(),
        user_name: person.user_name().to_owned(),
        name: some(full_name).map(|full_name| ScimName {
            formatted: Some(full_name),
            given_name: some(&user.given_name),
            family_name: some(&user.family_name),
        }),
        display_name: some(full_name).unwrap_or_else(|| user.email.clone()),
        emails: vec![ScimEmail {
            value: user.email.clone(),
            kind: Some("work".to_owned()),
            primary: Some(true),
        }],
        active: user.enabled,
        roles: vec![ScimRole { value: user.role_name.clone(), display: None, primary: None }],
        extension: ScimExtension { role: Some(user.role_name.clone()) },
        meta: ScimMeta {
            resource_type: "User".to_owned(),
            created: wire_time(user.created_at),
            last_modified: wire_time(*updated_at),
            location: location_of(person, base_url),
            version: version_of(person),
        },
    }
}

/// A person as the provider asked for it.
pub(super) fn shown(person: &Provisioned, base_url: &str, projection: &Projection) -> Value {
    let whole = serde_json::to_value(scim_user(person, base_url));
    projection.of_person(whole.expect("our structures have text keys and finite numbers"))
}

/// A person as the audit log keeps it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditView {
    #[serde(flatten)]
    user: User,
    user_name: String,
    external_id: Option<String>,
}

impl From<&Provisioned> for AuditView {
    fn from(person: &Provisioned) -> Self {
        AuditView {
            user: User::from(&person.user),
            user_name: person.user_name().to_owned(),
            external_id: person.external_id.clone(),
        }
    }
}

/// An answer of this path.
pub(super) fn answer(status: StatusCode, body: &impl Serialize) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    response
}

/// Adds the version of the person that is answered.
pub(super) fn with_version(mut response: Response, person: &Provisioned) -> Response {
    if let Ok(value) = HeaderValue::from_str(&version_of(person)) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}

/// Adds the names of attributes that were given and are not kept, as many as fit.
pub(super) fn with_ignored<'a>(mut response: Response, names: impl Iterator<Item = &'a str>) -> Response {
    let mut list = String::new();
    for name in names {
        // What could not stand in a header is not written there.
        let name = name.chars().filter(|c| c.is_ascii_graphic() && *c != ',').take(IGNORED_CHARS_MAX);
        let name: String = name.collect();
        if list.len() + name.len() + 2 > IGNORED_BYTES_MAX {
            break;
        }
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(&name);
    }
    if !list.is_empty()
        && let Ok(value) = HeaderValue::from_str(&list)
    {
        response.headers_mut().insert(IGNORED_HEADER, value);
    }
    response
}
