//! `/internal/sign-in` and `/internal/session`: signing in and out.

use std::sync::Arc;

use api_types::{
    ErrorMessage, SessionInfo, SessionList, SignInForm, SignInOptions, SignInProvider, SignInRefusal,
    wire_time,
};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use metrics::counter;
use model::{Permission, Rights, SignInMethod, User, metric};
use secrecy::{ExposeSecret as _, SecretString};
use store::{Account, Attempt, KnownSession, NewSession, OpenedSession};
use tracing::{info, warn};

use crate::audit::slot::{AuditActor, Slot};
use crate::auth::Person;
use crate::client_address::client_address;
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query};
use crate::sign_in::single_sign_on::refusal::Why;
use crate::sign_in::{SameOrigin, cookie, second_factor};
use crate::state::ApiState;

/// Longest `User-Agent` that is kept, in characters.
const USER_AGENT_CHARS_MAX: usize = 200;
/// What is said whatever was wrong: nobody learns whether an account exists.
const WRONG: &str = "address, password or code is wrong";
/// The same where passwords are for administrators, so that nobody learns who is one, or that a password is right.
const WRONG_WHERE_ENFORCED: &str = "address, password or code is wrong, or the account is no administrator's: everybody \
     else signs in through the identity provider";

/// Says how one can sign in.
#[utoipa::path(get, path = "/internal/sign-in", tag = "console", security(()), params(
    ("error" = Option<String>, Query, description = "The word that the page for signing in was opened with"),
), responses((status = 200, body = SignInOptions), (status = 400, body = ErrorMessage)))]
pub(crate) async fn options(
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<SignInOptions>, ApiError> {
    // Words that are not ours say nothing: nobody has the page say something by a link.
    let why = query.one("error").and_then(Why::of);
    let settings = state.sign_in.load();
    let providers = settings.ways().map(|way| SignInProvider {
        id: way.provider.id.clone(),
        label: way.provider.label.clone(),
        kind: way.kind.to_string(),
        url: way.path,
    });
    Ok(Json(SignInOptions {
        needs_set_up: !state.store.has_people().await?,
        enforce_sso: settings.enforce_sso,
        providers: providers.collect(),
        problem: why.map(|why| why.sentence().to_owned()),
    }))
}

/// Signs in: opens a session and sets its cookie.
#[utoipa::path(post, path = "/internal/sign-in", tag = "console", security(()), request_body = SignInForm,
    responses((status = 200, body = SessionInfo), (status = 400, body = ErrorMessage),
        (status = 401, body = SignInRefusal, description = "Something is wrong, or a code is needed"),
        (status = 403, body = ErrorMessage, description = "A page of another site sent it"),
        (status = 429, body = ErrorMessage, description = "Too many failures; `Retry-After` says when again"),
        (status = 503, body = ErrorMessage, description = "Too many sign-ins at once")))]
pub(crate) async fn sign_in(
    State(state): State<ApiState>,
    _: SameOrigin,
    place: Place,
    Body(form): Body<SignInForm>,
) -> Result<Response, ApiError> {
    let SignInForm { email, password, code } = form;
    let attempt = Attempt { email: &email, from: place.address };
    if let Some(until) = state.store.locked_until(attempt).await? {
        counter!(metric::SIGN_INS, "result" => "locked").increment(1);
        warn!(from = %place.text(), "a sign-in was refused without a look: too many failures before it");
        return Ok(locked(until, state.clock.now()));
    }
    let account = state.store.find_account(&email, &state.key_file).await?;
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    // Not before the costly part: strangers cannot fill the audit log quicker than passwords are compared.
    let who = account.as_ref().map(|account| AuditActor::user(&account.user));
    let who = who.unwrap_or_else(|| AuditActor::stranger("unknown", &email));
    let is_right = state.passwords().verify(SecretString::from(password), hash).await?;
    place.audit.actor(who);
    let account = account.filter(|account| is_right && account.user.enabled);
    let Some(account) = account.filter(|account| may_use_password(&state, &account.user, &account.rights))
    else {
        return refuse(&state, attempt, &place).await;
    };
    if account.totp.is_some() && code.is_none() {
        let refusal = "a code of the second factor is needed".to_owned();
        let refusal = SignInRefusal { message: refusal, needs_code: true };
        return Ok((StatusCode::UNAUTHORIZED, Json(refusal)).into_response());
    }
    if !second_factor::proves(&state, &account, code.as_deref()).await? {
        return refuse(&state, attempt, &place).await;
    }
    state.store.forget_failures(&email).await?;
    let Account { user, .. } = account;
    open(&state, user, SignInMethod::Password, &place).await
}

