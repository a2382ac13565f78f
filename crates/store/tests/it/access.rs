//! Knowing a caller again and again: what is kept in memory for a moment hides no change.

use std::sync::Arc;

use jiff::SignedDuration;
use model::{LogTypeAccess, LogTypeAccessKind, Permission, Rights, SignInMethod};
use secrecy::{ExposeSecret as _, SecretString};
use store::{NewSession, NewUser, RoleChange, RoleForm, RoleKey, Store, TokenForm, UserForm};

use crate::support::{TestStore, at, open};

/// A role of its own, with a token and a person who is signed in.
struct Known {
    store: TestStore,
    role_id: String,
    token_id: String,
    token: SecretString,
    user_id: String,
    session_id: String,
    session: SecretString,
}

async fn known() -> Known {
    let store = open().await;
    let rights = Rights { permissions: [Permission::AlertRead].into_iter().collect(), ..Rights::all() };
    let form = RoleForm { name: "Watch".to_owned(), rights };
    let role = store.create_role(form, None, Rights::all()).await.unwrap();
    let form = TokenForm { expires_at: Some(at(600)), ..TokenForm::in_role("ci", "Watch") };
    let token = store.create_token(form, None, Rights::all()).await.unwrap();
    let new = NewUser {
        email: "mira@example.com".to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Id(role.id.clone()),
    };
    let user = store.create_user(new, Rights::all()).await.unwrap();
    let new = NewSession {
        user_id: user.id.clone(),
        method: SignInMethod::Password,
        address: String::new(),
        user_agent: String::new(),
        ends_before: None,
    };
    let session = store.open_session(new).await.unwrap();
    Known {
        store,
        role_id: role.id,
        token_id: token.token.id,
        token: token.value,
        user_id: user.id,
        session_id: session.session.id,
        session: session.value,
    }
}

impl Known {
    /// What the token may do and what the person may do, as the store answers now.
    async fn rights(&self) -> (Option<Rights>, Option<Rights>) {
        let token = self.store.authenticate(self.token.expose_secret()).await.unwrap();
        let session = self.store.find_session(self.session.expose_secret()).await.unwrap();
        (token.and_then(|known| known.rights.clone()), session.map(|known| known.rights.clone()))
    }

    /// As [`Known::rights`], with what was kept in memory just before.
    async fn rights_before(&self) {
        let (token, session) = self.rights().await;
        assert!(token.is_some() && session.is_some());
        assert_eq!(self.rights().await, (token, session), "the same caller, asked again");
    }
}

#[tokio::test]
async fn a_change_of_the_role_counts_at_once() {
    let known = known().await;
    known.rights_before().await;
    let none = LogTypeAccess { kind: LogTypeAccessKind::DenyAll, log_types: Vec::new() };
    let change = RoleChange {
        permissions: Some([Permission::RuleRead].into_iter().collect()),
        log_types: Some(none.clone()),
        ..RoleChange::default()
    };
    known.store.update_role(&known.role_id, change, None, Rights::all()).await.unwrap();
    let now = Rights { permissions: [Permission::RuleRead].into_iter().collect(), log_types: none };
    assert_eq!(known.rights().await, (Some(now.clone()), Some(now)));
}

#[tokio::test]
async fn a_revoked_token_and_a_rotated_one_are_refused_at_once() {
    let known = known().await;
    known.rights_before().await;
    let (_, value) = known.store.rotate_token(&known.token_id, None, Rights::all()).await.unwrap();
    assert_eq!(known.rights().await.0, None, "the old value");
    let value = value.expose_secret();
    assert!(known.store.authenticate(value).await.unwrap().is_some());
    assert!(known.store.authenticate(value).await.unwrap().is_some());
    known.store.revoke_token_by_id(&known.token_id).await.unwrap();
    assert_eq!(known.store.authenticate(value).await.unwrap(), None);
}

#[tokio::test]
async fn a_person_who_is_disabled_is_refused_at_once() {
    let known = known().await;
    known.rights_before().await;
    let form = UserForm { enabled: Some(false), ..UserForm::default() };
    known.store.update_user(&known.user_id, form, Rights::all()).await.unwrap();
    assert_eq!(known.rights().await.1, None);
}

#[tokio::test]
async fn a_session_that_is_ended_is_refused_at_once() {
    let known = known().await;
    known.rights_before().await;
    assert!(known.store.end_session(&known.user_id, &known.session_id).await.unwrap());
    assert_eq!(known.rights().await.1, None);
}

#[tokio::test]
async fn time_counts_at_once() {
    let known = known().await;
    known.store.clock.advance(SignedDuration::from_secs(599));
    known.rights_before().await;
    known.store.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(known.rights().await.0, None, "the token expired");
    known.store.clock.advance(store::SESSION_IDLE_MAX);
    assert_eq!(known.rights().await.1, None, "the session is idle");
}

#[tokio::test]
async fn what_another_process_changes_counts_when_it_says_so() {
    let known = known().await;
    let other = Store::open(known.store.dir.path(), Arc::new(known.store.clock.clone())).await.unwrap();
    known.rights_before().await;
    other.revoke_token_by_id(&known.token_id).await.unwrap();
    other.end_sessions(&known.user_id, None).await.unwrap();
    other.until_access_is_seen().await;
    assert_eq!(known.rights().await, (None, None));
}
