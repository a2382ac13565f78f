//! People of one installation: the first administrator, an invitation, sessions over a restart, the command line.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{Answer, Server, Site, text};

const PASSWORD: &str = "a long enough password";

/// What a browser keeps of a session.
pub(crate) struct Session {
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

impl Session {
    /// Of an answer that opened one.
    pub(crate) fn of(answer: &Answer) -> Session {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let line = answer.set_cookie.as_deref().expect("no cookie is set");
        assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
        let cookie = line.split(';').next().unwrap().to_owned();
        Session { cookie, csrf: text(&answer.json()["csrfToken"]) }
    }

    /// Of a new person in this role, whom the administrator's token invites.
    pub(crate) fn of_new(server: &Server, email: &str, role: &str) -> Session {
        let form = json!({
            "email": email, "givenName": "Some", "familyName": "Body",
            "role": { "name": role },
        });
        let invited = server.change("POST", "/users", &form);
        assert_eq!(invited.status, 200, "{}", invited.body);
        let token = token_of(&text(&invited.json()["invitationLink"]));
        let body = json!({ "token": token, "password": PASSWORD });
        Session::of(&server.request("PUT", "/internal/link", &[], Some(body.to_string().as_bytes())))
    }

    /// A new one of the person that [`Session::of_new`] made.
    pub(crate) fn again(server: &Server, email: &str) -> Session {
        let form = json!({ "email": email, "password": PASSWORD });
        Session::of(&post(server, "/internal/sign-in", &form))
    }

    fn request(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let body = body.to_string();
        self.send(server, method, path, (method != "GET").then_some(body.as_bytes()))
    }

    pub(crate) fn send(&self, server: &Server, method: &str, path: &str, body: Option<&[u8]>) -> Answer {
        let headers = [("Cookie", self.cookie.as_str()), ("X-CSRF-Token", self.csrf.as_str())];
        server.request(method, path, &headers, body)
    }
}

fn post(server: &Server, path: &str, body: &Value) -> Answer {
    server.request("POST", path, &[], Some(body.to_string().as_bytes()))
}

pub(crate) fn token_of(link: &str) -> String {
    link.trim().split_once('#').expect("the link has no secret").1.to_owned()
}

#[test]
fn a_team_begins_with_the_link_in_the_data_directory() {
    let site = Site::new("{}\n");
    let server = site.start();
    let file = site.data_dir().join("set-up-link");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let link = std::fs::read_to_string(&file).unwrap();
    assert!(link.starts_with(&format!("{}/console/set-up#", server.base)), "{link}");
    assert!(!site.log().contains(&token_of(&link)), "the log has the link's secret");
    assert!(site.log().contains("set-up-link"), "{}", site.log());

    let mut form = json!({
        "token": "a-guess", "email": "mira@example.com", "givenName": "Mira", "familyName": "Ode",
        "password": PASSWORD,
    });
    assert_eq!(post(&server, "/internal/set-up", &form).status, 404, "a stranger takes the server");
    form["token"] = token_of(&link).into();
    let mira = Session::of(&post(&server, "/internal/set-up", &form));
    assert_eq!(mira.request(&server, "GET", "/users", &Value::Null).status, 200);

    let noor = json!({
        "email": "noor@example.com", "givenName": "Noor", "familyName": "Ide", "role": { "name": "Analyst" },
    });
    let invited = mira.request(&server, "POST", "/users", &noor);
    assert_eq!(invited.status, 200, "{}", invited.body);
    let token = token_of(&text(&invited.json()["invitationLink"]));
    let body = json!({ "token": token, "password": PASSWORD }).to_string();
    let noor = Session::of(&server.request("PUT", "/internal/link", &[], Some(body.as_bytes())));
    assert_eq!(noor.request(&server, "POST", "/users", &json!({})).status, 403, "an Analyst invites");

    let ran = site.run(&["user", "list"]);
    assert!(ran.stdout.contains("mira@example.com") && ran.stdout.contains("CONFIRMED"), "{ran:?}");
    let ran = site.run(&["user", "disable", "mira@example.com"]);
    assert_eq!(ran.code, Some(2), "the last administrator is disabled: {ran:?}");
    assert!(ran.stderr.contains("nobody would be left"), "{ran:?}");
    assert_eq!(server.terminate(), Some(0));

    let server = site.start();
    assert!(!file.exists(), "the link lies there although somebody can sign in");
    assert_eq!(
        mira.request(&server, "GET", "/internal/session", &Value::Null).status,
        200,
        "a restart ends it"
    );
    let ran = site.run(&["user", "disable", "noor@example.com"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(noor.request(&server, "GET", "/alerts", &Value::Null).status, 401);
    let sign_in = json!({ "email": "noor@example.com", "password": PASSWORD });
    assert_eq!(post(&server, "/internal/sign-in", &sign_in).status, 401);
    site.run(&["user", "enable", "noor@example.com"]);
    Session::of(&post(&server, "/internal/sign-in", &sign_in));
}

#[test]
fn the_command_line_invites_and_helps_back_in() {
    let site = Site::new("external_url: https://siem.example.com/\n");
    let invite =
        ["user", "invite", "--email", "mira@example.com", "--given-name", "Mira", "--family-name", "Ode"];
    let ran = site.run(&invite);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("https://siem.example.com/console/welcome#"), "{ran:?}");
    let first = token_of(&ran.stdout);
    assert_eq!(site.run(&invite).code, Some(2), "an address is taken twice");
    let ran = site.run(&["user", "link", "nobody@example.com"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("margay user list"), "{ran:?}");

    let server = site.start();
    assert!(!site.data_dir().join("set-up-link").exists(), "somebody is invited already");
    let second = token_of(&site.run(&["user", "link", "MIRA@example.com"]).stdout);
    let choose = |token: &str| {
        let body = json!({ "token": token, "password": PASSWORD }).to_string();
        server.request("PUT", "/internal/link", &[], Some(body.as_bytes()))
    };
    assert_eq!(choose(&first).status, 404, "an older link works");
    let answer = choose(&second);
    let line = answer.set_cookie.unwrap();
    assert!(line.starts_with("__Host-margay_session=") && line.contains("; Secure"), "{line}");
    let ran = site.run(&["user", "sign-out", "mira@example.com"]);
    assert!(ran.stdout.contains("ended 1 sessions"), "{ran:?}");
    let cookie = line.split(';').next().unwrap();
    assert_eq!(server.request("GET", "/internal/session", &[("Cookie", cookie)], None).status, 401);
}
