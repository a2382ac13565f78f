//! What SNS and SQS share: credentials, the guarded way out, and what AWS's error codes mean.
//!
//! The official SDK makes and signs the requests; every byte leaves through [`Outbound`]. Only the lookup of
//! credentials, when none are configured, may reach the addresses of the instance's metadata services, which
//! are fixed. Errors are told by code, never by status: a throttled call can be a 400.
//! Sources: `destinations.md` §4.1 and §4.2;
//! <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.

mod connector;
pub(crate) mod sns;
pub(crate) mod sqs;

use std::error::Error as StdError;
use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use model::Alert;
use serde_json::{Value, json};
use tokio::time::timeout_at;

use crate::config::{ConfigError, ConfigReader};
use crate::destination::{Attempt, Calls, Reason, Verdict};
use crate::outbound::{Outbound, OutboundError};
use connector::GuardedClient;

/// While access is refused, somebody has to act.
const ACCESS_STEP: Duration = Duration::from_secs(15 * 60);
const ROLE_SESSION: &str = "margay";
/// Longest FIFO group id.
const GROUP_CHARS_MAX: usize = 128;

/// Ends what the SDK does when the attempt must be over: its own time limits know nothing of that.
async fn in_time(
    calls: &Calls<'_>,
    service: &str,
    sending: impl Future<Output = Result<Attempt, Attempt>>,
) -> Result<Attempt, Attempt> {
    match timeout_at(calls.deadline(), sending).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let verdict = Verdict::Retry { reason: Reason::Timeout, after: None };
            Err(Attempt::without_reply(verdict, format!("no reply from {service} in time")))
        }
    }
}

/// How to sign, as configured.
struct Access {
    region: String,
    keys: Option<Keys>,
    role_arn: Option<String>,
    external_id: Option<String>,
    endpoint_url: Option<String>,
}

