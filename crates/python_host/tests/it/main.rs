//! The host with real workers: matches, failures, containment, benching, unit tests.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod bench;
mod containment;
mod evaluation;
mod figures;
mod forgery;
mod kv;
mod life_cycle;
mod pypanther;
mod support;
mod traps;
mod unit_files;
mod unit_tests;
