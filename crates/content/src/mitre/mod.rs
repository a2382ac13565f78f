//! MITRE ATT&CK as reports of detections name it: `TA0006:T1110` or `TA0006:T1110.003` under the framework
//! `MITRE ATT&CK` of `Reports`. The table of techniques is that of the Enterprise matrix.

mod coverage;
mod navigator;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use coverage::{Cell, Covering, Matrix, Row, Runs, UnknownEntry};
pub use navigator::navigator_layer;

/// The framework's name in `Reports`.
pub const MITRE_FRAMEWORK: &str = "MITRE ATT&CK";

/// A tactic: its id, its name, and its name in ATT&CK Navigator layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tactic {
    /// Such as `TA0006`.
    pub id: &'static str,
    /// Such as `Credential Access`.
    pub name: &'static str,
    /// Such as `credential-access`.
    pub short_name: &'static str,
}

const fn tactic(id: &'static str, name: &'static str, short_name: &'static str) -> Tactic {
    Tactic { id, name, short_name }
}

/// The tactics of the Enterprise matrix, in its order. Source: <https://attack.mitre.org/tactics/enterprise/>,
/// v19, which gave `TA0005` (once Defense Evasion) a new name and a part of it to `TA0112`.
pub const TACTICS: [Tactic; 15] = [
    tactic("TA0043", "Reconnaissance", "reconnaissance"),
    tactic("TA0042", "Resource Development", "resource-development"),
    tactic("TA0001", "Initial Access", "initial-access"),
    tactic("TA0002", "Execution", "execution"),
    tactic("TA0003", "Persistence", "persistence"),
    tactic("TA0004", "Privilege Escalation", "privilege-escalation"),
    tactic("TA0005", "Stealth", "stealth"),
    tactic("TA0112", "Defense Impairment", "defense-impairment"),
    tactic("TA0006", "Credential Access", "credential-access"),
    tactic("TA0007", "Discovery", "discovery"),
    tactic("TA0008", "Lateral Movement", "lateral-movement"),
    tactic("TA0009", "Collection", "collection"),
    tactic("TA0011", "Command and Control", "command-and-control"),
    tactic("TA0010", "Exfiltration", "exfiltration"),
    tactic("TA0040", "Impact", "impact"),
];

/// A technique or sub-technique.
struct Technique {
    name: &'static str,
    /// Ids of its tactics with commas between them.
    tactics: &'static str,
    /// Deprecated or revoked: detections may name it, and nobody misses it.
    is_gone: bool,
}

static TECHNIQUES: LazyLock<HashMap<&'static str, Technique>> = LazyLock::new(|| {
    let lines = include_str!("enterprise.txt").lines().filter(|line| !line.starts_with('#'));
    let technique = |line: &'static str| {
        let (id, rest) = line.split_once(' ')?;
        let (tactics, name) = rest.split_once(' ')?;
        let is_gone = tactics.starts_with('!');
        Some((id, Technique { name, tactics: tactics.trim_start_matches('!'), is_gone }))
    };
    lines.filter_map(technique).collect()
});

/// One entry of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MitreEntry<'t> {
    /// Such as `TA0006`.
    pub tactic: &'t str,
    /// Such as `T1110.003`.
    pub technique: &'t str,
}

impl<'t> MitreEntry<'t> {
    /// Reads `TACTIC:TECHNIQUE`; `None` when the text has another form, whether the ids exist or not.
    pub fn parse(text: &'t str) -> Option<MitreEntry<'t>> {
        let (tactic, technique) = text.split_once(':')?;
        let (whole, part) = technique.split_once('.').unwrap_or((technique, "000"));
        let fits = has_digits(tactic, "TA", 4) && has_digits(whole, "T", 4) && has_digits(part, "", 3);
        fits.then_some(MitreEntry { tactic, technique })
    }
}

fn has_digits(text: &str, prefix: &str, count: usize) -> bool {
    let digits = text.strip_prefix(prefix);
    digits.is_some_and(|digits| digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The tactic of an id.
pub fn find_tactic(id: &str) -> Option<&'static Tactic> {
    TACTICS.iter().find(|tactic| tactic.id == id)
}

/// The name of a technique or sub-technique of the Enterprise matrix, also of one that it had until lately.
pub fn technique_name(id: &str) -> Option<&'static str> {
    TECHNIQUES.get(id).map(|technique| technique.name)
}

/// The place of an entry of a report in the matrix and the name of its technique.
///
/// # Errors
/// Why it has no place there.
pub fn find_entry(text: &str) -> Result<(MitreEntry<'_>, &'static str), &'static str> {
    let entry = MitreEntry::parse(text).ok_or("not of the form `TA0006:T1110.003`")?;
    find_tactic(entry.tactic).ok_or("unknown tactic")?;
    let Technique { name, tactics, .. } = TECHNIQUES.get(entry.technique).ok_or("unknown technique")?;
    if tactics.split(',').all(|tactic| tactic != entry.tactic) {
        return Err("the technique is not of this tactic");
    }
    Ok((entry, name))
}

