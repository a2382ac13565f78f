//! Which attributes there are, and what becomes of them.

use super::path::{AttributePath, Schema};

/// An attribute that somebody writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    UserName,
    ExternalId,
    Active,
    /// An object of names.
    Name,
    GivenName,
    FamilyName,
    Emails,
    Roles,
    /// The role of Margay's own schema.
    Role,
    /// An object of all attributes of a schema.
    Whole(Schema),
    /// Known to the schemas and not kept here.
    NotKept,
    /// Nobody outside writes it.
    ReadOnly,
}

/// Attributes of the core schema that are not kept, in small letters. Source: RFC 7643 §4.1.
const NOT_KEPT: &[&str] = &[
    "addresses",
    "displayname",
    "entitlements",
    "ims",
    "locale",
    "nickname",
    "password",
    "phonenumbers",
    "photos",
    "preferredlanguage",
    "profileurl",
    "timezone",
    "title",
    "usertype",
    "x509certificates",
];
/// Names that are not kept: `formatted` is made of those that are.
const NOT_KEPT_NAMES: &[&str] = &["formatted", "middlename", "honorificprefix", "honorificsuffix"];

/// The attribute at a path; `None` when no schema here has it.
pub(super) fn attribute_of(path: &AttributePath) -> Option<Attribute> {
    let sub = path.sub.as_deref();
    Some(match (path.schema, path.name.as_str(), sub) {
        (Schema::Core | Schema::Margay, "", _) => Attribute::Whole(path.schema),
        (Schema::Core, "username", None) => Attribute::UserName,
        (Schema::Core, "externalid", None) => Attribute::ExternalId,
        (Schema::Core, "active", None) => Attribute::Active,
        (Schema::Core, "name", None) => Attribute::Name,
        (Schema::Core, "name", Some("givenname")) => Attribute::GivenName,
        (Schema::Core, "name", Some("familyname")) => Attribute::FamilyName,
        (Schema::Core, "name", Some(name)) if NOT_KEPT_NAMES.contains(&name) => Attribute::NotKept,
        (Schema::Core, "emails", _) => Attribute::Emails,
        (Schema::Core, "roles", _) => Attribute::Roles,
        (Schema::Core, "id" | "meta" | "groups" | "schemas", _) => Attribute::ReadOnly,
        (Schema::Core, name, _) if NOT_KEPT.contains(&name) => Attribute::NotKept,
        (Schema::Margay, "role", None) => Attribute::Role,
        (Schema::Enterprise, _, _) => Attribute::NotKept,
        _ => return None,
    })
}
