//! Table `changes`: what operators changed, so that a running server notices within one poll.

use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::request::{Change, ChangeTopic};
use crate::rows::{Columns, count, uncount};
use crate::store::Store;

/// So many changes are kept; a server polls far more often than operators change things.
const KEPT_MAX: i64 = 10_000;

impl Store {
    /// Grows with every change by an operator, also when another process made it. Cheap to poll.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn state_version(&self) -> Result<u64, StoreError> {
        let version: Option<i64> =
            sqlx::query_scalar("SELECT max(version) FROM changes").fetch_one(&self.readers).await?;
        Ok(version.map_or(0, uncount))
    }

    /// The changes after `version`, oldest first; only the newest 10,000 are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn changes_since(&self, version: u64) -> Result<Vec<Change>, StoreError> {
        let rows = sqlx::query("SELECT version, topic, id FROM changes WHERE version > ? ORDER BY version")
            .bind(count(version))
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let topic: String = row.text("topic")?;
                let topic = ChangeTopic::parse(&topic)
                    .ok_or_else(|| StoreError::corrupt(format!("`changes.topic`: `{topic}`")))?;
                Ok(Change { version: row.count("version")?, topic, id: row.text("id")? })
            })
            .collect()
    }
}

impl ChangeTopic {
    fn as_str(self) -> &'static str {
        match self {
            ChangeTopic::Detection => "detection",
            ChangeTopic::Token => "token",
            ChangeTopic::Delivery => "delivery",
            ChangeTopic::Destination => "destination",
            ChangeTopic::Content => "content",
            ChangeTopic::Role => "role",
            ChangeTopic::User => "user",
            ChangeTopic::Source => "source",
            ChangeTopic::Schema => "schema",
            ChangeTopic::Settings => "settings",
        }
    }

    fn parse(word: &str) -> Option<ChangeTopic> {
        [
            ChangeTopic::Detection,
            ChangeTopic::Token,
            ChangeTopic::Delivery,
            ChangeTopic::Destination,
            ChangeTopic::Content,
            ChangeTopic::Role,
            ChangeTopic::User,
            ChangeTopic::Source,
            ChangeTopic::Schema,
            ChangeTopic::Settings,
        ]
        .into_iter()
        .find(|topic| topic.as_str() == word)
    }
}

pub(crate) async fn record(
    connection: &mut SqliteConnection,
    topic: ChangeTopic,
    id: &str,
) -> Result<(), StoreError> {
    let version = sqlx::query("INSERT INTO changes (topic, id) VALUES (?, ?)")
        .bind(topic.as_str())
        .bind(id)
        .execute(&mut *connection)
        .await?
        .last_insert_rowid();
    sqlx::query("DELETE FROM changes WHERE version <= ?")
        .bind(version - KEPT_MAX)
        .execute(connection)
        .await?;
    Ok(())
}
