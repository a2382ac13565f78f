//! Settings and identity providers that are made while the server runs, beside those of the file.

use serde_json::{Value, json};
use test_support::Reply;

use crate::harness::{Answer, Server, Site, TOKEN, allow, okta_event, signal, text, vendor, wait_until};
use crate::single_sign_on::{Idp, session, sign_in};
use crate::web::Web;

const PROVIDERS: &str = "/internal/sign-on/providers";
const OWN: &str = "/internal/sign-on/providers/own";

fn form(issuer: &str) -> Value {
    json!({
        "id": "own", "label": "Our own", "roleMap": [{ "group": "siem-admins", "role": "Admin" }],
        "oidc": {
            "issuer": issuer, "clientId": "margay", "clientSecret": "a secret of the client",
            "scopes": ["openid", "profile", "email", "groups"],
        },
    })
}

/// A change that is made from what somebody read.
fn change_from(server: &Server, method: &str, path: &str, tag: &str, body: &Value) -> Answer {
    let headers = [("X-API-Key", TOKEN), ("If-Match", tag)];
    server.request(method, path, &headers, Some(body.to_string().as_bytes()))
}

fn setting(server: &Server, key: &str) -> (Value, String) {
    let answer = server.get_json("/internal/settings");
    let found = answer["settings"].as_array().unwrap().iter().find(|it| it["key"] == key).unwrap().clone();
    (found["value"].clone(), text(&found["origin"]))
}

/// Reads the file again, and waits until it counts.
fn reload(server: &Server) {
    let before = server.printed().iter().filter(|line| line.contains("reloaded")).count();
    signal(server.pid(), "HUP");
    wait_until("the server has reloaded", || {
        server.printed().iter().filter(|line| line.contains("reloaded")).count() > before
    });
}

#[test]
fn people_sign_in_through_a_provider_that_the_api_made() {
    let mut idp = Idp::start("oidc.mjs", &[]);
    let port = idp.issuer.rsplit(':').next().unwrap().to_owned();
    let configuration = format!("egress: {{ allow: [\"127.0.0.1:{port}\"] }}\n");
    let site = Site::new(&configuration);
    let server = site.start();
    let any = server.get_json("/internal/sign-on");
    let redirect = text(&any["addresses"]["redirectUri"]).replace("{id}", "own");
    assert_eq!(redirect, format!("{}/internal/oidc/own/callback", server.base));
    idp.know(&redirect);

    let tested = server.change("POST", "/internal/sign-on/test", &form(&idp.issuer)).json();
    assert_eq!((&tested["success"], &tested["problem"]), (&json!(true), &Value::Null), "{tested}");
    let wrong = server.change("POST", "/internal/sign-on/test", &form(&format!("{}/", idp.issuer))).json();
    assert!(text(&wrong["problem"]).contains("calls itself"), "{wrong}");
    assert_eq!(server.get_json(PROVIDERS)["results"], json!([]), "a test stores nothing");

    let made = server.change("POST", PROVIDERS, &form(&idp.issuer));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["oidc"]["clientSecret"], "********");
    let mut mira = Web::default();
    sign_in(&mut mira, &server, "mira");
    let of_mira = session(&mira, &server).expect("mira is signed in");
    assert_eq!(of_mira["user"]["role"]["name"], "Admin");

    // A changed label keeps the secret; newcomers get the role that was set.
    let mut changed = form(&idp.issuer);
    changed["label"] = "Ours".into();
    changed["oidc"]["clientSecret"] = "********".into();
    assert_eq!(server.change("PUT", OWN, &changed).status, 200);
    let role = json!({ "defaultRole": "Analyst" });
    assert_eq!(server.change("PUT", "/internal/sign-on", &role).status, 200);
    assert_eq!(server.change("PUT", "/internal/sign-on", &json!({ "defaultRole": "Nobody" })).status, 400);
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    assert_eq!(options["providers"][0]["label"], "Ours", "it survives a restart");
    assert_eq!(server.get_json("/internal/sign-on")["defaultRoleOrigin"], "console");

    // The file's own of the same id counts, and says so.
    let shadow = format!(
        "{configuration}sign_in:\n  default_role: AnalystReadOnly\n  oidc:\n    - {{ id: own, label: Of the file, issuer: \"https://id.example\", client_id: c }}\n"
    );
    site.write("margay.yaml", &shadow);
    reload(&server);
    let listed = server.get_json(PROVIDERS)["results"].clone();
    assert_eq!(
        (&listed[0]["label"], &listed[0]["provisioned"]),
        (&json!("Of the file"), &json!(true)),
        "{listed}"
    );
    assert!(text(&listed[1]["problem"]).contains("the configuration file declares"), "{listed}");
    assert_eq!(server.change("PUT", OWN, &changed).status, 409);
    assert_eq!(server.change("PUT", "/internal/sign-on", &role).status, 409);
    assert_eq!(server.get_json("/internal/sign-on")["defaultRole"], "AnalystReadOnly");
    site.write("margay.yaml", &configuration);
    reload(&server);
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    assert_eq!(options["providers"][0]["label"], "Ours");

    assert_eq!(server.change("DELETE", OWN, &Value::Null).status, 204);
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    assert_eq!(options["providers"], json!([]));
    let log = server.get_json("/audit-log?action=UPDATE_SAML_SETTINGS");
    let entries = log["results"].as_array().unwrap();
    assert!(
        entries.iter().any(|it| it["entry"]["actionDescription"] == "Deleted an identity provider"),
        "{log}"
    );
    assert!(!log.to_string().contains("a secret of the client"));
}

