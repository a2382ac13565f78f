//! From findings to alerts: deduplication, thresholds, the limiter, alert texts and routing.
//!
//! Layer 1: no I/O, no clock, no runtime. [`decide`] takes what evaluation found and what the store
//! remembers, and gives back every change as plain data; `store` applies them in one transaction.
//! The same input gives the same output, to the last id: a batch that is processed again after a crash
//! finds the rows that it wrote before.
//!
//! * [`keys`] says what has to be loaded, [`decide`] decides, [`route`] chooses the destinations,
//!   [`check_manual_dispatch`] checks the choice of a person.
//! * [`display_title`] and [`test_alert`] serve the senders.

mod compose;
mod decide;
mod desk;
mod explain;
mod identity;
mod limiter;
mod opening;
mod route;
mod system;
mod test_alert;
mod title;
mod unique;
mod window;

use std::time::Duration;

pub use decide::{decide, keys};
pub use route::{
    DESTINATIONS_MAX, ManualDispatchError, RouteInput, SKIP, auto_delivery_id, check_manual_dispatch,
    is_auto_delivery_id, manual_delivery, route,
};
pub use system::SYSTEM_WINDOW;
pub use test_alert::{TEST_ALERT_ID, test_alert};
pub use title::{CONTEXT_CHARS_MAX, TEXT_CHARS_MAX, TitleStyle, display_title};
pub use unique::UNIQUE_VALUES_MAX;

/// What an operator can set about alerting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many alerts one detection may make in a while; `None` = any number.
    pub limit: Option<Limit>,
    /// Events kept per alert; all events are counted, whether kept or not.
    pub kept_events_max: usize,
}

impl Default for Settings {
    /// 1,000 alerts per detection and hour; 1,000 events kept per alert.
    fn default() -> Self {
        let limit = Limit { count: 1_000, per: Duration::from_secs(3_600) };
        Self { limit: Some(limit), kept_events_max: 1_000 }
    }
}

/// The alert limiter. Source: `destinations.md` §5.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Making this many alerts switches the detection's alerts off; 0 = no limit.
    pub count: u64,
    /// Within this time, counted from the first alert of a fixed window.
    pub per: Duration,
}
