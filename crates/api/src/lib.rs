//! The public HTTP API: REST at the root, who may do what, health, metrics, OpenAPI.
//!
//! Handlers authorise, parse, call the store and map; they hold no logic. Every route is listed in
//! `router`, and a test fails for a route without an authorisation case.

mod alert_comments;
mod alert_query;
mod alerts;
mod auth;
mod callbacks;
mod content;
mod content_admin;
mod control;
mod deliveries;
mod destinations;
mod error;
mod health;
mod log_sources;
mod metrics_page;
mod pages;
mod params;
mod router;
mod state;
#[cfg(test)]
mod tests;

pub use content_admin::{
    ContentAdmin, ContentFile, ContentIssue, ContentItem, ContentKind, ContentOrigin, ContentRefusal,
    ContentUpload, ContentView, DeleteItems, Deleted, FormValue, FunctionRecord, ItemForm, KindCounts,
    ProjectUpload, PutDone, PutItem, PutMode, TestRecord, UPLOAD_BYTES_MAX, Uploaded, query_id,
};
pub use control::{AdminRefusal, BoxFuture, DeliveryControl, DestinationAdmin};
pub use router::router;
pub use state::{ApiParts, ApiState, DestinationView};
