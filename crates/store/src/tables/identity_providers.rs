//! Table `identity_providers`: those made while the server runs. What is secret in them is sealed before it comes here.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, from_json, json, nanos, uncount};
use crate::secrets::{KeyRing, Sealed};
use crate::settings::{IDENTITY_PROVIDERS_MAX, IdentityProviderError, StoredIdentityProvider};
use crate::store::Store;
use crate::tables::changes;
use crate::tables::sealing::refuse_rotated;

/// Version of the settings as they are stored.
const SETTINGS_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    version: u32,
    settings: Value,
}

impl Store {
    /// All stored identity providers, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_identity_providers(&self) -> Result<Vec<StoredIdentityProvider>, StoreError> {
        let query = "SELECT * FROM identity_providers ORDER BY id";
        let rows = sqlx::query(query).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Stores a new identity provider, its secret sealed with the current key of `key_file`.
    ///
    /// # Errors
    /// [`IdentityProviderError::IdTaken`]; [`IdentityProviderError::TooMany`]; [`StoreError::Secrets`] when the keys
    /// were rotated since it was sealed.
    pub async fn create_identity_provider(
        &self,
        new: StoredIdentityProvider,
        key_file: &Path,
    ) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated_secret(&key_file, &new)?;
                if exists(connection, &new.id).await? {
                    return Err(IdentityProviderError::IdTaken { id: new.id }.into());
                }
                let present: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM identity_providers").fetch_one(&mut *connection).await?;
                if uncount(present) >= IDENTITY_PROVIDERS_MAX {
                    return Err(IdentityProviderError::TooMany.into());
                }
                let sealed = new.secret.as_ref();
                sqlx::query(
                    "INSERT INTO identity_providers (id, settings, key_id, wrapped_key, sealed_secret, revision,
                         created_at, updated_at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                )
                .bind(&new.id)
                .bind(settings_text(&new))
                .bind(sealed.map(|sealed| sealed.key_id.clone()))
                .bind(sealed.map(|sealed| sealed.wrapped_key.clone()))
                .bind(sealed.map(|sealed| sealed.data.clone()))
                .bind(count(new.revision))
                .bind(nanos(new.created_at))
                .bind(nanos(new.updated_at))
                .execute(&mut *connection)
                .await?;
                changes::record(connection, ChangeTopic::Settings, &new.id).await
            })
        })
        .await
    }

    /// Replaces an identity provider; `changed.revision` is the one that was read.
    ///
    /// # Errors
    /// [`IdentityProviderError::Unknown`]; [`IdentityProviderError::ChangedMeanwhile`]; [`StoreError::Secrets`] when
    /// the keys were rotated since it was sealed.
    pub async fn update_identity_provider(
        &self,
        changed: StoredIdentityProvider,
        key_file: &Path,
    ) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated_secret(&key_file, &changed)?;
                let sealed = changed.secret.as_ref();
                let updated = sqlx::query(
                    "UPDATE identity_providers SET settings = ?, key_id = ?, wrapped_key = ?, sealed_secret = ?,
                         revision = revision + 1, updated_at = ?
                     WHERE id = ? AND revision = ?",
                )
                .bind(settings_text(&changed))
                .bind(sealed.map(|sealed| sealed.key_id.clone()))
                .bind(sealed.map(|sealed| sealed.wrapped_key.clone()))
                .bind(sealed.map(|sealed| sealed.data.clone()))
                .bind(nanos(changed.updated_at))
                .bind(&changed.id)
                .bind(count(changed.revision))
                .execute(&mut *connection)
                .await?
                .rows_affected();
                if updated == 0 {
                    let id = changed.id;
                    let problem = match exists(connection, &id).await? {
                        true => IdentityProviderError::ChangedMeanwhile { id },
                        false => IdentityProviderError::Unknown { id },
                    };
                    return Err(problem.into());
                }
                changes::record(connection, ChangeTopic::Settings, &changed.id).await
            })
        })
        .await
    }

    /// Deletes an identity provider; whom it vouched for stays.
    ///
    /// # Errors
    /// [`IdentityProviderError::Unknown`].
    pub async fn delete_identity_provider(&self, id: &str) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let deleted = sqlx::query("DELETE FROM identity_providers WHERE id = ?")
                    .bind(&id)
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if deleted == 0 {
                    return Err(IdentityProviderError::Unknown { id }.into());
                }
                changes::record(connection, ChangeTopic::Settings, &id).await
            })
        })
        .await
    }
}

/// Wraps all data keys by the current master key, in this transaction; answers how many.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let query = "SELECT * FROM identity_providers WHERE key_id IS NOT NULL ORDER BY id";
    let rows = sqlx::query(query).fetch_all(&mut *connection).await?;
    let mut wrapped = 0;
    for row in &rows {
        let provider = read(row)?;
        let Some(secret) = &provider.secret else { continue };
        let sealed = ring.rewrap(&StoredIdentityProvider::owner(&provider.id), secret)?;
        sqlx::query("UPDATE identity_providers SET key_id = ?, wrapped_key = ? WHERE id = ?")
            .bind(&sealed.key_id)
            .bind(&sealed.wrapped_key)
            .bind(&provider.id)
            .execute(&mut *connection)
            .await?;
        changes::record(connection, ChangeTopic::Settings, &provider.id).await?;
        wrapped += 1;
    }
    Ok(wrapped)
}

fn refuse_rotated_secret(key_file: &Path, provider: &StoredIdentityProvider) -> Result<(), StoreError> {
    match &provider.secret {
        Some(sealed) => Ok(refuse_rotated(key_file, sealed)?),
        None => Ok(()),
    }
}

fn settings_text(provider: &StoredIdentityProvider) -> String {
    json(&SettingsRow { version: SETTINGS_VERSION, settings: provider.settings.clone() })
}

async fn exists(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM identity_providers WHERE id = ?")
        .bind(id)
        .fetch_one(connection)
        .await?;
    Ok(found > 0)
}

fn read(row: &SqliteRow) -> Result<StoredIdentityProvider, StoreError> {
    let settings: SettingsRow = from_json(row.try_get("settings")?, "identity_providers.settings")?;
    if settings.version != SETTINGS_VERSION {
        let what = format!("`identity_providers.settings`: version {}", settings.version);
        return Err(StoreError::corrupt(what));
    }
    let key_id: Option<String> = row.try_get("key_id")?;
    let secret = match key_id {
        Some(key_id) => Some(Sealed {
            key_id,
            wrapped_key: row.try_get("wrapped_key")?,
            data: row.try_get("sealed_secret")?,
        }),
        None => None,
    };
    Ok(StoredIdentityProvider {
        id: row.text("id")?,
        settings: settings.settings,
        secret,
        revision: row.count("revision")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
