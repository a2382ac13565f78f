//! Settings and identity providers that are made while the server runs.

use std::path::PathBuf;

use serde_json::json;
use store::{
    ChangeTopic, IDENTITY_PROVIDERS_MAX, IdentityProviderError, KEY_FILE, KeyRing, SettingsGroup, StoreError,
    StoreErrorKind, StoredIdentityProvider,
};

use crate::support::{TestStore, at, open};

const SECRET: &[u8] = b"very-secret";

fn key_file(store: &TestStore) -> PathBuf {
    store.dir.path().join(KEY_FILE)
}

fn provider(store: &TestStore, id: &str, has_secret: bool) -> StoredIdentityProvider {
    let ring = || KeyRing::load_or_create(&key_file(store)).unwrap();
    let seal = || ring().seal(&StoredIdentityProvider::owner(id), SECRET).unwrap();
    StoredIdentityProvider {
        id: id.to_owned(),
        settings: json!({ "label": "Okta", "oidc": { "issuer": "https://id.example" } }),
        secret: has_secret.then(seal),
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

fn refusal(error: StoreError) -> IdentityProviderError {
    match error {
        StoreError::IdentityProvider { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn settings_are_put_as_a_whole_and_told_to_a_running_server() {
    let store = open().await;
    assert_eq!(store.find_settings(SettingsGroup::General).await.unwrap(), None);
    let before = store.state_version().await.unwrap();
    store.put_settings(SettingsGroup::General, json!({ "a": 1, "b": 2 })).await.unwrap();
    store.put_settings(SettingsGroup::General, json!({ "a": 3 })).await.unwrap();
    store.put_settings(SettingsGroup::SignIn, json!({ "a": true })).await.unwrap();
    assert_eq!(store.find_settings(SettingsGroup::General).await.unwrap(), Some(json!({ "a": 3 })));
    assert_eq!(store.find_settings(SettingsGroup::SignIn).await.unwrap(), Some(json!({ "a": true })));
    let changes = store.changes_since(before).await.unwrap();
    let told: Vec<&str> = changes.iter().map(|change| change.id.as_str()).collect();
    assert_eq!(told, ["general", "general", "sign_in"]);
    assert!(changes.iter().all(|change| change.topic == ChangeTopic::Settings));
}

#[tokio::test]
async fn identity_providers_are_made_changed_and_deleted() {
    let store = open().await;
    let key_file = key_file(&store);
    let (open, closed) = (provider(&store, "b", false), provider(&store, "a", true));
    store.create_identity_provider(open.clone(), &key_file).await.unwrap();
    assert!(!store.has_secrets().await.unwrap(), "nothing is sealed");
    store.create_identity_provider(closed.clone(), &key_file).await.unwrap();
    assert!(store.has_secrets().await.unwrap());
    assert_eq!(store.list_identity_providers().await.unwrap(), [closed.clone(), open.clone()]);
    let error = store.create_identity_provider(open.clone(), &key_file).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
    assert_eq!(refusal(error), IdentityProviderError::IdTaken { id: "b".to_owned() });

    let changed =
        StoredIdentityProvider { settings: json!({}), secret: None, updated_at: at(9), ..closed.clone() };
    store.update_identity_provider(changed.clone(), &key_file).await.unwrap();
    let now = store.list_identity_providers().await.unwrap().remove(0);
    assert_eq!(now, StoredIdentityProvider { revision: 2, ..changed.clone() });
    let error = store.update_identity_provider(changed, &key_file).await.unwrap_err();
    assert_eq!(refusal(error), IdentityProviderError::ChangedMeanwhile { id: "a".to_owned() });

    store.delete_identity_provider("a").await.unwrap();
    let error = store.delete_identity_provider("a").await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotFound);
    let error = store.update_identity_provider(closed, &key_file).await.unwrap_err();
    assert_eq!(refusal(error), IdentityProviderError::Unknown { id: "a".to_owned() });
}

#[tokio::test]
async fn there_are_not_too_many_identity_providers() {
    let store = open().await;
    for number in 0..IDENTITY_PROVIDERS_MAX {
        let new = provider(&store, &format!("p{number}"), false);
        store.create_identity_provider(new, &key_file(&store)).await.unwrap();
    }
    let one_more = provider(&store, "more", false);
    let error = store.create_identity_provider(one_more, &key_file(&store)).await.unwrap_err();
    assert_eq!(refusal(error), IdentityProviderError::TooMany);
}

#[tokio::test]
async fn the_secret_of_a_provider_is_wrapped_anew_with_all_others() {
    let store = open().await;
    let key_file = key_file(&store);
    let new = provider(&store, "a", true);
    store.create_identity_provider(new.clone(), &key_file).await.unwrap();
    assert_eq!(store.rotate_secrets(&key_file).await.unwrap(), 1);
    let ring = KeyRing::load(&key_file).unwrap();
    let sealed = store.list_identity_providers().await.unwrap().remove(0).secret.unwrap();
    assert_eq!(sealed.key_id, ring.current_id());
    assert_eq!(ring.open(&StoredIdentityProvider::owner("a"), &sealed).unwrap(), SECRET);
    assert!(ring.open(&StoredIdentityProvider::owner("b"), &sealed).is_err(), "another one's");
    let late = StoredIdentityProvider { id: "late".to_owned(), ..new };
    let error = store.create_identity_provider(late, &key_file).await.unwrap_err();
    assert!(matches!(error, StoreError::Secrets { .. }), "{error}");
}
