//! Entries of the audit log, as events of the log type `Panther.Audit`. Source: `platform.md` §4.
//!
//! A chore reads what is new in the log, whoever wrote it, and appends it to the journal, as a log source would;
//! so too of what was only read, when that is asked for. How far it got is in the database, after the journal has it: what was under way when the server stopped comes
//! again, with the same `sequence`. While the journal takes nothing the chore waits; nothing is skipped.

use std::sync::Arc;
use std::time::Duration;

use journal::Journal;
use model::SourceId;
use parsers::{SourceSpec, StreamType};
use pipeline::WatchedSource;
use schema::SchemaSet;
use serde_json::{Value, json};
use store::{AuditEntry, AuditFilter, AuditKind, Store};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::config::{AUDIT_LOG_TYPE, AUDIT_SOURCE_ID, AUDIT_SOURCE_LABEL, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};

/// The log is looked at this often.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Entries that are read at once.
const ENTRIES_PER_STEP: usize = 100;
/// A body takes no further entry after this many bytes.
const BODY_BYTES_MAX: usize = 1 << 20;

/// How the pipeline reads what the chore writes.
pub(super) fn spec(schemas: &SchemaSet) -> SourceSpec {
    SourceSpec {
        id: SourceId::from(AUDIT_SOURCE_ID),
        label: AUDIT_SOURCE_LABEL.into(),
        stream_type: StreamType::Lines,
        envelope: Vec::new(),
        schemas: schemas.get(AUDIT_LOG_TYPE).cloned().into_iter().collect(),
    }
}

/// The log among the sources that are watched over; it may be silent as long as it likes.
pub(super) fn watched() -> WatchedSource {
    WatchedSource {
        id: SourceId::from(AUDIT_SOURCE_ID),
        label: AUDIT_SOURCE_LABEL.to_owned(),
        stream_type: StreamType::Lines,
        no_data_alarm: None,
    }
}

/// Switches the events, those of what is only read, and whether that is recorded, as the configuration says. A
/// switch is an entry itself, so that switching on is the first event.
pub(super) async fn switch(store: &Arc<Store>, config: &Config) -> Result<(), Failure> {
    let crate::config::AuditConfig { events, reads, read_events } = config.audit;
    let unwritable = |error| Failure::operation("cannot switch the audit log", &error);
    let source = json!({ "integrationId": AUDIT_SOURCE_ID, "integrationLabel": AUDIT_SOURCE_LABEL });
    if store.switch_audit_events(AuditKind::Change, events).await.map_err(unwritable)? {
        let (name, description) = match events {
            true => ("CREATE_LOG_SOURCE", "Made the audit log a log source"),
            false => ("DELETE_LOG_SOURCE", "Made the audit log no log source any more"),
        };
        switched(store, config, name, description, source.clone()).await?;
    }
    if store.switch_audit_events(AuditKind::Read, read_events).await.map_err(unwritable)? {
        let description = match read_events {
            true => "Made events of what is only read too",
            false => "Made no events of what is only read any more",
        };
        switched(store, config, "UPDATE_LOG_SOURCE", description, source).await?;
    }
    if store.switch_audit_reads(reads).await.map_err(unwritable)? {
        let description = match reads {
            true => "Switched the record of what is only read on",
            false => "Switched the record of what is only read off",
        };
        let input = json!({ "audit": { "reads": reads } });
        switched(store, config, "UPDATE_GENERAL_SETTINGS", description, input).await?;
    }
    Ok(())
}

async fn switched(
    store: &Arc<Store>,
    config: &Config,
    name: &'static str,
    description: &'static str,
    input: Value,
) -> Result<(), Failure> {
    let deed = Deed { name, description, command: "serve", input, before: Value::Null };
    Recorder::new(store, config).of(deed, Ok(((), Value::Null))).await
}

