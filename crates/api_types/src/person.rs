//! What people are called: all that everybody who is signed in may know of the others.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One person's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedPerson {
    /// Id of the user.
    pub id: String,
    /// Given and family name, or what stands before the `@` of the address where there is none.
    pub name: String,
    /// Whether the person may do anything at all.
    pub is_enabled: bool,
}

/// The names of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NamedPersonList {
    /// The people, by name.
    pub results: Vec<NamedPerson>,
    /// Whether there are more people than are listed (the first 5,000 are).
    pub truncated: bool,
}
