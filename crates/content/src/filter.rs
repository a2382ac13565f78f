//! `--filter KEY=VALUE` of the command line. Source: `detections.md` §1.2, step 6.

use std::path::Path;

use serde_json::Value;

use crate::check::near_miss;
use crate::item::Item;
use crate::keys;

/// A condition on the top-level keys of items.
///
/// `KEY=A,B` keeps items whose value is A or B; `KEY!=A` keeps the others; letter case makes no difference;
/// a list fits when one of its entries does; a missing key is an empty text. Several filters are joined with
/// and. Globals and data models in their usual folders are always kept, because others need them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    key: &'static str,
    values: Vec<String>,
    inverted: bool,
}

/// Why something that a caller gave cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// No `=`, or nothing on one side of it.
    #[error("the filter `{text}` is not of the form `KEY=VALUE` or `KEY!=VALUE`")]
    FilterForm {
        /// The filter.
        text: String,
    },
    /// The key is none of the keys of rules, policies and globals.
    #[error("unknown filter key `{key}`{}", near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    FilterKey {
        /// The key.
        key: String,
        /// The key that was probably meant.
        near: Option<&'static str>,
    },
    /// `Enabled` takes a boolean word.
    #[error("the filter `Enabled` takes `true` or `false`, not `{value}`")]
    FilterFlag {
        /// The value.
        value: String,
    },
}

impl Filter {
    /// Reads `KEY=VALUE[,VALUE…]` or `KEY!=VALUE[,VALUE…]`.
    ///
    /// # Errors
    /// The form is wrong, the key is none of rules, policies and globals, or `Enabled` gets no boolean.
    pub fn parse(text: &str) -> Result<Filter, ContentError> {
        let form = || ContentError::FilterForm { text: text.to_owned() };
        let (key, values) = text.split_once('=').ok_or_else(form)?;
        let (key, inverted) = match key.strip_suffix('!') {
            Some(key) => (key, true),
            None => (key, false),
        };
        if key.is_empty() || values.is_empty() || values.contains('=') {
            return Err(form());
        }
        let known = || [&keys::GLOBAL, &keys::POLICY, &keys::RULE].into_iter().flat_map(|shape| shape.keys);
        let Some(known_key) = known().find(|known| known.name == key) else {
            let near = near_miss(key, known().map(|known| known.name));
            return Err(ContentError::FilterKey { key: key.to_owned(), near });
        };
        let values = if key == "Enabled" {
            let flag =
                parse_flag(values).ok_or_else(|| ContentError::FilterFlag { value: values.to_owned() })?;
            vec![flag.to_string()]
        } else {
            values.split(',').map(str::to_lowercase).collect()
        };
        Ok(Filter { key: known_key.name, values, inverted })
    }

    /// Whether the item stays.
    pub fn keeps(&self, item: &Item) -> bool {
        if is_always_kept(&item.file) {
            return true;
        }
        let fits = match item.fields.get(self.key) {
            Some(Value::Array(entries)) => entries.iter().any(|entry| self.fits(entry)),
            Some(value) => self.fits(value),
            None => self.values.iter().any(String::is_empty),
        };
        fits != self.inverted
    }

    fn fits(&self, value: &Value) -> bool {
        let text = match value {
            Value::String(text) => text.to_lowercase(),
            other => other.to_string(),
        };
        self.values.contains(&text)
    }
}

fn parse_flag(word: &str) -> Option<bool> {
    match word.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Folders whose name is `global_helpers`, or whose path holds `data_models`.
fn is_always_kept(file: &Path) -> bool {
    let Some(folder) = file.parent() else { return false };
    folder.file_name().is_some_and(|name| name == "global_helpers")
        || folder.to_string_lossy().contains("data_models")
}
