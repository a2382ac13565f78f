//! From what the file says to a [`Config`] with only legal values.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alerting::{Limit, Settings, TitleStyle};
use delivery::{DeliveryPolicy, Profile, Rate, RetryPolicy};
use detect::FilterSettings;
use model::Network;
use python_host::{PYPANTHER_TIMEOUT_DEFAULT, SandboxMode};
use sources::HttpSourceConfig;
use url::Url;

use super::general::{self, Declared, General, GeneralWire};
use super::wire::{
    AlertingWire, AuditWire, ConfigWire, DeliveryWire, LogWire, PythonWire, RetentionWire, RetryWire,
};
use super::{
    AUDIT_SOURCE_ID, AlertingConfig, AuditConfig, Config, ConfigError, Environment, LogConfig, PythonConfig,
    Retention,
};
use super::{destination, sign_in, source, values};

/// Events kept per alert.
const KEPT_EVENTS_MAX: usize = 1_000;
/// Most workers that make sense to allow.
const WORKERS_MAX: usize = 64;
/// Shortest delay between two attempts; without one, a broken destination would be sent to in a loop.
const DELAY_MIN: Duration = Duration::from_millis(10);
/// Shortest time for one attempt, and shortest age: not zero.
const TIME_MIN: Duration = Duration::from_millis(1);
/// How long events of alerts and what did not parse are kept unless something else is said.
const EVENTS_DAYS: u64 = 30;
/// How long entries of the audit log are kept unless something else is said: five years.
const AUDIT_DAYS: u64 = 1825;
/// The same for what was only read.
const AUDIT_READS_DAYS: u64 = 30;
/// Shortest time for the `main.py` of a pypanther project; importing the package alone takes a good part.
const PYPANTHER_TIMEOUT_MIN: Duration = Duration::from_secs(1);
/// Smallest journal that can do its work.
const JOURNAL_BYTES_MIN: u64 = 1 << 20;
/// Most attempts at the same time to one destination.
const CONCURRENCY_MAX: usize = 1_000;

pub(super) fn validate(
    wire: ConfigWire,
    base: &Path,
    data_dir: Option<PathBuf>,
    environment: &Environment,
) -> Result<Config, ConfigError> {
    let listen = wire.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listen = listen
        .parse()
        .map_err(|_| ConfigError::value("listen", &listen, "an address such as `127.0.0.1:8080`"))?;
    let written = GeneralWire { alerting: wire.alerting, delivery: wire.delivery, retention: wire.retention };
    let General { alerting, delivery, retention } = general::validate(written.clone())?;
    let mut sources = Vec::new();
    for (index, source) in wire.sources.into_iter().enumerate() {
        sources.push(source::validate(source, &format!("sources[{index}]"), base, environment)?);
    }
    let mut destinations = Vec::new();
    for (index, wire) in wire.destinations.into_iter().enumerate() {
        let path = format!("destinations[{index}]");
        destinations.push(destination::validate(wire, &path, &delivery, base, environment)?);
    }
    refuse_doubles("sources", "id", sources.iter().map(|source| source.id.as_str()))?;
    let audit = audit(&wire.audit)?;
    if audit.events {
        refuse_audit_source(&sources)?;
    }
    refuse_doubles("destinations", "name", destinations.iter().map(|d| d.record.display_name.as_str()))?;
    refuse_doubles("destinations", "id", destinations.iter().map(|d| d.record.id.as_str()))?;
    let content = wire.content.unwrap_or_else(|| {
        let default = PathBuf::from("content");
        if base.join(&default).is_dir() { vec![default] } else { Vec::new() }
    });
    let data_dir = data_dir.unwrap_or_else(|| PathBuf::from("margay-data"));
    Ok(Config {
        listen,
        external_url: wire.external_url.as_deref().map(external_url).transpose()?,
        shutdown_timeout: wire
            .shutdown_timeout
            .map_or(Ok(Duration::from_secs(5)), |text| values::duration("shutdown_timeout", &text))?,
        key_file: wire
            .secrets
            .key_file
            .map_or_else(|| data_dir.join(store::KEY_FILE), |file| base.join(file)),
        data_dir,
        journal_size_max: journal_size_max(wire.journal.size_max)?,
        content: content.into_iter().map(|path| base.join(path)).collect(),
        schemas: wire.schemas.into_iter().map(|path| base.join(path)).collect(),
        filters: FilterSettings {
            missing_field_passes: wire.detections.missing_field_passes.unwrap_or(false),
        },
        python: python(wire.python, base)?,
        egress_allow: egress(&wire.egress.allow)?,
        trusted_proxies: trusted_proxies(&wire.trusted_proxies)?,
        declared: Declared {
            file: None,
            general: written,
            enforces_sso: wire.sign_in.enforce_sso.is_some(),
            has_default_role: wire.sign_in.default_role.is_some(),
        },
        sign_in: sign_in::validate(wire.sign_in, base, environment)?,
        alerting,
        sources,
        destinations,
        delivery,
        audit,
        log: log(wire.log)?,
        retention,
    })
}

