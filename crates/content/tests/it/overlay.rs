//! Several roots: who replaces whom, and what `overrides.yml` changes.

use std::time::Duration;

use content::{
    Filter, Item, ItemBody, ItemState, LoadOptions, Override, OverrideWhat, Repository, Root, SourceFile,
    load_roots,
};
use insta::assert_snapshot;
use model::{Detection, Severity};
use serde_json::json;

use crate::{PYTHON, file, rule_yaml};

/// The files of a root and its overrides.
type RootFiles<'a> = (&'a [(&'a str, &'a str)], &'a str);

struct Content {
    sources: Vec<SourceFile>,
    repository: Repository,
}

fn load_with(roots: &[RootFiles<'_>], options: &LoadOptions) -> Content {
    let names = ["a", "b", "c"];
    let read = |(name, (files, overrides)): (&&str, &RootFiles<'_>)| {
        let mut read: Vec<SourceFile> =
            files.iter().map(|(path, text)| file(&format!("{name}/{path}"), text)).collect();
        read.push(file(&format!("{name}/r.py"), PYTHON));
        let overrides = (!overrides.is_empty()).then(|| file(&format!("{name}/overrides.yml"), overrides));
        (read, overrides)
    };
    let read: Vec<(Vec<SourceFile>, Option<SourceFile>)> = names.iter().zip(roots).map(read).collect();
    let roots = read.iter().map(|(files, overrides)| Root {
        files,
        overrides: overrides.as_ref(),
        projects: Vec::new(),
    });
    let repository = load_roots(roots.collect(), options);
    let sources =
        read.into_iter().flat_map(|(files, overrides)| files.into_iter().chain(overrides)).collect();
    Content { sources, repository }
}

fn load(roots: &[RootFiles<'_>]) -> Content {
    load_with(roots, &LoadOptions::default())
}

/// One rule `R` below these overrides.
fn override_rule(extra: &str, overrides: &str) -> Content {
    load(&[(&[("r.yml", &rule_yaml("R", extra))], ""), (&[], overrides)])
}

impl Content {
    fn codes(&self) -> Vec<&'static str> {
        self.repository.findings.iter().map(|finding| finding.code).collect()
    }

    fn show(&self) -> String {
        let text = |path| &self.sources.iter().find(|file| file.path == path).unwrap().text;
        let show =
            |finding: &content::Diagnostic| content::render_text(finding, text(finding.file.clone()), false);
        self.repository.findings.iter().map(show).collect()
    }

    fn item(&self, id: &str) -> &Item {
        let found: Vec<&Item> = self.repository.items.iter().filter(|item| item.id == id).collect();
        assert_eq!(found.len(), 1, "{id}");
        found[0]
    }

    fn detection(&self, id: &str) -> &Detection {
        self.item(id).detection().unwrap()
    }

    /// The steps as `id what from → to`.
    fn steps(&self) -> Vec<String> {
        let show = |step: &Override| {
            let what = match step.what {
                OverrideWhat::Replaced => "replaced".to_owned(),
                OverrideWhat::Changed => {
                    let changes = step.changes.iter();
                    changes
                        .map(|change| format!("{} {} {}", change.key, change.before, change.after))
                        .collect::<Vec<_>>()
                        .join(", ")
                }
            };
            let (from, to) = (&step.from, &step.to);
            format!(
                "{} {what} {}:{} {}:{}",
                step.id,
                from.file.display(),
                from.line,
                to.file.display(),
                to.line
            )
        };
        self.repository.overrides.iter().map(show).collect()
    }
}

#[test]
fn an_item_of_a_later_root_replaces_the_one_with_its_id() {
    let (first, second) = (rule_yaml("R", "Threshold: 2\n"), rule_yaml("R", "Threshold: 3\n"));
    let other = rule_yaml("S", "");
    let content = load(&[
        (&[("x/r.yml", &first), ("s.yml", &other)], ""),
        (&[("y/q.yml", &format!("# mine\n{second}"))], ""),
    ]);
    assert_eq!(content.codes(), ["C013"], "`y/` has no Python file");
    let content = load(&[
        (&[("r.yml", &first), ("s.yml", &other)], ""),
        (&[("q.yml", &format!("# mine\n{second}"))], ""),
    ]);
    assert_eq!(content.codes(), [""; 0]);
    assert_eq!(content.detection("R").threshold, 3);
    assert_eq!(content.item("R").file.to_str(), Some("b/q.yml"));
    assert_eq!(content.item("R").rule().unwrap().logic.python().unwrap().path.to_str(), Some("b/r.py"));
    assert_eq!(content.detection("S").threshold, 1);
    assert_eq!(content.steps(), ["R replaced a/r.yml:2 b/q.yml:3"]);
}

#[test]
fn roots_build_on_each_other() {
    let yaml = |threshold: u32| rule_yaml("R", &format!("Threshold: {threshold}\n"));
    let (a, b, c) = (yaml(2), yaml(3), yaml(4));
    let content = load(&[(&[("r.yml", &a)], ""), (&[("r.yml", &b)], ""), (&[("r.yml", &c)], "")]);
    assert_eq!((content.detection("R").threshold, content.codes().len()), (4, 0));
    assert_eq!(content.steps(), ["R replaced a/r.yml:2 b/r.yml:2", "R replaced b/r.yml:2 c/r.yml:2"]);
}

#[test]
fn one_root_has_an_id_once() {
    let rule = rule_yaml("R", "");
    let content = load(&[(&[("r.yml", &rule)], ""), (&[("1.yml", &rule), ("2.yml", &rule)], "")]);
    assert_eq!(content.codes(), ["C011"]);
    let finding = &content.repository.findings[0];
    assert_eq!(finding.file.to_str(), Some("b/2.yml"));
    assert!(finding.message.contains("already used in `b/1.yml`"), "{}", finding.message);
    let ready: Vec<_> = content.repository.rules().map(|rule| rule.detection.id.to_string()).collect();
    assert_eq!(ready, ["R"]);
}

#[test]
fn an_item_of_another_kind_is_told() {
    let global = "AnalysisType: global\nGlobalID: R\nFilename: r.py\n";
    let content = load(&[(&[("r.yml", &rule_yaml("R", ""))], ""), (&[("g.yml", global)], "")]);
    assert_snapshot!(content.show());
    assert!(matches!(content.item("R").state, ItemState::Ready(ItemBody::Global(_))));
}

#[test]
fn what_is_replaced_says_nothing_any_more() {
    let broken = rule_yaml("R", "Nonsense: 1\nDedupPeriodMinutes: 0\n");
    let content = load(&[(&[("r.yml", &broken)], ""), (&[("r.yml", &rule_yaml("R", ""))], "")]);
    assert_eq!(content.codes(), [""; 0]);
    assert_eq!(content.repository.items.len(), 1);
}

#[test]
fn a_broken_item_replaces_all_the_same() {
    let content = load(&[
        (&[("r.yml", &rule_yaml("R", ""))], ""),
        (&[("r.yml", &rule_yaml("R", "Nonsense: 1\n")), ("x.yml", "RuleID: [")], ""),
    ]);
    assert_eq!(content.codes(), ["C006", "C001"]);
    assert!(content.item("R").is_invalid(), "nobody wanted the earlier one");
}

#[test]
fn globals_are_replaced_for_all_roots() {
    let global = |name: &str| format!("AnalysisType: global\nGlobalID: g\nFilename: {name}\n");
    let content = load(&[
        (&[("g.yml", &global("r.py"))], ""),
        (&[("g.yml", &global("g.py")), ("g.py", "x = 2\n")], ""),
    ]);
    let globals: Vec<_> = content.repository.globals().map(|global| global.python.text.as_str()).collect();
    assert_eq!((globals, content.codes()), (vec!["x = 2\n"], vec![]));
}

fn data_model(id: &str) -> String {
    format!(
        "AnalysisType: datamodel\nDataModelID: {id}\nEnabled: true\nLogTypes: [X]\nMappings: [{{Name: n, Path: p}}]\n"
    )
}

#[test]
fn data_models_are_replaced_by_id_and_clash_by_log_type() {
    let (m, n) = (data_model("m"), data_model("n"));
    let content = load(&[(&[("m.yml", &m)], ""), (&[("m.yml", &m)], "")]);
    assert_eq!((content.codes().len(), content.repository.data_models().count()), (0, 1));
    let content = load(&[(&[("m.yml", &m)], ""), (&[("n.yml", &n)], "")]);
    assert_eq!(content.codes(), ["C014"]);
    assert!(content.item("n").is_invalid());
    let content = load(&[(&[("m.yml", &m)], ""), (&[("n.yml", &n)], "- {id: m, enabled: false}\n")]);
    assert_eq!(content.codes(), [""; 0], "switching the earlier one off makes room");
    let enabled: Vec<_> = content.repository.data_models().map(|model| model.enabled).collect();
    assert_eq!(enabled, [false, true]);
}

#[test]
fn every_key_of_an_override_arrives() {
    let content = override_rule(
        "Tags: [a]\nInlineFilters: [{KeyPath: x, Condition: IsNullOrEmpty}]\n",
        "- id: R\n  enabled: false\n  severity: CRITICAL\n  threshold: 7\n  dedup_period_minutes: 15\n  \
         output_ids: [o]\n  tags: [b, c]\n  inline_filters: [{KeyPath: y, Condition: IsNullOrEmpty}, {KeyPath: z, Condition: IsNullOrEmpty}]\n",
    );
    assert_eq!(content.codes(), [""; 0]);
    let detection = content.detection("R");
    assert!(!detection.enabled);
    assert_eq!((detection.severity, detection.threshold), (Severity::Critical, 7));
    assert_eq!(detection.dedup_period, Duration::from_secs(900));
    assert_eq!(
        (detection.output_ids.as_slice(), detection.tags.as_slice()),
        (&["o".to_owned()][..], &["b".to_owned(), "c".to_owned()][..])
    );
    assert_eq!(content.item("R").rule().unwrap().filters.expressions.len(), 2);
    assert_eq!(content.item("R").rule().unwrap().logic.python().unwrap().path.to_str(), Some("a/r.py"));
    assert!(Filter::parse("Severity=critical").unwrap().keeps(content.item("R")));
    let step = serde_json::to_value(&content.repository.overrides[0]).unwrap();
    assert_eq!(step["changes"][0], json!({"key": "enabled", "before": true, "after": false}));
    assert_eq!((&step["id"], &step["what"]), (&json!("R"), &json!("changed")));
    assert_eq!(step["from"], json!({"file": "a/r.yml", "line": 2}));
    assert_eq!(step["to"], json!({"file": "b/overrides.yml", "line": 1}));
}

#[test]
fn an_override_changes_the_version() {
    let version = |overrides: &str| override_rule("", overrides).detection("R").version.clone();
    let plain = version("");
    assert_eq!((plain.len(), version("- {id: R, threshold: 2}\n").len()), (12, 12));
    assert_ne!(version("- {id: R, threshold: 2}\n"), plain);
    assert_ne!(version("- {id: R, threshold: 2}\n"), version("- {id: R, threshold: 3}\n"));
    assert_eq!(version("- {id: R, threshold: 2}\n"), version("# why\n- {threshold: 2, id: R}\n"));
}

#[test]
fn later_overrides_win_key_by_key() {
    let content = load(&[
        (&[("r.yml", &rule_yaml("R", ""))], ""),
        (&[], "- {id: R, threshold: 2, severity: Low}\n"),
        (&[], "- {id: R, threshold: 3}\n"),
    ]);
    assert_eq!(content.codes(), [""; 0]);
    assert_eq!((content.detection("R").threshold, content.detection("R").severity), (3, Severity::Low));
    assert_eq!(
        content.steps(),
        [
            "R threshold null 2, severity \"High\" \"Low\" a/r.yml:2 b/overrides.yml:1",
            "R threshold 2 3 a/r.yml:2 c/overrides.yml:1"
        ]
    );
}

#[test]
fn an_override_twice_in_one_file_is_told_and_the_later_one_counts() {
    let content = override_rule("", "- {id: R, threshold: 2}\n- {id: R, threshold: 3}\n");
    assert_eq!(content.codes(), ["C128"]);
    assert_eq!(content.detection("R").threshold, 3);
}

#[test]
fn keys_and_values_of_overrides_are_strict() {
    let show = |overrides: &str| override_rule("", overrides).show();
    assert_snapshot!(show("- {id: R, severty: Low}\n"));
    assert_snapshot!(show("- {severity: Low}\n- [x]\n"));
    assert_snapshot!(show("id: R\nseverity: Low\n"));
    let check = |keys: &str, code: &str| {
        let content = override_rule("", &format!("- {{id: R, {keys}}}\n"));
        assert_eq!(content.codes(), [code], "{keys}");
        assert_eq!(content.steps(), [""; 0], "{keys}");
        let finding = &content.repository.findings[0];
        assert_eq!((finding.file.to_str(), finding.item_id.as_deref()), (Some("b/overrides.yml"), Some("R")));
    };
    check("enabled: yes", "C007");
    check("severity: Lwo", "C009");
    check("threshold: -1", "C009");
    check("threshold: x", "C007");
    check("dedup_period_minutes: 99999999", "C009");
    check("output_ids: [a, a]", "C012");
    check("tags: [a, A]", "C012");
    check("tags: x", "C007");
    let content = override_rule("", "- {id: R, inline_filters: [{KeyPath: a}]}\n");
    assert!(content.repository.findings[0].code.starts_with("SD"));
    assert_eq!(override_rule("", "- id: [\n").codes(), ["C001"]);
    assert_eq!(override_rule("", "# nothing yet\n").codes(), [""; 0]);
    assert_eq!(override_rule("", "- {id: R, dedup_period_minutes: 3}\n").codes(), ["C102"]);
}

#[test]
fn one_bad_entry_hides_no_other() {
    let content = override_rule("", "- {id: R, nonsense: 1}\n- {id: R, threshold: 2}\n");
    assert_eq!((content.codes(), content.detection("R").threshold), (vec!["C006"], 2));
}

#[test]
fn overrides_name_items_of_earlier_roots() {
    let (r, s) = (rule_yaml("Rule.One", ""), rule_yaml("S", ""));
    let with = |overrides: &str| load(&[(&[("r.yml", &r)], ""), (&[("s.yml", &s)], overrides)]);
    assert_snapshot!(with("- {id: Rul.One, threshold: 2}\n").show());
    assert_snapshot!(with("- {id: S, threshold: 2}\n").show());
    assert_snapshot!(load(&[(&[], "- {id: S, threshold: 2}\n"), (&[("s.yml", &s)], "")]).show());
    let alone = load(&[(&[], "- {id: Unheard.Of, threshold: 2}\n")]);
    assert_eq!(alone.codes(), ["C026"]);
    assert!(alone.repository.findings[0].hint.as_ref().unwrap().contains("no root comes before this one"));
}

#[test]
fn a_part_of_a_repository_may_lack_what_overrides_name() {
    let options = LoadOptions { is_part: true, ..LoadOptions::default() };
    assert_eq!(load_with(&[(&[], "- {id: R, threshold: 2}\n")], &options).codes(), [""; 0]);
}

#[test]
fn overrides_without_effect_are_told() {
    let policy = "AnalysisType: policy\nPolicyID: P\nEnabled: true\nFilename: r.py\nSeverity: Low\n";
    let pack = "AnalysisType: pack\nPackID: K\nPackDefinition: {IDs: [R]}\n";
    let rule = rule_yaml("R", "");
    let scheduled = rule.replace("Type: rule", "Type: scheduled_rule").replace("ID: R", "ID: Q");
    let check = |entry: &str| {
        let files = [("r.yml", rule.as_str()), ("p.yml", policy), ("k.yml", pack), ("q.yml", &scheduled)];
        let content = load(&[(&files, ""), (&[], &format!("- {entry}\n"))]);
        assert_eq!(content.codes(), ["C127"], "{entry}");
        assert_eq!(content.steps(), [""; 0], "{entry}");
        content.repository.findings[0].message.clone()
    };
    assert_eq!(check("{id: R}"), "this override changes nothing of `R`");
    assert_eq!(check("{id: R, severity: HIGH}"), "`severity` of `R` is \"HIGH\" without this override");
    check("{id: R, threshold: 1}");
    check("{id: R, dedup_period_minutes: 60}");
    check("{id: R, tags: []}");
    check("{id: R, inline_filters: []}");
    assert_eq!(check("{id: P, threshold: 2}"), "`threshold` has no meaning for an item of the type `policy`");
    check("{id: K, enabled: true}");
    check("{id: Q, inline_filters: [{KeyPath: a, Condition: IsNullOrEmpty}]}");
    let content = load(&[(&[("r.yml", &rule)], ""), (&[("r.yml", &rule)], "- {id: R, threshold: 2}\n")]);
    assert_eq!(content.codes(), ["C127"], "the root replaces what it overrides");
    assert_eq!(content.detection("R").threshold, 1);
    let content =
        load(&[(&[("r.yml", &rule)], ""), (&[], "- {id: R, threshold: 2}\n"), (&[("r.yml", &rule)], "")]);
    assert_eq!(content.codes(), ["C127"], "a later root replaces what is overridden");
}

#[test]
fn an_override_that_does_half_is_half_applied() {
    let content = override_rule("", "- {id: R, severity: High, threshold: 2}\n");
    assert_eq!((content.codes(), content.detection("R").threshold), (vec!["C127"], 2));
    assert_eq!(content.steps(), ["R threshold null 2 a/r.yml:2 b/overrides.yml:1"]);
}

#[test]
fn items_of_other_kinds_are_overridden_where_they_have_the_key() {
    let query = "AnalysisType: scheduled_query\nQueryName: q\nEnabled: true\nQuery: SELECT 1\nSchedule: {RateMinutes: 5, TimeoutMinutes: 5}\n";
    let content = load(&[(&[("q.yml", query)], ""), (&[], "- {id: q, enabled: false, tags: [x]}\n")]);
    assert_eq!(content.codes(), [""; 0]);
    let ItemState::Ready(ItemBody::ScheduledQuery(query)) = &content.item("q").state else { panic!() };
    assert_eq!((query.enabled, query.query.tags.as_slice()), (false, &["x".to_owned()][..]));
}

#[test]
fn derived_rules_see_their_base_as_it_counts() {
    let base = rule_yaml("Base", "Threshold: 2\n");
    let own = "AnalysisType: rule\nRuleID: Own\nBaseDetection: Base\nTags: [t]\n";
    let load_own =
        |overrides: &str| load(&[(&[("own.yml", own), ("base.yml", &base)], ""), (&[], overrides)]);
    let plain = load_own("");
    let content = load_own("- {id: Base, threshold: 5, tags: [u]}\n");
    assert_eq!(content.codes(), [""; 0]);
    let detection = content.detection("Own");
    assert_eq!((detection.threshold, detection.tags.as_slice()), (5, &["t".to_owned()][..]));
    assert_ne!(detection.version, plain.detection("Own").version);
    let content = load_own("- {id: Own, threshold: 5}\n");
    assert_eq!((content.detection("Own").threshold, content.detection("Base").threshold), (5, 2));
    assert_ne!(content.detection("Own").version, plain.detection("Own").version);
    assert_eq!(content.detection("Base").version, plain.detection("Base").version);
    assert_eq!(content.steps(), ["Own threshold 2 5 a/own.yml:2 b/overrides.yml:1"]);
    assert_eq!(load_own("- {id: Own, threshold: 2}\n").codes(), ["C127"], "the base has the value");
}

#[test]
fn a_base_may_lie_in_any_root() {
    let own = "AnalysisType: rule\nRuleID: Own\nBaseDetection: Base\nThreshold: 3\n";
    let base = rule_yaml("Base", "");
    for roots in
        [[("own.yml", own), ("base.yml", base.as_str())], [("base.yml", base.as_str()), ("own.yml", own)]]
    {
        let [first, second] = roots;
        let content = load(&[(&[first], ""), (&[second], "")]);
        assert_eq!((content.codes(), content.detection("Own").threshold), (vec![], 3));
    }
}

#[test]
fn a_file_of_overrides_in_the_wrong_place_is_told() {
    let entry = "- {id: R, threshold: 2}\n";
    for path in ["rules/overrides.yml", "overrides.yaml"] {
        let content = load(&[(&[(path, entry)], "")]);
        assert_eq!(content.codes(), ["C129"], "{path}");
    }
    let content = load(&[(&[("rules/overrides.yml", "- a\n"), ("rules/list.yml", entry)], "")]);
    assert_eq!(content.codes(), [""; 0]);
}
