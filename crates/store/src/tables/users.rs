//! Table `users`: people. How they prove who they are is not here.

use jiff::Timestamp;
use model::{Permission, Rights, Role, User, UserStatus};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::cursor::Cursor;
use crate::error::StoreError;
use crate::identities::PEOPLE_MAX;
use crate::people::{NewUser, PeopleError, RoleKey, UserFilter, UserForm};
use crate::request::{ChangeTopic, Page, PageRequest};
use crate::rows::{Columns, count, json, nanos, uncount};
use crate::store::Store;
use crate::tables::{changes, links, roles, saved_views, sessions};

/// A user with the name of the role.
const SELECT: &str =
    "SELECT users.*, roles.name AS role_name FROM users JOIN roles ON roles.id = users.role_id";

impl Store {
    /// The users that pass `filter`, in the order of their invitation.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`], or when the database cannot be read.
    pub async fn list_users(
        &self,
        filter: &UserFilter,
        page: &PageRequest,
    ) -> Result<Page<User>, StoreError> {
        let mut query = QueryBuilder::new(SELECT);
        query.push(" WHERE true");
        push_filter(&mut query, filter);
        if let Some(Cursor { number, id }) = page.after()? {
            query.push(" AND (users.created_at, users.id) > (");
            query.push_bind(number).push(", ").push_bind(id).push(")");
        }
        query.push(" ORDER BY users.created_at, users.id LIMIT ").push_bind(page.row_limit());
        let rows = query.build().fetch_all(&self.readers).await?;
        let users = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::cut(users, page, |user| Cursor { number: nanos(user.created_at), id: user.id.clone() }))
    }

    /// The user with this id, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_user(&self, id: &str) -> Result<Option<User>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, id).await
    }

    /// Everybody by name, invited and disabled ones too, but no more than `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_everybody(&self, limit: u64) -> Result<Vec<User>, StoreError> {
        let mut query = QueryBuilder::<Sqlite>::new(SELECT);
        // It begins with the name, and with a space where there is none.
        query.push(" ORDER BY trim(users.lower_text), users.id LIMIT ").push_bind(count(limit));
        let rows = query.build().fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// How many users there are, invited ones too; disabled ones do not count.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn count_users(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT count(*) AS count FROM users WHERE enabled");
        row.fetch_one(&self.readers).await?.count("count")
    }

    /// Whether somebody can sign in with a password and manage users.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_administrator(&self) -> Result<bool, StoreError> {
        let mut connection = self.readers.acquire().await?;
        Ok(count_administrators(&mut connection).await? > 0)
    }

    /// Whether somebody who manages users signs in through an identity provider, or is made so.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_provided_administrator(&self) -> Result<bool, StoreError> {
        let found: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM users JOIN roles ON roles.id = users.role_id
                 WHERE users.enabled AND EXISTS (SELECT 1 FROM json_each(roles.permissions) WHERE value = ?)
                     AND (users.status = ? OR EXISTS (SELECT 1 FROM user_identities WHERE user_id = users.id)))",
        )
        .bind(Permission::UserModify.as_str())
        .bind(UserStatus::ExternalProvider.as_str())
        .fetch_one(&self.readers)
        .await?;
        Ok(found)
    }

    /// The user, unless the role permits more than `callers`.
    ///
    /// # Errors
    /// [`PeopleError::UnknownUser`]; [`PeopleError::BeyondRights`].
    pub async fn find_manageable(&self, id: &str, callers: &Rights) -> Result<User, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let user = find_known(&mut connection, id).await?;
        let role = role_of(&mut connection, &user).await?;
        refuse_beyond(callers, &user, &role)?;
        Ok(user)
    }

    /// Invites a user.
    ///
    /// # Errors
    /// [`PeopleError::EmailTaken`]; [`PeopleError::NoSuchRole`]; [`PeopleError::TooMany`];
    /// [`PeopleError::BeyondRights`] when the role permits more than `callers`.
    pub async fn create_user(&self, new: NewUser, callers: Rights) -> Result<User, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let NewUser { email, given_name, family_name, role } = new;
                let role = roles::find_to_give(connection, &role).await?;
                let user = User {
                    id: Uuid::new_v4().to_string(),
                    email,
                    given_name,
                    family_name,
                    role_id: role.id.clone(),
                    role_name: role.name.clone(),
                    enabled: true,
                    status: UserStatus::ForceChangePassword,
                    created_at: now,
                    last_login_at: None,
                };
                refuse_beyond(&callers, &user, &role)?;
                refuse_taken(connection, &user).await?;
                refuse_too_many(connection).await?;
                insert(connection, &user).await?;
                changes::record(connection, ChangeTopic::User, &user.id).await?;
                Ok(user)
            })
        })
        .await
    }

    /// Changes what `form` says of a user. Sessions and links of one who may do nothing any more end.
    ///
    /// # Errors
    /// [`PeopleError::UnknownUser`]; [`PeopleError::EmailTaken`]; [`PeopleError::NoSuchRole`];
    /// [`PeopleError::BeyondRights`] when the old or the new role permits more than `callers`;
    /// [`PeopleError::LastAdministrator`].
    pub async fn update_user(&self, id: &str, form: UserForm, callers: Rights) -> Result<User, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move { change(connection, &id, form, &callers, now).await })
        })
        .await
    }

    /// Deletes a user.
    ///
    /// # Errors
    /// [`PeopleError::UnknownUser`]; [`PeopleError::BeyondRights`] when the user's role permits more than
    /// `callers`; [`PeopleError::LastAdministrator`].
    pub async fn delete_user(&self, id: &str, callers: Rights) -> Result<(), StoreError> {
        let id = id.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let user = find_known(connection, &id).await?;
                refuse_beyond(&callers, &user, &role_of(connection, &user).await?)?;
                let administrators = count_administrators(connection).await?;
                sqlx::query("DELETE FROM users WHERE id = ?").bind(&id).execute(&mut *connection).await?;
                saved_views::forget_user(connection, &id).await?;
                refuse_none_left(connection, administrators).await?;
                changes::record(connection, ChangeTopic::User, &id).await
            })
        })
        .await
    }
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &UserFilter) {
    let UserFilter { contains, email, ids, include_disabled, status } = filter;
    if let Some(text) = contains {
        query.push(" AND instr(lower_text, ").push_bind(text.to_lowercase()).push(") > 0");
    }
    if let Some(email) = email {
        query.push(" AND email_key = ").push_bind(email.to_lowercase());
    }
    if !ids.is_empty() {
        query.push(" AND users.id IN (SELECT value FROM json_each(").push_bind(json(ids)).push("))");
    }
    if !include_disabled {
        query.push(" AND enabled");
    }
    if let Some(status) = status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
}

