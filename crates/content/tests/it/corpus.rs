//! The public detection repository, when a copy of it is at hand (`MARGAY_CORPUS` names its folder).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use content::{ItemState, Level, LoadOptions, SourceFile, descends, is_candidate, visits};

fn walk(root: &Path, relative: &Path, files: &mut Vec<SourceFile>) {
    let mut entries: Vec<_> =
        fs::read_dir(root.join(relative)).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = relative.join(&name);
        if entry.file_type().unwrap().is_dir() {
            if descends(&name) {
                walk(root, &path, files);
            }
        } else if visits(true, relative) && is_candidate(&name) {
            files.push(SourceFile { text: fs::read_to_string(root.join(&path)).unwrap(), path });
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the only setting of this test is where the copy lies")]
fn the_public_repository_loads_without_an_error() {
    let Ok(root) = std::env::var("MARGAY_CORPUS") else {
        println!("skipped: MARGAY_CORPUS does not name a copy of the public detection repository");
        return;
    };
    let mut files = Vec::new();
    walk(Path::new(&root), Path::new(""), &mut files);
    let start = std::time::Instant::now();
    let options = LoadOptions { lint: true, ..LoadOptions::default() };
    let repository = content::load(&files, &options);
    println!("{} files loaded in {:?}", files.len(), start.elapsed());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut tests = 0;
    for item in &repository.items {
        let state = match &item.state {
            ItemState::Ready(_) => "ready",
            ItemState::NotBuilt { .. } => "not built",
            ItemState::Invalid { .. } => "invalid",
        };
        *counts.entry(format!("{} {state}", item.analysis_type)).or_default() += 1;
        tests += item.test_count;
    }
    println!("{counts:#?}\nitems {}, tests {tests}", repository.items.len());
    for finding in &repository.findings {
        let source = files.iter().find(|file| file.path == finding.file).unwrap();
        println!("{}", content::render_text(finding, &source.text, false));
    }
    let errors = repository.findings.iter().filter(|finding| finding.level == Level::Error).count();
    assert_eq!(errors, 0);
    let invalid = repository.items.iter().filter(|item| item.is_invalid()).count();
    assert_eq!(invalid, 0);
    for rule in repository.rules() {
        let item = repository.items.iter().find(|item| item.id == rule.detection.id.as_str()).unwrap();
        assert_eq!(rule.tests.len(), item.test_count, "{}", item.id);
    }
}
