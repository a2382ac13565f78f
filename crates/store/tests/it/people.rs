//! Roles and users: made, changed, found, deleted, and what is refused.

use jiff::SignedDuration;
use model::{DefaultRole, LogTypeAccess, LogTypeAccessKind, Permission, Rights, Role, UserStatus};
use store::{
    NewUser, PageRequest, PeopleError, RoleChange, RoleForm, RoleKey, Store, StoreError, StoreErrorKind,
    UserFilter, UserForm,
};

use crate::support::{at, open};

fn rights(permissions: &[Permission]) -> Rights {
    Rights { permissions: permissions.iter().copied().collect(), log_types: LogTypeAccess::ALL }
}

fn form(name: &str, permissions: &[Permission]) -> RoleForm {
    RoleForm { name: name.to_owned(), rights: rights(permissions) }
}

fn change(name: &str, permissions: &[Permission]) -> RoleChange {
    let RoleForm { name, rights } = form(name, permissions);
    RoleChange { name: Some(name), permissions: Some(rights.permissions), log_types: Some(rights.log_types) }
}

fn person(email: &str, role: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        given_name: "Mira".to_owned(),
        family_name: "Ode".to_owned(),
        role: RoleKey::Name(role.to_owned()),
    }
}

async fn role(store: &Store, name: &str) -> Role {
    store.find_role(&RoleKey::Name(name.to_owned())).await.unwrap().unwrap()
}

