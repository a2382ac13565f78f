//! `margay detect`: parsed events through the detections of one log type, every match and error on a line.
//!
//! A thread reads and checks lines ahead of the evaluation; both work in bounded steps, so that input of
//! any size goes through constant memory, and what comes from a slow pipe is answered at once.

mod event;
mod input;
mod record;
mod stats;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use content::{Item, ItemBody, ItemState, LoadOptions, Repository};
use detect::NativeRules;
use model::{Event, Finding, FindingKind, LogType, RuleId};
use pipeline::evaluate_rules;
use python_host::{ActiveRules, Evaluation, Program, PythonHost};
use stdx::SystemClock;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::output::{Results, complain, complain_of_loose_errors, describer, offline_host_config, start};
use crate::cli::{DetectArgs, Engine, Global};
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::{self, Content};
use crate::server::runtime;
use input::Batch;
use record::{Records, Severities};
use stats::Stats;

/// Events of one evaluation.
const STEP_EVENTS_MAX: usize = 4096;
/// Bytes of one evaluation, unless a single batch is larger.
const STEP_BYTES_MAX: usize = 8 << 20;
/// Python's name for the error of an import that finds nothing.
const MISSING_MODULE: &str = "ModuleNotFoundError";
/// Batches that are read ahead.
const BATCHES_AHEAD_MAX: usize = 16;

/// Runs the events and prints what was found.
pub(crate) fn detect(global: &Global, args: &DetectArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let config = start(global)?;
    let log_type = LogType::from(args.log_type.as_str());
    input::check(&args.events)?;
    let content = repository::load(&args.content, &LoadOptions::default(), &describer(&config)?)?;
    content.warn_about_context();
    complain_of_loose_errors(&content);
    let repository = rules_of(&content, &log_type);
    let severities: Severities =
        repository.rules().map(|rule| (rule.detection.id.clone(), rule.detection.severity)).collect();
    let native = Arc::new(NativeRules::from_repository(&repository, config.filters));
    // Rules in YAML need no Python whatever is asked for, and no Python is compiled to native code yet.
    let python_rules = match args.engine {
        Engine::Auto | Engine::Python => severities.len() - native.simple_rule_count(),
    };
    let stats = Stats::new(native.simple_rule_count(), python_rules);
    let mut run =
        Run { stats, native, python_rules, severities, is_complete: true, lacking: BTreeSet::new() };
    runtime()?.block_on(run.all(&config, repository, log_type, args.events.clone()))?;
    if let Some(file) = &args.stats {
        run.stats.write(file, begun.elapsed())?;
    }
    if run.is_complete { Ok(()) } else { Err(Failure::Found) }
}

/// The enabled rules that list the log type, with the globals and data models; what cannot run is named.
fn rules_of(content: &Content, log_type: &LogType) -> Repository {
    let lists = |item: &&Item| {
        let listed = item.fields.get("LogTypes").and_then(|list| list.as_array());
        let is_enabled = item.fields.get("Enabled").and_then(serde_json::Value::as_bool) == Some(true);
        is_enabled
            && listed.is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(log_type.as_str())))
    };
    let mut items: Vec<Item> = content
        .repository
        .items
        .iter()
        .filter(|item| matches!(item.state, ItemState::Ready(ItemBody::Global(_) | ItemBody::DataModel(_))))
        .cloned()
        .collect();
    for item in content.selected().filter(lists) {
        let place = format!("{}:{}", item.file.display(), item.line);
        match &item.state {
            ItemState::Ready(ItemBody::Rule(_)) => items.push(item.clone()),
            ItemState::Ready(_) => {}
            ItemState::NotBuilt { reason } if item.analysis_type == "rule" => {
                warn!("{place}: `{}` is left out: {reason}", item.id);
            }
            ItemState::NotBuilt { .. } => {}
            ItemState::Invalid { reason, .. } => warn!("{place}: `{}` is left out: {reason}", item.id),
        }
    }
    for item in content.selected().filter(|item| item.is_invalid() && item.analysis_type.is_empty()) {
        if let ItemState::Invalid { reason, line } = &item.state {
            warn!("{}:{line}: left out: {reason}", item.file.display());
        }
    }
    Repository { items, ..Repository::default() }
}

