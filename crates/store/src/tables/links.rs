//! Table `links`: links that work once.

use jiff::{SignedDuration, Timestamp};
use model::{Rights, User, UserStatus};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::opaque::{digest, new_value};
use crate::people::{NewUser, RoleKey};
use crate::rows::{Columns, nanos};
use crate::sign_in::{INVITATION_LIFE, LinkPurpose, RESET_LIFE, SignInError};
use crate::store::Store;
use crate::tables::{credentials, roles, sessions, users};

const SET_UP: &str = "SET_UP";
const INVITATION: &str = "INVITATION";
const RESET: &str = "RESET";

impl Store {
    /// Makes the link for the first administrator, or `None` when there are people. An older one stops working:
    /// only what the newest start of the server gave out does.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn create_set_up_link(&self) -> Result<Option<SecretString>, StoreError> {
        let (now, value) = (self.now(), new_value("")?);
        let hash = digest(value.expose_secret());
        let is_made = self
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM links WHERE purpose = ?")
                        .bind(SET_UP)
                        .execute(&mut *connection)
                        .await?;
                    if has_people(connection).await? {
                        return Ok(false);
                    }
                    insert(connection, hash, SET_UP, None, now, Timestamp::MAX).await?;
                    Ok(true)
                })
            })
            .await?;
        Ok(is_made.then_some(value))
    }

    /// Makes a link by which a person chooses a password: the first one when there is none. Older links of the
    /// person stop working.
    ///
    /// # Errors
    /// [`crate::PeopleError::UnknownUser`]; [`crate::PeopleError::BeyondRights`] when the person may more than `callers`:
    /// whoever has the link becomes that person; [`SignInError::External`].
    pub async fn create_password_link(
        &self,
        user_id: &str,
        callers: Rights,
    ) -> Result<(SecretString, Timestamp), StoreError> {
        let (now, value, user_id) = (self.now(), new_value("")?, user_id.to_owned());
        let hash = digest(value.expose_secret());
        let expires_at = self
            .write(move |connection| {
                Box::pin(async move {
                    let user = users::find_known(connection, &user_id).await?;
                    let role = roles::find_to_give(connection, &RoleKey::Id(user.role_id.clone())).await?;
                    users::refuse_beyond(&callers, &user, &role)?;
                    let (purpose, life) = match user.status {
                        UserStatus::ForceChangePassword => (INVITATION, INVITATION_LIFE),
                        UserStatus::Confirmed => (RESET, RESET_LIFE),
                        UserStatus::ExternalProvider => {
                            return Err(SignInError::External { email: user.email }.into());
                        }
                    };
                    delete_of(connection, &user.id).await?;
                    let expires_at = after(now, life);
                    insert(connection, hash, purpose, Some(&user.id), now, expires_at).await?;
                    Ok(expires_at)
                })
            })
            .await?;
        Ok((value, expires_at))
    }

    /// Whether there is anybody at all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_people(&self) -> Result<bool, StoreError> {
        let mut connection = self.readers.acquire().await?;
        has_people(&mut connection).await
    }

    /// What a link is for, or `None` when it does not work.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_link(&self, value: &str) -> Result<Option<LinkPurpose>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, digest(value), self.now()).await
    }

    /// Makes the first person, an administrator, and uses the link up.
    ///
    /// # Errors
    /// [`SignInError::LinkOver`]; [`SignInError::SetUpAlready`].
    pub async fn set_up(&self, value: &str, new: NewUser, hash: SecretString) -> Result<User, StoreError> {
        let (now, link) = (self.now(), digest(value));
        self.write(move |connection| {
            Box::pin(async move {
                if has_people(connection).await? {
                    return Err(SignInError::SetUpAlready.into());
                }
                let Some(LinkPurpose::SetUp) = find(connection, link, now).await? else {
                    return Err(SignInError::LinkOver.into());
                };
                let role = roles::find_to_give(connection, &RoleKey::Id(roles::ADMIN_ID.to_owned())).await?;
                let NewUser { email, given_name, family_name, role: _ } = new;
                let user = User {
                    id: Uuid::new_v4().to_string(),
                    email,
                    given_name,
                    family_name,
                    role_id: role.id,
                    role_name: role.name,
                    enabled: true,
                    status: UserStatus::Confirmed,
                    created_at: now,
                    last_login_at: None,
                };
                users::insert(connection, &user).await?;
                credentials::set(connection, &user, &hash, now).await?;
                sqlx::query("DELETE FROM links WHERE purpose = ?").bind(SET_UP).execute(connection).await?;
                Ok(user)
            })
        })
        .await
    }

    /// Sets the password that a link is for and uses the link up. Every session of the person ends.
    ///
    /// # Errors
    /// [`SignInError::LinkOver`].
    pub async fn use_password_link(&self, value: &str, hash: SecretString) -> Result<User, StoreError> {
        let (now, link) = (self.now(), digest(value));
        self.write(move |connection| {
            Box::pin(async move {
                let user = match find(connection, link, now).await? {
                    Some(LinkPurpose::Invitation { user } | LinkPurpose::Reset { user }) if user.enabled => {
                        user
                    }
                    _ => return Err(SignInError::LinkOver.into()),
                };
                credentials::set(connection, &user, &hash, now).await?;
                sessions::end_all(connection, &user.id, None).await?;
                users::find_known(connection, &user.id).await
            })
        })
        .await
    }
}

/// Deletes the links of a person.
pub(crate) async fn delete_of(connection: &mut SqliteConnection, user_id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM links WHERE user_id = ?").bind(user_id).execute(connection).await?;
    Ok(())
}

/// Deletes links that are over; answers how many of at most `rows_max`.
pub(crate) async fn delete_over(
    connection: &mut SqliteConnection,
    now: Timestamp,
    rows_max: i64,
) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "DELETE FROM links WHERE digest IN (SELECT digest FROM links WHERE expires_at <= ? LIMIT ?)",
    )
    .bind(nanos(now))
    .bind(rows_max)
    .execute(connection)
    .await?;
    Ok(deleted.rows_affected())
}

async fn has_people(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    let people: i64 = sqlx::query_scalar("SELECT count(*) FROM (SELECT 1 FROM users LIMIT 1)")
        .fetch_one(connection)
        .await?;
    Ok(people > 0)
}

async fn find(
    connection: &mut SqliteConnection,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<LinkPurpose>, StoreError> {
    let row = sqlx::query("SELECT purpose, user_id FROM links WHERE digest = ? AND expires_at > ?")
        .bind(hash.to_vec())
        .bind(nanos(now))
        .fetch_optional(&mut *connection)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let purpose: &str = row.try_get("purpose")?;
    if purpose == SET_UP {
        return Ok(Some(LinkPurpose::SetUp));
    }
    let user_id: String = row.text("user_id")?;
    let user = users::find_known(connection, &user_id).await?;
    Ok(Some(if purpose == INVITATION {
        LinkPurpose::Invitation { user }
    } else {
        LinkPurpose::Reset { user }
    }))
}

async fn insert(
    connection: &mut SqliteConnection,
    hash: [u8; 32],
    purpose: &str,
    user_id: Option<&str>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO links (digest, purpose, user_id, created_at, expires_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(hash.to_vec())
    .bind(purpose)
    .bind(user_id)
    .bind(nanos(now))
    .bind(nanos(expires_at))
    .execute(connection)
    .await?;
    Ok(())
}

fn after(now: Timestamp, life: SignedDuration) -> Timestamp {
    now.saturating_add(life).unwrap_or(Timestamp::MAX)
}
