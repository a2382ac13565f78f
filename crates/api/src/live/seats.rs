//! Who is told of changes now: so many browsers of one person, and so many in all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::{counter, gauge};
use model::metric;

/// Streams of one person: browsers, not tabs, since the tabs of a browser share one.
const PER_USER_MAX: usize = 8;
/// Streams of all.
const ALL_MAX: usize = 512;

/// The streams that are open, by person. Cloning shares them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<HashMap<String, usize>>>);

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    /// One person has too many.
    #[error("you follow alerts in {PER_USER_MAX} browsers already; close one of them")]
    User,
    /// All together have too many.
    #[error("{ALL_MAX} browsers follow alerts already; this one asks from time to time instead")]
    All,
}

/// One open stream; it counts until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    user_id: String,
}

impl Seats {
    /// Takes a seat for a person.
    pub(crate) fn take(&self, user_id: &str) -> Result<Seat, Full> {
        let mut taken = self.taken();
        let full = if taken.values().sum::<usize>() >= ALL_MAX {
            Some((Full::All, "all"))
        } else if taken.get(user_id).is_some_and(|own| *own >= PER_USER_MAX) {
            Some((Full::User, "user"))
        } else {
            None
        };
        if let Some((full, reason)) = full {
            counter!(metric::LIVE_STREAMS_REFUSED, "reason" => reason).increment(1);
            return Err(full);
        }
        *taken.entry(user_id.to_owned()).or_default() += 1;
        gauge!(metric::LIVE_STREAMS).increment(1);
        Ok(Seat { seats: self.clone(), user_id: user_id.to_owned() })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(own) = taken.get_mut(&self.user_id) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.user_id);
            }
        }
        gauge!(metric::LIVE_STREAMS).decrement(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_has_some_seats_and_gets_them_back() {
        let seats = Seats::default();
        let mut taken: Vec<Seat> = (0..PER_USER_MAX).map(|_| seats.take("ann").unwrap()).collect();
        assert_eq!(seats.take("ann").unwrap_err(), Full::User);
        let other = seats.take("bob").unwrap();
        taken.pop();
        seats.take("ann").unwrap();
        drop((taken, other));
        assert!(seats.taken().is_empty());
    }

    #[test]
    fn there_are_so_many_seats_in_all() {
        let seats = Seats::default();
        let taken: Vec<Seat> = (0..ALL_MAX).map(|number| seats.take(&number.to_string()).unwrap()).collect();
        assert_eq!(seats.take("late").unwrap_err(), Full::All);
        drop(taken);
        seats.take("late").unwrap();
    }
}
