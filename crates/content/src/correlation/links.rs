//! Reads what joins the steps of a block: `Transitions` of a sequence, `MatchCriteria` of a group.

use std::time::Duration;

use crate::check::check_shape;
use crate::codes;
use crate::correlation::block::{find_step, minutes, read_number};
use crate::correlation::keys::MEMBER;
use crate::correlation::{Criterion, FieldPath, Group, LOOKBACK_MINUTES_MAX, Sequence, Step, Transition};
use crate::report::Report;
use crate::yaml::{Field, Mapping, Node, Span, Yaml};

/// What a group says beyond its steps.
pub(super) fn read_group(fields: &Mapping, steps: &[Step], report: &mut Report<'_>) -> Option<Group> {
    let criteria = read_criteria(fields.get("MatchCriteria"), steps, report);
    let step_count_min = read_step_count(fields, steps, report);
    for (index, step) in steps.iter().enumerate() {
        if let Some(other) = steps[..index].iter().find(|other| other.rule_id == step.rule_id) {
            let message =
                format!("the steps `{}` and `{}` of this group look at one rule", other.id, step.id);
            let hint = "one signal counts for both; ask for several with `MinMatchCount`".to_owned();
            report.add_with_hint(&codes::SAME_RULE_TWICE, step.rule_span, message, Some(hint));
        }
    }
    Some(Group { criteria: criteria?, step_count_min: step_count_min? })
}

#[expect(clippy::option_option, reason = "absent and wrong are different answers")]
fn read_step_count(fields: &Mapping, steps: &[Step], report: &mut Report<'_>) -> Option<Option<usize>> {
    let present = steps.iter().filter(|step| !step.is_absent()).count();
    let max = present.min(steps.len() - 1);
    if fields.contains_key("MinMatchCount") && max < 2 {
        let field = &fields["MinMatchCount"];
        let message = "`MinMatchCount` of a group needs at least three steps, two of them not absent";
        let hint = "leave it out: then every step that is not absent is needed".to_owned();
        report.add_with_hint(&codes::CORRELATION_COUNTS, field.key, message.to_owned(), Some(hint));
        return None;
    }
    let max = u64::try_from(max).unwrap_or(u64::MAX);
    let given = read_number(fields, "MinMatchCount", 2, max, &codes::CORRELATION_COUNTS, report)?;
    Some(given.and_then(|(count, _)| usize::try_from(count).ok()))
}

fn read_criteria(field: Option<&Field>, steps: &[Step], report: &mut Report<'_>) -> Option<Vec<Criterion>> {
    let Some(field) = field else { return Some(Vec::new()) };
    let Some(names) = field.value.as_map() else {
        let message =
            format!("`MatchCriteria` must be a mapping of names to lists, not {}", field.value.kind_name());
        report.add(&codes::WRONG_TYPE, field.value.span, message);
        return None;
    };
    let mut criteria = Vec::with_capacity(names.len());
    let mut is_complete = true;
    for (name, field) in names {
        match read_members(name, &field.value, steps, report) {
            Some(members) => {
                check_members(name, &members, field.key, steps, report);
                criteria.push(Criterion { name: name.clone(), members });
            }
            None => is_complete = false,
        }
    }
    is_complete.then_some(criteria)
}

fn read_members(
    name: &str,
    node: &Node,
    steps: &[Step],
    report: &mut Report<'_>,
) -> Option<Vec<(usize, FieldPath)>> {
    let path = format!("MatchCriteria.{name}");
    let Some(entries) = node.as_list() else {
        let message = format!("`{path}` must be a list of mappings, not {}", node.kind_name());
        report.add(&codes::WRONG_TYPE, node.span, message);
        return None;
    };
    let mut members = Vec::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let Some(fields) = entry.as_map() else {
            let message = format!("`{path}` must be a mapping, not {}", entry.kind_name());
            report.add(&codes::WRONG_TYPE, entry.span, message);
            return None;
        };
        check_shape(fields, &MEMBER, &path, entry.span, report);
        let group_id = text_at(fields, "GroupID")?;
        let step = find_step(steps, group_id.0, "GroupID", group_id.1, report)?;
        if members.iter().any(|(member, _)| *member == step) {
            let message = format!("`{path}` names the step `{}` again", group_id.0);
            report.add(&codes::CORRELATION_LINK, group_id.1, message);
            return None;
        }
        members.push((step, read_path(fields, "Match", report)?));
    }
    Some(members)
}

