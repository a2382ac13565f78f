//! What handlers ask of the sources and schemas of the running server; `margay` answers.

use std::sync::Arc;
use std::time::Duration;

use api_types::{HttpSource, HttpSourceForm};
use jiff::Timestamp;
use model::{Actor, SourceId};
use store::{SchemaForm, StoredSchema};

use crate::control::{AdminRefusal, BoxFuture};

/// A log source as handlers see it; nothing of its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSourceView {
    /// As the API shows it.
    pub source: HttpSource,
    /// How long it may be silent, as the file says; an alarm of the API is in the store.
    pub no_data_alarm: Option<Duration>,
    /// When it was made; `None` for one of the file.
    pub created_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<Actor>,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
}

/// Log sources. What is changed takes logs when the answer is there.
pub trait SourceAdmin: Send + Sync {
    /// All of them, by label; those of the file too.
    fn list(&self) -> Arc<Vec<Arc<HttpSourceView>>>;

    /// Makes one.
    fn create(
        &self,
        form: HttpSourceForm,
        by: Actor,
    ) -> BoxFuture<'_, Result<Arc<HttpSourceView>, AdminRefusal>>;

    /// Replaces one.
    fn update<'a>(
        &'a self,
        id: &'a SourceId,
        form: HttpSourceForm,
        by: Actor,
    ) -> BoxFuture<'a, Result<Arc<HttpSourceView>, AdminRefusal>>;

    /// Deletes one; what it sent stays.
    fn delete<'a>(&'a self, id: &'a SourceId) -> BoxFuture<'a, Result<(), AdminRefusal>>;
}

/// Custom schemas. What is changed is used by the sources when the answer is there.
pub trait SchemaAdmin: Send + Sync {
    /// All stored ones, archived ones too, by name. Those that come with the product or lie in a folder are
    /// not among them.
    fn list(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, AdminRefusal>>;

    /// Makes one, or a new version of one. The revision that the form was made from must be the stored one,
    /// 0 for a new schema.
    fn put(&self, form: SchemaForm, by: Actor) -> BoxFuture<'_, Result<StoredSchema, AdminRefusal>>;

    /// Archives one, or takes it back.
    fn archive<'a>(
        &'a self,
        name: &'a str,
        is_archived: bool,
    ) -> BoxFuture<'a, Result<StoredSchema, AdminRefusal>>;
}
