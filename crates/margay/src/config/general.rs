//! Settings that can be made while the server runs, as long as the file does not state them.
//!
//! What is made is laid below what the file says, key by key, and then read and checked by the same code.

use std::collections::BTreeMap;
use std::path::PathBuf;

use delivery::DeliveryPolicy;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::wire::{AlertingWire, DeliveryWire, RetentionWire};
use super::{AlertingConfig, Config, ConfigError, DeliveryDefault, Retention, validate, values};

/// Longest text of a setting in characters.
const TEXT_CHARS_MAX: usize = 255;

/// What is made while the server runs, by the keys of the file.
pub(crate) type Values = BTreeMap<String, Value>;

/// The sections of the file that can be made while the server runs, as they are written.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GeneralWire {
    pub(super) alerting: AlertingWire,
    pub(super) delivery: DeliveryWire,
    pub(super) retention: RetentionWire,
}

/// The same with legal values only.
#[derive(Debug, Clone)]
pub(crate) struct General {
    /// Limits and texts of alerting.
    pub(crate) alerting: AlertingConfig,
    /// How destinations are served that say nothing themselves.
    pub(crate) delivery: DeliveryDefault,
    /// How long things are kept.
    pub(crate) retention: Retention,
}

/// What the file states of such settings.
#[derive(Debug, Default, Clone)]
pub(crate) struct Declared {
    /// The file itself.
    pub(crate) file: Option<PathBuf>,
    pub(super) general: GeneralWire,
    /// It states `sign_in.enforce_sso`.
    pub(crate) enforces_sso: bool,
    /// It states `sign_in.default_role`.
    pub(crate) has_default_role: bool,
}

/// A setting that can be made while the server runs.
#[derive(Debug, Clone)]
pub(crate) struct Editable {
    /// Its key in the file.
    pub(crate) key: &'static str,
    /// What counts when nobody sets it.
    pub(crate) default: Value,
}

/// All of them, in the order of the file.
pub(crate) fn editable() -> Vec<Editable> {
    let of = |(key, default)| Editable { key, default };
    [
        ("alerting.limit_per_detection", json!("1000/h")),
        ("alerting.title_style", json!("plain")),
        ("alerting.product_name", json!("Margay")),
        ("alerting.compat_texts", json!(false)),
        ("delivery.retry.profile", json!("default")),
        ("delivery.retry.attempts_max", json!(0)),
        ("delivery.retry.first_delay", json!("1s")),
        ("delivery.retry.delay_max", json!("15m")),
        ("delivery.retry.age_max", json!("72h")),
        ("delivery.timeout", json!("15s")),
        ("delivery.concurrency", json!(4)),
        ("delivery.rate", json!("none")),
        ("retention.alert_events", json!("30d")),
        ("retention.failures", json!("30d")),
    ]
    .map(of)
    .to_vec()
}

pub(super) fn validate(wire: GeneralWire) -> Result<General, ConfigError> {
    let GeneralWire { alerting, delivery, retention } = wire;
    Ok(General {
        alerting: validate::alerting(alerting)?,
        delivery: DeliveryDefault {
            sets_rate: delivery.rate.is_some(),
            sets_concurrency: delivery.concurrency.is_some(),
            policy: validate::delivery_policy(delivery, &DeliveryPolicy::default(), "delivery")?,
        },
        retention: validate::retention(retention)?,
    })
}

impl Declared {
    /// What the file states of a setting, as it is written.
    pub(crate) fn stated(&self, key: &str) -> Option<Value> {
        let written = serde_json::to_value(&self.general).ok()?;
        let found = key.split('.').try_fold(&written, |value, part| value.get(part))?;
        Some(found.clone()).filter(|value| !value.is_null())
    }

    /// What counts when these values are made while the server runs: each one below what the file states.
    ///
    /// # Errors
    /// An unknown key, an illegal value, or one that does not go together with the file's.
    pub(crate) fn with(&self, made: &Values) -> Result<General, ConfigError> {
        let mut written = serde_json::to_value(&self.general).unwrap_or_default();
        let known = editable();
        for (key, value) in made {
            if !known.iter().any(|editable| editable.key == key) {
                let message = match values::near_miss(key, known.iter().map(|editable| editable.key)) {
                    Some(near) => format!("is no such setting; did you mean `{near}`?"),
                    None => "is no setting that can be made while the server runs".to_owned(),
                };
                // Something must be named, and an empty key names nothing.
                return Err(ConfigError::at(if key.is_empty() { "settings" } else { key }, message));
            }
            refuse_long(key, value)?;
            if !value.is_null() && self.stated(key).is_none() {
                put(&mut written, key, value.clone());
            }
        }
        let wire: GeneralWire = serde_path_to_error::deserialize(written).map_err(|error| {
            let path = error.path().to_string();
            ConfigError::at(&path, error.into_inner().to_string())
        })?;
        validate(wire)
    }
}

