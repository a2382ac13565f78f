//! Tables `audit` and `audit_head`: what was done by whom; `audit_reads` and `audit_reads_head`: what was only read.
//! Rows are added at the end and, when their time is over, removed at the beginning; nothing else.

use std::path::Path;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, QueryBuilder, Row as _, Sqlite, SqliteConnection};
use tracing::error;

use crate::audit::{AUDIT_SCAN_MAX, AuditEnd, AuditEntry, AuditFilter, AuditHead, AuditKind, NewAuditEntry};
use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::request::{Page, PageRequest};
use crate::rows::{Columns, count, nanos};
use crate::secrets::{KeyRing, Sealed, SecretsError};
use crate::store::Store;
use crate::tables::sealing;

/// Rows of one statement.
const ROWS_PER_STATEMENT: usize = 200;
/// Columns of an [`AuditEntry`].
const ENTRY: &str = "SELECT sequence, entry, hash FROM {log}";

/// A statement on the tables of one kind: `{log}` is what their names begin with.
pub(crate) fn sql(kind: AuditKind, text: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(text.replace("{log}", kind.owner()))
}

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
        kind: AuditKind,
        entries: Vec<NewAuditEntry>,
        key_file: &Path,
    ) -> Result<u64, StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move { append(connection, kind, &entries, &key_file).await })
        })
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
        select(&mut query, "SELECT sequence FROM {log}", filter, before);
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(looked_at).push(")");
        let log = filter.kind.owner();
        query.push(" SELECT sequence, entry, hash FROM looked_at JOIN ").push(log).push(" USING (sequence)");
        query.push(" WHERE instr(lower(entry), ").push_bind(text.to_ascii_lowercase()).push(") > 0");
        query.push(" ORDER BY sequence DESC LIMIT ").push_bind(page.row_limit());
        let rows = query.build().fetch_all(&self.readers).await?;
        let mut found = Page::cut(rows.iter().map(read).collect::<Result<_, _>>()?, page, key);
        if found.next.is_none() {
            // Where the look ended, if there is more after it.
            let mut query = selected("SELECT sequence FROM {log}", filter, before);
            query.push(" ORDER BY sequence DESC LIMIT 2 OFFSET ").push_bind(looked_at - 1);
            let ends: Vec<i64> = query.build_query_scalar().fetch_all(&self.readers).await?;
            if let [last, _] = ends[..] {
                found.next = Some(Cursor { number: last, id: String::new() }.encode());
            }
        }
        Ok(found)
    }

    /// Entries after `sequence`, oldest first, at most `limit`. A `contains` looks at as many as it takes.
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
        if let Some(text) = &filter.contains {
            query.push(" AND instr(lower(entry), ").push_bind(text.to_ascii_lowercase()).push(") > 0");
        }
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
        kind: AuditKind,
        before: Timestamp,
        limit: u64,
        key_file: &Path,
    ) -> Result<u64, StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move { purge(connection, kind, before, limit, &key_file).await })
        })
        .await
    }
}

async fn append(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    entries: &[NewAuditEntry],
    key_file: &Path,
) -> Result<u64, StoreError> {
    let newest = newest(connection, kind).await?;
    let sealed = sealed_head(connection, kind).await?;
    let head = match prepare(connection, kind, key_file, sealed.as_ref()).await {
        Ok(known) => Some(known),
        Err(problem) => {
            error!("the audit log goes on without a seal: {problem}");
            None
        }
    };
    let (mut end, seal) = match (newest, head) {
        (None, None) => (AuditEnd::beginning(kind), None),
        (Some(newest), None) => (newest, None),
        // What was cut off, or put in its place, stays visible: the chain goes on from what was sealed.
        (None, Some((ring, head))) => (head.end, Some((ring, head))),
        (Some(newest), Some((ring, head))) if newest.sequence <= head.end.sequence => {
            (head.end, Some((ring, head)))
        }
        // Sealing what was written without the key would say that it was written with it.
        (Some(newest), Some((_, head))) => {
            error!(
                "the audit log goes on without a seal: entries after number {} were written while the key could not \
                 be read",
                head.end.sequence
            );
            (newest, None)
        }
    };
    let insert =
        format!("INSERT INTO {} (sequence, at, action, actor_id, result, entry, hash) ", kind.owner());
    for entries in entries.chunks(ROWS_PER_STATEMENT) {
        let mut query = QueryBuilder::new(insert.as_str());
        query.push_values(entries, |mut row, entry| {
            end = end.next(&entry.entry);
            row.push_bind(count(end.sequence))
                .push_bind(nanos(entry.at))
                .push_bind(&entry.action)
                .push_bind(&entry.actor_id)
                .push_bind(&entry.result)
                .push_bind(&entry.entry)
                .push_bind(end.hash.to_vec());
        });
        query.build().execute(&mut *connection).await?;
    }
    if let Some((ring, head)) = seal {
        write_head(connection, kind, &ring, AuditHead { end, ..head }).await?;
    }
    Ok(end.sequence)
}

