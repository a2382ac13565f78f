//! How events come into the running server: log sources and schemas, those of files and those that are stored.
//! Every change of either becomes visible to the pipeline first, then to senders and the API.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use api::{AdminRefusal, BoxFuture, HttpSourceView, SchemaAdmin, SourceAdmin};
use api_types::HttpSourceForm;
use arc_swap::ArcSwap;
use model::{Actor, LogType, SourceId};
use parsers::SourceSpec;
use pipeline::{Pipeline, WatchedSource, World};
use schema::{SchemaError, SchemaSet};
use sources::{Auth, HttpSourceConfig, SourceTable};
use stdx::Clock;
use store::{KeyRing, SchemaForm, SecretsError, Store, StoreError, StoredSchema, StoredSource};
use tokio::sync::{Mutex, MutexGuard};
use tracing::{error, warn};
use uuid::Uuid;

use super::audit_events;
use super::catalogue::Catalogue;
use super::world::schemas;
use crate::config::{Config, near_miss};
use crate::failure::Failure;
use crate::http_source::{Draft, Inlet, SourceSecrets, declared_to_wire, draft, inlet, stored_to_wire};
use crate::stored::failed;

/// Longest schema, in bytes.
const SPEC_BYTES_MAX: usize = 512 << 10;
/// Longest description and reference of a schema, in bytes.
const TEXT_BYTES_MAX: usize = 4_096;
/// Longest name of a schema. Source: `api.md` §5.2.
const NAME_CHARS_MAX: usize = 255;

/// What takes events in, and who has to know.
pub(super) struct Intake {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    key_file: PathBuf,
    catalogue: Arc<Catalogue>,
    table: SourceTable,
    source_ids: Arc<ArcSwap<BTreeSet<SourceId>>>,
    views: ArcSwap<Vec<Arc<HttpSourceView>>>,
    watched: ArcSwap<Vec<WatchedSource>>,
    /// Started after the intake.
    pipeline: OnceLock<Arc<Pipeline>>,
    /// The part of files. Whoever changes anything holds it until the change is visible.
    file: Mutex<FilePart>,
}

struct FilePart {
    sources: Vec<HttpSourceConfig>,
    schemas: SchemaSet,
    /// The audit log is a source too.
    has_audit_events: bool,
}

impl FilePart {
    fn of(config: &Config) -> Result<FilePart, Failure> {
        Ok(FilePart {
            sources: config.sources.clone(),
            schemas: schemas(config)?,
            has_audit_events: config.audit.events,
        })
    }
}

/// Everything about the intake at one moment.
struct Snapshot {
    schemas: Arc<SchemaSet>,
    specs: Arc<HashMap<SourceId, Arc<SourceSpec>>>,
    configs: Vec<HttpSourceConfig>,
    views: Vec<Arc<HttpSourceView>>,
}

impl Intake {
    /// The intake of a configuration; nothing is taken in before [`Intake::publish`].
    pub(super) fn new(
        store: Arc<Store>,
        clock: Arc<dyn Clock>,
        catalogue: Arc<Catalogue>,
        config: &Config,
    ) -> Result<Intake, Failure> {
        Ok(Intake {
            store,
            clock,
            key_file: config.key_file.clone(),
            catalogue,
            table: SourceTable::new([]),
            source_ids: Arc::default(),
            views: ArcSwap::default(),
            watched: ArcSwap::default(),
            pipeline: OnceLock::new(),
            file: Mutex::new(FilePart::of(config)?),
        })
    }

    /// Where senders are looked up.
    pub(super) fn table(&self) -> &SourceTable {
        &self.table
    }

    /// Ids of all sources.
    pub(super) fn source_ids(&self) -> &Arc<ArcSwap<BTreeSet<SourceId>>> {
        &self.source_ids
    }

    /// Every source that takes logs, to be watched over.
    pub(super) fn watched(&self) -> Vec<WatchedSource> {
        self.watched.load().as_ref().clone()
    }

    /// From now on changes reach this pipeline too.
    pub(super) fn connect(&self, pipeline: Arc<Pipeline>) {
        let is_first = self.pipeline.set(pipeline).is_ok();
        debug_assert!(is_first, "there is one pipeline");
    }

    /// Puts the intake of another configuration into a world; nothing else changes.
    pub(super) async fn fill(&self, world: &mut World, config: &Config) -> Result<(), Failure> {
        let Snapshot { schemas, specs, .. } = self.snapshot(&FilePart::of(config)?).await?;
        (world.schemas, world.sources) = (schemas, specs);
        Ok(())
    }

