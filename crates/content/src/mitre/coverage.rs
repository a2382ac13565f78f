//! Which techniques of the matrix detections cover: the one table behind `margay detection mitre` and the page of
//! the console.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{MitreEntry, TACTICS, Tactic, find_entry, techniques};

/// Whether a detection runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// It runs.
    Enabled,
    /// It is switched off.
    Disabled,
    /// Nothing runs detections of its kind yet.
    NotYet,
}

/// A detection and what it names.
#[derive(Clone, Debug)]
pub struct Covering<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its entries under [`MITRE_FRAMEWORK`](super::MITRE_FRAMEWORK).
    pub entries: Vec<&'a str>,
    /// Whether it runs.
    pub runs: Runs,
}

/// Tactics, their techniques, and the detections that name them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Matrix<'a> {
    /// Tactics in the order of the matrix.
    pub tactics: Vec<Row<'a>>,
    /// Entries that name nothing of the matrix.
    pub unknown: Vec<UnknownEntry<'a>>,
    /// Detections that name nothing at all.
    pub without: Vec<&'a str>,
}

/// A tactic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row<'a> {
    /// Such as `TA0006`.
    pub id: &'static str,
    /// Such as `Credential Access`.
    pub name: &'static str,
    /// The whole of it.
    #[serde(skip)]
    pub tactic: &'static Tactic,
    /// In order of id.
    pub techniques: Vec<Cell<'a>>,
}

/// A technique of a tactic; the ids of the detections that run, of those that are switched off, and of those
/// of kinds that are not run yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell<'a> {
    /// Such as `T1110.003`.
    pub id: &'a str,
    /// Such as `Password Spraying`.
    pub name: &'static str,
    /// Detections that run.
    pub enabled: Vec<&'a str>,
    /// Detections that are switched off.
    pub disabled: Vec<&'a str>,
    /// Detections of kinds that are not run yet.
    pub not_run_yet: Vec<&'a str>,
}

/// An entry that names nothing of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnknownEntry<'a> {
    /// As it is written.
    pub entry: &'a str,
    /// Why it has no place.
    pub reason: &'static str,
    /// Who names it.
    pub detections: Vec<&'a str>,
}

type Cells<'a> = BTreeMap<(&'a str, &'a str), Cell<'a>>;

impl<'a> Matrix<'a> {
    /// The tactics and techniques that detections name, and nothing else.
    pub fn of(detections: impl IntoIterator<Item = Covering<'a>>) -> Matrix<'a> {
        Matrix::fill(Cells::new(), detections, false)
    }

    /// Every tactic and technique, also those that no detection names. A technique that was deprecated or revoked is
    /// in it when it is named.
    pub fn whole(detections: impl IntoIterator<Item = Covering<'a>>) -> Matrix<'a> {
        let mut cells = Cells::new();
        for (id, name, tactics) in techniques() {
            for tactic in tactics {
                cells.insert((tactic, id), Cell::empty(id, name));
            }
        }
        Matrix::fill(cells, detections, true)
    }

    fn fill(
        mut cells: Cells<'a>,
        detections: impl IntoIterator<Item = Covering<'a>>,
        keeps_empty: bool,
    ) -> Matrix<'a> {
        let mut unknown: BTreeMap<&str, UnknownEntry<'a>> = BTreeMap::new();
        let mut without = Vec::new();
        for Covering { id, entries, runs } in detections {
            if entries.is_empty() {
                without.push(id);
            }
            for entry in entries {
                match find_entry(entry) {
                    Ok((MitreEntry { tactic, technique }, name)) => {
                        let cell =
                            cells.entry((tactic, technique)).or_insert_with(|| Cell::empty(technique, name));
                        cell.add(id, runs);
                    }
                    Err(reason) => {
                        let empty = UnknownEntry { entry, reason, detections: Vec::new() };
                        let ids = &mut unknown.entry(entry).or_insert(empty).detections;
                        if !ids.contains(&id) {
                            ids.push(id);
                        }
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
        rows.retain(|row| keeps_empty || !row.techniques.is_empty());
        Matrix { tactics: rows, unknown: unknown.into_values().collect(), without }
    }
}

impl<'a> Cell<'a> {
    fn empty(id: &'a str, name: &'static str) -> Cell<'a> {
        Cell { id, name, enabled: Vec::new(), disabled: Vec::new(), not_run_yet: Vec::new() }
    }

    fn add(&mut self, id: &'a str, runs: Runs) {
        let ids = match runs {
            Runs::NotYet => &mut self.not_run_yet,
            Runs::Enabled => &mut self.enabled,
            Runs::Disabled => &mut self.disabled,
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }

    /// Whether any detection names it.
    pub fn is_named(&self) -> bool {
        !(self.enabled.is_empty() && self.disabled.is_empty() && self.not_run_yet.is_empty())
    }
}

impl Row<'_> {
    fn empty(tactic: &'static Tactic) -> Self {
        Row { id: tactic.id, name: tactic.name, tactic, techniques: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covering<'a>(id: &'a str, entries: &[&'a str], runs: Runs) -> Covering<'a> {
        Covering { id, entries: entries.to_vec(), runs }
    }

    fn detections() -> Vec<Covering<'static>> {
        vec![
            covering("On", &["TA0006:T1110", "TA0006:T1110", "TA0099:T1"], Runs::Enabled),
            covering("Off", &["TA0006:T1110"], Runs::Disabled),
            covering("Later", &["TA0112:T1685"], Runs::NotYet),
            covering("None", &[], Runs::Enabled),
            covering("Old", &["TA0112:T1562"], Runs::Disabled),
        ]
    }

    #[test]
    fn what_is_named_is_in_the_matrix_once() {
        let matrix = Matrix::of(detections());
        let rows: Vec<_> = matrix.tactics.iter().map(|row| (row.id, row.techniques.len())).collect();
        assert_eq!(rows, [("TA0112", 2), ("TA0006", 1)]);
        let cell = &matrix.tactics[1].techniques[0];
        assert_eq!((cell.enabled.as_slice(), cell.disabled.as_slice()), (&["On"][..], &["Off"][..]));
        assert_eq!(matrix.tactics[0].techniques[1].not_run_yet, ["Later"]);
        assert_eq!((matrix.without.as_slice(), matrix.unknown.len()), (&["None"][..], 1));
        assert_eq!(matrix.unknown[0].detections, ["On"]);
    }

    #[test]
    fn the_whole_matrix_has_every_tactic_and_what_nobody_names() {
        let matrix = Matrix::whole(detections());
        assert_eq!(matrix.tactics.len(), TACTICS.len());
        let cells = || matrix.tactics.iter().flat_map(|row| &row.techniques);
        assert!(cells().count() > 700, "{}", cells().count());
        assert_eq!(cells().filter(|cell| cell.is_named()).count(), 3);
        assert!(cells().any(|cell| cell.id == "T1685.001"));
        // Revoked: it is there because it is named; what nobody names is not.
        assert!(cells().any(|cell| cell.id == "T1562") && cells().all(|cell| cell.id != "T1562.001"));
        for row in &matrix.tactics {
            assert!(row.techniques.is_sorted_by_key(|cell| cell.id), "{}", row.id);
        }
    }
}
