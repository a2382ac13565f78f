//! The ways in: one file per kind of source. Today that is HTTP, `POST /http/{source}`.
//!
//! A source takes what a sender hands over, checks who sends and that the text is readable, and appends
//! it to the journal; it answers success only after the journal has it on disk. What the text means is
//! for `parsers` to find out, later and without the sender. Neighbours: `journal` (appends), `margay`
//! (reads the configuration into [`HttpSourceConfig`] and mounts [`router`]).
//!
//! # Guarantees
//!
//! - Every refusal has a status, a sentence that says what to do, and a count
//!   (`margay_source_refused_total{source,reason}`); nothing is cut or dropped in silence.
//! - Memory is bounded by [`HttpLimits`], whatever is sent: bodies as they arrive, and what they inflate to.
//! - Secrets are compared in constant time and appear in no log, answer or `Debug` print.

mod auth;
mod body;
mod config;
mod http;
mod inflate;
mod refusal;

pub use config::{Auth, HmacAlgorithm, HttpSourceConfig, SourceTable, StreamType};
pub use http::{HttpLimits, router, router_with_limits};
