//! What a destination is: one attempt, its verdict, and the adapter for the many that are one HTTP call.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use model::{Alert, DeliveryId, Trigger};
use stdx::truncate_bytes;
use url::Url;

use crate::http_types::{HttpReply, HttpRequest};
use crate::outbound::Outbound;
use crate::secrets::Secrets;

/// Longest text kept of a reply or a reason.
pub const MESSAGE_BYTES_MAX: usize = 4096;
/// Step between attempts while credentials are refused. Source: `destinations.md` §3.2.
const UNAUTHORIZED_STEP: Duration = Duration::from_secs(15 * 60);

/// One attempt to tell one outside system about one alert.
///
/// Retry, rate limit, metrics and records are wrapped around it by `delivery`.
pub trait Destination: fmt::Debug + Send + Sync {
    /// The type word: `slack`, `webhook`, `tines`.
    fn kind(&self) -> &'static str;

    /// Makes one attempt; ends within `out.timeout`.
    fn attempt<'a>(&'a self, net: &'a Outbound, out: &'a Outgoing) -> BoxFuture<'a, Attempt>;
}

/// Most destinations are one HTTP call: two pure functions, adapted to [`Destination`] once.
pub trait HttpDestination: Send + Sync {
    /// Writes the request.
    ///
    /// # Errors
    ///
    /// When this alert cannot be written for this destination: permanent.
    fn request(&self, out: &Outgoing) -> Result<HttpRequest, RenderError>;

    /// Judges the reply.
    fn verdict(&self, reply: &HttpReply) -> Verdict {
        Verdict::from_status(reply)
    }
}

/// One delivery: the stored alert, its delivery id (also the idempotency key), the link, and why it is sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The alert as stored.
    pub alert: Arc<Alert>,
    /// The same for every attempt of one delivery.
    pub delivery_id: DeliveryId,
    /// Where the alert can be looked at.
    pub link: Url,
    /// What made the delivery.
    pub trigger: Trigger,
    /// The title with its decoration.
    pub title: String,
    /// Whether this is the test alert.
    pub test: bool,
    /// Longest time for the attempt.
    pub timeout: Duration,
    /// Wording of messages.
    pub texts: Arc<Texts>,
}

/// Wording of messages: `alerting.product_name` and `alerting.compat_texts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// The product's name in messages.
    pub product_name: String,
    /// Whether messages use the reference product's wording and colours.
    pub compat: bool,
}

impl Default for Texts {
    fn default() -> Self {
        Texts { product_name: "Margay".to_owned(), compat: false }
    }
}

/// What came of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// What to do next.
    pub verdict: Verdict,
    /// HTTP status; `None` when no reply came.
    pub status_code: Option<u16>,
    /// Reply or reason, at most [`MESSAGE_BYTES_MAX`] bytes, secrets masked.
    pub message: String,
}

/// What an attempt means for its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The destination took it.
    Delivered {
        /// What the destination calls the message.
        remote_id: Option<String>,
        /// Link to the message.
        remote_url: Option<Url>,
    },
    /// A later try may succeed.
    Retry {
        /// Why.
        reason: Reason,
        /// How long to wait at least; `None` leaves it to the schedule.
        after: Option<Duration>,
    },
    /// No later try will succeed until a person changes something.
    GiveUp {
        /// Why.
        reason: Reason,
    },
}

/// Why an attempt did not succeed, in one word for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The address is closed to deliveries.
    BlockedAddress,
    /// No connection, or it broke.
    Network,
    /// No reply in time.
    Timeout,
    /// The vendor asks to go slower.
    Throttled,
    /// The vendor has a fault of its own.
    Unavailable,
    /// Credentials are missing, wrong or too weak.
    Unauthorized,
    /// The vendor does not want this request.
    Refused,
    /// The destination's settings are wrong: the webhook or channel is gone.
    Configuration,
    /// The vendor points elsewhere.
    Redirect,
    /// The status says success, the body does not.
    UnexpectedReply,
    /// The request could not be written.
    Render,
}

impl Reason {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::BlockedAddress => "blocked_address",
            Reason::Network => "network",
            Reason::Timeout => "timeout",
            Reason::Throttled => "throttled",
            Reason::Unavailable => "unavailable",
            Reason::Unauthorized => "unauthorized",
            Reason::Refused => "refused",
            Reason::Configuration => "configuration",
            Reason::Redirect => "redirect",
            Reason::UnexpectedReply => "unexpected_reply",
            Reason::Render => "render",
        }
    }
}

