//! Schemathesis over the whole API: requests made from our description and from our GraphQL schema, good ones and bad
//! ones, and whether the answers are what these promise. `scripts/setup-clients` installs it.
//!
//! What it is told beside the description is in `testdata/schemathesis`. `SCHEMATHESIS_SEED` and
//! `SCHEMATHESIS_EXAMPLES` change the run; see CONTRIBUTING.md.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::harness::{Server, Site, TOKEN, okta_event, text, wait_until};
use crate::sign_in::Session;

/// Asks for another seed.
const SEED: &str = "SCHEMATHESIS_SEED";
/// Asks for more requests.
const EXAMPLES: &str = "SCHEMATHESIS_EXAMPLES";
/// A run repeats itself with the same seed.
const SEED_DEFAULT: &str = "1";
/// Requests for each operation and phase, unless asked for more. Those of limits and missing parts come on top.
const EXAMPLES_DEFAULT: &str = "4";
/// What a run leaves out that was not asked for more: detections of five kinds have one form, and its hundreds of
/// limits and missing parts are tried at rules alone.
const SHORT: &str = "
[[operations]]
include-path-regex = \"^/(scheduled-rules|simple-rules|correlation-rules|policies)\"
include-method = [\"POST\", \"PUT\"]
phases.coverage.enabled = false
";
/// The tool takes so long at most, in seconds; a long form has an hour.
const RUN_SECONDS_MAX: &str = "3600";
/// Things of each kind that requests can hit.
const KNOWN_MAX: usize = 6;

const RULE: &str = "def rule(event):\n    return True\ndef title(event):\n    return event['uuid']\ndef dedup(event):\n    return event['uuid']\n";
const PACK: &str = "AnalysisType: pack\nPackID: Known.Pack\nPackDefinition: { IDs: [Okta.Each] }\n";
const NEVER: &str = "def rule(event):\n    return False\n";
const SEQUENCE: &str = "
- Sequence:
    - {ID: first, RuleID: Okta.Each}
    - {ID: second, RuleID: Okta.Each}
  LookbackWindowMinutes: 60
  Schedule: {RateMinutes: 30, TimeoutMinutes: 5}
";

/// The tool's program in its own environment.
static TOOL: LazyLock<PathBuf> = LazyLock::new(|| {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/setup-clients");
    let printed = Command::new(script).args(["-p", "schemathesis"]).output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let python = PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim());
    python.with_file_name("schemathesis")
});

/// A server with something of everything, and what schemathesis is told of it in files.
struct Ground {
    site: Site,
    server: Server,
    /// Id and value of a token that holds every permission; no request of the run changes it.
    token: (String, String),
    /// For the routes that no token opens.
    session: Session,
}

impl Ground {
    fn new() -> Ground {
        let site = Site::new(
            "sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }
destinations:\n  - { name: of-file, type: tines, config: { webhook_url: \"http://127.0.0.1:9/hook\" } }\n",
        );
        site.rule("Okta.Each", "Severity: High\n", RULE);
        site.write("content/packs/known.yml", PACK);
        let extent = if asked(EXAMPLES).is_some() { "" } else { SHORT };
        let config = include_str!("testdata/schemathesis/schemathesis.toml").to_owned() + extent;
        site.write("schemathesis.toml", &config);
        site.write("hooks.py", include_str!("testdata/schemathesis/hooks.py"));
        let server = site.start();
        let permissions = server.get_json("/api-tokens/self")["permissions"].clone();
        let form = json!({"name": "schemathesis", "permissions": permissions});
        let token = made(&server, "/api-tokens", &form);
        let token = (text(&token["id"]), text(&token["value"]));
        let session = Session::of_new(&server, "session@example.com", "Admin");
        let ground = Ground { site, server, token, session };
        ground.make_alerts();
        ground.make_people_and_ways();
        ground.make_content();
        ground.make_console_things();
        ground
    }

    /// Writes the ids of things of a kind for the dictionaries of the run.
    fn know(&self, kind: &str, ids: impl IntoIterator<Item = String>) {
        let lines: Vec<String> = ids.into_iter().map(|id| format!("{}\n", json!(id))).collect();
        assert!(!lines.is_empty(), "{kind}");
        self.site.write(&format!("ids/{kind}.txt"), &lines.concat());
    }

    fn make_alerts(&self) {
        let server = &self.server;
        let uuid = |number: usize| format!("lock-{number}");
        let mut lines: Vec<String> = (0..KNOWN_MAX)
            .map(|number| okta_event(&uuid(number), "mira@example.com", "LOCKED").to_string())
            .collect();
        lines.push("{\"no\": \"okta\"}".to_owned());
        assert_eq!(server.send("okta", lines.join("\n")).status, 200);
        wait_until("there are alerts", || server.alerts("ALERT").len() == KNOWN_MAX);
        let ids: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["id"])).collect();
        let comment = |id: &String| json!({"alertId": id, "body": "seen", "format": "PLAIN_TEXT"});
        let comments = ids.iter().map(|id| text(&made(server, "/alert-comments", &comment(id))["id"]));
        self.know("alert-comments", comments);
        let of_file = server.list("/destinations").remove(0);
        let dispatch = json!({"destinationIds": [of_file["id"]]});
        let deliveries = ids.iter().map(|id| {
            let sent = made(server, &format!("/alerts/{id}/deliveries"), &dispatch);
            text(&sent["results"][0]["id"])
        });
        self.know("deliveries", deliveries);
        self.know("alerts", ids);
    }

