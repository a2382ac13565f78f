//! Saved views: filters of a page of the console that people keep, for themselves or for all.

use jiff::Timestamp;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedView {
    /// Opaque id (UUID).
    pub id: String,
    /// Who made it; that person may be gone.
    pub user_id: String,
    /// Which page it is of.
    pub page: String,
    /// What people call it; each person has a name once.
    pub name: String,
    /// The query of the page's address.
    pub search: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
    /// Whether the page opens with it for the person who asked.
    pub is_default: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// A view to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewView {
    /// Who makes it.
    pub user_id: String,
    /// Which page it is of.
    pub page: String,
    /// What it shall be called, and show.
    pub change: ViewChange,
}

/// What may become different of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewChange {
    /// What people call it.
    pub name: String,
    /// The query of the page's address.
    pub search: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
}
