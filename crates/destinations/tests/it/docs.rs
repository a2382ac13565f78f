//! The page of every destination: its table of keys and its sample are made here and must be fresh.
//! `UPDATE_DOCS=1` writes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use destinations::{TypeEntry, registry};
use serde_json::Value;

const BEGIN: &str = "<!-- generated -->\n";
const END: &str = "<!-- end of generated -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One row for each key of the schema.
fn keys(entry: &TypeEntry) -> String {
    let schema = (entry.config_schema)();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut table = "## Keys\n\n| key | needed | secret | meaning |\n|---|---|---|---|\n".to_owned();
    for (name, node) in schema["properties"].as_object().into_iter().flatten() {
        let yes = |holds: bool| if holds { "yes" } else { "" };
        let text = |key: &str| node[key].as_str().unwrap_or_default().replace('|', "\\|");
        let mut meaning = [text("title"), text("description")].join(": ");
        meaning = meaning.trim_end_matches(": ").to_owned();
        if let Some(words) = node["enum"].as_array() {
            let words: Vec<String> =
                words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or_default())).collect();
            write!(meaning, " One of {}.", words.join(", ")).unwrap();
        }
        if let Some(default) = node.get("default") {
            write!(meaning, " Default `{default}`.").unwrap();
        }
        let is_needed = required.contains(&Value::from(name.as_str()));
        writeln!(table, "| `{name}` | {} | {} | {meaning} |", yes(is_needed), yes(node["writeOnly"] == true))
            .unwrap();
    }
    table
}

/// The recorded request, as the tests send it; its credentials are samples.
fn sample(kind: &str) -> String {
    let file = format!("tests/it/snapshots/it__kinds__request_{kind}.snap");
    let Ok(text) = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)) else {
        return String::new();
    };
    let body = text.splitn(3, "---\n").nth(2).unwrap_or_default().trim_end();
    let body = body.replace("s3cret", "sample");
    format!("\n## What is sent\n\n```http\n{body}\n```\n")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only setting of this test is whether it writes")]
fn every_destination_has_a_fresh_page() {
    let writes = std::env::var("UPDATE_DOCS").is_ok();
    let mut stale = Vec::new();
    for entry in registry() {
        let path = root().join(entry.docs_url);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        let generated = format!("{BEGIN}{}{}{END}", keys(entry), sample(entry.kind));
        let fresh = match (old.split_once(BEGIN), old.split_once(END)) {
            (Some((before, _)), Some((_, after))) => format!("{before}{generated}{after}"),
            _ if old.is_empty() => format!(
                "# {}\n\n{}\nConfigure it under `destinations` with `type: {}`; how alerts find it is in [routing.md](../routing.md).\n\n{generated}",
                entry.label, entry.description, entry.kind
            ),
            // Written by hand before there was a generator.
            _ => format!("{old}\n{generated}"),
        };
        if fresh != old && writes {
            std::fs::write(&path, fresh).unwrap();
        } else if fresh != old {
            stale.push(entry.docs_url);
        }
    }
    assert!(stale.is_empty(), "{stale:?} are not fresh; run UPDATE_DOCS=1 cargo nextest run -p destinations");
}
