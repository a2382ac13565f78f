//! Signing in page by page, as a person does it, with a real identity provider.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Server, Site, TOKEN, text};
use crate::web::{Web, WebPage};

/// A provider in a process of its own; killed when dropped.
pub(crate) struct Idp {
    child: Child,
    input: ChildStdin,
    output: std::io::Lines<BufReader<std::process::ChildStdout>>,
    /// Where it is.
    pub(crate) issuer: String,
}

impl Drop for Idp {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Idp {
    /// Starts the provider of a script, with what it has to be told.
    pub(crate) fn start(script: &str, told: &[&str]) -> Idp {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/testdata/identity_providers");
        let mut child = Command::new("node")
            .arg(Path::new(folder).join(script))
            .arg(packages())
            .args(told)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js is there; scripts/setup-tests says more");
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let issuer = output.next().expect("the provider starts").unwrap();
        Idp { child, input, output, issuer }
    }

    /// Lets browsers be sent back to this address.
    pub(crate) fn know(&mut self, address: &str) {
        writeln!(self.input, "{address}").unwrap();
        assert_eq!(self.output.next().unwrap().unwrap(), "ready");
    }
}

/// Where the packages of the providers are.
fn packages() -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/setup-identity-providers");
    let printed = Command::new(script).arg("-p").output().unwrap();
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    PathBuf::from(String::from_utf8(printed.stdout).unwrap().trim())
}

fn configuration(idp: &Idp, more: &str) -> String {
    let port = idp.issuer.rsplit(':').next().unwrap();
    format!(
        "egress: {{ allow: [\"127.0.0.1:{port}\"] }}\nsign_in:\n  {more}\n  oidc:\n    - id: own\n      label: Our own\n      \
         issuer: {}\n      client_id: margay\n      client_secret_file: client-secret\n      \
         scopes: [openid, profile, email, groups]\n      role_map: {{ siem-admins: Admin }}\n",
        idp.issuer
    )
}

/// A server that knows the provider, and the other way round.
fn site(more: &str) -> (Site, Server, Idp) {
    let mut idp = Idp::start("oidc.mjs", &[]);
    let site = Site::new(&configuration(&idp, more));
    site.write("client-secret", "a secret of the client\n");
    let server = site.start();
    idp.know(&format!("{}/internal/oidc/own/callback", server.base));
    (site, server, idp)
}

/// From where the page for signing in leads, over the provider's own pages, to wherever that ends.
pub(crate) fn sign_in(web: &mut Web, server: &Server, login: &str) -> WebPage {
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    let link = format!("{}?return_to=/console/%3Ffrom=here", text(&options["providers"][0]["url"]));
    let login_page = web.open(&format!("{}{link}", server.base));
    assert!(login_page.body.contains("Enter any login"), "{login_page:?}");
    let consent_page = web.submit(&login_page, &[("login", login), ("password", "any")]);
    assert!(consent_page.body.contains("Continue"), "{consent_page:?}");
    web.submit(&consent_page, &[])
}

pub(crate) fn session(web: &Web, server: &Server) -> Option<Value> {
    let cookie = format!("margay_session={}", web.cookie("margay_session")?);
    let answer = server.request("GET", "/internal/session", &[("Cookie", &cookie)], None);
    (answer.status == 200).then(|| answer.json())
}

