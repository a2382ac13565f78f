//! Every condition, combinator and key form over values of every kind: `expressions.tsv`.

use detect::Simple;

use crate::detection;

#[test]
fn expressions_hold_as_the_table_says() {
    let table = include_str!("expressions.tsv");
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let [expected, expression, event] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let detection = detection(&format!("Detection:\n  - {expression}"));
        let event = model::json::parse_json(event).unwrap();
        let found = match (Simple { detection: &detection }).matches(&event) {
            Ok(true) => "true",
            Ok(false) => "false",
            Err(error) => error.error_type,
        };
        if found != expected {
            wrong.push(format!("{line} gave {found}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 250, "{count}");
}
