//! The destinations of the running server: those of the file and those that are stored. Every change of
//! either becomes visible to routing, delivery and API here, in this order.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use api::{AdminRefusal, BoxFuture, DestinationAdmin, DestinationView, IsCurrent};
use api_types::{DestinationForm, TestResult};
use arc_swap::ArcSwap;
use delivery::{ConfiguredDestination, Delivery};
use model::{Destination, DestinationId, LogType, Mute};
use pipeline::Pipeline;
use schema::SchemaSet;
use stdx::Clock;
use store::Store;
use tokio::sync::{Mutex, MutexGuard};
use tracing::{error, warn};

use super::bridges::test_to_wire;
use super::chores::cancel_orphans;
use crate::config::{Config, DeliveryDefault, DestinationConfig, near_miss};
use crate::failure::Failure;
use crate::repository::files_mentioning;
use crate::stored::{Entry, Vault, failed};

/// Files that a warning lists; more are only counted.
const LISTED_MAX: usize = 5;

/// What destinations there are, and who has to know.
pub(super) struct Catalogue {
    vault: Vault,
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    delivery: Delivery,
    views: Arc<ArcSwap<Vec<Arc<DestinationView>>>>,
    /// Started after the catalogue.
    pipeline: OnceLock<Arc<Pipeline>>,
    /// The file's part. Whoever changes anything holds it until the change is visible.
    file: Mutex<FilePart>,
}

struct FilePart {
    destinations: Vec<DestinationConfig>,
    default: DeliveryDefault,
    /// Where content may mention a destination.
    content: Vec<PathBuf>,
    schemas: Arc<SchemaSet>,
}

impl FilePart {
    fn of(config: &Config, schemas: Arc<SchemaSet>) -> FilePart {
        FilePart {
            destinations: config.destinations.clone(),
            default: config.delivery.clone(),
            content: config.content.clone(),
            schemas,
        }
    }

    /// Log types of a destination that nothing can have; a typing error is the likeliest cause.
    fn unknown_log_types(&self, record: &Destination) -> Vec<String> {
        let is_unknown = |log_type: &&LogType| self.schemas.get(log_type.as_str()).is_none();
        let warning = |log_type: &LogType| {
            let known = self.schemas.log_types().map(LogType::as_str);
            let hint = near_miss(log_type.as_str(), known).map(|near| format!("; did you mean `{near}`?"));
            format!("no schema makes log type `{log_type}`{}", hint.unwrap_or_default())
        };
        record.log_types.iter().filter(is_unknown).map(warning).collect()
    }
}

