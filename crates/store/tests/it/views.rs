//! Saved views: whose they are, who sees them, and with which one a page opens.

use model::{DefaultRole, Rights};
use store::{NewUser, NewView, RoleKey, SHARED_VIEWS_MAX, StoreErrorKind, VIEWS_PER_USER_MAX, ViewChange};

use crate::support::{TestStore, open};

async fn person(store: &TestStore, email: &str) -> String {
    let new = NewUser {
        email: email.to_owned(),
        given_name: "Some".to_owned(),
        family_name: "Body".to_owned(),
        role: RoleKey::Name(DefaultRole::Analyst.as_str().to_owned()),
    };
    store.create_user(new, Rights::all()).await.unwrap().id
}

fn change(name: &str, is_shared: bool) -> ViewChange {
    ViewChange { name: name.to_owned(), search: "status=OPEN".to_owned(), is_shared }
}

fn new(user_id: &str, name: &str, is_shared: bool) -> NewView {
    NewView { user_id: user_id.to_owned(), page: "alerts".to_owned(), change: change(name, is_shared) }
}

async fn names(store: &TestStore, user_id: &str) -> Vec<(String, bool)> {
    let views = store.list_views(user_id, "alerts").await.unwrap();
    views.into_iter().map(|view| (view.name, view.is_default)).collect()
}

fn pairs(expected: &[(&str, bool)]) -> Vec<(String, bool)> {
    expected.iter().map(|(name, is_default)| ((*name).to_owned(), *is_default)).collect()
}

#[tokio::test]
async fn own_views_are_own_and_shared_ones_are_seen_by_all() {
    let store = open().await;
    let (ann, bob) = (person(&store, "ann@example.com").await, person(&store, "bob@example.com").await);
    let own = store.create_view(new(&ann, "Mine", false)).await.unwrap();
    let shared = store.create_view(new(&ann, "Ours", true)).await.unwrap();
    assert_eq!(names(&store, &ann).await, pairs(&[("Mine", false), ("Ours", false)]));
    assert_eq!(names(&store, &bob).await, pairs(&[("Ours", false)]));
    assert!(store.list_views(&ann, "other").await.unwrap().is_empty());
    assert_eq!(store.find_view(&bob, &own.id).await.unwrap(), None);
    for result in [
        store.update_view(&bob, &own.id, change("Taken", true)).await.map(|_| ()),
        store.delete_view(&bob, &own.id).await,
        store.set_default_view(&bob, &own.id, true).await,
    ] {
        assert_eq!(result.unwrap_err().kind(), StoreErrorKind::NotFound);
    }

    let taken = store.create_view(new(&ann, "Ours", false)).await.unwrap_err();
    assert_eq!(taken.kind(), StoreErrorKind::Conflict);
    store.create_view(new(&bob, "Ours", false)).await.unwrap();
    let renamed = store.update_view(&bob, &shared.id, change("Everybody's", true)).await.unwrap();
    assert_eq!((renamed.name.as_str(), &renamed.user_id), ("Everybody's", &ann));
    let taken = store.update_view(&ann, &shared.id, change("Mine", true)).await.unwrap_err();
    assert_eq!(taken.kind(), StoreErrorKind::Conflict);
}

#[tokio::test]
async fn a_page_opens_with_one_view_of_each_person() {
    let store = open().await;
    let (ann, bob) = (person(&store, "ann@example.com").await, person(&store, "bob@example.com").await);
    let first = store.create_view(new(&ann, "A", true)).await.unwrap();
    let second = store.create_view(new(&ann, "B", true)).await.unwrap();
    store.set_default_view(&ann, &first.id, true).await.unwrap();
    store.set_default_view(&bob, &first.id, true).await.unwrap();
    store.set_default_view(&ann, &second.id, true).await.unwrap();
    assert_eq!(names(&store, &ann).await, pairs(&[("A", false), ("B", true)]));
    assert_eq!(names(&store, &bob).await, pairs(&[("A", true), ("B", false)]));
    store.set_default_view(&bob, &second.id, false).await.unwrap();
    assert_eq!(names(&store, &bob).await, pairs(&[("A", true), ("B", false)]), "another one is cleared");
    store.set_default_view(&bob, &first.id, false).await.unwrap();
    assert_eq!(names(&store, &bob).await, pairs(&[("A", false), ("B", false)]));
    store.delete_view(&ann, &second.id).await.unwrap();
    assert_eq!(names(&store, &ann).await, pairs(&[("A", false)]));
}

#[tokio::test]
async fn shared_views_outlive_who_made_them() {
    let store = open().await;
    let (ann, bob) = (person(&store, "ann@example.com").await, person(&store, "bob@example.com").await);
    let own = store.create_view(new(&ann, "Mine", false)).await.unwrap();
    let shared = store.create_view(new(&ann, "Ours", true)).await.unwrap();
    store.set_default_view(&ann, &shared.id, true).await.unwrap();
    store.set_default_view(&bob, &shared.id, true).await.unwrap();
    store.delete_user(&ann, Rights::all()).await.unwrap();
    assert_eq!(names(&store, &bob).await, pairs(&[("Ours", true)]));
    assert_eq!(store.find_view(&ann, &own.id).await.unwrap(), None);
}

#[tokio::test]
async fn there_are_limits() {
    let store = open().await;
    let ann = person(&store, "ann@example.com").await;
    for number in 0..VIEWS_PER_USER_MAX {
        store.create_view(new(&ann, &number.to_string(), true)).await.unwrap();
    }
    let error = store.create_view(new(&ann, "one more", false)).await.unwrap_err();
    assert_eq!(error.to_string(), "there are 100 saved views of yours already, and that is the limit");
    for user in 1..SHARED_VIEWS_MAX / VIEWS_PER_USER_MAX {
        let user = format!("user-{user}");
        for number in 0..VIEWS_PER_USER_MAX {
            store.create_view(new(&user, &number.to_string(), true)).await.unwrap();
        }
    }
    let error = store.create_view(new("late", "one more", true)).await.unwrap_err();
    assert_eq!(error.to_string(), "there are 500 shared views already, and that is the limit");
    store.create_view(new("late", "one more", false)).await.unwrap();
    let first = store.list_views(&ann, "alerts").await.unwrap().remove(0);
    store.update_view(&ann, &first.id, change("still shared", true)).await.unwrap();
}
