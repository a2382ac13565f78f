//! What texts of the wire may hold, as the description of the API says it: words of a list, names, archives.
//!
//! They describe and hold nothing: fields are texts, and what a caller writes is read by its handler, which names
//! the word that it does not know. Where `model` has a list, it is that list.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $list:expr;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $name {
                /// All of them.
                pub fn list() -> Vec<&'static str> {
                    $list
                }
            }

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    one_of(Self::list())
                }
            }

            impl ToSchema for $name {
                fn name() -> Cow<'static, str> {
                    Cow::Borrowed(stringify!($name))
                }
            }
        )+
    };
}

fn one_of(words: Vec<&'static str>) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

/// The words of an enum of `model`.
macro_rules! of {
    ($name:ident) => {
        model::$name::ALL.iter().map(|word| word.as_str()).collect()
    };
}

words! {
    /// Who acts.
    ActorKind = vec!["user", "api-token", "system"];
    /// What an item of the content is, as the console tells them apart.
    ItemKind = vec![
        "rule", "scheduled_rule", "simple_rule", "correlation_rule", "policy", "data_model", "global", "pack",
    ];
    /// Where an item comes from.
    ItemOrigin = vec!["directory", "api", "pypanther"];
    /// The files of an item.
    ItemFile = vec!["yaml", "python"];
    /// How bad a finding is.
    FindingLevel = vec!["error", "warning"];
    /// Whether a detection runs, or cannot.
    ItemState = vec!["enabled", "disabled", "broken"];
    /// What a list of items is sorted by; with `-` in front of it backwards.
    ItemSort = vec![
        "name", "-name", "id", "-id", "kind", "-kind", "severity", "-severity", "lastModified", "-lastModified",
        "state", "-state", "origin", "-origin",
    ];
    /// Where a schema comes from.
    LogTypeOrigin = vec!["built-in", "folder", "custom"];
    /// Which of the two audit logs.
    AuditKind = vec!["change", "read"];
    /// What came of an action.
    AuditResult = vec!["SUCCEEDED", "FAILED", "PARTIALLY_FAILED"];
    /// A page that views are kept of.
    ViewPage = vec!["alerts"];
    /// The protocol of an identity provider.
    IdentityProviderKind = vec!["OIDC", "SAML"];
    /// Where a setting is set.
    SettingOrigin = vec!["file", "console", "default"];
    /// How bad something is.
    Severity = of!(Severity);
    /// The class of an alert.
    AlertClass = of!(AlertClass);
    /// The type of an alert.
    AlertType = of!(AlertType);
    /// Where an alert stands.
    AlertStatus = of!(AlertStatus);
    /// What an alert turned out to be.
    AlertQuality = of!(AlertQuality);
    /// What an alert turned out to be, or an empty text, which takes it back.
    NewAlertQuality = AlertQuality::list().into_iter().chain([""]).collect();
    /// What of an alert is changed by people and programs.
    AlertField = of!(AlertField);
    /// The kind of a detection that made an alert.
    DetectionKind = vec!["RULE", "SCHEDULED_RULE", "POLICY", "CORRELATION_RULE"];
    /// What is wrong with the platform.
    SystemErrorType = of!(SystemErrorType);
    /// What a system error is about.
    SystemErrorSource = vec!["destination", "detection", "log-source", "journal"];
    /// How the text of a comment is to be read.
    CommentFormat = of!(CommentFormat);
    /// Where a delivery stands.
    DeliveryState = vec!["pending", "delivered", "failed", "cancelled"];
    /// What made a delivery.
    DeliveryTrigger = vec!["auto", "manual", "retry"];
    /// By what an alert was routed.
    RoutingScenario = vec!["dynamic", "static", "configuration", "manual", "none"];
    /// How a destination does.
    DestinationState = vec!["healthy", "failing", "paused", "disabled", "unreadable"];
    /// How a log source does.
    OverviewSourceState = vec!["well", "degraded", "silent", "failing"];
    /// A rhythm of retries.
    RetryProfile = vec!["default", "panther"];
    /// What somebody may do.
    Permission = of!(Permission);
    /// How a list of log types is meant.
    LogTypeAccessKind = of!(LogTypeAccessKind);
    /// Where the account of a user stands.
    UserStatus = of!(UserStatus);
    /// How a body of logs is split.
    LogStreamType = vec!["Auto", "JSON", "JsonArray", "Lines"];
    /// How a sender of logs proves who it is.
    AuthMethod = vec!["SharedSecret", "HMAC", "Bearer", "Basic", "None"];
    /// The digest under a signature, or an empty text where there is none.
    HmacAlgorithm = vec!["sha256", "sha1", ""];
    /// Whether a detection runs.
    ContentState = vec!["enabled", "disabled"];
    /// What came of a policy.
    ComplianceStatus = vec!["PASS", "FAIL", "ERROR"];
    /// Where content comes from.
    ContentOrigin = vec!["directory", "api", "pypanther"];
    /// How content was changed.
    ContentChangeKind = vec!["upload", "api", "delete", "rollback", "pypanther"];
    /// Where a log schema comes from.
    SchemaOrigin = vec!["built-in", "folder", "custom"];
    /// How a sample is split, in the words of the configuration file.
    SampleStreamType = vec!["auto", "lines", "json", "json_array"];
    /// How bad something about a text is.
    SchemaFindingLevel = vec!["error", "warning"];
    /// The order of a list.
    SortDirection = vec!["asc", "desc"];
    /// What `If-None-Match` takes: there must be none yet.
    NoneYet = vec!["*"];
}

/// The name of a log type.
#[derive(Clone, Copy, Debug)]
pub struct LogTypeName;

impl PartialSchema for LogTypeName {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255)).into()
    }
}

impl ToSchema for LogTypeName {}

/// Hours of a span of the overview.
#[derive(Clone, Copy, Debug)]
pub struct OverviewHours;

impl OverviewHours {
    /// All of them, the usual one first.
    pub const ALL: [u32; 3] = [24, 168, 720];
}

impl PartialSchema for OverviewHours {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some(Self::ALL)).into()
    }
}

impl ToSchema for OverviewHours {}

/// A zip archive.
#[derive(Clone, Copy, Debug)]
pub struct Archive;

impl PartialSchema for Archive {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Archive {}
