//! Waiting on a condition with a limit, instead of sleeping for a guessed time.

use std::time::Duration;

use tokio::time::Instant;

/// How long a test waits before it fails, unless it says otherwise.
pub const WAIT_LIMIT: Duration = Duration::from_secs(20);

/// Waits until `condition` holds, looking every few milliseconds.
///
/// # Panics
///
/// When it does not hold within [`WAIT_LIMIT`]; `what` names it in the message.
pub async fn wait_until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + WAIT_LIMIT;
    while !condition().await {
        assert!(Instant::now() < deadline, "waited {WAIT_LIMIT:?} in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
