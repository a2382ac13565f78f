//! The proof against power cuts: the server is killed at random moments under load, and afterwards every
//! accepted event was evaluated, every alert is there once with its exact count, and every delivery came.
//!
//! `KILLS` sets how often (10), `SEED` repeats a run.

mod load;
mod processes;
pub(crate) mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use test_support::Receiver;

use crate::harness::{Server, Site, allow, okta_event, signal, text, vendor, wait_at_most};
use load::{Load, Sent};
use random::Random;

/// Not the name of any other test's source: a port that a killed server leaves may come to one of them.
const SOURCE: &str = "crash-load";
/// A server lives at most this long.
const LIFE_MAX: Duration = Duration::from_millis(900);
/// A server that is killed while it starts lives at most this long.
const START_LIFE_MAX: Duration = Duration::from_millis(500);
/// Time for everything to settle after the last start, however much there is.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// Matches every event, one alert for each: `p_row_id` is unique for each accepted event. It counts them in
/// the key-value cache.
const EACH: &str = "from panther_detection_helpers.caching import increment_counter\n\
    def rule(event):\n    global count\n    count = increment_counter('each')\n    return True\n\
    def title(event):\n    return event['uuid']\n\
    def dedup(event):\n    return event['p_row_id']\n\
    def alert_context(event):\n    return {'uuid': event['uuid'], 'group': event['actor']['alternateId'], 'count': count}\n";
/// Groups of known sizes, some of them below the threshold of three.
const THREES: &str =
    "def rule(event):\n    return True\ndef dedup(event):\n    return event['actor']['alternateId']\n";
/// One group of everything.
const ALL: &str = "def rule(event):\n    return True\ndef dedup(event):\n    return 'all'\n";

