//! Detections as code: uploads of zips, validation, deletion. Source: `api.md` §7.2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::Permission;
use serde::Deserialize;
use serde_json::{Value, json};
use store::AuditKind;
use tracing::info;

use super::alerts::time;
use super::call::{Answer, Call, Needs, Refusal, RootField};
use super::jobs::{Job, JobState};
use super::projects;
use crate::audit::actions::Action;
use crate::audit::{self, Later};
use crate::content_admin::{
    ContentKind, ContentRefusal, ContentUpload, DeleteItems, Deleted, KindCounts, UPLOAD_BYTES_MAX, Uploaded,
};
use crate::state::ApiState;

const UPLOAD: Needs = Needs::All(&[Permission::BulkUpload]);
const VALIDATE: Needs = Needs::Any(&[Permission::BulkUploadValidate, Permission::BulkUpload]);
/// Most ids or names that one call deletes.
const DELETED_MAX: usize = 1_000;

/// What ends after its answer.
const UPLOAD_ENDED: Action = Action {
    kind: AuditKind::Change,
    name: "UPLOAD_DETECTION_ENTITIES",
    description: "An upload of detection content came to its end",
};
const CHECK_ENDED: Action = Action {
    kind: AuditKind::Change,
    name: "VALIDATE_DETECTION_ENTITIES",
    description: "A check of detection content came to its end",
};

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "uploadDetectionEntities", needs: UPLOAD, resolve: |call| Box::pin(upload(call)) },
    RootField {
        name: "uploadDetectionEntitiesAsync",
        needs: UPLOAD,
        resolve: |call| Box::pin(upload_async(call)),
    },
    RootField {
        name: "detectionEntitiesUploadStatus",
        needs: UPLOAD,
        resolve: |call| Box::pin(upload_status(call)),
    },
    RootField { name: "validateBulkUpload", needs: VALIDATE, resolve: |call| Box::pin(validate(call)) },
    RootField {
        name: "validateBulkUploadStatus",
        needs: VALIDATE,
        resolve: |call| Box::pin(validate_status(call)),
    },
    RootField {
        name: "deleteDetections",
        needs: Needs::All(&[Permission::RuleModify, Permission::PolicyModify]),
        resolve: |call| Box::pin(delete_detections(call)),
    },
    RootField {
        name: "deleteSavedQueriesByName",
        needs: Needs::All(&[Permission::DataAnalyticsModify]),
        resolve: |call| Box::pin(delete_queries(call)),
    },
    RootField {
        name: "bulkUploadPresignedUrl",
        needs: UPLOAD,
        resolve: |call| Box::pin(projects::open_address(call)),
    },
    RootField {
        name: "bulkUploadDetections",
        needs: UPLOAD,
        resolve: |call| Box::pin(projects::take_over(call)),
    },
    RootField {
        name: "bulkUploadDetectionsStatus",
        needs: UPLOAD,
        resolve: |call| Box::pin(projects::status(call)),
    },
];

/// The kinds of the statistics, and what belongs to each.
const KINDS: &[(&str, &[ContentKind])] = &[
    ("rules", &[ContentKind::Rule, ContentKind::ScheduledRule, ContentKind::SimpleRule]),
    ("policies", &[ContentKind::Policy]),
    ("queries", &[ContentKind::SavedQuery, ContentKind::ScheduledQuery]),
    ("dataModels", &[ContentKind::DataModel]),
    ("globalHelpers", &[ContentKind::Global]),
    ("lookupTables", &[ContentKind::LookupTable]),
    ("correlationRules", &[ContentKind::CorrelationRule]),
    ("scheduledPrompts", &[ContentKind::ScheduledPrompt]),
];

/// Kinds that are no queries.
const NOT_QUERIES: &[ContentKind] = &[
    ContentKind::Rule,
    ContentKind::ScheduledRule,
    ContentKind::SimpleRule,
    ContentKind::CorrelationRule,
    ContentKind::Policy,
    ContentKind::DataModel,
    ContentKind::Global,
    ContentKind::LookupTable,
    ContentKind::ScheduledPrompt,
    ContentKind::Pack,
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadInput {
    data: String,
    #[serde(default)]
    dry_run: bool,
    pat_version: Option<String>,
}

impl UploadInput {
    fn of(call: &mut Call<'_>) -> Result<ContentUpload, Refusal> {
        let UploadInput { data, dry_run, pat_version } = call.input()?;
        let (actor, version) = (&call.caller.actor.id, pat_version.as_deref().unwrap_or("unknown"));
        info!(actor.id = %actor, bytes = data.len(), "`{}` with a client of version {version}", call.field);
        Ok(ContentUpload { zip: decode(&data)?, dry_run })
    }
}

/// The bytes of a base64 text; line breaks are fine.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    let packed: String;
    let text = if text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        packed = text.split_ascii_whitespace().collect();
        &packed
    } else {
        text
    };
    let bytes = STANDARD
        .decode(text)
        .map_err(|problem| Refusal::bad_input(format!("the data is no base64 text of a zip: {problem}")))?;
    if bytes.len() > UPLOAD_BYTES_MAX {
        let found = bytes.len();
        return Err(Refusal::bad_input(format!(
            "the zip has {found} bytes, the most is {UPLOAD_BYTES_MAX}; upload in several parts"
        )));
    }
    Ok(bytes)
}

