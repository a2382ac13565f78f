//! Start, reload, shutdown, and death with the server.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use python_host::{ActiveRules, HostError, PythonHost, SandboxMode};
use stdx::Clock;

use crate::support::{
    bystander, clock, config, evaluate, event, events, example, program, rule, start, start_with, summary,
};

fn clock_now() -> Arc<dyn Clock> {
    Arc::new(clock())
}

fn processes_with_parent(parent: u32) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        if fields.first() != Some(&"Z") && fields.get(1) == Some(&parent.to_string().as_str()) {
            found.insert(pid);
        }
    }
    found
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "{what} did not happen within 10 s");
        std::thread::yield_now();
    }
}

fn is_alive(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

#[tokio::test]
async fn a_reload_swaps_the_program_and_work_under_way_is_finished() {
    let slow = "import time\ndef rule(event):\n    time.sleep(0.1)\n    return True\ndef title(event):\n    return 'old'";
    let (host, _) = start(vec![rule("R", slow)]).await;
    let host = Arc::new(host);
    let running = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { evaluate(&host, events(5)).await })
    };
    tokio::task::yield_now().await;
    let report = host.reload(program(vec![bystander("New"), rule("Bad", "syntax error")])).await.unwrap();
    assert_eq!(report.setup_errors.len(), 1);
    assert_eq!(running.await.unwrap().findings.len(), 5);
    assert_eq!(
        summary(&evaluate(&host, events(1)).await),
        ["row-0000 Bad SyntaxError", "row-0000 New match"]
    );
}

#[tokio::test]
async fn a_prepared_program_waits_for_its_swap() {
    let (host, _) = start(vec![bystander("Old")]).await;
    let prepared = host.prepare(program(vec![bystander("New"), rule("Bad", "syntax error")])).await.unwrap();
    assert_eq!(prepared.report().setup_errors.len(), 1);
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 Old match"]);
    assert_eq!(host.swap(prepared).setup_errors.len(), 1);
    assert_eq!(
        summary(&evaluate(&host, events(1)).await),
        ["row-0000 Bad SyntaxError", "row-0000 New match"]
    );
    let late = host.prepare(program(vec![bystander("Late")])).await.unwrap();
    host.shutdown().await;
    host.swap(late);
    assert!(matches!(host.evaluate(events(1), &ActiveRules::default()).await, Err(HostError::Stopped)));
}

#[tokio::test]
async fn a_reload_that_nobody_waits_for_ends_its_workers() {
    let (host, _) = start(vec![bystander("Old")]).await;
    let before = processes_with_parent(std::process::id());
    let endless = "while True:\n    pass\ndef rule(event):\n    return True";
    {
        let preparing = host.prepare(program(vec![rule("Endless", endless)]));
        tokio::pin!(preparing);
        let is_new = || processes_with_parent(std::process::id()).difference(&before).next().is_some();
        let limit = Instant::now() + Duration::from_secs(10);
        while !is_new() && Instant::now() < limit {
            assert!(tokio::time::timeout(Duration::from_millis(5), &mut preparing).await.is_err());
        }
        assert!(is_new());
    }
    wait_until("the end of the new workers", || processes_with_parent(std::process::id()) == before);
}

#[tokio::test]
async fn shutdown_ends_the_workers_and_the_evaluations() {
    let (host, _) =
        start(vec![rule("R", "import time\ndef rule(event):\n    time.sleep(0.5)\n    return True")]).await;
    let host = Arc::new(host);
    let running = {
        let host = Arc::clone(&host);
        tokio::spawn(async move { host.evaluate(events(100), &ActiveRules::default()).await })
    };
    tokio::task::yield_now().await;
    host.shutdown().await;
    assert!(matches!(running.await.unwrap(), Err(HostError::Stopped)));
    assert!(matches!(host.evaluate(events(1), &ActiveRules::default()).await, Err(HostError::Stopped)));
}

