//! The running server: what is started in which order, reloads, and the end.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use api::{ApiParts, ApiState, AuditReads, Served, SignInSettings};
use arc_swap::ArcSwap;
use delivery::{Delivery, MessageSettings};
use destinations::{Outbound, OutboundConfig, Texts};
use journal::{Health, Journal, JournalConfig};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::Network;
use pipeline::{CorrelationSettings, Pipeline, PipelineParts};
use python_host::{HostConfig, KvStorage, LoadReport, LookupSource, PythonHost};
use secrecy::SecretString;
use stdx::{Clock, SystemClock};
use store::Store;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::{error, info, warn};
use url::Url;

use super::audit_events;
use super::bridges::{ControlOfDelivery, FaultsToPipeline, JobsToDelivery, RowsFromStore};
use super::catalogue::Catalogue;
use super::chores;
use super::content::ContentCatalogue;
use super::http::{HttpServer, write_address};
use super::intake::Intake;
use super::set_up;
use super::settings::{FactsPart, Reached, Settings, overlaid};
use super::signals::Signals;
use super::world::{Loaded, Summary, active_rules, load};
use crate::config::Config;
use crate::failure::Failure;

/// While stopping, the queue is looked at this often.
const DRAIN_INTERVAL: Duration = Duration::from_millis(20);
/// What was read at the end has at least this long to come into the audit log.
const AUDIT_FLUSH_MIN: Duration = Duration::from_secs(2);

/// The running server.
pub(crate) struct Running {
    config: Config,
    /// What the keys that only a restart changes were at the start.
    started_with: FixedKeys,
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    journal: Journal,
    host: Arc<PythonHost>,
    delivery: Delivery,
    pipeline: Arc<Pipeline>,
    http: HttpServer,
    external_url: Url,
    catalogue: Arc<Catalogue>,
    content: ContentCatalogue,
    intake: Arc<Intake>,
    settings: Arc<Settings>,
    trusted_proxies: Arc<ArcSwap<Vec<Network>>>,
    to_providers: Arc<ArcSwap<Outbound>>,
    retention: Arc<ArcSwap<crate::config::Retention>>,
    audit_reads: Arc<AuditReads>,
    api: ApiState,
    chores: Vec<JoinHandle<()>>,
}

impl Running {
    /// Loads content, warms workers, finds the journal's position, binds; ready when it returns.
    pub(crate) async fn start(config: Config, bootstrap: Option<SecretString>) -> Result<Running, Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let metrics = metrics_handle()?;
        let store = super::open_store(&config).await?;
        if let Some(token) = &bootstrap {
            super::ensure_bootstrap(&store, &config, token).await?;
        }
        // Read before the states themselves, so that a change in between is followed and not lost.
        let version = store
            .state_version()
            .await
            .map_err(|error| Failure::operation("cannot read the database", &error))?;
        let (config, made) = overlaid(config, &store).await?;
        let mut loaded = load(&config, &store).await?;
        for failure in &loaded.unreadable {
            error!("{failure}; this content is left out");
        }
        let (host, report) = start_host(&config, &loaded, &store).await?;
        let journal = open_journal(&config, &store, &clock).await?;
        let listener = HttpServer::bind(config.listen).await?;
        let bound = listener
            .local_addr()
            .map_err(|error| Failure::operation("the listener has no address", &error))?;
        let external_url = external_url(&config, bound)?;
        set_up::offer(&config, &store, bound).await?;