pub(super) fn retention(wire: RetentionWire) -> Result<Retention, ConfigError> {
    let RetentionWire { alert_events, failures, audit, audit_reads } = wire;
    let keep =
        |name: &str, text, default| at_least(TIME_MIN, &format!("retention.{name}"), text, days(default));
    Ok(Retention {
        alert_events: keep("alert_events", alert_events, EVENTS_DAYS)?,
        failures: keep("failures", failures, EVENTS_DAYS)?,
        audit: keep("audit", audit, AUDIT_DAYS)?,
        audit_reads: keep("audit_reads", audit_reads, AUDIT_READS_DAYS)?,
    })
}

/// The duration that is written, at least `min`; else the default.
fn at_least(
    min: Duration,
    path: &str,
    text: Option<String>,
    default: Duration,
) -> Result<Duration, ConfigError> {
    text.map_or(Ok(default), |text| values::duration_from(path, &text, min))
}

fn journal_size_max(text: Option<String>) -> Result<u64, ConfigError> {
    let path = "journal.size_max";
    let Some(text) = text else { return Ok(10 << 30) };
    let size = values::size(path, &text)?;
    if size < JOURNAL_BYTES_MIN {
        return Err(ConfigError::value(path, &text, "at least `1MiB`"));
    }
    Ok(size)
}

const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

fn external_url(text: &str) -> Result<Url, ConfigError> {
    Url::parse(text.trim_end_matches('/'))
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| ConfigError::value("external_url", text, "an http or https URL"))
}

pub(super) fn refuse_doubles<'a>(
    list: &str,
    key: &str,
    values: impl Iterator<Item = &'a str>,
) -> Result<(), ConfigError> {
    let mut seen = HashSet::new();
    for (index, value) in values.enumerate() {
        if !seen.insert(value) {
            let message = format!("`{value}` is used twice; each {key} must be unique");
            return Err(ConfigError::at(&format!("{list}[{index}].{key}"), message));
        }
    }
    Ok(())
}

fn audit(wire: &AuditWire) -> Result<AuditConfig, ConfigError> {
    let audit = AuditConfig {
        events: wire.events.unwrap_or(false),
        reads: wire.reads.unwrap_or(true),
        read_events: wire.read_events.unwrap_or(false),
    };
    if audit.read_events && !(audit.events && audit.reads) {
        let message = "`true` needs `audit.events: true`, and `audit.reads` not `false`";
        return Err(ConfigError::at("audit.read_events", message.to_owned()));
    }
    Ok(audit)
}

fn refuse_audit_source(sources: &[HttpSourceConfig]) -> Result<(), ConfigError> {
    match sources.iter().position(|source| source.id.as_str() == AUDIT_SOURCE_ID) {
        None => Ok(()),
        Some(index) => {
            let message = format!(
                "`{AUDIT_SOURCE_ID}` is the source of the audit log (`audit.events`); choose another id"
            );
            Err(ConfigError::at(&format!("sources[{index}].id"), message))
        }
    }
}

