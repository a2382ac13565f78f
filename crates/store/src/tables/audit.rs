//! Tables `audit` and `audit_head`: what was done by whom. Rows are added at the end and, when their time is over,
//! removed at the beginning; nothing else.

use std::path::Path;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use tracing::error;

use crate::audit::{AUDIT_SCAN_MAX, AuditEnd, AuditEntry, AuditFilter, AuditHead, NewAuditEntry};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, count, nanos};
use crate::secrets::{KeyRing, Sealed, SecretsError};
use crate::store::Store;
use crate::tables::sealing;

/// What the head is sealed for.
const OWNER: &str = "audit";
/// Columns of an [`AuditEntry`].
const ENTRY: &str = "SELECT sequence, entry, hash FROM audit";

impl Store {
    /// Appends entries; answers the sequence of the last one. They are durable when the answer is there.
    ///
    /// When the key file cannot be used they are appended all the same, and `verify` says from where on the log is
    /// not sealed: a log with a flaw that is told is better than none.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn append_audit(
        &self,
        entries: Vec<NewAuditEntry>,
        key_file: &Path,
    ) -> Result<u64, StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| Box::pin(async move { append(connection, &entries, &key_file).await }))
            .await
    }

    /// Lists entries, newest first.
    ///
    /// A list with `contains` looks at [`AUDIT_SCAN_MAX`] entries for one page, which may then have few or no items
    /// and `next` all the same.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_audit(
        &self,
        filter: &AuditFilter,
        page: &PageRequest,
    ) -> Result<Page<AuditEntry>, StoreError> {
        let before = page.after()?.map(|cursor| cursor.number);
        let key = |entry: &AuditEntry| Cursor { number: count(entry.sequence), id: String::new() };
        let Some(text) = &filter.contains else {
            let mut query = selected(ENTRY, filter, before);
            query.push(" ORDER BY sequence DESC LIMIT ").push_bind(page.row_limit());
            let rows = query.build().fetch_all(&self.readers).await?;
            return Ok(Page::cut(rows.iter().map(read).collect::<Result<_, _>>()?, page, key));
        };
        let looked_at = count(AUDIT_SCAN_MAX);
        let mut query = QueryBuilder::new("WITH looked_at AS MATERIALIZED (");
        select(&mut query, "SELECT sequence FROM audit", filter, before);
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(looked_at).push(")");
        query.push(" SELECT audit.sequence, entry, hash FROM looked_at JOIN audit USING (sequence)");
        query.push(" WHERE instr(lower(entry), ").push_bind(text.to_ascii_lowercase()).push(") > 0");
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(page.row_limit());
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut found = Page::cut(rows.iter().map(read).collect::<Result<_, _>>()?, page, key);
        if found.next.is_none() {
            // Where the look ended, if there is more after it.
            let mut query = selected("SELECT sequence FROM audit", filter, before);
            query.push(" ORDER BY sequence DESC LIMIT 2 OFFSET ").push_bind(looked_at - 1);
            let ends: Vec<i64> = query.build_query_scalar().fetch_all(&self.readers).await?;
            if let [last, _] = ends[..] {
                found.next = Some(Cursor { number: last, id: String::new() }.encode());
            }
        }
        Ok(found)
    }

    /// Entries after `sequence`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn audit_after(
        &self,
        sequence: u64,
        filter: &AuditFilter,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut query = selected(ENTRY, filter, None);
        query.push(" AND sequence > ").push_bind(count(sequence));
        query.push(" ORDER BY sequence LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
        query.build().fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// Lets go entries that were made before `before`, oldest first and up to the first that was not, at most
    /// `limit`; answers how many went. What is left still proves to be whole.
    ///
    /// # Errors
    /// When the database cannot be written, or the end of the log cannot be sealed anew.
    pub async fn purge_audit(
        &self,
        before: Timestamp,
        limit: u64,
        key_file: &Path,
    ) -> Result<u64, StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move { purge(connection, before, limit, &key_file).await })
        })
        .await
    }
}

