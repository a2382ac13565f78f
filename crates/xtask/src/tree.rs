//! Reads the repository: every text file that is kept, none that is built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Folders that hold nothing of ours.
const SKIPPED_FOLDERS: [&str; 8] =
    [".git", "target", "margay-data", "node_modules", "__pycache__", ".venv", "dist", "generated"];
/// Endings of files that people write.
const TEXT_ENDINGS: [&str; 14] =
    ["rs", "py", "md", "toml", "yml", "yaml", "sql", "html", "sh", "json", "ts", "tsx", "mjs", "css"];
/// Text files without an ending.
const TEXT_NAMES: [&str; 3] = ["Makefile", "run", "setup"];

/// One text file.
#[derive(Clone, Debug)]
pub struct SourceText {
    /// Path relative to the repository.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl SourceText {
    /// Whether the file's name ends in `.ending`.
    pub fn ends_in(&self, ending: &str) -> bool {
        self.path.extension().is_some_and(|found| found == ending)
    }
}

/// The repository on disk.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
    /// Every text file, by path.
    pub files: Vec<SourceText>,
}

impl Tree {
    /// Reads the repository that this crate belongs to.
    ///
    /// # Errors
    /// When a folder or file cannot be read.
    pub fn read() -> Result<Tree> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let mut files = Vec::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
                let entry = entry?;
                let path = entry.path();
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type()?.is_dir() {
                    if !SKIPPED_FOLDERS.contains(&name.as_str()) {
                        folders.push(path);
                    }
                } else if is_text(&path, &name) {
                    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
                    files.push(SourceText { path: path.strip_prefix(&root)?.to_owned(), text });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Tree { root, files })
    }

    /// The files whose names end in `.ending`.
    pub fn ending_in<'a>(&'a self, ending: &'a str) -> impl Iterator<Item = &'a SourceText> + 'a {
        self.files.iter().filter(move |file| file.ends_in(ending))
    }

    /// One file.
    ///
    /// # Errors
    /// When it does not exist.
    pub fn file(&self, path: &str) -> Result<&SourceText> {
        self.files.iter().find(|file| file.path == Path::new(path)).with_context(|| {
            format!("`{path}` does not exist; the check that reads it has to follow its move")
        })
    }

    /// Whether something exists at a path relative to the repository.
    pub fn exists(&self, path: &Path) -> bool {
        self.root.join(path).exists()
    }

    /// What cargo says about the workspace, without looking anything up on the network.
    ///
    /// # Errors
    /// When cargo fails.
    pub fn metadata(&self) -> Result<Value> {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .current_dir(&self.root)
            .output()?;
        ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

fn is_text(path: &Path, name: &str) -> bool {
    let by_ending = path.extension().and_then(|ending| ending.to_str());
    by_ending.map_or_else(|| TEXT_NAMES.contains(&name), |ending| TEXT_ENDINGS.contains(&ending))
}
