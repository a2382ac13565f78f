//! Signing in, as a browser does it: cookies, the token beside them, second factors, links.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::{DefaultRole, Rights};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{ACCOUNT_FAILURES_MAX, FAILURE_WINDOW, NewUser, RoleKey, UserForm};
use totp_rs::{Builder, Secret};
use tower::ServiceExt as _;

use crate::tests::Api;

const PASSWORD: &str = "a long enough password";
const MIRA: &str = "mira@example.com";

/// A browser: keeps the cookie, and the token that a page of the console would keep.
struct Browser<'a> {
    api: &'a Api,
    cookie: Option<String>,
    csrf: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(api: &'a Api) -> Browser<'a> {
        Browser { api, cookie: None, csrf: None }
    }

    async fn send(&mut self, method: &str, path: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("theme=dark; {cookie}"));
        }
        if let Some(csrf) = &self.csrf {
            request = request.header("x-csrf-token", csrf);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.api.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(line) = parts.headers.get(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if let Some(token) = json["csrfToken"].as_str() {
            self.csrf = Some(token.to_owned());
        }
        Answer { status: parts.status.as_u16(), headers: parts.headers, json }
    }

    async fn ask(&mut self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, &body, &[]).await
    }

    async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.ask("POST", "/internal/sign-in", json!({ "email": email, "password": password })).await
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    json: Value,
}

impl Answer {
    #[track_caller]
    fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.json);
        self.json
    }
}

/// A person with the password of these tests.
async fn person(api: &Api, email: &str, role: DefaultRole) -> String {
    let new = NewUser {
        email: email.to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Name(role.as_str().to_owned()),
    };
    let user = api.store.create_user(new, Rights::all()).await.unwrap();
    let (link, _) = api.store.create_password_link(&user.id, Rights::all()).await.unwrap();
    let body = json!({ "token": link.expose_secret(), "password": PASSWORD });
    Browser::new(api).ask("PUT", "/internal/link", body).await.is(200);
    user.id
}

#[tokio::test]
async fn the_first_administrator_is_made_by_the_link_and_signed_in() {
    let api = Api::start(&[]).await;
    let mut browser = Browser::new(&api);
    assert_eq!(browser.ask("GET", "/internal/sign-in", Value::Null).await.is(200)["needsSetUp"], true);
    let link = api.store.create_set_up_link().await.unwrap().unwrap();
    let form = |token: &str, password: &str| json!({ "token": token, "email": MIRA, "givenName": "Mira", "familyName": "Ode", "password": password });
    browser.ask("POST", "/internal/set-up", form("guessed", PASSWORD)).await.is(404);
    browser.ask("POST", "/internal/set-up", form(link.expose_secret(), "short")).await.is(400);
    let session = browser.ask("POST", "/internal/set-up", form(link.expose_secret(), PASSWORD)).await.is(200);
    assert_eq!(session["user"]["role"]["name"], "Admin");
    assert_eq!(session["permissions"].as_array().unwrap().len(), 29);
    let again = browser.ask("POST", "/internal/set-up", form(link.expose_secret(), PASSWORD)).await;
    again.is(404);
    assert_eq!(browser.ask("GET", "/internal/sign-in", Value::Null).await.is(200)["needsSetUp"], false);
    assert_eq!(browser.ask("GET", "/users", Value::Null).await.is(200)["results"][0]["email"], MIRA);
}

#[tokio::test]
async fn a_session_opens_every_door_that_its_role_may_open() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::AnalystReadOnly).await;
    let mut browser = Browser::new(&api);
    browser.ask("GET", "/alerts", Value::Null).await.is(401);
    let answer = browser.sign_in("MIRA@example.com", PASSWORD).await;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        line.starts_with("margay_session=") && line.ends_with("; Path=/; HttpOnly; SameSite=Lax"),
        "{line}"
    );
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    answer.is(200);
    browser.ask("GET", "/alerts", Value::Null).await.is(200);
    let refused = browser.ask("GET", "/users", Value::Null).await.is(403);
    assert_eq!(refused["message"], "your role does not hold the permission `UserRead`");
    let query =
        json!({ "query": "query { alerts(input: {detectionId: \"none\"}) { edges { node { id } } } }" });
    let found = browser.ask("POST", "/public/graphql", query).await.is(200);
    assert_eq!(found["data"]["alerts"]["edges"], json!([]), "{found}");
    let session = browser.ask("GET", "/internal/session", Value::Null).await.is(200);
    assert_eq!(
        (session["user"]["email"].as_str(), session["method"].as_str()),
        (Some(MIRA), Some("PASSWORD"))
    );

    browser.ask("DELETE", "/internal/session", Value::Null).await.is(204);
    assert_eq!(browser.cookie, None, "the browser keeps the cookie");
    browser.ask("GET", "/alerts", Value::Null).await.is(401);
}

