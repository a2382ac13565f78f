//! Table `sessions`: who is signed in.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use subtle::ConstantTimeEq as _;
use tracing::debug;
use uuid::Uuid;

use crate::error::StoreError;
use crate::opaque::{digest, new_value};
use crate::rows::{Columns, count, nanos};
use crate::sign_in::{
    KnownSession, NewSession, OpenedSession, SESSION_IDLE_MAX, SESSION_LIFE_MAX, SESSIONS_PER_USER_MAX,
    Session,
};
use crate::store::Store;
use crate::tables::{roles, users};

/// The columns of a session, under names that no other table has.
const COLUMNS: &str = "sessions.digest, sessions.id AS session_id, sessions.user_id AS session_user_id,
     sessions.method, sessions.address, sessions.user_agent, sessions.created_at AS session_created_at,
     sessions.last_seen_at, sessions.expires_at";
/// The time of use is written at most so often.
const LAST_SEEN_STEP: SignedDuration = SignedDuration::from_mins(1);

impl Store {
    /// Opens a session for a person who has proved who it is; the oldest one makes room when there are too
    /// many.
    ///
    /// # Errors
    /// [`crate::PeopleError::UnknownUser`] when there is no such person, or no enabled one.
    pub async fn open_session(&self, new: NewSession) -> Result<OpenedSession, StoreError> {
        let (now, value) = (self.now(), new_value("")?);
        let NewSession { user_id, method, address, user_agent, ends_before } = new;
        let latest = now.saturating_add(SESSION_LIFE_MAX).unwrap_or(Timestamp::MAX);
        let session = Session {
            id: Uuid::new_v4().to_string(),
            user_id,
            method,
            address,
            user_agent,
            created_at: now,
            last_seen_at: now,
            expires_at: ends_before.map_or(latest, |end| end.min(latest)),
        };
        let digest = digest(value.expose_secret());
        let session = self
            .write(move |connection| {
                Box::pin(async move {
                    users::note_login(connection, &session.user_id, now).await?;
                    make_room(connection, &session.user_id, SESSIONS_PER_USER_MAX - 1).await?;
                    insert(connection, &session, digest).await?;
                    Ok(session)
                })
            })
            .await?;
        Ok(OpenedSession { session, value })
    }

    /// The session with this value, or `None` when there is none, it is over, or its person is disabled. The
    /// work is the same for every value that is no session's: one digest, one look-up by digest.
    ///
    /// A session that was read a moment ago is not read again, unless somebody changed it since, or its person or
    /// role; what another process changed counts within a
    /// quarter of a second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_session(&self, value: &str) -> Result<Option<Arc<KnownSession>>, StoreError> {
        let (digest, moment) = (digest(value), self.access.now());
        let known = match self.access.sessions.find(&digest, moment) {
            Some(known) => known,
            None => {
                let Some(known) = self.find_by_digest(digest).await? else { return Ok(None) };
                let known = Arc::new(known);
                self.access.sessions.keep(digest, moment, Arc::clone(&known));
                known
            }
        };
        let is_valid = known.user.enabled && known.session.is_valid(self.now());
        Ok(is_valid.then_some(known))
    }

    async fn find_by_digest(&self, digest: [u8; 32]) -> Result<Option<KnownSession>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(
            ", users.*, roles.name AS role_name, roles.permissions, roles.log_type_access_kind,
                 roles.log_type_access
             FROM sessions JOIN users ON users.id = sessions.user_id JOIN roles ON roles.id = users.role_id
             WHERE sessions.digest = ",
        );
        query.push_bind(digest.to_vec());
        let Some(row) = query.build().fetch_optional(&self.readers).await? else { return Ok(None) };
        let stored: &[u8] = row.try_get("digest")?;
        if !bool::from(stored.ct_eq(&digest)) {
            return Ok(None);
        }
        let rights = roles::read_rights(&row, "permissions")?;
        Ok(Some(KnownSession { session: read(&row)?, user: users::read(&row)?, rights }))
    }

    /// Writes that a session was used, unless that was written within the last minute; later, and only when
    /// the database has the time.
    pub fn note_seen(&self, session: &Session) {
        let now = self.now();
        if now.duration_since(session.last_seen_at) < LAST_SEEN_STEP {
            return;
        }
        let id = session.id.clone();
        let is_taken = self.writer.write_later(move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE sessions SET last_seen_at = max(last_seen_at, ?) WHERE id = ?")
                    .bind(nanos(now))
                    .bind(id)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        });
        if !is_taken {
            debug!(session.id = %session.id, "the database is busy; the time of use is written next time");
        }
    }

    /// The sessions of a person that hold, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_sessions(&self, user_id: &str) -> Result<Vec<Session>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(COLUMNS).push(" FROM sessions WHERE user_id = ").push_bind(user_id);
        query.push(" ORDER BY created_at DESC, id");
        let rows = query.build().fetch_all(&self.readers).await?;
        let sessions = rows.iter().map(read).collect::<Result<Vec<Session>, _>>()?;
        let now = self.now();
        Ok(sessions.into_iter().filter(|session| session.is_valid(now)).collect())
    }

    /// Ends one session of a person; answers whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_session(&self, user_id: &str, id: &str) -> Result<bool, StoreError> {
        let (user_id, id) = (user_id.to_owned(), id.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let ended = sqlx::query("DELETE FROM sessions WHERE user_id = ? AND id = ?")
                    .bind(user_id)
                    .bind(id)
                    .execute(connection)
                    .await?;
                Ok(ended.rows_affected() > 0)
            })
        })
        .await
    }

    /// Ends all sessions of a person but `kept`; answers how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn end_sessions(&self, user_id: &str, kept: Option<&str>) -> Result<u64, StoreError> {
        let (user_id, kept) = (user_id.to_owned(), kept.map(str::to_owned));
        self.write(move |connection| {
            Box::pin(async move { end_all(connection, &user_id, kept.as_deref()).await })
        })
        .await
    }
}

