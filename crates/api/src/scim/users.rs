//! `/scim/v2/Users`: people.

use api_types::{ScimError as WireError, ScimPatch, ScimUser, ScimUserForm, ScimUserList};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::ActorKind;
use store::{PeopleError, Provisioned, ProvisionedForm, RoleKey, Slice, StoreError};

use super::body::{ScimBody, require_schema};
use super::condition::{is_known, require_match};
use super::draft::{Draft, Place};
use super::error::ScimError;
use super::projection::Projection;
use super::view::{AuditView, answer, location_of, shown, with_ignored, with_version};
use super::{LIST_URN, USER_URN, filter, patch};
use crate::audit::slot::Slot;
use crate::auth::{Caller, UserModify, UserRead};
use crate::params::{Id, Query};
use crate::state::ApiState;

/// People of a page, unless asked for another number.
const COUNT_DEFAULT: usize = 100;
/// Most people of a page.
pub(super) const COUNT_MAX: usize = 200;
/// How often a change is tried that others cross.
const ATTEMPTS_MAX: usize = 5;

/// The role of people for whom the provider names none.
fn default_role(state: &ApiState) -> RoleKey {
    RoleKey::Name(state.sign_in.load().default_role.clone())
}

/// Lists people in the order of their making.
#[utoipa::path(get, path = "/scim/v2/Users", tag = "scim", operation_id = "list_scim_users", params(
    ("filter" = Option<String>, Query, description = "`attribute eq \"value\"`, joined by `and`: `userName`, `externalId`, `id`, `emails.value`, `active`"),
    ("startIndex" = Option<i64>, Query, description = "Number of the first one, from 1"),
    ("count" = Option<i64>, Query, description = "0 to 200, 100 by default; more counts as 200"),
    ("attributes" = Option<String>, Query, description = "Only these, separated by commas"),
    ("excludedAttributes" = Option<String>, Query, description = "All but these, separated by commas"),
), responses((status = 200, body = ScimUserList, content_type = "application/scim+json")))]
pub(crate) async fn list_users(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, ScimError> {
    let projection = Projection::of(&query)?;
    if query.one("sortBy").is_some() {
        return Err(ScimError::value(
            "`sortBy` is not supported; people are listed in the order of their making",
        ));
    }
    let start_index = number(&query, "startIndex")?.unwrap_or(1).max(1);
    let count = number(&query, "count")?
        .map_or(COUNT_DEFAULT, |count| usize::try_from(count.max(0)).unwrap_or(COUNT_MAX).min(COUNT_MAX));
    let start_index = u64::try_from(start_index).unwrap_or(1);
    let slice = Slice { offset: start_index - 1, limit: count };
    let wanted = query.one("filter").map_or(Ok(Some(Vec::new())), filter::read)?;
    let (people, total) = match wanted {
        Some(terms) => state.store.list_provisioned(&terms, slice).await?,
        None => (Vec::new(), 0),
    };
    let base_url = state.base_url(&headers);
    let list = ScimUserList {
        schemas: vec![LIST_URN.to_owned()],
        total_results: total,
        start_index,
        items_per_page: people.len() as u64,
        resources: people.iter().map(|person| shown(person, &base_url, &projection)).collect(),
    };
    Ok(answer(StatusCode::OK, &list))
}

/// Makes a person, who signs in through the provider.
#[utoipa::path(post, path = "/scim/v2/Users", tag = "scim", operation_id = "create_scim_user",
    request_body(content = ScimUserForm, content_type = "application/scim+json"),
    responses((status = 201, body = ScimUser, content_type = "application/scim+json"),
        (status = 409, body = WireError, content_type = "application/scim+json", description = "Somebody has this name or address"),
        (status = 415, body = WireError, content_type = "application/scim+json", description = "The body says it is no JSON")))]
