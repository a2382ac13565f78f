//! What of the MITRE ATT&CK Enterprise matrix detections cover, as `margay detection mitre` tells it.

use content::{Cell, Covering, MITRE_FRAMEWORK, Matrix, Runs, TACTICS, UnknownEntry};

use super::shown::Shown;

/// The matrix of these detections; those that cannot be loaded are not in it.
pub(super) fn of<'a>(shown: &[Shown<'a>]) -> Matrix<'a> {
    Matrix::of(shown.iter().filter_map(covering))
}

fn covering<'a>(shown: &Shown<'a>) -> Option<Covering<'a>> {
    let detection = shown.detection?;
    let entries = detection.reports.get(MITRE_FRAMEWORK).map_or(&[][..], Vec::as_slice);
    let runs = match (shown.is_run_at_all(), shown.runs()) {
        (false, _) => Runs::NotYet,
        (true, true) => Runs::Enabled,
        (true, false) => Runs::Disabled,
    };
    Some(Covering { id: detection.id.as_str(), entries: entries.iter().map(String::as_str).collect(), runs })
}

/// For people.
pub(super) fn text(matrix: &Matrix<'_>) -> String {
    let mut text = String::new();
    for row in &matrix.tactics {
        text += &format!("{} {}\n", row.id, row.name);
        for Cell { id, name, enabled, disabled, not_run_yet } in &row.techniques {
            text += &format!("  {id} {name}: {} enabled, {} disabled", enabled.len(), disabled.len());
            if !not_run_yet.is_empty() {
                text += &format!(", {} not run yet", not_run_yet.len());
            }
            text += "\n";
            for id in enabled {
                text += &format!("    {id}\n");
            }
            for id in disabled {
                text += &format!("    {id} (disabled)\n");
            }
            for id in not_run_yet {
                text += &format!("    {id} (not run yet)\n");
            }
        }
        text += "\n";
    }
    if !matrix.unknown.is_empty() {
        text += "not in the Enterprise matrix\n";
        for UnknownEntry { entry, reason, detections } in &matrix.unknown {
            text += &format!("  {entry} ({reason}): {}\n", detections.join(", "));
        }
        text += "\n";
    }
    text + &summary(matrix)
}

fn summary(matrix: &Matrix<'_>) -> String {
    let cells = || matrix.tactics.iter().flat_map(|row| &row.techniques);
    let running = cells().filter(|cell| !cell.enabled.is_empty()).count();
    format!(
        "{} of {} tactics, {} techniques, {running} of them by a detection that runs; {} detections name none\n",
        matrix.tactics.len(),
        TACTICS.len(),
        cells().count(),
        matrix.without.len()
    )
}
