//! The store through its public door, on a real database file.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panicking; figures are printed")]

mod access;
mod alert_lists;
mod alert_work;
mod alerts;
mod assertions;
mod audit;
mod content;
mod deliveries;
mod destinations;
mod detections;
mod failures;
mod identities;
mod intake;
mod kv;
mod ledger;
mod people;
mod provisioning;
mod round_trip;
mod settings;
mod sign_in;
mod signals;
mod speed;
mod support;
mod tally;
mod tokens;
mod views;
mod volumes;
