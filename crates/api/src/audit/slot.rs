//! What handlers note of a request, for its entry in the audit log.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use model::User;
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::{Grant, Token};

use super::actions::Action;
use super::entry::Came;
use super::later::Later;
use super::redact::{shown, shown_object};
use crate::error::ApiError;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditActor {
    pub(crate) id: String,
    /// `USER` or `TOKEN`.
    kind: &'static str,
    /// Mail address of a person, name of a token.
    name: String,
    attributes: Value,
}

impl AuditActor {
    /// A person.
    pub(crate) fn user(user: &User) -> AuditActor {
        let attributes = json!({
            "email": user.email, "emailVerified": user.status == model::UserStatus::ExternalProvider,
            "roleId": user.role_id, "roleName": user.role_name,
        });
        AuditActor { id: user.id.clone(), kind: "USER", name: user.email.clone(), attributes }
    }

    /// A program.
    pub(crate) fn token(token: &Token) -> AuditActor {
        let role = match &token.grant {
            Grant::Role(name) => Some(name),
            Grant::Own(_) => None,
        };
        let attributes = json!({ "email": null, "emailVerified": false, "roleId": null, "roleName": role });
        AuditActor { id: token.id.clone(), kind: "TOKEN", name: token.name.clone(), attributes }
    }

    /// A person whom no account is known of, by what was typed in or a vendor says.
    pub(crate) fn stranger(id: &str, name: &str) -> AuditActor {
        let email = Some(name).filter(|name| model::is_email(name));
        let attributes = json!({ "email": email, "emailVerified": false, "roleId": null, "roleName": null });
        // Who types a password into the wrong field does not find it here.
        let name = email.unwrap_or(id).to_owned();
        AuditActor { id: id.to_owned(), kind: "USER", name, attributes }
    }

    pub(crate) fn to_json(&self) -> Value {
        let AuditActor { id, kind, name, attributes } = self;
        json!({ "id": id, "type": kind, "name": name, "attributes": attributes })
    }
}

/// One field of the root of a GraphQL document.
pub(crate) struct FieldNote {
    pub(crate) action: Action,
    pub(crate) field: String,
    /// What was given, without secrets.
    pub(crate) arguments: Value,
    /// What was noted of it; nothing when it was only read.
    pub(crate) views: Views,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

/// What is noted of one change, without secrets.
#[derive(Default)]
pub(crate) struct Views {
    pub(crate) before: Option<Value>,
    /// What is there now, where the answer does not say it.
    pub(crate) after: Option<Value>,
    /// What was not done, of several things that were asked for at once.
    pub(crate) left_out: Vec<String>,
}

#[derive(Default)]
pub(crate) struct Noted {
    pub(crate) actor: Option<AuditActor>,
    pub(crate) views: Views,
    /// What else there is to say, by its name in `actionDetails`.
    pub(crate) details: Vec<(&'static str, Value)>,
    /// What went wrong although the answer is a success.
    pub(crate) failure: Option<String>,
    pub(crate) fields: Vec<FieldNote>,
}

/// Where a request keeps what is noted of it; cloning shares it.
#[derive(Clone, Default)]
pub(crate) struct Slot {
    noted: Arc<Mutex<Noted>>,
    came: Option<Arc<Came>>,
}

impl Slot {
    /// An empty one for a request of which this is known.
    pub(super) fn new(came: &Arc<Came>) -> Slot {
        Slot { noted: Arc::default(), came: Some(Arc::clone(came)) }
    }

    /// That of a request.
    pub(crate) fn of(parts: &Parts) -> Slot {
        parts.extensions.get::<Slot>().cloned().unwrap_or_default()
    }

    /// Notes who does it.
    pub(crate) fn actor(&self, actor: AuditActor) {
        self.change(|noted| noted.actor = Some(actor));
    }

    /// Notes what was there before it is changed or deleted, as the API shows it.
    pub(crate) fn before(&self, view: &impl Serialize) {
        let view = serde_json::to_value(view).map(|view| shown(&view)).ok();
        self.change(|noted| noted.views.before = view);
    }

    /// Notes what is there now, where the answer does not say it, or says too much.
    pub(crate) fn after(&self, view: &impl Serialize) {
        let view = serde_json::to_value(view).map(|view| shown(&view)).ok();
        self.change(|noted| noted.views.after = view);
    }

    /// Notes what was not done of several things that were asked for at once.
    pub(crate) fn left_out(&self, messages: Vec<String>) {
        self.change(|noted| noted.views.left_out = messages);
    }

    /// What was noted of one change; the next begins with nothing.
    pub(crate) fn take_views(&self) -> Views {
        let mut taken = Views::default();
        self.change(|noted| std::mem::swap(&mut noted.views, &mut taken));
        taken
    }

    /// For what goes on after the answer; `None` outside the layer, or when nobody can be named.
    pub(crate) fn later(&self, action: Action) -> Option<Later> {
        let mut actor = None;
        self.change(|noted| actor = noted.actor.clone());
        Some(Later::new(Arc::clone(self.came.as_ref()?), actor?, action))
    }

    /// Notes something more, without secrets, by its name in `actionDetails`.
    pub(crate) fn detail(&self, name: &'static str, value: &Value) {
        let value = shown(value);
        self.change(|noted| noted.details.push((name, value)));
    }

    /// Notes that what was asked for failed, although the answer is a success.
    pub(crate) fn failure(&self, message: &str) {
        self.change(|noted| noted.failure = Some(message.to_owned()));
    }

    /// Notes what came of a field of a document.
    pub(crate) fn field(&self, note: FieldNote) {
        self.change(|noted| noted.fields.push(note));
    }

    /// All that was noted; nothing is left.
    pub(crate) fn take(&self) -> Noted {
        let mut taken = Noted::default();
        self.change(|noted| std::mem::swap(noted, &mut taken));
        taken
    }

    fn change(&self, change: impl FnOnce(&mut Noted)) {
        change(&mut self.noted.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Slot {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Ok(Slot::of(parts))
    }
}

/// The arguments of a field, without secrets.
pub(crate) fn arguments(given: &Map<String, Value>) -> Value {
    shown_object(given)
}

/// What a field answers, without secrets.
pub(crate) fn answer(value: &Value) -> Value {
    shown(value)
}
