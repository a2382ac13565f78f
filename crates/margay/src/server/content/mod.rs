//! The detection content of the running server: what the directories hold and what the API stored on top of it.
//!
//! Every change goes the same way, one at a time: load everything as it would be, refuse what is wrong, warm
//! workers with it, store it in one transaction, let it take over. What is answered is live; what fails leaves
//! everything as it was. The lock is held by a reload of the configuration too, so that the two never mix.

mod candidate;
mod change;
mod check;
mod delete;
mod desk;
mod form;
mod part;
mod project;
mod put;
mod stored;
mod switch;
mod text;
mod unit_tests;
mod upload;
mod view;
mod zip;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::{
    BoxFuture, ContentAdmin, ContentItem, ContentOrigin, ContentRefusal, ContentUpload, ContentView,
    DeleteItems, Deleted, KindCounts, ProjectUpload, PutDone, PutItem, Uploaded,
};
use arc_swap::ArcSwap;
use content::{DescribedProject, ProjectFault, PypantherProject, Repository};
use detect::FilterSettings;
use model::{Actor, LogType};
use pipeline::Pipeline;
use python_host::{HostConfig, LoadReport, Program, PythonHost};
use schema::SchemaSet;
use store::Store;
use tokio::sync::{Mutex, MutexGuard, OwnedMutexGuard, Semaphore};
use tokio::time::timeout;
use tracing::info;

pub(super) use candidate::Candidate;
pub(super) use stored::Stored;
pub(crate) use zip::items_of;

use check::Trials;

use crate::failure::Failure;
use crate::repository::Directories;

/// How long a change waits for the one before it.
const TURN_WAIT_MAX: Duration = Duration::from_secs(60);
/// Changes that wait at the same time.
const WAITING_MAX: usize = 64;

/// What running a project gives.
type Described = Result<DescribedProject, ProjectFault>;

/// The content of the server, and who has to know of changes.
#[derive(Clone)]
pub(super) struct ContentCatalogue(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    host: Arc<PythonHost>,
    /// Started after the catalogue.
    pipeline: OnceLock<Arc<Pipeline>>,
    view: ArcSwap<ContentView>,
    /// What counts, for those who only look.
    shown: ArcSwap<Shown>,
    /// Who checks and tests what is not saved.
    trials: Trials,
    /// Whoever changes anything holds it until the change is live.
    live: Arc<Mutex<Live>>,
    /// An upload is under way.
    is_uploading: AtomicBool,
    waiting: Semaphore,
    /// Ends what runs for a change when the server ends.
    stop: Arc<AtomicBool>,
}

/// What counts now.
pub(super) struct Live {
    /// How Python runs, for projects and unit tests.
    python: HostConfig,
    filters: FilterSettings,
    directories: Arc<Directories>,
    known: Arc<BTreeSet<LogType>>,
    stored: Stored,
    repository: Arc<Repository>,
    program: Arc<Program>,
    /// What the workers cannot run, by id.
    broken: BTreeMap<String, String>,
}

/// What counts now, as it is looked at without being changed.
struct Shown {
    python: HostConfig,
    filters: FilterSettings,
    directories: Arc<Directories>,
    known: Arc<BTreeSet<LogType>>,
    stored: Stored,
    repository: Arc<Repository>,
}

impl Live {
    fn shown(&self) -> Shown {
        Shown {
            python: self.python.clone(),
            filters: self.filters,
            directories: Arc::clone(&self.directories),
            known: Arc::clone(&self.known),
            stored: self.stored.clone(),
            repository: Arc::clone(&self.repository),
        }
    }

    fn view(&self) -> ContentView {
        view::view(&self.repository, &self.directories, &self.stored, &self.broken)
    }
}

/// What a start or a reload found, to become what counts.
pub(super) struct LoadedContent {
    pub(super) python: HostConfig,
    pub(super) filters: FilterSettings,
    pub(super) directories: Arc<Directories>,
    pub(super) stored: Stored,
    pub(super) candidate: Candidate,
}

impl LoadedContent {
    /// What counts once the workers took it over.
    fn into_live(self, schemas: &SchemaSet, report: &LoadReport) -> Live {
        let LoadedContent { python, filters, directories, stored, candidate } = self;
        Live {
            python,
            filters,
            directories,
            known: Arc::new(schemas.log_types().cloned().collect()),
            stored,
            repository: candidate.repository,
            program: candidate.program,
            broken: broken(report),
        }
    }
}

fn broken(report: &LoadReport) -> BTreeMap<String, String> {
    report.setup_errors.iter().map(|error| (error.item_id.clone(), error.message.clone())).collect()
}

impl ContentCatalogue {
    /// The catalogue of what a start loaded.
    pub(super) fn new(
        store: Arc<Store>,
        host: Arc<PythonHost>,
        loaded: LoadedContent,
        schemas: &SchemaSet,
        report: &LoadReport,
    ) -> ContentCatalogue {
        let live = loaded.into_live(schemas, report);
        let view = ArcSwap::from_pointee(live.view());
        let shown = ArcSwap::from_pointee(live.shown());
        ContentCatalogue(Arc::new(Inner {
            store,
            host,
            pipeline: OnceLock::new(),
            view,
            shown,
            trials: Trials::default(),
            live: Arc::new(Mutex::new(live)),
            is_uploading: AtomicBool::new(false),
            waiting: Semaphore::new(WAITING_MAX),
            stop: Arc::default(),
        }))
    }

    /// From now on changes reach this pipeline.
    pub(super) fn connect(&self, pipeline: Arc<Pipeline>) {
        let is_first = self.0.pipeline.set(pipeline).is_ok();
        debug_assert!(is_first, "there is one pipeline");
    }