async fn append(
    connection: &mut SqliteConnection,
    entries: &[NewAuditEntry],
    key_file: &Path,
) -> Result<u64, StoreError> {
    let newest = newest(connection).await?;
    let sealed = sealed_head(connection).await?;
    let head = match prepare(connection, key_file, sealed.as_ref()).await {
        Ok(known) => Some(known),
        Err(problem) => {
            error!("the audit log goes on without a seal: {problem}");
            None
        }
    };
    let (mut end, seal) = match (newest, head) {
        (None, None) => (AuditEnd::beginning(), None),
        (Some(newest), None) => (newest, None),
        // What was cut off, or put in its place, stays visible: the chain goes on from what was sealed.
        (None, Some((ring, head))) => (head.end, Some((ring, head))),
        (Some(newest), Some((ring, head))) if newest.sequence <= head.end.sequence => {
            (head.end, Some((ring, head)))
        }
        // Sealing what was written without the key would say that it was written with it.
        (Some(newest), Some(_)) => (newest, None),
    };
    for entry in entries {
        end = end.next(&entry.entry);
        sqlx::query(
            "INSERT INTO audit (sequence, at, action, actor_id, result, entry, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(count(end.sequence))
        .bind(nanos(entry.at))
        .bind(&entry.action)
        .bind(&entry.actor_id)
        .bind(&entry.result)
        .bind(&entry.entry)
        .bind(&end.hash[..])
        .execute(&mut *connection)
        .await?;
    }
    if let Some((ring, head)) = seal {
        write_head(connection, &ring, AuditHead { end, ..head }).await?;
    }
    Ok(end.sequence)
}

/// The keys to seal with, and what is sealed now.
async fn prepare(
    connection: &mut SqliteConnection,
    key_file: &Path,
    sealed: Option<&Sealed>,
) -> Result<(KeyRing, AuditHead), StoreError> {
    let Some(sealed) = sealed else {
        return Ok((sealing::ring(connection, key_file).await?, AuditHead::empty()));
    };
    let ring = KeyRing::load(key_file)?;
    let head = open(&ring, sealed)?;
    Ok((ring, head))
}

async fn purge(
    connection: &mut SqliteConnection,
    before: Timestamp,
    limit: u64,
    key_file: &Path,
) -> Result<u64, StoreError> {
    let kept: Option<i64> = sqlx::query_scalar("SELECT min(sequence) FROM audit WHERE at >= ?")
        .bind(nanos(before))
        .fetch_one(&mut *connection)
        .await?;
    let last = sqlx::query(
        "SELECT sequence, hash FROM (SELECT sequence, hash FROM audit WHERE sequence < ? ORDER BY sequence LIMIT ?)
         ORDER BY sequence DESC LIMIT 1",
    )
    .bind(kept.unwrap_or(i64::MAX))
    .bind(count(limit))
    .fetch_optional(&mut *connection)
    .await?;
    let Some(last) = last else { return Ok(0) };
    let anchor = read_end(&last)?;
    let sealed = sealed_head(connection).await?;
    let (ring, head) = prepare(connection, key_file, sealed.as_ref()).await?;
    let deleted = sqlx::query("DELETE FROM audit WHERE sequence <= ?")
        .bind(count(anchor.sequence))
        .execute(&mut *connection)
        .await?;
    write_head(connection, &ring, AuditHead { anchor, ..head }).await?;
    Ok(deleted.rows_affected())
}

/// Wraps the key of the head anew; answers how many secrets that were. When its key is lost it stays as it is: that
/// must not keep other secrets from a rotation.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let Some(sealed) = sealed_head(connection).await? else { return Ok(0) };
    match ring.rewrap(OWNER, &sealed) {
        Ok(sealed) => {
            store_head(connection, &sealed).await?;
            Ok(1)
        }
        Err(problem) => {
            error!("the seal of the audit log was not wrapped anew: {problem}");
            Ok(0)
        }
    }
}

/// The newest row's place. A hash that somebody made unreadable does not stop the log; `verify` names it.
async fn newest(connection: &mut SqliteConnection) -> Result<Option<AuditEnd>, StoreError> {
    let row = sqlx::query("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(connection)
        .await?;
    let read = |row: SqliteRow| {
        read_end(&row).or_else(|_| Ok(AuditEnd { sequence: row.count("sequence")?, hash: [0; 32] }))
    };
    row.map(read).transpose()
}

pub(crate) async fn sealed_head(connection: &mut SqliteConnection) -> Result<Option<Sealed>, StoreError> {
    let row =
        sqlx::query("SELECT key_id, wrapped_key, head FROM audit_head").fetch_optional(connection).await?;
    let read = |row: SqliteRow| {
        Ok(Sealed {
            key_id: row.text("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            data: row.try_get("head")?,
        })
    };
    row.map(read).transpose()
}

pub(crate) fn open(ring: &KeyRing, sealed: &Sealed) -> Result<AuditHead, SecretsError> {
    AuditHead::read(&ring.open(OWNER, sealed)?).ok_or(SecretsError::Damaged)
}

async fn write_head(
    connection: &mut SqliteConnection,
    ring: &KeyRing,
    head: AuditHead,
) -> Result<(), StoreError> {
    store_head(connection, &ring.seal(OWNER, &head.to_bytes())?).await
}

async fn store_head(connection: &mut SqliteConnection, sealed: &Sealed) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO audit_head (id, key_id, wrapped_key, head) VALUES (1, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key,
             head = excluded.head",
    )
    .bind(&sealed.key_id)
    .bind(&sealed.wrapped_key)
    .bind(&sealed.data)
    .execute(connection)
    .await?;
    Ok(())
}

fn selected(what: &'static str, filter: &AuditFilter, before: Option<i64>) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("");
    select(&mut query, what, filter, before);
    query
}

/// A selection with all of a filter but `contains`.
fn select(query: &mut QueryBuilder<Sqlite>, what: &'static str, filter: &AuditFilter, before: Option<i64>) {
    let AuditFilter { from, to, action, actor, result, contains: _ } = filter;
    query.push(what).push(" WHERE true");
    if let Some(before) = before {
        query.push(" AND sequence < ").push_bind(before);
    }
    if let Some(from) = from {
        query.push(" AND at >= ").push_bind(nanos(*from));
    }
    if let Some(to) = to {
        query.push(" AND at < ").push_bind(nanos(*to));
    }
    for (column, wanted) in [("action", action), ("actor_id", actor), ("result", result)] {
        if let Some(wanted) = wanted {
            query.push(" AND ").push(column).push(" = ").push_bind(wanted.clone());
        }
    }
}

pub(crate) fn read_end(row: &SqliteRow) -> Result<AuditEnd, StoreError> {
    let hash: Vec<u8> = row.try_get("hash")?;
    let hash = hash.try_into().map_err(|_| StoreError::corrupt("`audit.hash`: it has not 32 bytes"))?;
    Ok(AuditEnd { sequence: row.count("sequence")?, hash })
}

fn read(row: &SqliteRow) -> Result<AuditEntry, StoreError> {
    let hash: &[u8] = row.try_get("hash")?;
    Ok(AuditEntry { sequence: row.count("sequence")?, entry: row.text("entry")?, hash: hex::encode(hash) })
}
