//! The router over a real database: what handlers refuse, and what they show of things that are gone.

mod api_tokens;
mod audit;
mod browser;
mod content;
mod cost;
mod description;
mod detections;
mod intake;
mod live;
mod oidc;
mod overview;
mod people;
mod saml;
mod saml_metadata;
mod scim;
mod scim_input;
mod settings;
mod sign_in;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use api_types::{DestinationForm, DestinationHealth, HttpSourceForm, TestResult};
use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use destinations::{Inbound, InboundRefusal, Outbound, OutboundConfig, StatusRequest};
use jiff::Timestamp;
use metrics_exporter_prometheus::PrometheusBuilder;
use model::{
    Actor, Alert, AttemptRecord, DefaultRole, DeliveryId, DestinationId, DestinationType, LedgerChanges,
    NewAlert, NewDelivery, Permission, RecordFailure, SourceId, Trigger,
};
use rstest::rstest;
use serde_json::{Value, json};
use stdx::{Clock, ManualClock};
use store::{AttemptOutcome, LedgerRequest, Next, SchemaForm, Store, StoredSchema};
use test_support::{sample_alert, sample_destination};
use tower::ServiceExt as _;

use crate::{
    AdminRefusal, ApiParts, ApiState, BoxFuture, DeliveryControl, DestinationAdmin, DestinationView,
    HttpSourceView, IsCurrent, SchemaAdmin, SourceAdmin,
};

pub(crate) const TOKEN: &str = "token-of-the-tests-0123456789";

/// A delivery in which nothing happens: destination `dead` is paused, the others are healthy.
struct Calm;

impl DeliveryControl for Calm {
    fn retry_asked(&self) {}

    fn health(&self, id: &DestinationId) -> Option<DestinationHealth> {
        let is_dead = id.as_str() == "dead";
        let state = if is_dead { "paused" } else { "healthy" };
        let failures_in_a_row = if is_dead { 12 } else { 0 };
        Some(DestinationHealth { failures_in_a_row, ..DestinationHealth::of_state(state, None) })
    }

    fn send_test<'a>(&'a self, id: &'a DestinationId) -> BoxFuture<'a, Option<TestResult>> {
        Box::pin(async move {
            Some(TestResult {
                output_id: Some(id.to_string()),
                success: false,
                status_code: Some(503),
                message: "down".to_owned(),
                dispatched_at: "2026-03-01T11:00:00Z".to_owned(),
            })
        })
    }

    fn receive(&self, _: &DestinationId, _: &Inbound<'_>) -> Result<Option<StatusRequest>, InboundRefusal> {
        Err(InboundRefusal::NotExpected("nothing is received here"))
    }

    fn answer(&self, _: &DestinationId, _: StatusRequest, _: Option<String>) {}
}

/// What the catalogue answers is the name of the form.
fn refusal_by_name(form: &DestinationForm) -> AdminRefusal {
    let message = format!("about `{}`", form.display_name);
    match form.display_name.as_str() {
        "taken" => AdminRefusal::Conflict(message),
        "gone" => AdminRefusal::NotFound(message),
        "later" => AdminRefusal::Failed(message),
        _ => AdminRefusal::Invalid(message),
    }
}

fn view_of_form(form: &DestinationForm) -> Arc<DestinationView> {
    Arc::new(DestinationView {
        record: sample_destination(&form.display_name, &form.destination_type),
        masked_config: destinations::mask_secrets(&form.destination_type, &form.config.clone().into()),
        delivery: form.delivery.clone(),
        unreadable: None,
        warnings: Vec::new(),
        revision: 1,
    })
}

