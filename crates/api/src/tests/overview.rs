//! `/internal/overview` over a real database.

use serde_json::json;

use super::Api;

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
