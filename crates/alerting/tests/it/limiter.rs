//! The alert limiter.

use alerting::{Limit, Settings};
use model::{AlertType, Finding, Severity};

use crate::support::{Ledger, at, detection, failed, found, match_of};

/// `count` matches at `time`, each with a dedup string of its own.
fn distinct(time: &str, first: u64, count: u64) -> Vec<Finding> {
    (first..first + count).map(|number| found(at(time), match_of("R", &number.to_string()))).collect()
}

#[test]
fn the_thousandth_alert_switches_the_detection_off() {
    let mut ledger = Ledger::with([detection("R")]);
    let changes = ledger.run(distinct("10:00", 0, 999));
    assert_eq!(changes.new_alerts.len(), 999);
    assert_eq!(ledger.states["R"].limited_at, None);

    let changes = ledger.run(distinct("10:59:59", 999, 5));
    assert_eq!(changes.new_alerts.len(), 2, "the thousandth alert and the one about it");
    assert_eq!(changes.new_alerts[0].alert.alert_type, AlertType::Rule);
    let notice = &changes.new_alerts[1].alert;
    assert_eq!((notice.alert_type, notice.severity), (AlertType::SystemError, Severity::Critical));
    assert_eq!(notice.detection_id.as_str(), "DETECTION_ALERT_LIMIT_EXCEEDED");
    assert_eq!(notice.dedup, "R");
    assert_eq!(notice.title, "Alerts of detection R were switched off: it made 1000 alerts within 1 hour");
    assert_eq!(changes.signals["R"], 4);
    assert_eq!(ledger.states["R"].limited_at, Some(at("10:59:59")));

    let before = ledger.groups.clone();
    let changes = ledger.run(distinct("11:30", 0, 3));
    assert_eq!((changes.signals["R"], changes.new_alerts.len()), (3, 0), "no time switches it on again");
    assert_eq!(ledger.groups, before, "signals change no group");
    assert_eq!(
        ledger.run(vec![failed(at("11:30"), "R", "KeyError")]).new_alerts.len(),
        1,
        "errors still alert"
    );
}

#[test]
fn the_hour_is_fixed_and_begins_with_the_first_alert() {
    let mut ledger = Ledger::with([detection("R")]);
    ledger.run(distinct("10:30", 0, 600));
    ledger.run(distinct("11:30", 600, 600));
    assert_eq!(ledger.states["R"].limited_at, None);
    assert_eq!(ledger.states["R"].limit_window_alerts, 600);
    ledger.run(distinct("12:29", 1_200, 400));
    assert!(ledger.states["R"].limited_at.is_some());
}

#[test]
fn merged_matches_and_errors_do_not_count() {
    let mut ledger = Ledger::with([detection("R")]);
    ledger.settings.limit = Some(Limit { count: 3, per: std::time::Duration::from_secs(3_600) });
    ledger.run(vec![found(at("10:00"), match_of("R", "same")); 50]);
    ledger.run((0..10).map(|number| failed(at("10:00"), "R", &format!("Error{number}"))).collect());
    assert_eq!((ledger.states["R"].limit_window_alerts, ledger.states["R"].limited_at), (1, None));
}

#[test]
fn a_detection_that_is_switched_on_again_counts_from_nothing() {
    let mut ledger = Ledger::with([detection("R")]);
    ledger.settings.limit = Some(Limit { count: 3, per: std::time::Duration::from_secs(3_600) });
    ledger.run(distinct("10:00", 0, 4));
    ledger.states.get_mut("R").unwrap().limited_at = None;
    let changes = ledger.run(distinct("10:10", 10, 2));
    assert_eq!((changes.new_alerts.len(), ledger.states["R"].limited_at), (2, None));
    let changes = ledger.run(distinct("10:20", 20, 2));
    assert_eq!(changes.new_alerts.len(), 1, "limited again; the notice of today takes it up");
    assert_eq!((changes.merges.len(), changes.merges[0].event_count), (1, 2));
}

#[test]
fn no_limit_is_no_limit() {
    for limit in [None, Some(Limit { count: 0, per: std::time::Duration::from_secs(3_600) })] {
        let mut ledger = Ledger::with([detection("R")]);
        ledger.settings.limit = Some(Limit { count: 1, per: std::time::Duration::from_secs(3_600) });
        ledger.run(distinct("10:00", 0, 1));
        assert!(ledger.states["R"].limited_at.is_some());
        ledger.settings = Settings { limit, kept_events_max: 1 };
        let changes = ledger.run(distinct("10:00", 1, 1_500));
        assert_eq!(changes.new_alerts.len(), 1_500);
        assert_eq!(ledger.states["R"].limited_at, None, "and the switch shows it");
    }
}
