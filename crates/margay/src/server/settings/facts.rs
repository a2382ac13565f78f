//! What is to know of the running server: versions, places, how much of the disk its parts take.

use std::path::{Path, PathBuf};

use api_types::{DataPart, Fact, PythonFacts, ServerFacts};
use python_host::{LoadReport, SandboxMode};
use tracing::warn;
use url::Url;

use crate::config::{Config, PythonConfig};

/// Files and folders of the data directory that are looked at; where there are more, sizes are not known whole.
const FILES_MAX: usize = 50_000;
/// Parts of the data directory that are told of.
const PARTS_MAX: usize = 50;

/// What stays the same while the server runs.
pub(in crate::server) struct FactsPart {
    known: ServerFacts,
    data_dir: PathBuf,
}

impl FactsPart {
    /// The facts of a server that starts with this configuration.
    pub(in crate::server) fn new(
        config: &Config,
        external_url: &Url,
        report: &LoadReport,
        started_at: String,
    ) -> Self {
        let known = ServerFacts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started_at,
            external_url: external_url.as_str().trim_end_matches('/').to_owned(),
            external_url_is_set: config.external_url.is_some(),
            configuration_file: config
                .declared
                .file
                .as_deref()
                .map(|file| absolute(file).display().to_string()),
            data_directory: absolute(&config.data_dir).display().to_string(),
            data: Vec::new(),
            python: PythonFacts {
                interpreter: report.interpreter.display().to_string(),
                version: report.python_version.clone(),
                sandbox: sandbox_word(config.python.sandbox).to_owned(),
                shortcomings: report.sandbox_shortcomings.clone(),
            },
            counts: Vec::new(),
            limits: limits(config),
        };
        FactsPart { known, data_dir: config.data_dir.clone() }
    }

    /// The facts as they are now.
    pub(super) async fn look(&self) -> ServerFacts {
        let data_dir = self.data_dir.clone();
        let measured = tokio::task::spawn_blocking(move || parts_of(&data_dir)).await;
        let data = measured.unwrap_or_else(|error| {
            warn!("the data directory was not measured: {error}");
            Vec::new()
        });
        ServerFacts { data, ..self.known.clone() }
    }
}

fn limits(config: &Config) -> Vec<Fact> {
    let PythonConfig { workers, rule_timeout, memory_max, .. } = &config.python;
    vec![
        Fact::new("size of the journal", bytesize::ByteSize(config.journal_size_max).display().iec()),
        Fact::new("worker processes", workers),
        Fact::new("time of one rule on one event", humantime::format_duration(*rule_timeout)),
        Fact::new("memory of one worker", bytesize::ByteSize(*memory_max).display().iec()),
    ]
}

fn sandbox_word(mode: SandboxMode) -> &'static str {
    match mode {
        SandboxMode::Required => "required",
        SandboxMode::BestEffort => "best_effort",
        SandboxMode::Off => "off",
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// What lies in the data directory, the largest first.
fn parts_of(data_dir: &Path) -> Vec<DataPart> {
    let Ok(entries) = std::fs::read_dir(data_dir) else { return Vec::new() };
    let mut left = FILES_MAX;
    let mut parts: Vec<DataPart> = entries
        .flatten()
        .take(PARTS_MAX)
        .map(|entry| {
            let (bytes, is_complete) = size_of(&entry.path(), &mut left);
            DataPart { name: entry.file_name().to_string_lossy().into_owned(), bytes, is_complete }
        })
        .collect();
    parts.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    parts
}

/// How much of the disk a file, or all files below a folder take, and whether all were looked at; so many are `left` to
/// look at. Links are not followed.
fn size_of(path: &Path, left: &mut usize) -> (u64, bool) {
    let mut bytes = 0_u64;
    let mut open = vec![path.to_owned()];
    while let Some(path) = open.pop() {
        let Some(rest) = left.checked_sub(1) else { return (bytes, false) };
        *left = rest;
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            let below = std::fs::read_dir(&path).into_iter().flatten().flatten();
            open.extend(below.take(FILES_MAX + 1).map(|entry| entry.path()));
        } else {
            bytes =
                bytes.saturating_add(std::os::unix::fs::MetadataExt::blocks(&metadata).saturating_mul(512));
        }
    }
    (bytes, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_measured_with_all_that_is_below_them() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("journal").join("deep");
        std::fs::create_dir_all(&below).unwrap();
        std::fs::write(below.join("a"), vec![1; 100_000]).unwrap();
        std::fs::write(folder.path().join("margay.db"), b"x").unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        let parts = parts_of(folder.path());
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["journal", "margay.db", "link"]);
        assert!(parts[0].bytes >= 100_000 && parts[0].is_complete, "{parts:?}");
        assert!(parts_of(&folder.path().join("nowhere")).is_empty());
        assert_eq!(size_of(&folder.path().join("journal"), &mut 2), (0, false), "the file is the third");
    }
}
