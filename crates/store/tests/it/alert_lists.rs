//! Lists of alerts say what the database holds, whatever is filtered by, in whatever order things happened.

use std::collections::BTreeSet;

use model::{
    Actor, ActorKind, Alert, AlertClass, AlertMerge, AlertStatus, AlertType, LedgerChanges, LogTypeAccess,
    LogTypeAccessKind, Severity,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use stdx::SystemClock;
use store::{AlertChange, AlertFilter, PageRequest, SortDirection, Store};

use crate::support::{alert, at, open, request, store_alerts};

const SOURCES: [&str; 3] = ["okta", "aws", "github"];
const LOG_TYPES: [&str; 3] = ["Okta.SystemLog", "AWS.CloudTrail", "GitHub.Audit"];
const DETECTIONS: [&str; 4] = ["My.Rule", "Other.Rule", "ALERT_DELIVERY", "Third"];
const PEOPLE: [&str; 3] = ["ann", "bob", "cid"];
const WORDS: [&str; 4] = ["ÄRGER", "Sign-in", "100%", "_x_"];

fn some<'a>(rng: &mut StdRng, texts: &[&'a str]) -> Vec<&'a str> {
    texts.iter().filter(|_| rng.random_bool(0.4)).copied().collect()
}

pub(crate) fn random_alert(rng: &mut StdRng, number: u64) -> Alert {
    let log_types: BTreeSet<_> = some(rng, &LOG_TYPES).into_iter().map(Into::into).collect();
    let source_ids: BTreeSet<_> = some(rng, &SOURCES).into_iter().map(Into::into).collect();
    Alert {
        created_at: at(rng.random_range(0..200)),
        alert_type: *AlertType::ALL.choose(rng).unwrap(),
        severity: *Severity::ALL.choose(rng).unwrap(),
        status: *AlertStatus::ALL.choose(rng).unwrap(),
        detection_id: (*DETECTIONS.choose(rng).unwrap()).into(),
        detection_name: rng.random_bool(0.5).then(|| "Some Name".to_owned()),
        title: format!("{} {}", WORDS.choose(rng).unwrap(), WORDS.choose(rng).unwrap()),
        event_count: rng.random_range(1..20),
        dedup: (*["someone", "somebody"].choose(rng).unwrap()).to_owned(),
        log_types,
        source_ids,
        ..alert(number)
    }
}

fn random_filter(rng: &mut StdRng) -> AlertFilter {
    let sort = if rng.random() { SortDirection::Ascending } else { SortDirection::Descending };
    let mut filter = AlertFilter { sort, ..AlertFilter::default() };
    for _ in 0..rng.random_range(0..3) {
        match rng.random_range(0..15) {
            0 => filter.class = AlertClass::ALL.choose(rng).copied(),
            1 => filter.types = AlertType::ALL.iter().filter(|_| rng.random_bool(0.3)).copied().collect(),
            2 => filter.created_after = Some(at(rng.random_range(0..200))),
            3 => filter.created_before = Some(at(rng.random_range(0..200))),
            4 => filter.detection_id = Some((*["My.Rule", "Third", "No.Such"].choose(rng).unwrap()).into()),
            5 => {
                filter.name_contains =
                    Some((*["ärg", "my.r", "me na", "%", "_X", "zz"].choose(rng).unwrap()).into())
            }
            6 => {
                filter.source_ids = some(rng, &["okta", "aws", "none"]).into_iter().map(Into::into).collect()
            }
            7 => filter.log_types = some(rng, &["AWS.CloudTrail", "X"]).into_iter().map(Into::into).collect(),
            8 => {
                filter.statuses = AlertStatus::ALL.iter().filter(|_| rng.random_bool(0.4)).copied().collect()
            }
            9 => filter.severities = Severity::ALL.into_iter().filter(|_| rng.random_bool(0.4)).collect(),
            10 => {
                filter.assignees =
                    some(rng, &["ann", "bob", "nobody", ""]).into_iter().map(Into::into).collect()
            }
            11 | 12 => {
                let kind = *LogTypeAccessKind::ALL.choose(rng).unwrap();
                let log_types = some(rng, &["AWS.CloudTrail", "Okta.SystemLog", "X"]);
                let log_types = log_types.into_iter().map(Into::into).collect();
                filter.visible = LogTypeAccess { kind, log_types };
            }
            13 => filter.dedup = Some((*["someone", "somebody", "no one"].choose(rng).unwrap()).into()),
            _ => {
                filter.event_count_min = Some(rng.random_range(1..20));
                filter.event_count_max = Some(rng.random_range(10..20));
            }
        }
    }
    filter
}

