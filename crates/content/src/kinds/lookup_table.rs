//! Lookup tables: rows that enrich events, from a file, an object that is fetched, or a query.

use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use model::LogType;

use crate::build::{Context, check_log_type, flag, non_empty, text, texts};
use crate::codes;
use crate::correlation::Rate;
use crate::keys;
use crate::kinds::query::{QueryText, read_text};
use crate::kinds::schedule::{read_cron, read_minutes};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node};

/// Longest `AlarmPeriodMinutes`: a day. Source: `detections.md` §1.5.
const ALARM_MINUTES_MAX: u64 = 1440;

/// Rows that are looked up for events.
#[derive(Clone, Debug, PartialEq)]
pub struct LookupTable {
    /// `LookupName`.
    pub name: String,
    /// `Enabled`.
    pub enabled: bool,
    /// `Schema`: the log type of the rows; a table made by a query has none.
    pub schema: Option<LogType>,
    /// `LogTypeMap.PrimaryKey`: the field of the rows that is compared.
    pub primary_key: String,
    /// `LogTypeMap.AssociatedLogTypes`: whose events are enriched, and by which fields.
    pub log_types: Vec<LogTypeLookup>,
    /// `Filename`: rows that lie beside the YAML.
    pub file: Option<PathBuf>,
    /// `Refresh` of a table that is fetched.
    pub object: Option<ObjectRefresh>,
    /// The query and `Refresh` of a table made by one.
    pub query: Option<QueryRefresh>,
    /// `Description`.
    pub description: Option<String>,
    /// `Reference`.
    pub reference: Option<String>,
}

/// Events that are enriched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTypeLookup {
    /// `LogType`.
    pub log_type: LogType,
    /// `Selectors`: names and paths of fields; empty = those with the indicators of the primary key.
    pub selectors: Vec<String>,
}

/// Where rows are fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRefresh {
    /// `ObjectPath`.
    pub path: String,
    /// `PeriodMinutes`.
    pub period: Option<Duration>,
    /// `AlarmPeriodMinutes`: how long fetching may fail before somebody is told.
    pub alarm_period: Option<Duration>,
    /// By which right.
    pub access: ObjectAccess,
    /// `ObjectKMSKey`.
    pub kms_key: Option<String>,
    /// `StorageProvider`.
    pub storage_provider: Option<String>,
}

/// The right by which an object is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectAccess {
    /// `RoleARN`.
    Role(String),
    /// `GCSCredentials`.
    GcsCredentials(String),
}

/// A query whose rows are the table.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryRefresh {
    /// What is asked.
    pub text: QueryText,
    /// `PeriodMinutes` or `CronExpression`.
    pub rate: Rate,
    /// `Indicators`: what columns hold.
    pub indicators: Vec<(String, Vec<String>)>,
    /// `Validations`: what columns must hold.
    pub validations: Vec<(String, Vec<String>)>,
}

