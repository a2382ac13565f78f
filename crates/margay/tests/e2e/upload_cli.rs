//! `margay diff`, `margay upload` and `margay download` against a running server.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use test_support::pypanther_python;

use crate::content_api::{yaml, zip};
use crate::harness::{Ran, Server, Site, TOKEN, okta_event, text};

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
const PYTHON: &str =
    "import words\ndef rule(event):\n    return True\ndef title(event):\n    return words.WHO\n";
const TEST: &str = "Tests:\n  - Name: any\n    ExpectedResult: true\n    Log: {uuid: x}\n";

/// A site with a repository that no server reads.
fn site() -> Site {
    let site = Site::new(SOURCE);
    site.write("repo/rules/okta/own.yml", &(yaml("Own", "own.py") + TEST))
        .write("repo/rules/okta/own.py", PYTHON)
        .write("repo/global_helpers/words.yml", "AnalysisType: global\nGlobalID: words\nFilename: words.py\n")
        .write("repo/global_helpers/words.py", "WHO = 'first'\n");
    site
}

/// Runs a command with the administrator's token and without a terminal.
fn run(site: &Site, args: &[&str]) -> Ran {
    run_with(site, TOKEN, args)
}

fn run_with(site: &Site, token: &str, args: &[&str]) -> Ran {
    let mut command = site.margay(args);
    command.env_remove("MARGAY_SERVER").env("MARGAY_TOKEN", token).stdin(Stdio::null());
    Ran::from(command.output().unwrap())
}

fn json_of(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// Titles of the alerts after one more event.
fn titles(server: &Server, uuid: &str) -> Vec<String> {
    let before = server.evaluated();
    server.send_events(&[okta_event(uuid, "user@example.com", "X")]);
    server.wait_evaluated(before + 1);
    let mut titles: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["title"])).collect();
    titles.sort();
    titles
}

/// The number of changes of the server's content.
fn changes(server: &Server) -> usize {
    server.list("/content/changes").len()
}