impl DestinationAdmin for Calm {
    fn create(&self, form: DestinationForm) -> BoxFuture<'_, Result<Arc<DestinationView>, AdminRefusal>> {
        let is_good = form.display_name == "good";
        Box::pin(async move { if is_good { Ok(view_of_form(&form)) } else { Err(refusal_by_name(&form)) } })
    }

    fn update<'a>(
        &'a self,
        _: &'a DestinationId,
        form: DestinationForm,
        is_current: IsCurrent<'a>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>> {
        Box::pin(async move {
            is_current(&view_of_form(&form))?;
            DestinationAdmin::create(self, form).await
        })
    }

    fn mute<'a>(
        &'a self,
        id: &'a DestinationId,
        mute: Option<model::Mute>,
    ) -> BoxFuture<'a, Result<Arc<DestinationView>, AdminRefusal>> {
        Box::pin(async move {
            if id.as_str() != "here" {
                return Err(AdminRefusal::NotFound(id.to_string()));
            }
            Ok(Arc::new(DestinationView {
                record: model::Destination { mute, ..sample_destination("here", "webhook") },
                masked_config: json!({}),
                delivery: api_types::DeliveryPolicy::default(),
                unreadable: None,
                warnings: Vec::new(),
                revision: 1,
            }))
        })
    }

    fn delete<'a>(&'a self, id: &'a DestinationId) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        let answer = if id.as_str() == "here" { Ok(()) } else { Err(AdminRefusal::NotFound(id.to_string())) };
        Box::pin(async move { answer })
    }

    fn test(&self, form: DestinationForm) -> BoxFuture<'_, Result<TestResult, AdminRefusal>> {
        Box::pin(async move {
            let result = TestResult {
                output_id: None,
                success: true,
                status_code: Some(200),
                message: "ok".to_owned(),
                dispatched_at: "2026-03-01T11:00:00Z".to_owned(),
            };
            if form.display_name == "good" { Ok(result) } else { Err(refusal_by_name(&form)) }
        })
    }
}

/// One source and no schema: what is asked of them is refused by name.
impl SourceAdmin for Calm {
    fn list(&self) -> Arc<Vec<Arc<HttpSourceView>>> {
        let source = serde_json::from_value(json!({
            "integrationId": "okta", "integrationLabel": "Okta of the tests", "logStreamType": "Auto",
            "logStreamTypeOptions": null, "logTypes": ["Okta.SystemLog"], "authMethod": "None", "authHeaderKey": "",
            "authSecretValue": "", "authHmacAlg": "", "authUsername": "", "authPassword": "", "authBearerToken": "",
            "provisioned": true, "problem": null, "warnings": ["it takes logs from anybody"],
        }));
        let view = HttpSourceView {
            source: source.unwrap(),
            no_data_alarm: None,
            created_at: None,
            created_by: None,
            updated_at: None,
        };
        Arc::new(vec![Arc::new(view)])
    }

    fn create(
        &self,
        form: HttpSourceForm,
        _: Actor,
    ) -> BoxFuture<'_, Result<Arc<HttpSourceView>, AdminRefusal>> {
        Box::pin(async move { Err(AdminRefusal::Conflict(form.integration_label)) })
    }

    fn update<'a>(
        &'a self,
        _: &'a SourceId,
        form: HttpSourceForm,
        by: Actor,
    ) -> BoxFuture<'a, Result<Arc<HttpSourceView>, AdminRefusal>> {
        SourceAdmin::create(self, form, by)
    }

    fn delete<'a>(&'a self, id: &'a SourceId) -> BoxFuture<'a, Result<(), AdminRefusal>> {
        Box::pin(async move { Err(AdminRefusal::NotFound(id.to_string())) })
    }
}

impl SchemaAdmin for Calm {
    fn list(&self) -> BoxFuture<'_, Result<Vec<StoredSchema>, AdminRefusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn put(&self, form: SchemaForm, _: Actor) -> BoxFuture<'_, Result<StoredSchema, AdminRefusal>> {
        Box::pin(async move { Err(AdminRefusal::Invalid(form.name)) })
    }

    fn archive<'a>(&'a self, name: &'a str, _: bool) -> BoxFuture<'a, Result<StoredSchema, AdminRefusal>> {
        Box::pin(async move { Err(AdminRefusal::NotFound(name.to_owned())) })
    }
}

