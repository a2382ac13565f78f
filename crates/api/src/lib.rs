//! The public HTTP API: REST at the root, who may do what, health, metrics, OpenAPI.
//!
//! Handlers authorise, parse, call the store and map; they hold no logic. Every route is listed in
//! `router`, and a test fails for a route without an authorisation case.

mod alert_change;
mod alert_comments;
mod alert_comments_bulk;
mod alert_query;
mod alerts;
mod api_tokens;
mod audit;
mod audit_log;
mod auth;
mod callbacks;
mod client_address;
mod console;
mod content;
mod content_admin;
mod control;
mod deliveries;
mod description;
mod destination_mutes;
mod destinations;
mod detections;
mod error;
mod graphql;
mod health;
mod http_sources;
mod intake;
mod intake_admin;
mod live;
mod log_sources;
mod metrics_page;
mod not_yet;
mod overview;
mod pages;
mod params;
mod people;
mod revision;
mod roles;
mod router;
mod schemas;
mod scim;
mod served;
mod settings_admin;
mod settings_general;
mod sign_in;
mod sign_on;
mod source_alarms;
mod source_health;
mod state;
#[cfg(test)]
mod tests;
mod user_identities;
mod users;
mod views;

pub use audit::{AuditReads, SystemAction};
pub use content_admin::{
    ContentAdmin, ContentFile, ContentIssue, ContentItem, ContentKind, ContentOrigin, ContentRefusal,
    ContentUpload, ContentView, DeleteItems, Deleted, FormValue, FunctionRecord, ItemForm, KindCounts,
    ProjectUpload, PutDone, PutItem, PutMode, TestRecord, UPLOAD_BYTES_MAX, Uploaded, query_id,
};
pub use control::{AdminRefusal, BoxFuture, DeliveryControl, DestinationAdmin, IsCurrent};
pub use detections::{
    DetectionDesk, ItemText, Precondition, PutText, SWITCHED_MAX, TextFile, TextFinding, TextTests,
};
pub use intake_admin::{HttpSourceView, SchemaAdmin, SourceAdmin};
pub use router::router;
pub use served::Served;
pub use settings_admin::{ProviderView, SettingsAdmin, SettingsView, SignOnView};
pub use sign_in::settings::{
    AnyProvider, OidcProvider, Provider, SamlMetadata, SamlProvider, SignInSettings,
};
pub use state::{ApiParts, ApiState, DestinationView};
