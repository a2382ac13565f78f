//! Who calls, and whether they may: in the signature of each handler.
//!
//! A program sends an API token; a browser sends the cookie of a session and, with every request that changes
//! something, the token that goes with it.
//! A handler that knows its permission takes `Caller<ThatPermission>`. One that learns it from the request,
//! as GraphQL does, takes `Caller<AnyToken>` and asks with [`Caller::require`].

use std::marker::PhantomData;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::{StatusCode, header, request::Parts};
use metrics::counter;
use model::{Actor, ActorKind, Permission, Rights, metric};
use store::{KnownSession, KnownToken, Token};

use crate::audit::slot::{AuditActor, Slot};
use crate::client_address::client_address;
use crate::error::ApiError;
use crate::sign_in::{cookie, refuse_other_sites};
use crate::state::ApiState;

/// A caller who holds the permission of `P`. Permission comes before existence: 403 wins over 404.
pub(crate) struct Caller<P> {
    pub(crate) actor: Actor,
    /// All that the caller may do and see.
    pub(crate) rights: Rights,
    /// What is noted for the audit log.
    pub(crate) audit: Slot,
    permission: PhantomData<P>,
}

/// Names in a type what a handler asks for.
pub(crate) trait Needs: Send + Sync + 'static {
    /// The permission, or `None` when a valid token is enough.
    const PERMISSION: Option<Permission>;
}

/// Asks for a valid token and nothing else.
pub(crate) struct AnyToken;

impl Needs for AnyToken {
    const PERMISSION: Option<Permission> = None;
}

macro_rules! needs {
    ($($name:ident),+ $(,)?) => {
        $(
            #[allow(dead_code, reason = "there is one for each permission, whether a handler asks for it or not")]
            pub(crate) struct $name;
            impl Needs for $name {
                const PERMISSION: Option<Permission> = Some(Permission::$name);
            }
        )+
    };
}

needs!(
    AlertRead,
    AlertModify,
    RuleRead,
    RuleModify,
    PolicyRead,
    PolicyModify,
    ResourceRead,
    ResourceModify,
    SummaryRead,
    BulkUpload,
    BulkUploadValidate,
    UserRead,
    UserModify,
    OrganizationAPITokenRead,
    OrganizationAPITokenModify,
    GeneralSettingsRead,
    GeneralSettingsModify,
    CloudsecSourceRead,
    CloudsecSourceModify,
    LogSourceRead,
    LogSourceModify,
    LogSourceRawDataRead,
    DestinationRead,
    DestinationModify,
    DataAnalyticsRead,
    DataAnalyticsModify,
    LookupRead,
    LookupModify,
    RunPantherAI,
);

impl<P> Caller<P> {
    /// Whether the caller holds a permission.
    pub(crate) fn holds(&self, permission: Permission) -> bool {
        self.rights.permissions.holds(permission)
    }

    /// Refuses a caller who does not hold a permission with 403.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), ApiError> {
        if self.holds(permission) {
            return Ok(());
        }
        let who = if self.actor.kind == ActorKind::User { "your role" } else { "this API token" };
        Err(lacks(who, permission))
    }
}

impl<P: Needs> FromRequestParts<ApiState> for Caller<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let audit = Slot::of(parts);
        let (actor, rights) = match token_of(parts) {
            Some(value) => by_token(value, parts, state, &audit).await?,
            None => {
                let Person { known, .. } = Person::from_request_parts(parts, state).await?;
                (Actor { id: known.user.id.clone(), kind: ActorKind::User }, known.rights.clone())
            }
        };
        let caller = Caller { actor, rights, audit, permission: PhantomData };
        if let Some(permission) = P::PERMISSION {
            caller.require(permission)?;
        }
        Ok(caller)
    }
}

/// What a page of the console says with requests that it makes by itself while nobody is at it.
const UNATTENDED_HEADER: &str = "margay-unattended";

/// Somebody who is signed in, in a browser.
///
/// The request counts as use of the session, unless the page says that nobody is at it. Who leaves that out gains
/// little: a session ends in any case after a while.
pub(crate) struct Person {
    /// The session, the person and what the person may do.
    pub(crate) known: Arc<KnownSession>,
    /// The value of the cookie.
    pub(crate) value: String,
    /// What is noted for the audit log.
    pub(crate) audit: Slot,
}

