//! Evaluates detections natively: what a detection of the repository says about an event, without Python.
//!
//! Pure: events and settings come in, verdicts go out; no I/O, no clock. `content` reads and checks what
//! people write, this crate runs it; `python_host` runs the detections that are Python.

pub mod correlation;
mod native;
mod resource;
pub mod simple;

pub use native::{NativeEvaluation, NativeFinding, NativeRules};
pub use resource::is_suppressed;
pub use simple::FilterSettings;
