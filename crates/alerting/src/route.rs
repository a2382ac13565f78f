//! Who is told about an alert. Source: `destinations.md` §2; for users: `docs/routing.md`.
//!
//! The first scenario that applies decides, and nothing falls through afterwards: what the rule returned,
//! what the detection's YAML lists, what the destinations are configured for. Whatever is odd on the way
//! becomes a warning that is stored with the alert.

use jiff::Timestamp;
use model::{
    Alert, AlertId, AlertType, DeliveryId, Destination, DestinationId, LogType, NewDelivery, RoutingDecision,
    RoutingScenario, Severity, Trigger,
};
use uuid::Uuid;

use crate::explain::{Decider, explain, refusal};

/// The word that, anywhere in a list of destinations, means: tell nobody.
pub const SKIP: &str = "SKIP";
/// At most so many destinations are taken from what a rule returns.
pub const DESTINATIONS_MAX: usize = 10;
/// Longest part of an unknown name that a warning repeats, in characters.
const NAME_SHOWN_MAX: usize = 200;

/// What routing looks at.
#[derive(Clone, Copy, Debug)]
pub struct RouteInput<'a> {
    /// Type of the alert; decides which scenarios and filters apply.
    pub alert_type: AlertType,
    /// Its final severity.
    pub severity: Severity,
    /// Log type of the opening event; `None` when there was none, then no log-type filter applies.
    pub log_type: Option<&'a LogType>,
    /// What `destinations()` returned: names or ids; `None` = go on.
    pub dynamic: Option<&'a [String]>,
    /// `OutputIds` of the detection: ids or names.
    pub output_ids: &'a [String],
    /// A destination that the alert is about, and that must not be told.
    pub never_send_to: Option<&'a DestinationId>,
    /// When the alert is made; destinations that are muted then are told nothing.
    pub at: Timestamp,
}

/// Why a person cannot send an alert to a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManualDispatchError {
    /// No such destination.
    #[error("destination `{id}` does not exist; list the destinations to see their ids")]
    Unknown {
        /// What was asked for.
        id: String,
    },
    /// It does not take alerts that a person sends.
    #[error("destination `{name}` is not open to manual dispatch; switch on its `manual_dispatch` first")]
    NotOpen {
        /// Its display name.
        name: String,
    },
    /// It is switched off.
    #[error("destination `{name}` is disabled; enable it first")]
    Disabled {
        /// Its display name.
        name: String,
    },
    /// It does not take alerts of this type.
    #[error(
        "destination `{name}` does not take alerts of type `{alert_type}`; add it to its `alert_types` first"
    )]
    WrongType {
        /// Its display name.
        name: String,
        /// The alert's type.
        alert_type: AlertType,
    },
}

/// Chooses the destinations of a new alert. The decision lists each once: named ones in the order of
/// the list, configured ones in the order of `destinations`.
pub fn route(input: &RouteInput<'_>, destinations: &[Destination]) -> RoutingDecision {
    let mut warnings = Vec::new();
    let Choice { scenario, decider, mut chosen } = by_rule(input, destinations, &mut warnings)
        .or_else(|| by_detection(input, destinations, &mut warnings))
        .unwrap_or_else(|| by_configuration(input, destinations));
    chosen.retain(|destination| {
        let is_subject = input.never_send_to == Some(&destination.id);
        if is_subject {
            warnings.push(format!(
                "Destination `{}` was left out because the alert is about it.",
                destination.display_name
            ));
        }
        !is_subject
    });
    RoutingDecision {
        explanation: explain(input, &decider, &chosen, destinations),
        scenario: if chosen.is_empty() { RoutingScenario::None } else { scenario },
        destination_ids: chosen.into_iter().map(|destination| destination.id.clone()).collect(),
        warnings,
    }
}