    /// Keeps every change away until the guard is dropped.
    pub(super) async fn lock(&self) -> MutexGuard<'_, Live> {
        self.0.live.lock().await
    }

    /// What a reload loaded and let take over counts from now on.
    pub(super) fn replace(
        &self,
        live: &mut MutexGuard<'_, Live>,
        loaded: LoadedContent,
        schemas: &SchemaSet,
        report: &LoadReport,
    ) {
        **live = loaded.into_live(schemas, report);
        self.0.publish(live);
    }

    /// Takes over what another process changed in the database; `false` while a change is under way: then it is
    /// to be asked again.
    pub(super) async fn follow(&self) -> Result<bool, Failure> {
        let Ok(mut live) = self.0.live.try_lock() else { return Ok(false) };
        let unreadable = |error| Failure::operation("cannot read the stored content", &error);
        if self.0.store.content_change().await.map_err(unreadable)? == live.stored.change {
            return Ok(true);
        }
        let stored = Stored::read(&self.0.store, self.0.describer(&live)).await?;
        let candidate = self.0.candidate(&live, &stored).await.map_err(|refusal| refused(&refusal))?;
        let report = self.0.prepare_and_swap(&live, &candidate).await.map_err(|refusal| refused(&refusal))?;
        info!("the content was changed by another process: change {} counts now", stored.change);
        live.stored = stored;
        live.repository = candidate.repository;
        live.program = candidate.program;
        live.broken = report.map_or_else(|| std::mem::take(&mut live.broken), |report| broken(&report));
        self.0.publish(&live);
        Ok(true)
    }

    /// Ends what runs for a change; it fails then.
    pub(super) fn stop(&self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }

    /// Runs a change to its end, also when nobody waits for it any more.
    fn run<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, ContentRefusal>> + Send + 'static,
    ) -> BoxFuture<'_, Result<T, ContentRefusal>> {
        Box::pin(async move {
            let ended = tokio::spawn(change).await;
            ended.unwrap_or_else(|panic| {
                Err(ContentRefusal::Failed(format!(
                    "the change was given up, and nothing is changed: {panic}"
                )))
            })
        })
    }
}

fn refused(refusal: &ContentRefusal) -> Failure {
    Failure::Operation(format!("the stored content cannot take over: {}", refusal.message()))
}

impl Inner {
    /// Waits for the change before this one.
    async fn turn(&self) -> Result<OwnedMutexGuard<Live>, ContentRefusal> {
        let busy = || {
            let message = "another upload or change of content is under way; try again in some seconds";
            ContentRefusal::Busy(message.to_owned())
        };
        let Ok(_permit) = self.waiting.try_acquire() else { return Err(busy()) };
        timeout(TURN_WAIT_MAX, Arc::clone(&self.live).lock_owned()).await.map_err(|_| busy())
    }

    /// Shows what counts now.
    fn publish(&self, live: &Live) {
        self.view.store(Arc::new(live.view()));
        self.shown.store(Arc::new(live.shown()));
    }

    /// Log types that have a schema. Some may have been added since the content was loaded.
    fn known(&self, loaded_with: &Arc<BTreeSet<LogType>>) -> Arc<BTreeSet<LogType>> {
        match self.pipeline.get() {
            Some(pipeline) => Arc::new(pipeline.world().schemas.log_types().cloned().collect()),
            None => Arc::clone(loaded_with),
        }
    }

    /// Runs the `main.py` of a project.
    fn describer(&self, live: &Live) -> impl Fn(&PypantherProject) -> Described + Send + use<> {
        let (python, stop) = (live.python.clone(), Arc::clone(&self.stop));
        move |project: &PypantherProject| python_host::describe(&python, project, &stop)
    }
}

/// Says that an upload is under way, as long as it lives.
struct Uploading<'a>(&'a AtomicBool);

impl<'a> Uploading<'a> {
    fn begin(flag: &'a AtomicBool) -> Result<Uploading<'a>, ContentRefusal> {
        if flag.swap(true, Ordering::AcqRel) {
            let message = "another upload is under way; try again when it is done";
            return Err(ContentRefusal::Busy(message.to_owned()));
        }
        Ok(Uploading(flag))
    }
}

impl Drop for Uploading<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl ContentAdmin for ContentCatalogue {
    fn view(&self) -> Arc<ContentView> {
        self.0.view.load_full()
    }

    fn upload(&self, upload: ContentUpload, actor: Actor) -> BoxFuture<'_, Result<Uploaded, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move {
            let _uploading = Uploading::begin(&inner.is_uploading)?;
            inner.upload(upload, actor).await
        })
    }

    fn put(&self, put: PutItem, actor: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.put(put, actor).await })
    }

    fn delete(&self, delete: DeleteItems, actor: Actor) -> BoxFuture<'_, Result<Deleted, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.delete(delete, actor).await })
    }

    fn roll_back(
        &self,
        id: String,
        version: u64,
        actor: Actor,
    ) -> BoxFuture<'_, Result<Option<Arc<ContentItem>>, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.roll_back(id, version, actor).await })
    }

    fn upload_project(
        &self,
        upload: ProjectUpload,
        actor: Actor,
    ) -> BoxFuture<'_, Result<KindCounts, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move {
            let _uploading = Uploading::begin(&inner.is_uploading)?;
            inner.upload_project(upload, actor).await
        })
    }

    fn download(&self, origin: ContentOrigin) -> BoxFuture<'_, Result<Vec<u8>, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.download(origin).await })
    }
}