impl Catalogue {
    /// The catalogue of a configuration; nobody knows of it before [`Catalogue::publish`].
    pub(super) fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        delivery: Delivery,
        config: &Config,
        schemas: Arc<SchemaSet>,
    ) -> Catalogue {
        Catalogue {
            vault: Vault::new(Arc::clone(&store), config),
            store,
            clock,
            delivery,
            views: Arc::default(),
            pipeline: OnceLock::new(),
            file: Mutex::new(FilePart::of(config, schemas)),
        }
    }

    /// From now on changes reach the routing of this pipeline too.
    pub(super) fn connect(&self, pipeline: Arc<Pipeline>) {
        let is_first = self.pipeline.set(pipeline).is_ok();
        debug_assert!(is_first, "there is one pipeline");
    }

    /// Destinations as the API shows them.
    pub(super) fn views(&self) -> &Arc<ArcSwap<Vec<Arc<DestinationView>>>> {
        &self.views
    }

    /// Reads what is stored and makes it visible; gives what routing sees.
    pub(super) async fn publish(&self) -> Result<Vec<Destination>, Failure> {
        let file = self.file.lock().await;
        self.publish_locked(&file).await
    }

    /// Takes the destinations of another configuration.
    pub(super) async fn replace_file(
        &self,
        config: &Config,
        schemas: Arc<SchemaSet>,
    ) -> Result<Vec<Destination>, Failure> {
        let mut file = self.file.lock().await;
        self.vault.forget_opened();
        *file = FilePart::of(config, schemas);
        self.publish_locked(&file).await
    }

    /// Takes other schemas; warnings name log types that none of them makes.
    pub(super) async fn set_schemas(&self, schemas: Arc<SchemaSet>) -> Result<(), Failure> {
        let mut file = self.file.lock().await;
        file.schemas = schemas;
        self.publish_locked(&file).await.map(drop)
    }

    /// Whether every destination can be served by another default; else which one cannot, and why.
    pub(super) async fn check_default(&self, default: &DeliveryDefault) -> Result<(), String> {
        let file = self.file.lock().await;
        for destination in &file.destinations {
            destination.with_default(default).map_err(|problem| problem.to_string())?;
        }
        let entries = self.vault.entries(default).await.map_err(|problem| problem.to_string())?;
        let is_broken = |id: &DestinationId| {
            self.views.load().iter().any(|view| view.record.id == *id && view.unreadable.is_some())
        };
        for entry in entries {
            let Entry::Unreadable { record, problem, .. } = entry else { continue };
            if !is_broken(&record.id) {
                return Err(format!(
                    "the destination `{}` sets a part of it itself, which does not go with it: {problem}",
                    record.display_name
                ));
            }
        }
        Ok(())
    }

    /// Serves destinations that say nothing themselves by another default.
    pub(super) async fn set_default(&self, default: DeliveryDefault) -> Result<(), Failure> {
        let mut file = self.file.lock().await;
        if file.default == default {
            return Ok(());
        }
        let with_default = |destination: &DestinationConfig| destination.with_default(&default);
        file.destinations = file.destinations.iter().map(with_default).collect::<Result<_, _>>()?;
        file.default = default;
        self.publish_locked(&file).await.map(drop)
    }

    /// What routing would see with another configuration.
    pub(super) async fn records_with(&self, config: &Config) -> Result<Vec<Destination>, Failure> {
        let entries = self.entries(&config.destinations, &config.delivery).await?;
        Ok(entries.iter().map(|entry| entry.record().clone()).collect())
    }

    async fn publish_locked(&self, file: &MutexGuard<'_, FilePart>) -> Result<Vec<Destination>, Failure> {
        let entries = self.entries(&file.destinations, &file.default).await?;
        let records: Vec<Destination> = entries.iter().map(|entry| entry.record().clone()).collect();
        if let Some(pipeline) = self.pipeline.get() {
            pipeline.set_destinations(records.clone()).await;
        }
        self.delivery.set_destinations(entries.iter().filter_map(configured).collect());
        let views = entries.into_iter().map(|entry| {
            let warnings = file.unknown_log_types(entry.record());
            Arc::new(view(entry, warnings))
        });
        self.views.store(Arc::new(views.collect()));
        cancel_orphans(&self.store, &self.views.load()).await;
        self.delivery.wake();
        Ok(records)
    }

    /// All destinations, by name. What the file declares stands above a stored one of the same name.
    async fn entries(
        &self,
        declared: &[DestinationConfig],
        default: &DeliveryDefault,
    ) -> Result<Vec<Entry>, Failure> {
        let stored = self
            .vault
            .entries(default)
            .await
            .map_err(|error| Failure::operation("cannot read the stored destinations", &error))?;
        let mut entries: Vec<Entry> = declared.iter().cloned().map(Entry::from).collect();
        for entry in stored {
            let record = entry.record();
            let is_declared = declared.iter().any(|other| {
                other.record.display_name == record.display_name || other.record.id == record.id
            });
            if is_declared {
                error!(
                    destination.id = %record.id, destination.name = %record.display_name,
                    "the configuration file declares a destination of this name or id, so the stored one is not \
                     used; delete it, or rename that of the file"
                );
                continue;
            }
            if let Entry::Unreadable { problem, .. } = &entry {
                error!(
                    destination.name = %record.display_name,
                    "nothing can be sent to this destination, what is due for it waits: {problem}"
                );
            }
            entries.push(entry);
        }
        let noted = self.vault.note_mutes(&mut entries).await;
        noted.map_err(|error| Failure::operation("cannot read which destinations are muted", &error))?;
        entries.sort_by(|a, b| a.record().display_name.cmp(&b.record().display_name));
        Ok(entries)
    }

    /// Makes a change visible that is stored already.
    async fn published(&self, file: &MutexGuard<'_, FilePart>) -> Result<(), AdminRefusal> {
        self.publish_locked(file).await.map(drop).map_err(|failure| AdminRefusal::Failed(failure.to_string()))
    }

    fn view_of(&self, id: &DestinationId) -> Result<Arc<DestinationView>, AdminRefusal> {
        let views = self.views.load();
        let view = views.iter().find(|view| view.record.id == *id);
        view.cloned().ok_or_else(|| AdminRefusal::NotFound(format!("no destination `{id}`")))
    }

    /// A stored destination that one of the file stands above has no view, and can be changed.
    fn refuse_provisioned(&self, id: &DestinationId) -> Result<(), AdminRefusal> {
        let views = self.views.load();
        match views.iter().find(|view| view.record.id == *id && view.record.provisioned) {
            None => Ok(()),
            Some(view) => Err(AdminRefusal::Conflict(format!(
                "destination `{}` is declared in the configuration file; change it there",
                view.record.display_name
            ))),
        }
    }

    /// What content says of a name that no destination has any more.
    async fn mentions(&self, file: &FilePart, name: &str) -> Option<String> {
        if self.views.load().iter().any(|view| view.record.display_name == name) {
            return None;
        }
        let (paths, searched) = (file.content.clone(), name.to_owned());
        let search = move || files_mentioning(&paths, &searched);
        let files = tokio::task::spawn_blocking(search).await.unwrap_or_default();
        let mut listed =
            files.iter().take(LISTED_MAX).map(|file| format!("`{}`", file.display())).collect::<Vec<_>>();
        if files.len() > LISTED_MAX {
            listed.push(format!("{} more", files.len() - LISTED_MAX));
        }
        let warning =
            format!("content mentions `{name}`, which is no destination now: {}", listed.join(", "));
        (!files.is_empty()).then_some(warning)
    }
}

