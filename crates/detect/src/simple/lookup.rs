//! Follows key paths into events.

use content::simple::{KeyPath, Step};
use serde_json::{Map, Value};

use super::view::{Found, View};

/// Whether letter case makes a difference in names of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// As rules see events: the exact name, else the first that differs in letter case only.
    Insensitive,
    /// As filters see events.
    Sensitive,
}

/// A path, ready to be followed.
#[derive(Clone, Debug)]
pub(super) struct Path {
    steps: Vec<CompiledStep>,
    from_event: bool,
    /// As it is written.
    pub(super) text: String,
}

#[derive(Clone, Debug)]
enum CompiledStep {
    Field(Name),
    Index(i64),
    Every,
    Rows,
}

#[derive(Clone, Debug)]
struct Name {
    exact: String,
    /// In lower case; `None` where letter case makes a difference.
    lower: Option<String>,
}

impl Path {
    pub(super) fn compile(path: &KeyPath, case: Case) -> Path {
        let step = |step: &Step| match step {
            Step::Field(name) => {
                let lower = (case == Case::Insensitive).then(|| name.to_lowercase());
                CompiledStep::Field(Name { exact: name.clone(), lower })
            }
            Step::Index(index) => CompiledStep::Index(*index),
            Step::Every => CompiledStep::Every,
            Step::Rows => CompiledStep::Rows,
        };
        Path {
            steps: path.steps.iter().map(step).collect(),
            from_event: path.from_event,
            text: path.to_string(),
        }
    }

    /// What it leads to from `current`, or from the event where it is about that.
    pub(super) fn find<'a>(&self, event: View<'a>, current: View<'a>) -> Found<'a> {
        follow(&self.steps, if self.from_event { event } else { current })
    }
}

/// The depth of recursion is at most that of lists in the event.
fn follow<'a>(steps: &[CompiledStep], start: View<'a>) -> Found<'a> {
    let mut at = start;
    for (done, step) in steps.iter().enumerate() {
        let next = match step {
            CompiledStep::Field(name) => at.object().and_then(|object| name.find(object)).map(View::Json),
            CompiledStep::Index(index) => at.index(*index),
            CompiledStep::Every | CompiledStep::Rows => match at.elements() {
                Some(elements) => {
                    let rest = &steps[done + 1..];
                    let found = elements.map(|element| follow(rest, element));
                    return Found::Every(found.filter(|found| found.value().is_some()).collect());
                }
                None if matches!(step, CompiledStep::Rows) => Some(at),
                None => None,
            },
        };
        match next {
            Some(next) => at = next,
            None => return Found::Missing,
        }
    }
    Found::Seen(at)
}

impl Name {
    fn find<'a>(&self, object: &'a Map<String, Value>) -> Option<&'a Value> {
        object.get(&self.exact).or_else(|| {
            let lower = self.lower.as_deref()?;
            object.iter().find(|(key, _)| is_lower_of(lower, key)).map(|(_, value)| value)
        })
    }
}

/// Whether a key is in an object as a rule sees it.
pub(super) fn has_key(object: &Map<String, Value>, key: &str, case: Case) -> bool {
    if object.contains_key(key) {
        return true;
    }
    case == Case::Insensitive && {
        let lower = key.to_lowercase();
        object.keys().any(|key| is_lower_of(&lower, key))
    }
}

/// Whether `key` in lower case is `lower`.
fn is_lower_of(lower: &str, key: &str) -> bool {
    if key.is_ascii() { key.eq_ignore_ascii_case(lower) } else { key.to_lowercase() == lower }
}
