//! What every route and every GraphQL field is called in the audit log. Names are those of `platform.md` §4 where
//! that has one, and of the same form where it has none.

use std::collections::HashMap;
use std::sync::LazyLock;

use store::AuditKind;

/// What somebody does with one request, or one field of a GraphQL document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) kind: AuditKind,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
}

/// Method, route, name of the action, and what is done.
type RouteRow = (&'static str, &'static str, &'static str, &'static str);
/// Field of a root, name of the action, and what is done.
type FieldRow = (&'static str, &'static str, &'static str);

static BY_ROUTE: LazyLock<HashMap<(&'static str, &'static str), Action>> = LazyLock::new(|| {
    let of = |kind: AuditKind, rows: &'static [RouteRow]| {
        rows.iter().map(move |(method, path, name, description)| {
            ((*path, *method), Action { kind, name, description })
        })
    };
    of(AuditKind::Change, CHANGES).chain(of(AuditKind::Read, READS)).collect()
});

static BY_FIELD: LazyLock<HashMap<&'static str, Action>> = LazyLock::new(|| {
    let of = |kind: AuditKind, rows: &'static [FieldRow]| {
        rows.iter().map(move |(field, name, description)| (*field, Action { kind, name, description }))
    };
    of(AuditKind::Change, FIELDS).chain(of(AuditKind::Read, QUERIES)).collect()
});

/// What a route does; `None` for one that is not recorded.
pub(crate) fn of_route(method: &str, path: &str) -> Option<Action> {
    BY_ROUTE.get(&(path, method)).copied()
}

/// What a field of `Mutation` or `Query` does.
pub(crate) fn of_field(field: &str) -> Option<Action> {
    BY_FIELD.get(field).copied()
}

