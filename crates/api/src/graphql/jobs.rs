//! Work that goes on after its call was answered: uploads and validations, known by receipts.
//!
//! Receipts live in this process, for a day and in a bounded number. What a receipt is about is safe all the
//! same: a change of content is made as a whole or not at all, whether anybody asks for its receipt or not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::content_admin::{ContentRefusal, KindCounts, Uploaded};

/// Receipts that are kept; the oldest make room.
pub(super) const RECEIPTS_MAX: usize = 1_000;
/// How long a receipt is kept.
pub(super) const RECEIPT_LIFE: Duration = Duration::from_secs(24 * 3600);
/// Addresses for projects that are open at the same time; each may hold a project.
pub(super) const SESSIONS_MAX: usize = 8;
/// How long an address for a project is open.
pub(super) const SESSION_LIFE: Duration = Duration::from_secs(15 * 60);
/// Validations that wait for their turn.
const WAITING_MAX: usize = 10;

/// Receipts, and addresses for projects.
pub(crate) struct Jobs {
    tables: Mutex<Tables>,
    /// One change of content at a time.
    turn: Arc<Semaphore>,
    /// Room for validations that wait for the turn.
    waiting: Arc<Semaphore>,
}

impl Default for Jobs {
    fn default() -> Self {
        Jobs {
            tables: Mutex::default(),
            turn: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
        }
    }
}

#[derive(Default)]
struct Tables {
    jobs: HashMap<Uuid, Job>,
    sessions: HashMap<Uuid, Session>,
}

/// What a receipt is about.
#[derive(Clone)]
pub(super) struct Job {
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) state: JobState,
}

/// Where it stands.
#[derive(Clone)]
pub(super) enum JobState {
    /// Not done yet.
    Running,
    /// An upload or a validation is done.
    Uploaded(Uploaded),
    /// A project is taken over, or was checked.
    Project(KindCounts),
    /// Nothing was changed.
    Refused(ContentRefusal),
}

/// An address for a project.
struct Session {
    secret: Uuid,
    opened_at: Timestamp,
    body: Option<Arc<Vec<u8>>>,
}

