//! Senders that behave: they send again what was not answered with 200, and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use super::SOURCE;
use super::random::Random;
use crate::harness::{okta_event, try_request};

const SENDERS: u32 = 3;
/// Events of one request, at most.
const EVENTS_MAX: u64 = 5;
/// A sender pauses up to this between requests, so that a long run stays a size that can be checked.
const PAUSE_MAX: Duration = Duration::from_millis(25);
/// A sender waits so long before it looks for the server again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// What is known of one acknowledged event.
pub(super) struct Sent {
    /// Requests that may have been accepted: the acknowledged one and those without an answer.
    pub(super) tries: u64,
}

/// The running senders.
pub(super) struct Load {
    door: Arc<Door>,
    senders: Vec<JoinHandle<BTreeMap<String, Sent>>>,
}

#[derive(Default)]
struct Door {
    base: Mutex<Option<String>>,
    stop: AtomicBool,
    answered: AtomicU64,
}

impl Load {
    pub(super) fn start(random: &mut Random) -> Load {
        let door = Arc::new(Door::default());
        let senders = (0..SENDERS)
            .map(|number| {
                let (door, random) = (Arc::clone(&door), Random::new(random.next()));
                std::thread::spawn(move || send(number, &door, random))
            })
            .collect();
        Load { door, senders }
    }

    /// The server can be reached here.
    pub(super) fn open(&self, base: &str) {
        *self.door.base.lock().unwrap() = Some(base.to_owned());
    }

    /// The server is gone.
    pub(super) fn close(&self) {
        *self.door.base.lock().unwrap() = None;
    }

    pub(super) fn answered(&self) -> u64 {
        self.door.answered.load(Ordering::Relaxed)
    }

    /// Lets every sender get its last request through; returns all events by `uuid`.
    pub(super) fn finish(self) -> BTreeMap<String, Sent> {
        self.door.stop.store(true, Ordering::Relaxed);
        self.senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    }
}

fn send(sender: u32, door: &Door, mut random: Random) -> BTreeMap<String, Sent> {
    let mut sent = BTreeMap::new();
    let mut number = 0;
    while !door.stop.load(Ordering::Relaxed) {
        let events: Vec<_> = (0..=random.below(EVENTS_MAX)).map(|_| event(sender, &mut number)).collect();
        let lines: Vec<&str> = events.iter().map(|(_, line)| line.as_str()).collect();
        let tries = send_until_acknowledged(door, lines.join("\n").as_bytes());
        sent.extend(events.into_iter().map(|(uuid, _)| (uuid, Sent { tries })));
        std::thread::sleep(random.duration(PAUSE_MAX));
    }
    sent
}

/// The next event: groups of two and four take turns.
fn event(sender: u32, number: &mut u64) -> (String, String) {
    let uuid = format!("{sender}-{number}");
    let (round, place) = (*number / 6, *number % 6);
    let group = format!("{sender}-{round}-{}", if place < 2 { "two" } else { "four" });
    *number += 1;
    let event = okta_event(&uuid, &group, "LOCKED OUT");
    (uuid, event.to_string())
}

/// Returns how many of the requests may have been accepted.
fn send_until_acknowledged(door: &Door, body: &[u8]) -> u64 {
    let mut tries = 0;
    loop {
        let base = door.base.lock().unwrap().clone();
        let Some(base) = base else {
            std::thread::sleep(LOOK_AGAIN);
            continue;
        };
        match try_request("POST", &format!("{base}/http/{SOURCE}"), &[], Some(body)) {
            Ok(answer) if answer.status == 200 => {
                door.answered.fetch_add(1, Ordering::Relaxed);
                return tries + 1;
            }
            // A refusal, also one of a stranger who was given the dead server's port.
            Ok(answer) => assert_ne!(answer.status, 400, "{}", answer.body),
            Err(ureq::Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {}
            Err(_) => tries += 1,
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
