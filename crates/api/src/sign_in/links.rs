//! Links that work once: the first administrator, invitations, forgotten passwords.
//!
//! What is secret stands behind `#`, which browsers do not send: it is in no log, and in no `Referer`.

use api_types::{ErrorMessage, LinkForm, LinkInfo, LinkPassword, PasswordLink, SessionInfo, SetUpForm};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::SignInMethod;
use secrecy::ExposeSecret as _;
use store::{LinkPurpose, NewUser, RoleKey};

use crate::audit::slot::AuditActor;
use crate::auth::{Caller, UserModify};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, name_of};
use crate::sign_in::SameOrigin;
use crate::sign_in::passwords::password_of;
use crate::sign_in::sessions::{Place, may_use_password, open};
use crate::state::ApiState;
use crate::users::email_of;

/// Makes the first administrator, and signs in.
#[utoipa::path(post, path = "/internal/set-up", tag = "console", security(()), request_body = SetUpForm,
    responses((status = 200, body = SessionInfo), (status = 400, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "A page of another site sent it"),
        (status = 404, body = ErrorMessage, description = "The link does not work any more"),
        (status = 409, body = ErrorMessage, description = "There is an administrator already"),
        (status = 503, body = ErrorMessage)))]
pub(crate) async fn set_up(
    State(state): State<ApiState>,
    _: SameOrigin,
    place: Place,
    Body(form): Body<SetUpForm>,
) -> Result<Response, ApiError> {
    let SetUpForm { token, email, given_name, family_name, password } = form;
    let new = NewUser {
        email: email_of(email)?,
        given_name: name_of("givenName", given_name)?,
        family_name: name_of("familyName", family_name)?,
        role: RoleKey::Name(model::DefaultRole::Admin.to_string()),
    };
    let password = password_of(password, &new.email)?;
    // Before the costly part, so that strangers cannot have the server work.
    if state.store.find_link(&token).await? != Some(LinkPurpose::SetUp) {
        return Err(store::StoreError::from(store::SignInError::LinkOver).into());
    }
    place.audit.actor(AuditActor::stranger("first-administrator", &new.email));
    let hash = state.passwords().hash(password).await?;
    let user = state.store.set_up(&token, new, hash).await?;
    open(&state, user, SignInMethod::Password, &place).await
}

/// Says what a link is for.
#[utoipa::path(post, path = "/internal/link", tag = "console", security(()), request_body = LinkForm,
    responses((status = 200, body = LinkInfo), (status = 400, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "A page of another site sent it"),
        (status = 404, body = ErrorMessage, description = "The link does not work any more")))]
pub(crate) async fn find(
    State(state): State<ApiState>,
    _: SameOrigin,
    Body(form): Body<LinkForm>,
) -> Result<Json<LinkInfo>, ApiError> {
    let purpose = state.store.find_link(&form.token).await?.ok_or(store::SignInError::LinkOver);
    let (purpose, email) = match purpose.map_err(store::StoreError::from)? {
        LinkPurpose::SetUp => ("SET_UP", None),
        LinkPurpose::Invitation { user } => ("INVITATION", Some(user.email)),
        LinkPurpose::Reset { user } => ("RESET", Some(user.email)),
    };
    Ok(Json(LinkInfo { purpose: purpose.to_owned(), email }))
}

/// Sets the password that a link is for, and uses the link up. All sessions of the person end. Signs in, unless a
/// second factor is asked for.
#[utoipa::path(put, path = "/internal/link", tag = "console", security(()), request_body = LinkPassword,
    responses((status = 200, body = SessionInfo), (status = 204, description = "Sign in with the second factor"),
        (status = 400, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "A page of another site sent it"),
        (status = 404, body = ErrorMessage, description = "The link does not work any more"),
        (status = 503, body = ErrorMessage)))]
pub(crate) async fn use_up(
    State(state): State<ApiState>,
    _: SameOrigin,
    place: Place,
    Body(form): Body<LinkPassword>,
) -> Result<Response, ApiError> {
    let LinkPassword { token, password } = form;
    let user = match state.store.find_link(&token).await? {
        Some(LinkPurpose::Invitation { user } | LinkPurpose::Reset { user }) => user,
        _ => return Err(store::StoreError::from(store::SignInError::LinkOver).into()),
    };
    place.audit.actor(AuditActor::user(&user));
    let role = state.store.find_role(&RoleKey::Id(user.role_id.clone())).await?;
    if !role.is_some_and(|role| may_use_password(&state, &user, &role.rights)) {
        let message = "passwords are for administrators alone here; sign in through the identity provider";
        return Err(ApiError::forbidden(message));
    }
    let hash = state.passwords().hash(password_of(password, &user.email)?).await?;
    let user = state.store.use_password_link(&token, hash).await?;
    state.store.forget_failures(&user.email).await?;
    if state.store.find_totp(&user.id, &state.key_file).await?.is_some_and(|totp| totp.is_confirmed) {
        return Ok(empty(StatusCode::NO_CONTENT));
    }
    open(&state, user, SignInMethod::Password, &place).await
}

/// Makes a link by which a user chooses a password.
#[utoipa::path(post, path = "/users/{id}/password-link", tag = "user", params(("id" = String, Path)),
    responses((status = 200, body = PasswordLink), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The user may do what the caller may not"),
        (status = 409, body = ErrorMessage, description = "The user comes from an identity provider")))]
pub(crate) async fn create(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
) -> Result<Json<PasswordLink>, ApiError> {
    password_link(&state, &headers, &id, caller.rights).await.map(Json)
}

/// A fresh link by which a user chooses a password.
pub(crate) async fn password_link(
    state: &ApiState,
    headers: &HeaderMap,
    user_id: &str,
    callers: model::Rights,
) -> Result<PasswordLink, ApiError> {
    let (value, expires_at) = state.store.create_password_link(user_id, callers).await?;
    let link = format!("{}/console/welcome#{}", state.base_url(headers), value.expose_secret());
    Ok(PasswordLink::new(link, expires_at))
}

/// Forgets the failed sign-ins of a user, who may try again at once.
#[utoipa::path(post, path = "/users/{id}/unlock", tag = "user", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The user may do what the caller may not")))]
pub(crate) async fn unlock(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    let user = state.store.find_manageable(&id, &caller.rights).await?;
    state.store.forget_failures(&user.email).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Signs a user out everywhere.
#[utoipa::path(delete, path = "/users/{id}/sessions", operation_id = "sign_user_out", tag = "user",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The user may do what the caller may not")))]
pub(crate) async fn sign_out(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    state.store.find_manageable(&id, &caller.rights).await?;
    state.store.end_sessions(&id, None).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Removes the second factor of a user who lost it.
#[utoipa::path(delete, path = "/users/{id}/second-factor", tag = "user", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The user may do what the caller may not")))]
pub(crate) async fn remove_second_factor(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    state.store.remove_totp_of(&id, caller.rights).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}
