//! The process that is measured: the function that the pipeline calls with matches, on a real store, with the
//! real delivery and its destinations behind it, and a thin HTTP door before it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use alerting::TitleStyle;
use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use clap::Args;
use delivery::{
    ConfiguredDestination, Delivery, DeliveryPolicy, DeliveryStore, LEASE, MessageSettings, PortError,
    SystemErrorSink,
};
use destinations::{Outbound, OutboundConfig, Texts};
use futures_util::future::BoxFuture;
use model::{
    DeliveryJob, Destination, DestinationId, DestinationType, Detection, DetectionKind, Event, Finding,
    FindingKind, MatchFinding, Severity,
};
use pipeline::{Committer, JobSink, World};
use serde_json::json;
use stdx::{Clock, SystemClock};
use store::Store;

use crate::dispatch::matches::{Match, RULE};
use crate::say;

/// Attempts under way at a time, for each destination.
const CONCURRENCY: usize = 32;

/// What the process is started with.
#[derive(Debug, Args)]
pub(crate) struct DoorOptions {
    /// Data directory
    #[arg(long)]
    dir: PathBuf,
    /// A `webhook` as `NAME=URL`, may be repeated
    #[arg(long = "webhook", required = true)]
    webhooks: Vec<String>,
}

/// The name of the `number`-th destination.
pub(crate) fn destination_name(number: usize) -> String {
    format!("hook-{number}")
}

/// What a process is started with for these webhooks, given by their URLs.
pub(crate) fn arguments(dir: &Path, urls: &[String]) -> Vec<String> {
    let mut arguments = vec!["dispatch-door".to_owned(), "--dir".to_owned(), dir.display().to_string()];
    for (number, url) in urls.iter().enumerate() {
        arguments.extend(["--webhook".to_owned(), format!("{}={url}", destination_name(number))]);
    }
    arguments
}

/// Serves until it is killed; says its address once it is ready.
pub(crate) fn serve(options: &DoorOptions) -> Result<()> {
    // As the server's own.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let door = Arc::new(Door::open(options).await?);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        say(&listener.local_addr()?.to_string());
        let router = Router::new().route("/", post(take)).with_state(door);
        Ok(axum::serve(listener, router).await?)
    })
}

struct Door {
    committer: Arc<Committer>,
    world: Arc<World>,
    clock: Arc<dyn Clock>,
}

impl Door {
    async fn open(options: &DoorOptions) -> Result<Door> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = Arc::new(Store::open(&options.dir, Arc::clone(&clock)).await?);
        let webhooks = options.webhooks.iter().map(|text| webhook(text)).collect::<Result<Vec<_>>>()?;
        let allow = vec!["127.0.0.1".parse()?];
        let outbound =
            Outbound::new(OutboundConfig { allow, ..OutboundConfig::default() }, Arc::clone(&clock));
        let messages = MessageSettings {
            external_url: "https://siem.example".parse()?,
            title_style: TitleStyle::Plain,
            texts: Arc::new(Texts::default()),
        };
        let faults = Arc::new(Faults::default());
        let rows: Arc<dyn DeliveryStore> = Arc::clone(&store) as _;
        let delivery =
            Delivery::start(rows, outbound, Arc::clone(&clock), messages, Arc::clone(&faults) as _).await?;
        delivery.set_destinations(webhooks.clone());
        let world = Arc::new(World {
            detections: Arc::new(HashMap::from([(RULE.into(), Arc::new(detection()))])),
            destinations: Arc::new(webhooks.into_iter().map(|webhook| webhook.record).collect()),
            alerting: alerting::Settings { limit: None, ..alerting::Settings::default() },
            ..World::default()
        });
        let committer = Arc::new(Committer {
            store,
            jobs: Arc::new(JobsToDelivery(delivery)),
            clock: Arc::clone(&clock),
            lease: LEASE,
            signals_kept_max: 0,
        });
        faults.0.set((Arc::clone(&committer), Arc::clone(&world))).ok().context("there is one door")?;
        Ok(Door { committer, world, clock })
    }
}

