//! Which files of the content mention a word, such as the name of a destination.

use std::path::{Path, PathBuf};

use super::walk::walk;

/// Larger files are not searched; no detection is as large.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The YAML and Python files of some content paths that hold `word` as a whole word. What cannot be read is
/// passed over: loading the content says so already.
pub(crate) fn files_mentioning(paths: &[PathBuf], word: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        let files = if path.is_dir() { files_below(path) } else { vec![path.clone()] };
        found.extend(files.into_iter().filter(|file| mentions(file, word)));
    }
    found.sort();
    found.dedup();
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(real) = folder.canonicalize() else { return Vec::new() };
    let files = walk(folder, &real, &real).map(|walked| walked.files).unwrap_or_default();
    files.into_iter().map(|file| file.shown).collect()
}

fn mentions(file: &Path, word: &str) -> bool {
    let is_small = std::fs::metadata(file).is_ok_and(|metadata| metadata.len() <= FILE_BYTES_MAX);
    is_small && std::fs::read_to_string(file).is_ok_and(|text| has_word(&text, word))
}

/// Whether `word` occurs and is not a part of a longer name.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_count() {
        for (text, expected) in [
            ("return ['on-call']", true),
            ("OutputIds:\n  - on-call\n", true),
            ("return ['on-call-2', 'not-on-call']", false),
            ("on-call", true),
            ("", false),
        ] {
            assert_eq!(has_word(text, "on-call"), expected, "{text}");
        }
    }

    #[test]
    fn files_of_folders_and_single_files_are_searched_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("rules")).unwrap();
        let rule = dir.path().join("rules/a.py");
        std::fs::write(&rule, "def destinations(event):\n    return ['ops']\n").unwrap();
        std::fs::write(dir.path().join("rules/b.py"), "def rule(event):\n    return True\n").unwrap();
        let paths = [dir.path().to_owned(), rule.clone(), dir.path().join("nowhere")];
        assert_eq!(files_mentioning(&paths, "ops"), [rule]);
        assert!(files_mentioning(&paths, "absent").is_empty());
    }
}
