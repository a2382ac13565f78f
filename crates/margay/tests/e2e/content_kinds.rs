//! Every kind of content over REST: made, read back as written, updated, listed by each filter, deleted.

use serde_json::{Value, json};

use crate::content_api::{rule, site, upload, yaml, zip};
use crate::harness::{Server, text};

const PYTHON: &str = "def rule(event):\n    return event.get('n') == 1  # \u{fc}\n";
const DETECTION: &str =
    "# which ones\n- KeyPath: actor.alternateId   # the user\n  Condition: Equals\n  Value: ada\n";
const GUESSED: &str = "- Sequence:\n    - { ID: a, RuleID: Kind.Rule }  # first\n    - { ID: b, RuleID: Kind.Simple }\n  Transitions:\n    - { From: a, To: b, WithinTimeFrameMinutes: 30, Match: [{ On: p_alert_context.who }] }\n  LookbackWindowMinutes: 90\n  Schedule: { RateMinutes: 60, TimeoutMinutes: 5 }\n";

/// Path, a new one, what is changed in it later, and lists that find it (true) or not.
type Case = (&'static str, Value, Value, Vec<(&'static str, bool)>);

fn detection(id: &str) -> Value {
    json!({
        "id": id, "severity": "HIGH", "displayName": "Shown", "description": "What\nit: finds\n", "enabled": true,
        "tags": ["One", "two words"], "runbook": "- do: this", "reference": "https://example.com/#a",
        "reports": {"MITRE ATT&CK": ["TA0001:T1078"]}, "outputIDs": [],
    })
}

