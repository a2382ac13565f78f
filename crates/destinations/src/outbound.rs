//! The one client through which everything leaves: TCP by `connect`, HTTP by `send`.
//!
//! Addresses are checked after the name was resolved and right before the connection is opened, so that
//! neither a name that points inward nor one that changes its mind gets through. Redirects are not
//! followed. No path, query or header of a request appears in an error.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use stdx::Clock;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tower_service::Service;

use crate::destination::Reason;
use crate::egress::{AllowRule, check};
use crate::http_types::{HttpReply, HttpRequest, place};
use crate::transport::{Proxy, Transport};

/// Name resolution and TCP handshake take no longer.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// More of a reply's body is not read.
pub const REPLY_BYTES_MAX: usize = 64 * 1024;
/// Connections kept open per host while nobody uses them.
const IDLE_CONNECTIONS_MAX: usize = 32;
/// How long they are kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Where machines and containers in AWS ask for their credentials.
const METADATA_ADDRESSES: &[&str] = &["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254"];
const USER_AGENT: HeaderValue = HeaderValue::from_static("Margay");

/// Turns names into addresses. Each connection asks once, and connects to nothing but what it was told then.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// The addresses of a host.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The machine's own way of resolving.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(lookup_host((host, port)).await?.collect()) })
    }
}

/// Settings of the client.
#[derive(Clone, Debug)]
pub struct OutboundConfig {
    /// What is open although it is not public: `egress.allow`.
    pub allow: Vec<AllowRule>,
    /// Longest time for name resolution and TCP handshake.
    pub connect_timeout: Duration,
    /// Who turns names into addresses.
    pub resolver: Arc<dyn Resolver>,
}

impl Default for OutboundConfig {
    fn default() -> Self {
        let resolver = Arc::new(SystemResolver);
        OutboundConfig { allow: Vec::new(), connect_timeout: CONNECT_TIMEOUT, resolver }
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
        let OutboundConfig { allow, connect_timeout, resolver } = config;
        let connector = GuardedConnector { allow: allow.into(), connect_timeout, resolver, proxy: None };
        let tls = tls_builder().with_root_certificates(machine_roots()).with_no_client_auth();
        Outbound::of(connector, tls, clock)
    }

    /// The same guard with certificates and a proxy of one destination's own.
    pub(crate) fn with_transport(&self, transport: &Transport) -> Outbound {
        let connector = GuardedConnector { proxy: transport.proxy.clone(), ..self.connector.clone() };
        let tls = match &transport.tls {
            Some(tls) => ClientConfig::clone(tls),
            None => tls_builder().with_root_certificates(machine_roots()).with_no_client_auth(),
        };
        Outbound::of(connector, tls, Arc::clone(&self.clock))
    }

    fn of(connector: GuardedConnector, tls: ClientConfig, clock: Arc<dyn Clock>) -> Outbound {
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls)
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

    /// The same client, to which the addresses of the clouds' metadata services are open as well: for the
    /// lookup of this machine's own credentials and nothing else.
    pub(crate) fn for_metadata(&self) -> Outbound {
        let open = |text: &&str| text.parse().expect("the address is a constant that parses");
        let metadata: Vec<AllowRule> = METADATA_ADDRESSES.iter().map(open).collect();
        let allow = self.connector.allow.iter().cloned().chain(metadata).collect();
        let connect_timeout = self.connector.connect_timeout;
        let resolver = Arc::clone(&self.connector.resolver);
        Outbound::new(OutboundConfig { allow, connect_timeout, resolver }, Arc::clone(&self.clock))
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
        self.send_up_to(request, limit, REPLY_BYTES_MAX).await
    }

    /// As [`Outbound::send`], with up to `body_bytes_max` bytes of the reply's body.
    ///
    /// # Errors
    ///
    /// Whenever no status came back; see [`OutboundError`].
    pub async fn send_up_to(
        &self,
        request: HttpRequest,
        limit: Duration,
        body_bytes_max: usize,
    ) -> Result<HttpReply, OutboundError> {
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
        let (body, complete) = read_capped(body, body_bytes_max, deadline).await;
        Ok(HttpReply { status: head.status, headers: head.headers, body, complete, received_at })
    }
}

