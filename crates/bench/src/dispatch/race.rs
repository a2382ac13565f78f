//! Both servers by turns: the same alerts, the same generator, the same receiver.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::dispatch::load::{Door, Posted, closed_loop, open_loop};
use crate::dispatch::matches::{find_name, name};
use crate::dispatch::peer::{Peer, Running};
use crate::figures::{Runs, Times};
use crate::receiver::Receiver;
use crate::say;
use crate::table::Table;

const ALERTS_PER_POST: usize = 50;
/// Alerts before the clock starts.
const WARM_UP: usize = 50;
/// Alerts a second of the open loop.
const CALM_RATE: u32 = 200;
const LIMIT: Duration = Duration::from_secs(120);

const RATE_MIN: f64 = 5_000.0;
const PEAK_MIB_MAX: f64 = 200.0;
const CALM_P99_MS_MAX: f64 = 10.0;

/// How long the race is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// Alerts of the closed loop.
    pub(crate) alerts: usize,
    /// Seconds of the open loop.
    pub(crate) seconds: u32,
    /// Runs of each server.
    pub(crate) runs: usize,
}

/// The figures of one server.
#[derive(Debug, Default)]
struct Figures {
    rate: Runs,
    p50: Runs,
    p99: Runs,
    calm_p50: Runs,
    calm_p99: Runs,
    peak_mib: Runs,
}

/// Runs both by turns and adds the figures to the table.
pub(crate) fn race(course: Course, table: &mut Table) -> Result<()> {
    let mut figures = [Figures::default(), Figures::default()];
    for run in 1..=course.runs {
        for (peer, figures) in Peer::BOTH.into_iter().zip(&mut figures) {
            say(&format!(
                "run {run} of {}, {}: {}",
                course.runs,
                peer.name(),
                run_once(peer, course, figures)?
            ));
        }
    }
    let [ours, theirs] = figures;
    compare(table, course, &ours, &theirs);
    Ok(())
}

fn run_once(peer: Peer, course: Course, figures: &mut Figures) -> Result<String> {
    let receiver = Receiver::start(find_name)?;
    let server = Running::start(peer, &receiver.url("/"))?;
    let door = Door { address: server.address, path: peer.path(), body: &|numbers| peer.body(numbers) };
    closed_loop(door, 0..WARM_UP, ALERTS_PER_POST)?;
    receiver.wait_for(WARM_UP, LIMIT)?;

    let end = WARM_UP + course.alerts;
    let posted = closed_loop(door, WARM_UP..end, ALERTS_PER_POST)?;
    receiver.wait_for(end, LIMIT)?;
    let first = posted.first().context("there are alerts")?.1;
    let last = receiver.last().context("all alerts came")?;
    let rate = course.alerts as f64 / last.duration_since(first).as_secs_f64();
    let busy = latencies(&receiver, &posted)?;

    let calm_end = end + usize::try_from(CALM_RATE * course.seconds)?;
    let posted = open_loop(door, end..calm_end, CALM_RATE)?;
    receiver.wait_for(calm_end, LIMIT)?;
    let calm = latencies(&receiver, &posted)?;
    let peak_mib = server.peak_mib()?;

    figures.rate.push(rate);
    figures.p50.push(busy.percentile_ms(50));
    figures.p99.push(busy.percentile_ms(99));
    figures.calm_p50.push(calm.percentile_ms(50));
    figures.calm_p99.push(calm.percentile_ms(99));
    figures.peak_mib.push(peak_mib as f64);
    Ok(format!("{rate:.0}/s, {busy}; at {CALM_RATE}/s {calm}; peak {peak_mib} MiB"))
}

fn latencies(receiver: &Receiver, posted: &Posted) -> Result<Times> {
    let times = posted
        .iter()
        .map(|(number, begun)| Ok(receiver.first_of("/", &name(*number))?.saturating_duration_since(*begun)));
    Ok(Times::new(times.collect::<Result<Vec<_>>>()?))
}

fn compare(table: &mut Table, course: Course, ours: &Figures, theirs: &Figures) {
    let goal = format!("≥ Alertmanager's and ≥ {RATE_MIN:.0}/s");
    let is_met = ours.rate.median() >= theirs.rate.median() && ours.rate.median() >= RATE_MIN;
    let what =
        format!("{} alerts in posts of {ALERTS_PER_POST}, closed loop: delivered a second", course.alerts);
    table.goal(&what, ours.rate.cell("", 0), &theirs.rate.cell("", 0), goal, is_met);
    table.figure("post begun → webhook request read, p50", ours.p50.cell("ms", 1), &theirs.p50.cell("ms", 1));
    let is_met = ours.p99.median() <= theirs.p99.median();
    let goal = "≤ Alertmanager's".to_owned();
    table.goal("the same, p99", ours.p99.cell("ms", 1), &theirs.p99.cell("ms", 1), goal, is_met);
    let what = format!("at {CALM_RATE} alerts a second, open loop, p50");
    table.figure(&what, ours.calm_p50.cell("ms", 1), &theirs.calm_p50.cell("ms", 1));
    let is_met = ours.calm_p99.median() <= CALM_P99_MS_MAX;
    let goal = format!("≤ {CALM_P99_MS_MAX:.0} ms");
    table.goal("the same, p99", ours.calm_p99.cell("ms", 1), &theirs.calm_p99.cell("ms", 1), goal, is_met);
    let is_met = ours.peak_mib.median() <= PEAK_MIB_MAX;
    let goal = format!("≤ {PEAK_MIB_MAX:.0} MiB");
    let what = "peak memory of the server process";
    table.goal(what, ours.peak_mib.cell("MiB", 0), &theirs.peak_mib.cell("MiB", 0), goal, is_met);
}