/// What a second upload gets while one is being applied. Clients look for `another upload`, and try again.
pub(super) fn busy() -> Refusal {
    Refusal::conflict("another upload is being applied; try again when it is done")
}

async fn upload(mut call: Call<'_>) -> Answer {
    let upload = UploadInput::of(&mut call)?;
    let _turn = call.state.jobs().take_turn().ok_or_else(busy)?;
    let uploaded = call.state.content.upload(upload, call.caller.actor.clone()).await;
    let uploaded = uploaded.map_err(|refusal| refused(&refusal))?;
    call.caller.audit.after(&audit::content::uploaded(&uploaded));
    Ok(statistics(&uploaded))
}

async fn upload_async(mut call: Call<'_>) -> Answer {
    let upload = UploadInput::of(&mut call)?;
    let turn = call.state.jobs().take_turn().ok_or_else(busy)?;
    let receipt = call.state.jobs().open(call.state.clock.now());
    let (state, actor) = (call.state.clone(), call.caller.actor.clone());
    let later = call.caller.audit.later(UPLOAD_ENDED);
    tokio::spawn(async move {
        let done = state.content.upload(upload, actor).await;
        close(&state, receipt, done, later).await;
        drop(turn);
    });
    Ok(json!({ "receiptId": receipt.to_string() }))
}

/// Validations wait for their turn, as clients do not try them again.
async fn validate(mut call: Call<'_>) -> Answer {
    let upload = ContentUpload { dry_run: true, ..UploadInput::of(&mut call)? };
    let place = call.state.jobs().take_place().ok_or_else(busy)?;
    let receipt = call.state.jobs().open(call.state.clock.now());
    let (state, actor) = (call.state.clone(), call.caller.actor.clone());
    let later = call.caller.audit.later(CHECK_ENDED);
    tokio::spawn(async move {
        let turn = state.jobs().wait_turn().await;
        let done = state.content.upload(upload, actor).await;
        close(&state, receipt, done, later).await;
        drop((turn, place));
    });
    Ok(json!({ "receiptId": receipt.to_string() }))
}

async fn close(
    state: &ApiState,
    receipt: uuid::Uuid,
    done: Result<Uploaded, ContentRefusal>,
    later: Option<Later>,
) {
    let view = done.as_ref().map(audit::content::uploaded);
    let recorded = record(state, receipt, view, later).await;
    let outcome = recorded.and(done).map_or_else(JobState::Refused, JobState::Uploaded);
    state.jobs().close(receipt, outcome, state.clock.now());
}

/// Writes what came of it to the audit log, before anybody hears of it.
pub(super) async fn record(
    state: &ApiState,
    receipt: uuid::Uuid,
    view: Result<Value, &ContentRefusal>,
    later: Option<Later>,
) -> Result<(), ContentRefusal> {
    let Some(later) = later else { return Ok(()) };
    let outcome = view.map_err(error_text);
    let recorded = later.record(state, &receipt.to_string(), outcome).await;
    recorded.map_err(|_| {
        let message = "this may have been done, but could not be written to the audit log; see what is there before trying again";
        ContentRefusal::Failed(message.to_owned())
    })
}

/// What clients are told of a receipt that is not known.
const UNKNOWN_RECEIPT: &str = "this server does not know the receipt: it was restarted since, or the receipt is older than a day; send it again";

async fn upload_status(mut call: Call<'_>) -> Answer {
    let receipt: String = call.argument("receiptId")?;
    let now = call.state.clock.now();
    let Some(Job { created_at, updated_at, state }) = call.state.jobs().find(&receipt, now) else {
        return Ok(json!({
            "status": "FAILED", "error": UNKNOWN_RECEIPT, "mode": "CLASSIC_ZIP",
            "createdAt": time(now), "updatedAt": time(now),
        }));
    };
    let (status, error, result) = match &state {
        JobState::Running => ("NOT_PROCESSED", None, Value::Null),
        JobState::Uploaded(uploaded) => ("COMPLETED", None, statistics(uploaded)),
        JobState::Refused(refusal) => ("FAILED", Some(error_text(refusal)), Value::Null),
        JobState::Project(_) => ("FAILED", Some(UNKNOWN_RECEIPT.to_owned()), Value::Null),
    };
    Ok(json!({
        "status": status, "error": error, "mode": "CLASSIC_ZIP", "result": result,
        "createdAt": time(created_at), "updatedAt": time(updated_at),
    }))
}

