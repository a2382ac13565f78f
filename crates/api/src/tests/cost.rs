//! What it costs to know a caller and what the caller may do. `make bench-access` prints it of a release build.

use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts as _;
use axum::http::{Request, request::Parts};
use model::{DefaultRole, Rights, SignInMethod};
use secrecy::ExposeSecret as _;
use store::{NewSession, NewUser, RoleKey, TokenForm};

use super::{Api, TOKEN};
use crate::auth::{AlertRead, Caller};
use crate::state::ApiState;

/// Requests of each kind.
const REQUESTS: u32 = 20_000;

async fn measure(what: &str, state: &ApiState, mut parts: Parts) {
    let mut slowest = Duration::ZERO;
    let start = Instant::now();
    for _ in 0..REQUESTS {
        let start = Instant::now();
        let caller = Caller::<AlertRead>::from_request_parts(&mut parts, state).await;
        assert!(black_box(caller).is_ok());
        slowest = slowest.max(start.elapsed());
    }
    println!("{what}: {:?} a request, the slowest {slowest:?}", start.elapsed() / REQUESTS);
}

fn parts(name: &str, value: &str) -> Parts {
    Request::builder().uri("/alerts").header(name, value).body(()).unwrap().into_parts().0
}

#[tokio::test]
async fn what_it_costs_to_know_a_caller() {
    let api = Api::start(&[]).await;
    measure("an API token in a role", &api.state, parts("x-api-key", TOKEN)).await;

    let form = TokenForm {
        allowed_networks: vec!["192.0.2.0/24".parse().unwrap(), "127.0.0.0/8".parse().unwrap()],
        ..TokenForm::in_role("here", "Admin")
    };
    let token = api.store.create_token(form, None, Rights::all()).await.unwrap();
    let mut request = parts("x-api-key", token.value.expose_secret());
    let from: std::net::SocketAddr = "127.0.0.1:4000".parse().unwrap();
    request.extensions.insert(axum::extract::ConnectInfo(from));
    measure("an API token with networks", &api.state, request).await;

    let new = NewUser {
        email: "mira@example.com".to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name(DefaultRole::Analyst.to_string()),
    };
    let user = api.store.create_user(new, Rights::all()).await.unwrap();
    let new = NewSession {
        user_id: user.id,
        method: SignInMethod::Password,
        address: String::new(),
        user_agent: String::new(),
        ends_before: None,
    };
    let session = api.store.open_session(new).await.unwrap();
    let cookie = format!("margay_session={}", session.value.expose_secret());
    measure("a session", &api.state, parts("cookie", &cookie)).await;
}
