//! `/internal/oidc`: signing in over OpenID Connect, with an authorization code and PKCE.
//!
//! A browser leaves with fresh values that come back three ways: `state` in the answer, the nonce inside the ID token,
//! and the verifier in the exchange of the code. Between leaving and coming back they lie sealed in the browser's own
//! cookie. Source: OpenID Connect Core §3.1, RFC 7636, RFC 9700 (best practice).

use ::oidc::{Answer, Client, Expected, OidcError, Question, Tokens, Wanted};
use api_types::ErrorMessage;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use model::SignInMethod;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tracing::warn;

use crate::error::ApiError;
use crate::params::{Id, Query};
use crate::sign_in::sessions::Place;
use crate::sign_in::settings::OidcProvider;
use crate::sign_in::single_sign_on::arrival::{Verified, arrive};
use crate::sign_in::single_sign_on::providers::{Known, reply_of, send};
use crate::sign_in::single_sign_on::refusal::{Refusal, Why};
use crate::sign_in::single_sign_on::{browser, return_to, to_url};
use crate::state::ApiState;

/// What a browser takes along.
#[derive(Serialize, Deserialize)]
struct Leaving {
    provider_id: String,
    issuer: String,
    redirect_uri: String,
    state: String,
    nonce: String,
    verifier: String,
    page: String,
}

/// Sends a browser to an identity provider.
#[utoipa::path(get, path = "/internal/oidc/{id}/start", tag = "console", security(()), params(
    ("id" = String, Path, description = "Id of a provider"),
    ("return_to" = Option<String>, Query, description = "Page of the console to end on, such as `/console/alerts`"),
), responses((status = 303, description = "To the provider; to `/console/sign-in?error=…` when it cannot be asked"),
    (status = 400, body = ErrorMessage, description = "`return_to` is no page of the console"),
    (status = 404, body = ErrorMessage), (status = 503, body = ErrorMessage)))]
pub(crate) async fn start(
    State(state): State<ApiState>,
    Id(id): Id,
    query: Query,
    headers: HeaderMap,
    place: Place,
) -> Result<Response, ApiError> {
    let settings = state.sign_in.load_full();
    let provider = find(&settings.oidc, &id)?;
    let page = return_to::wanted(&query)?;
    let leaving = Leaving {
        provider_id: id.clone(),
        issuer: provider.issuer.clone(),
        redirect_uri: format!("{}/internal/oidc/{id}/callback", state.base_url(&headers)),
        state: browser::value()?,
        nonce: browser::value()?,
        verifier: browser::value()?,
        page: page.to_owned(),
    };
    match leave(&state, provider, &leaving).await {
        Ok((url, cookie)) => Ok(to_url(&url, vec![cookie])),
        Err(refusal) => Ok(refusal.answer(&state, &place, &id, None)),
    }
}

/// Where a browser is sent to, and what it takes along.
async fn leave(
    state: &ApiState,
    provider: &OidcProvider,
    leaving: &Leaving,
) -> Result<(String, HeaderValue), Refusal> {
    let known = state.single_sign_on().providers.known(state, &provider.issuer).await?;
    let question = Question {
        client: client_of(provider, &leaving.redirect_uri),
        scopes: &provider.scopes,
        state: &leaving.state,
        nonce: &leaving.nonce,
        challenge: &::oidc::challenge_of(&leaving.verifier),
    };
    let cookie = state.single_sign_on().seal.send_off(state, SignInMethod::Oidc, leaving)?;
    Ok((question.url(&known.metadata).into(), cookie))
}

/// Takes what a browser brings back from an identity provider, and signs in.
#[utoipa::path(get, path = "/internal/oidc/{id}/callback", tag = "console", security(()), params(
    ("id" = String, Path, description = "Id of a provider"),
    ("code" = Option<String>, Query, description = "What the provider gave"),
    ("state" = Option<String>, Query, description = "What was sent along"),
    ("iss" = Option<String>, Query, description = "Which provider gave it"),
    ("error" = Option<String>, Query, description = "Why it gave nothing"),
), responses((status = 303, description = "Signed in, to the page that was asked for; else to `/console/sign-in?error=…`"),
    (status = 404, body = ErrorMessage)))]
pub(crate) async fn callback(
    State(state): State<ApiState>,
    Id(id): Id,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    place: Place,
) -> Result<Response, ApiError> {
    let settings = state.sign_in.load_full();
    let provider = find(&settings.oidc, &id)?;
    let answer = Answer::read(&query.unwrap_or_default());
    match Box::pin(look(&state, provider, &answer, &headers)).await {
        Ok((verified, page)) => {
            Ok(arrive(&state, &provider.provider, SignInMethod::Oidc, verified, &page, &place).await)
        }
        Err(refusal) => Ok(refusal.answer(&state, &place, &id, None)),
    }
}

