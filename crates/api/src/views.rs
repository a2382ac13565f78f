//! `/internal/views`: filters of a page of the console that people keep, for themselves or for all.

use api_types::{
    Actor, ErrorMessage, NewSavedView, SavedView, SavedViewForm, SavedViewPage, wire_time, words,
};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::Permission;
use store::{NewView, ViewChange};

use crate::auth::Person;
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query, name_of};
use crate::revision::{IfMatch, Revision};
use crate::state::ApiState;

/// Longest query of an address that is kept, in characters.
const SEARCH_CHARS_MAX: usize = 2_000;
/// What one must be permitted to see what somebody looks for.
const NEEDS: Permission = Permission::AlertRead;

/// Lists own and shared views of a page, by name.
#[utoipa::path(get, path = "/internal/views", tag = "console", params(
    ("page" = words::ViewPage, Query, description = "Which page"),
), responses((status = 200, body = SavedViewPage), (status = 400, body = ErrorMessage),
    (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage)))]
pub(crate) async fn list_views(
    person: Person,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<SavedViewPage>, ApiError> {
    person.require(NEEDS)?;
    let page = page_of(query.one("page").unwrap_or_default().to_owned())?;
    let views = state.store.list_views(&person.known.user.id, &page).await?;
    Ok(Json(SavedViewPage { results: views.iter().map(|view| shown(view, &person)).collect(), next: None }))
}

/// Keeps a view.
#[utoipa::path(post, path = "/internal/views", tag = "console", request_body = NewSavedView,
    responses((status = 200, body = SavedView), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "One has a view of that name already")))]
pub(crate) async fn create_view(
    person: Person,
    State(state): State<ApiState>,
    Body(form): Body<NewSavedView>,
) -> Result<Json<SavedView>, ApiError> {
    person.require(NEEDS)?;
    let NewSavedView { page, name, search, shared } = form;
    let change = change_of(name, search, shared)?;
    let new = NewView { user_id: person.known.user.id.clone(), page: page_of(page)?, change };
    let view = state.store.create_view(new).await?;
    Ok(Json(shown(&view, &person)))
}

/// Changes a view: one's own, or a shared one as somebody who manages users.
#[utoipa::path(put, path = "/internal/views/{id}", tag = "console", params(("id" = String, Path)),
    request_body = SavedViewForm,
    responses((status = 200, body = SavedView), (status = 400, body = ErrorMessage),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage),
        (status = 409, body = ErrorMessage, description = "Its maker has a view of that name already"),
        (status = 412, body = ErrorMessage, description = "`If-Match` was given, and it was changed meanwhile")))]
pub(crate) async fn update_view(
    person: Person,
    State(state): State<ApiState>,
    Id(id): Id,
    if_match: IfMatch,
    Body(form): Body<SavedViewForm>,
) -> Result<Json<SavedView>, ApiError> {
    person.require(NEEDS)?;
    let SavedViewForm { name, search, shared } = form;
    let change = change_of(name, search, shared)?;
    let before = changeable(&state, &person, &id).await?;
    if_match.check(&format!("the view `{}`", before.name), &revision(&before))?;
    let view = state.store.update_view(&person.known.user.id, &id, change).await?;
    Ok(Json(shown(&view, &person)))
}

/// Deletes a view: one's own, or a shared one as somebody who manages users.
#[utoipa::path(delete, path = "/internal/views/{id}", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn delete_view(
    person: Person,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    person.require(NEEDS)?;
    changeable(&state, &person, &id).await?;
    state.store.delete_view(&person.known.user.id, &id).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Has the page open with this view for oneself.
#[utoipa::path(put, path = "/internal/views/{id}/default", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn choose_default_view(
    person: Person,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    person.require(NEEDS)?;
    state.store.set_default_view(&person.known.user.id, &id, true).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Has the page open without this view for oneself.
#[utoipa::path(delete, path = "/internal/views/{id}/default", tag = "console", params(("id" = String, Path)),
    responses((status = 204), (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 404, body = ErrorMessage)))]
pub(crate) async fn clear_default_view(
    person: Person,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    person.require(NEEDS)?;
    state.store.set_default_view(&person.known.user.id, &id, false).await?;
    Ok(empty(StatusCode::NO_CONTENT))
}

/// The view, when the person sees it and may change it.
async fn changeable(state: &ApiState, person: &Person, id: &str) -> Result<store::SavedView, ApiError> {
    let view = state.store.find_view(&person.known.user.id, id).await?;
    let view = view.ok_or_else(|| ApiError::not_found(format!("no saved view `{id}`")))?;
    person.audit.before(&shown(&view, person));
    match may_change(&view, person) {
        true => Ok(view),
        false => Err(ApiError::forbidden(format!(
            "the view `{}` is somebody else's; save one of your own, or ask its maker",
            view.name
        ))),
    }
}

fn may_change(view: &store::SavedView, person: &Person) -> bool {
    view.user_id == person.known.user.id || person.holds(Permission::UserModify)
}

fn page_of(page: String) -> Result<String, ApiError> {
    let pages = words::ViewPage::list();
    if pages.contains(&page.as_str()) {
        return Ok(page);
    }
    Err(ApiError::bad_request(format!("`page`: views are kept of {}", pages.join(", "))))
}

fn change_of(name: String, search: String, is_shared: bool) -> Result<ViewChange, ApiError> {
    if search.chars().count() > SEARCH_CHARS_MAX || search.chars().any(char::is_control) {
        let message = format!("`search` is not a line of at most {SEARCH_CHARS_MAX} characters");
        return Err(ApiError::bad_request(message));
    }
    Ok(ViewChange { name: name_of("name", name)?, search, is_shared })
}

/// Of what people may change of it.
fn revision(view: &store::SavedView) -> Revision {
    Revision::of(&(&view.name, &view.search, view.is_shared))
}

fn shown(view: &store::SavedView, person: &Person) -> SavedView {
    let (may_change, revision) = (may_change(view, person), revision(view).into_text());
    let store::SavedView { id, user_id, page, name, search, is_shared, is_default, created_at, updated_at } =
        view.clone();
    SavedView {
        id,
        page,
        name,
        search,
        shared: is_shared,
        is_default,
        may_change,
        created_by: Actor { id: user_id, actor_type: "user".to_owned() },
        created_at: wire_time(created_at),
        updated_at: wire_time(updated_at),
        revision,
    }
}