struct Keys {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// The keys that both types have, as JSON Schema.
fn access_schema() -> Value {
    json!({
        "region": {"type": "string", "title": "Region", "description": "Taken from the address when left out."},
        "access_key_id": {"type": "string", "title": "Access key id", "description": "Without keys the credentials of this machine are used."},
        "secret_access_key": {"type": "string", "writeOnly": true, "title": "Secret access key"},
        "session_token": {"type": "string", "writeOnly": true, "title": "Session token"},
        "role_arn": {"type": "string", "title": "Role", "description": "ARN of a role to take on."},
        "external_id": {"type": "string", "title": "External id", "description": "What the role's trust policy asks for."},
        "endpoint_url": {
            "type": "string", "format": "uri", "title": "Endpoint",
            "description": "A VPC endpoint, or a server that speaks the same protocol.",
        },
    })
}

fn read_access(config: &mut ConfigReader<'_>, found_region: Option<&str>) -> Result<Access, ConfigError> {
    let region = config.text("region")?.or(found_region).map(str::to_owned).ok_or_else(|| {
        ConfigError::new(
            "region",
            "`region` is missing and the address does not tell it, such as eu-central-1",
        )
    })?;
    let is_region = region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !is_region {
        return Err(ConfigError::new("region", "`region` is no AWS region, such as eu-central-1"));
    }
    let id = config.text("access_key_id")?;
    let secret = config.secret("secret_access_key")?;
    let session_token = config.secret("session_token")?;
    let keys = match (id, secret) {
        (Some(id), Some(secret)) => Some(Keys {
            access_key_id: id.trim().to_owned(),
            secret_access_key: secret.trim().to_owned(),
            session_token: session_token.map(|token| token.trim().to_owned()),
        }),
        (None, None) if session_token.is_none() => None,
        (None, _) => {
            return Err(ConfigError::new("access_key_id", "`access_key_id` is missing beside the secret"));
        }
        (Some(_), None) => {
            let message = "`secret_access_key` is missing beside `access_key_id`";
            return Err(ConfigError::new("secret_access_key", message));
        }
    };
    let role_arn = config.text("role_arn")?;
    if role_arn.is_some_and(|arn| !arn.starts_with("arn:") || !arn.contains(":role/")) {
        return Err(ConfigError::new(
            "role_arn",
            "`role_arn` must be the ARN of a role: arn:aws:iam::…:role/…",
        ));
    }
    let external_id = config.text("external_id")?;
    if external_id.is_some() && role_arn.is_none() {
        return Err(ConfigError::new("external_id", "`external_id` has no meaning without `role_arn`"));
    }
    let endpoint_url = match config.has("endpoint_url") {
        true => Some(config.own_site_url("endpoint_url")?.to_string()),
        false => None,
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(Access { region, keys, role_arn: owned(role_arn), external_id: owned(external_id), endpoint_url })
}

impl Access {
    /// What the SDK's clients are made of; looks credentials up when none are configured.
    async fn sdk_config(&self, net: &Outbound) -> SdkConfig {
        let base = |client: GuardedClient| -> ConfigLoader {
            aws_config::defaults(BehaviorVersion::latest())
                .region(Region::new(self.region.clone()))
                .http_client(client)
                // Retries are the delivery's business.
                .retry_config(RetryConfig::disabled())
        };
        let guarded = GuardedClient::new(net.clone());
        let own = match &self.keys {
            Some(keys) => {
                let Keys { access_key_id, secret_access_key, session_token } = keys;
                let keys = Credentials::new(
                    access_key_id.as_str(),
                    secret_access_key.as_str(),
                    session_token.clone(),
                    None,
                    "configuration",
                );
                base(guarded.clone()).credentials_provider(keys).load().await
            }
            None => base(GuardedClient::new(net.for_metadata())).load().await,
        };
        let mut builder = match &self.role_arn {
            None => own.into_builder(),
            Some(role) => {
                let mut provider =
                    AssumeRoleProvider::builder(role).session_name(ROLE_SESSION).configure(&own);
                if let Some(external_id) = &self.external_id {
                    provider = provider.external_id(external_id);
                }
                let provider = provider.build().await;
                base(guarded.clone()).credentials_provider(provider).load().await.into_builder()
            }
        };
        builder.set_http_client(Some(aws_smithy_runtime_api::client::http::SharedHttpClient::new(guarded)));
        builder.set_endpoint_url(self.endpoint_url.clone());
        builder.build()
    }
}

/// An id that FIFO queues and topics take: as it is, or its digest when it holds other characters or is too
/// long.
fn group_id(alert: &Alert) -> String {
    let id = alert.detection_id.as_str();
    let is_legal = id.len() <= GROUP_CHARS_MAX && id.chars().all(|c| c.is_ascii_graphic()) && !id.is_empty();
    if is_legal { id.to_owned() } else { hex::encode(<md5::Md5 as md5::Digest>::digest(id)) }
}

/// What a failed call means.
fn judge<E>(error: &SdkError<E, HttpResponse>) -> Attempt
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    if let Some(outbound) = find::<OutboundError>(error) {
        return crate::destination::without_reply(outbound);
    }
    if let SdkError::ServiceError(service) = error {
        let status = service.raw().status().as_u16();
        let meta = service.err();
        let code = meta.code().unwrap_or("unknown error");
        let (verdict, remedy) = verdict(code, status);
        let message = format!("{code}: {}", meta.message().unwrap_or("no message"));
        let attempt = Attempt::new(verdict, Some(status), message);
        return if remedy.is_empty() { attempt } else { attempt.with_remedy(remedy) };
    }
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    let (verdict, what, is_remedy) = match error {
        SdkError::TimeoutError(_) => {
            (Verdict::Retry { reason: Reason::Timeout, after: None }, "no reply in time", false)
        }
        SdkError::ResponseError(_) => (
            Verdict::Retry { reason: Reason::UnexpectedReply, after: None },
            "the reply cannot be read",
            false,
        ),
        _ => (
            Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) },
            "no credentials: give `access_key_id` and `secret_access_key`, or a role to this machine",
            true,
        ),
    };
    let attempt = Attempt::new(verdict, status, format!("{what} ({})", deepest(error)));
    Attempt { has_remedy: is_remedy, ..attempt }
}

