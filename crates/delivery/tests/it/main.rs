//! Delivery against recording servers and a store: retries, isolation, crashes, system errors, speed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod bench;
mod breaker;
mod crash;
mod faults;
mod lanes;
mod retries;
