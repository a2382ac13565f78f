//! Passwords, second factors, sessions, links that work once, and failed sign-ins.

use std::path::PathBuf;

use jiff::SignedDuration;
use model::{DefaultRole, Rights, SignInMethod, User, UserStatus};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use stdx::Clock as _;
use store::{
    ACCOUNT_FAILURES_MAX, Attempt, DATABASE_FILE, FAILURE_WINDOW, KEY_FILE, LinkPurpose,
    NETWORK_FAILURES_MAX, NewSession, NewUser, OpenedSession, PeopleError, RESET_LIFE, Retention, RoleKey,
    SESSION_IDLE_MAX, SESSION_LIFE_MAX, SESSIONS_PER_USER_MAX, SignInError, StoreError, UserForm,
};

use crate::support::{TestStore, open};

fn new_user(email: &str, role: DefaultRole) -> NewUser {
    NewUser {
        email: email.to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Name(role.as_str().to_owned()),
    }
}

fn hash(text: &str) -> SecretString {
    SecretString::from(format!("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ${text}"))
}

fn key_file(store: &TestStore) -> PathBuf {
    store.dir.path().join(KEY_FILE)
}

/// A person with a password.
async fn person(store: &TestStore, email: &str, role: DefaultRole) -> User {
    let user = store.create_user(new_user(email, role), Rights::all()).await.unwrap();
    let (link, _) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    store.use_password_link(link.expose_secret(), hash("first")).await.unwrap()
}

async fn session(store: &TestStore, user: &User) -> OpenedSession {
    let new = NewSession {
        user_id: user.id.clone(),
        method: SignInMethod::Password,
        address: "192.0.2.7".to_owned(),
        user_agent: "test".to_owned(),
        ends_before: None,
    };
    store.open_session(new).await.unwrap()
}

async fn holds(store: &TestStore, session: &OpenedSession) -> bool {
    store.find_session(session.value.expose_secret()).await.unwrap().is_some()
}

fn why(error: StoreError) -> SignInError {
    match error {
        StoreError::SignIn { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_session_says_who_and_what_they_may() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let opened = session(&store, &user).await;
    let known = store.find_session(opened.value.expose_secret()).await.unwrap().unwrap();
    assert_eq!(known.session, opened.session);
    assert_eq!(known.rights.permissions, DefaultRole::Analyst.permissions());
    assert_eq!(known.user.last_login_at, Some(opened.session.created_at));
    assert_eq!(known.user.status, UserStatus::Confirmed);
    assert!(store.find_session("guessed").await.unwrap().is_none());
    let file = std::fs::read(store.dir.path().join(DATABASE_FILE)).unwrap();
    let value = opened.value.expose_secret().as_bytes();
    assert!(!file.windows(value.len()).any(|window| window == value), "the value is in the database file");
}

#[tokio::test]
async fn sessions_end_when_idle_when_old_and_with_their_person() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let idle = session(&store, &user).await;
    store.clock.advance(SESSION_IDLE_MAX - SignedDuration::from_secs(1));
    assert!(holds(&store, &idle).await);
    store.clock.advance(SignedDuration::from_secs(1));
    assert!(!holds(&store, &idle).await);

    let used = session(&store, &user).await;
    let begun = store.clock.now();
    while store.clock.now().duration_since(begun) < SESSION_LIFE_MAX {
        let known = store.find_session(used.value.expose_secret()).await.unwrap().unwrap();
        store.note_seen(&known.session);
        // The note is written by the one writer, before whatever is asked of it next.
        store.forget_failures("nobody").await.unwrap();
        store.clock.advance(SignedDuration::from_mins(50));
    }
    assert!(!holds(&store, &used).await, "a session in use lives for ever");
    let purged = store.purge(Retention::default()).await.unwrap();
    assert_eq!(purged.sign_in, 2, "the idle one and the old one");

    let of_disabled = session(&store, &user).await;
    let form = UserForm { enabled: Some(false), ..UserForm::default() };
    store.update_user(&user.id, form, Rights::all()).await.unwrap();
    assert!(!holds(&store, &of_disabled).await);
    let refused = store.open_session(NewSession {
        user_id: user.id.clone(),
        method: SignInMethod::Password,
        address: String::new(),
        user_agent: String::new(),
        ends_before: None,
    });
    assert!(refused.await.is_err(), "a disabled person signs in");
}

#[tokio::test]
async fn sessions_are_listed_ended_and_limited() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let other = person(&store, "noor@example.com", DefaultRole::Analyst).await;
    let first = session(&store, &user).await;
    let of_other = session(&store, &other).await;
    for _ in 0..SESSIONS_PER_USER_MAX {
        store.clock.advance(SignedDuration::from_secs(1));
        session(&store, &user).await;
    }
    assert!(!holds(&store, &first).await, "the oldest made no room");
    let listed = store.list_sessions(&user.id).await.unwrap();
    assert_eq!(listed.len() as u64, SESSIONS_PER_USER_MAX);
    assert!(!store.end_session(&other.id, &listed[0].id).await.unwrap(), "ended a session of somebody else");
    assert!(store.end_session(&user.id, &listed[0].id).await.unwrap());
    assert_eq!(store.end_sessions(&user.id, Some(&listed[1].id)).await.unwrap(), SESSIONS_PER_USER_MAX - 2);
    assert_eq!(store.list_sessions(&user.id).await.unwrap(), [listed[1].clone()]);
    assert!(holds(&store, &of_other).await);
}

