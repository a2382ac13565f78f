//! People whom identity providers vouch for: found by issuer and subject, made when unknown, never taken over.

use model::{DefaultRole, Rights, User, UserStatus};
use secrecy::{ExposeSecret as _, SecretString};
use store::{
    ArrivalChange, ArrivalError, ArrivalForm, Arrived, Identity, NewUser, PeopleError, RoleKey, SignInError,
    StoreError, UserForm,
};

use crate::support::{TestStore, open};

const MIRA: &str = "mira@example.com";

fn identity(subject: &str) -> Identity {
    Identity { issuer: "https://id.example".to_owned(), subject: subject.to_owned() }
}

fn role(role: DefaultRole) -> RoleKey {
    RoleKey::Name(role.as_str().to_owned())
}

fn form(subject: &str, email: &str) -> ArrivalForm {
    ArrivalForm {
        identity: identity(subject),
        email: email.to_owned(),
        given_name: Some("Mira".to_owned()),
        family_name: Some("Ode".to_owned()),
        role: role(DefaultRole::AnalystReadOnly),
        is_role_told: false,
    }
}

async fn invite(store: &TestStore, email: &str, of: DefaultRole) -> User {
    let new = NewUser {
        email: email.to_owned(),
        given_name: "Noor".to_owned(),
        family_name: "Ide".to_owned(),
        role: role(of),
    };
    store.create_user(new, Rights::all()).await.unwrap()
}

/// Somebody with a password.
async fn person(store: &TestStore, email: &str, of: DefaultRole) -> User {
    let user = invite(store, email, of).await;
    let (link, _) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    store.use_password_link(link.expose_secret(), SecretString::from("$argon2id$hash")).await.unwrap()
}

async fn change(store: &TestStore, user: &User, form: UserForm) {
    store.update_user(&user.id, form, Rights::all()).await.unwrap();
}

