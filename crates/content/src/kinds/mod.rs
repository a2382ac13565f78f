//! Items that are not run event by event: packs, queries, lookup tables, prompts. Each file holds what one
//! kind says, typed, and how it is read; the key tables have been checked before. Source: `detections.md` §1.5.
//!
//! `references` looks at what only shows across items.

mod lookup_table;
mod pack;
mod prompt;
mod query;
mod references;
mod schedule;
mod sql;

pub use lookup_table::{LogTypeLookup, LookupTable, ObjectAccess, ObjectRefresh, QueryRefresh};
pub use pack::Pack;
pub use prompt::{OutputLength, ScheduledPrompt};
pub use query::{EmailConfig, QueryText, SavedQuery, ScheduledQuery};
pub(crate) use references::check_references;

use crate::build::Context;
use crate::item::ItemBody;
use crate::report::Report;
use crate::yaml::Mapping;

/// Builds an item of one of these kinds; `None` when something needed is wrong, which was reported.
pub(crate) fn build(
    analysis_type: &str,
    map: &Mapping,
    context: &Context<'_>,
    report: &mut Report<'_>,
) -> Option<ItemBody> {
    match analysis_type {
        "pack" => pack::build(map, report).map(ItemBody::Pack),
        "saved_query" => query::build_saved(map, report).map(Box::new).map(ItemBody::SavedQuery),
        "scheduled_query" => {
            query::build_scheduled(map, context, report).map(Box::new).map(ItemBody::ScheduledQuery)
        }
        "lookup_table" => lookup_table::build(map, context, report).map(Box::new).map(ItemBody::LookupTable),
        _ => prompt::build(map, report).map(Box::new).map(ItemBody::ScheduledPrompt),
    }
}
