//! Detection content: a YAML file with its Python file, Python alone, and the paths of data models.

use std::collections::{BTreeMap, BTreeSet};

use content::{
    Diagnostic, Filter, Item, ItemState, Level, LoadOptions, PythonEnvironment, Repository, SourceFile,
    apply_ignores,
};

pub(crate) const WORDS: &[&str] = &[
    "AnalysisType: rule\n",
    "AnalysisType: datamodel\n",
    "AnalysisType: global\n",
    "Filename: r.py\n",
    "Enabled: true\n",
    "Tests:\n  - Name: x\n    ExpectedResult: true\n    Log: {}\n",
    "Severity: High\n",
    "BaseDetection: Sound.Rule\n",
    "AnalysisType: scheduled_query\nQueryName: q\n",
    "Query: SELECT a FROM b\n",
    "Schedule: {CronExpression: '* * * * *', TimeoutMinutes: 5}\n",
    "AnalysisType: pack\nPackID: p\nPackDefinition: {IDs: [Sound.Rule]}\n",
    "AnalysisType: lookup_table\nLookupName: l\n",
    " UNION SELECT ",
    "((((",
    "p_occurs_since(1h, ,",
    "DedupPeriodMinutes: 60\n",
    "Mappings:\n  - Name: ip\n    Path: $.a..b[*]\n",
    "&a ",
    "*a",
    "&a [*a, *a]",
    "<<: *a\n",
    "<<: {a: 1}\n",
    "!!binary ",
    "!!int 0x",
    "!!str ",
    "|\n  text\n",
    ">-\n  text\n",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "# comment\n",
    "12:30:45",
    "0o17",
    "0b1010_1010",
    "2024-01-01",
    ".inf",
    "~",
    "? a\n: b\n",
    "def rule(event):\n",
    "\x1f",
    "# margay: ignore[C108, C109]\n",
    "# margay: ignore-file[",
    "OutputIds: [dev]\n",
    "yes",
    "0123",
    "5e+06",
];

pub(crate) const PYTHON_WORDS: &[&str] = &[
    "def rule(event):\n",
    "def title(event):\n    return event.get('a')\n",
    "    return ",
    "event.deep_get('a', default=None)",
    "event['a'] = 1",
    "isinstance(event.get('a'), (dict, list))",
    " and ",
    " or ",
    "if x:\n",
    "elif y:\n",
    "else:\n",
    "    while True:\n        break\n",
    "try:\n    pass\nexcept (A, B) as c:\n    raise\n",
    "match x:\n    case {'a': [b, *c], **d} | E(f=1):\n        pass\n",
    "with a as b, c:\n",
    "async def f():\n    await g\n",
    "yield from x",
    "lambda a, *b, c=1, **d: ",
    "[a for b in c if (d := b)]",
    "f'{a!r:{b}} {{'",
    "'''",
    "\\\n",
    "global a\n",
    "nonlocal a\n",
    "class A(B, metaclass=C):\n",
    "@a.b(c)\n",
    "import a.b as c\n",
    "from . import a\n",
    "from a import *\n",
    "__all__ = ['a']\n",
    "x: int = 1\n",
    "type A[T] = B\n",
    "a.b.c.d.e.f",
    "((((((((((",
    "))))))))))",
    "\t",
    "\u{feff}",
    "é",
];

pub(crate) const PATH_WORDS: &[&str] = &[
    "$.", "..", "[*]", "[?(@.", "'a b'", "\"c\"", " == ", " =~ ", "'x.*'", " & ", ")]", "[0]", "[-1:2:3]",
    "[0,1]", ".a", "b.c", "1.5", "-1", "true", "`len`", "(", ")", "\\'", "é",
];

/// What stands between the YAML and the Python of an input.
const SEPARATOR: &str = "\n=====\n";

/// Loads a hostile item beside a sound one: the sound one stays ready, every finding has a place inside its
/// file, an invalid item has an error, and every finding can be shown.
pub fn content(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (yaml, python) = text.split_once(SEPARATOR).unwrap_or((&text, "def rule(event):\n    return True\n"));
    let files = [
        file("rules/sound.yml", SOUND),
        file("rules/sound.py", "def rule(event):\n    return True\n"),
        file("rules/r.yml", yaml),
        file("rules/r.py", python),
    ];
    load(&files);
}

/// The Python file of a sound item, by strangers.
pub fn python_code(input: &[u8]) {
    let python = String::from_utf8_lossy(input);
    let hostile = SOUND.replace("Sound.Rule", "Hostile.Rule").replace("sound.py", "r.py");
    load(&[
        file("rules/sound.yml", SOUND),
        file("rules/sound.py", "def rule(event):\n    return True\n"),
        file("rules/r.yml", &hostile),
        file("rules/r.py", &python),
    ]);
}

