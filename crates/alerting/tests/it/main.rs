//! Alerting as its callers see it: findings in, changes out.

mod batches;
mod errors;
mod limiter;
mod routing;
mod support;
mod traps;
mod windows;
