//! Destinations that are made while the server runs: from what a person writes to what is stored, and back
//! to what can send. The server's API and the command line both come through here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use api::AdminRefusal;
use api_types::DestinationForm;
use delivery::ConfiguredDestination;
use jiff::Timestamp;
use model::{DestinationId, DestinationType};
use serde_json::{Map, Value};
use store::{
    DestinationSettings, KeyRing, SecretsError, Store, StoreError, StoreErrorKind, StoredDestination,
};
use uuid::Uuid;

use crate::config::{Config, DeliveryDefault, DestinationConfig, destination_of_form};

/// Stored destinations and the keys to their secrets.
pub(crate) struct Vault {
    store: Arc<Store>,
    key_file: PathBuf,
    /// What was opened, so that a destination that nobody changed is the same one when it is read again.
    opened: Mutex<HashMap<DestinationId, Opened>>,
}

/// A stored destination that can be used, and what it was made from.
struct Opened {
    row: StoredDestination,
    default: DeliveryDefault,
    destination: DestinationConfig,
}

/// A stored destination, as far as it can be used.
pub(crate) enum Entry {
    /// It can send.
    Usable {
        /// What it is.
        destination: DestinationConfig,
        /// How often it was changed; 0 for one of the file.
        revision: u64,
    },
    /// Nothing can be sent to it until a person does something; what is due for it waits.
    Unreadable {
        /// What routing sees.
        record: model::Destination,
        /// Its own delivery settings.
        delivery: api_types::DeliveryPolicy,
        /// What is wrong, and what to do.
        problem: String,
        /// How often it was changed.
        revision: u64,
    },
}

impl From<DestinationConfig> for Entry {
    /// One of the file.
    fn from(destination: DestinationConfig) -> Entry {
        Entry::Usable { destination, revision: 0 }
    }
}

impl Entry {
    /// What routing sees.
    pub(crate) fn record(&self) -> &model::Destination {
        match self {
            Entry::Usable { destination, .. } => &destination.record,
            Entry::Unreadable { record, .. } => record,
        }
    }

    fn record_mut(&mut self) -> &mut model::Destination {
        match self {
            Entry::Usable { destination, .. } => &mut destination.record,
            Entry::Unreadable { record, .. } => record,
        }
    }
}

impl Vault {
    pub(crate) fn new(store: Arc<Store>, config: &Config) -> Vault {
        Vault { store, key_file: config.key_file.clone(), opened: Mutex::default() }
    }

