//! What a destination is: one attempt, its verdict, and the adapter for the many that are one HTTP call.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use model::{Alert, DeliveryId, Trigger};
use stdx::truncate_bytes;
use tokio::time::Instant;
use url::Url;

use crate::http_types::{HttpReply, HttpRequest};
use crate::inbound::{Inbound, InboundRefusal, StatusRequest};
use crate::outbound::{Outbound, OutboundError};
use crate::secrets::Secrets;
use crate::transport::Transport;

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

    /// Reads what the vendor sends back when a person used a button; `None` when there is nothing to do.
    ///
    /// # Errors
    ///
    /// When nothing is expected, or the request is not the vendor's, or cannot be read.
    fn receive(&self, _: &Inbound<'_>) -> Result<Option<StatusRequest>, InboundRefusal> {
        Err(InboundRefusal::NotExpected("this type of destination takes nothing back"))
    }

    /// Says where a request came from what came of it, or why nothing did; ends within `limit`. Does nothing
    /// where nothing is received.
    fn answer<'a>(
        &'a self,
        _net: &'a Outbound,
        _request: &'a StatusRequest,
        _problem: Option<&'a str>,
        _limit: Duration,
    ) -> BoxFuture<'a, Attempt> {
        Box::pin(async { Attempt::without_reply(Verdict::delivered(), "nothing to answer") })
    }
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
    /// Attempts that were made before this one; any of them may have arrived although no reply came.
    pub earlier_attempts: u64,
    /// When the delivery was made: no earlier attempt is older.
    pub created_at: Timestamp,
    /// When this attempt is made; what is signed carries it.
    pub at: Timestamp,
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
    /// Reply or reason, at most [`MESSAGE_BYTES_MAX`] bytes, secrets masked; of a failure that a person can
    /// end, followed by how.
    pub message: String,
    /// The message says already what a person should do.
    pub(crate) has_remedy: bool,
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
    /// It grew too old before it could be sent again; said by `delivery`.
    Expired,
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
            Reason::Expired => "expired",
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
        Attempt::new(verdict, None, message.into())
    }

    /// An attempt whose message does not say yet what a person should do.
    pub(crate) fn new(verdict: Verdict, status_code: Option<u16>, message: String) -> Attempt {
        Attempt { verdict, status_code, message, has_remedy: false }
    }

    /// An attempt that ended with this reply; the reply is the message.
    pub(crate) fn of_reply(reply: &HttpReply, verdict: Verdict) -> Attempt {
        let message = reply_message(reply, &verdict);
        Attempt::new(verdict, Some(reply.status.as_u16()), message)
    }

    /// The same attempt, its message followed by what a person should do.
    #[must_use]
    pub(crate) fn with_remedy(mut self, remedy: &str) -> Attempt {
        self.message = format!("{}; {remedy}", truncate_bytes(&self.message, MESSAGE_BYTES_MAX / 2).0);
        self.has_remedy = true;
        self
    }

    /// What a person should do, where the vendor's own file does not know it better.
    fn common_remedy(&self) -> Option<&'static str> {
        let (Verdict::Retry { reason, .. } | Verdict::GiveUp { reason }) = self.verdict else { return None };
        match (reason, self.status_code) {
            (Reason::Unauthorized, _) => {
                Some("the credentials are refused: give new ones, or give them the right that is missing")
            }
            (Reason::Configuration, _) => {
                Some("what the settings point to is gone or closed: correct them, or make it anew there")
            }
            (Reason::Refused, Some(404 | 410)) => {
                Some("nothing takes messages at this address: correct it, or make it anew there")
            }
            (Reason::Throttled, _) => Some("it asks to go slower: give it a lower `delivery.rate`"),
            _ => None,
        }
    }
}

impl From<Box<Attempt>> for Attempt {
    fn from(attempt: Box<Attempt>) -> Attempt {
        *attempt
    }
}

impl From<RenderError> for Attempt {
    fn from(error: RenderError) -> Attempt {
        let verdict = Verdict::GiveUp { reason: Reason::Render };
        Attempt::without_reply(verdict, format!("message cannot be written: {error}"))
    }
}

/// A destination that needs several calls for one alert: a look for an earlier message, a token, several
/// channels. Adapted to [`Destination`] once, as [`HttpDestination`] is.
pub(crate) trait Conversation: Send + Sync {
    /// Makes the calls of one attempt.
    ///
    /// # Errors
    ///
    /// `Err` is how an attempt ends early: [`Calls::send`] gives one for every call without a reply.
    fn converse<'a>(
        &'a self,
        calls: &'a Calls<'a>,
        out: &'a Outgoing,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>>;

    /// As [`Destination::receive`].
    ///
    /// # Errors
    ///
    /// As there.
    fn receive(&self, _: &Inbound<'_>) -> Result<Option<StatusRequest>, InboundRefusal> {
        Err(InboundRefusal::NotExpected("this type of destination takes nothing back"))
    }

    /// As [`Destination::answer`].
    ///
    /// # Errors
    ///
    /// `Err` is how it ends early.
    fn answer<'a>(
        &'a self,
        _calls: &'a Calls<'a>,
        _request: &'a StatusRequest,
        _problem: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Attempt, Attempt>> {
        Box::pin(async { Ok(Attempt::without_reply(Verdict::delivered(), "nothing to answer")) })
    }
}

/// The calls of one attempt; all of them together take no longer than the attempt may.
pub(crate) struct Calls<'a> {
    net: &'a Outbound,
    deadline: Instant,
}

