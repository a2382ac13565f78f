//! The commit stage: findings become decisions, and decisions one transaction.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::{Finding, FindingKind, SystemFinding};
use stdx::Clock;
use store::{Committed, Lease, LedgerRequest, Store, StoreError};
use tracing::{info, warn};

use crate::evaluate::Evaluated;
use crate::stages::JobSink;
use crate::world::World;

/// Writes decisions and hands their deliveries on.
pub(crate) struct Committer {
    pub(crate) store: Arc<Store>,
    pub(crate) jobs: Arc<dyn JobSink>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) lease: Duration,
}

impl Committer {
    /// Commits one evaluated group with its journal position; a replay changes nothing. Answers the keys of
    /// the key-value cache whose rows had to make room.
    pub(crate) async fn commit_group(
        &self,
        group: &Evaluated,
        world: &World,
    ) -> Result<Vec<String>, StoreError> {
        let request = LedgerRequest {
            position: Some(group.last_sequence),
            failures: group.failures.clone(),
            counters: group.counters.clone().into_rows(),
            kv_changes: group.kv.rows.clone(),
            ..self.request(&group.findings, group.accepted_at)
        };
        self.commit(request, group.findings.clone(), world).await
    }

    /// Commits one fault of the platform.
    pub(crate) async fn commit_fault(
        &self,
        fault: SystemFinding,
        at: Timestamp,
        world: &World,
    ) -> Result<(), StoreError> {
        let findings = vec![Finding { event: None, at, kind: FindingKind::System(fault) }];
        let request = self.request(&findings, at);
        self.commit(request, findings, world).await.map(drop)
    }

    fn request(&self, findings: &[Finding], at: Timestamp) -> LedgerRequest {
        let (group_keys, rule_ids) = alerting::keys(findings);
        let until =
            self.clock.now().saturating_add(self.lease).expect("adding a positive duration saturates");
        LedgerRequest {
            position: None,
            group_keys,
            rule_ids,
            failures: Vec::new(),
            counters: Vec::new(),
            kv_changes: Vec::new(),
            lease: Some(Lease { until }),
            at,
        }
    }

    async fn commit(
        &self,
        request: LedgerRequest,
        findings: Vec<Finding>,
        world: &World,
    ) -> Result<Vec<String>, StoreError> {
        let settings = world.alerting;
        let detections = Arc::clone(&world.detections);
        let destinations = Arc::clone(&world.destinations);
        let decide = move |state| alerting::decide(&settings, &detections, &destinations, findings, state);
        let Committed { applied, jobs, new_alerts, kv_evicted } = self.store.commit(request, decide).await?;
        if !applied {
            info!("a group was committed before the last stop; nothing changed");
            return Ok(kv_evicted);
        }
        if !kv_evicted.is_empty() {
            warn!(
                count = kv_evicted.len(),
                "rows of the key-value cache made room for newer ones, those that expire first; use fewer keys \
                 or shorter lives"
            );
        }
        for alert in &new_alerts {
            info!(alert.id = %alert.id, rule.id = %alert.detection_id, severity = %alert.severity, "alert");
        }
        self.jobs.offer(jobs);
        Ok(kv_evicted)
    }
}
