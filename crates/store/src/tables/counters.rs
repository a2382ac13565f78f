//! Table `counters`: sums that survive restarts.

use serde::Serialize;
use sqlx::SqliteConnection;

use crate::error::StoreError;
use crate::request::{Counter, CounterAdd};
use crate::rows::{Columns, count, json_sets};

#[derive(Serialize)]
struct AddRow<'a> {
    name: &'a str,
    label: &'a str,
    add: i64,
}

/// Labels in Prometheus text form, values escaped.
pub(crate) fn labels(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(name);
        text.push_str("=\"");
        text.push_str(&model::metric::escape_label(value));
        text.push('"');
    }
    text
}

pub(crate) async fn add(connection: &mut SqliteConnection, adds: &[CounterAdd]) -> Result<(), StoreError> {
    let rows = adds.iter().filter(|add| add.add > 0).map(|CounterAdd { name, label, add }| AddRow {
        name,
        label,
        add: count(*add),
    });
    let sets = json_sets(rows);
    for set in sets {
        sqlx::query(
            "INSERT INTO counters (name, label, value)
             SELECT value ->> 'name', value ->> 'label', sum(value ->> 'add')
             FROM json_each(?) WHERE true GROUP BY 1, 2
             ON CONFLICT (name, label) DO UPDATE SET value = counters.value + excluded.value",
        )
        .bind(set)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(crate) async fn list(connection: &mut SqliteConnection) -> Result<Vec<Counter>, StoreError> {
    let rows = sqlx::query("SELECT name, label, value FROM counters ORDER BY name, label")
        .fetch_all(connection)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Counter { name: row.text("name")?, label: row.text("label")?, value: row.count("value")? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_values_are_escaped() {
        assert_eq!(labels(&[("a", "x\"\\\n"), ("b", "y")]), r#"a="x\"\\\n",b="y""#);
    }
}