pub(crate) struct Api {
    pub(crate) router: Router,
    pub(crate) store: Arc<Store>,
    pub(crate) now: Timestamp,
    pub(crate) clock: ManualClock,
    state: ApiState,
    pub(crate) sign_in: Arc<ArcSwap<crate::SignInSettings>>,
    folder: tempfile::TempDir,
}

/// The built-in schemas, and the detection of the sample alert.
fn served() -> crate::Served {
    let alert = sample_alert();
    let detection = model::Detection {
        id: alert.detection_id,
        kind: model::DetectionKind::Rule,
        display_name: alert.detection_name,
        enabled: true,
        severity: alert.severity,
        log_types: alert.log_types.into_iter().collect(),
        dedup_period: Duration::from_secs(3600),
        threshold: 1,
        create_alert: true,
        description: alert.description,
        reference: None,
        runbook: alert.runbook,
        tags: alert.tags,
        reports: alert.reports,
        output_ids: Vec::new(),
        summary_attributes: Vec::new(),
        version: "v1".to_owned(),
    };
    crate::Served {
        schemas: Arc::new(schema::SchemaSet::builtin().unwrap()),
        detections: Arc::new([(detection.id.clone(), Arc::new(detection))].into()),
    }
}

impl Api {
    /// An API with the source `okta` and these destinations (name, enabled); a name is also the id.
    pub(crate) async fn start(destinations: &[(&str, bool)]) -> Api {
        Api::start_with(destinations, Arc::new(Calm)).await
    }

    /// Like [`Api::start`], with this content.
    pub(crate) async fn start_with(
        destinations: &[(&str, bool)],
        content: Arc<dyn crate::ContentAdmin>,
    ) -> Api {
        let now = "2026-03-01T11:00:00Z".parse().unwrap();
        Api::open(tempfile::tempdir().unwrap(), ManualClock::new(now), destinations, content).await
    }

    /// The next process on the same data.
    pub(crate) async fn restart(self) -> Api {
        let Api { store, clock, folder, .. } = self;
        store.close().await;
        Api::open(folder, clock, &[], Arc::new(Calm)).await
    }

    async fn open(
        folder: tempfile::TempDir,
        manual: ManualClock,
        destinations: &[(&str, bool)],
        content: Arc<dyn crate::ContentAdmin>,
    ) -> Api {
        let now = manual.now();
        let clock: Arc<dyn Clock> = Arc::new(manual.clone());
        let store = Arc::new(Store::open(folder.path(), Arc::clone(&clock)).await.unwrap());
        store.ensure_token("tests", "Admin", &TOKEN.into()).await.unwrap();
        let views = destinations.iter().map(|(name, enabled)| {
            Arc::new(DestinationView {
                record: model::Destination { enabled: *enabled, ..sample_destination(name, "webhook") },
                masked_config: json!({}),
                delivery: api_types::DeliveryPolicy::default(),
                unreadable: None,
                warnings: Vec::new(),
                revision: 1,
            })
        });
        let sign_in = Arc::new(ArcSwap::default());
        let allow = vec!["127.0.0.1".parse().unwrap()];
        let outbound = OutboundConfig { allow, ..OutboundConfig::default() };
        let outbound = Outbound::new(outbound, Arc::clone(&clock));
        let state = ApiState::new(ApiParts {
            store: Arc::clone(&store),
            destinations: Arc::new(ArcSwap::from_pointee(views.collect())),
            source_admin: Arc::new(Calm),
            schema_admin: Arc::new(Calm),
            trusted_proxies: Arc::default(),
            sign_in: Arc::clone(&sign_in),
            settings: Arc::new(settings::Still::new(Arc::clone(&sign_in))),
            outbound: Arc::new(ArcSwap::from_pointee(outbound)),
            source_ids: Arc::new(ArcSwap::from_pointee(BTreeSet::from([SourceId::from("okta")]))),
            delivery: Arc::new(Calm),
            destination_admin: Arc::new(Calm),
            content,
            desk: Arc::new(Calm),
            readiness: Box::new(|| Ok(())),
            served: Box::new(served),
            external_url: None,
            key_file: folder.path().join(store::KEY_FILE),
            audit_reads: crate::AuditReads::start(
                Arc::clone(&store),
                folder.path().join(store::KEY_FILE),
                true,
            ),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            clock,
        });
        let router = crate::router(state.clone());
        Api { router, store, now, clock: manual, sign_in, state, folder }
    }

