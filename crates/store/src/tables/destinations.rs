//! Table `destinations`: those made in the console, by the API or the command line. What is secret in them
//! is sealed before it comes here.

use jiff::Timestamp;
use model::{AlertType, DestinationId, LogType, Severity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeSet;
use std::path::Path;

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, from_json, json, nanos};
use crate::secrets::{KeyRing, Sealed, SecretsError};
use crate::store::Store;
use crate::tables::sealing::refuse_rotated;
use crate::tables::{changes, deliveries, destination_mutes};

/// Version of the settings as they are stored.
const SETTINGS_VERSION: u32 = 1;

/// A destination as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredDestination {
    /// Opaque id.
    pub id: DestinationId,
    /// Unique name.
    pub display_name: String,
    /// The word of its type.
    pub destination_type: String,
    /// What is not secret.
    pub settings: DestinationSettings,
    /// Its `config`, a JSON text, sealed for the owner [`StoredDestination::owner`].
    pub config: Sealed,
    /// Grows with every change; [`Store::update_destination`] refuses an older one.
    pub revision: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl StoredDestination {
    /// What its secrets are bound to.
    pub fn owner(id: &DestinationId) -> String {
        format!("destination:{id}")
    }
}

/// Filters and delivery settings of a stored destination.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DestinationSettings {
    /// Severities that it takes by itself.
    pub severities: BTreeSet<Severity>,
    /// Alert types that it takes by itself.
    pub alert_types: BTreeSet<AlertType>,
    /// Log types that it takes by itself.
    pub log_types: BTreeSet<LogType>,
    /// Whether a person may send an alert to it.
    pub manual_dispatch: bool,
    /// Whether it receives anything.
    pub enabled: bool,
    /// Its own delivery settings as the API shows them.
    pub delivery: Value,
}

#[derive(Serialize, Deserialize)]
struct SettingsRow {
    version: u32,
    #[serde(flatten)]
    settings: DestinationSettings,
}

impl Store {
    /// All stored destinations, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_destinations(&self) -> Result<Vec<StoredDestination>, StoreError> {
        let rows = sqlx::query("SELECT * FROM destinations ORDER BY name").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Stores a new destination, sealed with the current key of `key_file`.
    ///
    /// # Errors
    /// [`StoreError::NameTaken`] when another has its name; [`StoreError::Secrets`] when the keys were rotated
    /// since it was sealed.
    pub async fn create_destination(
        &self,
        new: StoredDestination,
        key_file: &Path,
    ) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated(&key_file, &new.config)?;
                refuse_taken(connection, &new).await?;
                sqlx::query(
                    "INSERT INTO destinations (id, name, destination_type, settings, key_id, wrapped_key,
                         sealed_config, revision, created_at, updated_at)
                     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                )
                .bind(new.id.as_str())
                .bind(&new.display_name)
                .bind(&new.destination_type)
                .bind(json(&SettingsRow { version: SETTINGS_VERSION, settings: new.settings.clone() }))
                .bind(&new.config.key_id)
                .bind(&new.config.wrapped_key)
                .bind(&new.config.data)
                .bind(count(new.revision))
                .bind(nanos(new.created_at))
                .bind(nanos(new.updated_at))
                .execute(&mut *connection)
                .await?;
                changes::record(connection, ChangeTopic::Destination, new.id.as_str()).await
            })
        })
        .await
    }

    /// Replaces a destination; `changed.revision` is the one that was read.
    ///
    /// # Errors
    /// [`StoreError::UnknownDestination`]; [`StoreError::NameTaken`]; [`StoreError::ChangedMeanwhile`];
    /// [`StoreError::Secrets`] when the keys were rotated since it was sealed.
    pub async fn update_destination(
        &self,
        changed: StoredDestination,
        key_file: &Path,
    ) -> Result<(), StoreError> {
        let key_file = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                refuse_rotated(&key_file, &changed.config)?;
                refuse_taken(connection, &changed).await?;
                let updated = sqlx::query(
                    "UPDATE destinations SET name = ?, destination_type = ?, settings = ?, key_id = ?,
                         wrapped_key = ?, sealed_config = ?, revision = revision + 1, updated_at = ?
                     WHERE id = ? AND revision = ?",
                )
                .bind(&changed.display_name)
                .bind(&changed.destination_type)
                .bind(json(&SettingsRow { version: SETTINGS_VERSION, settings: changed.settings.clone() }))
                .bind(&changed.config.key_id)
                .bind(&changed.config.wrapped_key)
                .bind(&changed.config.data)
                .bind(nanos(changed.updated_at))
                .bind(changed.id.as_str())
                .bind(count(changed.revision))
                .execute(&mut *connection)
                .await?
                .rows_affected();
                if updated == 0 {
                    let id = changed.id.clone();
                    return Err(if exists(connection, &changed.id).await? {
                        StoreError::ChangedMeanwhile { id }
                    } else {
                        StoreError::UnknownDestination { id }
                    });
                }
                changes::record(connection, ChangeTopic::Destination, changed.id.as_str()).await
            })
        })
        .await
    }

    /// Deletes a destination with its mute and cancels what is pending for it; the records of its deliveries stay. Answers
    /// how many were cancelled.
    ///
    /// # Errors
    /// [`StoreError::UnknownDestination`].
    pub async fn delete_destination(&self, id: &DestinationId) -> Result<u64, StoreError> {
        let id = id.clone();
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let deleted = sqlx::query("DELETE FROM destinations WHERE id = ?")
                    .bind(id.as_str())
                    .execute(&mut *connection)
                    .await?
                    .rows_affected();
                if deleted == 0 {
                    return Err(StoreError::UnknownDestination { id });
                }
                destination_mutes::delete(connection, &id).await?;
                let cancelled = deliveries::cancel_of(connection, &id, now).await?;
                changes::record(connection, ChangeTopic::Destination, id.as_str()).await?;
                Ok(cancelled)
            })
        })
        .await
    }
}

