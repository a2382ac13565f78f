//! Signing in over SAML, with a provider that signs whatever a case wants it to say.

use std::sync::Arc;

use axum::http::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use model::{DefaultRole, Rights};
use rstest::rstest;
use serde_json::{Value, json};
use stdx::Clock as _;
use store::{AuditFilter, PageRequest, UserForm};
use test_support::{SamlDraft, SamlKey, SamlProvider as Idp};

use crate::tests::Api;
use crate::tests::browser::{Answer, Browser, MIRA, audit, people, person};
use crate::{Provider, SamlMetadata, SamlProvider, SignInSettings};

const ACS: &str = "/internal/saml/okta/acs";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const ADDRESS: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";

/// A provider of the configuration, without a map of roles.
pub(super) fn provider(id: &str, metadata: SamlMetadata) -> SamlProvider {
    SamlProvider {
        provider: Provider {
            id: id.to_owned(),
            label: "The <provider>".to_owned(),
            role_map: Vec::new(),
            email_domains: Vec::new(),
        },
        metadata,
        entity_id: None,
        email_attribute: "PantherEmail".to_owned(),
        first_name_attribute: "PantherFirstName".to_owned(),
        last_name_attribute: "PantherLastName".to_owned(),
        role_attribute: "PantherRole".to_owned(),
    }
}

fn file(idp: &Idp) -> SamlMetadata {
    SamlMetadata::File(Arc::new(::saml::IdentityProvider::from_metadata(idp.metadata().as_bytes()).unwrap()))
}

pub(super) fn configure(api: &Api, saml: Vec<SamlProvider>) {
    api.sign_in.store(SignInSettings { saml, ..SignInSettings::default() }.into());
}

/// An API with the provider `okta`.
async fn site() -> (Api, Idp) {
    let (api, idp) = (Api::start(&[]).await, Idp::new("https://id.example/okta"));
    configure(&api, vec![provider("okta", file(&idp))]);
    (api, idp)
}

impl Browser<'_> {
    /// Leaves for the provider, and gives what it would answer.
    pub(super) async fn ask(&mut self, idp: &Idp) -> SamlDraft {
        let answer = self.get("/internal/saml/okta/start").await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        idp.answer(&answer.location, self.api.clock.now())
    }

    /// Posts a response as the page of a provider does, and then as the page of this server does.
    pub(super) async fn post(&mut self, response: &str) -> Answer {
        let answer = self.send_from("cross-site", "POST", ACS, &form(response)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.post_again(&answer).await
    }

    /// Sends the form of a page of this server.
    async fn post_again(&mut self, page: &Answer) -> Answer {
        let field = |name: &str| {
            let rest = page.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap().1;
            rest.split_once('"').unwrap().0.to_owned()
        };
        let body = format!("{}&again={}", form(&field("SAMLResponse")), field("again"));
        self.send_from("same-origin", "POST", ACS, &body).await
    }

    /// Leaves, and comes back with this answer.
    pub(super) async fn come(&mut self, idp: &Idp, change: impl FnOnce(SamlDraft) -> SamlDraft) -> Answer {
        let draft = self.ask(idp).await;
        self.post(&change(draft).sign()).await
    }
}

fn form(response: &str) -> String {
    let response: String = url::form_urlencoded::byte_serialize(response.as_bytes()).collect();
    format!("SAMLResponse={response}")
}

/// What the newest entry of the audit log says went wrong.
pub(super) async fn said(api: &Api) -> String {
    let entry = audit(api).await.remove(0);
    assert_eq!(entry["actionResult"], "FAILED", "{entry}");
    entry["errors"][0]["message"].as_str().unwrap().to_owned()
}

fn same(draft: SamlDraft) -> SamlDraft {
    draft
}