#[tokio::test]
async fn signing_in_makes_a_new_session_and_ends_the_old_one() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Analyst).await;
    let mut victim = Browser::new(&api);
    victim.cookie = Some("margay_session=chosen-by-somebody-else".to_owned());
    victim.sign_in(MIRA, PASSWORD).await.is(200);
    let first = victim.cookie.clone().unwrap();
    assert_ne!(first, "margay_session=chosen-by-somebody-else", "a session of somebody's choice");
    victim.sign_in(MIRA, PASSWORD).await.is(200);
    assert_ne!(victim.cookie.as_deref(), Some(first.as_str()));
    let mut other = Browser::new(&api);
    other.cookie = Some(first);
    other.ask("GET", "/alerts", Value::Null).await.is(401);
}

#[rstest]
#[case::no_token(None, &[], 403)]
#[case::a_wrong_token(Some("wrong"), &[], 403)]
#[case::another_site(Some("right"), &[("sec-fetch-site", "cross-site")], 403)]
#[case::a_sibling(Some("right"), &[("sec-fetch-site", "same-site")], 403)]
#[case::another_origin(Some("right"), &[("host", "margay.example"), ("origin", "https://evil.example")], 403)]
#[case::no_origin(Some("right"), &[("host", "margay.example"), ("origin", "null")], 403)]
#[case::ones_own_page(Some("right"), &[("host", "margay.example"), ("origin", "https://margay.example"), ("sec-fetch-site", "same-origin")], 204)]
#[case::a_program(Some("right"), &[], 204)]
#[tokio::test]
async fn a_change_needs_the_token_that_goes_with_the_cookie(
    #[case] token: Option<&str>,
    #[case] headers: &[(&str, &str)],
    #[case] status: u16,
) {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Analyst).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    browser.csrf = match token {
        Some("right") => browser.csrf,
        other => other.map(str::to_owned),
    };
    browser.send("DELETE", "/internal/sessions", &Value::Null, headers).await.is(status);
    // Signing somebody in who does not want it is refused by the same signs.
    let sign_in = json!({ "email": MIRA, "password": PASSWORD });
    let expected = if headers.is_empty() || status == 204 { 200 } else { 403 };
    Browser::new(&api).send("POST", "/internal/sign-in", &sign_in, headers).await.is(expected);
}

#[tokio::test]
async fn nobody_learns_what_was_wrong_and_failures_lock() {
    let api = Api::start(&[]).await;
    let id = person(&api, MIRA, DefaultRole::Analyst).await;
    let mut browser = Browser::new(&api);
    let known = browser.sign_in(MIRA, "not the password").await.is(401);
    let unknown = browser.sign_in("nobody@example.com", PASSWORD).await.is(401);
    assert_eq!(known, unknown);
    for _ in 2..ACCOUNT_FAILURES_MAX {
        browser.sign_in(MIRA, "not the password").await.is(401);
    }
    let locked = browser.sign_in(MIRA, "not the password").await;
    assert_eq!(locked.headers[header::RETRY_AFTER], "901");
    locked.is(429);
    browser.sign_in(MIRA, PASSWORD).await.is(429);
    let unlock = format!("/users/{id}/unlock");
    api.json(204, "POST", &unlock, "").await;
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    for _ in 0..ACCOUNT_FAILURES_MAX {
        Browser::new(&api).sign_in(MIRA, "not the password").await;
    }
    browser.ask("GET", "/alerts", Value::Null).await.is(200);
    api.clock.advance(FAILURE_WINDOW);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
}

