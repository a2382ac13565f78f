//! What the editor of the console asks: checks and tests of what is not saved, texts kept as they are written,
//! nobody's change lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::content_api::{site, yaml};
use crate::harness::{Answer, Server, Site, TOKEN, text};

const CHECK: &str = "/internal/detections/check";
const TEST: &str = "/internal/detections/test";
/// What depends on where an item lies, and saved in the console it lies elsewhere: the later of two data models for
/// one log type is blamed, and packs are asked for items of their own directory.
const OF_THE_PLACE: [&str; 2] = ["C014", "C124"];

/// Asks about texts that are not saved.
fn draft(server: &Server, path: &str, kind: &str, id: &str, yaml: &str, python: Option<&str>) -> Value {
    let answer =
        server.change("POST", path, &json!({"kind": kind, "id": id, "yaml": yaml, "python": python}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// File, line and code of each finding.
fn places(findings: &Value) -> BTreeSet<(String, u64, String)> {
    let place = |one: &Value| (text(&one["file"]), one["line"].as_u64().unwrap(), text(&one["code"]));
    findings.as_array().unwrap().iter().map(place).collect()
}

/// Items that name each other and others that are not there, of every kind that is checked.
fn tangled() -> Site {
    let site = site();
    let write = |path: &str, text: &str| {
        site.write(&format!("content/{path}"), text);
    };
    site.rule(
        "Base",
        "",
        "import shared\nimport not_there\ndef rule(event):\n    return shared.yes() and shared.no()\n",
    );
    site.rule(
        "Off",
        "Threshold: 0\nTests:\n  - {Name: a, ExpectedResult: true, Log: {}}\n",
        "def rul(event):\n    pass\n",
    );
    write("rules/derived.yml", "AnalysisType: rule\nRuleID: Derived\nBaseDetection: Base\nSeverity: Info\n");
    write("rules/lost.yml", "AnalysisType: rule\nRuleID: Lost\nBaseDetection: Bsae\nSeverity: Info\n");
    write(
        "rules/chain.yml",
        "AnalysisType: correlation_rule\nRuleID: Chain\nEnabled: true\nSeverity: High\nDetection:\n  - Sequence:\n\
         \x20     - {ID: a, RuleID: Base}\n      - {ID: b, RuleID: Derivd}\n    Transitions:\n\
         \x20     - {ID: t, From: a, To: b, WithinTimeFrameMinutes: 5}\n    Schedule: {RateMinutes: 10, TimeoutMinutes: 5}\n\
         \x20   LookbackWindowMinutes: 20\n",
    );
    write(
        "rules/flat.yml",
        "AnalysisType: rule\nRuleID: Flat\nEnabled: true\nLogTypes: [No.Such]\nSeverity: Hgih\nDetection:\n  - {Key: a, Condition: Equal, Value: 1}\n",
    );
    write("global_helpers/shared.yml", "AnalysisType: global\nGlobalID: shared\nFilename: shared.py\n");
    write("global_helpers/shared.py", "def yes():\n    return True\n");
    for name in ["one", "two"] {
        let id = format!("Model.{name}");
        write(
            &format!("data_models/{name}.yml"),
            &format!(
                "AnalysisType: datamodel\nDataModelID: {id}\nEnabled: true\nLogTypes: [Okta.SystemLog]\nMappings:\n  - {{Name: user, Path: actor}}\n"
            ),
        );
    }
    write(
        "packs/all.yml",
        "AnalysisType: pack\nPackID: All\nDescription: d\nPackDefinition:\n  IDs: [Base, Derived, Bas]\n",
    );
    write(
        "policies/p.yml",
        "AnalysisType: policy\nPolicyID: P\nFilename: p.py\nEnabled: true\nSeverity: Low\nResourceTypes: [AWS.S3.Bucket]\n",
    );
    write("policies/p.py", "def policy(resource):\n    return True\n");
    site
}

#[test]
fn a_check_in_the_editor_says_what_the_command_says() {
    let site = tangled();
    let server = site.start();
    let command = site.run(&["check", "--format", "json", "content"]);
    let report: Value = serde_json::from_str(&command.stdout).unwrap();
    let mut compared = 0;
    let mut with_findings = 0;
    let mut query = String::from("/internal/detections?limit=100");
    for kind in ["rule", "simple_rule", "correlation_rule", "policy", "data_model", "global", "pack"] {
        query.push_str(&format!("&kind={kind}"));
    }
    for row in server.list(&query) {
        let item = server.get_json(&format!("/internal/detections/{}", text(&row["id"])));
        let path = text(&item["path"]);
        let folder = path.rsplit_once('/').unwrap().0;
        let name = item["python"]["name"].as_str().map(|name| format!("{folder}/{name}"));
        let by_command = report["findings"].as_array().unwrap().iter().filter_map(|one| {
            let file = text(&one["file"]);
            // The command writes paths as it was given them.
            let word = if path.ends_with(&file) {
                "yaml"
            } else if name.as_ref().is_some_and(|name| name.ends_with(&file)) {
                "python"
            } else {
                return None;
            };
            Some((word.to_owned(), one["line"].as_u64().unwrap(), text(&one["code"])))
        });
        let is_told_alike = |place: &(String, u64, String)| !OF_THE_PLACE.contains(&place.2.as_str());
        let expected: BTreeSet<_> = by_command.filter(is_told_alike).collect();
        let python = item["python"]["text"].as_str();
        let checked =
            draft(&server, CHECK, &text(&item["kind"]), &text(&item["id"]), &text(&item["yaml"]), python);
        let mut found = places(&checked["findings"]);
        found.retain(is_told_alike);
        assert_eq!(found, expected, "{}", text(&item["id"]));
        compared += 1;
        with_findings += usize::from(!found.is_empty());
    }
    assert_eq!((compared, with_findings >= 6), (11, true), "{with_findings}");
    // Hints look at everything that there is.
    let chain = server.get_json("/internal/detections/Chain");
    let checked = draft(&server, CHECK, "correlation_rule", "Chain", &text(&chain["yaml"]), None);
    let hint = checked["findings"].as_array().unwrap().iter().find(|one| one["code"] == "C044").unwrap();
    assert!(text(&hint["hint"]).contains("`Derived`"), "{hint}");
}

#[test]
fn what_is_not_saved_is_checked_within_what_counts_now() {
    let site = site();
    let server = site.start();
    let rule = yaml("Own", "own.py");
    let python = "import helper\ndef rule(event):\n    return helper.yes()\n";
    let codes = |yaml: &str, python: &str| {
        places(&draft(&server, CHECK, "rule", "Own", yaml, Some(python))["findings"])
    };
    let has = |codes: &BTreeSet<(String, u64, String)>, code: &str| codes.iter().any(|(.., one)| one == code);
    assert!(has(&codes(&rule, python), "C150"), "there is no such module yet");
    let global = "AnalysisType: global\nGlobalID: helper\nFilename: helper.py\n";
    let form = json!({"kind": "global", "yaml": global, "python": "def yes():\n    return True\n"});
    assert_eq!(server.change("PUT", "/internal/detections/helper", &form).status, 201);
    assert!(!has(&codes(&rule, python), "C150"));
    assert!(has(&codes(&rule, "def rule(event)\n    pass\n"), "C050"));
    assert!(has(&codes("AnalysisType: rule\n  RuleID: x\n", python), "C001"));
    // What only an editor can get wrong.
    let other = draft(&server, CHECK, "rule", "Own", &yaml("Other", "own.py"), Some(python));
    let finding =
        &other["findings"].as_array().unwrap().iter().find(|one| one["code"] == "id").unwrap().clone();
    assert_eq!(
        (&finding["file"], &finding["line"], &finding["level"]),
        (&json!("yaml"), &json!(2), &json!("error"))
    );
    let unnamed = "AnalysisType: rule\nRuleID: Own\nEnabled: true\nSeverity: Low\nLogTypes: [A]\n";
    assert!(has(&codes(unnamed, python), "file"));
    assert_eq!(server.get("/internal/detections/Own").status, 404, "nothing is stored");
}

#[test]
fn tests_run_with_mocks_and_by_name_and_leave_nothing_behind() {
    let site = site();
    let server = site.start();
    let rule = format!(
        "{}Tests:\n  - {{Name: hit, ExpectedResult: true, Log: {{n: 1}}, Mocks: [{{objectName: lookup, returnValue: found}}]}}\n\
         \x20 - {{Name: miss, ExpectedResult: false, Log: {{n: 2}}}}\n\
         \x20 - {{Name: wrong, ExpectedResult: false, Log: {{n: 1}}}}\n",
        yaml("Own", "own.py")
    );
    let python = "def lookup():\n    return 'real'\ndef rule(event):\n    return event['n'] == 1\n\
                  def title(event):\n    return 'by ' + lookup()\n";
    let tested = draft(&server, TEST, "rule", "", &rule, Some(python));
    assert_eq!(tested["findings"], json!([]));
    let results = tested["results"].as_array().unwrap();
    let told = |one: &Value| {
        (text(&one["name"]), one["passed"] == true, one["expected"] == true, one["triggered"] == true)
    };
    let expected = [("hit", true, true, true), ("miss", true, false, false), ("wrong", false, false, true)];
    assert_eq!(
        results.iter().map(told).collect::<Vec<_>>(),
        expected.map(|(name, a, b, c)| (name.to_owned(), a, b, c))
    );
    let function = |result: &Value, name: &str| {
        result["functions"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap()["output"]
            .clone()
    };
    assert!(text(&function(&results[0], "title")).contains("by found"), "{}", results[0]);
    assert!(results[2]["reason"].is_string() && tested["elapsedMs"].is_u64());

    let only = json!({"kind": "rule", "id": "Own", "yaml": rule, "python": python, "only": ["miss"]});
    let answer = server.change("POST", TEST, &only).json();
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
    let unknown = json!({"kind": "rule", "id": "Own", "yaml": rule, "python": python, "only": ["mis"]});
    let refused = server.change("POST", TEST, &unknown);
    assert_eq!((refused.status, text(&refused.json()["message"]).contains("`mis`")), (400, true));

    let raised =
        draft(&server, TEST, "rule", "Own", &rule, Some(&format!("raise ValueError('no')\n{python}")));
    assert_eq!(
        (&raised["results"], &raised["findings"][0]["file"], &raised["findings"][0]["line"]),
        (&json!([]), &json!("python"), &json!(1))
    );
    assert!(text(&raised["findings"][0]["message"]).contains("ValueError"), "{raised}");
    let broken = draft(&server, TEST, "rule", "Own", &rule, Some("def rule(event)\n"));
    assert_eq!((&broken["results"], &broken["findings"][0]["code"]), (&json!([]), &json!("C050")));

    let saved = json!({"kind": "rule", "yaml": rule, "python": python});
    let refused = server.change("PUT", "/internal/detections/Own?run-tests-first=true", &saved);
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(refused.json()["results"].as_array().unwrap().len(), 3);
    assert!(text(&refused.json()["message"]).contains("`wrong`"), "{}", refused.body);
    assert_eq!(server.get("/internal/detections/Own").status, 404);
    assert_eq!(
        server.change("PUT", "/internal/detections/Own", &saved).status,
        201,
        "tests are not asked for"
    );
}

/// Saves texts from what was read.
fn put(server: &Server, id: &str, form: &Value, header: (&str, &str)) -> Answer {
    let headers = [("X-API-Key", TOKEN), ("Content-Type", "application/json"), header];
    server.request("PUT", &format!("/internal/detections/{id}"), &headers, Some(form.to_string().as_bytes()))
}

#[test]
fn texts_are_kept_as_they_are_written_and_nobody_overwrites_anybody() {
    let site = site();
    site.rule("Shared", "", "def rule(event):\n    return False\n");
    let server = site.start();
    let path = "/internal/detections/Shared";
    let read = server.get(path);
    assert_eq!(
        (&read.json()["origin"], &read.json()["version"], &read.json()["isEditable"]),
        (&json!("directory"), &json!(0), &json!(true))
    );
    let yaml = format!("# why we look\n{}\nTags: [ a,   b ] # spaced\n\n", text(&read.json()["yaml"]));
    let python = "# \u{fc}ber\ndef rule(event):\n    return True\n\n\n";
    let form = json!({"kind": "rule", "yaml": yaml, "python": python});
    let saved = put(&server, "Shared", &form, ("If-Match", read.etag.as_deref().unwrap()));
    assert_eq!(saved.status, 200, "{}", saved.body);
    let now = server.get(path);
    assert_eq!(
        (now.json()["yaml"].as_str(), now.json()["python"]["text"].as_str()),
        (Some(yaml.as_str()), Some(python))
    );
    assert_eq!(
        (now.etag.is_some(), now.etag == saved.etag, &now.json()["origin"]),
        (true, true, &json!("api"))
    );

    let late = put(&server, "Shared", &form, ("If-Match", read.etag.as_deref().unwrap()));
    assert_eq!(
        (late.status, text(&late.json()["message"]).contains("changed meanwhile")),
        (412, true),
        "{}",
        late.body
    );
    let taken = put(&server, "Shared", &form, ("If-None-Match", "*"));
    assert_eq!((taken.status, text(&taken.json()["message"]).contains("is taken by a rule")), (412, true));
    let elsewhere = put(&server, "Other", &form, ("If-None-Match", "*"));
    assert_eq!(elsewhere.status, 400, "{}", elsewhere.body);
    let issue = &elsewhere.json()["issues"][0];
    assert!(
        text(&issue["message"]).contains("`RuleID` is `Shared`") && text(&issue["path"]) == "rules/other.yml",
        "{issue}"
    );
    let broken = json!({"kind": "rule", "yaml": yaml, "python": "def rule(event)\n"});
    let refused = put(&server, "Shared", &broken, ("If-Match", now.etag.as_deref().unwrap()));
    assert_eq!(
        (refused.status, refused.json()["issues"].as_array().unwrap().len()),
        (400, 1),
        "{}",
        refused.body
    );

    let second = json!({"kind": "rule", "yaml": yaml.replace("why", "what"), "python": python});
    assert_eq!(put(&server, "Shared", &second, ("If-Match", now.etag.as_deref().unwrap())).status, 200);
    let version = |number: u64| server.get_json(&format!("{path}/versions/{number}"));
    assert_eq!((&version(1)["yaml"], version(1)["python"]["text"].as_str()), (&json!(yaml), Some(python)));
    assert!(text(&version(2)["yaml"]).starts_with("# what"));
    assert_eq!(server.get(&format!("{path}/versions/3")).status, 404);

    let headers = [("X-API-Key", TOKEN), ("If-Match", now.etag.as_deref().unwrap())];
    let late = server.request("DELETE", path, &headers, Some(b""));
    assert_eq!((late.status, text(&late.json()["message"]).contains("changed meanwhile")), (412, true));
    assert_eq!(server.change("DELETE", path, &json!({})).status, 204);
    assert_eq!(version(3)["deleted"], true);
    assert_eq!(server.get_json(path)["origin"], "directory", "the directory's counts again");
    assert_eq!(server.change("DELETE", path, &json!({})).status, 409);
    let gone = put(&server, "Nobody", &form, ("If-Match", "\"0\""));
    assert_eq!((gone.status, text(&gone.json()["message"]).contains("was deleted meanwhile")), (412, true));
}

#[test]
fn every_kind_is_saved_by_its_texts() {
    let site = site();
    let server = site.start();
    let rule = "def rule(event):\n    return True\n";
    for (kind, id, yaml, python) in [
        ("rule", "K.Rule", yaml("K.Rule", "k.py"), Some(rule)),
        ("simple_rule", "K.Simple", "AnalysisType: rule\nRuleID: K.Simple\nEnabled: true\nSeverity: Low\nLogTypes: [Okta.SystemLog]\nDetection: [{Key: a, Condition: Exists}]\n".to_owned(), None),
        ("correlation_rule", "K.Chain", "AnalysisType: correlation_rule\nRuleID: K.Chain\nEnabled: true\nSeverity: Low\nDetection:\n  - Sequence: [{ID: a, RuleID: K.Rule}, {ID: b, RuleID: K.Simple}]\n    Transitions: [{ID: t, From: a, To: b, WithinTimeFrameMinutes: 5}]\n    LookbackWindowMinutes: 30\n    Schedule: {RateMinutes: 10, TimeoutMinutes: 5}\n".to_owned(), None),
        ("policy", "K.Policy", "AnalysisType: policy\nPolicyID: K.Policy\nFilename: p.py\nEnabled: true\nSeverity: Low\nResourceTypes: [AWS.S3.Bucket]\n".to_owned(), Some("def policy(resource):\n    return True\n")),
        ("global", "k_helper", "AnalysisType: global\nGlobalID: k_helper\nFilename: k_helper.py\n".to_owned(), Some("X = 1\n")),
        ("data_model", "K.Model", "AnalysisType: datamodel\nDataModelID: K.Model\nEnabled: true\nLogTypes: [Okta.SystemLog]\nMappings: [{Name: user, Path: actor}]\n".to_owned(), None),
        ("pack", "K.Pack", "AnalysisType: pack\nPackID: K.Pack\nDescription: d\nPackDefinition: {IDs: [K.Rule]}\n".to_owned(), None),
    ] {
        let form = json!({"kind": kind, "yaml": yaml, "python": python});
        let made = put(&server, id, &form, ("If-None-Match", "*"));
        assert_eq!(made.status, 201, "{id}: {}", made.body);
        assert_eq!((text(&made.json()["kind"]).as_str(), made.json()["problem"].is_null()), (kind, true), "{}", made.body);
        let listed = server.list(&format!("/internal/detections?kind={kind}"));
        assert_eq!(listed.iter().map(|row| text(&row["id"])).collect::<Vec<_>>(), [id]);
    }
}
