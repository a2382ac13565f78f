//! What goes on after its answer, such as an upload with a receipt: what came of it is an entry of its own.

use std::sync::Arc;

use serde_json::{Value, json};
use store::{AuditKind, StoreError};
use tracing::error;

use super::actions::Action;
use super::entry::{Came, Done};
use super::slot::{AuditActor, Noted, Views};
use crate::state::ApiState;

/// Who asked for it, and how.
pub(crate) struct Later {
    came: Arc<Came>,
    actor: AuditActor,
    action: Action,
}

impl Later {
    pub(super) fn new(came: Arc<Came>, actor: AuditActor, action: Action) -> Later {
        Later { came, actor, action }
    }

    /// Writes down what came of it: what is there now, or why it failed.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub(crate) async fn record(
        self,
        state: &ApiState,
        receipt: &str,
        outcome: Result<Value, String>,
    ) -> Result<(), StoreError> {
        let Later { came, actor, action } = self;
        let noted = Noted { actor: Some(actor), ..Noted::default() };
        let (error, after) = match outcome {
            Ok(after) => (None, Some(after)),
            Err(message) => (Some(message), None),
        };
        let views = Views { after, ..Views::default() };
        let details = came.details(json!({ "receiptId": receipt }));
        let params = json!({ "dynamic": { "input": { "receiptId": receipt } }, "static": {} });
        let done = Done::new(action, &views, error.as_deref(), params, details);
        let entry = came.written(&noted, done, super::entry::now(state));
        let written = state.store.append_audit(AuditKind::Change, vec![entry], &state.key_file).await;
        written.map(|_| ()).inspect_err(|problem| {
            error!("what came of the upload {receipt} could not be written to the audit log: {problem}");
        })
    }
}
