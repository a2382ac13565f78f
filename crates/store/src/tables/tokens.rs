//! Table `tokens`: who may call the API; reading it. Changes are in `token_changes`.
//!
//! Values are made in `opaque`; the one exception is the bootstrap token, whose value the operator chooses.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::{LogTypeAccess, PermissionSet, Rights};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use subtle::ConstantTimeEq as _;
use tracing::debug;

use crate::error::StoreError;
use crate::opaque::digest;
use crate::people::{Grant, KnownToken, Token};
use crate::rows::{Columns, nanos};
use crate::store::Store;
use crate::tables::roles;

/// A token with what its role permits now.
const SELECT: &str = "SELECT tokens.*, roles.id AS role_id, roles.permissions AS role_permissions,
     roles.log_type_access_kind, roles.log_type_access
     FROM tokens LEFT JOIN roles ON roles.name = tokens.role";
/// The time of use is written at most so often.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_mins(1);

impl Store {
    /// All tokens, revoked ones too, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_tokens(&self) -> Result<Vec<KnownToken>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        query.push(" ORDER BY tokens.created_at DESC, tokens.id");
        query.build().fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// The token with this id, unless it is revoked.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_token(&self, id: &str) -> Result<Option<KnownToken>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, id).await
    }

    /// The token with this value, or `None` when there is none, or it is revoked or expired. The work is the
    /// same for every value that is not a token: one digest, one look-up by digest.
    ///
    /// A token that was read a moment ago is not read again, unless somebody changed it since; what another
    /// process changed counts within a quarter of a second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn authenticate(&self, value: &str) -> Result<Option<Arc<KnownToken>>, StoreError> {
        let (digest, moment) = (digest(value), self.access.now());
        let known = match self.access.tokens.find(&digest, moment) {
            Some(known) => known,
            None => {
                let mut connection = self.readers.acquire().await?;
                let Some(known) = find_by_digest(&mut connection, digest).await? else { return Ok(None) };
                let known = Arc::new(known);
                self.access.tokens.keep(digest, moment, Arc::clone(&known));
                known
            }
        };
        Ok(known.token.is_valid(self.now()).then_some(known))
    }

    /// Writes that a token was used, unless that was written within the last minute; later, and only when
    /// the database has the time.
    pub fn note_use(&self, token: &Token) {
        let now = self.now();
        if token.last_used_at.is_some_and(|used| now.duration_since(used) < LAST_USED_STEP) {
            return;
        }
        let id = token.id.clone();
        let is_taken = self.writer.write_later(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE tokens SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?",
                )
                .bind(nanos(now))
                .bind(id)
                .execute(connection)
                .await?;
                Ok(())
            })
        });
        if !is_taken {
            debug!(token.id = %token.id, "the database is busy; the time of use is written next time");
        }
    }
}

/// The token with this id, unless it is revoked.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    id: &str,
) -> Result<Option<KnownToken>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" WHERE tokens.revoked_at IS NULL AND tokens.id = ").push_bind(id);
    query.build().fetch_optional(connection).await?.map(|row| read(&row)).transpose()
}

/// The token whose value has this digest, revoked or not.
pub(crate) async fn find_by_digest(
    connection: &mut SqliteConnection,
    hash: [u8; 32],
) -> Result<Option<KnownToken>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" WHERE tokens.hash = ").push_bind(hash.to_vec());
    let Some(row) = query.build().fetch_optional(connection).await? else { return Ok(None) };
    let stored: &[u8] = row.try_get("hash")?;
    if bool::from(stored.ct_eq(&hash)) { read(&row).map(Some) } else { Ok(None) }
}

/// The one token that is not revoked and has this id, or this name.
pub(crate) async fn find_valid(
    connection: &mut SqliteConnection,
    id_or_name: String,
) -> Result<Token, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" WHERE tokens.revoked_at IS NULL AND (tokens.id = ").push_bind(&id_or_name);
    query.push(" OR tokens.name = ").push_bind(&id_or_name);
    query.push(") ORDER BY tokens.id = ").push_bind(&id_or_name).push(" DESC");
    let rows = query.build().fetch_all(connection).await?;
    let mut tokens = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let is_by_id = tokens.first().is_some_and(|known| known.token.id == id_or_name);
    match tokens.len() {
        0 => Err(StoreError::UnknownToken { id: id_or_name }),
        count if count > 1 && !is_by_id => Err(StoreError::AmbiguousToken { name: id_or_name, count }),
        _ => Ok(tokens.swap_remove(0).token),
    }
}

fn read(row: &SqliteRow) -> Result<KnownToken, StoreError> {
    let created_at: Timestamp = row.time("created_at")?;
    let grant = match row.optional_json::<PermissionSet>("permissions")? {
        Some(permissions) => {
            let log_types = row.optional_json("log_types")?.unwrap_or(LogTypeAccess::ALL);
            Grant::Own(Rights { permissions, log_types })
        }
        None => Grant::Role(row.text("role")?),
    };
    let rights = match &grant {
        Grant::Own(rights) => Some(rights.clone()),
        Grant::Role(_) => match row.optional_text::<String>("role_id")? {
            Some(_) => Some(roles::read_rights(row, "role_permissions")?),
            None => None,
        },
    };
    let token = Token {
        id: row.text("id")?,
        name: row.text("name")?,
        grant,
        allowed_networks: row.json("allowed_networks")?,
        prefix: row.text("prefix")?,
        created_at,
        created_by: row.optional_json("created_by")?,
        updated_at: row.optional_time("updated_at")?,
        updated_by: row.optional_json("updated_by")?,
        rotated_at: row.optional_time("rotated_at")?,
        rotated_by: row.optional_json("rotated_by")?,
        expires_at: row.optional_time("expires_at")?,
        last_used_at: row.optional_time("last_used_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    };
    Ok(KnownToken { token, rights })
}
