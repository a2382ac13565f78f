//! Table `totp`: second factors, whose secrets are sealed.

use std::path::Path;

use jiff::Timestamp;
use model::Rights;
use secrecy::{ExposeSecret as _, SecretSlice};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use subtle::ConstantTimeEq as _;

use crate::error::StoreError;
use crate::opaque::digest;
use crate::people::RoleKey;
use crate::rows::{Columns, json, nanos};
use crate::secrets::{KeyRing, Sealed};
use crate::sign_in::{SignInError, Totp};
use crate::store::Store;
use crate::tables::{roles, sealing, sessions, users};

/// What the secret of a second factor is sealed for.
fn owner(user_id: &str) -> String {
    format!("totp:{user_id}")
}

impl Store {
    /// The second factor of a person, confirmed or not, opened with the keys of `key_file`.
    ///
    /// # Errors
    /// [`StoreError::Secrets`] when it cannot be opened.
    pub async fn find_totp(&self, user_id: &str, key_file: &Path) -> Result<Option<Totp>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, user_id, key_file).await
    }

    /// Keeps the secret of a second factor that is being set up, in place of one that was never confirmed.
    ///
    /// # Errors
    /// [`SignInError::TotpAlready`]; [`StoreError::Secrets`] when it cannot be sealed.
    pub async fn begin_totp(
        &self,
        user_id: &str,
        secret: SecretSlice<u8>,
        key_file: &Path,
    ) -> Result<(), StoreError> {
        let (user_id, key_file) = (user_id.to_owned(), key_file.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let confirmed: i64 = sqlx::query_scalar(
                    "SELECT count(*) FROM totp WHERE user_id = ? AND confirmed_at IS NOT NULL",
                )
                .bind(&user_id)
                .fetch_one(&mut *connection)
                .await?;
                if confirmed > 0 {
                    return Err(SignInError::TotpAlready.into());
                }
                let ring = sealing::ring(connection, &key_file).await?;
                let sealed = ring.seal(&owner(&user_id), secret.expose_secret())?;
                sqlx::query(
                    "INSERT INTO totp (user_id, key_id, wrapped_key, secret, last_step, recovery_digests)
                     VALUES (?, ?, ?, ?, 0, '[]')
                     ON CONFLICT (user_id) DO UPDATE SET key_id = excluded.key_id,
                         wrapped_key = excluded.wrapped_key, secret = excluded.secret",
                )
                .bind(&user_id)
                .bind(&sealed.key_id)
                .bind(&sealed.wrapped_key)
                .bind(&sealed.data)
                .execute(&mut *connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Makes the second factor count: a code of time step `step` was right. Every other session than `kept`
    /// ends, as none of them knew it.
    ///
    /// # Errors
    /// [`SignInError::NoTotp`] when none waits for its confirmation.
    pub async fn confirm_totp(
        &self,
        user_id: &str,
        step: i64,
        recovery_codes: &[String],
        kept: &str,
    ) -> Result<(), StoreError> {
        let (user_id, kept, now) = (user_id.to_owned(), kept.to_owned(), self.now());
        let digests: Vec<String> = recovery_codes.iter().map(|code| hex(digest(code))).collect();
        self.write(move |connection| {
            Box::pin(async move {
                let confirmed = sqlx::query(
                    "UPDATE totp SET confirmed_at = ?, last_step = ?, recovery_digests = ?
                     WHERE user_id = ? AND confirmed_at IS NULL",
                )
                .bind(nanos(now))
                .bind(step)
                .bind(json(&digests))
                .bind(&user_id)
                .execute(&mut *connection)
                .await?;
                if confirmed.rows_affected() == 0 {
                    return Err(SignInError::NoTotp.into());
                }
                sessions::end_all(connection, &user_id, Some(&kept)).await?;
                Ok(())
            })
        })
        .await
    }

    /// Uses the code of a time step up; `false` when it, or one of a later step, was used before.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn use_totp_step(&self, user_id: &str, step: i64) -> Result<bool, StoreError> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let used = sqlx::query("UPDATE totp SET last_step = ? WHERE user_id = ? AND last_step < ?")
                    .bind(step)
                    .bind(user_id)
                    .bind(step)
                    .execute(connection)
                    .await?;
                Ok(used.rows_affected() > 0)
            })
        })
        .await
    }

    /// Uses a recovery code up; `false` when it is not one of those that are left.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn use_recovery_code(&self, user_id: &str, code: &str) -> Result<bool, StoreError> {
        let (user_id, wanted) = (user_id.to_owned(), hex(digest(code)));
        self.write(move |connection| {
            Box::pin(async move {
                let row = sqlx::query("SELECT recovery_digests FROM totp WHERE user_id = ?")
                    .bind(&user_id)
                    .fetch_optional(&mut *connection)
                    .await?;
                let Some(row) = row else { return Ok(false) };
                let known: Vec<String> = row.json("recovery_digests")?;
                let is_other = |digest: &String| !bool::from(digest.as_bytes().ct_eq(wanted.as_bytes()));
                let left: Vec<&String> = known.iter().filter(|digest| is_other(digest)).collect();
                if left.len() == known.len() {
                    return Ok(false);
                }
                sqlx::query("UPDATE totp SET recovery_digests = ? WHERE user_id = ?")
                    .bind(json(&left))
                    .bind(&user_id)
                    .execute(connection)
                    .await?;
                Ok(true)
            })
        })
        .await
    }

    /// Removes the second factor of somebody else, if there is one.
    ///
    /// # Errors
    /// [`crate::PeopleError::UnknownUser`]; [`crate::PeopleError::BeyondRights`] when the person may more than
    /// `callers`.
    pub async fn remove_totp_of(&self, user_id: &str, callers: Rights) -> Result<(), StoreError> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let user = users::find_known(connection, &user_id).await?;
                let role = roles::find_to_give(connection, &RoleKey::Id(user.role_id.clone())).await?;
                users::refuse_beyond(&callers, &user, &role)?;
                sqlx::query("DELETE FROM totp WHERE user_id = ?").bind(user_id).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Removes the second factor of a person, confirmed or not; answers whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn remove_totp(&self, user_id: &str) -> Result<bool, StoreError> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let removed = sqlx::query("DELETE FROM totp WHERE user_id = ?")
                    .bind(user_id)
                    .execute(connection)
                    .await?;
                Ok(removed.rows_affected() > 0)
            })
        })
        .await
    }
}

