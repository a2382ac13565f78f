//! The one listener: API, pages and log sources; bounded, and able to stop.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tracing::{debug, error, warn};

use crate::failure::Failure;

/// Connections at the same time; further ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 4096;
/// Time for the head of a request, so that nobody holds a connection with a trickle of bytes.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Head of a request, all headers together.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Wait after a failed accept (out of file descriptors, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// The running listener.
pub(super) struct HttpServer {
    pub(super) address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Binds; connections wait in the kernel until [`HttpServer::serve`].
    pub(super) async fn bind(listen: SocketAddr) -> Result<TcpListener, Failure> {
        TcpListener::bind(listen)
            .await
            .map_err(|error| Failure::Operation(format!("cannot listen on {listen}: {error}")))
    }

    /// Serves until stopped.
    pub(super) fn serve(listener: TcpListener, router: Router) -> Result<Self, Failure> {
        let address = listener
            .local_addr()
            .map_err(|error| Failure::operation("the listener has no address", &error))?;
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, router, stopped));
        Ok(HttpServer { address, stop, task })
    }

    /// Takes no new request and waits for those under way, at most `limit`.
    pub(super) async fn stop(self, limit: Duration) {
        self.stop.send_replace(true);
        let abort = self.task.abort_handle();
        if tokio::time::timeout(limit, self.task).await.is_err() {
            warn!("some requests did not end within {limit:?} and are cut off");
            abort.abort();
        }
    }
}

async fn accept(listener: TcpListener, router: Router, mut stopped: watch::Receiver<bool>) {
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let next = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (permit.expect("the semaphore is never closed"), listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            _ = stopped.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = graceful.watch(connection(stream, peer, router.clone()));
                tokio::spawn(async move {
                    if let Err(failure) = connection.await {
                        debug!("a connection ended: {failure}");
                    }
                    drop(permit);
                });
            }
            Err(failure) => {
                error!("cannot accept a connection, trying again: {failure}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// The router, as the peer of one connection sees it: handlers find out who that is.
struct ForPeer {
    router: TowerToHyperService<Router>,
    peer: SocketAddr,
}

impl Service<Request<Incoming>> for ForPeer {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.call(request)
    }
}

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> http1::Connection<TokioIo<TcpStream>, ForPeer> {
    if let Err(failure) = stream.set_nodelay(true) {
        debug!("cannot send small answers at once: {failure}");
    }
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), ForPeer { router: TowerToHyperService::new(router), peer })
}

/// Writes `DATA_DIR/address`, renamed into place so that nobody reads half of it.
pub(super) fn write_address(data_dir: &Path, address: SocketAddr) -> std::io::Result<()> {
    let temporary = data_dir.join("address.new");
    std::fs::write(&temporary, format!("{address}\n"))?;
    std::fs::rename(temporary, data_dir.join("address"))
}
