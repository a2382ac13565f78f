//! Detection content over the API: live at once, all or nothing, with a way back.

use content::archive::{ArchiveFile, read_archive, write_archive};
use serde_json::{Value, json};
use test_support::pypanther_python;

use crate::harness::{Answer, Server, Site, TOKEN, okta_event, signal, text, try_request, wait_until};

const SOURCE: &str = "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
/// Matches every event and says which rule it is.
const SAYS: &str =
    "def rule(event):\n    return True\ndef title(event):\n    return 'WHO ' + event['uuid']\n";

pub(crate) fn site() -> Site {
    Site::new(SOURCE)
}

/// The Python of a rule that says a word.
fn says(who: &str) -> String {
    SAYS.replace("WHO", who)
}

/// A rule over the API.
pub(crate) fn rule(id: &str, body: &str) -> Value {
    json!({"id": id, "body": body, "severity": "HIGH", "logTypes": ["Okta.SystemLog"], "enabled": true})
}

/// Puts a rule and gives the answer.
fn put(server: &Server, rule: &Value) -> Answer {
    server.change("PUT", &format!("/rules/{}", text(&rule["id"])), rule)
}

/// A zip of files.
pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let file = |(path, text): &(&str, &str)| ArchiveFile {
        path: (*path).to_owned(),
        data: text.as_bytes().to_vec(),
    };
    write_archive(&files.iter().map(file).collect::<Vec<_>>()).unwrap()
}

/// Sends an archive.
pub(crate) fn upload(server: &Server, path: &str, zip: &[u8]) -> Answer {
    server.request("POST", path, &[("X-API-Key", TOKEN), ("Content-Type", "application/zip")], Some(zip))
}

/// The YAML of a rule for a zip.
pub(crate) fn yaml(id: &str, file: &str) -> String {
    format!(
        "AnalysisType: rule\nRuleID: {id}\nFilename: {file}\nEnabled: true\nSeverity: Low\nLogTypes: [Okta.SystemLog]\n"
    )
}

/// What the rules that count say about an event.
fn said(server: &Server, uuid: &str) -> Vec<String> {
    let before = server.evaluated();
    server.send_events(&[okta_event(uuid, "user@example.com", "X")]);
    server.wait_evaluated(before + 1);
    let titles = server.alerts("ALERT").into_iter().map(|alert| text(&alert["title"]));
    let mut said: Vec<String> =
        titles.filter_map(|title| Some(title.strip_suffix(&format!(" {uuid}"))?.to_owned())).collect();
    said.sort();
    said
}

#[test]
fn a_rule_is_live_with_the_answer_and_the_directory_comes_back() {
    let site = site();
    site.rule("Shared", "", &says("directory"));
    let server = site.start();
    assert_eq!(said(&server, "1"), ["directory"]);
    let made = put(&server, &rule("Own", &says("own")));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((&made.json()["origin"], &made.json()["version"]), (&json!("api"), &json!(1)));
    assert_eq!(said(&server, "2"), ["directory", "own"]);

    let taken = server.change("POST", "/rules", &rule("Own", &says("other")));
    assert_eq!(taken.status, 409, "{}", taken.body);
    assert_eq!(server.get_json("/rules/Shared")["origin"], "directory");
    assert_eq!(put(&server, &rule("Shared", &says("api"))).status, 200, "the directory had it");
    assert_eq!(server.get_json("/rules/Shared")["origin"], "api");
    assert_eq!(said(&server, "3"), ["api", "own"]);

    // Neither a reload nor a restart makes a difference.
    signal(server.pid(), "HUP");
    wait_until("the server reloaded", || server.printed().iter().any(|line| line.contains("reloaded")));
    assert_eq!(said(&server, "4"), ["api", "own"]);
    server.kill();
    let server = site.start();
    assert_eq!(said(&server, "5"), ["api", "own"]);

    let gone = server.change("DELETE", "/rules/Shared", &json!({}));
    assert_eq!((gone.status, gone.body.as_str()), (204, ""));
    assert_eq!(gone.content_type.as_deref(), Some("application/json"));
    assert_eq!(said(&server, "6"), ["directory", "own"]);
    let refused = server.change("DELETE", "/rules/Shared", &json!({}));
    assert_eq!(refused.status, 409);
    assert!(text(&refused.json()["message"]).contains("content/rules/shared.yml"), "{}", refused.body);
    assert_eq!(server.change("DELETE", "/rules/Own", &json!({})).status, 204);
    assert_eq!(server.get("/rules/Own").status, 404);
    assert_eq!(said(&server, "7"), ["directory"]);
}