/// Every route that changes something: method, route, name, and what is done.
pub(crate) const CHANGES: &[RouteRow] = &[
    ("PATCH", "/alerts", "UPDATE_ALERT_STATUS", "Changed status, assignee, quality or tags of alerts"),
    ("PATCH", "/alerts/{id}", "UPDATE_ALERT_STATUS", "Changed status, assignee, quality or tags of an alert"),
    ("POST", "/alert-comments", "CREATE_ALERT_COMMENT", "Wrote a comment on an alert"),
    ("POST", "/alert-comments/{id}", "UPDATE_ALERT_COMMENT", "Changed a comment on an alert"),
    ("POST", "/alerts/{id}/deliveries", "CREATE_ALERT_DELIVERY", "Sent an alert to destinations by hand"),
    ("POST", "/deliveries/{id}/retry", "RETRY_ALERT_DELIVERY", "Asked for one more attempt of a delivery"),
    (
        "POST",
        "/deliveries/retry-failed",
        "RETRY_ALERT_DELIVERY",
        "Asked for one more attempt of all failed deliveries",
    ),
    ("POST", "/destinations", "CREATE_ALERT_DESTINATION", "Made a destination"),
    (
        "POST",
        "/destinations/test",
        "SEND_TEST_ALERT",
        "Sent the test alert to a destination that is not saved",
    ),
    ("PUT", "/destinations/{id}", "UPDATE_ALERT_DESTINATION", "Changed a destination"),
    ("DELETE", "/destinations/{id}", "DELETE_ALERT_DESTINATION", "Deleted a destination"),
    ("POST", "/destinations/{id}/test", "SEND_TEST_ALERT", "Sent the test alert to a destination"),
    (
        "POST",
        "/destinations/{id}/callback",
        "UPDATE_ALERT_STATUS",
        "Changed the status of an alert by a button of a message",
    ),
    (
        "POST",
        "/destinations/{id}/retry-failed",
        "RETRY_ALERT_DELIVERY",
        "Asked for one more attempt of the failed deliveries of a destination",
    ),
    ("POST", "/rules", "CREATE_RULE", "Made a rule"),
    ("PUT", "/rules/{id}", "UPDATE_RULE", "Made or changed a rule"),
    ("DELETE", "/rules/{id}", "DELETE_DETECTION", "Deleted a rule"),
    ("POST", "/scheduled-rules", "CREATE_RULE", "Made a scheduled rule"),
    ("PUT", "/scheduled-rules/{id}", "UPDATE_RULE", "Made or changed a scheduled rule"),
    ("DELETE", "/scheduled-rules/{id}", "DELETE_DETECTION", "Deleted a scheduled rule"),
    ("POST", "/simple-rules", "CREATE_RULE", "Made a simple rule"),
    ("PUT", "/simple-rules/{id}", "UPDATE_RULE", "Made or changed a simple rule"),
    ("DELETE", "/simple-rules/{id}", "DELETE_DETECTION", "Deleted a simple rule"),
    ("POST", "/correlation-rules", "CREATE_RULE", "Made a correlation rule"),
    ("PUT", "/correlation-rules/{id}", "UPDATE_RULE", "Made or changed a correlation rule"),
    ("DELETE", "/correlation-rules/{id}", "DELETE_DETECTION", "Deleted a correlation rule"),
    ("POST", "/policies", "CREATE_POLICY", "Made a policy"),
    ("PUT", "/policies/{id}", "UPDATE_POLICY", "Made or changed a policy"),
    ("DELETE", "/policies/{id}", "DELETE_DETECTION", "Deleted a policy"),
    ("POST", "/data-models", "CREATE_DATA_MODEL", "Made a data model"),
    ("PUT", "/data-models/{id}", "UPDATE_DATA_MODEL", "Made or changed a data model"),
    ("DELETE", "/data-models/{id}", "DELETE_DATA_MODEL", "Deleted a data model"),
    ("POST", "/globals", "CREATE_GLOBAL_HELPER", "Made a global helper"),
    ("PUT", "/globals/{id}", "UPDATE_GLOBAL_HELPER", "Made or changed a global helper"),
    ("DELETE", "/globals/{id}", "DELETE_GLOBAL_HELPER", "Deleted a global helper"),
    ("POST", "/queries", "CREATE_SAVED_DATA_LAKE_QUERY", "Made a saved query"),
    ("POST", "/queries/{id}", "UPDATE_SAVED_DATA_LAKE_QUERY", "Changed a saved query"),
    ("DELETE", "/queries/{id}", "DELETE_SAVED_DATA_LAKE_QUERY", "Deleted a saved query"),
    (
        "POST",
        "/content/versions/{id}/rollback",
        "ROLL_BACK_DETECTION",
        "Put an earlier version of an item back",
    ),
    ("PUT", "/internal/detections/{id}", "UPDATE_DETECTION", "Made or changed a detection or other item"),
    ("DELETE", "/internal/detections/{id}", "DELETE_DETECTION", "Deleted a detection or other item"),
    ("POST", "/internal/detections/enabled", "UPDATE_DETECTION_STATE", "Switched detections on or off"),
    (
        "POST",
        "/internal/packs/{id}/enabled",
        "UPDATE_PACK_STATE",
        "Switched the detections of a pack on or off",
    ),
    ("POST", "/content/upload", "UPLOAD_DETECTION_ENTITIES", "Uploaded detection content"),
    ("POST", "/content/project", "UPLOAD_DETECTION_ENTITIES", "Uploaded a pypanther project"),
    ("POST", "/content/delete", "DELETE_DETECTION", "Deleted detection content"),
    ("POST", "/log-sources/http", "CREATE_LOG_SOURCE", "Made an HTTP log source"),
    ("PUT", "/log-sources/http/{id}", "UPDATE_LOG_SOURCE", "Changed an HTTP log source"),
    ("DELETE", "/log-sources/http/{id}", "DELETE_LOG_SOURCE", "Deleted an HTTP log source"),
    ("POST", "/log-sources/s3", "CREATE_LOG_SOURCE", "Made an S3 log source"),
    ("PUT", "/log-sources/s3/{id}", "UPDATE_LOG_SOURCE", "Changed an S3 log source"),
    ("DELETE", "/log-sources/s3/{id}", "DELETE_LOG_SOURCE", "Deleted an S3 log source"),
    ("POST", "/log-sources/gcs", "CREATE_LOG_SOURCE", "Made a Cloud Storage log source"),
    ("PUT", "/log-sources/gcs/{id}", "UPDATE_LOG_SOURCE", "Changed a Cloud Storage log source"),
    ("DELETE", "/log-sources/gcs/{id}", "DELETE_LOG_SOURCE", "Deleted a Cloud Storage log source"),
    ("POST", "/log-sources/pubsub", "CREATE_LOG_SOURCE", "Made a Pub/Sub log source"),
    ("PUT", "/log-sources/pubsub/{id}", "UPDATE_LOG_SOURCE", "Changed a Pub/Sub log source"),
    ("DELETE", "/log-sources/pubsub/{id}", "DELETE_LOG_SOURCE", "Deleted a Pub/Sub log source"),
    ("PUT", "/log-source-alarms/{id}/{type}", "CREATE_LOG_SOURCE_ALARM", "Set the alarm of a log source"),
    (
        "DELETE",
        "/log-source-alarms/{id}/{type}",
        "DELETE_LOG_SOURCE_ALARM",
        "Took the alarm of a log source away",
    ),
    ("PUT", "/schemas/{id}", "CREATE_OR_UPDATE_SCHEMA", "Made or changed a schema"),
    ("PATCH", "/schemas/{id}", "UPDATE_CUSTOM_SCHEMA_STATE", "Archived a schema, or took it back"),
    ("POST", "/api-tokens", "CREATE_API_TOKEN", "Made an API token"),
    ("POST", "/api-tokens/{id}", "UPDATE_API_TOKEN", "Changed an API token"),
    ("DELETE", "/api-tokens/{id}", "DELETE_API_TOKEN", "Deleted an API token"),
    ("POST", "/api-tokens/{id}/rotate", "ROTATE_API_TOKEN", "Gave an API token a fresh value"),
    ("POST", "/roles", "CREATE_USER_ROLE", "Made a role"),
    ("POST", "/roles/{id}", "UPDATE_USER_ROLE", "Changed a role"),
    ("DELETE", "/roles/{id}", "DELETE_USER_ROLE", "Deleted a role"),
    ("POST", "/users", "CREATE_USER", "Invited a user"),
    ("POST", "/users/{id}", "UPDATE_USER", "Changed a user"),
    ("DELETE", "/users/{id}", "DELETE_USER", "Deleted a user"),
    ("POST", "/scim/v2/Users", "CREATE_USER", "Provisioned a user"),
    ("PUT", "/scim/v2/Users/{id}", "UPDATE_USER", "Changed a provisioned user"),
    ("PATCH", "/scim/v2/Users/{id}", "UPDATE_USER", "Changed a provisioned user"),
    ("DELETE", "/scim/v2/Users/{id}", "DELETE_USER", "Disabled a user whom the provider deleted"),
    (
        "POST",
        "/users/{id}/password-link",
        "RESET_USER_PASSWORD",
        "Made a link by which a user chooses a password",
    ),
    ("POST", "/users/{id}/unlock", "UNLOCK_USER", "Let a user try to sign in again"),
    ("DELETE", "/users/{id}/sessions", "SIGN_OUT_USER", "Signed a user out everywhere"),
    (
        "DELETE",
        "/users/{id}/second-factor",
        "RESET_USER_SECOND_FACTOR",
        "Removed the second factor of a user",
    ),
    ("POST", "/internal/sign-in", "SIGN_IN", "Signed in"),
    ("GET", "/internal/oidc/{id}/start", "SIGN_IN", "Tried to sign in through an identity provider"),
    ("GET", "/internal/oidc/{id}/callback", "SIGN_IN", "Signed in through an identity provider"),
    ("GET", "/internal/saml/{id}/start", "SIGN_IN", "Tried to sign in through an identity provider"),
    ("POST", "/internal/saml/{id}/acs", "SIGN_IN", "Signed in through an identity provider"),
    ("DELETE", "/internal/session", "SIGN_OUT", "Signed out"),
    ("DELETE", "/internal/sessions", "SIGN_OUT", "Signed out everywhere"),
    ("DELETE", "/internal/sessions/{id}", "SIGN_OUT", "Ended one of the own sessions"),
    ("POST", "/internal/set-up", "SET_UP", "Made the first administrator"),
    ("PUT", "/internal/link", "SET_PASSWORD_BY_LINK", "Chose a password by a link"),
    ("PUT", "/internal/profile", "UPDATE_PROFILE", "Changed the own names"),
    ("PUT", "/internal/password", "UPDATE_PASSWORD", "Changed the own password"),
    ("POST", "/internal/views", "CREATE_SAVED_VIEW", "Saved a view"),
    ("PUT", "/internal/views/{id}", "UPDATE_SAVED_VIEW", "Changed a saved view"),
    ("DELETE", "/internal/views/{id}", "DELETE_SAVED_VIEW", "Deleted a saved view"),
    ("PUT", "/internal/views/{id}/default", "UPDATE_DEFAULT_VIEW", "Chose the view that a page opens with"),
    ("DELETE", "/internal/views/{id}/default", "UPDATE_DEFAULT_VIEW", "Had a page open without a saved view"),
    ("POST", "/internal/alert-comments", "CREATE_ALERT_COMMENT", "Wrote a comment on several alerts"),
    ("POST", "/internal/second-factor", "CREATE_SECOND_FACTOR", "Began to set up a second factor"),
    ("PUT", "/internal/second-factor", "CONFIRM_SECOND_FACTOR", "Set up a second factor"),
    ("DELETE", "/internal/second-factor", "DELETE_SECOND_FACTOR", "Removed the own second factor"),
];

