//! A browser in front of the router, and what tests of single sign-on look at behind it.

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use model::{DefaultRole, Rights};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use store::{AuditFilter, NewUser, PageRequest, RoleKey, UserFilter};
use tower::ServiceExt as _;

use crate::tests::Api;

pub(super) const MIRA: &str = "mira@example.com";
pub(super) const PASSWORD: &str = "a long enough password";

/// A browser: follows nothing by itself, keeps cookies.
pub(super) struct Browser<'a> {
    pub(super) api: &'a Api,
    pub(super) cookies: Vec<(String, String)>,
    /// How it calls this server.
    pub(super) host: &'static str,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: String,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(api: &'a Api) -> Browser<'a> {
        Browser { api, cookies: Vec::new(), host: "localhost:8080" }
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "").await
    }

    pub(super) async fn send(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.send_from(
            if path.contains("callback") { "cross-site" } else { "same-origin" },
            method,
            path,
            body,
        )
        .await
    }

    /// Sends what a page of this kind of site has it send. A form that another site posts comes without cookies.
    pub(super) async fn send_from(&mut self, site: &str, method: &str, path: &str, body: &str) -> Answer {
        let is_sent = |_: &&(String, String)| site != "cross-site" || method == "GET";
        let cookies: Vec<String> =
            self.cookies.iter().filter(is_sent).map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookies.join("; "))
            .header("sec-fetch-site", site)
            .header(header::HOST, self.host)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.api.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        let location = parts.headers.get(header::LOCATION).map(|url| url.to_str().unwrap().to_owned());
        Answer {
            status: parts.status.as_u16(),
            location: location.unwrap_or_default(),
            headers: parts.headers,
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) async fn session(&mut self) -> Value {
        let answer = self.get("/internal/session").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }
}

impl Answer {
    /// Not let in, for this reason; nobody is signed in.
    #[track_caller]
    pub(super) fn is_refused(&self, why: &str) {
        let page = format!("/console/sign-in?error={why}");
        assert_eq!((self.status, self.location.as_str()), (303, page.as_str()), "{}", self.body);
        let cookies: Vec<&str> =
            self.headers.get_all(header::SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect();
        assert!(cookies.iter().all(|line| !line.starts_with("margay_session=")), "{cookies:?}");
    }
}

/// The newest entries of the audit log, newest first.
pub(super) async fn audit(api: &Api) -> Vec<Value> {
    let filter = AuditFilter { action: Some("SIGN_IN".to_owned()), ..AuditFilter::default() };
    let page = api.store.list_audit(&filter, &PageRequest { cursor: None, limit: 20 }).await.unwrap();
    page.items.iter().map(|entry| serde_json::from_str(&entry.entry).unwrap()).collect()
}

/// Somebody with a password.
pub(super) async fn person(api: &Api, email: &str, role: DefaultRole) -> String {
    let new = NewUser {
        email: email.to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Name(role.as_str().to_owned()),
    };
    let user = api.store.create_user(new, Rights::all()).await.unwrap();
    let (link, _) = api.store.create_password_link(&user.id, Rights::all()).await.unwrap();
    let body = json!({ "token": link.expose_secret(), "password": PASSWORD }).to_string();
    assert_eq!(Browser::new(api).send("PUT", "/internal/link", &body).await.status, 200);
    user.id
}

pub(super) async fn people(api: &Api) -> usize {
    let filter = UserFilter { include_disabled: true, ..UserFilter::default() };
    api.store.list_users(&filter, &PageRequest { cursor: None, limit: 50 }).await.unwrap().items.len()
}
