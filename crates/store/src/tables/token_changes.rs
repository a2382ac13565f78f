//! Changes of table `tokens`: made, changed, rotated, revoked.

use jiff::Timestamp;
use model::{Actor, LogTypeAccess, PermissionSet, Rights};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::error::StoreError;
use crate::opaque::{digest, new_value};
use crate::people::{Grant, KnownToken, NewToken, PeopleError, RoleKey, Token, TokenForm};
use crate::request::ChangeTopic;
use crate::rows::{json, nanos, uncount};
use crate::store::Store;
use crate::tables::tokens::{find, find_by_digest, find_valid};
use crate::tables::{changes, roles};

/// So many tokens may be valid at once; the list of them is one page.
pub const TOKENS_MAX: u64 = 1_000;
/// Begins every value that Margay makes, so that scanners recognise a leaked one.
const VALUE_PREFIX: &str = "mgy_";
/// Characters of a value that are stored to recognise it by; 24 bits of 256.
const SHOWN_CHARS: usize = VALUE_PREFIX.len() + 4;

impl Store {
    /// Makes a token with a fresh value: `mgy_` and 43 characters. Valid at once.
    ///
    /// # Errors
    /// [`PeopleError::NoSuchRole`]; [`PeopleError::BeyondRights`] when it would give more than `callers`;
    /// [`PeopleError::TooMany`].
    pub async fn create_token(
        &self,
        form: TokenForm,
        by: Option<Actor>,
        callers: Rights,
    ) -> Result<NewToken, StoreError> {
        let value = new_value(VALUE_PREFIX)?;
        let token = new_token(form, by, &value, self.now());
        let hash = digest(value.expose_secret());
        let token = self
            .write(move |connection| {
                Box::pin(async move {
                    refuse_grant_beyond(connection, &callers, &token).await?;
                    refuse_too_many(connection, token.created_at).await?;
                    insert(connection, &token, hash).await?;
                    changes::record(connection, ChangeTopic::Token, &token.id).await?;
                    Ok(token)
                })
            })
            .await?;
        Ok(NewToken { token, value })
    }

    /// Makes sure that a valid token of this value exists in this role, from anywhere and for ever; a revoked
    /// one is valid again.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn ensure_token(
        &self,
        name: &str,
        role: &str,
        value: &SecretString,
    ) -> Result<Token, StoreError> {
        let fresh = new_token(TokenForm::in_role(name, role), None, value, self.now());
        let hash = digest(value.expose_secret());
        self.write(move |connection| {
            Box::pin(async move {
                let Some(KnownToken { token, .. }) = find_by_digest(connection, hash).await? else {
                    insert(connection, &fresh, hash).await?;
                    changes::record(connection, ChangeTopic::Token, &fresh.id).await?;
                    return Ok(fresh);
                };
                let wanted = Token {
                    grant: fresh.grant,
                    allowed_networks: Vec::new(),
                    expires_at: None,
                    revoked_at: None,
                    ..token.clone()
                };
                if token != wanted {
                    update(connection, &wanted).await?;
                    changes::record(connection, ChangeTopic::Token, &wanted.id).await?;
                }
                Ok(wanted)
            })
        })
        .await
    }

    /// Replaces all that a token's maker wrote; its value stays.
    ///
    /// # Errors
    /// [`StoreError::UnknownToken`]; [`PeopleError::NoSuchRole`]; [`PeopleError::BeyondRights`] when it has or
    /// would have more than `callers`.
    pub async fn update_token(
        &self,
        id: &str,
        form: TokenForm,
        by: Option<Actor>,
        callers: Rights,
    ) -> Result<KnownToken, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let before = find_known(connection, &id).await?;
                refuse_token_beyond(&callers, &before)?;
                let TokenForm { name, grant, allowed_networks, expires_at } = form;
                let token = Token {
                    name,
                    grant,
                    allowed_networks,
                    expires_at,
                    updated_at: Some(now),
                    updated_by: by,
                    ..before.token
                };
                refuse_grant_beyond(connection, &callers, &token).await?;
                update(connection, &token).await?;
                changes::record(connection, ChangeTopic::Token, &id).await?;
                find_known(connection, &id).await
            })
        })
        .await
    }

    /// Gives a token a fresh value; the old one is refused from now on.
    ///
    /// # Errors
    /// [`StoreError::UnknownToken`]; [`PeopleError::BeyondRights`] when it has more than `callers`: whoever
    /// knows the value could use them.
    pub async fn rotate_token(
        &self,
        id: &str,
        by: Option<Actor>,
        callers: Rights,
    ) -> Result<(KnownToken, SecretString), StoreError> {
        let (id, now, value) = (id.to_owned(), self.now(), new_value(VALUE_PREFIX)?);
        let (hash, shown) = (digest(value.expose_secret()), shown(&value));
        let rotated = self
            .write(move |connection| {
                Box::pin(async move {
                    refuse_token_beyond(&callers, &find_known(connection, &id).await?)?;
                    sqlx::query(
                        "UPDATE tokens SET hash = ?, prefix = ?, rotated_at = ?, rotated_by = ? WHERE id = ?",
                    )
                    .bind(hash.to_vec())
                    .bind(shown)
                    .bind(nanos(now))
                    .bind(by.as_ref().map(json))
                    .bind(&id)
                    .execute(&mut *connection)
                    .await?;
                    changes::record(connection, ChangeTopic::Token, &id).await?;
                    find_known(connection, &id).await
                })
            })
            .await?;
        Ok((rotated, value))
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
                let token = find_valid(connection, wanted).await?;
                revoke(connection, token, now).await
            })
        })
        .await
    }

    /// Revokes the token with this id.
    ///
    /// # Errors
    /// [`StoreError::UnknownToken`].
    pub async fn revoke_token_by_id(&self, id: &str) -> Result<Token, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let KnownToken { token, .. } = find_known(connection, &id).await?;
                revoke(connection, token, now).await
            })
        })
        .await
    }
}