/// A path of a data model: it is understood, or refused with a place inside it.
pub fn json_path(input: &[u8]) {
    let expression = String::from_utf8_lossy(input);
    match content::check_json_path(&expression) {
        Ok(()) => {
            let padded = format!(" {expression} ");
            assert!(content::check_json_path(&padded).is_ok(), "blanks around change nothing");
            assert!(!expression.trim().is_empty());
        }
        Err(error) => {
            assert!((1..=expression.chars().count() + 1).contains(&error.position), "{error:?}");
            assert!(error.to_string().contains(&*expression));
        }
    }
}

/// Everything that may be known, so that all checks run.
fn options() -> LoadOptions {
    LoadOptions {
        known_log_types: Some(BTreeSet::from([model::LogType::from("Okta.SystemLog")])),
        lint: true,
        destinations: Some(BTreeSet::from(["dev".to_owned()])),
        python: Some(PythonEnvironment {
            version: (3, 11),
            installed: BTreeSet::from(["requests".to_owned()]),
            first: BTreeMap::new(),
            last: BTreeMap::from([("base".to_owned(), "x = 1\n".to_owned())]),
            network: false,
        }),
        ..LoadOptions::default()
    }
}

fn load(files: &[SourceFile]) {
    let repository = content::load(files, &options());
    let sound = repository.items.first().and_then(Item::rule);
    assert!(sound.is_some(), "a sound item is lost beside a hostile one");
    assert!(repository.items.len() <= 2);
    for item in &repository.items {
        check_item(item, &repository);
    }
    for finding in &repository.findings {
        let source = files.iter().find(|file| file.path == finding.file).expect("findings name a file");
        check_finding(finding, &source.text);
    }
    let texts = files.iter().map(|file| (file.path.as_path(), file.text.as_str()));
    let count = repository.findings.len();
    let kept = apply_ignores(repository.findings.clone(), texts, &BTreeSet::from(["C108"]));
    assert!(kept.findings.len() + kept.ignored >= count, "a finding vanished");
    // The others were looked at above.
    for finding in kept.findings.iter().filter(|finding| finding.code == "C181") {
        let source = files.iter().find(|file| file.path == finding.file).expect("findings name a file");
        check_finding(finding, &source.text);
    }
    drop(python_host::Program::from_repository(&repository));
}

const SOUND: &str = "AnalysisType: rule\nRuleID: Sound.Rule\nEnabled: true\nFilename: sound.py\n\
                     LogTypes: [Okta.SystemLog]\nSeverity: High\n";

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.into(), text: text.to_owned() }
}

pub(crate) fn check_item(item: &Item, repository: &Repository) {
    assert!(item.line >= 1);
    let own = [item.file.clone(), item.file.with_extension("py")];
    let is_error = |finding: &&Diagnostic| finding.level == Level::Error && own.contains(&finding.file);
    let has_error = repository.findings.iter().any(|finding| is_error(&finding));
    match &item.state {
        ItemState::Invalid { reason, line } => {
            assert!(has_error, "`{}` is invalid without a finding", item.id);
            assert!(!reason.is_empty() && *line >= 1);
        }
        ItemState::Ready(_) | ItemState::NotBuilt { .. } => {
            assert!(!has_error, "`{}` has an error and is not invalid", item.id);
            assert!(!item.analysis_type.is_empty());
        }
    }
    if let Some(rule) = item.rule() {
        assert_eq!(rule.tests.len(), item.test_count, "a ready rule has all of its tests");
        for test in &rule.tests {
            let text = test.log.to_string();
            let read: serde_json::Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(read, test.log);
        }
    }
    let filter = Filter::parse("Severity=High,Low").expect("the filter is legal");
    assert!(filter.keeps(item) || item.fields.get("Severity").is_none_or(|severity| severity != "High"));
}

pub(crate) fn check_finding(finding: &Diagnostic, source: &str) {
    let lines = source.lines().count() + 1;
    assert!(finding.line >= 1 && finding.column >= 1, "a place begins at 1: {finding:?}");
    assert!(finding.line as usize <= lines.max(1), "line {} of {lines}: {finding:?}", finding.line);
    assert!(
        (finding.end_line, finding.end_column) > (finding.line, finding.column),
        "a range ends behind its begin: {finding:?}"
    );
    assert!(!finding.message.is_empty());
    for color in [false, true] {
        let shown = content::render_text(finding, source, color);
        assert!(shown.contains(finding.code) && shown.ends_with('\n'));
        assert!(color || !shown.contains('\u{1b}'), "a hostile file colours the terminal: {shown:?}");
    }
    let json = serde_json::to_string(finding).expect("a finding is JSON");
    assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
}
