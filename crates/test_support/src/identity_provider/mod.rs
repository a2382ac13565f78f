//! A provider of OpenID Connect that is strict with its clients and says whatever a test wants it to say.
//!
//! Codes work once, for the redirect address and the verifier that they were asked for with, and for a client that
//! proves its secret. What it signs are [`Draft`]s.

mod token;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::{Url, form_urlencoded};

pub use jsonwebtoken::Algorithm;
pub use token::Draft;

type Pairs = BTreeMap<String, String>;

/// What the provider does; tests change it.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The discovery document.
    pub document: Value,
    /// The key set.
    pub keys: Value,
    /// What it says of a person at the other place.
    pub userinfo: Value,
    /// The one client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Answers everything with this status.
    pub down: Option<u16>,
    /// Requests so far, by path.
    pub asked: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Waiting {
    redirect_uri: String,
    challenge: String,
    token: String,
}

#[derive(Debug)]
struct State {
    manners: Manners,
    codes: BTreeMap<String, Waiting>,
    given: usize,
}

/// The provider; stops when dropped.
#[derive(Debug)]
pub struct IdentityProvider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: JoinHandle<()>,
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl IdentityProvider {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> IdentityProvider {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let issuer = format!("http://{address}");
        let document = json!({
            "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize?tenant=a"),
            "token_endpoint": format!("{issuer}/token"), "userinfo_endpoint": format!("{issuer}/userinfo"),
            "jwks_uri": format!("{issuer}/keys"), "response_types_supported": ["code"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"], "claims_max": 12,
        });
        let manners = Manners {
            document,
            keys: serde_json::from_str(token::KEYS).expect("the keys are JSON"),
            userinfo: json!({ "sub": "1" }),
            client_id: "margay".to_owned(),
            client_secret: "a client's secret: +/%".to_owned(),
            down: None,
            asked: BTreeMap::new(),
        };
        let state = Arc::new(Mutex::new(State { manners, codes: BTreeMap::new(), given: 0 }));
        let task = tokio::spawn(serve(listener, Arc::clone(&state)));
        IdentityProvider { address, state, task }
    }

    /// What its tokens name as `iss`.
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what it does.
    pub fn change(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut lock(&self.state).manners);
    }

    /// How often this path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        lock(&self.state).manners.asked.get(path).copied().unwrap_or_default()
    }

    /// Lets the person in who was sent here with `url`, and gives the query of the answer. `sign` makes the token.
    ///
    /// # Panics
    /// When the question is not as it has to be.
    pub fn sign_in(&self, url: &str, now: Timestamp, sign: impl FnOnce(Draft) -> String) -> String {
        let url = Url::parse(url).expect("a URL");
        let asked: Pairs = url.query_pairs().into_owned().collect();
        let wanted = |name: &str| asked.get(name).unwrap_or_else(|| panic!("no `{name}` in {url}")).clone();
        let mut state = lock(&self.state);
        assert_eq!(url.path(), "/authorize", "{url}");
        for (name, value) in [("tenant", "a"), ("response_type", "code"), ("code_challenge_method", "S256")] {
            assert_eq!(wanted(name), value, "`{name}` in {url}");
        }
        assert_eq!(wanted("client_id"), state.manners.client_id);
        assert!(wanted("scope").split(' ').any(|scope| scope == "openid"), "{url}");
        let (id, nonce) = (state.manners.client_id.clone(), wanted("nonce"));
        assert!(
            nonce.len() >= 43 && wanted("state").len() >= 43 && wanted("code_challenge").len() == 43,
            "{url}"
        );
        let token = sign(Draft::new(&self.issuer(), &id, &nonce, now));
        state.given += 1;
        let code = format!("code-{}", state.given);
        let waiting =
            Waiting { redirect_uri: wanted("redirect_uri"), challenge: wanted("code_challenge"), token };
        state.codes.insert(code.clone(), waiting);
        form_urlencoded::Serializer::new(String::new())
            .append_pair("code", &code)
            .append_pair("state", &wanted("state"))
            .finish()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<Mutex<State>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, Arc::clone(&state)));
            // A client that goes away is its own business.
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await
                .ok();
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    state: Arc<Mutex<State>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let authorization = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let mut state = lock(&state);
    *state.manners.asked.entry(head.uri.path().to_owned()).or_default() += 1;
    let (status, json) = match (state.manners.down, head.uri.path()) {
        (Some(status), _) => (status, json!({ "error": "down" })),
        (None, "/.well-known/openid-configuration") => (200, state.manners.document.clone()),
        (None, "/keys") => (200, state.manners.keys.clone()),
        (None, "/userinfo") if authorization == Some("Bearer an-access-token") => {
            (200, state.manners.userinfo.clone())
        }
        (None, "/userinfo") => (401, json!({ "error": "invalid_token" })),
        (None, "/token") => match exchange(&mut state, authorization, &body) {
            Ok(token) => (200, tokens(&token)),
            Err(error) => (400, json!({ "error": error, "error_description": "said the stand-in" })),
        },
        _ => (404, Value::Null),
    };
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "application/json");
    Ok(response.body(Full::new(json.to_string().into())).expect("a response"))
}

fn tokens(id_token: &str) -> Value {
    json!({
        "token_type": "Bearer", "access_token": "an-access-token", "expires_in": 300, "id_token": id_token,
    })
}

fn exchange(state: &mut State, authorization: Option<&str>, body: &[u8]) -> Result<String, &'static str> {
    let form: Pairs = form_urlencoded::parse(body).into_owned().collect();
    let given = |name: &str| form.get(name).map(String::as_str);
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let Manners { client_id, client_secret, .. } = &state.manners;
    let basic = format!("{}:{}", encoded(client_id), encoded(client_secret));
    let basic = format!("Basic {}", STANDARD.encode(basic));
    let in_form = given("client_id") == Some(client_id) && given("client_secret") == Some(client_secret);
    if authorization != Some(basic.as_str()) && !in_form {
        return Err("invalid_client");
    }
    if given("grant_type") != Some("authorization_code") {
        return Err("unsupported_grant_type");
    }
    // Whatever is wrong, the code is used up.
    let waiting = state.codes.remove(given("code").unwrap_or_default()).ok_or("invalid_grant")?;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(given("code_verifier").unwrap_or_default()));
    if challenge != waiting.challenge || given("redirect_uri") != Some(&waiting.redirect_uri) {
        return Err("invalid_grant");
    }
    Ok(waiting.token)
}
