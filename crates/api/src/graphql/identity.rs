//! Users, roles and tokens.

use model::{Actor, ActorKind, LogTypeAccessKind, Permission, PermissionSet, Role, User};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::{Value, json};
use store::{KnownToken, NewUser, PageRequest, RoleChange, RoleKey, UserFilter, UserForm};

use super::alerts::time;
use super::call::{Answer, Call, Needs, ObjectField, Refusal, RootField};
use crate::error::ApiError;
use crate::params::name_of;
use crate::roles::access;
use crate::state::ApiState;
use crate::users::email_of;

const READ: Needs = Needs::All(&[Permission::UserRead]);
const MODIFY: Needs = Needs::All(&[Permission::UserModify]);
/// Users that one answer lists.
const USERS_MAX: usize = 10_000;
/// Users that are read at once.
const USERS_PAGE: usize = 1_000;

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "roleById", needs: READ, resolve: |call| Box::pin(role_by_id(call)) },
    RootField { name: "roleByName", needs: READ, resolve: |call| Box::pin(role_by_name(call)) },
    RootField { name: "roles", needs: READ, resolve: |call| Box::pin(roles(call)) },
    RootField { name: "userByEmail", needs: READ, resolve: |call| Box::pin(user_by_email(call)) },
    RootField { name: "userById", needs: READ, resolve: |call| Box::pin(user_by_id(call)) },
    RootField { name: "users", needs: READ, resolve: |call| Box::pin(users(call)) },
    RootField { name: "createRole", needs: MODIFY, resolve: |call| Box::pin(create_role(call)) },
    RootField { name: "updateRole", needs: MODIFY, resolve: |call| Box::pin(update_role(call)) },
    RootField { name: "deleteRole", needs: MODIFY, resolve: |call| Box::pin(delete_role(call)) },
    RootField { name: "inviteUser", needs: MODIFY, resolve: |call| Box::pin(invite_user(call)) },
    RootField { name: "updateUser", needs: MODIFY, resolve: |call| Box::pin(update_user(call)) },
    RootField { name: "deleteUser", needs: MODIFY, resolve: |call| Box::pin(delete_user(call)) },
    RootField { name: "rotateAPIToken", needs: Needs::Token, resolve: |call| Box::pin(rotate_token(call)) },
];

/// A field that says who did something.
const fn actor_field(object: &'static str, name: &'static str) -> ObjectField {
    ObjectField { object, name, resolve: |call| Box::pin(actor(call)) }
}

pub(super) const OBJECTS: &[ObjectField] = &[
    ObjectField { object: "Alert", name: "assignee", resolve: |call| Box::pin(assignee(call)) },
    ObjectField { object: "User", name: "role", resolve: |call| Box::pin(role_of_user(call)) },
    actor_field("APIToken", "createdBy"),
    actor_field("APIToken", "rotatedBy"),
    actor_field("APIToken", "updatedBy"),
    actor_field("Alert", "updatedBy"),
    actor_field("Comment", "createdBy"),
    actor_field("Detection", "createdBy"),
    actor_field("Detection", "updatedBy"),
    actor_field("GenericLogIntegration", "createdBy"),
    actor_field("Role", "updatedBy"),
];

/// An actor as it is kept in an object until somebody asks who that is.
pub(super) fn actor_json(actor: &Actor) -> Value {
    let kind = match actor.kind {
        ActorKind::User => "user",
        ActorKind::ApiToken => "api-token",
        ActorKind::System => "system",
    };
    json!({ "id": actor.id, "type": kind })
}

