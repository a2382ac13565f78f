//! Inline filters in the form that other programs run them in: a `statement`, made of `{and}`, `{or}`, `{not}`
//! and `{target, operator, value}`. Source: `detections.md` §4.5, §4.2 (targets are `JMESPath`).

use std::path::Path;

use serde_json::{Value, json};

use super::ast::{AddressClass, Check, Comparison, Expression, Order, Test};
use super::network::Network;
use super::path::{KeyPath, Step};
use super::read_filters;
use crate::report::Report;
use crate::yaml;

/// Reads inline filters, in YAML or JSON, and answers with their compiled form; all of them must hold.
///
/// # Errors
/// What is wrong with them, in one sentence.
pub fn compile_filters(text: &str) -> Result<Value, String> {
    let node = yaml::read(text).map_err(|error| error.message)?;
    let Some(node) = node else { return Ok(json!({ "statement": { "and": [] } })) };
    let mut report = Report::new(Path::new("InlineFilters"));
    let filters = read_filters(&node, &mut report);
    if let Some(finding) = report.findings.into_iter().find(|finding| finding.level == crate::Level::Error) {
        return Err(finding.message);
    }
    compile_all(&filters.expressions).map(|all| json!({ "statement": { "and": all } }))
}

fn compile_all(expressions: &[Expression]) -> Result<Vec<Value>, String> {
    expressions.iter().map(compile).collect()
}

fn compile(expression: &Expression) -> Result<Value, String> {
    Ok(match expression {
        Expression::All(all) => json!({ "and": compile_all(all)? }),
        Expression::Any(any) => json!({ "or": compile_all(any)? }),
        Expression::NoneOf(none) => json!({ "not": compile_all(none)? }),
        Expression::Always(true) => json!({ "and": [] }),
        // There is no constant: nothing is an element of nothing.
        Expression::Always(false) => json!({ "target": "p_row_id", "operator": "in", "value": [] }),
        Expression::Test(test) => compile_test(test)?,
        Expression::OnlyOne(_) | Expression::Elements { .. } => {
            return Err("an expression of a form that filters do not have".to_owned());
        }
    })
}

fn compile_test(test: &Test) -> Result<Value, String> {
    let Test { condition, negated, key, check } = test;
    let target = target(key);
    let statement = |operator: &str, value: Value| {
        let operator = if *negated { negation(operator) } else { operator.to_owned() };
        json!({ "target": target, "operator": operator, "value": value })
    };
    let of_networks = |operator: &str, networks: &[Network]| {
        let each = networks.iter().map(|network| statement(operator, network.to_string().into()));
        let each: Vec<Value> = each.collect();
        match <[Value; 1]>::try_from(each) {
            Ok([only]) => only,
            // None of several: each of them not.
            Err(each) if *negated => json!({ "and": each }),
            Err(each) => json!({ "or": each }),
        }
    };
    Ok(match check {
        Check::IsEmpty => statement("empty", Value::Null),
        Check::Address(AddressClass::Public) => statement("is_public", Value::Null),
        Check::Address(AddressClass::Private) => statement("is_private", Value::Null),
        Check::Constant(comparison, value) => match operator(*comparison) {
            Some(operator) => statement(operator, value.clone()),
            None => return Err(unknown(condition)),
        },
        Check::Members(values) => statement("in", values.clone().into()),
        Check::InNetworks(networks) => of_networks("in_cidr", networks),
        Check::ListInNetworks(networks) => of_networks("contains_ip", networks),
        Check::Exists | Check::IsNull | Check::Key(..) | Check::Address(_) => return Err(unknown(condition)),
    })
}

fn unknown(condition: &str) -> String {
    format!("filters do not have the condition `{condition}`")
}

fn operator(comparison: Comparison) -> Option<&'static str> {
    Some(match comparison {
        Comparison::Equals { ignore_case: false } => "==",
        Comparison::Equals { ignore_case: true } => "insensitive_equals",
        Comparison::Order(Order::Greater) => ">",
        Comparison::Order(Order::GreaterOrEqual) => ">=",
        Comparison::Order(Order::Less) => "<",
        Comparison::Order(Order::LessOrEqual) => "<=",
        Comparison::Contains { ignore_case: false } => "contains",
        Comparison::Contains { ignore_case: true } => "insensitive_contains",
        Comparison::StartsWith { ignore_case: false } => "starts_with",
        Comparison::StartsWith { ignore_case: true } => "insensitive_starts_with",
        Comparison::EndsWith { ignore_case: false } => "ends_with",
        Comparison::EndsWith { ignore_case: true } => "insensitive_ends_with",
        Comparison::In | Comparison::InNetwork | Comparison::ListInNetwork => return None,
    })
}

fn negation(operator: &str) -> String {
    match operator {
        "==" => "!=".to_owned(),
        operator => format!("!{operator}"),
    }
}

/// A path as `JMESPath`; rows of an enrichment may be one object or a list of them.
fn target(key: &KeyPath) -> String {
    let rows = key.steps.iter().position(|step| *step == Step::Rows);
    let Some(rows) = rows else { return joined(&key.steps) };
    let (before, after) = key.steps.split_at(rows);
    let after = &after[1..];
    let table = joined(before);
    let field = joined(after);
    format!("{table}[].{field} || {table}.{field}")
}

fn joined(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Field(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&field_name(name));
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
            Step::Every | Step::Rows => text.push_str("[*]"),
        }
    }
    text
}

/// A name as it is, or in quotes when it has more than letters, digits and `_`.
fn field_name(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if is_plain { name.to_owned() } else { Value::from(name).to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(filters: &str, expected: &Value) {
        let compiled = compile_filters(filters).unwrap();
        assert_eq!(compiled, json!({ "statement": expected }), "{filters}");
    }

    #[test]
    fn filters_become_statements() {
        check("[]", &json!({"and": []}));
        check(
            r#"[{"KeyPath": "action", "Condition": "Equals", "Value": "login"}]"#,
            &json!({"and": [{"target": "action", "operator": "==", "value": "login"}]}),
        );
        check(
            "- All: []\n- Any:\n  - {KeyPath: actor.name, Condition: StartsWith, Value: svc}\n  - {KeyPath: port, Condition: IsNotIn, Values: [22, 443]}\n",
            &json!({"and": [
                {"and": []},
                {"or": [
                    {"target": "actor.name", "operator": "starts_with", "value": "svc"},
                    {"target": "port", "operator": "!in", "value": [22, 443]},
                ]},
            ]}),
        );
        check(
            "[{KeyPath: 'hosts[*].\"odd-name\"', Condition: IsNotNullOrEmpty}]",
            &json!({"and": [{"target": "hosts[*].\"odd-name\"", "operator": "!empty", "value": null}]}),
        );
        check(
            "[{KeyPath: ip, Condition: IsIPAddressNotInCIDR, Value: 10.1.2.3/8}]",
            &json!({"and": [{"target": "ip", "operator": "!in_cidr", "value": "10.0.0.0/8"}]}),
        );
    }

    #[test]
    fn what_filters_cannot_say_is_refused() {
        for filters in [
            "[{KeyPath: a, Condition: Exists}]",
            "[{None: []}]",
            "[{KeyPath: a, Condition: Likes, Value: 1}]",
            "a: b",
        ] {
            let problem = compile_filters(filters).unwrap_err();
            assert!(!problem.is_empty(), "{filters}");
        }
        assert!(compile_filters("[{").is_err());
    }
}
