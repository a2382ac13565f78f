//! Volumes over time: counted once, joined, forgotten; and when sources were heard of.

use jiff::{SignedDuration, Timestamp};
use model::LedgerChanges;
use store::{
    Arrivals, IntervalVolume, LedgerRequest, Retention, SourceMark, SourceState, Volume, VolumeAdd,
    VolumesOf, quarter_of,
};

use crate::support::{TestStore, open};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

fn day(number: i64, minutes: i64) -> Timestamp {
    "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap()
        + SignedDuration::from_hours(24 * number)
        + SignedDuration::from_mins(minutes)
}

fn of(log_type: Option<&str>, source: &str, at: Timestamp, bytes: u64) -> VolumeAdd {
    let volume = Volume { bytes, events: 2, failures: 1, latency_ms: 30, timed_events: 2 };
    let log_type = log_type.map(Into::into);
    VolumeAdd { started_at: quarter_of(at), source_id: source.into(), log_type, volume }
}

fn mark(source: &str, at: Timestamp) -> SourceMark {
    SourceMark {
        source_id: source.into(),
        received_at: at,
        processed_at: None,
        unclassified_at: None,
        unreadable_at: None,
    }
}

async fn commit(store: &TestStore, position: u64, volumes: Vec<VolumeAdd>, marks: Vec<SourceMark>) -> bool {
    let arrivals = Arrivals { volumes, marks };
    let request = LedgerRequest { position: Some(position), arrivals, ..LedgerRequest::default() };
    store.commit(request, |_| LedgerChanges::default()).await.unwrap().applied
}

async fn counted(store: &TestStore, of: VolumesOf, interval: SignedDuration) -> Vec<IntervalVolume> {
    store.count_volumes(of, day(0, 0), day(1_000, 0), interval).await.unwrap()
}

async fn bytes(store: &TestStore) -> Vec<(u64, u64)> {
    let counted = counted(store, VolumesOf::LogTypes, HOUR).await;
    counted.iter().map(|it| (it.interval, it.volume.bytes)).collect()
}

#[tokio::test]
async fn a_batch_that_is_committed_again_counts_nothing_twice() {
    let store = open().await;
    let adds = || vec![of(None, "okta", day(0, 0), 90), of(Some("Okta.SystemLog"), "okta", day(0, 0), 70)];
    assert!(commit(&store, 1, adds(), vec![mark("okta", day(0, 0))]).await);
    assert!(!commit(&store, 1, adds(), vec![mark("okta", day(0, 9))]).await);
    assert!(commit(&store, 2, adds(), vec![]).await);
    let types = counted(&store, VolumesOf::LogTypes, HOUR).await;
    let expected = IntervalVolume {
        interval: 0,
        log_type: Some("Okta.SystemLog".into()),
        source_id: "okta".into(),
        volume: Volume { bytes: 140, events: 4, failures: 2, latency_ms: 60, timed_events: 4 },
    };
    assert_eq!(types, [expected]);
    let bodies = counted(&store, VolumesOf::Bodies, HOUR).await;
    assert_eq!((bodies.len(), bodies[0].log_type.clone(), bodies[0].volume.bytes), (1, None, 180));
    let states = store.source_states().await.unwrap();
    assert_eq!(
        states.values().collect::<Vec<_>>(),
        [&SourceState { received_at: Some(day(0, 0)), ..SourceState::default() }]
    );
}

#[tokio::test]
async fn intervals_begin_where_they_are_asked_to_and_end_with_the_span() {
    let store = open().await;
    let adds = [0, 15, 45, 60, 130].map(|minute| of(Some("A"), "a", day(0, minute), 1)).to_vec();
    commit(&store, 1, adds, vec![]).await;
    assert_eq!(bytes(&store).await, [(0, 3), (1, 1), (2, 1)]);
    let from = day(0, 15);
    let span = store.count_volumes(VolumesOf::LogTypes, from, day(0, 60), HOUR).await.unwrap();
    assert_eq!(span.iter().map(|it| (it.interval, it.volume.bytes)).collect::<Vec<_>>(), [(0, 3)]);
    let quarters = counted(&store, VolumesOf::LogTypes, SignedDuration::from_mins(15)).await;
    assert_eq!(quarters.iter().map(|it| it.interval).collect::<Vec<_>>(), [0, 1, 3, 4, 8]);
}

#[tokio::test]
async fn old_quarters_become_hours_and_old_hours_go() {
    let store = open().await;
    let minutes = [0, 15, 45, 75, 24 * 60 + 30];
    let adds = minutes.map(|minute| of(Some("A"), "a", day(0, minute), 1)).to_vec();
    commit(&store, 1, adds, vec![]).await;
    // The hour of the limit is not over.
    let join = Retention { quarters_before: Some(day(0, 119)), ..Retention::default() };
    for _ in 0..2 {
        store.purge(join).await.unwrap();
        let quarters = counted(&store, VolumesOf::LogTypes, SignedDuration::from_mins(15)).await;
        let at = quarters.iter().map(|it| (it.interval, it.volume.bytes, it.volume.latency_ms));
        assert_eq!(at.collect::<Vec<_>>(), [(0, 3, 90), (5, 1, 30), (98, 1, 30)]);
    }
    store.purge(Retention { quarters_before: Some(day(9, 0)), ..Retention::default() }).await.unwrap();
    assert_eq!(bytes(&store).await, [(0, 3), (1, 1), (24, 1)]);
    let forget = Retention { hours_before: Some(day(1, 0)), ..Retention::default() };
    assert_eq!(store.purge(forget).await.unwrap().volumes, 2);
    assert_eq!(bytes(&store).await, [(24, 1)]);
}

#[tokio::test]
async fn the_last_time_of_each_kind_is_kept() {
    let store = open().await;
    store.know_sources(vec!["okta".into(), "quiet".into()], day(0, 0)).await.unwrap();
    let first = SourceMark { processed_at: Some(day(0, 1)), ..mark("okta", day(0, 1)) };
    commit(&store, 1, vec![], vec![first]).await;
    let second = SourceMark {
        unclassified_at: Some(day(0, 2)),
        unreadable_at: Some(day(0, 2)),
        ..mark("okta", day(0, 2))
    };
    commit(&store, 2, vec![], vec![second]).await;
    commit(&store, 3, vec![], vec![mark("okta", day(0, 3))]).await;
    store.know_sources(vec!["okta".into(), "new".into()], day(5, 0)).await.unwrap();
    let states = store.source_states().await.unwrap();
    assert_eq!(
        states["okta"],
        SourceState {
            known_at: Some(day(0, 0)),
            received_at: Some(day(0, 3)),
            processed_at: Some(day(0, 1)),
            unclassified_at: Some(day(0, 2)),
            unreadable_at: Some(day(0, 2)),
        }
    );
    assert_eq!(states["quiet"], SourceState::default());
    assert_eq!(states["new"].known_at, Some(day(5, 0)));
}