/// Changes what `form` says of a user. Sessions and links of one who may do nothing any more end.
pub(crate) async fn change(
    connection: &mut SqliteConnection,
    id: &str,
    form: UserForm,
    callers: &Rights,
    now: Timestamp,
) -> Result<User, StoreError> {
    let UserForm { email, given_name, family_name, role, enabled } = form;
    let mut user = find_known(connection, id).await?;
    refuse_beyond(callers, &user, &role_of(connection, &user).await?)?;
    if let Some(key) = role {
        let role = roles::find_to_give(connection, &key).await?;
        refuse_beyond(callers, &user, &role)?;
        (user.role_id, user.role_name) = (role.id, role.name);
    }
    user.email = email.unwrap_or(user.email);
    user.given_name = given_name.unwrap_or(user.given_name);
    user.family_name = family_name.unwrap_or(user.family_name);
    user.enabled = enabled.unwrap_or(user.enabled);
    refuse_taken(connection, &user).await?;
    let administrators = count_administrators(connection).await?;
    update(connection, &user, now).await?;
    if !user.enabled {
        sessions::end_all(connection, &user.id, None).await?;
        links::delete_of(connection, &user.id).await?;
    }
    refuse_none_left(connection, administrators).await?;
    changes::record(connection, ChangeTopic::User, &user.id).await?;
    Ok(user)
}

/// Writes that an enabled person signed in.
pub(crate) async fn note_login(
    connection: &mut SqliteConnection,
    id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let noted = sqlx::query("UPDATE users SET last_login_at = ? WHERE id = ? AND enabled")
        .bind(nanos(now))
        .bind(id)
        .execute(connection)
        .await?;
    match noted.rows_affected() {
        0 => Err(PeopleError::UnknownUser { id: id.to_owned() }.into()),
        _ => Ok(()),
    }
}

/// Writes where a person's account stands.
pub(crate) async fn set_status(
    connection: &mut SqliteConnection,
    id: &str,
    status: UserStatus,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET status = ? WHERE id = ?")
        .bind(status.as_str())
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<User>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" WHERE users.id = ").push_bind(id);
    query.build().fetch_optional(connection).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn find_by_email(
    connection: &mut SqliteConnection,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new(SELECT);
    query.push(" WHERE users.email_key = ").push_bind(email.to_lowercase());
    query.build().fetch_optional(connection).await?.map(|row| read(&row)).transpose()
}

pub(crate) async fn find_known(connection: &mut SqliteConnection, id: &str) -> Result<User, StoreError> {
    find(connection, id).await?.ok_or_else(|| PeopleError::UnknownUser { id: id.to_owned() }.into())
}

async fn role_of(connection: &mut SqliteConnection, user: &User) -> Result<Role, StoreError> {
    roles::find_to_give(connection, &RoleKey::Id(user.role_id.clone())).await
}

