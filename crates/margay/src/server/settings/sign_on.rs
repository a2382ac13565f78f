//! Identity providers that are not of the file: how they are made, and how they stand beside those of the file.

use std::sync::Arc;

use api::{AdminRefusal, AnyProvider, ProviderView, SignInSettings, SignOnView};
use api_types::{IdentityProviderForm, SignOnForm};
use secrecy::SecretString;
use store::{KeyRing, SettingsGroup, StoreError, StoredIdentityProvider};
use tokio::sync::MutexGuard;
use tracing::warn;

use super::super::sign_in;
use super::{FilePart, Settings};
use crate::config::role_name;
use crate::failure::Failure;
use crate::identity_provider::{
    Opened, SecretWord, broken_to_wire, checked, open, row_of, secret_of, sign_on_of, take_secret, to_wire,
};
use crate::stored::failed;

/// What a form would become; nothing is stored.
pub(super) fn draft(mut form: IdentityProviderForm) -> Result<AnyProvider, AdminRefusal> {
    take_secret(&mut form)?;
    let id = form.id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| "new".to_owned());
    checked(&form, &id, None)
}

impl Settings {
    /// Reads what is stored and makes it count.
    pub(crate) async fn publish_sign_on(&self) -> Result<(), Failure> {
        let file = self.file.lock().await;
        self.publish_sign_on_locked(&file).await
    }

    pub(super) async fn publish_sign_on_locked(&self, file: &FilePart) -> Result<(), Failure> {
        let (settings, view) = self.sign_on_with(file).await?;
        sign_in::warn_of(&settings, &self.store).await?;
        self.reached.sign_in.store(Arc::new(settings));
        self.sign_on.store(Arc::new(view));
        Ok(())
    }

    /// The providers of the file with the stored ones that go with them.
    async fn sign_on_with(&self, file: &FilePart) -> Result<(SignInSettings, SignOnView), Failure> {
        let unreadable = |error| Failure::operation("cannot read the stored identity providers", &error);
        let stored = self.store.list_identity_providers().await.map_err(unreadable)?;
        let made = self.store.find_settings(SettingsGroup::SignIn).await.map_err(unreadable)?;
        let mut settings = file.sign_in.clone();
        let oidc = settings.oidc.iter().cloned().map(AnyProvider::Oidc);
        let saml = settings.saml.iter().cloned().map(AnyProvider::Saml);
        let mut providers: Vec<ProviderView> = oidc.chain(saml).map(|it| to_wire(&it, None, true)).collect();
        let ring = KeyRing::load(&self.key_file);
        for row in &stored {
            providers.push(beside(&mut settings, row, open(&ring, row)));
        }
        let SignOnForm { enforce_sso, default_role } = sign_on_of(made);
        let origin = |is_stated: bool, is_made: bool| match (is_stated, is_made) {
            (true, _) => "file",
            (false, true) => "console",
            (false, false) => "default",
        };
        let declared = &file.declared;
        let view = SignOnView {
            enforce_sso: enforce_sso.filter(|_| !declared.enforces_sso).unwrap_or(settings.enforce_sso),
            enforce_sso_origin: origin(declared.enforces_sso, enforce_sso.is_some()),
            default_role_origin: origin(declared.has_default_role, default_role.is_some()),
            default_role: default_role
                .filter(|_| !declared.has_default_role)
                .unwrap_or_else(|| settings.default_role.clone()),
            providers,
        };
        (settings.enforce_sso, settings.default_role) = (view.enforce_sso, view.default_role.clone());
        Ok((settings, view))
    }

    pub(super) fn view_of(&self, id: &str) -> Result<ProviderView, AdminRefusal> {
        let view = self.sign_on.load();
        let found = view.providers.iter().find(|provider| provider.id == id);
        found.cloned().ok_or_else(|| unknown(id))
    }

