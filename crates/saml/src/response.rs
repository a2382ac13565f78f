//! Reads what an identity provider answers to a request of ours: who signed in, or why nobody did.
//!
//! SAML profiles, section 4.1.4: the response of the web browser single sign-on profile, by HTTP POST.
//! A signed response or a signed assertion is enough; when both are signed, both signatures have to hold.
//! Of an unsigned response only the assertion says who signed in; its own values (destination, issuer, the request
//! that it answers) are checked nevertheless, and the assertion repeats those that matter.
//!
//! Used once: that is for the caller, who remembers [`SignedIn::assertion_id`] until [`SignedIn::usable_until`].

use jiff::Timestamp;

use crate::assertion::read_assertion;
use crate::canonical::CANONICAL_BYTES_MAX;
use crate::certificate::{Certificate, decode_base64};
use crate::names::{ASSERTION, ASSERTION_ELEMENT, ENTITY, PROTOCOL, RESPONSE_ELEMENT, SIGNATURE, SUCCESS};
use crate::provider::IdentityProvider;
use crate::refusal::ResponseError;
use crate::service::ServiceProvider;
use crate::signature::{check_identifiers, verify};
use crate::times;
use crate::xml::{DOCUMENT_BYTES_MAX, Node, Xml, XmlError, shown};

/// How long the form field may be: base64 needs a third more, and may be broken into lines.
pub const FIELD_BYTES_MAX: usize = 2 * DOCUMENT_BYTES_MAX;

/// What a response has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Whom we asked.
    pub provider: &'a IdentityProvider,
    /// Who we are.
    pub service: &'a ServiceProvider,
    /// The identifier of the request that this browser began.
    pub request_id: &'a str,
}

/// Who signed in, as the provider says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// The entity id of the provider.
    pub provider: String,
    /// The name that the provider has for the person.
    pub name_id: String,
    /// What kind of name that is, when the provider says it.
    pub name_id_format: Option<String>,
    /// The identifier of the assertion, to be accepted once.
    pub assertion_id: String,
    /// From this time on the assertion is refused as expired, so its identifier can be forgotten (with the leeway for
    /// clocks).
    pub usable_until: Timestamp,
    /// When the provider wants the session to end at the latest.
    pub session_not_on_or_after: Option<Timestamp>,
    /// What else the provider says about the person, in its order.
    pub attributes: Vec<Attribute>,
}

/// One thing that the provider says about the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its values, without the white space around them.
    pub values: Vec<String>,
}

impl SignedIn {
    /// The values of the attribute of this name; none when there is no such attribute.
    pub fn values(&self, name: &str) -> &[String] {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name);
        attribute.map(|attribute| attribute.values.as_slice()).unwrap_or_default()
    }
}

/// Reads the form field `SAMLResponse` (SAML bindings, section 3.5.4).
pub fn read_response_field(
    field: &str,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<SignedIn, ResponseError> {
    if field.len() > FIELD_BYTES_MAX {
        return Err(XmlError::TooLarge { bytes: field.len(), bytes_max: FIELD_BYTES_MAX }.into());
    }
    let xml = decode_base64(field).ok_or(ResponseError::NotBase64)?;
    read_response(&xml, expected, now)
}

/// Reads a response.
pub fn read_response(xml: &[u8], expected: &Expected<'_>, now: Timestamp) -> Result<SignedIn, ResponseError> {
    let valid_until = expected.provider.valid_until;
    if let Some(valid_until) = valid_until.filter(|&valid_until| times::is_over(valid_until, now)) {
        return Err(ResponseError::MetadataExpired { valid_until });
    }
    let document = Xml::parse_bytes(xml)?;
    let response = document.root();
    check_document(response)?;

    let certificates = &expected.provider.certificates;
    let signed_response = verify_element(response, RESPONSE_ELEMENT, certificates)?;
    let signed_response = signed_response.as_deref().map(parse_signed).transpose()?;
    match &signed_response {
        Some(signed) => check_head(signed.root(), true, expected, now)?,
        None => check_head(response, false, expected, now)?,
    }

    let assertion = only_assertion(response)?;
    match verify_element(assertion, ASSERTION_ELEMENT, certificates)? {
        Some(signed) => read_assertion(parse_signed(&signed)?.root(), expected, now),
        None => {
            let signed = signed_response.ok_or(ResponseError::Unsigned)?;
            read_assertion(only_assertion(signed.root())?, expected, now)
        }
    }
}

/// Reads bytes whose signature was verified.
fn parse_signed(bytes: &str) -> Result<Xml<'_>, XmlError> {
    Xml::parse(bytes, CANONICAL_BYTES_MAX)
}

/// What must hold for the whole document, signed or not.
fn check_document(response: Node<'_>) -> Result<(), ResponseError> {
    if !response.is(PROTOCOL, RESPONSE_ELEMENT) {
        return Err(ResponseError::NotAResponse { found: response.local_name() });
    }
    if let Some(id) = check_identifiers(response) {
        return Err(ResponseError::DuplicateId { id });
    }
    for node in response.descendants() {
        let encrypted = ["EncryptedAssertion", "EncryptedID", "EncryptedAttribute"];
        if encrypted.iter().any(|name| node.is(ASSERTION, name)) {
            return Err(ResponseError::Encrypted { element: node.local_name() });
        }
        if node.is(SIGNATURE, "Signature") {
            check_place(node, response)?;
        }
    }
    Ok(())
}

