//! The shapes of the public HTTP API: camelCase JSON, times in RFC 3339 with `Z`.
//!
//! Wire types are not core types: each is converted by hand from `model`, field by field, so that a
//! new field is a decision. Lists are `{results, next}`, errors `{message}`.

mod alert;
mod alert_work;
mod api_token;
mod audit;
mod common;
mod content;
mod delivery;
mod destination;
mod detection;
mod detection_list;
mod editor;
mod failure;
mod http_source;
mod overview;
mod person;
mod role;
mod saved_view;
mod schema;
mod schema_trial;
mod scim;
mod settings;
mod sign_in;
mod sign_on;
mod source_alarm;
mod source_overview;
mod user;
pub mod words;

pub use alert::{
    Alert, AlertBulkPatch, AlertDelivery, AlertDetection, AlertPage, AlertPatch, AlertSystemError, EventPage,
};
pub use alert_work::{
    AlertComments, AlertHistory, AlertStep, BulkComment, Comment, CommentForm, CommentPage, LiveMessage,
};
pub use api_token::{ApiToken, ApiTokenForm, ApiTokenPage};
pub use audit::{AuditEntry, AuditPage};
pub use common::{Actor, ErrorMessage, Readiness, SourceAccepted, wire_time};
pub use content::{
    ChangedItem, ContentChange, ContentChangePage, ContentVersion, ContentVersionPage, DataModel,
    DataModelForm, DataModelMapping, DataModelPage, DeleteContent, DeletedContent, Global, GlobalData,
    GlobalForm, GlobalPage, ProjectResult, QueryForm, QuerySchedule, RollBackForm, RolledBack, SavedQuery,
    SavedQueryPage, UploadCounts, UploadResult,
};
pub use delivery::{
    Attempt, Delivery, DeliveryDispatch, DeliveryList, DeliveryPage, DeliveryResults, Retried,
    RouteExplanation, Routing,
};
pub use destination::{
    DeliveryPolicy, Destination, DestinationForm, DestinationHealth, DestinationMute, DestinationPage,
    DestinationType, DestinationTypePage, MuteForm, RetryPolicy, TestResult,
};
pub use detection::{
    ContentErrorMessage, ContentIssue, Detection, DetectionForm, DetectionPage, FunctionRecord,
    FunctionRecords, TestError, TestRecord, UnitTest,
};
pub use detection_list::{
    CoverageMatrix, CoverageTactic, CoverageTechnique, CoverageUnknown, ListedItem, ListedItemPage, Pack,
    PackItem, PackPage, PackSwitchForm, SwitchForm, Switched,
};
pub use editor::{
    EditableItem, ItemDraft, ItemFinding, ItemFindings, ItemForm, ItemIssue, ItemPython, ItemRefusal,
    ItemTestForm, ItemTestFunction, ItemTestResult, ItemTestResults, ItemVersion, KnownLogType,
    KnownLogTypes, LogTypeField, LogTypeFields,
};
pub use failure::{Failure, FailurePage};
pub use http_source::{HttpSource, HttpSourceForm, LogStreamTypeOptions};
pub use overview::{
    Overview, OverviewAge, OverviewAlerts, OverviewDestination, OverviewDestinations, OverviewDetection,
    OverviewErrors, OverviewSeverity, OverviewSource, OverviewSources, OverviewVolume, OverviewVolumes,
    OverviewWaiting,
};
pub use person::{NamedPerson, NamedPersonList};
pub use role::{Role, RoleForm, RolePage};
pub use saved_view::{NewSavedView, SavedView, SavedViewForm, SavedViewPage};
pub use schema::{CustomSchema, CustomSchemaForm, CustomSchemaPage, CustomSchemaPatch};
pub use schema_trial::{
    KnownSchema, SchemaFinding, SchemaOverview, SchemaOverviewPage, SchemaTrial, SchemaTrialForm, SchemaUser,
    TrialFailure, TrialSummary, TriedRecord,
};
pub use scim::{
    ScimEmail, ScimError, ScimExtension, ScimMeta, ScimName, ScimOperation, ScimPatch, ScimRole, ScimUser,
    ScimUserForm, ScimUserList,
};
pub use settings::{DataPart, GeneralSettings, GeneralSettingsForm, PythonFacts, ServerFacts, Setting};
pub use sign_in::{
    CodeForm, InvitedUser, LinkForm, LinkInfo, LinkPassword, PasswordAgain, PasswordChange, PasswordLink,
    Profile, ProfileForm, RecoveryCodes, SecondFactor, Session, SessionInfo, SessionList, SetUpForm,
    SignInForm, SignInOptions, SignInProvider, SignInRefusal,
};
pub use sign_on::{
    Fact, GroupRole, IdentityProvider, IdentityProviderForm, IdentityProviderList, KnownIssuer, OidcForm,
    OidcOptions, ProviderAddresses, ProviderTest, SamlForm, SamlOptions, SignOn, SignOnForm, UserIdentity,
    UserIdentityForm, UserIdentityList,
};
pub use source_alarm::{SourceAlarm, SourceAlarmForm, SourceAlarmState};
pub use source_overview::{
    LogTypeEvents, SourceAlarmOverview, SourceAmount, SourceInterval, SourceOverview, SourceOverviewPage,
    SourceTrouble, SourceVolume, SourceVolumeSeries,
};
pub use user::{User, UserForm, UserPage, UserRole};
