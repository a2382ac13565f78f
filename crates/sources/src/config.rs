//! What a source is, with legal values only; reading it from a file is for `margay`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ::http::HeaderName;
use arc_swap::ArcSwap;
use model::{LogType, SourceId};
use secrecy::SecretString;

pub use parsers::StreamType;

/// One HTTP source.
#[derive(Clone, Debug)]
pub struct HttpSourceConfig {
    /// The last part of its path, and `p_source_id` of its events.
    pub id: SourceId,
    /// `p_source_label` of its events.
    pub label: String,
    /// Schemas to try, in this order.
    pub log_types: Vec<LogType>,
    /// How a body is split into records.
    pub stream_type: StreamType,
    /// Bytes of a body as sent, before it is inflated.
    pub body_bytes_max: u64,
    /// How long it may be silent before an alert says so; `None`: as long as it likes.
    pub no_data_alarm: Option<Duration>,
    /// What a sender must prove.
    pub auth: Auth,
}

/// How a sender proves that it may send. Source: `ingest.md` §4.2.
#[derive(Clone, Debug)]
pub enum Auth {
    /// Not at all.
    None,
    /// User name and password (RFC 7617).
    Basic {
        /// The user name; has no colon.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// `Authorization: Bearer TOKEN` (RFC 6750).
    Bearer {
        /// The token.
        token: SecretString,
    },
    /// A header that holds the secret itself.
    SharedSecret {
        /// The header's name.
        header: HeaderName,
        /// Its value.
        secret: SecretString,
    },
    /// A header that holds the HMAC (RFC 2104) of the body as sent, as hex, as hex after `sha256=` or
    /// `sha1=`, or as base64.
    Hmac {
        /// The header's name.
        header: HeaderName,
        /// The key.
        secret: SecretString,
        /// The digest.
        algorithm: HmacAlgorithm,
    },
}

/// The digest under an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HmacAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-1.
    Sha1,
}

/// All HTTP sources by id; clones share it, and a reload of the configuration replaces it as a whole.
#[derive(Clone, Debug)]
pub struct SourceTable(Arc<ArcSwap<HashMap<SourceId, Arc<HttpSourceConfig>>>>);

impl SourceTable {
    /// The table of these sources.
    pub fn new(sources: impl IntoIterator<Item = HttpSourceConfig>) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(by_id(sources))))
    }

    /// Puts other sources in place of all; requests under way keep what they began with.
    pub fn replace(&self, sources: impl IntoIterator<Item = HttpSourceConfig>) {
        self.0.store(Arc::new(by_id(sources)));
    }

    /// The source of this id.
    pub fn find(&self, id: &str) -> Option<Arc<HttpSourceConfig>> {
        self.0.load().get(id).cloned()
    }
}

fn by_id(sources: impl IntoIterator<Item = HttpSourceConfig>) -> HashMap<SourceId, Arc<HttpSourceConfig>> {
    sources.into_iter().map(|source| (source.id.clone(), Arc::new(source))).collect()
}
