//! What of the MITRE ATT&CK Enterprise matrix detections cover.

use std::collections::BTreeMap;

use content::{MITRE_FRAMEWORK, MitreEntry, TACTICS, Tactic, find_tactic, technique_name};
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

/// A technique of a tactic; the ids of the detections that run and of those that do not.
#[derive(Debug, Serialize)]
pub(super) struct Cell<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'static str,
    pub(super) enabled: Vec<&'a str>,
    pub(super) disabled: Vec<&'a str>,
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
                match place(entry) {
                    Ok((MitreEntry { tactic, technique }, name)) => {
                        let empty = Cell { id: technique, name, enabled: Vec::new(), disabled: Vec::new() };
                        let cell = cells.entry((tactic, technique)).or_insert(empty);
                        let ids = if shown.runs() { &mut cell.enabled } else { &mut cell.disabled };
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
            for Cell { id, name, enabled, disabled } in &row.techniques {
                text += &format!("  {id} {name}: {} enabled, {} disabled\n", enabled.len(), disabled.len());
                for id in enabled {
                    text += &format!("    {id}\n");
                }
                for id in disabled {
                    text += &format!("    {id} (disabled)\n");
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

impl Row<'_> {
    fn empty(tactic: &'static Tactic) -> Self {
        Row { id: tactic.id, name: tactic.name, tactic, techniques: Vec::new() }
    }
}

/// The place of an entry in the matrix and the name of its technique, or why it has none.
fn place(entry: &str) -> Result<(MitreEntry<'_>, &'static str), &'static str> {
    let entry = MitreEntry::parse(entry).ok_or("not of the form `TA0006:T1110.003`")?;
    find_tactic(entry.tactic).ok_or("unknown tactic")?;
    Ok((entry, technique_name(entry.technique).ok_or("unknown technique")?))
}