    /// A new token in a default role.
    pub(crate) async fn token_of(&self, role: &str) -> String {
        let form = store::TokenForm::in_role("tests", role);
        let token = self.store.create_token(form, None, model::Rights::all()).await.unwrap();
        secrecy::ExposeSecret::expose_secret(&token.value).to_owned()
    }

    /// Stores the sample alert with one pending delivery `to-NAME` for each destination, and failures.
    pub(crate) async fn commit(&self, destinations: &[&str], failures: Vec<RecordFailure>) -> Alert {
        let alert = sample_alert();
        let deliveries = destinations.iter().map(|name| NewDelivery {
            id: DeliveryId::new(format!("to-{name}")),
            destination_id: (*name).into(),
            destination_name: (*name).to_owned(),
            destination_type: DestinationType("webhook".into()),
            trigger: Trigger::Auto,
        });
        let new = NewAlert { alert: Arc::new(alert.clone()), deliveries: deliveries.collect() };
        let request = LedgerRequest { position: Some(1), failures, at: self.now, ..LedgerRequest::default() };
        let changes = LedgerChanges { new_alerts: vec![new], ..LedgerChanges::default() };
        self.store.commit(request, move |_| changes).await.unwrap();
        alert
    }

    /// Gives the delivery to this destination up.
    pub(crate) async fn give_up(&self, destination: &str) {
        let record = AttemptRecord {
            at: self.now,
            duration: Duration::from_millis(5),
            status_code: Some(404),
            success: false,
            message: "no such hook".to_owned(),
        };
        let delivery_id = DeliveryId::new(format!("to-{destination}"));
        self.store
            .record_attempts(vec![AttemptOutcome { delivery_id, record, next: Next::Failed }])
            .await
            .unwrap();
    }

    /// The file with the keys.
    pub(crate) fn key_file(&self) -> std::path::PathBuf {
        self.folder.path().join(store::KEY_FILE)
    }

    async fn ask(&self, method: &str, path: &str, body: &str) -> (StatusCode, String, String) {
        self.ask_as(TOKEN, method, path, body).await
    }