/// Makes events of entries until it is dropped.
pub(super) async fn run(store: Arc<Store>, journal: Journal) {
    let mut interval = interval(POLL_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_held_up = false;
    loop {
        interval.tick().await;
        let mut outcome = catch_up(&store, &journal, AuditKind::Change).await;
        if outcome.is_ok() {
            outcome = catch_up(&store, &journal, AuditKind::Read).await;
        }
        match outcome {
            Ok(()) if is_held_up => {
                info!("the events of the audit log go on");
                is_held_up = false;
            }
            Ok(()) => {}
            Err(problem) if !is_held_up => {
                warn!("the events of the audit log wait, none is lost: {problem}");
                is_held_up = true;
            }
            Err(_) => {}
        }
    }
}

/// Goes on to the end of one chain, if there are to be events of it at all.
async fn catch_up(
    store: &Store,
    journal: &Journal,
    kind: AuditKind,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(mut position) = store.audit_events_position(kind).await? else { return Ok(()) };
    let filter = AuditFilter { kind, ..AuditFilter::default() };
    loop {
        let entries = store.audit_after(position, &filter, ENTRIES_PER_STEP).await?;
        let Some(first) = entries.first() else { return Ok(()) };
        if first.sequence > position + 1 && position > 0 {
            let (from, to) = (position + 1, first.sequence - 1);
            let kind = kind.as_str();
            warn!("entries {from} to {to} of the audit log (kind `{kind}`) are gone and became no events");
        }
        let (body, last) = body_of(kind, &entries);
        journal.append(SourceId::from(AUDIT_SOURCE_ID), body.into()).await?;
        store.advance_audit_events(kind, last).await?;
        position = last;
    }
}

/// One line for each entry, and the last entry that found room.
fn body_of(kind: AuditKind, entries: &[AuditEntry]) -> (String, u64) {
    let (mut body, mut last, kind) = (String::new(), 0, kind.as_str());
    for AuditEntry { sequence, entry, .. } in entries {
        if !body.is_empty() && body.len() + entry.len() > BODY_BYTES_MAX {
            break;
        }
        match entry.strip_prefix('{') {
            Some(members) => {
                body.push_str(&format!("{{\"kind\":\"{kind}\",\"sequence\":{sequence},{members}\n"));
            }
            // Somebody changed the database: the line is kept as a record that cannot be read.
            None => {
                body.push_str(&entry.replace('\n', " "));
                body.push('\n');
            }
        }
        last = *sequence;
    }
    (body, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64, entry: String) -> AuditEntry {
        AuditEntry { sequence, entry, hash: String::new() }
    }

    #[test]
    fn each_entry_is_a_line_with_its_number() {
        let entries = [entry(7, "{\"a\":1}".to_owned()), entry(8, "no\nJSON".to_owned())];
        let (body, last) = body_of(AuditKind::Read, &entries);
        assert_eq!((&*body, last), ("{\"kind\":\"read\",\"sequence\":7,\"a\":1}\nno JSON\n", 8));
    }

    #[test]
    fn a_body_is_bounded_and_takes_one_entry_at_least() {
        let long = || format!("{{\"a\":\"{}\"}}", "x".repeat(BODY_BYTES_MAX / 2));
        let entries: Vec<AuditEntry> = (1..=3).map(|sequence| entry(sequence, long())).collect();
        assert_eq!(body_of(AuditKind::Change, &entries).1, 1);
        assert_eq!(body_of(AuditKind::Change, &entries[2..]).1, 3);
    }

    #[tokio::test]
    async fn a_journal_that_takes_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn stdx::Clock> = Arc::new(stdx::SystemClock);
        let store = Store::open(dir.path(), Arc::clone(&clock)).await.unwrap();
        store.switch_audit_events(AuditKind::Change, true).await.unwrap();
        let new = |number: u64| store::NewAuditEntry {
            at: clock.now(),
            action: "SIGN_IN".to_owned(),
            actor_id: "x".to_owned(),
            result: "SUCCEEDED".to_owned(),
            entry: format!("{{\"number\":{number}}}"),
        };
        let key_file = dir.path().join(store::KEY_FILE);
        let entries = (1..=3).map(new).collect();
        store.append_audit(AuditKind::Change, entries, &key_file).await.unwrap();
        let config = journal::JournalConfig::new(dir.path().join("journal"));
        let full = journal::JournalConfig { size_max_bytes: 1, ..config.clone() };
        let journal = Journal::open(full, Arc::clone(&clock)).await.unwrap();
        catch_up(&store, &journal, AuditKind::Change).await.unwrap_err();
        assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), Some(0));
        journal.close().await.unwrap();
        let journal = Journal::open(config, clock).await.unwrap();
        catch_up(&store, &journal, AuditKind::Change).await.unwrap();
        catch_up(&store, &journal, AuditKind::Change).await.unwrap();
        let batches = journal.read(0, 10, 1 << 20).await.unwrap();
        let bodies: Vec<&str> =
            batches.iter().map(|batch| std::str::from_utf8(&batch.body).unwrap()).collect();
        let expected: String = (1..=3)
            .map(|number| format!("{{\"kind\":\"change\",\"sequence\":{number},\"number\":{number}}}\n"))
            .collect();
        assert_eq!(bodies, [expected]);
        assert_eq!(store.audit_events_position(AuditKind::Change).await.unwrap(), Some(3));
    }

    #[test]
    fn the_log_type_has_a_schema() {
        let spec = spec(&SchemaSet::builtin().unwrap());
        assert_eq!(spec.schemas.len(), 1);
    }
}
