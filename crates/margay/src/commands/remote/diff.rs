//! `margay diff`: what an upload would change.

use content::LoadOptions;
use serde_json::json;

use super::client::Client;
use super::plan::Plan;
use super::show::{Style, render};
use super::{local, working};
use crate::cli::{DiffArgs, Global, PlainFormat};
use crate::commands::output::{Results, content_paths, start, use_color};
use crate::config;
use crate::failure::Failure;

/// Prints what an upload would change; there being something is a finding.
pub(crate) fn diff(global: &Global, args: &DiffArgs) -> Result<(), Failure> {
    let config = start(global)?;
    let paths = content_paths(&config, &args.paths)?;
    let client = Client::new(&config, &config::process_environment(), &args.remote)?;
    let bar = working(global, format!("comparing with {}", client.base()));
    let read = local::read(global, &config, &paths, &LoadOptions::default(), args.format);
    let plan = read.and_then(|(_, local)| Plan::make(&client, &local, args.deleted));
    bar.finish_and_clear();
    let plan = plan?;
    let mut results = Results::open();
    match args.format {
        PlainFormat::Json => {
            let Plan { kinds, changes } = &plan;
            results.json_line(&json!({ "server": client.base(), "kinds": kinds, "changes": changes }))?;
        }
        PlainFormat::Text => {
            results.text(&render(&plan, Style { color: use_color(global), shows_texts: true }))?;
        }
    }
    results.flush()?;
    if plan.is_empty() { Ok(()) } else { Err(Failure::Found) }
}
