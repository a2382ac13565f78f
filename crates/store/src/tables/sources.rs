//! Table `sources`: log sources made by the API. What is secret in them is sealed before it comes here.

use std::path::Path;

use model::SourceId;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::error::StoreError;
use crate::intake::{IntakeError, SourceSettings, StoredSource};
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, json, nanos, uncount};
use crate::secrets::{KeyRing, Sealed};
use crate::store::Store;
use crate::tables::sealing::refuse_rotated;
use crate::tables::{changes, source_alarms};

/// So many sources may be stored.
pub const SOURCES_MAX: u64 = 1_000;
/// Version of the settings as they are stored.
const SETTINGS_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    version: u32,
    #[serde(flatten)]
    settings: SourceSettings,
}

impl Store {
    /// All stored sources, by label.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_sources(&self) -> Result<Vec<StoredSource>, StoreError> {
        let rows = sqlx::query("SELECT * FROM sources ORDER BY label").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Stores a new source, sealed with the current key of `key_file`.
    ///
    /// # Errors
    /// [`IntakeError::LabelTaken`]; [`IntakeError::TooMany`]; [`StoreError::Secrets`] when the keys were
    /// rotated since it was sealed.
    pub async fn create_source(&self, new: StoredSource, key_file: &Path) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated(&key_file, &new.secrets)?;
                refuse_taken(connection, &new).await?;
                refuse_too_many(connection).await?;
                insert(connection, &new).await?;
                changes::record(connection, ChangeTopic::Source, new.id.as_str()).await
            })
        })
        .await
    }

    /// Replaces a source; `changed.revision` is the one that was read.
    ///
    /// # Errors
    /// [`IntakeError::UnknownSource`]; [`IntakeError::LabelTaken`]; [`IntakeError::ChangedMeanwhile`];
    /// [`StoreError::Secrets`] when the keys were rotated since it was sealed.
    pub async fn update_source(&self, changed: StoredSource, key_file: &Path) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated(&key_file, &changed.secrets)?;
                refuse_taken(connection, &changed).await?;
                if !update(connection, &changed).await? {
                    let id = changed.id.clone();
                    return Err(if exists(connection, &changed.id).await? {
                        IntakeError::ChangedMeanwhile { id }.into()
                    } else {
                        IntakeError::UnknownSource { id }.into()
                    });
                }
                changes::record(connection, ChangeTopic::Source, changed.id.as_str()).await
            })
        })
        .await
    }

    /// Deletes a source; what it sent stays.
    ///
    /// # Errors
    /// [`IntakeError::UnknownSource`].
    pub async fn delete_source(&self, id: &SourceId) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let deleted = sqlx::query("DELETE FROM sources WHERE id = ?")
                    .bind(id.as_str())
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if deleted == 0 {
                    return Err(IntakeError::UnknownSource { id }.into());
                }
                source_alarms::delete(connection, &id).await?;
                changes::record(connection, ChangeTopic::Source, id.as_str()).await
            })
        })
        .await
    }
}

/// Wraps all data keys by the current master key, in this transaction; answers how many.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let rows = sqlx::query("SELECT * FROM sources ORDER BY label").fetch_all(&mut *connection).await?;
    let mut wrapped = 0;
    for row in &rows {
        let source = read(row)?;
        let sealed = ring.rewrap(&StoredSource::owner(&source.id), &source.secrets)?;
        sqlx::query("UPDATE sources SET key_id = ?, wrapped_key = ? WHERE id = ?")
            .bind(&sealed.key_id)
            .bind(&sealed.wrapped_key)
            .bind(source.id.as_str())
            .execute(&mut *connection)
            .await?;
        changes::record(connection, ChangeTopic::Source, source.id.as_str()).await?;
        wrapped += 1;
    }
    Ok(wrapped)
}

async fn exists(connection: &mut SqliteConnection, id: &SourceId) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM sources WHERE id = ?")
        .bind(id.as_str())
        .fetch_one(connection)
        .await?;
    Ok(found > 0)
}

async fn refuse_taken(connection: &mut SqliteConnection, it: &StoredSource) -> Result<(), StoreError> {
    let others: i64 = sqlx::query_scalar("SELECT count(*) FROM sources WHERE label = ? AND id <> ?")
        .bind(&it.label)
        .bind(it.id.as_str())
        .fetch_one(connection)
        .await?;
    match others {
        0 => Ok(()),
        _ => Err(IntakeError::LabelTaken { label: it.label.clone() }.into()),
    }
}

async fn refuse_too_many(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let present: i64 = sqlx::query_scalar("SELECT count(*) FROM sources").fetch_one(connection).await?;
    match uncount(present) < SOURCES_MAX {
        true => Ok(()),
        false => Err(IntakeError::TooMany { what: "log sources", max: SOURCES_MAX }.into()),
    }
}

async fn insert(connection: &mut SqliteConnection, new: &StoredSource) -> Result<(), StoreError> {
    let StoredSource {
        id,
        label,
        settings,
        secrets: Sealed { key_id, wrapped_key, data },
        revision,
        created_at,
        created_by,
        updated_at,
        updated_by,
    } = new;
    sqlx::query(
        "INSERT INTO sources (id, label, settings, key_id, wrapped_key, sealed_secrets, revision, created_at,
             created_by, updated_at, updated_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id.as_str())
    .bind(label)
    .bind(json(&SettingsRow { version: SETTINGS_VERSION, settings: settings.clone() }))
    .bind(key_id)
    .bind(wrapped_key)
    .bind(data)
    .bind(count(*revision))
    .bind(nanos(*created_at))
    .bind(created_by.as_ref().map(json))
    .bind(nanos(*updated_at))
    .bind(updated_by.as_ref().map(json))
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether there was a row of this id and revision.
async fn update(connection: &mut SqliteConnection, changed: &StoredSource) -> Result<bool, StoreError> {
    let updated = sqlx::query(
        "UPDATE sources SET label = ?, settings = ?, key_id = ?, wrapped_key = ?, sealed_secrets = ?,
             revision = revision + 1, updated_at = ?, updated_by = ?
         WHERE id = ? AND revision = ?",
    )
    .bind(&changed.label)
    .bind(json(&SettingsRow { version: SETTINGS_VERSION, settings: changed.settings.clone() }))
    .bind(&changed.secrets.key_id)
    .bind(&changed.secrets.wrapped_key)
    .bind(&changed.secrets.data)
    .bind(nanos(changed.updated_at))
    .bind(changed.updated_by.as_ref().map(json))
    .bind(changed.id.as_str())
    .bind(count(changed.revision))
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() > 0)
}

fn read(row: &SqliteRow) -> Result<StoredSource, StoreError> {
    let settings: SettingsRow = row.json("settings")?;
    if settings.version != SETTINGS_VERSION {
        return Err(StoreError::corrupt(format!("`sources.settings`: version {}", settings.version)));
    }
    Ok(StoredSource {
        id: row.text("id")?,
        label: row.text("label")?,
        settings: settings.settings,
        secrets: Sealed {
            key_id: row.text("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            data: row.try_get("sealed_secrets")?,
        },
        revision: row.count("revision")?,
        created_at: row.time("created_at")?,
        created_by: row.optional_json("created_by")?,
        updated_at: row.time("updated_at")?,
        updated_by: row.optional_json("updated_by")?,
    })
}
