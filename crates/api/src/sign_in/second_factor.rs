//! Second factors: time-based codes of an authenticator (RFC 6238), and codes to recover with.

use api_types::{CodeForm, ErrorMessage, PasswordAgain, RecoveryCodes, SecondFactor};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use rand::TryRngCore as _;
use secrecy::{ExposeSecret as _, SecretSlice};
use store::{Account, Totp};
use totp_rs::{Builder, Secret};

use crate::auth::Person;
use crate::error::{ApiError, empty};
use crate::params::Body;
use crate::sign_in::profile::require_password;
use crate::state::ApiState;

/// Bytes of a secret. Source: RFC 4226 §4, R6.
const SECRET_BYTES: usize = 20;
/// Recovery codes that are given out.
const RECOVERY_CODES: usize = 10;
/// Random bytes of a recovery code: 16 characters of base32.
const RECOVERY_BYTES: usize = 10;
/// Digits of a code.
const DIGITS: usize = 6;
/// Names this server in authenticators.
const ISSUER: &str = "Margay";

/// Whether a code proves the second factor of an account; one without a second factor needs no proof. A code that
/// is right is used up.
pub(crate) async fn proves(
    state: &ApiState,
    account: &Account,
    code: Option<&str>,
) -> Result<bool, ApiError> {
    let Some(totp) = &account.totp else { return Ok(true) };
    let code = tidy(code.unwrap_or_default());
    if code.len() != DIGITS {
        return Ok(state.store.use_recovery_code(&account.user.id, &code).await?);
    }
    let Some(step) = step_of(state, totp, &code)? else { return Ok(false) };
    Ok(state.store.use_totp_step(&account.user.id, step).await?)
}

/// Begins to set a second factor up; it counts once a code of it was given.
#[utoipa::path(post, path = "/internal/second-factor", tag = "console", request_body = PasswordAgain,
    responses((status = 200, body = SecondFactor), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "There is one already"),
        (status = 429, body = ErrorMessage), (status = 503, body = ErrorMessage)))]
pub(crate) async fn begin(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<PasswordAgain>,
) -> Result<Json<SecondFactor>, ApiError> {
    require_password(&state, &person, form.password).await?;
    let user = &person.known.user;
    let secret = random::<SECRET_BYTES>()?;
    state.store.begin_totp(&user.id, SecretSlice::from(secret.to_vec()), &state.key_file).await?;
    let secret = Secret::from(secret.to_vec());
    let totp =
        Builder::new().with_secret(secret.clone()).with_issuer(Some(ISSUER)).with_account_name(&*user.email);
    let url = totp.build().and_then(|totp| totp.to_url()).map_err(|_| broken())?;
    Ok(Json(SecondFactor { secret: secret.to_base32(), url }))
}

/// Confirms a second factor by a code of it. All other sessions end.
#[utoipa::path(put, path = "/internal/second-factor", tag = "console", request_body = CodeForm,
    responses((status = 200, body = RecoveryCodes), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "None is being set up")))]
pub(crate) async fn confirm(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<CodeForm>,
) -> Result<Json<RecoveryCodes>, ApiError> {
    let (user, session) = (&person.known.user, &person.known.session);
    let totp = state.store.find_totp(&user.id, &state.key_file).await?;
    let waiting = totp.filter(|totp| !totp.is_confirmed);
    let waiting =
        waiting.ok_or_else(|| ApiError::conflict("no second factor is being set up; begin again"))?;
    let Some(step) = step_of(&state, &waiting, &tidy(&form.code))? else {
        return Err(ApiError::bad_request(
            "`code` is not what the authenticator shows now; look at its clock",
        ));
    };
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
    let tidied: Vec<String> = codes.iter().map(|code| tidy(code)).collect();
    state.store.confirm_totp(&user.id, step, &tidied, &session.id).await?;
    Ok(Json(RecoveryCodes { codes }))
}

/// Removes one's own second factor.
#[utoipa::path(delete, path = "/internal/second-factor", tag = "console", request_body = PasswordAgain,
    responses((status = 204), (status = 400, body = ErrorMessage), (status = 401, body = ErrorMessage),
        (status = 403, body = ErrorMessage), (status = 429, body = ErrorMessage),
        (status = 503, body = ErrorMessage)))]
pub(crate) async fn remove(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<PasswordAgain>,
) -> Result<Response, ApiError> {
    require_password(&state, &person, form.password).await?;
    state.store.remove_totp(&person.known.user.id).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The time step whose code this is: the present one, the one before or the one behind.
fn step_of(state: &ApiState, totp: &Totp, code: &str) -> Result<Option<i64>, ApiError> {
    let secret = Secret::from(totp.secret.expose_secret().to_vec());
    let totp = Builder::new().with_secret(secret).build().map_err(|_| broken())?;
    let now = u64::try_from(state.clock.now().as_second()).unwrap_or_default();
    Ok(totp.check(code, now).and_then(|step| i64::try_from(step).ok()))
}

/// A code as it is compared: without spaces and dashes, in lower case.
fn tidy(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_lowercase).take(64).collect()
}

/// 80 random bits, in four groups of four.
fn recovery_code() -> Result<String, ApiError> {
    let text = Secret::from(random::<RECOVERY_BYTES>()?.to_vec()).to_base32().to_lowercase();
    let letters: Vec<char> = text.chars().collect();
    Ok(letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Random bytes of the machine.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], ApiError> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| {
        ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "the machine gave no random bytes; try again")
    })?;
    Ok(bytes)
}

fn broken() -> ApiError {
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the second factor cannot be used; remove it and begin again",
    )
}