impl Person {
    /// Whether the person holds a permission.
    pub(crate) fn holds(&self, permission: Permission) -> bool {
        self.known.rights.permissions.holds(permission)
    }

    /// Refuses a person who does not hold a permission with 403.
    pub(crate) fn require(&self, permission: Permission) -> Result<(), ApiError> {
        match self.holds(permission) {
            true => Ok(()),
            false => Err(lacks("your role", permission)),
        }
    }
}

impl FromRequestParts<ApiState> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let Onlooker(person) = Onlooker::from_request_parts(parts, state).await?;
        let is_unattended = parts.headers.get(UNATTENDED_HEADER).is_some_and(|value| value == "true");
        if !is_unattended {
            state.store.note_seen(&person.known.session);
        }
        Ok(person)
    }
}

/// Somebody who is signed in, for what a browser asks by itself alone: it never counts as use of the session.
pub(crate) struct Onlooker(pub(crate) Person);

impl FromRequestParts<ApiState> for Onlooker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let value = cookie::value_of(&parts.headers, state).ok_or_else(|| {
            let message = "no API token and no session; send a token as X-API-Key, or sign in";
            refused("no_credentials", unauthorized(message))
        })?;
        let known = state.store.find_session(value).await?;
        let known = known
            .ok_or_else(|| refused("session_over", unauthorized("the session is over; sign in again")))?;
        let audit = Slot::of(parts);
        audit.actor(AuditActor::user(&known.user));
        if !parts.method.is_safe() {
            refuse_other_sites(parts, state).map_err(|error| refused("other_site", error))?;
            if !cookie::has_csrf_token(&parts.headers, value) {
                let message = "the header X-CSRF-Token is missing or not the one of this session";
                return Err(refused("other_site", ApiError::forbidden(message)));
            }
        }
        Ok(Onlooker(Person { value: value.to_owned(), known, audit }))
    }
}

async fn by_token(
    value: &str,
    parts: &Parts,
    state: &ApiState,
    audit: &Slot,
) -> Result<(Actor, Rights), ApiError> {
    let known = state.store.authenticate(value).await?;
    let known = known
        .ok_or_else(|| refused("unknown_token", unauthorized("unknown, revoked or expired API token")))?;
    audit.actor(AuditActor::token(&known.token));
    refuse_place(parts, state, &known.token)?;
    state.store.note_use(&known.token);
    let KnownToken { token, rights } = known.as_ref();
    let rights = rights.clone().ok_or_else(|| {
        ApiError::forbidden(format!("the role of the API token `{}` does not exist any more", token.name))
    })?;
    Ok((Actor { id: token.id.clone(), kind: ActorKind::ApiToken }, rights))
}

/// Refuses a token that is used from outside its networks.
fn refuse_place(parts: &Parts, state: &ApiState, token: &Token) -> Result<(), ApiError> {
    if token.allowed_networks.is_empty() {
        return Ok(());
    }
    let address = client_address(parts, &state.trusted_proxies.load());
    if address.is_some_and(|address| token.allowed_networks.iter().any(|network| network.contains(address))) {
        return Ok(());
    }
    let place = address.map_or_else(|| "an unknown address".to_owned(), |address| format!("`{address}`"));
    let message = format!("the API token `{}` may not be used from {place}", token.name);
    Err(refused("network", ApiError::forbidden(message)))
}

fn lacks(who: &str, permission: Permission) -> ApiError {
    refused("permission", ApiError::forbidden(format!("{who} does not hold the permission `{permission}`")))
}

/// Counts a refusal by its reason, a word of `docs/operations.md`.
fn refused(reason: &'static str, error: ApiError) -> ApiError {
    counter!(metric::API_REFUSED, "reason" => reason).increment(1);
    error
}

fn unauthorized(message: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, message)
}

fn token_of(parts: &Parts) -> Option<&str> {
    if let Some(value) = parts.headers.get("x-api-key") {
        return value.to_str().ok();
    }
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
