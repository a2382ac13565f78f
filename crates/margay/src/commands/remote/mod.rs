//! `margay diff`, `margay upload` and `margay download`: a detection repository against a running server.
//!
//! All three see both sides as the same items, read by the code that the server reads uploads with: what they
//! call unchanged is what an upload would not change.

mod client;
mod diff;
mod download;
mod local;
mod plan;
mod show;
mod upload;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub(crate) use diff::diff;
pub(crate) use download::download;
pub(crate) use upload::upload;

use crate::cli::Global;

/// How often what moves on the terminal moves.
const TICK: Duration = Duration::from_millis(120);

/// Says on stderr what is going on, when that is a terminal and may be spoken to.
fn working(global: &Global, what: String) -> ProgressBar {
    let target = if global.quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed}")
        .expect("the template is a constant that parses");
    let bar = ProgressBar::with_draw_target(None, target).with_style(style).with_message(what);
    bar.enable_steady_tick(TICK);
    bar
}
