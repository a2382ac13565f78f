//! The HTTP source: the real router over a real journal.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod answers;
mod credentials;
mod harness;
mod overload;
mod wire;
