//! A fake vendor: a real HTTP server on loopback that records requests and answers as told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::wait::wait_until;

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Received {
    /// When its last byte had come.
    pub at: Instant,
    /// HTTP method.
    pub method: Method,
    /// Path with query, as sent.
    pub path: String,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Received {
    /// The body as JSON.
    ///
    /// # Panics
    ///
    /// When it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).expect("the request's body is JSON")
    }

    /// The body as text; bytes that are no UTF-8 are replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// One header as text, or `None`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// What the receiver does with one request.
#[derive(Clone, Debug)]
pub struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    delay: Duration,
    end: End,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Answer,
    Echo,
    Hang,
    Close,
}

impl Reply {
    /// Answers 200 with the body `ok`.
    pub fn ok() -> Reply {
        Reply::status(200).body("ok")
    }

    /// Answers this status without a body.
    ///
    /// # Panics
    ///
    /// When `code` is no HTTP status.
    pub fn status(code: u16) -> Reply {
        Reply {
            status: StatusCode::from_u16(code).expect("an HTTP status"),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            delay: Duration::ZERO,
            end: End::Answer,
        }
    }

    /// Answers this status with the request itself: its path, its headers and its body.
    ///
    /// # Panics
    ///
    /// When `code` is no HTTP status.
    pub fn echo(code: u16) -> Reply {
        Reply { end: End::Echo, ..Reply::status(code) }
    }

    /// Reads the request and never answers.
    pub fn hang() -> Reply {
        Reply { end: End::Hang, ..Reply::status(200) }
    }

    /// Reads the request and closes the connection without an answer.
    pub fn close() -> Reply {
        Reply { end: End::Close, ..Reply::status(200) }
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Reply {
        self.body = body.into();
        self
    }

    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When name or value is no legal header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Reply {
        let name: HeaderName = name.parse().expect("a legal header name");
        self.headers.append(name, HeaderValue::from_str(value).expect("a legal header value"));
        self
    }

    /// Waits before it answers or closes.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Reply {
        self.delay = delay;
        self
    }
}

/// The server; stops when dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    received: Vec<Received>,
    script: VecDeque<Reply>,
    default: Reply,
    connection_count: usize,
}

impl Receiver {
    /// Starts on a free port of 127.0.0.1; answers 200 `ok` until told otherwise.
    ///
    /// # Panics
    ///
    /// When no port can be bound.
    pub async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let state = Arc::new(Mutex::new(State {
            received: Vec::new(),
            script: VecDeque::new(),
            default: Reply::ok(),
            connection_count: 0,
        }));
        let task = tokio::spawn(accept(listener, Arc::clone(&state)));
        Receiver { address, state, task }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT` and `path`, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers the next requests in this order; then as before.
    pub fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.lock().script.extend(replies);
    }

    /// Answers every request that the script does not cover like this.
    pub fn always(&self, reply: Reply) {
        self.lock().default = reply;
    }

    /// All requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<Received> {
        self.lock().received.clone()
    }

    /// How many requests came so far.
    pub fn count(&self) -> usize {
        self.lock().received.len()
    }

    /// How many connections were opened so far.
    pub fn connection_count(&self) -> usize {
        self.lock().connection_count
    }

    /// Waits for at least `count` requests and returns all.
    ///
    /// # Panics
    ///
    /// When fewer come within [`crate::WAIT_LIMIT`].
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_until(&format!("{count} requests to the receiver"), async || self.count() >= count).await;
        self.requests()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.lock().expect("no holder of this lock panics").connection_count += 1;
        connections.spawn(serve(stream, Arc::clone(&state)));
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>) {
    let service = service_fn(move |request| answer(request, Arc::clone(&state)));
    // An error here is the client going away, or a scripted close.
    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await.ok();
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let received = Received { at: Instant::now(), method: parts.method, path, headers: parts.headers, body };
    let mut reply = {
        let mut state = state.lock().expect("no holder of this lock panics");
        state.received.push(received.clone());
        state.script.pop_front().unwrap_or_else(|| state.default.clone())
    };
    tokio::time::sleep(reply.delay).await;
    match reply.end {
        End::Answer => {}
        End::Echo => {
            let head = format!("{}\n{:?}\n", received.path, received.headers);
            reply.body = [head.as_bytes(), &received.body].concat().into();
        }
        End::Hang => match std::future::pending::<Infallible>().await {},
        End::Close => return Err(io::Error::other("scripted close")),
    }
    let mut response = Response::new(Full::new(reply.body));
    *response.status_mut() = reply.status;
    *response.headers_mut() = reply.headers;
    Ok(response)
}
