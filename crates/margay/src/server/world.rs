//! From configuration and content to what events are judged by.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use content::{Diagnostic, ItemState, Level, OVERRIDES_FILE, PypantherProject, Repository};
use model::LogType;
use pipeline::World;
use python_host::{ActiveRules, LoadReport};
use schema::SchemaSet;
use store::Store;
use tracing::{info, warn};

use super::content::{Candidate, LoadedContent, Stored};
use super::intake::with_stored;
use super::running::python_host_config;
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::Directories;

/// Everything that a reload replaces.
pub(crate) struct Loaded {
    pub(crate) world: World,
    pub(super) content: LoadedContent,
    pub(crate) summary: Summary,
    /// Configured content that cannot be read and is left out.
    pub(crate) unreadable: Vec<Failure>,
}

/// What loading found, in numbers.
pub(crate) struct Summary {
    /// Items that can be used.
    pub(crate) items: usize,
    /// Items that cannot.
    pub(crate) invalid: usize,
}

impl Summary {
    /// Counts rules that no worker can load among the invalid.
    pub(crate) fn count_setup_errors(&mut self, report: &LoadReport) {
        let broken = report.setup_errors.len().min(self.items);
        self.items -= broken;
        self.invalid += broken;
    }
}

/// The built-in schemas and those of the configured folders.
pub(crate) fn schemas(config: &Config) -> Result<SchemaSet, Failure> {
    let mut set =
        SchemaSet::builtin().map_err(|error| Failure::operation("a built-in schema is broken", &error))?;
    for folder in &config.schemas {
        add_schemas(&mut set, folder)?;
    }
    Ok(set)
}

fn add_schemas(set: &mut SchemaSet, folder: &Path) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::Usage(format!("`schemas`: cannot read `{}`: {error}", folder.display()))
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .map_err(unreadable)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(unreadable)?;
    files.sort();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let is_test = name.ends_with("_tests.yml") || name.ends_with("_tests.yaml");
        if !is_yaml || is_test {
            continue;
        }
        let text = std::fs::read_to_string(&file).map_err(|error| {
            Failure::Usage(format!("`schemas`: cannot read `{}`: {error}", file.display()))
        })?;
        set.add(&file.display().to_string(), &text)
            .map_err(|error| Failure::Usage(format!("`schemas`: {error}")))?;
    }
    Ok(())
}

/// The schemas of files and the stored ones.
async fn all_schemas(config: &Config, store: &Store) -> Result<SchemaSet, Failure> {
    let stored = store
        .list_schemas()
        .await
        .map_err(|error| Failure::operation("cannot read the stored schemas", &error))?;
    Ok(with_stored(&schemas(config)?, &stored))
}

/// Loads content and builds the world. Broken items are named in the log and left out.
pub(crate) async fn load(config: &Config, store: &Store) -> Result<Loaded, Failure> {
    let schemas = Arc::new(all_schemas(config, store).await?);
    let known: BTreeSet<LogType> = schemas.log_types().cloned().collect();
    let (content, unreadable) = load_content(config, store, known).await?;
    let summary = report(&content.candidate.repository);
    let world = World {
        // The intake fills them in: it knows the stored ones too.
        sources: Arc::default(),
        schemas,
        // The catalogue fills them in: it knows the stored ones too.
        destinations: Arc::default(),
        alerting: config.alerting.settings,
        active: Arc::new(active_rules(store).await?),
        ..World::default()
    };
    Ok(Loaded { world: world.with_content(content.candidate.world.clone()), content, summary, unreadable })
}

/// Reads the content on a thread that may block; dropping the future ends what it runs.
async fn load_content(
    config: &Config,
    store: &Store,
    known: BTreeSet<LogType>,
) -> Result<(LoadedContent, Vec<Failure>), Failure> {
    struct StopOnDrop(Arc<AtomicBool>);
    impl Drop for StopOnDrop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = StopOnDrop(Arc::default());
    let (host_config, is_stopped) = (python_host_config(config)?, Arc::clone(&stop.0));
    let for_changes = host_config.clone();
    let describe =
        Arc::new(move |project: &PypantherProject| python_host::describe(&host_config, project, &is_stopped));
    let (paths, for_directories) = (config.content.clone(), Arc::clone(&describe));
    let read = tokio::task::spawn_blocking(move || Directories::read(&paths, &*for_directories));
    let unreadable = |error: tokio::task::JoinError| Failure::operation("cannot read the content", &error);
    let (directories, left_out) = read.await.map_err(unreadable)?;
    let stored = Stored::read(store, move |project| describe(project)).await?;
    let (directories, filters) = (Arc::new(directories), config.filters);
    let (below, on_top) = (Arc::clone(&directories), stored.clone());
    let load = tokio::task::spawn_blocking(move || Candidate::load(&below, &on_top, &known, filters));
    let candidate = load.await.map_err(unreadable)?;
    Ok((LoadedContent { python: for_changes, filters, directories, stored, candidate }, left_out))
}

/// What operators said about detections.
pub(crate) async fn active_rules(store: &Store) -> Result<ActiveRules, Failure> {
    let states = store
        .list_detection_states()
        .await
        .map_err(|error| Failure::operation("cannot read the detections' states", &error))?;
    let overrides =
        states.into_iter().filter_map(|state| Some((state.rule_id, state.enabled_override?))).collect();
    Ok(ActiveRules { overrides })
}

/// Names what cannot run: one line for each broken item, one for all kinds that are not run.
fn report(repository: &Repository) -> Summary {
    let mut summary = Summary { items: 0, invalid: 0 };
    let mut not_run: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in &repository.items {
        match &item.state {
            ItemState::Ready(_) => summary.items += 1,
            ItemState::NotBuilt { .. } => {
                not_run.entry(item.analysis_type.as_str()).or_default().push(item.id.as_str());
            }
            ItemState::Invalid { reason, line } => {
                summary.invalid += 1;
                warn!("{}:{line}: {reason}; `{}` is left out", item.file.display(), item.id);
            }
        }
    }
    for finding in repository.findings.iter().filter(|finding| is_override_error(finding)) {
        warn!("{}:{}: {}; the override is left out", finding.file.display(), finding.line, finding.message);
    }
    if !not_run.is_empty() {
        let count: usize = not_run.values().map(Vec::len).sum();
        let kinds: Vec<String> =
            not_run.iter().map(|(kind, ids)| format!("{} {kind} ({})", ids.len(), name_some(ids))).collect();
        info!("{count} items are of kinds that are not run yet: {}", kinds.join(", "));
    }
    summary
}

/// An override that cannot be applied is no item.
fn is_override_error(finding: &Diagnostic) -> bool {
    let is_file = finding.file.file_name().is_some_and(|name| name == OVERRIDES_FILE);
    is_file && finding.level == Level::Error
}

fn name_some(ids: &[&str]) -> String {
    const NAMED_MAX: usize = 5;
    let mut named = ids.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    if ids.len() > NAMED_MAX {
        named.push_str(", …");
    }
    named
}