struct Run {
    stats: Stats,
    native: Arc<NativeRules>,
    python_rules: usize,
    severities: Severities,
    /// Whether every line was an event and every rule saw every event.
    is_complete: bool,
    /// Rules that import what is not there.
    lacking: BTreeSet<RuleId>,
}

impl Run {
    async fn all(
        &mut self,
        config: &Config,
        repository: Repository,
        log_type: LogType,
        files: Vec<PathBuf>,
    ) -> Result<(), Failure> {
        if self.severities.is_empty() {
            warn!("no enabled rule for the log type `{log_type}` can run");
        }
        let host = if self.python_rules == 0 {
            None
        } else {
            let program = Arc::new(Program::from_repository(&repository));
            let host_config = offline_host_config(config, usize::MAX)?;
            let started = PythonHost::start(host_config, program, Arc::new(SystemClock)).await;
            let (host, loaded) = started.map_err(|error| Failure::operation("cannot run rules", &error))?;
            for error in &loaded.setup_errors {
                warn!("`{}` cannot be loaded: {}: {}", error.item_id, error.error_type, error.message);
            }
            Some(host)
        };
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD_MAX);
        // A thread of its own: the runtime would wait for a blocking task that waits for stdin.
        let (reply, read) = oneshot::channel();
        let reader = move || drop(reply.send(input::read(&files, &log_type, &sender)));
        std::thread::Builder::new()
            .name("events".to_owned())
            .spawn(reader)
            .map_err(|error| Failure::operation("cannot read the events", &error))?;
        let outcome = self.evaluate_all(host.as_ref(), receiver).await;
        if let Some(host) = &host {
            // Also so that the times of the workers count as those of children that ended.
            host.shutdown().await;
        }
        outcome?;
        read.await.map_err(|error| Failure::operation("cannot read the events", &error))?
    }

    async fn evaluate_all(
        &mut self,
        host: Option<&PythonHost>,
        mut receiver: mpsc::Receiver<Batch>,
    ) -> Result<(), Failure> {
        while let Some(first) = receiver.recv().await {
            let mut events = Vec::new();
            let mut bytes = 0;
            let mut next = Some(first);
            while let Some(batch) = next {
                bytes += batch.bytes;
                events.extend(self.accept(batch));
                let has_room = events.len() < STEP_EVENTS_MAX && bytes < STEP_BYTES_MAX;
                next = if has_room { receiver.try_recv().ok() } else { None };
            }
            self.stats.count_events(events.len());
            if !events.is_empty() {
                let evaluation = evaluate_rules(&self.native, host, events, &ActiveRules::default())
                    .await
                    .map_err(|error| Failure::operation("cannot run rules", &error))?;
                self.print(evaluation)?;
            }
        }
        Ok(())
    }

    /// Complains about the lines that are no events; gives the events.
    fn accept(&mut self, batch: Batch) -> Vec<Event> {
        for refusal in &batch.refused {
            self.is_complete = false;
            complain(refusal);
        }
        batch.events
    }

    /// Says once for each rule that a package is missing: nobody wants to find that in the results alone.
    fn complain_about_packages(&mut self, finding: &Finding) {
        let FindingKind::Error(error) = &finding.kind else { return };
        if error.error_type == MISSING_MODULE && self.lacking.insert(error.rule_id.clone()) {
            complain(&format!("margay: `{}`: {}", error.rule_id, error.message));
        }
    }

    fn print(&mut self, evaluation: Evaluation) -> Result<(), Failure> {
        let Evaluation { findings, benched: _, events_missed, kv: _ } = evaluation;
        for (rule_id, missed) in events_missed {
            self.is_complete = false;
            complain(&format!(
                "margay: `{rule_id}` ended its worker too often and did not see {} events, from index {} to {}",
                missed.count, missed.first_row_id, missed.last_row_id
            ));
        }
        let mut results = Results::open();
        for finding in &findings {
            self.complain_about_packages(finding);
            if let Some(record) = Records(&self.severities).record(finding) {
                self.stats.count(&record);
                results.json_line(&record)?;
            }
        }
        results.flush()
    }
}
