//! Nothing secret comes back: not in an answer, an error, a log, a backup or a file of the data directory.
//!
//! Every kind of secret that Margay is given, or makes, goes in once as a canary; then everything that can be read
//! is searched for it, as it is and in the encodings that secrets travel in.

mod canaries;
mod destinations;

use serde_json::{Value, json};

use crate::harness::{Server, Site, TOKEN, allow, okta_event, text, vendor, wait_until};
use crate::sign_in::{Session, token_of};
use canaries::Canaries;
use test_support::Reply;

const MIRA: &str = "mira@example.com";

/// Sends JSON without a token.
fn post(server: &Server, canaries: &mut Canaries, method: &str, path: &str, body: &Value) -> Value {
    let answer = server.request(method, path, &[], Some(body.to_string().as_bytes()));
    canaries.answer(&format!("{method} {path}"), &answer.body);
    serde_json::from_str(&answer.body).unwrap_or_default()
}

/// Sends JSON with the administrator's token.
fn change(server: &Server, canaries: &mut Canaries, method: &str, path: &str, body: &Value) -> Value {
    let answer = server.change(method, path, body);
    canaries.answer(&format!("{method} {path}"), &answer.body);
    serde_json::from_str(&answer.body).unwrap_or_default()
}

/// What a person proves who it is with.
fn sign_in(server: &Server, canaries: &mut Canaries) -> Session {
    let form =
        json!({ "email": MIRA, "givenName": "Mira", "familyName": "Ode", "role": { "name": "Admin" } });
    let invited = server.change("POST", "/users", &form).json();
    let link = token_of(&text(&invited["invitationLink"]));
    let password = canaries.make("a password");
    let set = json!({ "token": link, "password": password }).to_string();
    let answer = server.request("PUT", "/internal/link", &[], Some(set.as_bytes()));
    let session = Session::of(&answer);
    canaries.learn("the link of an invitation", &link);
    canaries.learn("a cookie", session.cookie.split_once('=').unwrap().1);
    canaries.learn("a CSRF token", &text(&answer.json()["csrfToken"]));

    let begun = session.send(
        server,
        "POST",
        "/internal/second-factor",
        Some(json!({ "password": password }).to_string().as_bytes()),
    );
    let secret = text(&begun.json()["secret"]);
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(&secret).unwrap())
        .build()
        .unwrap();
    let now = stdx::Clock::now(&stdx::SystemClock).as_second().unsigned_abs();
    let code = totp.generate(now).to_string();
    let confirmed = session.send(
        server,
        "PUT",
        "/internal/second-factor",
        Some(json!({ "code": code }).to_string().as_bytes()),
    );
    for code in confirmed.json()["codes"].as_array().unwrap() {
        canaries.learn("a recovery code", &text(code));
    }
    canaries.learn("a second factor", &secret);

    // What people do wrong: a password in the field of the address, a mistyped one, a broken body.
    let mistyped = canaries.make("a mistyped password");
    let elsewhere = canaries.make("a password typed into the wrong field");
    for body in [
        json!({ "email": MIRA, "password": mistyped }),
        json!({ "email": elsewhere, "password": "" }),
        json!({ "email": MIRA, "password": password }),
        json!({ "email": MIRA, "password": [mistyped] }),
        json!({ "email": MIRA, "password": mistyped, "code": { "a": mistyped } }),
    ] {
        post(server, canaries, "POST", "/internal/sign-in", &body);
    }
    let broken = format!("{{\"email\": \"{MIRA}\", \"password\": \"{mistyped}\", }}");
    let answer = server.request("POST", "/internal/sign-in", &[], Some(broken.as_bytes()));
    canaries.answer("a broken sign-in", &answer.body);
    let changed = json!({ "current": mistyped, "new": elsewhere }).to_string();
    let answer = session.send(server, "PUT", "/internal/password", Some(changed.as_bytes()));
    canaries.answer("a wrong change of the password", &answer.body);
    let reset = json!({ "token": elsewhere, "password": mistyped });
    post(server, canaries, "PUT", "/internal/link", &reset);
    session
}

