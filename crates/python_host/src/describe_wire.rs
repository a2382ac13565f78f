//! What a worker says about a pypanther project, and what of it is believed.
//!
//! The `main.py` of the project has run in that worker, so every text may be anything. It can say nothing
//! that reaches beyond its own project; here only its shape and its places are put in order.

use std::collections::BTreeMap;
use std::path::PathBuf;

use content::{
    CodePlace, DescribedProject, DescribedRule, DescribedTest, ProjectFault, PypantherProject, RuleAttributes,
};
use model::Severity;
use serde::Deserialize;

/// Most rules that one project may register.
const RULES_MAX: usize = 10_000;

/// The answer to a describe request.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Described {
    Fault { fault: FaultWire },
    Rules { rules: Vec<RuleWire>, package_version: Option<String> },
}

/// Why `main.py` did not come to its end.
#[derive(Deserialize)]
pub(crate) struct FaultWire {
    pub(crate) error_type: String,
    pub(crate) message: String,
    /// File of the project.
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    /// The module that cannot be imported.
    pub(crate) missing: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct RuleWire {
    id: String,
    class_name: String,
    place: PlaceWire,
    fault: Option<String>,
    #[serde(flatten)]
    attributes: Option<AttributesWire>,
}

#[derive(Deserialize)]
struct AttributesWire {
    log_types: Vec<String>,
    severity: String,
    enabled: bool,
    create_alert: bool,
    dedup_period_minutes: u64,
    threshold: u64,
    display_name: String,
    description: String,
    reference: String,
    runbook: String,
    destinations: Vec<String>,
    summary_attributes: Vec<String>,
    tags: Vec<String>,
    reports: BTreeMap<String, Vec<String>>,
    tests: Vec<TestWire>,
}

#[derive(Deserialize)]
struct TestWire {
    name: String,
    expected: bool,
    #[serde(flatten)]
    place: PlaceWire,
}

#[derive(Deserialize)]
struct PlaceWire {
    file: Option<String>,
    package_file: Option<String>,
    line: u32,
}

/// The rules, in order of id, each id once.
pub(crate) fn read_rules(
    project: &PypantherProject,
    rules: Vec<RuleWire>,
    package_version: Option<String>,
) -> Result<DescribedProject, ProjectFault> {
    if rules.len() > RULES_MAX {
        let message = format!("the project registers {} rules; at most {RULES_MAX} are taken", rules.len());
        return Err(fault_at_main(project, message, None));
    }
    let mut rules: Vec<DescribedRule> = rules.into_iter().map(|rule| read_rule(project, rule)).collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules.dedup_by(|a, b| a.id == b.id);
    Ok(DescribedProject { rules, package_version })
}

/// A fault of the project as a whole.
pub(crate) fn fault_at_main(
    project: &PypantherProject,
    message: String,
    hint: Option<String>,
) -> ProjectFault {
    ProjectFault { file: project.main_file(), line: 1, message, hint }
}

/// The place of a fault within the project; the beginning of `main.py` when there is none.
pub(crate) fn place_of_fault(
    project: &PypantherProject,
    file: Option<&str>,
    line: Option<u32>,
) -> (PathBuf, u32) {
    match file.filter(|file| project.text(file).is_some()) {
        Some(file) => (project.root().join(file), line.unwrap_or(1).max(1)),
        None => (project.main_file(), 1),
    }
}

fn read_rule(project: &PypantherProject, rule: RuleWire) -> DescribedRule {
    let RuleWire { id, class_name, place, fault, attributes } = rule;
    let attributes = match (fault, attributes) {
        (Some(fault), _) => Err(fault),
        (None, Some(attributes)) => read_attributes(project, attributes),
        (None, None) => Err("its attributes cannot be read".to_owned()),
    };
    DescribedRule { id, class_name, place: read_place(project, place), attributes }
}

fn read_attributes(project: &PypantherProject, wire: AttributesWire) -> Result<RuleAttributes, String> {
    let default_severity = Severity::parse(&wire.severity)
        .ok_or_else(|| format!("default_severity: `{}` is no severity", wire.severity))?;
    let tests = wire.tests.into_iter().map(|test| DescribedTest {
        name: test.name,
        expected_result: test.expected,
        place: read_place(project, test.place),
    });
    Ok(RuleAttributes {
        log_types: wire.log_types,
        default_severity,
        enabled: wire.enabled,
        create_alert: wire.create_alert,
        dedup_period_minutes: wire.dedup_period_minutes,
        threshold: wire.threshold,
        display_name: wire.display_name,
        default_description: wire.description,
        default_reference: wire.reference,
        default_runbook: wire.runbook,
        default_destinations: wire.destinations,
        summary_attributes: wire.summary_attributes,
        tags: wire.tags,
        reports: wire.reports,
        tests: tests.collect(),
    })
}

fn read_place(project: &PypantherProject, place: PlaceWire) -> CodePlace {
    let line = place.line.max(1);
    let inner_path = place.file.filter(|file| project.text(file).is_some());
    let file = match (&inner_path, place.package_file) {
        (Some(inner_path), _) => project.root().join(inner_path),
        (None, Some(file)) => PathBuf::from(file),
        (None, None) => return CodePlace { inner_path: None, file: project.main_file(), line: 1 },
    };
    CodePlace { inner_path, file, line }
}

#[cfg(test)]
mod tests {
    use content::SourceFile;
    use serde_json::json;

