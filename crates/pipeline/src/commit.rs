//! The commit stage: findings become decisions, and decisions one transaction.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{Finding, FindingKind, SystemFinding};
use stdx::Clock;
use store::{Committed, Lease, LedgerRequest, SignalChanges, SourceTrouble, Store, StoreError};
use tracing::{info, warn};

use crate::counters::Counters;
use crate::evaluate::Evaluated;
use crate::stages::JobSink;
use crate::world::World;

/// Writes decisions and hands their deliveries on.
pub struct Committer {
    /// Where decisions are recorded.
    pub store: Arc<Store>,
    /// Who sends the alerts.
    pub jobs: Arc<dyn JobSink>,
    /// Tells when leases end.
    pub clock: Arc<dyn Clock>,
    /// How long the delivery may hold rows that it got from the transaction.
    pub lease: Duration,
    /// Signals kept of each rule.
    pub signals_kept_max: u64,
}

impl Committer {
    /// Commits one evaluated group with its journal position; a replay changes nothing.
    pub(crate) async fn commit_group(
        &self,
        group: &Evaluated,
        world: &World,
    ) -> Result<Committed, StoreError> {
        let request = LedgerRequest {
            position: Some(group.last_sequence),
            failures: group.failures.clone(),
            counters: group.counters.clone().into_rows(),
            arrivals: group.arrivals.clone(),
            kv_changes: group.kv.rows.clone(),
            signals: SignalChanges {
                new: group.signals.clone(),
                kept_max: self.signals_kept_max,
                ..SignalChanges::default()
            },
            ..self.request(&group.findings, group.accepted_at)
        };
        self.commit(request, group.findings.clone(), world).await
    }

    /// Commits what the evaluation of a correlation rule came to.
    pub(crate) async fn commit_correlation(
        &self,
        findings: Vec<Finding>,
        counters: Counters,
        signals: SignalChanges,
        at: Timestamp,
        world: &World,
    ) -> Result<Committed, StoreError> {
        let request = LedgerRequest {
            counters: counters.into_rows(),
            signals: SignalChanges { kept_max: self.signals_kept_max, ..signals },
            ..self.request(&findings, at)
        };
        self.commit(request, findings, world).await
    }

    /// Commits findings that belong to no position of the journal: what a group of events comes to, without
    /// what only events bring.
    ///
    /// # Errors
    /// Nothing is stored then, and no delivery begins.
    pub async fn commit_findings(
        &self,
        findings: Vec<Finding>,
        at: Timestamp,
        world: &World,
    ) -> Result<Committed, StoreError> {
        self.commit(self.request(&findings, at), findings, world).await
    }

    /// Commits one fault of the platform.
    pub(crate) async fn commit_fault(
        &self,
        fault: SystemFinding,
        at: Timestamp,
        world: &World,
    ) -> Result<(), StoreError> {
        let findings = vec![Finding { event: None, at, kind: FindingKind::System(fault) }];
        self.commit_findings(findings, at, world).await.map(drop)
    }

    /// Commits what is wrong with a source, and the alert about it.
    pub(crate) async fn commit_trouble(
        &self,
        finding: Finding,
        trouble: SourceTrouble,
        at: Timestamp,
        world: &World,
    ) -> Result<(), StoreError> {
        let findings = vec![finding];
        let request = LedgerRequest { troubles: vec![trouble], ..self.request(&findings, at) };
        self.commit(request, findings, world).await.map(drop)
    }

    fn request(&self, findings: &[Finding], at: Timestamp) -> LedgerRequest {
        let (group_keys, rule_ids) = alerting::keys(findings);
        let until =
            self.clock.now().saturating_add(self.lease).expect("adding a positive duration saturates");
        LedgerRequest { group_keys, rule_ids, lease: Some(Lease { until }), at, ..LedgerRequest::default() }
    }

    async fn commit(
        &self,
        request: LedgerRequest,
        findings: Vec<Finding>,
        world: &World,
    ) -> Result<Committed, StoreError> {
        let settings = world.alerting;
        let detections = Arc::clone(&world.detections);
        let destinations = Arc::clone(&world.destinations);
        let decide = move |state| alerting::decide(&settings, &detections, &destinations, findings, state);
        let mut committed = self.store.commit(request, decide).await?;
        if !committed.applied {
            info!("a group was committed before the last stop; nothing changed");
            return Ok(committed);
        }
        if !committed.kv_evicted.is_empty() {
            warn!(
                count = committed.kv_evicted.len(),
                "rows of the key-value cache made room for newer ones, those that expire first; use fewer keys \
                 or shorter lives"
            );
        }
        for alert in &committed.new_alerts {
            info!(alert.id = %alert.id, rule.id = %alert.detection_id, severity = %alert.severity, "alert");
        }
        self.jobs.offer(std::mem::take(&mut committed.jobs));
        Ok(committed)
    }
}
