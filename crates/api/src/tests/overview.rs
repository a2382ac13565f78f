//! `/internal/overview` over a real database.

use std::sync::Arc;

use jiff::SignedDuration;
use model::{Actor, ActorKind};
use serde_json::json;

use super::Api;
use crate::DestinationView;

#[tokio::test]
async fn the_overview_counts_what_waits_and_what_was_given_up() {
    let api = Api::start(&[("calm", true), ("dead", true), ("refusing", true)]).await;
    let alert = api.commit(&["calm", "refusing"], Vec::new()).await;
    api.give_up("refusing").await;

    let found = api.json(200, "GET", "/internal/overview?hours=720", "").await;
    assert_eq!((&found["hours"], &found["intervalSeconds"]), (&json!(720), &json!(86_400)));
    let waiting = found["alerts"]["waiting"].as_array().unwrap();
    let words: Vec<&str> = waiting.iter().filter_map(|row| row["severity"].as_str()).collect();
    assert_eq!(words, ["CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO"]);
    let count =
        |row: &serde_json::Value| row["counts"].as_array().unwrap().iter().filter_map(|it| it.as_u64()).sum();
    let counts: Vec<u64> = waiting.iter().map(count).collect();
    assert_eq!(counts.iter().sum::<u64>(), 1, "{waiting:?}");
    let place = words.iter().position(|word| *word == alert.severity.as_str()).unwrap();
    assert_eq!(counts[place], 1);

    let failing = found["destinations"]["failing"].as_array().unwrap();
    let rows: Vec<_> = failing.iter().map(|row| (row["id"].as_str().unwrap(), &row["failed"])).collect();
    assert_eq!(rows, [("dead", &json!(0)), ("refusing", &json!(1))]);
    assert_eq!(found["destinations"]["total"], 3);
    assert_eq!(found["enabledDetections"], 1);
    assert_eq!(found["people"], 0);
    assert_eq!(found["volumes"], json!({ "logTypes": [], "others": null }));
}

#[tokio::test]
async fn a_destination_that_is_disabled_or_muted_is_not_one_that_takes_what_is_sent() {
    let api = Api::start(&[("calm", true), ("late", true), ("off", false)]).await;
    let mute = model::Mute {
        until: "2026-03-01T12:00:00Z".parse().unwrap(),
        reason: None,
        by: Actor { id: "mira".to_owned(), kind: ActorKind::User },
        since: api.now,
    };
    let views = api.state.destinations.load_full();
    let changed = views.iter().map(|view| {
        // What is disabled counts once, muted or not.
        let mute = (view.record.id.as_str() != "calm").then(|| mute.clone());
        let record = model::Destination { mute, ..view.record.clone() };
        Arc::new(DestinationView { record, ..(**view).clone() })
    });
    api.state.destinations.store(Arc::new(changed.collect()));

    let found = api.json(200, "GET", "/internal/overview", "").await["destinations"].clone();
    assert_eq!((&found["total"], &found["disabled"], &found["muted"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!(found["failing"], json!([]));

    api.clock.advance(SignedDuration::from_hours(1));
    let found = api.json(200, "GET", "/internal/overview", "").await["destinations"].clone();
    assert_eq!((&found["disabled"], &found["muted"]), (&json!(1), &json!(0)));
}

#[tokio::test]
async fn a_source_that_may_not_be_meant_so_is_degraded_and_not_in_trouble() {
    let api = Api::start(&[]).await;
    let found = api.json(200, "GET", "/internal/overview", "").await["sources"].clone();
    assert_eq!((&found["total"], &found["troubled"]), (&json!(1), &json!(0)));
    let source = &found["sources"][0];
    assert_eq!(
        (&source["state"], &source["problem"]),
        (&json!("degraded"), &json!("it takes logs from anybody"))
    );
}

#[tokio::test]
async fn other_spans_are_refused_by_name() {
    let api = Api::start(&[]).await;
    for hours in ["25", "0", "-24", "day"] {
        let message = api.refusal(400, "GET", &format!("/internal/overview?hours={hours}"), "").await;
        assert_eq!(message, format!("`hours`: `{hours}` is not 24, 168 or 720"));
    }
}
