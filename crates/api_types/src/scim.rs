//! People as identity providers provision them: the shapes of SCIM 2.0, RFC 7643 and RFC 7644.
//!
//! What comes in is read by hand, because its keys may be written in any letter case and its values in several ways;
//! the forms here describe it.

use serde::Serialize;
use utoipa::ToSchema;

/// One person; with `attributes` or `excludedAttributes` of the query only a part.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimUser {
    /// URNs of the schemas below.
    pub schemas: Vec<String>,
    /// The id here.
    pub id: String,
    /// The provider's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// What the provider calls the person.
    #[schema(required = false)]
    pub user_name: String,
    /// First and last name.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<ScimName>,
    /// Both names, or the address when there is none; read-only.
    #[schema(required = false)]
    pub display_name: String,
    /// The one address.
    #[schema(required = false)]
    pub emails: Vec<ScimEmail>,
    /// Whether the person may do anything at all.
    #[schema(required = false)]
    pub active: bool,
    /// The one role, by name.
    #[schema(required = false)]
    pub roles: Vec<ScimRole>,
    /// What only Margay has.
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:margay:2.0:User")]
    #[schema(required = false)]
    pub extension: ScimExtension,
    /// When it was made and changed, and where it is.
    #[schema(required = false)]
    pub meta: ScimMeta,
}

/// A person as a provider writes it. Other attributes of the schemas are taken and not kept; the header
/// `X-Ignored-Attributes` of the answer names them.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimUserForm {
    /// URNs of schemas; may be absent.
    pub schemas: Option<Vec<String>>,
    /// The provider's own id.
    #[schema(max_length = 255)]
    pub external_id: Option<String>,
    /// What the provider calls the person; the address too when `emails` is absent.
    #[schema(max_length = 255)]
    pub user_name: String,
    /// First and last name.
    pub name: Option<ScimName>,
    /// Addresses; the primary one is kept, else that of the type `work`, else the first.
    pub emails: Option<Vec<ScimEmail>>,
    /// Whether the person may do anything at all; true in the beginning.
    pub active: Option<bool>,
    /// The primary one is the role, else the first: name or id.
    pub roles: Option<Vec<ScimRole>>,
    /// What only Margay has; comes before `roles`.
    #[serde(rename = "urn:ietf:params:scim:schemas:extension:margay:2.0:User")]
    pub extension: Option<ScimExtension>,
}

/// First and last name.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimName {
    /// Both; read-only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// First name.
    #[schema(max_length = 255)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Last name.
    #[schema(max_length = 255)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
}

/// An address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScimEmail {
    /// The address.
    #[schema(max_length = 254, required = false)]
    pub value: String,
    /// `work`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Whether it is the one to use.
    pub primary: Option<bool>,
}

/// A role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScimRole {
    /// Its name; its id is understood too.
    #[schema(required = false)]
    pub value: String,
    /// Its name, as some providers send it; not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// Whether it is the one that counts, where several are sent; not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

/// What only Margay has.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScimExtension {
    /// The one role, by name; its id is understood too.
    pub role: Option<String>,
}

/// When something was made and changed, and where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimMeta {
    /// `User`.
    #[schema(required = false)]
    pub resource_type: String,
    /// When it was made.
    #[schema(required = false)]
    pub created: String,
    /// When it was changed last.
    #[schema(required = false)]
    pub last_modified: String,
    /// Where it is.
    #[schema(required = false)]
    pub location: String,
    /// Changes with each change; the header `ETag` of the answer too.
    #[schema(required = false)]
    pub version: String,
}

/// Part of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimUserList {
    /// URN of lists.
    pub schemas: Vec<String>,
    /// How many there are in all.
    pub total_results: u64,
    /// Number of the first one here, from 1.
    pub start_index: u64,
    /// How many there are here.
    pub items_per_page: u64,
    /// The people, with the attributes that were asked for.
    #[serde(rename = "Resources")]
    #[schema(value_type = Vec<ScimUser>)]
    pub resources: Vec<serde_json::Value>,
}

/// Changes of one person, all or none, in order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScimPatch {
    /// URN of changes; may be absent.
    pub schemas: Option<Vec<String>>,
    /// The changes.
    #[serde(rename = "Operations")]
    #[schema(min_items = 1, max_items = 100)]
    pub operations: Vec<ScimOperation>,
}

/// One change.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ScimOperation {
    /// `add`, `replace` or `remove`, in any letter case.
    pub op: String,
    /// The attribute, such as `name.givenName` or `emails[type eq "work"].value`; absent: `value` is an object
    /// of attributes.
    pub path: Option<String>,
    /// What it shall be.
    pub value: Option<serde_json::Value>,
}

/// Why a request was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScimError {
    /// URN of errors.
    pub schemas: Vec<String>,
    /// The status, as a text.
    pub status: String,
    /// The kind, as RFC 7644 §3.12 names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// What failed, with which value, and what to do next.
    pub detail: String,
}
