//! Sends what alerting decided: claims delivery rows, makes attempts, schedules retries, records outcomes,
//! and tells people when a destination keeps failing.
//!
//! Actors: one *lane* per destination (queue, attempts under way, health, circuit breaker), one *poller* that wakes lanes
//! when rows fall due, one *recorder* that writes outcomes in groups. Guarantees: at least once, always
//! with the same delivery id; a finished delivery is never sent again; a slow or dead destination delays no
//! other; every queue has a limit, and what finds no room waits in the table.

mod attempt;
mod breaker;
mod health;
mod lane;
mod policy;
mod ports;
mod recorder;
mod service;

pub use attempt::{MessageSettings, TestResult, send_test};
pub use health::{DestinationHealth, HealthState};
pub use policy::{DeliveryPolicy, Profile, Rate, RateError, RetryPolicy};
pub use ports::{DeliveryStore, PortError, SystemErrorSink};
pub use service::{ConfiguredDestination, Delivery, LEASE};
