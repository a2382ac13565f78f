//! What the paths of the command line hold, as it would be uploaded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use content::{Level, LoadOptions, OverrideWhat, render_text};
use store::ContentText;

use crate::cli::{Global, PlainFormat};
use crate::commands::output::{Results, complain, describer, use_color};
use crate::config::Config;
use crate::failure::Failure;
use crate::repository::{self, Content, bundle};
use crate::server::items_of;

/// What is to be compared with a server.
pub(super) struct Local {
    /// Items by id.
    pub(super) items: Vec<(String, ContentText)>,
    /// The files of a pypanther project.
    pub(super) project: Option<BTreeMap<String, String>>,
}

/// Reads the paths; what cannot be loaded is printed, and ends the command.
pub(super) fn read(
    global: &Global,
    config: &Config,
    paths: &[PathBuf],
    options: &LoadOptions,
    format: PlainFormat,
) -> Result<(Content, Local), Failure> {
    let content = repository::load(paths, options, &describer(config)?)?;
    refuse_errors(global, &content, format)?;
    let changed = content.overrides().iter().filter(|step| step.what == OverrideWhat::Changed).count();
    if changed > 0 {
        complain(&format!(
            "margay: `overrides.yml` is not uploaded, and the {changed} changes that it makes are left out; write \
             them into the items"
        ));
    }
    let (items, issues) = items_of(&content.archive_files(paths)?);
    if let Some(issue) = issues.first() {
        return Err(Failure::Usage(format!("{}: {}", issue.path, issue.message)));
    }
    let project = bundle::project_files(paths, &content)?;
    if items.is_empty() && project.is_none() {
        let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        let message = format!("there is no content at {}; name another path", paths.join(", "));
        return Err(Failure::Usage(message));
    }
    Ok((content, Local { items, project }))
}

/// Prints the errors of the content, as `margay check` does.
fn refuse_errors(global: &Global, content: &Content, format: PlainFormat) -> Result<(), Failure> {
    let errors: Vec<_> =
        content.findings().into_iter().filter(|finding| finding.level == Level::Error).collect();
    if errors.is_empty() {
        return Ok(());
    }
    let mut results = Results::open();
    match format {
        PlainFormat::Json => {
            results.json_line(&serde_json::json!({ "status": "invalid", "findings": errors }))?;
        }
        PlainFormat::Text => {
            for error in &errors {
                results.text(&render_text(error, content.text(&error.file), use_color(global)))?;
                results.text("\n")?;
            }
        }
    }
    results.flush()?;
    let plural = if errors.len() == 1 { "" } else { "s" };
    complain(&format!("margay: the content has {} error{plural}; nothing was uploaded", errors.len()));
    Err(Failure::Found)
}