#[tokio::test]
async fn a_stranger_comes_in() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let answer = browser.get("/internal/saml/okta/start?return_to=/console/alerts%3Fseverity%3DHIGH").await;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(line.starts_with("margay_sign_in=") && line.contains("SameSite=Lax"), "{line}");
    let draft = idp.answer(&answer.location, api.clock.now());
    assert_eq!(draft.acs_url, "http://localhost:8080/internal/saml/okta/acs");
    assert_eq!(draft.audience, "http://localhost:8080/internal/saml/okta/metadata");
    let page = browser.send_from("cross-site", "POST", ACS, &form(&draft.sign())).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("document.forms[0].submit()"), "{}", page.body);
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(people(&api).await, 0, "nobody is in before the browser is known");
    let answer = browser.post_again(&page).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/console/alerts?severity=HIGH"));
    assert_eq!(browser.cookie("margay_sign_in"), None, "the way is forgotten");
    let session = browser.session().await;
    let user = &session["user"];
    assert_eq!((&user["email"], &user["role"]["name"]), (&json!(MIRA), &json!("AnalystReadOnly")));
    assert_eq!((&user["status"], &session["method"]), (&json!("EXTERNAL_PROVIDER"), &json!("SAML")));
    assert_eq!((&user["givenName"], &user["familyName"]), (&json!("Mira"), &json!("Ode")));
    let entry = &audit(&api).await[0];
    assert_eq!((&entry["actionResult"], &entry["actor"]["name"]), (&json!("SUCCEEDED"), &json!(MIRA)));
    let details = &entry["actionDetails"];
    assert_eq!(details["identity"], json!({ "issuer": idp.entity_id, "subject": "1", "groups": [] }));
    assert_eq!((&details["arrival"]["isNew"], &details["provider"]), (&json!(true), &json!("okta")));
    assert!(!entry.to_string().contains(&draft.assertion_id), "{entry}");
}

#[tokio::test]
async fn a_provider_of_the_same_site_needs_no_second_form() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let draft = browser.ask(&idp).await;
    let answer = browser.send_from("same-site", "POST", ACS, &form(&draft.sign())).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/console/"));
    browser.session().await;
}

/// Responses that do not hold, and what the log says of them.
#[rstest]
#[case::audience(|draft: SamlDraft| SamlDraft { audience: "https://other.example".to_owned(), ..draft }.sign(), "`Audience`")]
#[case::recipient(|draft: SamlDraft| SamlDraft { acs_url: "http://localhost:8080/internal/saml/entra/acs".to_owned(), ..draft }.sign(), "`Destination`")]
#[case::issuer(|draft: SamlDraft| SamlDraft { issuer: "https://id.example/entra".to_owned(), ..draft }.sign(), "`Issuer`")]
#[case::request(|draft: SamlDraft| SamlDraft { request_id: "_another".to_owned(), ..draft }.sign(), "`InResponseTo`")]
#[case::expired(|draft: SamlDraft| SamlDraft { life: SignedDuration::from_mins(-5), ..draft }.sign(), "it is over")]
#[case::from_the_future(|draft: SamlDraft| SamlDraft { now: draft.now + SignedDuration::from_mins(5), ..draft }.sign(), "`IssueInstant`")]
#[case::session_over(|draft: SamlDraft| SamlDraft { session_until: Some(draft.now), ..draft }.sign(), "ended the session")]
#[case::other_key(|draft: SamlDraft| draft.by(&SamlKey::generate()).sign(), "signature of the Assertion is refused")]
#[case::tampered(|draft: SamlDraft| encoded(&draft.xml().replace(MIRA, "evil@example.com")), "changed after it was signed")]
#[case::unsigned(|draft: SamlDraft| unsigned(&draft.xml()), "is signed")]
#[case::truncated(|draft: SamlDraft| encoded(&draft.xml()[..900]), "XML")]
#[case::garbage(|_: SamlDraft| encoded("garbage"), "XML")]
#[case::entities(|draft: SamlDraft| encoded(&format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", draft.xml())), "DOCTYPE")]
#[case::comment(|draft: SamlDraft| encoded(&draft.xml().replace("mira@example.com", "mira@example.com<!---->.evil")), "changed after it was signed")]
#[case::another_document(|_: SamlDraft| encoded("<a/>"), "not a `Response`")]
#[case::padding(|_: SamlDraft| "====".to_owned(), "not base64")]
#[tokio::test]
async fn a_response_that_does_not_hold_lets_nobody_in(
    #[case] response: fn(SamlDraft) -> String,
    #[case] reason: &str,
) {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let draft = browser.ask(&idp).await;
    browser.post(&response(draft)).await.is_refused("provider_wrong");
    assert_eq!(people(&api).await, 0);
    let said = said(&api).await;
    assert!(said.contains(reason), "{said}");
    browser.come(&idp, same).await;
    browser.session().await;
}