/// Ends all sessions of a person but `kept`; answers how many.
pub(crate) async fn end_all(
    connection: &mut SqliteConnection,
    user_id: &str,
    kept: Option<&str>,
) -> Result<u64, StoreError> {
    let ended = sqlx::query("DELETE FROM sessions WHERE user_id = ? AND id <> ?")
        .bind(user_id)
        .bind(kept.unwrap_or_default())
        .execute(connection)
        .await?;
    Ok(ended.rows_affected())
}

/// Deletes sessions that are over; answers how many of at most `rows_max`.
pub(crate) async fn delete_over(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let idle_since = now.saturating_sub(SESSION_IDLE_MAX).unwrap_or(Timestamp::MIN);
    let deleted = sqlx::query(
        "DELETE FROM sessions WHERE digest IN
             (SELECT digest FROM sessions WHERE expires_at <= ? OR last_seen_at <= ? LIMIT ?)",
    )
    .bind(nanos(now))
    .bind(nanos(idle_since))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

async fn make_room(connection: &mut SqliteConnection, user_id: &str, kept: u64) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM sessions WHERE digest IN
             (SELECT digest FROM sessions WHERE user_id = ? ORDER BY created_at DESC LIMIT -1 OFFSET ?)",
    )
    .bind(user_id)
    .bind(count(kept))
    .execute(connection)
    .await?;
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    session: &Session,
    digest: [u8; 32],
) -> Result<(), StoreError> {
    let Session { id, user_id, method, address, user_agent, created_at, last_seen_at, expires_at } = session;
    sqlx::query(
        "INSERT INTO sessions (digest, id, user_id, method, address, user_agent, created_at, last_seen_at,
             expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(digest.to_vec())
    .bind(id)
    .bind(user_id)
    .bind(method.as_str())
    .bind(address)
    .bind(user_agent)
    .bind(nanos(*created_at))
    .bind(nanos(*last_seen_at))
    .bind(nanos(*expires_at))
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.text("session_id")?,
        user_id: row.text("session_user_id")?,
        method: row.word("method")?,
        address: row.text("address")?,
        user_agent: row.text("user_agent")?,
        created_at: row.time("session_created_at")?,
        last_seen_at: row.time("last_seen_at")?,
        expires_at: row.time("expires_at")?,
    })
}