/// Wraps all data keys by the current master key, in this transaction; answers how many.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let rows = sqlx::query("SELECT * FROM destinations ORDER BY name").fetch_all(&mut *connection).await?;
    let mut wrapped = 0;
    for row in &rows {
        let destination = read(row)?;
        let sealed = ring.rewrap(&StoredDestination::owner(&destination.id), &destination.config)?;
        sqlx::query("UPDATE destinations SET key_id = ?, wrapped_key = ? WHERE id = ?")
            .bind(&sealed.key_id)
            .bind(&sealed.wrapped_key)
            .bind(destination.id.as_str())
            .execute(&mut *connection)
            .await?;
        changes::record(connection, ChangeTopic::Destination, destination.id.as_str()).await?;
        wrapped += 1;
    }
    Ok(wrapped)
}

async fn exists(connection: &mut SqliteConnection, id: &DestinationId) -> Result<bool, StoreError> {
    let found: i64 = sqlx::query_scalar("SELECT count(*) FROM destinations WHERE id = ?")
        .bind(id.as_str())
        .fetch_one(connection)
        .await?;
    Ok(found > 0)
}

async fn refuse_taken(connection: &mut SqliteConnection, it: &StoredDestination) -> Result<(), StoreError> {
    let others: i64 = sqlx::query_scalar("SELECT count(*) FROM destinations WHERE name = ? AND id <> ?")
        .bind(&it.display_name)
        .bind(it.id.as_str())
        .fetch_one(connection)
        .await?;
    if others > 0 {
        return Err(StoreError::NameTaken { name: it.display_name.clone() });
    }
    Ok(())
}

fn read(row: &SqliteRow) -> Result<StoredDestination, StoreError> {
    let settings: SettingsRow = from_json(row.try_get("settings")?, "destinations.settings")?;
    if settings.version != SETTINGS_VERSION {
        return Err(StoreError::corrupt(format!("`destinations.settings`: version {}", settings.version)));
    }
    Ok(StoredDestination {
        id: row.text("id")?,
        display_name: row.text("name")?,
        destination_type: row.text("destination_type")?,
        settings: settings.settings,
        config: Sealed {
            key_id: row.text("key_id")?,
            wrapped_key: row.try_get("wrapped_key")?,
            data: row.try_get("sealed_config")?,
        },
        revision: row.count("revision")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

impl From<SecretsError> for StoreError {
    fn from(source: SecretsError) -> StoreError {
        StoreError::Secrets { source }
    }
}