pub(super) fn build(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> Option<LookupTable> {
    let log_type_map = map.get("LogTypeMap")?.value.as_map()?;
    let log_types = log_types(log_type_map, context, report);
    let file = map.get("Filename").map(|field| find_file(field, context, report));
    let is_query = map.keys().any(|key| keys::is_query_key(key));
    let (query, object) = match map.get("Refresh").and_then(|field| field.value.as_map()) {
        Some(refresh) if is_query => (Some(query_refresh(map, refresh, report)?), None),
        Some(refresh) => (None, Some(object_refresh(refresh, report)?)),
        None => (None, None),
    };
    Some(LookupTable {
        name: text(map, "LookupName")?,
        enabled: flag(map, "Enabled")?,
        schema: non_empty(map, "Schema").map(LogType::from),
        primary_key: text(log_type_map, "PrimaryKey")?,
        log_types,
        file: file.flatten(),
        object,
        query,
        description: non_empty(map, "Description"),
        reference: non_empty(map, "Reference"),
    })
}

fn log_types(map: &Mapping, context: &Context<'_>, report: &mut Report<'_>) -> Vec<LogTypeLookup> {
    let entries = map.get("AssociatedLogTypes").and_then(|field| field.value.as_list()).unwrap_or_default();
    let mut lookups = Vec::with_capacity(entries.len());
    for fields in entries.iter().filter_map(Node::as_map) {
        let Some(node) = fields.get("LogType").map(|field| &field.value) else { continue };
        let Some(name) = node.as_text() else { continue };
        check_log_type(node, context, report);
        lookups.push(LogTypeLookup { log_type: LogType::from(name), selectors: texts(fields, "Selectors") });
    }
    lookups
}

/// The file of rows; one that is known not to exist is reported.
fn find_file(field: &Field, context: &Context<'_>, report: &mut Report<'_>) -> Option<PathBuf> {
    let name = field.value.as_text()?;
    let folder = context.yaml.path.parent().unwrap_or(Path::new(""));
    let path = plain(&folder.join(name));
    let is_there = context.options.data_files.as_ref().is_none_or(|files| files.contains(&path));
    if is_there && !name.is_empty() {
        return Some(path);
    }
    let message = format!("the file `{}` does not exist", path.display());
    let hint = Some("`Filename` names a file of rows in the folder of this file".to_owned());
    report.add_with_hint(&codes::MISSING_DATA_FILE, field.value.span, message, hint);
    None
}

/// The path without `.` and, where possible, without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

fn object_refresh(refresh: &Mapping, report: &mut Report<'_>) -> Option<ObjectRefresh> {
    let minutes = |key: &str, report: &mut Report<'_>| {
        refresh.get(key).and_then(|field| read_minutes(field, key, 1, report))
    };
    let access = match (text(refresh, "RoleARN"), text(refresh, "GCSCredentials")) {
        (Some(role), _) => Some(ObjectAccess::Role(role)),
        (None, credentials) => credentials.map(ObjectAccess::GcsCredentials),
    };
    let period = minutes("PeriodMinutes", report);
    let alarm_period = minutes("AlarmPeriodMinutes", report);
    if let (Some(alarm), Some(field)) = (alarm_period, refresh.get("AlarmPeriodMinutes"))
        && alarm.as_secs() / 60 > ALARM_MINUTES_MAX
    {
        let minutes = alarm.as_secs() / 60;
        let message = format!("`AlarmPeriodMinutes` is {minutes}; it must be from 1 to {ALARM_MINUTES_MAX}");
        report.add(&codes::SCHEDULE, field.value.span, message);
    }
    Some(ObjectRefresh {
        path: text(refresh, "ObjectPath")?,
        period,
        alarm_period,
        access: access?,
        kms_key: non_empty(refresh, "ObjectKMSKey"),
        storage_provider: non_empty(refresh, "StorageProvider"),
    })
}

fn query_refresh(map: &Mapping, refresh: &Mapping, report: &mut Report<'_>) -> Option<QueryRefresh> {
    let rate = match (refresh.get("CronExpression"), refresh.get("PeriodMinutes")) {
        (Some(field), _) => Rate::At(Box::new(read_cron(field, report)?)),
        (None, field) => Rate::Every(read_minutes(field?, "PeriodMinutes", 1, report)?),
    };
    Some(QueryRefresh {
        text: read_text(map, report),
        rate,
        indicators: columns(map, "Indicators"),
        validations: columns(map, "Validations"),
    })
}

/// Entries like `{Field: name, KEY: [...]}` of the list `KEY`.
fn columns(map: &Mapping, key: &str) -> Vec<(String, Vec<String>)> {
    let entries = map.get(key).and_then(|field| field.value.as_list()).unwrap_or_default();
    let column = |fields: &Mapping| Some((text(fields, "Field")?, texts(fields, key)));
    entries.iter().filter_map(Node::as_map).filter_map(column).collect()
}
