//! One file per way out, and the guarded client through which all of them leave.
//!
//! An [`Attempt`] tells one outside system about one alert, once: it never sleeps, loops or retries.
//! `delivery` wraps retries, limits, metrics and records around it. Nothing in this crate writes a
//! secret into a log, an error or a `Debug` print, and no connection is opened except by [`Outbound`],
//! which refuses addresses inside the operator's network unless they were allowed.

mod asana;
mod aws;
mod blinkops;
mod config;
mod destination;
mod discord;
mod egress;
mod github;
mod http_types;
mod inbound;
mod incidentio;
mod jira;
mod mindflow;
mod msteams;
mod opsgenie;
mod outbound;
mod pagerduty;
mod payload;
mod pubsub;
mod rapid7;
mod registry;
mod secrets;
mod servicenow;
mod sign;
mod slack;
mod slack_actions;
mod slack_bot;
mod splunk;
mod text;
mod tines;
mod torq;
mod transport;
mod webhook;

pub use config::ConfigError;
pub use destination::{
    Attempt, Destination, HttpDestination, MESSAGE_BYTES_MAX, Outgoing, Reason, RenderError, Texts, Verdict,
};
pub use egress::{AllowRule, AllowRuleError};
pub use http_types::{HttpReply, HttpRequest, RETRY_AFTER_MAX};
pub use inbound::{INBOUND_BYTES_MAX, Inbound, InboundRefusal, StatusRequest};
pub use outbound::{
    CONNECT_TIMEOUT, Outbound, OutboundConfig, OutboundError, REPLY_BYTES_MAX, Resolver, SystemResolver,
};
pub use payload::{generic_payload, severity_color};
pub use registry::{Pace, TypeEntry, build, find_type, registry};
pub use secrets::{MASK, mask_secrets, merge_secrets};
#[doc(hidden)]
pub use slack::message as slack_message;
