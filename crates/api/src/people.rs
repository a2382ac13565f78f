//! `/internal/people`: what people are called, for everybody who is signed in. Their addresses and roles are for
//! who may see users.

use api_types::{ErrorMessage, NamedPerson, NamedPersonList};
use axum::Json;
use axum::extract::State;
use model::User;

use crate::auth::Person;
use crate::error::ApiError;
use crate::state::ApiState;

/// People whose names are told.
const PEOPLE_MAX: usize = 5_000;

/// Lists what people are called, by name; those who are disabled too.
#[utoipa::path(get, path = "/internal/people", tag = "console",
    responses((status = 200, body = NamedPersonList), (status = 401, body = ErrorMessage)))]
pub(crate) async fn list_people(
    _: Person,
    State(state): State<ApiState>,
) -> Result<Json<NamedPersonList>, ApiError> {
    // One more tells whether there are more.
    let mut people = state.store.list_everybody(PEOPLE_MAX as u64 + 1).await?;
    let truncated = people.len() > PEOPLE_MAX;
    people.truncate(PEOPLE_MAX);
    Ok(Json(NamedPersonList { results: people.iter().map(named).collect(), truncated }))
}

fn named(user: &User) -> NamedPerson {
    NamedPerson { id: user.id.clone(), name: name_of(user), is_enabled: user.enabled }
}

fn name_of(user: &User) -> String {
    let name = format!("{} {}", user.given_name, user.family_name);
    match name.trim() {
        "" => user.email.split('@').next().unwrap_or_default().to_owned(),
        name => name.to_owned(),
    }
}
