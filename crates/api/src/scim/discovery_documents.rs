//! The documents by which a client learns what this server does. Source: RFC 7643 §5 to §7.

use serde_json::{Value, json};

use super::users::COUNT_MAX;
use super::{BASE, MARGAY_URN, USER_URN};

const CONFIGURATION_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

/// What is supported.
pub(super) fn configuration(base_url: &str) -> Value {
    json!({
        "schemas": [CONFIGURATION_URN],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": COUNT_MAX },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": true },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "API token",
            "description": "An API token with the permission `UserModify`, as `Authorization: Bearer`",
            "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}{BASE}/ServiceProviderConfig"),
        },
    })
}

/// The one kind of thing.
pub(super) fn resource_type(base_url: &str) -> Value {
    json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": "User",
        "name": "User",
        "description": "People who use Margay",
        "endpoint": "/Users",
        "schema": USER_URN,
        "schemaExtensions": [{ "schema": MARGAY_URN, "required": false }],
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base_url}{BASE}/ResourceTypes/User"),
        },
    })
}

/// The schemas of people: what is kept of them, and the roles that there are now, by name.
pub(super) fn schemas(base_url: &str, roles: &[String]) -> [Value; 2] {
    let role = || Text::of("role", ROLE).one_of(roles);
    let schema = |urn: &str, name: &str, description: &str, attributes: Vec<Value>| {
        json!({
            "schemas": [SCHEMA_URN],
            "id": urn,
            "name": name,
            "description": description,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base_url}{BASE}/Schemas/{urn}") },
        })
    };
    [
        schema(USER_URN, "User", "People who use Margay", user_attributes(roles)),
        schema(MARGAY_URN, "Margay", "What only Margay has of people", vec![role().done()]),
    ]
}

const ROLE: &str = "The one role, by name or id";

fn user_attributes(roles: &[String]) -> Vec<Value> {
    let primary = || truth("primary", "Whether it is the one that counts");
    vec![
        Text::of("userName", "What the provider calls the person").required().unique().done(),
        complex(
            "name",
            false,
            "First and last name",
            &[
                Text::of("formatted", "Both names").read_only().done(),
                Text::of("givenName", "First name").done(),
                Text::of("familyName", "Last name").done(),
            ],
        ),
        Text::of("displayName", "Both names, or the address").read_only().done(),
        required(complex(
            "emails",
            true,
            "The one address; may be left out where `userName` is one",
            &[
                Text::of("value", "The address").required().done(),
                Text::of("type", "What it is for").one_of(&["work".to_owned()]).done(),
                primary(),
            ],
        )),
        truth("active", "Whether the person may do anything at all"),
        complex("roles", true, "The one role", &[Text::of("value", ROLE).one_of(roles).done()]),
    ]
}

/// An attribute that is a text.
struct Text(Value);

impl Text {
    fn of(name: &str, description: &str) -> Text {
        Text(json!({
            "name": name, "type": "string", "multiValued": false, "description": description,
            "required": false, "caseExact": false, "mutability": "readWrite", "returned": "default",
            "uniqueness": "none",
        }))
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Text {
        self.0[key] = value.into();
        self
    }

    fn required(self) -> Text {
        self.with("required", true)
    }

    fn unique(self) -> Text {
        self.with("uniqueness", "server")
    }

    fn read_only(self) -> Text {
        self.with("mutability", "readOnly")
    }

    fn one_of(self, words: &[String]) -> Text {
        self.with("canonicalValues", json!(words))
    }

    fn done(self) -> Value {
        self.0
    }
}

fn required(mut attribute: Value) -> Value {
    attribute["required"] = true.into();
    attribute
}

fn truth(name: &str, description: &str) -> Value {
    json!({
        "name": name, "type": "boolean", "multiValued": false, "description": description,
        "required": false, "mutability": "readWrite", "returned": "default",
    })
}

fn complex(name: &str, is_list: bool, description: &str, parts: &[Value]) -> Value {
    json!({
        "name": name, "type": "complex", "multiValued": is_list, "description": description,
        "required": false, "mutability": "readWrite", "returned": "default", "subAttributes": parts,
    })
}
