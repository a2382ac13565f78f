//! Why a response of an identity provider does not sign anybody in.

use jiff::Timestamp;

use crate::signature::SignatureError;
use crate::xml::XmlError;

/// Why a response is refused. The text is for the log and for the operator; what to do is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The form field is not what a provider posts.
    #[error("the form field `SAMLResponse` is not base64")]
    NotBase64,
    /// The document cannot be read, or lacks a part.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// It is another document.
    #[error("the document is a `{found}`, not a `Response` of SAML 2.0")]
    NotAResponse {
        /// The name of its outermost element.
        found: String,
    },
    /// Two elements have the same identifier.
    #[error("two elements of the document have the identifier `{id}`")]
    DuplicateId {
        /// Which one.
        id: String,
    },
    /// The provider encrypts, which is not supported.
    #[error(
        "the response has an `{element}`, and encryption is not supported; switch assertion encryption off for this \
         application at the provider (the connection is encrypted anyway)"
    )]
    Encrypted {
        /// The encrypted element.
        element: String,
    },
    /// A signature is neither the response's nor the assertion's.
    #[error("a signature is inside of `{parent}`; only the response and the assertion may be signed")]
    MisplacedSignature {
        /// Where it is.
        parent: String,
    },
    /// Neither the response nor the assertion is signed.
    #[error("neither the response nor the assertion is signed; switch signing on at the provider")]
    Unsigned,
    /// A signature does not hold.
    #[error("the signature of the {element} is refused: {source}")]
    Signature {
        /// `Response` or `Assertion`.
        element: &'static str,
        /// Why.
        #[source]
        source: SignatureError,
    },
    /// There is not exactly one assertion.
    #[error("the response has {count} assertions, of which exactly one is accepted")]
    AssertionCount {
        /// How many there are, wherever they are.
        count: usize,
    },
    /// The assertion is hidden somewhere.
    #[error("the assertion is inside of `{parent}`, not of the response")]
    MisplacedAssertion {
        /// Where it is.
        parent: String,
    },
    /// It is of another version of SAML.
    #[error("the {element} has the version `{found}`, not `2.0`")]
    Version {
        /// `Response` or `Assertion`.
        element: &'static str,
        /// Its version.
        found: String,
    },
    /// The provider did not sign the person in, and says why.
    #[error("the provider answered `{code}`{message}")]
    Declined {
        /// The status codes, outer and inner.
        code: String,
        /// What it says, after a colon; empty when it says nothing.
        message: String,
    },
    /// A value is not the one that it has to be.
    #[error("{what} is `{found}`, not `{expected}`; {hint}")]
    Mismatch {
        /// Which value.
        what: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        expected: String,
        /// What to do.
        hint: &'static str,
    },
    /// A value that has to be there is not there.
    #[error("{what} is missing; {hint}")]
    Missing {
        /// Which value.
        what: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// A time is not one.
    #[error("{what} is `{found}`, not a time like `2026-01-31T12:00:00Z`")]
    BadTime {
        /// Which time.
        what: &'static str,
        /// What it is.
        found: String,
    },
    /// It is valid later.
    #[error("{what} is `{at}`, and now it is `{now}`; set the clocks of the provider and of this server")]
    TooEarly {
        /// Which time.
        what: &'static str,
        /// The time.
        at: Timestamp,
        /// Our time.
        now: Timestamp,
    },
    /// It was valid earlier.
    #[error("{what} is `{at}`, and now it is `{now}`: it is over; sign in again")]
    TooLate {
        /// Which time.
        what: &'static str,
        /// The time.
        at: Timestamp,
        /// Our time.
        now: Timestamp,
    },
    /// The assertion is valid under a condition that is not understood (SAML core, section 2.5.1).
    #[error("the assertion is valid under the condition `{name}`, which is not supported")]
    UnknownCondition {
        /// Its name.
        name: String,
    },
    /// The metadata of the provider may not be used any more (SAML metadata, section 2.3.2).
    #[error("the metadata of the provider was valid until `{valid_until}`; get it again")]
    MetadataExpired {
        /// Until when it could be used.
        valid_until: Timestamp,
    },
}

impl ResponseError {
    /// Whether newer metadata of the provider may help: it may have begun to sign with another certificate.
    pub fn is_about_unknown_key(&self) -> bool {
        match self {
            ResponseError::Signature { source, .. } => {
                matches!(source, SignatureError::Wrong { .. } | SignatureError::UnknownCertificate { .. })
            }
            ResponseError::MetadataExpired { .. } => true,
            _ => false,
        }
    }
}
