//! What it costs that reads are written to the audit log: two servers that differ in that alone, asked in turn.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::figures::{Runs, Times};
use crate::sender::Sender;
use crate::server::{Content, Server};
use crate::table::Table;

/// Requests of one turn.
const TURN_REQUESTS: usize = 250;
/// Turns of each server.
const TURNS: usize = 20;
/// Requests before the first turn.
const WARM_UP_REQUESTS: usize = 500;
/// What is asked for: answered from memory, so that little but the record is measured.
const CHEAP: &str = "/destinations";
/// What is asked for: answered from the database.
const USUAL: &str = "/users";

/// Adds what was measured to a table.
pub(crate) fn measure(table: &mut Table, webhook_url: &str, token: &str) -> Result<()> {
    let start =
        |audit: &str| Server::start_configured(&Content::rules(1, ""), webhook_url, token, audit, |_| Ok(()));
    let with = start("audit: { reads: true }\n")?;
    let without = start("audit: { reads: false }\n")?;
    let mut senders = [Sender::connect(with.address())?, Sender::connect(without.address())?];
    for path in [CHEAP, USUAL] {
        for sender in &mut senders {
            ask(sender, path, token, WARM_UP_REQUESTS)?;
        }
        let mut times = [Vec::new(), Vec::new()];
        let mut ratios = Runs::default();
        for _ in 0..TURNS {
            let mut sums = [0.0, 0.0];
            for ((sender, times), sum) in senders.iter_mut().zip(&mut times).zip(&mut sums) {
                let turn = ask(sender, path, token, TURN_REQUESTS)?;
                *sum = turn.iter().map(Duration::as_secs_f64).sum();
                times.extend(turn);
            }
            ratios.push(sums[0] / sums[1]);
        }
        let [with, without] = times.map(Times::new);
        let micros = |times: &Times| {
            let (p50, p99) = (times.percentile_ms(50) * 1e3, times.percentile_ms(99) * 1e3);
            format!("p50 {p50:.0} µs, p99 {p99:.0} µs")
        };
        table.figure(&format!("`GET {path}`, reads recorded"), micros(&with), "");
        table.figure("the same, reads not recorded", micros(&without), "");
        table.figure("ratio of turns in turn", ratios.cell("", 2), "");
    }
    Ok(())
}

fn ask(sender: &mut Sender, path: &str, token: &str, count: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        sender.get(path, token)?;
        times.push(start.elapsed());
    }
    Ok(times)
}
