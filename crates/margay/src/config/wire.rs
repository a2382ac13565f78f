//! The configuration file as it is written. Everything is optional; what it means is decided in `validate`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::sign_in::SignInWire;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ConfigWire {
    pub(super) listen: Option<String>,
    pub(super) external_url: Option<String>,
    pub(super) shutdown_timeout: Option<String>,
    pub(super) data_dir: Option<PathBuf>,
    pub(super) journal: JournalWire,
    pub(super) content: Option<Vec<PathBuf>>,
    pub(super) schemas: Vec<PathBuf>,
    pub(super) detections: DetectionsWire,
    pub(super) python: PythonWire,
    pub(super) egress: EgressWire,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) secrets: SecretsWire,
    pub(super) sign_in: SignInWire,
    pub(super) alerting: AlertingWire,
    pub(super) delivery: DeliveryWire,
    pub(super) sources: Vec<SourceWire>,
    pub(super) destinations: Vec<DestinationWire>,
    pub(super) log: LogWire,
    pub(super) retention: RetentionWire,
    pub(super) audit: AuditWire,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct JournalWire {
    pub(super) size_max: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DetectionsWire {
    pub(super) missing_field_passes: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PythonWire {
    pub(super) executable: Option<PathBuf>,
    pub(super) workers: Option<usize>,
    pub(super) rule_timeout: Option<String>,
    pub(super) pypanther_timeout: Option<String>,
    pub(super) memory_max: Option<String>,
    pub(super) sandbox: Option<String>,
    pub(super) network: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EgressWire {
    pub(super) allow: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SecretsWire {
    pub(super) key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AlertingWire {
    pub(super) limit_per_detection: Option<Scalar>,
    pub(super) title_style: Option<String>,
    pub(super) product_name: Option<String>,
    pub(super) compat_texts: Option<bool>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DeliveryWire {
    pub(super) retry: RetryWire,
    pub(super) timeout: Option<String>,
    pub(super) concurrency: Option<usize>,
    pub(super) rate: Option<String>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetryWire {
    pub(super) profile: Option<String>,
    pub(super) attempts_max: Option<u64>,
    pub(super) first_delay: Option<String>,
    pub(super) delay_max: Option<String>,
    pub(super) age_max: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceWire {
    pub(super) id: String,
    pub(super) label: Option<String>,
    #[serde(rename = "type")]
    pub(super) source_type: String,
    pub(super) log_types: Vec<String>,
    pub(super) stream_type: Option<String>,
    pub(super) body_max: Option<String>,
    pub(super) no_data_alarm: Option<String>,
    pub(super) auth: Option<AuthWire>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuthWire {
    #[serde(rename = "type")]
    pub(super) auth_type: String,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) token: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) header: Option<String>,
    pub(super) secret: Option<String>,
    pub(super) secret_file: Option<PathBuf>,
    pub(super) algorithm: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DestinationWire {
    pub(super) name: String,
    pub(super) id: Option<String>,
    #[serde(rename = "type")]
    pub(super) destination_type: String,
    pub(super) config: Map<String, Value>,
    #[serde(default)]
    pub(super) severities: Vec<String>,
    #[serde(default)]
    pub(super) alert_types: Vec<String>,
    #[serde(default)]
    pub(super) log_types: Vec<String>,
    pub(super) manual_dispatch: Option<bool>,
    pub(super) enabled: Option<bool>,
    #[serde(default)]
    pub(super) delivery: DeliveryWire,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LogWire {
    pub(super) format: Option<String>,
    pub(super) level: Option<String>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RetentionWire {
    pub(super) alert_events: Option<String>,
    pub(super) failures: Option<String>,
    pub(super) audit: Option<String>,
    pub(super) audit_reads: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AuditWire {
    pub(super) events: Option<bool>,
    pub(super) reads: Option<bool>,
    pub(super) read_events: Option<bool>,
}

/// A value that people write as a number or as a text: `0`, `1000/h`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Scalar(pub(super) String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Scalar;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number or a text such as `1000/h`")
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
