//! What goes on beside the main flow: following the command line, removing what is old, cancelling what can
//! never be sent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api::DestinationView;
use arc_swap::ArcSwap;
use delivery::Delivery;
use jiff::Timestamp;
use model::{DestinationId, RuleId};
use pipeline::Pipeline;
use python_host::PythonHost;
use stdx::Clock;
use store::{AuditKind, Change, ChangeTopic, Retention, Store};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{error, info, warn};

use super::catalogue::Catalogue;
use super::content::ContentCatalogue;
use super::intake::Intake;
use super::settings::Settings;
use super::world::active_rules;
use crate::failure::Failure;

/// Changes made by the command line are seen at least this often.
const CHANGES_INTERVAL: Duration = Duration::from_millis(300);
/// Old events and failures are removed this often.
const PURGE_INTERVAL: Duration = Duration::from_secs(600);
/// Entries of the audit log that are removed in one transaction.
const AUDIT_ROWS_PER_STEP: u64 = 500;
/// Deliveries without a destination are looked for this often.
const ORPHANS_INTERVAL: Duration = Duration::from_secs(10);

/// Follows what other processes change in the database after `version`: detections on and off, deliveries to
/// retry, destinations, sources and schemas made and deleted, content, settings and identity providers.
pub(super) struct Follower {
    pub(super) store: Arc<Store>,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) host: Arc<PythonHost>,
    pub(super) delivery: Delivery,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) content: ContentCatalogue,
    pub(super) intake: Arc<Intake>,
    pub(super) settings: Arc<Settings>,
    pub(super) version: u64,
}

impl Follower {
    /// Follows until it is dropped.
    pub(super) async fn run(mut self) {
        let mut interval = interval(CHANGES_INTERVAL);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            match self.follow().await {
                Ok(now) => self.version = now,
                Err(failure) => warn!("cannot follow what changed, trying again: {failure}"),
            }
        }
    }

    /// Takes over the changes after the version that was reached, and gives the one that is reached now.
    async fn follow(&self) -> Result<u64, Failure> {
        let unreadable = |error| Failure::operation("cannot read the database", &error);
        if self.store.state_version().await.map_err(unreadable)? == self.version {
            return Ok(self.version);
        }
        let changes = self.store.changes_since(self.version).await.map_err(unreadable)?;
        let has = |topics: &[ChangeTopic]| changes.iter().any(|change| topics.contains(&change.topic));
        if has(&[ChangeTopic::Detection]) {
            self.pipeline.set_active(active_rules(&self.store).await?);
        }
        if has(&[ChangeTopic::Destination]) {
            self.catalogue.publish().await?;
        }
        // Schemas first: they say which log types content may name.
        if has(&[ChangeTopic::Source, ChangeTopic::Schema]) {
            self.intake.publish().await?;
        }
        if has(&[ChangeTopic::Settings]) {
            self.settings.follow().await?;
        }
        changes.iter().for_each(|change| self.act_on(change));
        // What waits for a change that is under way is asked for again; nothing else waits with it.
        let is_done = !has(&[ChangeTopic::Content]) || self.content.follow().await?;
        let reached = changes.iter().map(|change| change.version).max();
        Ok(reached.filter(|_| is_done).unwrap_or(self.version))
    }

    fn act_on(&self, change: &Change) {
        match change.topic {
            ChangeTopic::Detection => {
                if self.host.unbench(&RuleId::from(change.id.as_str())) {
                    info!(rule.id = %change.id, "the bench of this detection is ended");
                }
            }
            ChangeTopic::Delivery => self.delivery.retry_asked(),
            // Read from the database whenever they are asked for, or taken over as a whole.
            ChangeTopic::Token
            | ChangeTopic::Role
            | ChangeTopic::User
            | ChangeTopic::Destination
            | ChangeTopic::Source
            | ChangeTopic::Schema
            | ChangeTopic::Settings
            | ChangeTopic::Content => {}
        }
    }
}

/// Removes events, failures and entries of the audit log that are older than their retention.
pub(super) async fn purge(
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    retention: Arc<ArcSwap<crate::config::Retention>>,
    key_file: PathBuf,
) {
    let mut interval = interval(PURGE_INTERVAL);
    loop {
        interval.tick().await;
        let now = clock.now();
        let keep = **retention.load();
        let before = Retention {
            alert_events_before: now.checked_sub(keep.alert_events).ok(),
            failures_before: now.checked_sub(keep.failures).ok(),
            quarters_before: now.checked_sub(store::QUARTERS_KEPT).ok(),
            hours_before: now.checked_sub(store::HOURS_KEPT).ok(),
        };
        if let Err(failure) = store.purge(before).await {
            warn!("old events and failures could not be removed, trying again later: {failure}");
        }
        for (kind, keep) in [(AuditKind::Change, keep.audit), (AuditKind::Read, keep.audit_reads)] {
            if let Ok(before) = now.checked_sub(keep) {
                purge_audit(&store, kind, before, &key_file).await;
            }
        }
    }
}

async fn purge_audit(store: &Store, kind: AuditKind, before: Timestamp, key_file: &Path) {
    loop {
        match store.purge_audit(kind, before, AUDIT_ROWS_PER_STEP, key_file).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(failure) => {
                warn!("old entries of the audit log could not be removed, trying again later: {failure}");
                return;
            }
        }
    }
}

/// Cancels deliveries whose destination is gone or disabled, again and again: a group that was decided
/// before a reload may commit after it.
pub(super) async fn watch_orphans(store: Arc<Store>, views: Arc<ArcSwap<Vec<Arc<DestinationView>>>>) {
    let mut interval = interval(ORPHANS_INTERVAL);
    loop {
        interval.tick().await;
        cancel_orphans(&store, &views.load()).await;
    }
}

/// Cancels what waits for a destination that is not configured or not enabled.
pub(super) async fn cancel_orphans(store: &Store, views: &[Arc<DestinationView>]) {
    let open: BTreeSet<&DestinationId> =
        views.iter().filter(|view| view.record.enabled).map(|view| &view.record.id).collect();
    let pending = match store.pending_by_destination().await {
        Ok(pending) => pending,
        Err(failure) => {
            warn!("cannot see which deliveries wait, trying again: {failure}");
            return;
        }
    };
    for id in pending.keys().filter(|id| !open.contains(id)) {
        match store.cancel_deliveries_of(id).await {
            Ok(count) => {
                warn!(destination.id = %id, count, "deliveries to a destination that is gone or disabled are cancelled");
            }
            Err(failure) => error!(destination.id = %id, "cannot cancel deliveries: {failure}"),
        }
    }
}