/// A criterion that ties nothing together is probably a slip.
fn check_members(
    name: &str,
    members: &[(usize, FieldPath)],
    span: Span,
    steps: &[Step],
    report: &mut Report<'_>,
) {
    let present = members.iter().filter(|(step, _)| !steps[*step].is_absent()).count();
    let message = if present == 0 {
        format!("`MatchCriteria.{name}` names no step that wants signals, so it has no effect")
    } else if members.len() < 2 {
        format!("`MatchCriteria.{name}` names one step only, so nothing shares its value")
    } else {
        return;
    };
    report.add(&codes::CRITERION_IDLE, span, message);
}

/// What a sequence says beyond its steps.
pub(super) fn read_sequence(
    fields: &Mapping,
    steps: &[Step],
    lookback: Duration,
    report: &mut Report<'_>,
) -> Option<Sequence> {
    let entries = fields.get("Transitions").and_then(|field| field.value.as_list()).unwrap_or_default();
    let mut transitions: Vec<Transition> = Vec::with_capacity(entries.len());
    let mut is_complete = true;
    for entry in entries {
        match entry.as_map().and_then(|fields| read_transition(fields, entry.span, steps, lookback, report)) {
            Some(transition) => {
                let is_there =
                    |other: &&Transition| (other.from, other.to) == (transition.from, transition.to);
                if transitions.iter().find(is_there).is_some() {
                    let (from, to) = (&steps[transition.from].id, &steps[transition.to].id);
                    let message = format!("there are two transitions between `{from}` and `{to}`");
                    report.add(&codes::CORRELATION_LINK, entry.span, message);
                    is_complete = false;
                }
                check_fields_of_step(&transition, &transitions, steps, entry.span, report);
                transitions.push(transition);
            }
            None => is_complete = false,
        }
    }
    is_complete.then_some(Sequence { transitions })
}

fn read_transition(
    fields: &Mapping,
    span: Span,
    steps: &[Step],
    lookback: Duration,
    report: &mut Report<'_>,
) -> Option<Transition> {
    let (from_id, to_id) = (text_at(fields, "From")?, text_at(fields, "To")?);
    let from = find_step(steps, from_id.0, "From", from_id.1, report);
    let to = find_step(steps, to_id.0, "To", to_id.1, report);
    let (from, to) = (from?, to?);
    let within = read_within(fields, lookback, report);
    let shared = read_match(fields.get("Match"), report);
    check_neighbours(from, to, steps, span, report)?;
    let (within, shared) = (within?, shared?);
    let id = text_at(fields, "ID").map(|(id, _)| id.to_owned());
    if from < to {
        return Some(Transition { id, from, to, within, shared });
    }
    let message = format!(
        "this transition goes from `{}` to `{}`, against the order of the steps; the order of the steps counts",
        from_id.0, to_id.0
    );
    report.add(&codes::AGAINST_ORDER, span, message);
    let shared = shared.map(|(from, to)| (to, from));
    Some(Transition { id, from: to, to: from, within, shared })
}

/// Steps are neighbours when nothing but absent steps lies between them.
fn check_neighbours(
    from: usize,
    to: usize,
    steps: &[Step],
    span: Span,
    report: &mut Report<'_>,
) -> Option<()> {
    let (first, last) = (from.min(to), from.max(to));
    let message = if first == last {
        format!("this transition leads from the step `{}` to itself", steps[from].id)
    } else {
        let Some(between) = steps[first + 1..last].iter().find(|step| !step.is_absent()) else {
            return Some(());
        };
        let (first, between, last) = (&steps[first].id, &between.id, &steps[last].id);
        format!("`{first}` and `{last}` are no neighbours: `{between}` lies between them")
    };
    report.add(&codes::CORRELATION_LINK, span, message);
    None
}