fn encoded(xml: &str) -> String {
    STANDARD.encode(xml)
}

fn unsigned(xml: &str) -> String {
    let (before, rest) = xml.split_once("<ds:Signature").unwrap();
    encoded(&format!("{before}{}", rest.split_once("</ds:Signature>").unwrap().1))
}

#[tokio::test]
async fn an_answer_belongs_to_one_browser_and_one_request() {
    let (api, idp) = site().await;
    let (mut mira, mut noor) = (Browser::new(&api), Browser::new(&api));
    let (to_mira, to_noor) = (mira.ask(&idp).await.sign(), noor.ask(&idp).await.sign());
    // A browser that began nothing, and one that began something else.
    Browser::new(&api).post(&to_mira).await.is_refused("not_begun_here");
    assert!(said(&api).await.contains("did not begin a sign-in here"));
    noor.post(&to_mira).await.is_refused("provider_wrong");
    assert!(said(&api).await.contains("`InResponseTo`"));
    noor.post(&to_noor).await.is_refused("not_begun_here");
    // A page of another site that says that it is ours.
    let body = format!("{}&again=1", form(&to_mira));
    mira.send_from("cross-site", "POST", ACS, &body).await.is_refused("not_begun_here");
    assert_eq!(people(&api).await, 0);
}

#[tokio::test]
async fn an_answer_is_used_once() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let response = browser.ask(&idp).await.sign();
    let before = browser.cookies.clone();
    assert_eq!(browser.post(&response).await.location, "/console/");
    browser.post(&response).await.is_refused("not_begun_here");
    let mut copy = Browser { cookies: before, ..Browser::new(&api) };
    copy.post(&response).await.is_refused("not_begun_here");
    assert!(said(&api).await.contains("used already"));
}

#[tokio::test]
async fn an_assertion_is_used_once_whatever_it_answers() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let named = |draft: SamlDraft| SamlDraft { assertion_id: "_the-same".to_owned(), ..draft };
    assert_eq!(browser.come(&idp, named).await.location, "/console/");
    browser.come(&idp, named).await.is_refused("not_begun_here");
    assert!(said(&api).await.contains("used already"));
}

#[tokio::test]
async fn who_is_away_for_too_long_begins_again() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.ask(&idp).await;
    let draft = browser.ask(&idp).await;
    api.clock.advance(SignedDuration::from_mins(10));
    let late = SamlDraft { now: api.clock.now(), ..draft };
    browser.post(&late.sign()).await.is_refused("not_begun_here");
}

#[tokio::test]
async fn the_answer_of_another_provider_is_none() {
    let (api, idp) = site().await;
    let other = Idp::new("https://id.example/entra");
    configure(&api, vec![provider("okta", file(&idp)), provider("entra", file(&other))]);
    let mut browser = Browser::new(&api);
    let draft = browser.ask(&idp).await;
    let acs_url = "http://localhost:8080/internal/saml/entra/acs".to_owned();
    let response = SamlDraft { acs_url, issuer: other.entity_id.clone(), ..draft }.by(&other.key).sign();
    let body = format!("{}&again=1", form(&response));
    browser.send("POST", "/internal/saml/entra/acs", &body).await.is_refused("not_begun_here");
    assert!(said(&api).await.contains("another provider than `okta`"));
    for (method, path) in [("GET", "start"), ("GET", "metadata"), ("POST", "acs")] {
        let answer = browser.send(method, &format!("/internal/saml/google/{path}"), "").await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }
}

#[tokio::test]
async fn the_person_calls_it_off() {
    let (api, idp) = site().await;
    let status = "urn:oasis:names:tc:SAML:2.0:status:Responder".to_owned();
    let declined = |draft| SamlDraft { status, ..draft };
    Browser::new(&api).come(&idp, declined).await.is_refused("cancelled");
}

