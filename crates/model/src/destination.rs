//! What routing needs to know of a destination; how to send is known to `destinations` alone.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::{Actor, AlertType};
use crate::ids::{DestinationId, LogType};
use crate::severity::Severity;

/// The word for a kind of destination in configuration, API and links: `slack`, `webhook`, `tines`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DestinationType(pub Arc<str>);

impl fmt::Display for DestinationType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One configured destination as routing sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Destination {
    /// Opaque id.
    pub id: DestinationId,
    /// Unique name; also what `destinations()` of a rule returns.
    pub display_name: String,
    /// Which integration sends.
    pub destination_type: DestinationType,
    /// Severities of scenario 3; empty = only when named.
    pub severities: BTreeSet<Severity>,
    /// Alert types of scenario 3; empty = all but `SYSTEM_ERROR`.
    pub alert_types: BTreeSet<AlertType>,
    /// Log types of scenario 3, for rules only; empty = all.
    pub log_types: BTreeSet<LogType>,
    /// Whether a person may send an alert here by hand.
    pub manual_dispatch: bool,
    /// A disabled destination receives nothing.
    pub enabled: bool,
    /// Declared in the configuration file: read-only in API and console.
    pub provisioned: bool,
    /// For how long a person keeps it quiet, also when that time is over already.
    pub mute: Option<Mute>,
}

impl Destination {
    /// The end of its mute, while it is muted: nothing new is routed to it then.
    pub fn muted_until(&self, at: Timestamp) -> Option<Timestamp> {
        self.mute.as_ref().filter(|mute| mute.is_on(at)).map(|mute| mute.until)
    }
}

/// A person keeps a destination quiet for a while; it ends by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mute {
    /// When it ends.
    pub until: Timestamp,
    /// Why, in that person's words.
    pub reason: Option<String>,
    /// Who said so.
    pub by: Actor,
    /// When that was.
    pub since: Timestamp,
}

impl Mute {
    /// Whether it counts at this time; its end does not belong to it.
    pub fn is_on(&self, at: Timestamp) -> bool {
        at < self.until
    }
}
