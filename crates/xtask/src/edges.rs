//! Which crate may know which: arrows point down only.
//!
//! A new edge is a rare thing and a decision of its own; it is made by adding it here, with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use crate::problem::Problem;

/// What one crate may use, by its `[dependencies]` and `[build-dependencies]`.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// The crate.
    pub name: &'static str,
    /// The crates of this workspace that it may use.
    pub may_use: &'static [&'static str],
}

const fn allow(name: &'static str, may_use: &'static [&'static str]) -> Allowed {
    Allowed { name, may_use }
}

/// Every crate of the workspace.
pub const ALLOWED: &[Allowed] = &[
    // Layer 0: words.
    allow("model", &[]),
    allow("stdx", &[]),
    // Layer 1: pure.
    allow("schema", &["model", "stdx"]),
    allow("parsers", &["model", "stdx", "schema"]),
    allow("content", &["model", "stdx"]),
    allow("detect", &["model", "stdx", "content"]),
    allow("alerting", &["model", "stdx"]),
    // The two protocols of single sign-on: what an identity provider sent -> who it is, or why not.
    allow("oidc", &["stdx"]),
    allow("saml", &["stdx"]),
    // Layer 2: adapters.
    allow("store", &["model", "stdx"]),
    allow("journal", &["model", "stdx"]),
    allow("python_host", &["model", "stdx", "content"]),
    // `journal`: a source answers only when the batch is durable, so it waits for the append itself.
    allow("sources", &["model", "stdx", "parsers", "journal"]),
    allow("destinations", &["model", "stdx"]),
    // Layer 3: flow. They do not know each other; `margay` joins them by small traits.
    allow(
        "pipeline",
        &[
            "model",
            "stdx",
            "schema",
            "parsers",
            "content",
            "detect",
            "alerting",
            "store",
            "journal",
            "python_host",
        ],
    ),
    allow("delivery", &["model", "stdx", "alerting", "store", "destinations"]),
    allow("api_types", &["model"]),
    // `oidc`, `saml`: single sign-on; the requests to providers leave through `destinations`.
    // `schema`, `content`, `detect`: what programs for writing detections ask for (schemas, tests of correlation
    // rules, filters) is answered without the flow. `parsers`: so are samples that are tried on a schema.
    allow(
        "api",
        &[
            "model",
            "stdx",
            "schema",
            "parsers",
            "content",
            "detect",
            "oidc",
            "saml",
            "api_types",
            "alerting",
            "store",
            "destinations",
        ],
    ),
    // Layer 4: the binary.
    allow(
        "margay",
        &[
            "model",
            "stdx",
            "schema",
            "parsers",
            "content",
            "detect",
            "oidc",
            "saml",
            "alerting",
            "store",
            "journal",
            "python_host",
            "sources",
            "destinations",
            "pipeline",
            "delivery",
            "api_types",
            "api",
        ],
    ),
    // Tools.
    allow("test_support", &["model", "stdx"]),
    // Measures the built program from outside; of its parts it needs those behind the door that it measures by
    // itself: matches go in, requests to destinations come out.
    allow("bench", &["model", "stdx", "alerting", "store", "destinations", "pipeline", "delivery"]),
    // Drives every reader of strangers' bytes, so it may know all below the binary; only tests know it.
    allow(
        "fuzz_targets",
        &[
            "model",
            "stdx",
            "schema",
            "parsers",
            "content",
            "detect",
            "saml",
            "alerting",
            "store",
            "journal",
            "python_host",
            "sources",
            "destinations",
            "pipeline",
            "delivery",
            "api_types",
            "api",
            "test_support",
        ],
    ),
    allow("xtask", &[]),
];

/// Heavy libraries and the only crates whose code may use them.
pub const ROOMS: &[Room] = &[
    Room { library: "sqlx", crates: &["store", "journal"] },
    Room { library: "axum", crates: &["api", "sources", "margay", "bench"] },
    Room { library: "hyper-rustls", crates: &["destinations"] },
    Room { library: "landlock", crates: &["python_host"] },
    Room { library: "seccompiler", crates: &["python_host"] },
    Room { library: "ruff_python_parser", crates: &["content"] },
    // The command line speaks to its server; what the product sends leaves through `destinations`.
    Room { library: "ureq", crates: &["margay"] },
    Room { library: "clap", crates: &["margay", "bench"] },
];

/// A library and the crates that may name it in `[dependencies]`; tests may use it anywhere.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// The library.
    pub library: &'static str,
    /// Its crates.
    pub crates: &'static [&'static str],
}

/// Crates that use a library which has its own rooms.
pub fn rooms(metadata: &Value, rooms: &[Room]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let room = rooms.iter().find(|room| dependency["name"] == room.library);
            let Some(room) = room.filter(|room| dependency["kind"] != "dev" && !room.crates.contains(&name))
            else {
                continue;
            };
            let message =
                format!("`{}` is used by {} only; move the code there", room.library, room.crates.join(", "));
            problems.push(Problem::new(Path::new(&format!("crates/{name}/Cargo.toml")), 1, message));
        }
    }
    problems
}

