//! Finds the real interpreter behind `python.executable`, once, at the start of the server.
//!
//! The configured command may be a shim that itself starts processes; the workers never run it. They
//! execute what the interpreter says it is, and may read only the folders that it names.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::config::HostConfig;
use crate::error::HostError;

/// Longest wait for the interpreter's answer; the first start on a cold disk is slow.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(20);
/// Longest answer read.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
const OLDEST: (u32, u32) = (3, 9);
const NEWEST: (u32, u32) = (3, 13);

const QUESTION: &str = r#"
import json, os, sys, sysconfig
folders = [entry for entry in sys.path if entry]
for prefix in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix):
    folders += [os.path.join(prefix, "lib"), os.path.join(prefix, "lib64"), os.path.join(prefix, "pyvenv.cfg")]
folders += [value for value in map(sysconfig.get_config_var, ("LIBDIR", "LIBDEST")) if value]
folders += [value for value in map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")) if value]
print(json.dumps({
    "executable": sys.executable,
    "version": list(sys.version_info[:3]),
    "readable": sorted({path for path in map(os.path.realpath, folders) if os.path.exists(path)}),
}))
"#;

/// A resolved interpreter.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Interpreter {
    /// `sys.executable`.
    pub(crate) executable: PathBuf,
    /// Major, minor, micro.
    version: (u32, u32, u32),
    /// Folders and files that an interpreter needs to read: standard library, site folders, prefixes.
    pub(crate) readable: Vec<PathBuf>,
}

impl Interpreter {
    /// The version as people write it.
    pub(crate) fn version(&self) -> String {
        let (major, minor, micro) = self.version;
        format!("{major}.{minor}.{micro}")
    }

    /// Major and minor version.
    pub(crate) fn minor_version(&self) -> (u8, u8) {
        let (major, minor, _) = self.version;
        (u8::try_from(major).unwrap_or(u8::MAX), u8::try_from(minor).unwrap_or(u8::MAX))
    }
}

/// Asks the configured interpreter who it is. Blocks for at most 20 s.
pub(crate) fn resolve(config: &HostConfig) -> Result<Interpreter, HostError> {
    let (executable, is_in_venv) = choose(config);
    let failed = |reason: String| {
        let hint = if is_in_venv { " (run `margay python setup --recreate` to make it anew)" } else { "" };
        HostError::Interpreter { executable: executable.clone(), reason: reason + hint }
    };
    let text = ask(&executable).map_err(failed)?;
    let interpreter: Interpreter =
        serde_json::from_str(&text).map_err(|error| failed(format!("it gave an odd answer: {error}")))?;
    if interpreter.executable.as_os_str().is_empty() {
        return Err(failed("it does not know its own path".into()));
    }
    let (major, minor, _) = interpreter.version;
    if (major, minor) < OLDEST || (major, minor) > NEWEST {
        return Err(HostError::UnsupportedVersion { executable, version: interpreter.version() });
    }
    Ok(interpreter)
}

/// The interpreter, and whether it is that of the virtual environment.
pub(crate) fn choose(config: &HostConfig) -> (PathBuf, bool) {
    // Also when it is a link to nothing: whoever made the environment wants to know.
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let in_venv = config.venv.as_deref().map(|venv| venv.join("bin/python")).filter(is_there);
    let is_in_venv = in_venv.is_some();
    let chosen = in_venv.unwrap_or_else(|| config.executable.clone());
    // A bare name is looked up in `PATH`; any other relative path is meant from where the server runs.
    let is_bare = chosen.components().count() == 1;
    let chosen = if is_bare { chosen } else { std::path::absolute(&chosen).unwrap_or(chosen) };
    (chosen, is_in_venv)
}

fn ask(executable: &Path) -> Result<String, String> {
    let mut child = Command::new(executable)
        .args(["-s", "-B", "-c", QUESTION])
        .current_dir("/")
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONSTARTUP")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    // Read beside the wait: an answer larger than a pipe would stop the interpreter.
    let stdout = child.stdout.take().map(read_all);
    let stderr = child.stderr.take().map(read_all);
    let finished = wait(&mut child)?;
    let mut texts = [stdout, stderr].into_iter().map(|reader| {
        reader.and_then(|reader| reader.join().ok()).map_or(String::new(), |text| text.trim().to_owned())
    });
    let (answer, complaint) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    if finished { Ok(answer) } else { Err(format!("it failed: {complaint}")) }
}

fn read_all(source: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        // What was read before a failure is the best answer there is.
        match source.take(ANSWER_BYTES_MAX).read_to_end(&mut text) {
            Ok(_) | Err(_) => String::from_utf8_lossy(&text).into_owned(),
        }
    })
}

/// Whether it ended well; an error when it did not end in time.
fn wait(child: &mut Child) -> Result<bool, String> {
    let deadline = Instant::now() + ANSWER_WAIT_MAX;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(2)),
            Ok(None) => {
                let killed = child.kill().and_then(|()| child.wait());
                let fate = if killed.is_ok() { "it was ended" } else { "it cannot be ended" };
                return Err(format!("it did not answer within {ANSWER_WAIT_MAX:?}; {fate}"));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
