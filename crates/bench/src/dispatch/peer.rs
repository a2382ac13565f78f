//! The two servers, each as a process of its own on a temporary directory, with the same webhook behind it.

use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::dispatch::{door, matches};
use crate::process::Process;

/// The program of Debian's package.
const ALERTMANAGER: &str = "prometheus-alertmanager";
const START_MAX: Duration = Duration::from_secs(20);

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Margay,
    Alertmanager,
}

impl Peer {
    /// Both, in the order of a run.
    pub(crate) const BOTH: [Peer; 2] = [Peer::Margay, Peer::Alertmanager];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Margay => "Margay",
            Peer::Alertmanager => "Alertmanager",
        }
    }

    /// Where it takes alerts.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Peer::Margay => "/",
            Peer::Alertmanager => "/api/v2/alerts",
        }
    }

    /// One request.
    pub(crate) fn body(self, numbers: Range<usize>) -> String {
        match self {
            Peer::Margay => matches::to_margay(numbers, None),
            Peer::Alertmanager => matches::to_alertmanager(numbers),
        }
    }
}

/// A running server.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    process: Process,
    // Removed when dropped, after the process.
    _dir: TempDir,
}

impl Running {
    /// Starts a server that tells this webhook, and waits until it takes alerts.
    pub(crate) fn start(peer: Peer, url: &str) -> Result<Running> {
        match peer {
            Peer::Margay => Running::margay(&[url.to_owned()]),
            Peer::Alertmanager => Running::alertmanager(url),
        }
    }

    /// Starts Margay's dispatch with these webhooks.
    pub(crate) fn margay(urls: &[String]) -> Result<Running> {
        // Not in memory: what is measured is durable.
        let dir = TempDir::new_in(std::env::current_exe()?.parent().context("a program lies in a folder")?)?;
        let mut command = Command::new(std::env::current_exe()?);
        let (process, line) = Process::start_until_ready(command.args(door::arguments(dir.path(), urls)))?;
        let address =
            line.parse().with_context(|| format!("the door said `{line}` instead of its address"))?;
        Ok(Running { address, process, _dir: dir })
    }

    fn alertmanager(url: &str) -> Result<Running> {
        let dir = TempDir::new_in(std::env::current_exe()?.parent().context("a program lies in a folder")?)?;
        let configuration = dir.path().join("alertmanager.yml");
        std::fs::write(
            &configuration,
            format!(
                "route: {{ receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 5m, repeat_interval: 4h }}\nreceivers:\n  - name: hook\n    webhook_configs:\n      - {{ url: \"{url}\", send_resolved: false }}\n"
            ),
        )?;
        let address = free_address()?;
        let mut command = Command::new(ALERTMANAGER);
        command
            .arg(option("config.file", &configuration))
            .arg(option("storage.path", &dir.path().join("data")))
            .arg(format!("--web.listen-address={address}"))
            .args(["--cluster.listen-address=", "--log.level=error"])
            .stderr(Stdio::null());
        let process = Process::start(&mut command).context("install it with `scripts/setup-alertmanager`")?;
        wait_for(address)?;
        Ok(Running { address, process, _dir: dir })
    }

    /// Peak resident memory of the server process, in MiB.
    pub(crate) fn peak_mib(&self) -> Result<u64> {
        self.process.peak_mib()
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("--{name}={}", path.display())
}

/// An address that was free a moment ago: this server cannot choose one by itself.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn wait_for(address: SocketAddr) -> Result<()> {
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_err() {
        if start.elapsed() > START_MAX {
            bail!("{ALERTMANAGER} does not listen on {address} after {START_MAX:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
