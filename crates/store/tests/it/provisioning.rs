//! People as an identity provider makes, finds, changes and deletes them.

use jiff::SignedDuration;
use model::{DefaultRole, Permission, Rights, SignInMethod, UserStatus};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use store::{
    ArrivalForm, Identity, NewProvisioned, NewSession, NewUser, PageRequest, PeopleError, Provisioned,
    ProvisionedForm, ProvisionedTerm, RoleChange, RoleKey, Slice, Store, StoreError, StoreErrorKind,
    UserFilter, UserForm,
};

use crate::support::{at, open};

const ALL: Slice = Slice { offset: 0, limit: 100 };

fn person(user_name: Option<&str>, email: &str) -> NewProvisioned {
    NewProvisioned {
        user: NewUser {
            email: email.to_owned(),
            given_name: "Mira".to_owned(),
            family_name: "Ode".to_owned(),
            role: RoleKey::Name("AnalystReadOnly".to_owned()),
        },
        user_name: user_name.unwrap_or(email).to_owned(),
        external_id: Some(format!("ext-{email}")),
        enabled: true,
    }
}

fn enabled(enabled: bool) -> ProvisionedForm {
    ProvisionedForm {
        user: UserForm { enabled: Some(enabled), ..UserForm::default() },
        ..ProvisionedForm::default()
    }
}

async fn make(store: &Store, user_name: Option<&str>, email: &str) -> Provisioned {
    store.create_provisioned(person(user_name, email), Rights::all()).await.unwrap()
}

async fn session(store: &Store, user_id: &str) -> Result<String, StoreError> {
    let new = NewSession {
        user_id: user_id.to_owned(),
        method: SignInMethod::Oidc,
        address: String::new(),
        user_agent: String::new(),
        ends_before: None,
    };
    store.open_session(new).await.map(|opened| opened.value.expose_secret().to_owned())
}

