//! Signing in over OpenID Connect, with a provider that says whatever a case wants it to say.

use axum::http::header;
use jiff::SignedDuration;
use model::{DefaultRole, Rights};
use rstest::rstest;
use serde_json::{Value, json};
use stdx::Clock as _;
use store::{AuditFilter, PageRequest, RoleKey, UserForm};
use test_support::{Algorithm, Draft, IdentityProvider};

use crate::tests::Api;
use crate::tests::browser::{Answer, Browser, MIRA, PASSWORD, audit, people, person};
use crate::{OidcProvider, Provider, SignInSettings};

fn provider(id: &str, at: &IdentityProvider) -> OidcProvider {
    let role = |group: &str, role: &str| (group.to_owned(), role.to_owned());
    OidcProvider {
        provider: Provider {
            id: id.to_owned(),
            label: "The <provider>".to_owned(),
            role_map: vec![role("siem-admins", "Admin"), role("siem-analysts", "Analyst")],
            email_domains: Vec::new(),
        },
        issuer: at.issuer(),
        client_id: "margay".to_owned(),
        client_secret: Some("a client's secret: +/%".into()),
        scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
        groups_claim: "groups".to_owned(),
    }
}

/// An API with the provider `okta`.
async fn site() -> (Api, IdentityProvider) {
    let (api, idp) = (Api::start(&[]).await, IdentityProvider::start().await);
    configure(&api, |_| {}, vec![provider("okta", &idp)]);
    (api, idp)
}

fn configure(api: &Api, change: impl FnOnce(&mut SignInSettings), oidc: Vec<OidcProvider>) {
    let mut settings = SignInSettings { oidc, ..SignInSettings::default() };
    change(&mut settings);
    api.sign_in.store(settings.into());
}

impl Browser<'_> {
    /// Leaves for the provider and gives the address it was sent to.
    async fn leave(&mut self) -> String {
        let answer = self.get("/internal/oidc/okta/start").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.location
    }

    /// Leaves, signs in there, and comes back with this token.
    async fn sign_in(&mut self, idp: &IdentityProvider, sign: impl FnOnce(Draft) -> String) -> Answer {
        let url = self.leave().await;
        let query = idp.sign_in(&url, self.api.clock.now(), sign);
        self.get(&format!("/internal/oidc/okta/callback?{query}")).await
    }
}

#[tokio::test]
async fn a_stranger_comes_in_with_the_role_of_the_group() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let answer = browser.get("/internal/oidc/okta/start?return_to=/console/alerts%3Fseverity%3DHIGH").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        line.starts_with("margay_sign_in=")
            && line.ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600"),
        "{line}"
    );
    assert!(!answer.location.contains(browser.cookie("margay_sign_in").unwrap()));
    let query = idp.sign_in(&answer.location, api.clock.now(), |draft| draft.sign());
    let answer = browser.get(&format!("/internal/oidc/okta/callback?{query}")).await;
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (303, "/console/alerts?severity=HIGH"),
        "{}",
        answer.body
    );
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(browser.cookie("margay_sign_in"), None, "the way is forgotten");
    let session = browser.session().await;
    let user = &session["user"];
    assert_eq!((&user["email"], &user["role"]["name"]), (&json!(MIRA), &json!("Analyst")));
    assert_eq!((&user["status"], &session["method"]), (&json!("EXTERNAL_PROVIDER"), &json!("OIDC")));
    assert_eq!((&user["givenName"], &user["familyName"]), (&json!("Mira"), &json!("Ode")));

    let entry = &audit(&api).await[0];
    assert_eq!((&entry["actionResult"], &entry["actor"]["name"]), (&json!("SUCCEEDED"), &json!(MIRA)));
    let details = &entry["actionDetails"];
    assert_eq!(
        details["identity"],
        json!({ "issuer": idp.issuer(), "subject": "1", "groups": ["everyone", "siem-analysts"] })
    );
    assert_eq!((&details["arrival"]["isNew"], &details["provider"]), (&json!(true), &json!("okta")));
    let text = entry.to_string();
    let code = query.split(['=', '&']).nth(1).unwrap();
    assert!(!text.contains(code), "the code is in the audit log: {text}");
}

