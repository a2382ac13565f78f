//! What the description says of every route: how a caller shows its token, and the refusals that any route has.
//!
//! Handlers describe what is their own. What comes from the layers that all of them share is added here, so that no
//! handler can forget it: the token (`auth`), identifiers, parameters and bodies (`params`), the store (`error`),
//! what a change was made from (`revision`).

use utoipa::PartialSchema;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Required, SecurityRequirement};

use crate::scim;

/// The name of the header scheme in the description.
const HEADER_SCHEME: &str = "token";
/// The name of the bearer scheme in the description.
const BEARER_SCHEME: &str = "bearer";

/// The name of the scheme of the console in the description.
const SESSION_SCHEME: &str = "session";
/// Where the routes of the console begin; a token opens them as well as a session.
const CONSOLE: &str = "/internal/";
/// Where the routes begin that are a person's own, so that a session alone opens them.
const PERSONAL: [&str; 7] = [
    "/internal/live",
    "/internal/password",
    "/internal/people",
    "/internal/profile",
    "/internal/second-factor",
    "/internal/session",
    "/internal/views",
];

/// The status of a change of something that is not what it was made from any more.
const CHANGED_MEANWHILE: &str = "412";

/// Adds what every route has; what a route says itself stays.
pub(crate) fn complete(api: &mut OpenApi) {
    let components = api.components.get_or_insert_default();
    let header = ApiKey::Header(ApiKeyValue::with_description("X-API-Key", "The API token"));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The API token")).build();
    components.add_security_scheme(HEADER_SCHEME, SecurityScheme::ApiKey(header));
    components.add_security_scheme(BEARER_SCHEME, SecurityScheme::Http(bearer));
    let cookie =
        "The session; `__Host-margay_session` over https. What changes something needs X-CSRF-Token too";
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description("margay_session", cookie));
    components.add_security_scheme(SESSION_SCHEME, SecurityScheme::ApiKey(cookie));
    api.security = Some(vec![needs(HEADER_SCHEME), needs(BEARER_SCHEME)]);
    for (path, item) in &mut api.paths.paths {
        for operation in operations(item) {
            add_condition(path, operation);
            for parameter in operation.parameters.iter_mut().flatten() {
                // A header that is read is a condition, and none is asked of everybody.
                if let RefOr::T(header) = parameter
                    && matches!(header.parameter_in, ParameterIn::Header)
                {
                    header.required = Required::False;
                }
            }
            add_refusals(path, operation);
            if path.starts_with(CONSOLE) && operation.security.is_none() {
                operation.security = Some(opened_by(path));
            }
        }
    }
}

/// What opens a route of the console.
fn opened_by(path: &str) -> Vec<SecurityRequirement> {
    match PERSONAL.into_iter().any(|start| path.starts_with(start)) {
        true => vec![needs(SESSION_SCHEME)],
        false => vec![needs(HEADER_SCHEME), needs(BEARER_SCHEME), needs(SESSION_SCHEME)],
    }
}

fn needs(scheme: &str) -> SecurityRequirement {
    let no_scopes: [&str; 0] = [];
    SecurityRequirement::new(scheme, no_scopes)
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Whatever answers 412 reads `If-Match`. SCIM has versions of its own.
fn add_condition(path: &str, operation: &mut Operation) {
    if path.starts_with(scim::BASE) || !operation.responses.responses.contains_key(CHANGED_MEANWHILE) {
        return;
    }
    let description =
        "The `ETag` that the change was made from, or `*`; without it the change counts in any case";
    let if_match = ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(String::schema()));
    operation.parameters.get_or_insert_default().push(RefOr::T(if_match.build()));
}

fn add_refusals(path: &str, operation: &mut Operation) {
    let is_open = operation.security.is_some();
    let has_body = operation.request_body.is_some();
    let is_read = has_body || operation.parameters.as_ref().is_some_and(|list| !list.is_empty());
    for (condition, status, description) in [
        (!is_open, "401", "There is no token, or it is unknown, deleted or expired"),
        (!is_open, "403", "The token does not hold the permission, or is used from outside its networks"),
        (!is_open || is_read, "503", "The disk is full, or the database is locked or closing"),
        (is_read, "400", "An id, a parameter or the body is wrong; the message names it"),
        (has_body, "413", "The body is too large"),
    ] {
        if condition {
            let refusals = &mut operation.responses.responses;
            refusals.entry(status.to_owned()).or_insert_with(|| refusal(path, description).into());
        }
    }
}

fn refusal(path: &str, description: &str) -> Response {
    let (schema, kind) = match path.starts_with(scim::BASE) {
        true => ("ScimError", scim::CONTENT_TYPE),
        false => ("ErrorMessage", "application/json"),
    };
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(schema))).build();
    ResponseBuilder::new().description(description).content(kind, content).build()
}
