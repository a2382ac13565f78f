//! Settings that the file does not state: how they are read, checked, and handed to whom they reach.

use std::sync::Arc;

use api::{AdminRefusal, SettingsView};
use api_types::Setting;
use delivery::MessageSettings;
use destinations::Texts;
use store::{SettingsGroup, Store};
use tokio::sync::MutexGuard;
use tracing::{error, info};

use super::{FilePart, Settings};
use crate::config::{Config, General, Values, editable};
use crate::failure::Failure;
use crate::stored::failed;

/// A configuration with what is stored below it, and that. What does not go together with the file does not count.
pub(crate) async fn overlaid(mut config: Config, store: &Store) -> Result<(Config, Values), Failure> {
    let made = stored(store).await?;
    if let Err(problem) = config.lay_over(&made) {
        error!(
            "the settings that were made in the console do not count: {problem}; change them there, or the file"
        );
    }
    Ok((config, made))
}

async fn stored(store: &Store) -> Result<Values, Failure> {
    let unreadable = |error| Failure::operation("cannot read the stored settings", &error);
    let Some(value) = store.find_settings(SettingsGroup::General).await.map_err(unreadable)? else {
        return Ok(Values::new());
    };
    serde_json::from_value(value)
        .map_err(|error| Failure::Operation(format!("the stored settings cannot be read: {error}")))
}

/// The settings as they count, and where each is set.
pub(super) fn view(file: &FilePart) -> SettingsView {
    let problem = file.declared.with(&file.made).err();
    let counts = |key: &str| file.made.get(key).filter(|value| problem.is_none() && !value.is_null());
    let setting = |editable: crate::config::Editable| {
        let (value, origin) = match (file.declared.stated(editable.key), counts(editable.key)) {
            (Some(stated), _) => (stated, "file"),
            (None, Some(made)) => (made.clone(), "console"),
            (None, None) => (editable.default.clone(), "default"),
        };
        Setting { key: editable.key.to_owned(), value, default: editable.default, origin: origin.to_owned() }
    };
    let said = |problem| {
        format!("what was set here does not count, because it does not go with the file: {problem}")
    };
    SettingsView {
        settings: editable().into_iter().map(setting).collect(),
        warnings: problem.map(said).into_iter().collect(),
    }
}

impl Settings {
    /// Checks, stores and applies settings.
    pub(super) async fn make_general(
        &self,
        file: &mut MutexGuard<'_, FilePart>,
        mut made: Values,
    ) -> Result<(), AdminRefusal> {
        made.retain(|_, value| !value.is_null());
        if let Some(key) = made.keys().find(|key| file.declared.stated(key).is_some()) {
            let message = format!("`{key}` is stated in the configuration file; change it there");
            return Err(AdminRefusal::Conflict(message));
        }
        let general = file.declared.with(&made).map_err(|error| AdminRefusal::Invalid(error.to_string()))?;
        let checked = self.reached.catalogue.check_default(&general.delivery).await;
        checked.map_err(AdminRefusal::Invalid)?;
        let value = serde_json::to_value(&made)
            .map_err(|error| AdminRefusal::Invalid(format!("the settings cannot be kept: {error}")))?;
        self.store.put_settings(SettingsGroup::General, value).await.map_err(|error| failed(&error))?;
        file.made = made;
        self.apply(file, general).await.map_err(|failure| AdminRefusal::Failed(failure.to_string()))
    }

    /// Takes over what another process stored.
    pub(super) async fn follow_general(&self, file: &mut MutexGuard<'_, FilePart>) -> Result<(), Failure> {
        let made = stored(&self.store).await?;
        if made == file.made {
            return Ok(());
        }
        file.made = made;
        match file.declared.with(&file.made) {
            Ok(general) => self.apply(file, general).await,
            Err(problem) => {
                error!("the settings that were made in the console do not count: {problem}");
                let general = file.declared.with(&Values::new()).map_err(Failure::from)?;
                self.apply(file, general).await
            }
        }
    }

    /// Hands settings to everything that they reach.
    async fn apply(&self, file: &FilePart, general: General) -> Result<(), Failure> {
        let General { alerting, delivery, retention } = general;
        self.reached.pipeline.set_alerting(alerting.settings).await;
        let messages = MessageSettings {
            external_url: self.reached.external_url.clone(),
            title_style: alerting.title_style,
            texts: Arc::new(Texts { product_name: alerting.product_name, compat: alerting.compat_texts }),
        };
        self.reached.delivery.reconfigure(self.reached.outbound.load().as_ref().clone(), messages);
        self.reached.catalogue.set_default(delivery).await?;
        self.reached.retention.store(Arc::new(retention));
        self.general.store(Arc::new(view(file)));
        info!("the general settings are taken over");
        Ok(())
    }
}
