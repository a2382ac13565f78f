//! Reads an assertion whose signature was verified, and checks that it is for us, for this request and for now.
//!
//! SAML core, section 2; SAML profiles, section 4.1.4.2. What is not checked: the `Address` of a confirmation, because
//! people sign in from behind proxies.

use jiff::Timestamp;

use crate::names::{ASSERTION, ASSERTION_ELEMENT, BEARER};
use crate::refusal::ResponseError;
use crate::response::{
    Attribute, Expected, SignedIn, check_equal, check_issue_instant, check_issuer, check_request,
    check_version, missing, read_time,
};
use crate::times;
use crate::xml::{Node, shown};

/// Reads the assertion.
pub(crate) fn read_assertion(
    assertion: Node<'_>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<SignedIn, ResponseError> {
    check_version(assertion, ASSERTION_ELEMENT)?;
    let id = assertion.attribute("ID").filter(|id| !id.is_empty());
    let id = id.ok_or(missing("the `ID` of the assertion"))?;
    check_issuer(assertion.required(ASSERTION, "Issuer")?, "the `Issuer` of the assertion", expected)?;
    check_issue_instant(assertion, "the `IssueInstant` of the assertion", now)?;

    let subject = assertion.required(ASSERTION, "Subject")?;
    let usable_until = check_confirmations(subject, expected, now)?;
    check_conditions(assertion.required(ASSERTION, "Conditions")?, expected, now)?;
    let session_not_on_or_after = check_statements(assertion, now)?;

    let name_id = subject.required(ASSERTION, "NameID")?;
    let name = name_id.text()?;
    if name.is_empty() {
        return Err(missing("the text of `NameID`"));
    }
    Ok(SignedIn {
        provider: expected.provider.entity_id.clone(),
        name_id: name,
        name_id_format: name_id.attribute("Format").map(str::to_owned),
        assertion_id: id.to_owned(),
        usable_until,
        session_not_on_or_after,
        attributes: read_attributes(assertion)?,
    })
}

/// One bearer confirmation has to hold (SAML core, section 2.4); the answer is until when one of them holds.
fn check_confirmations(
    subject: Node<'_>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Timestamp, ResponseError> {
    let mut usable_until = None;
    let mut first_error = None;
    for confirmation in subject.children_named(ASSERTION, "SubjectConfirmation") {
        if confirmation.attribute("Method") != Some(BEARER) {
            continue;
        }
        match check_confirmation(confirmation, expected, now) {
            Ok(until) => usable_until = usable_until.max(Some(until)),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    usable_until
        .ok_or_else(|| first_error.unwrap_or(missing("a `SubjectConfirmation` of the method `bearer`")))
}

fn check_confirmation(
    confirmation: Node<'_>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Timestamp, ResponseError> {
    let data = confirmation.required(ASSERTION, "SubjectConfirmationData")?;
    let what = "the `Recipient` of the assertion";
    let recipient = data.attribute("Recipient").ok_or(missing(what))?;
    let hint = "set the recipient (ACS URL) of this application at the provider";
    check_equal(what, recipient, &expected.service.acs_url, hint)?;
    check_request(data.attribute("InResponseTo"), "the `InResponseTo` of the assertion", expected)?;
    check_not_before(data, "the `NotBefore` of the confirmation", now)?;
    let what = "the `NotOnOrAfter` of the confirmation";
    let until = check_not_on_or_after(data, "NotOnOrAfter", what, now)?.ok_or(missing(what))?;
    Ok(times::later(until))
}

/// Every condition has to hold, and one that is not understood does not (SAML core, section 2.5.1.1).
fn check_conditions(
    conditions: Node<'_>,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), ResponseError> {
    check_not_before(conditions, "the `NotBefore` of the assertion", now)?;
    check_not_on_or_after(conditions, "NotOnOrAfter", "the `NotOnOrAfter` of the assertion", now)?;
    let mut is_restricted = false;
    for condition in conditions.children() {
        if condition.is(ASSERTION, "AudienceRestriction") {
            check_audience(condition, expected)?;
            is_restricted = true;
            continue;
        }
        // Every assertion is accepted once anyway, and none is handed on.
        let is_kept_anyway =
            condition.is(ASSERTION, "OneTimeUse") || condition.is(ASSERTION, "ProxyRestriction");
        if !is_kept_anyway {
            return Err(ResponseError::UnknownCondition { name: condition.local_name() });
        }
    }
    if is_restricted { Ok(()) } else { Err(missing("the `AudienceRestriction` of the assertion")) }
}

fn check_audience(restriction: Node<'_>, expected: &Expected<'_>) -> Result<(), ResponseError> {
    let audiences = restriction.children_named(ASSERTION, "Audience");
    let audiences = audiences.map(Node::text).collect::<Result<Vec<String>, _>>()?;
    let us = &expected.service.entity_id;
    if audiences.contains(us) {
        return Ok(());
    }
    Err(ResponseError::Mismatch {
        what: "the `Audience` of the assertion",
        found: shown(&audiences.join("`, `")),
        expected: us.clone(),
        hint: "set the audience (entity id) of this application at the provider",
    })
}

/// At least one statement says that the person was authenticated; the answer is when the session has to end.
fn check_statements(assertion: Node<'_>, now: Timestamp) -> Result<Option<Timestamp>, ResponseError> {
    let mut earliest = None;
    let mut is_authenticated = false;
    for statement in assertion.children_named(ASSERTION, "AuthnStatement") {
        is_authenticated = true;
        let what = "the `AuthnInstant` of the assertion";
        let at = read_time(statement, "AuthnInstant", what)?.ok_or(missing(what))?;
        if times::is_future(at, now) {
            return Err(ResponseError::TooEarly { what, at, now });
        }
        let what = "the `SessionNotOnOrAfter` of the assertion";
        if let Some(at) = check_not_on_or_after(statement, "SessionNotOnOrAfter", what, now)? {
            earliest = Some(earliest.map_or(at, |earlier: Timestamp| earlier.min(at)));
        }
    }
    if is_authenticated { Ok(earliest) } else { Err(missing("the `AuthnStatement` of the assertion")) }
}

fn check_not_before(node: Node<'_>, what: &'static str, now: Timestamp) -> Result<(), ResponseError> {
    match read_time(node, "NotBefore", what)? {
        Some(at) if times::is_future(at, now) => Err(ResponseError::TooEarly { what, at, now }),
        _ => Ok(()),
    }
}

fn check_not_on_or_after(
    node: Node<'_>,
    attribute: &str,
    what: &'static str,
    now: Timestamp,
) -> Result<Option<Timestamp>, ResponseError> {
    match read_time(node, attribute, what)? {
        Some(at) if times::is_over(at, now) => Err(ResponseError::TooLate { what, at, now }),
        at => Ok(at),
    }
}

/// The attributes of all statements; values of the same name come together.
fn read_attributes(assertion: Node<'_>) -> Result<Vec<Attribute>, ResponseError> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for statement in assertion.children_named(ASSERTION, "AttributeStatement") {
        for attribute in statement.children_named(ASSERTION, "Attribute") {
            let name = attribute.attribute("Name").ok_or(missing("the `Name` of an attribute"))?;
            let values = attribute.children_named(ASSERTION, "AttributeValue").map(Node::deep_text);
            match attributes.iter_mut().find(|known| known.name == name) {
                Some(known) => known.values.extend(values),
                None => attributes.push(Attribute { name: name.to_owned(), values: values.collect() }),
            }
        }
    }
    Ok(attributes)
}
