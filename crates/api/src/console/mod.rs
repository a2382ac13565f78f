//! The web console: files that were embedded when this crate was built, under `/console/`.
//!
//! Its pages are made in the browser, so that every path without a file is `index.html`.
//! A strict Content-Security-Policy goes with each answer: nothing inline, nothing from elsewhere.
//! A server that was built without the console says how to build it, and has two plain pages: an alert, which messages
//! link to, and signing in through a provider.

mod files;

use std::sync::LazyLock;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::console::files::{Encoding, File, Files};
use crate::error::ApiError;
use crate::pages;
use crate::params::Query;
use crate::state::ApiState;

/// Scripts, styles, fonts and calls of this server alone.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Files whose name has a digest of what is in them.
const HASHED: &str = "assets/";
/// For ever, as far as browsers go: the name changes with the contents.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The page that every other path is.
const INDEX: &str = "index.html";
/// What `/console/` says without a console.
const NOT_BUILT: &str = include_str!("not_built.html");

/// The files of this build.
static EMBEDDED: LazyLock<Files> = LazyLock::new(Files::embedded);

/// `/console/`: the console, or how to build it.
pub(crate) async fn index(headers: HeaderMap) -> Response {
    serve(&EMBEDDED, "", &headers)
}

/// `/console/…`: a file of the console, or the page that finds out by itself what the path means.
pub(crate) async fn path(
    State(state): State<ApiState>,
    Path(path): Path<String>,
    query: Result<Query, ApiError>,
    headers: HeaderMap,
) -> Response {
    if EMBEDDED.is_empty() && path == "sign-in" {
        return query.map_or_else(IntoResponse::into_response, |query| pages::sign_in_page(&state, &query));
    }
    serve(&EMBEDDED, &path, &headers)
}

/// `/`: browsers are led to the console; programs are told where things are.
pub(crate) async fn front(State(state): State<ApiState>, headers: HeaderMap) -> Response {
    match wants_page(&headers) {
        true => Redirect::temporary("/console/").into_response(),
        false => pages::front_page(State(state), headers).await,
    }
}

/// Whether a person's browser asks: it names the type of pages, and does not only take whatever comes.
fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|kind| kind.trim().split(';').next() == Some("text/html"))
}

fn serve(files: &Files, path: &str, headers: &HeaderMap) -> Response {
    if files.is_empty() {
        return match path.strip_prefix("alerts/") {
            Some(id) if !id.is_empty() && !id.contains('/') => pages::alert_page(),
            _ => with_rules(Html(NOT_BUILT).into_response(), "no-store"),
        };
    }
    let accepted = Encoding::accepted(headers);
    match files.find(path, &accepted) {
        Some(file) => send(file, if path.starts_with(HASHED) { FOR_EVER } else { "no-cache" }),
        // A page of an older version asks for what is no more: no page can stand in for a script.
        None if path.starts_with(HASHED) => {
            let message = "the console was updated meanwhile; load the page again";
            with_rules(ApiError::not_found(message).into_response(), "no-store")
        }
        None => match files.find(INDEX, &accepted) {
            Some(file) => send(file, "no-store"),
            None => with_rules(Html(NOT_BUILT).into_response(), "no-store"),
        },
    }
}

fn send(file: File, caching: &'static str) -> Response {
    let File { bytes, kind, encoding } = file;
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, kind)], bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(name) = encoding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    with_rules(response, caching)
}

/// What goes with every answer.
fn with_rules(mut response: Response, caching: &'static str) -> Response {
    let rules: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The secret of a link stands behind `#`, which is in no `Referer` anyway.
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, caching),
    ];
    for (name, value) in rules {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
