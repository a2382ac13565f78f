//! `margay audit`: list, export and verify the audit log; with or without a running server.

use comfy_table::Table;
use jiff::Timestamp;
use serde_json::Value;
use stdx::{Clock, SystemClock};
use store::{
    AuditEntry, AuditFilter, AuditKind, AuditVerdict, DATABASE_FILE, PAGE_ITEMS_MAX, PageRequest, Store,
};

use super::escape;
use super::output::Results;
use crate::cli::{AuditCommand, AuditListArgs, AuditRange, Global, PlainFormat};
use crate::config::{self, Config};
use crate::failure::Failure;
use crate::server::{open_store, runtime};

/// Entries that an export reads at once.
const EXPORT_STEP: usize = 100;
/// Characters of what was acted on that the table shows.
const ON_CHARS_MAX: usize = 60;
/// What an action may have come to.
const RESULTS: [&str; 3] = ["SUCCEEDED", "FAILED", "PARTIALLY_FAILED"];

/// Runs one audit command.
pub(crate) fn audit(global: &Global, command: AuditCommand) -> Result<(), Failure> {
    let config = config::load(global, None, &config::process_environment())?;
    // A fresh log that is in order must not be taken for the one that was meant.
    if !config.data_dir.join(DATABASE_FILE).exists() {
        let message = format!("no database in the data directory `{}`", config.data_dir.display());
        return Err(Failure::Operation(message));
    }
    runtime()?.block_on(async {
        let store = open_store(&config).await?;
        let result = match command {
            AuditCommand::List(args) => list(&store, args).await,
            AuditCommand::Export(range) => export(&store, &range).await,
            AuditCommand::Verify { expect } => verify(&store, &config, &expect).await,
        };
        store.close().await;
        result
    })
}

fn unreadable(error: &store::StoreError) -> Failure {
    Failure::operation("cannot read the audit log", error)
}

