//! Entries of the audit log, as events of the log type `Panther.Audit`. Source: `platform.md` §4.
//!
//! A chore reads what is new in the log, whoever wrote it, and appends it to the journal, as a log source would.
//! How far it got is in the database, after the journal has it: what was under way when the server stopped comes
//! again, with the same `sequence`. While the journal takes nothing the chore waits; nothing is skipped.

use std::sync::Arc;
use std::time::Duration;

use journal::Journal;
use model::SourceId;
use parsers::{SourceSpec, StreamType};
use pipeline::WatchedSource;
use schema::SchemaSet;
use serde_json::{Value, json};
use store::{AuditEntry, AuditFilter, Store};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{info, warn};

use crate::config::{AUDIT_SOURCE_ID, Config};
use crate::failure::Failure;
use crate::recorder::{Deed, Recorder};

/// The log is looked at this often.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// Entries that are read at once.
const ENTRIES_PER_STEP: usize = 100;
/// A body takes no further entry after this many bytes.
const BODY_BYTES_MAX: usize = 1 << 20;
/// `p_source_label` of the events.
const LABEL: &str = "Audit log";
/// Their log type.
const LOG_TYPE: &str = "Panther.Audit";

/// How the pipeline reads what the chore writes.
pub(super) fn spec(schemas: &SchemaSet) -> SourceSpec {
    SourceSpec {
        id: SourceId::from(AUDIT_SOURCE_ID),
        label: LABEL.into(),
        stream_type: StreamType::Lines,
        envelope: Vec::new(),
        schemas: schemas.get(LOG_TYPE).cloned().into_iter().collect(),
    }
}

/// The log among the sources that are watched over; it may be silent as long as it likes.
pub(super) fn watched() -> WatchedSource {
    WatchedSource {
        id: SourceId::from(AUDIT_SOURCE_ID),
        label: LABEL.to_owned(),
        stream_type: StreamType::Lines,
        no_data_alarm: None,
    }
}

/// Switches the events on or off, as the configuration says. A switch is an entry itself, so that switching on is
/// the first event.
pub(super) async fn switch(store: &Arc<Store>, config: &Config) -> Result<(), Failure> {
    let on = config.audit.events;
    let has_changed = store
        .switch_audit_events(on)
        .await
        .map_err(|error| Failure::operation("cannot switch the events of the audit log", &error))?;
    if !has_changed {
        return Ok(());
    }
    let (name, description) = match on {
        true => ("CREATE_LOG_SOURCE", "Made the audit log a log source"),
        false => ("DELETE_LOG_SOURCE", "Made the audit log no log source any more"),
    };
    let input = json!({ "integrationId": AUDIT_SOURCE_ID, "integrationLabel": LABEL });
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
        match catch_up(&store, &journal).await {
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

/// Goes on to the end of the log, if there are to be events at all.
async fn catch_up(store: &Store, journal: &Journal) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(mut position) = store.audit_events_position().await? else { return Ok(()) };
    loop {
        let entries = store.audit_after(position, &AuditFilter::default(), ENTRIES_PER_STEP).await?;
        let Some(first) = entries.first() else { return Ok(()) };
        if first.sequence > position + 1 && position > 0 {
            let (from, to) = (position + 1, first.sequence - 1);
            warn!("entries {from} to {to} of the audit log are gone and became no events");
        }
        let (body, last) = body_of(&entries);
        journal.append(SourceId::from(AUDIT_SOURCE_ID), body.into()).await?;
        store.advance_audit_events(last).await?;
        position = last;
    }
}

/// One line for each entry, and the last entry that found room.
fn body_of(entries: &[AuditEntry]) -> (String, u64) {
    let (mut body, mut last) = (String::new(), 0);
    for AuditEntry { sequence, entry, .. } in entries {
        if !body.is_empty() && body.len() + entry.len() > BODY_BYTES_MAX {
            break;
        }
        match entry.strip_prefix('{') {
            Some(members) => body.push_str(&format!("{{\"sequence\":{sequence},{members}\n")),
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
        let (body, last) = body_of(&entries);
        assert_eq!((&*body, last), ("{\"sequence\":7,\"a\":1}\nno JSON\n", 8));
    }

    #[test]
    fn a_body_is_bounded_and_takes_one_entry_at_least() {
        let long = || format!("{{\"a\":\"{}\"}}", "x".repeat(BODY_BYTES_MAX / 2));
        let entries: Vec<AuditEntry> = (1..=3).map(|sequence| entry(sequence, long())).collect();
        assert_eq!(body_of(&entries).1, 1);
        assert_eq!(body_of(&entries[2..]).1, 3);
    }

    #[tokio::test]
    async fn a_journal_that_takes_nothing_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let clock: Arc<dyn stdx::Clock> = Arc::new(stdx::SystemClock);
        let store = Store::open(dir.path(), Arc::clone(&clock)).await.unwrap();
        store.switch_audit_events(true).await.unwrap();
        let new = |number: u64| store::NewAuditEntry {
            at: clock.now(),
            action: "SIGN_IN".to_owned(),
            actor_id: "x".to_owned(),
            result: "SUCCEEDED".to_owned(),
            entry: format!("{{\"number\":{number}}}"),
        };
        let key_file = dir.path().join(store::KEY_FILE);
        store.append_audit((1..=3).map(new).collect(), &key_file).await.unwrap();
        let config = journal::JournalConfig::new(dir.path().join("journal"));
        let full = journal::JournalConfig { size_max_bytes: 1, ..config.clone() };
        let journal = Journal::open(full, Arc::clone(&clock)).await.unwrap();
        catch_up(&store, &journal).await.unwrap_err();
        assert_eq!(store.audit_events_position().await.unwrap(), Some(0));
        journal.close().await.unwrap();
        let journal = Journal::open(config, clock).await.unwrap();
        catch_up(&store, &journal).await.unwrap();
        catch_up(&store, &journal).await.unwrap();
        let batches = journal.read(0, 10, 1 << 20).await.unwrap();
        let bodies: Vec<&str> =
            batches.iter().map(|batch| std::str::from_utf8(&batch.body).unwrap()).collect();
        let expected: String =
            (1..=3).map(|number| format!("{{\"sequence\":{number},\"number\":{number}}}\n")).collect();
        assert_eq!(bodies, [expected]);
        assert_eq!(store.audit_events_position().await.unwrap(), Some(3));
    }

    #[test]
    fn the_log_type_has_a_schema() {
        let spec = spec(&SchemaSet::builtin().unwrap());
        assert_eq!(spec.schemas.len(), 1);
    }
}
