//! Why a provider, or what it says, cannot be believed.

/// Longest text of a provider that an error repeats, in characters.
const SAID_CHARS_MAX: usize = 200;

/// What is wrong. No variant holds a secret, a code or a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// The provider answered with another status than the one that was hoped for.
    #[error("the provider answers {status} for {what}{}", ending(.said.as_deref()))]
    Status {
        /// What was asked for.
        what: &'static str,
        /// The status.
        status: u16,
        /// What it said about that.
        said: Option<String>,
    },
    /// The answer cannot be read.
    #[error("{what} of the provider cannot be read: {problem}")]
    Unreadable {
        /// What was asked for.
        what: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody else's documents lie at the address of the issuer.
    #[error(
        "the provider calls itself `{found}` and `issuer` of the configuration is `{expected}`; they must be equal to the last character"
    )]
    OtherIssuer {
        /// What is configured.
        expected: String,
        /// What the documents say.
        found: String,
    },
    /// An address in the documents that nothing is sent to.
    #[error("`{name}` of the provider is no https address")]
    BadEndpoint {
        /// Its name.
        name: &'static str,
    },
    /// The provider lacks something without which there is no safe sign-in.
    #[error("the provider does not support {what}")]
    Unsupported {
        /// What is lacking.
        what: &'static str,
    },
    /// The provider, or the person there, said no.
    #[error("the provider refused: `{code}`{}", ending(.description.as_deref()))]
    Refused {
        /// The word of the provider.
        code: String,
        /// Its sentence.
        description: Option<String>,
    },
    /// The answer that a browser brings lacks something.
    #[error("the answer lacks `{name}`")]
    Lacks {
        /// The parameter.
        name: &'static str,
    },
    /// The answer is that of another provider.
    #[error("the answer is of `{found}` and not of the provider that was asked")]
    MixedUp {
        /// Who gave it.
        found: String,
    },
    /// The ID token is signed with a key that is not among the provider's.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The ID token does not hold.
    #[error("the ID token does not hold: {problem}")]
    Token {
        /// Why.
        problem: String,
    },
    /// What the provider says at another place is about somebody else.
    #[error("the user information is about somebody else than the ID token")]
    OtherSubject,
    /// The groups of the person are elsewhere.
    #[error(
        "the person is in more groups than fit into a token; have the provider send only those that are assigned to \
         this application"
    )]
    TooManyGroups,
}

impl OidcError {
    /// Whether the person or the provider called the sign-in off.
    pub fn is_cancelled(&self) -> bool {
        // Source: RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6.
        let words = ["access_denied", "login_required", "interaction_required", "consent_required"];
        matches!(self, OidcError::Refused { code, .. } if words.contains(&code.as_str()))
    }

    /// Whether a later try may succeed although nothing is changed.
    pub fn is_transient(&self) -> bool {
        match self {
            OidcError::Status { status, .. } => *status >= 500 || *status == 429,
            OidcError::Refused { code, .. } => {
                matches!(code.as_str(), "temporarily_unavailable" | "server_error")
            }
            _ => false,
        }
    }
}

/// What a provider said, as it can be repeated: one line, not too long.
pub(crate) fn repeated(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID_CHARS_MAX).collect()
}

fn ending(text: Option<&str>) -> String {
    text.map(|text| format!(": {text}")).unwrap_or_default()
}