    /// Takes the sources and schemas of another configuration.
    pub(super) async fn replace_file(&self, config: &Config) -> Result<(), Failure> {
        let mut file = self.file.lock().await;
        *file = FilePart::of(config)?;
        self.publish_locked(&file).await
    }

    /// Reads what is stored and makes it visible.
    pub(super) async fn publish(&self) -> Result<(), Failure> {
        let file = self.file.lock().await;
        self.publish_locked(&file).await
    }

    async fn publish_locked(&self, file: &MutexGuard<'_, FilePart>) -> Result<(), Failure> {
        let Snapshot { schemas, specs, configs, views } = self.snapshot(file).await?;
        if let Some(pipeline) = self.pipeline.get() {
            pipeline.set_intake(Arc::clone(&schemas), specs).await;
        }
        let audit = file.has_audit_events.then(audit_events::watched);
        let ids = views.iter().map(|view| id_of(view)).chain(audit.iter().map(|source| source.id.clone()));
        self.source_ids.store(Arc::new(ids.collect()));
        self.watched.store(Arc::new(configs.iter().map(watched).chain(audit).collect()));
        self.table.replace(configs);
        say_what_is_new(&self.views.load(), &views);
        self.views.store(Arc::new(views));
        self.catalogue.set_schemas(schemas).await
    }

    async fn snapshot(&self, file: &FilePart) -> Result<Snapshot, Failure> {
        let unreadable = |error| Failure::operation("cannot read the stored sources and schemas", &error);
        let schemas = with_stored(&file.schemas, &self.store.list_schemas().await.map_err(unreadable)?);
        let mut snapshot = Snapshot {
            schemas: Arc::new(schemas),
            specs: Arc::default(),
            configs: Vec::new(),
            views: Vec::new(),
        };
        // Also when it is off: events from before may still be in the journal.
        let audit = audit_events::spec(&snapshot.schemas);
        let mut specs = HashMap::from([(audit.id.clone(), Arc::new(audit))]);
        for source in &file.sources {
            let warnings = warnings(source, &snapshot.schemas);
            specs.insert(source.id.clone(), Arc::new(spec(source, Vec::new(), &snapshot.schemas)));
            let source_view = declared_to_wire(source, warnings);
            let view = HttpSourceView {
                source: source_view,
                no_data_alarm: source.no_data_alarm,
                created_at: None,
                created_by: None,
                updated_at: None,
            };
            snapshot.views.push(Arc::new(view));
            snapshot.configs.push(source.clone());
        }
        let stored = self.store.list_sources().await.map_err(unreadable)?;
        let ring = if stored.is_empty() { None } else { Some(KeyRing::load(&self.key_file)) };
        for row in &stored {
            if specs.contains_key(&row.id) {
                error!(source.id = %row.id, "the configuration file declares a source of this id, so the stored one is not used");
                continue;
            }
            let opened =
                ring.as_ref().map_or(Err(SecretsError::Damaged.to_string()), |ring| usable(ring, row));
            snapshot.views.push(Arc::new(view(row, &opened, &snapshot.schemas)));
            if let Ok(Inlet { config, envelope }) = opened {
                specs.insert(row.id.clone(), Arc::new(spec(&config, envelope, &snapshot.schemas)));
                snapshot.configs.push(config);
            }
        }
        snapshot.specs = Arc::new(specs);
        snapshot.views.sort_by(|a, b| a.source.integration_label.cmp(&b.source.integration_label));
        Ok(snapshot)
    }

    /// Makes a change visible that is stored already.
    async fn published(&self, file: &MutexGuard<'_, FilePart>) -> Result<(), AdminRefusal> {
        self.publish_locked(file).await.map_err(|failure| AdminRefusal::Failed(failure.to_string()))
    }

    fn view_of(&self, id: &SourceId) -> Result<Arc<HttpSourceView>, AdminRefusal> {
        let views = self.views.load();
        let view = views.iter().find(|view| view.source.integration_id == id.as_str());
        view.cloned().ok_or_else(|| AdminRefusal::NotFound(format!("no log source `{id}`")))
    }

    fn refuse_declared(file: &FilePart, id: &SourceId) -> Result<(), AdminRefusal> {
        match file.sources.iter().find(|source| source.id == *id) {
            None => Ok(()),
            Some(_) => Err(AdminRefusal::Conflict(format!(
                "log source `{id}` is declared in the configuration file; change it there"
            ))),
        }
    }

    async fn ring(&self) -> Result<KeyRing, AdminRefusal> {
        let may_create = !self.store.has_secrets().await.map_err(|error| failed(&error))?;
        let ring =
            if may_create { KeyRing::load_or_create(&self.key_file) } else { KeyRing::load(&self.key_file) };
        ring.map_err(|error| failed(&StoreError::from(error)))
    }