#[tokio::test]
async fn the_first_administrator_needs_the_newest_link() {
    let store = open().await;
    let old = store.create_set_up_link().await.unwrap().unwrap();
    let link = store.create_set_up_link().await.unwrap().unwrap();
    assert_eq!(store.find_link(link.expose_secret()).await.unwrap(), Some(LinkPurpose::SetUp));
    let new = || new_user("mira@example.com", DefaultRole::AnalystReadOnly);
    let refused = store.set_up(old.expose_secret(), new(), hash("a")).await.unwrap_err();
    assert_eq!(why(refused), SignInError::LinkOver);
    let refused = store.use_password_link(link.expose_secret(), hash("a")).await.unwrap_err();
    assert_eq!(why(refused), SignInError::LinkOver);
    let admin = store.set_up(link.expose_secret(), new(), hash("a")).await.unwrap();
    assert_eq!((admin.role_name.as_str(), admin.status), ("Admin", UserStatus::Confirmed));
    let refused = store.set_up(link.expose_secret(), new(), hash("b")).await.unwrap_err();
    assert_eq!(why(refused), SignInError::SetUpAlready);
    assert!(store.create_set_up_link().await.unwrap().is_none(), "there are people, and a link is given out");
}

#[tokio::test]
async fn links_work_once_for_their_time_and_end_sessions() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let opened = session(&store, &user).await;
    let (older, _) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    let (link, _) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    assert!(store.find_link(older.expose_secret()).await.unwrap().is_none());
    assert!(matches!(
        store.find_link(link.expose_secret()).await.unwrap(),
        Some(LinkPurpose::Reset { user: found }) if found.id == user.id
    ));
    store.use_password_link(link.expose_secret(), hash("second")).await.unwrap();
    assert!(!holds(&store, &opened).await, "a session outlives the password");
    let again = store.use_password_link(link.expose_secret(), hash("third")).await.unwrap_err();
    assert_eq!(why(again), SignInError::LinkOver);
    let account = store.find_account("MIRA@example.com", &key_file(&store)).await.unwrap().unwrap();
    assert_eq!(account.password_hash.unwrap().expose_secret(), hash("second").expose_secret());

    let (late, expires_at) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    store.clock.advance(RESET_LIFE);
    assert_eq!(expires_at, store.clock.now());
    let refused = store.use_password_link(late.expose_secret(), hash("late")).await.unwrap_err();
    assert_eq!(why(refused), SignInError::LinkOver);
    let lesser = Rights { permissions: DefaultRole::AnalystReadOnly.permissions(), ..Rights::all() };
    let refused = store.create_password_link(&user.id, lesser).await.unwrap_err();
    assert!(matches!(refused, StoreError::People { source: PeopleError::BeyondRights { .. } }), "{refused}");
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let (kept, other) = (session(&store, &user).await, session(&store, &user).await);
    store.change_password(&user.id, hash("new"), &kept.session.id).await.unwrap();
    assert!(holds(&store, &kept).await);
    assert!(!holds(&store, &other).await);
}

