//! Sources over days, on a real store, with a clock that is moved by hand.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use model::{
    Alert, AlertStatus, AlertType, DeliveryJob, Destination, DestinationType, RawBatch, SystemErrorType,
};
use parsers::{SourceSpec, StreamType};
use python_host::KvChanges;
use schema::SchemaSet;
use stdx::{Clock, ManualClock};
use store::{AlertFilter, PageRequest, SortDirection, Store, VolumesOf};

use super::{SourceWatch, WatchedSource};
use crate::commit::Committer;
use crate::core::Core;
use crate::correlation::CorrelationSettings;
use crate::evaluate::Evaluated;
use crate::parse::{Group, parse_group};
use crate::stages::JobSink;
use crate::world::World;

const DOOR: &str = "schema: Custom.Door\nfields: [{name: door, type: string, required: true}]";
const GOOD: &str = "{\"door\":\"a\"}\n";
const BAD: &str = "{\"window\":\"a\"}\n";

#[derive(Default)]
struct Inbox(Mutex<Vec<String>>);

impl JobSink for Inbox {
    fn offer(&self, jobs: Vec<DeliveryJob>) {
        self.0.lock().unwrap().extend(jobs.iter().map(|job| job.alert.title.clone()));
    }
}

struct Bench {
    store: Arc<Store>,
    clock: ManualClock,
    core: Arc<Core>,
    inbox: Arc<Inbox>,
    sources: Arc<Mutex<Vec<WatchedSource>>>,
    watch: SourceWatch,
    sequence: u64,
    dir: tempfile::TempDir,
}

fn source(id: &str, stream_type: StreamType, alarm_minutes: Option<u64>) -> WatchedSource {
    WatchedSource {
        id: id.into(),
        label: format!("the {id}"),
        stream_type,
        no_data_alarm: alarm_minutes.map(|minutes| Duration::from_secs(60 * minutes)),
    }
}

fn world(sources: &[WatchedSource]) -> World {
    let mut schemas = SchemaSet::default();
    schemas.add("door.yml", DOOR).unwrap();
    let spec = |source: &WatchedSource| {
        let spec = SourceSpec {
            id: source.id.clone(),
            label: source.label.as_str().into(),
            stream_type: source.stream_type,
            envelope: Vec::new(),
            schemas: vec![Arc::clone(schemas.get("Custom.Door").unwrap())],
        };
        (source.id.clone(), Arc::new(spec))
    };
    let destination = Destination {
        id: "d".into(),
        display_name: "on call".to_owned(),
        destination_type: DestinationType("webhook".into()),
        severities: [].into(),
        alert_types: [AlertType::SystemError].into(),
        log_types: [].into(),
        manual_dispatch: false,
        enabled: true,
        provisioned: true,
        mute: None,
    };
    World {
        sources: Arc::new(sources.iter().map(spec).collect()),
        destinations: Arc::new(vec![destination]),
        ..World::default()
    }
}

