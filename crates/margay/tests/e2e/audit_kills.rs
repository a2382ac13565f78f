//! What was answered is in the audit log, whenever the server is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::{done, entries};
use crate::crash::random::{self, Random};
use crate::crash::setting;
use crate::harness::{Site, TOKEN, text, try_request};

/// Changes that are answered with success before the test ends.
const CHANGES: usize = 200;
/// Callers at once.
const CALLERS: usize = 4;
/// A server that is killed lives at least this many answers long.
const ANSWERS_PER_LIFE: usize = 40;
/// And at most this much longer.
const GRACE_MAX: Duration = Duration::from_millis(60);

/// Makes and deletes roles until the server is killed; each name is tried once.
fn make_roles(base: &str, caller: &str, is_over: &AtomicBool, answered: &Mutex<BTreeSet<String>>) {
    for number in 0.. {
        // Nothing is begun then: the port may be another server's by now.
        if is_over.load(Ordering::Acquire) {
            return;
        }
        let name = format!("Role {number} of {caller}");
        let form = json!({ "name": name, "permissions": ["AlertRead"] }).to_string();
        let headers = [("X-API-Key", TOKEN), ("Content-Type", "application/json")];
        let url = format!("{base}/roles");
        let Ok(answer) = try_request("POST", &url, &headers, Some(form.as_bytes())) else { return };
        assert_eq!(answer.status, 200, "{}", answer.body);
        let id = text(&answer.json()["id"]);
        answered.lock().unwrap().insert(name);
        if is_over.load(Ordering::Acquire) {
            return;
        }
        // So that there is room for others.
        let Ok(gone) = try_request("DELETE", &format!("{url}/{id}"), &headers[..1], None) else { return };
        assert_eq!(gone.status, 200, "{}", gone.body);
        answered.lock().unwrap().insert(id);
    }
}

#[test]
fn every_change_that_was_answered_is_on_record_however_often_the_server_is_killed() {
    let seed = setting("SEED").unwrap_or_else(random::seed);
    println!("SEED={seed}");
    let mut random = Random::new(seed);
    let site = Site::new("");
    let answered = Mutex::new(BTreeSet::new());
    let mut lives = 0;
    let count = || answered.lock().unwrap().len();
    while count() < CHANGES {
        lives += 1;
        let server = site.start();
        let (base, before, is_over) = (server.base.clone(), count(), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS)
                .map(|caller| {
                    let (base, answered, is_over) = (&base, &answered, &is_over);
                    scope.spawn(move || make_roles(base, &format!("{lives}.{caller}"), is_over, answered))
                })
                .collect();
            while count() < before + ANSWERS_PER_LIFE && !callers.iter().all(|caller| caller.is_finished()) {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(random.duration(GRACE_MAX));
            is_over.store(true, Ordering::Release);
            server.kill();
        });
    }
    assert!(lives > 1);

    // The log is whole before anything runs on it again, and goes on.
    done(&site, &["audit", "verify"]);
    let server = site.start();
    assert_eq!(server.get("/roles").status, 200);
    assert_eq!(server.terminate(), Some(0));
    done(&site, &["audit", "verify"]);
    let mut recorded: BTreeMap<String, usize> = BTreeMap::new();
    for entry in entries(&site, &[]) {
        let entry = &entry["entry"];
        let input = &entry["actionParams"]["dynamic"]["input"];
        let key = match entry["actionName"].as_str().unwrap() {
            "CREATE_USER_ROLE" => &input["name"],
            "DELETE_USER_ROLE" => &input["id"],
            _ => continue,
        };
        assert_eq!(entry["actionResult"], "SUCCEEDED");
        *recorded.entry(text(key)).or_default() += 1;
    }
    let answered = answered.into_inner().unwrap();
    let lost: Vec<&String> = answered.iter().filter(|key| !recorded.contains_key(*key)).collect();
    assert_eq!(lost, Vec::<&String>::new(), "answered and not on record");
    assert!(recorded.values().all(|count| *count == 1), "on record twice: {recorded:?}");
    let unheard = recorded.len() - answered.len();
    assert!(unheard <= lives * CALLERS, "{unheard} changes nobody heard of");
    println!("{} changes answered over {lives} lives, {unheard} more on record", answered.len());
    assert_eq!(entries(&site, &["--result", "FAILED"]), Vec::<Value>::new());
}
