//! What authors of detections stumble over when matches become alerts; the numbers are those of the other
//! tests called so.

use model::{Destination, DestinationType, Event, Finding, RoutingScenario};

use crate::support::{Ledger, at, detection, found, match_of};

fn destination(name: &str) -> Destination {
    Destination {
        id: format!("id-of-{name}").as_str().into(),
        display_name: name.to_owned(),
        destination_type: DestinationType("webhook".into()),
        severities: Default::default(),
        alert_types: Default::default(),
        log_types: Default::default(),
        manual_dispatch: false,
        enabled: true,
        provisioned: false,
        mute: None,
    }
}

/// The one alert of a match whose `destinations()` returned these names: where it goes, by what, and how
/// many warnings it carries.
fn routed(names: &[&str]) -> (Vec<String>, RoutingScenario, usize) {
    let mut rule = detection("R");
    rule.output_ids = vec!["id-of-static".to_owned()];
    let mut ledger = Ledger::with([rule]);
    ledger.destinations = ["chat", "pager", "static"].map(destination).into();
    let mut one = match_of("R", "who");
    one.destinations = Some(names.iter().map(|name| (*name).to_owned()).collect());
    let changes = ledger.run(vec![found(at("10:00"), one)]);
    let [new] = &changes.new_alerts[..] else { panic!("{} alerts", changes.new_alerts.len()) };
    let names = new.deliveries.iter().map(|delivery| delivery.destination_name.clone()).collect();
    (names, new.alert.routing.scenario, new.alert.routing.warnings.len())
}

#[test]
fn trap_10_one_wrong_name_costs_only_itself_and_an_empty_list_only_the_delivery() {
    let sent = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (returned, expected, scenario, warning_count) in [
        (&["chat", "nobody", "pager"][..], &["chat", "pager"][..], RoutingScenario::Dynamic, 1),
        (&["chat", "chat", "pager"], &["chat", "pager"], RoutingScenario::Dynamic, 0),
        (&["pager", "id-of-pager"], &["pager"], RoutingScenario::Dynamic, 0),
        (&["nobody"], &["static"], RoutingScenario::Static, 2),
        // The alert is made, nobody is told.
        (&[], &[], RoutingScenario::None, 0),
    ] {
        assert_eq!(routed(returned), (sent(expected), scenario, warning_count), "{returned:?}");
    }
}

/// A match that was processed at one time, of an event that says another.
fn processed(time: &str, event_time: &str) -> Finding {
    let mut finding = found(at(time), match_of("R", "who"));
    let event = finding.event.take().expect("a match has an event");
    let json = format!(r#"{{"p_event_time":"2026-01-01 {event_time}:00.000"}}"#).as_str().into();
    finding.event = Some(Event { json, ..event });
    finding
}

#[test]
fn trap_22_windows_follow_the_time_of_processing_and_not_that_of_the_event() {
    let counts = |findings: &[(&str, &str)]| {
        let mut ledger = Ledger::with([detection("R")]);
        for (time, event_time) in findings {
            ledger.run(vec![processed(time, event_time)]);
        }
        (1..=ledger.alerts.len() as u64)
            .map(|number| ledger.alert("R", number, "who").event_count)
            .collect::<Vec<_>>()
    };
    // Events hours apart that come together are one window; events of one minute that come apart are two.
    assert_eq!(counts(&[("10:00", "01:00"), ("10:01", "09:00"), ("10:02", "23:00")]), [3]);
    assert_eq!(counts(&[("10:00", "09:00"), ("11:00", "09:00")]), [1, 1]);
    // The window is that of the first match; those in between do not move its end.
    assert_eq!(counts(&[("10:00", "09:00"), ("10:50", "09:00"), ("11:05", "09:00")]), [2, 1]);
}
