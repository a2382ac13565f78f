//! Small helpers that know nothing of the product: time, retry arithmetic, truncation.

mod backoff;
mod clock;
mod text;

pub use backoff::{Backoff, retry_after};
pub use clock::{Clock, ManualClock, SystemClock};
pub use text::{TRUNCATED_MARK, truncate_bytes, truncate_generated, truncate_with_ellipsis};
