//! Tokens: made, used, revoked.

use jiff::SignedDuration;
use model::{Actor, ActorKind, LogTypeAccess, LogTypeAccessKind, Permission, Rights};
use secrecy::{ExposeSecret as _, SecretString};
use store::{
    ChangeTopic, DATABASE_FILE, Grant, NewToken, PeopleError, RoleChange, RoleForm, RoleKey, Store,
    StoreError, TokenForm,
};

use crate::support::{at, open};

/// Use is written later; a write behind it in the queue proves that it is done.
async fn settle(store: &Store) {
    store.clear_limiter(&"nothing".into()).await.unwrap();
}

async fn create(store: &Store, name: &str) -> NewToken {
    store.create_token(TokenForm::in_role(name, "Admin"), None, Rights::all()).await.unwrap()
}

#[tokio::test]
async fn a_new_token_is_valid_at_once_and_its_value_is_not_stored() {
    let store = open().await;
    let made = create(&store, "ci").await;
    let value = made.value.expose_secret();
    assert!(value.starts_with("mgy_") && value.len() == 47, "{}", value.len());
    assert!(value.starts_with(&made.token.prefix) && made.token.prefix.len() == 8);
    let found = store.authenticate(value).await.unwrap().unwrap();
    assert_eq!(found.token, made.token);
    assert_eq!((found.token.name.as_str(), found.token.created_at), ("ci", at(0)));
    assert_eq!(found.rights, Some(Rights::all()));
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
    let first = create(&store, "a").await;
    let second = create(&store, "a").await;
    assert_ne!(first.value.expose_secret(), second.value.expose_secret());
    assert_ne!(first.token.id, second.token.id);
}

#[tokio::test]
async fn use_is_noted_at_most_once_a_minute() {
    let store = open().await;
    let made = create(&store, "ci").await;
    for (step, expected) in [(0, at(0)), (59, at(0)), (1, at(60)), (30, at(60))] {
        store.clock.advance(SignedDuration::from_secs(step));
        let known = store.authenticate(made.value.expose_secret()).await.unwrap().unwrap();
        store.note_use(&known.token);
        settle(&store).await;
        assert_eq!(store.list_tokens().await.unwrap()[0].token.last_used_at, Some(expected));
    }
}

#[tokio::test]
async fn tokens_are_revoked_by_id_or_by_a_name_that_is_clear() {
    let store = open().await;
    let first = create(&store, "same").await;
    create(&store, "same").await;
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

/// A token that lacks nothing but what is left out here.
fn rights(permissions: &[Permission]) -> Rights {
    Rights { permissions: permissions.iter().copied().collect(), log_types: LogTypeAccess::ALL }
}

fn own(name: &str, rights: Rights) -> TokenForm {
    TokenForm { grant: Grant::Own(rights), ..TokenForm::in_role(name, "") }
}

fn someone() -> Option<Actor> {
    Some(Actor { id: "someone".to_owned(), kind: ActorKind::ApiToken })
}

#[tokio::test]
async fn a_token_of_before_works_in_the_role_of_its_name() {
    let store = open().await;
    for role in ["Admin", "Analyst", "AnalystReadOnly"] {
        let value = SecretString::from(format!("value-of-{role}"));
        store.ensure_token(role, role, &value).await.unwrap();
        let known = store.authenticate(value.expose_secret()).await.unwrap().unwrap();
        let expected: model::DefaultRole = role.parse().unwrap();
        assert_eq!(known.rights.as_ref().unwrap().permissions, expected.permissions(), "{role}");
    }
    let error = store.create_token(TokenForm::in_role("x", "Nobody"), None, Rights::all()).await.unwrap_err();
    assert!(error.to_string().contains("`Nobody`") && error.to_string().contains("Analyst"), "{error}");
}

#[tokio::test]
async fn a_token_expires_at_its_time() {
    let store = open().await;
    let form = TokenForm { expires_at: Some(at(60)), ..TokenForm::in_role("short", "Admin") };
    let made = store.create_token(form, someone(), Rights::all()).await.unwrap();
    let value = made.value.expose_secret();
    store.clock.advance(SignedDuration::from_secs(59));
    let known = store.authenticate(value).await.unwrap().unwrap();
    assert_eq!((known.token.expires_at, known.token.created_by.clone()), (Some(at(60)), someone()));
    store.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(store.authenticate(value).await.unwrap(), None);
    assert!(store.find_token(&made.token.id).await.unwrap().is_some(), "it can still be given more time");
}

#[tokio::test]
async fn nobody_makes_changes_or_rotates_a_token_with_more_rights_than_his_own() {
    let store = open().await;
    let mine = rights(&[Permission::OrganizationAPITokenModify, Permission::AlertRead]);
    let refused = |error: StoreError, word: &str| match error {
        StoreError::People { source: PeopleError::BeyondRights { lacking, .. } } => {
            assert!(lacking.contains(word), "{lacking}");
        }
        other => panic!("{other}"),
    };
    let more = own("more", rights(&[Permission::RuleModify]));
    let error = store.create_token(more.clone(), None, mine.clone()).await.unwrap_err();
    refused(error, "`RuleRead`, `RuleModify`");
    let error = store.create_token(TokenForm::in_role("x", "Analyst"), None, mine.clone()).await.unwrap_err();
    refused(error, "RuleModify");
    let less =
        store.create_token(own("less", rights(&[Permission::AlertRead])), None, mine.clone()).await.unwrap();
    let error = store.update_token(&less.token.id, more.clone(), None, mine.clone()).await.unwrap_err();
    refused(error, "RuleModify");
    let strong = store.create_token(more, None, Rights::all()).await.unwrap();
    let weaker = own("weaker", rights(&[Permission::AlertRead]));
    let error = store.update_token(&strong.token.id, weaker.clone(), None, mine.clone()).await.unwrap_err();
    refused(error, "RuleModify");
    refused(store.rotate_token(&strong.token.id, None, mine.clone()).await.unwrap_err(), "RuleModify");

    let only_okta = Rights {
        log_types: LogTypeAccess { kind: LogTypeAccessKind::Allow, log_types: vec!["Okta.SystemLog".into()] },
        ..mine.clone()
    };
    let error = store.create_token(weaker, None, only_okta).await.unwrap_err();
    refused(error, "log types");
}

#[tokio::test]
async fn a_rotated_token_has_one_value_and_the_same_id() {
    let store = open().await;
    let made = create(&store, "ci").await;
    store.clock.advance(SignedDuration::from_secs(5));
    let (rotated, value) = store.rotate_token(&made.token.id, someone(), Rights::all()).await.unwrap();
    assert_eq!(rotated.token.id, made.token.id);
    assert_eq!((rotated.token.rotated_at, rotated.token.rotated_by), (Some(at(5)), someone()));
    assert!(value.expose_secret().starts_with(&rotated.token.prefix));
    assert_eq!(store.authenticate(made.value.expose_secret()).await.unwrap(), None);
    assert!(store.authenticate(value.expose_secret()).await.unwrap().is_some());
    let error = store.rotate_token("nobody", None, Rights::all()).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownToken { .. }));
}

