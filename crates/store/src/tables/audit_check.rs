//! Whether the audit log is what was written: one look at every row, in order.

use std::path::Path;

use serde::Deserialize;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::audit::{AuditEnd, AuditHead, AuditKind, AuditProblem, AuditVerdict};
use crate::error::StoreError;
use crate::rows::{Columns, count};
use crate::secrets::{KeyRing, SecretsError};
use crate::store::Store;
use crate::tables::audit::{open, read_end, sealed_head, sql};

/// Rows that are held in memory at a time.
const ROWS_PER_STEP: i64 = 1_000;

/// What an entry says, where columns repeat it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    action_name: String,
    action_result: String,
    timestamp: jiff::Timestamp,
    actor: SaidActor,
}

#[derive(Deserialize)]
struct SaidActor {
    id: String,
}

impl Store {
    /// Looks at the whole of one chain and names the first thing that is wrong with it.
    ///
    /// # Errors
    /// [`StoreError::Secrets`] when the key that its end is sealed with cannot be had; when the database cannot be
    /// read.
    pub async fn verify_audit(&self, kind: AuditKind, key_file: &Path) -> Result<AuditVerdict, StoreError> {
        // One moment of the database, whatever is appended meanwhile.
        let mut reading = self.readers.begin().await?;
        let head = match sealed_head(&mut reading, kind).await? {
            None => None,
            Some(sealed) => Some(match KeyRing::load(key_file).and_then(|ring| open(kind, &ring, &sealed)) {
                Ok(head) => Ok(head),
                Err(SecretsError::Damaged) => Err(no_head("it is not what was sealed")),
                Err(problem) => return Err(problem.into()),
            }),
        };
        let sealed = head.as_ref().and_then(|head| head.as_ref().ok()).copied();
        let anchor = sealed.unwrap_or_else(|| AuditHead::empty(kind)).anchor;
        let mut look = Look { kind, end: anchor, entries: 0, sealed };
        let mut problem = look.all(&mut reading).await?;
        problem = problem.or_else(|| match head {
            None if look.entries == 0 => None,
            None => Some(no_head("there is none, although there are entries")),
            Some(Err(problem)) => Some(problem),
            Some(Ok(head)) if look.end.sequence < head.end.sequence => {
                Some(AuditProblem::CutAtTheEnd { from: look.end.sequence + 1, to: head.end.sequence })
            }
            Some(Ok(head)) if look.end.sequence > head.end.sequence => {
                Some(AuditProblem::Unsealed { sequence: head.end.sequence + 1 })
            }
            Some(Ok(_)) => None,
        });
        Ok(AuditVerdict {
            entries: look.entries,
            last_sequence: look.end.sequence,
            last_hash: hex::encode(look.end.hash),
            problem,
        })
    }
}

fn no_head(reason: &str) -> AuditProblem {
    AuditProblem::NoHead { reason: reason.to_owned() }
}

struct Look {
    kind: AuditKind,
    /// The last entry that is in order.
    end: AuditEnd,
    entries: u64,
    sealed: Option<AuditHead>,
}

impl Look {
    /// Goes on to the end, or to the first row that is wrong.
    async fn all(&mut self, connection: &mut SqliteConnection) -> Result<Option<AuditProblem>, StoreError> {
        // From the first row, whatever the head says: what was put before the anchor is found too.
        let mut after = -1;
        loop {
            let select = sql(self.kind, "SELECT * FROM {log} WHERE sequence > ? ORDER BY sequence LIMIT ?");
            let rows =
                sqlx::query(select).bind(after).bind(ROWS_PER_STEP).fetch_all(&mut *connection).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after = count(last.count("sequence")?);
            for row in &rows {
                if let Some(problem) = self.one(row)? {
                    return Ok(Some(problem));
                }
            }
        }
    }

    fn one(&mut self, row: &SqliteRow) -> Result<Option<AuditProblem>, StoreError> {
        let (sequence, expected) = (row.count("sequence")?, self.end.sequence + 1);
        if sequence > expected {
            return Ok(Some(AuditProblem::Missing { from: expected, to: sequence - 1 }));
        }
        let entry: String = row.text("entry")?;
        let computed = self.end.next(&entry);
        // A hash of another length cannot be read, and is not what was written either.
        if !read_end(row).is_ok_and(|found| found == computed) {
            return Ok(Some(AuditProblem::Changed { sequence }));
        }
        if let Some(column) = disguised(row, &entry)? {
            return Ok(Some(AuditProblem::Disguised { sequence, column }));
        }
        let is_other_end = |head: &AuditHead| head.end.sequence == sequence && head.end.hash != computed.hash;
        if self.sealed.as_ref().is_some_and(is_other_end) {
            return Ok(Some(AuditProblem::Rewritten { sequence }));
        }
        self.end = computed;
        self.entries += 1;
        Ok(None)
    }
}

/// The first column that does not repeat the entry.
fn disguised(row: &SqliteRow, entry: &str) -> Result<Option<&'static str>, StoreError> {
    let Ok(said) = serde_json::from_str::<Said>(entry) else { return Ok(Some("entry")) };
    for (column, said) in
        [("action", &said.action_name), ("actor_id", &said.actor.id), ("result", &said.action_result)]
    {
        if row.text::<String>(column)? != *said {
            return Ok(Some(column));
        }
    }
    Ok((row.time("at")? != said.timestamp).then_some("at"))
}