pub(crate) fn refuse_beyond(callers: &Rights, user: &User, role: &Role) -> Result<(), PeopleError> {
    let subject = || format!("`{}` in the role `{}`", user.email, role.name);
    PeopleError::refuse_beyond(callers, &role.rights, subject)
}

pub(crate) async fn refuse_taken(connection: &mut SqliteConnection, user: &User) -> Result<(), StoreError> {
    match is_taken(connection, &user.id, &user.email).await? {
        false => Ok(()),
        true => Err(PeopleError::EmailTaken { email: user.email.clone() }.into()),
    }
}

/// Whether another user than this one has a text as address, or as the name that an identity provider gave.
pub(crate) async fn is_taken(
    connection: &mut SqliteConnection,
    id: &str,
    text: &str,
) -> Result<bool, StoreError> {
    let key = text.to_lowercase();
    let others: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM users WHERE (email_key = ?1 OR user_name_key = ?1) AND id <> ?2",
    )
    .bind(key)
    .bind(id)
    .fetch_one(connection)
    .await?;
    Ok(others > 0)
}

/// Notes that users look different because their role has another name.
pub(crate) async fn note_role_renamed(
    connection: &mut SqliteConnection,
    role_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET updated_at = ?, revision = revision + 1 WHERE role_id = ?")
        .bind(nanos(now))
        .bind(role_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// How many people can sign in with a password and manage users.
pub(crate) async fn count_administrators(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar(
        "SELECT count(*) FROM users JOIN credentials ON credentials.user_id = users.id
         JOIN roles ON roles.id = users.role_id
         WHERE users.enabled AND EXISTS (SELECT 1 FROM json_each(roles.permissions) WHERE value = ?)",
    )
    .bind(Permission::UserModify.as_str())
    .fetch_one(connection)
    .await?;
    Ok(count)
}

/// Refuses a change after which none of so many administrators is left.
pub(crate) async fn refuse_none_left(
    connection: &mut SqliteConnection,
    before: i64,
) -> Result<(), StoreError> {
    if before > 0 && count_administrators(connection).await? == 0 {
        return Err(PeopleError::LastAdministrator.into());
    }
    Ok(())
}

/// What `contains` looks at.
fn lower_text(user: &User) -> String {
    format!("{} {} {}", user.given_name, user.family_name, user.email).to_lowercase()
}

/// Refuses one person more than there may be.
pub(crate) async fn refuse_too_many(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let people: i64 = sqlx::query_scalar("SELECT count(*) FROM users").fetch_one(connection).await?;
    match uncount(people) >= PEOPLE_MAX {
        true => Err(PeopleError::TooMany { what: "users", max: PEOPLE_MAX }.into()),
        false => Ok(()),
    }
}

pub(crate) async fn insert(connection: &mut SqliteConnection, user: &User) -> Result<(), StoreError> {
    let User {
        id,
        email,
        given_name,
        family_name,
        role_id,
        role_name: _,
        enabled,
        status,
        created_at,
        last_login_at,
    } = user;
    sqlx::query(
        "INSERT INTO users (id, email, email_key, given_name, family_name, lower_text, role_id, enabled, status,
             created_at, last_login_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(email)
    .bind(email.to_lowercase())
    .bind(given_name)
    .bind(family_name)
    .bind(lower_text(user))
    .bind(role_id)
    .bind(enabled)
    .bind(status.as_str())
    .bind(nanos(*created_at))
    .bind(last_login_at.map(nanos))
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) async fn update(
    connection: &mut SqliteConnection,
    user: &User,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE users SET email = ?, email_key = ?, given_name = ?, family_name = ?, lower_text = ?, role_id = ?,
             enabled = ?, updated_at = ?, revision = revision + 1,
             deprovisioned_at = iif(?, NULL, deprovisioned_at)
         WHERE id = ?",
    )
    .bind(&user.email)
    .bind(user.email.to_lowercase())
    .bind(&user.given_name)
    .bind(&user.family_name)
    .bind(lower_text(user))
    .bind(&user.role_id)
    .bind(user.enabled)
    .bind(nanos(now))
    .bind(user.enabled)
    .bind(&user.id)
    .execute(connection)
    .await?;
    Ok(())
}

pub(crate) fn read(row: &SqliteRow) -> Result<User, StoreError> {
    Ok(User {
        id: row.text("id")?,
        email: row.text("email")?,
        given_name: row.text("given_name")?,
        family_name: row.text("family_name")?,
        role_id: row.text("role_id")?,
        role_name: row.text("role_name")?,
        enabled: row.flag("enabled")?,
        status: row.word("status")?,
        created_at: row.time("created_at")?,
        last_login_at: row.optional_time("last_login_at")?,
    })
}
