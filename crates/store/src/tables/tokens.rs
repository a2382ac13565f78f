//! Table `tokens`: who may call the API.
//!
//! A value is 32 random bytes, so a plain SHA-256 is enough: there is nothing to guess that a slow hash
//! would have to protect. The one exception is the bootstrap token, whose value the operator chooses.

use jiff::{SignedDuration, Timestamp};
use rand::TryRngCore as _;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use subtle::ConstantTimeEq as _;
use tracing::debug;
use uuid::Uuid;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::StoreError;
use crate::request::{ChangeTopic, NewToken, Token};
use crate::rows::{Columns, nanos};
use crate::store::Store;
use crate::tables::changes;

/// Begins every value that Margay makes, so that scanners recognise a leaked one.
const VALUE_PREFIX: &str = "mgy_";
/// Random bytes in a value.
const VALUE_BYTES: usize = 32;
/// Characters of a value that are stored to recognise it by; 24 bits of 256.
const SHOWN_CHARS: usize = VALUE_PREFIX.len() + 4;
/// The time of use is written at most so often.
const LAST_USED_STEP: SignedDuration = SignedDuration::from_mins(1);

impl Store {
    /// Makes a token with a fresh value: `mgy_` and 43 characters. Valid at once.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn create_token(&self, name: &str, role: &str) -> Result<NewToken, StoreError> {
        let value = new_value()?;
        let token = self.new_token(name, role, &value);
        let (row, hash) = (token.clone(), digest(value.expose_secret()));
        self.write(move |connection| {
            Box::pin(async move {
                insert(connection, &row, hash).await?;
                changes::record(connection, ChangeTopic::Token, &row.id).await
            })
        })
        .await?;
        Ok(NewToken { token, value })
    }

    /// Makes sure that a valid token of this value exists in this role; a revoked one is valid again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn ensure_token(
        &self,
        name: &str,
        role: &str,
        value: &SecretString,
    ) -> Result<Token, StoreError> {
        let fresh = self.new_token(name, role, value);
        let hash = digest(value.expose_secret());
        self.write(move |connection| {
            Box::pin(async move {
                let Some(mut token) = find(connection, hash).await? else {
                    insert(connection, &fresh, hash).await?;
                    changes::record(connection, ChangeTopic::Token, &fresh.id).await?;
                    return Ok(fresh);
                };
                if token.revoked_at.is_some() || token.role != fresh.role {
                    sqlx::query("UPDATE tokens SET revoked_at = NULL, role = ? WHERE id = ?")
                        .bind(&fresh.role)
                        .bind(&token.id)
                        .execute(&mut *connection)
                        .await?;
                    changes::record(connection, ChangeTopic::Token, &token.id).await?;
                    token = Token { revoked_at: None, role: fresh.role, ..token };
                }
                Ok(token)
            })
        })
        .await
    }

    /// All tokens, revoked ones too, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_tokens(&self) -> Result<Vec<Token>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM tokens ORDER BY created_at DESC, id").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Revokes a token by its id, or by its name when only one valid token has it.
    ///
    /// # Errors
    /// [`StoreError::UnknownToken`], [`StoreError::AmbiguousToken`].
    pub async fn revoke_token(&self, id_or_name: &str) -> Result<Token, StoreError> {
        let wanted = id_or_name.to_owned();
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let mut token = find_valid(connection, wanted).await?;
                sqlx::query("UPDATE tokens SET revoked_at = ? WHERE id = ?")
                    .bind(nanos(now))
                    .bind(&token.id)
                    .execute(&mut *connection)
                    .await?;
                changes::record(connection, ChangeTopic::Token, &token.id).await?;
                token.revoked_at = Some(now);
                Ok(token)
            })
        })
        .await
    }

    /// The valid token with this value, or `None`. The work is the same for every value: one digest, one
    /// look-up by digest. The time of use is written later, at most once a minute, and never holds this up.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn authenticate(&self, value: &str) -> Result<Option<Token>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let found = find(&mut connection, digest(value)).await?;
        let Some(token) = found.filter(|token| token.revoked_at.is_none()) else { return Ok(None) };
        self.note_use(&token);
        Ok(Some(token))
    }

    fn note_use(&self, token: &Token) {
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

    fn new_token(&self, name: &str, role: &str, value: &SecretString) -> Token {
        let value = value.expose_secret();
        // Never more than a quarter of a value that somebody chose.
        let shown = SHOWN_CHARS.min(value.chars().count() / 4);
        Token {
            id: Uuid::new_v4().to_string(),
            name: name.to_owned(),
            role: role.to_owned(),
            prefix: value.chars().take(shown).collect(),
            created_at: self.now(),
            last_used_at: None,
            revoked_at: None,
        }
    }
}

fn new_value() -> Result<SecretString, StoreError> {
    let mut bytes = [0_u8; VALUE_BYTES];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| StoreError::from(sqlx::Error::Io(std::io::Error::other(error))))?;
    Ok(SecretString::from(format!("{VALUE_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

fn digest(value: &str) -> [u8; 32] {
    Sha256::digest(value.as_bytes()).into()
}

async fn insert(connection: &mut SqliteConnection, token: &Token, hash: [u8; 32]) -> Result<(), StoreError> {
    let Token { id, name, role, prefix, created_at, last_used_at, revoked_at } = token;
    sqlx::query(
        "INSERT INTO tokens (id, name, role, prefix, hash, created_at, last_used_at, revoked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(name)
    .bind(role)
    .bind(prefix)
    .bind(hash.as_slice())
    .bind(nanos(*created_at))
    .bind(last_used_at.map(nanos))
    .bind(revoked_at.map(nanos))
    .execute(connection)
    .await?;
    Ok(())
}

async fn find(connection: &mut SqliteConnection, hash: [u8; 32]) -> Result<Option<Token>, StoreError> {
    let row = sqlx::query("SELECT * FROM tokens WHERE hash = ?")
        .bind(hash.as_slice())
        .fetch_optional(connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let stored: &[u8] = row.try_get("hash")?;
    if bool::from(stored.ct_eq(&hash)) { read(&row).map(Some) } else { Ok(None) }
}

async fn find_valid(connection: &mut SqliteConnection, id_or_name: String) -> Result<Token, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM tokens WHERE revoked_at IS NULL AND (id = ?1 OR name = ?1) ORDER BY id = ?1 DESC",
    )
    .bind(&id_or_name)
    .fetch_all(connection)
    .await?;
    let mut tokens = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let is_by_id = tokens.first().is_some_and(|token| token.id == id_or_name);
    match tokens.len() {
        0 => Err(StoreError::UnknownToken { id: id_or_name }),
        count if count > 1 && !is_by_id => Err(StoreError::AmbiguousToken { name: id_or_name, count }),
        _ => Ok(tokens.swap_remove(0)),
    }
}

fn read(row: &SqliteRow) -> Result<Token, StoreError> {
    let created_at: Timestamp = row.time("created_at")?;
    Ok(Token {
        id: row.text("id")?,
        name: row.text("name")?,
        role: row.text("role")?,
        prefix: row.text("prefix")?,
        created_at,
        last_used_at: row.optional_time("last_used_at")?,
        revoked_at: row.optional_time("revoked_at")?,
    })
}