/// Who came back, and the page that was asked for; the values of the question are used up.
async fn look(
    state: &ApiState,
    provider: &OidcProvider,
    answer: &Answer,
    headers: &HeaderMap,
) -> Result<(Verified, String), Refusal> {
    let elsewhere = |reason: &str| Refusal::new(Why::NotBegunHere, reason);
    let sso = state.single_sign_on();
    let brought = sso.seal.look::<Leaving>(state, SignInMethod::Oidc, headers);
    let brought = brought
        .ok_or_else(|| elsewhere("the browser did not begin a sign-in here within the last ten minutes"))?;
    let leaving = &brought.what;
    if leaving.provider_id != provider.provider.id || leaving.issuer != provider.issuer {
        let reason =
            format!("the answer came to another provider than `{}`, which was asked", leaving.provider_id);
        return Err(elsewhere(&reason));
    }
    let state_given = answer.state().unwrap_or_default();
    if !bool::from(state_given.as_bytes().ct_eq(leaving.state.as_bytes())) {
        return Err(elsewhere("`state` is missing, or not the one of this browser"));
    }
    if !sso.seal.use_up(&brought, state.clock.now()) {
        return Err(elsewhere("the answer was used already"));
    }
    let _turn = sso.providers.turn()?;
    let known = sso.providers.known(state, &provider.issuer).await?;
    let code = answer.code(&known.metadata)?;
    let verified = ask(state, provider, leaving, &known, code).await?;
    Ok((verified, brought.what.page))
}

/// Exchanges the code, and looks at everything that comes for it.
async fn ask(
    state: &ApiState,
    provider: &OidcProvider,
    leaving: &Leaving,
    known: &std::sync::Arc<Known>,
    code: &str,
) -> Result<Verified, Refusal> {
    let client = client_of(provider, &leaving.redirect_uri);
    let request = ::oidc::token_request(&known.metadata, client, code, &leaving.verifier);
    let tokens = Tokens::read(reply_of(&send(state, request).await?))?;
    let wanted = Wanted { groups_claim: &provider.groups_claim };
    let expected = Expected { client_id: &provider.client_id, nonce: &leaving.nonce, now: state.clock.now() };
    let verify = |known: &Known| ::oidc::verify(&known.metadata, &known.keys, &tokens, expected, wanted);
    let mut claims = match verify(known) {
        // The provider may have begun to sign with a new one.
        Err(OidcError::UnknownKey) => {
            let fresh = state.single_sign_on().providers.with_fresh_keys(state, known).await?;
            verify(&*fresh.ok_or(OidcError::UnknownKey)?)?
        }
        looked_at => looked_at?,
    };
    let needs_groups = !provider.provider.role_map.is_empty();
    let lacks = claims.lacks(needs_groups);
    if (lacks || claims.is_unsure())
        && let Some(request) = ::oidc::userinfo_request(&known.metadata, &tokens)
    {
        match more(state, request, &claims.subject, wanted).await {
            Ok(more) => claims.complete(more),
            Err(refusal) if lacks => return Err(refusal),
            Err(refusal) => warn!(
                provider.id = %provider.provider.id,
                "the provider does not say whether it verified the address, and its user information cannot be had: {}",
                refusal.reason
            ),
        }
    }
    if needs_groups && claims.groups.is_none() {
        warn!(
            provider.id = %provider.provider.id,
            "the provider sends no claim `{}`, so that nobody is in a group", provider.groups_claim
        );
    }
    let ::oidc::Claims { subject, email, is_email_verified, given_name, family_name, groups } = claims;
    Ok(Verified {
        issuer: provider.issuer.clone(),
        subject,
        email,
        is_email_verified,
        given_name,
        family_name,
        groups: groups.unwrap_or_default(),
        role: None,
        session_until: None,
    })
}

/// What the provider says of the person at its other place.
async fn more(
    state: &ApiState,
    request: ::oidc::Request,
    subject: &str,
    wanted: Wanted<'_>,
) -> Result<::oidc::Claims, Refusal> {
    let reply = send(state, request).await?;
    Ok(::oidc::read_userinfo(reply_of(&reply), subject, wanted)?)
}

fn find<'a>(providers: &'a [OidcProvider], id: &str) -> Result<&'a OidcProvider, ApiError> {
    let found = providers.iter().find(|oidc| oidc.provider.id == id);
    found.ok_or_else(|| ApiError::not_found(format!("no identity provider `{id}` is configured")))
}

fn client_of<'a>(provider: &'a OidcProvider, redirect_uri: &'a str) -> Client<'a> {
    let secret = provider.client_secret.as_ref().map(|secret| secret.expose_secret());
    Client { id: &provider.client_id, secret, redirect_uri }
}