impl Bench {
    async fn new(sources: &[WatchedSource]) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let clock = ManualClock::new("2026-03-01T00:00:00Z".parse().unwrap());
        let store = Arc::new(Store::open(dir.path(), Arc::new(clock.clone())).await.unwrap());
        let mut bench = Bench::on(store, clock, Arc::new(Mutex::new(sources.to_vec())), 0, dir);
        bench.go(0).await;
        bench
    }

    fn on(
        store: Arc<Store>,
        clock: ManualClock,
        sources: Arc<Mutex<Vec<WatchedSource>>>,
        sequence: u64,
        dir: tempfile::TempDir,
    ) -> Bench {
        let settings = CorrelationSettings::default();
        let inbox = Arc::new(Inbox::default());
        let committer = Committer {
            store: Arc::clone(&store),
            jobs: Arc::clone(&inbox) as Arc<dyn JobSink>,
            clock: Arc::new(clock.clone()),
            lease: Duration::from_secs(60),
            signals_kept_max: settings.signals_kept_max,
        };
        let world = world(&sources.lock().unwrap());
        let core = Arc::new(Core::new(committer, Arc::new(world), Arc::new(clock.clone()), settings));
        let listed = Arc::clone(&sources);
        let list = Box::new(move || listed.lock().unwrap().clone());
        let watch = SourceWatch::new(Arc::clone(&core), list);
        Bench { store, clock, core, inbox, sources, watch, sequence, dir }
    }

    /// A new process on the same database; what the old one remembered is gone.
    fn restart(self) -> Bench {
        let Bench { store, clock, sources, sequence, dir, .. } = self;
        Bench::on(store, clock, sources, sequence, dir)
    }

    /// Lets minutes pass, and looks at the sources.
    async fn go(&mut self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
        self.watch.check().await.unwrap();
        self.watch.check().await.unwrap();
    }

    fn batch(&mut self, source: &str, body: &str) -> RawBatch {
        self.sequence += 1;
        RawBatch {
            sequence: self.sequence,
            source_id: source.into(),
            accepted_at: self.clock.now(),
            body: body.to_owned().into(),
        }
    }

    /// Accepts a body, processes it, and looks at the sources.
    async fn post(&mut self, source: &str, body: &str) {
        let batch = self.batch(source, body);
        self.process(&[batch]).await;
        self.go(0).await;
    }

    async fn process(&self, batches: &[RawBatch]) {
        let world = self.core.world();
        let Group { last_sequence, accepted_at, failures, counters, arrived, .. } =
            parse_group(batches, &world).unwrap();
        let evaluated = Evaluated {
            last_sequence,
            accepted_at,
            findings: Vec::new(),
            failures,
            counters,
            arrivals: arrived.into_rows(),
            kv: KvChanges::default(),
            signals: Vec::new(),
        };
        self.core.committer.commit_group(&evaluated, &world).await.unwrap();
    }

    /// Oldest first.
    async fn alerts(&self) -> Vec<Arc<Alert>> {
        let filter = AlertFilter { sort: SortDirection::Ascending, ..AlertFilter::default() };
        self.store.list_alerts(&filter, &PageRequest::first(50)).await.unwrap().items
    }

    async fn statuses(&self) -> Vec<(SystemErrorType, AlertStatus)> {
        let alerts = self.alerts().await;
        alerts.iter().map(|it| (it.system_error.as_ref().unwrap().error_type, it.status)).collect()
    }

    fn told(&self) -> usize {
        self.inbox.0.lock().unwrap().len()
    }
}

use AlertStatus::{Open, Resolved};
use SystemErrorType::{
    SourceClassificationFailures as Unclassified, SourceLogProcessingErrors as Unreadable,
    SourceNoData as NoData,
};

#[tokio::test]
async fn the_first_line_that_fits_nothing_is_told_once_until_a_day_is_good() {
    let mut bench = Bench::new(&[source("door", StreamType::Lines, None)]).await;
    bench.post("door", GOOD).await;
    assert!(bench.alerts().await.is_empty());
    bench.post("door", BAD).await;
    let alerts = bench.alerts().await;
    let [alert] = &alerts[..] else { panic!("{alerts:#?}") };
    assert_eq!(alert.title, "Source the door has turned unhealthy: log lines fit none of its schemas");
    assert_eq!(alert.system_error.as_ref().unwrap().component, "door");
    assert_eq!(alert.severity, model::Severity::Critical);
    assert_eq!(alert.context["lastError"], "Custom.Door: required field \"door\" is missing");
    for _ in 0..3 {
        bench.go(20 * 60).await;
        bench.post("door", BAD).await;
    }
    let mut bench = bench.restart();
    bench.go(23 * 60).await;
    assert_eq!(bench.statuses().await, [(Unclassified, Open)]);
    bench.go(60).await;
    assert_eq!(bench.statuses().await, [(Unclassified, Resolved)]);
    assert_eq!(bench.alerts().await[0].updated_by.as_ref().unwrap().id, "system");
    bench.post("door", BAD).await;
    assert_eq!(bench.statuses().await, [(Unclassified, Resolved), (Unclassified, Open)]);
    assert_eq!(bench.told(), 1, "of this process");
}

#[tokio::test]
async fn a_body_that_is_not_made_up_as_agreed_is_another_trouble() {
    let sources = [source("json", StreamType::Json, None), source("lines", StreamType::Lines, None)];
    let mut bench = Bench::new(&sources).await;
    bench.post("json", "nothing of the kind").await;
    let alerts = bench.alerts().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(
        alerts[0].title,
        "Source the json has turned unhealthy: its logs are not JSON values as its stream type says"
    );
    bench.go(1).await;
    bench.post("lines", "nothing of the kind").await;
    assert_eq!(bench.statuses().await, [(Unreadable, Open), (Unclassified, Open)]);
    bench.go(1).await;
    bench.post("json", BAD).await;
    assert_eq!(bench.statuses().await[2], (Unclassified, Open));
}

