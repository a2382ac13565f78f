//! What browsers are told of changes, and saved views as the API has them.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, header};
use futures_util::StreamExt as _;
use model::DefaultRole;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::Api;
use super::browser::{Browser, MIRA, PASSWORD, person};

/// Longer than any message may take.
const PATIENCE: Duration = Duration::from_secs(10);

struct Stream(BodyDataStream);

impl Stream {
    /// The next event but signs of life; `None` at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let part = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("nothing comes");
            let text = String::from_utf8(part?.unwrap().to_vec()).unwrap();
            if let Some(data) = text.lines().find_map(|line| line.strip_prefix("data: ")) {
                assert!(text.starts_with("event: alerts\n"), "{text}");
                return Some(serde_json::from_str(data).unwrap());
            }
            assert!(text.starts_with(':'), "{text}");
        }
    }
}

async fn signed_in<'a>(api: &'a Api, email: &str, role: DefaultRole) -> Browser<'a> {
    person(api, email, role).await;
    let mut browser = Browser::new(api);
    let form = json!({ "email": email, "password": PASSWORD }).to_string();
    assert_eq!(browser.send("POST", "/internal/sign-in", &form).await.status, 200);
    browser
}

async fn follow(browser: &Browser<'_>, accept: &str) -> (u16, HeaderMap, Stream) {
    let cookie = browser.cookie("margay_session").unwrap();
    let request = Request::get("/internal/live")
        .header(header::COOKIE, format!("margay_session={cookie}"))
        .header(header::ACCEPT, accept)
        .body(Body::empty())
        .unwrap();
    let (parts, body) = browser.api.router.clone().oneshot(request).await.unwrap().into_parts();
    (parts.status.as_u16(), parts.headers, Stream(body.into_data_stream()))
}

async fn stream(browser: &Browser<'_>) -> Stream {
    let (status, headers, stream) = follow(browser, "text/event-stream").await;
    assert_eq!((status, &headers[header::CONTENT_TYPE]), (200, &"text/event-stream".parse().unwrap()));
    stream
}

#[tokio::test]
async fn a_browser_hears_which_alerts_changed_and_nothing_of_them() {
    let api = Api::start(&[]).await;
    let mira = signed_in(&api, MIRA, DefaultRole::Analyst).await;
    let mut stream = stream(&mira).await;
    let alert = api.commit(&[], Vec::new()).await;
    assert_eq!(stream.next().await.unwrap(), json!({ "number": 1, "ids": [alert.id] }));
    let path = format!("/alerts/{}", alert.id);
    api.json(200, "PATCH", &path, r#"{"status":"TRIAGED"}"#).await;
    assert_eq!(stream.next().await.unwrap(), json!({ "number": 2, "ids": [alert.id] }));
    let comment = json!({ "alertId": alert.id, "body": "x", "format": "HTML" }).to_string();
    api.json(200, "POST", "/alert-comments", &comment).await;
    assert_eq!(stream.next().await.unwrap(), json!({ "number": 3, "ids": [alert.id] }));
    assert!(api.reads().await.iter().all(|read| read["actionDetails"]["route"] != "/internal/live"));
}

#[tokio::test]
async fn a_stream_ends_with_its_session_and_with_the_server() {
    let api = Api::start(&[]).await;
    let mut mira = signed_in(&api, MIRA, DefaultRole::Analyst).await;
    let noor = signed_in(&api, "noor@example.com", DefaultRole::AnalystReadOnly).await;
    let (mut ends, mut stays) = (stream(&mira).await, stream(&noor).await);
    let session = mira.session().await;
    let user = session["user"]["id"].as_str().unwrap();
    assert!(api.store.end_session(user, session["id"].as_str().unwrap()).await.unwrap());
    api.commit(&[], Vec::new()).await;
    assert_eq!(ends.next().await, None);
    assert_eq!(follow(&mira, "text/event-stream").await.0, 401);
    assert!(stays.next().await.is_some());
    api.state.end_streams();
    assert_eq!(stays.next().await, None);
    let mut late = stream(&noor).await;
    assert_eq!(late.next().await, None, "a stream begins while the server ends");
}

#[tokio::test]
async fn one_person_follows_in_a_few_browsers() {
    let api = Api::start(&[]).await;
    let mira = signed_in(&api, MIRA, DefaultRole::Analyst).await;
    let (status, ..) = follow(&mira, "*/*").await;
    assert_eq!(status, 406, "who does not know waits for ever");
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(stream(&mira).await);
    }
    let (status, headers, _) = follow(&mira, "text/event-stream").await;
    assert_eq!((status, &headers[header::RETRY_AFTER]), (503, &"30".parse().unwrap()));
    open.pop();
    stream(&mira).await;
}