fn site(each: &Receiver, groups: &Receiver) -> Site {
    let site = Site::new(&format!(
        "{}alerting: {{ limit_per_detection: 0 }}
delivery: {{ concurrency: 16, retry: {{ first_delay: 100ms, delay_max: 1s }} }}
sources:
  - {{ id: {SOURCE}, type: http, log_types: [Okta.SystemLog] }}
destinations:
  - {{ name: each, type: webhook, config: {{ webhook_url: \"{}\" }}, severities: [LOW] }}
  - {{ name: groups, type: tines, config: {{ webhook_url: \"{}\" }}, severities: [HIGH] }}
",
        allow(&[each, groups]),
        each.url("/"),
        groups.url("/")
    ));
    let day = "DedupPeriodMinutes: 1440\n";
    site.rule("Each", &format!("{day}Severity: Low\n"), EACH);
    site.rule("Threes", &format!("{day}Severity: High\nThreshold: 3\n"), THREES);
    site.rule("All", &format!("{day}Severity: High\n"), ALL);
    site
}

#[test]
fn nothing_accepted_is_lost_or_counted_twice_whenever_the_server_is_killed() {
    let kills: u32 = setting("KILLS").unwrap_or(10);
    let seed = setting("SEED").unwrap_or_else(random::seed);
    println!("SEED={seed} KILLS={kills}");
    let mut random = Random::new(seed);
    let [each, groups] = [vendor(), vendor()];
    let site = site(&each, &groups);
    let load = Load::start(&mut random);

    for kill in 0..kills {
        if random.below(4) == 0 {
            kill_while_it_starts(&site, &mut random);
        }
        let server = site.start();
        load.open(&server.base);
        std::thread::sleep(random.duration(LIFE_MAX));
        if random.below(4) == 0 {
            // New workers take over from the old ones just then.
            signal(server.pid(), "HUP");
            std::thread::sleep(random.duration(LIFE_MAX));
        }
        let workers = processes::children(server.pid());
        let pid = server.pid();
        server.kill();
        load.close();
        processes::wait_until_gone(pid, &workers);
        println!("kill {}: {} requests were answered so far", kill + 1, load.answered());
    }

    let server = site.start();
    load.open(&server.base);
    let sent = load.finish();
    settle(&server);
    let found = check_alerts(&server, &sent);
    check_deliveries(&server, &each, &groups, &found);
    println!(
        "{} events acknowledged, {} accepted, {} alerts, {} deliveries received (repeated ones included)",
        sent.len(),
        found.each.len(),
        found.each.len() + found.grouped.len(),
        each.count() + groups.count()
    );
    check_rest(&site, server, &each, &groups);
}

pub(crate) fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

fn kill_while_it_starts(site: &Site, random: &mut Random) {
    let mut child = site.spawn();
    std::thread::sleep(random.duration(START_LIFE_MAX));
    let workers = processes::children(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    processes::wait_until_gone(child.id(), &workers);
}

/// Waits until everything accepted is processed and delivered.
fn settle(server: &Server) {
    let backlog = || server.metric("margay_journal_backlog_bytes");
    wait_at_most(SETTLE_MAX, "the journal is empty", || backlog() == 0.0);
    let pending = || server.metric("margay_deliveries_pending");
    wait_at_most(SETTLE_MAX, "nothing is pending", || pending() == 0.0);
}

/// The alerts by id.
struct Found {
    each: BTreeSet<String>,
    grouped: BTreeSet<String>,
}

fn check_alerts(server: &Server, sent: &BTreeMap<String, Sent>) -> Found {
    let mut found = Found { each: BTreeSet::new(), grouped: BTreeSet::new() };
    let mut accepted: BTreeMap<String, u64> = BTreeMap::new();
    let mut group_sizes: BTreeMap<String, u64> = BTreeMap::new();
    let mut rows = BTreeSet::new();
    let mut grouped: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut counted = Vec::new();
    for alert in server.alerts("ALERT") {
        let id = text(&alert["id"]);
        let count = alert["eventCount"].as_u64().unwrap();
        let dedup = text(&alert["dedup"]);
        match text(&alert["detection"]["id"]).as_str() {
            "Each" => {
                assert_eq!(count, 1, "{alert}");
                assert!(rows.insert(dedup), "two alerts for one event: {alert}");
                assert!(found.each.insert(id), "two alerts with one id: {alert}");
                *accepted.entry(text(&alert["context"]["uuid"])).or_default() += 1;
                counted.push(alert["context"]["count"].as_u64().unwrap());
                *group_sizes.entry(text(&alert["context"]["group"])).or_default() += 1;
            }
            rule => {
                assert!(found.grouped.insert(id), "two alerts with one id: {alert}");
                let double = grouped.insert((rule.to_owned(), dedup), count);
                assert_eq!(double, None, "two alerts for one group: {alert}");
            }
        }
    }
    check_accepted(sent, &accepted);
    let total = rows.len() as u64;
    counted.sort_unstable();
    assert_eq!(counted, (1..=total).collect::<Vec<_>>(), "the rule's own counter counts each event once");
    let mut expected: BTreeMap<(String, String), u64> = group_sizes
        .into_iter()
        .filter(|(_, size)| *size >= 3)
        .map(|(group, size)| (("Threes".to_owned(), group), size))
        .collect();
    expected.insert(("All".to_owned(), "all".to_owned()), total);
    assert_eq!(grouped, expected, "alerts of groups with their exact counts");
    assert_eq!(server.evaluated(), total, "each accepted event is counted once");
    assert_eq!(server.metric("margay_alerts_created_total"), (total + grouped.len() as u64) as f64);
    for class in ["DETECTION_ERROR", "SYSTEM_ERROR"] {
        assert_eq!(server.alerts(class), Vec::<Value>::new());
    }
    found
}

/// Every acknowledged event was evaluated; one whose request broke off may have been accepted as well.
fn check_accepted(sent: &BTreeMap<String, Sent>, accepted: &BTreeMap<String, u64>) {
    for (uuid, sent) in sent {
        let count = accepted.get(uuid).copied().unwrap_or(0);
        let possible = 1..=sent.tries;
        assert!(possible.contains(&count), "event {uuid}: {count} alerts for {} tries", sent.tries);
    }
    for uuid in accepted.keys() {
        assert!(sent.contains_key(uuid), "event {uuid} was never sent");
    }
}

/// Each alert came to its destination, always with the same key, and nothing else came.
fn check_deliveries(server: &Server, each: &Receiver, groups: &Receiver, found: &Found) {
    for (vendor, alerts) in [(each, &found.each), (groups, &found.grouped)] {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for request in vendor.requests() {
            let body = request.json();
            let alert_id = request.header("x-alert-id").unwrap().to_owned();
            assert_eq!(body["alertId"], alert_id.as_str());
            let key = request.header("idempotency-key").unwrap().to_owned();
            assert_eq!(request.header("x-delivery-id"), Some(key.as_str()));
            keys.entry(alert_id).or_default().insert(key);
        }
        assert_eq!(keys.keys().cloned().collect::<BTreeSet<_>>(), *alerts, "alerts received");
        for (alert, keys) in &keys {
            assert_eq!(keys.len(), 1, "alert {alert} came with several keys: {keys:?}");
        }
        // Asking for all would take longer than the rest of the test.
        for (alert, keys) in keys.iter().step_by(1 + keys.len() / 25) {
            let deliveries = server.list(&format!("/alerts/{alert}/deliveries"));
            assert_eq!(deliveries.len(), 1, "{deliveries:?}");
            assert_eq!(deliveries[0]["state"], "delivered");
            assert_eq!(keys.first().map(String::as_str), deliveries[0]["id"].as_str());
        }
    }
}

/// One more start: nothing that is finished is done again.
fn check_rest(site: &Site, server: Server, each: &Receiver, groups: &Receiver) {
    let received = (each.count(), groups.count());
    let evaluated = server.evaluated();
    let alert_count = server.alerts("ALERT").len();
    server.kill();
    let server = site.start();
    let marker = okta_event("marker", "marker", "LOCKED OUT");
    let answer = server.send(SOURCE, marker.to_string());
    assert_eq!(answer.status, 200);
    server.wait_evaluated(evaluated + 1);
    server.wait_delivered();
    assert_eq!(server.alerts("ALERT").len(), alert_count + 1);
    assert_eq!((each.count(), groups.count()), (received.0 + 1, received.1), "nothing is sent again");
    assert_eq!(server.terminate(), Some(0));
}
