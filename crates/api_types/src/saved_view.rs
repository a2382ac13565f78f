//! Saved views of the console: filters of a page that people keep.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Actor;
use crate::words;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    /// UUID.
    pub id: String,
    /// Which page it is of.
    #[schema(value_type = words::ViewPage)]
    pub page: String,
    /// What people call it.
    pub name: String,
    /// The query of the page's address, without `?`.
    pub search: String,
    /// Whether everybody sees it.
    pub shared: bool,
    /// Whether the page opens with it for who asks.
    pub is_default: bool,
    /// Whether who asks may change it.
    pub may_change: bool,
    /// Who made it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
    /// For `If-Match` of a change.
    pub revision: String,
}

/// The views that a person sees, by name.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SavedViewPage {
    /// The views.
    pub results: Vec<SavedView>,
    /// Always null: all of them are one page.
    pub next: Option<String>,
}

/// A view to be made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSavedView {
    /// Which page it is of.
    #[schema(value_type = words::ViewPage)]
    pub page: String,
    /// What people call it; each person has a name once.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// The query of the page's address, without `?`; at most 2,000 characters.
    #[schema(max_length = 2000)]
    pub search: String,
    /// Whether everybody sees it.
    #[serde(default)]
    pub shared: bool,
}

/// What a view shall be from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SavedViewForm {
    /// What people call it; each person has a name once.
    #[schema(min_length = 1, max_length = 255)]
    pub name: String,
    /// The query of the page's address, without `?`; at most 2,000 characters.
    #[schema(max_length = 2000)]
    pub search: String,
    /// Whether everybody sees it.
    #[serde(default)]
    pub shared: bool,
}
