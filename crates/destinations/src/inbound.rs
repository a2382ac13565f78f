//! What a vendor sends back: a person used a button of a message.
//!
//! The request comes from outside without a token; the destination that it is for knows how to tell whether
//! the vendor sent it. What it asks for is a plain value that the API carries out.

use http::HeaderMap;
use jiff::Timestamp;
use model::{AlertId, AlertStatus};

/// Largest body of such a request. Slack's hold the whole message, which is far smaller.
pub const INBOUND_BYTES_MAX: usize = 256 * 1024;

/// One request from a vendor, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Inbound<'a> {
    /// Its headers, one of which proves where it is from.
    pub headers: &'a HeaderMap,
    /// Its body, at most [`INBOUND_BYTES_MAX`] bytes.
    pub body: &'a [u8],
    /// When it came.
    pub now: Timestamp,
}

/// Why a request from a vendor is refused; each holds a sentence for the log and the caller, without a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InboundRefusal {
    /// This destination takes nothing back.
    #[error("{0}")]
    NotExpected(&'static str),
    /// Nothing proves that the vendor sent it.
    #[error("{0}")]
    Forged(&'static str),
    /// It cannot be read.
    #[error("{0}")]
    Malformed(String),
}

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRequest {
    /// Which alert.
    pub alert_id: AlertId,
    /// Its new status.
    pub status: AlertStatus,
    /// Who: the vendor's id of the person.
    pub person: String,
    /// Where [`crate::Destination::answer`] says what came of it.
    pub(crate) place: Place,
}

/// Where an answer goes: a message of the vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) channel: String,
    pub(crate) message: String,
}
