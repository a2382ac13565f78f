//! Signing in over SAML page by page, as a person does it, with a real identity provider; and what attackers do with
//! its answers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};

use crate::harness::{Server, Site, TOKEN, text};
use crate::single_sign_on::{Idp, session};
use crate::web::{Web, WebForm, WebPage};

const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
/// Another provider than the real one.
const OTHER: &str = "https://id.example/other";

/// A server that knows the provider, and the other way round.
fn site(more: &str) -> (Site, Server, Idp) {
    let site = Site::new("");
    let key = include_str!("../../../test_support/testdata/identity_provider_rsa.pem");
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.self_signed(&KeyPair::from_pem(key).unwrap()).unwrap().pem();
    site.write("key.pem", key).write("cert.pem", &certificate.replace('\r', ""));
    site.write("other.xml", &test_support::SamlProvider::new(OTHER).metadata());
    let path = |name: &str| site.path().join(name).display().to_string();
    let mut idp = Idp::start("saml.mjs", &[&path("cert.pem"), &path("key.pem")]);
    let port = idp.issuer.rsplit(':').next().unwrap();
    let configuration = format!(
        "egress: {{ allow: [\"127.0.0.1:{port}\"] }}\nsign_in:\n  {more}\n  saml:\n    - id: own\n      label: Our own\n      \
         metadata_url: {}/metadata\n      email_attribute: email\n      first_name_attribute: firstName\n      \
         last_name_attribute: lastName\n      role_attribute: groups\n      role_map: {{ siem-admins: Admin }}\n    \
         - {{ id: other, metadata_file: other.xml }}\n",
        idp.issuer
    );
    site.write("margay.yaml", &configuration);
    let server = site.start();
    idp.know(&format!("{}/internal/saml/own", server.base));
    (site, server, idp)
}

/// What somebody writes down at the provider.
fn typed<'a>(name: &'a str, email: &'a str, groups: &'a str) -> Vec<(&'a str, &'a str)> {
    let more = [("firstName", "Mira"), ("lastName", "Ode & <Co>"), ("nameIdFormat", PERSISTENT)];
    [&more[..], &[("userName", name), ("email", email), ("groups", groups)]].concat()
}

/// From where the page for signing in leads to the page with which the provider sends its answer.
fn answer(web: &mut Web, server: &Server, typed: &[(&str, &str)]) -> WebPage {
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    let own = options["providers"].as_array().unwrap().iter().find(|it| it["label"] == "Our own").unwrap();
    let link = format!("{}?return_to=/console/%3Ffrom=here", text(&own["url"]));
    let login_page = web.open(&format!("{}{link}", server.base));
    assert!(login_page.body.contains("SAML Authentication Request"), "{login_page:?}");
    let page = web.submit(&login_page, typed);
    assert!(page.body.contains("SAMLResponse"), "{page:?}");
    page
}

/// Sends the answer off, as the browser does without a click: from the provider, and then from this server.
fn come(web: &mut Web, answer: &WebPage) -> WebPage {
    let page = web.submit(answer, &[]);
    assert!(page.body.contains("<button type=\"submit\">Continue</button>"), "{page:?}");
    web.submit(&page, &[])
}

fn sign_in(web: &mut Web, server: &Server, typed: &[(&str, &str)]) -> WebPage {
    let page = answer(web, server, typed);
    come(web, &page)
}