#[test]
fn every_change_is_a_version_and_can_be_rolled_back() {
    let site = site();
    let server = site.start();
    let path = "/rules/A%2Fb%20c.d";
    let body = |who: &str| rule("A/b c.d", &says(who));
    assert_eq!(server.change("PUT", path, &body("first")).status, 201);
    assert_eq!(server.change("PUT", path, &body("second")).status, 200);
    assert_eq!(server.change("PUT", path, &body("second")).json()["version"], 2, "nothing changed");
    assert_eq!(said(&server, "1"), ["second"]);
    let roll_back = |version: u64| {
        server.change("POST", "/content/versions/A%2Fb%20c.d/rollback", &json!({"version": version}))
    };
    assert_eq!(roll_back(1).json(), json!({"id": "A/b c.d", "version": 3}));
    assert_eq!(said(&server, "2"), ["first"]);
    assert_eq!(server.change("DELETE", path, &json!({})).status, 204);
    assert!(said(&server, "3").is_empty());
    assert_eq!(roll_back(9).status, 404);
    assert_eq!(roll_back(2).json()["version"], 5);
    assert_eq!(said(&server, "4"), ["second"]);
    assert_eq!(roll_back(4).json(), json!({"id": "A/b c.d", "version": null}), "it was deleted there");
    assert_eq!(server.get(path).status, 404);

    let versions = server.list("/content/versions/A%2Fb%20c.d");
    let shown: Vec<_> =
        versions.iter().map(|version| (&version["version"], text(&version["kind"]))).collect();
    let kinds = ["rollback", "rollback", "delete", "rollback", "api", "api"];
    assert_eq!(shown.iter().map(|(_, kind)| kind.as_str()).collect::<Vec<_>>(), kinds);
    assert_eq!(versions[0]["deleted"], true);
    assert_eq!(versions[5]["digest"], versions[3]["digest"], "the same texts");
    assert_eq!(versions[0]["createdBy"]["type"], "api-token");
    let changes = server.list("/content/changes");
    assert_eq!(changes.len(), 6);
    assert_eq!(
        (&changes[5]["added"], &changes[4]["modified"], &changes[2]["deleted"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(changes[5]["items"], json!([{"id": "A/b c.d", "version": 1, "deleted": false}]));
    assert_eq!(changes[2]["items"], json!([{"id": "A/b c.d", "version": 4, "deleted": true}]));
}

#[test]
fn whoever_may_not_read_policies_does_not_see_what_gone_ones_said() {
    let site = site();
    let server = site.start();
    let yaml = "AnalysisType: policy\nPolicyID: Hidden\nFilename: hidden.py\nEnabled: true\nSeverity: Low\nResourceTypes: [AWS.S3.Bucket]\n";
    let form = json!({"kind": "policy", "yaml": yaml, "python": "def policy(resource):\n    return True\n"});
    let put = server.change("PUT", "/internal/detections/Hidden", &form);
    assert_eq!(put.status, 201, "{}", put.body);
    let role = json!({"name": "Rules only", "permissions": ["RuleRead"]});
    assert_eq!(server.change("POST", "/roles", &role).status, 200);
    let token =
        site.run(&["token", "create", "--name", "rules", "--role", "Rules only"]).stdout.trim().to_owned();
    let ask = |token: &str, path: &str| server.request("GET", path, &[("X-API-Key", token)], None);
    let first = "/internal/detections/Hidden/versions/1";
    assert_eq!((ask(&token, first).status, ask(TOKEN, first).status), (404, 200), "while it is there");
    assert_eq!(
        server.request("DELETE", "/internal/detections/Hidden", &[("X-API-Key", TOKEN)], None).status,
        204
    );
    assert_eq!((ask(&token, first).status, ask(TOKEN, first).status), (404, 200), "when it is gone");
    let items = |token: &str| ask(token, "/content/changes").json()["results"][0]["items"].clone();
    assert_eq!(items(&token), json!([]));
    assert_eq!(items(TOKEN)[0]["id"], "Hidden");
}

#[test]
fn what_is_wrong_is_refused_and_nothing_changes() {
    let site = site();
    site.rule("Uses.Helper", "", "import helper\ndef rule(event):\n    return helper.yes()\n");
    site.write(
        "content/global_helpers/helper.yml",
        "AnalysisType: global\nGlobalID: helper\nFilename: helper.py\n",
    );
    site.write("content/global_helpers/helper.py", "def yes():\n    return True\n");
    let server = site.start();
    let mut tested = rule("Tested", "def rule(event):\n    return event['x'] == 1\n");
    tested["tests"] = json!([
        {"name": "one", "expectedResult": true, "resource": "{\"x\": 1}"},
        {"name": "two", "expectedResult": true, "resource": "{\"x\": 2}"},
        {"name": "none", "expectedResult": false, "resource": "{}"},
    ]);
    for (path, method) in
        [("/rules/Tested", "PUT"), ("/rules/Tested?run-tests-only=true", "PUT"), ("/rules", "POST")]
    {
        let answer = server.change(method, path, &tested);
        assert_eq!(answer.status, 400, "{}", answer.body);
        let results = answer.json()["testResults"].clone();
        assert_eq!(results.as_array().unwrap().len(), 3, "{results}");
        assert_eq!((&results[0]["passed"], &results[0]["triggerAlert"]), (&json!(true), &json!(true)));
        assert_eq!((&results[1]["passed"], &results[1]["errored"]), (&json!(false), &json!(false)));
        assert_eq!((&results[2]["passed"], &results[2]["errored"]), (&json!(false), &json!(true)));
        assert_eq!(results[2]["functions"]["detection"]["error"]["code"], "KeyError");
    }
    assert_eq!(server.get("/rules/Tested").status, 404);
    tested["tests"][1]["resource"] = json!("{\"x\": 1}");
    tested["tests"].as_array_mut().unwrap().pop();
    let only = server.change("PUT", "/rules/Tested?run-tests-only=true", &tested);
    assert_eq!((only.status, only.body.as_str()), (204, ""));
    assert_eq!(server.get("/rules/Tested").status, 404, "nothing was stored");
    assert_eq!(server.change("POST", "/rules", &tested).status, 200);

    for (kind, body, what) in [
        ("rules", rule("Bad.Syntax", "def rule(event)\n    return True\n"), "C050"),
        (
            "rules",
            rule("Bad.Import", "import nothing_here\ndef rule(event):\n    return True\n"),
            "nothing_here",
        ),
        ("rules", rule("Bad<Name>", "def rule(event):\n    return True\n"), "must not hold `<`"),
        ("globals", json!({"id": "helper", "body": "raise ValueError('broken')\n"}), "Uses.Helper"),
        ("globals", json!({"id": "Tested", "body": "x = 1\n"}), "is a rule, no global"),
        (
            "simple-rules",
            json!({"id": "Bad.Yaml", "severity": "LOW", "detection": "- [", "logTypes": []}),
            "no YAML",
        ),
        (
            "data-models",
            json!({"id": "M", "logTypes": ["Okta.SystemLog"], "mappings": [{"name": "n"}]}),
            "Path",
        ),
    ] {
        let id = text(&body["id"]).replace('<', "%3C").replace('>', "%3E");
        let answer = server.change("PUT", &format!("/{kind}/{id}"), &body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.body.contains(what), "{body}: {}", answer.body);
        assert!(!answer.body.contains("api:/"), "paths are those that people know: {}", answer.body);
    }
    let changes = server.list("/content/changes");
    assert_eq!(changes.len(), 1, "only what was right is stored: {changes:?}");
    server.send_events(&[okta_event("1", "user@example.com", "X")]);
    server.wait_evaluated(1);
    assert_eq!(server.alerts_of("ALERT", "Uses.Helper").len(), 1);
}

#[test]
fn a_zip_is_taken_as_a_whole_or_not_at_all() {
    let site = site();
    site.rule("Kept", "", &says("kept"));
    let server = site.start();
    let good = [
        ("rules/own/a.yml", yaml("Zip.A", "a.py")),
        ("rules/own/a.py", says("a")),
        ("rules/own/b.yml", yaml("Zip.B", "b.py")),
        ("rules/own/b.py", "from helper import who\ndef rule(event):\n    return True\ndef title(event):\n    return who() + ' ' + event['uuid']\n".to_owned()),
        ("global_helpers/helper.yml", "AnalysisType: global\nGlobalID: helper\nFilename: helper.py\n".to_owned()),
        ("global_helpers/helper.py", "def who():\n    return 'helped'\n".to_owned()),
        ("README.md", "no content".to_owned()),
    ];
    let files = |change: &dyn Fn(&str, &str) -> String| -> Vec<u8> {
        let files: Vec<(&str, String)> =
            good.iter().map(|(path, text)| (*path, change(path, text))).collect();
        zip(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>())
    };
    let as_it_is = files(&|_, text| text.to_owned());
    for (path, from, to, named, what) in [
        ("rules/own/b.yml", "Low", "Very", "rules/own/b.yml", "Very"),
        ("rules/own/b.yml", "b.py", "c.py", "rules/own/b.yml", "`rules/own/c.py` does not exist"),
        ("rules/own/b.yml", "Zip.B", "Zip.A", "rules/own/b.yml", "already used in `rules/own/a.yml`"),
        ("rules/own/b.py", "def title", "def title(", "rules/own/b.py", "was never closed"),
        ("global_helpers/helper.py", "def who", "import gone\ndef who", "rules/own/b.py", "gone"),
        ("rules/own/a.yml", "AnalysisType", "- [", "rules/own/a.yml", "no YAML"),
    ] {
        let broken = files(&|file, text| if file == path { text.replace(from, to) } else { text.to_owned() });
        for path in ["/content/upload", "/content/upload?dry-run=true"] {
            let answer = upload(&server, path, &broken);
            assert_eq!(answer.status, 400, "{}", answer.body);
            let issues = answer.json()["issues"].clone();
            assert_eq!(issues[0]["path"], named, "{issues}");
            assert!(text(&issues[0]["errorMessage"]).contains(what), "{issues}");
        }
    }
    for broken in [&b"no zip"[..], &zip(&[("README.md", "x")]), &as_it_is[..as_it_is.len() - 40]] {
        assert_eq!(upload(&server, "/content/upload", broken).status, 400);
    }
    assert!(server.list("/content/changes").is_empty());
    assert_eq!(said(&server, "1"), ["kept"]);

    let checked = upload(&server, "/content/upload?dry-run=true", &as_it_is).json();
    assert_eq!(
        (&checked["kinds"]["rule"]["new"], &checked["change"]),
        (&json!(["Zip.A", "Zip.B"]), &Value::Null)
    );
    assert!(server.list("/content/changes").is_empty());
    let done = upload(&server, "/content/upload", &as_it_is).json();
    assert_eq!(done["kinds"]["rule"], json!({"total": 2, "new": ["Zip.A", "Zip.B"], "modified": []}));
    assert_eq!(done["kinds"]["global"], json!({"total": 1, "new": ["helper"], "modified": []}));
    assert_eq!(done["change"], 1);
    assert_eq!(said(&server, "2"), ["a", "helped", "kept"]);
    assert_eq!(server.get_json("/rules/Zip.B")["body"].as_str(), Some(good[3].1.as_str()));

    let again = upload(&server, "/content/upload", &as_it_is).json();
    assert_eq!((&again["kinds"]["rule"]["modified"], &again["change"]), (&json!([]), &Value::Null));
    let changed = files(&|file, text| {
        if file.ends_with("helper.py") { text.replace("helped", "better") } else { text.to_owned() }
    });
    let changed = upload(&server, "/content/upload", &changed).json();
    assert_eq!(
        (&changed["kinds"]["global"]["modified"], &changed["change"]),
        (&json!(["helper"]), &json!(2))
    );
    assert_eq!(said(&server, "3"), ["a", "better", "kept"]);
    download_is_what_came(&server, &good);
}

fn download_is_what_came(server: &Server, sent: &[(&str, String)]) {
    let (url, headers) = (format!("{}/content/download", server.base), [("X-API-Key", TOKEN)]);
    let mut response = ureq::get(&url).header(headers[0].0, headers[0].1).call().unwrap();
    assert_eq!(response.headers()["content-type"], "application/zip");
    let files = read_archive(&response.body_mut().read_to_vec().unwrap()).unwrap();
    let mut paths: Vec<&str> =
        sent.iter().map(|(path, _)| *path).filter(|path| *path != "README.md").collect();
    paths.sort_unstable();
    assert_eq!(files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), paths);
    for file in &files {
        let (_, text) = sent.iter().find(|(path, _)| *path == file.path).unwrap();
        assert_eq!(String::from_utf8_lossy(&file.data), text.replace("helped", "better"), "{}", file.path);
    }
    let again = upload(server, "/content/upload", &write_archive(&files).unwrap()).json();
    assert_eq!(again["change"], Value::Null, "what was downloaded is what counts");
}

#[test]
fn a_second_upload_waits_outside() {
    let site = site();
    let server = site.start();
    let slow = zip(&[
        ("a.yml", &yaml("Slow", "a.py")),
        ("a.py", "import time\ntime.sleep(2)\ndef rule(event):\n    return True\n"),
    ]);
    let url = format!("{}/content/upload", server.base);
    // One of the quick ones may come first; then the slow one is refused and comes again.
    let first = std::thread::spawn(move || {
        let send = || try_request("POST", &url, &[("X-API-Key", TOKEN)], Some(&slow)).unwrap().status;
        wait_until("the slow upload is done", || send() == 200);
    });
    let quick = zip(&[("b.yml", &yaml("Quick", "b.py")), ("b.py", &says("quick"))]);
    wait_until("a second upload is refused", || {
        let answer = upload(&server, "/content/upload", &quick);
        let is_busy = answer.status == 409 && text(&answer.json()["message"]).contains("another upload");
        assert!(is_busy || answer.status == 200, "{}", answer.body);
        is_busy
    });
    // A single item waits for its turn instead.
    assert_eq!(put(&server, &rule("Own", &says("own"))).status, 201);
    first.join().unwrap();
    assert_eq!(server.get("/rules/Slow").status, 200);
}

#[test]
fn what_another_process_stores_is_followed() {
    let site = site();
    site.rule("Other", "", &says("directory"));
    let server = site.start();
    let text = store::ContentText {
        analysis_type: "rule".to_owned(),
        path: "rules/other.yml".to_owned(),
        yaml: yaml("Other", "r.py"),
        file: Some(store::ContentFileData { name: "r.py".to_owned(), data: says("stored").into_bytes() }),
        form: std::collections::BTreeMap::new(),
    };
    let change = |base: u64, text: Option<store::ContentText>| store::NewContentChange {
        base,
        actor: model::Actor { id: "beside".to_owned(), kind: model::ActorKind::System },
        kind: store::ContentChangeKind::Api,
        items: vec![("Other".to_owned(), text)],
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let make = |change: store::NewContentChange| {
        runtime.block_on(async {
            let clock = std::sync::Arc::new(stdx::SystemClock);
            let beside = store::Store::open(&site.data_dir(), clock).await.unwrap();
            beside.change_content(change).await.unwrap();
            beside.close().await;
        });
    };
    make(change(0, Some(text)));
    wait_until("the server follows", || server.get_json("/rules/Other")["origin"] == "api");
    assert_eq!(said(&server, "1"), ["stored"]);
    assert_eq!(server.get_json("/rules/Other")["createdBy"], json!({"id": "beside", "type": "system"}));
    make(change(1, None));
    wait_until("the server follows", || server.get_json("/rules/Other")["origin"] == "directory");
    assert_eq!(said(&server, "2"), ["directory"]);
    // The next change by the API is built on what was followed.
    assert_eq!(put(&server, &rule("Own", &says("own"))).status, 201);
    assert_eq!(said(&server, "3"), ["directory", "own"]);
}

#[test]
fn a_project_is_replaced_as_a_whole() {
    let python = pypanther_python();
    let site = Site::new(&format!("python: {{ executable: \"{}\" }}\n{SOURCE}", python.display()));
    let server = site.start();
    let class = |id: &str, who: &str| {
        format!(
            "class {id}(Rule):\n    id = 'Project.{id}'\n    log_types = [LogType.OKTA_SYSTEM_LOG]\n    \
             default_severity = Severity.LOW\n    def rule(self, event):\n        return True\n    \
             def title(self, event):\n        return '{who} ' + event['uuid']\n\n"
        )
    };
    let project = |classes: &str| {
        let main = "import rules\nfrom pypanther import get_rules, register\nregister(get_rules(rules))\n";
        let rules = format!("from pypanther import LogType, Rule, Severity\n\n{classes}");
        zip(&[("main.py", main), ("rules/__init__.py", ""), ("rules/own.py", &rules), (".venv/x.py", "no")])
    };
    let first = upload(&server, "/content/project", &project(&(class("A", "a") + &class("B", "b"))));
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["new"], json!(["Project.A", "Project.B"]));
    assert_eq!(said(&server, "1"), ["a", "b"]);
    let shown = server.get_json("/rules/Project.A");
    assert_eq!(
        (&shown["origin"], &shown["version"], &shown["severity"]),
        (&json!("pypanther"), &json!(1), &json!("LOW"))
    );
    assert!(text(&shown["body"]).contains("class A(Rule)"));
    assert_eq!(server.change("DELETE", "/rules/Project.A", &json!({})).status, 409);
    assert_eq!(put(&server, &rule("Project.A", &says("x"))).status, 409);

    let broken = upload(&server, "/content/project", &project("raise ValueError('broken')\n"));
    assert_eq!(broken.status, 400, "{}", broken.body);
    assert_eq!(broken.json()["issues"][0]["path"], "rules/own.py");
    assert_eq!(said(&server, "2"), ["a", "b"]);
    let checked = upload(&server, "/content/project?dry-run=true", &project(&class("A", "new")));
    assert_eq!(checked.json()["deleted"], json!(["Project.B"]));
    assert_eq!(said(&server, "3"), ["a", "b"]);
    upload(&server, "/content/project", &project(&class("A", "new")));
    assert_eq!(said(&server, "4"), ["new"]);
    server.kill();
    let server = site.start();
    assert_eq!(said(&server, "5"), ["new"]);
}