/// Opens a session for a person who has proved who it is, and answers it.
pub(crate) async fn open(
    state: &ApiState,
    user: User,
    method: SignInMethod,
    place: &Place,
) -> Result<Response, ApiError> {
    let (known, value) = begin(state, user, method, None, place).await?;
    let headers = [(header::SET_COOKIE, cookie::opened(&value, state)), no_store()];
    Ok((headers, Json(session_info(&known, value.expose_secret()))).into_response())
}

/// Opens a session for a person who has proved who it is; the one that the browser had before ends. It is a new one
/// each time, so that nobody who knows the old one is signed in with it. It ends at `ends_before` at the latest.
pub(crate) async fn begin(
    state: &ApiState,
    user: User,
    method: SignInMethod,
    ends_before: Option<Timestamp>,
    place: &Place,
) -> Result<(Arc<KnownSession>, SecretString), ApiError> {
    if let Some(before) = &place.session {
        state.store.end_session(&before.user.id, &before.session.id).await?;
    }
    let new = NewSession {
        user_id: user.id.clone(),
        method,
        address: place.text(),
        user_agent: place.user_agent.clone(),
        ends_before,
    };
    let OpenedSession { value, .. } = state.store.open_session(new).await?;
    let known = state.store.find_session(value.expose_secret()).await?;
    let known = known.ok_or_else(|| ApiError::conflict("the account was disabled meanwhile"))?;
    place.audit.actor(AuditActor::user(&user));
    counter!(metric::SIGN_INS, "result" => "signed_in").increment(1);
    info!(user.id = %user.id, from = %place.text(), method = %method, "signed in");
    Ok((known, value))
}

/// Whether somebody may sign in with a password: with single sign-on enforced, only who manages users may. The last
/// one of those who has a password stays, so that there is always somebody.
pub(crate) fn may_use_password(state: &ApiState, user: &User, rights: &Rights) -> bool {
    let is_open = !state.sign_in.load().enforce_sso || rights.permissions.holds(Permission::UserModify);
    if !is_open {
        warn!(user.id = %user.id, "a right password is refused: single sign-on is enforced");
    }
    is_open
}

async fn refuse(state: &ApiState, attempt: Attempt<'_>, place: &Place) -> Result<Response, ApiError> {
    let until = state.store.note_failure(attempt).await?;
    counter!(metric::SIGN_INS, "result" => "wrong").increment(1);
    warn!(from = %place.text(), "a sign-in failed");
    if let Some(until) = until {
        return Ok(locked(until, state.clock.now()));
    }
    let message = if state.sign_in.load().enforce_sso { WRONG_WHERE_ENFORCED } else { WRONG };
    let refusal = SignInRefusal { message: message.to_owned(), needs_code: false };
    Ok((StatusCode::UNAUTHORIZED, Json(refusal)).into_response())
}

/// Says when the next attempt is looked at.
pub(crate) fn locked(until: Timestamp, now: Timestamp) -> Response {
    let seconds = until.duration_since(now).as_secs().max(0) + 1;
    let message = format!("too many failed attempts; try again in {} minutes", seconds.div_euclid(60) + 1);
    let refusal = ApiError::new(StatusCode::TOO_MANY_REQUESTS, message);
    ([(header::RETRY_AFTER, HeaderValue::from(seconds))], refusal).into_response()
}

/// Says who is signed in.
#[utoipa::path(get, path = "/internal/session", tag = "console",
    responses((status = 200, body = SessionInfo), (status = 401, body = ErrorMessage)))]
