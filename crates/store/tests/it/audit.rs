//! The audit log: a chain in which every kind of tampering is found, lists, and what time takes away.

use std::path::PathBuf;

use rstest::rstest;
use serde_json::json;
use sqlx::{Connection as _, SqliteConnection};
use store::{
    AuditFilter, AuditKind, AuditProblem, AuditVerdict, DATABASE_FILE, KEY_FILE, NewAuditEntry, PageRequest,
};

use crate::support::{TestStore, at, open};

fn entry(number: i64, action: &str, actor: &str) -> NewAuditEntry {
    let text = json!({
        "actionName": action, "actionResult": "SUCCEEDED", "timestamp": at(number).to_string(),
        "actor": { "id": actor }, "number": number,
    });
    NewAuditEntry {
        at: at(number),
        action: action.to_owned(),
        actor_id: actor.to_owned(),
        result: "SUCCEEDED".to_owned(),
        entry: text.to_string(),
    }
}

fn key_file(store: &TestStore) -> PathBuf {
    store.dir.path().join(KEY_FILE)
}

/// Appends entries with these numbers, one by one.
async fn write(store: &TestStore, numbers: std::ops::RangeInclusive<i64>) {
    for number in numbers {
        let entry = entry(number, "DELETE_RULE", "mira");
        let sequence = store.append_audit(AuditKind::Change, vec![entry], &key_file(store)).await.unwrap();
        assert!(sequence >= 1);
    }
}

async fn verify(store: &TestStore) -> AuditVerdict {
    store.verify_audit(AuditKind::Change, &key_file(store)).await.unwrap()
}

/// What somebody does who has the database file and no key.
async fn tamper(store: &TestStore, sql: &'static str) {
    let url = format!("sqlite://{}", store.dir.path().join(DATABASE_FILE).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let done = sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    assert!(done.rows_affected() > 0, "{sql} changes something");
}

#[tokio::test]
async fn what_was_written_is_in_order_and_keeps_its_hashes() {
    let store = open().await;
    let nothing = verify(&store).await;
    assert_eq!((nothing.entries, nothing.problem), (0, None));
    write(&store, 1..=3).await;
    let three = verify(&store).await;
    assert_eq!((three.entries, three.last_sequence, &three.problem), (3, 3, &None));
    let batch = (4..=1_500).map(|number| entry(number, "SIGN_IN", "omar")).collect();
    assert_eq!(store.append_audit(AuditKind::Change, batch, &key_file(&store)).await.unwrap(), 1_500);
    let all = verify(&store).await;
    assert_eq!((all.entries, all.last_sequence, &all.problem), (1_500, 1_500, &None));

    let early = store.audit_after(2, &AuditFilter::default(), 1).await.unwrap();
    assert_eq!(early[0].hash, three.last_hash, "a hash that is kept elsewhere can be looked up");
    assert_ne!(all.last_hash, three.last_hash);
}

#[rstest]
#[case::a_text("UPDATE audit SET entry = replace(entry, 'mira', 'omar') WHERE sequence = 3", AuditProblem::Changed { sequence: 3 })]
#[case::a_space("UPDATE audit SET entry = entry || ' ' WHERE sequence = 1", AuditProblem::Changed { sequence: 1 })]
#[case::a_hash("UPDATE audit SET hash = zeroblob(32) WHERE sequence = 5", AuditProblem::Changed { sequence: 5 })]
#[case::a_short_hash("UPDATE audit SET hash = x'00' WHERE sequence = 5", AuditProblem::Changed { sequence: 5 })]
#[case::an_actor("UPDATE audit SET actor_id = 'omar' WHERE sequence = 2", AuditProblem::Disguised { sequence: 2, column: "actor_id" })]
#[case::an_action("UPDATE audit SET action = 'GET_RULE' WHERE sequence = 2", AuditProblem::Disguised { sequence: 2, column: "action" })]
#[case::a_result("UPDATE audit SET result = 'FAILED' WHERE sequence = 2", AuditProblem::Disguised { sequence: 2, column: "result" })]
#[case::a_time("UPDATE audit SET at = at - 1 WHERE sequence = 4", AuditProblem::Disguised { sequence: 4, column: "at" })]
#[case::one_row("DELETE FROM audit WHERE sequence = 3", AuditProblem::Missing { from: 3, to: 3 })]
#[case::some_rows("DELETE FROM audit WHERE sequence IN (2, 3)", AuditProblem::Missing { from: 2, to: 3 })]
#[case::the_beginning("DELETE FROM audit WHERE sequence <= 2", AuditProblem::Missing { from: 1, to: 2 })]
#[case::the_end("DELETE FROM audit WHERE sequence >= 4", AuditProblem::CutAtTheEnd { from: 4, to: 5 })]
#[case::everything("DELETE FROM audit", AuditProblem::CutAtTheEnd { from: 1, to: 5 })]
#[case::the_order(
    "UPDATE audit SET sequence = 99 WHERE sequence = 2; UPDATE audit SET sequence = 2 WHERE sequence = 3;
     UPDATE audit SET sequence = 3 WHERE sequence = 99",
    AuditProblem::Changed { sequence: 2 }
)]
#[case::one_more(
    "INSERT INTO audit SELECT sequence + 1, at, action, actor_id, result, entry, hash FROM audit WHERE sequence = 5",
    AuditProblem::Changed { sequence: 6 }
)]
#[case::one_before(
    "INSERT INTO audit SELECT 0, at, action, actor_id, result, entry, hash FROM audit WHERE sequence = 1",
    AuditProblem::Changed { sequence: 0 }
)]
#[case::the_head("DELETE FROM audit_head", AuditProblem::NoHead { reason: "there is none, although there are entries".into() })]
#[case::the_sealed_bytes("UPDATE audit_head SET head = zeroblob(length(head))", AuditProblem::NoHead { reason: "it is not what was sealed".into() })]
#[tokio::test]
async fn tampering_is_found_and_named(#[case] sql: &'static str, #[case] expected: AuditProblem) {
    let store = open().await;
    write(&store, 1..=5).await;
    tamper(&store, sql).await;
    assert_eq!(verify(&store).await.problem, Some(expected.clone()));
    // Going on hides nothing; an end that was cut off becomes a gap.
    write(&store, 6..=7).await;
    let later = verify(&store).await.problem;
    match expected {
        AuditProblem::CutAtTheEnd { from, to } => {
            assert_eq!(later, Some(AuditProblem::Missing { from, to }));
        }
        other => assert_eq!(later, Some(other)),
    }
}

