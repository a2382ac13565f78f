//! `/scim/v2`: identity providers make, change and disable people. SCIM 2.0, RFC 7643 and RFC 7644.
//!
//! `body` reads JSON whose keys have any letter case, `path` attribute paths and comparisons, `filter` what a list
//! is restricted to. `draft` is a person as a provider wants it; `patch` changes one step by step. What a draft
//! comes to is decided by the store, in one transaction, and only if nobody changed the person meanwhile. `view` is
//! the way out, `projection` cuts it to what was asked for, `error` gives every refusal under this path its form.
//!
//! People of a provider are people like any other: they have one role and one address, and the guards of the store
//! hold for them too.

mod attributes;
mod body;
mod condition;
mod discovery;
mod discovery_documents;
mod draft;
mod error;
mod filter;
mod patch;
mod path;
mod projection;
mod users;
mod values;
mod view;

use axum::Router;
use axum::routing::any;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use self::error::in_scim_form;
use self::error::not_supported;
use crate::state::ApiState;

/// Where all of it is.
pub(crate) const BASE: &str = "/scim/v2";
/// What is sent and answered.
pub(crate) const CONTENT_TYPE: &str = "application/scim+json";
/// Schema of people. Source: RFC 7643 §4.1.
const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Schema of what enterprises have of people. Source: RFC 7643 §4.3.
const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// Schema of what only Margay has.
const MARGAY_URN: &str = "urn:ietf:params:scim:schemas:extension:margay:2.0:User";
/// Source of the three below: RFC 7644 §3.4.2, §3.5.2, §3.12.
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The routes and their description.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(users::list_users, users::create_user))
        .routes(routes!(users::find_user, users::replace_user, users::patch_user, users::delete_user))
        .routes(routes!(discovery::list_groups))
        .routes(routes!(discovery::find_configuration))
        .routes(routes!(discovery::list_resource_types))
        .routes(routes!(discovery::find_resource_type))
        .routes(routes!(discovery::list_schemas))
        .routes(routes!(discovery::find_schema))
}

/// What RFC 7644 leaves to choice and is not there: it says so, where another path is only unknown.
pub(crate) fn unsupported() -> Router<ApiState> {
    Router::new()
        .route("/scim/v2/Me", any(not_supported))
        .route("/scim/v2/Bulk", any(not_supported))
        .route("/scim/v2/.search", any(not_supported))
        .route("/scim/v2/Users/.search", any(not_supported))
}