#[tokio::test]
async fn who_is_known_follows_the_provider() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let first = browser.session().await;
    let told = |draft: Draft| {
        let draft = draft.claim("groups", json!(["siem-admins"])).claim("given_name", json!("Mirabel"));
        draft.claim("email", json!("mira.ode@example.com")).sign()
    };
    let answer = browser.sign_in(&idp, told).await;
    assert_eq!(answer.location, "/console/");
    let second = browser.session().await;
    assert_eq!(first["user"]["id"], second["user"]["id"]);
    assert_eq!(
        (&second["user"]["email"], &second["user"]["role"]["name"]),
        (&json!("mira.ode@example.com"), &json!("Admin"))
    );
    assert_eq!(second["user"]["givenName"], "Mirabel");
    assert_eq!(audit(&api).await[0]["actionDetails"]["arrival"]["roleBefore"], "Analyst");
    browser.sign_in(&idp, |draft| draft.claim("groups", json!(["siem"])).sign()).await;
    assert_eq!(browser.session().await["user"]["role"]["name"], "AnalystReadOnly", "no group of the map");
    assert_eq!(people(&api).await, 1);
}

#[tokio::test]
async fn without_a_map_the_role_stays_what_it_was_made() {
    let (api, idp) = site().await;
    let mut plain = provider("okta", &idp);
    plain.provider.role_map.clear();
    configure(&api, |settings| settings.default_role = "Analyst".to_owned(), vec![plain.clone()]);
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let user = browser.session().await["user"].clone();
    assert_eq!(user["role"]["name"], "Analyst");
    let form = UserForm { role: Some(RoleKey::Name("Admin".to_owned())), ..UserForm::default() };
    api.store.update_user(user["id"].as_str().unwrap(), form, Rights::all()).await.unwrap();
    browser.sign_in(&idp, |draft| draft.sign()).await;
    assert_eq!(browser.session().await["user"]["role"]["name"], "Admin");
    configure(&api, |settings| settings.default_role = "Analyts".to_owned(), vec![plain]);
    Browser::new(&api)
        .sign_in(&idp, |draft| {
            draft.claim("sub", json!("2")).claim("email", json!("noor@example.com")).sign()
        })
        .await
        .is_refused("no_role");
}

/// Tokens that do not hold, and what the log says of them.
#[rstest]
#[case::nonce(|draft: Draft| draft.claim("nonce", json!("another")).sign(), "`nonce`")]
#[case::no_nonce(|draft: Draft| draft.claim("nonce", Value::Null).sign(), "`nonce`")]
#[case::expired(|draft: Draft| draft.claim("exp", json!(1_000_000_000)).sign(), "expired")]
#[case::from_the_future(|draft: Draft| draft.claim("iat", json!(4_000_000_000_i64)).claim("exp", json!(4_000_000_300_i64)).sign(), "in the future")]
#[case::audience(|draft: Draft| draft.claim("aud", json!("other")).sign(), "`aud`")]
#[case::party(|draft: Draft| draft.claim("azp", json!("other")).sign(), "`azp`")]
#[case::issuer(|draft: Draft| draft.claim("iss", json!("https://other.example")).sign(), "`iss`")]
#[case::unsigned(|mut draft: Draft| { draft.header = json!({"alg": "none"}); format!("{}.", draft.message()) }, "not signed with")]
#[case::shared_secret(|draft: Draft| draft.sign_shared(b"a client's secret: +/%"), "not signed with")]
#[case::public_key(|draft: Draft| draft.sign_shared(include_bytes!("../../../test_support/testdata/identity_provider_keys.json")), "not signed with")]
#[case::tampered(|draft: Draft| { let token = draft.sign(); let at = token.len() - 20; format!("{}AAAA{}", &token[..at], &token[at + 4..]) }, "signature is wrong")]
#[case::of_another_person(|draft: Draft| { let good = draft.sign(); let (_, signature) = good.rsplit_once('.').unwrap(); format!("{}.{signature}", draft.claim("sub", json!("2")).message()) }, "signature is wrong")]
#[case::truncated(|draft: Draft| { let token = draft.sign(); token[..token.len() / 2].to_owned() }, "ID token")]
#[case::no_token(|_: Draft| String::new(), "cannot be read")]
#[case::unknown_key(|mut draft: Draft| { draft.header["kid"] = json!("next-year"); draft.sign() }, "does not publish")]
#[case::key_of_another_kind(|mut draft: Draft| { draft.header["kid"] = json!("ec"); draft.sign() }, "does not publish")]
#[tokio::test]
async fn a_token_that_does_not_hold_lets_nobody_in(#[case] sign: fn(Draft) -> String, #[case] reason: &str) {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, sign).await.is_refused("provider_wrong");
    assert_eq!(people(&api).await, 0);
    let entry = &audit(&api).await[0];
    assert_eq!(entry["actionResult"], "FAILED");
    let said = entry["errors"][0]["message"].as_str().unwrap();
    assert!(said.contains(reason), "{said}");
    browser.sign_in(&idp, |draft| draft.sign()).await;
    browser.session().await;
}

