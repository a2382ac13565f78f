//! Reads the Python files of a pypanther project: a content root that holds a `main.py`.

use std::path::{Path, PathBuf};

use content::{
    PROJECT_BYTES_MAX, PROJECT_FILES_MAX, PROJECT_MAIN, ProjectFault, PypantherProject, SourceFile,
    project_descends,
};

use super::read::read_text;
use super::walk::{DEPTH_MAX, list};

/// Whether a folder is the root of a project.
pub(super) fn is_project(folder: &Path) -> bool {
    folder.join(PROJECT_MAIN).is_file()
}

/// Reads a project; `shown` is how its folder is named, `real` where it is. Also gives the files that were
/// read, whether they make a project or not.
pub(super) fn read(shown: &Path, real: &Path) -> (Vec<SourceFile>, Result<PypantherProject, ProjectFault>) {
    let mut walker = Walker { root: real, files: Vec::new(), bytes: 0 };
    let outcome = walker.folder(shown, real, 0);
    let files = walker.files;
    let project = match outcome {
        Ok(()) => PypantherProject::try_new(shown.to_owned(), files.clone()),
        Err(fault) => Err(fault),
    };
    (files, project)
}

struct Walker<'a> {
    root: &'a Path,
    files: Vec<SourceFile>,
    bytes: usize,
}

impl Walker<'_> {
    fn folder(&mut self, shown: &Path, real: &Path, depth: usize) -> Result<(), ProjectFault> {
        let unreadable = |error: std::io::Error| {
            fault(shown.to_owned(), 1, format!("the folder cannot be read: {error}"), None)
        };
        if depth > DEPTH_MAX {
            let message = format!("the folder lies more than {DEPTH_MAX} folders deep");
            return Err(fault(shown.to_owned(), 1, message, None));
        }
        for entry in list(real).map_err(unreadable)? {
            // Beyond the limits nothing more is read; the project says what they are.
            if self.files.len() > PROJECT_FILES_MAX || self.bytes > PROJECT_BYTES_MAX {
                return Ok(());
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let (shown, real) = (shown.join(name), entry.path());
            let Ok(file_type) = entry.file_type() else { continue };
            if file_type.is_dir() {
                // A virtual environment is no part of the project, whatever its name.
                if project_descends(name) && !real.join("pyvenv.cfg").exists() {
                    self.folder(&shown, &real, depth + 1)?;
                }
            } else if name.ends_with(".py") && !name.starts_with('.') {
                self.file(shown, &real)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, shown: PathBuf, real: &Path) -> Result<(), ProjectFault> {
        // As everywhere, a link may not lead out of the folder that was given.
        let inside = std::fs::canonicalize(real).is_ok_and(|target| target.starts_with(self.root));
        if !inside {
            let hint = Some("put the file itself there".to_owned());
            return Err(fault(shown, 1, "the link leads out of the project or nowhere".to_owned(), hint));
        }
        let text = read_text(real).map_err(|unread| {
            let (line, message, hint) = unread.told();
            fault(shown.clone(), line, message, hint)
        })?;
        self.bytes += text.len();
        self.files.push(SourceFile { path: shown, text });
        Ok(())
    }
}

fn fault(file: PathBuf, line: u32, message: String, hint: Option<String>) -> ProjectFault {
    ProjectFault { file, line, message, hint }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, path: &str, text: impl AsRef<[u8]>) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn project() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "main.py", "import rules");
        write(dir.path(), "rules/__init__.py", "");
        write(dir.path(), "rules/data.json", "{}");
        write(dir.path(), "rules/.hidden.py", "");
        write(dir.path(), "env/pyvenv.cfg", "");
        write(dir.path(), "env/lib/x.py", "");
        write(dir.path(), "pypanther/__init__.py", "");
        write(dir.path(), ".git/x.py", "");
        dir
    }

    fn read_here(dir: &tempfile::TempDir) -> Result<PypantherProject, ProjectFault> {
        let real = std::fs::canonicalize(dir.path()).unwrap();
        assert!(is_project(&real));
        read(Path::new("p"), &real).1
    }

    #[test]
    fn a_project_is_its_python_files() {
        let project = read_here(&project()).unwrap();
        let paths: Vec<&str> = project.files().iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["main.py", "rules/__init__.py"]);
        assert_eq!(project.text("main.py"), Some("import rules"));
        assert_eq!(project.main_file(), Path::new("p/main.py"));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_a_fault_with_its_place() {
        let dir = project();
        write(dir.path(), "rules/latin.py", b"x = 1\n# \xff\n");
        let fault = read_here(&dir).unwrap_err();
        assert_eq!((fault.file.to_str(), fault.line), (Some("p/rules/latin.py"), 2));
        assert_eq!(fault.message, "the file is not UTF-8 at byte 8");
    }

    #[test]
    fn links_lead_to_files_of_the_project_only() {
        let (dir, other) = (project(), project());
        std::os::unix::fs::symlink(dir.path().join("main.py"), dir.path().join("rules/again.py")).unwrap();
        assert_eq!(read_here(&dir).unwrap().text("rules/again.py"), Some("import rules"));
        std::os::unix::fs::symlink(other.path().join("main.py"), dir.path().join("rules/out.py")).unwrap();
        let fault = read_here(&dir).unwrap_err();
        assert_eq!(fault.file.to_str(), Some("p/rules/out.py"));
    }

    #[test]
    fn reading_stops_at_the_limit_of_all_files_together() {
        let dir = project();
        for number in 0..5 {
            write(dir.path(), &format!("large{number}.py"), "#".repeat(PROJECT_BYTES_MAX / 3));
        }
        let fault = read_here(&dir).unwrap_err();
        assert_eq!(fault.file.to_str(), Some("p/main.py"));
        assert!(fault.message.ends_with("at most 10 MiB are read"), "{fault:?}");
    }
}
