//! What handlers ask of the running delivery; `margay` joins the two.

use std::future::Future;
use std::pin::Pin;

use api_types::{DestinationHealth, TestResult};
use model::DestinationId;

/// A boxed answer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The running delivery, as handlers see it.
pub trait DeliveryControl: Send + Sync {
    /// A person asked for an attempt: look for it now.
    fn retry_asked(&self);

    /// How a destination does; `None` when there is no such destination.
    fn health(&self, id: &DestinationId) -> Option<DestinationHealth>;

    /// Sends the test alert, once; `None` when there is no such destination.
    fn send_test<'a>(&'a self, id: &'a DestinationId) -> BoxFuture<'a, Option<TestResult>>;
}
