//! Limits shared by all requests, and a journal that cannot take more.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt as _;
use http_body_util::channel::Channel;
use sources::{Auth, HttpLimits};

use crate::harness::{Answer, source, start_with};

fn assert_retry(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() > 0);
    assert!(answer.message().contains("again"), "{}", answer.message());
}

#[tokio::test]
async fn a_full_journal_is_unavailable() {
    let harness = start_with(
        vec![source("s", Auth::None)],
        |config| config.size_max_bytes = 500,
        HttpLimits::default(),
    )
    .await;
    assert_eq!(harness.post("/http/s", "x".repeat(300)).await.status, 200);
    assert_retry(&harness.post("/http/s", "x".repeat(300)).await, 503);
    harness.journal.drop_through(1).await.unwrap();
    assert_eq!(harness.post("/http/s", "x".repeat(300)).await.status, 200);
}

#[tokio::test]
async fn a_closing_server_asks_to_come_back() {
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, HttpLimits::default()).await;
    harness.journal.clone().close().await.unwrap();
    assert_retry(&harness.post("/http/s", "{}").await, 503);
}

#[tokio::test]
async fn too_many_waiting_for_the_disk_are_told_to_slow_down() {
    let harness =
        start_with(vec![source("s", Auth::None)], |config| config.waiting_max = 1, HttpLimits::default())
            .await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let router = harness.router.clone();
        requests.spawn(async move {
            let request = Request::post("/http/s").body(Body::from("{}")).unwrap();
            tower::ServiceExt::oneshot(router, request).await.unwrap().status().as_u16()
        });
    }
    let mut statuses = requests.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 429, 429, 429]);
}

/// A body under way that the test feeds.
fn open_body() -> (http_body_util::channel::Sender<Bytes, axum::Error>, Body) {
    let (sender, body) = Channel::<Bytes, axum::Error>::new(4);
    (sender, Body::new(body.map_err(axum::Error::from)))
}

#[tokio::test]
async fn memory_for_bodies_is_shared_and_given_back() {
    let limits = HttpLimits { memory_bytes_max: 1000, ..HttpLimits::default() };
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, limits).await;
    let (mut sender, body) = open_body();
    let first = tokio::spawn({
        let router = harness.router.clone();
        let request = Request::post("/http/s").body(body).unwrap();
        async move { tower::ServiceExt::oneshot(router, request).await.unwrap().status().as_u16() }
    });
    sender.send_data(Bytes::from("x".repeat(600))).await.unwrap();
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    assert_retry(&harness.post("/http/s", "x".repeat(600)).await, 429);
    assert_eq!(harness.post("/http/s", "x".repeat(300)).await.status, 200);
    drop(sender);
    assert_eq!(first.await.unwrap(), 200);
    assert_eq!(harness.post("/http/s", "x".repeat(600)).await.status, 200);
}

#[tokio::test]
async fn inflated_bytes_count_against_the_shared_memory() {
    let limits = HttpLimits { memory_bytes_max: 50_000, ..HttpLimits::default() };
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, limits).await;
    let plain: String = (0..20_000).map(|number| format!("{number} ")).collect();
    let mut body = zstd::encode_all(plain.as_bytes(), 19).unwrap();
    body.truncate(10_000);
    assert_retry(&harness.post("/http/s", body).await, 429);
}

#[tokio::test]
async fn bodies_under_way_are_counted() {
    let limits = HttpLimits { bodies_max: 1, ..HttpLimits::default() };
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, limits).await;
    let (sender, body) = open_body();
    let request = Request::post("/http/s").body(body).unwrap();
    let first = tokio::spawn(tower::ServiceExt::oneshot(harness.router.clone(), request));
    tokio::task::yield_now().await;
    assert_retry(&harness.post("/http/s", "{}").await, 429);
    drop(sender);
    assert_eq!(first.await.unwrap().unwrap().status(), 400);
    assert_eq!(harness.post("/http/s", "{}").await.status, 200);
}

#[tokio::test]
async fn slow_senders_of_one_source_leave_room_for_another() {
    let limits = HttpLimits { bodies_per_source_max: 1, ..HttpLimits::default() };
    let sources = vec![source("slow", Auth::None), source("other", Auth::None)];
    let harness = start_with(sources, |_| {}, limits).await;
    let (sender, body) = open_body();
    let request = Request::post("/http/slow").body(body).unwrap();
    let first = tokio::spawn(tower::ServiceExt::oneshot(harness.router.clone(), request));
    tokio::task::yield_now().await;
    assert_retry(&harness.post("/http/slow", "{}").await, 429);
    assert_eq!(harness.post("/http/other", "{}").await.status, 200);
    drop(sender);
    assert_eq!(first.await.unwrap().unwrap().status(), 400);
    assert_eq!(harness.post("/http/slow", "{}").await.status, 200);
}

#[tokio::test]
async fn a_sender_that_stops_in_the_middle_is_let_go() {
    let limits = HttpLimits { read_idle_max: Duration::from_millis(20), ..HttpLimits::default() };
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, limits).await;
    let (mut sender, body) = open_body();
    sender.send_data(Bytes::from_static(b"{")).await.unwrap();
    let answer = harness.post("/http/s", body).await;
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(harness.kept().await.is_empty());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let harness = start_with(vec![source("s", Auth::None)], |_| {}, HttpLimits::default()).await;
    let (mut sender, body) = open_body();
    sender.send_data(Bytes::from_static(b"{")).await.unwrap();
    sender.abort(axum::Error::new(std::io::Error::other("gone")));
    let answer = harness.post("/http/s", body).await;
    assert_eq!(answer.status, 400);
    assert!(harness.kept().await.is_empty());
}