/// Commits the matches of one request and answers when they are durable.
async fn take(
    State(door): State<Arc<Door>>,
    Json(matches): Json<Vec<Match>>,
) -> Result<(), (StatusCode, String)> {
    let at = door.clock.now();
    let findings = matches.into_iter().map(|found| finding(found, at)).collect();
    match door.committer.commit_findings(findings, at, &door.world).await {
        Ok(_) => Ok(()),
        Err(failure) => Err((StatusCode::INTERNAL_SERVER_ERROR, failure.to_string())),
    }
}

fn finding(found: Match, at: jiff::Timestamp) -> Finding {
    let event = Event {
        log_type: "Okta.SystemLog".into(),
        row_id: found.dedup.as_str().into(),
        source_id: "okta".into(),
        accepted_at: at,
        json: found.event().into(),
    };
    let context = json!({"actor": found.actor, "ip": found.ip});
    let kind = FindingKind::Match(MatchFinding {
        rule_id: RULE.into(),
        title: Some(found.title),
        description: Some(found.description),
        reference: None,
        runbook: Some(found.runbook),
        severity: None,
        destinations: found.destinations,
        dedup: found.dedup,
        alert_context: context.as_object().cloned(),
        unique: None,
        counts_unique: false,
        warnings: Vec::new(),
    });
    Finding { event: Some(event), at, kind }
}

fn detection() -> Detection {
    Detection {
        id: RULE.into(),
        kind: DetectionKind::Rule,
        display_name: Some("Strange login".to_owned()),
        enabled: true,
        severity: Severity::High,
        log_types: vec!["Okta.SystemLog".into()],
        dedup_period: Duration::from_secs(3_600),
        threshold: 1,
        create_alert: true,
        description: None,
        reference: None,
        runbook: None,
        tags: vec!["Okta".to_owned(), "Identity".to_owned()],
        reports: BTreeMap::new(),
        output_ids: Vec::new(),
        summary_attributes: Vec::new(),
        version: "1".to_owned(),
    }
}

fn webhook(text: &str) -> Result<ConfiguredDestination> {
    let (name, url) = text.split_once('=').with_context(|| format!("`{text}` is not `NAME=URL`"))?;
    let record = Destination {
        id: DestinationId::from(name),
        display_name: name.to_owned(),
        destination_type: DestinationType("webhook".into()),
        severities: Severity::ALL.into_iter().collect(),
        alert_types: BTreeSet::new(),
        log_types: BTreeSet::new(),
        manual_dispatch: true,
        enabled: true,
        provisioned: true,
        mute: None,
    };
    let sender = destinations::build("webhook", &json!({ "webhook_url": url }))?;
    let policy = DeliveryPolicy { concurrency: CONCURRENCY, ..DeliveryPolicy::default() };
    Ok(ConfiguredDestination { record, sender, policy })
}

struct JobsToDelivery(Delivery);

impl JobSink for JobsToDelivery {
    fn offer(&self, jobs: Vec<DeliveryJob>) {
        self.0.offer(jobs);
    }
}

/// Faults of deliveries become alerts through the same function.
#[derive(Default)]
struct Faults(OnceLock<(Arc<Committer>, Arc<World>)>);

impl SystemErrorSink for Faults {
    fn raise(&self, finding: Finding) -> BoxFuture<'_, Result<Vec<DeliveryJob>, PortError>> {
        Box::pin(async move {
            let (committer, world) =
                self.0.get().ok_or_else(|| PortError("the door is not open yet".into()))?;
            let at = finding.at;
            // The committer offers the jobs itself.
            committer.commit_findings(vec![finding], at, world).await.map_err(PortError::new)?;
            Ok(Vec::new())
        })
    }
}
