//! Rules that end their workers again and again, and how they come back.

use std::sync::Arc;

use jiff::SignedDuration;
use python_host::{ActiveRules, Evaluation, PythonHost, RuleProgram};
use stdx::{Clock, ManualClock};

use crate::support::{bystander, clock, config, events, program, rule, summary};

const QUITS: &str = "import os\ndef rule(event):\n    os._exit(1)";

async fn start(rules: Vec<RuleProgram>) -> (ManualClock, PythonHost) {
    let clock = clock();
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let (host, _) = PythonHost::start(config(1), program(rules), shared).await.unwrap();
    (clock, host)
}

async fn evaluate(host: &PythonHost, count: usize) -> Evaluation {
    host.evaluate(events(count), &ActiveRules::default()).await.unwrap()
}

fn count(evaluation: &Evaluation, what: &str) -> usize {
    summary(evaluation).iter().filter(|line| line.contains(what)).count()
}

#[tokio::test]
async fn five_deaths_bench_a_rule_and_the_events_it_misses_are_named() {
    let (clock, host) = start(vec![rule("Quits", QUITS), bystander("Z")]).await;
    let evaluation = evaluate(&host, 12).await;
    assert_eq!(count(&evaluation, "Quits WorkerDied"), 5);
    assert_eq!(count(&evaluation, "Z match"), 12);
    assert_eq!(evaluation.benched.len(), 1);
    let benched = &evaluation.benched[0];
    assert_eq!((benched.rule_id.as_str(), benched.deaths), ("Quits", 5));
    assert_eq!(benched.until.duration_since(benched.at), SignedDuration::from_mins(10));
    let missed = &evaluation.events_missed["Quits"];
    assert_eq!((missed.count, &*missed.first_row_id, &*missed.last_row_id), (7, "row-0005", "row-0011"));
    assert!(host.is_benched(&"Quits".into()));

    let evaluation = evaluate(&host, 3).await;
    assert_eq!(count(&evaluation, "Quits"), 0);
    assert_eq!(evaluation.benched, []);
    assert_eq!(evaluation.events_missed["Quits"].count, 3);

    clock.advance(SignedDuration::from_mins(10));
    let evaluation = evaluate(&host, 6).await;
    assert_eq!(count(&evaluation, "Quits WorkerDied"), 5);
    let benched = &evaluation.benched[0];
    assert_eq!(benched.until.duration_since(benched.at), SignedDuration::from_mins(20));
}

#[tokio::test]
async fn one_bad_line_never_benches_a_rule() {
    let source = "import os\ndef rule(event):\n    return event['n'] != 0 or os._exit(1)";
    let (_clock, host) = start(vec![rule("R", source)]).await;
    let evaluation = evaluate(&host, 50).await;
    assert_eq!((count(&evaluation, "WorkerDied"), count(&evaluation, "match")), (1, 49));
    assert!(!host.is_benched(&"R".into()));
}

#[tokio::test]
async fn a_person_or_new_content_ends_a_bench() {
    let (_clock, host) = start(vec![rule("Quits", QUITS), bystander("Z")]).await;
    evaluate(&host, 6).await;
    assert!(host.unbench(&"Quits".into()));
    assert_eq!(count(&evaluate(&host, 1).await, "Quits WorkerDied"), 1);
    evaluate(&host, 6).await;
    assert!(host.is_benched(&"Quits".into()));

    host.reload(program(vec![rule("Quits", QUITS), bystander("Z")])).await.unwrap();
    assert!(host.is_benched(&"Quits".into()), "the same version stays benched");

    let mut fixed = bystander("Quits");
    fixed.version = "2".into();
    host.reload(program(vec![fixed, bystander("Z")])).await.unwrap();
    let evaluation = evaluate(&host, 1).await;
    assert_eq!(summary(&evaluation), ["row-0000 Quits match", "row-0000 Z match"]);
}
