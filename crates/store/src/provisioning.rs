//! What an identity provider hands in and gets back about people that it provisions.
//!
//! Such a person is a user like any other, and has more: the name that the provider uses, the provider's own id,
//! and the number of changes so far, by which a change of what was read before is told from one of what another
//! changed meanwhile.

use jiff::Timestamp;
use model::User;

use crate::people::{NewUser, UserForm};

/// A person as an identity provider sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// The person.
    pub user: User,
    /// What a provider calls the person; `None` when none made or named it: then it is the address.
    pub user_name: Option<String>,
    /// The provider's own id; need not be unique.
    pub external_id: Option<String>,
    /// When the person was changed last, or made.
    pub updated_at: Timestamp,
    /// Grows with each change.
    pub revision: u64,
}

impl Provisioned {
    /// What the provider calls the person.
    pub fn user_name(&self) -> &str {
        self.user_name.as_deref().unwrap_or(&self.user.email)
    }
}

/// A person to be made by an identity provider, who signs in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProvisioned {
    /// Address, names and role.
    pub user: NewUser,
    /// What the provider calls the person; stays when the address changes.
    pub user_name: String,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// Whether the person may do anything at all.
    pub enabled: bool,
}

/// A change by an identity provider; `None` leaves as is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProvisionedForm {
    /// What can be changed of any user.
    pub user: UserForm,
    /// What the provider calls the person.
    pub user_name: Option<String>,
    /// The provider's own id; `Some(None)` takes it away.
    pub external_id: Option<Option<String>>,
}

/// What a listed person must be; several must all hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProvisionedTerm {
    /// Has this id.
    Id(String),
    /// Goes by this name, whatever the letter case.
    UserName(String),
    /// Has this address, whatever the letter case.
    Email(String),
    /// Has this id of the provider.
    ExternalId(String),
    /// Is enabled, or is not.
    Enabled(bool),
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// How many are left out before it.
    pub offset: u64,
    /// At most so many; 0 only counts, more than [`crate::PAGE_ITEMS_MAX`] counts as that.
    pub limit: usize,
}
