//! The client of a server's API.
//!
//! The operator names the server, so nothing is refused for its address; redirects are not followed, because
//! the token would go along. Certificates are those that the machine trusts, or those of `SSL_CERT_FILE`.

use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use api_types::ContentErrorMessage;
use content::archive::ARCHIVE_BYTES_MAX;
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;
use ureq::http::{Request, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy, SendBody};
use url::{Host, Url};

use crate::cli::RemoteArgs;
use crate::commands::escape;
use crate::config::{Config, Environment};
use crate::failure::Failure;

/// How long a server may take to be found and connected to.
const CONNECT_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a server may take to answer: it loads all content, and waits for its turn.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(300);
/// How long a body may take, either way.
const BODY_WAIT_MAX: Duration = Duration::from_secs(300);
/// Most bytes of an answer.
const ANSWER_BYTES_MAX: u64 = ARCHIVE_BYTES_MAX as u64;
/// Most bytes of a token file.
const TOKEN_BYTES_MAX: u64 = 64 << 10;

/// A server and the right to change it.
pub(super) struct Client {
    agent: Agent,
    base: String,
    token: SecretString,
}

/// Why a request has no good answer.
pub(super) enum Trouble {
    /// The server refuses the content.
    Refused(ContentErrorMessage),
    /// Everything else.
    Failed(Failure),
}

impl Client {
    /// The server and the token of the command line, of the environment, or else of the data directory.
    pub(super) fn new(
        config: &Config,
        environment: &Environment,
        args: &RemoteArgs,
    ) -> Result<Client, Failure> {
        let url = server(config, environment, args)?;
        let token = token(environment, args.token_file.as_deref())?;
        let is_here = is_loopback(&url);
        if url.scheme() == "http" && !is_here {
            warn!("`{url}` is not encrypted: everybody on the way can read the token; use https");
        }
        let tls = if url.scheme() == "https" { tls()? } else { TlsConfig::default() };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(if is_here { None } else { Proxy::try_from_env() })
            .tls_config(tls)
            .user_agent(concat!("margay/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT_WAIT_MAX))
            .timeout_connect(Some(CONNECT_WAIT_MAX))
            .timeout_send_body(Some(BODY_WAIT_MAX))
            .timeout_recv_response(Some(ANSWER_WAIT_MAX))
            .timeout_recv_body(Some(BODY_WAIT_MAX))
            .build()
            .new_agent();
        Ok(Client { agent, base: url.as_str().trim_end_matches('/').to_owned(), token })
    }

    /// How the server is called.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// What a path gives.
    pub(super) fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let answer =
            self.agent.run(self.request("GET", path).body(()).map_err(|error| self.away(&error.into()))?);
        self.read(answer).map_err(|trouble| match trouble {
            Trouble::Failed(failure) => failure,
            Trouble::Refused(refusal) => Failure::Operation(self.says(&refusal.message)),
        })
    }

    /// What comes of sending a body.
    pub(super) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, Trouble> {
        let request = self.request("POST", path).header("content-type", content_type);
        let mut reader = body;
        let body = SendBody::from_reader(&mut reader);
        let request = request.body(body).map_err(|error| Trouble::Failed(self.away(&error.into())))?;
        self.read(self.agent.run(request))
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let url = format!("{}{path}", self.base);
        Request::builder().method(method).uri(url).header("x-api-key", self.token.expose_secret())
    }

    fn read(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Vec<u8>, Trouble> {
        let failed = |error: ureq::Error| Trouble::Failed(self.away(&error));
        let answer = answer.map_err(failed)?;
        let status = answer.status().as_u16();
        let body =
            answer.into_body().into_with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(failed)?;
        if status == 200 {
            return Ok(body);
        }
        let told = serde_json::from_slice::<ContentErrorMessage>(&body).ok();
        match (status, told) {
            (400, Some(refusal)) => Err(Trouble::Refused(refusal)),
            (status, told) => {
                let message = told.map(|told| told.message).unwrap_or_default();
                Err(Trouble::Failed(Failure::Operation(self.bad_status(status, &message))))
            }
        }
    }

    fn bad_status(&self, status: u16, message: &str) -> String {
        let base = &self.base;
        match status {
            401 => format!(
                "`{base}` does not know the token (401); look at MARGAY_TOKEN or --token-file, and make one with \
                 `margay token create --name ci --permission BulkUpload`"
            ),
            403 => format!("the token may not do this at `{base}` (403); it needs the permission BulkUpload"),
            404 => {
                format!("`{base}` does not know this request (404); is it a Margay server, and new enough?")
            }
            300..=399 => format!("`{base}` sends elsewhere ({status}); name the server itself with --server"),
            _ if message.is_empty() => format!("`{base}` answered {status}; its log says why"),
            _ => format!("{} ({status})", self.says(message)),
        }
    }

    fn says(&self, message: &str) -> String {
        format!("`{}` says: {}", self.base, escape::line(message))
    }

    /// Why there is no answer.
    fn away(&self, error: &ureq::Error) -> Failure {
        let what = match error {
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                "nobody listens there; is the server running?".to_owned()
            }
            ureq::Error::HostNotFound => "there is no host of this name; look at --server".to_owned(),
            ureq::Error::Timeout(what) => format!("it took too long ({what}); try again"),
            ureq::Error::BodyExceedsLimit(most) => format!("its answer has more than {most} bytes"),
            // A certificate that is refused comes as an error of reading.
            ureq::Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                format!("{error}; a certificate authority of your own is named in SSL_CERT_FILE")
            }
            ureq::Error::Rustls(error) => {
                format!("TLS failed: {error}; a certificate authority of your own is named in SSL_CERT_FILE")
            }
            error => error.to_string(),
        };
        Failure::Operation(format!("cannot talk to `{}`: {what}", self.base))
    }
}

