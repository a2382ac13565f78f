//! The pages of the codes: each has an example that gives exactly its code, and a fix after which nothing is
//! left.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use content::{
    CODES, Kept, LoadOptions, OVERRIDES_FILE, PythonEnvironment, Root, SourceFile, apply_ignores, load_roots,
};
use model::LogType;

use crate::page_files::{FileContent, PageFile, assumed, read_pages};

/// Codes of files that only a disk can have, and of projects, which are run: the tests of the whole program
/// look at their examples.
const NEED_THE_PROGRAM: [&str; 5] = ["C015", "C107", "C901", "C902", "C903"];

/// Codes of which an example has another finding too: what is said of another item needs its error.
const WITH_ANOTHER: [(&str, &str); 1] = [("C149", "SD00100001")];

fn docs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

/// What the examples assume about their surroundings.
fn options() -> LoadOptions {
    LoadOptions {
        known_log_types: Some(["Okta.SystemLog", "AWS.CloudTrail"].map(LogType::from).into()),
        lint: true,
        destinations: Some(BTreeSet::from(["dev-general".to_owned()])),
        python: Some(PythonEnvironment {
            version: (3, 11),
            installed: BTreeSet::new(),
            first: BTreeMap::new(),
            last: BTreeMap::new(),
            network: false,
        }),
        ..LoadOptions::default()
    }
}

/// The content roots of examples that have several, in order.
const ROOTS: [&str; 2] = ["vendor", "ours"];

/// The codes that `margay check` gives for these files, each once.
fn codes(files: &[PageFile]) -> BTreeSet<&'static str> {
    let source = |file: &PageFile| match &file.content {
        FileContent::Text(text) => SourceFile { path: file.path.clone().into(), text: text.clone() },
        other => panic!("{}: {other:?} needs a disk", file.path),
    };
    let is_correlation = |file: &PageFile| matches!(&file.content, FileContent::Text(text) if text.contains("correlation_rule"));
    let assumed = if files.iter().any(is_correlation) { assumed() } else { Vec::new() };
    let files: Vec<SourceFile> = assumed.iter().chain(files).map(source).collect();
    let is_code = |file: &&SourceFile| {
        matches!(file.path.extension().and_then(|e| e.to_str()), Some("yml" | "yaml" | "py"))
    };
    let (code, others): (Vec<&SourceFile>, Vec<&SourceFile>) = files.iter().partition(is_code);
    let data_files = Some(others.into_iter().map(|file| file.path.clone()).collect());
    let options = LoadOptions { data_files, ..options() };
    let folders: Vec<&Path> = match code.iter().any(|file| file.path.starts_with(ROOTS[0])) {
        true => ROOTS.iter().map(Path::new).collect(),
        false => vec![Path::new("")],
    };
    let of_root = |folder: &&Path| {
        let own = code.iter().filter(|file| file.path.starts_with(folder)).map(|file| (*file).clone());
        let (overrides, files): (Vec<SourceFile>, Vec<SourceFile>) =
            own.partition(|file| file.path == folder.join(OVERRIDES_FILE));
        (files, overrides.into_iter().next())
    };
    let roots: Vec<(Vec<SourceFile>, Option<SourceFile>)> = folders.iter().map(of_root).collect();
    let roots = roots.iter().map(|(files, overrides)| Root {
        files,
        overrides: overrides.as_ref(),
        projects: Vec::new(),
    });
    let findings = load_roots(roots.collect(), &options).findings;
    let texts = files.iter().map(|file| (file.path.as_path(), file.text.as_str()));
    let Kept { findings, .. } = apply_ignores(findings, texts, &BTreeSet::new());
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn every_example_gives_its_code_alone_and_its_fix_gives_nothing() {
    let mut wrong = Vec::new();
    let pages = read_pages(&docs());
    for page in pages.iter().filter(|page| !NEED_THE_PROGRAM.contains(&page.code.as_str())) {
        let found = codes(&page.example);
        let another = WITH_ANOTHER.iter().find(|(code, _)| *code == page.code).map(|(_, other)| *other);
        if found != std::iter::once(page.code.as_str()).chain(another).collect() {
            wrong.push(format!("{}: the example gives {found:?}", page.code));
        }
        let left = codes(&page.fixed());
        if !left.is_empty() {
            wrong.push(format!("{}: after the fix there is {left:?}", page.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_says_what_the_table_of_codes_says() {
    let pages = read_pages(&docs());
    let names: Vec<&str> = pages.iter().map(|page| page.code.as_str()).collect();
    let known: Vec<&str> = CODES.iter().map(|code| code.code).collect();
    assert_eq!(names, known, "one page for each code");
    for (page, code) in pages.iter().zip(CODES) {
        assert_eq!(page.text, code.page, "{}", code.code);
        let mut lines = page.text.lines();
        assert_eq!(lines.next().unwrap(), format!("# {}: {}", code.code, code.summary));
        assert_eq!(lines.next(), Some(""));
        let level = format!("`{}`: ", format!("{:?}", code.level).to_lowercase());
        let line = lines.next().unwrap();
        assert!(line.starts_with(&level), "{}: {line} should start with {level}", code.code);
        for section in ["## Why it matters", "## Example", "## Fix"] {
            assert!(page.text.contains(&format!("\n{section}\n")), "{}: `{section}` is missing", code.code);
        }
    }
}

#[test]
fn codes_are_unique_and_sorted() {
    assert!(CODES.windows(2).all(|pair| pair[0].code < pair[1].code));
    assert!(CODES.len() >= 50, "{}", CODES.len());
}

/// The table in `docs/checks.md` is made of the table of codes; `UPDATE_DOCS=1` writes it anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "the only setting of this test is whether it writes")]
fn the_index_of_codes_is_fresh() {
    let path = docs().join("checks.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once("<!-- codes -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end of codes -->\n").unwrap();
    let rows: String = CODES
        .iter()
        .map(|code| {
            let level = format!("{:?}", code.level).to_lowercase();
            format!("| [`{0}`](checks/{0}.md) | {level} | {1} |\n", code.code, code.summary)
        })
        .collect();
    let table = format!("| code | level | meaning |\n|---|---|---|\n{rows}");
    let fresh = format!("{before}<!-- codes -->\n{table}<!-- end of codes -->\n{after}");
    if std::env::var("UPDATE_DOCS").is_ok() {
        std::fs::write(&path, &fresh).unwrap();
        return;
    }
    assert_eq!(page, fresh, "run UPDATE_DOCS=1 cargo nextest run -p content");
}
