//! Deliveries: the intent to tell one destination about one alert, and what came of each attempt.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, UnknownWord};
use crate::destination::DestinationType;
use crate::ids::{AlertId, DeliveryId, DestinationId};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// Waiting for its first or next attempt, or under way.
    Pending,
    /// The destination took it.
    Delivered,
    /// Given up.
    Failed,
    /// Its destination was deleted or disabled.
    Cancelled,
}

/// What made a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// Routing, when the alert was made.
    Auto,
    /// A person sent the alert by hand.
    Manual,
    /// A person asked for one more attempt.
    Retry,
}

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal,)+ }) => {
        impl $name {
            /// The word used on every wire and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok($name::$variant),)+
                    _ => Err(UnknownWord { word: word.to_owned(), expected: [$($word,)+].join(", ") }),
                }
            }
        }
    };
}

words!(DeliveryState { Pending = "pending", Delivered = "delivered", Failed = "failed", Cancelled = "cancelled", });
words!(Trigger { Auto = "auto", Manual = "manual", Retry = "retry", });

/// A delivery row to be written in the alert's transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its id, also the idempotency key; the caller makes it deterministic (UUIDv5 of alert and
    /// destination), so that a replay finds the same row.
    pub id: DeliveryId,
    /// Where to.
    pub destination_id: DestinationId,
    /// Name of the destination at this time.
    pub destination_name: String,
    /// Kind of the destination at this time.
    pub destination_type: DestinationType,
    /// What made it.
    pub trigger: Trigger,
}

/// A stored delivery with all its attempts, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, also the idempotency key.
    pub id: DeliveryId,
    /// The alert.
    pub alert_id: AlertId,
    /// Where to.
    pub destination_id: DestinationId,
    /// Name of the destination when the delivery was made.
    pub destination_name: String,
    /// Kind of the destination when the delivery was made.
    pub destination_type: DestinationType,
    /// Where it stands.
    pub state: DeliveryState,
    /// What made it.
    pub trigger: Trigger,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it is tried next, while pending.
    pub next_attempt_at: Option<Timestamp>,
    /// What the destination calls the message: ticket key, message timestamp.
    pub remote_id: Option<String>,
    /// Link to the message.
    pub remote_url: Option<String>,
    /// How often it was tried.
    pub attempt_count: u64,
    /// The attempts that are kept, oldest first.
    pub attempts: Vec<AttemptRecord>,
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRecord {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// HTTP status; `None` when no reply came.
    pub status_code: Option<u16>,
    /// Whether the destination took it.
    pub success: bool,
    /// Reply or reason, at most 4 KiB, secrets masked.
    pub message: String,
}

/// A claimed delivery with all that a worker needs to send it.
#[derive(Clone, Debug)]
pub struct DeliveryJob {
    /// Its id, also the idempotency key.
    pub id: DeliveryId,
    /// The alert as stored.
    pub alert: Arc<Alert>,
    /// Where to.
    pub destination_id: DestinationId,
    /// What made it.
    pub trigger: Trigger,
    /// When it was made: `age_max` counts from here.
    pub created_at: Timestamp,
    /// Attempts so far.
    pub attempt_count: u64,
}

/// A failed delivery among the undelivered of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryFailure {
    /// The delivery.
    pub id: DeliveryId,
    /// The alert.
    pub alert_id: AlertId,
    /// The last reason.
    pub message: String,
}