#[tokio::test]
async fn a_shared_view_is_changed_by_its_maker_or_who_manages_users() {
    let api = Api::start(&[]).await;
    let mut mira = signed_in(&api, MIRA, DefaultRole::Analyst).await;
    let mut noor = signed_in(&api, "noor@example.com", DefaultRole::AnalystReadOnly).await;
    let mut admin = signed_in(&api, "ida@example.com", DefaultRole::Admin).await;
    let form = |name: &str, shared: bool| json!({ "page": "alerts", "name": name, "search": "status=OPEN", "shared": shared });
    let made = send(&mut mira, "POST", "/internal/views", &form("Night shift", true), None).await;
    assert_eq!((made.0, &made.1["mayChange"], &made.1["isDefault"]), (200, &json!(true), &json!(false)));
    let path = format!("/internal/views/{}", made.1["id"].as_str().unwrap());
    let revision = made.1["revision"].as_str().unwrap().to_owned();

    let seen = send(&mut noor, "GET", "/internal/views?page=alerts", &Value::Null, None).await.1;
    assert_eq!(
        (&seen["results"][0]["name"], &seen["results"][0]["mayChange"]),
        (&json!("Night shift"), &json!(false))
    );
    assert_eq!(send(&mut noor, "PUT", &path, &form("Mine", false), None).await.0, 403);
    assert_eq!(send(&mut noor, "DELETE", &path, &Value::Null, None).await.0, 403);
    assert_eq!(send(&mut noor, "PUT", &format!("{path}/default"), &Value::Null, None).await.0, 204);
    let seen = send(&mut noor, "GET", "/internal/views?page=alerts", &Value::Null, None).await.1;
    assert_eq!(seen["results"][0]["isDefault"], true);

    let changed = send(&mut admin, "PUT", &path, &form("Night", true), Some(&revision)).await;
    assert_eq!((changed.0, &changed.1["name"]), (200, &json!("Night")));
    let late = send(&mut mira, "PUT", &path, &form("Late", true), Some(&revision)).await;
    assert_eq!(late.0, 412, "{}", late.1);
    for wrong in [
        form("", true),
        form("x\ny", true),
        json!({ "page": "other", "name": "x", "search": "" }),
        json!({ "page": "alerts", "name": "x", "search": "x".repeat(2_001) }),
        json!({ "page": "alerts", "name": "x" }),
    ] {
        assert_eq!(send(&mut mira, "POST", "/internal/views", &wrong, None).await.0, 400, "{wrong}");
    }
    assert_eq!(send(&mut mira, "POST", "/internal/views", &form("Night", false), None).await.0, 409);
    assert_eq!(send(&mut mira, "DELETE", &path, &Value::Null, None).await.0, 204);
    assert_eq!(send(&mut mira, "DELETE", &path, &Value::Null, None).await.0, 404);
}

#[tokio::test]
async fn several_alerts_get_the_same_comment_or_none_does() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let comment = |ids: Value| json!({ "ids": ids, "body": "Known <b>", "format": "PLAIN_TEXT" }).to_string();
    let path = "/internal/alert-comments";
    let made = api.json(200, "POST", path, &comment(json!([alert.id, alert.id]))).await;
    assert_eq!(made, json!({ "count": 1 }));
    api.json(404, "POST", path, &comment(json!([alert.id, "no-such"]))).await;
    api.json(400, "POST", path, &comment(json!([]))).await;
    api.json(400, "POST", path, &comment(json!(vec!["x"; 501]))).await;
    let list = api.json(200, "GET", &format!("/alert-comments?alert-id={}", alert.id), "").await;
    let bodies: Vec<&Value> = list["results"].as_array().unwrap().iter().map(|one| &one["body"]).collect();
    assert_eq!(bodies, ["Known <b>"]);
}

async fn send(
    browser: &mut Browser<'_>,
    method: &str,
    path: &str,
    body: &Value,
    revision: Option<&str>,
) -> (u16, Value) {
    let token = browser.session().await["csrfToken"].as_str().unwrap().to_owned();
    let cookie = browser.cookie("margay_session").unwrap();
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, format!("margay_session={cookie}"))
        .header("x-csrf-token", token);
    if let Some(revision) = revision {
        request = request.header(header::IF_MATCH, format!("\"{revision}\""));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = browser.api.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