/// Who may manage users has no power over those who may do more.
#[tokio::test]
async fn nobody_unlocks_or_signs_out_who_may_do_more() {
    let api = Api::start(&[]).await;
    let admin = person(&api, MIRA, DefaultRole::Admin).await;
    let small = store::RoleForm {
        name: "Helpdesk".to_owned(),
        rights: Rights {
            permissions: [model::Permission::UserModify].into_iter().collect(),
            ..Rights::all()
        },
    };
    api.store.create_role(small, None, Rights::all()).await.unwrap();
    let new = NewUser {
        email: "helper@example.com".to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name("Helpdesk".to_owned()),
    };
    let helper = api.store.create_user(new, Rights::all()).await.unwrap();
    let (link, _) = api.store.create_password_link(&helper.id, Rights::all()).await.unwrap();
    let mut browser = Browser::new(&api);
    let form = json!({ "token": link.expose_secret(), "password": PASSWORD });
    browser.ask("PUT", "/internal/link", form).await.is(200);
    browser.ask("POST", &format!("/users/{admin}/unlock"), Value::Null).await.is(403);
    browser.ask("DELETE", &format!("/users/{admin}/sessions"), Value::Null).await.is(403);
    browser.ask("POST", &format!("/users/{}/unlock", helper.id), Value::Null).await.is(204);
    let roles = api.store.list_roles().await.unwrap();
    let analyst = roles.iter().find(|role| role.name == "AnalystReadOnly").unwrap();
    browser.ask("DELETE", &format!("/roles/{}", analyst.id), Value::Null).await.is(403);
}

/// What takes time is the same whether there is an account or not: one password is hashed.
#[tokio::test]
async fn nobody_learns_from_the_time_whether_there_is_an_account() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Analyst).await;
    let disabled = person(&api, "noor@example.com", DefaultRole::Analyst).await;
    let form = UserForm { enabled: Some(false), ..UserForm::default() };
    api.store.update_user(&disabled, form, Rights::all()).await.unwrap();
    let new = NewUser {
        email: "invited@example.com".to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name("Analyst".to_owned()),
    };
    api.store.create_user(new, Rights::all()).await.unwrap();
    let recorder = PrometheusBuilder::new().build_recorder();
    let page = recorder.handle();
    let _local = metrics::set_default_local_recorder(&recorder);
    let kinds = [MIRA, "nobody@example.com", "noor@example.com", "invited@example.com", "no address", ""];
    for (number, email) in kinds.into_iter().enumerate() {
        let answer = Browser::new(&api).sign_in(email, "wrong").await.is(401);
        assert_eq!(answer["message"], "address, password or code is wrong", "{email}");
        let hashes = format!("margay_password_hashes_total {}", number + 1);
        assert!(page.render().contains(&hashes), "{email}: {}", page.render());
    }
    assert!(page.render().contains("margay_sign_ins_total{result=\"wrong\"} 6"), "{}", page.render());
}

#[tokio::test]
async fn a_disabled_person_is_out_at_once() {
    let api = Api::start(&[]).await;
    let id = person(&api, MIRA, DefaultRole::Analyst).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    api.json(200, "POST", &format!("/users/{id}"), r#"{"enabled": false}"#).await;
    browser.ask("GET", "/alerts", Value::Null).await.is(401);
    Browser::new(&api).sign_in(MIRA, PASSWORD).await.is(401);
}

#[tokio::test]
async fn what_a_page_asks_by_itself_does_not_keep_a_session_alive() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Analyst).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    let most_of_an_hour = SignedDuration::from_mins(40);
    api.clock.advance(most_of_an_hour);
    browser.ask("GET", "/internal/session", Value::Null).await.is(200);
    // The time of use is written by the one writer, before whatever is asked of it next.
    api.store.forget_failures("nobody").await.unwrap();
    api.clock.advance(most_of_an_hour);
    let by_itself = [("margay-unattended", "true")];
    for path in ["/internal/session", "/alerts"] {
        browser.send("GET", path, &Value::Null, &by_itself).await.is(200);
    }
    // Refused for what it accepts, once it is known who asks.
    browser.ask("GET", "/internal/live", Value::Null).await.is(406);
    api.store.forget_failures("nobody").await.unwrap();
    api.clock.advance(most_of_an_hour);
    browser.ask("GET", "/internal/session", Value::Null).await.is(401);
}

/// The code that an authenticator with this base32 secret shows.
fn code(api: &Api, secret: &str, later: SignedDuration) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    let now = stdx::Clock::now(&api.clock) + later;
    totp.generate(now.as_second().unsigned_abs()).to_string()
}

