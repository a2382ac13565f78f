//! What handlers reach: the store, and views of what the configuration says.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::http::{HeaderMap, header};
use destinations::Outbound;
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusHandle;
use model::SourceId;
use stdx::Clock;
use store::Store;
use tokio::sync::{Mutex as Turn, watch};
use url::Url;

use crate::audit::AuditReads;
use crate::content_admin::ContentAdmin;
use crate::control::{DeliveryControl, DestinationAdmin};
use crate::detections::DetectionDesk;
use crate::graphql::Jobs;
use crate::intake_admin::{SchemaAdmin, SourceAdmin};
use crate::live::Seats;
use crate::served::Served;
use crate::settings_admin::SettingsAdmin;
use crate::sign_in::passwords::Passwords;
use crate::sign_in::settings::SignInSettings;
use crate::sign_in::single_sign_on::SingleSignOn;

/// Everything that handlers need; cheap to clone.
#[derive(Clone)]
pub struct ApiState(Arc<Inner>);

struct Inner {
    parts: ApiParts,
    started_at: Timestamp,
    jobs: Jobs,
    passwords: Passwords,
    single_sign_on: SingleSignOn,
    live: Seats,
    stopping: watch::Sender<bool>,
    settings_turn: Turn<()>,
}

/// What the API is made of.
pub struct ApiParts {
    /// The metadata database.
    pub store: Arc<Store>,
    /// Destinations as they are shown, secrets masked, by name.
    pub destinations: Arc<ArcSwap<Vec<Arc<DestinationView>>>>,
    /// Who makes, changes and deletes destinations.
    pub destination_admin: Arc<dyn DestinationAdmin>,
    /// The detection content, and who changes it.
    pub content: Arc<dyn ContentAdmin>,
    /// What the console does with the detection content beside that.
    pub desk: Arc<dyn DetectionDesk>,
    /// Log sources, and who makes, changes and deletes them.
    pub source_admin: Arc<dyn SourceAdmin>,
    /// Who makes and changes custom schemas.
    pub schema_admin: Arc<dyn SchemaAdmin>,
    /// Sources that exist.
    pub source_ids: Arc<ArcSwap<BTreeSet<SourceId>>>,
    /// Proxies whose word about the address of a caller counts.
    pub trusted_proxies: Arc<ArcSwap<Vec<model::Network>>>,
    /// How people may sign in.
    pub sign_in: Arc<ArcSwap<SignInSettings>>,
    /// Settings, and who changes them.
    pub settings: Arc<dyn SettingsAdmin>,
    /// The guarded client, through which identity providers are asked.
    pub outbound: Arc<ArcSwap<Outbound>>,
    /// The running delivery.
    pub delivery: Arc<dyn DeliveryControl>,
    /// `Ok` when the server can do its work, else what is missing.
    pub readiness: Box<dyn Fn() -> Result<(), String> + Send + Sync>,
    /// Content, schemas and sources as they are now.
    pub served: Box<dyn Fn() -> Served + Send + Sync>,
    /// Where the outside reaches this server, when the configuration says so.
    pub external_url: Option<Url>,
    /// Metrics of this process.
    pub metrics: PrometheusHandle,
    /// The file with the keys that second factors are sealed with.
    pub key_file: PathBuf,
    /// The way of what is only read into the audit log.
    pub audit_reads: Arc<AuditReads>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A destination as the API shows it.
#[derive(Clone, Debug)]
pub struct DestinationView {
    /// What routing sees.
    pub record: model::Destination,
    /// `config` with every secret masked.
    pub masked_config: serde_json::Value,
    /// Its own delivery settings.
    pub delivery: api_types::DeliveryPolicy,
    /// Why nothing can be sent to it, when its stored settings cannot be used; its deliveries wait.
    pub unreadable: Option<String>,
    /// What may not be meant so.
    pub warnings: Vec<String>,
    /// Grows with every change, also of a secret; 0 for those of the configuration file.
    pub revision: u64,
}

impl ApiState {
    /// Puts the parts together.
    pub fn new(parts: ApiParts) -> Self {
        let started_at = parts.clock.now();
        ApiState(Arc::new(Inner {
            parts,
            started_at,
            jobs: Jobs::default(),
            passwords: Passwords::default(),
            single_sign_on: SingleSignOn::default(),
            live: Seats::default(),
            stopping: watch::Sender::new(false),
            settings_turn: Turn::default(),
        }))
    }

    /// When this process began to serve. What it read from files has no other time of making.
    pub(crate) fn started_at(&self) -> Timestamp {
        self.0.started_at
    }

    /// Uploads and validations that go on after their call.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.0.jobs
    }

    /// Who hashes and compares passwords.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// What is kept of people on their way to a provider.
    pub(crate) fn single_sign_on(&self) -> &SingleSignOn {
        &self.0.single_sign_on
    }

    /// Browsers that are told of changes.
    pub(crate) fn live(&self) -> &Seats {
        &self.0.live
    }

    /// Turns true when answers that have no end must end.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.0.stopping.subscribe()
    }

    /// Ends the answers that have no end, so that they do not hold up the server's own end.
    pub fn end_streams(&self) {
        self.0.stopping.send_replace(true);
    }

    /// Held while settings are compared with what a change was made from, and changed.
    pub(crate) fn settings_turn(&self) -> &Turn<()> {
        &self.0.settings_turn
    }

    /// Where the caller reaches this server, without a slash at the end: as configured, else as the caller
    /// called it.
    pub(crate) fn base_url(&self, headers: &HeaderMap) -> String {
        if let Some(url) = &self.external_url {
            return url.as_str().trim_end_matches('/').to_owned();
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let is_host = |host: &&str| {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
        };
        format!("http://{}", host.filter(is_host).unwrap_or("localhost"))
    }
}

impl std::ops::Deref for ApiState {
    type Target = ApiParts;

    fn deref(&self) -> &ApiParts {
        &self.0.parts
    }
}