#[rstest]
#[case::nothing(String::new(), "no field")]
#[case::too_much(format!("SAMLResponse={}", "A".repeat(600_000)), "is the most")]
#[case::far_too_much(format!("SAMLResponse={}", "A".repeat(1_100_000)), "more than")]
#[case::markup("SAMLResponse=%22%3E%3Cscript%3Ealert(1)%3C/script%3E".to_owned(), "not base64")]
#[tokio::test]
async fn forms_that_hold_no_response_are_refused_at_once(#[case] body: String, #[case] reason: &str) {
    let (api, _idp) = site().await;
    let answer = Browser::new(&api).send_from("cross-site", "POST", ACS, &body).await;
    answer.is_refused("provider_wrong");
    assert!(said(&api).await.contains(reason), "{}", said(&api).await);
}

#[tokio::test]
async fn after_signing_in_people_end_in_the_console() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    for page in
        ["https://evil.example/", "//evil.example/", "/console/../internal/session", "/internal/session"]
    {
        let page: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let answer = browser.get(&format!("/internal/saml/okta/start?return_to={page}")).await;
        assert_eq!(answer.status, 400, "{} {}", answer.location, answer.body);
    }
    assert!(browser.cookies.is_empty());
    let draft = browser.ask(&idp).await;
    let body = format!("RelayState=https%3A%2F%2Fevil.example%2F&{}&again=1", form(&draft.sign()));
    let answer = browser.send("POST", ACS, &body).await;
    assert_eq!((answer.status, answer.location.as_str()), (303, "/console/"));
}

/// A name of another kind cannot be written so that it is somebody's address.
#[tokio::test]
async fn nobody_is_taken_over_by_a_name_that_looks_like_an_address() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.come(&idp, |draft| draft.name(ADDRESS, MIRA)).await;
    browser.session().await;
    let other = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    let mut thief = Browser::new(&api);
    thief.come(&idp, |draft| draft.name(other, MIRA)).await.is_refused("account_exists");
    let looks_so = format!("email:{MIRA}");
    thief.come(&idp, |draft| draft.name(other, &looks_so)).await.is_refused("provider_wrong");
}

#[rstest]
#[case::as_it_is("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified", "Mira", "Mira")]
#[case::address(ADDRESS, "Mira.Ode@Example.com", "email:mira.ode@example.com")]
#[case::for_once(TRANSIENT, "_5f1a", "email:mira@example.com")]
#[tokio::test]
async fn people_are_known_by_name_or_by_address(
    #[case] format: &str,
    #[case] name: &str,
    #[case] subject: &str,
) {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.come(&idp, |draft| draft.name(format, name)).await;
    let first = browser.session().await["user"]["id"].clone();
    let identities = api.store.list_identities(first.as_str().unwrap()).await.unwrap();
    assert_eq!(
        (&*identities[0].identity.issuer, &*identities[0].identity.subject),
        (&*idp.entity_id, subject)
    );
    let again = if format == TRANSIENT { "_another" } else { name };
    browser.come(&idp, |draft| draft.name(format, again)).await;
    assert_eq!(browser.session().await["user"]["id"], first);
    assert_eq!(people(&api).await, 1);
}

#[tokio::test]
async fn the_address_is_in_the_attribute_or_is_the_name() {
    let (api, idp) = site().await;
    let without = |draft: SamlDraft| draft.attribute("PantherEmail", &[]);
    let mut browser = Browser::new(&api);
    browser.come(&idp, |draft| without(draft).name(ADDRESS, "noor@example.com")).await;
    assert_eq!(browser.session().await["user"]["email"], "noor@example.com");
    browser.come(&idp, without).await.is_refused("no_email");
    browser.come(&idp, |draft| without(draft).name(TRANSIENT, "_1")).await.is_refused("no_email");
    assert!(said(&api).await.contains("`transient`"));
    let mut named = provider("okta", file(&idp));
    named.email_attribute = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress".to_owned();
    let attribute = named.email_attribute.clone();
    configure(&api, vec![named]);
    browser.come(&idp, |draft| without(draft).attribute(&attribute, &["", MIRA, "other@example.com"])).await;
    assert_eq!(browser.session().await["user"]["email"], MIRA);
}

