//! What the tests of public client programs share: where the programs are, and what came of a command.
//! `scripts/setup-clients` installs them, each into an environment of its own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A command of a client takes so long at most here.
pub(crate) const COMMAND_MAX: Duration = Duration::from_secs(120);

/// The interpreter of a client's environment.
///
/// # Panics
/// It is not there: the text says what to run.
pub(crate) fn interpreter(client: &str) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/setup-clients");
    let printed = Command::new(script).args(["-p", client]).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim())
}

/// A program that ends with [`COMMAND_MAX`].
pub(crate) fn limited(program: &std::path::Path) -> Command {
    let mut command = Command::new("timeout");
    command.arg(COMMAND_MAX.as_secs().to_string()).arg(program);
    command
}

/// What came of a command of a client.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) code: i32,
    /// Standard output, without colours.
    pub(crate) out: String,
    /// Both streams, without colours.
    pub(crate) text: String,
}

/// Runs a command to its end; `answers` are the lines that somebody would type.
pub(crate) fn told(command: &mut Command, answers: &str) -> Told {
    let mut child = command
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that ends without reading is no failure of the test.
    let _unread = child.stdin.take().unwrap().write_all(answers.as_bytes());
    let output = child.wait_with_output().unwrap();
    let out = plain(&String::from_utf8_lossy(&output.stdout));
    let text = format!("{out}{}", plain(&String::from_utf8_lossy(&output.stderr)));
    Told { code: output.status.code().unwrap_or(-1), out, text }
}

/// The text without escape sequences for colours.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}