/// All hashes can be computed without a key; the sealed one at the end cannot.
#[tokio::test]
async fn a_chain_that_was_computed_anew_is_found() {
    let (store, other) = (open().await, open().await);
    write(&store, 1..=3).await;
    other
        .append_audit(AuditKind::Change, vec![entry(1, "GET_RULE", "omar")], &key_file(&other))
        .await
        .unwrap();
    write(&other, 2..=3).await;
    other.close().await;
    let url = format!("sqlite://{}", store.dir.path().join(DATABASE_FILE).display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let attach = sqlx::query("ATTACH ? AS other");
    let path = other.dir.path().join(DATABASE_FILE).display().to_string();
    attach.bind(path).execute(&mut connection).await.unwrap();
    let sql = "DELETE FROM main.audit; INSERT INTO main.audit SELECT * FROM other.audit";
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(verify(&store).await.problem, Some(AuditProblem::Rewritten { sequence: 3 }));
    // The head of another installation is sealed with another key.
    std::fs::copy(key_file(&other), key_file(&store)).unwrap();
    let error = store.verify_audit(AuditKind::Change, &key_file(&store)).await.unwrap_err();
    assert!(error.to_string().contains("is not in the key file"), "{error}");
}

#[tokio::test]
async fn without_the_key_the_log_goes_on_and_says_since_when() {
    let store = open().await;
    write(&store, 1..=2).await;
    let kept = std::fs::read(key_file(&store)).unwrap();
    std::fs::remove_file(key_file(&store)).unwrap();
    write(&store, 3..=3).await;
    assert!(!key_file(&store).exists(), "no new key: the old seal could never be opened");
    assert!(store.verify_audit(AuditKind::Change, &key_file(&store)).await.is_err());
    std::fs::write(key_file(&store), kept).unwrap();
    write(&store, 4..=4).await;
    let verdict = verify(&store).await;
    assert_eq!((verdict.entries, verdict.problem), (4, Some(AuditProblem::Unsealed { sequence: 3 })));
    // What is sealed later for somebody else makes a key, and no rotation waits for the lost one.
    std::fs::remove_file(key_file(&store)).unwrap();
    assert!(!store.has_secrets().await.unwrap());
    assert_eq!(store.rotate_secrets(&key_file(&store)).await.unwrap(), 0);
    assert!(key_file(&store).exists());
}

#[tokio::test]
async fn a_rotation_of_the_keys_keeps_the_seal() {
    let store = open().await;
    write(&store, 1..=2).await;
    let before = std::fs::read(key_file(&store)).unwrap();
    assert_eq!(store.rotate_secrets(&key_file(&store)).await.unwrap(), 1);
    assert_ne!(std::fs::read(key_file(&store)).unwrap(), before);
    assert_eq!(verify(&store).await.problem, None);
    write(&store, 3..=3).await;
    assert_eq!(verify(&store).await.problem, None);
    tamper(&store, "DELETE FROM audit WHERE sequence = 3").await;
    assert_eq!(verify(&store).await.problem, Some(AuditProblem::CutAtTheEnd { from: 3, to: 3 }));
}

#[tokio::test]
async fn what_is_old_goes_and_the_rest_still_proves_to_be_whole() {
    let store = open().await;
    write(&store, 1..=10).await;
    let key_file = key_file(&store);
    assert_eq!(store.purge_audit(AuditKind::Change, at(1), 100, &key_file).await.unwrap(), 0);
    assert_eq!(store.purge_audit(AuditKind::Change, at(5), 3, &key_file).await.unwrap(), 3, "in steps");
    assert_eq!(store.purge_audit(AuditKind::Change, at(5), 3, &key_file).await.unwrap(), 1);
    assert_eq!(store.purge_audit(AuditKind::Change, at(5), 3, &key_file).await.unwrap(), 0);
    let verdict = verify(&store).await;
    assert_eq!((verdict.entries, verdict.last_sequence, verdict.problem), (6, 10, None));
    tamper(&store, "DELETE FROM audit WHERE sequence = 5").await;
    assert_eq!(verify(&store).await.problem, Some(AuditProblem::Missing { from: 5, to: 5 }));
    assert_eq!(store.purge_audit(AuditKind::Change, at(99), 100, &key_file).await.unwrap(), 5);
    assert_eq!(verify(&store).await.problem, None, "what was wrong has gone");
    write(&store, 11..=11).await;
    let verdict = verify(&store).await;
    assert_eq!((verdict.entries, verdict.last_sequence, verdict.problem), (1, 11, None));
}

#[tokio::test]
async fn entries_are_listed_newest_first_by_filter_and_page() {
    let store = open().await;
    let kinds = [("SIGN_IN", "mira"), ("DELETE_RULE", "mira"), ("SIGN_IN", "omar")];
    let entries = (0..30).map(|number| {
        let (action, actor) = kinds[usize::try_from(number % 3).unwrap()];
        entry(number, action, actor)
    });
    store.append_audit(AuditKind::Change, entries.collect(), &key_file(&store)).await.unwrap();
    let count = async |filter: AuditFilter| {
        let mut page = PageRequest::first(7);
        let mut sequences = Vec::new();
        loop {
            let found = store.list_audit(&filter, &page).await.unwrap();
            sequences.extend(found.items.iter().map(|entry| entry.sequence));
            let Some(next) = found.next else { break };
            page.cursor = Some(next);
        }
        assert!(sequences.is_sorted_by(|a, b| a > b), "newest first, none twice: {sequences:?}");
        sequences.len()
    };
    let all = AuditFilter::default;
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(count(all()).await, 30);
    assert_eq!(count(AuditFilter { action: some("SIGN_IN"), ..all() }).await, 20);
    assert_eq!(count(AuditFilter { actor: some("mira"), ..all() }).await, 20);
    assert_eq!(count(AuditFilter { actor: some("mira"), action: some("SIGN_IN"), ..all() }).await, 10);
    assert_eq!(count(AuditFilter { result: some("FAILED"), ..all() }).await, 0);
    assert_eq!(count(AuditFilter { from: Some(at(10)), to: Some(at(12)), ..all() }).await, 2);
    assert_eq!(count(AuditFilter { contains: some("\"NUMBER\":12"), ..all() }).await, 1);
    assert_eq!(count(AuditFilter { contains: some("_in"), actor: some("omar"), ..all() }).await, 10);
    assert_eq!(count(AuditFilter { contains: some("100%"), ..all() }).await, 0);
    let page = PageRequest { cursor: Some("nonsense".into()), limit: 5 };
    assert!(store.list_audit(&all(), &page).await.is_err());
}

#[tokio::test]
async fn entries_become_events_from_where_they_are_switched_on() {
    let store = open().await;
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), None);
    write(&store, 1..=2).await;
    assert!(store.switch_audit_events(AuditKind::Change, true).await.unwrap());
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), Some(2));
    write(&store, 3..=5).await;
    assert!(!store.switch_audit_events(AuditKind::Change, true).await.unwrap());
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), Some(2), "it was on already");
    store.advance_audit_events(AuditKind::Change, 4).await.unwrap();
    store.advance_audit_events(AuditKind::Change, 3).await.unwrap();
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), Some(4));
    assert!(store.switch_audit_events(AuditKind::Change, false).await.unwrap());
    assert!(!store.switch_audit_events(AuditKind::Change, false).await.unwrap());
    store.advance_audit_events(AuditKind::Change, 5).await.unwrap();
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), None);
}