/// Only the response and the assertion directly inside of it may be signed.
fn check_place(signature: Node<'_>, response: Node<'_>) -> Result<(), ResponseError> {
    let Some(parent) = signature.parent() else { return Ok(()) };
    let is_in_response = parent.id() == response.id();
    let is_in_assertion = parent.is(ASSERTION, ASSERTION_ELEMENT)
        && parent.parent().is_some_and(|grandparent| grandparent.id() == response.id());
    if is_in_response || is_in_assertion {
        Ok(())
    } else {
        Err(ResponseError::MisplacedSignature { parent: parent.local_name() })
    }
}

fn verify_element(
    node: Node<'_>,
    element: &'static str,
    certificates: &[Certificate],
) -> Result<Option<String>, ResponseError> {
    verify(node, certificates).map_err(|source| ResponseError::Signature { element, source })
}

/// The one assertion of the whole document, directly inside of the response.
fn only_assertion(response: Node<'_>) -> Result<Node<'_>, ResponseError> {
    let mut assertions = response.descendants().filter(|node| node.is(ASSERTION, ASSERTION_ELEMENT));
    let first = assertions.next();
    let count = usize::from(first.is_some()) + assertions.count();
    let (Some(assertion), 1) = (first, count) else { return Err(ResponseError::AssertionCount { count }) };
    let parent = assertion.parent().unwrap_or(assertion);
    if parent.id() == response.id() {
        Ok(assertion)
    } else {
        Err(ResponseError::MisplacedAssertion { parent: parent.local_name() })
    }
}

/// Checks what the response itself says (SAML core, sections 3.2.2 and 3.2.2.2).
fn check_head(
    response: Node<'_>,
    is_signed: bool,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<(), ResponseError> {
    check_version(response, RESPONSE_ELEMENT)?;
    check_request(response.attribute("InResponseTo"), "the `InResponseTo` of the response", expected)?;
    check_status(response)?;
    match response.optional(ASSERTION, "Issuer")? {
        Some(issuer) => check_issuer(issuer, "the `Issuer` of the response", expected)?,
        // SAML profiles, section 4.1.4.2: it may be left out of an unsigned response.
        None if is_signed => return Err(missing("the `Issuer` of the response")),
        None => {}
    }
    match response.attribute("Destination") {
        Some(destination) => check_equal(
            "the `Destination` of the response",
            destination,
            &expected.service.acs_url,
            "set the assertion consumer service (ACS) URL of this application at the provider",
        )?,
        // SAML bindings, section 3.5.5.2: a signed response has to say it.
        None if is_signed => return Err(missing("the `Destination` of the response")),
        None => {}
    }
    check_issue_instant(response, "the `IssueInstant` of the response", now)
}

fn check_status(response: Node<'_>) -> Result<(), ResponseError> {
    let status = response.required(PROTOCOL, "Status")?;
    let code = status.required(PROTOCOL, "StatusCode")?;
    let outer = code.attribute("Value").unwrap_or_default();
    if outer == SUCCESS {
        return Ok(());
    }
    let inner = code.optional(PROTOCOL, "StatusCode")?.and_then(|inner| inner.attribute("Value"));
    let code = inner.map_or_else(|| outer.to_owned(), |inner| format!("{outer} {inner}"));
    let message = status.optional(PROTOCOL, "StatusMessage")?.map(Node::deep_text);
    let message = message.filter(|message| !message.is_empty());
    Err(ResponseError::Declined {
        code: shown(&code),
        message: message.map(|message| format!(": {}", shown(&message))).unwrap_or_default(),
    })
}

pub(crate) fn check_version(node: Node<'_>, element: &'static str) -> Result<(), ResponseError> {
    match node.attribute("Version").unwrap_or_default() {
        "2.0" => Ok(()),
        other => Err(ResponseError::Version { element, found: shown(other) }),
    }
}

pub(crate) fn check_request(
    in_response_to: Option<&str>,
    what: &'static str,
    expected: &Expected<'_>,
) -> Result<(), ResponseError> {
    let hint = "begin at the sign-in page of this server; a sign-in that the provider begins is not accepted";
    let found = in_response_to.ok_or(ResponseError::Missing { what, hint })?;
    check_equal(what, found, expected.request_id, hint)
}

pub(crate) fn check_issuer(
    issuer: Node<'_>,
    what: &'static str,
    expected: &Expected<'_>,
) -> Result<(), ResponseError> {
    let hint = "use the metadata of the provider that answered";
    check_equal(what, &issuer.text()?, &expected.provider.entity_id, hint)?;
    check_equal("the format of the issuer", issuer.attribute("Format").unwrap_or(ENTITY), ENTITY, hint)
}

pub(crate) fn check_issue_instant(
    node: Node<'_>,
    what: &'static str,
    now: Timestamp,
) -> Result<(), ResponseError> {
    let at = read_time(node, "IssueInstant", what)?.ok_or(missing(what))?;
    if times::is_future(at, now) { Err(ResponseError::TooEarly { what, at, now }) } else { Ok(()) }
}

/// The time in an attribute, when the attribute is there.
pub(crate) fn read_time(
    node: Node<'_>,
    attribute: &str,
    what: &'static str,
) -> Result<Option<Timestamp>, ResponseError> {
    let Some(text) = node.attribute(attribute) else { return Ok(None) };
    let at = times::parse(text).ok_or_else(|| ResponseError::BadTime { what, found: shown(text) })?;
    Ok(Some(at))
}

pub(crate) fn check_equal(
    what: &'static str,
    found: &str,
    expected: &str,
    hint: &'static str,
) -> Result<(), ResponseError> {
    if found == expected {
        return Ok(());
    }
    Err(ResponseError::Mismatch { what, found: shown(found), expected: shown(expected), hint })
}

pub(crate) fn missing(what: &'static str) -> ResponseError {
    ResponseError::Missing { what, hint: "the provider has to send it" }
}
