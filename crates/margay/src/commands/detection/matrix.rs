//! What of the MITRE ATT&CK Enterprise matrix detections cover.

use std::collections::BTreeMap;

use content::{MITRE_FRAMEWORK, MitreEntry, TACTICS, Tactic, find_entry};
use serde::Serialize;

use super::shown::Shown;

/// Tactics, their techniques, and the detections that name them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Matrix<'a> {
    /// Tactics with at least one detection, in the order of the matrix.
    pub(super) tactics: Vec<Row<'a>>,
    /// Entries that name nothing of the matrix.
    pub(super) unknown: Vec<Unknown<'a>>,
    /// Detections that name nothing at all.
    pub(super) without: Vec<&'a str>,
}

/// A tactic.
#[derive(Debug, Serialize)]
pub(super) struct Row<'a> {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    #[serde(skip)]
    pub(super) tactic: &'static Tactic,
    /// In order of id.
    pub(super) techniques: Vec<Cell<'a>>,
}

/// A technique of a tactic; the ids of the detections that run, of those that are switched off, and of those
/// of kinds that are not run yet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cell<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'static str,
    pub(super) enabled: Vec<&'a str>,
    pub(super) disabled: Vec<&'a str>,
    pub(super) not_run_yet: Vec<&'a str>,
}

/// An entry that names nothing of the matrix.
#[derive(Debug, Serialize)]
pub(super) struct Unknown<'a> {
    pub(super) entry: &'a str,
    pub(super) reason: &'static str,
    pub(super) detections: Vec<&'a str>,
}

impl<'a> Matrix<'a> {
    /// Sorts the entries of all detections.
    pub(super) fn of(shown: &[Shown<'a>]) -> Matrix<'a> {
        let mut cells: BTreeMap<(&str, &str), Cell<'a>> = BTreeMap::new();
        let mut unknown: BTreeMap<&str, Unknown<'a>> = BTreeMap::new();
        let mut without = Vec::new();
        for shown in shown {
            let Some(detection) = shown.detection else { continue };
            let id = detection.id.as_str();
            let entries = detection.reports.get(MITRE_FRAMEWORK).map_or(&[][..], Vec::as_slice);
            if entries.is_empty() {
                without.push(id);
            }
            for entry in entries {
                match find_entry(entry) {
                    Ok((MitreEntry { tactic, technique }, name)) => {
                        let cell =
                            cells.entry((tactic, technique)).or_insert_with(|| Cell::empty(technique, name));
                        let ids = match (shown.is_run_at_all(), shown.runs()) {
                            (false, _) => &mut cell.not_run_yet,
                            (true, true) => &mut cell.enabled,
                            (true, false) => &mut cell.disabled,
                        };
                        if !ids.contains(&id) {
                            ids.push(id);
                        }
                    }
                    Err(reason) => {
                        let empty = Unknown { entry, reason, detections: Vec::new() };
                        unknown.entry(entry).or_insert(empty).detections.push(id);
                    }
                }
            }
        }
        let mut rows: Vec<Row<'a>> = TACTICS.iter().map(Row::empty).collect();
        for ((tactic, _), cell) in cells {
            if let Some(row) = rows.iter_mut().find(|row| row.id == tactic) {
                row.techniques.push(cell);
            }
        }
        rows.retain(|row| !row.techniques.is_empty());
        Matrix { tactics: rows, unknown: unknown.into_values().collect(), without }
    }

    /// For people.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.tactics {
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
        if !self.unknown.is_empty() {
            text += "not in the Enterprise matrix\n";
            for Unknown { entry, reason, detections } in &self.unknown {
                text += &format!("  {entry} ({reason}): {}\n", detections.join(", "));
            }
            text += "\n";
        }
        text + &self.summary()
    }

    fn summary(&self) -> String {
        let cells = || self.tactics.iter().flat_map(|row| &row.techniques);
        let running = cells().filter(|cell| !cell.enabled.is_empty()).count();
        format!(
            "{} of {} tactics, {} techniques, {running} of them by a detection that runs; {} detections name none\n",
            self.tactics.len(),
            TACTICS.len(),
            cells().count(),
            self.without.len()
        )
    }
}

impl<'a> Cell<'a> {
    fn empty(id: &'a str, name: &'static str) -> Cell<'a> {
        Cell { id, name, enabled: Vec::new(), disabled: Vec::new(), not_run_yet: Vec::new() }
    }
}

impl Row<'_> {
    fn empty(tactic: &'static Tactic) -> Self {
        Row { id: tactic.id, name: tactic.name, tactic, techniques: Vec::new() }
    }
}