/// Tokens of programs, right ones and wrong ones.
fn tokens(server: &Server, canaries: &mut Canaries) {
    let made =
        server.change("POST", "/api-tokens", &json!({ "name": "ci", "permissions": ["AlertRead"] })).json();
    canaries.learn("a token", &text(&made["value"]));
    let rotated = server.change("POST", &format!("/api-tokens/{}/rotate", text(&made["id"])), &Value::Null);
    canaries.learn("a rotated token", &text(&rotated.json()["value"]));
    let wrong = canaries.make("a token that is none");
    for header in ["X-API-Key", "Authorization", "Cookie"] {
        let value = match header {
            "Authorization" => format!("Bearer {wrong}"),
            "Cookie" => format!("margay_session={wrong}"),
            _ => wrong.clone(),
        };
        let answer = server.request("GET", "/alerts", &[(header, &value)], None);
        assert_eq!(answer.status, 401);
        canaries.answer(header, &answer.body);
    }
}

/// What senders of logs prove who they are with.
fn sources(server: &Server, canaries: &mut Canaries) {
    for (method, secret, more) in [
        ("SharedSecret", "authSecretValue", json!({ "authHeaderKey": "x-key" })),
        ("HMAC", "authSecretValue", json!({ "authHeaderKey": "x-signature", "authHmacAlg": "sha256" })),
        ("Bearer", "authBearerToken", json!({})),
        ("Basic", "authPassword", json!({ "authUsername": "sender" })),
    ] {
        let mut form = json!({
            "integrationLabel": method, "logStreamType": "Auto", "logTypes": ["Okta.SystemLog"], "authMethod": method,
        });
        form[secret] = canaries.make(&format!("the secret of a source by {method}")).into();
        for (key, value) in more.as_object().unwrap() {
            form[key] = value.clone();
        }
        let made = change(server, canaries, "POST", "/log-sources/http", &form);
        let id = made["integrationId"].as_str().unwrap_or_else(|| panic!("{made}"));
        form["logStreamType"] = "Nonsense".into();
        change(server, canaries, "PUT", &format!("/log-sources/http/{id}"), &form);
        let guessed = canaries.make("a sender's wrong secret");
        for (name, value) in [("x-key", guessed.clone()), ("Authorization", format!("Bearer {guessed}"))] {
            let answer = server.request("POST", &format!("/http/{id}"), &[(name, &value)], Some(b"{}"));
            assert_eq!(answer.status, 401, "{method}: {}", answer.body);
            canaries.answer(method, &answer.body);
        }
    }
}

/// What this server proves itself with to an identity provider, right and wrong forms.
fn identity_providers(server: &Server, canaries: &mut Canaries) {
    let secret = canaries.make("the secret of an identity provider made by the API");
    let mut form = json!({
        "id": "made", "label": "Made", "oidc": { "issuer": "https://id.example", "clientId": "margay", "clientSecret": secret },
    });
    let made = change(server, canaries, "POST", "/internal/sign-on/providers", &form);
    assert_eq!(made["oidc"]["clientSecret"], "********", "{made}");
    change(server, canaries, "POST", "/internal/sign-on/providers", &form);
    change(server, canaries, "POST", "/internal/sign-on/test", &form);
    change(server, canaries, "PUT", "/internal/sign-on/providers/own", &form);
    form["oidc"]["issuer"] = "no address".into();
    change(server, canaries, "PUT", "/internal/sign-on/providers/made", &form);
    form["oidc"]["clientSecret"] = json!([secret]);
    change(server, canaries, "PUT", "/internal/sign-on/providers/made", &form);
    let read = server.get("/internal/sign-on/providers/made");
    assert_eq!(read.status, 200);
    canaries.answer("an identity provider", &read.body);
}

