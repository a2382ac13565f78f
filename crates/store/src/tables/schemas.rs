//! Tables `schemas` and `schema_versions`: custom log types. No version is ever changed or deleted.

use model::Actor;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

use crate::error::StoreError;
use crate::intake::{IntakeError, SchemaForm, StoredSchema};
use crate::request::ChangeTopic;
use crate::rows::{Columns, count, json, nanos, uncount};
use crate::store::Store;
use crate::tables::changes;

/// So many schemas may be stored, archived ones too.
pub const SCHEMAS_MAX: u64 = 1_000;

/// A schema in the version that counts.
const SELECT: &str =
    "SELECT schemas.name, schemas.revision, schemas.is_archived, schemas.created_at, it.spec,
         it.description, it.reference_url, it.is_field_discovery, it.created_at AS updated_at,
         it.created_by AS updated_by
     FROM schemas JOIN schema_versions AS it ON it.name = schemas.name AND it.revision = schemas.revision";

impl Store {
    /// All stored schemas, archived ones too, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_schemas(&self) -> Result<Vec<StoredSchema>, StoreError> {
        let query = format!("{SELECT} ORDER BY schemas.name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(&self.readers).await?;
        rows.iter().map(read).collect()
    }

    /// Makes a schema, or a new version of one, which is not archived then. A text that is the stored one
    /// makes no version.
    ///
    /// # Errors
    /// [`IntakeError::WrongRevision`]; [`IntakeError::TooMany`].
    pub async fn put_schema(&self, form: SchemaForm, by: Option<Actor>) -> Result<StoredSchema, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let before = find(connection, &form.name).await?;
                let (stored, given) = (before.as_ref().map_or(0, |it| it.revision), form.revision);
                if stored != given {
                    return Err(IntakeError::WrongRevision { name: form.name, given, stored }.into());
                }
                let mut schema = StoredSchema {
                    name: before.as_ref().map_or(form.name, |it| it.name.clone()),
                    spec: form.spec,
                    description: form.description,
                    reference_url: form.reference_url,
                    is_field_discovery_enabled: form.is_field_discovery_enabled,
                    revision: stored,
                    is_archived: false,
                    created_at: before.as_ref().map_or(now, |it| it.created_at),
                    updated_at: before.as_ref().map_or(now, |it| it.updated_at),
                    updated_by: before.as_ref().and_then(|it| it.updated_by.clone()),
                };
                if before.as_ref() == Some(&schema) {
                    return Ok(schema);
                }
                if before.is_none() {
                    refuse_too_many(connection).await?;
                }
                schema = StoredSchema { revision: stored + 1, updated_at: now, updated_by: by, ..schema };
                write_version(connection, &schema).await?;
                changes::record(connection, ChangeTopic::Schema, &schema.name).await?;
                Ok(schema)
            })
        })
        .await
    }

    /// Archives a schema, or takes it back.
    ///
    /// # Errors
    /// [`IntakeError::UnknownSchema`].
    pub async fn archive_schema(&self, name: &str, is_archived: bool) -> Result<StoredSchema, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            Box::pin(async move {
                let Some(schema) = find(connection, &name).await? else {
                    return Err(IntakeError::UnknownSchema { name }.into());
                };
                sqlx::query("UPDATE schemas SET is_archived = ? WHERE name = ?")
                    .bind(is_archived)
                    .bind(&schema.name)
                    .execute(&mut *connection)
                    .await?;
                changes::record(connection, ChangeTopic::Schema, &schema.name).await?;
                Ok(StoredSchema { is_archived, ..schema })
            })
        })
        .await
    }
}

/// The schema of this name, in whatever letter case.
async fn find(connection: &mut SqliteConnection, name: &str) -> Result<Option<StoredSchema>, StoreError> {
    let query = format!("{SELECT} WHERE schemas.name_key = ?");
    let row = sqlx::query(sqlx::AssertSqlSafe(query))
        .bind(name.to_ascii_lowercase())
        .fetch_optional(connection)
        .await?;
    row.map(|row| read(&row)).transpose()
}

async fn refuse_too_many(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let present: i64 = sqlx::query_scalar("SELECT count(*) FROM schemas").fetch_one(connection).await?;
    match uncount(present) < SCHEMAS_MAX {
        true => Ok(()),
        false => Err(IntakeError::TooMany { what: "schemas", max: SCHEMAS_MAX }.into()),
    }
}

async fn write_version(connection: &mut SqliteConnection, schema: &StoredSchema) -> Result<(), StoreError> {
    let StoredSchema {
        name,
        spec,
        description,
        reference_url,
        is_field_discovery_enabled,
        revision,
        is_archived,
        created_at,
        updated_at,
        updated_by,
    } = schema;
    sqlx::query(
        "INSERT INTO schemas (name, name_key, revision, is_archived, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET revision = excluded.revision, is_archived = excluded.is_archived",
    )
    .bind(name)
    .bind(name.to_ascii_lowercase())
    .bind(count(*revision))
    .bind(is_archived)
    .bind(nanos(*created_at))
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO schema_versions (name, revision, spec, description, reference_url, is_field_discovery,
             created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(name)
    .bind(count(*revision))
    .bind(spec)
    .bind(description)
    .bind(reference_url)
    .bind(is_field_discovery_enabled)
    .bind(nanos(*updated_at))
    .bind(updated_by.as_ref().map(json))
    .execute(connection)
    .await?;
    Ok(())
}

fn read(row: &SqliteRow) -> Result<StoredSchema, StoreError> {
    Ok(StoredSchema {
        name: row.text("name")?,
        spec: row.text("spec")?,
        description: row.text("description")?,
        reference_url: row.text("reference_url")?,
        is_field_discovery_enabled: row.flag("is_field_discovery")?,
        revision: row.count("revision")?,
        is_archived: row.flag("is_archived")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        updated_by: row.optional_json("updated_by")?,
    })
}
