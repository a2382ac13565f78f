//! Detection content made by the API: versions, changes, and that a change is all or nothing.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use model::{Actor, ActorKind};
use sqlx::{Connection as _, SqliteConnection};
use store::{
    CONTENT_VERSIONS_KEPT_MAX, ChangeTopic, ContentChangeKind, ContentFileData, ContentText, DATABASE_FILE,
    NewContentChange, PageRequest, StoreError, StoreErrorKind,
};

use crate::support::{TestStore, at, open};

fn actor(id: &str) -> Actor {
    Actor { id: id.to_owned(), kind: ActorKind::ApiToken }
}

fn text(word: &str) -> ContentText {
    ContentText {
        analysis_type: "rule".to_owned(),
        path: format!("rules/{word}.yml"),
        yaml: format!("AnalysisType: rule # {word}\n"),
        file: Some(ContentFileData { name: "r.py".to_owned(), data: word.as_bytes().to_vec() }),
        form: BTreeMap::from([("Detection".to_owned(), word.to_owned())]),
    }
}

fn change(base: u64, items: &[(&str, Option<&str>)]) -> NewContentChange {
    let items = items.iter().map(|(id, word)| ((*id).to_owned(), word.map(text))).collect();
    NewContentChange { base, actor: actor("t1"), kind: ContentChangeKind::Upload, items }
}

async fn live(store: &TestStore) -> Vec<(String, u64, String)> {
    let (items, _) = store.list_content().await.unwrap();
    items.into_iter().map(|item| (item.id, item.version, item.text.path)).collect()
}

fn item(id: &str, version: u64, word: &str) -> (String, u64, String) {
    (id.to_owned(), version, format!("rules/{word}.yml"))
}

#[tokio::test]
async fn every_change_makes_versions_and_deleted_items_keep_them() {
    let store = open().await;
    assert_eq!(store.list_content().await.unwrap(), (Vec::new(), 0));
    let changed = store.change_content(change(0, &[("A", Some("a1")), ("B", Some("b1"))])).await.unwrap();
    assert_eq!((changed.id, changed.at, changed.versions), (1, at(0), vec![1, 1]));
    store.clock.advance(SignedDuration::from_secs(60));
    let second = NewContentChange {
        actor: actor("t2"),
        kind: ContentChangeKind::Delete,
        ..change(1, &[("A", Some("a2")), ("B", None)])
    };
    let changed = store.change_content(second).await.unwrap();
    assert_eq!((changed.id, changed.at, changed.versions), (2, at(60), vec![2, 2]));
    let (items, last) = store.list_content().await.unwrap();
    assert_eq!((items.len(), last, store.content_change().await.unwrap()), (1, 2, 2));
    let found = &items[0];
    assert_eq!((found.id.as_str(), found.version, &found.text), ("A", 2, &text("a2")));
    assert_eq!((found.created_at, &found.created_by), (at(0), &actor("t1")));
    assert_eq!((found.updated_at, &found.updated_by), (at(60), &actor("t2")));

    assert_eq!(store.change_content(change(2, &[("B", Some("b3"))])).await.unwrap().versions, [3]);
    assert_eq!(live(&store).await, [item("A", 2, "a2"), item("B", 3, "b3")]);
    let versions = store.list_content_versions("B", &PageRequest::first(2)).await.unwrap();
    let shown: Vec<_> = versions.items.iter().map(|v| (v.version, v.change, v.deleted, v.kind)).collect();
    use ContentChangeKind::{Delete, Upload};
    assert_eq!(shown, [(3, 3, false, Upload), (2, 2, true, Delete)]);
    assert_eq!(versions.items[0].digest, text("b3").digest());
    let rest = PageRequest { cursor: versions.next, limit: 2 };
    let rest = store.list_content_versions("B", &rest).await.unwrap();
    assert_eq!((rest.items.len(), rest.items[0].version, rest.next), (1, 1, None));
    assert_eq!(store.content_text("B", 1).await.unwrap(), Some(text("b1")));
    assert_eq!(store.content_text("B", 2).await.unwrap(), None);
    let error = store.content_text("B", 9).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::NotFound, "{error}");
    assert!(store.list_content_versions("C", &PageRequest::first(2)).await.unwrap().items.is_empty());

    let changes = store.list_content_changes(&PageRequest::first(2)).await.unwrap();
    let shown: Vec<_> = changes.items.iter().map(|c| (c.id, c.added, c.modified, c.deleted)).collect();
    assert_eq!(shown, [(3, 1, 0, 0), (2, 0, 1, 1)]);
    assert_eq!((changes.items[1].at, &changes.items[1].actor), (at(60), &actor("t2")));
    assert!(changes.next.is_some());
    let noticed = store.changes_since(0).await.unwrap();
    let noticed: Vec<_> = noticed.into_iter().map(|change| (change.topic, change.id)).collect();
    assert_eq!(noticed, ["1", "2", "3"].map(|id| (ChangeTopic::Content, id.to_owned())));
}

