//! Tells whoever looks on that alerts were made or changed, and which.
//!
//! Changes are numbered, and the last ones are kept: who comes late hears of all of them at once, or that there
//! were too many to name. Nobody who listens holds up the writing task.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::AlertId;
use tokio::sync::watch;

use crate::store::Store;

/// Changed alerts that are kept for those who listen.
const KEPT_MAX: usize = 1_000;
/// Alerts that are named at once.
const NAMED_MAX: usize = 100;

/// The last changes.
#[derive(Debug, Default)]
pub(crate) struct News {
    number: watch::Sender<u64>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Number of the change and the alert, oldest first.
    ids: VecDeque<(u64, AlertId)>,
    /// Number of the last change of which not everything is kept.
    forgotten: u64,
}

/// What happened since one listened last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertNews {
    /// Number of the last change; grows, and begins anew with the process.
    pub number: u64,
    /// Alerts that were made or changed, each once, at most 100; `None` when there are more.
    pub ids: Option<Vec<AlertId>>,
}

/// Somebody who listens.
#[derive(Debug)]
pub struct AlertWatch {
    news: Arc<News>,
    changed: watch::Receiver<u64>,
    seen: u64,
}

impl News {
    /// Tells of alerts that a committed transaction made or changed.
    pub(super) fn tell<'a>(&self, ids: impl Iterator<Item = &'a AlertId>) {
        let mut ids = ids.peekable();
        if ids.peek().is_none() {
            return;
        }
        let mut kept = self.kept();
        let number = *self.number.borrow() + 1;
        kept.ids.extend(ids.map(|id| (number, id.clone())));
        while kept.ids.len() > KEPT_MAX {
            if let Some((number, _)) = kept.ids.pop_front() {
                kept.forgotten = number;
            }
        }
        self.number.send_replace(number);
    }

    fn since(&self, seen: u64, number: u64) -> AlertNews {
        let kept = self.kept();
        if kept.forgotten > seen {
            return AlertNews { number, ids: None };
        }
        let mut ids: Vec<AlertId> = Vec::new();
        for (_, id) in kept.ids.iter().rev().take_while(|(number, _)| *number > seen) {
            if ids.contains(id) {
                continue;
            }
            if ids.len() == NAMED_MAX {
                return AlertNews { number, ids: None };
            }
            ids.push(id.clone());
        }
        AlertNews { number, ids: Some(ids) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AlertWatch {
    /// Waits until alerts are made or changed that one has not heard of; `None` when nothing can change any more.
    /// Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<AlertNews> {
        self.changed.changed().await.ok()?;
        let number = *self.changed.borrow_and_update();
        let news = self.news.since(self.seen, number);
        self.seen = number;
        Some(news)
    }
}

impl Store {
    /// Listens for alerts that are made or changed from now on, by this process.
    pub fn watch_alerts(&self) -> AlertWatch {
        let news = Arc::clone(&self.alert_index.news);
        let mut changed = news.number.subscribe();
        let seen = *changed.borrow_and_update();
        AlertWatch { news, changed, seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(news: &Arc<News>) -> AlertWatch {
        let changed = news.number.subscribe();
        let seen = *changed.borrow();
        AlertWatch { news: Arc::clone(news), changed, seen }
    }

    fn ids(numbers: std::ops::Range<usize>) -> Vec<AlertId> {
        numbers.map(|number| AlertId::from(format!("{number:04}"))).collect()
    }

    #[tokio::test]
    async fn who_listens_late_hears_of_everything_once() {
        let news = Arc::new(News::default());
        news.tell(ids(0..1).iter());
        let mut listener = watch(&news);
        news.tell(ids(1..3).iter());
        news.tell(ids(2..4).iter());
        news.tell(ids(0..0).iter());
        let heard = listener.next().await.unwrap();
        let mut named = heard.ids.unwrap();
        named.sort();
        assert_eq!((heard.number, named), (3, ids(1..4)));
        news.tell(ids(7..8).iter());
        assert_eq!(listener.next().await, Some(AlertNews { number: 4, ids: Some(ids(7..8)) }));
    }

    #[tokio::test]
    async fn too_many_are_not_named_and_what_comes_after_is() {
        let news = Arc::new(News::default());
        let mut listener = watch(&news);
        news.tell(ids(0..NAMED_MAX + 1).iter());
        assert_eq!(listener.next().await.unwrap().ids, None);
        news.tell(ids(0..NAMED_MAX).iter());
        assert_eq!(listener.next().await.unwrap().ids.unwrap().len(), NAMED_MAX);
        news.tell(ids(0..1).iter());
        news.tell(ids(1..KEPT_MAX + 1).iter());
        assert_eq!(news.kept().ids.len(), KEPT_MAX);
        assert_eq!(listener.next().await.unwrap().ids, None, "the first one is forgotten");
        news.tell(ids(5..6).iter());
        assert_eq!(listener.next().await.unwrap().ids, Some(ids(5..6)));
    }
}
