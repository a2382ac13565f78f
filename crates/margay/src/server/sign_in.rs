//! What the configuration says about signing in, compared with what the database knows.

use api::{SamlMetadata, SignInSettings};
use store::{RoleKey, Store};
use tracing::warn;

use crate::failure::Failure;

/// Warns of roles that do not exist, of certificates that count for nothing, of a server that nobody could help when
/// the providers fail, and of one whose everyday administrators are shut out.
///
/// Roles can be renamed while the server runs, so that this is no error: people who would get a role that does not
/// exist are refused, with a message that names it.
pub(super) async fn warn_of(settings: &SignInSettings, store: &Store) -> Result<(), Failure> {
    let unreadable = |error| Failure::operation("cannot read the database", &error);
    if settings.has_providers() {
        for name in settings.roles() {
            let key = RoleKey::Name(name.to_owned());
            if store.find_role(&key).await.map_err(unreadable)?.is_none() {
                warn!(
                    "`sign_in` gives the role `{name}`, which does not exist; who would get it is refused until \
                     there is one"
                );
            }
        }
    }
    for saml in &settings.saml {
        let SamlMetadata::File(metadata) = &saml.metadata else { continue };
        let id = &saml.provider.id;
        for problem in &metadata.unused {
            warn!(provider.id = %id, "a signing certificate of the metadata is not used: {problem}");
        }
    }
    if settings.enforce_sso && !store.has_administrator().await.map_err(unreadable)? {
        warn!(
            "`sign_in.enforce_sso` is on and no administrator has a password: when the provider fails, nobody can \
             sign in; invite one with `margay user invite`"
        );
    }
    if settings.enforce_sso && !store.has_provided_administrator().await.map_err(unreadable)? {
        warn!(
            "`sign_in.enforce_sso` is on and nobody who manages users signs in through a provider; give somebody such \
             a role by `role_map`, or connect an administrator with `margay user connect`"
        );
    }
    Ok(())
}