#[rstest]
#[case::no_email("email", Value::Null, "no_email")]
#[case::no_address("email", json!("Mira"), "no_email")]
#[case::not_verified("email_verified", json!(false), "email_not_verified")]
#[case::not_verified_in_words("email_verified", json!("false"), "email_not_verified")]
#[case::domain("email", json!("mira@example.org"), "domain_not_allowed")]
#[tokio::test]
async fn a_person_who_lacks_something_does_not_come_in(
    #[case] name: &str,
    #[case] value: Value,
    #[case] why: &str,
) {
    let (api, idp) = site().await;
    let mut okta = provider("okta", &idp);
    okta.provider.email_domains.push("example.com".to_owned());
    configure(&api, |_| {}, vec![okta]);
    Browser::new(&api).sign_in(&idp, |draft| draft.claim(name, value).sign()).await.is_refused(why);
    let entry = &audit(&api).await[0];
    assert_eq!((&entry["actionResult"], &entry["actor"]["id"]), (&json!("FAILED"), &json!("1")));
    assert_eq!(people(&api).await, 0);
}

#[tokio::test]
async fn what_the_token_lacks_is_asked_for() {
    let (api, idp) = site().await;
    let small = |draft: Draft| draft.claim("email", Value::Null).claim("groups", Value::Null).sign();
    idp.change(|manners| manners.userinfo = json!({ "sub": "1", "email": MIRA, "groups": ["siem-admins"] }));
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, small).await;
    assert_eq!(browser.session().await["user"]["role"]["name"], "Admin");
    idp.change(|manners| manners.userinfo = json!({ "sub": "2", "email": MIRA }));
    browser.sign_in(&idp, small).await.is_refused("provider_wrong");
    idp.change(|manners| manners.userinfo = json!({ "sub": "1", "email": MIRA, "email_verified": false }));
    browser.sign_in(&idp, small).await.is_refused("email_not_verified");
    // A token that names the address and does not say what it is worth.
    let unsure = |draft: Draft| draft.claim("email_verified", Value::Null).sign();
    browser.sign_in(&idp, unsure).await.is_refused("email_not_verified");
    idp.change(|manners| manners.userinfo = json!({ "sub": "2" }));
    browser.sign_in(&idp, unsure).await;
    browser.session().await;
    let asked = idp.asked("/userinfo");
    browser.sign_in(&idp, |draft| draft.sign()).await;
    assert_eq!(idp.asked("/userinfo"), asked, "nothing was lacking");
}