#[tokio::test]
async fn silence_is_told_once_each_time() {
    let mut bench = Bench::new(&[source("door", StreamType::Lines, Some(60))]).await;
    bench.post("door", GOOD).await;
    bench.go(59).await;
    assert!(bench.alerts().await.is_empty());
    bench.go(1).await;
    let title = &bench.alerts().await[0].title;
    assert_eq!(title, "Source the door has turned unhealthy: no event for 1 hour");
    // Records without an event are no sign of life.
    bench.post("door", BAD).await;
    let mut bench = bench.restart();
    bench.go(48 * 60).await;
    assert_eq!(bench.statuses().await.iter().filter(|it| it.0 == NoData).count(), 1);
    bench.post("door", GOOD).await;
    let of_silence = |all: Vec<(SystemErrorType, AlertStatus)>| -> Vec<AlertStatus> {
        all.into_iter().filter(|it| it.0 == NoData).map(|it| it.1).collect()
    };
    assert_eq!(of_silence(bench.statuses().await), [Resolved]);
    // Again within the same day: another alert.
    bench.go(61).await;
    bench.go(61).await;
    assert_eq!(of_silence(bench.statuses().await), [Resolved, Open]);
    bench.sources.lock().unwrap().clear();
    bench.go(0).await;
    assert_eq!(of_silence(bench.statuses().await), [Resolved, Resolved]);
}

#[tokio::test]
async fn a_source_that_never_sent_counts_from_when_it_was_configured() {
    let mut bench = Bench::new(&[source("old", StreamType::Lines, None)]).await;
    bench.go(100).await;
    bench.sources.lock().unwrap().push(source("new", StreamType::Lines, Some(15)));
    bench.go(0).await;
    bench.go(14).await;
    let mut bench = bench.restart();
    bench.go(4).await;
    assert!(bench.alerts().await.is_empty(), "the server has just started");
    bench.go(1).await;
    assert_eq!(bench.statuses().await, [(NoData, Open)]);
}

#[tokio::test]
async fn an_alarm_of_the_api_counts_where_the_file_has_none_and_ends_what_it_began() {
    let mut bench =
        Bench::new(&[source("file", StreamType::Lines, Some(600)), source("api", StreamType::Lines, None)])
            .await;
    let margay = model::Actor { id: "t".to_owned(), kind: model::ActorKind::ApiToken };
    for id in ["file", "api"] {
        bench.store.put_source_alarm(id.into(), 15, margay.clone(), bench.clock.now()).await.unwrap();
    }
    bench.go(20).await;
    let alerts = bench.alerts().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].system_error.as_ref().unwrap().component, "api");
    let closed = store::AlertChange { status: Some(AlertStatus::Closed), ..store::AlertChange::default() };
    bench.store.update_alerts(vec![alerts[0].id.clone()], closed, margay, bench.clock.now()).await.unwrap();
    assert!(bench.store.delete_source_alarm(&"api".into()).await.unwrap());
    bench.go(0).await;
    assert!(bench.store.source_troubles().await.unwrap().is_empty());
    assert_eq!(bench.statuses().await, [(NoData, AlertStatus::Closed)], "what a person said stays");
}

#[tokio::test]
async fn a_group_that_is_replayed_counts_nothing_twice() {
    let mut bench = Bench::new(&[source("door", StreamType::Lines, None)]).await;
    let body = format!("{GOOD}{GOOD}{BAD}");
    let first = bench.batch("door", &body);
    bench.clock.advance(SignedDuration::from_mins(20));
    let second = bench.batch("door", GOOD);
    let gone = bench.batch("gone", BAD);
    let batches = [first, second, gone];
    bench.process(&batches).await;
    bench.process(&batches).await;
    let from = "2026-03-01T00:00:00Z".parse().unwrap();
    let quarter = SignedDuration::from_mins(15);
    let count = async |of| bench.store.count_volumes(of, from, bench.clock.now(), quarter).await.unwrap();
    let fitting: Vec<_> = count(VolumesOf::LogTypes)
        .await
        .iter()
        .map(|it| (it.interval, it.volume.bytes, it.volume.events))
        .collect();
    let line = GOOD.trim().len() as u64;
    assert_eq!(fitting, [(0, 2 * line, 2), (1, line, 1)]);
    let bodies: Vec<_> = count(VolumesOf::Bodies)
        .await
        .iter()
        .map(|it| (it.source_id.to_string(), it.volume.bytes, it.volume.events, it.volume.failures))
        .collect();
    let expected = [
        ("door".to_owned(), body.len() as u64, 3, 1),
        ("door".to_owned(), GOOD.len() as u64, 1, 0),
        ("gone".to_owned(), BAD.len() as u64, 1, 1),
    ];
    assert_eq!(bodies, expected);
}
