//! A chunk of events through their rules, over as many workers as it takes.
//!
//! A worker reports how far it is; after its death the next one goes on right there. The pair (event,
//! rule) that ended it gets an error and is not tried again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use model::{Event, FindingKind};
use tokio::sync::oneshot;
use tracing::warn;

use super::Shared;
use super::process::Loss;
use super::slot::{Slot, out_of_turn};
use crate::bench::Benched;
use crate::findings;
use crate::wire::{self, Answer, EvaluateHeader, Mark, Record, Request, Results, WireError};

/// Deaths without progress and without a culprit after which the next pair is blamed, so that an
/// evaluation always ends.
const STUCK_MAX: u32 = 3;

/// One event of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Item {
    /// Index into the events of the evaluation.
    pub(crate) event: usize,
    /// Index into the plans of the evaluation.
    pub(crate) plan: usize,
}

/// A chunk.
pub(crate) struct EvaluateJob {
    pub(crate) events: Arc<Vec<Event>>,
    /// Rule indexes per log type, ascending.
    pub(crate) plans: Arc<Vec<Vec<u32>>>,
    pub(crate) items: Vec<Item>,
    pub(crate) reply: oneshot::Sender<ChunkOutcome>,
}

/// What a chunk found; findings carry (event, rule) and are ordered by it.
#[derive(Default)]
pub(crate) struct ChunkOutcome {
    pub(crate) findings: Vec<(usize, u32, FindingKind)>,
    pub(crate) benched: Vec<Benched>,
    /// Events that a benched rule did not see.
    pub(crate) missed: BTreeMap<u32, Vec<usize>>,
}

/// Runs a chunk to its end. Sends no reply when the pool is stopped.
pub(super) fn run(slot: &mut Slot<'_>, job: EvaluateJob) {
    let mut chunk = Chunk::new(&job.events, &job.plans, &job.items);
    while !chunk.is_done() {
        match chunk.attempt(slot) {
            Ok(()) => {}
            Err(Loss::Stopped) => return,
            Err(loss) => {
                slot.replace();
                chunk.take_loss(slot.shared, &loss);
            }
        }
    }
    if chunk.replace {
        slot.replace();
    }
    if job.reply.send(chunk.into_outcome()).is_err() {
        tracing::debug!("nobody waits for an evaluation any more");
    }
}

/// Runs a chunk with answers that no process gave; answers what it found and how many workers it took.
pub(super) fn replay(
    shared: &Shared,
    job: (&[Event], &[Vec<u32>], &[Item]),
    next_answer: &mut dyn FnMut() -> Result<Answer, Loss>,
) -> (ChunkOutcome, usize) {
    let (events, plans, items) = job;
    let mut chunk = Chunk::new(events, plans, items);
    let mut worker_count = 1;
    while !chunk.is_done() {
        chunk.leave_out_benched(shared);
        chunk.attempt_from = (chunk.next.0, 1);
        if let Err(loss) = chunk.take_answers(shared, next_answer) {
            worker_count += 1;
            chunk.take_loss(shared, &loss);
        }
    }
    (chunk.into_outcome(), worker_count)
}

struct Chunk<'a> {
    events: &'a [Event],
    plans: &'a [Vec<u32>],
    items: &'a [Item],
    outcome: ChunkOutcome,
    /// The first pair that is not done: item, and position in its plan.
    next: (usize, usize),
    /// First item and its serial number in the worker that runs or ran last.
    attempt_from: (usize, u32),
    /// Pairs (item, rule) that ended a worker.
    blamed: BTreeSet<(usize, u32)>,
    /// Rules that are out of service for the rest of this chunk.
    benched: BTreeSet<u32>,
    stuck: u32,
    replace: bool,
}