        let faults = Arc::new(FaultsToPipeline::default());
        let outgoing = outbound(&config, &clock);
        let delivery = Delivery::start(
            Arc::clone(&store) as Arc<dyn delivery::DeliveryStore>,
            outgoing.clone(),
            Arc::clone(&clock),
            message_settings(&config, &external_url),
            Arc::clone(&faults) as Arc<dyn delivery::SystemErrorSink>,
        )
        .await
        .map_err(|error| Failure::operation("cannot start the delivery", &error))?;
        let catalogue = Catalogue::new(
            Arc::clone(&store),
            Arc::clone(&clock),
            delivery.clone(),
            &config,
            Arc::clone(&loaded.world.schemas),
        );
        let catalogue = Arc::new(catalogue);
        loaded.world.destinations = Arc::new(catalogue.publish().await?);
        let schemas = Arc::clone(&loaded.world.schemas);
        let content =
            ContentCatalogue::new(Arc::clone(&store), Arc::clone(&host), loaded.content, &schemas, &report);
        let intake = Intake::new(Arc::clone(&store), Arc::clone(&clock), Arc::clone(&catalogue), &config)?;
        let intake = Arc::new(intake);
        intake.fill(&mut loaded.world, &config).await?;
        let pipeline = Pipeline::start(PipelineParts {
            journal: journal.clone(),
            store: Arc::clone(&store),
            host: Arc::clone(&host),
            world: loaded.world,
            jobs: Arc::new(JobsToDelivery(delivery.clone())),
            clock: Arc::clone(&clock),
            lease: delivery::LEASE,
            correlation: CorrelationSettings::default(),
        })
        .await
        .map(Arc::new)
        .map_err(|error| Failure::operation("cannot read the journal's position", &error))?;
        faults.connect(pipeline.fault_sink());
        catalogue.connect(Arc::clone(&pipeline));
        content.connect(Arc::clone(&pipeline));
        intake.connect(Arc::clone(&pipeline));
        intake.publish().await?;