/// Every route that changes nothing.
pub(crate) const READS: &[RouteRow] = &[
    ("GET", "/alerts", "LIST_ALERTS", "Looked at alerts"),
    ("GET", "/alerts/{id}", "GET_ALERT", "Looked at an alert"),
    ("GET", "/alerts/{id}/events", "LIST_ALERT_EVENTS", "Looked at the events of an alert"),
    ("GET", "/alerts/{id}/history", "LIST_ALERT_HISTORY", "Looked at the history of an alert"),
    ("GET", "/alerts/{id}/deliveries", "LIST_ALERT_DELIVERIES", "Looked at the deliveries of an alert"),
    ("GET", "/alert-comments", "LIST_ALERT_COMMENTS", "Looked at the comments on an alert"),
    ("GET", "/alert-comments/{id}", "GET_ALERT_COMMENT", "Looked at a comment on an alert"),
    ("GET", "/deliveries", "LIST_ALERT_DELIVERIES", "Looked at deliveries"),
    ("GET", "/destinations", "LIST_ALERT_DESTINATIONS", "Looked at destinations"),
    ("GET", "/destinations/{id}", "GET_ALERT_DESTINATION", "Looked at a destination"),
    ("GET", "/destination-types", "LIST_ALERT_DESTINATION_TYPES", "Looked at the types of destinations"),
    ("GET", "/rules", "LIST_DETECTIONS", "Looked at rules"),
    ("GET", "/rules/{id}", "GET_RULE", "Looked at a rule"),
    ("GET", "/scheduled-rules", "LIST_DETECTIONS", "Looked at scheduled rules"),
    ("GET", "/scheduled-rules/{id}", "GET_RULE", "Looked at a scheduled rule"),
    ("GET", "/simple-rules", "LIST_DETECTIONS", "Looked at simple rules"),
    ("GET", "/simple-rules/{id}", "GET_RULE", "Looked at a simple rule"),
    ("GET", "/correlation-rules", "LIST_DETECTIONS", "Looked at correlation rules"),
    ("GET", "/correlation-rules/{id}", "GET_RULE", "Looked at a correlation rule"),
    ("GET", "/policies", "LIST_POLICIES", "Looked at policies"),
    ("GET", "/policies/{id}", "GET_POLICY", "Looked at a policy"),
    ("GET", "/data-models", "LIST_DATA_MODELS", "Looked at data models"),
    ("GET", "/data-models/{id}", "GET_DATA_MODEL", "Looked at a data model"),
    ("GET", "/globals", "LIST_GLOBAL_HELPERS", "Looked at global helpers"),
    ("GET", "/globals/{id}", "GET_GLOBAL_HELPER", "Looked at a global helper"),
    ("GET", "/queries", "LIST_SAVED_DATA_LAKE_QUERIES", "Looked at saved queries"),
    ("GET", "/queries/{id}", "GET_SAVED_DATA_LAKE_QUERY", "Looked at a saved query"),
    ("GET", "/content/changes", "LIST_DETECTION_CHANGES", "Looked at what changed of the detection content"),
    ("GET", "/content/versions/{id}", "GET_DETECTION_VERSION", "Looked at an earlier version of an item"),
    ("GET", "/internal/detections", "LIST_DETECTIONS", "Looked at detections"),
    ("GET", "/internal/detections/{id}", "GET_DETECTION", "Looked at a detection or other item"),
    (
        "GET",
        "/internal/detections/{id}/versions/{number}",
        "GET_DETECTION_VERSION",
        "Looked at an earlier version of an item",
    ),
    ("POST", "/internal/detections/check", "CHECK_DETECTION", "Had a detection checked"),
    ("POST", "/internal/detections/test", "TEST_DETECTION", "Ran the tests of a detection"),
    ("GET", "/internal/detections/matrix", "GET_DETECTION_COVERAGE", "Looked at what detections cover"),
    (
        "GET",
        "/internal/detections/matrix/layer",
        "EXPORT_DETECTION_COVERAGE",
        "Exported what detections cover",
    ),
    ("GET", "/internal/packs", "LIST_PACKS", "Looked at packs"),
    ("GET", "/internal/log-types", "LIST_LOG_TYPES", "Looked at log types"),
    ("GET", "/internal/log-types/{id}/fields", "GET_LOG_TYPE", "Looked at the fields of a log type"),
    ("GET", "/content/download", "DOWNLOAD_DETECTIONS", "Downloaded the detection content"),
    (
        "GET",
        "/log-sources/{id}/failures",
        "LIST_LOG_SOURCE_FAILURES",
        "Looked at records of a log source that could not be read",
    ),
    ("GET", "/log-sources/http/{id}", "GET_LOG_SOURCE", "Looked at an HTTP log source"),
    ("GET", "/log-sources/s3/{id}", "GET_LOG_SOURCE", "Looked at an S3 log source"),
    ("GET", "/log-sources/gcs/{id}", "GET_LOG_SOURCE", "Looked at a Cloud Storage log source"),
    ("GET", "/log-sources/pubsub/{id}", "GET_LOG_SOURCE", "Looked at a Pub/Sub log source"),
    ("GET", "/log-source-alarms/{id}/{type}", "GET_LOG_SOURCE_ALARM", "Looked at the alarm of a log source"),
    ("GET", "/internal/log-sources", "LIST_LOG_SOURCES", "Looked at log sources"),
    (
        "GET",
        "/internal/log-sources/{id}/volume",
        "GET_LOG_SOURCE_VOLUME",
        "Looked at how much came in from a log source",
    ),
    ("GET", "/internal/schemas", "LIST_SCHEMAS", "Looked at schemas"),
    ("GET", "/internal/schemas/{id}", "GET_CUSTOM_SCHEMA", "Looked at a schema"),
    ("POST", "/internal/schemas/try", "TRY_SCHEMA", "Tried a sample of logs, which is not kept"),
    ("GET", "/schemas", "LIST_SCHEMAS", "Looked at schemas"),
    ("GET", "/schemas/{id}", "GET_CUSTOM_SCHEMA", "Looked at a schema"),
    ("GET", "/api-tokens", "LIST_API_TOKENS", "Looked at API tokens"),
    ("GET", "/api-tokens/{id}", "GET_API_TOKEN", "Looked at an API token"),
    ("GET", "/roles", "LIST_USER_ROLES", "Looked at roles"),
    ("GET", "/roles/{id}", "GET_USER_ROLE", "Looked at a role"),
    ("GET", "/users", "LIST_USERS", "Looked at users"),
    ("GET", "/users/{id}", "GET_USER", "Looked at a user"),
    ("GET", "/scim/v2/Users", "LIST_USERS", "Looked at provisioned users"),
    ("GET", "/scim/v2/Users/{id}", "GET_USER", "Looked at a provisioned user"),
    ("GET", "/scim/v2/Groups", "LIST_USER_ROLES", "Looked at roles for provisioning"),
    ("GET", "/scim/v2/ResourceTypes", "GET_SCIM_SETTINGS", "Looked at the types of what is provisioned"),
    ("GET", "/scim/v2/ResourceTypes/{id}", "GET_SCIM_SETTINGS", "Looked at a type of what is provisioned"),
    ("GET", "/scim/v2/Schemas", "GET_SCIM_SETTINGS", "Looked at the schemas of what is provisioned"),
    ("GET", "/scim/v2/Schemas/{id}", "GET_SCIM_SETTINGS", "Looked at a schema of what is provisioned"),
    ("GET", "/audit-log", "LIST_AUDIT_LOG", "Looked at the audit log"),
    ("GET", "/audit-log/export", "EXPORT_AUDIT_LOG", "Exported the audit log"),
    ("GET", "/internal/session", "GET_SESSION", "Looked at the own session"),
    ("GET", "/internal/sessions", "LIST_SESSIONS", "Looked at the own sessions"),
    ("GET", "/internal/views", "LIST_SAVED_VIEWS", "Looked at saved views"),
    ("GET", "/internal/profile", "GET_PROFILE", "Looked at the own profile"),
    ("GET", "/internal/overview", "GET_OVERVIEW", "Looked at the overview"),
];