#[tokio::test]
async fn an_answer_belongs_to_one_browser_and_one_question() {
    let (api, idp) = site().await;
    let (mut mira, mut noor) = (Browser::new(&api), Browser::new(&api));
    let (of_mira, of_noor) = (mira.leave().await, noor.leave().await);
    let now = api.clock.now();
    let to_mira = idp.sign_in(&of_mira, now, |draft| draft.sign());
    let to_noor = idp.sign_in(&of_noor, now, |draft| {
        draft.claim("sub", json!("2")).claim("email", json!("noor@example.com")).sign()
    });
    let callback = |query: &str| format!("/internal/oidc/okta/callback?{query}");
    noor.get(&callback(&to_mira)).await.is_refused("not_begun_here");
    let (code, _) = to_mira.split_once("&state").unwrap();
    for query in [code.to_owned(), format!("{code}&state="), format!("{code}&state=guess"), String::new()] {
        mira.get(&callback(&query)).await.is_refused("not_begun_here");
        mira.cookies.clear();
        let url = mira.leave().await;
        idp.sign_in(&url, now, |draft| draft.sign());
    }
    Browser::new(&api).get(&callback(&to_noor)).await.is_refused("not_begun_here");
    assert_eq!(people(&api).await, 0);
    assert!(audit(&api).await.iter().all(|entry| entry["actionResult"] == "FAILED"));
}

#[tokio::test]
async fn an_answer_is_used_once() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let url = browser.leave().await;
    let before = browser.cookies.clone();
    let query = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    let path = format!("/internal/oidc/okta/callback?{query}");
    assert_eq!(browser.get(&path).await.location, "/console/");
    browser.get(&path).await.is_refused("not_begun_here");
    let mut copy = Browser { cookies: before, ..Browser::new(&api) };
    copy.get(&path).await.is_refused("not_begun_here");
    assert!(audit(&api).await[0].to_string().contains("used already"));

    // The same code with another question: the provider knows which one it is for.
    let url = copy.leave().await;
    let fresh = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    let (_, state) = fresh.split_once('&').unwrap();
    let (code, _) = query.split_once('&').unwrap();
    copy.get(&format!("/internal/oidc/okta/callback?{code}&{state}")).await.is_refused("provider_wrong");
    assert!(audit(&api).await[0].to_string().contains("invalid_grant"));
}

#[tokio::test]
async fn who_is_away_for_too_long_begins_again() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let url = browser.leave().await;
    api.clock.advance(SignedDuration::from_mins(10));
    let query = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    browser.get(&format!("/internal/oidc/okta/callback?{query}")).await.is_refused("not_begun_here");
}

#[tokio::test]
async fn the_answer_of_another_provider_is_none() {
    let (api, idp) = site().await;
    let other = IdentityProvider::start().await;
    configure(&api, |_| {}, vec![provider("okta", &idp), provider("entra", &other)]);
    let mut browser = Browser::new(&api);
    let url = browser.leave().await;
    let query = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    browser.get(&format!("/internal/oidc/entra/callback?{query}")).await.is_refused("not_begun_here");
    assert_eq!(other.asked("/token"), 0, "the code went to somebody else");
    let url = browser.leave().await;
    let query = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    let issuer: String = url::form_urlencoded::byte_serialize(other.issuer().as_bytes()).collect();
    browser
        .get(&format!("/internal/oidc/okta/callback?{query}&iss={issuer}"))
        .await
        .is_refused("provider_wrong");
    assert_eq!(idp.asked("/token"), 0);
    let answer = browser.get("/internal/oidc/google/start").await;
    assert_eq!(answer.status, 404, "{}", answer.body);
    assert_eq!(browser.get("/internal/oidc/google/callback?code=a").await.status, 404);
}

#[tokio::test]
async fn the_person_calls_it_off() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let url = browser.leave().await;
    let state = url::Url::parse(&url)
        .unwrap()
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    browser
        .get(&format!("/internal/oidc/okta/callback?error=access_denied&state={state}"))
        .await
        .is_refused("cancelled");
    assert_eq!(idp.asked("/token"), 0);
    let problem = async |browser: &mut Browser, word: &str| -> Value {
        let answer = browser.get(&format!("/internal/sign-in?error={word}")).await;
        serde_json::from_str::<Value>(&answer.body).unwrap()["problem"].clone()
    };
    let said = problem(&mut browser, "cancelled").await;
    assert!(said.as_str().unwrap().contains("called it off"), "{said}");
    assert_eq!(problem(&mut browser, "%3Cscript%3E").await, Value::Null);
}