async fn validate_status(mut call: Call<'_>) -> Answer {
    let receipt: String = call.argument("receiptId")?;
    let job = call.state.jobs().find(&receipt, call.state.clock.now());
    Ok(match job.map(|job| job.state) {
        Some(JobState::Running) => json!({ "status": "NOT_PROCESSED" }),
        Some(JobState::Uploaded(_)) => json!({ "status": "COMPLETED", "result": { "issues": [] } }),
        Some(JobState::Refused(refusal)) => json!({
            "status": "FAILED",
            "error": refusal.message(),
            "result": { "issues": issues(&refusal) },
        }),
        Some(JobState::Project(_)) | None => json!({ "status": "FAILED", "error": UNKNOWN_RECEIPT }),
    })
}

/// All kinds, with zeros for those that the upload does not have: clients read each.
fn statistics(uploaded: &Uploaded) -> Value {
    let of_kinds = |kinds: &[ContentKind], ids: fn(&KindCounts) -> &Vec<String>| -> Vec<String> {
        kinds.iter().filter_map(|kind| uploaded.kinds.get(kind)).flat_map(ids).cloned().collect()
    };
    let statistics = KINDS.iter().map(|(name, kinds)| {
        let total = of_kinds(kinds, |counts| &counts.total);
        let new = of_kinds(kinds, |counts| &counts.new);
        let modified = of_kinds(kinds, |counts| &counts.modified);
        let deleted = of_kinds(kinds, |counts| &counts.deleted);
        let numbers = json!({
            "total": total.len(), "new": new.len(), "modified": modified.len(), "deleted": deleted.len(),
            "totalIds": total, "newIds": new, "modifiedIds": modified, "deletedIds": deleted,
        });
        ((*name).to_owned(), numbers)
    });
    statistics.collect::<serde_json::Map<_, _>>().into()
}

fn issues(refusal: &ContentRefusal) -> Vec<Value> {
    let issues = refusal.issues().iter();
    issues.map(|issue| json!({ "path": issue.path, "errorMessage": issue.message })).collect()
}

/// The error of an upload: a JSON text when it is about files, so that clients can list them.
fn error_text(refusal: &ContentRefusal) -> String {
    let issues = issues(refusal);
    if issues.is_empty() {
        return refusal.message().to_owned();
    }
    json!({ "error": refusal.message(), "issues": issues }).to_string()
}

/// A refusal as the answer of the call itself.
fn refused(refusal: &ContentRefusal) -> Refusal {
    match refusal {
        ContentRefusal::Invalid { .. } | ContentRefusal::TestsFailed { .. } => {
            Refusal::bad_input(error_text(refusal))
        }
        ContentRefusal::NotFound(message) => Refusal { message: message.clone(), code: "NOT_FOUND" },
        ContentRefusal::Conflict(message)
        | ContentRefusal::Changed(message)
        | ContentRefusal::Busy(message) => Refusal::conflict(message),
        ContentRefusal::Failed(message) => Refusal { message: message.clone(), code: "UNAVAILABLE" },
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteDetectionsInput {
    ids: Vec<String>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    include_saved_queries: bool,
}

async fn delete_detections(mut call: Call<'_>) -> Answer {
    let DeleteDetectionsInput { ids, dry_run, include_saved_queries } = call.input()?;
    if include_saved_queries && !call.caller.holds(Permission::DataAnalyticsModify) {
        return Err(Refusal::denied());
    }
    let delete = DeleteItems {
        ids,
        kinds: NOT_QUERIES.to_vec(),
        with_queries: include_saved_queries,
        dry_run,
        ..DeleteItems::default()
    };
    let Deleted { ids, query_names } = delete_items(&call, delete).await?;
    Ok(json!({ "ids": ids, "savedQueryNames": query_names }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeleteQueriesInput {
    names: Vec<String>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    include_detections: bool,
}

async fn delete_queries(mut call: Call<'_>) -> Answer {
    let DeleteQueriesInput { names, dry_run, include_detections } = call.input()?;
    if include_detections && !call.caller.holds(Permission::RuleModify) {
        return Err(Refusal::denied());
    }
    let delete = DeleteItems {
        ids: names,
        kinds: vec![ContentKind::SavedQuery, ContentKind::ScheduledQuery],
        with_rules: include_detections,
        dry_run,
        ..DeleteItems::default()
    };
    let Deleted { ids, query_names } = delete_items(&call, delete).await?;
    Ok(json!({ "names": query_names, "detectionIDs": ids }))
}

async fn delete_items(call: &Call<'_>, delete: DeleteItems) -> Result<Deleted, Refusal> {
    if delete.ids.len() > DELETED_MAX {
        let found = delete.ids.len();
        return Err(Refusal::bad_input(format!("{found} are named; delete at most {DELETED_MAX} at once")));
    }
    let (before, missing) = audit::content::items(&call.state.content.view(), &delete.ids);
    call.caller.audit.before(&before);
    call.caller.audit.left_out(missing);
    let deleted = call.state.content.delete(delete, call.caller.actor.clone()).await;
    deleted.map_err(|refusal| refused(&refusal))
}