/// What the filter says, in plain words.
pub(crate) fn passes(filter: &AlertFilter, alert: &Alert) -> bool {
    let any = |is_empty: bool, has: bool| is_empty || has;
    let name = alert.detection_name.clone().unwrap_or_default().to_lowercase();
    filter.class.is_none_or(|class| alert.alert_type.class() == class)
        && any(filter.types.is_empty(), filter.types.contains(&alert.alert_type))
        && filter.created_after.is_none_or(|after| alert.created_at >= after)
        && filter.created_before.is_none_or(|before| alert.created_at <= before)
        && filter.detection_id.as_ref().is_none_or(|id| *id == alert.detection_id)
        && filter.name_contains.as_ref().is_none_or(|text| {
            let text = text.to_lowercase();
            let places = [alert.title.to_lowercase(), alert.detection_id.as_str().to_lowercase(), name];
            places.iter().any(|place| place.contains(&text))
        })
        && any(filter.source_ids.is_empty(), !filter.source_ids.is_disjoint(&alert.source_ids))
        && any(filter.log_types.is_empty(), !filter.log_types.is_disjoint(&alert.log_types))
        && match filter.visible.kind {
            LogTypeAccessKind::AllowAll => true,
            LogTypeAccessKind::DenyAll => false,
            LogTypeAccessKind::Allow => {
                alert.log_types.iter().all(|it| filter.visible.log_types.contains(it))
            }
            LogTypeAccessKind::Deny => {
                !alert.log_types.iter().any(|it| filter.visible.log_types.contains(it))
            }
        }
        && any(filter.statuses.is_empty(), filter.statuses.contains(&alert.status))
        && any(filter.severities.is_empty(), filter.severities.contains(&alert.severity))
        && any(
            filter.assignees.is_empty(),
            filter.assignees.contains(alert.assignee.as_deref().unwrap_or_default()),
        )
        && filter.dedup.as_ref().is_none_or(|dedup| *dedup == alert.dedup)
        && filter.event_count_min.is_none_or(|min| alert.event_count >= min)
        && filter.event_count_max.is_none_or(|max| alert.event_count <= max)
}

/// All pages of a list.
async fn listed(store: &Store, filter: &AlertFilter, limit: usize) -> Vec<u64> {
    let mut page = PageRequest::first(limit);
    let mut numbers = Vec::new();
    loop {
        let found = store.list_alerts(filter, &page).await.unwrap();
        numbers.extend(found.items.iter().map(|alert| alert.number));
        let Some(next) = found.next else { return numbers };
        page.cursor = Some(next);
    }
}

async fn check(store: &Store, alerts: &[Alert], rng: &mut StdRng) {
    for _ in 0..40 {
        let filter = random_filter(rng);
        let mut expected: Vec<&Alert> = alerts.iter().filter(|alert| passes(&filter, alert)).collect();
        expected.sort_by(|a, b| (a.created_at, a.id.as_str()).cmp(&(b.created_at, b.id.as_str())));
        if filter.sort == SortDirection::Descending {
            expected.reverse();
        }
        let expected: Vec<u64> = expected.iter().map(|alert| alert.number).collect();
        let limit = rng.random_range(10..800);
        assert_eq!(listed(store, &filter, limit).await, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn any_filter_gives_what_is_stored_after_any_change() {
    let mut rng = StdRng::seed_from_u64(7);
    let store = open().await;
    let mut alerts: Vec<Alert> = Vec::new();
    for round in 0..6 {
        // The first round is read from the database, the others follow what is written.
        let new: Vec<Alert> = (0..500).map(|number| random_alert(&mut rng, round * 500 + number)).collect();
        store_alerts(&store, new.clone(), &[], None).await;
        alerts.extend(new);
        check(&store, &alerts, &mut rng).await;

        let changed: Vec<usize> = (0..50).map(|_| rng.random_range(0..alerts.len())).collect();
        let (status, person) =
            (*AlertStatus::ALL.choose(&mut rng).unwrap(), *PEOPLE.choose(&mut rng).unwrap());
        let assignee = rng.random_bool(0.8).then(|| person.to_owned());
        for number in &changed {
            alerts[*number].status = status;
            alerts[*number].assignee.clone_from(&assignee);
        }
        let ids = changed.iter().map(|number| alerts[*number].id.clone()).collect();
        let change = AlertChange { status: Some(status), assignee: Some(assignee), ..AlertChange::default() };
        let ann = Actor { id: "ann".into(), kind: ActorKind::User };
        store.update_alerts(ids, change, ann, at(500)).await.unwrap();

        let number = rng.random_range(0..alerts.len());
        alerts[number].event_count = 19;
        alerts[number].log_types = BTreeSet::from(["X".into()]);
        let merge = AlertMerge {
            alert_id: alerts[number].id.clone(),
            event_count: 19,
            log_types: BTreeSet::from(["X".into()]),
            source_ids: alerts[number].source_ids.clone(),
            last_event_at: at(500),
        };
        let changes = LedgerChanges { merges: vec![merge], ..LedgerChanges::default() };
        store.commit(request(None), move |_| changes).await.unwrap();
        check(&store, &alerts, &mut rng).await;
    }
}

#[tokio::test]
async fn a_new_process_lists_what_the_old_one_wrote() {
    let mut rng = StdRng::seed_from_u64(8);
    let store = open().await;
    let alerts: Vec<Alert> = (0..5_000).map(|number| random_alert(&mut rng, number)).collect();
    store_alerts(&store, alerts.clone(), &[], None).await;
    let other = Store::open(store.dir.path(), std::sync::Arc::new(SystemClock)).await.unwrap();
    check(&other, &alerts, &mut rng).await;
    other.close().await;
}

#[tokio::test]
async fn what_is_committed_is_listed_although_nobody_waited_for_it() {
    let store = open().await;
    assert_eq!(listed(&store, &AlertFilter::default(), 10).await, [0; 0]);
    // A caller that goes away at once.
    tokio::select! {
        biased;
        _ = store_alerts(&store, vec![alert(1)], &[], None) => panic!("a commit takes longer"),
        () = std::future::ready(()) => {}
    }
    store_alerts(&store, vec![alert(2)], &[], None).await;
    assert_eq!(listed(&store, &AlertFilter::default(), 10).await, [2, 1]);
}
