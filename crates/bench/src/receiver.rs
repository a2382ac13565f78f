//! A webhook receiver that notes when each alert was read, by path and by what the alert is called.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use bytes::Bytes;

/// Finds in a body what its alert is called.
pub(crate) type Name = fn(&[u8]) -> Option<String>;

/// A running receiver.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    // Serves as long as it lives.
    _runtime: tokio::runtime::Runtime,
}

struct Shared {
    name: Name,
    seen: Mutex<HashMap<String, Instant>>,
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiver {
    /// Binds a free port on loopback and serves every path on one thread.
    pub(crate) fn start(name: Name) -> Result<Receiver> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let shared = Arc::new(Shared { name, seen: Mutex::default() });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let router = Router::new().fallback(receive).with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Receiver { address, shared, _runtime: runtime })
    }

    /// Where to send; `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until `count` different alerts have come, an alert to two paths counted twice.
    pub(crate) fn wait_for(&self, count: usize, limit: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            let have = self.shared.seen().len();
            if have >= count {
                return Ok(());
            }
            if start.elapsed() > limit {
                bail!("{have} of {count} alerts came within {limit:?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// When the alert of this name was first read at this path.
    pub(crate) fn first_of(&self, path: &str, name: &str) -> Result<Instant> {
        let seen = self.shared.seen();
        seen.get(&key(path, name)).copied().with_context(|| format!("no alert `{name}` came to `{path}`"))
    }

    /// When the last alert came that was not there before.
    pub(crate) fn last(&self) -> Option<Instant> {
        self.shared.seen().values().max().copied()
    }
}

fn key(path: &str, name: &str) -> String {
    format!("{path} {name}")
}

async fn receive(State(shared): State<Arc<Shared>>, uri: Uri, body: Bytes) -> &'static str {
    let now = Instant::now();
    if let Some(name) = (shared.name)(&body) {
        shared.seen().entry(key(uri.path(), &name)).or_insert(now);
    }
    "ok"
}
