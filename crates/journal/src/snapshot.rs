//! A consistent copy of the whole journal, also while a server writes it.

use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};

use crate::database::connect_options;
use crate::error::JournalError;

/// Copies the journal in `folder`, as it is at one moment, into the file `to`, which must not exist; appends go on
/// meanwhile. The copy is not synced. `false` when there is no journal.
///
/// # Errors
/// When the journal cannot be read, or the copy not be written.
pub async fn copy_journal(folder: &Path, to: &Path) -> Result<bool, JournalError> {
    if !folder.join(JOURNAL_FILE).exists() {
        return Ok(false);
    }
    let fail = |error: sqlx::Error| JournalError::Open { path: folder.to_owned(), source: error.into() };
    let options = connect_options(folder).create_if_missing(false);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(fail)?;
    let copied = sqlx::query("VACUUM INTO ?").bind(to.display().to_string()).execute(&mut connection).await;
    // Nothing was written through it.
    connection.close().await.ok();
    copied.map_err(fail)?;
    Ok(true)
}

/// Name of the journal's file in its folder.
pub const JOURNAL_FILE: &str = "journal.db";