pub(crate) async fn create_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    query: Query,
    ScimBody(body): ScimBody,
) -> Result<Response, ScimError> {
    let projection = Projection::of(&query)?;
    require_schema(&body, USER_URN)?;
    let mut draft = Draft::new();
    draft.assign_all(&body, Place::Body)?;
    let new = draft.to_new(default_role(&state))?;
    let person = state.store.create_provisioned(new, caller.rights).await?;
    note_after(&caller.audit, &person);
    let base_url = state.base_url(&headers);
    let mut response = answer(StatusCode::CREATED, &shown(&person, &base_url, &projection));
    if let Ok(location) = HeaderValue::from_str(&location_of(&person, &base_url)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(with_ignored(with_version(response, &person), draft.ignored()))
}

/// Shows one person.
#[utoipa::path(get, path = "/scim/v2/Users/{id}", tag = "scim", operation_id = "find_scim_user", params(
    ("id" = String, Path),
    ("attributes" = Option<String>, Query, description = "Only these, separated by commas"),
    ("excludedAttributes" = Option<String>, Query, description = "All but these, separated by commas"),
), responses((status = 200, body = ScimUser, content_type = "application/scim+json"),
    (status = 304, description = "`If-None-Match` names what is there"),
    (status = 404, body = WireError, content_type = "application/scim+json")))]
pub(crate) async fn find_user(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
    query: Query,
) -> Result<Response, ScimError> {
    let projection = Projection::of(&query)?;
    let person = find(&state, &id).await?;
    if is_known(&headers, &person) {
        return Ok(with_version(StatusCode::NOT_MODIFIED.into_response(), &person));
    }
    let shown = shown(&person, &state.base_url(&headers), &projection);
    Ok(with_version(answer(StatusCode::OK, &shown), &person))
}

/// Writes a person anew. Role and `active` stay when nothing is said of them.
#[utoipa::path(put, path = "/scim/v2/Users/{id}", tag = "scim", operation_id = "replace_scim_user",
    params(("id" = String, Path)),
    request_body(content = ScimUserForm, content_type = "application/scim+json"),
    responses((status = 200, body = ScimUser, content_type = "application/scim+json"),
        (status = 404, body = WireError, content_type = "application/scim+json"),
        (status = 409, body = WireError, content_type = "application/scim+json", description = "Somebody has this name or address, or nobody would be left who manages users"),
        (status = 412, body = WireError, content_type = "application/scim+json", description = "`If-Match` names another version"),
        (status = 415, body = WireError, content_type = "application/scim+json", description = "The body says it is no JSON")))]
pub(crate) async fn replace_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
    query: Query,
    ScimBody(body): ScimBody,
) -> Result<Response, ScimError> {
    let projection = Projection::of(&query)?;
    require_schema(&body, USER_URN)?;
    let write = |person: &Provisioned| {
        let mut draft = Draft::replacing(person);
        draft.assign_all(&body, Place::Body).map(|()| draft)
    };
    change(&state, caller, &headers, &id, &projection, write).await
}

/// Changes a person step by step.
#[utoipa::path(patch, path = "/scim/v2/Users/{id}", tag = "scim", operation_id = "patch_scim_user",
    params(("id" = String, Path)),
    request_body(content = ScimPatch, content_type = "application/scim+json"),
    responses((status = 200, body = ScimUser, content_type = "application/scim+json"),
        (status = 404, body = WireError, content_type = "application/scim+json"),
        (status = 409, body = WireError, content_type = "application/scim+json", description = "Somebody has this name or address, or nobody would be left who manages users"),
        (status = 412, body = WireError, content_type = "application/scim+json", description = "`If-Match` names another version"),
        (status = 415, body = WireError, content_type = "application/scim+json", description = "The body says it is no JSON")))]
pub(crate) async fn patch_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
    query: Query,
    ScimBody(body): ScimBody,
) -> Result<Response, ScimError> {
    let projection = Projection::of(&query)?;
    let operations = patch::read(&body)?;
    let write = |person: &Provisioned| {
        let mut draft = Draft::of(person);
        patch::apply(&mut draft, &operations).map(|()| draft)
    };
    change(&state, caller, &headers, &id, &projection, write).await
}