fn with(mut object: Value, more: &Value) -> Value {
    for (key, value) in more.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

fn cases() -> Vec<Case> {
    let filters = vec![
        ("severity=HIGH", true),
        ("severity=LOW&severity=INFO", false),
        ("state=enabled", true),
        ("state=disabled", false),
        ("tag=ONE", true),
        ("tag=three", false),
        ("name-contains=SHOW", true),
        ("name-contains=nothing", false),
        ("created-by=nobody", false),
        ("last-modified-by=nobody", false),
    ];
    let and = |more: &[(&'static str, bool)]| [filters.clone(), more.to_vec()].concat();
    let log_types = [("log-type=Okta.SystemLog", true), ("log-type=AWS.CloudTrail", false)];
    let test = json!([{"name": "t: 1", "expectedResult": true, "resource": r#"{"n":1,"deep":{"a":[1.5,null,"x"]}}"#, "mocks": []}]);
    let window =
        json!({"dedupPeriodMinutes": 15, "threshold": 3, "summaryAttributes": ["n"], "createAlert": false});
    let python =
        |id: &str, more: &Value| with(with(detection(id), &json!({"body": PYTHON, "tests": test})), more);
    let rule_keys = json!({"logTypes": ["Okta.SystemLog"], "inlineFilters": "# first\n- All:\n    - KeyPath: n\n      Condition: Equals\n      Value: 1\n"});
    let simple = json!({
        "logTypes": ["Okta.SystemLog"], "inlineFilters": "", "detection": DETECTION, "alertTitle": "Who: {actor}",
        "alertContext": "- KeyName: who # is it\n  KeyValue: {KeyPath: actor}\n",
        "dynamicSeverities": "- ChangeTo: CRITICAL\n  Conditions:\n    - {KeyPath: n, Condition: Equals, Value: 7}\n",
        "groupBy": "[{KeyPath: actor}]", "tests": [],
    });
    vec![
        ("/rules", with(python("Kind.Rule", &window), &rule_keys), json!({"threshold": 4}), and(&log_types)),
        (
            "/scheduled-rules",
            with(python("Kind.Scheduled", &window), &json!({"scheduledQueries": ["Kind Query"]})),
            json!({"displayName": "Shown later", "tests": []}),
            and(&[("scheduled-query=Kind%20Query", true), ("scheduled-query=Other", false)]),
        ),
        (
            "/simple-rules",
            with(with(detection("Kind.Simple"), &window), &simple),
            json!({"groupBy": ""}),
            and(&log_types),
        ),
        (
            "/correlation-rules",
            with(
                detection("Kind.Correlation"),
                &json!({
                    "detection": GUESSED, "summaryAttributes": [], "createAlert": true,
                    "tests": [{"name": "t", "expectedResult": true, "mocks": [],
                        "resource": r#"[{"ID":"a","Matches":{"p_alert_context.who":{"ada":[0]}}},{"ID":"b","Matches":{"p_alert_context.who":{"ada":[5]}}}]"#}],
                }),
            ),
            json!({"tests": [], "severity": "HIGH"}),
            filters.clone(),
        ),
        (
            "/policies",
            with(
                detection("Kind.Policy"),
                &json!({
                    "body": "def policy(resource):\n    return resource['Ok']\n", "resourceTypes": ["AWS.S3.Bucket"],
                    "suppressions": ["dev-*"],
                    "tests": [{"name": "t", "expectedResult": false, "resource": r#"{"Ok":false}"#, "mocks": []}],
                }),
            ),
            json!({"suppressions": []}),
            and(&[
                ("resource-type=AWS.S3.Bucket", true),
                ("resource-type=AWS.EC2.Vpc", false),
                ("compliance-status=PASS", false),
            ]),
        ),
        (
            "/data-models",
            json!({"id": "Kind.Model", "displayName": "Shown", "description": "what it is for", "enabled": true, "logTypes": ["Okta.SystemLog"],
                "body": "def who(event):\n    return 'x'\n",
                "mappings": [{"name": "actor_user", "path": "actor.alternateId"}, {"name": "who", "method": "who"}]}),
            json!({"mappings": [{"name": "actor_user", "path": "$.actor"}], "body": ""}),
            vec![],
        ),
        (
            "/globals",
            json!({"id": "kind_helper", "body": "def yes():\n    return True\n", "description": "helps", "tags": ["t"]}),
            json!({"description": ""}),
            vec![
                ("name-contains=KIND_", true),
                ("name-contains=nothing", false),
                ("created-by=nobody", false),
            ],
        ),
    ]
}

/// Everything that was written reads back as it was.
fn assert_same(written: &Value, read: &Value) {
    for (key, value) in written.as_object().unwrap() {
        assert_eq!(&read[key], value, "`{key}` of {read}");
    }
}

fn ids(server: &Server, path: &str) -> Vec<String> {
    server.list(path).iter().map(|item| text(&item["id"])).collect()
}

#[test]
fn every_kind_is_made_read_updated_listed_and_deleted() {
    let site = site();
    let server = site.start();
    let query = json!({"name": "Kind Query", "sql": "SELECT 1", "description": "", "schedule": null});
    assert_eq!(server.change("POST", "/queries", &query).status, 200, "a scheduled rule names it");
    for (path, new, changed, filters) in cases() {
        let id = text(&new["id"]);
        let one = format!("{path}/{id}");
        let made = server.change("POST", path, &new);
        assert_eq!(made.status, 200, "{one}: {}", made.body);
        assert_same(&new, &made.json());
        let read = server.get_json(&one);
        assert_same(&new, &read);
        assert_eq!(read["createdAt"], read["lastModified"], "{read}");
        for (filter, is_found) in filters {
            assert_eq!(ids(&server, &format!("{path}?{filter}")).contains(&id), is_found, "{path}?{filter}");
        }
        if let Some(actor) = read["createdBy"]["id"].as_str() {
            assert_eq!(
                ids(&server, &format!("{path}?created-by={actor}&last-modified-by={actor}")),
                [id.as_str()]
            );
        }
        // What was read can be put as it is.
        let again = server.change("PUT", &one, &read);
        assert_eq!(again.status, 200, "{one}: {}", again.body);
        let again = if path == "/globals" { again.json()["data"].clone() } else { again.json() };
        assert_eq!(again["lastModified"], made.json()["lastModified"], "nothing changed");
        let updated = with(read.clone(), &changed);
        let answer = server.change("PUT", &one, &updated);
        assert_eq!(answer.status, 200, "{one}: {}", answer.body);
        let answer = if path == "/globals" { answer.json()["data"].clone() } else { answer.json() };
        assert_same(&with(new.clone(), &changed), &answer);
        assert_eq!(answer["createdAt"], read["createdAt"]);
        assert_ne!(answer["lastModified"], read["lastModified"]);
    }
    for path in
        ["/policies/Kind.Rule", "/rules/Kind.Policy", "/globals/Kind.Model", "/simple-rules/Kind.Rule"]
    {
        assert_eq!(server.get(path).status, 404, "{path} is of another kind");
    }
    // A simple rule has Python, which is shown on request.
    let simple = "/simple-rules/Kind.Simple";
    assert_eq!(server.get_json(simple).get("pythonBody"), None);
    assert_eq!(server.list("/simple-rules?include-python=false")[0].get("pythonBody"), None);
    for shown in [
        server.get_json(&format!("{simple}?include-python=true")),
        server.list("/simple-rules?include-python=true").remove(0),
    ] {
        let line = "    return _value(event, \"actor\", \"alternateId\") == \"ada\"\n";
        assert!(text(&shown["pythonBody"]).contains(line), "{shown}");
    }
    assert_eq!(server.get(&format!("{simple}?include-python=what")).status, 400);
    for (path, new, ..) in cases().into_iter().rev() {
        let one = format!("{path}/{}", text(&new["id"]));
        assert_eq!(server.change("DELETE", &one, &json!({})).status, 204, "{one}");
        assert_eq!(server.get(&one).status, 404);
        assert!(server.list(path).is_empty());
    }
}

#[test]
fn queries_are_known_by_a_uuid_and_updated_by_post() {
    let site = site();
    let server = site.start();
    let new = json!({"name": "My query", "sql": "SELECT 1;\n-- two\n", "description": "d",
        "schedule": {"cron": "", "rateMinutes": 30, "timeoutMinutes": 5, "disabled": false}});
    let made = server.change("POST", "/queries", &new);
    assert_eq!(made.status, 200, "{}", made.body);
    assert_same(&new, &made.json());
    let id = text(&made.json()["id"]);
    assert_eq!(id.len(), 36, "a UUID");
    assert_eq!(server.change("POST", "/queries", &new).status, 409);
    let path = format!("/queries/{id}");
    assert_same(&new, &server.get_json(&path));
    let cron = json!({"cron": "0 5 * * *", "rateMinutes": 0, "timeoutMinutes": 9, "disabled": true});
    let changed = with(new.clone(), &json!({"schedule": cron}));
    let answer = server.change("POST", &path, &changed);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_same(&changed, &server.get_json(&path));
    let saved = with(new.clone(), &json!({"schedule": null, "sql": "SELECT 2"}));
    assert_eq!(server.change("POST", &path, &saved).status, 200);
    assert_same(&saved, &server.get_json(&path));
    let renamed = with(new, &json!({"name": "Other"}));
    assert_eq!(server.change("POST", &path, &renamed).status, 400);
    assert_eq!(server.list("/queries").len(), 1);
    assert_eq!(server.change("DELETE", &path, &json!({})).status, 204);
    assert_eq!(server.change("POST", &path, &saved).status, 404);
}

#[test]
fn lists_are_paged_and_an_item_of_a_zip_reads_like_any_other() {
    let site = site();
    let server = site.start();
    let files: Vec<(String, String)> = (0..7)
        .flat_map(|number| {
            let yaml = yaml(&format!("Page.{number}"), "same.py")
                + "CreatedBy: somebody\nReference: https://example.com\nTests:\n  - Name: t\n    ExpectedResult: false\n    \
                   Log: {n: 2}\n    ExpectedDestinations: []\n    Mocks:\n      - {objectName: X, returnValue: false}\n";
            let python = format!("X = 1\n{PYTHON}");
            [(format!("r{number}/x.yml"), yaml), (format!("r{number}/same.py"), python)]
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(upload(&server, "/content/upload", &zip(&files)).status, 200);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.get_json(&format!("/rules?limit=3{cursor}"));
        seen.extend(page["results"].as_array().unwrap().iter().map(|rule| text(&rule["id"])));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, (0..7).map(|number| format!("Page.{number}")).collect::<Vec<_>>());

    // A client that switches a detection off sends everything back that it read.
    let mut read = server.get_json("/rules/Page.3");
    assert_eq!(
        (&read["createdByExternal"], &read["reference"]),
        (&json!("somebody"), &json!("https://example.com"))
    );
    assert_eq!(read["tests"][0]["mocks"], json!([{"objectName": "X", "returnValue": "false"}]));
    read["enabled"] = json!(false);
    let answer = server.change("PUT", "/rules/Page.3?run-tests-first=false", &read);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut expected = read;
    for key in ["lastModified", "version"] {
        expected[key] = answer.json()[key].clone();
    }
    assert_eq!(answer.json(), expected, "nothing else changed");
    assert_eq!(server.list("/rules?state=disabled").len(), 1);
    let other = rule("Page.4", PYTHON);
    assert_eq!(server.change("PUT", "/rules/Page.4", &other).json()["createdByExternal"], "somebody");
}

#[test]
fn kinds_without_a_route_come_by_zip_and_go_back_the_same_way() {
    let site = site();
    let server = site.start();
    let files = [
        (
            "lookup_tables/l.yml",
            "AnalysisType: lookup_table\nLookupName: Own.Table\nEnabled: true\nSchema: Custom.Own\nFilename: rows.csv\nLogTypeMap: {PrimaryKey: ip}\n",
        ),
        ("lookup_tables/rows.csv", "ip,who\n192.0.2.1,ada\n"),
        (
            "packs/p.yml",
            "AnalysisType: pack\nPackID: Own.Pack\nPackDefinition: {IDs: [Own.Table, Not.There]}\n",
        ),
        (
            "prompts/q.yml",
            "AnalysisType: scheduled_prompt\nPromptName: own_prompt\nDisplayName: Own\nPromptText: What now?\nRunAsUser: ada\nSchedule: {RateMinutes: 60, TimeoutMinutes: 5}\n",
        ),
    ];
    let archive = zip(&files);
    let done = upload(&server, "/content/upload", &archive);
    assert_eq!(done.status, 200, "{}", done.body);
    for (noun, id) in
        [("lookup table", "Own.Table"), ("pack", "Own.Pack"), ("scheduled prompt", "own_prompt")]
    {
        assert_eq!(done.json()["kinds"][noun]["new"], json!([id]), "{}", done.body);
        assert_eq!(server.list(&format!("/content/versions/{id}")).len(), 1);
    }
    let again = upload(&server, "/content/upload", &archive).json();
    assert_eq!(again["change"], Value::Null, "nothing changed");
    let more_rows = [files[0], ("lookup_tables/rows.csv", "ip,who\n192.0.2.2,eve\n")];
    let changed = upload(&server, "/content/upload", &zip(&more_rows)).json();
    assert_eq!(changed["kinds"]["lookup table"]["modified"], json!(["Own.Table"]));
    let lost = upload(&server, "/content/upload", &zip(&files[..1]));
    assert_eq!(lost.status, 400, "{}", lost.body);
    assert!(lost.body.contains("lookup_tables/rows.csv"), "{}", lost.body);
}