/// Every technique and sub-technique that the matrix has, in no order: id, name, and the ids of its tactics. Those that
/// were deprecated or revoked are not among them.
pub fn techniques() -> impl Iterator<Item = (&'static str, &'static str, Vec<&'static str>)> {
    let present = TECHNIQUES.iter().filter(|(_, technique)| !technique.is_gone);
    present.map(|(id, technique)| (*id, technique.name, tactics_of(id)))
}

/// The ids of the tactics of a technique; none of one that is not known.
pub(crate) fn tactics_of(id: &str) -> Vec<&'static str> {
    TECHNIQUES.get(id).map_or_else(Vec::new, |technique| technique.tactics.split(',').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_one_form() {
        let entry = |tactic, technique| Some(MitreEntry { tactic, technique });
        assert_eq!(MitreEntry::parse("TA0006:T1110"), entry("TA0006", "T1110"));
        assert_eq!(MitreEntry::parse("TA0006:T1110.003"), entry("TA0006", "T1110.003"));
        for text in [
            "",
            "TA0006",
            "T1110",
            "TA0006:",
            "TA006:T1110",
            "TA0006:T111",
            "TA0006:T1110.3",
            "ta0006:T1110",
            "TA0006:T1110:x",
            "TA0006: T1110",
            "TA0006:T11\u{661}0",
        ] {
            assert_eq!(MitreEntry::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_table_knows_techniques_of_this_and_the_last_version() {
        assert_eq!(technique_name("T1110"), Some("Brute Force"));
        assert_eq!(technique_name("T1110.003"), Some("Password Spraying"));
        assert_eq!(technique_name("T1562"), Some("Impair Defenses"));
        assert_eq!(technique_name("T1685"), Some("Disable or Modify Tools"));
        assert_eq!(technique_name("T9999"), None);
        assert!(TECHNIQUES.len() > 700, "{}", TECHNIQUES.len());
        let mut ids: Vec<&str> = TECHNIQUES.keys().copied().collect();
        ids.sort_unstable();
        for id in ids {
            let text = format!("TA0001:{id}");
            assert!(MitreEntry::parse(&text).is_some(), "{text}");
            let tactics = tactics_of(id);
            assert!(tactics.iter().all(|id| find_tactic(id).is_some()), "{id} {tactics:?}");
        }
    }

    #[test]
    fn an_entry_has_a_place_when_its_technique_is_of_its_tactic() {
        let reason = |text: &'static str| find_entry(text).map(|(_, name)| name);
        assert_eq!(reason("TA0006:T1110.003"), Ok("Password Spraying"));
        assert_eq!(reason("TA0040:T1110.003"), Err("the technique is not of this tactic"));
        assert_eq!(reason("TA0040:T9999"), Err("unknown technique"));
        assert_eq!(reason("TA0099:T1110"), Err("unknown tactic"));
        assert_eq!(reason("T1110"), Err("not of the form `TA0006:T1110.003`"));
        // What v18 had under Defense Evasion may be in either of its heirs.
        assert_eq!(reason("TA0005:T1562"), Ok("Impair Defenses"));
        assert_eq!(reason("TA0112:T1562"), Ok("Impair Defenses"));
        assert_eq!(reason("TA0112:T1685"), Ok("Disable or Modify Tools"));
        assert_eq!(reason("TA0006:T1685"), Err("the technique is not of this tactic"));
        // What was deprecated keeps its place.
        assert_eq!(reason("TA0003:T1034"), Ok("Path Interception"));
        assert_eq!(tactics_of("T1078"), ["TA0001", "TA0003", "TA0004", "TA0005", "TA0112"]);
        assert_eq!(tactics_of("T1685"), ["TA0112"]);
        assert!(tactics_of("T9999").is_empty());
    }

    #[test]
    fn the_matrix_has_as_many_techniques_as_v19_counts() {
        let ids: Vec<&str> = techniques().map(|(id, _, _)| id).collect();
        let (parts, whole): (Vec<&str>, Vec<&str>) = ids.iter().partition(|id| id.contains('.'));
        assert_eq!((whole.len(), parts.len()), (222, 475));
        // Deprecated, and revoked by T1685.
        assert!(ids.iter().all(|id| !["T1034", "T1064", "T1175", "T1562.001"].contains(id)));
    }

    #[test]
    fn tactics_are_found_by_id() {
        assert_eq!(find_tactic("TA0006").map(|tactic| tactic.name), Some("Credential Access"));
        assert_eq!(find_tactic("TA0099"), None);
    }
}