/// The verdict on an error code and what a person should do.
fn verdict(code: &str, status: u16) -> (Verdict, &'static str) {
    let code = code.rsplit('#').next().unwrap_or(code);
    let code = code.strip_suffix("Exception").unwrap_or(code);
    let slow = Verdict::Retry { reason: Reason::Unauthorized, after: Some(ACCESS_STEP) };
    match code {
        "Throttling"
        | "Throttled"
        | "RequestThrottled"
        | "KMSThrottling"
        | "KmsThrottled"
        | "RequestLimitExceeded"
        | "TooManyRequests" => (Verdict::Retry { reason: Reason::Throttled, after: None }, ""),
        "OverLimit" => (
            Verdict::Retry { reason: Reason::Throttled, after: None },
            "the queue is full: let its consumers catch up; deliveries go on by themselves",
        ),
        "InternalError" | "InternalFailure" | "ServiceUnavailable" => {
            (Verdict::Retry { reason: Reason::Unavailable, after: None }, "")
        }
        "RequestExpired" => (slow, "this machine's clock is wrong: set it"),
        "ExpiredToken" => (slow, "the session token is over: give new credentials"),
        "InvalidClientTokenId"
        | "UnrecognizedClient"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "InvalidSecurity" => (slow, "the keys are wrong or revoked: give new ones"),
        "AuthorizationError" | "AccessDenied" | "NotAuthorized" | "OptInRequired" => {
            (slow, "its policy must allow sending to these credentials")
        }
        "NotFound" | "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" | "InvalidAddress" => {
            (Verdict::GiveUp { reason: Reason::Configuration }, "it does not exist: correct its address")
        }
        "EndpointDisabled" | "PlatformApplicationDisabled" => {
            (Verdict::GiveUp { reason: Reason::Configuration }, "it is switched off in AWS")
        }
        _ if code.starts_with("KMS") || code.starts_with("Kms") => {
            (slow, "the key that encrypts it must allow these credentials")
        }
        _ if code.starts_with("AccessDenied") => (slow, "its policy must allow sending to these credentials"),
        _ if status >= 500 => (Verdict::Retry { reason: Reason::Unavailable, after: None }, ""),
        _ => (Verdict::GiveUp { reason: Reason::Refused }, ""),
    }
}

/// An error of type `T` among the causes of `error`.
fn find<'e, T: StdError + 'static>(error: &'e (dyn StdError + 'static)) -> Option<&'e T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

fn deepest(error: &dyn StdError) -> String {
    let mut deepest: &dyn StdError = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::throttled_although_400("ThrottlingException", 400, "throttled")]
    #[case::kms_throttling("KMSThrottlingException", 400, "throttled")]
    #[case::namespaced("com.amazonaws.sqs#RequestThrottled", 400, "throttled")]
    #[case::kms("KMSAccessDenied", 400, "unauthorized")]
    #[case::full("OverLimit", 403, "throttled")]
    #[case::expired("ExpiredToken", 403, "unauthorized")]
    #[case::expired_too("ExpiredTokenException", 400, "unauthorized")]
    #[case::policy("AuthorizationError", 403, "unauthorized")]
    #[case::gone("QueueDoesNotExist", 400, "configuration")]
    #[case::topic_gone("NotFound", 404, "configuration")]
    #[case::too_large("InvalidParameterValue", 400, "refused")]
    #[case::contents("InvalidMessageContents", 400, "refused")]
    #[case::unknown("SomethingNew", 400, "refused")]
    #[case::unknown_fault("SomethingNew", 503, "unavailable")]
    fn codes_decide(#[case] code: &str, #[case] status: u16, #[case] reason: &str) {
        let found = match verdict(code, status).0 {
            Verdict::Retry { reason, .. } | Verdict::GiveUp { reason } => reason.as_str(),
            Verdict::Delivered { .. } => "delivered",
        };
        assert_eq!(found, reason);
    }
}
