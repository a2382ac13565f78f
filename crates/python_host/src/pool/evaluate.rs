//! A chunk of events through their rules, over as many workers as it takes.
//!
//! A worker reports how far it is; after its death the next one goes on right there. The pair (event,
//! rule) that ended it gets an error and is not tried again. Where the progress page does not tell which
//! pair it was, requests become smaller, down to one pair for a fresh worker: so every death either
//! settles a pair or narrows the search, and an evaluation always ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::{Event, FindingKind};
use tokio::sync::oneshot;
use tracing::warn;

use super::course::Course;
use super::dialogue::{Dialogue, Talk};
use super::process::{LOAD_MIN, Loss};
use super::slot::{Slot, out_of_turn};
use super::{Shared, ask};
use crate::bench::Benched;
use crate::findings;
use crate::wire::{self, Answer, EvaluateHeader, Mark, Part, Record, Request, Results, WireError};

/// Into how many requests a piece of work is cut whose culprit is not known.
const SECTIONS: usize = 16;
/// Added to the limit of a request for each rule that it may have to load.
const LOAD_EACH: Duration = Duration::from_secs(1);

/// One event of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    /// Index into the events of the evaluation.
    pub(crate) event: usize,
    /// Index into the plans of its chunk.
    pub(crate) plan: usize,
}