/// Checks the destinations that a person chose for an alert; ids or names, each taken once, in order.
///
/// # Errors
/// The first one that is unknown, closed to manual dispatch, disabled, or does not take this type. Severity
/// and log types do not matter: the person has decided.
pub fn check_manual_dispatch<'d>(
    alert: &Alert,
    chosen: &[String],
    destinations: &'d [Destination],
) -> Result<Vec<&'d Destination>, ManualDispatchError> {
    let mut checked: Vec<&Destination> = Vec::with_capacity(chosen.len());
    for id in chosen {
        let destination =
            find(id, destinations).ok_or_else(|| ManualDispatchError::Unknown { id: id.clone() })?;
        let name = || destination.display_name.clone();
        if !destination.manual_dispatch {
            return Err(ManualDispatchError::NotOpen { name: name() });
        }
        if !destination.enabled {
            return Err(ManualDispatchError::Disabled { name: name() });
        }
        if !destination.alert_types.is_empty() && !destination.alert_types.contains(&alert.alert_type) {
            return Err(ManualDispatchError::WrongType { name: name(), alert_type: alert.alert_type });
        }
        if checked.iter().all(|other| other.id != destination.id) {
            checked.push(destination);
        }
    }
    Ok(checked)
}

/// The delivery of an alert that a person sends to a destination; every one is new.
pub fn manual_delivery(destination: &Destination, id: DeliveryId) -> NewDelivery {
    NewDelivery {
        id,
        destination_id: destination.id.clone(),
        destination_name: destination.display_name.clone(),
        destination_type: destination.destination_type.clone(),
        trigger: Trigger::Manual,
    }
}

/// The id of the delivery that routing makes for an alert of that time and a destination, so that a batch that
/// is processed again makes the same delivery.
///
/// A UUIDv8: 48 bits of milliseconds since 1970, then bits of the UUIDv5 of both ids. New rows thus go to one end
/// of every index of the database, which is far quicker than all over it.
pub fn auto_delivery_id(
    alert_id: &AlertId,
    created_at: Timestamp,
    destination_id: &DestinationId,
) -> DeliveryId {
    let name = format!("margay:delivery:{alert_id}:{destination_id}");
    let mut bytes = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).into_bytes();
    let milliseconds = u64::try_from(created_at.as_millisecond()).unwrap_or_default();
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    DeliveryId::from(Uuid::new_v8(bytes).to_string())
}

/// Whether routing made the delivery of this id; a person's have random ids.
pub fn is_auto_delivery_id(id: &DeliveryId) -> bool {
    Uuid::parse_str(id.as_str()).is_ok_and(|id| id.get_version() != Some(uuid::Version::Random))
}

/// Whose list a named destination is on.
const BY_RULE: &str = "`destinations()` of the rule";
const BY_DETECTION: &str = "`OutputIds` of the detection";

/// What one scenario chose, and by what.
struct Choice<'d> {
    scenario: RoutingScenario,
    decider: Decider<'d>,
    chosen: Vec<&'d Destination>,
}

impl Choice<'_> {
    /// A list that says: nobody.
    fn nobody(scenario: RoutingScenario, by: &'static str, is_empty: bool) -> Choice<'static> {
        Choice { scenario, decider: Decider::Silence { by, is_empty }, chosen: Vec::new() }
    }
}

/// Scenario 1: `destinations()` of the rule. Errors, correlation rules and system errors have none.
fn by_rule<'d>(
    input: &RouteInput<'_>,
    destinations: &'d [Destination],
    warnings: &mut Vec<String>,
) -> Option<Choice<'d>> {
    let applies = matches!(input.alert_type, AlertType::Rule | AlertType::ScheduledRule | AlertType::Policy);
    let names = input.dynamic.filter(|_| applies)?;
    if names.is_empty() || names.iter().any(|name| name == SKIP) {
        return Some(Choice::nobody(RoutingScenario::Dynamic, BY_RULE, names.is_empty()));
    }
    let named = resolve(names, BY_RULE, destinations, warnings)?;
    let mut chosen = named.clone();
    if chosen.len() > DESTINATIONS_MAX {
        warnings.push(format!(
            "{BY_RULE} named {} destinations; only the first {DESTINATIONS_MAX} were taken.",
            chosen.len()
        ));
        chosen.truncate(DESTINATIONS_MAX);
    }
    drop_closed(&mut chosen, input.at, warnings);
    let decider = Decider::List { by: BY_RULE, named };
    Some(Choice { scenario: RoutingScenario::Dynamic, decider, chosen })
}

