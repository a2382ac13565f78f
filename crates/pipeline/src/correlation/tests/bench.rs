//! Correlation rules on a real store, with a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use content::{LoadOptions, SourceFile};
use jiff::{SignedDuration, Timestamp};
use model::{
    Alert, DeliveryJob, Destination, DestinationType, Event, Finding, FindingKind, MatchFinding, RuleId,
    format_lake_time,
};
use python_host::{ActiveRules, KvChanges};
use serde_json::{Value, json};
use stdx::{Clock, ManualClock};
use store::{AlertFilter, PageRequest, SortDirection, Store};

use crate::commit::Committer;
use crate::core::Core;
use crate::correlation::correlator::Correlator;
use crate::correlation::{CorrelationSettings, collect_signals};
use crate::evaluate::Evaluated;
use crate::stages::JobSink;
use crate::world::World;

struct NoDelivery;

impl JobSink for NoDelivery {
    fn offer(&self, _: Vec<DeliveryJob>) {}
}

pub(super) struct Bench {
    pub(super) store: Arc<Store>,
    pub(super) core: Arc<Core>,
    pub(super) clock: ManualClock,
    settings: CorrelationSettings,
    correlator: Correlator,
    position: u64,
    dir: tempfile::TempDir,
}

/// The time of a minute.
pub(super) fn minute(minute: i64) -> Timestamp {
    let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minute)
}

/// A correlation rule with this block; `extra` stands beside `Detection`.
pub(super) fn rule(id: &str, block: &str, extra: &str) -> String {
    let block: String = block.lines().map(|line| format!("    {line}\n")).collect();
    format!(
        "AnalysisType: correlation_rule\nRuleID: {id}\nEnabled: true\nSeverity: High\n{extra}Detection:\n  -\n{block}"
    )
}

fn world(rules: &[String], active: ActiveRules) -> World {
    let files: Vec<SourceFile> = (0..)
        .zip(rules)
        .map(|(number, text)| SourceFile { path: format!("{number}.yml").into(), text: text.clone() })
        .collect();
    let repository = content::load(&files, &LoadOptions { is_part: true, ..LoadOptions::default() });
    assert_eq!(repository.findings.iter().filter(|it| it.level == content::Level::Error).count(), 0);
    let destination = Destination {
        id: "d".into(),
        display_name: "everything".to_owned(),
        destination_type: DestinationType("webhook".into()),
        severities: [model::Severity::High].into(),
        alert_types: [].into(),
        log_types: [].into(),
        manual_dispatch: true,
        enabled: true,
        provisioned: true,
        mute: None,
    };
    let mut named = destination.clone();
    (named.id, named.display_name, named.severities) = ("n".into(), "named".to_owned(), [].into());
    World {
        schemas: Arc::default(),
        sources: Arc::default(),
        detections: Arc::new(
            repository.detections().map(|it| (it.id.clone(), Arc::new(it.clone()))).collect(),
        ),
        native: Arc::default(),
        correlations: Arc::new(repository.correlation_rules().cloned().map(Arc::new).collect()),
        destinations: Arc::new(vec![destination, named]),
        alerting: alerting::Settings::default(),
        active: Arc::new(active),
    }
}

impl Bench {
    /// Starts at minute 0.
    pub(super) async fn new(rules: &[String]) -> Bench {
        Bench::with_settings(rules, CorrelationSettings::default()).await
    }

