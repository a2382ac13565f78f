//! The virtual environment on disk: making it, installing into it, and knowing whether it is up to date.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use super::requirements::{Requirements, RequirementsFile};
use crate::failure::Failure;

/// What was done last, inside the environment.
const STAMP: &str = "margay-setup.json";
/// Lines of pip's output that are shown when it fails.
const LAST_LINES_MAX: usize = 15;
/// Longest line that is kept, in bytes.
const LINE_BYTES_MAX: usize = 2000;
/// Oldest and newest Python that workers run on.
const SUPPORTED: std::ops::RangeInclusive<(u32, u32)> = (3, 9)..=(3, 13);

const QUESTION: &str = r#"
import json, sys
def has(name):
    try:
        __import__(name)
        return True
    except ImportError:
        return False
print(json.dumps({"version": list(sys.version_info[:3]), "has_venv": has("venv") and has("ensurepip")}))
"#;

/// What an interpreter says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Interpreter {
    version: (u32, u32, u32),
    has_venv: bool,
}

impl Interpreter {
    /// Asks an interpreter.
    pub(super) fn ask(executable: &Path) -> Result<Interpreter, String> {
        let output = Command::new(executable)
            .args(["-I", "-c", QUESTION])
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| format!("it gave an odd answer: {error}"))
    }

    /// As people write it.
    pub(super) fn version(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    fn line(&self) -> (u32, u32) {
        (self.version.0, self.version.1)
    }

    /// Whether an environment can be made with it.
    pub(super) fn check(&self, executable: &Path) -> Result<(), Failure> {
        let executable = executable.display();
        let (major, minor) = self.line();
        if !SUPPORTED.contains(&(major, minor)) {
            return Err(Failure::Operation(format!(
                "`{executable}` is Python {}, but 3.9 to 3.13 are supported; set `python.executable`",
                self.version()
            )));
        }
        if !self.has_venv {
            return Err(Failure::Operation(format!(
                "`{executable}` cannot make virtual environments: its modules `venv` and `ensurepip` are not \
                 installed; on Debian and Ubuntu run `apt-get install python{major}.{minor}-venv`"
            )));
        }
        Ok(())
    }
}

/// What was done last.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Stamp {
    version: (u32, u32),
    requirements: Vec<RequirementsFile>,
}

/// A virtual environment.
pub(super) struct Environment {
    folder: PathBuf,
}

impl Environment {
    pub(super) fn new(data_dir: &Path) -> Environment {
        Environment { folder: data_dir.join("venv") }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn python(&self) -> PathBuf {
        self.folder.join("bin/python")
    }

    /// Whether there is one.
    pub(super) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// Whether it still works and has the version of its base.
    pub(super) fn check(&self, base: &Interpreter) -> Result<(), Failure> {
        let folder = self.folder.display();
        let remedy = "run `margay python setup --recreate`";
        let own = Interpreter::ask(&self.python()).map_err(|reason| {
            Failure::Operation(format!("the environment `{folder}` is broken: {reason}; {remedy}"))
        })?;
        if own.line() != base.line() {
            return Err(Failure::Operation(format!(
                "the environment `{folder}` was made with Python {}, the interpreter is {} now; {remedy}",
                own.version(),
                base.version()
            )));
        }
        Ok(())
    }

    /// Whether exactly this was installed by the last run.
    pub(super) fn has(&self, base: &Interpreter, requirements: &Requirements) -> bool {
        let Ok(text) = std::fs::read(self.folder.join(STAMP)) else { return false };
        let expected = Stamp { version: base.line(), requirements: requirements.texts() };
        // A stamp that cannot be read is none: what it stands for is done again.
        serde_json::from_slice::<Stamp>(&text).is_ok_and(|stamp| stamp == expected)
    }

    /// Makes it anew; what was there before comes back when that fails.
    pub(super) fn make(&self, executable: &Path) -> Result<(), Failure> {
        let folder = self.folder.display();
        let failed = |error: std::io::Error| Failure::operation(&format!("cannot make `{folder}`"), &error);
        let aside = self.folder.with_extension("old");
        remove(&aside).map_err(failed)?;
        let was_there = self.folder.exists();
        if was_there {
            std::fs::rename(&self.folder, &aside).map_err(failed)?;
        }
        let made = Command::new(executable)
            .args(["-m", "venv"])
            .arg(&self.folder)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| error.to_string())
            .and_then(|output| {
                let words = [&output.stdout[..], &output.stderr[..]].concat();
                let words = String::from_utf8_lossy(&words);
                output.status.success().then_some(()).ok_or_else(|| last_lines(words.lines()))
            });
        if let Err(reason) = made {
            remove(&self.folder).map_err(failed)?;
            if was_there {
                std::fs::rename(&aside, &self.folder).map_err(failed)?;
            }
            return Err(Failure::Operation(format!("cannot make the environment `{folder}`:\n{reason}")));
        }
        remove(&aside).map_err(failed)
    }

