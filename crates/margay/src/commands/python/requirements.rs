//! What is to be installed: the `requirements.txt` of the content repositories, or our own list.
//!
//! The texts are read only to see whether they changed since the last time; what they mean is pip's.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;

/// What public content imports.
pub(super) const DEFAULT: &str = include_str!("../../../../../python/default-requirements.txt");
/// File name in a content repository.
const FILE: &str = "requirements.txt";
/// Longest file.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Most files, those that others name included.
const FILES_MAX: usize = 100;

/// One file, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RequirementsFile {
    path: PathBuf,
    text: String,
}

/// What is to be installed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Requirements {
    /// Our own list.
    Default(String),
    /// Those of the content repositories.
    Content {
        /// The files of the repositories, in the order of the configuration.
        roots: Vec<PathBuf>,
        /// Them, and what they name.
        files: Vec<RequirementsFile>,
    },
}

impl Requirements {
    /// Reads what the content roots say.
    pub(super) fn of(content: &[PathBuf]) -> Result<Requirements, Failure> {
        let roots: Vec<PathBuf> =
            content.iter().map(|root| root.join(FILE)).filter(|path| path.is_file()).collect();
        if roots.is_empty() {
            return Ok(Requirements::Default(DEFAULT.to_owned()));
        }
        let mut files: Vec<RequirementsFile> = Vec::new();
        let mut open: Vec<PathBuf> = roots.iter().rev().cloned().collect();
        while let Some(path) = open.pop() {
            // One file, however it is called; one that is not there is found out by the read.
            let path = path.canonicalize().unwrap_or(path);
            if files.iter().any(|file| file.path == path) {
                continue;
            }
            if files.len() == FILES_MAX {
                return Err(Failure::Operation(format!(
                    "more than {FILES_MAX} files of requirements are named"
                )));
            }
            let text = read(&path)?;
            open.extend(named_in(&text).map(|name| path.with_file_name("").join(name)));
            files.push(RequirementsFile { path, text });
        }
        Ok(Requirements::Content { roots, files })
    }

    /// Everything that they say; the same wherever the command is run.
    pub(super) fn texts(&self) -> Vec<RequirementsFile> {
        match self {
            Requirements::Default(text) => {
                vec![RequirementsFile { path: PathBuf::new(), text: text.clone() }]
            }
            Requirements::Content { files, .. } => files.clone(),
        }
    }

    /// For people: whose they are.
    pub(super) fn describe(&self) -> String {
        match self {
            Requirements::Default(text) => {
                let names = packages(text).collect::<Vec<_>>().join(", ");
                format!("what public content needs ({names})")
            }
            Requirements::Content { roots, .. } => {
                roots.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |reason: String| {
        Failure::Operation(format!("cannot read the requirements `{}`: {reason}", path.display()))
    };
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > FILE_BYTES_MAX {
        return Err(unreadable(format!("it has {size} bytes, more than {FILE_BYTES_MAX}")));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}

/// Further files that a file of requirements or constraints names.
fn named_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        let rest = ["--requirement", "--constraint", "-r", "-c"]
            .iter()
            .find_map(|option| line.strip_prefix(option))?;
        let name = rest.trim_start_matches(['=', ' ', '\t']).split_whitespace().next()?;
        // What lies elsewhere is pip's to fetch.
        (!name.contains("://")).then_some(name)
    })
}

fn packages(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_list_is_used_where_no_repository_has_one() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = Requirements::of(&[folder.path().to_owned(), "missing".into()]).unwrap();
        assert_eq!(requirements, Requirements::Default(DEFAULT.to_owned()));
        let told = requirements.describe();
        assert!(
            told.starts_with("what public content needs (boto3>=") && told.contains("policyuniverse>="),
            "{told}"
        );
    }

    #[test]
    fn files_that_others_name_count_too() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "requirements.txt",
            "a>=1\n-r more/base.txt # ours\n--constraint=limits.txt\n-r https://example.com/x\n",
        );
        write("more/base.txt", "b\n-r ../requirements.txt\n-rother.txt\n");
        write("more/other.txt", "c\n");
        write("limits.txt", "a<2\n");
        let content = [folder.path().to_owned()];
        let before = Requirements::of(&content).unwrap();
        let Requirements::Content { roots, files } = &before else { panic!("{before:?}") };
        assert_eq!((roots.len(), files.len()), (1, 4), "{files:#?}");
        assert_eq!(before, Requirements::of(&content).unwrap());
        write("more/other.txt", "c>3\n");
        assert_ne!(before, Requirements::of(&content).unwrap());
        write("more/other.txt", "-r gone.txt\n");
        let told = Requirements::of(&content).unwrap_err().to_string();
        assert!(told.contains("gone.txt"), "{told}");
    }
}
