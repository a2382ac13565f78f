//! Checks of the repository itself, run as an ordinary test (`tests/tidy.rs`).
//!
//! Each check is a plain function from texts to [`Problem`]s, so that every one of them is tested on a
//! small bad sample. [`Tree`] is the only part that touches the disk.

mod docs;
mod edges;
mod problem;
mod purity;
mod text;
mod traps;
mod tree;

pub use docs::{links, metrics};
pub use edges::{ALLOWED, Allowed, ROOMS, Room, crate_edges, rooms};
pub use problem::{Problem, report};
pub use purity::{PURE_CRATES, pure_crates};
pub use text::{
    LINES_MAX, file_size, machine_paths, module_comments, opening_comments, registries, unfinished,
};
pub use traps::{TRAPS, traps};
pub use tree::{SourceText, Tree};