/// The second factor of a person, confirmed or not.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    user_id: &str,
    key_file: &Path,
) -> Result<Option<Totp>, StoreError> {
    let row =
        sqlx::query("SELECT * FROM totp WHERE user_id = ?").bind(user_id).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let secret = KeyRing::load(key_file)?.open(&owner(user_id), &sealed(&row)?)?;
    let confirmed_at: Option<Timestamp> = row.optional_time("confirmed_at")?;
    let recovery_digests: Vec<String> = row.json("recovery_digests")?;
    Ok(Some(Totp {
        secret: SecretSlice::from(secret),
        is_confirmed: confirmed_at.is_some(),
        recovery_codes: recovery_digests.len(),
    }))
}

/// Wraps all data keys by the current master key, in this transaction; answers how many.
pub(crate) async fn rewrap(connection: &mut SqliteConnection, ring: &KeyRing) -> Result<u64, StoreError> {
    let rows = sqlx::query("SELECT * FROM totp ORDER BY user_id").fetch_all(&mut *connection).await?;
    let mut wrapped = 0;
    for row in &rows {
        let user_id: String = row.text("user_id")?;
        let sealed = ring.rewrap(&owner(&user_id), &sealed(row)?)?;
        sqlx::query("UPDATE totp SET key_id = ?, wrapped_key = ? WHERE user_id = ?")
            .bind(&sealed.key_id)
            .bind(&sealed.wrapped_key)
            .bind(&user_id)
            .execute(&mut *connection)
            .await?;
        wrapped += 1;
    }
    Ok(wrapped)
}

fn sealed(row: &SqliteRow) -> Result<Sealed, StoreError> {
    Ok(Sealed {
        key_id: row.text("key_id")?,
        wrapped_key: row.try_get("wrapped_key")?,
        data: row.try_get("secret")?,
    })
}

fn hex(digest: [u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
