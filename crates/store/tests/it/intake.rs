//! Stored log sources with their sealed secrets, and schemas with their versions.

use std::path::PathBuf;

use jiff::SignedDuration;
use model::{Actor, ActorKind};
use store::{
    ChangeTopic, DATABASE_FILE, IntakeError, KEY_FILE, KeyRing, SchemaForm, SourceSettings, StoreError,
    StoreErrorKind, StoredSource, StreamOptions,
};

use crate::support::{TestStore, at, open};

const SECRETS: &str = r#"{"bearer_token": "very-secret-token"}"#;

fn key_file(store: &TestStore) -> PathBuf {
    store.dir.path().join(KEY_FILE)
}

fn someone() -> Option<Actor> {
    Some(Actor { id: "someone".to_owned(), kind: ActorKind::ApiToken })
}

fn source(store: &TestStore, id: &str, label: &str) -> StoredSource {
    let ring = KeyRing::load_or_create(&key_file(store)).unwrap();
    let id = id.into();
    StoredSource {
        secrets: ring.seal(&StoredSource::owner(&id), SECRETS.as_bytes()).unwrap(),
        id,
        label: label.to_owned(),
        settings: SourceSettings {
            log_types: vec!["B".into(), "A".into()],
            stream_type: "JsonArray".to_owned(),
            stream_options: Some(StreamOptions {
                json_array_envelope_field: "records".to_owned(),
                ..StreamOptions::default()
            }),
            auth_method: "Bearer".to_owned(),
            ..SourceSettings::default()
        },
        revision: 1,
        created_at: at(0),
        created_by: someone(),
        updated_at: at(0),
        updated_by: someone(),
    }
}

fn intake_error(error: StoreError) -> IntakeError {
    match error {
        StoreError::Intake { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn sources_are_made_changed_and_deleted() {
    let store = open().await;
    assert!(!store.has_secrets().await.unwrap());
    let (first, second) = (source(&store, "s1", "one"), source(&store, "s2", "two"));
    let version = store.state_version().await.unwrap();
    store.create_source(first.clone(), &key_file(&store)).await.unwrap();
    store.create_source(second.clone(), &key_file(&store)).await.unwrap();
    assert_eq!(store.list_sources().await.unwrap(), [first.clone(), second.clone()]);
    assert!(store.has_secrets().await.unwrap());
    let changes = store.changes_since(version).await.unwrap();
    assert!(changes.iter().all(|change| change.topic == ChangeTopic::Source) && changes.len() == 2);

    let taken = StoredSource { label: "two".to_owned(), ..first.clone() };
    let error = intake_error(store.update_source(taken, &key_file(&store)).await.unwrap_err());
    assert_eq!(error, IntakeError::LabelTaken { label: "two".to_owned() });
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
    let changed = StoredSource { label: "three".to_owned(), updated_at: at(5), ..first.clone() };
    store.update_source(changed.clone(), &key_file(&store)).await.unwrap();
    let old = store.update_source(changed.clone(), &key_file(&store)).await.unwrap_err();
    assert_eq!(intake_error(old), IntakeError::ChangedMeanwhile { id: "s1".into() });
    let read = store.list_sources().await.unwrap();
    assert_eq!(read, [StoredSource { revision: 2, ..changed }, second]);

    store.delete_source(&"s1".into()).await.unwrap();
    let gone = intake_error(store.delete_source(&"s1".into()).await.unwrap_err());
    assert_eq!(gone.kind(), StoreErrorKind::NotFound);
    let gone =
        store.update_source(StoredSource { revision: 2, ..first }, &key_file(&store)).await.unwrap_err();
    assert_eq!(intake_error(gone), IntakeError::UnknownSource { id: "s1".into() });
}

#[tokio::test]
async fn a_rotation_of_keys_takes_sources_along() {
    let store = open().await;
    let made = source(&store, "s1", "one");
    store.create_source(made.clone(), &key_file(&store)).await.unwrap();
    let late = source(&store, "s2", "two");
    assert_eq!(store.rotate_secrets(&key_file(&store)).await.unwrap(), 1);
    let row = store.list_sources().await.unwrap().remove(0);
    assert_ne!(row.secrets.key_id, made.secrets.key_id);
    let ring = KeyRing::load(&key_file(&store)).unwrap();
    let opened = ring.open(&StoredSource::owner(&row.id), &row.secrets).unwrap();
    assert_eq!(opened, SECRETS.as_bytes());
    let error = store.create_source(late, &key_file(&store)).await.unwrap_err();
    assert!(matches!(error, StoreError::Secrets { .. }), "{error}");
    store.close().await;
    let file = std::fs::read(store.dir.path().join(DATABASE_FILE)).unwrap();
    assert!(!file.windows(11).any(|bytes| bytes == b"very-secret"));
}

fn schema(name: &str, spec: &str, revision: u64) -> SchemaForm {
    SchemaForm {
        name: name.to_owned(),
        spec: spec.to_owned(),
        description: "what it is".to_owned(),
        reference_url: String::new(),
        is_field_discovery_enabled: false,
        revision,
    }
}

#[tokio::test]
async fn schemas_have_revisions_and_a_change_names_the_one_it_is_made_from() {
    let store = open().await;
    let made = store.put_schema(schema("Custom.A", "one", 0), someone()).await.unwrap();
    assert_eq!((made.revision, made.created_at, made.updated_by.clone()), (1, at(0), someone()));
    assert_eq!(store.list_schemas().await.unwrap(), std::slice::from_ref(&made));
    for (name, revision) in [("Custom.A", 0), ("Custom.A", 2), ("custom.a", 0), ("Custom.B", 1)] {
        let error = intake_error(store.put_schema(schema(name, "two", revision), None).await.unwrap_err());
        assert!(matches!(error, IntakeError::WrongRevision { .. }), "{name} {revision}: {error}");
    }
    store.clock.advance(SignedDuration::from_secs(7));
    let same = store.put_schema(schema("Custom.A", "one", 1), None).await.unwrap();
    assert_eq!(same, made, "nothing changed, so there is no new version");
    let changed = store.put_schema(schema("Custom.A", "two", 1), None).await.unwrap();
    assert_eq!((changed.revision, changed.created_at, changed.updated_at), (2, at(0), at(7)));

    let archived = store.archive_schema("Custom.A", true).await.unwrap();
    assert!(archived.is_archived);
    assert_eq!(store.list_schemas().await.unwrap(), [archived]);
    let back = store.put_schema(schema("Custom.A", "two", 2), None).await.unwrap();
    assert_eq!((back.is_archived, back.revision), (false, 3), "a change takes it back");
    let unknown = intake_error(store.archive_schema("Custom.B", true).await.unwrap_err());
    assert_eq!(unknown.kind(), StoreErrorKind::NotFound);
}