#[track_caller]
fn why(arrived: Result<Arrived, StoreError>) -> ArrivalError {
    match arrived.unwrap_err() {
        StoreError::Arrival { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_stranger_is_made_and_known_the_next_time() {
    let store = open().await;
    let Arrived { user, change } = store.arrive(form("1", "Mira@example.com")).await.unwrap();
    assert_eq!((user.email.as_str(), user.status), ("Mira@example.com", UserStatus::ExternalProvider));
    assert_eq!((user.role_name.as_str(), change.is_new), ("AnalystReadOnly", true));
    let again = store.arrive(form("1", "Mira@example.com")).await.unwrap();
    assert_eq!((again.user, again.change), (user.clone(), ArrivalChange::default()));
    let known = store.list_identities(&user.id).await.unwrap();
    assert_eq!((known.len(), &known[0].identity), (1, &identity("1")));
    assert!(known[0].last_used_at.is_some());
    let link = store.create_password_link(&user.id, Rights::all()).await.unwrap_err();
    assert!(matches!(link, StoreError::SignIn { source: SignInError::External { .. } }), "{link}");
}

#[tokio::test]
async fn names_address_and_role_follow_the_provider() {
    let store = open().await;
    let made = store.arrive(form("1", MIRA)).await.unwrap().user;
    let told = ArrivalForm {
        given_name: Some("Mirabel".to_owned()),
        family_name: None,
        role: role(DefaultRole::Analyst),
        is_role_told: true,
        ..form("1", "mira.ode@example.com")
    };
    let Arrived { user, change } = store.arrive(told).await.unwrap();
    assert_eq!(user.id, made.id);
    let seen = (user.email.as_str(), user.given_name.as_str(), user.family_name.as_str());
    assert_eq!(seen, ("mira.ode@example.com", "Mirabel", "Ode"));
    assert_eq!(user.role_name, "Analyst");
    assert_eq!(change.role_before.as_deref(), Some("AnalystReadOnly"));
    let untold = store.arrive(form("1", "mira.ode@example.com")).await.unwrap();
    assert_eq!(untold.user.role_name, "Analyst", "the role of newcomers is for newcomers");
}

#[tokio::test]
async fn an_address_alone_opens_nothing() {
    let store = open().await;
    person(&store, MIRA, DefaultRole::Admin).await;
    let error = why(store.arrive(form("1", "MIRA@example.com")).await);
    let text = error.to_string();
    assert!(
        text.contains("margay user connect mira@example.com --issuer https://id.example --subject 1"),
        "{text}"
    );
    invite(&store, "noor@example.com", DefaultRole::Admin).await;
    why(store.arrive(form("2", "noor@example.com")).await);
    store.arrive(form("3", "zoe@example.com")).await.unwrap();
    let error = why(store.arrive(form("4", "zoe@example.com")).await);
    assert!(
        matches!(error, ArrivalError::AddressTaken { .. }),
        "two accounts of a provider, one address: {error}"
    );
    let error = why(store
        .arrive(ArrivalForm {
            identity: Identity { issuer: "https://other.example".to_owned(), subject: "3".to_owned() },
            ..form("3", "zoe@example.com")
        })
        .await);
    assert!(
        matches!(error, ArrivalError::AddressTaken { .. }),
        "the same subject of another issuer: {error}"
    );
}

#[tokio::test]
async fn a_new_address_that_somebody_else_has_changes_nothing() {
    let store = open().await;
    let mira = store.arrive(form("1", MIRA)).await.unwrap().user;
    store.arrive(form("2", "noor@example.com")).await.unwrap();
    let Arrived { user, change } = store.arrive(form("1", "noor@example.com")).await.unwrap();
    assert_eq!((user.id, user.email.as_str()), (mira.id, MIRA));
    assert_eq!(change.email_refused.as_deref(), Some("noor@example.com"));
}

#[tokio::test]
async fn who_is_disabled_stays_out() {
    let store = open().await;
    let mira = store.arrive(form("1", MIRA)).await.unwrap().user;
    change(&store, &mira, UserForm { enabled: Some(false), ..UserForm::default() }).await;
    for subject in ["1", "2"] {
        let error = why(store.arrive(form(subject, MIRA)).await);
        assert!(matches!(error, ArrivalError::Disabled { .. }), "{error}");
    }
    change(&store, &mira, UserForm { enabled: Some(true), ..UserForm::default() }).await;
    assert_eq!(store.arrive(form("1", MIRA)).await.unwrap().user.id, mira.id);
}

#[tokio::test]
async fn an_administrator_connects_an_account_and_takes_it_apart_again() {
    let store = open().await;
    let mira = person(&store, MIRA, DefaultRole::Admin).await;
    let noor = invite(&store, "noor@example.com", DefaultRole::Analyst).await;
    let (link, _) = store.create_password_link(&noor.id, Rights::all()).await.unwrap();
    store.connect_identity(&mira.id, identity("1")).await.unwrap();
    store.connect_identity(&mira.id, identity("1")).await.unwrap();
    let taken = store.connect_identity(&noor.id, identity("1")).await.unwrap_err();
    assert!(taken.to_string().contains("is `mira@example.com` already"), "{taken}");
    let noor = store.connect_identity(&noor.id, identity("2")).await.unwrap();
    assert_eq!(noor.status, UserStatus::ExternalProvider);
    assert_eq!(store.find_link(link.expose_secret()).await.unwrap(), None, "a way in is left");

    let arrived = store.arrive(form("1", "mira.ode@example.com")).await.unwrap().user;
    assert_eq!(
        (arrived.id.as_str(), arrived.email.as_str()),
        (mira.id.as_str(), MIRA),
        "what one signs in with"
    );
    assert_eq!((arrived.status, arrived.role_name.as_str()), (UserStatus::Confirmed, "Admin"));
    assert!(store.disconnect_identity(&mira.id, identity("1")).await.unwrap());
    assert!(!store.disconnect_identity(&mira.id, identity("1")).await.unwrap());
    why(store.arrive(form("1", MIRA)).await);
    store.disconnect_identity(&noor.id, identity("2")).await.unwrap();
    why(store.arrive(form("2", "noor@example.com")).await);
    store.create_password_link(&noor.id, Rights::all()).await.unwrap();
}

#[tokio::test]
async fn the_last_administrator_comes_in_and_keeps_the_role() {
    let store = open().await;
    let mira = person(&store, MIRA, DefaultRole::Admin).await;
    store.connect_identity(&mira.id, identity("1")).await.unwrap();
    let told = ArrivalForm { is_role_told: true, ..form("1", MIRA) };
    let Arrived { user, change } = store.arrive(told.clone()).await.unwrap();
    assert_eq!(user.role_name, "Admin");
    assert_eq!(change.role_refused.as_deref(), Some("AnalystReadOnly"));
    assert_eq!(store.find_user(&mira.id).await.unwrap().unwrap().role_name, "Admin");
    person(&store, "noor@example.com", DefaultRole::Admin).await;
    let Arrived { user, change } = store.arrive(told).await.unwrap();
    assert_eq!((user.role_name.as_str(), change.role_before.as_deref()), ("AnalystReadOnly", Some("Admin")));
}

#[tokio::test]
async fn a_role_that_does_not_exist_lets_nobody_in() {
    let store = open().await;
    let unknown = ArrivalForm { role: RoleKey::Name("Analyts".to_owned()), ..form("1", MIRA) };
    let error = store.arrive(unknown).await.unwrap_err();
    assert!(matches!(error, StoreError::People { source: PeopleError::NoSuchRole { .. } }), "{error}");
    assert!(!store.has_people().await.unwrap());
}

#[tokio::test]
async fn a_deleted_person_takes_the_identities_along() {
    let store = open().await;
    let mira = store.arrive(form("1", MIRA)).await.unwrap().user;
    store.delete_user(&mira.id, Rights::all()).await.unwrap();
    let again = store.arrive(form("1", MIRA)).await.unwrap();
    assert!(again.change.is_new && again.user.id != mira.id);
}

#[tokio::test]
async fn an_administrator_by_a_provider_is_told_from_one_with_a_password() {
    let store = open().await;
    let has = async || store.has_provided_administrator().await.unwrap();
    let owner = person(&store, "noor@example.com", DefaultRole::Admin).await;
    store.arrive(form("1", MIRA)).await.unwrap();
    assert!(!has().await, "a reader, and one with a password");
    store.connect_identity(&owner.id, identity("2")).await.unwrap();
    assert!(has().await);
    store.disconnect_identity(&owner.id, identity("2")).await.unwrap();
    let admin = ArrivalForm { role: role(DefaultRole::Admin), is_role_told: true, ..form("1", MIRA) };
    let arrived = store.arrive(admin).await.unwrap();
    assert!(has().await);
    change(&store, &arrived.user, UserForm { enabled: Some(false), ..UserForm::default() }).await;
    assert!(!has().await);
}
