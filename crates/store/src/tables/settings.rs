//! Table `settings`: what is set while the server runs, where the configuration file says nothing.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{from_json, json, nanos};
use crate::settings::SettingsGroup;
use crate::store::Store;
use crate::tables::changes;

/// Version of the settings as they are stored.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Contents {
    version: u32,
    settings: Value,
}

impl Store {
    /// A group of settings as it was put last; `None` when it never was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_settings(&self, group: SettingsGroup) -> Result<Option<Value>, StoreError> {
        let row = sqlx::query("SELECT contents FROM settings WHERE name = ?")
            .bind(group.as_str())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let contents: Contents = from_json(row.try_get("contents")?, "settings.contents")?;
        match contents.version {
            VERSION => Ok(Some(contents.settings)),
            other => Err(StoreError::corrupt(format!("`settings.contents`: version {other}"))),
        }
    }

    /// Puts a group of settings in place of what was there.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn put_settings(&self, group: SettingsGroup, settings: Value) -> Result<(), StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "INSERT INTO settings (name, contents, updated_at) VALUES (?, ?, ?)
                     ON CONFLICT (name) DO UPDATE SET contents = excluded.contents, updated_at = excluded.updated_at",
                )
                .bind(group.as_str())
                .bind(json(&Contents { version: VERSION, settings }))
                .bind(nanos(now))
                .execute(&mut *connection)
                .await?;
                changes::record(connection, ChangeTopic::Settings, group.as_str()).await
            })
        })
        .await
    }
}