/// Who that is; null for callers who may not view users, and for those who are gone, where it may be null.
async fn actor(call: Call<'_>) -> Answer {
    let kept = &call.parent[call.field];
    let object = call.parent["__typename"].as_str().unwrap_or_default();
    let is_needed = call.field == "createdBy" && matches!(object, "APIToken" | "Comment");
    if !call.caller.holds(Permission::UserRead) {
        return if is_needed { Err(Refusal::denied()) } else { Ok(Value::Null) };
    }
    let id = kept["id"].as_str().unwrap_or_default();
    let store = &call.state.store;
    let found = match kept["type"].as_str() {
        Some("user") => store.find_user(id).await?.map(|user| user_json(&user)),
        Some("api-token") => store.find_token(id).await?.map(|token| token_json(&token)),
        _ => None,
    };
    // A field of the type `User` cannot hold a token.
    let is_user_field = object == "APIToken" && call.field != "rotatedBy";
    let fits = |found: &Value| !is_user_field || found["__typename"] == "User";
    match found.filter(fits) {
        None if is_needed => {
            let what =
                if object == "Comment" { "who wrote the comment" } else { "the user who made the token" };
            Err(Refusal::not_found(what, call.parent_text("id")))
        }
        found => Ok(found.unwrap_or(Value::Null)),
    }
}

/// An assignee is the id of a user; older ones may be any text, such as a mail address.
async fn assignee(call: Call<'_>) -> Answer {
    let text = call.parent_text("assignee");
    if text.is_empty() || !call.caller.holds(Permission::UserRead) {
        return Ok(Value::Null);
    }
    let user = match call.state.store.find_user(text).await? {
        Some(user) => Some(user),
        None => find_by_email(call.state, text).await?,
    };
    Ok(user.map_or(Value::Null, |user| user_json(&user)))
}

/// The user with this mail address, whatever the letter case.
pub(super) async fn find_by_email(state: &ApiState, email: &str) -> Result<Option<User>, Refusal> {
    let filter =
        UserFilter { email: Some(email.to_owned()), include_disabled: true, ..UserFilter::default() };
    Ok(state.store.list_users(&filter, &PageRequest::first(1)).await?.items.into_iter().next())
}

fn user_json(user: &User) -> Value {
    json!({
        "__typename": "User",
        "id": user.id,
        "email": user.email,
        "givenName": user.given_name,
        "familyName": user.family_name,
        "enabled": user.enabled,
        "status": user.status.as_str(),
        "role": user.role_id,
        "createdAt": time(user.created_at),
        "lastLoggedInAt": user.last_login_at.map(time),
    })
}

fn token_json(known: &KnownToken) -> Value {
    let token = &known.token;
    let networks: Vec<String> = token.allowed_networks.iter().map(ToString::to_string).collect();
    json!({
        "__typename": "APIToken",
        "id": token.id,
        "name": token.name,
        "permissions": known.permissions(),
        "allowedCIDRBlocks": networks,
        "createdAt": time(token.created_at),
        "createdBy": token.created_by.as_ref().map(actor_json),
        "expiresAt": token.expires_at.map(time),
        "lastUsedAt": token.last_used_at.map(time),
        "rotatedAt": token.rotated_at.map(time),
        "rotatedBy": token.rotated_by.as_ref().map(actor_json),
        "updatedAt": token.updated_at.map(time),
        "updatedBy": token.updated_by.as_ref().map(actor_json),
    })
}

fn role_json(role: &Role) -> Value {
    let access = &role.rights.log_types;
    let has_list = matches!(access.kind, LogTypeAccessKind::Allow | LogTypeAccessKind::Deny);
    json!({
        "id": role.id,
        "name": role.name,
        "permissions": role.rights.permissions,
        "logTypeAccess": has_list.then_some(&access.log_types),
        "logTypeAccessKind": access.kind.as_str(),
        "createdAt": time(role.created_at),
        "updatedAt": time(role.updated_at),
        "updatedBy": role.updated_by.as_ref().map(actor_json),
    })
}

async fn role(call: &Call<'_>, key: RoleKey, shown: &str) -> Answer {
    let role = call.state.store.find_role(&key).await?;
    role.map(|role| role_json(&role)).ok_or_else(|| Refusal::not_found("role", shown))
}

