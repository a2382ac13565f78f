//! Values on their way to and from the database: sets of rows as JSON, times as nanoseconds.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, SqliteConnection};

use crate::error::StoreError;

/// One statement takes at most so many rows.
const ROWS_MAX: usize = 5_000;
/// One statement takes about so many bytes, or one row when that is longer.
const BYTES_MAX: usize = 16 << 20;

/// Statements that insert several rows have one of these sizes, so that each is prepared once.
const INSERT_SIZES: [usize; 11] = [64, 48, 32, 24, 16, 12, 8, 6, 4, 2, 1];

/// Cuts rows into the sets of as few insert statements as the sizes allow. Bound values are written more than
/// twice as fast as values that SQLite takes out of a JSON text.
pub(crate) fn insert_sets<T>(mut rows: &[T]) -> Vec<&[T]> {
    let mut sets = Vec::new();
    for size in INSERT_SIZES {
        while let Some((set, rest)) = rows.split_at_checked(size) {
            sets.push(set);
            rows = rest;
        }
    }
    sets
}

/// Rows as JSON arrays, each small enough for one statement; none when there are no rows.
pub(crate) fn json_sets<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut sets = Vec::new();
    let mut set = String::new();
    let mut count = 0;
    for row in rows {
        let row = json(&row);
        if count == ROWS_MAX || (count > 0 && set.len() + row.len() > BYTES_MAX) {
            set.push(']');
            sets.push(std::mem::take(&mut set));
            count = 0;
        }
        set.push(if count == 0 { '[' } else { ',' });
        set.push_str(&row);
        count += 1;
    }
    if count > 0 {
        set.push(']');
        sets.push(set);
    }
    sets
}

/// Those of the ids that a table has already. Rows that are new are rare to be known, and asking first is much
/// quicker than having each inserted row given back.
pub(crate) async fn known_ids<T: Serialize>(
    connection: &mut SqliteConnection,
    table: &'static str,
    ids: impl IntoIterator<Item = T>,
) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    let sets = json_sets(ids);
    for set in sets {
        // Such a JSON table has a column `id` itself.
        let mut query = QueryBuilder::new("SELECT known.id FROM json_each(");
        query.push_bind(set).push(") AS wanted CROSS JOIN ").push(table);
        query.push(" AS known ON known.id = wanted.value");
        let found: Vec<String> = query.build_query_scalar().fetch_all(&mut *connection).await?;
        known.extend(found);
    }
    Ok(known)
}

/// JSON text of one of our own structures.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("our structures have text keys and finite numbers")
}

/// Reads a JSON text that the store wrote.
pub(crate) fn from_json<T: DeserializeOwned>(text: &str, column: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(format!("`{column}`: {error}")))
}

/// A count as the database holds it.
pub(crate) fn count(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count read back.
pub(crate) fn uncount(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Nanoseconds since 1970; times that do not fit (before 1677, after 2262) become the nearest that does.
pub(crate) fn nanos(at: Timestamp) -> i64 {
    let nanos = at.as_nanosecond();
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}

/// The time of a number of nanoseconds since 1970.
pub(crate) fn timestamp(nanos: i64) -> Timestamp {
    Timestamp::from_nanosecond(i128::from(nanos)).expect("64-bit nanoseconds are within the range of dates")
}

/// Nanoseconds of a duration, at most 292 years.
pub(crate) fn duration_nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Columns of a row as domain values.
pub(crate) trait Columns {
    /// A text, or whatever is made from one.
    fn text<T: From<String>>(&self, column: &str) -> Result<T, StoreError>;
    /// A text that may be absent.
    fn optional_text<T: From<String>>(&self, column: &str) -> Result<Option<T>, StoreError>;
    /// A word of one of the model's enums.
    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, StoreError>;
    /// A count.
    fn count(&self, column: &str) -> Result<u64, StoreError>;
    /// A truth value.
    fn flag(&self, column: &str) -> Result<bool, StoreError>;
    /// A time.
    fn time(&self, column: &str) -> Result<Timestamp, StoreError>;
    /// A time that may be absent.
    fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError>;
    /// A JSON text.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError>;
    /// A JSON text that may be absent.
    fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError>;
}

impl Columns for SqliteRow {
    fn text<T: From<String>>(&self, column: &str) -> Result<T, StoreError> {
        Ok(self.try_get::<String, _>(column)?.into())
    }

    fn optional_text<T: From<String>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        Ok(self.try_get::<Option<String>, _>(column)?.map(T::from))
    }

    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&self, column: &str) -> Result<T, StoreError> {
        let word = self.try_get::<&str, _>(column)?;
        word.parse().map_err(|error| StoreError::corrupt(format!("`{column}`: {error}")))
    }

    fn count(&self, column: &str) -> Result<u64, StoreError> {
        Ok(uncount(self.try_get(column)?))
    }

    fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.try_get::<i64, _>(column)? != 0)
    }

    fn time(&self, column: &str) -> Result<Timestamp, StoreError> {
        Ok(timestamp(self.try_get(column)?))
    }

    fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.try_get::<Option<i64>, _>(column)?.map(timestamp))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        from_json(self.try_get::<&str, _>(column)?, column)
    }

    fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.try_get::<Option<&str>, _>(column)?.map(|text| from_json(text, column)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_cut_by_rows_and_bytes() {
        assert!(json_sets(Vec::<u8>::new()).is_empty());
        assert_eq!(json_sets([1, 2]), ["[1,2]"]);
        assert_eq!(json_sets(0..ROWS_MAX + 1).len(), 2);
        let long = "x".repeat(BYTES_MAX);
        let sets = json_sets([long.as_str(), "y", "z"]);
        assert_eq!(sets.len(), 2);
        assert_eq!(sets[1], r#"["y","z"]"#);
    }

    #[test]
    fn inserts_have_few_sizes_and_leave_no_row_out() {
        let sizes = |count: usize| -> Vec<usize> {
            let rows: Vec<usize> = (0..count).collect();
            let sets = insert_sets(&rows);
            assert_eq!(sets.concat(), rows);
            sets.iter().map(|set| set.len()).collect()
        };
        assert!(sizes(0).is_empty());
        assert_eq!(sizes(50), [48, 2]);
        assert_eq!(sizes(64 * 2 + 16 + 5), [64, 64, 16, 4, 1]);
    }

    #[test]
    fn times_read_back_to_the_nanosecond() {
        let at: Timestamp = "2026-01-02T03:04:05.123456789Z".parse().unwrap();
        assert_eq!(timestamp(nanos(at)), at);
        assert_eq!(nanos(Timestamp::MAX), i64::MAX);
        assert_eq!(nanos(Timestamp::MIN), i64::MIN);
    }
}