/// The keys to seal with, and what is sealed now.
async fn prepare(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    key_file: &Path,
    sealed: Option<&Sealed>,
) -> Result<(KeyRing, AuditHead), StoreError> {
    let Some(sealed) = sealed else {
        return Ok((sealing::ring(connection, key_file).await?, AuditHead::empty(kind)));
    };
    let ring = KeyRing::load(key_file)?;
    let head = open(kind, &ring, sealed)?;
    Ok((ring, head))
}

async fn purge(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    before: Timestamp,
    limit: u64,
    key_file: &Path,
) -> Result<u64, StoreError> {
    let oldest = sqlx::query(sql(kind, "SELECT sequence, hash, at FROM {log} ORDER BY sequence LIMIT ?"))
        .bind(count(limit))
        .fetch_all(&mut *connection)
        .await?;
    let mut anchor = None;
    for row in &oldest {
        if row.time("at")? >= before {
            break;
        }
        anchor = Some(row);
    }
    let Some(anchor) = anchor.map(read_end).transpose()? else { return Ok(0) };
    let sealed = sealed_head(connection, kind).await?;
    let (ring, head) = prepare(connection, kind, key_file, sealed.as_ref()).await?;
    let deleted = sqlx::query(sql(kind, "DELETE FROM {log} WHERE sequence <= ?"))
        .bind(count(anchor.sequence))
        .execute(&mut *connection)
        .await?;
    write_head(connection, kind, &ring, AuditHead { anchor, ..head }).await?;
    Ok(deleted.rows_affected())
}

/// Wraps the keys of the heads anew; answers how many secrets that were. One whose key is lost stays as it is: that
/// must not keep other secrets from a rotation.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let mut wrapped = 0;
    for kind in AuditKind::ALL {
        let Some(sealed) = sealed_head(connection, kind).await? else { continue };
        match ring.rewrap(kind.owner(), &sealed) {
            Ok(sealed) => {
                store_head(connection, kind, &sealed).await?;
                wrapped += 1;
            }
            Err(problem) => error!("the seal of the audit log was not wrapped anew: {problem}"),
        }
    }
    Ok(wrapped)
}

/// The newest row's place. A hash that somebody made unreadable does not stop the log; `verify` names it.
async fn newest(connection: &mut SqliteConnection, kind: AuditKind) -> Result<Option<AuditEnd>, StoreError> {
    let row = sqlx::query(sql(kind, "SELECT sequence, hash FROM {log} ORDER BY sequence DESC LIMIT 1"))
        .fetch_optional(connection)
        .await?;
    let read = |row: SqliteRow| {
        read_end(&row).or_else(|_| Ok(AuditEnd { sequence: row.count("sequence")?, hash: [0; 32] }))
    };
    row.map(read).transpose()
}

pub(crate) async fn sealed_head(
    connection: &mut SqliteConnection,
    kind: AuditKind,
) -> Result<Option<Sealed>, StoreError> {
    let row = sqlx::query(sql(kind, "SELECT key_id, wrapped_key, head FROM {log}_head"))
        .fetch_optional(connection)
        .await?;
    let read = |row: SqliteRow| {
        Ok(Sealed {
            key_id: row.text("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            data: row.try_get("head")?,
        })
    };
    row.map(read).transpose()
}

pub(crate) fn open(kind: AuditKind, ring: &KeyRing, sealed: &Sealed) -> Result<AuditHead, SecretsError> {
    AuditHead::read(&ring.open(kind.owner(), sealed)?).ok_or(SecretsError::Damaged)
}

async fn write_head(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    ring: &KeyRing,
    head: AuditHead,
) -> Result<(), StoreError> {
    store_head(connection, kind, &ring.seal(kind.owner(), &head.to_bytes())?).await
}

async fn store_head(
    connection: &mut SqliteConnection,
    kind: AuditKind,
    sealed: &Sealed,
) -> Result<(), StoreError> {
    sqlx::query(sql(
        kind,
        "INSERT INTO {log}_head (id, key_id, wrapped_key, head) VALUES (1, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id, wrapped_key = excluded.wrapped_key,
             head = excluded.head",
    ))
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
    let AuditFilter { kind, from, to, action, actor, result, contains: _ } = filter;
    query.push(what.replace("{log}", kind.owner())).push(" WHERE true");
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
