//! Rules that take over their worker: what they say about progress and results is not believed, and an
//! evaluation always goes on.

use std::time::Duration;

use rstest::rstest;

use crate::containment::{among_bystanders, expected};
use crate::support::{
    LOG_TYPE, bystander, errors, evaluate, evaluate_one, events, only_match, rule, start, start_full, summary,
};

/// Python that finds the worker in the stack; `body` uses `worker`, indented by 4.
fn with_worker(body: &str) -> String {
    format!(
        "import os, sys, struct, threading, time\n\
         def find():\n    frame = sys._getframe()\n    while frame:\n        \
         worker = frame.f_locals.get('self')\n        if type(worker).__name__ == 'Worker':\n            \
         return worker\n        frame = frame.f_back\n\
         def attack():\n    worker = find()\n    page = worker.page\n    mark = page[0]\n{body}\n\
         def rule(event):\n    if event['n'] == 1:\n        attack()\n    return False\n"
    )
}

#[rstest]
#[case::hides_and_leaves("    page[0] = 0\n    os._exit(1)")]
#[case::closes_everything("    os.closerange(0, 256)")]
#[case::closes_everything_and_hangs("    os.closerange(0, 256)\n    time.sleep(100)")]
#[case::answers_out_of_turn("    os.write(100, struct.pack('<I', 2) + b'{}')")]
#[case::answers_for_another_request("    worker.channel.send({'ready': {'rules': [], 'models': []}})")]
#[case::ends_the_request_itself(
    "    worker.channel.send({'results': {'event': 0, 'position': 0, 'end': True, 'records': []}})"
)]
#[case::answers_without_end(
    "    while True:\n        worker.channel.send({'results': {'event': 0, 'position': 0, 'end': False, 'records': []}})"
)]
#[case::blames_another_and_leaves("    page[0] = 1 << 40\n    os._exit(1)")]
#[case::flips_the_page("    while True:\n        page[0] = 0\n        page[0] = mark")]
#[case::hides_and_hangs("    page[0] = 0\n    time.sleep(100)")]
#[case::goes_back_and_hangs("    time.sleep(0.2)\n    page[0] = mark - (1 << 32)\n    time.sleep(100)")]
#[tokio::test]
async fn a_rule_that_hides_its_trace_costs_only_its_pair(#[case] body: &str) {
    let (lines, _) = among_bystanders(&with_worker(body)).await;
    assert_eq!(lines, expected("WorkerDied"));
}

/// Each later mark is legal, but no answer tells of the work that they pretend.
#[tokio::test]
async fn progress_that_is_only_shown_ends() {
    let body =
        "    for serial in range(1, 1000):\n        page[0] = mark + (serial << 32)\n        time.sleep(0.6)";
    let begun = std::time::Instant::now();
    let (host, _) = start(vec![rule("M", &with_worker(body))]).await;
    let evaluation = evaluate(&host, events(40)).await;
    assert_eq!(summary(&evaluation), ["row-0001 M WorkerDied"]);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_rule_that_always_hides_its_trace_is_benched_and_the_others_go_on() {
    let source = "import os\ndef rule(event):\n    os.closerange(0, 256)";
    let (host, _) = start(vec![bystander("A"), rule("M", source), bystander("Z")]).await;
    let evaluation = evaluate(&host, events(100)).await;
    let lines = summary(&evaluation);
    let count = |end: &str| lines.iter().filter(|line| line.ends_with(end)).count();
    assert_eq!((count("A match"), count("Z match"), count("M WorkerDied")), (100, 100, 5));
    assert_eq!(evaluation.benched.len(), 1);
    assert_eq!(evaluation.events_missed["M"].count, 95);
    assert_eq!(host.fault(), None);
}

#[tokio::test]
async fn results_without_measure_are_cut() {
    let source = "def rule(event):\n    return True\ndef destinations(event):\n    return ['A' * 70_000_000]";
    let (host, _) = start(vec![rule("M", source), bystander("Z")]).await;
    let evaluation = evaluate(&host, events(3)).await;
    assert_eq!(summary(&evaluation).len(), 6);
    let model::FindingKind::Match(found) = &evaluation.findings[0].kind else { panic!() };
    assert_eq!(found.destinations.as_ref().unwrap()[0].len(), 1000);
}

/// A log author reaches the context through an innocent rule.
#[tokio::test]
async fn a_context_of_texts_within_texts_is_kept_as_it_is() {
    let source = "import json\ndef rule(event):\n    return True\ndef alert_context(event):\n    \
                  return {'body': json.loads(event['body'])}";
    let mut body = "[1]".to_owned();
    for _ in 0..12 {
        let quoted = serde_json::to_string(&body).unwrap();
        body = format!("{{\"$serde_json::private::RawValue\":{quoted}}}");
    }
    let json = serde_json::json!({ "body": body }).to_string();
    let evaluation = evaluate_one(source, &json).await;
    let found = only_match(&evaluation);
    let context = found.alert_context.unwrap();
    assert!(context["body"]["dollar_sign_serde_json::private::RawValue"].is_string(), "{context:?}");
}

#[tokio::test]
async fn a_worker_with_threads_of_a_rule_is_replaced() {
    let source = "import os, threading, time\ndef rule(event):\n    \
                  threading.Thread(target=time.sleep, args=(100,), daemon=True).start()\n    return True\n\
                  def title(event):\n    return str(os.getpid())";
    let (host, _) = start(vec![rule("M", source)]).await;
    let mut pids = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let found = only_match(&evaluate(&host, events(1)).await);
        pids.insert(found.title);
    }
    assert_eq!(pids.len(), 3);
}