    /// Stores how people sign in, beside the providers.
    pub(super) async fn make_sign_on(
        &self,
        file: &MutexGuard<'_, FilePart>,
        form: SignOnForm,
    ) -> Result<(), AdminRefusal> {
        let stated = |key: &str| {
            AdminRefusal::Conflict(format!(
                "`sign_in.{key}` is stated in the configuration file; change it there"
            ))
        };
        if file.declared.enforces_sso && form.enforce_sso.is_some() {
            return Err(stated("enforce_sso"));
        }
        if file.declared.has_default_role && form.default_role.is_some() {
            return Err(stated("default_role"));
        }
        let SignOnForm { enforce_sso, default_role } = form;
        let default_role = default_role.map(|role| role_name("defaultRole", role)).transpose();
        let form = SignOnForm {
            enforce_sso,
            default_role: default_role.map_err(|error| AdminRefusal::Invalid(error.to_string()))?,
        };
        let value = serde_json::to_value(&form)
            .map_err(|error| AdminRefusal::Invalid(format!("the settings cannot be kept: {error}")))?;
        self.store.put_settings(SettingsGroup::SignIn, value).await.map_err(|error| failed(&error))?;
        self.published(file).await
    }

    /// Checks a form and stores it as a new provider; gives its id.
    pub(super) async fn make_provider(
        &self,
        file: &MutexGuard<'_, FilePart>,
        mut form: IdentityProviderForm,
    ) -> Result<String, AdminRefusal> {
        let id = form.id.clone().filter(|id| !id.is_empty());
        let id = id
            .ok_or_else(|| AdminRefusal::Invalid("`id` is missing; choose one, such as `okta`".to_owned()))?;
        let secret = match take_secret(&mut form)? {
            SecretWord::Set(secret) => secret,
            SecretWord::Keep => None,
        };
        let provider = checked(&form, &id, secret.as_ref())?;
        self.refuse_conflict(&provider, true)?;
        let ring = self.ring(secret.is_some()).await?;
        let row = row_of(&form, &id, secret.as_ref(), || ring.ok_or_else(no_ring), self.clock.now())?;
        self.store.create_identity_provider(row, &self.key_file).await.map_err(|error| failed(&error))?;
        self.published(file).await?;
        Ok(id)
    }

    /// Checks a form and replaces a stored provider; a secret that the form leaves out stays.
    pub(super) async fn change_provider(
        &self,
        file: &MutexGuard<'_, FilePart>,
        id: &str,
        mut form: IdentityProviderForm,
    ) -> Result<(), AdminRefusal> {
        refuse_declared(file, id)?;
        if let Some(other) = form.id.as_deref().filter(|other| !other.is_empty() && *other != id) {
            let message = format!("`id` is `{other}`, and the path names `{id}`; a provider keeps its id");
            return Err(AdminRefusal::Invalid(message));
        }
        let old = self.stored(id).await?;
        let secret: Option<SecretString> = match take_secret(&mut form)? {
            SecretWord::Set(secret) => secret,
            SecretWord::Keep if form.oidc.is_none() => None,
            SecretWord::Keep => secret_of(&KeyRing::load(&self.key_file), &old).map_err(|error| {
                AdminRefusal::Conflict(format!("the stored secret cannot be opened ({error}); give it again"))
            })?,
        };
        let provider = checked(&form, id, secret.as_ref())?;
        self.refuse_conflict(&provider, false)?;
        let ring = self.ring(secret.is_some()).await?;
        let now = self.clock.now();
        let row = row_of(&form, id, secret.as_ref(), || ring.ok_or_else(no_ring), now)?;
        let row = StoredIdentityProvider { revision: old.revision, created_at: old.created_at, ..row };
        self.store.update_identity_provider(row, &self.key_file).await.map_err(|error| failed(&error))?;
        self.published(file).await
    }