#[expect(clippy::option_option, reason = "absent and wrong are different answers")]
fn read_within(fields: &Mapping, lookback: Duration, report: &mut Report<'_>) -> Option<Option<Duration>> {
    let key = "WithinTimeFrameMinutes";
    let given = read_number(fields, key, 1, LOOKBACK_MINUTES_MAX, &codes::CORRELATION_TIME, report)?;
    let Some((count, span)) = given else { return Some(None) };
    if minutes(count) > lookback {
        let message = format!(
            "`{key}` is {count}, more than the look-back of {} minutes, which counts",
            lookback.as_secs() / 60
        );
        report.add(&codes::TIME_FRAME_LONG, span, message);
    }
    Some(Some(minutes(count).min(lookback)))
}

/// `Match` has one entry: `{On: path}` or `{From: path, To: path}`.
#[expect(clippy::option_option, reason = "absent and wrong are different answers")]
fn read_match(field: Option<&Field>, report: &mut Report<'_>) -> Option<Option<(FieldPath, FieldPath)>> {
    let Some(field) = field else { return Some(None) };
    let entries = field.value.as_list()?;
    let [entry] = entries else {
        let message = format!("`Match` has {} entries; it must have one", entries.len());
        report.add(&codes::CORRELATION_LINK, field.value.span, message);
        return None;
    };
    let fields = entry.as_map()?;
    let keys = ["On", "From", "To"].map(|key| fields.contains_key(key));
    match keys {
        [true, false, false] => {
            let path = read_path(fields, "On", report)?;
            Some(Some((path.clone(), path)))
        }
        [false, true, true] => {
            let (from, to) = (read_path(fields, "From", report), read_path(fields, "To", report));
            Some(Some((from?, to?)))
        }
        _ => {
            let message = "`Match` needs either `On`, or `From` and `To`".to_owned();
            report.add(&codes::CORRELATION_LINK, entry.span, message);
            None
        }
    }
}

/// One value runs through a chain: a step that two transitions match on two fields must have it in both.
fn check_fields_of_step(
    transition: &Transition,
    before: &[Transition],
    steps: &[Step],
    span: Span,
    report: &mut Report<'_>,
) {
    let ends = |transition: &Transition| {
        let shared = transition.shared.clone();
        shared.map(|(from, to)| [(transition.from, from), (transition.to, to)]).into_iter().flatten()
    };
    for (step, path) in ends(transition) {
        let other = before.iter().flat_map(ends).find(|(other, at)| *other == step && *at != path);
        if let Some((_, at)) = other {
            let message = format!(
                "the step `{}` is matched on `{}` and on `{}`; both must hold the one value of the chain",
                steps[step].id,
                at.as_str(),
                path.as_str()
            );
            report.add(&codes::TWO_FIELDS, span, message);
        }
    }
}

fn text_at<'m>(fields: &'m Mapping, key: &str) -> Option<(&'m str, Span)> {
    let field = fields.get(key)?;
    Some((field.value.as_text()?, field.value.span))
}

/// A path; one that cannot be read is reported.
fn read_path(fields: &Mapping, key: &str, report: &mut Report<'_>) -> Option<FieldPath> {
    let field = fields.get(key)?;
    let Yaml::Text(text) = &field.value.value else { return None };
    match FieldPath::parse(text) {
        Ok(path) => Some(path),
        Err(reason) => {
            let message = format!("`{key}` is `{text}`, which is no path: {reason}");
            let hint = "write it like `p_alert_context.user`, `list[0].name` or `p_enrichment.'My Table'.ip`";
            report.add_with_hint(&codes::CORRELATION_LINK, field.value.span, message, Some(hint.to_owned()));
            None
        }
    }
}