async fn role_by_id(mut call: Call<'_>) -> Answer {
    let id: String = call.argument("id")?;
    role(&call, RoleKey::Id(id.clone()), &id).await
}

async fn role_by_name(mut call: Call<'_>) -> Answer {
    let name: String = call.argument("name")?;
    role(&call, RoleKey::Name(name.clone()), &name).await
}

async fn role_of_user(call: Call<'_>) -> Answer {
    let id = call.parent_text("role").to_owned();
    role(&call, RoleKey::Id(id.clone()), &id).await
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RolesInput {
    name_contains: Option<String>,
    sort_dir: Option<String>,
}

async fn roles(mut call: Call<'_>) -> Answer {
    let input: Option<RolesInput> = call.input()?;
    let RolesInput { name_contains, sort_dir } = input.unwrap_or_default();
    let part = name_contains.unwrap_or_default().to_lowercase();
    let mut roles = call.state.store.list_roles().await?;
    roles.retain(|role| role.name.to_lowercase().contains(&part));
    if sort_dir.as_deref() == Some("descending") {
        roles.reverse();
    }
    Ok(roles.iter().map(role_json).collect())
}

async fn user_by_id(mut call: Call<'_>) -> Answer {
    let id: String = call.argument("id")?;
    let user = call.state.store.find_user(&id).await?;
    user.map(|user| user_json(&user)).ok_or_else(|| Refusal::not_found("user", &id))
}

async fn user_by_email(mut call: Call<'_>) -> Answer {
    let email: String = call.argument("email")?;
    let user = find_by_email(call.state, &email).await?;
    user.map(|user| user_json(&user)).ok_or_else(|| Refusal::not_found("user", &email))
}

/// All of them: the schema has no pages here.
async fn users(call: Call<'_>) -> Answer {
    let filter = UserFilter { include_disabled: true, ..UserFilter::default() };
    let mut users: Vec<Value> = Vec::new();
    let mut request = PageRequest::first(USERS_PAGE);
    loop {
        let page = call.state.store.list_users(&filter, &request).await?;
        users.extend(page.items.iter().map(user_json));
        match page.next {
            Some(_) if users.len() >= USERS_MAX => {
                return Err(Refusal::not_available(format!(
                    "there are more than {USERS_MAX} users; list them by page with GET /users"
                )));
            }
            Some(next) => request.cursor = Some(next),
            None => return Ok(users.into()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleInput {
    id: Option<String>,
    name: Option<String>,
    permissions: Option<Vec<Permission>>,
    log_type_access: Option<Vec<String>>,
    log_type_access_kind: Option<String>,
}

impl RoleInput {
    /// What the input says; absent keys stay as they are.
    fn change(self) -> Result<RoleChange, Refusal> {
        let RoleInput { id: _, name, permissions, log_type_access, log_type_access_kind } = self;
        let log_types = log_type_access.map(|list| list.into_iter().map(Into::into).collect());
        Ok(RoleChange {
            name: name.map(|name| name_of("name", name)).transpose()?,
            permissions: permissions.map(|list| list.into_iter().collect::<PermissionSet>()),
            log_types: access(log_type_access_kind, log_types)?,
        })
    }
}

async fn create_role(mut call: Call<'_>) -> Answer {
    let RoleChange { name, permissions, log_types } = call.input::<RoleInput>()?.change()?;
    let rights = model::Rights {
        permissions: permissions.unwrap_or_default(),
        log_types: log_types.unwrap_or(model::LogTypeAccess::ALL),
    };
    let form = store::RoleForm { name: name.unwrap_or_default(), rights };
    let caller = call.caller;
    let role = call.state.store.create_role(form, Some(caller.actor.clone()), caller.rights.clone()).await?;
    Ok(json!({ "role": role_json(&role) }))
}

async fn update_role(mut call: Call<'_>) -> Answer {
    let mut input: RoleInput = call.input()?;
    let id = input.id.take().unwrap_or_default();
    let (change, caller) = (input.change()?, call.caller);
    let by = Some(caller.actor.clone());
    crate::roles::note_before(call.state, &caller.audit, &id).await?;
    let role = call.state.store.update_role(&id, change, by, caller.rights.clone()).await?;
    Ok(json!({ "role": role_json(&role) }))
}

#[derive(Deserialize)]
struct IdInput {
    id: String,
}

async fn delete_role(mut call: Call<'_>) -> Answer {
    let IdInput { id } = call.input()?;
    crate::roles::note_before(call.state, &call.caller.audit, &id).await?;
    call.state.store.delete_role(&id, call.caller.rights.clone()).await?;
    Ok(json!({ "id": id }))
}

#[derive(Deserialize)]
struct UserRoleInput {
    kind: String,
    value: String,
}

impl From<UserRoleInput> for RoleKey {
    fn from(UserRoleInput { kind, value }: UserRoleInput) -> RoleKey {
        if kind == "NAME" { RoleKey::Name(value) } else { RoleKey::Id(value) }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserInput {
    id: Option<String>,
    email: Option<String>,
    family_name: Option<String>,
    given_name: Option<String>,
    role: Option<UserRoleInput>,
}

impl UserInput {
    /// What the input says; absent keys stay as they are.
    fn form(self) -> Result<UserForm, Refusal> {
        let UserInput { id: _, email, family_name, given_name, role } = self;
        Ok(UserForm {
            email: email.map(email_of).transpose()?,
            given_name: given_name.map(|name| name_of("givenName", name)).transpose()?,
            family_name: family_name.map(|name| name_of("familyName", name)).transpose()?,
            role: role.map(RoleKey::from),
            enabled: None,
        })
    }
}

async fn invite_user(mut call: Call<'_>) -> Answer {
    let UserForm { email, given_name, family_name, role, enabled: _ } = call.input::<UserInput>()?.form()?;
    let missing = || Refusal::bad_input("`role` is missing");
    let new = NewUser {
        email: email.unwrap_or_default(),
        given_name: given_name.unwrap_or_default(),
        family_name: family_name.unwrap_or_default(),
        role: role.ok_or_else(missing)?,
    };
    let user = call.state.store.create_user(new, call.caller.rights.clone()).await?;
    Ok(json!({ "user": user_json(&user) }))
}

/// A refusal that says why, where the plain one of GraphQL would speak of missing permissions.
fn said(error: ApiError) -> Refusal {
    Refusal::bad_input(error.into_message())
}

async fn update_user(mut call: Call<'_>) -> Answer {
    let mut input: UserInput = call.input()?;
    let id = input.id.take().unwrap_or_default();
    let form = input.form()?;
    crate::users::refuse_own_role(call.caller, &id, form.role.is_some()).map_err(said)?;
    crate::users::note_before(call.state, &call.caller.audit, &id).await?;
    let user = call.state.store.update_user(&id, form, call.caller.rights.clone()).await?;
    Ok(json!({ "user": user_json(&user) }))
}

async fn delete_user(mut call: Call<'_>) -> Answer {
    let IdInput { id } = call.input()?;
    crate::users::refuse_own_end(call.caller, &id).map_err(said)?;
    crate::users::note_before(call.state, &call.caller.audit, &id).await?;
    call.state.store.delete_user(&id, call.caller.rights.clone()).await?;
    Ok(json!({ "id": id }))
}

/// The calling token; its old value is of no use from now on.
async fn rotate_token(call: Call<'_>) -> Answer {
    let Call { state, caller, .. } = call;
    let by = Some(caller.actor.clone());
    crate::api_tokens::note_before(state, &caller.audit, &caller.actor.id).await?;
    let (known, value) = state.store.rotate_token(&caller.actor.id, by, caller.rights.clone()).await?;
    let mut token = token_json(&known);
    token["value"] = value.expose_secret().into();
    Ok(json!({ "token": token }))
}
