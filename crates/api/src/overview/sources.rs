//! How log sources do: those in trouble first, each with what came in.

use std::collections::BTreeMap;

use api_types::{OverviewSource, OverviewSources, wire_time};
use model::{LogTypeAccess, SourceId, SystemErrorType};
use store::{SourceTrouble, StoreError, Volume, VolumesOf};

use super::Span;
use crate::intake_admin::HttpSourceView;
use crate::source_health::SourceHealth;
use crate::state::ApiState;

/// Sources that are told of.
const SOURCES_MAX: usize = 100;

pub(super) async fn health(
    state: &ApiState,
    span: Span,
    access: &LogTypeAccess,
) -> Result<OverviewSources, StoreError> {
    let views = state.source_admin.list();
    let health = SourceHealth::load(state).await?;
    let volumes = of_sources(state, span).await?;
    let mut sources: Vec<OverviewSource> = views
        .iter()
        .map(|view| {
            let volume = volumes.get(view.source.integration_id.as_str()).copied().unwrap_or_default();
            let volume = access.permits_all(view.source.log_types.as_slice()).then_some(volume);
            shown(&health, view, volume)
        })
        .collect();
    sources.sort_by(|a, b| (rank(&a.state), &a.label).cmp(&(rank(&b.state), &b.label)));
    let troubled = sources.iter().filter(|source| rank(&source.state) == 0).count();
    let total = sources.len();
    sources.truncate(SOURCES_MAX);
    Ok(OverviewSources { total: total as u64, troubled: troubled as u64, sources })
}

const WELL: &str = "well";
const DEGRADED: &str = "degraded";

/// Where a source stands in the list: what is in trouble comes first.
fn rank(state: &str) -> u8 {
    match state {
        WELL => 2,
        DEGRADED => 1,
        _ => 0,
    }
}

/// What came in of each source in the span.
async fn of_sources(state: &ApiState, span: Span) -> Result<BTreeMap<SourceId, Volume>, StoreError> {
    let volumes = state.store.count_volumes(VolumesOf::Bodies, span.from, span.now, span.interval).await?;
    let mut by_source: BTreeMap<SourceId, Volume> = BTreeMap::new();
    for it in volumes {
        by_source.entry(it.source_id).or_default().add(it.volume);
    }
    Ok(by_source)
}

fn shown(health: &SourceHealth, view: &HttpSourceView, volume: Option<Volume>) -> OverviewSource {
    let source = &view.source;
    let id = SourceId::from(source.integration_id.as_str());
    let trouble = health.trouble_of(&id);
    let state = match (&source.problem, trouble) {
        (None, None) if source.warnings.is_empty() => WELL,
        (None, None) => DEGRADED,
        (None, Some(trouble)) if trouble.kind == SystemErrorType::SourceNoData => "silent",
        _ => "failing",
    };
    let warnings = (!source.warnings.is_empty()).then(|| source.warnings.join("; "));
    OverviewSource {
        label: source.integration_label.clone(),
        state: state.to_owned(),
        problem: source.problem.clone().or_else(|| trouble.map(sentence)).or(warnings),
        since: trouble.map(|trouble| wire_time(trouble.since)),
        last_event: health.state_of(id.as_str()).received_at.map(wire_time),
        records: volume.map(|volume| volume.events),
        failures: volume.map(|volume| volume.failures),
        bytes: volume.map(|volume| volume.bytes),
        id: source.integration_id.clone(),
    }
}

fn sentence(trouble: &SourceTrouble) -> String {
    let what = match trouble.kind {
        SystemErrorType::SourceNoData => "nothing came for longer than its alarm allows",
        SystemErrorType::SourceClassificationFailures => "log lines fit none of its schemas",
        SystemErrorType::SourceLogProcessingErrors => "logs are not made up as its stream type says",
        other => other.as_str(),
    };
    what.to_owned()
}
