//! `margay source`: list log sources; with or without a running server.

use comfy_table::Table;

use api_types::HttpSource;

use crate::cli::{Global, SourceCommand};
use crate::config::{self, AUDIT_LOG_TYPE, AUDIT_SOURCE_ID, AUDIT_SOURCE_LABEL};
use crate::failure::Failure;
use crate::http_source::{declared_to_wire, stored_to_wire};
use crate::server::{open_store, runtime};

/// Runs one source command.
#[expect(clippy::print_stdout, reason = "results go to stdout")]
pub(crate) fn source(global: &Global, command: &SourceCommand) -> Result<(), Failure> {
    let SourceCommand::List = command;
    let config = config::load(global, None, &config::process_environment())?;
    let stored = runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let stored = store.list_sources().await;
        store.close().await;
        stored.map_err(|error| Failure::operation("cannot list the sources", &error))
    })?;
    let mut sources: Vec<HttpSource> =
        config.sources.iter().map(|source| declared_to_wire(source, Vec::new())).collect();
    sources.extend(stored.iter().map(|row| stored_to_wire(row, None, Vec::new())));
    sources.sort_by(|a, b| a.integration_label.cmp(&b.integration_label));
    println!("{}", table(&sources, config.audit.events));
    Ok(())
}

fn table(sources: &[HttpSource], has_audit_events: bool) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["ID", "LABEL", "LOG TYPES", "AUTH", "FROM"]);
    for source in sources {
        let log_types: Vec<&str> = source.log_types.iter().map(model::LogType::as_str).collect();
        table.add_row([
            source.integration_id.as_str(),
            source.integration_label.as_str(),
            log_types.join(" ").as_str(),
            source.auth_method.as_str(),
            if source.provisioned { "file" } else { "API" },
        ]);
    }
    if has_audit_events {
        table.add_row([AUDIT_SOURCE_ID, AUDIT_SOURCE_LABEL, AUDIT_LOG_TYPE, "-", "file"]);
    }
    table
}
