//! `margay demo`: the whole thing on built-in sample logs, without any configuration.
//!
//! A real server on a temporary data directory; sample logs go through its HTTP source, the demonstration's
//! rules fire, and a local inbox receives what Slack, Tines and a webhook receiver would get.

mod inbox;
mod samples;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use model::{AlertClass, AlertId};
use stdx::{Clock, SystemClock};
use store::{AlertFilter, PageRequest};
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::cli::{DemoArgs, Global};
use crate::config::{self, Environment};
use crate::failure::Failure;
use crate::server::{Running, Signals, runtime};
use crate::telemetry;
use inbox::Inbox;

/// The demonstration gives up when the messages have not arrived by then.
const ARRIVAL_MAX: Duration = Duration::from_secs(60);

/// Runs the demonstration.
pub(crate) fn run(global: &Global, args: &DemoArgs) -> Result<(), Failure> {
    runtime()?.block_on(demonstrate(global, args))
}

async fn demonstrate(global: &Global, args: &DemoArgs) -> Result<(), Failure> {
    let mut signals = Signals::listen()?;
    let progress = Progress::new(global.quiet);
    progress.say("setting up a temporary server and an inbox");
    let dir = tempfile::Builder::new()
        .prefix("margay-demo-")
        .tempdir()
        .map_err(|error| Failure::operation("cannot make a temporary directory", &error))?;
    let (inbox, inbox_address) =
        Inbox::start().await.map_err(|error| Failure::operation("cannot start the inbox", &error))?;
    write_site(&dir, inbox_address)?;
    let site_options =
        Global { config: Some(dir.path().join("margay.yaml")), data_dir: None, ..global.clone() };
    let config = config::load(&site_options, None, &Environment::new())?;
    telemetry::start(&config.log, global)?;
    let server = Running::start(config, None).await?;
    let address = server.address();
    progress.say("sending sample logs through the HTTP sources");
    let now = SystemClock.now();
    for (source, body) in samples::bodies(now) {
        let answer = samples::send(address, source, &body).await?;
        progress.say(&format!("{source}: {} bytes sent, answer {answer}", body.len()));
    }
    let arrived = tokio::select! {
        arrived = wait_for_messages(&inbox, &server, &progress) => arrived,
        () = signals.terminated() => {
            progress.finish();
            server.shut_down().await;
            return Err(Failure::Operation("stopped before every message arrived".to_owned()));
        }
    };
    progress.finish();
    print_result(&server).await?;
    let result = match (arrived, args.once) {
        (false, _) => Err(Failure::Operation(format!(
            "not every expected delivery arrived within {ARRIVAL_MAX:?}; run again with -v to see why"
        ))),
        (true, true) => Ok(()),
        (true, false) => {
            stay_up(&mut signals, address, inbox_address).await;
            Ok(())
        }
    };
    server.shut_down().await;
    result
}

/// Prints each message as it comes; true when every expected one arrived.
async fn wait_for_messages(inbox: &Inbox, server: &Running, progress: &Progress) -> bool {
    let mut expected = samples::expected_messages();
    let mut count = inbox.subscribe();
    let mut shown = 0;
    let deadline = Instant::now() + ARRIVAL_MAX;
    while !expected.is_empty() {
        let wait = deadline.saturating_duration_since(Instant::now());
        if timeout(wait, count.wait_for(|count| *count > shown)).await.is_err() {
            return false;
        }
        for message in inbox.messages_after(shown) {
            shown += 1;
            progress.say(&format!("{:8} got [{}] {}", message.tool, message.severity, message.title));
            if let Some(at) =
                expected.iter().position(|(tool, title)| *tool == message.tool && *title == message.title)
            {
                expected.swap_remove(at);
            }
        }
    }
    wait_for_records(server, shown).await
}

/// The attempts are written just after the replies; wait until the history shows all of them.
async fn wait_for_records(server: &Running, messages: u64) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let pending = server.store().pending_by_destination().await.map(|map| map.values().sum::<u64>());
        if matches!(pending, Ok(0)) || Instant::now() > deadline {
            return messages > 0;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[expect(clippy::print_stdout, reason = "the alerts and deliveries are the command's result")]
async fn print_result(server: &Running) -> Result<(), Failure> {
    let failed = |error: store::StoreError| Failure::operation("cannot read the alerts", &error);
    let filter = AlertFilter { class: Some(AlertClass::Alert), ..AlertFilter::default() };
    let page = server.store().list_alerts(&filter, &PageRequest::first(50)).await.map_err(failed)?;
    for alert in page.items.iter().rev() {
        println!("alert     {:8} {} ({} events)", alert.severity, alert.title, alert.event_count);
        for (name, state) in deliveries(server, &alert.id).await.map_err(failed)? {
            println!("delivery           {state} to {name}");
        }
    }
    Ok(())
}

async fn deliveries(
    server: &Running,
    alert: &AlertId,
) -> Result<BTreeMap<String, &'static str>, store::StoreError> {
    let deliveries = server.store().deliveries_of_alert(alert).await?;
    Ok(deliveries.into_iter().map(|d| (d.destination_name, d.state.as_str())).collect())
}

#[expect(clippy::print_stdout, reason = "where to look is the command's result")]
async fn stay_up(signals: &mut Signals, address: SocketAddr, inbox: SocketAddr) {
    println!();
    println!("inbox     http://{inbox}/   what Slack, Tines and a webhook receiver got");
    println!("server    http://{address}/   its API at /openapi.json, its metrics at /metrics");
    println!("Ctrl-C ends the demonstration and removes its data.");
    signals.terminated().await;
}

fn write_site(dir: &TempDir, inbox: SocketAddr) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        for (path, text) in samples::CONTENT {
            let path = dir.path().join("content").join(path);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(path, text)?;
        }
        std::fs::write(dir.path().join("margay.yaml"), samples::configuration(inbox))
    };
    write().map_err(|error| Failure::operation("cannot write the demonstration's files", &error))
}

/// Steps on stderr: a spinner on a terminal, plain lines elsewhere.
struct Progress {
    bar: ProgressBar,
    quiet: bool,
}

impl Progress {
    fn new(quiet: bool) -> Self {
        let bar = if quiet { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        bar.set_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(Duration::from_millis(100));
        Progress { bar, quiet }
    }

    #[expect(clippy::print_stderr, reason = "progress goes to stderr")]
    fn say(&self, text: &str) {
        if self.bar.is_hidden() {
            if !self.quiet {
                eprintln!("{text}");
            }
        } else {
            self.bar.println(text);
            self.bar.set_message(text.to_owned());
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Writes `@-90s` stamps of the samples as times before `now`.
fn stamp(text: &str, now: Timestamp) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\"@-") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let Some((seconds, after)) = after["\"@-".len()..].split_once("s\"") else { break };
        let seconds: i64 = seconds.parse().unwrap_or(0);
        let time = now.checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
        let second = Timestamp::from_second(time.as_second()).unwrap_or(time);
        out.push_str(&format!("\"{}\"", model::format_aws_date_time(second)));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_get_times_just_before_now() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        assert_eq!(stamp(r#"{"published": "@-65s"}"#, now), r#"{"published": "2026-01-02T03:03:00Z"}"#);
    }
}
