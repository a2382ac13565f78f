//! Table `users` as an identity provider sees it. Who was deleted there is disabled here and gone for the provider,
//! until somebody enables the person again or the provider makes the same person anew.

use model::{Rights, User, UserStatus};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};
use uuid::Uuid;

use crate::cursor::PAGE_ITEMS_MAX;
use crate::error::StoreError;
use crate::people::{NewUser, PeopleError, RoleKey, UserForm};
use crate::provisioning::{NewProvisioned, Provisioned, ProvisionedForm, ProvisionedTerm, Slice};
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, nanos, uncount};
use crate::store::Store;
use crate::tables::{changes, links, roles, users};

/// People whom a provider sees.
const FROM: &str = " FROM users JOIN roles ON roles.id = users.role_id
     WHERE (users.enabled OR users.deprovisioned_at IS NULL)";

impl Store {
    /// The people for whom all terms hold, in the order of their making, and how many there are in all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_provisioned(
        &self,
        terms: &[ProvisionedTerm],
        slice: Slice,
    ) -> Result<(Vec<Provisioned>, u64), StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut query = QueryBuilder::<Sqlite>::new("SELECT count(*)");
        query.push(FROM);
        push_terms(&mut query, terms);
        let total: i64 = query.build_query_scalar().fetch_one(&mut *connection).await?;
        if slice.limit == 0 {
            return Ok((Vec::new(), uncount(total)));
        }
        let mut query = QueryBuilder::<Sqlite>::new("SELECT users.*, roles.name AS role_name");
        query.push(FROM);
        push_terms(&mut query, terms);
        let limit = i64::try_from(slice.limit.min(PAGE_ITEMS_MAX)).unwrap_or(i64::MAX);
        query.push(" ORDER BY users.created_at, users.id LIMIT ").push_bind(limit);
        query.push(" OFFSET ").push_bind(count(slice.offset));
        let rows = query.build().fetch_all(&mut *connection).await?;
        let people = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok((people, uncount(total)))
    }

    /// The person with this id, unless there is none or the provider deleted it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_provisioned(&self, id: &str) -> Result<Option<Provisioned>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, id).await
    }

    /// Makes a person who signs in through the provider. One whom the provider deleted before, and who has the
    /// same name or address, comes back as if new: with the same id, without the former password and identities.
    ///
    /// # Errors
    /// [`PeopleError::UserNameTaken`]; [`PeopleError::EmailTaken`]; [`PeopleError::NoSuchRole`];
    /// [`PeopleError::BeyondRights`] when the role permits more than `callers`, or the former one did.
    pub async fn create_provisioned(
        &self,
        new: NewProvisioned,
        callers: Rights,
    ) -> Result<Provisioned, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let NewProvisioned { user: new, user_name, external_id, enabled } = new;
                let NewUser { email, given_name, family_name, role } = new;
                let role = roles::find_to_give(connection, &role).await?;
                let former = find_former(connection, &user_name, &email).await?;
                let user = User {
                    id: former.as_ref().map_or_else(|| Uuid::new_v4().to_string(), |user| user.id.clone()),
                    email,
                    given_name,
                    family_name,
                    role_id: role.id.clone(),
                    role_name: role.name.clone(),
                    enabled,
                    status: UserStatus::ExternalProvider,
                    created_at: former.as_ref().map_or(now, |user| user.created_at),
                    last_login_at: former.as_ref().and_then(|user| user.last_login_at),
                };
                users::refuse_beyond(&callers, &user, &role)?;
                refuse_name_taken(connection, &user.id, &user_name).await?;
                users::refuse_taken(connection, &user).await?;
                match former {
                    None => {
                        users::refuse_too_many(connection).await?;
                        users::insert(connection, &user).await?;
                    }
                    Some(former) => {
                        let key = RoleKey::Id(former.role_id.clone());
                        let role = roles::find_to_give(connection, &key).await?;
                        users::refuse_beyond(&callers, &former, &role)?;
                        users::update(connection, &user, now).await?;
                        users::set_status(connection, &user.id, user.status).await?;
                        forget_proofs(connection, &user.id).await?;
                    }
                }
                set_names(connection, &user.id, Some(&user_name), external_id.as_deref()).await?;
                sqlx::query("UPDATE users SET deprovisioned_at = NULL WHERE id = ?")
                    .bind(&user.id)
                    .execute(&mut *connection)
                    .await?;
                changes::record(connection, ChangeTopic::User, &user.id).await?;
                find_known(connection, &user.id).await
            })
        })
        .await
    }

    /// Changes what `form` says of a person that was read at this revision.
    ///
    /// # Errors
    /// [`PeopleError::UserChangedMeanwhile`]; [`PeopleError::UserNameTaken`]; those of
    /// [`Store::update_user`].
    pub async fn update_provisioned(
        &self,
        id: &str,
        form: ProvisionedForm,
        revision: u64,
        callers: Rights,
    ) -> Result<Provisioned, StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let before = find_unchanged(connection, &id, revision).await?;
                let ProvisionedForm { user, user_name, external_id } = form;
                let user_name = user_name.or(before.user_name);
                let external_id = external_id.unwrap_or(before.external_id);
                let changed = users::change(connection, &id, user, &callers, now).await?;
                refuse_name_taken(connection, &id, user_name.as_deref().unwrap_or(&changed.email)).await?;
                set_names(connection, &id, user_name.as_deref(), external_id.as_deref()).await?;
                find_known(connection, &id).await
            })
        })
        .await
    }

    /// Disables a person that was read at this revision; for the provider it is gone.
    ///
    /// # Errors
    /// [`PeopleError::UserChangedMeanwhile`]; [`PeopleError::UnknownUser`]; [`PeopleError::BeyondRights`];
    /// [`PeopleError::LastAdministrator`].
    pub async fn delete_provisioned(
        &self,
        id: &str,
        revision: u64,
        callers: Rights,
    ) -> Result<(), StoreError> {
        let (id, now) = (id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                find_unchanged(connection, &id, revision).await?;
                let form = UserForm { enabled: Some(false), ..UserForm::default() };
                users::change(connection, &id, form, &callers, now).await?;
                sqlx::query("UPDATE users SET deprovisioned_at = ? WHERE id = ?")
                    .bind(nanos(now))
                    .bind(&id)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

fn push_terms(query: &mut QueryBuilder<Sqlite>, terms: &[ProvisionedTerm]) {
    for term in terms {
        match term {
            ProvisionedTerm::Id(id) => query.push(" AND users.id = ").push_bind(id.clone()),
            ProvisionedTerm::UserName(name) => {
                let key = name.to_lowercase();
                query.push(" AND (user_name_key = ").push_bind(key.clone());
                query.push(" OR (user_name_key IS NULL AND email_key = ").push_bind(key).push("))")
            }
            ProvisionedTerm::Email(email) => query.push(" AND email_key = ").push_bind(email.to_lowercase()),
            ProvisionedTerm::ExternalId(id) => query.push(" AND external_id = ").push_bind(id.clone()),
            ProvisionedTerm::Enabled(enabled) => query.push(" AND users.enabled = ").push_bind(*enabled),
        };
    }
}

async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<Provisioned>, StoreError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT users.*, roles.name AS role_name");
    query.push(FROM).push(" AND users.id = ").push_bind(id);
    query.build().fetch_optional(connection).await?.map(|row| read(&row)).transpose()
}

async fn find_known(connection: &mut SqliteConnection, id: &str) -> Result<Provisioned, StoreError> {
    find(connection, id).await?.ok_or_else(|| PeopleError::UnknownUser { id: id.to_owned() }.into())
}

async fn find_unchanged(
    connection: &mut SqliteConnection,
    id: &str,
    revision: u64,
) -> Result<Provisioned, StoreError> {
    let found = find_known(connection, id).await?;
    match found.revision == revision {
        true => Ok(found),
        false => Err(PeopleError::UserChangedMeanwhile { id: id.to_owned() }.into()),
    }
}

/// Somebody whom the provider deleted, with this name or else this address.
async fn find_former(
    connection: &mut SqliteConnection,
    user_name: &str,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query(
        "SELECT users.*, roles.name AS role_name FROM users JOIN roles ON roles.id = users.role_id
         WHERE deprovisioned_at IS NOT NULL AND NOT enabled
             AND (coalesce(user_name_key, email_key) = ?1 OR email_key = ?2)
         ORDER BY coalesce(user_name_key, email_key) = ?1 DESC LIMIT 1",
    )
    .bind(user_name.to_lowercase())
    .bind(email.to_lowercase())
    .fetch_optional(connection)
    .await?;
    row.map(|row| users::read(&row)).transpose()
}

async fn refuse_name_taken(
    connection: &mut SqliteConnection,
    id: &str,
    name: &str,
) -> Result<(), StoreError> {
    match users::is_taken(connection, id, name).await? {
        false => Ok(()),
        true => Err(PeopleError::UserNameTaken { name: name.to_owned() }.into()),
    }
}

async fn set_names(
    connection: &mut SqliteConnection,
    id: &str,
    user_name: Option<&str>,
    external_id: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE users SET user_name = ?, user_name_key = ?, external_id = ? WHERE id = ?")
        .bind(user_name)
        .bind(user_name.map(str::to_lowercase))
        .bind(external_id)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever comes back signs in through the provider alone.
async fn forget_proofs(connection: &mut SqliteConnection, id: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM credentials WHERE user_id = ?").bind(id).execute(&mut *connection).await?;
    sqlx::query("DELETE FROM totp WHERE user_id = ?").bind(id).execute(&mut *connection).await?;
    // Who comes back may be known to the identity provider by another subject.
    sqlx::query("DELETE FROM user_identities WHERE user_id = ?").bind(id).execute(&mut *connection).await?;
    links::delete_of(connection, id).await
}

fn read(row: &SqliteRow) -> Result<Provisioned, StoreError> {
    let user = users::read(row)?;
    Ok(Provisioned {
        user_name: row.optional_text("user_name")?,
        external_id: row.optional_text("external_id")?,
        updated_at: row.optional_time("updated_at")?.unwrap_or(user.created_at),
        revision: row.count("revision")?,
        user,
    })
}