/// A chunk.
pub(crate) struct EvaluateJob {
    pub(crate) events: Arc<Vec<Event>>,
    /// Lists of rule indexes, ascending.
    pub(crate) plans: Vec<Vec<u32>>,
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
    let mut chunk = Chunk::new(&job.events, &job.plans, &job.items, slot.number);
    slot.shared.note_progress(slot.number);
    while !chunk.is_done() {
        match chunk.attempt(slot) {
            Ok(()) => chunk.relax(),
            Err(Loss::Stopped) => return,
            Err(loss) => {
                slot.replace();
                chunk.take_loss(slot.shared, &loss);
            }
        }
    }
    slot.shared.note_rest(slot.number);
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
    dialogue: &mut dyn Dialogue,
) -> (ChunkOutcome, usize) {
    let (events, plans, items) = job;
    let mut chunk = Chunk::new(events, plans, items, 0);
    let mut worker_count = 1;
    while !chunk.is_done() {
        chunk.leave_out_benched(shared);
        chunk.target = chunk.aim();
        chunk.attempt_from = (chunk.next.0, 1);
        match chunk.take_answers(shared, dialogue) {
            Ok(()) => {
                chunk.relax();
                chunk.is_alone = false;
            }
            Err(loss) => {
                worker_count += 1;
                chunk.take_loss(shared, &loss);
                chunk.is_alone = true;
            }
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
    /// The slot that runs it.
    number: usize,
    /// Most open pairs of one request.
    span: usize,
    /// Where the request under way ends: the pair that is not part of it any more.
    target: (usize, usize),
    /// A worker was lost in the work before this pair, and nobody knows by whom.
    suspect_until: Option<(usize, usize)>,
    /// The request under way is the first of its worker: whatever goes wrong, it was in there.
    is_alone: bool,
    replace: bool,
}

impl<'a> Chunk<'a> {
    fn new(events: &'a [Event], plans: &'a [Vec<u32>], items: &'a [Item], number: usize) -> Chunk<'a> {
        Chunk {
            events,
            plans,
            items,
            outcome: ChunkOutcome::default(),
            next: (0, 0),
            attempt_from: (0, 0),
            blamed: BTreeSet::new(),
            benched: BTreeSet::new(),
            number,
            span: usize::MAX,
            target: (items.len(), 0),
            suspect_until: None,
            is_alone: false,
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

    /// One request; ends well when its part of the chunk is done.
    fn attempt(&mut self, slot: &mut Slot<'_>) -> Result<(), Loss> {
        let shared = slot.shared;
        self.leave_out_benched(shared);
        self.is_alone = slot.is_empty();
        let worker = slot.ensure().ok_or(Loss::Stopped)?;
        self.target = self.aim();
        let first_item = self.next.0;
        let end_item = self.target.0 + usize::from(self.target.1 > 0);
        let items = &self.items[first_item..end_item];
        let first_serial = worker.take_serials(items.len());
        self.attempt_from = (first_item, first_serial);
        let texts: Vec<&str> = items.iter().map(|item| &*self.events[item.event].json).collect();
        let plan_of: Vec<usize> = items.iter().map(|item| item.plan).collect();
        let header = EvaluateHeader {
            first_serial,
            sizes: texts.iter().map(|text| text.len()).collect(),
            plans: self.plans,
            plan_of: plan_of.clone(),
            after: self.next.1,
            until: (self.target.1 > 0).then_some(self.target.1),
            skip: self
                .blamed
                .range((first_item, 0)..(end_item, 0))
                .map(|&(item, rule)| (item - first_item, rule))
                .collect(),
            benched: self.benched.iter().copied().collect(),
        };
        let frame = wire::request(&Request::Evaluate(&header), &texts);
        let course = Course::Events { first_serial, plans: self.plans, plan_of };
        worker.send(&frame, &course, self.time_limit(shared), &shared.stop);
        self.take_answers(shared, &mut Talk { worker, course: &course, stop: &shared.stop })
    }

    /// Longest time for the request under way, whatever its worker says.
    fn time_limit(&self, shared: &Shared) -> Duration {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let running = shared.launch.rule_timeout.saturating_mul(count(self.open_until_target().count()));
        let loading = LOAD_EACH.saturating_mul(count(shared.program.rules().len()));
        running.saturating_add(loading).saturating_add(LOAD_MIN)
    }

    /// Where a request of at most `span` open pairs ends.
    fn aim(&self) -> (usize, usize) {
        let end = (self.items.len(), 0);
        if self.span == usize::MAX {
            return end;
        }
        let last = self.open_until(end).nth(self.span - 1);
        last.map_or(end, |(item, position)| {
            if position + 1 == self.plan(item).len() { (item + 1, 0) } else { (item, position + 1) }
        })
    }

    /// Open pairs (item, position) from the next one up to another one.
    fn open_until(&self, end: (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
        let items = self.next.0..self.items.len().min(end.0 + 1);
        items
            .flat_map(|item| (0..self.plan(item).len()).map(move |position| (item, position)))
            .filter(move |&pair| pair >= self.next && pair < end)
            .filter(|&(item, position)| self.is_open(item, self.plan(item)[position]))
    }

    fn open_until_target(&self) -> impl Iterator<Item = (usize, usize)> {
        self.open_until(self.target)
    }

    /// A request went well: larger ones again, once the work in which a worker was lost is behind.
    fn relax(&mut self) {
        if self.suspect_until.is_none_or(|end| self.next >= end) {
            self.suspect_until = None;
            self.span = self.span.saturating_mul(SECTIONS);
        }
    }

    /// The answers to one request, up to the last one.
    fn take_answers(&mut self, shared: &Shared, dialogue: &mut dyn Dialogue) -> Result<(), Loss> {
        let (first_item, _) = self.attempt_from;
        loop {
            let results = match dialogue.next_answer()? {
                Answer::Results(results) => results,
                Answer::Ask(asked) => {
                    let mark = dialogue.mark()?;
                    let Some((item, Some(_))) = self.locate(mark) else { return Err(out_of_turn()) };
                    let event = &self.events[self.items[item].event];
                    let now = (!mark.is_loading()).then_some(event.accepted_at);
                    ask::answer(shared, dialogue, &asked, &shared.kv, now);
                    continue;
                }
                _ => return Err(out_of_turn()),
            };
            let is_end = results.end;
            self.take_results(shared, first_item, results)?;
            if is_end {
                return Ok(());
            }
        }
    }

    fn take_results(&mut self, shared: &Shared, first_item: usize, results: Results) -> Result<(), Loss> {
        // The numbers come from a process that a rule may have taken over.
        let item_of = |event: usize| first_item.checked_add(event).filter(|&item| item <= self.items.len());
        let Some(next_item) = item_of(results.event) else { return Err(out_of_turn()) };
        let next = (next_item, results.position);
        let is_place = next.0 == self.items.len() && next.1 == 0
            || next.0 < self.items.len() && next.1 <= self.plan(next.0).len();
        // Every answer tells something new, so there is an end to them.
        let is_legal =
            if results.end { next == self.target } else { next > self.next && next <= self.target };
        if !is_place || !is_legal {
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
        self.next = next;
        shared.note_progress(self.number);
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

    /// A worker is gone: blames whom the page names, or looks for the culprit.
    fn take_loss(&mut self, shared: &Shared, loss: &Loss) {
        let (mark, error) = match loss {
            Loss::TimedOut(mark) => (*mark, findings::timed_out(shared.launch.rule_timeout)),
            Loss::Died(mark, reason) => (*mark, findings::worker_died(reason)),
            Loss::Stopped => return,
        };
        match self.locate(mark) {
            Some((item, Some(rule))) => {
                if mark.is_loading() {
                    let (cause, is_final) = findings::load_fault(loss);
                    shared.load_faults.note(&shared.program, Part::Rule(rule), cause, is_final);
                }
                self.blame(shared, item, rule, &error);
            }
            // Nothing ran before the event was read, so the event itself cannot be read: each of its
            // rules gets the error, once.
            Some((item, None)) if self.is_alone && item == self.next.0 => {
                let open: Vec<u32> =
                    self.plan(item).iter().copied().filter(|&rule| self.is_open(item, rule)).collect();
                for rule in open {
                    self.report(shared, item, rule, &error);
                }
                self.next = (item + 1, 0);
                shared.note_progress(self.number);
            }
            _ => self.narrow(shared, &error),
        }
    }

    /// Nobody knows which of the open pairs it was: the next request has fewer of them. A single one that
    /// a fresh worker did not survive is guilty.
    fn narrow(&mut self, shared: &Shared, error: &WireError) {
        let (first, open) = {
            let mut pairs = self.open_until_target();
            let first = pairs.next();
            (first, usize::from(first.is_some()) + pairs.count())
        };
        warn!(open, error.message, "a Python worker is gone and it is not known by which rule: searching");
        let Some((item, position)) = first else {
            self.next = self.target;
            return;
        };
        if open == 1 && self.is_alone {
            self.blame(shared, item, self.plan(item)[position], error);
            return;
        }
        self.suspect_until = Some(self.target);
        self.span = (open / SECTIONS).max(1);
    }

    fn blame(&mut self, shared: &Shared, item: usize, rule: u32, error: &WireError) {
        shared.note_progress(self.number);
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
        self.plan(item)[done..].binary_search(&rule).is_ok() && !self.blamed.contains(&(item, rule))
    }
}