#[tokio::test]
async fn a_change_on_something_old_is_refused_and_leaves_nothing() {
    let store = open().await;
    store.change_content(change(0, &[("A", Some("a1"))])).await.unwrap();
    let error = store.change_content(change(0, &[("A", Some("a2")), ("B", Some("b1"))])).await.unwrap_err();
    assert!(matches!(error, StoreError::ContentChangedMeanwhile), "{error:?}");
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
    assert_eq!(live(&store).await, [item("A", 1, "a1")]);
    assert_eq!(store.list_content_changes(&PageRequest::first(9)).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_change_that_breaks_off_leaves_nothing() {
    let store = open().await;
    store.change_content(change(0, &[("A", Some("a1"))])).await.unwrap();
    // The third item cannot be written.
    let url = format!("sqlite://{}", store.dir.path().join(DATABASE_FILE).display());
    let mut other = SqliteConnection::connect(&url).await.unwrap();
    let trap = "CREATE TRIGGER trap BEFORE INSERT ON content_versions WHEN NEW.item_id = 'C'
                BEGIN SELECT raise(ABORT, 'trap'); END";
    sqlx::raw_sql(trap).execute(&mut other).await.unwrap();
    let broken = change(1, &[("A", Some("a2")), ("B", Some("b1")), ("C", Some("c1"))]);
    store.change_content(broken.clone()).await.unwrap_err();
    assert_eq!((live(&store).await, store.content_change().await.unwrap()), (vec![item("A", 1, "a1")], 1));
    sqlx::raw_sql("DROP TRIGGER trap").execute(&mut other).await.unwrap();
    assert_eq!(store.change_content(broken).await.unwrap().id, 2);
    assert_eq!(live(&store).await, [item("A", 2, "a2"), item("B", 1, "b1"), item("C", 1, "c1")]);
}

#[tokio::test]
async fn the_oldest_versions_go() {
    let store = open().await;
    let count = CONTENT_VERSIONS_KEPT_MAX + 3;
    for base in 0..count {
        store.change_content(change(base, &[("A", Some(&format!("a{base}")))])).await.unwrap();
    }
    let versions = store.list_content_versions("A", &PageRequest::first(1000)).await.unwrap();
    assert_eq!(versions.items.len() as u64, CONTENT_VERSIONS_KEPT_MAX);
    assert_eq!(versions.items.last().unwrap().version, 4);
    assert_eq!(live(&store).await, [item("A", count, &format!("a{}", count - 1))]);
}

#[test]
fn a_digest_tells_texts_apart() {
    let digests = [
        store::content_digest("ab", Some(b"c")),
        store::content_digest("a", Some(b"bc")),
        store::content_digest("abc", Some(b"")),
        store::content_digest("abc", None),
    ];
    let different: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(different.len(), digests.len());
}