/// The root certificates of this machine, or Mozilla's when there are none.
pub(crate) fn machine_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        tracing::warn!("this machine has no root certificates, so the built-in ones of Mozilla are used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

/// The beginning of every TLS configuration.
pub(crate) fn tls_builder() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default protocol versions")
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
    let mut deepest: &(dyn StdError + 'static) = error;
    let mut tls = None;
    loop {
        if let Some(error) = deepest.downcast_ref::<ConnectError>() {
            return error.clone().into_outbound(place);
        }
        tls = tls.or_else(|| wrapped_tls_error(deepest));
        match deepest.source() {
            Some(source) => deepest = source,
            None => break,
        }
    }
    let problem = tls.map_or_else(|| deepest.to_string(), tls_problem);
    if error.is_connect() {
        OutboundError::Connect { place, problem }
    } else {
        OutboundError::Broken { place, problem }
    }
}

/// The TLS error inside an I/O error, or inside one that wraps another: what those hold is not their source.
fn wrapped_tls_error<'e>(mut error: &'e (dyn StdError + 'static)) -> Option<&'e rustls::Error> {
    loop {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        error = error.downcast_ref::<std::io::Error>()?.get_ref()?;
    }
}

/// What is wrong with a handshake, and what to do about it.
fn tls_problem(error: &rustls::Error) -> String {
    use rustls::{AlertDescription, CertificateError, Error};
    let remedy = match error {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the certificate of the other side has expired: have it renewed there"
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => "the certificate of the other side is not valid yet: check the clocks of both machines",
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "nobody known vouches for the certificate of the other side: give its authority as `tls.ca`, or to this machine"
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "the certificate of the other side is for another name: correct the address, or have it made for this one"
        }
        Error::AlertReceived(AlertDescription::CertificateExpired) => {
            "the other side says that our certificate has expired: give a new `tls.cert` and `tls.key`"
        }
        Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA,
        ) => "the other side wants a certificate that it knows: give one as `tls.cert` and `tls.key`",
        _ => return error.to_string(),
    };
    format!("{error}; {remedy}")
}

/// Reads to the end, the cap or the deadline; the flag tells whether the body ended regularly or was cut
/// by the cap.
async fn read_capped(mut body: Incoming, bytes_max: usize, deadline: Instant) -> (Bytes, bool) {
    let mut read = BytesMut::new();
    while read.len() < bytes_max {
        match timeout_at(deadline, body.frame()).await {
            Ok(None) => return (read.freeze(), true),
            Ok(Some(Ok(frame))) => {
                if let Ok(data) = frame.into_data() {
                    let room = bytes_max - read.len();
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
    resolver: Arc<dyn Resolver>,
    proxy: Option<Proxy>,
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

    /// Connects to the proxy and asks it for a tunnel. A target that is written out as an address is checked
    /// here, because nobody else would.
    async fn tunnel(&self, proxy: Proxy, target: Uri) -> Result<TokioIo<TcpStream>, ConnectError> {
        let default_port = if target.scheme_str() == Some("https") { 443 } else { 80 };
        let port = target.port_u16().unwrap_or(default_port);
        let host = target.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let is_local = host.eq_ignore_ascii_case("localhost");
        let address = host.parse().ok().or(is_local.then_some(std::net::IpAddr::from([127, 0, 0, 1])));
        if let Some(address) = address {
            check(&self.allow, host, address, port)
                .map_err(|closed| ConnectError::Blocked(closed.as_str()))?;
        }
        let direct = GuardedConnector { proxy: None, ..self.clone() };
        let mut tunnel = Tunnel::new(proxy.uri, direct);
        if let Some(authorization) = proxy.authorization {
            tunnel = tunnel.with_auth(authorization);
        }
        match timeout(self.connect_timeout * 2, tunnel.call(target)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(through_proxy(&error)),
            Err(_) => Err(ConnectError::Failed("the proxy did not answer in time".to_owned())),
        }
    }

    async fn open_any(&self, host: &str, port: u16) -> Result<TcpStream, ConnectError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = self
            .resolver
            .resolve(host, port)
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

/// Why there is no tunnel: the proxy is closed to deliveries, cannot be reached, or says no.
fn through_proxy(error: &(dyn StdError + 'static)) -> ConnectError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<ConnectError>() {
            return match found {
                ConnectError::Failed(problem) => ConnectError::Failed(format!("proxy: {problem}")),
                blocked @ ConnectError::Blocked(_) => blocked.clone(),
            };
        }
        cause = error.source();
    }
    ConnectError::Failed(format!("proxy: {error}"))
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
            if let Some(proxy) = connector.proxy.clone() {
                return connector.tunnel(proxy, uri).await;
            }
            let host = uri.host().ok_or_else(|| ConnectError::Failed("the URL has no host".to_owned()))?;
            let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
            connector.open(host, uri.port_u16().unwrap_or(default_port)).await.map(TokioIo::new)
        })
    }
}