#[tokio::test]
async fn a_changed_token_keeps_its_value_and_networks_read_back() {
    let store = open().await;
    let made = create(&store, "ci").await;
    let form = TokenForm {
        allowed_networks: vec!["192.0.2.0/24".parse().unwrap(), "2001:db8::1".parse().unwrap()],
        ..own("renamed", rights(&[Permission::AlertModify]))
    };
    store.update_token(&made.token.id, form.clone(), someone(), Rights::all()).await.unwrap();
    let known = store.authenticate(made.value.expose_secret()).await.unwrap().unwrap();
    assert_eq!((known.token.name.as_str(), &known.token.updated_by), ("renamed", &someone()));
    assert_eq!(known.token.allowed_networks, form.allowed_networks);
    assert_eq!(known.rights, Some(rights(&[Permission::AlertModify])));
    store.revoke_token_by_id(&made.token.id).await.unwrap();
    let error = store.update_token(&made.token.id, form, None, Rights::all()).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownToken { .. }));
}

#[tokio::test]
async fn tokens_follow_their_role() {
    let store = open().await;
    let form = RoleForm { name: "Watch".to_owned(), rights: rights(&[Permission::AlertRead]) };
    let role = store.create_role(form, None, Rights::all()).await.unwrap();
    let made = store.create_token(TokenForm::in_role("w", "Watch"), None, Rights::all()).await.unwrap();
    let change = RoleChange {
        name: Some("Look".to_owned()),
        permissions: Some([Permission::RuleRead].into_iter().collect()),
        log_types: None,
    };
    store.update_role(&role.id, change, None, Rights::all()).await.unwrap();
    let known = store.authenticate(made.value.expose_secret()).await.unwrap().unwrap();
    assert_eq!(known.token.grant, Grant::Role("Look".to_owned()));
    assert_eq!(known.permissions().iter().collect::<Vec<_>>(), [Permission::RuleRead]);
    let error = store.delete_role(&role.id, Rights::all()).await.unwrap_err().to_string();
    assert!(error.contains("1 API tokens"), "{error}");
    store.revoke_token("w").await.unwrap();
    store.delete_role(&role.id, Rights::all()).await.unwrap();
    assert_eq!(store.find_role(&RoleKey::Id(role.id)).await.unwrap(), None);
}
