//! Tables `saved_views` and `saved_view_defaults`.

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::error::StoreError;
use crate::rows::{Columns, count, nanos};
use crate::saved_view::{NewView, SavedView, ViewChange};
use crate::store::Store;

/// So many views one person may have.
pub const VIEWS_PER_USER_MAX: u64 = 100;
/// So many views may be shared in all.
pub const SHARED_VIEWS_MAX: u64 = 500;

/// What one person sees, with the page's default of that person.
const SEEN: &str = "SELECT saved_views.*, chosen.view_id IS NOT NULL AS is_default FROM saved_views
     LEFT JOIN saved_view_defaults AS chosen ON chosen.view_id = saved_views.id AND chosen.user_id = ?1
     WHERE (saved_views.user_id = ?1 OR is_shared = 1)";

impl Store {
    /// The views of a page that a person sees, own and shared ones, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_views(&self, user_id: &str, page: &str) -> Result<Vec<SavedView>, StoreError> {
        let sql = format!("{SEEN} AND saved_views.page = ?2 ORDER BY name, saved_views.id");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(user_id).bind(page);
        query.fetch_all(&self.readers).await?.iter().map(read).collect()
    }

    /// The view with this id, if the person sees it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn find_view(&self, user_id: &str, id: &str) -> Result<Option<SavedView>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, user_id, id).await
    }

    /// Makes a view.
    ///
    /// # Errors
    /// [`StoreError::ViewNameTaken`]; [`StoreError::TooMany`].
    pub async fn create_view(&self, new: NewView) -> Result<SavedView, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let NewView { user_id, page, change } = new;
                let ViewChange { name, search, is_shared } = change;
                let held: i64 = sqlx::query_scalar("SELECT count(*) FROM saved_views WHERE user_id = ?")
                    .bind(&user_id)
                    .fetch_one(&mut *connection)
                    .await?;
                if held >= count(VIEWS_PER_USER_MAX) {
                    return Err(StoreError::TooMany { what: "saved views of yours", max: VIEWS_PER_USER_MAX });
                }
                let id = Uuid::new_v4().to_string();
                refuse_taken(connection, &user_id, &page, &name, &id).await?;
                refuse_more_shared(connection, is_shared, &id).await?;
                sqlx::query(
                    "INSERT INTO saved_views (id, user_id, page, name, search, is_shared, created_at, updated_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
                )
                .bind(&id)
                .bind(&user_id)
                .bind(&page)
                .bind(&name)
                .bind(&search)
                .bind(is_shared)
                .bind(nanos(now))
                .execute(&mut *connection)
                .await?;
                known(connection, &user_id, &id).await
            })
        })
        .await
    }

    /// Changes a view that the person sees; whether the person may is for the caller to say.
    ///
    /// # Errors
    /// [`StoreError::UnknownView`]; [`StoreError::ViewNameTaken`]; [`StoreError::TooMany`].
    pub async fn update_view(
        &self,
        user_id: &str,
        id: &str,
        change: ViewChange,
    ) -> Result<SavedView, StoreError> {
        let (user_id, id, now) = (user_id.to_owned(), id.to_owned(), self.now());
        self.write(move |connection| {
            Box::pin(async move {
                let view = known(connection, &user_id, &id).await?;
                let ViewChange { name, search, is_shared } = change;
                refuse_taken(connection, &view.user_id, &view.page, &name, &id).await?;
                refuse_more_shared(connection, is_shared, &id).await?;
                sqlx::query(
                    "UPDATE saved_views SET name = ?, search = ?, is_shared = ?, updated_at = ? WHERE id = ?",
                )
                .bind(&name)
                .bind(&search)
                .bind(is_shared)
                .bind(nanos(now))
                .bind(&id)
                .execute(&mut *connection)
                .await?;
                let changed = SavedView { name, search, is_shared, updated_at: now, ..view };
                Ok(changed)
            })
        })
        .await
    }

    /// Deletes a view that the person sees; whether the person may is for the caller to say.
    ///
    /// # Errors
    /// [`StoreError::UnknownView`].
    pub async fn delete_view(&self, user_id: &str, id: &str) -> Result<(), StoreError> {
        let (user_id, id) = (user_id.to_owned(), id.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                known(connection, &user_id, &id).await?;
                sqlx::query("DELETE FROM saved_views WHERE id = ?").bind(&id).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Has a page open with a view for a person, or not any more.
    ///
    /// # Errors
    /// [`StoreError::UnknownView`].
    pub async fn set_default_view(
        &self,
        user_id: &str,
        id: &str,
        is_default: bool,
    ) -> Result<(), StoreError> {
        let (user_id, id) = (user_id.to_owned(), id.to_owned());
        self.write(move |connection| {
            Box::pin(async move {
                let view = known(connection, &user_id, &id).await?;
                let sql = match is_default {
                    true => {
                        "INSERT INTO saved_view_defaults (user_id, page, view_id) VALUES (?, ?, ?)
                         ON CONFLICT (user_id, page) DO UPDATE SET view_id = excluded.view_id"
                    }
                    false => "DELETE FROM saved_view_defaults WHERE user_id = ? AND page = ? AND view_id = ?",
                };
                let query = sqlx::query(sql).bind(&user_id).bind(&view.page).bind(&id);
                query.execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// What somebody who is gone kept for himself goes too; what is shared stays.
pub(crate) async fn forget_user(connection: &mut SqliteConnection, user_id: &str) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM saved_views WHERE user_id = ? AND is_shared = 0").bind(user_id);
    query.execute(connection).await?;
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    user_id: &str,
    id: &str,
) -> Result<Option<SavedView>, StoreError> {
    let sql = format!("{SEEN} AND saved_views.id = ?2");
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(user_id).bind(id);
    query.fetch_optional(connection).await?.as_ref().map(read).transpose()
}

async fn known(connection: &mut SqliteConnection, user_id: &str, id: &str) -> Result<SavedView, StoreError> {
    let found = find(connection, user_id, id).await?;
    found.ok_or_else(|| StoreError::UnknownView { id: id.to_owned() })
}

async fn refuse_taken(
    connection: &mut SqliteConnection,
    user_id: &str,
    page: &str,
    name: &str,
    id: &str,
) -> Result<(), StoreError> {
    let is_taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM saved_views WHERE user_id = ? AND page = ? AND name = ? AND id <> ?)",
    )
    .bind(user_id)
    .bind(page)
    .bind(name)
    .bind(id)
    .fetch_one(connection)
    .await?;
    if is_taken { Err(StoreError::ViewNameTaken { name: name.to_owned() }) } else { Ok(()) }
}

async fn refuse_more_shared(
    connection: &mut SqliteConnection,
    is_shared: bool,
    id: &str,
) -> Result<(), StoreError> {
    if !is_shared {
        return Ok(());
    }
    let others: i64 = sqlx::query_scalar("SELECT count(*) FROM saved_views WHERE is_shared = 1 AND id <> ?")
        .bind(id)
        .fetch_one(connection)
        .await?;
    match others >= count(SHARED_VIEWS_MAX) {
        true => Err(StoreError::TooMany { what: "shared views", max: SHARED_VIEWS_MAX }),
        false => Ok(()),
    }
}

fn read(row: &SqliteRow) -> Result<SavedView, StoreError> {
    Ok(SavedView {
        id: row.text("id")?,
        user_id: row.text("user_id")?,
        page: row.text("page")?,
        name: row.text("name")?,
        search: row.text("search")?,
        is_shared: row.flag("is_shared")?,
        is_default: row.flag("is_default")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
