//! Scheduled prompts.

use crate::build::{flag, non_empty, text};
use crate::codes;
use crate::correlation::Schedule;
use crate::kinds::schedule;
use crate::report::Report;
use crate::yaml::Mapping;

/// A question that is asked again and again.
#[derive(Clone, Debug, PartialEq)]
pub struct ScheduledPrompt {
    /// `PromptName`.
    pub name: String,
    /// `DisplayName`.
    pub display_name: String,
    /// `PromptText`.
    pub text: String,
    /// `RunAsUser`: an e-mail address or the id of an API token.
    pub run_as_user: String,
    /// `Schedule`.
    pub schedule: Schedule,
    /// `Enabled`, true when absent.
    pub enabled: bool,
    /// `Description`.
    pub description: Option<String>,
    /// `OutputLength`.
    pub output_length: Option<OutputLength>,
}

/// How long the answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputLength {
    /// `small`
    Small,
    /// `medium`
    Medium,
    /// `largest`
    Largest,
}

pub(super) fn build(map: &Mapping, report: &mut Report<'_>) -> Option<ScheduledPrompt> {
    let schedule = schedule::read(map, report);
    if let Some(field) = map.get("PromptText").filter(|field| field.value.as_text() == Some("")) {
        report.add(&codes::ILLEGAL_VALUE, field.value.span, "`PromptText` is empty".to_owned());
    }
    let output_length = match text(map, "OutputLength").as_deref() {
        Some("small") => Some(OutputLength::Small),
        Some("medium") => Some(OutputLength::Medium),
        Some("largest") => Some(OutputLength::Largest),
        // Any other word was reported with the keys.
        _ => None,
    };
    Some(ScheduledPrompt {
        name: text(map, "PromptName")?,
        display_name: text(map, "DisplayName")?,
        text: text(map, "PromptText")?,
        run_as_user: text(map, "RunAsUser")?,
        schedule: schedule?,
        enabled: flag(map, "Enabled").unwrap_or(true),
        description: non_empty(map, "Description"),
        output_length,
    })
}
