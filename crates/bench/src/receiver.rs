//! A webhook receiver that notes when each alert was read, by its title.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use serde_json::Value;

type Seen = Arc<Mutex<HashMap<String, Instant>>>;

/// A running receiver.
pub(crate) struct Receiver {
    address: SocketAddr,
    seen: Seen,
    // Serves as long as it lives.
    _runtime: tokio::runtime::Runtime,
}

impl Receiver {
    /// Binds a free port on loopback and serves on one thread.
    pub(crate) fn start() -> Result<Receiver> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let seen = Seen::default();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/", post(receive)).with_state(Arc::clone(&seen));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Receiver { address, seen, _runtime: runtime })
    }

    /// Where to send.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Waits until `count` different alerts have come.
    pub(crate) fn wait_for(&self, count: usize, limit: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            let have = self.seen.lock().unwrap_or_else(PoisonError::into_inner).len();
            if have >= count {
                return Ok(());
            }
            if start.elapsed() > limit {
                bail!("{have} of {count} alerts came within {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// When the alert of this title was first read.
    pub(crate) fn first_of(&self, title: &str) -> Result<Instant> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(title).copied().with_context(|| format!("no alert `{title}` came"))
    }
}

async fn receive(State(seen): State<Seen>, body: Bytes) -> &'static str {
    let now = Instant::now();
    if let Ok(value) = serde_json::from_slice::<Value>(&body) {
        let title = value["title"].as_str().unwrap_or_default().to_owned();
        seen.lock().unwrap_or_else(PoisonError::into_inner).entry(title).or_insert(now);
    }
    "ok"
}