fn people_error(error: StoreError) -> PeopleError {
    match error {
        StoreError::People { source } => source,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_new_database_has_the_default_roles() {
    let store = open().await;
    let names: Vec<String> = store.list_roles().await.unwrap().into_iter().map(|role| role.name).collect();
    assert_eq!(names, ["Admin", "Analyst", "AnalystReadOnly"]);
    for default in DefaultRole::ALL {
        let found = role(&store, default.as_str()).await;
        assert_eq!(found.rights.permissions, default.permissions(), "{default}");
        assert_eq!(found.rights.log_types, LogTypeAccess::ALL);
    }
}

#[tokio::test]
async fn roles_are_made_changed_and_deleted() {
    let store = open().await;
    let mut wanted = form("Okta", &[Permission::AlertModify]);
    wanted.rights.log_types =
        LogTypeAccess { kind: LogTypeAccessKind::Allow, log_types: vec!["B".into(), "A".into()] };
    let made = store.create_role(wanted.clone(), None, Rights::all()).await.unwrap();
    assert_eq!(role(&store, "Okta").await, made);
    assert_eq!((made.rights, made.created_at), (wanted.rights, at(0)), "lists keep their order");

    let taken = people_error(store.create_role(form("Okta", &[]), None, Rights::all()).await.unwrap_err());
    assert_eq!(
        (taken.clone(), taken.kind()),
        (PeopleError::RoleNameTaken { name: "Okta".to_owned() }, StoreErrorKind::Invalid,)
    );
    store.clock.advance(SignedDuration::from_secs(9));
    let changed = store.update_role(&made.id, change("Nothing", &[]), None, Rights::all()).await.unwrap();
    assert_eq!((changed.created_at, changed.updated_at), (at(0), at(9)));
    assert_eq!(role(&store, "Nothing").await.rights, rights(&[]));
    store.update_role(&made.id, change("Nothing", &[]), None, Rights::all()).await.unwrap();
    let taken = store.update_role(&made.id, change("Admin", &[]), None, Rights::all()).await.unwrap_err();
    assert!(matches!(people_error(taken), PeopleError::RoleNameTaken { .. }));
    store.delete_role(&made.id, Rights::all()).await.unwrap();
    let gone = people_error(store.delete_role(&made.id, Rights::all()).await.unwrap_err());
    assert_eq!(gone.kind(), StoreErrorKind::NotFound);
}

#[tokio::test]
async fn a_deleted_default_role_does_not_come_back() {
    let store = open().await;
    store.delete_role(&role(&store, "Analyst").await.id, Rights::all()).await.unwrap();
    let admin = role(&store, "Admin").await;
    store
        .update_role(&admin.id, change("Boss", &[Permission::UserModify]), None, Rights::all())
        .await
        .unwrap();
    store.close().await;
    let clock = std::sync::Arc::new(store.clock.clone());
    let again = Store::open(store.dir.path(), clock).await.unwrap();
    let names: Vec<String> = again.list_roles().await.unwrap().into_iter().map(|role| role.name).collect();
    assert_eq!(names, ["AnalystReadOnly", "Boss"]);
}

#[tokio::test]
async fn nobody_gives_or_takes_what_he_does_not_hold() {
    let store = open().await;
    let mine = rights(&[Permission::UserModify, Permission::AlertRead]);
    let beyond = |error: StoreError| {
        let error = people_error(error);
        assert_eq!(error.kind(), StoreErrorKind::Forbidden, "{error}");
        assert!(error.to_string().contains("RuleRead"), "{error}");
    };
    beyond(store.create_role(form("x", &[Permission::RuleRead]), None, mine.clone()).await.unwrap_err());
    let admin = role(&store, "Admin").await;
    beyond(store.update_role(&admin.id, change("Admin", &[]), None, mine.clone()).await.unwrap_err());
    let small = store.create_role(form("small", &[]), None, mine.clone()).await.unwrap();
    let grown = change("small", &[Permission::RuleRead]);
    beyond(store.update_role(&small.id, grown, None, mine.clone()).await.unwrap_err());

    beyond(store.create_user(person("a@example.com", "Admin"), mine.clone()).await.unwrap_err());
    let boss = store.create_user(person("boss@example.com", "Admin"), Rights::all()).await.unwrap();
    beyond(store.delete_user(&boss.id, mine.clone()).await.unwrap_err());
    let to_small = UserForm { role: Some(RoleKey::Id(small.id)), ..UserForm::default() };
    beyond(store.update_user(&boss.id, to_small, mine.clone()).await.unwrap_err());
    let user = store.create_user(person("u@example.com", "small"), mine.clone()).await.unwrap();
    let to_admin = UserForm { role: Some(RoleKey::Id(admin.id)), ..UserForm::default() };
    beyond(store.update_user(&user.id, to_admin, mine.clone()).await.unwrap_err());
    store.delete_user(&user.id, mine).await.unwrap();
}

#[tokio::test]
async fn users_are_invited_changed_and_deleted() {
    let store = open().await;
    let made = store.create_user(person("Mira@Example.com", "Analyst"), Rights::all()).await.unwrap();
    assert_eq!(store.find_user(&made.id).await.unwrap(), Some(made.clone()));
    assert_eq!(
        (made.status, made.enabled, made.last_login_at),
        (UserStatus::ForceChangePassword, true, None)
    );
    assert_eq!((made.email.as_str(), made.role_name.as_str()), ("Mira@Example.com", "Analyst"));
    let taken = store.create_user(person("mira@example.COM", "Analyst"), Rights::all()).await.unwrap_err();
    assert!(matches!(people_error(taken), PeopleError::EmailTaken { .. }));
    let nobody = store.create_user(person("x@example.com", "Nobody"), Rights::all()).await.unwrap_err();
    assert!(nobody.to_string().contains("`Nobody`"), "{nobody}");

    let form = UserForm {
        given_name: Some("Ana".to_owned()),
        role: Some(RoleKey::Name("Admin".to_owned())),
        enabled: Some(false),
        ..UserForm::default()
    };
    let changed = store.update_user(&made.id, form, Rights::all()).await.unwrap();
    assert_eq!(store.find_user(&made.id).await.unwrap(), Some(changed.clone()));
    assert_eq!((changed.given_name.as_str(), changed.family_name.as_str()), ("Ana", "Ode"));
    assert_eq!((changed.role_name.as_str(), changed.enabled), ("Admin", false));
    let in_use = store.delete_role(&changed.role_id, Rights::all()).await.unwrap_err();
    assert!(in_use.to_string().contains("1 users"), "{in_use}");
    store.delete_user(&made.id, Rights::all()).await.unwrap();
    let gone = people_error(store.delete_user(&made.id, Rights::all()).await.unwrap_err());
    assert_eq!(gone, PeopleError::UnknownUser { id: made.id.clone() });
    assert_eq!(store.find_user(&made.id).await.unwrap(), None);
}

#[tokio::test]
async fn users_are_listed_by_page_and_filtered() {
    let store = open().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        let made =
            store.create_user(person(&format!("u{number}@example.com"), "Analyst"), Rights::all()).await;
        ids.push(made.unwrap().id);
        store.clock.advance(SignedDuration::from_secs(1));
    }
    let off = UserForm { enabled: Some(false), ..UserForm::default() };
    store.update_user(&ids[4], off, Rights::all()).await.unwrap();
    let all = UserFilter { include_disabled: true, ..UserFilter::default() };
    let mut seen = Vec::new();
    let mut page = PageRequest::first(2);
    loop {
        let found = store.list_users(&all, &page).await.unwrap();
        seen.extend(found.items.into_iter().map(|user| user.id));
        match found.next {
            Some(next) => page.cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(seen, ids);
    for (filter, expected) in [
        (UserFilter::default(), &ids[..4]),
        (UserFilter { contains: Some("MIRA ODE U3".to_owned()), ..all.clone() }, &ids[3..4]),
        (UserFilter { contains: Some("%".to_owned()), ..all.clone() }, &[]),
        (UserFilter { email: Some("U1@Example.com".to_owned()), ..all.clone() }, &ids[1..2]),
        (UserFilter { email: Some("u1".to_owned()), ..all.clone() }, &[]),
        (UserFilter { ids: vec![ids[2].clone(), "x".to_owned()], ..all.clone() }, &ids[2..3]),
        (UserFilter { status: Some(UserStatus::Confirmed), ..all.clone() }, &[]),
        (UserFilter { status: Some(UserStatus::ForceChangePassword), ..all.clone() }, &ids[..]),
    ] {
        let found = store.list_users(&filter, &PageRequest::first(50)).await.unwrap().items;
        let found: Vec<String> = found.into_iter().map(|user| user.id).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
    for (limit, expected) in [(4, &ids[..4]), (9, &ids[..])] {
        let found = store.list_everybody(limit).await.unwrap();
        let found: Vec<String> = found.into_iter().map(|user| user.id).collect();
        assert_eq!(found, expected, "{limit}");
    }
}
