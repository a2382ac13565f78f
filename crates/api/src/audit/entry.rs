//! An entry of the log, from all that is known of a request.

use axum::http::StatusCode;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use jiff::{Timestamp, Unit};
use serde_json::{Map, Value, json};
use store::{AuditKind, NewAuditEntry};

use super::actions::Action;
use super::is_failure;
use super::redact::shown;
use super::slot::{FieldNote, Noted, Views};
use super::taken::Taken;
use crate::client_address::client_address;
use crate::state::ApiState;

/// Longest `User-Agent`, error and value of `X-Forwarded-For` that is kept, in characters.
const TEXT_CHARS_MAX: usize = 500;
/// Addresses of `X-Forwarded-For` that are kept, the last ones: those before them anybody may have sent.
const FORWARDED_MAX: usize = 20;

/// What is known of a request before it runs.
pub(super) struct Came {
    method: String,
    route: String,
    query: Value,
    source_ip: Option<String>,
    forwarded_for: Vec<String>,
    user_agent: String,
    path: Map<String, Value>,
    at: Timestamp,
}

/// What came of it.
pub(super) struct Outcome {
    pub(super) status: StatusCode,
    pub(super) error: Option<String>,
    /// The JSON that is answered, when it is short.
    pub(super) answer: Value,
}

/// One thing that was done.
pub(super) struct Done {
    action: Action,
    result: &'static str,
    errors: Vec<String>,
    params: Value,
    details: Value,
}

impl Done {
    /// Puts what was noted of it into `details`.
    pub(super) fn new(
        action: Action,
        views: &Views,
        error: Option<&str>,
        params: Value,
        mut details: Value,
    ) -> Done {
        let Views { before, after, left_out } = views;
        let after = after.as_ref().filter(|_| error.is_none());
        for (key, view) in [("before", before.as_ref()), ("after", after)] {
            if let Some(view) = view.filter(|view| !view.is_null()) {
                details[key] = view.clone();
            }
        }
        let (result, errors) = match error {
            Some(message) => ("FAILED", vec![cut(message)]),
            None if left_out.is_empty() => ("SUCCEEDED", Vec::new()),
            None => ("PARTIALLY_FAILED", left_out.iter().map(|message| cut(message)).collect()),
        };
        Done { action, result, errors, params, details }
    }
}