#[tokio::test]
async fn a_second_factor_is_set_up_asked_for_and_recovered() {
    let api = Api::start(&[]).await;
    let id = person(&api, MIRA, DefaultRole::Analyst).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    let mut other = Browser::new(&api);
    other.sign_in(MIRA, PASSWORD).await.is(200);
    let path = "/internal/second-factor";
    browser.ask("POST", path, json!({ "password": "not the password" })).await.is(400);
    let begun = browser.ask("POST", path, json!({ "password": PASSWORD })).await.is(200);
    let secret = begun["secret"].as_str().unwrap();
    assert!(
        begun["url"].as_str().unwrap().starts_with("otpauth://totp/Margay:mira%40example.com?"),
        "{begun}"
    );
    browser.ask("PUT", path, json!({ "code": "000000" })).await.is(400);
    let now = code(&api, secret, SignedDuration::ZERO);
    let recovery = browser.ask("PUT", path, json!({ "code": now })).await.is(200);
    let recovery = recovery["codes"].as_array().unwrap();
    assert_eq!(recovery.len(), 10);
    other.ask("GET", "/alerts", Value::Null).await.is(401);
    let profile = browser.ask("GET", "/internal/profile", Value::Null).await.is(200);
    assert_eq!((&profile["secondFactor"], &profile["recoveryCodesLeft"]), (&json!(true), &json!(10)));
    browser.ask("POST", path, json!({ "password": PASSWORD })).await.is(409);

    let mut browser = Browser::new(&api);
    let asked = browser.sign_in(MIRA, PASSWORD).await.is(401);
    assert_eq!(asked["needsCode"], true);
    let wrong = browser.sign_in(MIRA, "not the password").await.is(401);
    assert_eq!(wrong["needsCode"], false, "the second factor is told to who does not know the password");
    let with = |code: &str| json!({ "email": MIRA, "password": PASSWORD, "code": code });
    browser.ask("POST", "/internal/sign-in", with(&now)).await.is(401);
    let next = code(&api, secret, SignedDuration::from_secs(30));
    browser.ask("POST", "/internal/sign-in", with(&next)).await.is(200);
    browser.ask("POST", "/internal/sign-in", with(&next)).await.is(401);
    let spare = recovery[3].as_str().unwrap().to_uppercase();
    browser.ask("POST", "/internal/sign-in", with(&spare)).await.is(200);
    browser.ask("POST", "/internal/sign-in", with(&spare)).await.is(401);

    api.json(204, "DELETE", &format!("/users/{id}/second-factor"), "").await;
    browser.sign_in(MIRA, PASSWORD).await.is(200);
}

#[tokio::test]
async fn an_invitation_and_a_reset_each_work_once() {
    let api = Api::start(&[]).await;
    let form =
        json!({ "email": MIRA, "givenName": "Mira", "familyName": "Ode", "role": { "name": "Analyst" } });
    let invited = api.json(200, "POST", "/users", &form.to_string()).await;
    let secret = |link: &Value| link.as_str().unwrap().split_once("/console/welcome#").unwrap().1.to_owned();
    let token = secret(&invited["invitationLink"]);
    let mut browser = Browser::new(&api);
    let found = browser.ask("POST", "/internal/link", json!({ "token": token })).await.is(200);
    assert_eq!(found, json!({ "purpose": "INVITATION", "email": MIRA }));
    let body = json!({ "token": token, "password": PASSWORD });
    browser.ask("PUT", "/internal/link", body.clone()).await.is(200);
    browser.ask("GET", "/alerts", Value::Null).await.is(200);
    browser.ask("PUT", "/internal/link", body).await.is(404);

    let path = format!("/users/{}/password-link", invited["id"].as_str().unwrap());
    let reset = api.json(200, "POST", &path, "").await;
    let body = json!({ "token": secret(&reset["link"]), "password": "another long password" });
    Browser::new(&api).ask("PUT", "/internal/link", body).await.is(200);
    browser.ask("GET", "/alerts", Value::Null).await.is(401);
    Browser::new(&api).sign_in(MIRA, PASSWORD).await.is(401);
    Browser::new(&api).sign_in(MIRA, "another long password").await.is(200);
}

