//! Table `roles`: named sets of permissions. The default ones are rows like the others.

use jiff::Timestamp;
use model::{Actor, LogTypeAccess, Rights, Role};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::people::{PeopleError, RoleChange, RoleForm, RoleKey};
use crate::request::ChangeTopic;
use crate::rows::{Columns, json, nanos, uncount};
use crate::store::Store;
use crate::tables::{changes, users};

/// So many roles there may be; the list of them is one page.
pub const ROLES_MAX: u64 = 1_000;
/// Id of the role that the first administrator gets, whatever it is called now; the migration gave it.
pub(crate) const ADMIN_ID: &str = "b3f6a0c4-3d0b-4f0e-9b56-2a1f5d8c7e01";
/// Names that an error lists.
const LISTED_MAX: usize = 20;

impl Store {
    /// All roles, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_roles(&self) -> Result<Vec<Role>, StoreError> {
        let rows = sqlx::query("SELECT * FROM roles ORDER BY name, id").fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// The role with this id or name, if there is one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_role(&self, key: &RoleKey) -> Result<Option<Role>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, key).await
    }

    /// Makes a role.
    ///
    /// # Errors
    /// [`PeopleError::RoleNameTaken`]; [`PeopleError::BeyondRights`] when it permits more than `callers`;
    /// [`PeopleError::TooMany`].
    pub async fn create_role(
        &self,
        form: RoleForm,
        by: Option<Actor>,
        callers: Rights,
    ) -> Result<Role, StoreError> {
        let now = self.now();
        let role = Role {
            id: Uuid::new_v4().to_string(),
            name: form.name,
            rights: form.rights,
            created_at: now,
            updated_at: now,
            updated_by: by,
        };
        self.write(move |connection| {
            Box::pin(async move {
                refuse_beyond(&callers, &role)?;
                refuse_taken(connection, &role).await?;
                let present: i64 =
                    sqlx::query_scalar("SELECT count(*) FROM roles").fetch_one(&mut *connection).await?;
                if uncount(present) >= ROLES_MAX {
                    return Err(PeopleError::TooMany { what: "roles", max: ROLES_MAX }.into());
                }
                insert(connection, &role).await?;
                changes::record(connection, ChangeTopic::Role, &role.id).await?;
                Ok(role)
            })
        })
        .await
    }

    /// Changes what `change` says of a role. Tokens that act in it follow, also to its new name.
    ///
    /// # Errors
    /// [`PeopleError::UnknownRole`]; [`PeopleError::RoleNameTaken`]; [`PeopleError::BeyondRights`] when it
    /// permitted or would permit more than `callers`; [`PeopleError::LastAdministrator`].
    pub async fn update_role(
        &self,
        id: &str,
        change: RoleChange,
        by: Option<Actor>,
        callers: Rights,
    ) -> Result<Role, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let before = find_known(connection, &id).await?;
                let RoleChange { name, permissions, log_types } = change;
                let mut role = Role { updated_at: now, updated_by: by, ..before.clone() };
                role.name = name.unwrap_or(role.name);
                role.rights.permissions = permissions.unwrap_or(role.rights.permissions);
                role.rights.log_types = log_types.unwrap_or(role.rights.log_types);
                refuse_beyond(&callers, &before)?;
                refuse_beyond(&callers, &role)?;
                refuse_taken(connection, &role).await?;
                let administrators = users::count_administrators(connection).await?;
                update(connection, &role).await?;
                users::refuse_none_left(connection, administrators).await?;
                if role.name != before.name {
                    users::note_role_renamed(connection, &role.id, now).await?;
                }
                sqlx::query("UPDATE tokens SET role = ? WHERE role = ?")
                    .bind(&role.name)
                    .bind(&before.name)
                    .execute(&mut *connection)
                    .await?;
                changes::record(connection, ChangeTopic::Role, &role.id).await?;
                Ok(role)
            })
        })
        .await
    }

    /// Deletes a role that nobody has.
    ///
    /// # Errors
    /// [`PeopleError::UnknownRole`]; [`PeopleError::RoleInUse`]; [`PeopleError::BeyondRights`] when it permits more
    /// than `callers`.
    pub async fn delete_role(&self, id: &str, callers: Rights) -> Result<(), StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let role = find_known(connection, &id).await?;
                PeopleError::refuse_beyond(&callers, &role.rights, || format!("the role `{}`", role.name))?;
                refuse_used(connection, &role, now).await?;
                sqlx::query("DELETE FROM roles WHERE id = ?").bind(&id).execute(&mut *connection).await?;
                changes::record(connection, ChangeTopic::Role, &id).await
            })
        })
        .await
    }
}

