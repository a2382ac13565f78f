//! Figures that the promises rest on, with generous limits: this machine may be busy.

use std::time::{Duration, Instant};

use crate::support::{config, evaluate, event, program, rule, start_with};

fn simple_rule(number: usize) -> python_host::RuleProgram {
    let source = format!(
        "def rule(event):\n    if event.get('eventSource') != 'source{number}.example.com':\n        return False\n    \
         return event.deep_get('userIdentity', 'type') == 'Root'\n\
         def title(event):\n    return f\"root used {{event.get('eventName')}}\"\n"
    );
    rule(&format!("Simple.{number:03}"), &source)
}

#[tokio::test]
async fn two_hundred_rules_are_ready_within_a_second_or_so() {
    let (_host, report) = start_with(config(2), program((0..200).map(simple_rule).collect())).await;
    println!("200 rules on 2 workers are ready after {:?}", report.elapsed);
    assert!(report.elapsed < Duration::from_secs(5));
}

#[tokio::test]
async fn twenty_simple_rules_on_two_workers() {
    let (host, _) = start_with(config(2), program((0..20).map(simple_rule).collect())).await;
    let events: Vec<_> = (0..5000)
        .map(|n| {
            let json = format!(
                r#"{{"eventSource":"source{}.example.com","eventName":"ConsoleLogin","n":{n},"userIdentity":{{"type":"Root","arn":"arn:aws:iam::123456789012:root"}},"requestParameters":{{"bucketName":"b","key":["a","b","c"]}},"responseElements":null,"sourceIPAddress":"192.0.2.1"}}"#,
                n % 1000
            );
            event(n, &json)
        })
        .collect();
    let begun = Instant::now();
    let evaluation = evaluate(&host, events).await;
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:.0} events/s, {:.0} evaluations/s", 5000.0 / seconds, 100_000.0 / seconds);
    assert_eq!(evaluation.findings.len(), 100);
    assert!(seconds < 30.0);
}