#[rstest]
#[case("https://evil.example/")]
#[case("//evil.example/")]
#[case("/\\evil.example/")]
#[case("/console//evil.example/")]
#[case("/console/../internal/session")]
#[case("/console/%2f%2fevil.example")]
#[case("/console/\r\nSet-Cookie: a=b")]
#[case("javascript:alert(1)")]
#[case("/internal/session")]
#[tokio::test]
async fn after_signing_in_people_end_in_the_console(#[case] page: &str) {
    let (api, _idp) = site().await;
    let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
    let mut browser = Browser::new(&api);
    let answer = browser.get(&format!("/internal/oidc/okta/start?return_to={page}")).await;
    assert_eq!(answer.status, 400, "{} {}", answer.location, answer.body);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn an_address_that_somebody_has_opens_nothing() {
    let (api, idp) = site().await;
    let id = person(&api, MIRA, DefaultRole::Admin).await;
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, |draft| draft.sign()).await.is_refused("account_exists");
    let said = audit(&api).await[0]["errors"][0]["message"].as_str().unwrap().to_owned();
    let command = format!("margay user connect {MIRA} --issuer {} --subject 1", idp.issuer());
    assert!(said.contains(&command), "{said}");
    let identity = store::Identity { issuer: idp.issuer(), subject: "1".to_owned() };
    api.store.connect_identity(&id, identity).await.unwrap();
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let session = browser.session().await;
    assert_eq!(session["user"]["id"], id.as_str());
    assert_eq!(session["user"]["role"]["name"], "Admin", "the last administrator keeps the role");
    assert_eq!(audit(&api).await[0]["actionDetails"]["arrival"]["roleRefused"], "Analyst");
    browser.sign_in(&idp, |draft| draft.claim("sub", json!("2")).sign()).await.is_refused("account_exists");
}

#[tokio::test]
async fn a_disabled_person_stays_out_and_a_session_ends() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let id = browser.session().await["user"]["id"].as_str().unwrap().to_owned();
    let form = UserForm { enabled: Some(false), ..UserForm::default() };
    api.store.update_user(&id, form, Rights::all()).await.unwrap();
    assert_eq!(browser.get("/internal/session").await.status, 401);
    browser.sign_in(&idp, |draft| draft.sign()).await.is_refused("disabled");
}

