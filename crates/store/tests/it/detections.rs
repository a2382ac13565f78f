//! Switches of operators and the limiter.

use std::sync::Arc;

use model::{DetectionState, LedgerChanges};
use store::{ChangeTopic, LedgerRequest, Store};

use crate::support::{at, open, request};

fn limited() -> DetectionState {
    DetectionState {
        rule_id: "My.Rule".into(),
        enabled_override: None,
        limited_at: Some(at(5)),
        limit_window_start: Some(at(1)),
        limit_window_alerts: 1000,
    }
}

async fn limit(store: &Store) {
    let changes = LedgerChanges { detections: vec![limited()], ..LedgerChanges::default() };
    store.commit(request(None), move |_| changes).await.unwrap();
}

#[tokio::test]
async fn states_read_back_and_reach_the_decision() {
    let store = open().await;
    limit(&store).await;
    assert_eq!(store.list_detection_states().await.unwrap(), [limited()]);
    let request = LedgerRequest { rule_ids: vec!["My.Rule".into(), "Other".into()], ..request(None) };
    store
        .commit(request, |state| {
            assert_eq!(state.detections.len(), 1);
            assert_eq!(state.detections["My.Rule"], limited());
            LedgerChanges::default()
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn switching_on_clears_the_limiter_and_switching_off_does_not() {
    let store = open().await;
    limit(&store).await;
    store.set_detection_enabled(&"My.Rule".into(), Some(false)).await.unwrap();
    let off = DetectionState { enabled_override: Some(false), ..limited() };
    assert_eq!(store.list_detection_states().await.unwrap(), [off]);
    store.set_detection_enabled(&"My.Rule".into(), Some(true)).await.unwrap();
    let on = DetectionState {
        enabled_override: Some(true),
        limited_at: None,
        limit_window_start: None,
        limit_window_alerts: 0,
        ..limited()
    };
    assert_eq!(store.list_detection_states().await.unwrap(), std::slice::from_ref(&on));
    store.set_detection_enabled(&"My.Rule".into(), None).await.unwrap();
    assert_eq!(
        store.list_detection_states().await.unwrap(),
        [DetectionState { enabled_override: None, ..on }]
    );
}

#[tokio::test]
async fn a_running_server_notices_changes_of_another_process() {
    let server = open().await;
    limit(&server).await;
    let version = server.state_version().await.unwrap();
    let command = Store::open(server.dir.path(), Arc::new(server.clock.clone())).await.unwrap();
    command.set_detection_enabled(&"My.Rule".into(), Some(true)).await.unwrap();
    command.clear_limiter(&"My.Rule".into()).await.unwrap();
    command.close().await;
    assert!(server.state_version().await.unwrap() > version);
    let changes = server.changes_since(version).await.unwrap();
    assert_eq!(changes.len(), 2);
    assert!(changes.iter().all(|change| change.topic == ChangeTopic::Detection && change.id == "My.Rule"));
    assert!(server.changes_since(changes[1].version).await.unwrap().is_empty());
}
