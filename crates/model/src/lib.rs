//! The words of Margay: events, detections, findings, alerts, routes and deliveries.
//!
//! Layer 0: no I/O, no clock, no runtime. Every other crate speaks these types to its neighbours;
//! the shapes on the wire (`api_types`, the destinations' payloads) are converted from them by hand.

mod access;
mod alert;
mod alert_work;
mod delivery;
mod destination;
mod detection;
mod event;
mod finding;
mod ids;
pub mod json;
mod kv;
mod ledger;
pub mod metric;
mod permission;
mod severity;
mod time;

pub use access::{
    LogTypeAccess, LogTypeAccessKind, Network, Rights, Role, SignInMethod, UnknownNetwork, User, UserStatus,
    is_email,
};
pub use alert::{
    Actor, ActorKind, Alert, AlertClass, AlertStatus, AlertType, SystemError, SystemErrorType, UnknownWord,
};
pub use alert_work::{AlertField, AlertQuality, AlertStep, Comment, CommentFormat};
pub use delivery::{
    AttemptRecord, Delivery, DeliveryFailure, DeliveryJob, DeliveryState, NewDelivery, Trigger,
};
pub use destination::{Destination, DestinationType, Mute};
pub use detection::{Detection, DetectionKind};
pub use event::{Event, RawBatch, RecordFailure};
pub use finding::{ErrorFinding, Finding, FindingKind, MatchFinding, SystemFinding};
pub use ids::{AlertId, DeliveryId, DestinationId, GroupKey, LogType, RuleId, SourceId};
pub use kv::{KV_EXPIRED_KEPT_SECONDS, KvChange, KvRow};
pub use ledger::{
    AlertEvents, AlertMerge, DedupGroup, DetectionState, LedgerChanges, LedgerState, NewAlert, OpeningMatch,
    RouteExplanation, RoutingDecision, RoutingScenario,
};
pub use permission::{DefaultRole, Permission, PermissionSet, UnknownPermission, UnknownRole};
pub use severity::Severity;
pub use time::{format_aws_date_time, format_lake_time};
