//! What hostile or broken rules cost: their own pair of rule and event, nothing else.

use std::net::TcpListener;
use std::time::Duration;

use rstest::rstest;

use crate::support::{
    bystander, config, errors, evaluate, event, events, program, rule, start, start_with, summary,
};

/// Runs `source` as rule `M` on the event `{"n":1}` of three, between two bystanders.
pub(crate) async fn among_bystanders(source: &str) -> (Vec<String>, Vec<model::ErrorFinding>) {
    let (host, report) = start(vec![bystander("A"), rule("M", source), bystander("Z")]).await;
    assert_eq!(report.setup_errors, []);
    let evaluation = evaluate(&host, events(3)).await;
    (summary(&evaluation), errors(&evaluation))
}

pub(crate) fn expected(error: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for n in 0..3 {
        lines.push(format!("row-{n:04} A match"));
        if n == 1 {
            lines.push(format!("row-{n:04} M {error}"));
        }
        lines.push(format!("row-{n:04} Z match"));
    }
    lines
}

#[rstest]
#[case::loops("    while True:\n        pass", "TimeoutError")]
#[case::loops_and_catches(
    "    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "TimeoutError"
)]
#[case::sleeps("    import time\n    time.sleep(1000)", "TimeoutError")]
#[case::leaves("    import os\n    os._exit(0)", "WorkerDied")]
#[case::crashes("    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)", "WorkerDied")]
#[case::aborts("    import os\n    os.abort()", "WorkerDied")]
#[case::becomes_another_program(
    "    import os, sys\n    os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(9)'])",
    "WorkerDied"
)]
#[case::closes_the_protocol("    import os\n    os.close(100)\n    os._exit(1)", "WorkerDied")]
#[case::recurses("    f = lambda: f()\n    f()", "RecursionError")]
#[case::takes_all_descriptors("    import os\n    while True:\n        os.dup(0)", "OSError")]
#[tokio::test]
async fn a_rule_that_misbehaves_costs_only_its_pair(#[case] body: &str, #[case] error: &str) {
    let source =
        format!("def rule(event):\n    if event['n'] != 1:\n        return False\n{body}\n    return False");
    let (lines, _) = among_bystanders(&source).await;
    assert_eq!(lines, expected(error));
}

#[tokio::test]
async fn a_rule_that_allocates_without_end_costs_only_its_pair() {
    let source = "def rule(event):\n    kept = []\n    while event['n'] == 1:\n        \
                  kept.append(bytearray(1 << 20))\n    return False";
    let mut config = config(1);
    config.memory_max = 128 * 1024 * 1024;
    config.rule_timeout = Duration::from_secs(20);
    let rules = vec![bystander("A"), rule("M", source), bystander("Z")];
    let (host, _) = start_with(config, program(rules)).await;
    assert_eq!(summary(&evaluate(&host, events(3)).await), expected("MemoryError"));
}

#[tokio::test]
async fn the_limits_are_told() {
    let source = "def rule(event):\n    while event['n'] == 1:\n        pass\n    return False";
    let (_, errors) = among_bystanders(source).await;
    assert_eq!(errors[0].short_message, "TimeoutError('rule took longer than 1s')");
    let source = "import os\ndef rule(event):\n    return event['n'] == 1 and os._exit(7)";
    let (_, errors) = among_bystanders(source).await;
    assert_eq!(errors[0].short_message, "WorkerDied('the worker ended with exit status 7')");
}