/// The server that is meant.
fn server(config: &Config, environment: &Environment, args: &RemoteArgs) -> Result<Url, Failure> {
    if let Some(text) = &args.server {
        return parse(text, "--server");
    }
    if let Some(text) = environment.get("MARGAY_SERVER").filter(|text| !text.is_empty()) {
        return parse(text, "MARGAY_SERVER");
    }
    let file = config.data_dir.join("address");
    let address = std::fs::read_to_string(&file).map_err(|_| {
        Failure::Usage(format!(
            "there is no server on this data directory (no file `{}`); start one, or name one with --server URL \
             or MARGAY_SERVER",
            file.display()
        ))
    })?;
    parse(&format!("http://{}", address.trim()), &file.display().to_string())
}

fn parse(text: &str, from: &str) -> Result<Url, Failure> {
    let refuse = |what: &str| Failure::Usage(format!("`{text}` of {from} {what}"));
    let url = Url::parse(text)
        .map_err(|error| refuse(&format!("is no URL ({error}); write it as `https://margay.example.com`")))?;
    if !url.username().is_empty() || url.password().is_some() {
        let message =
            format!("the URL of {from} has a user or a password; the token alone counts, leave them out");
        return Err(Failure::Usage(message));
    }
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(refuse("is no http or https URL; write it as `https://margay.example.com`"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("has a query or a fragment; leave what follows `?` or `#` out"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback() || address.is_unspecified(),
        None => false,
    }
}

/// The token; never of the command line, where everybody on the machine can read it.
fn token(environment: &Environment, file: Option<&Path>) -> Result<SecretString, Failure> {
    let (text, from) = match file {
        Some(file) => (read_token(file)?, format!("`{}`", file.display())),
        None => (environment.get("MARGAY_TOKEN").cloned().unwrap_or_default(), "MARGAY_TOKEN".to_owned()),
    };
    let token = text.trim();
    if token.is_empty() && file.is_none() {
        return Err(Failure::Usage(
            "there is no API token; set MARGAY_TOKEN, or name a file that holds it with --token-file"
                .to_owned(),
        ));
    }
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Usage(format!("{from} holds no token; a token is one word")));
    }
    Ok(token.to_owned().into())
}

fn read_token(file: &Path) -> Result<String, Failure> {
    let unread = |what: String| Failure::Usage(format!("the token file `{}` {what}", file.display()));
    let bytes = std::fs::metadata(file).map_err(|error| unread(format!("cannot be read: {error}")))?.len();
    if bytes > TOKEN_BYTES_MAX {
        return Err(unread(format!("has {bytes} bytes; it holds the token and nothing else")));
    }
    std::fs::read_to_string(file).map_err(|error| unread(format!("cannot be read: {error}")))
}

/// TLS with the certificates that this machine trusts.
fn tls() -> Result<TlsConfig, Failure> {
    let found = rustls_native_certs::load_native_certs();
    if found.certs.is_empty() {
        let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        return Err(Failure::Operation(format!(
            "no root certificates were found, so that no https server can be trusted; install `ca-certificates`, or \
             name a file of them in SSL_CERT_FILE: {}",
            why.join("; ")
        )));
    }
    let certs = found.certs.iter().map(|cert| Certificate::from_der(cert).to_owned());
    Ok(TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::from(certs))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_plain_url() {
        for good in ["http://127.0.0.1:8080", "https://margay.example.com/", "https://x.example.com/margay"] {
            assert!(parse(good, "--server").is_ok(), "{good}");
        }
        for (bad, what) in [
            ("margay.example.com", "is no URL"),
            ("ftp://example.com", "is no http or https URL"),
            ("https://a:b@example.com", "has a user or a password"),
            ("https://example.com/?x=1", "has a query"),
        ] {
            let Err(Failure::Usage(message)) = parse(bad, "--server") else { panic!("{bad} was taken") };
            assert!(message.contains(what), "{message}");
            assert!(!message.contains("a:b"), "{message}");
        }
    }

    #[test]
    fn only_this_machine_is_reached_without_a_proxy() {
        let is_here = |text: &str| is_loopback(&Url::parse(text).unwrap());
        assert!(is_here("http://127.0.0.1:1") && is_here("http://[::1]:1") && is_here("http://localhost"));
        assert!(!is_here("http://10.0.0.1") && !is_here("https://localhost.example.com"));
    }

    #[test]
    fn a_token_is_one_word() {
        let environment = |text: &str| Environment::from([("MARGAY_TOKEN".to_owned(), text.to_owned())]);
        assert_eq!(token(&environment(" word\n"), None).unwrap().expose_secret(), "word");
        for bad in ["", "two words", "wörd"] {
            assert!(matches!(token(&environment(bad), None), Err(Failure::Usage(_))), "{bad}");
        }
        let missing = token(&environment("word"), Some(Path::new("no/such/file")));
        assert!(matches!(missing, Err(Failure::Usage(message)) if message.contains("no/such/file")));
    }
}