impl Config {
    /// This configuration with what is made while the server runs below it.
    ///
    /// # Errors
    /// As [`Declared::with`].
    pub(crate) fn lay_over(&mut self, made: &Values) -> Result<(), ConfigError> {
        let General { alerting, delivery, retention } = self.declared.with(made)?;
        if delivery != self.delivery {
            let with_default = |destination: &super::DestinationConfig| destination.with_default(&delivery);
            self.destinations = self.destinations.iter().map(with_default).collect::<Result<_, _>>()?;
        }
        (self.alerting, self.delivery, self.retention) = (alerting, delivery, retention);
        Ok(())
    }
}

fn refuse_long(key: &str, value: &Value) -> Result<(), ConfigError> {
    let Value::String(text) = value else { return Ok(()) };
    match text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => {
            let message = format!("is longer than {TEXT_CHARS_MAX} characters, or has more than one line");
            Err(ConfigError::at(key, message))
        }
    }
}

/// Puts a value at the place of its key; every section before it is there.
fn put(written: &mut Value, key: &str, value: Value) {
    let place = key.split('.').try_fold(written, |value, part| value.get_mut(part));
    if let Some(place) = place {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(text: &str) -> Declared {
        let wire = super::super::load::parse(text).unwrap();
        let general =
            GeneralWire { alerting: wire.alerting, delivery: wire.delivery, retention: wire.retention };
        Declared { general, ..Declared::default() }
    }

    fn made(value: Value) -> Values {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_defaults_that_are_shown_are_those_that_count() {
        let shown = editable().into_iter().map(|it| (it.key.to_owned(), it.default)).collect();
        let (said, nothing) =
            (declared("").with(&shown).unwrap(), declared("").with(&Values::new()).unwrap());
        // What is said of rate and concurrency wins over the vendor's own pace; the policies are the same.
        assert_eq!(said.delivery.policy, nothing.delivery.policy);
        assert_eq!(format!("{:?}", said.alerting), format!("{:?}", nothing.alerting));
        assert_eq!(format!("{:?}", said.retention), format!("{:?}", nothing.retention));
    }

    #[test]
    fn what_the_file_states_wins() {
        let declared =
            declared("alerting: { title_style: classic }\ndelivery: { retry: { first_delay: 2s } }\n");
        assert_eq!(declared.stated("alerting.title_style"), Some(json!("classic")));
        assert_eq!(declared.stated("delivery.retry.first_delay"), Some(json!("2s")));
        assert_eq!(declared.stated("alerting.product_name"), None);
        let made = made(json!({
            "alerting.title_style": "plain", "alerting.product_name": "Ours", "delivery.retry.first_delay": "9s",
            "retention.failures": null,
        }));
        let General { alerting, delivery, .. } = declared.with(&made).unwrap();
        assert_eq!(
            (alerting.title_style, alerting.product_name.as_str()),
            (alerting::TitleStyle::Classic, "Ours")
        );
        assert_eq!(delivery.policy.retry.first_delay, std::time::Duration::from_secs(2));
    }

    #[rstest::rstest]
    #[case::unknown(json!({"alerting.title_stile": "x"}), "alerting.title_stile", "did you mean `alerting.title_style`?")]
    #[case::other(json!({"listen": "x"}), "listen", "no setting that can be made")]
    #[case::nameless(json!({"": "x"}), "settings", "no setting that can be made")]
    #[case::word(json!({"alerting.title_style": "loud"}), "alerting.title_style", "`plain` or `classic`")]
    #[case::kind(json!({"alerting.compat_texts": "yes"}), "alerting.compat_texts", "boolean")]
    #[case::rate(json!({"alerting.limit_per_detection": "many"}), "alerting.limit_per_detection", "a rate")]
    #[case::zero(json!({"retention.failures": "0s"}), "retention.failures", "at least")]
    #[case::together(json!({"delivery.retry.delay_max": "10ms"}), "delivery.retry.delay_max", "longer than")]
    #[case::long(json!({"alerting.product_name": "x".repeat(256)}), "alerting.product_name", "255")]
    #[case::lines(json!({"alerting.product_name": "a\nb"}), "alerting.product_name", "one line")]
    fn what_makes_no_sense_is_refused_by_its_key(
        #[case] values: Value,
        #[case] path: &str,
        #[case] part: &str,
    ) {
        let error = declared("").with(&made(values)).unwrap_err();
        assert_eq!(error.path, path);
        assert!(error.message.contains(part), "{error}");
    }
}
