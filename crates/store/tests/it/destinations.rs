//! Stored destinations, their sealed secrets, and the list of deliveries.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::{Actor, ActorKind, DeliveryState, DestinationId, Mute, Severity};
use serde_json::json;
use store::{
    AttemptOutcome, ChangeTopic, DATABASE_FILE, DeliveryFilter, DestinationSettings, KEY_FILE, KeyRing, Next,
    PageRequest, StoreError, StoreErrorKind, StoredDestination,
};

use crate::support::{TestStore, alert, at, open, store_alerts};

const CONFIG: &str = r#"{"webhook_url": "https://hooks.example/very-secret"}"#;

fn key_file(store: &TestStore) -> PathBuf {
    store.dir.path().join(KEY_FILE)
}

fn ring(store: &TestStore) -> KeyRing {
    KeyRing::load_or_create(&key_file(store)).unwrap()
}

fn destination(store: &TestStore, id: &str, name: &str) -> StoredDestination {
    let id = DestinationId::from(id);
    let config = ring(store).seal(&StoredDestination::owner(&id), CONFIG.as_bytes()).unwrap();
    StoredDestination {
        id,
        display_name: name.to_owned(),
        destination_type: "slack".to_owned(),
        settings: DestinationSettings {
            severities: BTreeSet::from([Severity::High]),
            alert_types: BTreeSet::new(),
            log_types: BTreeSet::from(["Okta.SystemLog".into()]),
            manual_dispatch: true,
            enabled: true,
            delivery: json!({"rate": "30/min"}),
        },
        config,
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

async fn ids_in(store: &TestStore, state: DeliveryState) -> Vec<String> {
    let filter = DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
    let page = store.list_deliveries(&filter, &PageRequest::first(100)).await.unwrap();
    page.items.iter().map(|delivery| delivery.id.to_string()).collect()
}

#[tokio::test]
async fn destinations_are_made_changed_and_deleted() {
    let store = open().await;
    let (first, second) = (destination(&store, "d1", "one"), destination(&store, "d2", "two"));
    store.create_destination(first.clone(), &key_file(&store)).await.unwrap();
    store.create_destination(second.clone(), &key_file(&store)).await.unwrap();
    assert_eq!(store.list_destinations().await.unwrap(), [first.clone(), second.clone()]);

    let error =
        store.create_destination(destination(&store, "d3", "one"), &key_file(&store)).await.unwrap_err();
    assert!(matches!(&error, StoreError::NameTaken { name } if name == "one"), "{error:?}");
    let renamed = StoredDestination { display_name: "two".to_owned(), ..first.clone() };
    assert_eq!(
        store.update_destination(renamed, &key_file(&store)).await.unwrap_err().kind(),
        StoreErrorKind::Conflict
    );

    let changed = StoredDestination { display_name: "uno".to_owned(), updated_at: at(5), ..first.clone() };
    store.update_destination(changed.clone(), &key_file(&store)).await.unwrap();
    let found = store.list_destinations().await.unwrap().pop().unwrap();
    assert_eq!(found, StoredDestination { revision: 2, ..changed.clone() });
    let error = store.update_destination(changed.clone(), &key_file(&store)).await.unwrap_err();
    assert!(matches!(error, StoreError::ChangedMeanwhile { .. }), "{error:?}");
    let unknown = destination(&store, "d9", "nine");
    let error = store.update_destination(unknown, &key_file(&store)).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownDestination { .. }), "{error:?}");

    let topics: Vec<_> = store.changes_since(0).await.unwrap().into_iter().map(|it| it.topic).collect();
    assert_eq!(topics, [ChangeTopic::Destination; 3]);
}

