//! What is remembered of providers that speak SAML: assertions, each used once, and the last good metadata.

use jiff::SignedDuration;
use model::{DefaultRole, Rights, SignInMethod};
use secrecy::ExposeSecret as _;
use stdx::Clock as _;
use store::{NewSession, NewUser, Retention, RoleKey, SESSION_LIFE_MAX, StoredMetadata};

use crate::support::{TestStore, open};

const ISSUER: &str = "https://id.example/metadata";

async fn is_first(store: &TestStore, issuer: &str, id: &str, life: SignedDuration) -> bool {
    store.use_assertion(issuer, id, store.clock.now() + life).await.unwrap()
}

async fn purged(store: &TestStore) -> u64 {
    store.purge(Retention::default()).await.unwrap().sign_in
}

#[tokio::test]
async fn an_assertion_is_used_once_as_long_as_it_could_be_used() {
    let store = open().await;
    let life = SignedDuration::from_mins(5);
    assert!(is_first(&store, ISSUER, "_1", life).await);
    assert!(!is_first(&store, ISSUER, "_1", life).await);
    assert!(is_first(&store, ISSUER, "_2", life).await);
    assert!(is_first(&store, "https://other.example", "_1", life).await);
    store.clock.advance(life - SignedDuration::from_secs(1));
    assert_eq!(purged(&store).await, 0);
    assert!(!is_first(&store, ISSUER, "_1", life).await);
    store.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(purged(&store).await, 3);
}

#[tokio::test]
async fn at_the_same_time_one_of_many_comes_first() {
    let store = open().await;
    let until = store.clock.now() + SignedDuration::from_mins(5);
    let use_it = || store.use_assertion(ISSUER, "_1", until);
    let (one, two, three, four) = tokio::join!(use_it(), use_it(), use_it(), use_it());
    let firsts = [one, two, three, four].map(Result::unwrap);
    assert_eq!(firsts.iter().filter(|first| **first).count(), 1);
}

#[tokio::test]
async fn an_assertion_without_end_is_forgotten_after_a_day() {
    let store = open().await;
    assert!(is_first(&store, ISSUER, "_1", SignedDuration::from_hours(24 * 365 * 100)).await);
    store.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    assert_eq!(purged(&store).await, 0);
    store.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(purged(&store).await, 1);
}

#[tokio::test]
async fn a_session_ends_when_the_provider_says_so() {
    let store = open().await;
    let new = NewUser {
        email: "mira@example.com".to_owned(),
        given_name: String::new(),
        family_name: String::new(),
        role: RoleKey::Name(DefaultRole::Analyst.as_str().to_owned()),
    };
    let user = store.create_user(new, Rights::all()).await.unwrap();
    let now = store.clock.now();
    let open = async |life: SignedDuration| {
        let new = NewSession {
            user_id: user.id.clone(),
            method: SignInMethod::Saml,
            address: String::new(),
            user_agent: String::new(),
            ends_before: Some(now + life),
        };
        store.open_session(new).await.unwrap()
    };
    assert_eq!(open(SESSION_LIFE_MAX * 2).await.session.expires_at, now + SESSION_LIFE_MAX);
    let short = open(SignedDuration::from_mins(10)).await;
    store.clock.advance(SignedDuration::from_mins(10) - SignedDuration::from_secs(1));
    assert!(store.find_session(short.value.expose_secret()).await.unwrap().is_some());
    store.clock.advance(SignedDuration::from_secs(1));
    assert!(store.find_session(short.value.expose_secret()).await.unwrap().is_none());
}

#[tokio::test]
async fn the_last_metadata_of_each_provider_is_kept() {
    let store = open().await;
    let of = |id: &str, document: &str| StoredMetadata {
        provider_id: id.to_owned(),
        url: format!("https://{id}.example/metadata"),
        entity_id: format!("urn:{id}"),
        document: document.to_owned(),
        fetched_at: store.clock.now(),
    };
    let known = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    store.keep_provider_metadata(of("okta", "<a/>"), known(&["okta", "entra"])).await.unwrap();
    store.keep_provider_metadata(of("entra", "<b/>"), known(&["okta", "entra"])).await.unwrap();
    store.keep_provider_metadata(of("okta", "<c/>"), known(&["okta", "entra"])).await.unwrap();
    let kept = store.list_provider_metadata().await.unwrap();
    assert_eq!(kept, [of("entra", "<b/>"), of("okta", "<c/>")]);
    store.keep_provider_metadata(of("google", "<d/>"), known(&["okta", "google"])).await.unwrap();
    let kept = store.list_provider_metadata().await.unwrap();
    assert_eq!(kept, [of("google", "<d/>"), of("okta", "<c/>")], "what is not configured is forgotten");
}