#[tokio::test]
async fn a_second_factor_counts_once_confirmed_and_each_code_works_once() {
    let store = open().await;
    let user = person(&store, "mira@example.com", DefaultRole::Analyst).await;
    let kept = session(&store, &user).await;
    let key_file = key_file(&store);
    let secret = || SecretSlice::from(b"twenty-secret-bytes!".to_vec());
    let refused = store.confirm_totp(&user.id, 5, &[], &kept.session.id).await.unwrap_err();
    assert_eq!(why(refused), SignInError::NoTotp);
    store.begin_totp(&user.id, secret(), &key_file).await.unwrap();
    let account = store.find_account(&user.email, &key_file).await.unwrap().unwrap();
    assert!(account.totp.is_none(), "an unconfirmed factor counts");
    let codes = ["aaaa".to_owned(), "bbbb".to_owned()];
    store.confirm_totp(&user.id, 5, &codes, &kept.session.id).await.unwrap();
    let refused = store.begin_totp(&user.id, secret(), &key_file).await.unwrap_err();
    assert_eq!(why(refused), SignInError::TotpAlready);

    store.rotate_secrets(&key_file).await.unwrap();
    let totp = store.find_account(&user.email, &key_file).await.unwrap().unwrap().totp.unwrap();
    assert_eq!((totp.secret.expose_secret(), totp.recovery_codes), (&b"twenty-secret-bytes!"[..], 2));
    assert!(!store.use_totp_step(&user.id, 5).await.unwrap(), "the code of the confirmation works again");
    assert!(store.use_totp_step(&user.id, 7).await.unwrap());
    assert!(!store.use_totp_step(&user.id, 7).await.unwrap(), "a code works twice");
    assert!(!store.use_totp_step(&user.id, 6).await.unwrap(), "an older code works after a newer one");
    assert!(store.use_recovery_code(&user.id, "bbbb").await.unwrap());
    assert!(!store.use_recovery_code(&user.id, "bbbb").await.unwrap(), "a recovery code works twice");
    assert!(!store.use_recovery_code(&user.id, "cccc").await.unwrap());
    assert!(store.remove_totp(&user.id).await.unwrap());
    assert!(store.find_totp(&user.id, &key_file).await.unwrap().is_none());

    let file = std::fs::read(store.dir.path().join(DATABASE_FILE)).unwrap();
    let clear = b"twenty-secret-bytes!";
    assert!(!file.windows(clear.len()).any(|window| window == clear), "the secret is in the database file");
}

#[tokio::test]
async fn failures_lock_an_account_and_a_network_for_a_while() {
    let store = open().await;
    let from = Some("2001:db8:0:1::7".parse().unwrap());
    let attempt = |email: &'static str| Attempt { email, from };
    for _ in 1..ACCOUNT_FAILURES_MAX {
        assert_eq!(store.note_failure(attempt("mira@example.com")).await.unwrap(), None);
    }
    let until = store.note_failure(attempt("MIRA@example.com")).await.unwrap().unwrap();
    assert_eq!(until, store.clock.now() + FAILURE_WINDOW);
    let elsewhere = Attempt { email: "mira@example.com", from: None };
    assert_eq!(store.locked_until(elsewhere).await.unwrap(), Some(until), "the account is not locked");
    assert_eq!(store.locked_until(attempt("noor@example.com")).await.unwrap(), None);
    store.forget_failures("Mira@example.com").await.unwrap();
    assert_eq!(store.locked_until(elsewhere).await.unwrap(), None);

    for number in ACCOUNT_FAILURES_MAX..NETWORK_FAILURES_MAX {
        let email = format!("guess{number}@example.com");
        store.note_failure(Attempt { email: &email, from }).await.unwrap();
    }
    let neighbour = Some("2001:db8:0:1::8".parse().unwrap());
    let of_network =
        store.locked_until(Attempt { email: "noor@example.com", from: neighbour }).await.unwrap();
    assert!(of_network.is_some(), "the network is not locked");
    let other = Some("2001:db8:0:2::8".parse().unwrap());
    assert_eq!(store.locked_until(Attempt { email: "noor@example.com", from: other }).await.unwrap(), None);
    store.clock.advance(FAILURE_WINDOW);
    assert_eq!(store.locked_until(attempt("noor@example.com")).await.unwrap(), None);
    assert_eq!(store.note_failure(attempt("noor@example.com")).await.unwrap(), None, "the count goes on");
    store.clock.advance(FAILURE_WINDOW);
    assert!(store.purge(Retention::default()).await.unwrap().sign_in > NETWORK_FAILURES_MAX / 2);
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let store = open().await;
    let admin = person(&store, "mira@example.com", DefaultRole::Admin).await;
    let invited =
        store.create_user(new_user("noor@example.com", DefaultRole::Admin), Rights::all()).await.unwrap();
    let is_last =
        |error: StoreError| matches!(error, StoreError::People { source: PeopleError::LastAdministrator });
    let down = || UserForm { role: Some(RoleKey::Name("Analyst".to_owned())), ..UserForm::default() };
    let off = || UserForm { enabled: Some(false), ..UserForm::default() };
    assert!(is_last(store.update_user(&admin.id, down(), Rights::all()).await.unwrap_err()));
    assert!(is_last(store.update_user(&admin.id, off(), Rights::all()).await.unwrap_err()));
    assert!(is_last(store.delete_user(&admin.id, Rights::all()).await.unwrap_err()));
    assert!(store.find_user(&admin.id).await.unwrap().unwrap().enabled, "a refused change is written");
    let (link, _) = store.create_password_link(&invited.id, Rights::all()).await.unwrap();
    store.use_password_link(link.expose_secret(), hash("x")).await.unwrap();
    store.delete_user(&admin.id, Rights::all()).await.unwrap();
    assert!(is_last(store.delete_user(&invited.id, Rights::all()).await.unwrap_err()));
}
