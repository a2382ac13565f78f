//! What is sealed in any table, and the rotation of the keys that it is sealed with.

use std::path::Path;

use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::secrets::{KeyRing, Sealed, SecretsError};
use crate::store::Store;
use crate::tables::{audit, destinations, identity_providers, sources, totp};

/// The keys of secrets that somebody would have to give again.
const KEY_IDS: &str =
    "SELECT key_id FROM destinations UNION SELECT key_id FROM sources UNION SELECT key_id FROM totp
    UNION SELECT key_id FROM identity_providers WHERE key_id IS NOT NULL";
/// The keys that the ends of the audit log are sealed with. Who loses one loses nothing else, and may make another.
const AUDIT_KEY_IDS: &str = "SELECT key_id FROM audit_head UNION SELECT key_id FROM audit_reads_head";

impl Store {
    /// Whether anything is sealed: then the keys must not be made anew.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_secrets(&self) -> Result<bool, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(KEY_IDS).fetch_all(&self.readers).await?;
        Ok(!ids.is_empty())
    }

    /// Makes a new master key, wraps every data key by it, and removes the old master keys from the file. It
    /// can be stopped anywhere and run again, also by several at once: the file changes only inside write
    /// transactions, and so does what depends on it. Answers how many secrets were wrapped anew.
    ///
    /// # Errors
    /// [`StoreError::Secrets`] when a secret cannot be opened: then the old keys stay.
    pub async fn rotate_secrets(&self, key_file: &Path) -> Result<u64, StoreError> {
        let path = key_file.to_owned();
        let wrapped = self
            .write(move |connection| {
                Box::pin(async move {
                    let mut ring = ring(connection, &path).await?;
                    ring.add_current()?;
                    let of_destinations = destinations::rewrap(connection, &ring).await?;
                    let of_sources = sources::rewrap(connection, &ring).await?;
                    let of_people = totp::rewrap(connection, &ring).await?;
                    let of_providers = identity_providers::rewrap(connection, &ring).await?;
                    let of_audit = audit::rewrap(connection, &ring).await?;
                    Ok(of_destinations + of_sources + of_people + of_providers + of_audit)
                })
            })
            .await?;
        let path = key_file.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let mut used = key_ids(connection).await?;
                used.extend(sqlx::query_scalar::<_, String>(AUDIT_KEY_IDS).fetch_all(connection).await?);
                Ok(KeyRing::load(&path)?.forget_unused(&used)?)
            })
        })
        .await?;
        Ok(wrapped)
    }
}

/// Inside a write transaction no rotation is under way: what is sealed with the current key now is wrapped by
/// the next one too.
pub(crate) fn refuse_rotated(key_file: &Path, sealed: &Sealed) -> Result<(), SecretsError> {
    if KeyRing::load(key_file)?.current_id() == sealed.key_id { Ok(()) } else { Err(SecretsError::Rotated) }
}

/// The keys to seal with, made when nothing is sealed yet. Inside a write transaction no rotation is under way.
pub(crate) async fn ring(connection: &mut SqliteConnection, key_file: &Path) -> Result<KeyRing, StoreError> {
    let may_create = key_ids(connection).await?.is_empty();
    Ok(if may_create { KeyRing::load_or_create(key_file)? } else { KeyRing::load(key_file)? })
}

async fn key_ids(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar(KEY_IDS).fetch_all(connection).await?)
}
