//! Heavy work by a few threads of its own, one piece after the other on each.
//!
//! Threads of its own, because each piece takes and frees a large piece of memory, and the allocator keeps one for
//! each thread that ever did.

use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::available_parallelism;

use tokio::sync::oneshot;

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotDone {
    /// Too much waits already.
    Busy,
    /// It panicked, or no thread could be started.
    Broken,
}

type Work = Box<dyn FnOnce() + Send>;

/// Half of the cores, at least one, and what waits for them.
pub(super) struct Turns {
    name: &'static str,
    waiting_max: usize,
    queue: OnceLock<Option<SyncSender<Work>>>,
}

impl Turns {
    /// Threads of this name, which start with the first work; at most so much waits for them.
    pub(super) fn new(name: &'static str, waiting_max: usize) -> Turns {
        Turns { name, waiting_max, queue: OnceLock::new() }
    }

    /// Does `work` when it is its turn; not at all when nobody waits for it any more by then.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let queue = self.queue.get_or_init(|| start(self.name, self.waiting_max));
        let (reply, answer) = oneshot::channel();
        let work = move || {
            if !reply.is_closed() {
                // Whoever asked may have stopped waiting meanwhile.
                reply.send(work()).ok();
            }
        };
        match queue.as_ref().ok_or(NotDone::Broken)?.try_send(Box::new(work)) {
            Ok(()) => answer.await.map_err(|_| NotDone::Broken),
            Err(TrySendError::Full(_)) => Err(NotDone::Busy),
            Err(TrySendError::Disconnected(_)) => Err(NotDone::Broken),
        }
    }
}

/// `None` when the machine gives no thread.
fn start(name: &str, waiting_max: usize) -> Option<SyncSender<Work>> {
    let (queue, waiting) = sync_channel(waiting_max);
    let waiting = Arc::new(Mutex::new(waiting));
    let cores = available_parallelism().map_or(1, NonZero::get);
    let started = (0..(cores / 2).max(1)).filter(|_| {
        let waiting = Arc::clone(&waiting);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || run(&waiting)).is_ok()
    });
    (started.count() > 0).then_some(queue)
}

fn run(waiting: &Mutex<Receiver<Work>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        // Its answer is dropped with it, which tells who waits; the thread goes on.
        catch_unwind(AssertUnwindSafe(work)).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn each_piece_is_done_and_a_panic_breaks_only_its_own() {
        let turns = Turns::new("test", 4);
        assert_eq!(turns.take(|| 1).await, Ok(1));
        for _ in 0..8 {
            assert_eq!(turns.take(|| -> i32 { panic!("on purpose") }).await, Err(NotDone::Broken));
        }
        assert_eq!(turns.take(|| 2).await, Ok(2));
    }

    #[tokio::test]
    async fn what_does_not_fit_the_queue_is_refused_and_what_nobody_waits_for_is_not_done() {
        let turns = Turns::new("test", 1);
        let (hold, held) = channel::<()>();
        let held = Arc::new(Mutex::new(held));
        // Asked for again and again: the threads take one each, the queue one, and the next is refused.
        let (mut asked, done) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
        let refused = loop {
            let (held, done) = (Arc::clone(&held), Arc::clone(&done));
            let mut next = Box::pin(turns.take(move || {
                // Ends when the test drops the other side.
                held.lock().unwrap().recv().ok();
                done.fetch_add(1, Ordering::Relaxed);
            }));
            match tokio::time::timeout(Duration::from_millis(50), &mut next).await {
                Ok(answer) => break answer,
                Err(_) => asked.push(next),
            }
        };
        assert_eq!(refused, Err(NotDone::Busy));
        let waits = asked.pop().unwrap();
        drop(waits);
        drop(hold);
        let count = asked.len();
        for work in asked {
            assert_eq!(work.await, Ok(()));
        }
        // Behind the one that nobody waits for, once there is room.
        while turns.take(|| 3).await != Ok(3) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(done.load(Ordering::Relaxed), count);
    }
}