impl Came {
    pub(super) fn new(parts: &Parts, route: String, state: &ApiState) -> Came {
        let text = |value: &axum::http::HeaderValue| cut(&String::from_utf8_lossy(value.as_bytes()));
        let lines = parts.headers.get_all("x-forwarded-for").iter();
        let mut forwarded_for: Vec<String> = lines
            .flat_map(|line| {
                String::from_utf8_lossy(line.as_bytes())
                    .split(',')
                    .map(str::trim)
                    .map(cut)
                    .collect::<Vec<_>>()
            })
            .collect();
        let surplus = forwarded_for.len().saturating_sub(FORWARDED_MAX);
        forwarded_for.drain(..surplus);
        let query = parts.uri.query().unwrap_or_default();
        let mut given: Map<String, Value> = Map::new();
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = Value::String(value.into_owned());
            // Of a key that is there again every value may count.
            match given.get_mut(key.as_ref()) {
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
                None => drop(given.insert(key.into_owned(), value)),
            }
        }
        Came {
            method: parts.method.to_string(),
            path: path_params(&route, parts.uri.path()),
            route,
            query: shown(&Value::Object(given)),
            source_ip: client_address(parts, &state.trusted_proxies.load())
                .map(|address| address.to_string()),
            forwarded_for,
            user_agent: parts.headers.get(USER_AGENT).map(text).unwrap_or_default(),
            at: now(state),
        }
    }

    /// The entry of a route.
    pub(super) fn entry(
        &self,
        action: Action,
        noted: &Noted,
        taken: &Taken,
        outcome: &Outcome,
    ) -> NewAuditEntry {
        let has_failed = is_failure(noted, outcome.status);
        let error = noted.failure.as_deref().or(outcome.error.as_deref());
        let error = has_failed.then(|| error.unwrap_or_else(|| reason(outcome.status)));
        let Views { before, after, left_out } = &noted.views;
        let after = after.clone().or_else(|| Some(shown(&outcome.answer)));
        let views = Views { before: before.clone(), after, left_out: left_out.clone() };
        let mut details = self.details(json!({ "status": outcome.status.as_u16() }));
        for (name, value) in &noted.details {
            details[*name] = value.clone();
        }
        let mut input = match taken.to_json() {
            Value::Object(input) => input,
            Value::Null => Map::new(),
            other => Map::from_iter([("body".to_owned(), other)]),
        };
        for (key, value) in &self.path {
            input.entry(key.as_str()).or_insert_with(|| value.clone());
        }
        if action.name == "DELETE_DETECTION" {
            // Detections of the public content look for what was deleted here.
            let ids = input.get("ids").and_then(Value::as_array).cloned();
            let ids = ids.unwrap_or_else(|| input.get("id").cloned().into_iter().collect());
            let listed = ids.into_iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
            input.insert("detections".to_owned(), listed.into());
        }
        let mut params = json!({ "input": input });
        if self.query.as_object().is_some_and(|query| !query.is_empty()) {
            params["query"] = self.query.clone();
        }
        let params = json!({ "dynamic": params, "static": {} });
        self.written(noted, Done::new(action, &views, error, params, details), self.at)
    }

    /// The entries of a GraphQL document: one for each field of its root; changes, then reads.
    pub(super) fn entries_of_fields(&self, noted: &Noted) -> (Vec<NewAuditEntry>, Vec<NewAuditEntry>) {
        let of_kind = |kind: AuditKind| {
            let fields = noted.fields.iter().filter(move |note| note.action.kind == kind);
            fields.map(|note| self.entry_of_field(noted, note)).collect()
        };
        (of_kind(AuditKind::Change), of_kind(AuditKind::Read))
    }

    fn entry_of_field(&self, noted: &Noted, note: &FieldNote) -> NewAuditEntry {
        let FieldNote { action, field, arguments, views, error } = note;
        let details = self.details(json!({ "field": field }));
        let params = json!({ "dynamic": arguments, "static": {} });
        let done = Done::new(*action, views, error.as_deref(), params, details);
        self.written(noted, done, self.at)
    }

    /// How it was asked for, and more.
    pub(super) fn details(&self, more: Value) -> Value {
        let mut details = json!({ "method": self.method, "route": self.route });
        if let (Value::Object(details), Value::Object(more)) = (&mut details, more) {
            details.extend(more);
        }
        details
    }

    pub(super) fn written(&self, noted: &Noted, done: Done, at: Timestamp) -> NewAuditEntry {
        let Done { action, result, errors, params, details } = done;
        let actor = noted.actor.as_ref();
        let errors = errors.into_iter().map(|message| json!({ "message": message })).collect::<Vec<_>>();
        let entry = json!({
            "actionName": action.name,
            "actionDescription": action.description,
            "actionResult": result,
            "actionParams": params,
            "actionDetails": details,
            "actor": actor.map(|actor| actor.to_json()),
            "errors": if errors.is_empty() { Value::Null } else { errors.into() },
            "sourceIP": self.source_ip,
            "XForwardedFor": self.forwarded_for,
            "userAgent": self.user_agent,
            "timestamp": at.to_string(),
            "pantherVersion": env!("CARGO_PKG_VERSION"),
        });
        NewAuditEntry {
            at,
            action: action.name.to_owned(),
            actor_id: actor.map(|actor| actor.id.clone()).unwrap_or_default(),
            result: result.to_owned(),
            entry: entry.to_string(),
        }
    }
}

/// Now, to the microsecond: as the lake keeps times.
pub(super) fn now(state: &ApiState) -> Timestamp {
    let now = state.clock.now();
    now.round(Unit::Microsecond).unwrap_or(now)
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS_MAX).collect()
}

/// What a status says by itself.
fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("it failed")
}

/// The variable parts of a path, by the names that the route gives them.
fn path_params(route: &str, path: &str) -> Map<String, Value> {
    let pairs = route.split('/').zip(path.split('/'));
    let found = pairs.filter_map(|(name, value)| {
        let name = name.strip_prefix('{')?.strip_suffix('}')?;
        let encoded = value.replace('+', "%2B");
        let pair = format!("v={encoded}");
        let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
        Some((name.to_owned(), Value::String(cut(&value))))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_params_have_the_names_of_the_route() {
        let found = path_params("/a/{id}/b/{type}", "/a/My.Rule%2F1+1/b/x");
        assert_eq!(Value::Object(found), json!({ "id": "My.Rule/1+1", "type": "x" }));
        assert!(path_params("/a", "/a").is_empty());
    }
}
