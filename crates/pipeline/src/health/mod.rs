//! Watches over the sources: says when one falls silent, or sends what cannot be read, and when it is well again.
//!
//! Neighbours: commits leave in the store when each source was heard of (`arrivals.rs`); this task looks at that
//! by the clock and makes of it what is wrong now (`judge.rs`), worded in `words.rs`.
//!
//! Guarantees: a trouble and the alert about it begin in one transaction, so that a trouble makes one alert
//! however often the process stops; the alert is resolved in the transaction that ends the trouble.

mod judge;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::{Actor, ActorKind, AlertId, Finding, FindingKind, SourceId, SystemErrorType};
use parsers::StreamType;
use store::{PageRequest, SourceState, SourceTrouble, StoreError};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::core::Core;
use judge::Wrong;

/// The sources are looked at this often.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// So long after the start no source counts as silent that did not before: senders have to find the server again,
/// and what waits in the journal has to be processed.
const SETTLE_TIME: SignedDuration = SignedDuration::from_mins(5);
/// So many of the newest failures are looked at for the reason of the last one.
const FAILURES_SEEN_MAX: usize = 50;

/// A source, as far as its health goes.
#[derive(Clone, Debug)]
pub struct WatchedSource {
    /// The source.
    pub id: SourceId,
    /// Its name.
    pub label: String,
    /// How its bodies are made up.
    pub stream_type: StreamType,
    /// How long it may be silent; `None`: as long as it likes.
    pub no_data_alarm: Option<Duration>,
}

/// Gives the sources that there are now.
pub type Sources = Box<dyn Fn() -> Vec<WatchedSource> + Send + Sync>;

/// The watch over the sources. Alarms that are set by the API are read from the store, and count where the source
/// itself has none.
pub struct SourceWatch {
    core: Arc<Core>,
    sources: Sources,
    started_at: Timestamp,
}

impl SourceWatch {
    pub(crate) fn new(core: Arc<Core>, sources: Sources) -> SourceWatch {
        let started_at = core.clock.now();
        SourceWatch { core, sources, started_at }
    }

    /// Watches until it is dropped.
    pub async fn run(self) {
        let mut interval = interval(CHECK_INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            if let Err(failure) = self.check().await {
                warn!("the health of the sources cannot be looked at, trying again: {failure}");
            }
        }
    }

    /// Looks at all sources once: begins and ends troubles.
    pub(crate) async fn check(&self) -> Result<(), StoreError> {
        let store = &self.core.committer.store;
        let now = self.core.clock.now();
        let mut sources = (self.sources)();
        let alarms = store.source_alarms().await?;
        for source in &mut sources {
            source.no_data_alarm = source.no_data_alarm.or(alarms.get(&source.id).copied());
        }
        let states = self.known(&sources, now).await?;
        let troubles = store.source_troubles().await?;
        let mut lasting = BTreeSet::new();
        for source in &sources {
            let state = states.get(&source.id).cloned().unwrap_or_default();
            for wrong in judge::judge(source, &state, now) {
                let is_known = troubles.iter().any(|it| it.source_id == source.id && it.kind == wrong.kind);
                lasting.insert((source.id.clone(), wrong.kind.as_str()));
                if !is_known && !self.is_settling(wrong.kind, now) {
                    self.begin(source, &state, wrong, now).await?;
                }
            }
        }
        for trouble in troubles {
            if !lasting.contains(&(trouble.source_id.clone(), trouble.kind.as_str())) {
                self.end(trouble, now).await?;
            }
        }
        Ok(())
    }

    /// The states of sources, each known since some time.
    async fn known(
        &self,
        sources: &[WatchedSource],
        now: Timestamp,
    ) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        let store = &self.core.committer.store;
        let states = store.source_states().await?;
        let known = states.iter().filter(|(_, state)| state.known_at.is_some()).map(|(id, _)| id);
        let present: BTreeSet<&SourceId> = sources.iter().map(|source| &source.id).collect();
        if known.collect::<BTreeSet<_>>() == present {
            return Ok(states);
        }
        store.know_sources(present.into_iter().cloned().collect(), now).await?;
        store.source_states().await
    }

    fn is_settling(&self, kind: SystemErrorType, now: Timestamp) -> bool {
        kind == SystemErrorType::SourceNoData && now.duration_since(self.started_at) < SETTLE_TIME
    }

    async fn begin(
        &self,
        source: &WatchedSource,
        state: &SourceState,
        wrong: Wrong,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let last_error = self.last_error(source, wrong).await?;
        let fault = words::fault(source, state, wrong, last_error, now);
        warn!(source.id = %source.id, "{}", fault.title);
        let trouble = SourceTrouble {
            source_id: source.id.clone(),
            kind: wrong.kind,
            since: wrong.since,
            alert_id: AlertId::of_system(wrong.kind.as_str(), fault.dedup(), 1),
        };
        let finding = Finding { event: None, at: now, kind: FindingKind::System(fault) };
        let world = self.core.world();
        self.core.committer.commit_trouble(finding, trouble, now, &world).await
    }

    /// What was said of the record that failed last; silence has none.
    async fn last_error(&self, source: &WatchedSource, wrong: Wrong) -> Result<Option<String>, StoreError> {
        if wrong.kind == SystemErrorType::SourceNoData {
            return Ok(None);
        }
        let page = PageRequest::first(FAILURES_SEEN_MAX);
        let failures = self.core.committer.store.list_failures(&source.id, &page).await?;
        let last = failures.items.into_iter().find(|failure| failure.received_at == wrong.since);
        Ok(last.map(|failure| failure.reason))
    }

    async fn end(&self, trouble: SourceTrouble, now: Timestamp) -> Result<(), StoreError> {
        info!(source.id = %trouble.source_id, kind = trouble.kind.as_str(), "a trouble of this source is over");
        let margay = Actor { id: "system".to_owned(), kind: ActorKind::System };
        self.core.committer.store.end_source_trouble(trouble, margay, now).await
    }
}
