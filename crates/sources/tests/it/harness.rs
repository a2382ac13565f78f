//! A router over a journal in a temporary folder, and short ways to ask it.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use journal::{Journal, JournalConfig};
use serde_json::Value;
use sources::{Auth, HttpLimits, HttpSourceConfig, SourceTable, StreamType};
use stdx::SystemClock;
use tempfile::TempDir;
use tower::ServiceExt as _;

pub(crate) struct Harness {
    pub(crate) journal: Journal,
    pub(crate) router: Router,
    pub(crate) table: SourceTable,
    _folder: TempDir,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.json["message"].as_str().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub(crate) fn source(id: &str, auth: Auth) -> HttpSourceConfig {
    HttpSourceConfig {
        id: id.into(),
        label: id.to_owned(),
        log_types: vec!["Okta.SystemLog".into()],
        stream_type: StreamType::Auto,
        body_bytes_max: 10_000,
        no_data_alarm: None,
        auth,
    }
}

pub(crate) async fn start(sources: Vec<HttpSourceConfig>) -> Harness {
    start_with(sources, |_| {}, HttpLimits::default()).await
}

pub(crate) async fn start_with(
    sources: Vec<HttpSourceConfig>,
    configure: impl FnOnce(&mut JournalConfig),
    limits: HttpLimits,
) -> Harness {
    let folder = tempfile::tempdir().unwrap();
    let mut config = JournalConfig::new(folder.path());
    configure(&mut config);
    let journal = Journal::open(config, Arc::new(SystemClock)).await.unwrap();
    let table = SourceTable::new(sources);
    let router = sources::router_with_limits(table.clone(), journal.clone(), limits);
    Harness { journal, router, table, _folder: folder }
}

impl Harness {
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        read_answer(self.router.clone().oneshot(request).await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).body(body.into()).unwrap()).await
    }

    pub(crate) async fn post_with(&self, path: &str, header: (&str, &str), body: &'static str) -> Answer {
        self.ask(Request::post(path).header(header.0, header.1).body(body.into()).unwrap()).await
    }

    pub(crate) async fn kept(&self) -> Vec<String> {
        let batches = self.journal.read(0, 1000, u64::MAX).await.unwrap();
        batches.iter().map(|batch| String::from_utf8(batch.body.to_vec()).unwrap()).collect()
    }
}

async fn read_answer(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    assert_eq!(parts.headers["content-type"], "application/json");
    let json = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
    Answer { status: parts.status, headers: parts.headers, json }
}