#[test]
fn people_sign_in_page_by_page_with_a_real_provider() {
    let (site, server, idp) = site("default_role: AnalystReadOnly");
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    let own = json!({ "id": "own", "label": "Our own", "kind": "SAML", "url": "/internal/saml/own/start" });
    assert_eq!(options["providers"][0], own);
    let metadata = server.request("GET", "/internal/saml/own/metadata", &[], None);
    assert!(
        metadata.body.contains(&format!("Location=\"{}/internal/saml/own/acs\"", server.base)),
        "{metadata:?}"
    );

    let mut mira = Web::default();
    let page = answer(&mut mira, &server, &typed("mira", "mira@example.com", "everyone,siem-admins"));
    let response = page.form().fields.into_iter().find(|(name, _)| name == "SAMLResponse").unwrap().1;
    assert_eq!(mira.visited.iter().filter(|url| url.contains("/acs")).count(), 0);
    let page = come(&mut mira, &page);
    assert_eq!((page.status, page.url.as_str()), (200, &*format!("{}/console/?from=here", server.base)));
    let of_mira = session(&mira, &server).expect("mira is signed in");
    let user = &of_mira["user"];
    assert_eq!((&user["email"], &user["role"]["name"]), (&json!("mira@example.com"), &json!("Admin")));
    assert_eq!((&user["givenName"], &user["familyName"]), (&json!("Mira"), &json!("Ode & <Co>")));
    assert_eq!((&of_mira["method"], &user["status"]), (&json!("SAML"), &json!("EXTERNAL_PROVIDER")));

    let mut noor = Web::default();
    sign_in(&mut noor, &server, &typed("noor", "noor@example.com", "everyone"));
    assert_eq!(
        session(&noor, &server).expect("noor is signed in")["user"]["role"]["name"],
        "AnalystReadOnly"
    );

    // The next time: the role follows, the session is a new one, and the old one is over.
    let before = mira.cookie("margay_session").unwrap();
    sign_in(&mut mira, &server, &typed("mira", "mira.ode@example.com", "everyone"));
    let of_mira = session(&mira, &server).expect("mira is signed in");
    assert_eq!(
        (&of_mira["user"]["email"], &of_mira["user"]["id"]),
        (&json!("mira.ode@example.com"), &user["id"])
    );
    assert_eq!(of_mira["user"]["role"]["name"], "AnalystReadOnly");
    let cookie = format!("margay_session={before}");
    assert_eq!(server.request("GET", "/internal/session", &[("Cookie", &cookie)], None).status, 401);

    let log = server.get("/audit-log?action=SIGN_IN");
    let entries = entries_of(&log.json());
    assert!(
        entries.len() == 3 && entries.iter().all(|entry| entry["actionResult"] == "SUCCEEDED"),
        "{entries:#?}"
    );
    assert_eq!(entries[0]["actionDetails"]["identity"]["issuer"], format!("{}/metadata", idp.issuer));
    let seen = format!("{}{}", site.log(), log.body);
    for secret in [&response[1000..1100], &mira.cookie("margay_session").unwrap(), TOKEN] {
        assert!(!seen.contains(secret), "`{secret}` is in a log");
    }

    // What is known of the provider counts on when it is gone, also after a restart; sessions do too.
    drop(idp);
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    assert!(session(&mira, &server).is_some(), "a restart ends sessions");
    let location = Web::default().leave(&format!("{}/internal/saml/own/start", server.base));
    assert!(location.contains("/saml/sso?SAMLRequest="), "{location}");
}

/// The entries of a page of the audit log, newest first.
fn entries_of(page: &Value) -> Vec<Value> {
    page["results"].as_array().unwrap().iter().map(|result| result["entry"].clone()).collect()
}

/// What an attacker does with the answer that a browser is about to send: the browser that sends, and the form.
type Attack = fn(Story) -> (Web, WebForm);

/// A browser that holds an answer of the provider.
struct Story<'a> {
    server: &'a Server,
    idp: &'a Idp,
    web: Web,
    page: WebPage,
}

impl Story<'_> {
    fn form(&self) -> WebForm {
        self.page.form()
    }

    /// The form with another response.
    fn changed(self, change: impl FnOnce(String) -> String) -> (Web, WebForm) {
        let mut form = self.form();
        let field = form.fields.iter_mut().find(|(name, _)| name == "SAMLResponse").unwrap();
        field.1 = change(std::mem::take(&mut field.1));
        (self.web, form)
    }

    fn changed_xml(self, from: &str, to: &str) -> (Web, WebForm) {
        self.changed(|response| {
            let xml = String::from_utf8(STANDARD.decode(response).unwrap()).unwrap();
            assert!(xml.contains(from), "no `{from}` in {xml}");
            STANDARD.encode(xml.replace(from, to))
        })
    }
}

