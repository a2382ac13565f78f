//! Metadata of SAML providers that is fetched: when, what is kept of it, and who may be described there.

use std::sync::Arc;

use jiff::SignedDuration;
use stdx::Clock as _;
use store::Store;
use test_support::{Receiver, Reply, SamlKey, SamlProvider as Idp};

use crate::tests::Api;
use crate::tests::browser::Browser;
use crate::tests::saml::{configure, provider, said};
use crate::{SamlMetadata, SamlProvider};

/// An API with the provider `okta`, whose metadata is fetched.
async fn site() -> (Api, Idp, Receiver) {
    let (api, idp, at) =
        (Api::start(&[]).await, Idp::new("https://id.example/okta"), Receiver::start().await);
    publish(&at, &idp);
    configure(&api, vec![fetched("okta", &at)]);
    (api, idp, at)
}

fn publish(at: &Receiver, idp: &Idp) {
    at.always(Reply::status(200).body(idp.metadata()));
}

fn fetched(id: &str, at: &Receiver) -> SamlProvider {
    provider(id, SamlMetadata::Url(at.url("/metadata").parse().unwrap()))
}

#[tokio::test]
async fn it_is_fetched_once_an_hour() {
    let (api, idp, at) = site().await;
    let mut browser = Browser::new(&api);
    for _ in 0..3 {
        assert_eq!(browser.come(&idp, |draft| draft).await.location, "/console/");
    }
    assert_eq!(at.count(), 1);
    assert!(at.requests()[0].header("accept").unwrap().contains("samlmetadata+xml"));
    api.clock.advance(SignedDuration::from_mins(60));
    browser.ask(&idp).await;
    browser.ask(&idp).await;
    assert_eq!(at.count(), 2);
}

#[tokio::test]
async fn a_new_key_has_it_fetched_at_most_once_a_minute() {
    let (api, mut idp, at) = site().await;
    let mut browser = Browser::new(&api);
    browser.come(&idp, |draft| draft).await;
    let old = Arc::clone(&idp.key);
    idp.key = SamlKey::generate();
    browser.come(&idp, |draft| draft).await.is_refused("provider_wrong");
    assert_eq!(at.count(), 2, "it was asked for, and says nothing new");
    publish(&at, &idp);
    browser.come(&idp, |draft| draft).await.is_refused("provider_wrong");
    assert_eq!(at.count(), 2, "asked for within the minute");
    api.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(browser.come(&idp, |draft| draft).await.location, "/console/");
    assert_eq!(at.count(), 3);
    browser.come(&idp, |draft| draft.by(&old)).await.is_refused("provider_wrong");
    assert_eq!(at.count(), 3, "strangers have the provider asked");
}

#[tokio::test]
async fn without_an_answer_the_last_one_counts_on() {
    let (api, idp, at) = site().await;
    let mut browser = Browser::new(&api);
    browser.ask(&idp).await;
    for bad in [
        Reply::status(503),
        Reply::status(302).header("location", "/elsewhere"),
        Reply::status(200).body("<html>sign in</html>"),
        Reply::status(200).body("x".repeat(2 << 20)),
        Reply::close(),
    ] {
        let before = at.count();
        at.always(bad);
        api.clock.advance(SignedDuration::from_hours(24));
        assert_eq!(browser.come(&idp, |draft| draft).await.location, "/console/");
        browser.ask(&idp).await;
        assert_eq!(at.count(), before + 1, "a provider that fails is asked all the time");
        api.clock.advance(SignedDuration::from_mins(1));
        browser.ask(&idp).await;
        assert_eq!(at.count(), before + 2);
    }
}

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let (api, idp, at) = site().await;
    Browser::new(&api).ask(&idp).await;
    at.always(Reply::status(503));
    api.clock.advance(SignedDuration::from_hours(24));
    let api = api.restart().await;
    configure(&api, vec![fetched("okta", &at)]);
    let mut browser = Browser::new(&api);
    assert_eq!(browser.come(&idp, |draft| draft).await.location, "/console/");
    assert_eq!(at.count(), 2);
    // Of another address nothing is known.
    let mut moved = fetched("okta", &at);
    moved.metadata = SamlMetadata::Url(at.url("/moved").parse().unwrap());
    configure(&api, vec![moved]);
    browser.get("/internal/saml/okta/start").await.is_refused("provider_down");
}

