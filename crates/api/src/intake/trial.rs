//! `/internal/schemas/try`: what the server would make of a sample. Nothing of it is kept, nor written to the audit log.

use std::sync::Arc;
use std::time::Duration;

use api_types::{
    ErrorMessage, SchemaFinding, SchemaTrial, SchemaTrialForm, TrialFailure, TrialSummary, TriedRecord,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use model::{RawBatch, SourceId};
use parsers::{SourceSpec, StreamType, Trial, Tried, TriedFailure, try_batch};
use schema::{Schema, SchemaError, SchemaSet};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::auth::{Caller, LogSourceRead};
use crate::error::ApiError;
use crate::params::Body;
use crate::state::ApiState;

/// Longest sample, in bytes.
const SAMPLE_BYTES_MAX: usize = 256 << 10;
/// Records of a sample that are tried; the others are counted.
const RECORDS_MAX: usize = 200;
/// Log types that one sample is tried on: as many as one source may have.
const LOG_TYPES_MAX: usize = 100;
/// Samples that are tried at the same time; others wait.
const TRIALS_MAX: usize = 4;
/// As long waits a sample for its turn.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// `p_source_id` and `p_source_label` of the events.
const SOURCE: &str = "sample";

static ROOM: Semaphore = Semaphore::const_new(TRIALS_MAX);

/// Tries a sample as a log source would: splits it, finds the schema of each record, makes its events.
///
/// A text that is no schema is no refusal: `findings` say where it is wrong.
#[utoipa::path(post, path = "/internal/schemas/try", tag = "console", operation_id = "try_schema",
    request_body = SchemaTrialForm,
    responses((status = 200, body = SchemaTrial),
        (status = 400, body = ErrorMessage, description = "There is nothing to try, or nothing to try it on"),
        (status = 413, body = ErrorMessage, description = "The sample is longer than 256 KiB"),
        (status = 503, body = ErrorMessage, description = "Too many samples are tried at once")))]
pub(crate) async fn try_schema(
    _: Caller<LogSourceRead>,
    State(state): State<ApiState>,
    Body(form): Body<SchemaTrialForm>,
) -> Result<Json<SchemaTrial>, ApiError> {
    let wanted = Wanted::of(form)?;
    let permit = turn().await?;
    let (known, now) = ((state.served)().schemas, state.clock.now());
    let work = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        wanted.run(&known, now)
    });
    let failed = "the sample could not be tried; the server's log has the reason";
    let trial = work.await.map_err(|_| ApiError::new(StatusCode::SERVICE_UNAVAILABLE, failed))?;
    Ok(Json(trial?))
}

async fn turn() -> Result<SemaphorePermit<'static>, ApiError> {
    let busy = || {
        let message = "too many samples are tried at the same time; try again in a moment";
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message)
    };
    timeout(WAIT_MAX, ROOM.acquire()).await.map_err(|_| busy())?.map_err(|_| busy())
}

/// A form that is within its bounds.
struct Wanted {
    sample: String,
    log_types: Vec<String>,
    text: Option<String>,
    stream_type: StreamType,
    envelope: Vec<String>,
}