    pub(super) async fn remove_provider(
        &self,
        file: &MutexGuard<'_, FilePart>,
        id: &str,
    ) -> Result<(), AdminRefusal> {
        // One that is not used, because the file has another of its id, can be deleted.
        let stored = self.stored(id).await;
        if stored.is_err() {
            refuse_declared(file, id)?;
        }
        stored?;
        self.store.delete_identity_provider(id).await.map_err(|error| failed(&error))?;
        self.published(file).await
    }

    /// Makes a change visible that is stored already.
    async fn published(&self, file: &MutexGuard<'_, FilePart>) -> Result<(), AdminRefusal> {
        let done = self.publish_sign_on_locked(file).await;
        done.map_err(|failure| AdminRefusal::Failed(failure.to_string()))
    }

    /// Refuses an id that is taken, and a provider that vouches for the same people as another one.
    fn refuse_conflict(&self, provider: &AnyProvider, is_new: bool) -> Result<(), AdminRefusal> {
        let settings = self.reached.sign_in.load();
        let id = &provider.common().id;
        if is_new && settings.has_provider(id) {
            let message = format!("the id `{id}` is taken by another identity provider; choose another");
            return Err(AdminRefusal::Conflict(message));
        }
        match settings.conflicting(provider) {
            None => Ok(()),
            Some(other) => Err(AdminRefusal::Conflict(format!(
                "it is known as `{}`, and so is the provider `{}`; keep one of them",
                provider.issuer().unwrap_or_default(),
                other.id
            ))),
        }
    }

    async fn stored(&self, id: &str) -> Result<StoredIdentityProvider, AdminRefusal> {
        let stored = self.store.list_identity_providers().await.map_err(|error| failed(&error))?;
        stored.into_iter().find(|row| row.id == id).ok_or_else(|| unknown(id))
    }

    /// The keys, when they are needed; a missing file is made only when nothing is sealed yet.
    async fn ring(&self, is_needed: bool) -> Result<Option<KeyRing>, AdminRefusal> {
        if !is_needed {
            return Ok(None);
        }
        let may_create = !self.store.has_secrets().await.map_err(|error| failed(&error))?;
        let ring =
            if may_create { KeyRing::load_or_create(&self.key_file) } else { KeyRing::load(&self.key_file) };
        ring.map(Some).map_err(|error| failed(&StoreError::from(error)))
    }
}

/// Puts a stored provider beside those that are there, unless one of them stands above it; gives what is shown.
fn beside(settings: &mut SignInSettings, row: &StoredIdentityProvider, opened: Opened) -> ProviderView {
    let Opened { form, provider } = opened;
    let document = form.saml.as_ref().and_then(|saml| saml.metadata.clone());
    let refused = |problem: String, form: IdentityProviderForm| {
        warn!(provider.id = %row.id, "nobody can sign in through this stored identity provider: {problem}");
        broken_to_wire(row, form, problem)
    };
    if settings.has_provider(&row.id) {
        let problem = "the configuration file declares a provider of this id, which counts; delete this one, or rename \
                       that of the file";
        return refused(problem.to_owned(), form);
    }
    let provider = match provider {
        Ok(provider) => provider,
        Err(problem) => return refused(problem, form),
    };
    if let Some(other) = settings.conflicting(&provider) {
        let problem = format!("the provider `{}` vouches for the same people; keep one of them", other.id);
        return refused(problem, form);
    }
    let view = to_wire(&provider, document, false);
    settings.add(provider);
    view
}

fn refuse_declared(file: &FilePart, id: &str) -> Result<(), AdminRefusal> {
    match file.sign_in.has_provider(id) {
        false => Ok(()),
        true => Err(AdminRefusal::Conflict(format!(
            "identity provider `{id}` is declared in the configuration file; change it there"
        ))),
    }
}

fn unknown(id: &str) -> AdminRefusal {
    AdminRefusal::NotFound(format!("no identity provider `{id}`"))
}

fn no_ring() -> AdminRefusal {
    AdminRefusal::Failed("the keys were not read".to_owned())
}
