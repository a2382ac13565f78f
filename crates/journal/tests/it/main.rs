//! The journal through its public handle, on a real disk.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod kill;
mod queue;