        // Before the first caller: what is done from now on becomes an event.
        audit_events::switch(&store, &config).await?;
        let audit_reads = AuditReads::start(Arc::clone(&store), config.key_file.clone(), config.audit.reads);
        let trusted_proxies = Arc::new(ArcSwap::from_pointee(config.trusted_proxies.clone()));
        let sign_in: Arc<ArcSwap<SignInSettings>> = Arc::default();
        let to_providers = Arc::new(ArcSwap::from_pointee(outgoing));
        let retention = Arc::new(ArcSwap::from_pointee(config.retention));
        let reached = Reached {
            catalogue: Arc::clone(&catalogue),
            delivery: delivery.clone(),
            pipeline: Arc::clone(&pipeline),
            outbound: Arc::clone(&to_providers),
            retention: Arc::clone(&retention),
            sign_in: Arc::clone(&sign_in),
            external_url: external_url.clone(),
        };
        let facts = FactsPart::new(&config, &external_url, &report, api_types::wire_time(clock.now()));
        let settings = Settings::new(Arc::clone(&store), Arc::clone(&clock), &config, made, reached, facts);
        let settings = Arc::new(settings);
        settings.publish_sign_on().await?;
        let state = ApiState::new(ApiParts {
            store: Arc::clone(&store),
            destinations: Arc::clone(catalogue.views()),
            destination_admin: Arc::clone(&catalogue) as Arc<dyn api::DestinationAdmin>,
            content: Arc::new(content.clone()),
            desk: Arc::new(content.clone()),
            source_admin: Arc::clone(&intake) as Arc<dyn api::SourceAdmin>,
            schema_admin: Arc::clone(&intake) as Arc<dyn api::SchemaAdmin>,
            source_ids: Arc::clone(intake.source_ids()),
            trusted_proxies: Arc::clone(&trusted_proxies),
            sign_in,
            settings: Arc::clone(&settings) as Arc<dyn api::SettingsAdmin>,
            outbound: Arc::clone(&to_providers),
            delivery: Arc::new(ControlOfDelivery(delivery.clone())),
            readiness: readiness(journal.clone(), Arc::clone(&host), Arc::clone(&pipeline)),
            served: served(Arc::clone(&pipeline)),
            external_url: config.external_url.clone(),
            metrics,
            key_file: config.key_file.clone(),
            audit_reads: Arc::clone(&audit_reads),
            clock: Arc::clone(&clock),
        });
        let router =
            sources::router(intake.table().clone(), journal.clone()).merge(api::router(state.clone()));
        let http = HttpServer::serve(listener, router)?;
        let mut running = Running {
            started_with: FixedKeys::of(&config),
            retention,
            config,
            clock,
            store,
            journal,
            host,
            delivery,
            pipeline,
            http,
            external_url,
            catalogue,
            content,
            intake,
            settings,
            trusted_proxies,
            to_providers,
            audit_reads,
            api: state,
            chores: Vec::new(),
        };
        running.start_chores(version);
        Ok(running)
    }

    /// Writes the address file and says that the server is ready.
    pub(crate) fn announce(&self) -> Result<(), Failure> {
        let address = self.http.address;
        write_address(&self.config.data_dir, address)
            .map_err(|error| Failure::operation("cannot write the address file", &error))?;
        say(&format!("margay ready on http://{address}"));
        Ok(())
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.http.address
    }

    /// The metadata database.
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Runs until SIGTERM or SIGINT; SIGHUP reads configuration and content again.
    pub(crate) async fn until_terminated(
        &mut self,
        signals: &mut Signals,
        reread: impl Fn() -> Result<Config, Failure>,
    ) {
        while signals.next_is_reload().await {
            // A reload that has not swapped anything yet can be dropped at any time.
            tokio::select! {
                outcome = self.reload(&reread) => match outcome {
                    Ok(Summary { items, invalid }) => {
                        say(&format!("margay reloaded: {items} items, {invalid} invalid"));
                    }
                    Err(failure) => say(&format!("margay reload failed: {failure}")),
                },
                () = signals.terminated() => return,
            }
        }
    }

    /// Takes over everything that can change while running; the rest says so.
    async fn reload(&mut self, reread: &impl Fn() -> Result<Config, Failure>) -> Result<Summary, Failure> {
        let settings = Arc::clone(&self.settings);
        let mut set = settings.lock().await;
        let (config, made) = overlaid(reread()?, &self.store).await?;
        for key in fixed_keys_that_changed(&self.started_with, &config) {
            warn!(
                "`{key}` differs from what the server was started with; restart it for this to take effect"
            );
        }
        // No change by the API comes in between.
        let mut live = self.content.lock().await;
        let Loaded { mut world, content, mut summary, unreadable } = load(&config, &self.store).await?;
        if let Some(failure) = unreadable.into_iter().next() {
            return Err(failure);
        }
        world.destinations = Arc::new(self.catalogue.records_with(&config).await?);
        let schemas = Arc::clone(&world.schemas);
        let prepared = self
            .host
            .prepare(Arc::clone(&content.candidate.program))
            .await
            .map_err(|error| Failure::operation("the workers did not take the new content", &error))?;
        self.intake.fill(&mut world, &config).await?;
        // What a removed source accepted is still parsed by its rules.
        world.keep_sources_of(&self.pipeline.world());
        let report = self.pipeline.reload(world, || self.host.swap(prepared)).await;
        summary.count_setup_errors(&report);
        name_setup_errors(&report, &content.candidate.python_files);
        self.content.replace(&mut live, content, &schemas, &report);
        drop(live);
        self.pipeline.set_active(active_rules(&self.store).await?);
        let outgoing = outbound(&config, &self.clock);
        self.to_providers.store(Arc::new(outgoing.clone()));
        self.delivery.reconfigure(outgoing, message_settings(&config, &self.external_url));
        self.catalogue.replace_file(&config, schemas).await?;
        self.intake.replace_file(&config).await?;
        // What was read before becomes no event. When it cannot be written now, it does.
        if timeout(AUDIT_FLUSH_MIN, self.audit_reads.flush()).await.is_err() {
            warn!("what was read until now cannot be written to the audit log yet");
        }
        audit_events::switch(&self.store, &config).await?;
        self.settings.replace_file(&mut set, &config, made).await?;
        self.audit_reads.switch(config.audit.reads);
        self.trusted_proxies.store(Arc::new(config.trusted_proxies.clone()));
        self.retention.store(Arc::new(config.retention));
        self.config = config;
        Ok(summary)
    }

    /// Takes no new requests, finishes what is accepted within `shutdown_timeout`, and stops.
    pub(crate) async fn shut_down(self) {
        let limit = self.config.shutdown_timeout;
        let deadline = Instant::now() + limit;
        info!("stopping; what is accepted is finished within {limit:?}");
        self.api.end_streams();
        self.http.stop(limit).await;
        self.content.stop();
        if timeout_at(deadline.max(Instant::now() + AUDIT_FLUSH_MIN), self.audit_reads.flush()).await.is_err()
        {
            error!("not all that was read at the end is in the audit log: it cannot be written");
        }
        if timeout_at(deadline, self.pipeline.drained()).await.is_err() {
            warn!("not all accepted logs are processed; the rest goes on at the next start");
        }
        if timeout_at(deadline, Self::deliveries_due_are_sent(&self.delivery, &self.store, &*self.clock))
            .await
            .is_err()
        {
            warn!("not all due deliveries are sent; the rest goes on at the next start");
        }
        self.delivery.shutdown(deadline.saturating_duration_since(Instant::now())).await;
        for chore in &self.chores {
            chore.abort();
        }
        self.pipeline.stop();
        self.host.shutdown().await;
        if let Err(failure) = self.journal.close().await {
            warn!("the journal did not close cleanly: {failure}");
        }
        self.store.close().await;
        info!("stopped");
    }

    /// Waits until no delivery is due now or under way; retries that are due later may stay.
    async fn deliveries_due_are_sent(delivery: &Delivery, store: &Store, clock: &dyn Clock) {
        loop {
            delivery.wake();
            match store.due_destinations(clock.now()).await {
                // What is due for a paused destination waits for its next probe.
                Ok(due) if due.iter().any(|id| !delivery.is_paused(id)) => {}
                Ok(_) if delivery.has_work() => {}
                Ok(_) => return,
                Err(failure) => {
                    warn!("cannot see which deliveries are due: {failure}");
                    return;
                }
            }
            tokio::time::sleep(DRAIN_INTERVAL).await;
        }
    }

    fn start_chores(&mut self, version: u64) {
        let follower = chores::Follower {
            store: Arc::clone(&self.store),
            pipeline: Arc::clone(&self.pipeline),
            host: Arc::clone(&self.host),
            delivery: self.delivery.clone(),
            catalogue: Arc::clone(&self.catalogue),
            content: self.content.clone(),
            intake: Arc::clone(&self.intake),
            settings: Arc::clone(&self.settings),
            version,
        };
        let purge = chores::purge(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            Arc::clone(&self.retention),
            self.config.key_file.clone(),
        );
        let orphans = chores::watch_orphans(Arc::clone(&self.store), Arc::clone(self.catalogue.views()));
        let intake = Arc::clone(&self.intake);
        let health = self.pipeline.watch_sources(Box::new(move || intake.watched()));
        self.chores = vec![
            tokio::spawn(follower.run()),
            tokio::spawn(purge),
            tokio::spawn(orphans),
            tokio::spawn(health.run()),
            tokio::spawn(audit_events::run(Arc::clone(&self.store), self.journal.clone())),
        ];
    }
}