    /// Installs what is required; `told` gets what pip says, line by line.
    pub(super) fn install(&self, requirements: &Requirements, told: &dyn Fn(&str)) -> Result<(), Failure> {
        let files = match requirements {
            Requirements::Default(text) => {
                let path = self.folder.join("requirements.txt");
                std::fs::write(&path, text).map_err(|error| {
                    Failure::operation(&format!("cannot write `{}`", path.display()), &error)
                })?;
                vec![path]
            }
            Requirements::Content { roots, .. } => roots.clone(),
        };
        let mut command = Command::new(self.python());
        command.args(["-m", "pip", "install", "--disable-pip-version-check", "--no-input"]);
        command.args(["--progress-bar", "off"]);
        for file in &files {
            command.arg("-r").arg(file);
        }
        run_pip(&mut command, told)
    }

    /// Remembers what is installed now.
    pub(super) fn remember(&self, base: &Interpreter, requirements: &Requirements) -> Result<(), Failure> {
        let stamp = Stamp { version: base.line(), requirements: requirements.texts() };
        let text = serde_json::to_vec(&stamp).expect("paths of files that were named are text");
        let path = self.folder.join(STAMP);
        std::fs::write(&path, text)
            .map_err(|error| Failure::operation(&format!("cannot write `{}`", path.display()), &error))
    }
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn run_pip(command: &mut Command, told: &dyn Fn(&str)) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::operation("cannot run pip", &error);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
    // Beside the reading of stdout: a full pipe would stop pip.
    let complaints = child.stderr.take().map(|stderr| {
        std::thread::spawn(move || {
            let mut kept = VecDeque::new();
            read_lines(stderr, |line| keep(&mut kept, line));
            kept
        })
    });
    let mut kept = VecDeque::new();
    if let Some(stdout) = child.stdout.take() {
        read_lines(stdout, |line| {
            told(line);
            keep(&mut kept, line);
        });
    }
    let status = child.wait().map_err(failed)?;
    if let Some(complaints) = complaints {
        let complaints = complaints.join().unwrap_or_default();
        complaints.iter().for_each(|line| keep(&mut kept, line));
    }
    if status.success() {
        return Ok(());
    }
    let words = last_lines(kept.iter().map(String::as_str));
    Err(Failure::Operation(match is_offline(&words) {
        true => format!(
            "the package index cannot be reached; check the network, a proxy (`HTTPS_PROXY`) or name another \
             index (`PIP_INDEX_URL`). What pip said last:\n{words}"
        ),
        false => format!("the packages could not be installed. What pip said last:\n{words}"),
    }))
}

/// Every line, cut at [`LINE_BYTES_MAX`]; what cannot be read ends it.
fn read_lines(stream: impl Read, mut take: impl FnMut(&str)) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        line.clear();
        match stream.by_ref().take(LINE_BYTES_MAX as u64).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => take(String::from_utf8_lossy(&line).trim_end()),
        }
    }
}

fn keep(kept: &mut VecDeque<String>, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    if kept.len() == 2 * LAST_LINES_MAX {
        kept.pop_front();
    }
    kept.push_back(line.to_owned());
}

fn last_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let first = lines.len().saturating_sub(LAST_LINES_MAX);
    lines[first..].iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Whether pip's words tell of a network that is not there.
fn is_offline(words: &str) -> bool {
    [
        "Failed to establish a new connection",
        "NameResolutionError",
        "Temporary failure in name resolution",
        "Name or service not known",
        "Network is unreachable",
        "ConnectTimeoutError",
        "Connection refused",
        "ProxyError",
    ]
    .iter()
    .any(|sign| words.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_that_cannot_make_environments_names_the_remedy() {
        let check = |version, has_venv| Interpreter { version, has_venv }.check(Path::new("py"));
        assert!(check((3, 11, 2), true).is_ok());
        let told = check((3, 11, 2), false).unwrap_err().to_string();
        assert!(told.contains("apt-get install python3.11-venv"), "{told}");
        let told = check((3, 8, 1), true).unwrap_err().to_string();
        assert!(told.contains("Python 3.8.1, but 3.9 to 3.13"), "{told}");
    }

    #[test]
    fn the_last_words_of_a_long_output_are_kept() {
        let mut kept = VecDeque::new();
        for number in 0..1000 {
            keep(&mut kept, &format!("line {number}"));
        }
        let words = last_lines(kept.iter().map(String::as_str));
        assert_eq!(words.lines().count(), LAST_LINES_MAX);
        assert!(words.ends_with("  line 999"), "{words}");
        assert!(is_offline("x: [Errno -3] Temporary failure in name resolution"));
        assert!(!is_offline("No matching distribution found for x"));
    }
}