fn python(wire: PythonWire, base: &Path) -> Result<PythonConfig, ConfigError> {
    let sandbox = match wire.sandbox.as_deref().unwrap_or("best_effort") {
        "required" => SandboxMode::Required,
        "best_effort" => SandboxMode::BestEffort,
        "off" => SandboxMode::Off,
        other => {
            let expected = "one of `required`, `best_effort`, `off`";
            return Err(ConfigError::value("python.sandbox", other, expected));
        }
    };
    let workers = wire.workers.unwrap_or(2);
    if !(1..=WORKERS_MAX).contains(&workers) {
        return Err(ConfigError::value("python.workers", &workers.to_string(), "between 1 and 64"));
    }
    let timeout = wire.rule_timeout.unwrap_or_else(|| "5s".to_owned());
    let rule_timeout = values::duration_from("python.rule_timeout", &timeout, Duration::from_millis(10))?;
    let memory = wire.memory_max.unwrap_or_else(|| "512MiB".to_owned());
    let memory_max = values::size("python.memory_max", &memory)?;
    if memory_max < 64 << 20 {
        return Err(ConfigError::value("python.memory_max", &memory, "at least `64MiB`"));
    }
    let is_executable_set = wire.executable.is_some();
    let executable = wire.executable.unwrap_or_else(|| PathBuf::from("python3"));
    // A bare name is looked up in `PATH`; anything with a slash is a path, relative to the file.
    let is_path = executable.as_os_str().as_encoded_bytes().contains(&b'/');
    Ok(PythonConfig {
        executable: if is_path { base.join(executable) } else { executable },
        is_executable_set,
        workers,
        rule_timeout,
        pypanther_timeout: at_least(
            PYPANTHER_TIMEOUT_MIN,
            "python.pypanther_timeout",
            wire.pypanther_timeout,
            PYPANTHER_TIMEOUT_DEFAULT,
        )?,
        memory_max,
        sandbox,
        network: wire.network.unwrap_or(false),
    })
}

fn egress(allow: &[String]) -> Result<Vec<destinations::AllowRule>, ConfigError> {
    allow
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let path = format!("egress.allow[{index}]");
            text.parse().map_err(|_| {
                let expected = "a CIDR, an address or a host name, each with an optional `:port`";
                ConfigError::value(&path, text, expected)
            })
        })
        .collect()
}

fn trusted_proxies(texts: &[String]) -> Result<Vec<Network>, ConfigError> {
    let read = |(index, text): (usize, &String)| {
        let refuse =
            |_| ConfigError::value(&format!("trusted_proxies[{index}]"), text, "an address or a CIDR");
        text.parse().map_err(refuse)
    };
    texts.iter().enumerate().map(read).collect()
}

pub(super) fn alerting(wire: AlertingWire) -> Result<AlertingConfig, ConfigError> {
    let limit = match wire.limit_per_detection {
        None => Settings::default().limit,
        Some(text) => {
            values::rate("alerting.limit_per_detection", &text.0)?.map(|(count, per)| Limit { count, per })
        }
    };
    let title_style = match wire.title_style.as_deref().unwrap_or("plain") {
        "plain" => TitleStyle::Plain,
        "classic" => TitleStyle::Classic,
        other => {
            return Err(ConfigError::value("alerting.title_style", other, "`plain` or `classic`"));
        }
    };
    Ok(AlertingConfig {
        settings: Settings { limit, kept_events_max: KEPT_EVENTS_MAX },
        title_style,
        product_name: wire.product_name.unwrap_or_else(|| "Margay".to_owned()),
        compat_texts: wire.compat_texts.unwrap_or(false),
    })
}

fn log(wire: LogWire) -> Result<LogConfig, ConfigError> {
    let json = match wire.format.as_deref().unwrap_or("text") {
        "text" => false,
        "json" => true,
        other => return Err(ConfigError::value("log.format", other, "`text` or `json`")),
    };
    let level = wire.level.unwrap_or_else(|| "info".to_owned());
    values::log_filter("log.level", &level)?;
    Ok(LogConfig { json, level })
}