    fn make_people_and_ways(&self) {
        let server = &self.server;
        let each = |kind: &str, form: &dyn Fn(usize) -> Value, key: &str| {
            let path = format!("/{kind}");
            let ids = (0..KNOWN_MAX).map(|number| text(&made(server, &path, &form(number))[key]));
            self.know(kind.split('/').next().unwrap(), ids);
        };
        each("roles", &|n| json!({"name": format!("role {n}"), "permissions": ["AlertRead"]}), "id");
        let person = |n| {
            let email = format!("person-{n}@example.com");
            json!({"email": email, "givenName": "A", "familyName": "B", "role": {"name": "role 0"}})
        };
        each("users", &person, "id");
        each("api-tokens", &|n| json!({"name": format!("token {n}"), "permissions": ["AlertRead"]}), "id");
        let config = json!({"webhook_url": "https://127.0.0.1/hook"});
        let way = |n| json!({"displayName": format!("way {n}"), "type": "tines", "config": config});
        each("destinations", &way, "id");
        let source = |n| {
            let label = format!("source {n}");
            json!({"integrationLabel": label, "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"],
                "authMethod": "Bearer", "authBearerToken": "a-long-enough-secret"})
        };
        each("log-sources/http", &source, "integrationId");
        let names: Vec<String> = (0..KNOWN_MAX).map(|number| format!("Custom.Known{number}")).collect();
        for name in &names {
            let spec = format!("schema: {name}\nfields:\n  - {{name: a, type: string}}\n");
            let answer = server.change("PUT", &format!("/schemas/{name}"), &json!({ "spec": spec }));
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        self.know("schemas", names);
    }

    fn make_content(&self) {
        let trail = ["Okta.SystemLog", "AWS.CloudTrail", "AWS.ALB", "AWS.VPCFlow"];
        let detection = "- {Key: eventType, Condition: Equals, Value: x}\n";
        let forms = [
            ("rules", json!({"body": NEVER, "severity": "LOW", "logTypes": ["Okta.SystemLog"]})),
            ("scheduled-rules", json!({"body": NEVER, "severity": "LOW", "scheduledQueries": ["query 0"]})),
            (
                "simple-rules",
                json!({"detection": detection, "severity": "LOW", "logTypes": ["Okta.SystemLog"]}),
            ),
            ("correlation-rules", json!({"detection": SEQUENCE, "severity": "LOW"})),
            ("policies", json!({"body": "def policy(it):\n    return True\n", "severity": "LOW"})),
            ("globals", json!({"body": "NAMES = []\n"})),
            ("data-models", json!({"mappings": [{"name": "ip", "path": "client.ipAddress"}]})),
        ];
        for (kind, form) in forms {
            let ids = trail.iter().enumerate().map(|(number, log_type)| {
                let mut form = form.clone();
                form["id"] = json!(format!("known_{}_{number}", kind.replace('-', "_")));
                if kind == "data-models" {
                    form["logTypes"] = json!([log_type]);
                }
                text(&made(&self.server, &format!("/{kind}"), &form)["id"])
            });
            self.know(kind, ids);
        }
        self.know("content", (0..trail.len()).map(|number| format!("known_rules_{number}")));
        let query = |number| json!({"name": format!("query {number}"), "sql": "select 1"});
        let queries =
            (0..KNOWN_MAX).map(|number| text(&made(&self.server, "/queries", &query(number))["id"]));
        self.know("queries", queries);
    }

    fn make_console_things(&self) {
        let numbers = || 0..KNOWN_MAX;
        for number in numbers() {
            let issuer = format!("https://id-{number}.example");
            let oidc = json!({"issuer": issuer, "clientId": "margay"});
            let form = json!({"id": format!("known-{number}"), "oidc": oidc});
            made(&self.server, "/internal/sign-on/providers", &form);
        }
        self.know("providers", numbers().map(|number| format!("known-{number}")));
        let view = |number| {
            let form = json!({"page": "alerts", "name": format!("view {number}"), "search": ""}).to_string();
            let made = self.session.send(&self.server, "POST", "/internal/views", Some(form.as_bytes()));
            assert_eq!(made.status, 200, "{}", made.body);
            text(&made.json()["id"])
        };
        self.know("views", numbers().map(view));
        self.know("packs", ["Known.Pack".to_owned()]);
        self.know("log-types", ["Okta.SystemLog", "AWS.CloudTrail"].map(str::to_owned));
    }

