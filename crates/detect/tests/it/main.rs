//! Native evaluation as its users see it: the simple language by tables, correlation rules by cases.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod corpus;
mod explanations;
mod groups;
mod limits;
mod oracle;
mod properties;
mod sequences;
mod simple;
mod support;
mod traps;
