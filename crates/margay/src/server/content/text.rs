//! From the texts of an editor to the texts of an item, and what is wrong with them beside what loading finds.

use std::collections::BTreeMap;

use api::{ContentIssue, ContentItem, ContentRefusal, ItemText, TextFile, TextFinding};
use content::read_head;
use store::{ContentFileData, ContentText};

use super::form::{path_of, python_name, type_of};

/// Texts as they would be stored, and why they cannot be.
pub(super) struct Written {
    pub(super) id: String,
    pub(super) text: ContentText,
    pub(super) findings: Vec<TextFinding>,
}

/// The texts of an item as an editor has them; `existing` has its id now.
pub(super) fn written(item: ItemText, existing: Option<&ContentItem>) -> Written {
    let ItemText { id, kind, yaml, python } = item;
    let (analysis_type, id_key) = type_of(kind);
    // An empty field is no file.
    let python = python.filter(|python| !python.trim().is_empty());
    let mut findings = Vec::new();
    let head = read_head(&yaml);
    let (mut said_id, mut file_name) = (None, None);
    match &head {
        Ok(Some(head)) => {
            if head.analysis_type != analysis_type {
                let said = &head.analysis_type;
                let message =
                    format!("`AnalysisType` is `{said}`, and a {} has `{analysis_type}`", kind.noun());
                findings.push(error_at(
                    &yaml,
                    "AnalysisType",
                    "kind",
                    message,
                    "correct it, or make a new item",
                ));
            }
            if !id.is_empty() && head.id != id {
                let message = format!("`{id_key}` is `{}`, and the item that is saved is `{id}`", head.id);
                findings.push(error_at(&yaml, id_key, "id", message, "correct it, or make a new item of it"));
            }
            if python.is_some() && head.file_name.is_none() {
                let message = "the YAML names no file for the Python, which would not be used".to_owned();
                let hint = format!("add `Filename: {}`", python_name(&head.id, existing));
                findings.push(error_at(&yaml, id_key, "file", message, &hint));
            }
            said_id = Some(head.id.clone());
            file_name = head.file_name.clone();
        }
        Ok(None) => {
            let message = "the YAML has no `AnalysisType`, so that it is no item".to_owned();
            let hint = format!("add `AnalysisType: {analysis_type}`");
            findings.push(error_at(&yaml, "AnalysisType", "kind", message, &hint));
        }
        // Loading says it at length.
        Err(_) => {}
    }
    let id = if id.is_empty() { said_id.unwrap_or_default() } else { id };
    let id = if id.is_empty() { "new".to_owned() } else { id };
    let name = file_name.unwrap_or_else(|| python_name(&id, existing));
    let file = python.map(|python| ContentFileData { name, data: python.into_bytes() });
    let text = ContentText {
        analysis_type: head
            .ok()
            .flatten()
            .map_or_else(|| analysis_type.to_owned(), |head| head.analysis_type),
        path: path_of(kind, &id, existing),
        yaml,
        file,
        form: BTreeMap::new(),
    };
    Written { id, text, findings }
}

impl Written {
    /// Refuses what cannot be stored.
    pub(super) fn storable(self) -> Result<(String, ContentText), ContentRefusal> {
        let Written { id, text, findings } = self;
        let issue = |finding: TextFinding| {
            let TextFinding { line, message, hint, .. } = finding;
            let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
            ContentIssue { path: text.path.clone(), message: format!("line {line}: {message}{hint}") }
        };
        super::change::refuse(findings.into_iter().map(issue).collect())?;
        Ok((id, text))
    }
}

/// An error about a key at the top of a YAML, else about its first line.
fn error_at(yaml: &str, key: &str, code: &str, message: String, hint: &str) -> TextFinding {
    let begins = |line: &&str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    let index = yaml.lines().position(|line| begins(&line)).unwrap_or_default();
    let text = yaml.lines().nth(index).unwrap_or_default().trim_end();
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let line = number(index).saturating_add(1);
    TextFinding {
        file: TextFile::Yaml,
        line,
        column: 1,
        end_line: line,
        end_column: number(text.chars().count()).saturating_add(1),
        code: code.to_owned(),
        is_error: true,
        message,
        hint: Some(hint.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use api::ContentKind;

    use super::*;

    fn rule(id: &str, yaml: &str, python: Option<&str>) -> Written {
        let text = ItemText {
            id: id.to_owned(),
            kind: ContentKind::Rule,
            yaml: yaml.to_owned(),
            python: python.map(str::to_owned),
        };
        written(text, None)
    }

    fn codes(written: &Written) -> Vec<(&str, u32)> {
        written.findings.iter().map(|finding| (finding.code.as_str(), finding.line)).collect()
    }

    const YAML: &str = "AnalysisType: rule\nRuleID: A\nFilename: own.py\n";

    #[test]
    fn texts_are_kept_as_they_are_written() {
        let written = rule("A", YAML, Some("def rule(e): pass\n"));
        assert_eq!(codes(&written), []);
        let (id, text) = written.storable().unwrap();
        assert_eq!((id.as_str(), text.path.as_str(), text.yaml.as_str()), ("A", "rules/a.yml", YAML));
        let file = text.file.unwrap();
        assert_eq!((file.name.as_str(), file.data.as_slice()), ("own.py", &b"def rule(e): pass\n"[..]));
    }

    #[test]
    fn a_new_item_has_the_id_that_it_says() {
        assert_eq!(rule("", YAML, None).id, "A");
        assert_eq!(rule("", "a: [", None).id, "new");
        assert!(rule("A", YAML, Some(" \n")).text.file.is_none());
    }

    #[test]
    fn what_would_be_another_item_or_lose_its_code_is_an_error() {
        assert_eq!(codes(&rule("B", YAML, None)), [("id", 2)]);
        assert_eq!(
            codes(&rule("A", &YAML.replace("rule", "policy").replace("RuleID", "PolicyID"), None)),
            [("kind", 1)]
        );
        assert_eq!(codes(&rule("A", "RuleID: A", None)), [("kind", 1)]);
        let written = rule("A", "AnalysisType: rule\nRuleID: A\n", Some("x = 1"));
        assert_eq!(codes(&written), [("file", 2)]);
        let refusal = written.storable().unwrap_err();
        assert!(refusal.message().contains("add `Filename: a.py`"), "{}", refusal.message());
    }
}
