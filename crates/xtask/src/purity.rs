//! Pure crates do no I/O, know no runtime and never read the clock.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::problem::Problem;
use crate::tree::SourceText;

/// The crates of layers 0 and 1.
pub const PURE_CRATES: [&str; 9] =
    ["model", "stdx", "schema", "parsers", "content", "detect", "alerting", "oidc", "saml"];

/// The one file that may read the clock: it is the trait's real implementation.
const CLOCK: &str = "crates/stdx/src/clock.rs";

/// Ways to the world outside. Of `std::net` the address types are plain values.
static IMPURE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\bstd::(?:fs|process|env|thread|os)\b|\bstd::net::(?:\w*(?:Tcp|Udp|ToSocket)\w*|\*|\{[^}]*(?:Tcp|Udp|ToSocket))|\bstd::\{[^}]*\b(?:fs|net|process|env|thread|os)\b|\btokio\b|\bSystemTime\b|\b(?:Timestamp|Zoned|Instant)::now\b",
    )
    .expect("the pattern is a constant")
});

/// Lines of pure crates that reach outside. Reads `src/` only: tests may read their samples from disk.
pub fn pure_crates<'a>(files: impl IntoIterator<Item = &'a SourceText>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in files {
        if !is_pure(&file.path) || file.path == Path::new(CLOCK) {
            continue;
        }
        for (index, line) in file.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(found) = IMPURE.find(code) {
                let message = format!(
                    "`{}` in a pure crate; take the value as a parameter, or move the code up a layer",
                    found.as_str()
                );
                problems.push(Problem::new(&file.path, index + 1, message));
            }
        }
    }
    problems
}

fn is_pure(path: &Path) -> bool {
    PURE_CRATES.iter().any(|name| path.starts_with(format!("crates/{name}/src")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, line: &str) -> Vec<String> {
        let file = SourceText { path: path.into(), text: format!("//! Role.\n{line}\n") };
        pure_crates(&[file]).into_iter().map(|problem| problem.to_string()).collect()
    }

    #[test]
    fn ways_out_of_a_pure_crate_are_found() {
        for line in [
            "use std::fs;",
            "let text = std::fs::read_to_string(path)?;",
            "use std::net::TcpStream;",
            "use std::net::{IpAddr, UdpSocket};",
            "use std::{collections::HashMap, env};",
            "tokio::spawn(work);",
            "let now = SystemTime::now();",
            "let now = jiff::Timestamp::now();",
        ] {
            let found = check("crates/alerting/src/decide.rs", line);
            assert_eq!(found.len(), 1, "{line}");
            assert!(found[0].starts_with("crates/alerting/src/decide.rs:2: `"), "{found:?}");
        }
    }

    #[test]
    fn values_comments_tests_and_other_crates_pass() {
        assert_eq!(check("crates/schema/src/indicator.rs", "use std::net::IpAddr;"), [""; 0]);
        assert_eq!(check("crates/schema/src/indicator.rs", "// unlike tokio"), [""; 0]);
        assert_eq!(check("crates/schema/tests/it/main.rs", "use std::fs;"), [""; 0]);
        assert_eq!(check("crates/store/src/store.rs", "use std::fs;"), [""; 0]);
        assert_eq!(check(CLOCK, "Timestamp::now()"), [""; 0]);
    }
}