async fn list(store: &Store, args: AuditListArgs) -> Result<(), Failure> {
    let AuditListArgs { range, action, actor, result, contains, limit, format } = args;
    if let Some(word) = result.as_deref().filter(|word| !RESULTS.contains(word)) {
        return Err(Failure::Usage(format!("`--result`: `{word}` is not one of {}", RESULTS.join(", "))));
    }
    let filter = AuditFilter { action, actor, result, contains, ..within(&range)? };
    let (mut entries, mut cursor) = (Vec::new(), None);
    while entries.len() < limit {
        let page = PageRequest { cursor, limit: (limit - entries.len()).min(PAGE_ITEMS_MAX) };
        let page = store.list_audit(&filter, &page).await.map_err(|error| unreadable(&error))?;
        entries.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let mut results = Results::open();
    match format {
        PlainFormat::Text => {
            results.text(&format!("{}\n", table(&entries)))?;
            if cursor.is_some() {
                results.text(&format!("more than {limit}; see them with --limit\n"))?;
            }
        }
        PlainFormat::Json => {
            entries.iter().try_for_each(|entry| results.text(&line(filter.kind, entry)))?;
        }
    }
    results.flush()
}

async fn export(store: &Store, range: &AuditRange) -> Result<(), Failure> {
    let filter = within(range)?;
    let mut results = Results::open();
    let mut after = 0;
    loop {
        let entries = store.audit_after(after, &filter, EXPORT_STEP).await;
        let entries = entries.map_err(|error| unreadable(&error))?;
        let Some(last) = entries.last() else { return results.flush() };
        after = last.sequence;
        entries.iter().try_for_each(|entry| results.text(&line(filter.kind, entry)))?;
    }
}

/// An entry as an earlier look named it.
struct Expected {
    kind: AuditKind,
    sequence: u64,
    hash: String,
}

async fn verify(store: &Store, config: &Config, expect: &[String]) -> Result<(), Failure> {
    let expected = expect.iter().map(|text| expected(text)).collect::<Result<Vec<_>, _>>()?;
    let mut results = Results::open();
    let mut is_good = true;
    for kind in AuditKind::ALL {
        let verdict = store
            .verify_audit(kind, &config.key_file)
            .await
            .map_err(|error| Failure::operation("cannot verify the audit log", &error))?;
        let AuditVerdict { entries, last_sequence, last_hash, problem } = verdict;
        let log = match kind {
            AuditKind::Change => "the audit log",
            AuditKind::Read => "the audit log of reads",
        };
        let mut is_sound = problem.is_none();
        if let Some(problem) = problem {
            results.text(&format!("{log} is not what was written: {problem}\n"))?;
        }
        for expected in expected.iter().filter(|expected| expected.kind == kind) {
            if let Some(difference) = difference(store, expected).await? {
                is_sound = false;
                results.text(&format!("{difference}\n"))?;
            }
        }
        let place = match kind {
            AuditKind::Change => format!("{last_sequence}:{last_hash}"),
            AuditKind::Read => format!("read:{last_sequence}:{last_hash}"),
        };
        results.text(&match entries {
            0 if is_sound => format!("{log} is empty\n"),
            0 => "no entry is in order\n".to_owned(),
            _ => format!("{entries} entries are in order, up to {place}\n"),
        })?;
        is_good &= is_sound;
    }
    results.flush()?;
    if is_good { Ok(()) } else { Err(Failure::Found) }
}

/// What is wrong with an entry that is known from elsewhere, if anything.
async fn difference(store: &Store, expected: &Expected) -> Result<Option<String>, Failure> {
    let Expected { kind, sequence, hash } = expected;
    let filter = AuditFilter { kind: *kind, ..AuditFilter::default() };
    let found = store.audit_after(sequence.saturating_sub(1), &filter, 1).await;
    let found = found.map_err(|error| unreadable(&error))?.pop();
    let retention = match kind {
        AuditKind::Change => "retention.audit",
        AuditKind::Read => "retention.audit_reads",
    };
    Ok(match found.filter(|entry| entry.sequence == *sequence) {
        Some(entry) if entry.hash == *hash => None,
        Some(entry) => Some(format!(
            "entry {sequence} has the hash {} now, and not {hash}: the log was made anew",
            escape::line(&entry.hash)
        )),
        None => {
            Some(format!("entry {sequence} is not there: it was removed, or is older than `{retention}`"))
        }
    })
}

/// Number and hash of an entry, after `read:` when it is one of what was only read.
fn expected(text: &str) -> Result<Expected, Failure> {
    let (kind, pair) = match text.strip_prefix("read:") {
        Some(pair) => (AuditKind::Read, pair),
        None => (AuditKind::Change, text),
    };
    let found = pair.split_once(':').and_then(|(number, hash)| {
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let sequence = number.parse().ok().filter(|number| *number > 0)?;
        Some(Expected { kind, sequence, hash: is_hash.then(|| hash.to_ascii_lowercase())? })
    });
    let wanted = "a number and a hash of 64 hex digits, such as an earlier `margay audit verify` printed";
    found.ok_or_else(|| Failure::Usage(format!("`--expect`: `{text}` is not {wanted}")))
}

fn within(range: &AuditRange) -> Result<AuditFilter, Failure> {
    let AuditRange { kind, from, to } = range;
    let time = |option: &str, text: &Option<String>| text.as_ref().map(|text| at(option, text)).transpose();
    let kind = (*kind).into();
    Ok(AuditFilter { kind, from: time("--from", from)?, to: time("--to", to)?, ..AuditFilter::default() })
}

/// A point in time, or a duration before now.
fn at(option: &str, text: &str) -> Result<Timestamp, Failure> {
    let before = || SystemClock.now().checked_sub(humantime::parse_duration(text).ok()?).ok();
    text.parse().ok().or_else(before).ok_or_else(|| {
        let expected =
            "neither a time such as `2026-03-01T00:00:00Z` nor a duration before now such as `24h`";
        Failure::Usage(format!("`{option}`: `{text}` is {expected}"))
    })
}

/// An entry as the API exports it.
fn line(kind: AuditKind, entry: &AuditEntry) -> String {
    let (kind, AuditEntry { sequence, entry, hash }) = (kind.as_str(), entry);
    // A line break can only be there when somebody changed the database.
    let entry = entry.replace(['\n', '\r'], " ");
    format!("{{\"kind\":\"{kind}\",\"sequence\":{sequence},\"hash\":\"{hash}\",\"entry\":{entry}}}\n")
}

fn table(entries: &[AuditEntry]) -> Table {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["NUMBER", "TIME", "ACTOR", "ACTION", "RESULT", "FROM", "ON"]);
    for AuditEntry { sequence, entry, .. } in entries {
        let said: Value = serde_json::from_str(entry).unwrap_or_default();
        let text = |value: &Value| escape::line(value.as_str().unwrap_or("-")).into_owned();
        let input = &said["actionParams"]["dynamic"]["input"];
        let on = ["id", "ids", "name", "displayName", "email"].iter().find_map(|key| input.get(key));
        let on =
            on.map_or_else(|| "-".to_owned(), |on| on.as_str().map_or_else(|| on.to_string(), str::to_owned));
        table.add_row([
            sequence.to_string(),
            text(&said["timestamp"]),
            text(&said["actor"]["name"]),
            text(&said["actionName"]),
            text(&said["actionResult"]),
            text(&said["sourceIP"]),
            stdx::truncate_with_ellipsis(&escape::line(&on), ON_CHARS_MAX),
        ]);
    }
    table
}