/// Says one line on stdout; a reader that is gone is no reason to stop.
fn say(line: &str) {
    let mut stdout = std::io::stdout();
    if let Err(failure) = writeln!(stdout, "{line}").and_then(|()| stdout.flush()) {
        warn!("nobody reads stdout any more ({failure}); it would have said: {line}");
    }
}

/// The recorder of this process; a second start in one process shares it.
fn metrics_handle() -> Result<PrometheusHandle, Failure> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .install_recorder()
        .map_err(|error| Failure::operation("cannot start the metrics", &error))?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}

/// The environment of the data directory is there and not used: that would be a riddle.
fn tell_unused_environment(config: &Config) {
    let venv = config.data_dir.join("venv");
    if config.python.is_executable_set && venv.is_dir() {
        info!(
            "`python.executable` is set, so rules do not run in the environment {}; remove the key to use it",
            venv.display()
        );
    }
}

async fn start_host(
    config: &Config,
    loaded: &Loaded,
    store: &Arc<Store>,
) -> Result<(Arc<PythonHost>, LoadReport), Failure> {
    let kv = KvStorage::Backend(Arc::new(RowsFromStore::new(Arc::clone(store))));
    let host_config = HostConfig { kv, lookups: LookupSource::Tables, ..python_host_config(config)? };
    let (host, report) =
        PythonHost::start(host_config, Arc::clone(&loaded.content.candidate.program), Arc::new(SystemClock))
            .await
            .map_err(|error| Failure::operation("cannot run rules", &error))?;
    for shortcoming in &report.sandbox_shortcomings {
        warn!("sandbox: {shortcoming}");
    }
    name_setup_errors(&report, &loaded.content.candidate.python_files);
    tell_unused_environment(config);
    info!(
        "rules run on Python {} at {}, warm after {:?}",
        report.python_version,
        report.interpreter.display(),
        report.elapsed
    );
    Ok((Arc::new(host), report))
}

fn name_setup_errors(report: &LoadReport, python_files: &HashMap<String, PathBuf>) {
    for problem in &report.setup_errors {
        let place = match (python_files.get(&problem.item_id), problem.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", file.display()),
            (Some(file), None) => format!("{}: ", file.display()),
            (None, _) => String::new(),
        };
        warn!("{place}`{}` cannot run: {}: {}", problem.item_id, problem.error_type, problem.message);
    }
}