/// Every list and every field that shows things which have secrets.
fn read_all(server: &Server, canaries: &Canaries) {
    let description = server.request("GET", "/openapi.json", &[], None);
    for (path, methods) in description.json()["paths"].as_object().unwrap() {
        if methods.get("get").is_some() && !path.contains('{') {
            canaries.answer(path, &server.get(path).body);
        }
    }
    for (list, id) in [("/destinations", "id"), ("/api-tokens", "id"), ("/users", "id")] {
        for item in server.list(list) {
            let path = format!("{list}/{}", text(&item[id]));
            canaries.answer(&path, &server.get(&path).body);
        }
    }
    for alert in server.alerts("ALERT").iter().chain(&server.alerts("SYSTEM_ERROR")) {
        let id = text(&alert["id"]);
        for part in ["", "/deliveries", "/events", "/history"] {
            let path = format!("/alerts/{id}{part}");
            canaries.answer(&path, &server.get(&path).body);
        }
    }
    let query = "{ sources(input: {}) { edges { node { integrationId integrationLabel } } } users { email }
        alerts(input: {createdAtAfter: \"2020-01-01T00:00:00Z\", createdAtBefore: \"2100-01-01T00:00:00Z\"})
        { edges { node { id title deliveries { message outputId success } } } } }";
    let answer = server.change("POST", "/public/graphql", &json!({ "query": query }));
    assert!(!answer.body.contains("\"errors\""), "{}", answer.body);
    canaries.answer("GraphQL", &answer.body);
}

#[test]
fn secrets_come_back_nowhere() {
    let echo = vendor();
    echo.always(Reply::echo(500));
    let mut canaries = Canaries::default();
    let of_file = canaries.make("a destination's secret in the configuration");
    let of_provider = canaries.make("the secret of an identity provider");
    let site = Site::new(&format!(
        "{}log: {{ level: debug }}
sign_in:
  oidc:
    - {{ id: idp, label: IdP, issuer: \"{}\", client_id: margay, client_secret: {of_provider} }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: of the file, type: webhook, config: {{ webhook_url: \"{}\", bearer: {of_file} }}, severities: [HIGH] }}
",
        allow(&[&echo]),
        echo.url(""),
        echo.url(&format!("/{}", canaries.make("a webhook's address in the configuration"))),
    ));
    site.rule("Any", "Severity: High\n", "def rule(event):\n    return True\n");
    canaries.learn("the token of the environment", TOKEN);
    let server = site.start();

    let session = sign_in(&server, &mut canaries);
    tokens(&server, &mut canaries);
    let started = server.request("GET", "/internal/oidc/idp/start", &[], None);
    assert!(started.body.contains("<title>"), "no page: {}", started.body);
    canaries.answer("a sign-in that a provider breaks", &started.body);
    sources(&server, &mut canaries);
    identity_providers(&server, &mut canaries);
    let count = destinations::make_all(&server, &mut canaries, &echo) + 1;
    server.send_events(&[okta_event("1", "user@example.com", "X")]);
    wait_until("every destination was tried", || {
        server.alerts("ALERT").first().is_some_and(|alert| {
            let deliveries = server.deliveries(alert);
            let tried = deliveries.iter().filter(|it| !it["attempts"].as_array().unwrap().is_empty()).count();
            tried == count
        })
    });
    assert!(echo.count() >= count / 2, "the vendor saw {} requests only", echo.count());
    read_all(&server, &canaries);
    canaries.answer("the session", &session.send(&server, "GET", "/internal/profile", None).body);

    for command in [["token", "list"], ["user", "list"], ["destination", "list"], ["source", "list"]] {
        let ran = site.run(&command);
        canaries.look(&command.join(" "), format!("{ran:?}").as_bytes());
    }
    let backup = site.path().join("copy.mgb");
    let ran = site.run(&["backup", backup.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    canaries.look("the backup", &zstd_of(&std::fs::read(&backup).unwrap()));
    canaries.folder("a running server's", &site.data_dir());
    assert_eq!(server.terminate(), Some(0));
    canaries.folder("a stopped server's", &site.data_dir());
    let log = site.log();
    assert!(log.contains("a sign-in failed"), "nothing was logged");
    canaries.look("the log", log.as_bytes());
}

fn zstd_of(packed: &[u8]) -> Vec<u8> {
    zstd::decode_all(packed).unwrap()
}
