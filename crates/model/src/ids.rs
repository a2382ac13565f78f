//! Identifiers as newtypes, so that a rule's id can never be handed over as an alert's.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps a text; what is legal is decided where the text comes in.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id! {
    /// Identifies a log source: the `id` of the configuration.
    SourceId
}
text_id! {
    /// Names a log type, such as `Okta.SystemLog`; case sensitive.
    LogType
}
text_id! {
    /// Identifies a detection: `RuleID` of its YAML.
    RuleId
}
text_id! {
    /// Identifies an alert: 32 lower-case hex digits.
    AlertId
}
text_id! {
    /// Identifies a destination; a UUID unless the configuration gives another text.
    DestinationId
}
text_id! {
    /// Identifies one delivery (alert, destination, occasion); also its idempotency key.
    DeliveryId
}
text_id! {
    /// Identifies a dedup group: 32 lower-case hex digits over detection, dedup string and error mark.
    GroupKey
}

impl AlertId {
    /// The id of the `number`-th alert of a detection and dedup string: MD5 of `detection:number:dedup`.
    ///
    /// For error alerts the caller passes the dedup string with `:error` appended, so that an error
    /// and a match can never share an id. Source: `destinations.md` §1.4.
    pub fn of(detection: &str, number: u64, dedup: &str) -> Self {
        Self(md5_hex(&[detection, ":", &number.to_string(), ":", dedup]).into())
    }

    /// The id of the `number`-th alert about a fault of the platform: MD5 of `type:component:number`.
    /// Source: `destinations.md` §1.4.
    pub fn of_system(error_type: &str, component: &str, number: u64) -> Self {
        Self(md5_hex(&[error_type, ":", component, ":", &number.to_string()]).into())
    }
}

impl GroupKey {
    /// The key of a group of matches: MD5 of `detection:dedup`, with `:error` appended for errors.
    pub fn of(detection: &str, dedup: &str, is_error: bool) -> Self {
        let suffix = if is_error { ":error" } else { "" };
        Self(md5_hex(&[detection, ":", dedup, suffix]).into())
    }
}

fn md5_hex(parts: &[&str]) -> String {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part.as_bytes());
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alert_id_is_the_md5_of_its_three_parts() {
        // `printf 'My.Rule:1:someone' | md5sum`
        assert_eq!(AlertId::of("My.Rule", 1, "someone").as_str(), "cdc33e7853081095b420a13202782bc1");
    }

    #[test]
    fn errors_have_a_group_of_their_own() {
        assert_ne!(GroupKey::of("R", "KeyError", false), GroupKey::of("R", "KeyError", true));
    }
}