/// An alert that cannot be written for a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct RenderError {
    problem: String,
}

impl RenderError {
    /// Says what is wrong, without a secret.
    pub fn new(problem: impl Into<String>) -> RenderError {
        RenderError { problem: problem.into() }
    }
}

impl Verdict {
    /// The plain success.
    pub fn delivered() -> Verdict {
        Verdict::Delivered { remote_id: None, remote_url: None }
    }

    /// The common table of statuses. Source: `destinations.md` §3.2.
    ///
    /// 409 counts as temporary: our requests carry an `Idempotency-Key`, and 409 is how a receiver says
    /// that the first request with this key is still under way.
    pub fn from_status(reply: &HttpReply) -> Verdict {
        let after = reply.retry_after();
        match reply.status.as_u16() {
            200..=299 => Verdict::delivered(),
            300..=399 => Verdict::GiveUp { reason: Reason::Redirect },
            401 | 403 => {
                Verdict::Retry { reason: Reason::Unauthorized, after: after.or(Some(UNAUTHORIZED_STEP)) }
            }
            429 => Verdict::Retry { reason: Reason::Throttled, after },
            408 | 409 | 423 | 425 | 500..=599 => Verdict::Retry { reason: Reason::Unavailable, after },
            _ => Verdict::GiveUp { reason: Reason::Refused },
        }
    }

    /// As [`Verdict::from_status`], but every 4xx and 5xx is temporary and on the normal schedule.
    pub fn retry_all_non_2xx(reply: &HttpReply) -> Verdict {
        let after = reply.retry_after();
        match reply.status.as_u16() {
            401 | 403 => Verdict::Retry { reason: Reason::Unauthorized, after },
            429 => Verdict::Retry { reason: Reason::Throttled, after },
            400..=499 => Verdict::Retry { reason: Reason::Refused, after },
            500..=599 => Verdict::Retry { reason: Reason::Unavailable, after },
            _ => Verdict::from_status(reply),
        }
    }
}

impl Attempt {
    /// An attempt that ended without a reply.
    pub fn without_reply(verdict: Verdict, message: impl Into<String>) -> Attempt {
        Attempt { verdict, status_code: None, message: message.into() }
    }
}

/// Makes a [`Destination`] of an [`HttpDestination`]: sends, judges, masks secrets, cuts the message.
pub(crate) struct HttpSender<D> {
    kind: &'static str,
    inner: D,
    secrets: Secrets,
}

impl<D: HttpDestination + 'static> HttpSender<D> {
    /// Wraps `inner`; `secrets` are masked in every message.
    pub(crate) fn wrap(kind: &'static str, inner: D, secrets: Secrets) -> Arc<dyn Destination> {
        Arc::new(HttpSender { kind, inner, secrets })
    }

    async fn send(&self, net: &Outbound, out: &Outgoing) -> Attempt {
        let request = match self.inner.request(out) {
            Ok(request) => request,
            Err(error) => {
                let verdict = Verdict::GiveUp { reason: Reason::Render };
                return Attempt::without_reply(verdict, format!("message cannot be written: {error}"));
            }
        };
        match net.send(request, out.timeout).await {
            Ok(reply) => {
                let verdict = self.inner.verdict(&reply);
                let message = reply_message(&reply, &verdict);
                Attempt { verdict, status_code: Some(reply.status.as_u16()), message }
            }
            Err(error) => {
                let reason = error.reason();
                let verdict = if error.is_transient() {
                    Verdict::Retry { reason, after: None }
                } else {
                    Verdict::GiveUp { reason }
                };
                Attempt::without_reply(verdict, error.to_string())
            }
        }
    }
}

impl<D> fmt::Debug for HttpSender<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination({})", self.kind)
    }
}

impl<D: HttpDestination + 'static> Destination for HttpSender<D> {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn attempt<'a>(&'a self, net: &'a Outbound, out: &'a Outgoing) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let mut attempt = self.send(net, out).await;
            let masked = self.secrets.mask(&attempt.message);
            attempt.message = truncate_bytes(&masked, MESSAGE_BYTES_MAX).0.to_owned();
            attempt
        })
    }
}

fn reply_message(reply: &HttpReply, verdict: &Verdict) -> String {
    if let Verdict::GiveUp { reason: Reason::Redirect } = verdict {
        return format!(
            "answered {}: redirects are not followed, configure the address that it points to",
            reply.status
        );
    }
    let readable = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    let text: String = reply.text().trim().chars().map(readable).collect();
    if text.is_empty() { format!("HTTP {}", reply.status) } else { text }
}