/// The policy of one destination (or the default): what is written lies over `default`.
pub(super) fn delivery_policy(
    wire: DeliveryWire,
    default: &DeliveryPolicy,
    path: &str,
) -> Result<DeliveryPolicy, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let timeout = at_least(TIME_MIN, &key("timeout"), wire.timeout, default.timeout)?;
    let concurrency = wire.concurrency.unwrap_or(default.concurrency);
    if !(1..=CONCURRENCY_MAX).contains(&concurrency) {
        return Err(ConfigError::value(&key("concurrency"), &concurrency.to_string(), "between 1 and 1000"));
    }
    let rate = match wire.rate {
        Some(text) => values::rate(&key("rate"), &text)?
            .map(|(count, per)| Rate { count: u32::try_from(count).unwrap_or(u32::MAX), per }),
        None => default.rate,
    };
    Ok(DeliveryPolicy {
        retry: retry(wire.retry, &default.retry, &key("retry"))?,
        timeout,
        concurrency,
        rate,
    })
}

fn retry(wire: RetryWire, default: &RetryPolicy, path: &str) -> Result<RetryPolicy, ConfigError> {
    let key = |name: &str| format!("{path}.{name}");
    let profile = match wire.profile.as_deref() {
        None => default.profile,
        Some("default") => Profile::Default,
        Some("panther") => Profile::Panther,
        Some(other) => {
            return Err(ConfigError::value(&key("profile"), other, "`default` or `panther`"));
        }
    };
    let sets_first_delay = wire.first_delay.is_some();
    let first_delay = at_least(DELAY_MIN, &key("first_delay"), wire.first_delay, default.first_delay)?;
    let delay_max = at_least(DELAY_MIN, &key("delay_max"), wire.delay_max, default.delay_max)?;
    if first_delay > delay_max {
        let name = if sets_first_delay { "first_delay" } else { "delay_max" };
        let [first, max] = [first_delay, delay_max].map(humantime::format_duration);
        let message =
            format!("`first_delay` ({first}) is longer than `delay_max` ({max}); change one of them");
        return Err(ConfigError::at(&key(name), message));
    }
    Ok(RetryPolicy {
        profile,
        attempts_max: wire.attempts_max.unwrap_or(default.attempts_max),
        first_delay,
        delay_max,
        age_max: at_least(TIME_MIN, &key("age_max"), wire.age_max, default.age_max)?,
    })
}

/// The delivery settings of a form, as the file would have them.
pub(super) fn delivery_wire(policy: api_types::DeliveryPolicy) -> DeliveryWire {
    let api_types::DeliveryPolicy { retry, timeout, concurrency, rate } = policy;
    let api_types::RetryPolicy { profile, attempts_max, first_delay, delay_max, age_max } =
        retry.unwrap_or_default();
    DeliveryWire {
        retry: RetryWire { profile, attempts_max, first_delay, delay_max, age_max },
        timeout,
        concurrency: concurrency.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
        rate,
    }
}

/// What one destination sets for itself, as written, for the API to show.
pub(super) fn delivery_override(wire: &DeliveryWire) -> api_types::DeliveryPolicy {
    let RetryWire { profile, attempts_max, first_delay, delay_max, age_max } = wire.retry.clone();
    let retry = api_types::RetryPolicy { profile, attempts_max, first_delay, delay_max, age_max };
    let is_set = retry.profile.is_some()
        || retry.attempts_max.is_some()
        || retry.first_delay.is_some()
        || retry.delay_max.is_some()
        || retry.age_max.is_some();
    api_types::DeliveryPolicy {
        retry: is_set.then_some(retry),
        timeout: wire.timeout.clone(),
        concurrency: wire.concurrency.map(|count| count as u64),
        rate: wire.rate.clone(),
    }
}
