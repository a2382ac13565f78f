//! `margay detection`: list detections, switch them on and off; a running server follows within a second.

use std::collections::{BTreeSet, HashMap};

use comfy_table::Table;
use content::{ItemState, Repository};
use model::{DetectionState, RuleId};

use super::output::describer;
use crate::cli::{DetectionCommand, Global};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::repository;
use crate::server::{open_store, runtime, schemas};

/// Runs one detection command.
pub(crate) fn detection(global: &Global, command: DetectionCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    let known = schemas(&config)?.log_types().cloned().collect::<BTreeSet<_>>();
    let (repository, unreadable) = repository::load_for_serving(&config.content, known, &describer(&config)?);
    if let Some(failure) = unreadable.into_iter().next() {
        return Err(failure);
    }
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = match command {
            DetectionCommand::List => list(&store, &repository).await,
            DetectionCommand::Enable { id } => switch(&store, &repository, &config, &id, true).await,
            DetectionCommand::Disable { id } => switch(&store, &repository, &config, &id, false).await,
        };
        store.close().await;
        result
    })
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn list(store: &store::Store, repository: &Repository) -> Result<(), Failure> {
    let states: HashMap<RuleId, DetectionState> = store
        .list_detection_states()
        .await
        .map_err(|error| Failure::operation("cannot read the detections' states", &error))?
        .into_iter()
        .map(|state| (state.rule_id.clone(), state))
        .collect();
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ID", "SEVERITY", "LOG TYPES", "RUNS", "NAME"]);
    for rule in repository.rules() {
        let detection = &rule.detection;
        table.add_row([
            detection.id.to_string(),
            detection.severity.to_string(),
            detection.log_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            runs(detection.enabled, states.get(&detection.id)),
            detection.display_name.clone().unwrap_or_default(),
        ]);
    }
    for item in &repository.items {
        let ItemState::Invalid { reason, line } = &item.state else { continue };
        if is_detection(&item.analysis_type) {
            let what = format!("{}:{line}: {reason}", item.file.display());
            table.add_row([item.id.as_str(), "", "", "no (invalid)", &what]);
        }
    }
    println!("{table}");
    Ok(())
}

/// Whether items of this type are detections; the type of a file that cannot be read is empty.
fn is_detection(analysis_type: &str) -> bool {
    matches!(analysis_type, "" | "rule" | "scheduled_rule" | "policy" | "correlation_rule")
}

fn runs(enabled: bool, state: Option<&DetectionState>) -> String {
    let by_operator = state.and_then(|state| state.enabled_override);
    let word = match (by_operator, enabled) {
        (Some(true), _) => "yes (switched on)",
        (Some(false), _) => "no (switched off)",
        (None, true) => "yes",
        (None, false) => "no",
    };
    if state.is_some_and(|state| state.limited_at.is_some()) {
        return format!("{word}, alerts off (limit reached)");
    }
    word.to_owned()
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn switch(
    store: &store::Store,
    repository: &Repository,
    config: &Config,
    id: &str,
    on: bool,
) -> Result<(), Failure> {
    if !repository.rules().any(|rule| rule.detection.id.as_str() == id) {
        let content: Vec<String> = config.content.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::Usage(format!("no detection `{id}` in {}", content.join(", "))));
    }
    store
        .set_detection_enabled(&RuleId::from(id), Some(on))
        .await
        .map_err(|error| Failure::operation("cannot store the change", &error))?;
    println!("{id} is switched {}", if on { "on" } else { "off" });
    Ok(())
}
