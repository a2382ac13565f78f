//! Which rules each event goes through, and in which pieces the workers get them.

use std::collections::{BTreeMap, HashMap};

use model::{Event, LogType, RuleId};

use crate::host::ActiveRules;
use crate::pool::evaluate::Item;
use crate::program::Program;

/// Bytes of one chunk, unless a single event is larger.
const CHUNK_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Rules that do not see an event, by its position among the events of an evaluation.
pub type SkippedRules = BTreeMap<usize, Vec<RuleId>>;

/// Which rules each event goes through; events that no rule wants are left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plans {
    /// Rule indexes, ascending.
    pub(crate) lists: Vec<Vec<u32>>,
    /// Events in order, each with the position of its list.
    pub(crate) items: Vec<Item>,
}

impl Plans {
    /// Events of one log type share a list, unless rules skip some of them.
    pub(crate) fn make(
        program: &Program,
        events: &[Event],
        active: &ActiveRules,
        skipped: &SkippedRules,
    ) -> Plans {
        let mut plans = Plans::default();
        let mut shared: HashMap<&LogType, Option<usize>> = HashMap::new();
        let mut reduced: HashMap<(&LogType, Vec<u32>), Option<usize>> = HashMap::new();
        for (index, event) in events.iter().enumerate() {
            let log_type = &event.log_type;
            let plan = match skipped.get(&index).map(|ids| indexes(program, ids)) {
                Some(left_out) if !left_out.is_empty() => {
                    *reduced.entry((log_type, left_out)).or_insert_with_key(|(log_type, left_out)| {
                        plans.add(active_rules(program, log_type, active, left_out))
                    })
                }
                _ => *shared
                    .entry(log_type)
                    .or_insert_with(|| plans.add(active_rules(program, log_type, active, &[]))),
            };
            plans.items.extend(plan.map(|plan| Item { event: index, plan }));
        }
        plans
    }

    fn add(&mut self, list: Vec<u32>) -> Option<usize> {
        (!list.is_empty()).then(|| {
            self.lists.push(list);
            self.lists.len() - 1
        })
    }

    /// Cuts the events into chunks of at most `events_max`, each with the lists that it needs.
    pub(crate) fn into_chunks(self, events: &[Event], events_max: usize) -> Vec<Plans> {
        let mut chunks: Vec<Plans> = Vec::new();
        let mut renumbered: HashMap<usize, usize> = HashMap::new();
        let mut bytes = 0;
        for item in self.items {
            let size = events[item.event].json.len();
            let has_room = |chunk: &Plans| chunk.items.len() < events_max && bytes + size <= CHUNK_BYTES_MAX;
            if !chunks.last().is_some_and(has_room) {
                chunks.push(Plans::default());
                renumbered.clear();
                bytes = 0;
            }
            bytes += size;
            let Some(chunk) = chunks.last_mut() else { continue };
            let plan = *renumbered.entry(item.plan).or_insert_with(|| {
                chunk.lists.push(self.lists[item.plan].clone());
                chunk.lists.len() - 1
            });
            chunk.items.push(Item { event: item.event, plan });
        }
        chunks
    }
}

/// Ascending; ids that the program does not know are left out.
fn indexes(program: &Program, ids: &[RuleId]) -> Vec<u32> {
    let mut indexes: Vec<u32> = ids.iter().filter_map(|id| program.index_of(id)).collect();
    indexes.sort_unstable();
    indexes
}

fn active_rules(program: &Program, log_type: &LogType, active: &ActiveRules, left_out: &[u32]) -> Vec<u32> {
    let is_active = |index: &u32| {
        let rule = program.rule(*index);
        active.overrides.get(&rule.id).copied().unwrap_or(rule.enabled)
    };
    let rules = program.rules_of(log_type).iter().copied();
    rules.filter(is_active).filter(|index| left_out.binary_search(index).is_err()).collect()
}

#[cfg(test)]
mod tests {
    use model::{DetectionKind, Severity};

    use super::*;
    use crate::program::{RuleProgram, RuleSource};

    fn program() -> Program {
        let rule = |id: &str, enabled| RuleProgram {
            id: id.into(),
            kind: DetectionKind::Rule,
            log_types: vec!["T".into()],
            severity: Severity::Low,
            create_alert: true,
            enabled,
            version: "1".into(),
            source: RuleSource::Text(String::new()),
        };
        Program::new(vec![], vec![], vec![rule("A", true), rule("B", true), rule("C", false)])
    }

    fn events(log_types: &[&str]) -> Vec<Event> {
        let event = |log_type: &&str| Event {
            log_type: (*log_type).into(),
            row_id: "1".into(),
            source_id: "s".into(),
            accepted_at: jiff::Timestamp::UNIX_EPOCH,
            json: "{}".into(),
        };
        log_types.iter().map(event).collect()
    }

    /// The rules of each event that goes to the workers.
    fn lists(plans: &Plans) -> Vec<(usize, &[u32])> {
        plans.items.iter().map(|item| (item.event, plans.lists[item.plan].as_slice())).collect()
    }

    #[test]
    fn events_go_through_the_active_rules_that_do_not_skip_them() {
        let skipped = SkippedRules::from([
            (1, vec!["A".into()]),
            (2, vec!["B".into(), "A".into()]),
            (3, vec!["A".into(), "unknown".into()]),
            (5, vec!["unknown".into()]),
        ]);
        let events = events(&["T", "T", "T", "T", "U", "T"]);
        let plans = Plans::make(&program(), &events, &ActiveRules::default(), &skipped);
        assert_eq!(lists(&plans), [(0, &[0, 1][..]), (1, &[1]), (3, &[1]), (5, &[0, 1])]);
        assert_eq!(plans.lists.len(), 2, "equal lists of one log type are shared");
        let active = ActiveRules { overrides: [("A".into(), false), ("C".into(), true)].into() };
        let plans = Plans::make(&program(), &events[..1], &active, &SkippedRules::new());
        assert_eq!(lists(&plans), [(0, &[1, 2][..])]);
    }

    #[test]
    fn chunks_carry_the_lists_that_they_need() {
        let skipped = SkippedRules::from([(2, vec!["A".into()]), (3, vec!["B".into()])]);
        let events = events(&["T"; 5]);
        let plans = Plans::make(&program(), &events, &ActiveRules::default(), &skipped);
        let chunks = plans.into_chunks(&events, 2);
        let shown: Vec<_> = chunks.iter().map(lists).collect();
        assert_eq!(
            shown,
            [vec![(0, &[0, 1][..]), (1, &[0, 1])], vec![(2, &[1][..]), (3, &[0])], vec![(4, &[0, 1][..])]]
        );
        assert_eq!(chunks.iter().map(|chunk| chunk.lists.len()).collect::<Vec<_>>(), [1, 2, 1]);
    }
}