impl DestinationAdmin for Catalogue {
    fn create(&self, form: DestinationForm) -> BoxFuture<'_, Result<Arc<DestinationView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            let made = self.vault.create(form, &file.destinations, &file.default, self.clock.now()).await?;
            self.published(&file).await?;
            self.view_of(&made.record.id)
        })
    }

    fn update<'a>(
        &'a self,
        id: &'a DestinationId,
        form: DestinationForm,
        is_current: IsCurrent<'a>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.refuse_provisioned(id)?;
            let before = self.view_of(id).ok();
            if let Some(view) = &before {
                is_current(view)?;
            }
            let name_before = before.map(|view| view.record.display_name.clone());
            self.vault.update(id, form, &file.destinations, &file.default, self.clock.now()).await?;
            self.published(&file).await?;
            let mut view = self.view_of(id)?;
            if let Some(name) = name_before
                && let Some(warning) = self.mentions(&file, &name).await
            {
                Arc::make_mut(&mut view).warnings.push(warning);
            }
            Ok(view)
        })
    }

    fn delete<'a>(&'a self, id: &'a DestinationId) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.refuse_provisioned(id)?;
            let name = self.view_of(id).ok().map(|view| view.record.display_name.clone());
            self.vault.delete(id).await?;
            self.published(&file).await?;
            if let Some(name) = name
                && let Some(warning) = self.mentions(&file, &name).await
            {
                warn!("{warning}");
            }
            Ok(())
        })
    }

    fn mute<'a>(
        &'a self,
        id: &'a DestinationId,
        mute: Option<Mute>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            self.view_of(id)?;
            match mute {
                Some(mute) => self.store.mute_destination(id, mute).await,
                None => self.store.unmute_destination(id, self.clock.now()).await.map(drop),
            }
            .map_err(|error| failed(&error))?;
            self.published(&file).await?;
            self.view_of(id)
        })
    }

    fn test(&self, form: DestinationForm) -> BoxFuture<'_, Result<TestResult, AdminRefusal>> {
        Box::pin(async move {
            if let Some(id) = &form.id {
                self.refuse_provisioned(&DestinationId::from(id.as_str()))?;
            }
            let default = self.file.lock().await.default.clone();
            let destination = self.vault.unsaved(form, &default).await?;
            Ok(test_to_wire(self.delivery.send_test_to(&destination).await, false))
        })
    }
}

/// What is sent with. A mute is a matter of routing: what waits goes on as if there were none.
fn configured(entry: &Entry) -> Option<ConfiguredDestination> {
    match entry {
        Entry::Usable { destination, .. } => Some(ConfiguredDestination {
            record: Destination { mute: None, ..destination.record.clone() },
            sender: Arc::clone(&destination.sender),
            policy: destination.policy.clone(),
        }),
        Entry::Unreadable { .. } => None,
    }
}

fn view(entry: Entry, warnings: Vec<String>) -> DestinationView {
    match entry {
        Entry::Usable { destination, revision } => DestinationView {
            record: destination.record,
            masked_config: destination.masked_config,
            delivery: destination.policy_override,
            unreadable: None,
            warnings,
            revision,
        },
        Entry::Unreadable { record, delivery, problem, revision } => DestinationView {
            record,
            masked_config: serde_json::json!({}),
            delivery,
            unreadable: Some(problem),
            warnings,
            revision,
        },
    }
}