    /// Makes every destination anew when it is read next: what all have in common changed.
    pub(crate) fn forget_opened(&self) {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// All stored destinations, by name.
    pub(crate) async fn entries(&self, default: &DeliveryDefault) -> Result<Vec<Entry>, StoreError> {
        let stored = self.store.list_destinations().await?;
        if stored.is_empty() {
            return Ok(Vec::new());
        }
        let ring = KeyRing::load(&self.key_file);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = std::mem::take(&mut *opened);
        let mut entries = Vec::with_capacity(stored.len());
        for row in stored {
            let known = before.remove(&row.id).filter(|known| known.row == row && known.default == *default);
            let entry = match known {
                Some(known) => Entry::Usable { destination: known.destination, revision: row.revision },
                None => entry(&ring, row.clone(), default),
            };
            if let Entry::Usable { destination, .. } = &entry {
                let destination = destination.clone();
                opened.insert(row.id.clone(), Opened { row, default: default.clone(), destination });
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Notes which of these a person keeps quiet.
    pub(crate) async fn note_mutes(&self, entries: &mut [Entry]) -> Result<(), StoreError> {
        let mut mutes = self.store.destination_mutes().await?;
        for entry in entries {
            let record = entry.record_mut();
            record.mute = mutes.remove(&record.id);
        }
        Ok(())
    }

    /// Checks a form and stores it as a new destination.
    pub(crate) async fn create(
        &self,
        form: DestinationForm,
        file: &[DestinationConfig],
        default: &DeliveryDefault,
        now: Timestamp,
    ) -> Result<DestinationConfig, AdminRefusal> {
        let id = DestinationId::from(Uuid::new_v4().to_string());
        let (destination, config) = checked(form, &id, file, default)?;
        let sealed =
            self.ring(true).await?.seal(&StoredDestination::owner(&id), config.to_string().as_bytes());
        let row = StoredDestination {
            id,
            display_name: destination.record.display_name.clone(),
            destination_type: destination.record.destination_type.to_string(),
            settings: settings_of(&destination),
            config: sealed.map_err(|error| failed(&error.into()))?,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        self.store.create_destination(row, &self.key_file).await.map_err(|error| failed(&error))?;
        Ok(destination)
    }

    /// Checks a form and replaces a stored destination; secrets that the form leaves out stay.
    pub(crate) async fn update(
        &self,
        id: &DestinationId,
        mut form: DestinationForm,
        file: &[DestinationConfig],
        default: &DeliveryDefault,
        now: Timestamp,
    ) -> Result<DestinationConfig, AdminRefusal> {
        let old = self.find(id).await?;
        let ring = self.ring(false).await?;
        form.config = merged(&ring, &old, &form)?;
        let (destination, config) = checked(form, id, file, default)?;
        let sealed = ring.seal(&StoredDestination::owner(id), config.to_string().as_bytes());
        let row = StoredDestination {
            display_name: destination.record.display_name.clone(),
            destination_type: destination.record.destination_type.to_string(),
            settings: settings_of(&destination),
            config: sealed.map_err(|error| failed(&error.into()))?,
            updated_at: now,
            ..old
        };
        self.store.update_destination(row, &self.key_file).await.map_err(|error| failed(&error))?;
        Ok(destination)
    }

    /// Deletes a stored destination and cancels what is pending for it.
    pub(crate) async fn delete(&self, id: &DestinationId) -> Result<u64, AdminRefusal> {
        self.store.delete_destination(id).await.map_err(|error| failed(&error))
    }

    /// What a form that is not saved would send with; with an `id`, its secrets are those of the stored one
    /// where the form leaves them out.
    pub(crate) async fn unsaved(
        &self,
        mut form: DestinationForm,
        default: &DeliveryDefault,
    ) -> Result<ConfiguredDestination, AdminRefusal> {
        let id = DestinationId::from(form.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string()));
        if form.id.is_some() {
            let old = self.find(&id).await?;
            form.config = merged(&self.ring(false).await?, &old, &form)?;
        }
        let (destination, _) = checked(form, &id, &[], default)?;
        Ok(ConfiguredDestination {
            record: destination.record,
            sender: destination.sender,
            policy: destination.policy,
        })
    }

    async fn find(&self, id: &DestinationId) -> Result<StoredDestination, AdminRefusal> {
        let stored = self.store.list_destinations().await.map_err(|error| failed(&error))?;
        let found = stored.into_iter().find(|row| row.id == *id);
        found.ok_or_else(|| failed(&StoreError::UnknownDestination { id: id.clone() }))
    }

    /// The keys; a missing file is made only when nothing is sealed yet.
    async fn ring(&self, may_create: bool) -> Result<KeyRing, AdminRefusal> {
        let is_empty = may_create && !self.store.has_secrets().await.map_err(|error| failed(&error))?;
        let ring =
            if is_empty { KeyRing::load_or_create(&self.key_file) } else { KeyRing::load(&self.key_file) };
        ring.map_err(|error| failed(&error.into()))
    }
}

/// The form's configuration with the stored secrets that it keeps. What cannot be opened any more has to
/// be given again: then nothing is kept.
fn merged(
    ring: &KeyRing,
    old: &StoredDestination,
    form: &DestinationForm,
) -> Result<Map<String, Value>, AdminRefusal> {
    let stored = match open(ring, old) {
        Ok(stored) if old.destination_type == form.destination_type => stored,
        _ => Value::Object(Map::new()),
    };
    let update = Value::Object(form.config.clone());
    match destinations::merge_secrets(&form.destination_type, &stored, &update) {
        Value::Object(merged) => Ok(merged),
        _ => Err(AdminRefusal::Invalid("`config` must be a map of keys and values".to_owned())),
    }
}

/// Checks a form whose secrets are in clear; also gives the configuration to be sealed.
fn checked(
    form: DestinationForm,
    id: &DestinationId,
    file: &[DestinationConfig],
    default: &DeliveryDefault,
) -> Result<(DestinationConfig, Value), AdminRefusal> {
    let config = Value::Object(form.config.clone());
    if let Some(key) = masked_key(&config) {
        let message =
            format!("`config.{key}` is `{}`, which is no secret; give the secret itself", destinations::MASK);
        return Err(AdminRefusal::Invalid(message));
    }
    let destination =
        destination_of_form(form, id, default).map_err(|error| AdminRefusal::Invalid(error.to_string()))?;
    let name = &destination.record.display_name;
    if file.iter().any(|other| other.record.display_name == *name) {
        return Err(AdminRefusal::Conflict(format!(
            "the name `{name}` is taken by a destination of the configuration file; choose another"
        )));
    }
    Ok((destination, config))
}

/// A key whose value is the mask: nothing was stored that it could keep.
fn masked_key(config: &Value) -> Option<String> {
    let map = config.as_object()?;
    map.iter().find_map(|(key, value)| match value {
        Value::String(text) if text == destinations::MASK => Some(key.clone()),
        Value::Object(_) => masked_key(value).map(|inner| format!("{key}.{inner}")),
        _ => None,
    })
}

fn settings_of(destination: &DestinationConfig) -> DestinationSettings {
    let record = &destination.record;
    DestinationSettings {
        severities: record.severities.clone(),
        alert_types: record.alert_types.clone(),
        log_types: record.log_types.clone(),
        manual_dispatch: record.manual_dispatch,
        enabled: record.enabled,
        delivery: serde_json::to_value(&destination.policy_override)
            .expect("delivery settings are texts and numbers"),
    }
}

fn open(ring: &KeyRing, row: &StoredDestination) -> Result<Value, SecretsError> {
    let bytes = ring.open(&StoredDestination::owner(&row.id), &row.config)?;
    serde_json::from_slice(&bytes).map_err(|_| SecretsError::Damaged)
}

fn entry(ring: &Result<KeyRing, SecretsError>, row: StoredDestination, default: &DeliveryDefault) -> Entry {
    let revision = row.revision;
    match usable(ring, &row, default) {
        Ok(destination) => Entry::Usable { destination, revision },
        Err(problem) => Entry::Unreadable {
            delivery: serde_json::from_value(row.settings.delivery.clone()).unwrap_or_default(),
            record: record_of(row),
            problem,
            revision,
        },
    }
}

fn usable(
    ring: &Result<KeyRing, SecretsError>,
    row: &StoredDestination,
    default: &DeliveryDefault,
) -> Result<DestinationConfig, String> {
    let ring = ring.as_ref().map_err(ToString::to_string)?;
    let Value::Object(config) = open(ring, row).map_err(|error| error.to_string())? else {
        return Err(SecretsError::Damaged.to_string());
    };
    let settings = &row.settings;
    let form = DestinationForm {
        id: None,
        display_name: row.display_name.clone(),
        destination_type: row.destination_type.clone(),
        config,
        severities: settings.severities.iter().map(ToString::to_string).collect(),
        alert_types: settings.alert_types.iter().map(ToString::to_string).collect(),
        log_types: settings.log_types.iter().map(ToString::to_string).collect(),
        manual_dispatch: Some(settings.manual_dispatch),
        enabled: Some(settings.enabled),
        delivery: serde_json::from_value(settings.delivery.clone()).unwrap_or_default(),
    };
    destination_of_form(form, &row.id, default).map_err(|error| error.to_string())
}

fn record_of(row: StoredDestination) -> model::Destination {
    let DestinationSettings { severities, alert_types, log_types, manual_dispatch, enabled, delivery: _ } =
        row.settings;
    model::Destination {
        id: row.id,
        display_name: row.display_name,
        destination_type: DestinationType(row.destination_type.into()),
        severities,
        alert_types,
        log_types,
        manual_dispatch,
        enabled,
        provisioned: false,
        mute: None,
    }
}

/// What the store refused, as the API says it.
pub(crate) fn failed(error: &StoreError) -> AdminRefusal {
    let message = error.to_string();
    match error.kind() {
        StoreErrorKind::NotFound => AdminRefusal::NotFound(message),
        StoreErrorKind::Conflict => AdminRefusal::Conflict(message),
        StoreErrorKind::Invalid => AdminRefusal::Invalid(message),
        _ => AdminRefusal::Failed(message),
    }
}