/// An answer that the provider gives without having been asked.
fn unsolicited(idp: &Idp) -> WebForm {
    let mut web = Web::default();
    let page = web.open(&format!("{}/saml/sso", idp.issuer));
    web.submit(&page, &typed("mira", "mira@example.com", "siem-admins")).form()
}

/// Name, what is done, how it ends (an error, or the page of the one who signs in), what the log says.
const ATTACKS: &[(&str, Attack, &str, &str)] = &[
    ("nothing", |story| (story.web.clone(), story.form()), "/console/?from=here", ""),
    (
        "replayed by the same browser",
        |mut story| {
            come(&mut story.web, &story.page);
            (story.web.clone(), story.form())
        },
        "not_begun_here",
        "did not begin a sign-in here",
    ),
    (
        "replayed by a browser that kept its cookies",
        |mut story| {
            let before = story.web.clone();
            come(&mut story.web, &story.page);
            (before, story.form())
        },
        "not_begun_here",
        "used already",
    ),
    (
        "another browser",
        |story| (Web::default(), story.form()),
        "not_begun_here",
        "did not begin a sign-in here",
    ),
    (
        "another browser that began too",
        |story| {
            let mut web = Web::default();
            web.leave(&format!("{}/internal/saml/own/start", story.server.base));
            (web, story.form())
        },
        "provider_wrong",
        "`InResponseTo`",
    ),
    (
        "unsolicited",
        |story| (Web::default(), unsolicited(story.idp)),
        "not_begun_here",
        "did not begin a sign-in here",
    ),
    (
        "unsolicited, slipped in",
        |story| (story.web.clone(), unsolicited(story.idp)),
        "provider_wrong",
        "`InResponseTo`",
    ),
    (
        "relay state to another site",
        |story| {
            let mut form = story.form();
            form.fields.retain(|(name, _)| name != "RelayState");
            form.fields.push(("RelayState".to_owned(), "https://evil.example/".to_owned()));
            (story.web, form)
        },
        "/console/?from=here",
        "",
    ),
    (
        "at another provider's address",
        |story| {
            let mut form = story.form();
            form.to = form.to.join("/internal/saml/other/acs").unwrap();
            (story.web, form)
        },
        "not_begun_here",
        "another provider than `own`",
    ),
    (
        "begun with another provider",
        |mut story| {
            story.web.leave(&format!("{}/internal/saml/other/start", story.server.base));
            (story.web.clone(), story.form())
        },
        "not_begun_here",
        "another provider than `other`",
    ),
    (
        "another person",
        |story| story.changed_xml(">mira<", ">noor<"),
        "provider_wrong",
        "changed after it was signed",
    ),
    (
        "another group",
        |story| story.changed_xml(">everyone<", ">siem-admins<"),
        "provider_wrong",
        "changed after it was signed",
    ),
    ("without signatures", |story| story.changed(unsigned), "provider_wrong", "is signed"),
    (
        "half of it",
        |story| story.changed(|text| text[..text.len() / 8 * 4].to_owned()),
        "provider_wrong",
        "XML",
    ),
    ("garbage", |story| story.changed(|_| STANDARD.encode([7; 1000])), "provider_wrong", "XML"),
    ("no base64", |story| story.changed(|_| "<Response/>".to_owned()), "provider_wrong", "not base64"),
    ("too large", |story| story.changed(|_| "A".repeat(600_000)), "provider_wrong", "is the most"),
    ("far too large", |story| story.changed(|_| "A".repeat(2_000_000)), "provider_wrong", "more than"),
];

/// The response with all signatures cut out.
fn unsigned(response: String) -> String {
    let mut xml = String::from_utf8(STANDARD.decode(response).unwrap()).unwrap();
    while let Some(from) = xml.find("<Signature ") {
        let to = xml[from..].find("</Signature>").unwrap() + "</Signature>".len();
        xml.replace_range(from..from + to, "");
    }
    STANDARD.encode(xml)
}

