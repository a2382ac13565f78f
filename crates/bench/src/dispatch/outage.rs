//! Ten destinations, one of them dead: what the others feel of it, and how fast the dead one catches up.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::dispatch::door::destination_name;
use crate::dispatch::load::{Door, closed_loop, open_loop};
use crate::dispatch::matches::{find_name, name, to_margay};
use crate::dispatch::peer::{Peer, Running};
use crate::dispatch::vendor::{Death, Vendor};
use crate::figures::{Runs, Times};
use crate::receiver::Receiver;
use crate::say;
use crate::table::Table;

const DESTINATIONS: usize = 10;
/// Alerts a second; each goes to all destinations.
const ALERTS_PER_SECOND: u32 = 100;
const WARM_UP: usize = 50;
const ALERTS_PER_POST: usize = 50;
const LIMIT: Duration = Duration::from_secs(120);
/// The dead one is found within this time after it came back.
const RECOVERY_MAX: Duration = Duration::from_secs(180);

const DELAY_MS_MAX: f64 = 5.0;
const DELAY_PART_MAX: f64 = 0.1;
const DRAIN_RATE_MIN: f64 = 1_000.0;

/// How long it goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// Seconds of each run.
    pub(crate) seconds: u32,
    /// Runs of each kind.
    pub(crate) runs: usize,
    /// Deliveries that wait when the dead one comes back.
    pub(crate) backlog: usize,
}

/// What the others feel of a dead destination, a healthy run beside each with a dead one.
pub(crate) fn isolation(course: Course, table: &mut Table) -> Result<()> {
    let mut healthy = Runs::default();
    let deaths =
        [(Death::Refuses, "refuses connections"), (Death::Hangs, "takes connections and never answers")];
    let mut with_dead = [Runs::default(), Runs::default()];
    let mut differences = [Runs::default(), Runs::default()];
    for run in 1..=course.runs {
        let well = p99_of_others(None, course)?;
        healthy.push(well);
        for (index, (death, words)) in deaths.iter().enumerate() {
            let p99 = p99_of_others(Some(*death), course)?;
            say(&format!(
                "run {run} of {}: p99 of nine destinations {well:.1} ms; {p99:.1} ms when the tenth {words}",
                course.runs
            ));
            with_dead[index].push(p99);
            differences[index].push(p99 - well);
        }
    }
    let rate = ALERTS_PER_SECOND;
    let what = format!("{DESTINATIONS} destinations, {rate} alerts a second to each: p99 of nine");
    table.figure(&what, healthy.cell("ms", 1), "–");
    let allowed = DELAY_MS_MAX.max(healthy.median() * DELAY_PART_MAX);
    for (index, (_, words)) in deaths.iter().enumerate() {
        let difference = differences[index].median();
        let ours = format!("{}, difference {difference:+.1} ms", with_dead[index].cell("ms", 1));
        let goal = format!("≤ {allowed:.1} ms more");
        table.goal(&format!("the same while the tenth {words}"), ours, "–", goal, difference <= allowed);
    }
    Ok(())
}

/// p99 in milliseconds of all destinations but the last, which may be dead.
fn p99_of_others(death: Option<Death>, course: Course) -> Result<f64> {
    let receiver = Receiver::start(find_name)?;
    let vendor = death.map(Vendor::dead).transpose()?;
    let mut urls: Vec<String> = (0..DESTINATIONS).map(|number| receiver.url(&path(number))).collect();
    if let (Some(vendor), Some(last)) = (&vendor, urls.last_mut()) {
        *last = vendor.url();
    }
    let alive = if vendor.is_some() { DESTINATIONS - 1 } else { DESTINATIONS };
    let server = Running::margay(&urls)?;
    let path_of_door = Peer::Margay.path();
    let door =
        Door { address: server.address, path: path_of_door, body: &|numbers| to_margay(numbers, None) };
    closed_loop(door, 0..WARM_UP, ALERTS_PER_POST)?;
    receiver.wait_for(WARM_UP * alive, LIMIT)?;
    let end = WARM_UP + usize::try_from(ALERTS_PER_SECOND * course.seconds)?;
    let posted = open_loop(door, WARM_UP..end, ALERTS_PER_SECOND)?;
    receiver.wait_for(end * alive, LIMIT)?;
    let mut times = Vec::with_capacity(posted.len() * DESTINATIONS);
    for destination in 0..DESTINATIONS - 1 {
        for (number, begun) in &posted {
            let read = receiver.first_of(&path(destination), &name(*number))?;
            times.push(read.saturating_duration_since(*begun));
        }
    }
    Ok(Times::new(times).percentile_ms(99))
}

fn path(destination: usize) -> String {
    format!("/{destination}")
}

/// How fast a backlog drains once its destination is back and asks now and again to wait.
pub(crate) fn recovery(course: Course, table: &mut Table) -> Result<()> {
    let mut rates = Runs::default();
    let (mut waits, mut ignored, mut on_the_way) = (0, 0, 0);
    for run in 1..=course.runs {
        let mut vendor = Vendor::dead(Death::Refuses)?;
        let server = Running::margay(&[vendor.url()])?;
        let only = destination_name(0);
        let door = Door {
            address: server.address,
            path: Peer::Margay.path(),
            body: &|numbers| to_margay(numbers, Some(&only)),
        };
        closed_loop(door, 0..course.backlog, ALERTS_PER_POST)?;
        vendor.revive()?;
        let back = Instant::now();
        while vendor.seen().taken.len() < course.backlog {
            if back.elapsed() > RECOVERY_MAX {
                let taken = vendor.seen().taken.len();
                bail!("{taken} of {} deliveries came within {RECOVERY_MAX:?}", course.backlog);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let seen = vendor.seen();
        let (first, last) = (seen.first.context("something came")?, seen.last.context("something came")?);
        let rate = course.backlog as f64 / last.duration_since(first).as_secs_f64();
        say(&format!(
            "recovery {run} of {}: found after {:.1?}, then {} deliveries at {rate:.0}/s; asked to wait {} times, {} requests were on their way, {} did not wait, {} came twice",
            course.runs,
            first.duration_since(back),
            course.backlog,
            seen.waits,
            seen.on_the_way,
            seen.ignored_waits,
            seen.repeated
        ));
        rates.push(rate);
        waits += seen.waits;
        ignored += seen.ignored_waits;
        on_the_way += seen.on_the_way;
    }
    let what =
        format!("it is back, asks for waits of 1 s: {} deliveries that waited, a second", course.backlog);
    let goal = format!("≥ {DRAIN_RATE_MIN:.0}/s");
    table.goal(&what, rates.cell("", 0), "–", goal, rates.median() >= DRAIN_RATE_MIN);
    let ours = format!("{ignored} (asked {waits} times; {on_the_way} more were on their way)");
    table.goal("requests sent in spite of `Retry-After`", ours, "–", "0".to_owned(), ignored == 0);
    Ok(())
}
