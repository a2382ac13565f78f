//! Two content roots: a vendor's item, ours on top of it, and our overrides.

use content::{Item, Level, LoadOptions, Override, OverrideWhat, Repository, Root, SourceFile};

use crate::repository::{check_finding, check_item};

pub(crate) const WORDS: &[&str] = &[
    "- id: R\n",
    "  enabled: false\n",
    "  severity: Low\n",
    "  threshold: 5\n",
    "  dedup_period_minutes: 0\n",
    "  output_ids: [a, a]\n",
    "  tags: [x]\n",
    "  inline_filters: [{KeyPath: a, Condition: Exists}]\n",
    "BaseDetection: R\n",
    "RuleID: R\n",
    "AnalysisType: rule\n",
    "AnalysisType: pack\nPackID: R\n",
    "\n=====\n",
    "&a [*a]",
    "<<: {id: R}\n",
    "Sound.Rule",
];

/// What stands between the vendor's YAML, our YAML and our overrides.
const SEPARATOR: &str = "\n=====\n";
const PYTHON: &str = "def rule(event):\n    return True\n";
const SOUND: &str = "AnalysisType: rule\nRuleID: Sound.Rule\nEnabled: true\nFilename: r.py\n\
                     LogTypes: [Okta.SystemLog]\nSeverity: High\n";

/// Loads hostile items on top of each other, with hostile overrides: each id has one ready item, whatever
/// replaces or changes something is told with its place, a rule that nobody names is what it is alone, and
/// every finding lies inside its file.
pub fn overlay(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.splitn(3, SEPARATOR);
    let [vendor, ours, overrides] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let vendor_files =
        [file("vendor/sound.yml", SOUND), file("vendor/r.yml", vendor), file("vendor/r.py", PYTHON)];
    let our_files = [file("ours/r.yml", ours), file("ours/r.py", PYTHON)];
    let overrides = file("ours/overrides.yml", overrides);
    let roots = vec![
        Root { files: &vendor_files, overrides: None, projects: Vec::new() },
        Root { files: &our_files, overrides: Some(&overrides), projects: Vec::new() },
    ];
    let repository = content::load_roots(roots, &LoadOptions { lint: true, ..LoadOptions::default() });
    let all: Vec<&SourceFile> = vendor_files.iter().chain(&our_files).chain([&overrides]).collect();
    for item in &repository.items {
        check_item(item, &repository);
        let with_id = repository.items.iter().filter(|other| other.id == item.id && !other.is_invalid());
        assert!(with_id.count() <= 1, "`{}` is ready twice", item.id);
    }
    for finding in &repository.findings {
        let source = all.iter().find(|file| file.path == finding.file).expect("findings name a file");
        check_finding(finding, &source.text);
    }
    for step in &repository.overrides {
        check_step(step, &repository, &all);
    }
    check_sound(&repository);
    drop(python_host::Program::from_repository(&repository));
}

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), text: text.to_owned() }
}

fn check_step(step: &Override, repository: &Repository, files: &[&SourceFile]) {
    for place in [&step.from, &step.to] {
        let source = files.iter().find(|file| file.path == place.file).expect("a step names files");
        assert!(place.line >= 1 && place.line as usize <= source.text.lines().count() + 1, "{step:?}");
    }
    assert!(step.from.file.starts_with("vendor") && step.to.file.starts_with("ours"), "{step:?}");
    assert_eq!(step.what == OverrideWhat::Changed, !step.changes.is_empty());
    assert!(repository.items.iter().any(|item| item.id == step.id), "{step:?} is about nothing");
    let json = serde_json::to_string(step).expect("a step is JSON");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}

fn check_sound(repository: &Repository) {
    if repository.overrides.iter().any(|step| step.id == "Sound.Rule") {
        return;
    }
    let alone = content::load(
        &[file("vendor/sound.yml", SOUND), file("vendor/r.py", PYTHON)],
        &LoadOptions::default(),
    );
    let is_sound = |item: &&Item| item.file.ends_with("sound.yml");
    let beside = repository.items.iter().find(is_sound).and_then(Item::rule).expect("a sound item stays");
    assert_eq!(Some(&beside.detection), alone.items[0].detection());
    let is_error = |finding: &&content::Diagnostic| finding.level == Level::Error;
    assert!(!repository.findings.iter().filter(is_error).any(|finding| finding.file.ends_with("sound.yml")));
}