impl Wanted {
    fn of(form: SchemaTrialForm) -> Result<Wanted, ApiError> {
        let SchemaTrialForm { sample, log_type, log_types, schema, stream_type, json_array_envelope_field } =
            form;
        if sample.len() > SAMPLE_BYTES_MAX {
            let message =
                format!("`sample` is longer than {} KiB; take a part of it", SAMPLE_BYTES_MAX >> 10);
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        if sample.contains('\0') {
            let message = "`sample` holds a NUL character; a log source refuses such a body";
            return Err(ApiError::bad_request(message));
        }
        if log_types.len() > LOG_TYPES_MAX {
            let message = format!("`logTypes`: {} are more than {LOG_TYPES_MAX}", log_types.len());
            return Err(ApiError::bad_request(message));
        }
        let log_types: Vec<String> = log_types.into_iter().chain(log_type).collect();
        if log_types.is_empty() && schema.is_none() {
            return Err(ApiError::bad_request("say `logTypes`, or send a `schema` to try the sample on"));
        }
        let word = stream_type.as_deref().unwrap_or("auto");
        let stream_type: StreamType =
            word.parse().map_err(|error| ApiError::bad_request(format!("`streamType`: {error}")))?;
        let path = json_array_envelope_field.unwrap_or_default();
        let is_path = stream_type == StreamType::JsonArray && !path.is_empty();
        let envelope = if is_path { path.split('.').map(str::to_owned).collect() } else { Vec::new() };
        Ok(Wanted { sample, log_types, text: schema, stream_type, envelope })
    }

    fn run(self, known: &SchemaSet, now: Timestamp) -> Result<SchemaTrial, ApiError> {
        let mut findings = Vec::new();
        let own = match self.text.as_deref().map(read) {
            Some(Err(finding)) => {
                return Ok(SchemaTrial { findings: vec![finding], ..SchemaTrial::default() });
            }
            Some(Ok(schema)) => Some(schema),
            None => None,
        };
        findings.extend(own.iter().flat_map(|schema| schema.warnings()).map(|warning| SchemaFinding {
            level: "warning".to_owned(),
            line: Some(warning.line as u64),
            column: Some(warning.column as u64),
            path: None,
            message: warning.message.clone(),
        }));
        let schemas = self.schemas(known, own, &mut findings);
        if schemas.is_empty() {
            let names = self.log_types.join("`, `");
            return Err(ApiError::bad_request(format!("`logTypes`: no schema makes `{names}`")));
        }
        let spec = SourceSpec {
            id: SourceId::from(SOURCE),
            label: SOURCE.into(),
            stream_type: self.stream_type,
            envelope: self.envelope,
            schemas,
        };
        let batch = RawBatch {
            sequence: 0,
            source_id: spec.id.clone(),
            accepted_at: now,
            body: self.sample.into_bytes().into(),
        };
        Ok(to_wire(try_batch(&batch, &spec, RECORDS_MAX), findings))
    }

    /// The schemas to try, in the order of a source; what there is none for is found fault with.
    fn schemas(
        &self,
        known: &SchemaSet,
        mut own: Option<Arc<Schema>>,
        findings: &mut Vec<SchemaFinding>,
    ) -> Vec<Arc<Schema>> {
        let mut schemas = Vec::new();
        for name in &self.log_types {
            let is_own = |schema: &mut Arc<Schema>| schema.log_type().as_str().eq_ignore_ascii_case(name);
            match own.take_if(is_own).or_else(|| known.get(name).cloned()) {
                Some(schema) => schemas.push(schema),
                None => findings.push(SchemaFinding {
                    level: "warning".to_owned(),
                    line: None,
                    column: None,
                    path: None,
                    message: format!("no schema makes log type `{name}`, so it is skipped"),
                }),
            }
        }
        schemas.splice(0..0, own);
        schemas
    }
}

/// A schema of the text, or where it is wrong.
fn read(text: &str) -> Result<Arc<Schema>, SchemaFinding> {
    let mut set = SchemaSet::default();
    let fault = |error| {
        let (line, column, path, message) = match error {
            SchemaError::Syntax { line, column, message, file: _ } => {
                (Some(line), Some(column), None, message)
            }
            SchemaError::Invalid { line, column, path, message, file: _ } => {
                (Some(line), Some(column), Some(path), message)
            }
            other @ SchemaError::NameTaken { .. } => (None, None, None, other.to_string()),
        };
        let number = |number: Option<usize>| number.map(|number| number as u64);
        let (line, column) = (number(line), number(column));
        SchemaFinding { level: "error".to_owned(), line, column, path, message }
    };
    let log_type = set.add("schema", text).map_err(fault)?;
    set.get(log_type.as_str()).cloned().ok_or_else(|| SchemaFinding {
        level: "error".to_owned(),
        line: None,
        column: None,
        path: None,
        message: "the schema was read and is not there".to_owned(),
    })
}

fn to_wire(trial: Trial, findings: Vec<SchemaFinding>) -> SchemaTrial {
    let Trial { records, record_count } = trial;
    let summary = TrialSummary {
        records: record_count,
        tried: records.len() as u64,
        events: records.iter().map(|record| record.events.len() as u64).sum(),
        failures: records.iter().filter(|record| !record.failures.is_empty()).count() as u64,
    };
    let results = (1..).zip(records).map(|(record, tried)| {
        let Tried { text, log_type, events, failures } = tried;
        let failures = failures.into_iter().map(|failure| {
            let TriedFailure { log_type, field, reason } = failure;
            TrialFailure { log_type, field, reason }
        });
        // An event is JSON as the pipeline has it.
        let events = events.iter().filter_map(|event| model::json::parse_json(&event.json).ok());
        TriedRecord { record, raw: text, log_type, events: events.collect(), failures: failures.collect() }
    });
    SchemaTrial { results: results.collect(), findings, summary }
}
