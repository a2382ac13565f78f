//! Mixed reads in an open loop over some connections while logs flow and alerts are made.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::TOKEN;
use crate::figures::Times;
use crate::say;
use crate::sender::{self, Sender};
use crate::server::Server;
use crate::table::Table;

const READS_PER_SECOND: u32 = 500;
const CONNECTIONS: usize = 16;
const POSTS_PER_SECOND: u32 = 100;
const EVENTS_PER_POST: usize = 10;
const P99_MS_MAX: f64 = 50.0;

/// Reads while a sender posts 1,000 events a second, of which 1 % make an alert.
pub(super) fn measure(server: &Server, seconds: u32, table: &mut Table) -> Result<()> {
    let paths = paths(server)?;
    let is_over = AtomicBool::new(false);
    let times = std::thread::scope(|scope| -> Result<Vec<Duration>> {
        let logs = scope.spawn(|| send_logs(server, &is_over));
        let start = Instant::now() + Duration::from_millis(500);
        let readers: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                scope.spawn({
                    let paths = &paths;
                    move || read(server, paths, connection, start, seconds)
                })
            })
            .collect();
        let mut times = Vec::new();
        for reader in readers {
            times.extend(reader.join().map_err(|_| anyhow!("a reader panicked"))??);
        }
        is_over.store(true, Ordering::Release);
        logs.join().map_err(|_| anyhow!("the sender of logs panicked"))??;
        Ok(times)
    })?;
    let count = times.len();
    let times = Times::new(times);
    say(&format!("{count} mixed reads: {times}"));
    let what = format!("{READS_PER_SECOND} mixed reads/s beside 1,000 events/s, 20 rules, 1 % alerts: p99");
    let p99 = times.percentile_ms(99);
    table.goal(&what, format!("{p99:.1} ms"), "", format!("≤ {P99_MS_MAX:.0} ms"), p99 <= P99_MS_MAX);
    Ok(())
}

/// What a console asks for all the time.
fn paths(server: &Server) -> Result<Vec<String>> {
    let page = Sender::connect(server.address())?.get("/alerts?limit=10", TOKEN)?;
    let page: Value = serde_json::from_slice(&page)?;
    let ids: Vec<&str> =
        page["results"].as_array().into_iter().flatten().filter_map(|alert| alert["id"].as_str()).collect();
    let mut paths: Vec<String> = [
        "/alerts?limit=50",
        "/alerts?limit=50&status=OPEN",
        "/alerts?limit=25&severity=CRITICAL&severity=HIGH&status=OPEN",
        "/alerts?limit=50&name-contains=travel",
        "/alerts?limit=50&log-type=AWS.CloudTrail&sort-dir=asc",
        "/alerts?limit=50&type=DETECTION_ERROR",
        "/destinations",
        "/deliveries?limit=25",
    ]
    .map(str::to_owned)
    .to_vec();
    for id in ids {
        paths.extend(["", "/events", "/deliveries", "/history"].map(|part| format!("/alerts/{id}{part}")));
    }
    Ok(paths)
}

fn read(
    server: &Server,
    paths: &[String],
    connection: usize,
    start: Instant,
    seconds: u32,
) -> Result<Vec<Duration>> {
    let mut sender = Sender::connect(server.address())?;
    let step = Duration::from_secs(1) / READS_PER_SECOND;
    let mut times = Vec::new();
    for number in (connection..usize::try_from(READS_PER_SECOND * seconds)?).step_by(CONNECTIONS) {
        // The clock of a read starts when it is due, also when the last one is not answered yet.
        let due = start + step * u32::try_from(number)?;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        sender.get(&paths[number * 7 % paths.len()], TOKEN)?;
        times.push(due.elapsed());
    }
    Ok(times)
}

fn send_logs(server: &Server, is_over: &AtomicBool) -> Result<()> {
    let mut sender = Sender::connect(server.address())?;
    let start = Instant::now();
    let mut number = 0;
    while !is_over.load(Ordering::Acquire) {
        let due = start + Duration::from_secs(1) / POSTS_PER_SECOND * number;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let first = usize::try_from(number)? * EVENTS_PER_POST;
        sender.post("/http/okta", &sender::events("", first..first + EVENTS_PER_POST))?;
        number += 1;
    }
    Ok(())
}