pub(crate) async fn show(person: Person) -> Response {
    ([no_store()], Json(session_info(&person.known, &person.value))).into_response()
}

/// Signs out: ends the session and has the browser forget its cookie.
#[utoipa::path(delete, path = "/internal/session", tag = "console",
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage)))]
pub(crate) async fn sign_out(person: Person, State(state): State<ApiState>) -> Result<Response, ApiError> {
    state.store.end_session(&person.known.user.id, &person.known.session.id).await?;
    Ok(([(header::SET_COOKIE, cookie::ended(&state))], empty(StatusCode::NO_CONTENT)).into_response())
}

/// Lists one's own sessions.
#[utoipa::path(get, path = "/internal/sessions", tag = "console",
    responses((status = 200, body = SessionList), (status = 401, body = ErrorMessage)))]
pub(crate) async fn list(
    person: Person,
    State(state): State<ApiState>,
) -> Result<Json<SessionList>, ApiError> {
    let current = &person.known.session.id;
    let sessions = state.store.list_sessions(&person.known.user.id).await?;
    let results = sessions.into_iter().map(|session| api_types::Session {
        current: session.id == *current,
        id: session.id,
        method: session.method.to_string(),
        address: session.address,
        user_agent: session.user_agent,
        created_at: wire_time(session.created_at),
        last_seen_at: wire_time(session.last_seen_at),
        expires_at: wire_time(session.expires_at),
    });
    Ok(Json(SessionList { results: results.collect(), next: None }))
}

/// Signs out everywhere.
#[utoipa::path(delete, path = "/internal/sessions", tag = "console",
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage)))]
pub(crate) async fn end_all(person: Person, State(state): State<ApiState>) -> Result<Response, ApiError> {
    state.store.end_sessions(&person.known.user.id, None).await?;
    Ok(([(header::SET_COOKIE, cookie::ended(&state))], empty(StatusCode::NO_CONTENT)).into_response())
}

/// Ends one of one's own sessions.
#[utoipa::path(delete, path = "/internal/sessions/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn end_one(
    person: Person,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    match state.store.end_session(&person.known.user.id, &id).await? {
        true => Ok(empty(StatusCode::NO_CONTENT)),
        false => Err(ApiError::not_found(format!("no session `{id}`"))),
    }
}

fn session_info(known: &KnownSession, value: &str) -> SessionInfo {
    let KnownSession { session, user, rights } = known;
    SessionInfo {
        id: session.id.clone(),
        user: api_types::User::from(user),
        permissions: rights.permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
        log_type_access_kind: rights.log_types.kind.to_string(),
        log_type_access: rights.log_types.log_types.iter().map(ToString::to_string).collect(),
        csrf_token: cookie::csrf_token(value),
        method: session.method.to_string(),
        created_at: wire_time(session.created_at),
        expires_at: wire_time(session.expires_at),
    }
}

fn no_store() -> (header::HeaderName, HeaderValue) {
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Where a request comes from, and with what.
pub(crate) struct Place {
    /// The address, when something trustworthy tells it.
    pub(crate) address: Option<std::net::IpAddr>,
    user_agent: String,
    /// The session that the browser has already.
    session: Option<Arc<KnownSession>>,
    /// What is noted for the audit log.
    pub(crate) audit: Slot,
}

impl Place {
    /// The address in words.
    pub(crate) fn text(&self) -> String {
        self.address.map_or_else(|| "unknown".to_owned(), |address| address.to_string())
    }
}

impl axum::extract::FromRequestParts<ApiState> for Place {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let session = match cookie::value_of(&parts.headers, state) {
            Some(value) => state.store.find_session(value).await?,
            None => None,
        };
        Ok(Place {
            address: client_address(parts, &state.trusted_proxies.load()),
            user_agent: user_agent(&parts.headers),
            session,
            audit: Slot::of(parts),
        })
    }
}

fn user_agent(headers: &HeaderMap) -> String {
    let text = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().take(USER_AGENT_CHARS_MAX).collect()
}