#[tokio::test]
async fn the_role_follows_the_provider() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let role = async |browser: &mut Browser<'_>, values: &[&str]| {
        browser.come(&idp, |draft| draft.attribute("PantherRole", values)).await;
        browser.session().await["user"]["role"]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(role(&mut browser, &["Analyst"]).await, "Analyst");
    assert_eq!(audit(&api).await[0]["actionDetails"]["identity"]["role"], "Analyst");
    assert_eq!(role(&mut browser, &[]).await, "Analyst", "nothing is said of it");
    browser.come(&idp, |draft| draft.attribute("PantherRole", &["siem-admins"])).await.is_refused("no_role");
    let mut mapped = provider("okta", file(&idp));
    mapped.provider.role_map = vec![("siem-admins".to_owned(), "Admin".to_owned())];
    configure(&api, vec![mapped]);
    assert_eq!(role(&mut browser, &["everyone", "siem-admins"]).await, "Admin");
    assert_eq!(role(&mut browser, &["Admin"]).await, "AnalystReadOnly", "a group of that name");
}

#[tokio::test]
async fn a_session_ends_when_the_provider_says_so() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    let until = |minutes| {
        move |draft: SamlDraft| SamlDraft {
            session_until: Some(draft.now + SignedDuration::from_mins(minutes)),
            ..draft
        }
    };
    browser.come(&idp, until(20)).await;
    browser.session().await;
    api.clock.advance(SignedDuration::from_mins(20));
    assert_eq!(browser.get("/internal/session").await.status, 401);
    browser.come(&idp, until(60 * 24 * 365)).await;
    let session = browser.session().await;
    let expected = api_types::wire_time(api.clock.now() + store::SESSION_LIFE_MAX);
    assert_eq!(session["expiresAt"], Value::from(expected));
}

#[tokio::test]
async fn an_address_that_somebody_has_opens_nothing() {
    let (api, idp) = site().await;
    person(&api, MIRA, DefaultRole::Admin).await;
    let mut browser = Browser::new(&api);
    browser.come(&idp, same).await.is_refused("account_exists");
    let command = format!("margay user connect {MIRA} --issuer {} --subject 1", idp.entity_id);
    assert!(said(&api).await.contains(&command), "{}", said(&api).await);
}

#[tokio::test]
async fn a_disabled_person_stays_out() {
    let (api, idp) = site().await;
    let mut browser = Browser::new(&api);
    browser.come(&idp, same).await;
    let id = browser.session().await["user"]["id"].as_str().unwrap().to_owned();
    let form = UserForm { enabled: Some(false), ..UserForm::default() };
    api.store.update_user(&id, form, Rights::all()).await.unwrap();
    browser.come(&idp, same).await.is_refused("disabled");
}

#[tokio::test]
async fn without_a_name_of_its_own_this_server_goes_by_none_but_this_machines() {
    let (api, idp) = site().await;
    let mut browser = Browser { host: "siem.example.com", ..Browser::new(&api) };
    browser.get("/internal/saml/okta/start").await.is_refused("failed");
    assert!(said(&api).await.contains("`external_url` is not set"));
    assert_eq!(browser.get("/internal/saml/okta/metadata").await.status, 409);
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080"] {
        browser.host = host;
        browser.ask(&idp).await;
    }
    let answer = browser.get("/internal/saml/okta/metadata").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/samlmetadata+xml");
    assert!(answer.body.contains("Location=\"http://[::1]:8080/internal/saml/okta/acs\""), "{}", answer.body);
}

#[tokio::test]
async fn strangers_do_not_fill_the_audit_log() {
    let (api, _idp) = site().await;
    for _ in 0..70 {
        Browser::new(&api).post("YWJj").await.is_refused("not_begun_here");
    }
    let filter = AuditFilter { action: Some("SIGN_IN".to_owned()), ..AuditFilter::default() };
    let page = api.store.list_audit(&filter, &PageRequest { cursor: None, limit: 200 }).await.unwrap();
    assert_eq!(page.items.len(), 60);
}