impl Jobs {
    /// The right to change content; `None` while somebody else has it.
    pub(super) fn take_turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turn).try_acquire_owned().ok()
    }

    /// A place in the queue for the turn; `None` when it is full.
    pub(super) fn take_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.waiting).try_acquire_owned().ok()
    }

    /// Waits for the right to change content.
    pub(super) async fn wait_turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.turn).acquire_owned().await.ok()
    }

    /// A new receipt of something that runs.
    pub(super) fn open(&self, now: Timestamp) -> Uuid {
        let id = Uuid::new_v4();
        self.with(|tables| {
            tables.jobs.retain(|_, job| is_fresh(job.created_at, RECEIPT_LIFE, now));
            while tables.jobs.len() >= RECEIPTS_MAX {
                let oldest = tables.jobs.iter().min_by_key(|(_, job)| job.created_at).map(|(id, _)| *id);
                let Some(oldest) = oldest else { break };
                tables.jobs.remove(&oldest);
            }
            tables.jobs.insert(id, Job { created_at: now, updated_at: now, state: JobState::Running });
        });
        id
    }

    /// Writes down what came of it.
    pub(super) fn close(&self, id: Uuid, state: JobState, now: Timestamp) {
        self.with(|tables| {
            if let Some(job) = tables.jobs.get_mut(&id) {
                job.state = state;
                job.updated_at = now;
            }
        });
    }

    /// What a receipt is about; `None` when it is not known, or not any more.
    pub(super) fn find(&self, receipt: &str, now: Timestamp) -> Option<Job> {
        let id: Uuid = receipt.parse().ok()?;
        let job = self.with(|tables| tables.jobs.get(&id).cloned())?;
        is_fresh(job.created_at, RECEIPT_LIFE, now).then_some(job)
    }

    /// Opens an address for a project: its id, and the secret of its address. `None` when too many are open.
    pub(super) fn open_session(&self, now: Timestamp) -> Option<(Uuid, Uuid)> {
        self.with(|tables| {
            tables.sessions.retain(|_, session| is_fresh(session.opened_at, SESSION_LIFE, now));
            if tables.sessions.len() >= SESSIONS_MAX {
                return None;
            }
            let (id, secret) = (Uuid::new_v4(), Uuid::new_v4());
            tables.sessions.insert(id, Session { secret, opened_at: now, body: None });
            Some((id, secret))
        })
    }

    /// Whether an address is open.
    pub(crate) fn is_open(&self, session: &str, secret: &str, now: Timestamp) -> bool {
        self.with(|tables| tables.session(session, now).is_some_and(|open| open.secret.to_string() == secret))
    }

    /// Puts a project to an open address; a second one takes the place of the first.
    pub(crate) fn put_project(&self, session: &str, body: Vec<u8>, now: Timestamp) -> bool {
        self.with(|tables| match tables.session(session, now) {
            Some(session) => {
                session.body = Some(Arc::new(body));
                true
            }
            None => false,
        })
    }

    /// The project that was put to an address: `None` for an unknown address, `Some(None)` for an empty one.
    #[expect(clippy::option_option, reason = "whether the address is open, and whether it holds something")]
    pub(super) fn project(&self, session: &str, now: Timestamp) -> Option<Option<Arc<Vec<u8>>>> {
        self.with(|tables| tables.session(session, now).map(|session| session.body.clone()))
    }

    /// Closes an address.
    pub(super) fn close_session(&self, session: &str) {
        if let Ok(id) = session.parse::<Uuid>() {
            self.with(|tables| tables.sessions.remove(&id));
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tables) -> T) -> T {
        // Every change of the tables is a single step, so that they are whole whatever happened.
        work(&mut self.tables.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tables {
    fn session(&mut self, id: &str, now: Timestamp) -> Option<&mut Session> {
        let id: Uuid = id.parse().ok()?;
        self.sessions.get_mut(&id).filter(|session| is_fresh(session.opened_at, SESSION_LIFE, now))
    }
}

fn is_fresh(since: Timestamp, life: Duration, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(since)).unwrap_or_default() < life
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_bounded_and_end() {
        let jobs = Jobs::default();
        let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let first = jobs.open(begin);
        jobs.close(first, JobState::Project(KindCounts::default()), begin);
        assert!(matches!(jobs.find(&first.to_string(), begin).unwrap().state, JobState::Project(_)));
        for second in 1..=RECEIPTS_MAX {
            jobs.open(begin + Duration::from_secs(u64::try_from(second).unwrap()));
        }
        assert!(jobs.find(&first.to_string(), begin).is_none(), "the oldest made room");
        assert_eq!(jobs.with(|tables| tables.jobs.len()), RECEIPTS_MAX);
        let late = jobs.open(begin + RECEIPT_LIFE + RECEIPT_LIFE);
        assert_eq!(jobs.with(|tables| tables.jobs.len()), 1);
        assert!(jobs.find(&late.to_string(), begin + RECEIPT_LIFE * 3).is_none());
        assert!(jobs.find("what", begin).is_none());
    }

    #[test]
    fn addresses_are_bounded_have_a_secret_and_end() {
        let jobs = Jobs::default();
        let begin: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let (id, secret) = jobs.open_session(begin).unwrap();
        let (id, secret) = (id.to_string(), secret.to_string());
        assert!(jobs.is_open(&id, &secret, begin));
        assert!(!jobs.is_open(&id, &id, begin));
        assert_eq!(jobs.project(&id, begin), Some(None));
        assert!(jobs.put_project(&id, vec![1], begin));
        assert_eq!(jobs.project(&id, begin), Some(Some(Arc::new(vec![1]))));
        for _ in 1..SESSIONS_MAX {
            jobs.open_session(begin).unwrap();
        }
        assert!(jobs.open_session(begin).is_none());
        let later = begin + SESSION_LIFE;
        assert!(!jobs.is_open(&id, &secret, later));
        assert_eq!(jobs.project(&id, later), None);
        assert!(jobs.open_session(later).is_some());
    }
}
