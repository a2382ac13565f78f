//! The Python that is written from detections in YAML, beside the native evaluation: every row of the tables of
//! conditions, with the event as plain values and as rules see it, gives the same answer or the same class of error.

use std::io::Write as _;
use std::process::{Command, Stdio};

use content::simple::rule_to_python;
use detect::simple::SimpleRule;
use serde_json::{Value, json as to_json};

use super::cases::{blocks, indented, rule_of, said};
use super::json;

/// Runs modules on events: what `rule` answered, or the class of its error; of `says`, what the functions for alerts
/// answered too.
const DRIVER: &str = r#"
import json, sys

sys.path.insert(0, sys.argv[1])
from panther_core.enriched_event import PantherEvent


def run(case, event):
    module = {}
    exec(case["python"], module)
    if not case["says"]:
        try:
            return module["rule"](event)
        except Exception as error:
            return type(error).__name__
    def answer(name):
        try:
            return module[name](event) if name in module else None
        except Exception as error:
            return type(error).__name__
    return {name: answer(name) for name in ("title", "dedup", "alert_context", "severity")}


def both(case):
    event = json.loads(case["event"])
    return [run(case, event), run(case, PantherEvent(event, None))]


json.dump([both(case) for case in json.load(sys.stdin)], sys.stdout)
"#;

/// One event and the Python of one rule.
struct Case {
    name: String,
    event: String,
    python: String,
    native: Value,
}

/// What Python says of each case, plain and as rules see events.
fn run(cases: &[Case], says: bool) -> Vec<[Value; 2]> {
    let input: Vec<Value> = cases
        .iter()
        .map(|case| to_json!({"event": case.event, "python": case.python, "says": says}))
        .collect();
    let mut child = Command::new("python3")
        .args(["-c", DRIVER, concat!(env!("CARGO_MANIFEST_DIR"), "/../../python")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::Array(input).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 ended with {}", output.status);
    let found: Vec<[Value; 2]> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found.len(), cases.len());
    found
}

fn case(name: &str, keys: &str, event: &str) -> Case {
    let rule = rule_of(keys);
    let simple = SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap());
    let native = match simple.matches(&json(event)) {
        Ok(holds) => Value::Bool(holds),
        Err(error) => Value::String(error.class.to_owned()),
    };
    let python = rule_to_python(keys).unwrap_or_else(|problem| panic!("{problem}\n{keys}"));
    Case { name: name.to_owned(), event: event.to_owned(), python, native }
}