    async fn ask_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> (StatusCode, String, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-api-key", token)
            .body(Body::from(body.to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, kind, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The JSON of an answer with this status.
    pub(crate) async fn json(&self, status: u16, method: &str, path: &str, body: &str) -> Value {
        let (found, kind, text) = self.ask(method, path, body).await;
        assert_eq!(found.as_u16(), status, "{method} {path}: {text}");
        assert_eq!(kind, "application/json", "{method} {path}");
        if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
    }

    /// The same for somebody with another token.
    pub(crate) async fn json_as(
        &self,
        token: &str,
        status: u16,
        method: &str,
        path: &str,
        body: &str,
    ) -> Value {
        let (found, _, text) = self.ask_as(token, method, path, body).await;
        assert_eq!(found.as_u16(), status, "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The message of a refusal with this status.
    pub(crate) async fn refusal(&self, status: u16, method: &str, path: &str, body: &str) -> String {
        self.json(status, method, path, body).await["message"].as_str().unwrap().to_owned()
    }
}

fn failure(source: &str, number: i64, at: Timestamp) -> RecordFailure {
    RecordFailure {
        source_id: source.into(),
        received_at: at,
        log_type: None,
        reason: "no JSON".to_owned(),
        payload: number.to_string(),
        truncated: false,
    }
}

#[rstest]
#[case("GET", "/alerts/%FF")]
#[case("PATCH", "/alerts/%FF")]
#[case("GET", "/alerts/%FF/events")]
#[case("GET", "/alerts/%FF/deliveries")]
#[case("POST", "/deliveries/%FF/retry")]
#[case("GET", "/destinations/%FF")]
#[case("PUT", "/destinations/%FF")]
#[case("DELETE", "/destinations/%FF")]
#[case("POST", "/destinations/%FF/test")]
#[case("POST", "/destinations/%FF/retry-failed")]
#[case("GET", "/log-sources/%FF/failures")]
#[tokio::test]
async fn an_id_that_is_no_text_is_refused_in_json(#[case] method: &str, #[case] path: &str) {
    let api = Api::start(&[]).await;
    let message = api.refusal(400, method, path, "{}").await;
    assert!(message.contains("UTF-8") && message.contains("`id`"), "{message}");
}

#[tokio::test]
async fn a_body_that_is_no_object_is_refused() {
    let api = Api::start(&[]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let path = format!("/alerts/{}", alert.id);
    let many = format!(r#"[["{}"], "CLOSED", null]"#, alert.id);
    for (path, body) in [
        (path.as_str(), r#"["CLOSED", "mira"]"#),
        (path.as_str(), r#" ["CLOSED", null]"#),
        (path.as_str(), "null"),
        (path.as_str(), r#""CLOSED""#),
        (path.as_str(), ""),
        ("/alerts", many.as_str()),
    ] {
        let message = api.refusal(400, "PATCH", path, body).await;
        assert!(message.contains("JSON object"), "{body}: {message}");
    }
    assert_eq!(api.json(200, "GET", &path, "").await["status"], "OPEN");
    api.json(200, "PATCH", &path, " \n{\"status\": \"CLOSED\"}").await;
    assert_eq!(api.json(200, "GET", &path, "").await["status"], "CLOSED");
}

#[tokio::test]
async fn no_alert_is_of_a_resource_type() {
    let api = Api::start(&[]).await;
    api.commit(&[], Vec::new()).await;
    for (query, count) in [("", 1), ("?resource-type=", 1), ("?resource-type=AWS.S3.Bucket", 0)] {
        let page = api.json(200, "GET", &format!("/alerts{query}"), "").await;
        assert_eq!(page["results"].as_array().unwrap().len(), count, "{query}");
        assert_eq!(page["next"], Value::Null);
    }
    api.refusal(400, "GET", "/alerts?resource-type=AWS.S3.Bucket&limit=51", "").await;
}

#[tokio::test]
async fn failures_of_a_removed_source_stay_readable() {
    let api = Api::start(&[]).await;
    let failures = (0..3).map(|number| failure("gone", number, api.now)).collect();
    api.commit(&[], failures).await;
    let page = api.json(200, "GET", "/log-sources/gone/failures?limit=2", "").await;
    assert_eq!(page["results"][0]["payload"], "2");
    let next = page["next"].as_str().unwrap();
    let page = api.json(200, "GET", &format!("/log-sources/gone/failures?limit=2&cursor={next}"), "").await;
    assert_eq!(page["results"].as_array().unwrap().len(), 1);
    let page = api.json(200, "GET", "/log-sources/okta/failures", "").await;
    assert_eq!(page["results"], json!([]), "configured, and no failure");
    let message = api.refusal(404, "GET", "/log-sources/never/failures", "").await;
    assert!(message.contains("`never`"), "{message}");
}

#[tokio::test]
async fn pending_deliveries_to_a_removed_destination_are_counted_by_its_id() {
    let api = Api::start(&[("here", true), ("odd \"name\"\n", true)]).await;
    api.commit(&["here", "removed"], Vec::new()).await;
    let (status, _, page) = api.ask("GET", "/metrics", "").await;
    assert_eq!(status, StatusCode::OK);
    let pending: Vec<&str> =
        page.lines().filter_map(|line| line.strip_prefix("margay_deliveries_pending")).collect();
    assert_eq!(
        pending,
        [r#"{destination="here"} 1"#, r#"{destination="odd \"name\"\n"} 0"#, r#"{destination="removed"} 1"#,]
    );
}

#[tokio::test]
async fn only_a_delivery_that_somebody_would_send_is_tried_again() {
    let api = Api::start(&[("here", true), ("off", false)]).await;
    api.commit(&["here", "off", "removed"], Vec::new()).await;
    let message = api.refusal(409, "POST", "/deliveries/to-removed/retry", "").await;
    assert!(message.contains("`pending`"), "the state comes first: {message}");
    for name in ["here", "off", "removed"] {
        api.give_up(name).await;
    }
    let message = api.refusal(409, "POST", "/deliveries/to-off/retry", "").await;
    assert!(message.contains("`off`") && message.contains("disabled"), "{message}");
    let message = api.refusal(409, "POST", "/deliveries/to-removed/retry", "").await;
    assert!(message.contains("`removed`") && message.contains("not configured"), "{message}");
    assert_eq!(api.store.failed_by_destination().await.unwrap().len(), 3, "nothing changed");

    let delivery = api.json(200, "POST", "/deliveries/to-here/retry", "").await;
    assert_eq!((&delivery["state"], &delivery["trigger"]), (&json!("pending"), &json!("retry")));
    api.refusal(404, "POST", "/deliveries/nowhere/retry", "").await;
}

#[tokio::test]
async fn the_dead_letter_list_is_paged_and_retried_as_a_whole() {
    let api = Api::start(&[("here", true), ("off", false), ("there", true)]).await;
    api.commit(&["here", "off", "there"], Vec::new()).await;
    for name in ["here", "off", "there"] {
        api.give_up(name).await;
    }
    let page = api.json(200, "GET", "/deliveries?state=failed&limit=2", "").await;
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    assert_eq!(page["results"][0]["attempts"][0]["message"], "no such hook");
    assert_eq!(page["results"][0]["alertId"], sample_alert().id.as_str());
    let next = page["next"].as_str().unwrap();
    let rest = api.json(200, "GET", &format!("/deliveries?state=failed&limit=2&cursor={next}"), "").await;
    assert_eq!((rest["results"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    let page = api.json(200, "GET", "/deliveries?state=failed&destination-id=here", "").await;
    assert_eq!(page["results"][0]["id"], "to-here");
    assert_eq!(api.json(200, "GET", "/deliveries?state=pending", "").await["results"], json!([]));
    api.refusal(400, "GET", "/deliveries?state=lost", "").await;

    let retried = api.json(200, "POST", "/destinations/here/retry-failed", "").await;
    assert_eq!(retried, json!({"retried": 1}));
    assert_eq!(api.json(200, "POST", "/destinations/here/retry-failed", "").await["retried"], 0);
    let message = api.refusal(409, "POST", "/destinations/off/retry-failed", "").await;
    assert!(message.contains("`off`"), "{message}");
    api.refusal(404, "POST", "/destinations/nowhere/retry-failed", "").await;
    let pending = api.json(200, "GET", "/deliveries?state=pending", "").await;
    assert_eq!(pending["results"][0]["trigger"], "retry");
    let retried = api.json(200, "POST", "/deliveries/retry-failed", "").await;
    assert_eq!(retried, json!({"retried": 1}), "those of `there`; nobody would send those of `off`");
    assert_eq!(api.json(200, "GET", "/deliveries", "").await["results"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_person_sends_an_alert_to_destinations_that_are_open_to_it() {
    let api = Api::start(&[("here", true), ("off", false)]).await;
    let alert = api.commit(&[], Vec::new()).await;
    let path = format!("/alerts/{}/deliveries", alert.id);
    let sent = api.json(200, "POST", &path, r#"{"destinationIds": ["here", "here"]}"#).await;
    assert_eq!(sent["results"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&sent["results"][0]["trigger"], &sent["results"][0]["state"]),
        (&json!("manual"), &json!("pending"))
    );
    for (body, word) in [
        (r#"{"destinationIds": []}"#, "`destinationIds`"),
        (r#"{"destinationIds": ["here", "nowhere"]}"#, "`nowhere`"),
        (r#"{"destinationIds": ["off"]}"#, "`off`"),
    ] {
        let message = api.refusal(400, "POST", &path, body).await;
        assert!(message.contains(word), "{message}");
    }
    assert_eq!(api.json(200, "GET", &path, "").await["results"].as_array().unwrap().len(), 1, "all or none");
}

#[tokio::test]
async fn health_is_shown_with_the_destination_and_as_a_metric() {
    let api = Api::start(&[("dead", true), ("here", true)]).await;
    let shown = api.json(200, "GET", "/destinations/dead", "").await;
    assert_eq!(
        (&shown["health"]["state"], &shown["health"]["failuresInARow"]),
        (&json!("paused"), &json!(12))
    );
    let (_, _, page) = api.ask("GET", "/metrics", "").await;
    for line in [
        "margay_destination_paused{destination=\"dead\"} 1",
        "margay_destination_paused{destination=\"here\"} 0",
        "margay_destination_failures_in_a_row{destination=\"dead\"} 12",
    ] {
        assert!(page.lines().any(|it| it == line), "{line} in {page}");
    }
    let result = api.json(200, "POST", "/destinations/dead/test", "").await;
    assert_eq!(
        (&result["outputId"], &result["success"], &result["statusCode"]),
        (&json!("dead"), &json!(false), &json!(503))
    );
    let types = api.json(200, "GET", "/destination-types", "").await;
    assert_eq!(types["results"].as_array().unwrap().len(), destinations::registry().len());
    assert!(types["results"][0]["configSchema"]["properties"].is_object());
}

#[tokio::test]
async fn forms_are_answered_with_the_status_of_the_contract() {
    let api = Api::start(&[]).await;
    let form = |name: &str| {
        json!({
            "displayName": name, "type": "slack", "something": "else",
            "config": {"webhook_url": "https://hooks.example/secret"}, "delivery": {"rate": "30/min"},
        })
        .to_string()
    };
    let made = api.json(201, "POST", "/destinations", &form("good")).await;
    assert_eq!(made["config"]["webhook_url"], "********");
    assert_eq!((&made["delivery"]["rate"], &made["delivery"]["retry"]), (&json!("30/min"), &Value::Null));
    api.json(200, "PUT", "/destinations/x", &form("good")).await;
    let tested = api.json(200, "POST", "/destinations/test", &form("good")).await;
    assert_eq!((&tested["success"], &tested["outputId"]), (&json!(true), &Value::Null));
    for (name, status) in [("wrong", 400), ("gone", 404), ("taken", 409), ("later", 503)] {
        for (method, path) in
            [("POST", "/destinations"), ("PUT", "/destinations/x"), ("POST", "/destinations/test")]
        {
            let message = api.refusal(status, method, path, &form(name)).await;
            assert!(message.contains(name), "{message}");
        }
    }
    let message = api.refusal(400, "POST", "/destinations", r#"{"type": "slack"}"#).await;
    assert!(message.contains("displayName"), "{message}");
    api.refusal(404, "DELETE", "/destinations/x", "").await;
    let request = Request::builder().method("DELETE").uri("/destinations/here").header("x-api-key", TOKEN);
    let answer = api.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[test]
fn the_guide_lists_each_permission_and_who_holds_it() {
    let guide = include_str!("../../../docs/access.md");
    let rows: Vec<Vec<&str>> = guide
        .lines()
        .filter(|line| line.starts_with("| `") && (line.ends_with("| yes |") || line.ends_with("| no |")))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let listed: Vec<&str> = rows.iter().map(|row| row[0].trim_matches('`')).collect();
    let known: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
    assert_eq!(listed, known);
    for row in rows {
        let permission: Permission = row[0].trim_matches('`').parse().unwrap();
        for (role, said) in [(DefaultRole::Analyst, row[2]), (DefaultRole::AnalystReadOnly, row[3])] {
            assert_eq!(role.permissions().holds(permission), said == "yes", "{permission} {role}");
        }
    }
}