    /// Runs the tool over a description; gives whether it found nothing, and all that it said.
    fn run(&self, location: &str, args: &[&str]) -> (bool, String) {
        let mut command = Command::new("timeout");
        command.args([RUN_SECONDS_MAX]).arg(TOOL.as_path());
        command.args(["--config-file", "schemathesis.toml", "run", location, "--url", &self.server.base]);
        command.args(["--seed", asked(SEED).as_deref().unwrap_or(SEED_DEFAULT)]);
        command.args(["--max-examples", asked(EXAMPLES).as_deref().unwrap_or(EXAMPLES_DEFAULT)]);
        command.args(["--no-color", "--continue-on-failure", "--warnings", "off"]).args(args);
        let (id, value) = &self.token;
        command.env("MARGAY_RUN_TOKEN", value).env("MARGAY_RUN_TOKEN_ID", id).env("NO_PROXY", "*");
        command.env("MARGAY_RUN_SESSION", &self.session.cookie).env("MARGAY_RUN_CSRF", &self.session.csrf);
        let output = command.current_dir(self.site.path()).output().unwrap();
        let told = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&told).into_owned())
    }
}

/// What the environment asks for.
#[expect(
    clippy::disallowed_methods,
    reason = "asked for on the command line of the test, not by the product"
)]
fn asked(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Makes something as the administrator.
fn made(server: &Server, path: &str, form: &Value) -> Value {
    let answer = server.change("POST", path, form);
    assert!((200..300).contains(&answer.status), "POST {path}: {}", answer.body);
    answer.json()
}

/// The server is well, and did not complain of a fault of its own.
fn assert_well(ground: &Ground) {
    assert_eq!(ground.server.request("GET", "/readyz", &[], None).status, 200);
    let log = ground.site.log();
    // Nobody listens where the destinations are.
    let is_fault = |line: &&str| {
        line.contains("panicked") || line.contains(" ERROR ") && !line.contains("delivery failed for good")
    };
    let faults: Vec<&str> = log.lines().filter(is_fault).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn rest_answers_as_its_description_says() {
    let ground = Ground::new();
    let description = ground.server.get_json("/openapi.json");
    let paths = description["paths"].as_object().unwrap().iter();
    let operations: usize = paths.map(|(_, methods)| methods.as_object().unwrap().len()).sum();
    let (is_sound, told) = ground.run(&format!("{}/openapi.json", ground.server.base), &[]);
    assert!(is_sound, "{told}");
    assert!(told.contains(&format!("Tested: {operations}\n")), "{operations} operations: {told}");
    assert_well(&ground);
}

#[test]
fn graphql_answers_as_its_schema_says() {
    let ground = Ground::new();
    // The schema is read with this header; requests show their token themselves.
    let header = format!("Authorization: Bearer {TOKEN}");
    let url = format!("{}/public/graphql", ground.server.base);
    let (is_sound, told) = ground.run(&url, &["--header", &header, "--url", &url]);
    assert!(is_sound, "{told}");
    let data = ground.server.change(
        "POST",
        "/public/graphql",
        &json!({"query": "{ __schema { queryType { fields { name } } mutationType { fields { name } } } }"}),
    );
    let data = data.json()["data"]["__schema"].clone();
    let count = |root: &str| data[root]["fields"].as_array().unwrap().len();
    let fields = count("queryType") + count("mutationType");
    assert!(told.contains(&format!("Tested: {fields}\n")), "{fields} fields: {told}");
    assert_well(&ground);
}

/// The run finds what is not as described; else it would say nothing when it is silent.
#[test]
fn what_is_not_as_described_is_found() {
    let ground = Ground::new();
    let mut description = ground.server.get_json("/openapi.json");
    let find = &mut description["paths"]["/alerts/{id}"]["get"]["responses"];
    find.as_object_mut().unwrap().remove("404").unwrap();
    let alert = &mut description["components"]["schemas"]["Alert"]["properties"];
    alert["eventCount"] = json!({"type": "string"});
    let limit = description["paths"]["/roles"]["get"]["parameters"].as_array_mut().unwrap();
    limit.push(json!({"name": "limit", "in": "query", "schema": {"type": "integer"}}));
    ground.site.write("description.json", &description.to_string());
    let only = ["--include-path", "/alerts/{id}", "--include-path", "/roles"];
    let (is_sound, told) = ground.run("description.json", &only);
    assert!(!is_sound, "{told}");
    for finding in
        ["Undocumented status code", "Response violates schema", "Schema-violating request accepted"]
    {
        assert!(told.contains(finding), "{finding}: {told}");
    }
}
