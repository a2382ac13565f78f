//! The one client through which everything leaves: TCP by `connect`, HTTP by `send`.
//!
//! Addresses are checked after the name was resolved and right before the connection is opened, so that
//! neither a name that points inward nor one that changes its mind gets through. Redirects are not
//! followed. No path, query or header of a request appears in an error.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use stdx::Clock;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tower_service::Service;

use crate::destination::Reason;
use crate::egress::{AllowRule, check};
use crate::http_types::{HttpReply, HttpRequest, place};

/// Name resolution and TCP handshake take no longer.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// More of a reply's body is not read.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;
/// Connections kept open per host while nobody uses them.
const IDLE_CONNECTIONS_MAX: usize = 32;
/// How long they are kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
const USER_AGENT: HeaderValue = HeaderValue::from_static("Margay");

/// Settings of the client.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// What is open although it is not public: `egress.allow`.
    pub allow: Vec<AllowRule>,
    /// Longest time for name resolution and TCP handshake.
    pub connect_timeout: Duration,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        OutboundConfig { allow: Vec::new(), connect_timeout: CONNECT_TIMEOUT }
    }
}

/// Why no reply came. Texts name scheme, host and port only.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address is closed: never tried again by itself.
    #[error(
        "blocked address: {place} is {class} address; list it under `egress.allow` if deliveries may reach it"
    )]
    Blocked {
        /// Host as asked for.
        place: String,
        /// `a private`, `a loopback`, …
        class: &'static str,
    },
    /// The request cannot be sent at all.
    #[error("request to {place} cannot be sent: {problem}")]
    Unusable {
        /// Scheme, host and port.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// The name does not resolve, nobody listens, or the TLS handshake failed.
    #[error("could not connect to {place}: {problem}")]
    Connect {
        /// Scheme, host and port.
        place: String,
        /// What went wrong.
        problem: String,
    },
    /// The reply took too long.
    #[error("no reply from {place} within {waited:?}")]
    Timeout {
        /// Scheme, host and port.
        place: String,
        /// The limit.
        waited: Duration,
    },
    /// The connection broke before the reply.
    #[error("connection to {place} broke before the reply: {problem}")]
    Broken {
        /// Scheme, host and port.
        place: String,
        /// What went wrong.
        problem: String,
    },
}

impl OutboundError {
    /// Whether a later try may succeed.
    pub fn is_transient(&self) -> bool {
        !matches!(self, OutboundError::Blocked { .. } | OutboundError::Unusable { .. })
    }

    /// The reason as one word.
    pub fn reason(&self) -> Reason {
        match self {
            OutboundError::Blocked { .. } => Reason::BlockedAddress,
            OutboundError::Unusable { .. } => Reason::Render,
            OutboundError::Connect { .. } | OutboundError::Broken { .. } => Reason::Network,
            OutboundError::Timeout { .. } => Reason::Timeout,
        }
    }
}

/// The guarded client; clones share their connections.
#[derive(Clone)]
pub struct Outbound {
    connector: GuardedConnector,
    client: Client<HttpsConnector<GuardedConnector>, Full<Bytes>>,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allow", &self.connector.allow).finish_non_exhaustive()
    }
}

impl Outbound {
    /// Makes the client; reads the machine's root certificates, or takes Mozilla's when there are none.
    pub fn new(config: OutboundConfig, clock: Arc<dyn Clock>) -> Outbound {
        let connector =
            GuardedConnector { allow: config.allow.into(), connect_timeout: config.connect_timeout };
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls_config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector.clone());
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            // Names have no case, but not every receiver knows: write them as people do.
            .http1_title_case_headers(true)
            .build(https);
        Outbound { connector, client, clock }
    }

    /// Opens a TCP connection for a protocol that is not HTTP.
    ///
    /// # Errors
    ///
    /// `Blocked` when every address of `host` is closed, `Connect` for everything else.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, OutboundError> {
        let place = format!("{host}:{port}");
        self.connector.open(host, port).await.map_err(|error| error.into_outbound(place))
    }

    /// Sends one request and reads the reply's head and up to [`REPLY_BYTES_MAX`] bytes of its body, all
    /// within `limit`. A body that is late or breaks off leaves a reply that is not `complete`.
    ///
    /// # Errors
    ///
    /// Whenever no status came back; see [`OutboundError`].
    pub async fn send(&self, request: HttpRequest, limit: Duration) -> Result<HttpReply, OutboundError> {
        let place = place(&request.url);
        let deadline = Instant::now() + limit;
        let request = to_hyper(request, &place)?;
        let response = match timeout_at(deadline, self.client.request(request)).await {
            Err(_) => return Err(OutboundError::Timeout { place, waited: limit }),
            Ok(Err(error)) => return Err(from_hyper(&error, place)),
            Ok(Ok(response)) => response,
        };
        let received_at = self.clock.now();
        let (head, body) = response.into_parts();
        let (body, complete) = read_capped(body, deadline).await;
        Ok(HttpReply { status: head.status, headers: head.headers, body, complete, received_at })
    }
}