/// How the host runs workers under this configuration, with a key-value cache that ends with it.
pub(crate) fn python_host_config(config: &Config) -> Result<HostConfig, Failure> {
    let this_program = std::env::current_exe()
        .map_err(|error| Failure::operation("cannot find this program's own path", &error))?;
    let venv = config.data_dir.join("venv");
    Ok(HostConfig {
        executable: config.python.executable.clone(),
        venv: (!config.python.is_executable_set && venv.is_dir()).then_some(venv),
        workers: config.python.workers,
        rule_timeout: config.python.rule_timeout,
        pypanther_timeout: config.python.pypanther_timeout,
        memory_max: config.python.memory_max,
        sandbox: config.python.sandbox,
        network: config.python.network,
        worker_command: vec![this_program.into_os_string(), OsString::from("python-worker")],
        warm: true,
        kv: KvStorage::Memory,
        lookups: LookupSource::Event,
    })
}

async fn open_journal(config: &Config, store: &Store, clock: &Arc<dyn Clock>) -> Result<Journal, Failure> {
    let position = store
        .position()
        .await
        .map_err(|error| Failure::operation("cannot read the journal's position", &error))?;
    let journal_config = JournalConfig {
        size_max_bytes: config.journal_size_max,
        position,
        ..JournalConfig::new(config.data_dir.join("journal"))
    };
    Journal::open(journal_config, Arc::clone(clock))
        .await
        .map_err(|error| Failure::operation("cannot open the journal", &error))
}

pub(crate) fn outbound(config: &Config, clock: &Arc<dyn Clock>) -> Outbound {
    let outbound = OutboundConfig { allow: config.egress_allow.clone(), ..OutboundConfig::default() };
    Outbound::new(outbound, Arc::clone(clock))
}

pub(crate) fn message_settings(config: &Config, external_url: &Url) -> MessageSettings {
    MessageSettings {
        external_url: external_url.clone(),
        title_style: config.alerting.title_style,
        texts: Arc::new(Texts {
            product_name: config.alerting.product_name.clone(),
            compat: config.alerting.compat_texts,
        }),
    }
}

fn external_url(config: &Config, bound: std::net::SocketAddr) -> Result<Url, Failure> {
    match &config.external_url {
        Some(url) => Ok(url.clone()),
        None => Url::parse(&format!("http://{bound}"))
            .map_err(|error| Failure::operation("the bound address makes no URL", &error)),
    }
}

/// Detections and schemas as the pipeline has them.
fn served(pipeline: Arc<Pipeline>) -> Box<dyn Fn() -> Served + Send + Sync> {
    Box::new(move || {
        let world = pipeline.world();
        Served { schemas: Arc::clone(&world.schemas), detections: Arc::clone(&world.detections) }
    })
}

/// Why the server cannot do its work, if so.
fn readiness(
    journal: Journal,
    host: Arc<PythonHost>,
    pipeline: Arc<Pipeline>,
) -> Box<dyn Fn() -> Result<(), String> + Send + Sync> {
    Box::new(move || {
        match &*journal.health().borrow() {
            Health::Healthy => {}
            Health::Full => return Err("the journal is full; logs are refused".to_owned()),
            Health::DiskFull { message } => return Err(format!("the journal cannot be written: {message}")),
        }
        if let Some(fault) = host.fault() {
            return Err(format!("rules cannot run: {fault}"));
        }
        pipeline.fault().map_or(Ok(()), Err)
    })
}

/// Keys that only a restart changes, as texts to compare.
struct FixedKeys([(&'static str, String); 6]);

impl FixedKeys {
    fn of(config: &Config) -> Self {
        FixedKeys([
            ("listen", config.listen.to_string()),
            ("external_url", format!("{:?}", config.external_url)),
            ("data_dir", config.data_dir.display().to_string()),
            ("secrets.key_file", config.key_file.display().to_string()),
            ("journal.size_max", config.journal_size_max.to_string()),
            ("python", format!("{:?}", config.python)),
        ])
    }
}

fn fixed_keys_that_changed(started_with: &FixedKeys, config: &Config) -> Vec<&'static str> {
    let now = FixedKeys::of(config);
    let pairs = started_with.0.iter().zip(&now.0);
    pairs.filter(|(old, new)| old != new).map(|(old, _)| old.0).collect()
}
