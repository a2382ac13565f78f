//! Who may change how people sign in, and what would lock everybody out.

use model::Rights;
use store::RoleKey;

use crate::auth::Caller;
use crate::error::ApiError;
use crate::settings_admin::SignOnView;
use crate::state::ApiState;

/// Whether the caller may change providers.
pub(super) fn may_change<P>(caller: &Caller<P>) -> bool {
    caller.rights.lacking(&Rights::all()).is_none()
}

/// Refuses a caller who could become somebody with more rights by a provider of his own.
pub(super) fn require_all<P>(caller: &Caller<P>) -> Result<(), ApiError> {
    match caller.rights.lacking(&Rights::all()) {
        None => Ok(()),
        Some(lacking) => Err(ApiError::forbidden(format!(
            "an identity provider says who people are, so whoever changes one needs every permission and all log \
             types; this caller lacks {lacking}"
        ))),
    }
}

/// Refuses to enforce single sign-on where somebody would be locked out for good.
pub(super) async fn refuse_lock_out(state: &ApiState, view: &SignOnView) -> Result<(), ApiError> {
    if !view.providers.iter().any(|provider| provider.problem.is_none()) {
        let message = "nobody could sign in: there is no identity provider that works; add one first";
        return Err(ApiError::conflict(message));
    }
    if !state.store.has_administrator().await? {
        return Err(ApiError::conflict(
            "no administrator has a password: when the provider fails, nobody could sign in; keep one such account, \
             invite somebody in a role that manages users",
        ));
    }
    if !state.store.has_provided_administrator().await? {
        return Err(ApiError::conflict(
            "nobody who manages users signs in through a provider yet; give somebody such a role by its groups, or \
             connect an administrator with an identity, and let that person sign in once",
        ));
    }
    Ok(())
}

/// Refuses to take away the last provider while passwords are for administrators alone.
pub(super) fn refuse_last(view: &SignOnView, id: &str) -> Result<(), ApiError> {
    let is_left = view
        .providers
        .iter()
        .any(|provider| (provider.id != id || provider.provisioned) && provider.problem.is_none());
    match is_left || !view.enforce_sso {
        true => Ok(()),
        false => Err(ApiError::conflict(
            "single sign-on is enforced, and this is the last identity provider; stop enforcing it first",
        )),
    }
}

/// Refuses the name of a role that does not exist.
pub(super) async fn refuse_unknown_role(state: &ApiState, name: &str) -> Result<(), ApiError> {
    match state.store.find_role(&RoleKey::Name(name.to_owned())).await? {
        Some(_) => Ok(()),
        None => Err(ApiError::bad_request(format!("`defaultRole`: there is no role `{name}`"))),
    }
}

/// What may not be meant so, of the whole.
pub(super) async fn warnings(state: &ApiState, view: &SignOnView) -> Result<Vec<String>, ApiError> {
    let mut warnings = Vec::new();
    let role = &view.default_role;
    if state.store.find_role(&RoleKey::Name(role.clone())).await?.is_none() {
        warnings.push(format!("there is no role `{role}`, which newcomers would get; they are refused"));
    }
    if view.enforce_sso && !state.store.has_administrator().await? {
        warnings
            .push("no administrator has a password: when the provider fails, nobody can sign in".to_owned());
    }
    if state.external_url.is_none() {
        warnings.push(
            "`external_url` is not set in the configuration: providers compare addresses to the last character, and \
             SAML works only on the machine itself"
                .to_owned(),
        );
    }
    Ok(warnings)
}