#[tokio::test]
async fn an_exploding_expression_stops_one_line_and_the_next_line_is_matched() {
    let source =
        "import re\nP = re.compile(r'(a+)+b$')\ndef rule(event):\n    return bool(P.match(event['line']))";
    let (host, _) = start(vec![rule("Regex", source), bystander("Z")]).await;
    let evil = format!("{{\"line\":\"{}\"}}", "a".repeat(60));
    let evaluation = evaluate(&host, vec![event(0, &evil), event(1, r#"{"line":"aab"}"#)]).await;
    assert_eq!(
        summary(&evaluation),
        ["row-0000 Regex TimeoutError", "row-0000 Z match", "row-0001 Regex match", "row-0001 Z match",]
    );
}

#[tokio::test]
async fn several_culprits_of_one_chunk_are_each_blamed_once() {
    let quits = "import os\ndef rule(event):\n    return event['n'] in (0, 2) and os._exit(1)";
    let (host, _) = start(vec![rule("A", quits), rule("B", quits), bystander("C")]).await;
    let lines = summary(&evaluate(&host, events(4)).await);
    assert_eq!(
        lines,
        [
            "row-0000 A WorkerDied",
            "row-0000 B WorkerDied",
            "row-0000 C match",
            "row-0001 C match",
            "row-0002 A WorkerDied",
            "row-0002 B WorkerDied",
            "row-0002 C match",
            "row-0003 C match",
        ]
    );
}

#[rstest]
#[case::connects(
    "import socket\ndef attack(event):\n    socket.create_connection(('127.0.0.1', event['port']), 1)"
)]
#[case::makes_a_pair("import socket\ndef attack(event):\n    socket.socketpair()")]
#[case::writes("def attack(event):\n    open(event['folder'] + '/new', 'w').write('x')")]
#[case::reads("def attack(event):\n    open(event['folder'] + '/key').read()")]
#[case::lists("import os\ndef attack(event):\n    os.listdir(event['folder'])")]
#[case::removes("import os\ndef attack(event):\n    os.unlink(event['folder'] + '/key')")]
#[case::writes_to_tmp("import tempfile\ndef attack(event):\n    tempfile.TemporaryFile()")]
#[case::reads_accounts("def attack(event):\n    open('/etc/passwd').read()")]
#[case::reads_the_servers_environment(
    "import os\ndef attack(event):\n    open(f'/proc/{os.getppid()}/environ', 'rb').read()"
)]
#[case::reads_the_servers_memory(
    "import os\ndef attack(event):\n    open(f'/proc/{os.getppid()}/mem', 'rb').read(1)"
)]
#[case::kills_the_server("import os, signal\ndef attack(event):\n    os.kill(os.getppid(), signal.SIGTERM)")]
#[case::kills_everybody("import os, signal\ndef attack(event):\n    os.kill(-1, signal.SIGTERM)")]
#[case::kills_its_group("import os, signal\ndef attack(event):\n    os.kill(0, signal.SIGTERM)")]
#[case::slows_the_server(
    "import os\ndef attack(event):\n    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)"
)]
#[case::limits_the_server(
    "import os, resource\ndef attack(event):\n    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))"
)]
#[case::lifts_its_limits(
    "import resource\ndef attack(event):\n    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))"
)]
#[case::forks("import os\ndef attack(event):\n    os.fork()")]
#[case::starts_a_program("import subprocess\ndef attack(event):\n    subprocess.run(['/bin/true'])")]
#[case::starts_a_shell("import os\ndef attack(event):\n    os.posix_spawn('/bin/sh', ['sh'], {})")]
#[case::executes_a_system_program("import os\ndef attack(event):\n    os.execv('/usr/bin/env', ['env'])")]
#[case::changes_a_mode("import os\ndef attack(event):\n    os.chmod(event['folder'] + '/key', 0o777)")]
#[case::changes_times("import os\ndef attack(event):\n    os.utime(event['folder'] + '/key', (1, 1))")]
#[case::changes_the_owner(
    "import os\ndef attack(event):\n    os.chown(event['folder'] + '/key', os.getuid(), os.getgid())"
)]
#[case::marks_a_file(
    "import os\ndef attack(event):\n    os.setxattr(event['folder'] + '/key', 'user.a', b'b')"
)]
#[case::unmarks_a_file(
    "import os\ndef attack(event):\n    os.removexattr(event['folder'] + '/key', 'user.a')"
)]
#[tokio::test]
async fn attacks_are_refused(#[case] source: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key"), "secret").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let json = serde_json::json!({
        "folder": folder.path().to_str().unwrap(),
        "port": listener.local_addr().unwrap().port(),
    })
    .to_string();
    let source = format!("{source}\ndef rule(event):\n    attack(event)\n    return True");
    let (host, report) = start(vec![rule("M", &source), bystander("Z")]).await;
    assert_eq!(report.sandbox_shortcomings, Vec::<String>::new());
    let evaluation = evaluate(&host, vec![event(0, &json)]).await;
    let error = &errors(&evaluation)[0];
    assert!(
        ["PermissionError", "FileNotFoundError"].contains(&error.error_type.as_str())
            || error.message.starts_with("not allowed to raise maximum limit"),
        "{}: {}",
        error.error_type,
        error.message
    );
    assert_eq!(summary(&evaluation)[1], "row-0000 Z match");
    assert_eq!(std::fs::read_to_string(folder.path().join("key")).unwrap(), "secret");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(listener.accept().is_err());
}

/// System calls by number, made by hand, on a file that the worker's user owns.
#[tokio::test]
async fn calls_that_other_guards_do_not_cover_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "secret").unwrap();
    let before = std::fs::metadata(&key).unwrap();
    let source = r#"
import ctypes, errno, fcntl, os, platform, socket
libc = ctypes.CDLL(None, use_errno=True)
X86 = {'chmod': 90, 'fchmod': 91, 'chown': 92, 'fchown': 93, 'lchown': 94, 'utime': 132, 'utimes': 235,
       'futimesat': 261, 'fchownat': 260, 'fchmodat': 268, 'utimensat': 280, 'setxattr': 188,
       'lsetxattr': 189, 'fsetxattr': 190, 'removexattr': 197, 'lremovexattr': 198, 'fremovexattr': 199,
       'inotify_add_watch': 254, 'fanotify_mark': 301, 'ioprio_set': 251, 'setitimer': 38, 'alarm': 37,
       'timer_create': 222, 'timer_settime': 223, 'sync': 162}