    pub(super) async fn with_settings(rules: &[String], settings: CorrelationSettings) -> Bench {
        let clock = ManualClock::new(minute(0));
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Arc::new(clock.clone())).await.unwrap();
        let world = world(rules, ActiveRules::default());
        Bench::on(Arc::new(store), world, clock, settings, dir)
    }

    fn on(
        store: Arc<Store>,
        world: World,
        clock: ManualClock,
        settings: CorrelationSettings,
        dir: tempfile::TempDir,
    ) -> Bench {
        let committer = Committer {
            store: Arc::clone(&store),
            jobs: Arc::new(NoDelivery),
            clock: Arc::new(clock.clone()),
            lease: Duration::from_secs(60),
            signals_kept_max: settings.signals_kept_max,
        };
        let core = Arc::new(Core::new(committer, Arc::new(world), Arc::new(clock.clone()), settings));
        let correlator = Correlator::new(Arc::clone(&core));
        Bench { store, core, clock, settings, correlator, position: 0, dir }
    }

    /// A new process on the same database; what the old one remembered is gone.
    pub(super) fn restart(self) -> Bench {
        let world = World::clone(&self.core.world());
        let Bench { store, clock, settings, position, dir, .. } = self;
        Bench { position, ..Bench::on(store, world, clock, settings, dir) }
    }

    /// Other content.
    pub(super) fn reload(&self, rules: &[String]) {
        self.core.set_world(Arc::new(world(rules, ActiveRules::default())));
    }

    /// An operator's switch.
    pub(super) fn switch(&self, rule: &str, on: bool) {
        self.core.set_active(ActiveRules { overrides: [(rule.into(), on)].into() });
    }

    pub(super) fn go_to(&self, at: i64) {
        self.clock.advance(minute(at).duration_since(self.clock.now()));
    }

    /// Commits one batch in which `rule` matched, `context` being what its `alert_context` says; answers how
    /// to commit it again.
    pub(super) async fn matched(&mut self, rule: &str, row: &str, at: i64, context: Value) -> Batch {
        self.position += 1;
        let json = json!({
            "row": row,
            "user": context["user"],
            "p_event_time": format_lake_time(minute(at)),
            "p_row_id": row,
        });
        let event = Event {
            log_type: "Okta.SystemLog".into(),
            row_id: row.into(),
            source_id: "okta".into(),
            accepted_at: self.clock.now(),
            json: json.to_string().into(),
        };
        let found = match_finding(rule, context);
        let finding = Finding { event: Some(event), at: self.clock.now(), kind: FindingKind::Match(found) };
        let batch = Batch { position: self.position, at: self.clock.now(), findings: vec![finding] };
        self.commit(&batch).await;
        batch
    }

    /// Commits a batch, perhaps once more.
    pub(super) async fn commit(&self, batch: &Batch) {
        let (signals, counters) = collect_signals(&batch.findings, &self.core.watch.load()).unwrap();
        let evaluated = Evaluated {
            last_sequence: batch.position,
            accepted_at: batch.at,
            findings: batch.findings.clone(),
            failures: Vec::new(),
            counters,
            arrivals: store::Arrivals::default(),
            kv: KvChanges::default(),
            signals,
        };
        let committed = self.core.committer.commit_group(&evaluated, &self.core.world()).await.unwrap();
        self.core.follow_signals(&committed.signals);
    }

    /// Lets the correlation rules look until there is nothing left to do.
    pub(super) async fn correlate(&mut self) {
        self.correlator.has_signals = true;
        for _ in 0..1_000 {
            let before = *self.core.signal_commits.borrow();
            self.correlator.run_due().await.unwrap();
            let is_done = *self.core.signal_commits.borrow() == before;
            self.correlator.has_signals |= !is_done;
            if !self.correlator.has_signals {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the correlation rules never come to an end");
    }

    /// All alerts of correlation rules and of the platform, oldest first.
    pub(super) async fn alerts(&self) -> Vec<Arc<Alert>> {
        let filter = AlertFilter { sort: SortDirection::Ascending, ..AlertFilter::default() };
        let page = self.store.list_alerts(&filter, &PageRequest::first(100)).await.unwrap();
        let mut alerts = Vec::new();
        for row in page.items {
            let alert = self.store.find_alert(&row.id).await.unwrap().unwrap();
            if self.core.world().detections.contains_key(&alert.detection_id) || alert.system_error.is_some()
            {
                alerts.push(alert);
            }
        }
        alerts
    }

    /// The rows of the events that an alert keeps.
    pub(super) async fn rows(&self, alert: &Alert) -> Vec<String> {
        let page = self.store.alert_events(&alert.id, 0, 1_000).await.unwrap();
        let row = |text: &String| {
            let event: Value = serde_json::from_str(text).unwrap();
            event["row"].as_str().or(event["p_row_id"].as_str()).unwrap_or_default().to_owned()
        };
        page.events.iter().map(row).collect()
    }

    pub(super) async fn counter(&self, name: &str, label: &str) -> u64 {
        let counters = self.store.counters().await.unwrap();
        counters.iter().find(|it| it.name == name && it.label == label).map_or(0, |it| it.value)
    }

    /// The signals that are kept of a rule.
    pub(super) async fn kept(&self, rule: &str) -> usize {
        self.store.signals_between(&rule.into(), Timestamp::MIN, Timestamp::MAX).await.unwrap().len()
    }
}

pub(super) struct Batch {
    position: u64,
    at: Timestamp,
    pub(super) findings: Vec<Finding>,
}

impl Batch {
    /// Makes it the next batch.
    pub(super) fn move_behind(&mut self, bench: &mut Bench) {
        bench.position += 1;
        self.position = bench.position;
    }
}

pub(super) fn match_finding(rule: &str, context: Value) -> MatchFinding {
    let Value::Object(context) = context else { panic!("a context is an object") };
    MatchFinding {
        rule_id: RuleId::from(rule),
        title: None,
        description: None,
        reference: None,
        runbook: None,
        severity: None,
        destinations: None,
        dedup: "x".to_owned(),
        alert_context: Some(context),
        unique: None,
        counts_unique: false,
        warnings: Vec::new(),
    }
}