/// Routes for which nobody can be named, and one that tells nothing but that something changed: what is looked at
/// then is recorded where it is looked at.
#[cfg(test)]
pub(crate) const NOT_RECORDED: &[(&str, &str)] = &[
    ("GET", "/internal/live"),
    ("GET", "/internal/sign-in"),
    ("GET", "/internal/saml/{id}/metadata"),
    ("POST", "/internal/link"),
    ("GET", "/scim/v2/ServiceProviderConfig"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
];

/// Every field of `Mutation`: its name, that of the action, and what is done.
pub(crate) const FIELDS: &[FieldRow] = &[
    ("createAlertComment", "CREATE_ALERT_COMMENT", "Wrote a comment on an alert"),
    ("updateAlertStatusById", "UPDATE_ALERT_STATUS", "Changed the status of alerts"),
    ("updateAlertsAssigneeById", "UPDATE_ALERT_ASSIGNEE", "Changed the assignee of alerts"),
    ("updateAlertsAssigneeByEmail", "UPDATE_ALERT_ASSIGNEE", "Changed the assignee of alerts"),
    ("createRole", "CREATE_USER_ROLE", "Made a role"),
    ("updateRole", "UPDATE_USER_ROLE", "Changed a role"),
    ("deleteRole", "DELETE_USER_ROLE", "Deleted a role"),
    ("inviteUser", "CREATE_USER", "Invited a user"),
    ("updateUser", "UPDATE_USER", "Changed a user"),
    ("deleteUser", "DELETE_USER", "Deleted a user"),
    ("rotateAPIToken", "ROTATE_API_TOKEN", "Gave an API token a fresh value"),
    ("createPerfTest", "CREATE_REPLAY", "Asked for a performance test"),
    ("stopReplay", "STOP_REPLAY", "Stopped a replay"),
    ("createOrUpdateSchema", "CREATE_OR_UPDATE_SCHEMA", "Made or changed a schema"),
    ("updateSchemaStatus", "UPDATE_CUSTOM_SCHEMA_STATE", "Archived a schema, or took it back"),
    ("createS3Source", "CREATE_LOG_SOURCE", "Made an S3 log source"),
    ("updateS3Source", "UPDATE_LOG_SOURCE", "Changed an S3 log source"),
    ("deleteSource", "DELETE_LOG_SOURCE", "Deleted a log source"),
    ("createCloudAccount", "CREATE_CLOUD_ACCOUNT", "Made a cloud account"),
    ("updateCloudAccount", "UPDATE_CLOUD_ACCOUNT", "Changed a cloud account"),
    ("deleteCloudAccount", "DELETE_CLOUD_ACCOUNT", "Deleted a cloud account"),
    ("uploadDetectionEntities", "UPLOAD_DETECTION_ENTITIES", "Uploaded detection content"),
    ("uploadDetectionEntitiesAsync", "UPLOAD_DETECTION_ENTITIES", "Had detection content uploaded"),
    ("validateBulkUpload", "VALIDATE_DETECTION_ENTITIES", "Had detection content checked"),
    ("deleteDetections", "DELETE_DETECTION", "Deleted detections"),
    ("deleteSavedQueriesByName", "DELETE_SAVED_DATA_LAKE_QUERY", "Deleted saved queries"),
    ("bulkUploadDetections", "UPLOAD_DETECTION_ENTITIES", "Had an uploaded project taken over"),
    ("executeDataLakeQuery", "EXECUTE_DATA_LAKE_QUERY", "Ran a query"),
    ("executeIndicatorSearchQuery", "EXECUTE_INDICATOR_SEARCH_QUERY", "Searched for indicators"),
    ("executeAlertActorQuery", "EXECUTE_ALERT_ACTOR_QUERY", "Searched for the actor of an alert"),
    ("cancelDataLakeQuery", "CANCEL_DATA_LAKE_QUERY", "Cancelled a query"),
    ("testCorrelationRuleYAML", "TEST_RULE", "Tested a correlation rule"),
    ("transpileFilters", "TRANSPILE_FILTERS", "Had filters translated"),
    ("transpileSimpleDetectionsToPython", "TRANSPILE_RULES", "Had simple rules translated"),
    ("aiSummarizeAlert", "SUMMARIZE_ALERT", "Asked for a summary of an alert"),
    ("aiSummarizeLogEvents", "SUMMARIZE_LOG_EVENTS", "Asked for a summary of events"),
];

/// Every field of `Query`.
pub(crate) const QUERIES: &[FieldRow] = &[
    ("aiInferenceStream", "GET_SUMMARY", "Looked at what a language model answers"),
    ("aiInferenceStreamsMetadata", "LIST_SUMMARIES", "Looked at what a language model answered"),
    ("cachedAISummaryData", "GET_SUMMARY", "Looked at a summary that was there"),
    ("alert", "GET_ALERT", "Looked at an alert"),
    ("alerts", "LIST_ALERTS", "Looked at alerts"),
    ("cloudAccount", "GET_CLOUD_ACCOUNT", "Looked at a cloud account"),
    ("cloudAccounts", "LIST_CLOUD_ACCOUNTS", "Looked at cloud accounts"),
    ("detections", "LIST_DETECTIONS", "Looked at detections"),
    ("rulePythonBody", "GET_RULE", "Looked at the Python text of a rule"),
    ("roleById", "GET_USER_ROLE", "Looked at a role"),
    ("roleByName", "GET_USER_ROLE", "Looked at a role"),
    ("roles", "LIST_USER_ROLES", "Looked at roles"),
    ("userByEmail", "GET_USER", "Looked at a user"),
    ("userById", "GET_USER", "Looked at a user"),
    ("users", "LIST_USERS", "Looked at users"),
    ("actorProfileInfo", "GET_ACTOR_PROFILE", "Looked at what is known of an actor"),
    ("dataLakeDatabase", "GET_DATA_LAKE_DATABASE", "Looked at a database of the data lake"),
    ("dataLakeDatabaseTable", "GET_DATA_LAKE_TABLE", "Looked at a table of the data lake"),
    ("dataLakeDatabaseTables", "LIST_DATA_LAKE_TABLES", "Looked at tables of the data lake"),
    ("dataLakeDatabases", "LIST_DATA_LAKE_DATABASES", "Looked at databases of the data lake"),
    ("dataLakeQueries", "LIST_DATA_LAKE_QUERIES", "Looked at queries of the data lake"),
    ("dataLakeQuery", "GET_DATA_LAKE_QUERY", "Looked at a query of the data lake"),
    ("metrics", "GET_ORGANIZATION_METRICS", "Looked at the metrics"),
    ("organizationStats", "GET_ORGANIZATION_COMPLIANCE_STATS", "Looked at the state of the organization"),
    ("replay", "GET_REPLAY", "Looked at a replay"),
    ("schemas", "LIST_SCHEMAS", "Looked at schemas"),
    ("source", "GET_LOG_SOURCE", "Looked at a log source"),
    ("sources", "LIST_LOG_SOURCES", "Looked at log sources"),
    ("featureFlags", "GET_FEATURE_FLAGS", "Looked at what is switched on"),
    ("generalSettings", "GET_GENERAL_SETTINGS", "Looked at the general settings"),
    ("generateEnrichedEvent", "GET_ENRICHED_EVENT", "Had an event enriched"),
    ("bulkUploadDetectionsStatus", "GET_UPLOAD_STATUS", "Looked at the state of an upload"),
    ("bulkUploadPresignedUrl", "GET_UPLOAD_URL", "Asked where a project is uploaded to"),
    ("detectionEntitiesUploadStatus", "GET_UPLOAD_STATUS", "Looked at the state of an upload"),
    ("validateBulkUploadStatus", "GET_UPLOAD_STATUS", "Looked at the state of a check"),
];
