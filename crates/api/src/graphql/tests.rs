//! The route over a real database: the schema, the documents of the clients, limits, errors, permissions.

mod documents;
mod fields;
mod form;
mod identity;
mod limits;
mod rights;
mod schema;
mod shelf;
mod source_health;
mod uploads;
mod volumes;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::tests::{Api, TOKEN};

impl Api {
    /// Posts a body as it is; answers with status and text.
    async fn post_graphql(&self, path: &str, token: &str, body: impl Into<Body>) -> (StatusCode, String) {
        self.post_graphql_as(&[("x-api-key", token)], path, body).await
    }

    /// Posts a body with these headers.
    async fn post_graphql_as(
        &self,
        headers: &[(&str, &str)],
        path: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, String) {
        let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 64 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Puts a body without a token.
    async fn put_plain(&self, path: &str, body: String) -> (StatusCode, String) {
        let request = Request::put(path).body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The answer to a document.
    async fn graphql(&self, query: &str, variables: Value) -> (StatusCode, Value) {
        let body = json!({ "query": query, "variables": variables }).to_string();
        let (status, text) = self.post_graphql("/public/graphql", TOKEN, body).await;
        (status, serde_json::from_str(&text).unwrap())
    }

    /// `data` of a document that is answered without an error.
    async fn data(&self, query: &str, variables: Value) -> Value {
        let (status, answer) = self.graphql(query, variables).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer.get("errors"), None, "{query}");
        answer["data"].clone()
    }

    /// The first error of a document that is run.
    async fn error(&self, query: &str, variables: Value) -> Value {
        let (status, answer) = self.graphql(query, variables).await;
        assert_eq!(status, 200, "{answer}");
        answer["errors"][0].clone()
    }

    /// The first error of a document that is refused before it is run.
    async fn refused(&self, query: &str, variables: Value) -> Value {
        let (status, answer) = self.graphql(query, variables).await;
        assert_eq!(status, 400, "{answer}");
        assert_eq!(answer.get("data"), None, "{query}");
        answer["errors"][0].clone()
    }
}
