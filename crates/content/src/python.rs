//! A look at Python text that needs no parser; the worker that imports the file has the last word.

/// Whether a file seems to define or import `name`. A helper for a warning: when in doubt, yes.
pub(crate) fn defines_function(text: &str, name: &str) -> bool {
    let mut in_import = false;
    for line in text.lines() {
        let line = line.trim();
        if !in_import && (line.starts_with("from ") || line.starts_with("import ")) {
            in_import = true;
        }
        if in_import {
            let code = line.split('#').next().unwrap_or_default();
            if words(code).any(|word| word == name) || code.contains("import *") {
                return true;
            }
            let is_open = code.contains('(') || !starts_statement(line);
            in_import = (is_open && !code.contains(')')) || code.ends_with('\\');
            continue;
        }
        if defines(line, name) {
            return true;
        }
    }
    false
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

fn starts_statement(line: &str) -> bool {
    line.starts_with("from ") || line.starts_with("import ")
}

/// `def name`, `class name`, `name = …`, `name: … = …`.
fn defines(line: &str, name: &str) -> bool {
    let line = line.strip_prefix("async ").unwrap_or(line).trim_start();
    if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("class ")) {
        return words(rest.trim_start()).next() == Some(name);
    }
    let Some(rest) = line.strip_prefix(name) else { return false };
    let rest = rest.trim_start();
    rest.starts_with(':') || (rest.starts_with('=') && !rest.starts_with("=="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        assert_eq!(defines_function(text, "rule"), expected, "{text}");
    }

    #[test]
    fn sees_every_way_to_have_a_rule() {
        check("import json\n\n\ndef rule(event):\n    return True\n", true);
        check("rule = make_rule()\n", true);
        check("from helpers import rule\n", true);
        check("from helpers import (\n    title,  # rule\n    rule,\n)\n", true);
        check("from helpers import title as rule, \\\n    dedup\n", true);
        check("from helpers import *\n", true);
        check("if True:\n    def rule(_):\n        return True\n", true);
    }

    #[test]
    fn other_names_are_no_rule() {
        check("", false);
        check("def rules(event):\n    return rule\n", false);
        check("from helpers import (\n    title,\n)\nx = rule == 1\n", false);
        check("import json\nprint(rule)\n", false);
    }
}
