//! Logs to stderr, as text or JSON.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::cli::{ColorChoice, Global};
use crate::config::LogConfig;
use crate::failure::Failure;

/// Starts logging. `-q` and `-v` win over the configured level.
pub(crate) fn start(log: &LogConfig, global: &Global) -> Result<(), Failure> {
    let level = match (global.quiet, global.verbose) {
        (true, _) => "error".to_owned(),
        (false, 0) => log.level.clone(),
        (false, 1) => "debug,hyper=info,sqlx=info,rustls=info".to_owned(),
        (false, _) => "trace".to_owned(),
    };
    let filter = EnvFilter::try_new(&level).map_err(|error| {
        Failure::Usage(format!("`log.level`: `{level}` is not a level or filter: {error}"))
    })?;
    let colour = match global.color {
        ColorChoice::Auto => std::io::stderr().is_terminal(),
        ColorChoice::Always => true,
        ColorChoice::Never => false,
    };
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    // A second start (tests in one process) keeps the first.
    let started = if log.json { builder.json().try_init() } else { builder.with_target(false).try_init() };
    if started.is_err() {
        tracing::debug!("logging was already started");
    }
    Ok(())
}
