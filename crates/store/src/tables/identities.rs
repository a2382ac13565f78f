//! Table `user_identities`: people whom identity providers vouch for.

use jiff::Timestamp;
use model::{Role, User, UserStatus};
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use crate::error::StoreError;
use crate::identities::{
    ArrivalChange, ArrivalError, ArrivalForm, Arrived, IDENTITIES_PER_USER_MAX, Identity, StoredIdentity,
};
use crate::people::PeopleError;
use crate::request::ChangeTopic;
use crate::rows::{Columns, nanos, uncount};
use crate::store::Store;
use crate::tables::{changes, links, roles, users};

impl Store {
    /// Finds who arrives, or makes the person; names, address and role follow what the provider says.
    ///
    /// Somebody with a password keeps its address, which is what the person signs in with. The last administrator
    /// with a password keeps the role.
    ///
    /// # Errors
    /// [`ArrivalError::Disabled`]; [`ArrivalError::AddressTaken`]; [`PeopleError::NoSuchRole`];
    /// [`PeopleError::TooMany`].
    pub async fn arrive(&self, form: ArrivalForm) -> Result<Arrived, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let role = roles::find_to_give(connection, &form.role).await?;
                let arrived = match find_by_identity(connection, &form.identity).await? {
                    Some(user) => refresh(connection, user, role, &form, now).await?,
                    None => arrive_first(connection, role, &form, now).await?,
                };
                note_use(connection, &form.identity, now).await?;
                Ok(arrived)
            })
        })
        .await
    }

    /// Lets somebody in by an identity that a provider vouches for. Who was invited and has no password needs none
    /// any more.
    ///
    /// # Errors
    /// [`ArrivalError::IdentityTaken`]; [`PeopleError::UnknownUser`]; [`PeopleError::TooMany`].
    pub async fn connect_identity(&self, user_id: &str, identity: Identity) -> Result<User, StoreError> {
        let (user_id, now) = (user_id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let user = users::find_known(connection, &user_id).await?;
                if let Some(other) = find_by_identity(connection, &identity).await? {
                    if other.id == user.id {
                        return Ok(user);
                    }
                    let Identity { issuer, subject } = identity;
                    return Err(ArrivalError::IdentityTaken { email: other.email, issuer, subject }.into());
                }
                insert(connection, &user.id, &identity, now).await?;
                if user.status == UserStatus::ForceChangePassword {
                    users::set_status(connection, &user.id, UserStatus::ExternalProvider).await?;
                    links::delete_of(connection, &user.id).await?;
                }
                changes::record(connection, ChangeTopic::User, &user.id).await?;
                users::find_known(connection, &user.id).await
            })
        })
        .await
    }

    /// Takes an identity away; answers whether the person had it. Sessions go on. Who has no other way in is invited
    /// again from then on, so that no address connects it anew.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn disconnect_identity(&self, user_id: &str, identity: Identity) -> Result<bool, StoreError> {
        let user_id = user_id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let deleted = sqlx::query(
                    "DELETE FROM user_identities WHERE user_id = ? AND issuer = ? AND subject = ?",
                )
                .bind(&user_id)
                .bind(identity.issuer)
                .bind(identity.subject)
                .execute(&mut *connection)
                .await?;
                if deleted.rows_affected() == 0 {
                    return Ok(false);
                }
                let user = users::find_known(connection, &user_id).await?;
                if is_expected(connection, &user).await? {
                    users::set_status(connection, &user_id, UserStatus::ForceChangePassword).await?;
                }
                changes::record(connection, ChangeTopic::User, &user_id).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The identities of a person, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_identities(&self, user_id: &str) -> Result<Vec<StoredIdentity>, StoreError> {
        let rows =
            sqlx::query("SELECT * FROM user_identities WHERE user_id = ? ORDER BY created_at, subject")
                .bind(user_id)
                .fetch_all(&self.readers)
                .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(StoredIdentity {
                identity: Identity { issuer: row.text("issuer")?, subject: row.text("subject")? },
                created_at: row.time("created_at")?,
                last_used_at: row.optional_time("last_used_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

/// Somebody who arrives by this identity for the first time.
async fn arrive_first(
    connection: &mut SqliteConnection,
    role: Role,
    form: &ArrivalForm,
    now: Timestamp,
) -> Result<Arrived, StoreError> {
    let Some(user) = users::find_by_email(connection, &form.email).await? else {
        return create(connection, role, form, now).await;
    };
    if !user.enabled {
        return Err(ArrivalError::Disabled { email: user.email }.into());
    }
    if !is_expected(connection, &user).await? {
        let Identity { issuer, subject } = form.identity.clone();
        return Err(ArrivalError::AddressTaken { email: user.email, issuer, subject }.into());
    }
    insert(connection, &user.id, &form.identity, now).await?;
    refresh(connection, user, role, form, now).await
}

/// Whether somebody was made so that a provider vouches for it, and none has done so yet.
async fn is_expected(connection: &mut SqliteConnection, user: &User) -> Result<bool, StoreError> {
    let proofs: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM credentials WHERE user_id = ?1)
             + (SELECT count(*) FROM user_identities WHERE user_id = ?1)",
    )
    .bind(&user.id)
    .fetch_one(connection)
    .await?;
    Ok(user.status == UserStatus::ExternalProvider && proofs == 0)
}

async fn create(
    connection: &mut SqliteConnection,
    role: Role,
    form: &ArrivalForm,
    now: Timestamp,
) -> Result<Arrived, StoreError> {
    users::refuse_too_many(connection).await?;
    let user = User {
        id: Uuid::new_v4().to_string(),
        email: form.email.clone(),
        given_name: form.given_name.clone().unwrap_or_default(),
        family_name: form.family_name.clone().unwrap_or_default(),
        role_id: role.id,
        role_name: role.name,
        enabled: true,
        status: UserStatus::ExternalProvider,
        created_at: now,
        last_login_at: None,
    };
    users::insert(connection, &user).await?;
    insert(connection, &user.id, &form.identity, now).await?;
    changes::record(connection, ChangeTopic::User, &user.id).await?;
    Ok(Arrived { user, change: ArrivalChange { is_new: true, ..ArrivalChange::default() } })
}

/// Lets a person follow what the provider says of it.
async fn refresh(
    connection: &mut SqliteConnection,
    before: User,
    role: Role,
    form: &ArrivalForm,
    now: Timestamp,
) -> Result<Arrived, StoreError> {
    if !before.enabled {
        return Err(ArrivalError::Disabled { email: before.email }.into());
    }
    let mut change = ArrivalChange::default();
    let mut user = before.clone();
    user.given_name = form.given_name.clone().unwrap_or(user.given_name);
    user.family_name = form.family_name.clone().unwrap_or(user.family_name);
    if user.status == UserStatus::ExternalProvider && user.email != form.email {
        user.email = form.email.clone();
        match users::refuse_taken(connection, &user).await {
            Ok(()) => {}
            Err(StoreError::People { source: PeopleError::EmailTaken { .. } }) => {
                change.email_refused = Some(std::mem::replace(&mut user.email, before.email.clone()));
            }
            Err(other) => return Err(other),
        }
    }
    if form.is_role_told && user.role_id != role.id {
        let administrators = users::count_administrators(connection).await?;
        (user.role_id, user.role_name) = (role.id, role.name.clone());
        users::update(connection, &user, now).await?;
        match users::refuse_none_left(connection, administrators).await {
            Ok(()) => change.role_before = Some(before.role_name.clone()),
            Err(StoreError::People { source: PeopleError::LastAdministrator }) => {
                change.role_refused = Some(role.name);
                (user.role_id, user.role_name) = (before.role_id.clone(), before.role_name.clone());
            }
            Err(other) => return Err(other),
        }
    }
    if user != before || change.role_refused.is_some() {
        users::update(connection, &user, now).await?;
        changes::record(connection, ChangeTopic::User, &user.id).await?;
    }
    Ok(Arrived { user, change })
}

async fn find_by_identity(
    connection: &mut SqliteConnection,
    identity: &Identity,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query("SELECT user_id FROM user_identities WHERE issuer = ? AND subject = ?")
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .fetch_optional(&mut *connection)
        .await?;
    match row {
        Some(row) => users::find(connection, row.try_get("user_id")?).await,
        None => Ok(None),
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    user_id: &str,
    identity: &Identity,
    now: Timestamp,
) -> Result<(), StoreError> {
    let present: i64 = sqlx::query_scalar("SELECT count(*) FROM user_identities WHERE user_id = ?")
        .bind(user_id)
        .fetch_one(&mut *connection)
        .await?;
    if uncount(present) >= IDENTITIES_PER_USER_MAX {
        let what = "identities of this person";
        return Err(PeopleError::TooMany { what, max: IDENTITIES_PER_USER_MAX }.into());
    }
    let Identity { issuer, subject } = identity;
    sqlx::query("INSERT INTO user_identities (issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?)")
        .bind(issuer)
        .bind(subject)
        .bind(user_id)
        .bind(nanos(now))
        .execute(connection)
        .await?;
    Ok(())
}

async fn note_use(
    connection: &mut SqliteConnection,
    identity: &Identity,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE user_identities SET last_used_at = ? WHERE issuer = ? AND subject = ?")
        .bind(nanos(now))
        .bind(&identity.issuer)
        .bind(&identity.subject)
        .execute(connection)
        .await?;
    Ok(())
}