#[tokio::test]
async fn one_looks_after_oneself_and_never_locks_oneself_out() {
    let api = Api::start(&[]).await;
    let id = person(&api, MIRA, DefaultRole::Admin).await;
    person(&api, "noor@example.com", DefaultRole::Admin).await;
    let (mut browser, mut other) = (Browser::new(&api), Browser::new(&api));
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    other.sign_in(MIRA, PASSWORD).await.is(200);
    let sessions = browser.ask("GET", "/internal/sessions", Value::Null).await.is(200);
    let sessions = sessions["results"].as_array().unwrap();
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    let names = json!({ "givenName": "Mirabel", "familyName": "Ode" });
    let profile = browser.ask("PUT", "/internal/profile", names).await.is(200);
    assert_eq!(profile["user"]["givenName"], "Mirabel");

    let change = |current: &str| json!({ "current": current, "new": "quite another password" });
    browser.ask("PUT", "/internal/password", change("not the password")).await.is(400);
    browser.ask("PUT", "/internal/password", change(PASSWORD)).await.is(204);
    other.ask("GET", "/alerts", Value::Null).await.is(401);
    browser.ask("GET", "/alerts", Value::Null).await.is(200);

    let path = format!("/users/{id}");
    for change in [json!({ "role": { "name": "Analyst" } }), json!({ "enabled": false })] {
        browser.ask("POST", &path, change).await.is(403);
    }
    browser.ask("POST", &path, json!({ "familyName": "Odessa" })).await.is(200);
    browser.ask("DELETE", &path, Value::Null).await.is(403);
    let token_of_a_person = browser.ask("POST", "/api-tokens/self/rotate", Value::Null).await;
    assert_ne!(token_of_a_person.status, StatusCode::OK.as_u16());
}

#[tokio::test]
async fn how_people_sign_in_is_in_the_audit_log_and_nothing_that_they_prove_it_with() {
    let api = Api::start(&[]).await;
    let id = person(&api, MIRA, DefaultRole::Admin).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, "a password that is wrong").await.is(401);
    browser.sign_in("nobody@example.com", PASSWORD).await.is(401);
    browser.sign_in("a password in the wrong field", PASSWORD).await.is(401);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    let path = "/internal/second-factor";
    let begun = browser.ask("POST", path, json!({ "password": PASSWORD })).await.is(200);
    let secret = begun["secret"].as_str().unwrap().to_owned();
    let now = code(&api, &secret, SignedDuration::ZERO);
    let recovery = browser.ask("PUT", path, json!({ "code": now })).await.is(200);
    let change = json!({ "current": PASSWORD, "new": "quite another password" });
    browser.ask("PUT", "/internal/password", change).await.is(204);
    let (cookie, csrf) = (browser.cookie.clone().unwrap(), browser.csrf.clone().unwrap());
    browser.ask("DELETE", "/internal/session", Value::Null).await.is(204);

    let entries = api.store.audit_after(0, &store::AuditFilter::default(), 100).await.unwrap();
    let read = |entry: &store::AuditEntry| serde_json::from_str::<Value>(&entry.entry).unwrap();
    let seen: Vec<(String, String, String)> = entries
        .iter()
        .map(read)
        .map(|entry| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&entry["actionName"]), text(&entry["actionResult"]), text(&entry["actor"]["name"]))
        })
        .collect();
    let seen: Vec<(&str, &str, &str)> =
        seen.iter().map(|(a, b, c)| (a.as_str(), b.as_str(), c.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("SET_PASSWORD_BY_LINK", "SUCCEEDED", MIRA),
            ("SIGN_IN", "FAILED", MIRA),
            ("SIGN_IN", "FAILED", "nobody@example.com"),
            ("SIGN_IN", "FAILED", "unknown"),
            ("SIGN_IN", "SUCCEEDED", MIRA),
            ("CREATE_SECOND_FACTOR", "SUCCEEDED", MIRA),
            ("CONFIRM_SECOND_FACTOR", "SUCCEEDED", MIRA),
            ("UPDATE_PASSWORD", "SUCCEEDED", MIRA),
            ("SIGN_OUT", "SUCCEEDED", MIRA),
        ]
    );
    assert_eq!(read(&entries[1])["actor"]["id"], *id, "tries against an account are found by it");
    let cookie = cookie.split_once('=').unwrap().1.to_owned();
    let recovery = recovery["codes"][0].as_str().unwrap().to_owned();
    let wrong_field = "a password in the wrong field".to_owned();
    for secret in [PASSWORD.to_owned(), secret, now, cookie, csrf, recovery, wrong_field] {
        assert!(entries.iter().all(|entry| !entry.entry.contains(&secret)), "{secret}");
    }
}