/// Scenario 2: `OutputIds` of the detection, for its matches and its errors.
fn by_detection<'d>(
    input: &RouteInput<'_>,
    destinations: &'d [Destination],
    warnings: &mut Vec<String>,
) -> Option<Choice<'d>> {
    if input.alert_type == AlertType::SystemError || input.output_ids.is_empty() {
        return None;
    }
    if input.output_ids.iter().any(|id| id == SKIP) {
        return Some(Choice::nobody(RoutingScenario::Static, BY_DETECTION, false));
    }
    let named = resolve(input.output_ids, BY_DETECTION, destinations, warnings)?;
    let mut chosen = named.clone();
    drop_closed(&mut chosen, input.at, warnings);
    let decider = Decider::List { by: BY_DETECTION, named };
    Some(Choice { scenario: RoutingScenario::Static, decider, chosen })
}

/// Scenario 3: the destinations' own filters.
fn by_configuration<'d>(input: &RouteInput<'_>, destinations: &'d [Destination]) -> Choice<'d> {
    let chosen = destinations.iter().filter(|destination| refusal(input, destination).is_none()).collect();
    Choice { scenario: RoutingScenario::Configuration, decider: Decider::Filters, chosen }
}

/// Whether log-type filters matter for alerts of this type.
pub(crate) fn filters_log_types(alert_type: AlertType) -> bool {
    matches!(alert_type, AlertType::Rule | AlertType::RuleError)
}

/// The destinations of a list, each once; unknown entries become warnings. `None` when none is known.
fn resolve<'d>(
    names: &[String],
    origin: &str,
    destinations: &'d [Destination],
    warnings: &mut Vec<String>,
) -> Option<Vec<&'d Destination>> {
    let mut known: Vec<&Destination> = Vec::with_capacity(names.len());
    for name in names {
        match find(name, destinations) {
            Some(destination) if known.iter().any(|other| other.id == destination.id) => {}
            Some(destination) => known.push(destination),
            None => warnings.push(format!(
                "{origin} named `{}`, which is neither the name nor the id of a destination.",
                stdx::truncate_with_ellipsis(name, NAME_SHOWN_MAX)
            )),
        }
    }
    if known.is_empty() {
        warnings.push(format!("{origin} named no destination that exists, so the next scenario decided."));
        return None;
    }
    Some(known)
}

/// Names before ids; letter case counts, nothing is trimmed.
fn find<'d>(name: &str, destinations: &'d [Destination]) -> Option<&'d Destination> {
    destinations
        .iter()
        .find(|destination| destination.display_name == name)
        .or_else(|| destinations.iter().find(|destination| destination.id.as_str() == name))
}

/// A destination that is disabled or muted stays chosen, so that nobody else is told in its place, but receives
/// nothing.
fn drop_closed(known: &mut Vec<&Destination>, at: Timestamp, warnings: &mut Vec<String>) {
    known.retain(|destination| {
        let Some(closed) = closed(destination, at) else { return true };
        let name = &destination.display_name;
        warnings.push(format!("Destination `{name}` was chosen but {closed}, so it received nothing."));
        false
    });
}

/// Why nothing is routed to a destination whatever the alert is: `is disabled`, `is muted until …`.
pub(crate) fn closed(destination: &Destination, at: Timestamp) -> Option<String> {
    if !destination.enabled {
        return Some("is disabled".to_owned());
    }
    destination.muted_until(at).map(|until| format!("is muted until {until}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_later_deliveries_sort_later_and_are_told_from_those_of_a_person() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let id = |alert: &str, second| auto_delivery_id(&AlertId::from(alert), at(second), &"d".into());
        assert_eq!(id("a", 1_700_000_000), id("a", 1_700_000_000));
        assert_ne!(id("a", 1_700_000_000), id("b", 1_700_000_000));
        let ids: Vec<_> = (0..50).map(|second| id(&second.to_string(), 1_700_000_000 + second)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(is_auto_delivery_id));
        assert!(is_auto_delivery_id(&Uuid::new_v5(&Uuid::NAMESPACE_URL, b"older").to_string().into()));
        assert!(!is_auto_delivery_id(&"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed".into()));
    }
}