#[tokio::test]
async fn with_nothing_known_people_are_told_so() {
    let (api, idp, at) = site().await;
    at.always(Reply::status(503));
    let mut browser = Browser::new(&api);
    for _ in 0..3 {
        browser.get("/internal/saml/okta/start").await.is_refused("provider_down");
    }
    assert_eq!(at.count(), 1, "asked again within seconds");
    assert!(said(&api).await.contains("answers 503"));
    at.always(Reply::status(404));
    api.clock.advance(SignedDuration::from_secs(5));
    browser.get("/internal/saml/okta/start").await.is_refused("provider_wrong");
    publish(&at, &idp);
    api.clock.advance(SignedDuration::from_secs(5));
    browser.ask(&idp).await;
}

#[tokio::test]
async fn metadata_that_is_over_is_not_taken() {
    let (api, idp, at) = site().await;
    let of = |until: &str| {
        let valid = format!("<md:EntityDescriptor validUntil=\"{until}\"");
        Reply::status(200).body(idp.metadata().replace("<md:EntityDescriptor", &valid))
    };
    at.always(of("2001-01-01T00:00:00Z"));
    let mut browser = Browser::new(&api);
    browser.get("/internal/saml/okta/start").await.is_refused("provider_wrong");
    assert!(said(&api).await.contains("was valid until"));
    let soon = api.clock.now() + SignedDuration::from_mins(30);
    at.always(of(&soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()));
    api.clock.advance(SignedDuration::from_secs(5));
    assert_eq!(browser.come(&idp, |draft| draft).await.location, "/console/");
    at.always(Reply::status(503));
    api.clock.advance(SignedDuration::from_mins(40));
    browser.come(&idp, |draft| draft).await.is_refused("provider_wrong");
    assert!(said(&api).await.contains("was valid until"));
}

#[tokio::test]
async fn nobody_becomes_another_provider() {
    let (api, idp, at) = site().await;
    let mut browser = Browser::new(&api);
    browser.ask(&idp).await;
    let other = Idp::new("https://id.example/other");
    publish(&at, &other);
    api.clock.advance(SignedDuration::from_hours(1));
    browser.ask(&idp).await;
    let api = api.restart().await;
    // Another provider under the same address: what was known before stays.
    configure(&api, vec![fetched("okta", &at)]);
    let mut browser = Browser::new(&api);
    api.clock.advance(SignedDuration::from_hours(1));
    browser.ask(&idp).await;
    // Until the configuration says that it is right.
    let mut named = fetched("okta", &at);
    named.entity_id = Some(other.entity_id.clone());
    configure(&api, vec![named]);
    api.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(browser.come(&other, |draft| draft).await.location, "/console/");

    // Two providers that vouch for the same people.
    let second = Receiver::start().await;
    publish(&second, &other);
    configure(&api, vec![fetched("okta", &at), fetched("entra", &second)]);
    browser.get("/internal/saml/entra/start").await.is_refused("provider_wrong");
    assert!(said(&api).await.contains("so does the provider `okta`"), "{}", said(&api).await);
    // Also when the second one comes to what is known already.
    let file = ::saml::IdentityProvider::from_metadata(other.metadata().as_bytes()).unwrap();
    let file = provider("google", SamlMetadata::File(Arc::new(file)));
    configure(&api, vec![fetched("okta", &at), file]);
    browser.get("/internal/saml/okta/start").await.is_refused("provider_wrong");
    assert!(said(&api).await.contains("so does the provider `google`"), "{}", said(&api).await);
}

#[tokio::test]
async fn a_key_that_is_too_weak_is_left_aside() {
    let (api, idp, at) = site().await;
    let weak = "<md:KeyDescriptor><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:X509Data>\
                <ds:X509Certificate>AAAA</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleS";
    at.always(Reply::status(200).body(idp.metadata().replace("<md:SingleS", weak)));
    assert_eq!(Browser::new(&api).come(&idp, |draft| draft).await.location, "/console/");
    let kept: Vec<store::StoredMetadata> = Store::list_provider_metadata(&api.store).await.unwrap();
    assert_eq!((kept.len(), kept[0].entity_id.as_str()), (1, idp.entity_id.as_str()));
}
