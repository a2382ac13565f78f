//! A release build of Margay on a temporary directory.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// Rules for the server.
pub(crate) struct Content(Vec<(String, String)>);

impl Content {
    /// `count` rules on Okta logs; the first matches by `condition` (empty: never), the others look at
    /// several fields and never match.
    pub(crate) fn rules(count: usize, condition: &str) -> Content {
        let mut files = Vec::new();
        for number in 0..count {
            let name = format!("rule_{number}");
            let yaml = format!(
                "AnalysisType: rule\nRuleID: Bench.Rule{number}\nFilename: {name}.py\nEnabled: true\nLogTypes: [Okta.SystemLog]\nSeverity: High\n"
            );
            let python = if number == 0 && !condition.is_empty() {
                format!(
                    "def rule(event):\n    return {condition}\n\ndef title(event):\n    return event.get('uuid')\n\ndef dedup(event):\n    return event.get('p_row_id')\n\ndef alert_context(event):\n    return {{'actor': event.deep_get('actor', 'alternateId'), 'ip': event.deep_get('client', 'ipAddress')}}\n"
                )
            } else {
                format!(
                    "def rule(event):\n    return (\n        event.get('eventType') == 'no.such.event.{number}'\n        and event.deep_get('outcome', 'result') == 'SUCCESS'\n        and event.deep_get('actor', 'alternateId', default='').endswith('@example.com')\n    )\n"
                )
            };
            files.push((format!("{name}.yml"), yaml));
            files.push((format!("{name}.py"), python));
        }
        Content(files)
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
    // Removed when dropped.
    _dir: TempDir,
}

fn program() -> Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("margay");
    if !beside.exists() {
        bail!("no `margay` beside this program; build it with `cargo build --release -p margay -p bench`");
    }
    Ok(beside)
}

impl Server {
    /// Runs `margay --help`.
    pub(crate) fn help() -> Result<()> {
        let status = Command::new(program()?).arg("--help").stdout(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { bail!("--help failed") }
    }

    /// Starts a server with these rules and one webhook, and waits until it is ready.
    pub(crate) fn start(content: &Content, webhook_url: &str) -> Result<Server> {
        let dir = tempfile::tempdir()?;
        let rules = dir.path().join("content/rules");
        std::fs::create_dir_all(&rules)?;
        for (name, text) in &content.0 {
            std::fs::write(rules.join(name), text)?;
        }
        let configuration = format!(
            "listen: 127.0.0.1:0\negress: {{ allow: [127.0.0.1] }}\nalerting: {{ limit_per_detection: 0 }}\nlog: {{ level: error }}\nsources:\n  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}\ndestinations:\n  - name: hook\n    type: webhook\n    config: {{ webhook_url: \"{webhook_url}\" }}\n    severities: [HIGH]\n    delivery: {{ concurrency: 32 }}\n"
        );
        std::fs::write(dir.path().join("margay.yaml"), configuration)?;
        let mut child = Command::new(program()?)
            .args(["serve", "--config", "margay.yaml"])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .trim()
            .strip_prefix("margay ready on http://")
            .with_context(|| format!("the server said `{}` instead of being ready", line.trim()))?
            .parse()?;
        Ok(Server { child, address, _dir: dir })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Peak resident memory of the server process, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).context("no VmHWM")?;
        let kib: u64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
        Ok(kib / 1024)
    }

    /// Kills it.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}
