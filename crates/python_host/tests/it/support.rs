//! A host with a small program, and events for it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::{DetectionKind, ErrorFinding, Event, FindingKind, MatchFinding, Severity};
use python_host::{
    ActiveRules, DataModelProgram, Evaluation, GlobalProgram, HostConfig, KvStorage, LoadReport,
    LookupSource, Program, PythonHost, RuleProgram, SandboxMode,
};
use stdx::{Clock, ManualClock};

pub(crate) const LOG_TYPE: &str = "Test.Log";

/// An example program of this crate, built beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples").join(name)
}

pub(crate) fn config(workers: usize) -> HostConfig {
    HostConfig {
        executable: "python3".into(),
        venv: None,
        workers,
        rule_timeout: Duration::from_secs(1),
        pypanther_timeout: python_host::PYPANTHER_TIMEOUT_DEFAULT,
        memory_max: 512 * 1024 * 1024,
        sandbox: SandboxMode::BestEffort,
        network: false,
        worker_command: vec![example("python_worker").into()],
        warm: true,
        kv: KvStorage::Memory,
        lookups: LookupSource::Event,
    }
}

pub(crate) fn rule(id: &str, source: &str) -> RuleProgram {
    RuleProgram {
        id: id.into(),
        kind: DetectionKind::Rule,
        log_types: vec![LOG_TYPE.into()],
        severity: Severity::Medium,
        create_alert: true,
        enabled: true,
        version: "1".into(),
        source: source.into(),
    }
}

/// A rule that always matches: the one that must not suffer.
pub(crate) fn bystander(id: &str) -> RuleProgram {
    rule(id, "def rule(event):\n    return True\n")
}

pub(crate) fn program(rules: Vec<RuleProgram>) -> Arc<Program> {
    Arc::new(Program::new(vec![], vec![], rules))
}

pub(crate) fn event(number: usize, json: &str) -> Event {
    let body = json.trim_start().strip_prefix('{').unwrap();
    let comma = if body.trim_start().starts_with('}') { "" } else { "," };
    Event {
        log_type: LOG_TYPE.into(),
        row_id: format!("row-{number:04}").into(),
        source_id: "test".into(),
        accepted_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        json: format!("{{\"p_log_type\":\"{LOG_TYPE}\"{comma}{body}").into(),
    }
}

pub(crate) fn events(count: usize) -> Vec<Event> {
    (0..count).map(|number| event(number, &format!("{{\"n\":{number}}}"))).collect()
}

pub(crate) fn clock() -> ManualClock {
    ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap())
}

pub(crate) async fn start(rules: Vec<RuleProgram>) -> (PythonHost, LoadReport) {
    start_with(config(1), program(rules)).await
}

pub(crate) async fn start_with(config: HostConfig, program: Arc<Program>) -> (PythonHost, LoadReport) {
    let clock: Arc<dyn Clock> = Arc::new(clock());
    PythonHost::start(config, program, clock).await.unwrap()
}

pub(crate) async fn start_full(
    globals: Vec<GlobalProgram>,
    data_models: Vec<DataModelProgram>,
    rules: Vec<RuleProgram>,
) -> (PythonHost, LoadReport) {
    start_with(config(1), Arc::new(Program::new(globals, data_models, rules))).await
}

pub(crate) async fn evaluate(host: &PythonHost, events: Vec<Event>) -> Evaluation {
    host.evaluate(events, &ActiveRules::default()).await.unwrap()
}

/// The result of one rule on one event.
pub(crate) async fn evaluate_one(source: &str, json: &str) -> Evaluation {
    let (host, _) = start(vec![rule("My.Rule", source)]).await;
    evaluate(&host, vec![event(0, json)]).await
}

/// Findings as `row rule what`, where what is `match` or the error type.
pub(crate) fn summary(evaluation: &Evaluation) -> Vec<String> {
    let line = |finding: &model::Finding| {
        let row = finding.event.as_ref().map_or("-", |event| &event.row_id);
        match &finding.kind {
            FindingKind::Match(found) => format!("{row} {} match", found.rule_id),
            FindingKind::Error(error) => format!("{row} {} {}", error.rule_id, error.error_type),
            FindingKind::System(system) => format!("{row} {}", system.title),
        }
    };
    evaluation.findings.iter().map(line).collect()
}

pub(crate) fn only_match(evaluation: &Evaluation) -> MatchFinding {
    match evaluation.findings.as_slice() {
        [model::Finding { kind: FindingKind::Match(found), .. }] => found.clone(),
        other => panic!("expected one match, got {other:?}"),
    }
}

pub(crate) fn errors(evaluation: &Evaluation) -> Vec<ErrorFinding> {
    evaluation
        .findings
        .iter()
        .filter_map(|finding| match &finding.kind {
            FindingKind::Error(error) => Some(error.clone()),
            _ => None,
        })
        .collect()
}