impl<'a> Chunk<'a> {
    fn new(events: &'a [Event], plans: &'a [Vec<u32>], items: &'a [Item]) -> Chunk<'a> {
        Chunk {
            events,
            plans,
            items,
            outcome: ChunkOutcome::default(),
            next: (0, 0),
            attempt_from: (0, 0),
            blamed: BTreeSet::new(),
            benched: BTreeSet::new(),
            stuck: 0,
            replace: false,
        }
    }

    fn into_outcome(mut self) -> ChunkOutcome {
        self.outcome.findings.sort_by_key(|(event, rule, _)| (*event, *rule));
        self.outcome
    }

    fn is_done(&self) -> bool {
        self.next.0 >= self.items.len()
    }

    fn plan(&self, item: usize) -> &[u32] {
        &self.plans[self.items[item].plan]
    }

    /// One worker's try; ends well when the chunk is done.
    fn attempt(&mut self, slot: &mut Slot<'_>) -> Result<(), Loss> {
        let shared = slot.shared;
        self.leave_out_benched(shared);
        let worker = slot.ensure().ok_or(Loss::Stopped)?;
        let first_item = self.next.0;
        let items = &self.items[first_item..];
        let first_serial = worker.take_serials(items.len());
        self.attempt_from = (first_item, first_serial);
        let texts: Vec<&str> = items.iter().map(|item| &*self.events[item.event].json).collect();
        let header = EvaluateHeader {
            first_serial,
            sizes: texts.iter().map(|text| text.len()).collect(),
            plans: self.plans,
            plan_of: items.iter().map(|item| item.plan).collect(),
            after: self.next.1,
            skip: self
                .blamed
                .range((first_item, 0)..)
                .map(|&(item, rule)| (item - first_item, rule))
                .collect(),
            benched: self.benched.iter().copied().collect(),
        };
        worker.send(&wire::request(&Request::Evaluate(&header), &texts), &shared.stop);
        self.take_answers(shared, &mut || worker.next_answer(&shared.stop))
    }

    /// The answers to one request, up to the last one.
    fn take_answers(
        &mut self,
        shared: &Shared,
        next_answer: &mut dyn FnMut() -> Result<Answer, Loss>,
    ) -> Result<(), Loss> {
        let (first_item, _) = self.attempt_from;
        loop {
            let Answer::Results(results) = next_answer()? else {
                return Err(out_of_turn());
            };
            let is_end = results.end;
            self.take_results(shared, first_item, results)?;
            if is_end {
                return if self.is_done() { Ok(()) } else { Err(out_of_turn()) };
            }
        }
    }

    fn take_results(&mut self, shared: &Shared, first_item: usize, results: Results) -> Result<(), Loss> {
        // The numbers come from a process that a rule may have taken over.
        let item_of = |event: usize| first_item.checked_add(event).filter(|&item| item <= self.items.len());
        let Some(next_item) = item_of(results.event) else { return Err(out_of_turn()) };
        let next = (next_item, results.position);
        let is_legal = next >= self.next
            && (next.0 == self.items.len() && next.1 == 0
                || next.0 < self.items.len() && next.1 <= self.plan(next.0).len());
        if !is_legal {
            return Err(out_of_turn());
        }
        // Every pair once, in order, and only pairs that this answer is about: so findings are bounded too.
        let mut last = None;
        let pairs_are_legal = results.records.iter().all(|record| {
            let Some(item) = item_of(record.event).filter(|&item| item < self.items.len()) else {
                return false;
            };
            let Ok(position) = self.plan(item).binary_search(&record.rule) else { return false };
            let pair = (item, position);
            let is_due = pair >= self.next && pair < next && self.is_open(item, record.rule);
            is_due && last.replace(pair).is_none_or(|last| last < pair)
        });
        if !pairs_are_legal {
            return Err(out_of_turn());
        }
        if next > self.next {
            self.stuck = 0;
        }
        self.next = next;
        for one in results.records {
            let ran_out = match &one.record {
                Record::Match(found) => found.memory,
                Record::Error(error) => error.memory,
            };
            self.replace |= ran_out;
            if let Record::Error(error) = &one.record
                && error.memory
            {
                self.note_death(shared, one.rule, error);
            }
            let rule = shared.program.rule(one.rule);
            let finding = findings::finding(&rule.id, one.record);
            self.outcome.findings.push((self.items[first_item + one.event].event, one.rule, finding));
        }
        Ok(())
    }

    /// The pair that a mark names; `None` for the rule while the event was read.
    fn locate(&self, mark: Mark) -> Option<(usize, Option<u32>)> {
        let (first_item, first_serial) = self.attempt_from;
        let offset = usize::try_from(mark.serial().checked_sub(first_serial)?).ok()?;
        let item = first_item + offset;
        let is_open = mark != Mark::IDLE && item < self.items.len() && item >= self.next.0;
        // A pair whose result is already here is not to blame for what came after it.
        let is_ahead = || mark.rule().is_none_or(|rule| self.is_ahead(item, rule));
        (is_open && is_ahead()).then(|| (item, mark.rule()))
    }

    /// A worker is gone: blames whom the page names, or nobody.
    fn take_loss(&mut self, shared: &Shared, loss: &Loss) {
        let (mark, error) = match loss {
            Loss::TimedOut(mark) => (*mark, findings::timed_out(shared.launch.rule_timeout)),
            Loss::Died(mark, reason) => (*mark, findings::worker_died(reason)),
            Loss::Stopped => return,
        };
        let culprit = self.locate(mark);
        if culprit.is_none() {
            warn!(?loss, "a Python worker is gone and no rule is to blame; its work goes on in a fresh one");
            self.stuck += 1;
        }
        let culprit = match culprit {
            // Each time another pair, and at last the event as a whole: so this ends, whoever is guilty.
            None if self.stuck >= STUCK_MAX => {
                let (item, position) = self.next;
                Some((
                    item,
                    self.plan(item)[position..].iter().copied().find(|&rule| self.is_open(item, rule)),
                ))
            }
            found => found,
        };
        match culprit {
            None => {}
            Some((item, Some(rule))) => self.blame(shared, item, rule, &error),
            // The event itself cannot be read: each of its rules gets the error, once.
            Some((item, None)) => {
                let open: Vec<u32> =
                    self.plan(item).iter().copied().filter(|&rule| self.is_open(item, rule)).collect();
                for rule in open {
                    self.report(shared, item, rule, &error);
                }
                self.next = (item + 1, 0);
                self.stuck = 0;
            }
        }
    }

    fn blame(&mut self, shared: &Shared, item: usize, rule: u32, error: &WireError) {
        self.stuck = 0;
        self.report(shared, item, rule, error);
        self.note_death(shared, rule, error);
    }

    fn report(&mut self, shared: &Shared, item: usize, rule: u32, error: &WireError) {
        let is_new = self.blamed.insert((item, rule));
        if is_new {
            let finding = findings::error_finding(&shared.program.rule(rule).id, error);
            self.outcome.findings.push((self.items[item].event, rule, FindingKind::Error(finding)));
        }
    }

    fn note_death(&mut self, shared: &Shared, rule: u32, error: &WireError) {
        let program = shared.program.rule(rule);
        if let Some(benched) = shared.bench.note_death(&program.id, &program.version, &error.short) {
            warn!(rule.id = %benched.rule_id, until = %benched.until, "a rule is benched: it ended its workers again and again");
            self.outcome.benched.push(benched);
        }
    }

    /// Rules that are out of service miss the rest of the chunk.
    fn leave_out_benched(&mut self, shared: &Shared) {
        let mut candidates: BTreeSet<u32> = self.items[self.next.0..]
            .iter()
            .map(|item| item.plan)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .flat_map(|plan| self.plans[plan].iter().copied())
            .collect();
        candidates.retain(|rule| !self.benched.contains(rule));
        for rule in shared.bench.benched_of(&shared.program, candidates.into_iter()) {
            self.benched.insert(rule);
            let missed: Vec<usize> = (self.next.0..self.items.len())
                .filter(|&item| self.is_ahead(item, rule))
                .map(|item| self.items[item].event)
                .collect();
            if !missed.is_empty() {
                self.outcome.missed.entry(rule).or_default().extend(missed);
            }
        }
    }

    /// Whether the pair is still to be evaluated: not done, not blamed, not missed.
    fn is_open(&self, item: usize, rule: u32) -> bool {
        self.is_ahead(item, rule) && !self.benched.contains(&rule)
    }

    fn is_ahead(&self, item: usize, rule: u32) -> bool {
        let done = if item == self.next.0 { self.next.1 } else { 0 };
        self.plan(item)[done..].contains(&rule) && !self.blamed.contains(&(item, rule))
    }
}