#[tokio::test]
async fn what_cannot_be_used_is_said_at_start() {
    let mut missing = config(1);
    missing.executable = "/no/such/python".into();
    let error = PythonHost::start(missing, program(vec![]), clock_now()).await.err().unwrap();
    assert!(matches!(error, HostError::Interpreter { .. }), "{error}");

    let mut odd = config(1);
    odd.executable = "/bin/echo".into();
    let error = PythonHost::start(odd, program(vec![]), clock_now()).await.err().unwrap();
    assert!(error.to_string().starts_with("cannot use the Python interpreter `/bin/echo`"), "{error}");

    let mut broken = config(1);
    broken.worker_command = vec!["/bin/false".into()];
    let error = PythonHost::start(broken, program(vec![]), clock_now()).await.err().unwrap();
    assert!(matches!(error, HostError::CannotStart { attempts: 5, .. }), "{error}");
}

#[tokio::test]
async fn the_sandbox_can_be_required_or_switched_off() {
    let mut off = config(1);
    off.sandbox = SandboxMode::Off;
    let source = "def rule(event):\n    return 'root' in open('/etc/passwd').read()";
    let (host, report) = start_with(off, program(vec![rule("R", source)])).await;
    assert_eq!(report.sandbox_shortcomings, ["the sandbox is switched off"]);
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 R match"]);

    let mut required = config(1);
    required.sandbox = SandboxMode::Required;
    let (host, _) = start_with(required, program(vec![rule("R", source)])).await;
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 R PermissionError"]);
}

#[tokio::test]
async fn workers_that_die_while_idle_are_replaced_and_nobody_is_blamed() {
    let (host, _) = start(vec![bystander("R")]).await;
    let pid_source =
        "import os\ndef rule(event):\n    return True\ndef title(event):\n    return str(os.getpid())";
    host.reload(program(vec![rule("R", pid_source)])).await.unwrap();
    for _ in 0..3 {
        let found = crate::support::only_match(&evaluate(&host, events(1)).await);
        let pid: i32 = found.title.unwrap().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        assert_eq!(evaluate(&host, events(2)).await.findings.len(), 2);
    }
}

#[test]
fn workers_die_with_the_server() {
    let mut server = Command::new(example("endless_host"))
        .arg(example("python_worker"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("ready")));
    wait_until("two workers", || processes_with_parent(server.id()).len() == 2);
    let workers = processes_with_parent(server.id());
    server.kill().unwrap();
    server.wait().unwrap();
    wait_until("the end of the workers", || workers.iter().all(|&pid| !is_alive(pid)));
}

#[test]
fn a_worker_without_its_server_does_not_start() {
    let argument = r#"{"executable":"/bin/true","readable":[],"parent_pid":1,"memory_max":268435456,"sandbox":"off","network":false}"#;
    let mut child =
        Command::new(example("python_worker")).arg(argument).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("the server that started this worker is gone"), "{said}");
    assert_eq!(child.wait().unwrap().code(), Some(3));
}

#[tokio::test]
async fn a_virtual_environment_serves_its_packages() {
    let folder = tempfile::tempdir().unwrap();
    let venv = folder.path().join("venv");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&venv).status().unwrap();
    assert!(made.success());
    let library = std::fs::read_dir(venv.join("lib")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(library.join("site-packages/of_the_team.py"), "WORD = 'from the venv'").unwrap();
    std::fs::write(folder.path().join("key"), "secret").unwrap();
    let source = "import of_the_team\ndef rule(event):\n    try:\n        open(event['key'])\n    \
                  except PermissionError:\n        return True\n    return False\n\
                  def title(event):\n    return of_the_team.WORD";
    let mut config = config(1);
    config.venv = Some(venv);
    let (host, report) = start_with(config, program(vec![rule("R", source)])).await;
    assert_eq!(report.setup_errors, []);
    let json = serde_json::json!({"key": folder.path().join("key")}).to_string();
    let evaluation = evaluate(&host, vec![event(0, &json)]).await;
    assert_eq!(crate::support::only_match(&evaluation).title.as_deref(), Some("from the venv"));
}
