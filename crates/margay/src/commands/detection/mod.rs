//! `margay detection`: list detections, show what of MITRE ATT&CK they cover, switch them on and off; a running
//! server follows within a second.

mod list;
mod matrix;
mod shown;

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use content::{Filter, Item, LoadOptions, navigator_layer};
use model::{DetectionState, RuleId};
use serde_json::json;
use store::Store;

use super::output::{Results, complain_of_loose_errors, content_paths, describer};
use crate::cli::{DetectionCommand, Global, MitreFormat, PlainFormat};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};
use crate::repository::{self, Content};
use crate::server::{open_store, runtime, schemas};
use shown::Shown;

/// Runs one detection command.
pub(crate) fn detection(global: &Global, command: DetectionCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    let (paths, filters) = match &command {
        DetectionCommand::List(args) => (args.paths.as_slice(), args.filter.as_slice()),
        DetectionCommand::Mitre(args) => (args.paths.as_slice(), args.filter.as_slice()),
        DetectionCommand::Enable { .. } | DetectionCommand::Disable { .. } => (&[][..], &[][..]),
    };
    let filters = filters
        .iter()
        .map(|text| Filter::parse(text).map_err(|error| Failure::Usage(error.to_string())))
        .collect::<Result<Vec<_>, _>>()?;
    let content = load(&config, paths)?;
    complain_of_loose_errors(&content);
    let items: Vec<&Item> =
        content.selected().filter(|item| filters.iter().all(|filter| filter.keeps(item))).collect();
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = match command {
            DetectionCommand::List(args) => list(&store, &content, &items, args.format).await,
            DetectionCommand::Mitre(args) => mitre(&store, &content, &items, args.format).await,
            DetectionCommand::Enable { id } => switch(&store, &content, &config, &id, true).await,
            DetectionCommand::Disable { id } => switch(&store, &content, &config, &id, false).await,
        };
        store.close().await;
        result
    })
}

fn load(config: &Config, paths: &[PathBuf]) -> Result<Content, Failure> {
    let known = schemas(config)?.log_types().cloned().collect::<BTreeSet<_>>();
    let options = LoadOptions { known_log_types: Some(known), ..LoadOptions::default() };
    repository::load(&content_paths(config, paths)?, &options, &describer(config)?)
}

/// What there is to show of detections and of files that might be some.
async fn shown<'a>(
    store: &Store,
    content: &'a Content,
    items: &[&'a Item],
) -> Result<Vec<Shown<'a>>, Failure> {
    let states = store
        .list_detection_states()
        .await
        .map_err(|error| Failure::operation("cannot read the detections' states", &error))?;
    let states: HashMap<RuleId, DetectionState> =
        states.into_iter().map(|state| (state.rule_id.clone(), state)).collect();
    let overrides = &content.repository.overrides;
    Ok(items.iter().filter_map(|item| Shown::of(item, &states, overrides)).collect())
}

async fn list(store: &Store, content: &Content, items: &[&Item], format: PlainFormat) -> Result<(), Failure> {
    let shown = shown(store, content, items).await?;
    let mut results = Results::open();
    match format {
        PlainFormat::Text => results.text(&list::text(&shown))?,
        PlainFormat::Json => results.json_line(&list::json(&shown))?,
    }
    results.flush()
}

async fn mitre(
    store: &Store,
    content: &Content,
    items: &[&Item],
    format: MitreFormat,
) -> Result<(), Failure> {
    let shown = shown(store, content, items).await?;
    let matrix = matrix::of(&shown);
    let mut results = Results::open();
    match format {
        MitreFormat::Text => results.text(&matrix::text(&matrix))?,
        MitreFormat::Json => results.json_line(&matrix)?,
        MitreFormat::Navigator => results.json_line(&navigator_layer(&matrix))?,
    }
    results.flush()
}

#[expect(clippy::print_stdout, reason = "results go to stdout")]
async fn switch(
    store: &Arc<Store>,
    content: &Content,
    config: &Config,
    id: &str,
    on: bool,
) -> Result<(), Failure> {
    if !content.repository.detections().any(|detection| detection.id.as_str() == id) {
        let content: Vec<String> = config.content.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::Usage(format!("no detection `{id}` in {}", content.join(", "))));
    }
    let rule_id = RuleId::from(id);
    let states = store.list_detection_states().await;
    let states = states.map_err(|error| Failure::operation("cannot read the detections' states", &error))?;
    let before = states.iter().find(|state| state.rule_id == rule_id);
    let said = |enabled: Option<bool>| json!({ "id": id, "enabledOverride": enabled });
    let deed = Deed {
        name: "UPDATE_DETECTION_STATE",
        description: if on { "Switched a detection on" } else { "Switched a detection off" },
        command: if on { "detection enable" } else { "detection disable" },
        input: json!({ "id": id, "enabled": on }),
        before: said(before.and_then(|state| state.enabled_override)),
    };
    let switched = store
        .set_detection_enabled(&rule_id, Some(on))
        .await
        .map_err(|error| Failure::operation("cannot store the change", &error))
        .map(|_| ((), said(Some(on))));
    Recorder::new(store, config).of(deed, switched).await?;
    println!("{id} is switched {}", if on { "on" } else { "off" });
    Ok(())
}
