//! People signing in as fast as they can, beside the flow of logs with and without them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde_json::json;

use crate::figures::Times;
use crate::reads;
use crate::receiver::Receiver;
use crate::say;
use crate::sender::{self, Sender};
use crate::server::{Content, Server};
use crate::table::Table;

/// The administrator token of the measured server.
const TOKEN: &str = "token-of-the-benchmark";
const PASSWORD: &str = "a password of the benchmark";
const PEOPLE: usize = 16;
const PER_SECOND_MIN: f64 = 20.0;
const POSTS_PER_SECOND: u32 = 100;
const EVENTS_PER_POST: usize = 10;
/// Sign-ins of each kind whose times are compared; fewer than lock a network.
const COMPARED: usize = 40;

/// What is measured of signing in.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Seconds of each part
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

/// Measures, prints a table, and fails when a goal is missed.
pub(crate) fn run(options: &Options) -> Result<std::process::ExitCode> {
    let receiver = Receiver::start(|_| None)?;
    let content = Content::rules(20, "event.get('uuid').endswith('00')");
    let server = Server::start_with(&content, &receiver.url("/"), TOKEN, |_| Ok(()))?;
    let people = (0..PEOPLE).map(|number| invite(&server, number)).collect::<Result<Vec<_>>>()?;
    let length = Duration::from_secs(options.seconds);

    let alone = Times::new(while_logs_flow(&server, || std::thread::sleep(length))?.0);
    let before_mib = server.peak_mib()?;
    let (beside, signed_in) = while_logs_flow(&server, || sign_in_for(&server, &people, length))?;
    let (beside, signed_in) = (Times::new(beside), signed_in?);
    let mut table = Table::default();
    let rate = f64::from(u32::try_from(signed_in)?) / length.as_secs_f64();
    let what = format!("sign-ins beside {} events/s", POSTS_PER_SECOND as usize * EVENTS_PER_POST);
    table.goal(&what, format!("{rate:.0}/s"), "", format!("≥ {PER_SECOND_MIN:.0}/s"), rate >= PER_SECOND_MIN);
    table.figure("a post of 10 events, accepted and fsynced, alone", alone.to_string(), "");
    table.figure("the same while people sign in", beside.to_string(), "");
    let (wrong, unknown) = compare(&server, &people[0])?;
    table.figure("refusal of a wrong password", wrong.to_string(), "");
    table.figure("refusal of an unknown address", unknown.to_string(), "");
    reads::measure(&mut table, &receiver.url("/"), TOKEN)?;
    let mib = format!("{} MiB, before it {before_mib} MiB", server.peak_mib()?);
    table.figure("peak memory of the server process", mib, "");
    say(&format!("\n{}", table.markdown()));
    Ok(if table.is_met() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE })
}

/// Makes a person with a password; answers the address.
fn invite(server: &Server, number: usize) -> Result<String> {
    let mut sender = Sender::connect(server.address())?;
    let email = format!("person{number}@example.com");
    let form = json!({
        "email": email, "givenName": "Some", "familyName": "Body", "role": { "name": "AnalystReadOnly" },
    });
    let made = sender.send("POST", "/users", TOKEN, &form)?.json()?;
    let link = made["invitationLink"].as_str().context("an invitation without a link")?;
    let token = link.split_once('#').context("a link without a token")?.1;
    sender.send("PUT", "/internal/link", "", &json!({ "token": token, "password": PASSWORD }))?.json()?;
    Ok(email)
}

/// Posts events in an open loop while `work` runs; answers how long each post took from when it was due.
fn while_logs_flow<T: Send>(server: &Server, work: impl FnOnce() -> T + Send) -> Result<(Vec<Duration>, T)> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let logs = scope.spawn(|| -> Result<Vec<Duration>> {
            let mut sender = Sender::connect(server.address())?;
            let (start, mut times) = (Instant::now(), Vec::new());
            while !is_over.load(Ordering::Acquire) {
                let number = times.len();
                let due = start + Duration::from_secs(1) / POSTS_PER_SECOND * u32::try_from(number)?;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let first = number * EVENTS_PER_POST;
                sender.post("/http/okta", &sender::events("", first..first + EVENTS_PER_POST))?;
                times.push(due.elapsed());
            }
            Ok(times)
        });
        let done = work();
        is_over.store(true, Ordering::Release);
        Ok((logs.join().map_err(|_| anyhow!("the sender of logs panicked"))??, done))
    })
}

/// Signs these people in again and again, each on a connection of its own; answers how often.
fn sign_in_for(server: &Server, people: &[String], length: Duration) -> Result<usize> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = people
            .iter()
            .map(|email| {
                scope.spawn(move || -> Result<usize> {
                    let mut sender = Sender::connect(server.address())?;
                    let form = json!({ "email": email, "password": PASSWORD });
                    let (start, mut count) = (Instant::now(), 0);
                    while start.elapsed() < length {
                        sender.send("POST", "/internal/sign-in", "", &form)?.json()?;
                        count += 1;
                    }
                    Ok(count)
                })
            })
            .collect();
        let mut sum = 0;
        for worker in workers {
            sum += worker.join().map_err(|_| anyhow!("somebody who signs in panicked"))??;
        }
        Ok(sum)
    })
}

/// Times of refusals, in turn: of a person with a wrong password, and of nobody.
fn compare(server: &Server, email: &str) -> Result<(Times, Times)> {
    let mut sender = Sender::connect(server.address())?;
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    for number in 0..COMPARED {
        let address = if number % 2 == 0 { email.to_owned() } else { format!("nobody{number}@example.com") };
        // A right one in between keeps the account from being locked.
        sender
            .send("POST", "/internal/sign-in", "", &json!({ "email": email, "password": PASSWORD }))?
            .json()?;
        let start = Instant::now();
        let answer = sender.send(
            "POST",
            "/internal/sign-in",
            "",
            &json!({ "email": address, "password": "wrong" }),
        )?;
        let times = if number % 2 == 0 { &mut wrong } else { &mut unknown };
        times.push(start.elapsed());
        anyhow::ensure!(answer.status.contains(" 401 "), "{}", answer.status);
    }
    Ok((Times::new(wrong), Times::new(unknown)))
}
