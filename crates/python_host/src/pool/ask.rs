//! Answers to what workers ask in the middle of an evaluation.
//!
//! What a pair of event and rule did to the key-value cache stays done when a later one ends the worker: a
//! worker reports each pair that asked something at once, so it is not evaluated again. Of the pair that
//! ended the worker, whatever it did until then stays.

use std::time::Instant;

use jiff::Timestamp;

use super::Shared;
use super::dialogue::Dialogue;
use crate::kv::{KvCache, KvValue};
use crate::wire::{Ask, Question, Reply, Told};

/// What code that is being loaded is told.
const WHILE_LOADING: &str = "the key-value cache can be used while an event is evaluated, not while code is \
                             loaded; call it inside `rule` or another function of the event";

/// Answers a question that is asked while an event accepted at `now` is evaluated; `None` = while code is
/// loaded.
pub(super) fn answer(
    shared: &Shared,
    dialogue: &mut dyn Dialogue,
    ask: &Ask,
    kv: &KvCache,
    now: Option<Timestamp>,
) {
    let asked = Instant::now();
    let reply = match (&ask.question, now) {
        (Question::Kv(operation), Some(now)) => Reply::from(kv.run(operation, now, &shared.stop)),
        (Question::Kv(_), None) => Reply::Refused(WHILE_LOADING.to_owned()),
        (Question::Lookup { table }, _) => {
            shared.lookups.note_missing(table);
            Reply::Value(KvValue::Nothing)
        }
    };
    dialogue.tell(&Told { id: ask.id, reply }, asked);
}