/// One provider that nobody asks anything.
fn okta() -> crate::OidcProvider {
    crate::OidcProvider {
        provider: crate::Provider {
            id: "okta".to_owned(),
            label: "Okta".to_owned(),
            role_map: Vec::new(),
            email_domains: Vec::new(),
        },
        issuer: "https://id.example".to_owned(),
        client_id: "margay".to_owned(),
        client_secret: None,
        scopes: vec!["openid".to_owned()],
        groups_claim: "groups".to_owned(),
    }
}

#[tokio::test]
async fn the_page_for_signing_in_hears_of_the_providers() {
    let api = Api::start(&[]).await;
    let mut browser = Browser::new(&api);
    let options = browser.ask("GET", "/internal/sign-in", Value::Null).await.is(200);
    assert_eq!(options, json!({ "needsSetUp": true, "enforceSso": false, "providers": [], "problem": null }));
    let settings =
        crate::SignInSettings { enforce_sso: true, oidc: vec![okta()], ..crate::SignInSettings::default() };
    api.sign_in.store(settings.into());
    let options = browser.ask("GET", "/internal/sign-in", Value::Null).await.is(200);
    let way = json!({ "id": "okta", "label": "Okta", "kind": "OIDC", "url": "/internal/oidc/okta/start" });
    assert_eq!(
        options,
        json!({ "needsSetUp": true, "enforceSso": true, "providers": [way], "problem": null })
    );
}

#[tokio::test]
async fn with_single_sign_on_enforced_passwords_are_for_administrators() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Admin).await;
    let noor = person(&api, "noor@example.com", DefaultRole::Analyst).await;
    let settings =
        crate::SignInSettings { enforce_sso: true, oidc: vec![okta()], ..crate::SignInSettings::default() };
    api.sign_in.store(settings.into());
    let mut browser = Browser::new(&api);
    let right = browser.sign_in("noor@example.com", PASSWORD).await.is(401);
    let wrong = browser.sign_in("noor@example.com", "not the password").await.is(401);
    let of_admin = browser.sign_in(MIRA, "not the password").await.is(401);
    let nobody = browser.sign_in("nobody@example.com", PASSWORD).await.is(401);
    assert_eq!((&right, &wrong, &of_admin), (&wrong, &of_admin, &nobody), "the answer tells who is who");
    assert!(right["message"].as_str().unwrap().contains("identity provider"), "{right}");
    browser.sign_in(MIRA, PASSWORD).await.is(200);

    let (link, _) = api.store.create_password_link(&noor, Rights::all()).await.unwrap();
    let body = json!({ "token": link.expose_secret(), "password": PASSWORD });
    let refused = Browser::new(&api).ask("PUT", "/internal/link", body.clone()).await.is(403);
    assert!(refused["message"].as_str().unwrap().contains("administrators alone"), "{refused}");
    api.sign_in.store(crate::SignInSettings::default().into());
    Browser::new(&api).ask("PUT", "/internal/link", body).await.is(200);
    browser.sign_in("noor@example.com", PASSWORD).await.is(200);
}

#[tokio::test]
async fn what_people_look_at_in_a_browser_is_in_the_audit_log() {
    let api = Api::start(&[]).await;
    person(&api, MIRA, DefaultRole::Admin).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(MIRA, PASSWORD).await.is(200);
    for path in ["/internal/session", "/internal/sessions", "/internal/profile", "/alerts"] {
        browser.ask("GET", path, Value::Null).await.is(200);
    }
    let query = json!({ "query": "{ roles { name } }" });
    browser.ask("POST", "/public/graphql", query.clone()).await.is(200);
    browser.csrf = None;
    browser.ask("POST", "/public/graphql", query).await.is(403);
    Browser::new(&api).ask("GET", "/internal/session", Value::Null).await.is(401);
    let reads = api.reads().await;
    let names: Vec<&str> = reads.iter().map(|entry| entry["actionName"].as_str().unwrap()).collect();
    assert_eq!(names, ["GET_SESSION", "LIST_SESSIONS", "GET_PROFILE", "LIST_ALERTS", "LIST_USER_ROLES"]);
    assert!(reads.iter().all(|entry| entry["actor"]["name"] == MIRA && entry["actor"]["type"] == "USER"));
}
