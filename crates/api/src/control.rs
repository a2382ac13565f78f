//! What handlers ask of the running delivery and of the catalogue of destinations; `margay` joins them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use api_types::{DestinationForm, DestinationHealth, TestResult};
use destinations::{Inbound, InboundRefusal, StatusRequest};
use model::{DestinationId, Mute};

use crate::state::DestinationView;

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

    /// Reads what a vendor sent back to a destination; `None` when there is nothing to do.
    ///
    /// # Errors
    ///
    /// As [`destinations::Destination::receive`], and when there is no such destination.
    fn receive(
        &self,
        id: &DestinationId,
        inbound: &Inbound<'_>,
    ) -> Result<Option<StatusRequest>, InboundRefusal>;

    /// Says at the vendor what came of a request, or why nothing did; returns at once.
    fn answer(&self, id: &DestinationId, request: StatusRequest, problem: Option<String>);
}

/// Why a destination, a log source or a schema cannot be made, changed or deleted; each holds a sentence for
/// the caller, without a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminRefusal {
    /// The form is wrong: the field and the rule.
    Invalid(String),
    /// No such thing.
    NotFound(String),
    /// The name is taken, it was changed since, or it is declared in a file.
    Conflict(String),
    /// The change was made from what is no more.
    Outdated(String),
    /// The server cannot do it now.
    Failed(String),
}

/// Asked of a destination as it is before it is changed; refuses with [`AdminRefusal::Outdated`].
pub type IsCurrent<'a> = &'a (dyn Fn(&DestinationView) -> Result<(), AdminRefusal> + Send + Sync);

/// The catalogue of destinations. What is changed is visible to routing, delivery and API when the answer
/// is there.
pub trait DestinationAdmin: Send + Sync {
    /// Makes one.
    fn create(&self, form: DestinationForm) -> BoxFuture<'_, Result<Arc<DestinationView>, AdminRefusal>>;

    /// Replaces one, if it is what the caller thinks; queued deliveries take the new settings.
    fn update<'a>(
        &'a self,
        id: &'a DestinationId,
        form: DestinationForm,
        is_current: IsCurrent<'a>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>>;

    /// Deletes one; queued deliveries are cancelled, records stay.
    fn delete<'a>(&'a self, id: &'a DestinationId) -> BoxFuture<'a, Result<(), AdminRefusal>>;

    /// Keeps one quiet for a while, or ends that: those of the configuration file too.
    fn mute<'a>(
        &'a self,
        id: &'a DestinationId,
        mute: Option<Mute>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>>;

    /// Sends the test alert to what a form says; nothing is stored.
    fn test(&self, form: DestinationForm) -> BoxFuture<'_, Result<TestResult, AdminRefusal>>;
}
