//! What is set while the server runs: settings that the file does not state, and identity providers. Every change of
//! either becomes visible to whom it concerns here, and what the file states stands above it.

mod facts;
mod general;
mod sign_on;

use std::path::PathBuf;
use std::sync::Arc;

use api::{
    AdminRefusal, AnyProvider, BoxFuture, ProviderView, SettingsAdmin, SettingsView, SignInSettings,
    SignOnView,
};
use api_types::{IdentityProviderForm, ServerFacts, SignOnForm};
use arc_swap::ArcSwap;
use delivery::Delivery;
use destinations::Outbound;
use pipeline::Pipeline;
use stdx::Clock;
use store::Store;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

pub(super) use self::facts::FactsPart;
pub(crate) use self::general::overlaid;
use super::catalogue::Catalogue;
use crate::config::{Config, Declared, Retention, Values};
use crate::failure::Failure;

/// What is set, and who has to know.
pub(super) struct Settings {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    key_file: PathBuf,
    reached: Reached,
    facts: FactsPart,
    general: ArcSwap<SettingsView>,
    sign_on: ArcSwap<SignOnView>,
    /// The file's part. Whoever changes anything holds it until the change is visible.
    file: Mutex<FilePart>,
}

/// Whom changes reach.
pub(super) struct Reached {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) delivery: Delivery,
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) outbound: Arc<ArcSwap<Outbound>>,
    pub(super) retention: Arc<ArcSwap<Retention>>,
    pub(super) sign_in: Arc<ArcSwap<SignInSettings>>,
    pub(super) external_url: Url,
}

/// What the file says, and what was laid below it.
pub(super) struct FilePart {
    declared: Declared,
    sign_in: SignInSettings,
    made: Values,
}

impl FilePart {
    /// That of a configuration that [`overlaid`] gave.
    fn of(config: &Config, made: Values) -> FilePart {
        FilePart { declared: config.declared.clone(), sign_in: config.sign_in.clone(), made }
    }
}

impl Settings {
    /// The settings of a configuration that [`overlaid`] gave; what concerns signing in counts from
    /// [`Settings::publish_sign_on`] on.
    pub(super) fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        config: &Config,
        made: Values,
        reached: Reached,
        facts: FactsPart,
    ) -> Settings {
        let file = FilePart::of(config, made);
        Settings {
            store,
            clock,
            key_file: config.key_file.clone(),
            reached,
            facts,
            general: ArcSwap::from_pointee(general::view(&file)),
            sign_on: ArcSwap::default(),
            file: Mutex::new(file),
        }
    }

    /// Nobody changes a setting while this is held.
    pub(super) async fn lock(&self) -> MutexGuard<'_, FilePart> {
        self.file.lock().await
    }

    /// Takes another configuration, which [`overlaid`] gave; who is reached by the general settings takes them from
    /// it too.
    pub(super) async fn replace_file(
        &self,
        file: &mut MutexGuard<'_, FilePart>,
        config: &Config,
        made: Values,
    ) -> Result<(), Failure> {
        **file = FilePart::of(config, made);
        self.general.store(Arc::new(general::view(file)));
        self.publish_sign_on_locked(file).await
    }

    /// Takes over what another process changed.
    pub(super) async fn follow(&self) -> Result<(), Failure> {
        let mut file = self.file.lock().await;
        self.follow_general(&mut file).await?;
        self.publish_sign_on_locked(&file).await
    }
}

impl SettingsAdmin for Settings {
    fn general(&self) -> Arc<SettingsView> {
        self.general.load_full()
    }

    fn put_general(&self, made: Values) -> BoxFuture<'_, Result<Arc<SettingsView>, AdminRefusal>> {
        Box::pin(async move {
            let mut file = self.file.lock().await;
            self.make_general(&mut file, made).await?;
            Ok(self.general.load_full())
        })
    }

    fn facts(&self) -> BoxFuture<'_, ServerFacts> {
        Box::pin(self.facts.look())
    }

    fn sign_on(&self) -> Arc<SignOnView> {
        self.sign_on.load_full()
    }

    fn put_sign_on(&self, form: SignOnForm) -> BoxFuture<'_, Result<Arc<SignOnView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.make_sign_on(&file, form).await?;
            Ok(self.sign_on.load_full())
        })
    }

    fn draft(&self, form: IdentityProviderForm) -> Result<AnyProvider, AdminRefusal> {
        sign_on::draft(form)
    }

    fn create_provider(
        &self,
        form: IdentityProviderForm,
    ) -> BoxFuture<'_, Result<ProviderView, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            let id = self.make_provider(&file, form).await?;
            self.view_of(&id)
        })
    }

    fn update_provider<'a>(
        &'a self,
        id: &'a str,
        form: IdentityProviderForm,
    ) -> BoxFuture<'a, Result<ProviderView, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.change_provider(&file, id, form).await?;
            self.view_of(id)
        })
    }

    fn delete_provider<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.remove_provider(&file, id).await
        })
    }
}