    async fn stored(&self, id: &SourceId) -> Result<StoredSource, AdminRefusal> {
        let stored = self.store.list_sources().await.map_err(|error| failed(&error))?;
        let found = stored.into_iter().find(|row| row.id == *id);
        found.ok_or_else(|| AdminRefusal::NotFound(format!("no log source `{id}`")))
    }
}

impl SourceAdmin for Intake {
    fn list(&self) -> Arc<Vec<Arc<HttpSourceView>>> {
        self.views.load_full()
    }

    fn create(
        &self,
        form: HttpSourceForm,
        by: Actor,
    ) -> BoxFuture<'_, Result<Arc<HttpSourceView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            let id = SourceId::from(Uuid::new_v4().to_string());
            let draft = checked(&file, &id, form, None)?;
            let sealed = self.ring().await?.seal(&StoredSource::owner(&id), &draft.secrets.to_bytes());
            let now = self.clock.now();
            let row = StoredSource {
                id: id.clone(),
                label: draft.label,
                settings: draft.settings,
                secrets: sealed.map_err(|error| failed(&error.into()))?,
                revision: 1,
                created_at: now,
                created_by: Some(by.clone()),
                updated_at: now,
                updated_by: Some(by),
            };
            self.store.create_source(row, &self.key_file).await.map_err(|error| failed(&error))?;
            self.published(&file).await?;
            self.view_of(&id)
        })
    }

    fn update<'a>(
        &'a self,
        id: &'a SourceId,
        form: HttpSourceForm,
        by: Actor,
    ) -> BoxFuture<'a, Result<Arc<HttpSourceView>, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            Self::refuse_declared(&file, id)?;
            let old = self.stored(id).await?;
            let ring = self.ring().await?;
            // What cannot be opened any more has to be given again: then nothing is kept.
            let secrets = SourceSecrets::open(&ring, &old).unwrap_or_default();
            let draft = checked(&file, id, form, Some((&old.settings, secrets)))?;
            let sealed = ring.seal(&StoredSource::owner(id), &draft.secrets.to_bytes());
            let row = StoredSource {
                label: draft.label,
                settings: draft.settings,
                secrets: sealed.map_err(|error| failed(&error.into()))?,
                updated_at: self.clock.now(),
                updated_by: Some(by),
                ..old
            };
            self.store.update_source(row, &self.key_file).await.map_err(|error| failed(&error))?;
            self.published(&file).await?;
            self.view_of(id)
        })
    }

    fn delete<'a>(&'a self, id: &'a SourceId) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            Self::refuse_declared(&file, id)?;
            self.store.delete_source(id).await.map_err(|error| failed(&error))?;
            self.published(&file).await
        })
    }
}

impl SchemaAdmin for Intake {
    fn list(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, AdminRefusal>> {
        Box::pin(async move { self.store.list_schemas().await.map_err(|error| failed(&error)) })
    }

    fn put(&self, form: SchemaForm, by: Actor) -> BoxFuture<'_, Result<StoredSchema, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            check_schema(&file.schemas, &form)?;
            let schema = self.store.put_schema(form, Some(by)).await.map_err(|error| failed(&error))?;
            self.published(&file).await?;
            Ok(schema)
        })
    }

    fn archive<'a>(
        &'a self,
        name: &'a str,
        is_archived: bool,
    ) -> BoxFuture<'a, Result<StoredSchema, AdminRefusal>> {
        Box::pin(async move {
            let file = self.file.lock().await;
            let archived = self.store.archive_schema(name, is_archived).await;
            let schema = archived.map_err(|error| failed(&error))?;
            self.published(&file).await?;
            Ok(schema)
        })
    }
}

/// The schemas of files with the stored ones that are not archived; what cannot be used is named in the log.
pub(super) fn with_stored(of_files: &SchemaSet, stored: &[StoredSchema]) -> SchemaSet {
    let mut set = of_files.clone();
    for schema in stored.iter().filter(|schema| !schema.is_archived) {
        if let Err(problem) = set.add("stored schema", &schema.spec) {
            error!(schema = %schema.name, "a stored schema is not used: {problem}");
        }
    }
    set
}