/// Reads are a chain of their own: neither goes into the other, and each is let go by itself.
#[tokio::test]
async fn changes_and_reads_are_two_chains() {
    let store = open().await;
    let key_file = key_file(&store);
    write(&store, 1..=3).await;
    let reads = (1..=450).map(|number| entry(number, "GET_RULE", "mira"));
    assert_eq!(store.append_audit(AuditKind::Read, reads.collect(), &key_file).await.unwrap(), 450);
    let reads = async || store.verify_audit(AuditKind::Read, &key_file).await.unwrap();
    assert_eq!((reads().await.entries, reads().await.problem), (450, None));
    assert_eq!((verify(&store).await.entries, verify(&store).await.problem), (3, None));
    assert_eq!(store.rotate_secrets(&key_file).await.unwrap(), 2, "two heads");
    assert_eq!((reads().await.problem, verify(&store).await.problem), (None, None));

    let filter =
        AuditFilter { kind: AuditKind::Read, contains: Some("get_rule".into()), ..AuditFilter::default() };
    assert_eq!(store.list_audit(&filter, &PageRequest::first(5)).await.unwrap().items[0].sequence, 450);
    assert_eq!(store.audit_after(448, &filter, 9).await.unwrap().len(), 2);
    assert_eq!(store.purge_audit(AuditKind::Read, at(401), 1_000, &key_file).await.unwrap(), 400);
    assert_eq!((reads().await.entries, reads().await.last_sequence), (50, 450));
    assert_eq!(verify(&store).await.entries, 3);

    assert!(store.switch_audit_events(AuditKind::Read, true).await.unwrap());
    assert_eq!(store.audit_events_position(AuditKind::Read).await.unwrap(), Some(450));
    assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), None);
    let switches = [(true, false), (false, true), (false, false), (true, true)];
    for (on, is_change) in switches {
        assert_eq!(store.switch_audit_reads(on).await.unwrap(), is_change);
    }

    // A read cannot take the place of a change, nor the seal of one chain that of the other.
    tamper(&store, "DELETE FROM audit; INSERT INTO audit SELECT * FROM audit_reads WHERE sequence > 447")
        .await;
    assert_eq!(verify(&store).await.problem, Some(AuditProblem::Missing { from: 1, to: 447 }));
    tamper(&store, "DELETE FROM audit_reads_head; INSERT INTO audit_reads_head SELECT * FROM audit_head")
        .await;
    assert!(matches!(
        reads().await.problem,
        Some(AuditProblem::NoHead { .. } | AuditProblem::Missing { .. })
    ));
}
