//! Titles and the limits of alert texts.

use std::io;

use model::{Alert, AlertType, Trigger};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Longest title, description, reference and runbook, in code points.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Longest alert context, in characters of its JSON text.
pub const CONTEXT_CHARS_MAX: usize = 204_800;

/// How titles are decorated when they are sent. Source: `destinations.md` §1.5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TitleStyle {
    /// The title as it is.
    #[default]
    Plain,
    /// `New Alert: …`, `New rule error: …`, `Policy Failure: …`.
    Classic,
}

/// The title of an alert as a destination shows it: decorated in the given style, or `[Re-sent]: …` when a
/// person sent the alert. One more attempt at a delivery that never arrived is no re-send.
pub fn display_title(alert: &Alert, style: TitleStyle, trigger: Trigger) -> String {
    if trigger == Trigger::Manual {
        return format!("[Re-sent]: {}", alert.title);
    }
    match style {
        TitleStyle::Plain => alert.title.clone(),
        TitleStyle::Classic => classic_title(alert),
    }
}

/// The undecorated title: the generated text, else the display name, else the id; at most
/// [`TEXT_CHARS_MAX`] characters.
pub(crate) fn base_title(generated: Option<&str>, display_name: Option<&str>, id: &str) -> String {
    let is_set = |text: &&str| !text.is_empty();
    let title = generated.filter(is_set).or(display_name.filter(is_set)).unwrap_or(id);
    stdx::truncate_generated(title, TEXT_CHARS_MAX)
}

/// A text of an alert: the generated one, cut to [`TEXT_CHARS_MAX`], else the detection's own.
/// An empty generated text counts as none.
pub(crate) fn text_or(generated: Option<String>, configured: Option<&String>) -> Option<String> {
    match generated.filter(|text| !text.is_empty()) {
        Some(text) if text.len() <= TEXT_CHARS_MAX => Some(text),
        Some(text) => Some(stdx::truncate_generated(&text, TEXT_CHARS_MAX)),
        None => configured.filter(|text| !text.is_empty()).cloned(),
    }
}

/// The context, or an object that names its size when it is larger than [`CONTEXT_CHARS_MAX`].
/// The engine that runs the rule applies the same limit first; this is the second check of the pair.
pub(crate) fn bounded_context(context: Map<String, Value>) -> Map<String, Value> {
    let size = json_chars(&context);
    if size <= CONTEXT_CHARS_MAX {
        return context;
    }
    let message = format!(
        "alert_context size is [{size}] characters, bigger than maximum of [{CONTEXT_CHARS_MAX}] characters"
    );
    Map::from_iter([("_error".to_owned(), Value::from(message))])
}

fn classic_title(alert: &Alert) -> String {
    let title = &alert.title;
    match alert.alert_type {
        AlertType::SystemError => title.clone(),
        AlertType::Policy => {
            let name = alert.detection_name.as_deref().unwrap_or(alert.detection_id.as_str());
            format!("Policy Failure: {name}")
        }
        AlertType::Rule | AlertType::ScheduledRule | AlertType::CorrelationRule => {
            format!("New Alert: {title}")
        }
        AlertType::RuleError
        | AlertType::ScheduledRuleError
        | AlertType::CorrelationRuleError
        | AlertType::PolicyError => format!("New rule error: {title}"),
    }
}

/// Characters of the compact JSON text, counted without building it.
fn json_chars(value: &Map<String, Value>) -> usize {
    let mut counter = CharCounter(0);
    serde_json::to_writer(&mut counter, value)
        .expect("a map with text keys is JSON, and counting cannot fail");
    counter.0
}

/// Counts the code points of UTF-8 written to it: every byte that does not continue one.
struct CharCounter(usize);

impl io::Write for CharCounter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.iter().filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000).count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_falls_back_to_name_and_id() {
        assert_eq!(base_title(Some("said"), Some("name"), "id"), "said");
        assert_eq!(base_title(Some(""), Some("name"), "id"), "name");
        assert_eq!(base_title(None, Some(""), "id"), "id");
        let long = base_title(Some(&"ä".repeat(1_001)), None, "id");
        assert_eq!(long.chars().count(), 1_000);
        assert!(long.ends_with("ä... (truncated)"));
    }

    #[test]
    fn empty_generated_texts_fall_back_to_the_detection() {
        let own = Some("own".to_owned());
        assert_eq!(text_or(Some(String::new()), own.as_ref()), own);
        assert_eq!(text_or(None, own.as_ref()), own);
        assert_eq!(text_or(Some("said".to_owned()), own.as_ref()).as_deref(), Some("said"));
        assert_eq!(text_or(Some("ä".repeat(1_000)), None), Some("ä".repeat(1_000)));
        assert_eq!(text_or(None, None), None);
    }

    #[test]
    fn context_is_limited_by_characters() {
        let context = |chars: usize| Map::from_iter([("k".to_owned(), Value::from("ä".repeat(chars)))]);
        let frame = r#"{"k":""}"#.len();
        let fits = context(CONTEXT_CHARS_MAX - frame);
        assert_eq!(bounded_context(fits.clone()), fits);
        let error = bounded_context(context(CONTEXT_CHARS_MAX - frame + 1));
        assert_eq!(
            error["_error"],
            "alert_context size is [204801] characters, bigger than maximum of [204800] characters"
        );
    }

    #[test]
    fn decorations() {
        let mut alert = crate::test_alert(jiff::Timestamp::UNIX_EPOCH);
        let classic = |alert: &Alert| display_title(alert, TitleStyle::Classic, Trigger::Auto);
        assert_eq!(display_title(&alert, TitleStyle::Plain, Trigger::Auto), "This is a Test Alert");
        assert_eq!(classic(&alert), "New Alert: This is a Test Alert");
        alert.alert_type = AlertType::RuleError;
        assert_eq!(classic(&alert), "New rule error: This is a Test Alert");
        alert.alert_type = AlertType::Policy;
        assert_eq!(classic(&alert), "Policy Failure: Test Alert");
        alert.alert_type = AlertType::SystemError;
        assert_eq!(classic(&alert), "This is a Test Alert");
        for style in [TitleStyle::Plain, TitleStyle::Classic] {
            assert_eq!(display_title(&alert, style, Trigger::Manual), "[Re-sent]: This is a Test Alert");
        }
        assert_eq!(display_title(&alert, TitleStyle::Plain, Trigger::Retry), "This is a Test Alert");
    }
}
