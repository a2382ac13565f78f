//! The whole server: start-up, latency, throughput.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde_json::Value;

use crate::figures::Times;
use crate::receiver::Receiver;
use crate::say;
use crate::sender::{self, Sender};
use crate::server::{Content, Server};

/// The source that logs are sent to.
const PATH: &str = "/http/okta";

/// What is measured of the whole server.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// What to measure [default: all]
    #[arg(value_parser = ["latency", "throughput", "start"])]
    what: Vec<String>,
    /// Seconds of the latency measurement
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Events of the throughput measurement
    #[arg(long, default_value_t = 30_000)]
    events: usize,
    /// Interleaved runs of each
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    let wants = |what: &str| options.what.is_empty() || options.what.iter().any(|name| name == what);
    for run in 1..=options.runs {
        say(&format!("run {run} of {}", options.runs));
        if wants("start") {
            measure_start()?;
        }
        if wants("latency") {
            measure_latency(options.seconds)?;
        }
        if wants("throughput") {
            measure_throughput(options.events)?;
        }
    }
    Ok(())
}

/// Time to `--help`, and time to ready with 200 Python rules.
fn measure_start() -> Result<()> {
    let start = Instant::now();
    Server::help()?;
    let help = start.elapsed();
    let start = Instant::now();
    let _server = Server::start(&Content::rules(200, ""), "http://127.0.0.1:9/")?;
    say(&format!("start: --help {help:.1?}; ready with 200 rules {:.0?}", start.elapsed()));
    Ok(())
}

/// 1,000 events/s in requests of 10, 20 rules, 1 % of the events make an alert, one webhook.
fn measure_latency(seconds: u64) -> Result<()> {
    const REQUESTS_PER_SECOND: u64 = 100;
    const EVENTS_PER_REQUEST: usize = 10;
    let receiver = Receiver::start(title)?;
    let server = Server::start(&Content::rules(20, "event.get('uuid').endswith('00')"), &receiver.url("/"))?;
    let mut sender = Sender::connect(server.address())?;
    warm_up(&mut sender, &receiver)?;
    let start = Instant::now();
    let mut posts: Vec<(usize, Instant, Instant)> = Vec::new();
    for number in 0..seconds * REQUESTS_PER_SECOND {
        let due = start + Duration::from_millis(number * 1000 / REQUESTS_PER_SECOND);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let first = usize::try_from(number)? * EVENTS_PER_REQUEST;
        let begun = Instant::now();
        sender.post(PATH, &sender::events("", first..first + EVENTS_PER_REQUEST))?;
        posts.push((first, begun, Instant::now()));
    }
    let expected: Vec<&(usize, Instant, Instant)> =
        posts.iter().filter(|(first, _, _)| first % 100 == 0).collect();
    receiver.wait_for(expected.len() + 1, Duration::from_secs(30))?;
    let mut since_begun = Vec::new();
    let mut since_accepted = Vec::new();
    for (first, begun, accepted) in expected {
        let received = receiver.first_of("/", &sender::uuid("", *first))?;
        since_begun.push(received.saturating_duration_since(*begun));
        since_accepted.push(received.saturating_duration_since(*accepted));
    }
    say(&format!(
        "latency at 1,000 events/s: accepted → received {}; post begun → received {}; server peak {} MiB",
        Times::new(since_accepted),
        Times::new(since_begun),
        server.peak_mib()?
    ));
    Ok(())
}

/// A rule that matches every event, end to end; closed loop of four senders.
fn measure_throughput(events: usize) -> Result<()> {
    const SENDERS: usize = 4;
    const EVENTS_PER_REQUEST: usize = 100;
    let receiver = Receiver::start(title)?;
    let server = Server::start(&Content::rules(1, "True"), &receiver.url("/"))?;
    warm_up(&mut Sender::connect(server.address())?, &receiver)?;
    let per_sender = events / SENDERS;
    let start = Instant::now();
    let threads: Vec<_> = (0..SENDERS)
        .map(|number| {
            let address = server.address();
            std::thread::spawn(move || -> Result<()> {
                let mut sender = Sender::connect(address)?;
                for first in (0..per_sender).step_by(EVENTS_PER_REQUEST) {
                    let last = (first + EVENTS_PER_REQUEST).min(per_sender);
                    sender.post(PATH, &sender::events(&format!("s{number}"), first..last))?;
                }
                Ok(())
            })
        })
        .collect();
    for thread in threads {
        thread.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
    }
    let accepted = start.elapsed();
    receiver.wait_for(per_sender * SENDERS + 1, Duration::from_secs(120))?;
    let all = start.elapsed();
    let rate = (per_sender * SENDERS) as f64 / all.as_secs_f64();
    say(&format!(
        "throughput: {} alerts, {rate:.0} delivered/s (accepted in {accepted:.1?}, delivered in {all:.1?}); server peak {} MiB",
        per_sender * SENDERS,
        server.peak_mib()?
    ));
    Ok(())
}

/// One alert through the whole path before the clock starts.
fn warm_up(sender: &mut Sender, receiver: &Receiver) -> Result<()> {
    sender.post(PATH, &sender::events("warm", 0..1))?;
    receiver.wait_for(1, Duration::from_secs(30))
}

/// What an alert is called: its title.
fn title(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    value["title"].as_str().map(str::to_owned)
}
