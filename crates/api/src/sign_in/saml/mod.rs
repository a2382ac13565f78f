//! `/internal/saml`: signing in over SAML 2.0, begun here, with the answer in a form.
//!
//! A browser leaves with a request whose id nobody can guess; the id lies sealed in the browser's own cookie, and the
//! answer has to name it. The answer is posted by a page of the provider, without that cookie, so that a page of ours
//! posts it once more (`again`). Each assertion signs in once, also when it is sent from the same browser again.
//! Source: SAML profiles §4.1.

mod again;
mod form;
pub(crate) mod known;
mod person;

use std::sync::Arc;

use ::saml::{Expected, IdentityProvider, ResponseError, ServiceProvider, SignInRequest, SignedIn};
use api_types::ErrorMessage;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use model::SignInMethod;
use serde::{Deserialize, Serialize};
use url::Url;

use self::form::Form;
use crate::error::ApiError;
use crate::params::{Id, Query};
use crate::sign_in::sessions::Place;
use crate::sign_in::settings::SamlProvider;
use crate::sign_in::single_sign_on::arrival::{Verified, arrive};
use crate::sign_in::single_sign_on::browser::Brought;
use crate::sign_in::single_sign_on::refusal::{Refusal, Why};
use crate::sign_in::single_sign_on::{browser, return_to, to_url};
use crate::state::ApiState;

/// What a browser takes along.
#[derive(Serialize, Deserialize)]
struct Leaving {
    provider_id: String,
    /// Whom the request was for.
    entity_id: String,
    request_id: String,
    /// Where this server is, as it was when the browser left.
    base: String,
    page: String,
}

/// Describes this server to an identity provider.
#[utoipa::path(get, path = "/internal/saml/{id}/metadata", operation_id = "describe_to_saml_provider", tag = "console", security(()), params(
    ("id" = String, Path, description = "Id of a provider"),
), responses((status = 200, content_type = "application/samlmetadata+xml", body = String),
    (status = 404, body = ErrorMessage),
    (status = 409, body = ErrorMessage, description = "`external_url` is not set")))]
pub(crate) async fn metadata(
    State(state): State<ApiState>,
    Id(id): Id,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    find(&state.sign_in.load().saml, &id)?;
    let service = service_of(&base_of(&state, &headers).map_err(ApiError::conflict)?, &id);
    let kind = HeaderValue::from_static("application/samlmetadata+xml");
    Ok(([(header::CONTENT_TYPE, kind)], service.metadata()).into_response())
}

/// Sends a browser to an identity provider.
#[utoipa::path(get, path = "/internal/saml/{id}/start", operation_id = "start_saml_sign_in", tag = "console", security(()), params(
    ("id" = String, Path, description = "Id of a provider"),
    ("return_to" = Option<String>, Query, description = "Page of the console to end on, such as `/console/alerts`"),
), responses((status = 303, description = "To the provider; to `/console/sign-in?error=…` when it cannot be asked"),
    (status = 400, body = ErrorMessage, description = "`return_to` is no page of the console"),
    (status = 404, body = ErrorMessage)))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    headers: HeaderMap,
    place: Place,
) -> Result<Response, ApiError> {
    let settings = state.sign_in.load_full();
    let provider = find(&settings.saml, &id)?;
    let page = return_to::wanted(&query)?;
    match leave(&state, provider, page, &headers).await {
        Ok((url, cookie)) => Ok(to_url(url.as_str(), vec![cookie])),
        Err(refusal) => Ok(refusal.answer(&state, &place, &id, None)),
    }
}

/// Where a browser is sent to, and what it takes along.
async fn leave(
    state: &ApiState,
    provider: &SamlProvider,
    page: &str,
    headers: &HeaderMap,
) -> Result<(Url, HeaderValue), Refusal> {
    let failed = |reason: String| Refusal::new(Why::Failed, reason);
    let base = base_of(state, headers).map_err(failed)?;
    let known = state.single_sign_on().saml.known(state, provider).await?;
    // An identifier of XML does not begin with a digit.
    let request_id = format!("_{}", browser::value()?);
    let service = service_of(&base, &provider.provider.id);
    let request = SignInRequest { provider: &known, service: &service, id: &request_id, relay_state: None };
    let url = request.url(state.clock.now()).map_err(|error| failed(error.to_string()))?;
    let leaving = Leaving {
        provider_id: provider.provider.id.clone(),
        entity_id: known.entity_id.clone(),
        request_id,
        base,
        page: page.to_owned(),
    };
    Ok((url, state.single_sign_on().seal.send_off(state, SignInMethod::Saml, &leaving)?))
}

/// Takes what an identity provider has a browser post, and signs in.
#[utoipa::path(post, path = "/internal/saml/{id}/acs", operation_id = "finish_saml_sign_in", tag = "console", security(()), params(
    ("id" = String, Path, description = "Id of a provider"),
), request_body(content = String, content_type = "application/x-www-form-urlencoded",
    description = "The form with `SAMLResponse`"),
responses((status = 303, description = "Signed in, to the page that was asked for; else to `/console/sign-in?error=…`"),
    (status = 200, content_type = "text/html", body = String,
        description = "A page that posts the same form again, from this server"),
    (status = 404, body = ErrorMessage)))]
