//! Table `credentials`: passwords of people who sign in here.

use jiff::Timestamp;
use model::{User, UserStatus};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::error::StoreError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, nanos};
use crate::sign_in::{Account, SignInError};
use crate::store::Store;
use crate::tables::{changes, links, roles, sessions, totp, users};

impl Store {
    /// The account with this address, whatever the letter case, disabled ones too. Its second factor is opened
    /// with the keys of `key_file`.
    ///
    /// # Errors
    /// [`StoreError::Secrets`] when the second factor cannot be opened.
    pub async fn find_account(
        &self,
        email: &str,
        key_file: &std::path::Path,
    ) -> Result<Option<Account>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut query = QueryBuilder::<Sqlite>::new(
            "SELECT users.*, roles.name AS role_name, roles.permissions, roles.log_type_access_kind,
                 roles.log_type_access, credentials.password_hash
             FROM users JOIN roles ON roles.id = users.role_id
             LEFT JOIN credentials ON credentials.user_id = users.id
             WHERE users.email_key = ",
        );
        query.push_bind(email.to_lowercase());
        let Some(row) = query.build().fetch_optional(&mut *connection).await? else { return Ok(None) };
        let user = users::read(&row)?;
        let password_hash = row.optional_text::<String>("password_hash")?.map(SecretString::from);
        let totp = totp::find(&mut connection, &user.id, key_file).await?.filter(|totp| totp.is_confirmed);
        let rights = roles::read_rights(&row, "permissions")?;
        Ok(Some(Account { user, rights, password_hash, totp }))
    }

    /// Gives a person who knows the old password a new one. Every other session than `kept` ends.
    ///
    /// # Errors
    /// [`SignInError::External`]; when there is no such person.
    pub async fn change_password(
        &self,
        user_id: &str,
        hash: SecretString,
        kept: &str,
    ) -> Result<(), StoreError> {
        let (user_id, kept, now) = (user_id.to_owned(), kept.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let user = users::find_known(connection, &user_id).await?;
                set(connection, &user, &hash, now).await?;
                sessions::end_all(connection, &user_id, Some(&kept)).await?;
                Ok(())
            })
        })
        .await
    }
}

/// Writes a password, after which the person is confirmed and no link for another one works.
pub(crate) async fn set(
    connection: &mut SqliteConnection,
    user: &User,
    hash: &SecretString,
    now: Timestamp,
) -> Result<(), StoreError> {
    if user.status == UserStatus::ExternalProvider {
        return Err(SignInError::External { email: user.email.clone() }.into());
    }
    sqlx::query(
        "INSERT INTO credentials (user_id, password_hash, password_at) VALUES (?, ?, ?)
         ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash,
             password_at = excluded.password_at",
    )
    .bind(&user.id)
    .bind(hash.expose_secret())
    .bind(nanos(now))
    .execute(&mut *connection)
    .await?;
    users::set_status(connection, &user.id, UserStatus::Confirmed).await?;
    links::delete_of(connection, &user.id).await?;
    changes::record(connection, ChangeTopic::User, &user.id).await
}
