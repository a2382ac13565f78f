//! The whole product: a real server process, real senders, fake vendors that record.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod alert_work;
mod api;
mod backup;
mod benched;
mod broken_overrides;
mod causes;
mod checks;
mod cli;
mod containment;
mod content_api;
mod content_kills;
mod content_kinds;
mod correlation;
mod crash;
mod harness;
mod identity;
mod ingest;
mod junit_shape;
mod management;
mod operations;
mod overlay;
mod packages;
mod page_example;
mod pypanther;
mod python_setup;
mod reported;
mod simple;
mod slack_buttons;
mod source_api;
mod starter;
mod state;
mod terraform;
mod testing;
mod traps;
mod vendors;
