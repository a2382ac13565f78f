//! A destination that is dead and comes back, and then asks now and again to be left alone.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::net::{TcpListener, TcpSocket};

use crate::dispatch::matches::find_name;

/// After so many alerts it answers 429.
const TAKEN_BETWEEN_WAITS: usize = 5_000;
/// `Retry-After` of these answers.
const WAIT: Duration = Duration::from_secs(1);
/// What arrives so soon after such an answer was on its way.
const ON_THE_WAY: Duration = Duration::from_millis(100);
/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;

/// How a destination is dead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Death {
    /// Nothing listens.
    Refuses,
    /// Connections are taken and nothing is answered.
    Hangs,
}

/// What it saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) taken: HashSet<String>,
    /// Alerts that came more than once.
    pub(crate) repeated: usize,
    /// How often it asked to wait.
    pub(crate) waits: usize,
    /// Requests that arrived so soon after it asked that they were on their way.
    pub(crate) on_the_way: usize,
    /// Requests that were sent although it had asked to wait.
    pub(crate) ignored_waits: usize,
    pub(crate) first: Option<Instant>,
    pub(crate) last: Option<Instant>,
    taken_since_wait: usize,
    asked_at: Option<Instant>,
}

impl Seen {
    /// Takes one alert at `now`, or asks to wait: the answer's `Retry-After`.
    fn take(&mut self, name: String, now: Instant) -> Option<Duration> {
        self.first.get_or_insert(now);
        if let Some(asked_at) = self.asked_at.filter(|asked_at| now < *asked_at + WAIT) {
            if now > asked_at + ON_THE_WAY {
                self.ignored_waits += 1;
            } else {
                self.on_the_way += 1;
            }
            return Some(WAIT);
        }
        if self.taken_since_wait >= TAKEN_BETWEEN_WAITS {
            self.taken_since_wait = 0;
            self.waits += 1;
            self.asked_at = Some(now);
            return Some(WAIT);
        }
        self.taken_since_wait += 1;
        if self.taken.insert(name) {
            self.last = Some(now);
        } else {
            self.repeated += 1;
        }
        None
    }
}

/// See the module.
pub(crate) struct Vendor {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    runtime: tokio::runtime::Runtime,
    socket: Option<TcpSocket>,
    listener: Option<TcpListener>,
}

impl Vendor {
    /// Takes an address and is dead there.
    pub(crate) fn dead(death: Death) -> Result<Vendor> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let guard = runtime.enter();
        // Bound without listening, the address refuses connections and nobody else gets it.
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let address = socket.local_addr()?;
        let (socket, listener) = match death {
            Death::Refuses => (Some(socket), None),
            Death::Hangs => (None, Some(socket.listen(BACKLOG)?)),
        };
        drop(guard);
        Ok(Vendor { address, seen: Arc::default(), runtime, socket, listener })
    }

    /// Where to send.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Comes back.
    pub(crate) fn revive(&mut self) -> Result<()> {
        let guard = self.runtime.enter();
        let listener = match (self.socket.take(), self.listener.take()) {
            (Some(socket), _) => socket.listen(BACKLOG)?,
            (None, listener) => listener.context("it is alive already")?,
        };
        drop(guard);
        let router = Router::new().fallback(receive).with_state(Arc::clone(&self.seen));
        self.runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(())
    }

    /// What it saw so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(State(seen): State<Arc<Mutex<Seen>>>, body: Bytes) -> Response {
    let now = Instant::now();
    let Some(name) = find_name(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let wait = seen.lock().unwrap_or_else(PoisonError::into_inner).take(name, now);
    match wait {
        None => "ok".into_response(),
        Some(wait) => {
            let header = [(RETRY_AFTER, wait.as_secs().to_string())];
            (StatusCode::TOO_MANY_REQUESTS, header, "slower").into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_to_wait_and_sees_who_does_not() {
        let mut seen = Seen::default();
        let start = Instant::now();
        for number in 0..TAKEN_BETWEEN_WAITS {
            assert_eq!(seen.take(number.to_string(), start), None);
        }
        assert_eq!(seen.take("late".to_owned(), start), Some(WAIT));
        assert_eq!(seen.take("late".to_owned(), start + ON_THE_WAY), Some(WAIT));
        assert_eq!(seen.take("late".to_owned(), start + WAIT / 2), Some(WAIT));
        assert_eq!((seen.waits, seen.on_the_way, seen.ignored_waits), (1, 1, 1));
        assert_eq!(seen.take("late".to_owned(), start + WAIT), None);
        assert_eq!(seen.take("late".to_owned(), start + WAIT), None);
        assert_eq!((seen.taken.len(), seen.repeated), (TAKEN_BETWEEN_WAITS + 1, 1));
        assert_eq!(seen.last, Some(start + WAIT));
    }
}