fn tls_config() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        tracing::warn!("this machine has no root certificates, so the built-in ones of Mozilla are used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

fn to_hyper(request: HttpRequest, place: &str) -> Result<Request<Full<Bytes>>, OutboundError> {
    let unusable =
        |problem: &str| OutboundError::Unusable { place: place.to_owned(), problem: problem.to_owned() };
    let HttpRequest { method, url, headers, body } = request;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable("only http and https are spoken"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("a URL must not hold a user name or password"));
    }
    let uri: Uri = url.as_str().parse().map_err(|_| unusable("its URL is not valid for HTTP"))?;
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request.headers_mut().entry(header::USER_AGENT).or_insert(USER_AGENT);
    Ok(request)
}

fn from_hyper(error: &hyper_util::client::legacy::Error, place: String) -> OutboundError {
    let mut deepest: &dyn StdError = error;
    loop {
        if let Some(error) = deepest.downcast_ref::<ConnectError>() {
            return error.clone().into_outbound(place);
        }
        match deepest.source() {
            Some(source) => deepest = source,
            None => break,
        }
    }
    let problem = deepest.to_string();
    if error.is_connect() {
        OutboundError::Connect { place, problem }
    } else {
        OutboundError::Broken { place, problem }
    }
}

/// Reads to the end, the cap or the deadline; the flag tells whether the body ended regularly or was cut
/// by the cap.
async fn read_capped(mut body: Incoming, deadline: Instant) -> (Bytes, bool) {
    let mut read = BytesMut::new();
    while read.len() < REPLY_BYTES_MAX {
        match timeout_at(deadline, body.frame()).await {
            Ok(None) => return (read.freeze(), true),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    let room = REPLY_BYTES_MAX - read.len();
                    read.extend_from_slice(&data[..data.len().min(room)]);
                }
            }
            Ok(Some(Err(_))) | Err(_) => return (read.freeze(), false),
        }
    }
    (read.freeze(), true)
}

/// Resolves, checks every address, and connects to an open one.
#[derive(Clone, Debug)]
struct GuardedConnector {
    allow: Arc<[AllowRule]>,
    connect_timeout: Duration,
}

#[derive(Clone, Debug, thiserror::Error)]
enum ConnectError {
    #[error("blocked address")]
    Blocked(&'static str),
    #[error("{0}")]
    Failed(String),
}

impl ConnectError {
    fn into_outbound(self, place: String) -> OutboundError {
        match self {
            ConnectError::Blocked(class) => OutboundError::Blocked { place, class },
            ConnectError::Failed(problem) => OutboundError::Connect { place, problem },
        }
    }
}

impl GuardedConnector {
    async fn open(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        let waited = self.connect_timeout;
        match timeout(waited, self.open_any(host, port)).await {
            Ok(result) => result,
            Err(_) => Err(ConnectError::Failed(format!("no connection within {waited:?}"))),
        }
    }

    async fn open_any(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = lookup_host((host, port))
            .await
            .map_err(|error| ConnectError::Failed(format!("name does not resolve: {error}")))?;
        let mut open: Vec<SocketAddr> = Vec::new();
        let mut failure = ConnectError::Failed("the name has no address".to_owned());
        for address in addresses {
            match check(&self.allow, host, address.ip(), port) {
                Ok(()) => open.push(address),
                Err(closed) => failure = ConnectError::Blocked(closed.as_str()),
            }
        }
        let share = self.connect_timeout / u32::try_from(open.len().max(1)).unwrap_or(u32::MAX);
        for address in open {
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // A socket that cannot do this still works, only a little later.
                    stream.set_nodelay(true).ok();
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = ConnectError::Failed(error.to_string()),
                Err(_) => failure = ConnectError::Failed(format!("no connection within {share:?}")),
            }
        }
        Err(failure)
    }
}

impl Service<Uri> for GuardedConnector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            let host = uri.host().ok_or_else(|| ConnectError::Failed("the URL has no host".to_owned()))?;
            let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            connector.open(host, uri.port_u16().unwrap_or(default_port)).await.map(TokioIo::new)
        })
    }
}
