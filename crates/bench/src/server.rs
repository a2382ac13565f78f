//! A release build of Margay on a temporary directory.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::process::Process;

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
    process: Process,
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
        Self::start_with(content, webhook_url, "a-token-that-nobody-uses", |_| Ok(()))
    }

    /// The same on a data directory that `prepare` has filled, with an administrator token.
    pub(crate) fn start_with(
        content: &Content,
        webhook_url: &str,
        token: &str,
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Server> {
        Self::start_configured(content, webhook_url, token, "", prepare)
    }

    /// The same with more lines of configuration.
    pub(crate) fn start_configured(
        content: &Content,
        webhook_url: &str,
        token: &str,
        more: &str,
        prepare: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<Server> {
        let dir = tempfile::tempdir()?;
        prepare(&dir.path().join("margay-data"))?;
        let rules = dir.path().join("content/rules");
        std::fs::create_dir_all(&rules)?;
        for (name, text) in &content.0 {
            std::fs::write(rules.join(name), text)?;
        }
        let configuration = format!(
            "listen: 127.0.0.1:0\negress: {{ allow: [127.0.0.1] }}\nalerting: {{ limit_per_detection: 0 }}\nlog: {{ level: error }}\nsources:\n  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}\ndestinations:\n  - name: hook\n    type: webhook\n    config: {{ webhook_url: \"{webhook_url}\" }}\n    severities: [HIGH]\n    delivery: {{ concurrency: 32 }}\n{more}"
        );
        std::fs::write(dir.path().join("margay.yaml"), configuration)?;
        let (process, line) = Process::start_until_ready(
            Command::new(program()?)
                .args(["serve", "--config", "margay.yaml"])
                .env("MARGAY_BOOTSTRAP_TOKEN", token)
                .current_dir(dir.path()),
        )?;
        let address = line
            .strip_prefix("margay ready on http://")
            .with_context(|| format!("the server said `{line}` instead of being ready"))?
            .parse()?;
        Ok(Server { process, address, _dir: dir })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Peak resident memory of the server process, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<u64> {
        self.process.peak_mib()
    }
}
