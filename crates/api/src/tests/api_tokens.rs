//! Tokens that two people change at the same time.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt as _;

use crate::tests::{Api, TOKEN};

#[tokio::test]
async fn a_permission_that_was_taken_away_meanwhile_is_not_given_again() {
    let api = Api::start(&[]).await;
    let form = |permissions: &[&str]| json!({ "name": "ci", "permissions": permissions }).to_string();
    let (wide, narrow) = (form(&["AlertRead", "RuleRead"]), form(&["AlertRead"]));
    let made = api.json(200, "POST", "/api-tokens", &wide).await;
    let value = made["value"].as_str().unwrap();
    let path = format!("/api-tokens/{}", made["id"].as_str().unwrap());
    let ask = async |method: &str, if_match: Option<&str>| {
        let mut request = Request::builder().method(method).uri(&path).header("x-api-key", TOKEN);
        if let Some(tag) = if_match {
            request = request.header(header::IF_MATCH, tag);
        }
        api.router.clone().oneshot(request.body(Body::from(wide.clone())).unwrap()).await.unwrap()
    };
    let tag = ask("GET", None).await.headers()[header::ETAG].to_str().unwrap().to_owned();
    // That it is used is no change of it.
    api.json_as(value, 200, "GET", "/api-tokens/self", "").await;
    assert_eq!(ask("POST", Some(&tag)).await.status(), StatusCode::OK);

    let tag = ask("GET", None).await.headers()[header::ETAG].to_str().unwrap().to_owned();
    api.json(200, "POST", &path, &narrow).await;
    assert_eq!(ask("POST", Some(&tag)).await.status(), StatusCode::PRECONDITION_FAILED);
    assert_eq!(api.json(200, "GET", &path, "").await["permissions"], json!(["AlertRead"]));
    assert_eq!(ask("POST", None).await.status(), StatusCode::OK);
}