/// Every file below a folder and what it holds.
fn tree(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.push((name, std::fs::read(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn what_changes_is_shown_uploaded_and_live() {
    let site = site();
    let server = site.start();
    let first = run(&site, &["diff", "repo"]);
    assert_eq!(first.code, Some(1), "{first:?}");
    assert_eq!(
        first.stdout,
        "new       global  words  global_helpers/words.yml\nnew       rule  Own  rules/okta/own.yml\n\n\
         global: 1 new\nrule: 1 new\n"
    );
    let checked = run(&site, &["upload", "repo", "--dry-run"]);
    assert_eq!((checked.code, changes(&server)), (Some(0), 0), "{checked:?}");
    assert!(checked.stdout.contains("would take it: 2 changes"), "{checked:?}");
    let done = run(&site, &["upload", "repo", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.ends_with(": 2 changes, change 1\n"), "{done:?}");
    assert_eq!(titles(&server, "1"), ["first"]);

    let same = run(&site, &["diff", "repo", "--deleted"]);
    assert_eq!(
        (same.code, same.stdout.as_str()),
        (Some(0), "global: 1 unchanged\nrule: 1 unchanged\n"),
        "{same:?}"
    );
    let again = run(&site, &["upload", "repo", "--yes"]);
    assert!(again.stdout.starts_with("nothing to change: all 2 are on http://"), "{again:?}");
    assert_eq!((again.code, changes(&server)), (Some(0), 1));

    site.write("repo/global_helpers/words.py", "WHO = 'second'\n");
    let changed = run(&site, &["diff", "repo"]);
    assert_eq!(changed.code, Some(1));
    let diff = "--- a/global_helpers/words.py\n+++ b/global_helpers/words.py\n@@ -1 +1 @@\n-WHO = 'first'\n+WHO = 'second'\n";
    assert!(changed.stdout.contains(diff), "{changed:?}");
    // A part of the repository is enough, by another way to the server.
    let file = site.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let mut command =
        site.margay(&["upload", "repo/global_helpers", "--yes", "--format", "json", "--token-file"]);
    command.arg(&file).env("MARGAY_SERVER", &server.base).env("MARGAY_TOKEN", "wrong").stdin(Stdio::null());
    let part = Ran::from(command.output().unwrap());
    let told = json_of(&part);
    assert_eq!(
        (part.code, &told["status"], &told["change"]),
        (Some(0), &json!("uploaded"), &json!(2)),
        "{part:?}"
    );
    assert_eq!(
        told["changes"],
        json!([
            {"what": "modified", "kind": "global", "id": "words", "path": "global_helpers/words.yml"}
        ])
    );
    assert_eq!(titles(&server, "2"), ["first", "second"]);
}

#[test]
fn items_of_the_directories_are_compared_too() {
    let site = site();
    site.rule("Disk", "", "def rule(event):\n    return False\n");
    let server = site.start();
    let same = run(&site, &["diff"]);
    assert_eq!((same.code, same.stdout.as_str()), (Some(0), "rule: 1 unchanged\n"), "{same:?}");
    // The same repository in another place, with one change.
    site.write(
        "copy/rules/disk.yml",
        &std::fs::read_to_string(site.path().join("content/rules/disk.yml")).unwrap(),
    );
    site.write("copy/rules/disk.py", "def rule(event):\n    return True\n");
    let changed = run(&site, &["diff", "copy", "--format", "json"]);
    let told = json_of(&changed);
    assert_eq!((changed.code, &told["changes"][0]["what"]), (Some(1), &json!("modified")), "{changed:?}");
    assert!(text(&told["changes"][0]["diff"]).contains("-    return False\n+    return True\n"), "{told}");
    // What only a directory has is never deleted.
    assert_eq!(run(&site, &["upload", "repo", "--yes"]).code, Some(0));
    let kept = run(&site, &["upload", "repo", "--yes", "--delete-missing"]);
    assert!(kept.stdout.starts_with("nothing to change"), "{kept:?}");
    assert_eq!(server.get_json("/rules/Disk")["origin"], "directory");
}

#[test]
fn what_is_broken_or_fails_its_tests_is_not_uploaded() {
    let site = site();
    let server = site.start();
    site.write("repo/rules/okta/own.py", "def rule(event)\n");
    let broken = run(&site, &["upload", "repo", "--yes"]);
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.stdout.contains("repo/rules/okta/own.py:1:16"), "{broken:?}");

    site.write("repo/rules/okta/own.py", "def rule(event):\n    return False\n");
    let failing = run(&site, &["upload", "repo", "--yes"]);
    assert_eq!(failing.code, Some(1), "{failing:?}");
    assert!(failing.stdout.contains("[FAIL] any"), "{failing:?}");
    assert!(failing.stderr.contains("tests failed, so that nothing was uploaded"), "{failing:?}");
    let failing = json_of(&run(&site, &["upload", "repo", "--yes", "--format", "json"]));
    assert_eq!((&failing["status"], &failing["tests"]["tests"]["failed"]), (&json!("failed"), &json!(1)));
    assert_eq!(changes(&server), 0);

    // The server loads it too, and names file and reason.
    site.write("repo/rules/okta/own.py", "import os\nos.no_such_thing\ndef rule(event):\n    return True\n");
    let refused = run(&site, &["upload", "repo", "--yes", "--skip-tests"]);
    assert_eq!((refused.code, changes(&server)), (Some(1), 0), "{refused:?}");
    assert!(
        refused.stdout.contains("rules/okta/own.py: line 2: `Own` cannot run: AttributeError"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("refused the upload"), "{refused:?}");

    site.write("repo/rules/okta/own.py", "def rule(event):\n    return False\n");
    assert_eq!(run(&site, &["upload", "repo", "--yes", "--skip-tests"]).code, Some(0));
    assert_eq!(changes(&server), 1);
}

#[test]
fn what_is_missing_is_deleted_on_request() {
    let site = site();
    let server = site.start();
    assert_eq!(run(&site, &["upload", "repo", "--yes"]).code, Some(0));
    std::fs::rename(site.path().join("repo/rules/okta/own.yml"), site.path().join("own.yml")).unwrap();
    let kept = run(&site, &["upload", "repo", "--yes"]);
    assert!(kept.stdout.starts_with("nothing to change"), "{kept:?}");
    let shown = run(&site, &["diff", "repo", "--deleted"]);
    assert_eq!(
        (shown.code, shown.stdout.as_str()),
        (Some(1), "deleted   rule  Own  rules/okta/own.yml\n\nglobal: 1 unchanged\nrule: 1 deleted\n"),
        "{shown:?}"
    );
    let part = run(&site, &["upload", "repo/global_helpers", "--yes", "--delete-missing"]);
    assert_eq!(part.code, Some(2), "{part:?}");
    assert!(part.stderr.contains("`repo/global_helpers` is a part of `repo`"), "{part:?}");
    assert_eq!(server.get("/rules/Own").status, 200);
    let done = run(&site, &["upload", "repo", "--yes", "--delete-missing"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(server.get("/rules/Own").status, 404);
    assert_eq!(server.get("/globals/words").status, 200);
}

#[test]
fn what_is_downloaded_is_what_was_uploaded() {
    let site = site();
    let _server = site.start();
    site.write(
        "repo/global_helpers/words.yml",
        "# ä comment\nAnalysisType: global\nGlobalID: words\nFilename: words.py\n",
    );
    assert_eq!(run(&site, &["upload", "repo", "--yes"]).code, Some(0));
    let done = run(&site, &["download", "copy"]);
    assert_eq!((done.code, done.stdout.as_str()), (Some(0), "4 files written to copy\n"), "{done:?}");
    assert_eq!(tree(&site.path().join("copy")), tree(&site.path().join("repo")));
    assert_eq!(run(&site, &["diff", "copy", "--deleted"]).code, Some(0));

    site.write("copy/global_helpers/words.py", "mine\n");
    let kept = run(&site, &["download", "copy"]);
    assert_eq!(kept.code, Some(3), "{kept:?}");
    assert!(kept.stderr.contains("(`global_helpers/words.py`)"), "{kept:?}");
    assert_eq!(std::fs::read_to_string(site.path().join("copy/global_helpers/words.py")).unwrap(), "mine\n");
    let forced = run(&site, &["download", "copy", "--force"]);
    assert_eq!(
        (forced.code, forced.stdout.as_str()),
        (Some(0), "1 files written to copy, 3 were there already\n")
    );
    assert_eq!(tree(&site.path().join("copy")), tree(&site.path().join("repo")));

    std::fs::remove_dir_all(site.path().join("copy/rules")).unwrap();
    std::fs::create_dir(site.path().join("outside")).unwrap();
    std::os::unix::fs::symlink(site.path().join("outside"), site.path().join("copy/rules")).unwrap();
    let link = run(&site, &["download", "copy", "--force"]);
    assert_eq!(link.code, Some(3), "{link:?}");
    assert!(tree(&site.path().join("outside")).is_empty());
}

#[test]
fn a_project_is_uploaded_as_one() {
    let python = pypanther_python();
    let site = Site::new(&format!("python: {{ executable: \"{}\" }}\n{SOURCE}", python.display()));
    let rules = |who: &str| {
        format!(
            "from pypanther import LogType, Rule, Severity\n\nclass A(Rule):\n    id = 'Project.A'\n    \
             log_types = [LogType.OKTA_SYSTEM_LOG]\n    default_severity = Severity.LOW\n    \
             def rule(self, event):\n        return True\n    def title(self, event):\n        return '{who}'\n"
        )
    };
    site.write(
        "project/main.py",
        "import rules\nfrom pypanther import get_rules, register\nregister(get_rules(rules))\n",
    )
    .write("project/rules/__init__.py", "")
    .write("project/rules/own.py", &rules("first"));
    let server = site.start();
    let done = run(&site, &["upload", "project", "--yes"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    assert!(done.stdout.contains("rules of the project: 1 registered, 1 new"), "{done:?}");
    assert_eq!(titles(&server, "1"), ["first"]);
    assert_eq!(run(&site, &["diff", "project"]).code, Some(0));
    site.write("project/rules/own.py", &rules("second"));
    let changed = run(&site, &["diff", "project"]);
    assert!(changed.stdout.contains("-        return 'first'\n+        return 'second'\n"), "{changed:?}");
    assert_eq!(run(&site, &["upload", "project", "--yes"]).code, Some(0));
    assert_eq!(titles(&server, "2"), ["first", "second"]);
    assert_eq!(run(&site, &["download", "copy"]).code, Some(0));
    assert_eq!(tree(&site.path().join("copy")), tree(&site.path().join("project")));
}

#[test]
fn what_stands_in_the_way_is_said() {
    let site = site();
    for command in ["diff", "upload", "download"] {
        let args: &[&str] =
            if command == "upload" { &[command, "repo", "--yes"] } else { &[command, "repo"] };
        let nowhere = run(&site, args);
        assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
        assert!(nowhere.stderr.contains("there is no server on this data directory"), "{nowhere:?}");
    }
    let server = site.start();
    let silent = run(&site, &["upload", "repo"]);
    assert_eq!(silent.code, Some(2), "{silent:?}");
    assert!(silent.stderr.contains("add --yes"), "{silent:?}");
    let no_token = run_with(&site, "", &["diff", "repo"]);
    assert_eq!(no_token.code, Some(2), "{no_token:?}");
    assert!(no_token.stderr.contains("MARGAY_TOKEN"), "{no_token:?}");
    let wrong = run_with(&site, "a-token-that-nobody-made", &["upload", "repo", "--yes"]);
    assert_eq!(wrong.code, Some(3), "{wrong:?}");
    assert!(wrong.stderr.contains("does not know the token (401)"), "{wrong:?}");
    assert!(!wrong.stderr.contains("a-token-that-nobody-made"), "{wrong:?}");
    let reader = site.run(&["token", "create", "--name", "reader", "--permission", "RuleRead"]);
    let weak = run_with(&site, reader.stdout.trim(), &["upload", "repo", "--yes"]);
    assert_eq!(weak.code, Some(3), "{weak:?}");
    assert!(weak.stderr.contains("needs the permission BulkUpload"), "{weak:?}");
    let base = server.base.clone();
    server.kill();
    let away = run(&site, &["diff", "repo", "--server", &base]);
    assert_eq!(away.code, Some(3), "{away:?}");
    assert!(away.stderr.contains("nobody listens there"), "{away:?}");
}

/// A server that answers everything with these bytes.
fn strange_server(status: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut buffer = [0; 4096];
            let _read = stream.read(&mut buffer);
            let head = format!(
                "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:1/\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _written = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
    });
    base
}

#[test]
fn nothing_of_a_strange_server_is_written_outside_of_the_folder() {
    let site = site();
    let good = zip(&[("xxxoutside.yml", "AnalysisType: global\n")]);
    let bad: Vec<u8> = String::from_utf8_lossy(&good)
        .contains("xxxoutside")
        .then(|| {
            let mut bytes = good.clone();
            for at in 0..bytes.len() - 3 {
                if bytes[at..].starts_with(b"xxxoutside") {
                    bytes[at..at + 3].copy_from_slice(b"../");
                }
            }
            bytes
        })
        .unwrap();
    for (body, what) in [(bad, "leads out of the archive"), (b"<html>".to_vec(), "this is no zip archive")] {
        let base = strange_server("200 OK", body);
        let refused = run(&site, &["download", "copy", "--server", &base]);
        assert_eq!(refused.code, Some(3), "{refused:?}");
        assert!(refused.stderr.contains(what), "{refused:?}");
        assert!(!site.path().join("outside.yml").exists() && !site.path().join("copy").exists());
    }
    let elsewhere = run(&site, &["download", "copy", "--server", &strange_server("302 Found", Vec::new())]);
    assert_eq!(elsewhere.code, Some(3), "{elsewhere:?}");
    assert!(elsewhere.stderr.contains("sends elsewhere (302)"), "{elsewhere:?}");
}
