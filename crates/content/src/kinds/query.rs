//! Saved and scheduled queries. They are validated; a lake that runs them is not part of this crate.

use std::time::Duration;

use crate::build::{Context, count, flag, non_empty, text, texts};
use crate::codes;
use crate::correlation::Schedule;
use crate::kinds::schedule;
use crate::kinds::sql::{Unread, count_statements, unknown_tables};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Span};

/// Longest `LookbackWindowSeconds`: ten years.
const LOOKBACK_SECONDS_MAX: u64 = 315_360_000;
/// Longest part of the reason of a parser that is shown, in characters.
const REASON_CHARS_MAX: usize = 200;

/// A query with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedQuery {
    /// `QueryName`.
    pub name: String,
    /// What is asked.
    pub text: QueryText,
    /// `Description`.
    pub description: Option<String>,
    /// `Tags`.
    pub tags: Vec<String>,
    /// `LookbackWindowSeconds`, when `Lookback` is on.
    pub lookback: Option<Duration>,
}

/// The text of a query, for one or several engines; at least one is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryText {
    /// `Query`: for whatever engine there is.
    pub any: Option<String>,
    /// `SnowflakeQuery`.
    pub snowflake: Option<String>,
    /// `AthenaQuery`.
    pub athena: Option<String>,
    /// `DatabricksQuery`.
    pub databricks: Option<String>,
}

/// A query that runs on a schedule; scheduled rules look at its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledQuery {
    /// The query.
    pub query: SavedQuery,
    /// `Enabled`.
    pub enabled: bool,
    /// `Schedule`.
    pub schedule: Schedule,
    /// `EmailConfig`.
    pub email: Option<EmailConfig>,
}

/// Who gets the rows by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailConfig {
    /// `Recipients`.
    pub recipients: Vec<String>,
    /// `SendEmpty`: also when there are no rows.
    pub send_empty: bool,
    /// `PreferAttachment`.
    pub prefer_attachment: bool,
}

pub(super) fn read_text(map: &Mapping, report: &mut Report<'_>) -> QueryText {
    for key in ["Query", "SnowflakeQuery", "AthenaQuery", "DatabricksQuery"] {
        if let Some(field) = map.get(key) {
            check_statements(key, field, report);
        }
    }
    QueryText {
        any: text(map, "Query"),
        snowflake: text(map, "SnowflakeQuery"),
        athena: text(map, "AthenaQuery"),
        databricks: text(map, "DatabricksQuery"),
    }
}

pub(super) fn build_saved(map: &Mapping, report: &mut Report<'_>) -> Option<SavedQuery> {
    let window = count(map, "LookbackWindowSeconds", LOOKBACK_SECONDS_MAX, report);
    let lookback = window.filter(|_| flag(map, "Lookback") == Some(true));
    Some(SavedQuery {
        name: text(map, "QueryName")?,
        text: read_text(map, report),
        description: non_empty(map, "Description"),
        tags: texts(map, "Tags"),
        lookback: lookback.map(|(seconds, _)| Duration::from_secs(seconds)),
    })
}

pub(super) fn build_scheduled(
    map: &Mapping,
    context: &Context<'_>,
    report: &mut Report<'_>,
) -> Option<ScheduledQuery> {
    let query = build_saved(map, report);
    let schedule = schedule::read(map, report);
    for key in ["Query", "SnowflakeQuery"] {
        if let Some(field) = map.get(key) {
            check_tables(key, field, &context.yaml.text, report);
        }
    }
    let email = map.get("EmailConfig").and_then(|field| field.value.as_map());
    Some(ScheduledQuery {
        query: query?,
        enabled: flag(map, "Enabled")?,
        schedule: schedule?,
        email: email.map(|email| EmailConfig {
            recipients: texts(email, "Recipients"),
            send_empty: flag(email, "SendEmpty").unwrap_or(false),
            prefer_attachment: flag(email, "PreferAttachment").unwrap_or(false),
        }),
    })
}

/// A query is one statement.
fn check_statements(key: &str, field: &Field, report: &mut Report<'_>) {
    let Some(count) = field.value.as_text().and_then(count_statements).filter(|count| *count != 1) else {
        return;
    };
    let (message, hint) = match count {
        0 => (format!("`{key}` holds no statement"), "write a `SELECT`, or remove the key"),
        _ => (
            format!("`{key}` holds {count} statements, and a query is one"),
            "make an item of each, or one statement of all with `WITH` or `UNION ALL`",
        ),
    };
    report.add_with_hint(&codes::QUERY_STATEMENTS, field.key, message, Some(hint.to_owned()));
}

fn check_tables(key: &str, field: &Field, yaml: &str, report: &mut Report<'_>) {
    let Some(sql) = field.value.as_text() else { return };
    match unknown_tables(sql) {
        Ok(unknown) => {
            for name in unknown {
                let message = format!("`{key}` reads the table `{name}`, which is not named in full");
                let hint = "write `DATABASE.public.TABLE`, as in `panther_logs.public.okta_systemlog`, or \
                            `snowflake.account_usage.TABLE`";
                report.add_with_hint(
                    &codes::QUERY_TABLE,
                    find(&name, field, yaml),
                    message,
                    Some(hint.to_owned()),
                );
            }
        }
        Err(Unread(reason)) => {
            let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
            let message = format!("`{key}` cannot be read as SQL, so its tables are not checked: {reason}");
            report.add(&codes::QUERY_UNREAD, field.key, message);
        }
    }
}

/// Where a name stands in the lines of a value; else the place of its key, because a query may be long.
fn find(name: &str, field: &Field, yaml: &str) -> Span {
    let first = usize::try_from(field.key.line).unwrap_or(usize::MAX);
    let last = usize::try_from(field.value.span.end_line).unwrap_or(usize::MAX);
    let lines = yaml.lines().enumerate().skip(first - 1).take((last + 1).saturating_sub(first));
    for (index, line) in lines {
        let line = line.to_lowercase();
        let Some(at) = line.find(name) else { continue };
        let column = line[..at].chars().count() + 1;
        let (Ok(line), Ok(column), Ok(width)) =
            (u32::try_from(index + 1), u32::try_from(column), u32::try_from(name.chars().count()))
        else {
            break;
        };
        return Span { line, column, end_line: line, end_column: column + width };
    }
    field.key
}
