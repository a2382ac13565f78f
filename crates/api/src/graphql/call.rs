//! One field that somebody asked for: what its resolver gets, may ask for, and answers.

use axum::http::StatusCode;
use model::Permission;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use store::StoreError;

use crate::auth::{AnyToken, Caller};
use crate::control::BoxFuture;
use crate::error::ApiError;
use crate::state::ApiState;

/// What a resolver gets.
pub(super) struct Call<'a> {
    pub(super) state: &'a ApiState,
    pub(super) caller: &'a Caller<AnyToken>,
    /// Where this server is reached, without a slash at the end.
    pub(super) base_url: &'a str,
    /// The object that the field belongs to; null at the roots.
    pub(super) parent: &'a Value,
    /// The name of the field.
    pub(super) field: &'a str,
    /// What was given, as the schema wants it.
    pub(super) arguments: Map<String, Value>,
}

impl Call<'_> {
    /// The argument `input` as a structure; the schema was checked before.
    pub(super) fn input<T: DeserializeOwned>(&mut self) -> Result<T, Refusal> {
        self.argument("input")
    }

    /// An argument by name.
    pub(super) fn argument<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Refusal> {
        let value = self.arguments.remove(name).unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|error| Refusal::bad_input(format!("`{name}`: {error}")))
    }

    /// A text of the object that the field belongs to.
    pub(super) fn parent_text(&self, key: &str) -> &str {
        self.parent[key].as_str().unwrap_or_default()
    }
}

/// What a resolver answers: the value, with the keys of its type.
pub(super) type Answer = Result<Value, Refusal>;

/// A resolver.
pub(super) type Resolver = for<'a> fn(Call<'a>) -> BoxFuture<'a, Answer>;

/// A field of `Query` or `Mutation`.
pub(super) struct RootField {
    pub(super) name: &'static str,
    /// What it asks of its caller.
    pub(super) needs: Needs,
    pub(super) resolve: Resolver,
}

/// A field of an object that costs more than looking into the object.
pub(super) struct ObjectField {
    pub(super) object: &'static str,
    pub(super) name: &'static str,
    pub(super) resolve: Resolver,
}

/// What a field asks of its caller.
#[derive(Clone, Copy, Debug)]
pub(super) enum Needs {
    /// A valid token.
    Token,
    /// Each of these.
    All(&'static [Permission]),
    /// One of these.
    Any(&'static [Permission]),
}

impl Needs {
    /// Whether somebody with these permissions may.
    pub(super) fn are_met(self, holds: impl Fn(Permission) -> bool) -> bool {
        match self {
            Needs::Token => true,
            Needs::All(permissions) => permissions.iter().all(|permission| holds(*permission)),
            Needs::Any(permissions) => permissions.iter().any(|permission| holds(*permission)),
        }
    }
}

/// Why a field has no value: a sentence for the caller, and a word for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) message: String,
    pub(super) code: &'static str,
}

impl Refusal {
    /// The caller may not. Clients compare the text.
    pub(super) fn denied() -> Refusal {
        Refusal { message: "access denied".to_owned(), code: "FORBIDDEN" }
    }

    /// What was given is wrong.
    pub(super) fn bad_input(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), code: "BAD_USER_INPUT" }
    }

    /// There is no such thing.
    pub(super) fn not_found(what: &str, id: &str) -> Refusal {
        Refusal { message: format!("{what} {id} not found"), code: "NOT_FOUND" }
    }

    /// This server cannot do that.
    pub(super) fn not_available(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), code: "NOT_AVAILABLE" }
    }

    /// It is against what is there, or what is going on.
    pub(super) fn conflict(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), code: "CONFLICT" }
    }

    /// A fault of ours; the log has more.
    pub(super) fn internal(message: impl Into<String>) -> Refusal {
        Refusal { message: message.into(), code: "INTERNAL_SERVER_ERROR" }
    }
}

impl From<ApiError> for Refusal {
    fn from(failure: ApiError) -> Refusal {
        let code = match failure.status() {
            StatusCode::BAD_REQUEST => "BAD_USER_INPUT",
            StatusCode::FORBIDDEN => return Refusal::denied(),
            StatusCode::NOT_FOUND => "NOT_FOUND",
            StatusCode::CONFLICT => "CONFLICT",
            StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
            _ => "INTERNAL_SERVER_ERROR",
        };
        Refusal { message: failure.into_message(), code }
    }
}

impl From<StoreError> for Refusal {
    fn from(failure: StoreError) -> Refusal {
        ApiError::from(failure).into()
    }
}
