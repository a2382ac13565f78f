//! Uploads of pypanther projects: an address to put the project to, then the change itself. Source: `api.md` §7.3.
//!
//! The client reads the message of every error but `access denied` as a JSON text with `errorMessage`.

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use store::AuditKind;
use tracing::info;

use super::call::{Answer, Call, Refusal};
use super::jobs::JobState;
use super::uploads::{busy, decode, record};
use crate::audit;
use crate::audit::actions::Action;
use crate::content_admin::{ContentIssue, ContentRefusal, ProjectUpload};
use crate::error::ApiError;
use crate::state::ApiState;

/// Largest body that is put to an address: the client's limit of 10 MB in base64, and some more.
pub(super) const PROJECT_BODY_BYTES_MAX: usize = 16 << 20;

/// What ends after its answer.
const PROJECT_ENDED: Action = Action {
    kind: AuditKind::Change,
    name: "UPLOAD_DETECTION_ENTITIES",
    description: "Taking an uploaded project over came to its end",
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddressInput {
    pypanther_version: Option<String>,
}

/// Opens an address for a quarter of an hour.
pub(super) async fn open_address(mut call: Call<'_>) -> Answer {
    let AddressInput { pypanther_version } = call.input()?;
    let opened = call.state.jobs().open_session(call.state.clock.now());
    let (session, secret) = opened.ok_or_else(|| {
        told(Refusal::conflict("too many uploads are open; try again in a quarter of an hour"))
    })?;
    let version = pypanther_version.as_deref().unwrap_or("unknown");
    info!(actor.id = %call.caller.actor.id, "a pypanther project of version {version} is announced");
    let base = call.base_url;
    Ok(json!({
        "detectionsURL": format!("{base}/public/uploads/{session}/{secret}"),
        "sessionId": session.to_string(),
    }))
}

/// Takes a project at its address. The address itself is the credential.
pub(crate) async fn put_project(
    State(state): State<ApiState>,
    Path((session, secret)): Path<(String, String)>,
    body: Body,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::not_found("no such upload; addresses are open for a quarter of an hour");
    if !state.jobs().is_open(&session, &secret, state.clock.now()) {
        return Err(unknown());
    }
    let bytes = to_bytes(body, PROJECT_BODY_BYTES_MAX).await.map_err(|_| {
        let message = format!("the body could not be read, or is larger than {PROJECT_BODY_BYTES_MAX} bytes");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    })?;
    if !state.jobs().put_project(&session, bytes.to_vec(), state.clock.now()) {
        return Err(unknown());
    }
    Ok(StatusCode::OK.into_response())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakeOverInput {
    session_id: String,
    #[serde(default)]
    dry_run: bool,
}

/// Starts the change, or only looks what it would be.
pub(super) async fn take_over(mut call: Call<'_>) -> Answer {
    let TakeOverInput { session_id, dry_run } = call.input()?;
    let state = call.state;
    let body = match state.jobs().project(&session_id, state.clock.now()) {
        Some(Some(body)) => body,
        Some(None) => return Err(told(Refusal::bad_input("nothing was put to the address yet"))),
        None => return Err(told(Refusal::not_found("upload", &session_id))),
    };
    let text = std::str::from_utf8(&body)
        .map_err(|_| told(Refusal::bad_input("what was put to the address is no base64 text")))?;
    let zip = decode(text).map_err(told)?;
    let turn = state.jobs().take_turn().ok_or_else(|| told(busy()))?;
    let job = state.jobs().open(state.clock.now());
    let (state, actor) = (state.clone(), call.caller.actor.clone());
    let later = call.caller.audit.later(PROJECT_ENDED);
    tokio::spawn(async move {
        let done = state.content.upload_project(ProjectUpload { zip, dry_run }, actor).await;
        if done.is_ok() && !dry_run {
            state.jobs().close_session(&session_id);
        }
        let view = done.as_ref().map(audit::content::project);
        let recorded = record(&state, job, view, later).await;
        let outcome = recorded.and(done).map_or_else(JobState::Refused, JobState::Project);
        state.jobs().close(job, outcome, state.clock.now());
        drop(turn);
    });
    Ok(json!({ "id": job.to_string() }))
}

pub(super) async fn status(mut call: Call<'_>) -> Answer {
    let job: String = call.argument("jobId")?;
    let job = call.state.jobs().find(&job, call.state.clock.now());
    let failed = |message: &str| json!({ "status": "Failed", "message": error_json(message) });
    Ok(match job.map(|job| job.state) {
        Some(JobState::Running) => json!({ "status": "Running" }),
        Some(JobState::Project(counts)) => json!({
            "status": "Succeeded",
            "results": {
                "newRuleIds": counts.new, "modifiedRuleIds": counts.modified,
                "deletedRuleIds": counts.deleted, "totalRuleIds": counts.total,
            },
        }),
        Some(JobState::Refused(refusal)) => failed(&refusal_text(&refusal)),
        Some(JobState::Uploaded(_)) | None => {
            failed("this server does not know the upload: it was restarted since, or it is older than a day")
        }
    })
}

/// One text with every file that is wrong: the client shows it as it is.
fn refusal_text(refusal: &ContentRefusal) -> String {
    let line = |ContentIssue { path, message }: &ContentIssue| match path.as_str() {
        "" => message.clone(),
        path => format!("{path}: {message}"),
    };
    let issues: Vec<String> = refusal.issues().iter().map(line).collect();
    if issues.is_empty() { refusal.message().to_owned() } else { issues.join("\n") }
}

fn error_json(message: &str) -> Value {
    Value::String(json!({ "errorMessage": message }).to_string())
}

/// A refusal whose message the client can read.
fn told(refusal: Refusal) -> Refusal {
    let Refusal { message, code } = refusal;
    Refusal { message: json!({ "errorMessage": message }).to_string(), code }
}
