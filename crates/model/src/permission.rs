//! What a caller may do: permissions, sets of them, and the roles that every installation begins with.
//!
//! Source: `platform.md` §1. The names are the constants of the wire, of the database and of GraphQL.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident $(implies $read:ident)?,)+) => {
        /// A right that something asks for; the name of the variant is the word of the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// All permissions, in the order in which they are shown.
            pub const ALL: &'static [Permission] = &[$(Permission::$name,)+];

            /// The word used on every wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Permission::$name => stringify!($name),)+ }
            }

            /// The right that comes with this one: who may change may also look.
            pub const fn implied(self) -> Option<Permission> {
                match self {
                    $($(Permission::$name => Some(Permission::$read),)?)+
                    _ => None,
                }
            }
        }
    };
}

permissions! {
    /// List and view alerts, their events, comments and deliveries; be their assignee.
    AlertRead,
    /// Change status and assignee, comment, retry deliveries.
    AlertModify implies AlertRead,
    /// View rules of all kinds, data models, globals and packs.
    RuleRead,
    /// Make, change, delete and test rules of all kinds, data models, globals and packs.
    RuleModify implies RuleRead,
    /// View policies.
    PolicyRead,
    /// Make, change, delete, test and suppress policies.
    PolicyModify implies PolicyRead,
    /// View cloud resources and their compliance.
    ResourceRead,
    /// Remediate cloud resources.
    ResourceModify implies ResourceRead,
    /// View dashboards and metrics.
    SummaryRead,
    /// Upload detections in bulk.
    BulkUpload,
    /// Validate a bulk upload, without a change.
    BulkUploadValidate,
    /// View users and roles.
    UserRead,
    /// Make, change and delete users and roles.
    UserModify implies UserRead,
    /// View API tokens, never their values.
    OrganizationAPITokenRead,
    /// Make, change, rotate and delete API tokens.
    OrganizationAPITokenModify implies OrganizationAPITokenRead,
    /// View the settings of the installation.
    GeneralSettingsRead,
    /// Change the settings of the installation.
    GeneralSettingsModify implies GeneralSettingsRead,
    /// View cloud accounts.
    CloudsecSourceRead,
    /// Make, change and delete cloud accounts.
    CloudsecSourceModify implies CloudsecSourceRead,
    /// View log sources and schemas, and what they could not read.
    LogSourceRead,
    /// Make, change and delete log sources and schemas.
    LogSourceModify implies LogSourceRead,
    /// View raw data of log sources.
    LogSourceRawDataRead,
    /// View destinations, secrets masked.
    DestinationRead,
    /// Make, change, delete and test destinations.
    DestinationModify implies DestinationRead,
    /// Query the data lake.
    DataAnalyticsRead,
    /// Make, change and delete saved and scheduled searches.
    DataAnalyticsModify implies DataAnalyticsRead,
    /// View lookup tables.
    LookupRead,
    /// Make, change and delete lookup tables.
    LookupModify implies LookupRead,
    /// Use the functions that ask a language model.
    RunPantherAI,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no permission.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission `{0}`; permissions are words such as `AlertRead` and `RuleModify`")]
pub struct UnknownPermission(String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(word: &str) -> Result<Self, UnknownPermission> {
        let found = Permission::ALL.iter().copied().find(|permission| permission.as_str() == word);
        found.ok_or_else(|| UnknownPermission(word.to_owned()))
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(D::Error::custom)
    }
}

/// A set of permissions; whatever it holds, it also holds what that implies.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u32);

impl PermissionSet {
    /// No permission at all.
    pub const EMPTY: PermissionSet = PermissionSet(0);

    /// Every permission.
    pub fn all() -> PermissionSet {
        Permission::ALL.iter().copied().collect()
    }

    /// The same set and this permission, with what it implies.
    #[must_use]
    pub const fn with(self, permission: Permission) -> PermissionSet {
        let bits = self.0 | bit(permission);
        match permission.implied() {
            Some(read) => PermissionSet(bits | bit(read)),
            None => PermissionSet(bits),
        }
    }

    /// Whether it holds a permission.
    pub const fn holds(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// What is in this set and not in the other, in the order in which permissions are shown.
    pub fn beyond(self, other: PermissionSet) -> impl Iterator<Item = Permission> {
        PermissionSet(self.0 & !other.0).iter()
    }

    /// What it holds, in the order in which permissions are shown.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.iter().copied().filter(move |permission| self.holds(*permission))
    }
}

const fn bit(permission: Permission) -> u32 {
    1 << permission as u32
}

const _: () = assert!(Permission::ALL.len() <= 32, "one bit for each permission");

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions.into_iter().fold(PermissionSet::EMPTY, PermissionSet::with)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Permission>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// A role that every installation begins with; people may change what it permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefaultRole {
    /// Everything.
    Admin,
    /// All analysis, no settings, users or tokens.
    Analyst,
    /// Looks, and touches nothing.
    AnalystReadOnly,
}

