//! A server whose workers are busy for ever, for the test that kills it.
//!
//! Takes the worker command as its argument and writes `ready` once the workers are started.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use model::{DetectionKind, Event, Severity};
use python_host::{
    ActiveRules, HostConfig, KvStorage, LookupSource, Program, PythonHost, RuleProgram, SandboxMode,
};
use stdx::SystemClock;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = HostConfig {
        executable: "python3".into(),
        venv: None,
        workers: 2,
        rule_timeout: Duration::from_secs(600),
        pypanther_timeout: python_host::PYPANTHER_TIMEOUT_DEFAULT,
        memory_max: 512 * 1024 * 1024,
        sandbox: SandboxMode::BestEffort,
        network: false,
        worker_command: std::env::args_os().skip(1).collect(),
        warm: true,
        kv: KvStorage::Memory,
        lookups: LookupSource::Event,
    };
    let rule = RuleProgram {
        id: "Endless".into(),
        kind: DetectionKind::Rule,
        log_types: vec!["Test.Log".into()],
        severity: Severity::Low,
        create_alert: true,
        enabled: true,
        version: "1".into(),
        source: "def rule(event):\n    while True:\n        pass\n".into(),
    };
    let event = Event {
        log_type: "Test.Log".into(),
        row_id: "row".into(),
        source_id: "test".into(),
        accepted_at: "2026-01-01T00:00:00Z".parse()?,
        json: "{}".into(),
    };
    let program = Arc::new(Program::new(vec![], vec![], vec![rule]));
    let (host, _) = PythonHost::start(config, program, Arc::new(SystemClock)).await?;
    writeln!(std::io::stdout(), "ready")?;
    // Busy workers do not notice a closed socket; only the death signal ends them.
    host.evaluate(vec![event; 100], &ActiveRules::default()).await?;
    Ok(())
}