#[test]
fn a_provider_of_saml_is_made_by_its_metadata_and_no_other_takes_its_name() {
    let site = Site::new("");
    let server = site.start();
    let metadata = test_support::SamlProvider::new("https://id.example/saml").metadata();
    let saml = |id: &str| json!({ "id": id, "saml": { "metadata": metadata, "roleAttribute": "groups" } });
    let made = server.change("POST", PROVIDERS, &saml("first"));
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!((&made["kind"], &made["issuer"]), (&json!("SAML"), &json!("https://id.example/saml")));
    assert_eq!(
        (&made["saml"]["emailAttribute"], &made["saml"]["roleAttribute"]),
        (&json!("PantherEmail"), &json!("groups"))
    );
    let told = server.request("GET", "/internal/saml/first/metadata", &[], None);
    assert!(told.status == 200 && told.body.contains(&text(&made["addresses"]["acsUrl"])), "{told:?}");

    for (form, status, part) in [
        (saml("second"), 409, "keep one of them"),
        (saml("first"), 409, "`first` is taken"),
        (saml("Second"), 400, "legal id"),
        (json!({ "id": "x", "saml": { "metadata": "<a/>" } }), 400, "`saml.metadata`"),
        (json!({ "id": "x", "saml": {} }), 400, "`metadataUrl`"),
        (json!({ "id": "x", "saml": { "metadataUrl": "http://id.example" } }), 400, "`saml.metadataUrl`"),
        (json!({ "id": "x" }), 400, "either `oidc` or `saml`"),
        (
            json!({ "id": "x", "oidc": { "issuer": "https://id.example/saml", "clientId": "c" } }),
            409,
            "known as",
        ),
        (json!({ "id": "x", "oidc": { "issuer": "nowhere", "clientId": "c" } }), 400, "`oidc.issuer`"),
        (
            json!({ "id": "x", "oidc": { "issuer": "https://a.example", "clientId": "" } }),
            400,
            "`oidc.clientId`",
        ),
        (
            json!({ "id": "x", "label": "a\nb", "oidc": { "issuer": "https://a.example", "clientId": "c" } }),
            400,
            "`label`",
        ),
        (
            json!({ "id": "x", "emailDomains": ["@b"], "oidc": { "issuer": "https://a.example", "clientId": "c" } }),
            400,
            "`emailDomains[0]`",
        ),
        (
            json!({ "id": "x", "roleMap": [{ "group": "a", "role": "Admin" }, { "group": "a", "role": "Analyst" }],
            "oidc": { "issuer": "https://a.example", "clientId": "c" } }),
            400,
            "`roleMap[1].group`",
        ),
    ] {
        let answer = server.change("POST", PROVIDERS, &form);
        assert_eq!(answer.status, status, "{form}: {}", answer.body);
        assert!(answer.body.contains(part), "{form}: {}", answer.body);
    }
    assert_eq!(server.get_json(PROVIDERS)["results"].as_array().unwrap().len(), 1);
    let renamed = server.change("PUT", &format!("{PROVIDERS}/first"), &saml("other"));
    assert_eq!(renamed.status, 400, "a provider keeps its id: {}", renamed.body);

    let first = format!("{PROVIDERS}/first");
    let stale = change_from(&server, "PUT", &first, "\"00\"", &saml("first"));
    assert_eq!(stale.status, 412, "{}", stale.body);
    assert_eq!(change_from(&server, "DELETE", &first, "\"00\"", &Value::Null).status, 412);
    assert_eq!(server.change("DELETE", &first, &Value::Null).status, 204);
    assert_eq!(server.get(&first).status, 404);
}