/// Disables a person, who is gone for the provider from then on.
#[utoipa::path(delete, path = "/scim/v2/Users/{id}", tag = "scim", operation_id = "delete_scim_user",
    params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = WireError, content_type = "application/scim+json"),
        (status = 409, body = WireError, content_type = "application/scim+json", description = "Nobody would be left who manages users"),
        (status = 412, body = WireError, content_type = "application/scim+json", description = "`If-Match` names another version")))]
pub(crate) async fn delete_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Id(id): Id,
) -> Result<Response, ScimError> {
    if is_oneself(&caller, &id) {
        return Err(ScimError::new(StatusCode::FORBIDDEN, "nobody deletes himself; ask somebody else"));
    }
    for _ in 0..ATTEMPTS_MAX {
        let person = find(&state, &id).await?;
        require_match(&headers, &person)?;
        caller.audit.before(&AuditView::from(&person));
        match state.store.delete_provisioned(&id, person.revision, caller.rights.clone()).await {
            Err(problem) if is_crossed(&problem) => {}
            done => return Ok(done.map(|()| StatusCode::NO_CONTENT.into_response())?),
        }
    }
    Err(crossed(&id))
}

/// Changes a person to what `write` makes of it; when others change it at the same time, of what they left.
async fn change(
    state: &ApiState,
    caller: Caller<UserModify>,
    headers: &HeaderMap,
    id: &str,
    projection: &Projection,
    write: impl Fn(&Provisioned) -> Result<Draft, ScimError> + Send,
) -> Result<Response, ScimError> {
    for _ in 0..ATTEMPTS_MAX {
        let before = find(state, id).await?;
        require_match(headers, &before)?;
        caller.audit.before(&AuditView::from(&before));
        let draft = write(&before)?;
        let form = draft.to_form(&before, &default_role(state))?;
        let is_own_state = form.user.role.is_some() || form.user.enabled == Some(false);
        if is_own_state && is_oneself(&caller, id) {
            let detail = "nobody changes the own role or disables himself; ask somebody else";
            return Err(ScimError::new(StatusCode::FORBIDDEN, detail));
        }
        let done = if form == ProvisionedForm::default() {
            Ok(before)
        } else {
            state.store.update_provisioned(id, form, before.revision, caller.rights.clone()).await
        };
        match done {
            Err(problem) if is_crossed(&problem) => {}
            done => {
                let person = done?;
                note_after(&caller.audit, &person);
                let shown = shown(&person, &state.base_url(headers), projection);
                let response = with_version(answer(StatusCode::OK, &shown), &person);
                return Ok(with_ignored(response, draft.ignored()));
            }
        }
    }
    Err(crossed(id))
}

/// Notes for the audit log what the person is after a change: what is answered has another form.
fn note_after(audit: &Slot, person: &Provisioned) {
    audit.after(&AuditView::from(person));
}

async fn find(state: &ApiState, id: &str) -> Result<Provisioned, ScimError> {
    state.store.find_provisioned(id).await?.ok_or_else(|| ScimError::no_user(id))
}

/// Whether somebody else was quicker.
fn is_crossed(problem: &StoreError) -> bool {
    matches!(problem, StoreError::People { source: PeopleError::UserChangedMeanwhile { .. } })
}

fn crossed(id: &str) -> ScimError {
    let detail = format!("others change user `{id}` at the same time; try again");
    ScimError::new(StatusCode::CONFLICT, detail)
}

fn is_oneself(caller: &Caller<UserModify>, id: &str) -> bool {
    caller.actor.kind == ActorKind::User && caller.actor.id == id
}

fn number(query: &Query, key: &str) -> Result<Option<i64>, ScimError> {
    let parse =
        |text: &str| text.parse().map_err(|_| ScimError::value(format!("`{key}` is no whole number")));
    query.one(key).map(parse).transpose()
}