#[tokio::test]
async fn deleting_cancels_what_waits_and_keeps_the_records() {
    let store = open().await;
    store.create_destination(destination(&store, "d1", "one"), &key_file(&store)).await.unwrap();
    store_alerts(&store, vec![alert(1), alert(2)], &["d1", "d2"], None).await;
    assert_eq!(store.delete_destination(&"d1".into()).await.unwrap(), 2);
    assert!(store.list_destinations().await.unwrap().is_empty());
    assert_eq!(ids_in(&store, DeliveryState::Cancelled).await.len(), 2);
    assert_eq!(ids_in(&store, DeliveryState::Pending).await.len(), 2);
    let error = store.delete_destination(&"d1".into()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotFound);
}

#[tokio::test]
async fn no_secret_is_in_the_file_and_a_rotation_changes_every_key() {
    let store = open().await;
    let before: Vec<_> =
        [("d1", "one"), ("d2", "two")].map(|(id, name)| destination(&store, id, name)).into();
    for row in &before {
        store.create_destination(row.clone(), &key_file(&store)).await.unwrap();
    }
    let key_file = key_file(&store);
    let old = ring(&store).current_id();
    assert_eq!(store.rotate_secrets(&key_file).await.unwrap(), 2);
    let ring = KeyRing::load(&key_file).unwrap();
    assert_ne!(ring.current_id(), old);
    for (row, before) in store.list_destinations().await.unwrap().iter().zip(&before) {
        assert_eq!(row.config.key_id, ring.current_id());
        assert_eq!(ring.open(&StoredDestination::owner(&row.id), &row.config).unwrap(), CONFIG.as_bytes());
        assert_eq!(row.config.data, before.config.data, "only the data key is wrapped anew");
        assert!(ring.open("destination:other", &row.config).is_err(), "bound to its destination");
    }
    store.close().await;
    for name in [DATABASE_FILE.to_owned(), format!("{DATABASE_FILE}-wal")] {
        let bytes = std::fs::read(store.dir.path().join(name)).unwrap_or_default();
        assert!(!bytes.windows(11).any(|part| part == b"very-secret"));
    }
}

#[tokio::test]
async fn a_rotation_without_the_right_key_changes_nothing() {
    let store = open().await;
    let row = destination(&store, "d1", "one");
    store.create_destination(row.clone(), &key_file(&store)).await.unwrap();
    let key_file = key_file(&store);
    let right = std::fs::read(&key_file).unwrap();
    std::fs::remove_file(&key_file).unwrap();
    let error = store.rotate_secrets(&key_file).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert!(!key_file.exists(), "no new key hides the loss");
    KeyRing::load_or_create(&key_file).unwrap();
    let error = store.rotate_secrets(&key_file).await.unwrap_err();
    assert!(error.to_string().contains(&row.config.key_id), "{error}");
    assert_eq!(store.list_destinations().await.unwrap(), std::slice::from_ref(&row));
    std::fs::write(&key_file, right).unwrap();
    assert_eq!(store.rotate_secrets(&key_file).await.unwrap(), 1);
}

#[tokio::test]
async fn what_was_sealed_before_a_rotation_is_not_stored_after_it() {
    let store = open().await;
    let first = destination(&store, "d1", "one");
    store.create_destination(first.clone(), &key_file(&store)).await.unwrap();
    let late = destination(&store, "d2", "two");
    let (a, b) = (key_file(&store), key_file(&store));
    let (left, right) = tokio::join!(store.rotate_secrets(&a), store.rotate_secrets(&b));
    assert_eq!((left.unwrap(), right.unwrap()), (1, 1), "two at once");
    let error = store.create_destination(late, &key_file(&store)).await.unwrap_err();
    assert!(error.to_string().contains("try again"), "{error}");
    let error = store.update_destination(first, &key_file(&store)).await.unwrap_err();
    assert!(error.to_string().contains("try again"), "{error}");
    let rows = store.list_destinations().await.unwrap();
    assert_eq!(rows.len(), 1);
    let opened = ring(&store).open(&StoredDestination::owner(&rows[0].id), &rows[0].config).unwrap();
    assert_eq!(opened, CONFIG.as_bytes());
    assert_eq!(std::fs::read_to_string(key_file(&store)).unwrap().lines().count(), 1);
}

