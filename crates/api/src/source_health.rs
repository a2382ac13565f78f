//! How log sources are: when they were heard of last, and what is wrong with them.

use std::collections::BTreeMap;

use api_types::{HttpSource, wire_time};
use model::{SourceId, SystemErrorType};
use store::{SourceState, SourceTrouble, StoreError};

use crate::intake_admin::HttpSourceView;
use crate::state::ApiState;

/// How all sources are at one moment.
pub(crate) struct SourceHealth {
    states: BTreeMap<SourceId, SourceState>,
    troubles: Vec<SourceTrouble>,
}

impl SourceHealth {
    pub(crate) async fn load(state: &ApiState) -> Result<SourceHealth, StoreError> {
        let states = state.store.source_states().await?;
        Ok(SourceHealth { states, troubles: state.store.source_troubles().await? })
    }

    /// When a source was heard of last.
    pub(crate) fn state_of(&self, id: &str) -> SourceState {
        self.states.get(id).cloned().unwrap_or_default()
    }

    /// Whether nothing is wrong with a source.
    pub(crate) fn is_well(&self, view: &HttpSourceView) -> bool {
        view.source.problem.is_none() && self.is_untroubled(&view.source.integration_id)
    }

    /// Whether nothing went wrong with what a source sent.
    pub(crate) fn is_untroubled(&self, id: &str) -> bool {
        self.troubles.iter().all(|it| it.source_id.as_str() != id)
    }

    /// What is wrong with a source.
    pub(crate) fn troubles_of<'a>(&'a self, id: &'a SourceId) -> impl Iterator<Item = &'a SourceTrouble> {
        self.troubles.iter().filter(move |it| it.source_id == *id)
    }

    /// What is wrong with what a source sent, the worst first: silence matters least.
    pub(crate) fn trouble_of(&self, id: &SourceId) -> Option<&SourceTrouble> {
        let of_source = self.troubles.iter().filter(|it| it.source_id == *id);
        of_source.min_by_key(|it| it.kind == SystemErrorType::SourceNoData)
    }

    /// Whether a source is silent for longer than it may be.
    pub(crate) fn is_silent(&self, id: &SourceId) -> bool {
        self.troubles.iter().any(|it| it.source_id == *id && it.kind == SystemErrorType::SourceNoData)
    }

    /// The source as REST shows it.
    pub(crate) fn shown(&self, view: &HttpSourceView) -> HttpSource {
        let state = self.state_of(&view.source.integration_id);
        HttpSource {
            is_healthy: self.is_well(view),
            last_event_received_at_time: state.received_at.map(wire_time),
            last_event_processed_at_time: state.processed_at.map(wire_time),
            ..view.source.clone()
        }
    }
}
