//! Alerts that differ in everything that lists filter by, stored as the pipeline stores them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use model::{
    Alert, AlertId, AlertStatus, AlertType, DetectionKind, LedgerChanges, NewAlert, RoutingDecision,
    RoutingScenario, Severity,
};
use serde_json::json;
use stdx::{Clock as _, SystemClock};
use store::{LedgerRequest, Store};

/// Alerts of one transaction.
const BATCH: u64 = 1_000;
/// Lists look back 30 days when nothing is said; all alerts lie within.
const SPREAD: Duration = Duration::from_secs(29 * 86_400);
const LOG_TYPES: [&str; 8] = [
    "Okta.SystemLog",
    "AWS.CloudTrail",
    "GitHub.Audit",
    "GSuite.ActivityEvent",
    "Azure.Audit",
    "Slack.AuditLogs",
    "AWS.VPCFlow",
    "Zoom.Activity",
];
const ATTACKS: [&str; 5] = ["Lock-out of", "Impossible travel of", "New key of", "Consent by", "Deletion by"];

/// Stores `count` alerts in the database of a server that does not run.
pub(crate) fn store(data_dir: &Path, count: u64) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = Store::open(data_dir, Arc::new(SystemClock)).await?;
        let start = SystemClock.now() - SPREAD;
        let step = SPREAD / u32::try_from(count)?;
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            let numbers = first..(first + BATCH).min(count);
            let alert = |number| alert(number, start + step * u32::try_from(number).unwrap_or(u32::MAX));
            let new_alerts: Vec<NewAlert> = numbers
                .map(|number| NewAlert { alert: Arc::new(alert(number)), deliveries: Vec::new() })
                .collect();
            let changes = LedgerChanges { new_alerts, ..LedgerChanges::default() };
            let request = LedgerRequest { at: start, ..LedgerRequest::default() };
            store.commit(request, move |_| changes).await?;
        }
        store.close().await;
        Ok(())
    })
}

/// Numbers that look alike for all purposes.
fn scramble(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// One of the items, the first ones more often.
fn pick<T>(items: &[T], random: u64) -> &T {
    let len = items.len() as u64;
    let (one, other) = (random % len, (random >> 20) % len);
    &items[usize::try_from(one.min(other)).unwrap_or_default()]
}

fn alert(number: u64, at: Timestamp) -> Alert {
    let random = scramble(number + 1);
    let rule = format!("Bench.Detection.{}", (random >> 8) % 200);
    let title = format!("{} user{}@example.com", pick(&ATTACKS, random >> 3), random % 50_000);
    let alert_type = match random % 50 {
        0 => AlertType::RuleError,
        1 => AlertType::SystemError,
        2..6 => AlertType::CorrelationRule,
        _ => AlertType::Rule,
    };
    let statuses = [AlertStatus::Resolved, AlertStatus::Closed, AlertStatus::Open, AlertStatus::Triaged];
    let severities = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    Alert {
        id: AlertId::of(&rule, number, "someone"),
        alert_type,
        severity: *pick(&severities, random >> 5),
        status: *pick(&statuses, random >> 7),
        title,
        detection_id: rule.as_str().into(),
        detection_kind: Some(DetectionKind::Rule),
        detection_name: Some(rule),
        detection_version: Some("1".to_owned()),
        system_error: None,
        dedup: format!("user{}@example.com", random % 50_000),
        number,
        created_at: at,
        first_event_at: at,
        last_event_at: at,
        updated_at: at,
        event_count: 1 + (random >> 11) % 40 * ((random >> 17) % 40),
        log_types: BTreeSet::from([(*pick(&LOG_TYPES, random >> 13)).into()]),
        source_ids: BTreeSet::from([format!("source-{}", (random >> 15) % 12).into()]),
        description: Some("Somebody did what nobody there does at that time of the day.".to_owned()),
        reference: None,
        runbook: Some("Ask the person. If nobody answers, end all sessions and keep the logs.".to_owned()),
        context: json!({ "actor": "user", "ip": "203.0.113.9" }).as_object().cloned().unwrap_or_default(),
        tags: vec!["Identity".to_owned()],
        reports: BTreeMap::new(),
        assignee: (random >> 21).is_multiple_of(4).then(|| format!("person-{}", (random >> 23) % 30)),
        quality: None,
        context_tags: Vec::new(),
        updated_by: None,
        routing: RoutingDecision {
            scenario: RoutingScenario::None,
            destination_ids: Vec::new(),
            warnings: Vec::new(),
            explanation: Vec::new(),
        },
    }
}