/// A schema that can be used, under its own name.
fn check_schema(of_files: &SchemaSet, form: &SchemaForm) -> Result<(), AdminRefusal> {
    let invalid = |message: String| Err(AdminRefusal::Invalid(message));
    if form.name.chars().count() > NAME_CHARS_MAX {
        return invalid("`name` is longer than 255 characters".to_owned());
    }
    if form.spec.len() > SPEC_BYTES_MAX {
        return invalid(format!("`spec` has {} bytes, which is more than 512 KiB", form.spec.len()));
    }
    if form.description.len() > TEXT_BYTES_MAX || form.reference_url.len() > TEXT_BYTES_MAX {
        return invalid("`description` or `referenceURL` is longer than 4096 bytes".to_owned());
    }
    match of_files.clone().add("spec", &form.spec) {
        Ok(log_type) if log_type.as_str() == form.name => Ok(()),
        Ok(log_type) => invalid(format!(
            "`spec` is a schema named `{log_type}`, and not `{}`; make them equal",
            form.name
        )),
        Err(SchemaError::NameTaken { log_type, .. }) => Err(AdminRefusal::Conflict(format!(
            "schema `{log_type}` comes with the product or lies in a folder of `schemas`; change it there"
        ))),
        Err(problem) => invalid(problem.to_string()),
    }
}

/// A form that can be used, with a label that no source of the file has.
fn checked(
    file: &FilePart,
    id: &SourceId,
    form: HttpSourceForm,
    old: Option<(&store::SourceSettings, SourceSecrets)>,
) -> Result<Draft, AdminRefusal> {
    let draft = draft(form, old);
    inlet(id, &draft.label, &draft.settings, &draft.secrets)?;
    if file.sources.iter().any(|source| source.label == draft.label) {
        return Err(AdminRefusal::Conflict(format!(
            "the label `{}` is taken by a log source of the configuration file; choose another",
            draft.label
        )));
    }
    Ok(draft)
}

fn usable(ring: &Result<KeyRing, SecretsError>, row: &StoredSource) -> Result<Inlet, String> {
    let ring = ring.as_ref().map_err(ToString::to_string)?;
    let secrets = SourceSecrets::open(ring, row).map_err(|error| error.to_string())?;
    inlet(&row.id, &row.label, &row.settings, &secrets).map_err(|refusal| match refusal {
        AdminRefusal::Invalid(message)
        | AdminRefusal::NotFound(message)
        | AdminRefusal::Conflict(message)
        | AdminRefusal::Outdated(message)
        | AdminRefusal::Failed(message) => message,
    })
}

fn view(row: &StoredSource, opened: &Result<Inlet, String>, schemas: &SchemaSet) -> HttpSourceView {
    let (problem, warnings) = match opened {
        Ok(inlet) => (None, warnings(&inlet.config, schemas)),
        Err(problem) => (Some(problem.clone()), Vec::new()),
    };
    HttpSourceView {
        source: stored_to_wire(row, problem, warnings),
        no_data_alarm: None,
        created_at: Some(row.created_at),
        created_by: row.created_by.clone(),
        updated_at: Some(row.updated_at),
    }
}

/// Names in the log what is odd about sources that are new or changed.
fn say_what_is_new(before: &[Arc<HttpSourceView>], now: &[Arc<HttpSourceView>]) {
    for HttpSourceView { source, .. } in now.iter().map(AsRef::as_ref) {
        if before.iter().any(|old| old.source == *source) {
            continue;
        }
        for warning in &source.warnings {
            warn!(source.id = %source.integration_id, "{warning}");
        }
        if let Some(problem) = &source.problem {
            error!(source.id = %source.integration_id, "this source takes no logs: {problem}");
        }
    }
}

fn id_of(view: &HttpSourceView) -> SourceId {
    SourceId::from(view.source.integration_id.as_str())
}

/// What may not be meant so.
fn warnings(source: &HttpSourceConfig, schemas: &SchemaSet) -> Vec<String> {
    let unknown = source.log_types.iter().filter(|log_type| schemas.get(log_type.as_str()).is_none());
    let mut warnings: Vec<String> = unknown
        .map(|log_type| {
            let near = near_miss(log_type.as_str(), schemas.log_types().map(LogType::as_str));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            format!("no schema makes log type `{log_type}`, so it is skipped{hint}")
        })
        .collect();
    if matches!(source.auth, Auth::None) {
        warnings.push("this source takes logs from anybody; give it credentials".to_owned());
    }
    warnings
}

fn watched(source: &HttpSourceConfig) -> WatchedSource {
    WatchedSource {
        id: source.id.clone(),
        label: source.label.clone(),
        stream_type: source.stream_type,
        no_data_alarm: source.no_data_alarm,
    }
}

fn spec(source: &HttpSourceConfig, envelope: Vec<String>, schemas: &SchemaSet) -> SourceSpec {
    SourceSpec {
        id: source.id.clone(),
        label: source.label.as_str().into(),
        stream_type: source.stream_type,
        envelope,
        schemas: source.log_types.iter().filter_map(|name| schemas.get(name.as_str()).cloned()).collect(),
    }
}
