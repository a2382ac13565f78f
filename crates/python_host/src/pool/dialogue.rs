//! Who answers a request: a worker process, or bytes in a test.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::course::Course;
use super::process::{Loss, Worker};
use crate::wire::{Answer, Mark, Told};

/// The other side of one request.
pub(super) trait Dialogue {
    /// Its next answer.
    fn next_answer(&mut self) -> Result<Answer, Loss>;

    /// What it is at now.
    fn mark(&mut self) -> Result<Mark, Loss>;

    /// Answers its question, which came at `asked`.
    fn tell(&mut self, told: &Told, asked: Instant);
}

/// A worker at a request.
pub(super) struct Talk<'a, 'c> {
    pub(super) worker: &'a mut Worker,
    pub(super) course: &'a Course<'c>,
    pub(super) stop: &'a AtomicBool,
}

impl Dialogue for Talk<'_, '_> {
    fn next_answer(&mut self) -> Result<Answer, Loss> {
        self.worker.next_answer(self.course, self.stop)
    }

    fn mark(&mut self) -> Result<Mark, Loss> {
        self.worker.mark_now(self.course, self.stop)
    }

    fn tell(&mut self, told: &Told, asked: Instant) {
        self.worker.tell(told, asked, self.course, self.stop);
    }
}
