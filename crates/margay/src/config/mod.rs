//! The configuration: compiled-in defaults < file < environment < command line.
//!
//! `wire` is what the file says, `validate` turns it into [`Config`], which holds only legal values.
//! Every error names the file, the path of the key and what to do. Secrets are never part of an error.

mod destination;
mod general;
mod load;
mod saml;
mod sign_in;
mod source;
#[cfg(test)]
mod tests;
mod validate;
mod values;
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use api::SignInSettings;
use delivery::DeliveryPolicy;
use destinations::{AllowRule, Pace};
use detect::FilterSettings;
use model::Network;
use python_host::SandboxMode;
use sources::HttpSourceConfig;
use url::Url;

pub(crate) use destination::{DestinationConfig, of_form as destination_of_form};
pub(crate) use general::{Declared, Editable, General, Values, editable};
pub(crate) use load::{load, process_environment};
pub(crate) use sign_in::{of_form as provider_of_form, role_name};
pub(crate) use source::BODY_BYTES_MAX_DEFAULT;
pub(crate) use values::near_miss;

/// `p_source_id` of the events of the audit log.
pub(crate) const AUDIT_SOURCE_ID: &str = "audit";
/// Their `p_source_label`.
pub(crate) const AUDIT_SOURCE_LABEL: &str = "Audit log";
/// Their log type.
pub(crate) const AUDIT_LOG_TYPE: &str = "Panther.Audit";

/// Environment variables by name.
pub(crate) type Environment = std::collections::BTreeMap<String, String>;

/// A configuration with only legal values.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// What links begin with; `None` = `http://` and the bound address.
    pub(crate) external_url: Option<Url>,
    /// Time to finish what is accepted at SIGTERM.
    pub(crate) shutdown_timeout: Duration,
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// Keys to the secrets that are stored.
    pub(crate) key_file: PathBuf,
    /// Bytes that the journal may hold.
    pub(crate) journal_size_max: u64,
    /// Detection repositories.
    pub(crate) content: Vec<PathBuf>,
    /// Folders of custom schemas.
    pub(crate) schemas: Vec<PathBuf>,
    /// How inline filters treat fields that an event lacks.
    pub(crate) filters: FilterSettings,
    /// How user Python runs.
    pub(crate) python: PythonConfig,
    /// What deliveries may reach although private.
    pub(crate) egress_allow: Vec<AllowRule>,
    /// Proxies whose word about the address of a caller counts.
    pub(crate) trusted_proxies: Vec<Network>,
    /// What the file states of the settings that can be made while the server runs, too.
    pub(crate) declared: Declared,
    /// How people sign in.
    pub(crate) sign_in: SignInSettings,
    /// Limits and texts of alerting.
    pub(crate) alerting: AlertingConfig,
    /// Ways in.
    pub(crate) sources: Vec<HttpSourceConfig>,
    /// Ways out.
    pub(crate) destinations: Vec<DestinationConfig>,
    /// How destinations are served that say nothing themselves.
    pub(crate) delivery: DeliveryDefault,
    /// How to log.
    pub(crate) log: LogConfig,
    /// How long things are kept.
    pub(crate) retention: Retention,
    /// What becomes of the audit log.
    pub(crate) audit: AuditConfig,
}

/// How destinations are served that say nothing themselves.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeliveryDefault {
    policy: DeliveryPolicy,
    sets_rate: bool,
    sets_concurrency: bool,
}

impl DeliveryDefault {
    /// The default for one type: the file's section `delivery`, and where it says nothing of rate and
    /// concurrency, the vendor's own pace.
    pub(crate) fn of_type(&self, kind: &str) -> DeliveryPolicy {
        let Some(entry) = destinations::find_type(kind) else { return self.policy.clone() };
        let pace = Pace {
            rate: entry.pace.rate.filter(|_| !self.sets_rate),
            concurrency: entry.pace.concurrency.filter(|_| !self.sets_concurrency),
        };
        self.policy.clone().at_pace(pace)
    }
}

/// How user Python runs.
#[derive(Debug, Clone)]
pub(crate) struct PythonConfig {
    pub(crate) executable: PathBuf,
    /// Somebody chose it: the environment in the data directory does not take its place.
    pub(crate) is_executable_set: bool,
    pub(crate) workers: usize,
    pub(crate) rule_timeout: Duration,
    pub(crate) pypanther_timeout: Duration,
    pub(crate) memory_max: u64,
    pub(crate) sandbox: SandboxMode,
    pub(crate) network: bool,
}

/// Limits and texts of alerting.
#[derive(Debug, Clone)]
pub(crate) struct AlertingConfig {
    pub(crate) settings: alerting::Settings,
    pub(crate) title_style: alerting::TitleStyle,
    pub(crate) product_name: String,
    pub(crate) compat_texts: bool,
}

/// How to log.
#[derive(Debug, Clone)]
pub(crate) struct LogConfig {
    pub(crate) json: bool,
    pub(crate) level: String,
}

/// How long things are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Retention {
    pub(crate) alert_events: Duration,
    pub(crate) failures: Duration,
    pub(crate) audit: Duration,
    /// Those of what was only read.
    pub(crate) audit_reads: Duration,
}

/// What becomes of the audit log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditConfig {
    /// Its entries are events too, which detections run on.
    pub(crate) events: bool,
    /// What only reads is recorded.
    pub(crate) reads: bool,
    /// Entries of what only reads are events too.
    pub(crate) read_events: bool,
}

/// A configuration that cannot be used: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    pub(crate) file: Option<PathBuf>,
    pub(crate) path: String,
    pub(crate) message: String,
}

impl std::error::Error for ConfigError {}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl ConfigError {
    fn at(path: &str, message: String) -> Self {
        ConfigError { file: None, path: path.to_owned(), message }
    }

    fn value(path: &str, value: &str, expected: &str) -> Self {
        Self::at(path, format!("`{value}` is not {expected}"))
    }
}
