//! `/users`: people. An invitation makes the account; nobody is sent a mail.

use api_types::{ErrorMessage, InvitedUser, PasswordLink, User, UserForm, UserPage, UserRole, words};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use model::{ActorKind, UserStatus};
use store::{NewUser, PageRequest, RoleKey, UserFilter};

use crate::audit::slot::Slot;
use crate::auth::{Caller, UserModify, UserRead};
use crate::error::{ApiError, empty};
use crate::params::{Body, Id, Query, name_of};
use crate::sign_in::links::password_link;
use crate::state::ApiState;

/// Users of a page, unless asked for fewer; also the most.
const LIMIT: usize = 60;

/// Lists users in the order of their invitation.
#[utoipa::path(get, path = "/users", tag = "user", params(
    ("contains" = Option<String>, Query, description = "Part of name or address, whatever the letter case"),
    ("email" = Option<String>, Query, description = "Exactly this address; everything else is ignored"),
    ("id" = Option<Vec<String>>, Query, description = "One of these ids"),
    ("ids" = Option<String>, Query, description = "One of these ids, separated by commas"),
    ("include-deactivated" = Option<bool>, Query, description = "Those who may do nothing too"),
    ("status" = Option<words::UserStatus>, Query, description = "Whose account stands so"),
    ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u64>, Query, minimum = 1, maximum = 60, description = "1 to 60, 60 by default"),
), responses((status = 200, body = UserPage), (status = 400, body = ErrorMessage)))]
pub(crate) async fn list_users(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    query: Query,
) -> Result<Json<UserPage>, ApiError> {
    let words = UserStatus::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ");
    let status = query.parsed("status", &format!("one of {words}"), |text| text.parse().ok())?;
    let all_of_them = query.flag("include-deactivated")?;
    let filter = match query.one("email") {
        Some(email) => {
            UserFilter { email: Some(email.to_owned()), include_disabled: true, ..UserFilter::default() }
        }
        None => UserFilter {
            contains: query.one("contains").map(str::to_owned),
            email: None,
            ids: query.ids(),
            include_disabled: all_of_them,
            status,
        },
    };
    let cursor = query.one("cursor").map(str::to_owned);
    let page = PageRequest { cursor, limit: query.limit_within(LIMIT, LIMIT)? };
    let page = state.store.list_users(&filter, &page).await?;
    Ok(Json(UserPage { results: page.items.iter().map(User::from).collect(), next: page.next }))
}

/// Invites a user.
#[utoipa::path(post, path = "/users", tag = "user", request_body = UserForm,
    responses((status = 200, body = InvitedUser),
        (status = 400, body = ErrorMessage, description = "A field is wrong, or the address is taken"),
        (status = 403, body = ErrorMessage, description = "The role permits what the caller may not do")))]
pub(crate) async fn invite_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    headers: HeaderMap,
    Body(form): Body<UserForm>,
) -> Result<Json<InvitedUser>, ApiError> {
    let UserForm { email, given_name, family_name, role, enabled: _ } = form;
    let new = NewUser {
        email: email_of(needed("email", email)?)?,
        given_name: name_of("givenName", needed("givenName", given_name)?)?,
        family_name: name_of("familyName", needed("familyName", family_name)?)?,
        role: role_of(needed("role", role)?)?,
    };
    let user = state.store.create_user(new, caller.rights.clone()).await?;
    let PasswordLink { link, expires_at } = password_link(&state, &headers, &user.id, caller.rights).await?;
    let user = User::from(&user);
    Ok(Json(InvitedUser { user, invitation_link: link, invitation_expires_at: expires_at }))
}

/// Shows one user.
#[utoipa::path(get, path = "/users/{id}", tag = "user", params(("id" = String, Path)),
    responses((status = 200, body = User), (status = 404, body = ErrorMessage)))]