#[test]
fn settings_count_at_once_and_what_the_file_states_cannot_be_set() {
    let hook = vendor();
    hook.always(Reply::ok());
    let configuration = format!(
        "{}alerting: {{ title_style: plain }}\nsources:\n  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}\n\
         destinations:\n  - {{ name: chat, type: slack, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}\n",
        allow(&[&hook]),
        hook.url("")
    );
    let site = Site::new(&configuration);
    site.rule(
        "Any",
        "Severity: High\n",
        "def rule(event):\n    return True\ndef dedup(event):\n    return event['uuid']\n",
    );
    let server = site.start();
    assert_eq!(setting(&server, "alerting.title_style"), (json!("plain"), "file".to_owned()));
    assert_eq!(setting(&server, "alerting.product_name"), (json!("Margay"), "default".to_owned()));
    let facts = server.get_json("/internal/settings")["server"].clone();
    assert_eq!(facts["version"], env!("CARGO_PKG_VERSION"));
    assert!(text(&facts["configurationFile"]).ends_with("margay.yaml"), "{facts}");
    assert!(text(&facts["python"]["version"]).starts_with("3."), "{facts}");
    assert!(facts["data"].as_array().unwrap().iter().any(|part| part["name"] == "journal"), "{facts}");

    let put = |settings: Value| server.change("PUT", "/internal/settings", &json!({ "settings": settings }));
    for (settings, status, part) in [
        (json!({ "alerting.title_style": "classic" }), 409, "configuration file"),
        (json!({ "alerting.limit_per_detection": "often" }), 400, "`alerting.limit_per_detection`"),
        (json!({ "delivery.retry.first_delay": "1h" }), 400, "`delivery.retry.first_delay`"),
        (json!({ "retention.failures": "soon" }), 400, "`retention.failures`"),
        (json!({ "listen": "0.0.0.0:1" }), 400, "`listen`"),
    ] {
        let answer = put(settings.clone());
        assert_eq!(answer.status, status, "{settings}: {}", answer.body);
        assert!(answer.body.contains(part), "{settings}: {}", answer.body);
    }
    let answer = put(
        json!({ "alerting.product_name": "Watch <b>us</b>", "alerting.limit_per_detection": "1/h", "delivery.timeout": "7s" }),
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    server.send_events(&[okta_event("1", "a@example.com", "X"), okta_event("2", "a@example.com", "X")]);
    server.send_events(&[okta_event("3", "a@example.com", "X")]);
    server.wait_evaluated(3);
    wait_until("the limit is over", || !server.alerts("SYSTEM_ERROR").is_empty());
    server.wait_delivered();
    assert_eq!(hook.count(), 1, "one alert an hour");
    let message = hook.requests()[0].text();
    assert!(message.contains("Open in Watch &lt;b&gt;us&lt;/b&gt;"), "{message}");
    let log = server.get_json("/audit-log?action=UPDATE_GENERAL_SETTINGS");
    let entries = log["results"].as_array().unwrap();
    let done = entries.iter().find(|it| it["entry"]["actionResult"] == "SUCCEEDED").unwrap();
    let details = done["entry"]["actionDetails"].to_string();
    assert!(
        details.contains("Watch <b>us</b>") && details.contains("\"1000/h\""),
        "before and after: {details}"
    );
    assert_eq!(entries.iter().filter(|it| it["entry"]["actionResult"] == "FAILED").count(), 5, "{log}");

    // What does not go with a file that changed is left aside, said, and comes back.
    assert_eq!(put(json!({ "delivery.retry.first_delay": "10m" })).status, 200);
    assert_eq!(
        setting(&server, "alerting.product_name").1,
        "default",
        "a change names everything that is set"
    );
    site.write("margay.yaml", &format!("{configuration}delivery: {{ retry: {{ delay_max: 5m }} }}\n"));
    reload(&server);
    assert_eq!(setting(&server, "delivery.retry.first_delay"), (json!("1s"), "default".to_owned()));
    let warnings = server.get_json("/internal/settings")["warnings"].clone();
    assert!(text(&warnings[0]).contains("`delivery.retry.first_delay`"), "{warnings}");
    site.write("margay.yaml", &configuration);
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    assert_eq!(setting(&server, "delivery.retry.first_delay"), (json!("10m"), "console".to_owned()));
    let stale = change_from(&server, "PUT", "/internal/settings", "\"00\"", &json!({ "settings": {} }));
    assert_eq!(stale.status, 412);
}