#[test]
fn conditions_hold_in_python_as_they_do_natively() {
    let mut cases = Vec::new();
    for table in [
        include_str!("cases/conditions.txt"),
        include_str!("cases/addresses.txt"),
        include_str!("cases/combinators.txt"),
        include_str!("cases/keys.txt"),
    ] {
        for block in blocks(table) {
            let keys = format!("Detection:\n{}", indented(&block.yaml));
            cases.extend(block.rows.iter().map(|(event, _)| case(&block.name, &keys, event)));
        }
    }
    let tables = cases.len();
    for row in include_str!("cases/python.tsv").lines().filter(|line| !line.starts_with('#')) {
        let [_, expression, event] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        cases.push(case(expression, &format!("Detection:\n  - {expression}\n"), event));
    }
    assert!(tables >= 380 && cases.len() - tables >= 800, "{tables} and {} rows", cases.len());
    let mut wrong = Vec::new();
    for (case, [plain, seen]) in cases.iter().zip(run(&cases, false)) {
        if plain != case.native || seen != case.native {
            let Case { name, event, python, native } = case;
            wrong.push(format!("{name}: {event} is {native}, {plain} and {seen}\n{python}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Numbers that Python writes in another way are compared as numbers.
fn read_group(dedup: &Value) -> Value {
    let values = dedup.as_str().and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    values.map_or_else(|| dedup.clone(), |values| values.iter().map(in_floats).collect())
}

fn in_floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => to_json!(number.as_f64()),
        Value::Array(list) => list.iter().map(in_floats).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), in_floats(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other.clone(),
    }
}

#[test]
fn alerts_say_in_python_what_they_say_natively() {
    let mut cases = Vec::new();
    for block in blocks(include_str!("cases/alerts.txt")) {
        let keys = format!("Detection: [{{Condition: AlwaysTrue}}]\n{}", block.yaml);
        let rule = rule_of(&keys);
        let simple = SimpleRule::compile(&rule.detection.id, rule.logic.simple().unwrap());
        for (event, _) in &block.rows {
            let native = Value::Object(said(&simple, &json(event)));
            cases.push(Case { native, ..case(&block.name, &keys, event) });
        }
    }
    for (case, both) in cases.iter().zip(run(&cases, true)) {
        let Case { name, event, python, native } = case;
        let shown = format!("{name}: {event}\n{python}");
        for found in both {
            assert_eq!(found["title"], native["title"], "{shown}");
            // Without the function the title or a text of the rule is taken, as everywhere.
            if !found["dedup"].is_null() {
                assert_eq!(read_group(&found["dedup"]), read_group(&native["dedup"]), "{shown}");
            }
            assert_eq!(in_floats(&found["alert_context"]), in_floats(&native["context"]), "{shown}");
            let severity = match &native["severity"] {
                Value::Null if native["warnings"] == 1 => to_json!("TypeError"),
                Value::Null if found["severity"].is_null() => Value::Null,
                Value::Null => to_json!("DEFAULT"),
                severity => severity.clone(),
            };
            assert_eq!(found["severity"], severity, "{shown}");
        }
    }
}

/// What people see: the conditions at the top, what they mean below, and nothing that is not called.
#[test]
fn the_python_of_a_rule_can_be_read() {
    let python = rule_to_python(
        "Detection:\n  - {Key: eventName, Condition: Equals, Value: StopLogging}\n  \
         - {DeepKey: [user, type], Condition: DoesNotEqual, Value: \"Root \\\"x\\\"\"}\n  \
         - Any:\n      - {KeyPath: 'ips[*].address', Condition: IsNullOrEmpty}\n      \
         - {Key: count, Condition: IsGreaterThan, Value: 5}\n  \
         - {Key: agent, Condition: IsIn, Values: [one, two]}\nAlertTitle: 'Stopped by {user.name}'\n",
    )
    .unwrap();
    let expected = "\
\"\"\"Written from a detection in YAML: change that, and this is written anew.\"\"\"

from collections.abc import Mapping, Sequence


def rule(event):
    return (
        _value(event, \"eventName\") == \"StopLogging\"
        and _value(event, \"user\", \"type\") != \"Root \\\"x\\\"\"
        and (
            _is_empty(_value(event, \"ips\", _EACH, \"address\"))
            or _is_greater(_value(event, \"count\"), 5)
        )
        and _is_one_of(_value(event, \"agent\"), [\"one\", \"two\"])
    )


def title(event):
    return \"Stopped by \" + _text(event, \"user\", \"name\")


_MISSING = object()
";
    assert!(python.starts_with(expected), "{python}");
    assert!(!python.contains("ipaddress") && !python.contains("_contains"), "{python}");
    assert!(python.contains("def _find(") && python.contains("def _text("), "{python}");
}

#[test]
fn what_is_no_rule_in_yaml_is_refused_with_its_reason() {
    for (text, what) in [
        ("[1]", "this is no rule"),
        ("{\"RuleID\": \"R\"}", "has no `Detection`"),
        ("Detection: [{Key: a, Condition: Equalz, Value: 1}]", "`Equalz`"),
        ("Detection: {", "this is no YAML"),
    ] {
        let refused = rule_to_python(text).unwrap_err();
        assert!(refused.contains(what), "{text}: {refused}");
    }
}