/// Never more than a quarter of a value that somebody chose.
fn shown(value: &SecretString) -> String {
    let value = value.expose_secret();
    value.chars().take(SHOWN_CHARS.min(value.chars().count() / 4)).collect()
}

fn new_token(form: TokenForm, by: Option<Actor>, value: &SecretString, now: Timestamp) -> Token {
    let TokenForm { name, grant, allowed_networks, expires_at } = form;
    Token {
        id: Uuid::new_v4().to_string(),
        name,
        grant,
        allowed_networks,
        prefix: shown(value),
        created_at: now,
        created_by: by,
        updated_at: None,
        updated_by: None,
        rotated_at: None,
        rotated_by: None,
        expires_at,
        last_used_at: None,
        revoked_at: None,
    }
}

async fn find_known(connection: &mut SqliteConnection, id: &str) -> Result<KnownToken, StoreError> {
    find(connection, id).await?.ok_or_else(|| StoreError::UnknownToken { id: id.to_owned() })
}

/// What a token without a role may do is nothing, which nobody lacks.
fn refuse_token_beyond(callers: &Rights, known: &KnownToken) -> Result<(), PeopleError> {
    let Some(rights) = &known.rights else { return Ok(()) };
    PeopleError::refuse_beyond(callers, rights, || format!("the API token `{}`", known.token.name))
}

async fn refuse_grant_beyond(
    connection: &mut SqliteConnection,
    callers: &Rights,
    token: &Token,
) -> Result<(), StoreError> {
    let subject = || format!("the API token `{}`", token.name);
    let wanted = match &token.grant {
        Grant::Own(rights) => rights.clone(),
        Grant::Role(name) => roles::find_to_give(connection, &RoleKey::Name(name.clone())).await?.rights,
    };
    Ok(PeopleError::refuse_beyond(callers, &wanted, subject)?)
}

async fn refuse_too_many(connection: &mut SqliteConnection, now: Timestamp) -> Result<(), StoreError> {
    let valid: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
    )
    .bind(nanos(now))
    .fetch_one(connection)
    .await?;
    match uncount(valid) < TOKENS_MAX {
        true => Ok(()),
        false => Err(PeopleError::TooMany { what: "valid API tokens", max: TOKENS_MAX }.into()),
    }
}

/// The columns `role`, `permissions` and `log_types`.
fn grant_columns(grant: &Grant) -> (&str, Option<String>, Option<String>) {
    match grant {
        Grant::Role(name) => (name, None, None),
        Grant::Own(Rights { permissions, log_types }) => {
            ("", Some(json::<PermissionSet>(permissions)), Some(json::<LogTypeAccess>(log_types)))
        }
    }
}

async fn insert(connection: &mut SqliteConnection, token: &Token, hash: [u8; 32]) -> Result<(), StoreError> {
    let Token {
        id,
        name,
        grant,
        allowed_networks,
        prefix,
        created_at,
        created_by,
        updated_at,
        updated_by,
        rotated_at,
        rotated_by,
        expires_at,
        last_used_at,
        revoked_at,
    } = token;
    let (role, permissions, log_types) = grant_columns(grant);
    sqlx::query(
        "INSERT INTO tokens (id, name, role, permissions, log_types, allowed_networks, prefix, hash, created_at,
             created_by, updated_at, updated_by, rotated_at, rotated_by, expires_at, last_used_at, revoked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(name)
    .bind(role)
    .bind(permissions)
    .bind(log_types)
    .bind(json(allowed_networks))
    .bind(prefix)
    .bind(hash.to_vec())
    .bind(nanos(*created_at))
    .bind(created_by.as_ref().map(json))
    .bind(updated_at.map(nanos))
    .bind(updated_by.as_ref().map(json))
    .bind(rotated_at.map(nanos))
    .bind(rotated_by.as_ref().map(json))
    .bind(expires_at.map(nanos))
    .bind(last_used_at.map(nanos))
    .bind(revoked_at.map(nanos))
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes all that a token's maker wrote, and whether it is revoked.
async fn update(connection: &mut SqliteConnection, token: &Token) -> Result<(), StoreError> {
    let (role, permissions, log_types) = grant_columns(&token.grant);
    sqlx::query(
        "UPDATE tokens SET name = ?, role = ?, permissions = ?, log_types = ?, allowed_networks = ?,
             expires_at = ?, revoked_at = ?, updated_at = ?, updated_by = ?
         WHERE id = ?",
    )
    .bind(&token.name)
    .bind(role)
    .bind(permissions)
    .bind(log_types)
    .bind(json(&token.allowed_networks))
    .bind(token.expires_at.map(nanos))
    .bind(token.revoked_at.map(nanos))
    .bind(token.updated_at.map(nanos))
    .bind(token.updated_by.as_ref().map(json))
    .bind(&token.id)
    .execute(connection)
    .await?;
    Ok(())
}

async fn revoke(
    connection: &mut SqliteConnection,
    token: Token,
    now: Timestamp,
) -> Result<Token, StoreError> {
    sqlx::query("UPDATE tokens SET revoked_at = ? WHERE id = ?")
        .bind(nanos(now))
        .bind(&token.id)
        .execute(&mut *connection)
        .await?;
    changes::record(connection, ChangeTopic::Token, &token.id).await?;
    Ok(Token { revoked_at: Some(now), ..token })
}
