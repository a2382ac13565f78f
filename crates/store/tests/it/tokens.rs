//! Tokens: made, used, revoked.

use jiff::SignedDuration;
use secrecy::{ExposeSecret as _, SecretString};
use store::{ChangeTopic, DATABASE_FILE, Store, StoreError};

use crate::support::{at, open};

/// Use is written later; a write behind it in the queue proves that it is done.
async fn settle(store: &Store) {
    store.clear_limiter(&"nothing".into()).await.unwrap();
}

#[tokio::test]
async fn a_new_token_is_valid_at_once_and_its_value_is_not_stored() {
    let store = open().await;
    let made = store.create_token("ci", "Admin").await.unwrap();
    let value = made.value.expose_secret();
    assert!(value.starts_with("mgy_") && value.len() == 47, "{}", value.len());
    assert!(value.starts_with(&made.token.prefix) && made.token.prefix.len() == 8);
    let found = store.authenticate(value).await.unwrap().unwrap();
    assert_eq!(found, made.token);
    assert_eq!((found.name.as_str(), found.role.as_str(), found.created_at), ("ci", "Admin", at(0)));
    for wrong in ["", "mgy_", &value[..46], &format!("{value}x")] {
        assert_eq!(store.authenticate(wrong).await.unwrap(), None);
    }
    assert!(!format!("{made:?}").contains(value));
    store.close().await;
    let file = std::fs::read(store.dir.path().join(DATABASE_FILE)).unwrap();
    assert!(!file.windows(value.len()).any(|bytes| bytes == value.as_bytes()));
}

#[tokio::test]
async fn two_tokens_never_share_a_value() {
    let store = open().await;
    let first = store.create_token("a", "Admin").await.unwrap();
    let second = store.create_token("a", "Admin").await.unwrap();
    assert_ne!(first.value.expose_secret(), second.value.expose_secret());
    assert_ne!(first.token.id, second.token.id);
}

#[tokio::test]
async fn use_is_noted_at_most_once_a_minute() {
    let store = open().await;
    let made = store.create_token("ci", "Admin").await.unwrap();
    for (step, expected) in [(0, at(0)), (59, at(0)), (1, at(60)), (30, at(60))] {
        store.clock.advance(SignedDuration::from_secs(step));
        store.authenticate(made.value.expose_secret()).await.unwrap().unwrap();
        settle(&store).await;
        assert_eq!(store.list_tokens().await.unwrap()[0].last_used_at, Some(expected));
    }
}

#[tokio::test]
async fn tokens_are_revoked_by_id_or_by_a_name_that_is_clear() {
    let store = open().await;
    let first = store.create_token("same", "Admin").await.unwrap();
    store.create_token("same", "Admin").await.unwrap();
    let error = store.revoke_token("same").await.unwrap_err();
    assert!(matches!(error, StoreError::AmbiguousToken { count: 2, .. }));
    let version = store.state_version().await.unwrap();
    let revoked = store.revoke_token(&first.token.id).await.unwrap();
    assert_eq!(revoked.revoked_at, Some(at(0)));
    assert_eq!(store.authenticate(first.value.expose_secret()).await.unwrap(), None);
    assert_eq!(store.changes_since(version).await.unwrap()[0].topic, ChangeTopic::Token);
    store.revoke_token("same").await.unwrap();
    let error = store.revoke_token("same").await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownToken { .. }));
    assert_eq!(store.list_tokens().await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_bootstrap_token_is_made_once_and_comes_back() {
    let store = open().await;
    let value = SecretString::from("chosen-by-a-person".to_owned());
    let first = store.ensure_token("bootstrap", "Admin", &value).await.unwrap();
    assert_eq!(store.ensure_token("bootstrap", "Admin", &value).await.unwrap(), first);
    assert_eq!(first.prefix, "chos");
    store.revoke_token(&first.id).await.unwrap();
    assert_eq!(store.ensure_token("bootstrap", "Admin", &value).await.unwrap().id, first.id);
    assert!(store.authenticate(value.expose_secret()).await.unwrap().is_some());
    assert_eq!(store.list_tokens().await.unwrap().len(), 1);
}
