//! The server's side of an evaluation, with a worker that is nothing but bytes: how a hostile worker is
//! tried out without a process. Not for use by the product.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Event, FindingKind};
use stdx::Clock;

use super::Shared;
use super::dialogue::Dialogue;
use super::evaluate::{self, Item};
use super::process::{Launch, Loss};
use crate::bench::Bench;
use crate::kv::{KvCache, KvStorage};
use crate::lookups::LookupSource;
use crate::program::Program;
use crate::wire::{Answer, Inbox, Mark, Told};

/// What came of the events.
#[derive(Debug)]
pub struct Replayed {
    /// Index of the event, index of the rule, what was found; in this order.
    pub findings: Vec<(usize, u32, FindingKind)>,
    /// Indexes of the events that a benched rule did not see, by index of the rule.
    pub missed: BTreeMap<u32, Vec<usize>>,
    /// How many workers the evaluation would have taken.
    pub worker_count: usize,
}

/// Evaluates `events`, each with the rules of its log type, with workers that send `stream` in pieces of
/// `piece_bytes` and end when it does; `mark` is what their progress page says then.
pub fn replay(
    program: Arc<Program>,
    events: &[Event],
    clock: Arc<dyn Clock>,
    stream: &[u8],
    piece_bytes: usize,
    mark: u64,
) -> Replayed {
    let plans: Vec<Vec<u32>> =
        events.iter().map(|event| program.rules_of(&event.log_type).to_vec()).collect();
    let items: Vec<Item> = (0..events.len()).map(|event| Item { event, plan: event }).collect();
    let launch = Launch {
        command: Vec::new(),
        argument: String::new(),
        rule_timeout: Duration::from_secs(1),
        pypanther_timeout: Duration::from_secs(1),
        memory_max: 0,
        lookups: LookupSource::Tables,
    };
    let kv = Arc::new(KvCache::new(KvStorage::Memory));
    let bench = Arc::new(Bench::new(clock));
    let shared = Shared::new(program, Arc::new(launch), bench, Arc::default(), kv, false);
    let pieces = stream.chunks(piece_bytes.max(1));
    let mut stream = Stream { inbox: Inbox::default(), pieces, mark: Mark(mark) };
    let (outcome, worker_count) = evaluate::replay(&shared, (events, &plans, &items), &mut stream);
    Replayed { findings: outcome.findings, missed: outcome.missed, worker_count }
}

/// A worker that is nothing but bytes.
struct Stream<'a> {
    inbox: Inbox,
    pieces: std::slice::Chunks<'a, u8>,
    mark: Mark,
}

impl Dialogue for Stream<'_> {
    fn next_answer(&mut self) -> Result<Answer, Loss> {
        loop {
            match self.inbox.take() {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
                Err(reason) => {
                    // The next worker goes on with what is left of the stream.
                    self.inbox = Inbox::default();
                    return Err(Loss::Died(Mark::IDLE, reason));
                }
            }
            match self.pieces.next() {
                Some(piece) => self.inbox.push(piece),
                None => return Err(Loss::Died(self.mark, "the stream ended".to_owned())),
            }
        }
    }

    fn mark(&mut self) -> Result<Mark, Loss> {
        Ok(self.mark)
    }

    fn tell(&mut self, _told: &Told, _asked: Instant) {}
}
