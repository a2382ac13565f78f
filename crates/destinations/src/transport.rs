//! How one destination is reached, when it is not as all others: own certificates, a proxy.
//!
//! The guard stays in force: a proxy's address is checked like any other, and an address that is written out in
//! the destination's URL is checked even though the proxy would connect to it. Names are resolved by the proxy.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use url::Url;

use crate::config::{ConfigError, ConfigReader, secret_header};

/// What keys and certificates are written in.
const PEM: &str = "application/x-pem-file";

/// Certificates and proxy of one destination.
#[derive(Clone)]
pub(crate) struct Transport {
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) proxy: Option<Proxy>,
}

/// An HTTP proxy, reached by CONNECT.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) uri: Uri,
    pub(crate) authorization: Option<HeaderValue>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tls, proxy) = (self.tls.is_some(), self.proxy.is_some());
        f.debug_struct("Transport").field("tls", &tls).field("proxy", &proxy).finish()
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy")
    }
}

/// Schema of `tls` and `proxy`, as properties.
pub(crate) fn transport_schema() -> Value {
    json!({
        "tls": {
            "type": "object", "additionalProperties": false, "title": "TLS",
            "properties": {
                "ca": {
                    "type": "string", "title": "Certificate authority",
                    "contentMediaType": PEM,
                    "description": "Certificates in PEM form that are trusted besides those of this machine.",
                },
                "cert": {
                    "type": "string", "contentMediaType": PEM, "title": "Client certificate",
                    "description": "Chain in PEM form.",
                },
                "key": {
                    "type": "string", "writeOnly": true, "contentMediaType": PEM, "title": "Client key",
                    "description": "In PEM form.",
                },
            },
        },
        "proxy": {
            "type": "string", "format": "uri", "writeOnly": true, "title": "Proxy",
            "description": "http://[user:password@]host:port. A proxy on an inner address must be listed in egress.allow.",
        },
    })
}

/// Reads `tls` and `proxy`; `None` when neither is given.
///
/// # Errors
/// A certificate or key that cannot be read, a key without its certificate, a proxy that is no http URL.
pub(crate) fn read(config: &mut ConfigReader<'_>) -> Result<Option<Transport>, ConfigError> {
    let tls = read_tls(config)?;
    let proxy = read_proxy(config)?;
    Ok((tls.is_some() || proxy.is_some()).then_some(Transport { tls, proxy }))
}

fn read_tls(config: &mut ConfigReader<'_>) -> Result<Option<Arc<ClientConfig>>, ConfigError> {
    if !config.has("tls") {
        return Ok(None);
    }
    let mut roots = crate::outbound::machine_roots();
    if let Some(pem) = config.text_in("tls", "ca")? {
        for certificate in certificates(pem, "tls.ca")? {
            add_root(&mut roots, certificate)?;
        }
    }
    let builder = crate::outbound::tls_builder().with_root_certificates(roots);
    let pair = (config.text_in("tls", "cert")?, config.secret_in("tls", "key")?);
    let settings = match pair {
        (None, None) => builder.with_no_client_auth(),
        (Some(cert), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
                .map_err(|_| ConfigError::new("tls.key", "`tls.key` is no private key in PEM form"))?;
            builder.with_client_auth_cert(certificates(cert, "tls.cert")?, key).map_err(|_| {
                ConfigError::new("tls.key", "`tls.key` is not the key of `tls.cert`, or of an unknown kind")
            })?
        }
        (Some(_), None) => return Err(ConfigError::new("tls.key", "`tls.key` is missing beside `tls.cert`")),
        (None, Some(_)) => {
            return Err(ConfigError::new("tls.cert", "`tls.cert` is missing beside `tls.key`"));
        }
    };
    Ok(Some(Arc::new(settings)))
}

fn certificates(pem: &str, path: &str) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let wrong = || ConfigError::new(path, format!("`{path}` holds no certificate in PEM form"));
    let found: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|_| wrong())?;
    if found.is_empty() { Err(wrong()) } else { Ok(found) }
}

fn add_root(roots: &mut RootCertStore, certificate: CertificateDer<'static>) -> Result<(), ConfigError> {
    roots.add(certificate).map_err(|_| {
        ConfigError::new("tls.ca", "`tls.ca` holds a certificate that cannot be used as an authority")
    })
}

fn read_proxy(config: &mut ConfigReader<'_>) -> Result<Option<Proxy>, ConfigError> {
    let Some(text) = config.secret("proxy")? else { return Ok(None) };
    let wrong = |problem: &str| {
        ConfigError::new("proxy", format!("`proxy` {problem}: http://[user:password@]host:port"))
    };
    let mut url = Url::parse(text.trim()).map_err(|_| wrong("is no URL"))?;
    if url.scheme() != "http" || url.host_str().is_none() || url.path() != "/" {
        return Err(wrong("must be of the form"));
    }
    let decode = |text: &str| percent_decode(text);
    let authorization = match (url.username(), url.password()) {
        ("", None) => None,
        (user, password) => {
            let pair = format!("{}:{}", decode(user), decode(password.unwrap_or_default()));
            let encoded = STANDARD.encode(pair);
            config.add_secret(&encoded);
            Some(secret_header(&format!("Basic {encoded}"), "proxy")?)
        }
    };
    if let Some(password) = url.password().map(str::to_owned) {
        config.add_secret(&password);
    }
    if url.set_username("").is_err() || url.set_password(None).is_err() {
        return Err(wrong("must be of the form"));
    }
    let uri = url.as_str().parse().map_err(|_| wrong("is no URL"))?;
    Ok(Some(Proxy { uri, authorization }))
}

fn percent_decode(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