#[track_caller]
fn people_error<T: std::fmt::Debug>(result: Result<T, StoreError>) -> PeopleError {
    match result.unwrap_err() {
        StoreError::People { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_person_is_made_changed_and_read_back() {
    let store = open().await;
    let made = make(&store, Some("mira.ode"), "mira@example.com").await;
    assert_eq!((made.user.status, made.user.enabled), (UserStatus::ExternalProvider, true));
    assert_eq!((made.user_name(), made.revision, made.updated_at), ("mira.ode", 1, at(0)));
    store.clock.advance(SignedDuration::from_secs(5));
    let form = ProvisionedForm {
        user: UserForm { given_name: Some("Ana".to_owned()), ..UserForm::default() },
        user_name: Some("ana".to_owned()),
        external_id: Some(None),
    };
    let changed = store.update_provisioned(&made.user.id, form, 1, Rights::all()).await.unwrap();
    assert_eq!((changed.user_name(), changed.external_id.as_deref()), ("ana", None));
    assert_eq!((changed.revision, changed.updated_at, changed.user.created_at), (2, at(5), at(0)));
    assert_eq!(store.find_provisioned(&made.user.id).await.unwrap(), Some(changed));
    assert_eq!(store.find_provisioned("nobody").await.unwrap(), None);
}

#[tokio::test]
async fn a_change_of_what_another_changed_meanwhile_is_refused() {
    let store = open().await;
    let id = make(&store, None, "mira@example.com").await.user.id;
    let names = UserForm { family_name: Some("Otto".to_owned()), ..UserForm::default() };
    store.update_user(&id, names, Rights::all()).await.unwrap();
    let late = people_error(store.update_provisioned(&id, enabled(false), 1, Rights::all()).await);
    assert_eq!(late, PeopleError::UserChangedMeanwhile { id: id.clone() });
    assert_eq!(late.kind(), StoreErrorKind::Conflict);
    let late = people_error(store.delete_provisioned(&id, 1, Rights::all()).await);
    assert!(matches!(late, PeopleError::UserChangedMeanwhile { .. }));
    // A name of a role is part of what is read.
    let role = store.find_role(&RoleKey::Name("AnalystReadOnly".to_owned())).await.unwrap().unwrap();
    let rename = RoleChange { name: Some("Reader".to_owned()), ..RoleChange::default() };
    store.update_role(&role.id, rename, None, Rights::all()).await.unwrap();
    assert_eq!(store.find_provisioned(&id).await.unwrap().unwrap().revision, 3);
}

#[tokio::test]
async fn the_last_administrator_with_a_password_stays() {
    let store = open().await;
    let link = store.create_set_up_link().await.unwrap().unwrap();
    let NewProvisioned { user, .. } = person(None, "boss@example.com");
    let boss = store.set_up(link.expose_secret(), user, "hash".into()).await.unwrap();
    for result in [
        store.update_provisioned(&boss.id, enabled(false), 1, Rights::all()).await.map(|_| ()),
        store.delete_provisioned(&boss.id, 1, Rights::all()).await,
    ] {
        assert_eq!(people_error(result), PeopleError::LastAdministrator);
    }
    let found = store.find_provisioned(&boss.id).await.unwrap().unwrap();
    assert!(found.user.enabled && found.revision == 1, "nothing was changed: {found:?}");
}

#[tokio::test]
async fn a_disabled_person_has_no_session_and_gets_none_until_enabled() {
    let store = open().await;
    let made = make(&store, None, "mira@example.com").await;
    let value = session(&store, &made.user.id).await.unwrap();
    assert!(store.find_session(&value).await.unwrap().is_some());
    let off = store.update_provisioned(&made.user.id, enabled(false), 1, Rights::all()).await.unwrap();
    assert!(store.find_session(&value).await.unwrap().is_none());
    session(&store, &made.user.id).await.unwrap_err();
    assert_eq!(store.find_provisioned(&made.user.id).await.unwrap(), Some(off), "still to be read");
    store.update_provisioned(&made.user.id, enabled(true), 2, Rights::all()).await.unwrap();
    assert!(store.find_session(&value).await.unwrap().is_none(), "the old session does not come back");
    session(&store, &made.user.id).await.unwrap();
}

#[tokio::test]
async fn a_deleted_person_is_gone_for_the_provider_and_comes_back_as_new() {
    let store = open().await;
    let NewProvisioned { user, .. } = person(None, "Mira@example.com");
    let user = store.create_user(user, Rights::all()).await.unwrap();
    let (link, _) = store.create_password_link(&user.id, Rights::all()).await.unwrap();
    store.use_password_link(link.expose_secret(), "hash".into()).await.unwrap();
    store.delete_provisioned(&user.id, 1, Rights::all()).await.unwrap();
    assert_eq!(store.find_provisioned(&user.id).await.unwrap(), None);
    assert_eq!(store.list_provisioned(&[], ALL).await.unwrap(), (Vec::new(), 0));
    let gone = people_error(store.update_provisioned(&user.id, enabled(true), 2, Rights::all()).await);
    assert!(matches!(gone, PeopleError::UnknownUser { .. }));
    let everybody = UserFilter { include_disabled: true, ..UserFilter::default() };
    let known = store.list_users(&everybody, &PageRequest::first(9)).await.unwrap().items;
    assert!(!known[0].enabled && known[0].id == user.id, "here it is known: {known:?}");

    let back = make(&store, Some("mira"), "mira@EXAMPLE.com").await;
    assert_eq!((&back.user.id, back.user.email.as_str()), (&user.id, "mira@EXAMPLE.com"));
    assert_eq!((back.user.status, back.user.enabled), (UserStatus::ExternalProvider, true));
    let account = store.find_account("mira@example.com", &store.dir.path().join("none")).await.unwrap();
    assert!(account.unwrap().password_hash.is_none(), "the former password does not come back");
    let again =
        people_error(store.create_provisioned(person(Some("MIRA"), "x@example.com"), Rights::all()).await);
    assert_eq!(again, PeopleError::UserNameTaken { name: "MIRA".to_owned() });
}

#[tokio::test]
async fn somebody_enabled_by_hand_is_there_again_for_the_provider() {
    let store = open().await;
    let made = make(&store, None, "mira@example.com").await;
    store.delete_provisioned(&made.user.id, 1, Rights::all()).await.unwrap();
    let on = UserForm { enabled: Some(true), ..UserForm::default() };
    store.update_user(&made.user.id, on, Rights::all()).await.unwrap();
    let found = store.find_provisioned(&made.user.id).await.unwrap().unwrap();
    let off = store.update_provisioned(&made.user.id, enabled(false), found.revision, Rights::all()).await;
    assert!(!off.unwrap().user.enabled);
    assert!(store.find_provisioned(&made.user.id).await.unwrap().is_some(), "disabled is not deleted");
}

#[tokio::test]
async fn names_and_addresses_are_taken_by_one_person_whatever_the_letter_case() {
    let store = open().await;
    make(&store, Some("ana@corp.example"), "ana@example.com").await;
    for (user_name, email) in [
        (None, "ANA@example.com"),
        (None, "ana@CORP.example"),
        (Some("Ana@Example.com"), "other@example.com"),
        (Some("ANA@corp.example"), "other@example.com"),
    ] {
        let result = store.create_provisioned(person(user_name, email), Rights::all()).await;
        let error = people_error(result);
        assert!(
            matches!(error, PeopleError::EmailTaken { .. } | PeopleError::UserNameTaken { .. }),
            "{user_name:?} {email}: {error}"
        );
    }
    let NewProvisioned { user, .. } = person(None, "ana@corp.example");
    let invited = people_error(store.create_user(user, Rights::all()).await);
    assert!(matches!(invited, PeopleError::EmailTaken { .. }), "{invited}");
}

#[tokio::test]
async fn nobody_provisions_more_than_he_may_do_himself() {
    let store = open().await;
    let mine = Rights { permissions: [Permission::UserModify].into_iter().collect(), ..Rights::all() };
    let beyond = people_error(store.create_provisioned(person(None, "a@example.com"), mine.clone()).await);
    assert_eq!(beyond.kind(), StoreErrorKind::Forbidden);
    let made = make(&store, None, "a@example.com").await;
    let beyond = people_error(store.update_provisioned(&made.user.id, enabled(false), 1, mine.clone()).await);
    assert_eq!(beyond.kind(), StoreErrorKind::Forbidden);
    let beyond = people_error(store.delete_provisioned(&made.user.id, 1, mine).await);
    assert_eq!(beyond.kind(), StoreErrorKind::Forbidden);
    let reader = Rights { permissions: DefaultRole::AnalystReadOnly.permissions(), ..Rights::all() };
    store.delete_provisioned(&made.user.id, 1, reader).await.unwrap();
}

#[rstest]
#[case::all(&[], &[0, 1, 2])]
#[case::by_id_of_nobody(&[ProvisionedTerm::Id("nobody".to_owned())], &[])]
#[case::user_name(&[ProvisionedTerm::UserName("B".to_owned())], &[1])]
#[case::user_name_is_the_address(&[ProvisionedTerm::UserName("A@example.com".to_owned())], &[0])]
#[case::address_beside_a_user_name(&[ProvisionedTerm::UserName("b@example.com".to_owned())], &[])]
#[case::address(&[ProvisionedTerm::Email("B@example.com".to_owned())], &[1])]
#[case::external_id(&[ProvisionedTerm::ExternalId("ext-c@example.com".to_owned())], &[2])]
#[case::external_id_has_letter_case(&[ProvisionedTerm::ExternalId("EXT-c@example.com".to_owned())], &[])]
#[case::disabled(&[ProvisionedTerm::Enabled(false)], &[2])]
#[case::enabled(&[ProvisionedTerm::Enabled(true)], &[0, 1])]
#[case::both(&[ProvisionedTerm::UserName("b".to_owned()), ProvisionedTerm::Enabled(true)], &[1])]
#[case::contradiction(&[ProvisionedTerm::UserName("b".to_owned()), ProvisionedTerm::UserName("c".to_owned())], &[])]
#[case::no_sql(&[ProvisionedTerm::UserName("' OR 1=1 --".to_owned())], &[])]
#[tokio::test]
async fn people_are_found(#[case] terms: &[ProvisionedTerm], #[case] expected: &[usize]) {
    let store = open().await;
    let mut ids = Vec::new();
    for (user_name, email) in [(None, "a@example.com"), (Some("b"), "b@example.com"), (None, "c@example.com")]
    {
        ids.push(make(&store, user_name, email).await.user.id);
        store.clock.advance(SignedDuration::from_secs(1));
    }
    store.update_provisioned(&ids[2], enabled(false), 1, Rights::all()).await.unwrap();
    let (found, total) = store.list_provisioned(terms, ALL).await.unwrap();
    let found: Vec<String> = found.into_iter().map(|person| person.user.id).collect();
    let expected: Vec<String> = expected.iter().map(|index| ids[*index].clone()).collect();
    assert_eq!((found, total), (expected.clone(), expected.len() as u64));
    let (part, total) = store.list_provisioned(terms, Slice { offset: 1, limit: 1 }).await.unwrap();
    assert_eq!(part.len(), expected.len().saturating_sub(1).min(1));
    assert_eq!(total, expected.len() as u64);
    assert_eq!(store.list_provisioned(terms, Slice { offset: 0, limit: 0 }).await.unwrap().0, []);
    assert_eq!(store.list_provisioned(terms, Slice { offset: u64::MAX, limit: 5 }).await.unwrap().0, []);
}

/// The same address comes back with another subject, as at a provider where the person was made anew.
#[tokio::test]
async fn who_comes_back_is_known_by_what_the_provider_says_then() {
    let store = open().await;
    let arrival = |subject: &str| ArrivalForm {
        identity: Identity { issuer: "https://id.example".to_owned(), subject: subject.to_owned() },
        email: "mira@example.com".to_owned(),
        given_name: None,
        family_name: None,
        role: RoleKey::Name("AnalystReadOnly".to_owned()),
        is_role_told: false,
    };
    let made = make(&store, None, "mira@example.com").await;
    assert_eq!(store.arrive(arrival("first")).await.unwrap().user.id, made.user.id);
    store.arrive(arrival("stranger")).await.unwrap_err();
    let now = store.find_provisioned(&made.user.id).await.unwrap().unwrap();
    store.delete_provisioned(&made.user.id, now.revision, Rights::all()).await.unwrap();
    store.arrive(arrival("first")).await.unwrap_err();
    make(&store, None, "mira@example.com").await;
    assert_eq!(store.arrive(arrival("second")).await.unwrap().user.id, made.user.id);
    store.arrive(arrival("first")).await.unwrap_err();
}