#[tokio::test]
async fn a_session_is_a_new_one_each_time() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.cookies.push(("margay_session".to_owned(), "chosen-by-somebody-else".to_owned()));
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let first = browser.cookie("margay_session").unwrap().to_owned();
    assert_ne!(first, "chosen-by-somebody-else");
    browser.sign_in(&idp, |draft| draft.sign()).await;
    let second = browser.cookie("margay_session").unwrap().to_owned();
    assert_ne!(first, second);
    let mut old = Browser::new(&api);
    old.cookies.push(("margay_session".to_owned(), first));
    assert_eq!(old.get("/internal/session").await.status, 401, "the old session goes on");
    browser.session().await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_and_passwords_go_on() {
    let (api, idp) = site().await;
    person(&api, MIRA, DefaultRole::Admin).await;
    idp.change(|manners| manners.down = Some(503));
    let mut browser = Browser::new(&api);
    for _ in 0..3 {
        browser.get("/internal/oidc/okta/start").await.is_refused("provider_down");
    }
    assert_eq!(idp.asked("/.well-known/openid-configuration"), 1, "asked again within seconds");
    let said = audit(&api).await[0]["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("answers 503"), "{said}");
    let form = json!({ "email": MIRA, "password": PASSWORD }).to_string();
    assert_eq!(browser.send("POST", "/internal/sign-in", &form).await.status, 200);
    idp.change(|manners| manners.down = None);
    api.clock.advance(SignedDuration::from_secs(6));
    let url = browser.leave().await;
    idp.change(|manners| manners.down = Some(502));
    let query = idp.sign_in(&url, api.clock.now(), |draft| draft.sign());
    browser.get(&format!("/internal/oidc/okta/callback?{query}")).await.is_refused("provider_down");
    // What is known counts for a while although there is no answer.
    api.clock.advance(SignedDuration::from_hours(2));
    browser.leave().await;
    api.clock.advance(SignedDuration::from_hours(23));
    browser.get("/internal/oidc/okta/start").await.is_refused("provider_down");
}

#[tokio::test]
async fn a_provider_that_nobody_listens_for_is_named() {
    let (api, idp) = site().await;
    drop(idp);
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let idp = IdentityProvider::start().await;
    configure(
        &api,
        |_| {},
        vec![OidcProvider { issuer: format!("http://{gone}"), ..provider("okta", &idp) }],
    );
    Browser::new(&api).get("/internal/oidc/okta/start").await.is_refused("provider_down");
    let said = audit(&api).await[0]["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains(&format!("could not connect to http://{gone}")), "{said}");
    configure(
        &api,
        |_| {},
        vec![OidcProvider { issuer: "http://localhost:1".to_owned(), ..provider("okta", &idp) }],
    );
    Browser::new(&api).get("/internal/oidc/okta/start").await.is_refused("provider_down");
    let said = audit(&api).await[0]["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("localhost"), "{said}");
    configure(
        &api,
        |_| {},
        vec![OidcProvider { issuer: format!("{}/", idp.issuer()), ..provider("okta", &idp) }],
    );
    Browser::new(&api).get("/internal/oidc/okta/start").await.is_refused("provider_wrong");
}

#[tokio::test]
async fn keys_are_asked_for_again_at_most_once_a_minute() {
    let (api, idp) = site().await;
    let mut all = Value::Null;
    idp.change(|manners| {
        all = manners.keys.clone();
        manners.keys["keys"].as_array_mut().unwrap().truncate(1);
    });
    let mut browser = Browser::new(&api);
    browser.sign_in(&idp, |draft| draft.sign()).await;
    assert_eq!(idp.asked("/keys"), 1);
    idp.change(|manners| manners.keys = all);
    let by_new = |draft: Draft| draft.with(Algorithm::ES256).sign();
    browser.sign_in(&idp, by_new).await.is_refused("provider_wrong");
    assert_eq!(idp.asked("/keys"), 1, "asked for within the minute");
    api.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(browser.sign_in(&idp, by_new).await.location, "/console/");
    assert_eq!(idp.asked("/keys"), 2);
    for _ in 0..3 {
        let unknown = |mut draft: Draft| {
            draft.header["kid"] = json!("next-year");
            draft.sign()
        };
        browser.sign_in(&idp, unknown).await.is_refused("provider_wrong");
    }
    assert_eq!(idp.asked("/keys"), 2, "strangers have the provider asked");
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let (api, idp) = site().await;
    idp.change(|manners| manners.document["filler"] = json!("x".repeat(2 << 20)));
    Browser::new(&api).get("/internal/oidc/okta/start").await.is_refused("provider_wrong");
    let said = audit(&api).await[0]["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("1048576 bytes or more"), "{said}");
}

#[tokio::test]
async fn a_client_with_a_wrong_secret_hears_what_the_provider_says() {
    let (api, idp) = site().await;
    configure(
        &api,
        |_| {},
        vec![OidcProvider { client_secret: Some("a wrong one".into()), ..provider("okta", &idp) }],
    );
    Browser::new(&api).sign_in(&idp, |draft| draft.sign()).await.is_refused("provider_wrong");
    let entry = audit(&api).await[0].to_string();
    assert!(entry.contains("invalid_client") && !entry.contains("a wrong one"), "{entry}");
}

#[tokio::test]
async fn strangers_do_not_fill_the_audit_log() {
    let (api, _idp) = site().await;
    for _ in 0..70 {
        Browser::new(&api)
            .get("/internal/oidc/okta/callback?code=a&state=b")
            .await
            .is_refused("not_begun_here");
    }
    let filter = AuditFilter { action: Some("SIGN_IN".to_owned()), ..AuditFilter::default() };
    let page = api.store.list_audit(&filter, &PageRequest { cursor: None, limit: 200 }).await.unwrap();
    assert_eq!(page.items.len(), 60);
}