#[tokio::test]
async fn deliveries_are_listed_by_state_and_page_and_retried_by_destination() {
    let store = open().await;
    let jobs = store_alerts(&store, (1..=4).map(alert).collect(), &["d1", "d2"], Some(at(600))).await;
    for (number, job) in jobs.iter().enumerate() {
        let record = model::AttemptRecord {
            at: at(i64::try_from(number).unwrap()),
            duration: std::time::Duration::from_millis(1),
            status_code: Some(404),
            success: false,
            message: "gone".to_owned(),
        };
        let next = Next::Failed;
        store
            .record_attempts(vec![AttemptOutcome { delivery_id: job.id.clone(), record, next }])
            .await
            .unwrap();
    }
    let filter = DeliveryFilter {
        state: Some(DeliveryState::Failed),
        destination: Some("d1".into()),
        ..DeliveryFilter::default()
    };
    let mut seen = Vec::new();
    let mut page = PageRequest::first(3);
    loop {
        let found = store.list_deliveries(&filter, &page).await.unwrap();
        seen.extend(found.items.iter().map(|delivery| delivery.attempts[0].at));
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted_by(|a, b| a > b), "the last given up first: {seen:?}");
    assert_eq!(store.retry_failed_of(&"d1".into(), &model::LogTypeAccess::ALL).await.unwrap(), 4);
    assert_eq!(store.retry_failed_of(&"d1".into(), &model::LogTypeAccess::ALL).await.unwrap(), 0);
    assert_eq!(
        (
            ids_in(&store, DeliveryState::Pending).await.len(),
            ids_in(&store, DeliveryState::Failed).await.len()
        ),
        (4, 4)
    );
    let all = store.list_deliveries(&DeliveryFilter::default(), &PageRequest::first(100)).await.unwrap();
    assert_eq!(all.items.len(), 8);
}

#[tokio::test]
async fn mutes_are_replaced_ended_deleted_with_their_destination_and_let_go_a_day_after_their_end() {
    let store = open().await;
    let one = destination(&store, "d1", "one");
    store.create_destination(one.clone(), &key_file(&store)).await.unwrap();
    let of_file = DestinationId::from("of-file");
    let mute = |since: i64, until: i64| Mute {
        until: at(until),
        reason: Some("moving".to_owned()),
        by: Actor { id: "ada".to_owned(), kind: ActorKind::User },
        since: at(since),
    };
    let before = store.state_version().await.unwrap();
    store.mute_destination(&one.id, mute(0, 10)).await.unwrap();
    store.mute_destination(&one.id, mute(5, 60)).await.unwrap();
    store.mute_destination(&of_file, mute(5, 70)).await.unwrap();
    let mutes = store.destination_mutes().await.unwrap();
    assert_eq!(mutes[&one.id], mute(5, 60));
    assert_eq!(mutes[&of_file], mute(5, 70));
    assert!(mutes[&one.id].is_on(at(59)) && !mutes[&one.id].is_on(at(60)));
    let topics: Vec<_> = store.changes_since(before).await.unwrap().into_iter().map(|it| it.topic).collect();
    assert_eq!(topics, [ChangeTopic::Destination; 3]);

    assert!(store.unmute_destination(&of_file, at(6)).await.unwrap());
    assert!(!store.unmute_destination(&of_file, at(6)).await.unwrap());
    store.delete_destination(&one.id).await.unwrap();
    assert!(store.destination_mutes().await.unwrap().is_empty());

    const DAY: i64 = 86_400;
    store.mute_destination(&of_file, mute(0, 10)).await.unwrap();
    let another = DestinationId::from("another");
    store.mute_destination(&another, mute(DAY, DAY + 10)).await.unwrap();
    assert_eq!(store.destination_mutes().await.unwrap().len(), 2, "kept for a day after its end");
    store.mute_destination(&another, mute(DAY + 10, DAY + 20)).await.unwrap();
    let left: Vec<_> = store.destination_mutes().await.unwrap().into_keys().collect();
    assert_eq!(left, [another]);
}