impl DefaultRole {
    /// All of them.
    pub const ALL: [DefaultRole; 3] =
        [DefaultRole::Admin, DefaultRole::Analyst, DefaultRole::AnalystReadOnly];

    /// The name people and tokens use.
    pub fn as_str(self) -> &'static str {
        match self {
            DefaultRole::Admin => "Admin",
            DefaultRole::Analyst => "Analyst",
            DefaultRole::AnalystReadOnly => "AnalystReadOnly",
        }
    }

    /// What it permits at first. Source: `platform.md` §1.1.
    pub fn permissions(self) -> PermissionSet {
        use Permission as P;
        const LOOK: &[Permission] = &[
            P::AlertRead,
            P::RuleRead,
            P::PolicyRead,
            P::ResourceRead,
            P::SummaryRead,
            P::LogSourceRead,
            P::CloudsecSourceRead,
            P::DestinationRead,
            P::DataAnalyticsRead,
            P::LookupRead,
            P::GeneralSettingsRead,
        ];
        const WORK: &[Permission] = &[
            P::AlertModify,
            P::RuleModify,
            P::PolicyModify,
            P::ResourceModify,
            P::BulkUpload,
            P::BulkUploadValidate,
            P::LogSourceModify,
            P::CloudsecSourceModify,
            P::DestinationModify,
            P::DataAnalyticsModify,
            P::LookupModify,
            P::UserRead,
            P::RunPantherAI,
        ];
        match self {
            DefaultRole::Admin => PermissionSet::all(),
            DefaultRole::Analyst => LOOK.iter().chain(WORK).copied().collect(),
            DefaultRole::AnalystReadOnly => LOOK.iter().copied().collect(),
        }
    }
}

impl fmt::Display for DefaultRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is no default role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`; use Admin, Analyst or AnalystReadOnly")]
pub struct UnknownRole(String);

impl FromStr for DefaultRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        let found = DefaultRole::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_may_look() {
        for permission in Permission::ALL.iter().copied() {
            let name = permission.as_str();
            let read = name.strip_suffix("Modify").map(|subject| format!("{subject}Read"));
            assert_eq!(permission.implied().map(|it| it.to_string()), read, "{name}");
            let set = PermissionSet::EMPTY.with(permission);
            assert_eq!(set.iter().count(), 1 + usize::from(read.is_some()), "{name}");
            assert_eq!(name.parse(), Ok(permission));
        }
    }

    #[test]
    fn sets_are_lists_of_words_in_the_order_of_the_table() {
        let set: PermissionSet = serde_json::from_str(r#"["UserModify", "AlertRead", "AlertRead"]"#).unwrap();
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["AlertRead","UserRead","UserModify"]"#);
        let wrong = serde_json::from_str::<PermissionSet>(r#"["alertread"]"#).unwrap_err().to_string();
        assert!(wrong.contains("`alertread`"), "{wrong}");
        assert_eq!(serde_json::to_string(&PermissionSet::EMPTY).unwrap(), "[]");
    }

    #[test]
    fn each_default_role_holds_what_the_one_below_holds() {
        let [admin, analyst, looker] = DefaultRole::ALL.map(DefaultRole::permissions);
        assert_eq!((admin.iter().count(), analyst.iter().count(), looker.iter().count()), (29, 24, 11));
        assert_eq!(looker.beyond(analyst).count(), 0);
        let kept: Vec<_> = admin.beyond(analyst).map(Permission::as_str).collect();
        assert_eq!(
            kept,
            [
                "UserModify",
                "OrganizationAPITokenRead",
                "OrganizationAPITokenModify",
                "GeneralSettingsModify",
                "LogSourceRawDataRead",
            ]
        );
    }
}