#[tokio::test]
async fn a_recursion_limit_lasts_for_one_event() {
    let source = "import sys\ndef rule(event):\n    sys.setrecursionlimit(60 if event['n'] == 0 else 1000)\n    return False";
    let deep = "f = lambda n: n and f(n - 1)\ndef rule(event):\n    f(200)\n    return True";
    let (host, _) = start(vec![rule("A", deep), rule("M", source)]).await;
    assert_eq!(summary(&evaluate(&host, events(3)).await).len(), 3);
}

#[rstest]
#[case::blames_a_rule_that_does_not_exist("    page[0] = 1 << 63 | 1000\n    os._exit(1)")]
#[case::hides_and_leaves("    page[0] = 0\n    os._exit(1)")]
#[case::closes_everything("    os.closerange(0, 256)\n    time.sleep(100)")]
#[case::says_that_all_is_ready("    worker.channel.send({'hello': {'version': 1, 'shortcomings': []}})")]
#[case::counts_back("    worker.channel.send({'loading': {'rule': 0}})")]
#[case::flips_the_page("    while True:\n        page[0] = 0\n        page[0] = mark")]
#[tokio::test]
async fn a_rule_that_ends_workers_while_it_is_loaded_is_left_out(#[case] body: &str) {
    let source = with_worker(body) + "attack()\n";
    let (host, report) = start(vec![bystander("A"), rule("M", &source), bystander("Z")]).await;
    let ids: Vec<_> = report.setup_errors.iter().map(|error| error.item_id.as_str()).collect();
    assert_eq!(ids, ["M"]);
    assert_eq!(
        summary(&evaluate(&host, events(1)).await),
        ["row-0000 A match", "row-0000 M WorkerDied", "row-0000 Z match"]
    );
}

#[tokio::test]
async fn a_data_model_that_ends_workers_is_left_out() {
    let data_model = python_host::DataModelProgram {
        id: "D".into(),
        log_types: vec![LOG_TYPE.into()],
        mappings: vec![],
        source: Some("import os\nos._exit(1)".into()),
    };
    let (host, report) = start_full(vec![], vec![data_model], vec![bystander("A")]).await;
    assert_eq!(report.setup_errors[0].item_id, "D");
    assert_eq!(summary(&evaluate(&host, events(1)).await), ["row-0000 A match"]);
}

/// A worker loads a disabled rule that an operator switched on with its first event.
#[tokio::test]
async fn a_rule_that_ends_workers_when_its_first_event_loads_it_is_left_out_after_two() {
    let mut late = rule("M", "import os\nos._exit(4)\ndef rule(event):\n    return True");
    late.enabled = false;
    let (host, report) = start(vec![bystander("A"), late]).await;
    assert_eq!(report.setup_errors, []);
    let active = python_host::ActiveRules { overrides: [("M".into(), true)].into() };
    let evaluation = host.evaluate(events(20), &active).await.unwrap();
    let messages: Vec<_> = errors(&evaluation).into_iter().map(|error| error.message).collect();
    assert_eq!(messages.len(), 20);
    assert_eq!(messages[..2], ["the worker ended with exit status 4"; 2]);
    assert_eq!(messages[2..], ["the worker ended with exit status 4 while the code was loaded"; 18]);
    assert!(evaluation.benched.is_empty(), "it ends no more workers");
}
