//! Lists of alerts: each filter alone, any two together, both directions, first page and last.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;
use stdx::{Clock as _, SystemClock};

use super::TOKEN;
use crate::figures::Times;
use crate::say;
use crate::sender::Sender;
use crate::server::Server;
use crate::table::Table;

const FEW_MS_MAX: f64 = 50.0;
const MANY_MS_MAX: f64 = 300.0;
/// The last page may cost so much more than the first, in milliseconds: what one run differs from another.
const PAGE_MS_APART: f64 = 10.0;

/// Every filter of the list, with values that many, few and no alerts have.
fn filters() -> Vec<String> {
    let now = SystemClock.now();
    let days_ago = |days: u64| now - Duration::from_secs(days * 86_400);
    [
        "type=DETECTION_ERROR",
        "sub-type=CORRELATION_RULE",
        "detection-id=Bench.Detection.17",
        "detection-id=No.Such",
        "dedup=user4711%40example.com",
        "dedup=nobody",
        "name-contains=impossible",
        "name-contains=user4711%40",
        "name-contains=xyz",
        "log-source=source-3",
        "log-type=Zoom.Activity",
        "log-type=Nothing.Here",
        "status=TRIAGED",
        "severity=CRITICAL",
        "assignee=person-7",
        "assignee=nobody",
        "event-count-min=1400",
        "event-count-max=1",
        "resource-type=AWS.S3.Bucket",
    ]
    .into_iter()
    .map(str::to_owned)
    .chain([format!("created-after={}", days_ago(20)), format!("created-before={}", days_ago(10))])
    .collect()
}

/// The first list of all, which reads the index.
pub(super) fn warm_up(server: &Server) -> Result<()> {
    let begun = Instant::now();
    Sender::connect(server.address())?.get("/alerts?limit=50", TOKEN)?;
    say(&format!("first list after the start: {:.0?}", begun.elapsed()));
    Ok(())
}

/// Asks for every list `times` times.
pub(super) fn measure(server: &Server, times: usize, table: &mut Table) -> Result<()> {
    let mut sender = Sender::connect(server.address())?;
    let filters = filters();
    let mut few = Vec::new();
    let mut many = Vec::new();
    let mut slowest = (Duration::ZERO, String::new());
    for direction in ["desc", "asc"] {
        for (number, one) in filters.iter().enumerate() {
            let mut ask = |query: String, into: &mut Vec<Duration>| -> Result<()> {
                let path = format!("/alerts?limit=50&sort-dir={direction}&{query}");
                for _ in 0..times {
                    let begun = Instant::now();
                    sender.get(&path, TOKEN)?;
                    let took = begun.elapsed();
                    into.push(took);
                    slowest = std::mem::take(&mut slowest).max((took, path.clone()));
                }
                Ok(())
            };
            ask(one.clone(), &mut few)?;
            for other in &filters[number + 1..] {
                ask(format!("{one}&{other}"), &mut few)?;
            }
            let three: Vec<&str> = filters[number..].iter().take(3).map(String::as_str).collect();
            ask(three.join("&"), &mut many)?;
        }
    }
    let lists = few.len() / times;
    let (few, many) = (Times::new(few), Times::new(many));
    say(&format!("one or two filters: {few}; three: {many}; slowest {:.1?} {}", slowest.0, slowest.1));
    let what = format!("`GET /alerts`, {lists} lists with one filter or two, p99");
    let p99 = few.percentile_ms(99);
    table.goal(&what, format!("{p99:.1} ms"), "", format!("≤ {FEW_MS_MAX:.0} ms"), p99 <= FEW_MS_MAX);
    let p99 = many.percentile_ms(99);
    let goal = format!("≤ {MANY_MS_MAX:.0} ms");
    table.goal("the same with three filters, p99", format!("{p99:.1} ms"), "", goal, p99 <= MANY_MS_MAX);
    measure_overview(&mut sender, times * 10, table)?;
    measure_pages(&mut sender, times * 10, table)
}

/// The overview, which counts all alerts that wait and all of its span.
fn measure_overview(sender: &mut Sender, times: usize, table: &mut Table) -> Result<()> {
    for hours in [24, 720] {
        let path = format!("/internal/overview?hours={hours}");
        let mut took = Vec::new();
        for _ in 0..times {
            let begun = Instant::now();
            sender.get(&path, TOKEN)?;
            took.push(begun.elapsed());
        }
        let p99 = Times::new(took).percentile_ms(99);
        let what = format!("the overview of {hours} hours, p99");
        table.goal(&what, format!("{p99:.1} ms"), "", format!("≤ {FEW_MS_MAX:.0} ms"), p99 <= FEW_MS_MAX);
    }
    Ok(())
}

/// The first page of everything beside one of the last.
fn measure_pages(sender: &mut Sender, times: usize, table: &mut Table) -> Result<()> {
    let oldest = sender.get("/alerts?limit=50&sort-dir=asc", TOKEN)?;
    let oldest: Value = serde_json::from_slice(&oldest)?;
    let created = oldest["results"][49]["createdAt"].as_str().context("there are 50 alerts")?.to_owned();
    // A page that begins among the oldest gives the cursor behind which the last ones lie.
    let near = sender.get(&format!("/alerts?limit=1&created-before={created}"), TOKEN)?;
    let near: Value = serde_json::from_slice(&near)?;
    let cursor = near["next"].as_str().context("there are older alerts")?.to_owned();
    let mut first = Vec::new();
    let mut last = Vec::new();
    for _ in 0..times {
        for (path, into) in [
            ("/alerts?limit=50".to_owned(), &mut first),
            (format!("/alerts?limit=50&cursor={cursor}"), &mut last),
        ] {
            let begun = Instant::now();
            sender.get(&path, TOKEN)?;
            into.push(begun.elapsed());
        }
    }
    let (first, last) = (Times::new(first), Times::new(last));
    let (early, late) = (first.percentile_ms(99), last.percentile_ms(99));
    let goal = format!("as the first ({early:.1} ms)");
    table.goal("the last page, p99", format!("{late:.1} ms"), "", goal, late <= early + PAGE_MS_APART);
    Ok(())
}