#[test]
fn people_sign_in_page_by_page_with_a_real_provider() {
    let (site, server, _idp) = site("default_role: AnalystReadOnly");
    let options = server.request("GET", "/internal/sign-in", &[], None).json();
    let way = json!([{ "id": "own", "label": "Our own", "kind": "OIDC", "url": "/internal/oidc/own/start" }]);
    assert_eq!(options["providers"], way);

    let mut mira = Web::default();
    let page = sign_in(&mut mira, &server, "mira");
    assert_eq!((page.status, page.url.as_str()), (200, &*format!("{}/console/?from=here", server.base)));
    let of_mira = session(&mira, &server).expect("mira is signed in");
    assert_eq!(
        (&of_mira["user"]["email"], &of_mira["user"]["role"]["name"]),
        (&json!("mira@example.com"), &json!("Admin"))
    );
    assert_eq!(of_mira["method"], "OIDC");
    assert_eq!(of_mira["user"]["givenName"], "Mira");

    let mut noor = Web::default();
    sign_in(&mut noor, &server, "noor");
    assert_eq!(
        session(&noor, &server).expect("noor is signed in")["user"]["role"]["name"],
        "AnalystReadOnly"
    );

    // The provider knows her still: one click, and a new session.
    let before = mira.cookie("margay_session");
    mira.open(&format!("{}/internal/oidc/own/start", server.base));
    let after = mira.cookie("margay_session");
    assert!(after.is_some() && before != after);
    let cookie = format!("margay_session={}", before.unwrap());
    assert_eq!(server.request("GET", "/internal/session", &[("Cookie", &cookie)], None).status, 401);

    let mut zoe = Web::default();
    let page = sign_in(&mut zoe, &server, "zoe");
    assert!(page.url.ends_with("/console/sign-in?error=email_not_verified"), "{}", page.url);
    let said = server.request("GET", "/internal/sign-in?error=email_not_verified", &[], None).json();
    assert!(text(&said["problem"]).contains("has not verified your mail address"), "{said}");
    assert!(session(&zoe, &server).is_none());

    // The answer that signed her in signs in nobody else, and her not again.
    let callback = mira.visited.iter().find(|url| url.contains("/callback?")).unwrap().clone();
    for web in [&mut Web::default(), &mut mira] {
        let page = web.open(&callback);
        assert!(page.url.ends_with("error=not_begun_here"), "{}", page.url);
    }

    let users = server.list("/users");
    let emails: Vec<String> = users.iter().map(|user| text(&user["email"])).collect();
    assert_eq!(emails, ["mira@example.com", "noor@example.com"]);
    let log = server.get("/audit-log?action=SIGN_IN");
    let results: Vec<String> = log.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["entry"]["actionResult"]))
        .collect();
    assert_eq!(results.iter().filter(|result| *result == "SUCCEEDED").count(), 3, "{results:?}");
    assert_eq!(results.iter().filter(|result| *result == "FAILED").count(), 3, "{results:?}");

    let code = callback.split(['=', '&']).nth(1).unwrap();
    let seen = format!("{}{}", site.log(), log.body);
    for secret in [code, "a secret of the client", &after.unwrap(), TOKEN] {
        assert!(!seen.contains(secret), "`{secret}` is in a log");
    }
}

#[test]
fn with_the_provider_gone_administrators_have_their_passwords() {
    let (site, server, idp) = site("enforce_sso: true");
    let invite =
        ["user", "invite", "--email", "admin@example.com", "--given-name", "Ada", "--family-name", "Min"];
    let link = site.run(&invite).stdout;
    let token = link.trim().split_once('#').unwrap().1;
    let password = "a long enough password";
    let body = json!({ "token": token, "password": password }).to_string();
    assert_eq!(server.request("PUT", "/internal/link", &[], Some(body.as_bytes())).status, 200);

    let mut mira = Web::default();
    sign_in(&mut mira, &server, "mira");
    assert!(session(&mira, &server).is_some());
    drop(idp);
    assert_eq!(server.terminate(), Some(0));
    let server = site.start();
    assert!(session(&mira, &server).is_some(), "a restart ends sessions");
    let page = Web::default().open(&format!("{}/internal/oidc/own/start", server.base));
    assert!(page.url.ends_with("/console/sign-in?error=provider_down"), "{}", page.url);
    let form = json!({ "email": "admin@example.com", "password": password }).to_string();
    assert_eq!(server.request("POST", "/internal/sign-in", &[], Some(form.as_bytes())).status, 200);

    site.write("margay.yaml", "sign_in: { enforce_sso: true }\n");
    let ran = site.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("`sign_in.enforce_sso`"), "{ran:?}");
}

#[test]
fn an_account_is_connected_by_the_command_that_the_log_names() {
    let (site, server, idp) = site("default_role: AnalystReadOnly");
    let invite = [
        "user",
        "invite",
        "--email",
        "mira@example.com",
        "--given-name",
        "Mira",
        "--family-name",
        "Ode",
        "--role",
        "Analyst",
    ];
    assert_eq!(site.run(&invite).code, Some(0));
    let page = sign_in(&mut Web::default(), &server, "mira");
    assert!(page.url.ends_with("error=account_exists"), "{}", page.url);
    let command = format!("margay user connect mira@example.com --issuer {} --subject mira", idp.issuer);
    assert!(site.log().contains(&command), "{}", site.log());
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let ran = site.run(&words);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mut mira = Web::default();
    sign_in(&mut mira, &server, "mira");
    let of_mira = session(&mira, &server).expect("mira is signed in");
    assert_eq!(
        (&of_mira["user"]["role"]["name"], &of_mira["user"]["status"]),
        (&json!("Admin"), &json!("EXTERNAL_PROVIDER"))
    );
    let ran = site.run(&["user", "identities", "mira@example.com"]);
    assert!(ran.stdout.contains(&idp.issuer) && ran.stdout.contains("mira"), "{ran:?}");
    let mut disconnect = words.clone();
    disconnect[1] = "disconnect";
    assert_eq!(site.run(&disconnect).code, Some(0));
    assert_eq!(site.run(&disconnect).code, Some(2));
    let page = sign_in(&mut Web::default(), &server, "mira");
    assert!(page.url.ends_with("error=account_exists"), "{}", page.url);
    assert!(session(&mira, &server).is_some(), "sessions go on");
}