impl<'a> Calls<'a> {
    fn new(net: &'a Outbound, limit: Duration) -> Calls<'a> {
        Calls { net, deadline: Instant::now() + limit }
    }

    /// Makes one call.
    ///
    /// # Errors
    ///
    /// An attempt that ended without a reply: to be tried again, or not.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpReply, Attempt> {
        let limit = self.deadline.saturating_duration_since(Instant::now());
        self.net.send(request, limit).await.map_err(|error| without_reply(&error))
    }

    /// The client, for protocols that bring their own requests.
    pub(crate) fn net(&self) -> &'a Outbound {
        self.net
    }

    /// When the attempt must be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }
}

/// Makes a [`Destination`] of a [`Conversation`]: masks secrets and cuts the message.
pub(crate) struct ConversationSender<D> {
    kind: &'static str,
    inner: D,
    secrets: Secrets,
    way: Way,
}

impl<D: Conversation + 'static> ConversationSender<D> {
    /// Wraps `inner`; `secrets` are masked in every message.
    pub(crate) fn wrap(kind: &'static str, inner: D, secrets: Secrets) -> Arc<dyn Destination> {
        ConversationSender::wrap_with(kind, inner, secrets, None)
    }

    /// As [`ConversationSender::wrap`], over certificates and a proxy of its own.
    pub(crate) fn wrap_with(
        kind: &'static str,
        inner: D,
        secrets: Secrets,
        transport: Option<Transport>,
    ) -> Arc<dyn Destination> {
        Arc::new(ConversationSender { kind, inner, secrets, way: Way::new(transport) })
    }
}

impl<D> fmt::Debug for ConversationSender<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Destination({})", self.kind)
    }
}

impl<D: Conversation + 'static> Destination for ConversationSender<D> {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn attempt<'a>(&'a self, net: &'a Outbound, out: &'a Outgoing) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let calls = Calls::new(self.way.of(net), out.timeout);
            let attempt = self.inner.converse(&calls, out).await.unwrap_or_else(|ended| ended);
            presentable(attempt, &self.secrets)
        })
    }

    fn receive(&self, inbound: &Inbound<'_>) -> Result<Option<StatusRequest>, InboundRefusal> {
        self.inner.receive(inbound)
    }

    fn answer<'a>(
        &'a self,
        net: &'a Outbound,
        request: &'a StatusRequest,
        problem: Option<&'a str>,
        limit: Duration,
    ) -> BoxFuture<'a, Attempt> {
        Box::pin(async move {
            let calls = Calls::new(self.way.of(net), limit);
            let attempt = self.inner.answer(&calls, request, problem).await.unwrap_or_else(|ended| ended);
            presentable(attempt, &self.secrets)
        })
    }
}

/// The attempt as it may be shown: secrets masked, at most [`MESSAGE_BYTES_MAX`] bytes, with a remedy if there
/// is one.
fn presentable(mut attempt: Attempt, secrets: &Secrets) -> Attempt {
    let masked = secrets.mask(&attempt.message);
    attempt.message = truncate_bytes(&masked, MESSAGE_BYTES_MAX).0.to_owned();
    match attempt.common_remedy() {
        Some(remedy) if !attempt.has_remedy => attempt.with_remedy(remedy),
        _ => attempt,
    }
}

/// The client of one destination: the common one, or one of its own, made at the first attempt.
struct Way {
    transport: Option<Transport>,
    own: OnceLock<Outbound>,
}

impl Way {
    fn new(transport: Option<Transport>) -> Way {
        Way { transport, own: OnceLock::new() }
    }

    fn of<'a>(&'a self, net: &'a Outbound) -> &'a Outbound {
        match &self.transport {
            Some(transport) => self.own.get_or_init(|| net.with_transport(transport)),
            None => net,
        }
    }
}

/// What a call without a reply means.
pub(crate) fn without_reply(error: &OutboundError) -> Attempt {
    let reason = error.reason();
    let verdict = if error.is_transient() {
        Verdict::Retry { reason, after: None }
    } else {
        Verdict::GiveUp { reason }
    };
    Attempt::without_reply(verdict, error.to_string())
}

/// Makes a [`Destination`] of an [`HttpDestination`]: sends, judges, masks secrets, cuts the message.
pub(crate) struct HttpSender<D> {
    kind: &'static str,
    inner: D,
    secrets: Secrets,
    way: Way,
}

impl<D: HttpDestination + 'static> HttpSender<D> {
    /// Wraps `inner`; `secrets` are masked in every message.
    pub(crate) fn wrap(kind: &'static str, inner: D, secrets: Secrets) -> Arc<dyn Destination> {
        HttpSender::wrap_with(kind, inner, secrets, None)
    }

    /// As [`HttpSender::wrap`], over certificates and a proxy of its own.
    pub(crate) fn wrap_with(
        kind: &'static str,
        inner: D,
        secrets: Secrets,
        transport: Option<Transport>,
    ) -> Arc<dyn Destination> {
        Arc::new(HttpSender { kind, inner, secrets, way: Way::new(transport) })
    }

    async fn send(&self, net: &Outbound, out: &Outgoing) -> Attempt {
        let request = match self.inner.request(out) {
            Ok(request) => request,
            Err(error) => return error.into(),
        };
        match self.way.of(net).send(request, out.timeout).await {
            Ok(reply) => Attempt::of_reply(&reply, self.inner.verdict(&reply)),
            Err(error) => without_reply(&error),
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
            let attempt = self.send(net, out).await;
            presentable(attempt, &self.secrets)
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
