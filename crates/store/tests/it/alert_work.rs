//! The history of an alert, and comments on it.

use model::{Actor, ActorKind, AlertField, AlertQuality, AlertStatus, Comment, CommentFormat};
use store::{AlertChange, COMMENTS_MAX, PageRequest, Store, StoreError};

use crate::support::{TestStore, alert, at, open, store_alerts};

fn ann() -> Actor {
    Actor { id: "ann".into(), kind: ActorKind::User }
}

async fn with_two_alerts() -> TestStore {
    let store = open().await;
    store_alerts(&store, vec![alert(1), alert(2)], &[], None).await;
    store
}

/// The history of alert 1: field, before, after.
async fn history(store: &Store) -> Vec<(AlertField, Option<String>, Option<String>)> {
    let page = store.alert_history(&alert(1).id, &PageRequest::first(50)).await.unwrap();
    assert!(page.items.iter().all(|step| step.actor == ann() && step.at == at(9)));
    page.items.into_iter().map(|step| (step.field, step.before, step.after)).collect()
}

#[tokio::test]
async fn what_differs_goes_into_the_history() {
    let store = with_two_alerts().await;
    let both = vec![alert(1).id, alert(2).id, alert(1).id];
    let change = AlertChange {
        status: Some(AlertStatus::Triaged),
        assignee: Some(Some("bob".into())),
        quality: Some(Some(AlertQuality::FalsePositive)),
        context_tags: Some(vec!["a".into(), "b-c".into()]),
    };
    store.update_alerts(both.clone(), change.clone(), ann(), at(9)).await.unwrap();
    // The same once more changes nothing.
    store.update_alerts(both, change, ann(), at(9)).await.unwrap();
    let undo = AlertChange { assignee: Some(None), quality: Some(None), ..AlertChange::default() };
    store.update_alerts(vec![alert(1).id], undo, ann(), at(9)).await.unwrap();

    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        history(&store).await,
        [
            (AlertField::Status, text("OPEN"), text("TRIAGED")),
            (AlertField::Assignee, None, text("bob")),
            (AlertField::Quality, None, text("FALSE_POSITIVE")),
            (AlertField::ContextTags, text(""), text("a, b-c")),
            (AlertField::Assignee, text("bob"), None),
            (AlertField::Quality, text("FALSE_POSITIVE"), None),
        ]
    );
    let found = store.find_alert(&alert(2).id).await.unwrap().unwrap();
    assert_eq!(
        (found.quality, &*found.context_tags),
        (Some(AlertQuality::FalsePositive), &["a".into(), "b-c".into()][..])
    );
    let first = store.alert_history(&alert(1).id, &PageRequest::first(4)).await.unwrap();
    let rest = PageRequest { cursor: first.next, limit: 4 };
    assert_eq!(
        (first.items.len(), store.alert_history(&alert(1).id, &rest).await.unwrap().items.len()),
        (4, 2)
    );
}

#[tokio::test]
async fn a_refused_change_leaves_no_history() {
    let store = with_two_alerts().await;
    let change = AlertChange { status: Some(AlertStatus::Closed), ..AlertChange::default() };
    let refused = store.update_alerts(vec![alert(1).id, alert(9).id], change, ann(), at(9)).await;
    assert!(refused.is_err());
    assert_eq!(history(&store).await, []);
}

fn comment(id: &str, number: u64) -> Comment {
    Comment {
        id: id.into(),
        alert_id: alert(number).id,
        body: format!("text of {id}"),
        format: CommentFormat::PlainText,
        created_at: at(1),
        created_by: ann(),
        updated_at: None,
        updated_by: None,
    }
}

#[tokio::test]
async fn comments_are_kept_in_order_and_edited() {
    let store = with_two_alerts().await;
    for (id, number) in [("c", 1), ("a", 1), ("b", 2), ("d", 1)] {
        store.add_comment(comment(id, number)).await.unwrap();
    }
    let first = store.list_comments(&alert(1).id, &PageRequest::first(2)).await.unwrap();
    assert_eq!(first.items, [comment("c", 1), comment("a", 1)]);
    let rest = PageRequest { cursor: first.next, limit: 2 };
    let rest = store.list_comments(&alert(1).id, &rest).await.unwrap();
    assert_eq!((rest.items, rest.next), (vec![comment("d", 1)], None));

    let html = || ("<b>new</b>".to_owned(), CommentFormat::Html);
    let (body, format) = html();
    let edited = store.edit_comment("a", &alert(1).id, body, format, ann(), at(5)).await.unwrap().unwrap();
    let expected = Comment {
        body: "<b>new</b>".into(),
        format: CommentFormat::Html,
        updated_at: Some(at(5)),
        updated_by: Some(ann()),
        ..comment("a", 1)
    };
    assert_eq!(edited, expected);
    assert_eq!(store.find_comment("a").await.unwrap(), Some(expected));
    let (body, format) = html();
    assert_eq!(store.edit_comment("a", &alert(2).id, body, format, ann(), at(5)).await.unwrap(), None);
    assert_eq!(store.find_comment("no").await.unwrap(), None);
}

#[tokio::test]
async fn comments_belong_to_an_alert_and_are_bounded() {
    let store = with_two_alerts().await;
    let error = store.add_comment(comment("x", 9)).await.unwrap_err();
    assert!(matches!(error, StoreError::UnknownAlert { .. }));
    for number in 0..COMMENTS_MAX {
        store.add_comment(comment(&number.to_string(), 1)).await.unwrap();
    }
    let error = store.add_comment(comment("more", 1)).await.unwrap_err();
    assert!(matches!(error, StoreError::TooMany { max: COMMENTS_MAX, .. }), "{error}");
    store.add_comment(comment("other", 2)).await.unwrap();
}