    use super::*;

    fn project() -> PypantherProject {
        let file = |path: &str| SourceFile { path: path.into(), text: String::new() };
        PypantherProject::try_new("p".into(), vec![file("p/main.py"), file("p/a.py")]).unwrap()
    }

    fn rule(id: &str, severity: &str, file: &str) -> serde_json::Value {
        json!({
            "id": id, "class_name": "a.R", "fault": null, "log_types": ["T"], "severity": severity,
            "place": {"file": file, "package_file": null, "line": 0},
            "enabled": true, "create_alert": true, "dedup_period_minutes": 60, "threshold": 1,
            "display_name": "", "description": "", "reference": "", "runbook": "", "destinations": [],
            "summary_attributes": [], "tags": [], "reports": {},
            "tests": [{"name": "t", "expected": true, "file": null, "package_file": "/lib/x.py", "line": 3}],
        })
    }

    fn read(answer: serde_json::Value) -> Result<DescribedProject, ProjectFault> {
        match serde_json::from_value(answer).unwrap() {
            Described::Rules { rules, package_version } => read_rules(&project(), rules, package_version),
            Described::Fault { .. } => panic!("these are rules"),
        }
    }

    #[test]
    fn rules_come_once_each_in_order_with_places_of_the_project() {
        let rules =
            [rule("B", "HIGH", "a.py"), rule("A", "loud", "../../etc/passwd"), rule("B", "LOW", "a.py")];
        let read = read(json!({"rules": rules, "package_version": "1"})).unwrap();
        let ids: Vec<&str> = read.rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(ids, ["A", "B"]);
        let [first, second] = read.rules.as_slice() else { panic!("two rules") };
        assert_eq!(first.attributes, Err("default_severity: `loud` is no severity".to_owned()));
        assert_eq!((first.place.file.to_str(), first.place.line), (Some("p/main.py"), 1));
        assert_eq!((second.place.file.to_str(), second.place.line), (Some("p/a.py"), 1));
        let test = &second.attributes.as_ref().unwrap().tests[0];
        assert_eq!((test.place.file.to_str(), test.place.line), (Some("/lib/x.py"), 3));
    }

    #[test]
    fn a_rule_without_end_of_rules_is_a_fault() {
        let rules: Vec<_> = (0..=RULES_MAX).map(|n| rule(&n.to_string(), "LOW", "a.py")).collect();
        let fault = read(json!({"rules": rules, "package_version": null})).unwrap_err();
        assert_eq!(fault.message, "the project registers 10001 rules; at most 10000 are taken");
    }

    #[test]
    fn a_rule_with_a_fault_needs_no_attributes() {
        let broken = json!({"id": "A", "class_name": "a.R", "fault": "threshold: too small",
            "place": {"file": "a.py", "package_file": null, "line": 7}});
        let read = read(json!({"rules": [broken], "package_version": null})).unwrap();
        assert_eq!(read.rules[0].attributes, Err("threshold: too small".to_owned()));
        assert_eq!(read.rules[0].place.line, 7);
    }
}