/// The role with this id or name, if there is one.
pub(crate) async fn find(
    connection: &mut SqliteConnection,
    key: &RoleKey,
) -> Result<Option<Role>, StoreError> {
    let query = match key {
        RoleKey::Id(id) => sqlx::query("SELECT * FROM roles WHERE id = ?").bind(id),
        RoleKey::Name(name) => sqlx::query("SELECT * FROM roles WHERE name = ?").bind(name),
    };
    query.fetch_optional(connection).await?.map(|row| read(&row)).transpose()
}

/// The role that somebody should get.
pub(crate) async fn find_to_give(
    connection: &mut SqliteConnection,
    key: &RoleKey,
) -> Result<Role, StoreError> {
    if let Some(role) = find(connection, key).await? {
        return Ok(role);
    }
    let limit = i64::try_from(LISTED_MAX).unwrap_or(i64::MAX);
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM roles ORDER BY name LIMIT ?")
        .bind(limit)
        .fetch_all(connection)
        .await?;
    let (RoleKey::Id(role) | RoleKey::Name(role)) = key;
    Err(PeopleError::NoSuchRole { role: role.clone(), known: names.join(", ") }.into())
}

/// What the columns of a role say of its rights.
pub(crate) fn read_rights(row: &SqliteRow, permissions: &str) -> Result<Rights, StoreError> {
    Ok(Rights {
        permissions: row.json(permissions)?,
        log_types: LogTypeAccess {
            kind: row.word("log_type_access_kind")?,
            log_types: row.json("log_type_access")?,
        },
    })
}

async fn find_known(connection: &mut SqliteConnection, id: &str) -> Result<Role, StoreError> {
    let role = find(connection, &RoleKey::Id(id.to_owned())).await?;
    role.ok_or_else(|| PeopleError::UnknownRole { id: id.to_owned() }.into())
}

fn refuse_beyond(callers: &Rights, role: &Role) -> Result<(), PeopleError> {
    PeopleError::refuse_beyond(callers, &role.rights, || format!("the role `{}`", role.name))
}

async fn refuse_taken(connection: &mut SqliteConnection, role: &Role) -> Result<(), StoreError> {
    let other = find(connection, &RoleKey::Name(role.name.clone())).await?;
    match other.is_some_and(|other| other.id != role.id) {
        true => Err(PeopleError::RoleNameTaken { name: role.name.clone() }.into()),
        false => Ok(()),
    }
}

async fn refuse_used(
    connection: &mut SqliteConnection,
    role: &Role,
    now: Timestamp,
) -> Result<(), StoreError> {
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE role_id = ?")
        .bind(&role.id)
        .fetch_one(&mut *connection)
        .await?;
    let tokens: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM tokens
         WHERE role = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
    )
    .bind(&role.name)
    .bind(nanos(now))
    .fetch_one(connection)
    .await?;
    let (users, tokens) = (uncount(users), uncount(tokens));
    match users + tokens {
        0 => Ok(()),
        _ => Err(PeopleError::RoleInUse { name: role.name.clone(), users, tokens }.into()),
    }
}

async fn insert(connection: &mut SqliteConnection, role: &Role) -> Result<(), StoreError> {
    let Role { id, name, rights, created_at, updated_at, updated_by } = role;
    sqlx::query(
        "INSERT INTO roles (id, name, permissions, log_type_access_kind, log_type_access, created_at,
             updated_at, updated_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(name)
    .bind(json(&rights.permissions))
    .bind(rights.log_types.kind.as_str())
    .bind(json(&rights.log_types.log_types))
    .bind(nanos(*created_at))
    .bind(nanos(*updated_at))
    .bind(updated_by.as_ref().map(json))
    .execute(connection)
    .await?;
    Ok(())
}

async fn update(connection: &mut SqliteConnection, role: &Role) -> Result<(), StoreError> {
    let Role { id, name, rights, created_at: _, updated_at, updated_by } = role;
    sqlx::query(
        "UPDATE roles SET name = ?, permissions = ?, log_type_access_kind = ?, log_type_access = ?,
             updated_at = ?, updated_by = ?
         WHERE id = ?",
    )
    .bind(name)
    .bind(json(&rights.permissions))
    .bind(rights.log_types.kind.as_str())
    .bind(json(&rights.log_types.log_types))
    .bind(nanos(*updated_at))
    .bind(updated_by.as_ref().map(json))
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<Role, StoreError> {
    Ok(Role {
        id: row.text("id")?,
        name: row.text("name")?,
        rights: read_rights(row, "permissions")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        updated_by: row.optional_json("updated_by")?,
    })
}