NEWER = {'set_mempolicy_home_node': 450, 'fchmodat2': 452, 'statmount': 457, 'setxattrat': 463,
         'removexattrat': 466, 'open_tree_attr': 467, 'file_getattr': 468, 'file_setattr': 469, 'listns': 470}
def call(number, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(number, *arguments)
    return ctypes.get_errno() if result == -1 else 0
def rule(event):
    path = event['key'].encode()
    wrong = []
    for name, number in {**(X86 if platform.machine() == 'x86_64' else {}), **NEWER}.items():
        at = name.endswith('at') or name.endswith('at2')
        found = call(number, -100, path, 0o777, 0, 0) if at else call(number, path, 0o777, 0, 0, 0)
        if found != errno.EPERM:
            wrong.append((name, found))
    for number in (471, 500, 599, 600, 0x40000000 + 90, 0x40000000 + 39):
        if call(number, path, 0o777) != errno.ENOSYS:
            wrong.append((number, 'is there'))
    for command in (8, 10, 15, 1024, 1026):
        try:
            fcntl.fcntl(100, command, 1)
            wrong.append(('fcntl', command))
        except PermissionError:
            pass
    for command in (0x8901, 0x8902, 0x40086602, 0x5412, 0x5452):
        try:
            fcntl.ioctl(100, command, bytes(64))
            wrong.append(('ioctl', command))
        except PermissionError:
            pass
    os.isatty(0), os.set_blocking(0, True), os.set_inheritable(0, False)
    assert not wrong, wrong
    return True
"#;
    let (host, report) = start(vec![rule("M", source)]).await;
    assert_eq!(report.sandbox_shortcomings, Vec::<String>::new());
    let json = serde_json::json!({ "key": key }).to_string();
    let evaluation = evaluate(&host, vec![event(0, &json)]).await;
    assert_eq!(summary(&evaluation), ["row-0000 M match"], "{:?}", errors(&evaluation));
    let after = std::fs::metadata(&key).unwrap();
    assert_eq!(
        (after.permissions(), after.modified().unwrap()),
        (before.permissions(), before.modified().unwrap())
    );
}

#[tokio::test]
async fn secrets_of_the_server_are_not_in_the_environment() {
    let source = "import os\ndef rule(event):\n    return any('CARGO' in name for name in os.environ)";
    let (host, _) = start(vec![rule("M", source)]).await;
    assert!(evaluate(&host, events(1)).await.findings.is_empty());
}

#[tokio::test]
async fn threads_and_the_usual_packages_work() {
    let source = "import threading, hashlib, zoneinfo, ctypes, decimal, ssl, sqlite3\n\
                  found = []\ndef rule(event):\n    t = threading.Thread(target=lambda: found.append(1))\n    \
                  t.start(); t.join()\n    return len(str(zoneinfo.ZoneInfo('Europe/Paris'))) > 0 and len(found) == 1";
    let (host, report) = start(vec![rule("M", source)]).await;
    assert_eq!(report.setup_errors, []);
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 M match"]);
}

#[tokio::test]
async fn printing_without_end_neither_blocks_nor_reaches_the_protocol() {
    let source = "import os, sys\ndef rule(event):\n    print('x' * 100000)\n    sys.stderr.write('y' * 100000)\n    \
                  os.write(1, b'z' * 100000)\n    return sys.stdin.read() == ''";
    let (host, _) = start(vec![rule("M", source)]).await;
    assert_eq!(summary(&evaluate(&host, events(3)).await).len(), 3);
}

#[tokio::test]
async fn a_worker_that_grows_is_replaced_before_it_fails() {
    let mut config = config(1);
    config.memory_max = 256 * 1024 * 1024;
    let source = "kept = []\ndef rule(event):\n    kept.append(bytearray(24 << 20))\n    return True";
    let (host, _) = start_with(config, program(vec![rule("Leak", source)])).await;
    for _ in 0..30 {
        assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 Leak match"]);
    }
}

#[tokio::test]
async fn code_that_never_finishes_loading_is_a_setup_error() {
    let (host, report) =
        start(vec![rule("M", "import os\nos._exit(4)\ndef rule(event):\n    return True"), bystander("Z")])
            .await;
    assert_eq!(report.setup_errors.len(), 1);
    assert_eq!(report.setup_errors[0].error_type, "WorkerDied");
    assert_eq!(
        report.setup_errors[0].message,
        "the worker ended with exit status 4 while the code was loaded"
    );
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 M WorkerDied", "row-0000 Z match"]);
}

#[tokio::test]
async fn the_network_can_be_allowed() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let json = format!("{{\"port\":{}}}", listener.local_addr().unwrap().port());
    let source = "import socket\ndef rule(event):\n    socket.create_connection(('127.0.0.1', event['port']), 5)\n    return True";
    let mut config = config(1);
    config.network = true;
    let (host, _) = start_with(config, program(vec![rule("M", source)])).await;
    assert_eq!(summary(&evaluate(&host, vec![event(0, &json)]).await), ["row-0000 M match"]);
}