pub(crate) async fn find_user(
    _: Caller<UserRead>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Json<User>, ApiError> {
    let user = state.store.find_user(&id).await?;
    user.map(|user| Json(User::from(&user))).ok_or_else(|| ApiError::not_found(format!("no user `{id}`")))
}

/// Changes a user.
#[utoipa::path(post, path = "/users/{id}", tag = "user", params(("id" = String, Path)),
    request_body = UserForm,
    responses((status = 200, body = User), (status = 404, body = ErrorMessage),
        (status = 400, body = ErrorMessage, description = "A field is wrong, or the address is taken"),
        (status = 403, body = ErrorMessage, description = "The old or the new role permits what the caller may not do")))]
pub(crate) async fn update_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
    Body(form): Body<UserForm>,
) -> Result<Json<User>, ApiError> {
    let UserForm { email, given_name, family_name, role, enabled } = form;
    refuse_own_role(&caller, &id, role.is_some() || enabled == Some(false))?;
    let change = store::UserForm {
        email: email.map(email_of).transpose()?,
        given_name: given_name.map(|name| name_of("givenName", name)).transpose()?,
        family_name: family_name.map(|name| name_of("familyName", name)).transpose()?,
        role: role.map(role_of).transpose()?,
        enabled,
    };
    note_before(&state, &caller.audit, &id).await?;
    let user = state.store.update_user(&id, change, caller.rights).await?;
    Ok(Json(User::from(&user)))
}

/// Deletes a user.
#[utoipa::path(delete, path = "/users/{id}", tag = "user", params(("id" = String, Path)),
    responses((status = 200), (status = 404, body = ErrorMessage),
        (status = 403, body = ErrorMessage, description = "The role permits what the caller may not do")))]
pub(crate) async fn delete_user(
    caller: Caller<UserModify>,
    State(state): State<ApiState>,
    Id(id): Id,
) -> Result<Response, ApiError> {
    refuse_own_end(&caller, &id)?;
    note_before(&state, &caller.audit, &id).await?;
    state.store.delete_user(&id, caller.rights).await?;
    Ok(empty(StatusCode::OK))
}

/// Notes for the audit log what the user is before a change.
pub(crate) async fn note_before(state: &ApiState, audit: &Slot, id: &str) -> Result<(), ApiError> {
    if let Some(user) = state.store.find_user(id).await? {
        audit.before(&User::from(&user));
    }
    Ok(())
}

/// Refuses somebody who would change the own role or state.
pub(crate) fn refuse_own_role<P>(caller: &Caller<P>, id: &str, is_changed: bool) -> Result<(), ApiError> {
    if is_changed && is_oneself(caller, id) {
        let message = "nobody changes the own role or disables himself; ask somebody else";
        return Err(ApiError::forbidden(message));
    }
    Ok(())
}

/// Refuses somebody who would delete himself.
pub(crate) fn refuse_own_end<P>(caller: &Caller<P>, id: &str) -> Result<(), ApiError> {
    match is_oneself(caller, id) {
        true => Err(ApiError::forbidden("nobody deletes himself; ask somebody else")),
        false => Ok(()),
    }
}

fn is_oneself<P>(caller: &Caller<P>, id: &str) -> bool {
    caller.actor.kind == ActorKind::User && caller.actor.id == id
}

fn needed<T>(key: &str, value: Option<T>) -> Result<T, ApiError> {
    value.ok_or_else(|| ApiError::bad_request(format!("`{key}` is missing")))
}

/// A mail address.
pub(crate) fn email_of(text: String) -> Result<String, ApiError> {
    if model::is_email(&text) {
        return Ok(text);
    }
    Err(ApiError::bad_request("`email` is no address such as `mira@example.com`"))
}

fn role_of(role: UserRole) -> Result<RoleKey, ApiError> {
    match role {
        UserRole { id: Some(id), name: None } => Ok(RoleKey::Id(id)),
        UserRole { id: None, name: Some(name) } => Ok(RoleKey::Name(name)),
        UserRole { .. } => Err(ApiError::bad_request("`role`: give either `id` or `name`")),
    }
}