pub(crate) async fn consume(
    State(state): State<ApiState>,
    Id(id): Id,
    headers: HeaderMap,
    place: Place,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let settings = state.sign_in.load_full();
    let provider = find(&settings.saml, &id)?;
    let form = match Form::read(body) {
        Ok(form) => form,
        Err(refusal) => return Ok(refusal.answer(&state, &place, &id, None)),
    };
    let brought = state.single_sign_on().seal.look::<Leaving>(&state, SignInMethod::Saml, &headers);
    if brought.is_none() && !form.is_again {
        return Ok(again::page(&form.response));
    }
    match look(&state, provider, form.response, brought).await {
        Ok((verified, page)) => {
            Ok(arrive(&state, &provider.provider, SignInMethod::Saml, verified, &page, &place).await)
        }
        Err(refusal) => Ok(refusal.answer(&state, &place, &id, None)),
    }
}

/// Who came back, and the page that was asked for; the request and the assertion are used up.
async fn look(
    state: &ApiState,
    provider: &SamlProvider,
    response: String,
    brought: Option<Brought<Leaving>>,
) -> Result<(Verified, String), Refusal> {
    let elsewhere = |reason: &str| Refusal::new(Why::NotBegunHere, reason);
    let brought = brought.ok_or_else(|| {
        elsewhere(
            "the browser did not begin a sign-in here within the last ten minutes; one that the provider begins is \
             not accepted",
        )
    })?;
    let leaving = &brought.what;
    if leaving.provider_id != provider.provider.id {
        let reason =
            format!("the answer came to another provider than `{}`, which was asked", leaving.provider_id);
        return Err(elsewhere(&reason));
    }
    let sso = state.single_sign_on();
    let _turn = sso.providers.turn()?;
    let known = sso.saml.known(state, provider).await?;
    if known.entity_id != leaving.entity_id {
        let reason =
            format!("`{}` was asked, and the provider is `{}` now", leaving.entity_id, known.entity_id);
        return Err(elsewhere(&reason));
    }
    let response = Arc::new(response);
    let signed_in = match read(state, &known, leaving, &response).await? {
        // The provider may have begun to sign with a new one.
        Err(error) if error.is_about_unknown_key() => match sso.saml.fresh(state, provider, &known).await {
            Some(fresh) => read(state, &fresh, leaving, &response).await?,
            None => Err(error),
        },
        looked_at => looked_at,
    }?;
    let now = state.clock.now();
    if let Some(until) = signed_in.session_not_on_or_after.filter(|until| *until <= now) {
        let reason =
            format!("the provider ended the session at `{until}`, and now it is `{now}`; set the clocks");
        return Err(Refusal::new(Why::ProviderWrong, reason));
    }
    let is_first = sso.seal.use_up(&brought, now);
    let SignedIn { provider: issuer, assertion_id, usable_until, .. } = &signed_in;
    if !is_first || !state.store.use_assertion(issuer, assertion_id, *usable_until).await? {
        return Err(elsewhere("the answer was used already"));
    }
    Ok((person::verified_of(provider, &signed_in)?, brought.what.page))
}

/// Reads a response; that takes the processor for a while, so it is done beside what waits for others.
async fn read(
    state: &ApiState,
    known: &Arc<IdentityProvider>,
    leaving: &Leaving,
    response: &Arc<String>,
) -> Result<Result<SignedIn, ResponseError>, Refusal> {
    let (known, response, now) = (Arc::clone(known), Arc::clone(response), state.clock.now());
    let service = service_of(&leaving.base, &leaving.provider_id);
    let request_id = leaving.request_id.clone();
    let work = move || read_now(&known, &service, &request_id, &response, now);
    let failed = |error| Refusal::new(Why::Failed, format!("a response was not read to its end: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(failed)
}

fn read_now(
    provider: &IdentityProvider,
    service: &ServiceProvider,
    request_id: &str,
    response: &str,
    now: Timestamp,
) -> Result<SignedIn, ResponseError> {
    ::saml::read_response_field(response, &Expected { provider, service, request_id }, now)
}

fn find<'a>(providers: &'a [SamlProvider], id: &str) -> Result<&'a SamlProvider, ApiError> {
    let found = providers.iter().find(|saml| saml.provider.id == id);
    found.ok_or_else(|| ApiError::not_found(format!("no identity provider `{id}` is configured")))
}

/// This server, as it is known to a provider.
fn service_of(base: &str, id: &str) -> ServiceProvider {
    ServiceProvider {
        entity_id: format!("{base}/internal/saml/{id}/metadata"),
        acs_url: format!("{base}/internal/saml/{id}/acs"),
    }
}

/// Where this server is. Assertions name it, and whoever calls chooses what stands in `Host`: without a configured
/// name this server goes by none but those of this machine, so that nobody brings along what was said to another one.
fn base_of(state: &ApiState, headers: &HeaderMap) -> Result<String, String> {
    let base = state.base_url(headers);
    let is_here = Url::parse(&base).is_ok_and(|url| oidc::is_provider_url(&url));
    match state.external_url.is_some() || is_here {
        true => Ok(base),
        false => {
            Err("`external_url` is not set; for SAML providers this server needs a name of its own"
                .to_owned())
        }
    }
}

impl From<ResponseError> for Refusal {
    fn from(error: ResponseError) -> Refusal {
        let why = match &error {
            ResponseError::Declined { .. } => Why::Cancelled,
            _ => Why::ProviderWrong,
        };
        Refusal::new(why, error.to_string())
    }
}
