//! What detections stumble over where modules, data models and clocks meet; the numbers are those of the
//! other tests called so.

use model::DetectionKind;
use python_host::{DataModelProgram, GlobalProgram, TestCase};
use serde_json::{Value, json};

use crate::support::{LOG_TYPE, config, evaluate, event, only_match, rule, start_full, start_with};

fn case(name: &str, log: Value) -> TestCase {
    TestCase { name: name.into(), expected: true, log, mocks: vec![], expected_destinations: None }
}

fn title(run: &python_host::TestRun, index: usize) -> Option<&str> {
    let title = run.outcomes[index].functions.iter().find(|function| function.name == "title");
    title.and_then(|function| function.output.as_deref())
}

/// `who` is `Mapped` for events of the test log type.
fn data_model() -> DataModelProgram {
    DataModelProgram {
        id: "M".into(),
        log_types: vec![LOG_TYPE.into()],
        mappings: vec![("who".into(), content::MappingTarget::Path("Mapped".into()))],
        source: None,
    }
}

const WHO: &str = "def rule(event):\n    return True\ndef title(event):\n    return str(event.udm('who', default='nobody'))\n";

#[tokio::test]
async fn trap_16_the_log_type_in_the_event_picks_the_data_model() {
    let (host, _) = start_full(vec![], vec![data_model()], vec![rule("R", WHO)]).await;
    let tests = vec![
        case("with", json!({"Mapped": "ada", "p_log_type": LOG_TYPE})),
        case("without", json!({"Mapped": "ada"})),
        case("another", json!({"Mapped": "ada", "p_log_type": "Other.Log"})),
    ];
    let run = host.run_tests(&"R".into(), tests).await.unwrap();
    let titles: Vec<_> = (0..3).map(|index| title(&run, index).unwrap()).collect();
    assert_eq!(titles, ["ada", "nobody", "nobody"]);
    let found = only_match(&evaluate(&host, vec![event(0, r#"{"Mapped":"ada"}"#)]).await);
    assert_eq!(found.title.as_deref(), Some("ada"));
}

#[tokio::test]
async fn trap_19_an_installed_module_wins_over_a_global_of_the_same_id() {
    let global = |id: &str| GlobalProgram { id: id.into(), source: "WHOSE = 'ours'".into() };
    let source = "import json, panther_core, only_ours\ndef rule(event):\n    return True\ndef title(event):\n    \
                  return ' '.join(getattr(m, 'WHOSE', 'theirs') for m in (json, panther_core, only_ours))";
    let globals = vec![global("json"), global("panther_core"), global("only_ours")];
    let (host, _) = start_full(globals, vec![], vec![rule("R", source)]).await;
    let found = only_match(&evaluate(&host, vec![event(0, "{}")]).await);
    assert_eq!(found.title.as_deref(), Some("theirs theirs ours"));
}

#[tokio::test]
async fn trap_20_scheduled_rules_have_no_data_model() {
    let mut scheduled = rule("S", WHO);
    scheduled.kind = DetectionKind::ScheduledRule;
    let (host, _) = start_full(vec![], vec![data_model()], vec![scheduled]).await;
    let log = json!({"Mapped": "ada", "p_log_type": LOG_TYPE, "who": "row"});
    let run = host.run_tests(&"S".into(), vec![case("t", log)]).await.unwrap();
    assert_eq!(title(&run, 0), Some("row"));
}

#[tokio::test]
async fn trap_33_what_leaves_the_worker_fails_clearly_unless_it_is_mocked() {
    let mut policy = rule(
        "P",
        "from panther_oss_helpers import resource_lookup\ndef policy(resource):\n    \
         return resource_lookup('arn:x')['Ok']",
    );
    policy.kind = DetectionKind::Policy;
    let mut mocked = case("mocked", json!({}));
    mocked.mocks = vec![("resource_lookup".into(), json!({"Ok": true}))];
    let program = crate::support::program(vec![policy]);
    let (host, _) = start_with(config(1), program).await;
    let run = host.run_tests(&"P".into(), vec![mocked, case("bare", json!({}))]).await.unwrap();
    assert!(run.outcomes[0].passed, "{:?}", run.outcomes[0]);
    let reason = run.outcomes[1].reason.as_deref().unwrap();
    assert!(
        reason.starts_with("[policy] CloudResourcesUnavailableError: resource_lookup('arn:x'): cloud"),
        "{reason}"
    );
}