#[test]
fn what_attackers_do_with_an_answer_lets_nobody_in() {
    let (site, server, idp) = site("default_role: AnalystReadOnly");
    for (name, attack, end, reason) in ATTACKS {
        let mut web = Web::default();
        let page = answer(&mut web, &server, &typed("mira", "mira@example.com", "everyone"));
        let from = page.url.clone();
        let logged = site.log().len();
        let (mut web, form) = attack(Story { server: &server, idp: &idp, web, page });
        let before = web.cookie("margay_session");
        let page = web.post(&from, form.to.as_str(), &form.fields);
        let page = if page.body.contains("name=\"again\"") { web.submit(&page, &[]) } else { page };
        let is_good = end.starts_with('/');
        let expected = if is_good { (*end).to_owned() } else { format!("/console/sign-in?error={end}") };
        assert_eq!(page.url, format!("{}{expected}", server.base), "{name}: {}", page.body);
        assert_eq!(web.cookie("margay_session") != before, is_good, "{name}: a session");
        let log = site.log();
        assert!(log[logged..].contains(reason), "{name}: {}", &log[logged..]);
    }
    let emails: Vec<String> = server.list("/users").iter().map(|user| text(&user["email"])).collect();
    assert_eq!(emails, ["mira@example.com"]);
    let failed = |entry: &&Value| entry["actionResult"] == "FAILED";
    let entries = entries_of(&server.get_json("/audit-log?action=SIGN_IN&limit=50"));
    let refused = ATTACKS.iter().filter(|(.., end, _)| !end.starts_with('/')).count();
    assert_eq!(entries.iter().filter(failed).count(), refused, "{entries:#?}");
}

#[test]
fn who_may_not_come_in_does_not() {
    let (site, server, idp) = site("default_role: AnalystReadOnly");
    let invite =
        ["user", "invite", "--email", "ada@example.com", "--given-name", "Ada", "--family-name", "Min"];
    let link = site.run(&invite).stdout;
    let body =
        json!({ "token": link.trim().split_once('#').unwrap().1, "password": "a long enough password" });
    assert_eq!(server.request("PUT", "/internal/link", &[], Some(body.to_string().as_bytes())).status, 200);
    let mut ada = Web::default();
    let of_ada = typed("ada", "Ada@example.com", "siem-admins");
    let page = sign_in(&mut ada, &server, &of_ada);
    assert!(page.url.ends_with("error=account_exists"), "{}", page.url);
    assert!(session(&ada, &server).is_none());
    let words = format!("user connect Ada@example.com --issuer {}/metadata --subject ada", idp.issuer);
    let log = site.log();
    let command = log.split("margay user connect").nth(1).unwrap_or_else(|| panic!("{log}"));
    assert!(command.contains("--subject ada"), "{command}");
    let ran = site.run(&words.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, Some(0), "{ran:?}");
    sign_in(&mut ada, &server, &of_ada);
    assert_eq!(session(&ada, &server).expect("ada is signed in")["user"]["email"], "ada@example.com");

    let mut mira = Web::default();
    let of_mira = typed("mira", "mira@example.com", "everyone");
    sign_in(&mut mira, &server, &of_mira);
    assert!(session(&mira, &server).is_some());
    assert_eq!(site.run(&["user", "disable", "mira@example.com"]).code, Some(0));
    let page = sign_in(&mut mira, &server, &of_mira);
    assert!(page.url.ends_with("error=disabled"), "{}", page.url);
    let said = server.request("GET", "/internal/sign-in?error=disabled", &[], None).json();
    assert!(text(&said["problem"]).contains("Your account is disabled"), "{said}");
    assert!(session(&mira, &server).is_none());
    let page = sign_in(&mut Web::default(), &server, &typed("noor", "no address", "everyone"));
    assert!(page.url.ends_with("error=no_email"), "{}", page.url);
}
