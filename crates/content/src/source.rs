//! What the text of one item says, without loading it: what it is, and how its keys are written.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::author::write_value;
use crate::load::{ANALYSIS_TYPES, shape_of};
use crate::yaml::{self, Mapping, Node, Span};

/// Why a text cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct YamlFault {
    /// Where, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemHead {
    /// `AnalysisType`.
    pub analysis_type: String,
    /// Its id, whatever the key is called.
    pub id: String,
    /// The file beside it that `Filename` names, without a folder.
    pub file_name: Option<String>,
}

/// Reads what an item is; `None` when the text has no `AnalysisType`.
///
/// # Errors
/// The text is no YAML, or says no type that is known, or no id.
pub fn read_head(text: &str) -> Result<Option<ItemHead>, YamlFault> {
    let Some(root) = read(text)? else { return Ok(None) };
    let Some(map) = root.as_map().filter(|map| map.contains_key("AnalysisType")) else { return Ok(None) };
    let fault = |span: Span, message: String| Err(YamlFault { line: span.line, message });
    let analysis_type = &map["AnalysisType"];
    let Some(word) = analysis_type.value.as_text().filter(|word| ANALYSIS_TYPES.contains(word)) else {
        let message = format!("`AnalysisType` is not one of {}", ANALYSIS_TYPES.join(", "));
        return fault(analysis_type.key, message);
    };
    let (_, id_key) = shape_of(word, map);
    let Some(field) = map.get(id_key) else {
        return fault(analysis_type.key, format!("the key `{id_key}` is missing"));
    };
    let Some(id) = field.value.as_text().filter(|id| !id.is_empty()) else {
        return fault(field.key, format!("`{id_key}` must be a text that is not empty"));
    };
    let name = map.get("Filename").and_then(|field| field.value.as_text());
    let base = name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name).to_owned());
    let file_name = base.filter(|base| !base.is_empty());
    Ok(Some(ItemHead { analysis_type: word.to_owned(), id: id.to_owned(), file_name }))
}

/// Reads a YAML text as a value.
///
/// # Errors
/// The text is no YAML.
pub fn read_value(text: &str) -> Result<Value, YamlFault> {
    Ok(read(text)?.map_or(Value::Null, |root| root.to_json()))
}

/// The texts of some top-level keys as they are written, without the indentation of the key; a value that cannot
/// be cut out of its file is written anew. Keys that the text does not have are left out, and so is everything
/// when it is no YAML.
pub fn key_texts(text: &str, keys: &[&str]) -> BTreeMap<String, String> {
    let Ok(Some(root)) = read(text) else { return BTreeMap::new() };
    let Some(map) = root.as_map() else { return BTreeMap::new() };
    let found = keys.iter().filter_map(|key| Some(((*key).to_owned(), key_text(text, map, key)?)));
    found.collect()
}

fn read(text: &str) -> Result<Option<Node>, YamlFault> {
    yaml::read(text).map_err(|error| YamlFault { line: error.span.line, message: error.message })
}

fn key_text(text: &str, map: &Mapping, key: &str) -> Option<String> {
    let index = map.get_index_of(key)?;
    let field = &map[index];
    if let Some(text) = field.value.as_text() {
        return Some(text.to_owned());
    }
    let value = field.value.to_json();
    let end = map.get_index(index + 1).map(|(_, next)| next.key.line);
    let cut = cut(text, field.key, end);
    let reads_back = |cut: &String| read_value(cut).as_ref() == Ok(&value);
    Some(cut.filter(reads_back).unwrap_or_else(|| write_value(&value)))
}

/// What stands behind a key, up to the line of the next one.
fn cut(text: &str, key: Span, end: Option<u32>) -> Option<String> {
    let first = usize::try_from(key.line).ok()?.checked_sub(1)?;
    let count = match end {
        Some(end) => usize::try_from(end).ok()?.checked_sub(first + 1)?,
        None => usize::MAX,
    };
    let lines: Vec<&str> = text.lines().skip(first).take(count).collect();
    let (head, rest) = lines.split_first()?;
    let behind: String = head.chars().skip(usize::try_from(key.end_column).ok()?.checked_sub(1)?).collect();
    let behind = behind.trim_start().strip_prefix(':')?.trim_start();
    if !behind.is_empty() && !behind.starts_with('#') {
        return Some(std::iter::once(behind).chain(rest.iter().copied()).collect::<Vec<_>>().join("\n"));
    }
    let indent = |line: &&str| line.len() - line.trim_start_matches(' ').len();
    let written = || rest.iter().filter(|line| !line.trim().is_empty());
    // Remarks in the first column belong to what comes next.
    let last = rest.iter().rposition(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let depth = written().filter(|line| !line.starts_with('#')).map(indent).min()?;
    let mut cut = String::new();
    for line in &rest[..=last] {
        cut.push_str(line.get(depth.min(indent(line))..).unwrap_or_default());
        cut.push('\n');
    }
    Some(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_say_what_an_item_is() {
        let head = |text: &str| read_head(text);
        assert_eq!(head("a: 1"), Ok(None));
        assert_eq!(head(""), Ok(None));
        let found = head("{AnalysisType: scheduled_query, QueryName: Q, Filename: x/y.py}").unwrap().unwrap();
        assert_eq!((found.analysis_type.as_str(), found.id.as_str()), ("scheduled_query", "Q"));
        assert_eq!(found.file_name.as_deref(), Some("y.py"));
        for (text, line, what) in [
            ("x: [", 1, "no YAML"),
            ("a: 1\nAnalysisType: rul\n", 2, "`AnalysisType` is not one of rule,"),
            ("AnalysisType: rule\n", 1, "the key `RuleID` is missing"),
            ("AnalysisType: rule\nRuleID: 5\n", 2, "`RuleID` must be a text"),
        ] {
            let fault = head(text).unwrap_err();
            assert!(fault.message.contains(what) && fault.line == line, "{fault}");
        }
    }

    #[test]
    fn texts_of_keys_are_those_that_are_written() {
        let text = "AnalysisType: rule\nDetection:\n    # first\n    - KeyPath: a\n      Condition: Exists # yes\n\
                    \n    - KeyPath: b\n      Condition: Exists\n\n# about the next\nGroupBy: [ a,\n  b ]\nAlertTitle: \"T\\u00e4\"\n\
                    AlertContext: # all\n- KeyName: k\n  KeyPath: p\nInlineFilters:\n  - All: []";
        let texts =
            key_texts(text, &["Detection", "GroupBy", "AlertTitle", "AlertContext", "InlineFilters", "X"]);
        let detection =
            "# first\n- KeyPath: a\n  Condition: Exists # yes\n\n- KeyPath: b\n  Condition: Exists\n";
        assert_eq!(texts["Detection"], detection);
        assert_eq!(texts["GroupBy"], "[ a,\n  b ]");
        assert_eq!(texts["AlertTitle"], "Tä");
        assert_eq!(texts["AlertContext"], "- KeyName: k\n  KeyPath: p\n");
        assert_eq!(texts["InlineFilters"], "- All: []\n");
        assert_eq!(texts.len(), 5);
        let json = r#"{"AnalysisType": "rule", "Detection": [{"Key": "a"}], "GroupBy": 1}"#;
        let texts = key_texts(json, &["Detection", "GroupBy"]);
        assert_eq!(texts["Detection"], "- Key: a\n");
        assert_eq!(texts["GroupBy"], "1\n");
        assert!(key_texts("a: [", &["a"]).is_empty());
    }
}
