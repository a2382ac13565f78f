//! `/internal/profile` and `/internal/password`: oneself.

use api_types::{ErrorMessage, PasswordChange, Profile, ProfileForm};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::{Rights, User};
use secrecy::SecretString;
use store::{Attempt, UserForm};

use crate::auth::Person;
use crate::error::{ApiError, empty};
use crate::params::{Body, name_of};
use crate::sign_in::passwords::password_of;
use crate::state::ApiState;

/// Shows oneself.
#[utoipa::path(get, path = "/internal/profile", operation_id = "show_profile", tag = "console",
    responses((status = 200, body = Profile), (status = 401, body = ErrorMessage)))]
pub(crate) async fn show(person: Person, State(state): State<ApiState>) -> Result<Json<Profile>, ApiError> {
    profile(&state, &person.known.user).await.map(Json)
}

/// Changes one's own names.
#[utoipa::path(put, path = "/internal/profile", tag = "console", request_body = ProfileForm,
    responses((status = 200, body = Profile), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage)))]
pub(crate) async fn update(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<ProfileForm>,
) -> Result<Json<Profile>, ApiError> {
    let names = UserForm {
        given_name: Some(name_of("givenName", form.given_name)?),
        family_name: Some(name_of("familyName", form.family_name)?),
        ..UserForm::default()
    };
    person.audit.before(&profile(&state, &person.known.user).await?);
    // One's own names are one's own, whatever one may do.
    let user = state.store.update_user(&person.known.user.id, names, Rights::all()).await?;
    profile(&state, &user).await.map(Json)
}

/// Changes one's own password. All other sessions end.
#[utoipa::path(put, path = "/internal/password", tag = "console", request_body = PasswordChange,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 401, body = ErrorMessage),
        (status = 403, body = ErrorMessage), (status = 409, body = ErrorMessage),
        (status = 429, body = ErrorMessage), (status = 503, body = ErrorMessage)))]
pub(crate) async fn change_password(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<PasswordChange>,
) -> Result<Response, ApiError> {
    let PasswordChange { current, new } = form;
    let new = password_of(new, &person.known.user.email)?;
    require_password(&state, &person, current).await?;
    let hash = state.passwords().hash(new).await?;
    state.store.change_password(&person.known.user.id, hash, &person.known.session.id).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Refuses who does not know the person's password: whoever finds an open browser cannot change how its person
/// signs in. Failures count as those of a sign-in do.
pub(crate) async fn require_password(
    state: &ApiState,
    person: &Person,
    password: String,
) -> Result<(), ApiError> {
    let email = &person.known.user.email;
    let attempt = Attempt { email, from: None };
    let locked = || ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too many failed attempts; try again later");
    if state.store.locked_until(attempt).await?.is_some() {
        return Err(locked());
    }
    let account = state.store.find_account(email, &state.key_file).await?;
    let hash = account.and_then(|account| account.password_hash);
    if hash.is_none() {
        return Err(ApiError::conflict(format!("`{email}` signs in through an identity provider")));
    }
    if state.passwords().verify(SecretString::from(password), hash).await? {
        return Ok(());
    }
    match state.store.note_failure(attempt).await? {
        Some(_) => Err(locked()),
        None => Err(ApiError::bad_request("the present password is wrong")),
    }
}

async fn profile(state: &ApiState, user: &User) -> Result<Profile, ApiError> {
    let totp = state.store.find_totp(&user.id, &state.key_file).await?.filter(|totp| totp.is_confirmed);
    Ok(Profile {
        user: api_types::User::from(user),
        second_factor: totp.is_some(),
        recovery_codes_left: totp.map_or(0, |totp| totp.recovery_codes),
    })
}
