//! Small helpers that know nothing of the product: time, schedules, retry arithmetic, truncation.

mod backoff;
mod clock;
mod cron;
mod text;

pub use backoff::{Backoff, retry_after};
pub use clock::{Clock, ManualClock, SystemClock};
pub use cron::{Cron, CronError};
pub use text::{TRUNCATED_MARK, truncate_bytes, truncate_generated, truncate_with_ellipsis};