/// May be used by tests of every crate.
const TEST_CRATE: &str = "test_support";

/// Crate edges that the table does not allow, and crates that it does not list.
///
/// `metadata` is the answer of `cargo metadata --no-deps`. Tests may use [`TEST_CRATE`] and what lies below
/// their crate: anything that the crate itself may use, directly or through others.
pub fn crate_edges(metadata: &Value, allowed: &[Allowed]) -> Vec<Problem> {
    let table: BTreeMap<&str, &Allowed> = allowed.iter().map(|row| (row.name, row)).collect();
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let ours: BTreeSet<&str> = packages.iter().filter_map(|package| package["name"].as_str()).collect();
    let mut problems = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let manifest = format!("crates/{name}/Cargo.toml");
        let manifest = Path::new(&manifest);
        let Some(row) = table.get(name) else {
            let message = format!("crate `{name}` is not in the table of crate edges (xtask `edges.rs`)");
            problems.push(Problem::new(manifest, 1, message));
            continue;
        };
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            if !ours.contains(used) {
                continue;
            }
            let is_dev = dependency["kind"] == "dev";
            let is_allowed = row.may_use.contains(&used)
                || (is_dev && (used == TEST_CRATE || is_below(&table, name, used)));
            if !is_allowed {
                let how = if is_dev { "in its tests " } else { "" };
                let message = format!(
                    "crate `{name}` {how}uses `{used}`, which is not allowed; move the code, or add the edge \
                     with its reason to the table (xtask `edges.rs`)"
                );
                problems.push(Problem::new(manifest, 1, message));
            }
        }
    }
    for row in allowed.iter().filter(|row| !ours.contains(row.name)) {
        let message = format!("crate `{}` does not exist any more; remove its row", row.name);
        problems.push(Problem::new(Path::new("crates/xtask/src/edges.rs"), 1, message));
    }
    problems
}

/// Whether `used` lies below `name`; the table has no cycles, and what was seen is not walked again.
fn is_below(table: &BTreeMap<&str, &Allowed>, name: &str, used: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![name];
    while let Some(next) = open.pop() {
        for &below in table.get(next).map_or(&[][..], |row| row.may_use) {
            if below == used {
                return true;
            }
            if seen.insert(below) {
                open.push(below);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SMALL: &[Allowed] = &[allow("model", &[]), allow("middle", &["model"]), allow("top", &["middle"])];

    fn edge(from: &str, to: &str, kind: Option<&str>) -> Value {
        let packages: Vec<Value> = ["model", "middle", "top", TEST_CRATE]
            .into_iter()
            .map(|name| {
                let dependencies = if name == from { json!([{"name": to, "kind": kind}]) } else { json!([]) };
                json!({"name": name, "dependencies": dependencies})
            })
            .collect();
        json!({ "packages": packages })
    }

    fn check(metadata: &Value) -> Vec<String> {
        let table = [SMALL, &[allow(TEST_CRATE, &[])]].concat();
        crate_edges(metadata, &table).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn edges_of_the_table_pass() {
        assert_eq!(check(&edge("middle", "model", None)), [""; 0]);
        assert_eq!(check(&edge("middle", "serde", None)), [""; 0]);
    }

    #[test]
    fn an_upward_edge_names_both_crates() {
        let found = check(&edge("model", "middle", None));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/model/Cargo.toml:1: crate `model` uses `middle`"), "{found:?}");
        assert_eq!(check(&edge("model", "middle", Some("build"))).len(), 1);
    }

    #[test]
    fn tests_may_reach_further_down_but_not_up() {
        assert_eq!(check(&edge("top", "model", Some("dev"))), [""; 0]);
        assert_eq!(check(&edge("top", TEST_CRATE, Some("dev"))), [""; 0]);
        assert_eq!(check(&edge("top", "model", None)).len(), 1);
        assert_eq!(check(&edge("top", TEST_CRATE, None)).len(), 1);
        assert_eq!(check(&edge("model", "top", Some("dev"))).len(), 1);
    }

    #[test]
    fn a_library_outside_its_room_is_found() {
        let room = [Room { library: "sqlx", crates: &["middle"] }];
        let found = rooms(&edge("top", "sqlx", None), &room);
        assert_eq!(found.len(), 1);
        assert!(found[0].to_string().starts_with("crates/top/Cargo.toml:1: `sqlx` is used by middle only"));
        assert_eq!(rooms(&edge("middle", "sqlx", None), &room), []);
        assert_eq!(rooms(&edge("top", "sqlx", Some("dev")), &room), []);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let found = crate_edges(&json!({"packages": [{"name": "new", "dependencies": []}]}), SMALL);
        assert_eq!(found.len(), 1 + SMALL.len(), "{found:?}");
    }
}
