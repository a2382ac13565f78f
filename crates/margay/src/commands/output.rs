//! What the offline commands share: where results and complaints go, colours, paths, workers.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use content::{DescribedProject, ProjectFault, PypantherProject};
use python_host::HostConfig;

use super::escape;
use crate::cli::{ColorChoice, Global};
use crate::config::{self, Config, LogConfig};
use crate::failure::Failure;
use crate::repository::Content;
use crate::server::python_host_config;
use crate::telemetry;

type Described = Result<DescribedProject, ProjectFault>;

/// More workers than this are not started, however many cores there are.
const WORKERS_MAX: usize = 16;

/// Reads the configuration and starts logging: warnings only, unless something else is asked for.
pub(super) fn start(global: &Global) -> Result<Config, Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    let level = if config.log.level == "info" { "warn".to_owned() } else { config.log.level.clone() };
    telemetry::start(&LogConfig { json: config.log.json, level }, global)?;
    Ok(config)
}

/// The paths of the command line, or else the configured content.
pub(super) fn content_paths(config: &Config, paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let paths = if paths.is_empty() { &config.content } else { paths };
    if paths.is_empty() {
        let message =
            "there is no content to read; name a file or folder, or set `content` in the configuration";
        return Err(Failure::Usage(message.to_owned()));
    }
    Ok(paths.to_vec())
}

/// How workers of an offline command run: one per core, each rule loaded when it is first needed.
pub(super) fn offline_host_config(config: &Config, jobs: usize) -> Result<HostConfig, Failure> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = config.python.workers.max(cores).min(WORKERS_MAX).min(jobs).max(1);
    Ok(HostConfig { workers, warm: false, ..python_host_config(config)? })
}

/// Runs the `main.py` of pypanther projects under this configuration.
pub(super) fn describer(
    config: &Config,
) -> Result<impl Fn(&PypantherProject) -> Described + Send + Sync, Failure> {
    let host_config = python_host_config(config)?;
    Ok(move |project: &PypantherProject| {
        python_host::describe(&host_config, project, &AtomicBool::new(false))
    })
}

/// Whether results on stdout are coloured.
pub(super) fn use_color(global: &Global) -> bool {
    match global.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            let no_color = config::process_environment().get("NO_COLOR").is_some_and(|text| !text.is_empty());
            io::stdout().is_terminal() && !no_color
        }
    }
}

/// Stdout for results.
pub(super) struct Results(BufWriter<StdoutLock<'static>>);

impl Results {
    pub(super) fn open() -> Results {
        Results(BufWriter::with_capacity(64 << 10, io::stdout().lock()))
    }

    /// Writes a text as it is.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.0.write_all(text.as_bytes()).map_err(|error| broken(&error))
    }

    /// Writes a value as one line of JSON.
    pub(super) fn json_line(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| broken(&error.into()))?;
        self.text("\n")
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        self.0.flush().map_err(|error| broken(&error))
    }
}

fn broken(error: &io::Error) -> Failure {
    // A reader that has seen enough is no fault worth words.
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Failure::Found;
    }
    Failure::Operation(format!("cannot write to stdout: {error}"))
}

/// Names on stderr the errors that make no item invalid, such as those of overrides: nothing else shows them.
pub(super) fn complain_of_loose_errors(content: &Content) {
    for error in content.repository.loose_errors() {
        let (file, line) = (error.file.display(), error.line);
        complain(&format!("{file}:{line}: {}: {}; it is left out", error.code, escape::line(&error.message)));
    }
}

/// Tells a person something on stderr. When even that is impossible, nobody can be told.
pub(super) fn complain(message: &str) {
    drop(writeln!(io::stderr().lock(), "{message}"));
}
