//! Fakes for tests: a vendor that records what it receives, sample alerts, waiting on conditions, and an
//! interpreter with the `pypanther` package.
//!
//! Only tests depend on this crate. Everything here panics with a clear text when a test must fail.

mod fixtures;
mod identity_provider;
mod pypanther;
mod receiver;
mod saml_provider;
mod vendors;
mod wait;

pub use fixtures::{sample_alert, sample_destination};
pub use identity_provider::{Algorithm, Draft, IdentityProvider, Manners};
pub use pypanther::pypanther_python;
pub use receiver::{Received, Receiver, Reply};
pub use saml_provider::{SamlDraft, SamlKey, SamlProvider};
pub use vendors::vendor_problems;
pub use wait::{WAIT_LIMIT, wait_until};
