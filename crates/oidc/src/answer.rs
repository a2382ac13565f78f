//! What a browser brings back from a provider.

use crate::error::{OidcError, repeated};
use crate::metadata::Metadata;

/// Longest code. Providers put whole tokens into theirs.
const CODE_BYTES_MAX: usize = 8 << 10;

/// The query of the answer. That its `state` is the one of this browser is checked before anything else of it counts.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Answer {
    code: Option<String>,
    state: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
    description: Option<String>,
    /// A parameter that is there more than once. Source: RFC 6749 §3.1.
    doubled: Option<&'static str>,
}

impl Answer {
    /// Reads the query of the answer; what is not known is left out.
    pub fn read(query: &str) -> Answer {
        let mut answer = Answer::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let (name, place) = match name.as_ref() {
                "code" => ("code", &mut answer.code),
                "state" => ("state", &mut answer.state),
                "iss" => ("iss", &mut answer.issuer),
                "error" => ("error", &mut answer.error),
                "error_description" => ("error_description", &mut answer.description),
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                answer.doubled = Some(name);
            }
        }
        answer
    }

    /// What was sent along with the question.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The code, after everything that speaks against it.
    ///
    /// # Errors
    /// [`OidcError::Refused`]; [`OidcError::MixedUp`]; [`OidcError::Lacks`].
    pub fn code(&self, metadata: &Metadata) -> Result<&str, OidcError> {
        if let Some(name) = self.doubled {
            let problem = format!("`{name}` is there twice");
            return Err(OidcError::Unreadable { what: "the answer", problem });
        }
        match &self.issuer {
            Some(issuer) if *issuer != metadata.issuer => {
                return Err(OidcError::MixedUp { found: repeated(issuer) });
            }
            None if metadata.names_itself => return Err(OidcError::Lacks { name: "iss" }),
            _ => {}
        }
        if let Some(code) = &self.error {
            let description = self.description.as_deref().map(repeated);
            return Err(OidcError::Refused { code: repeated(code), description });
        }
        let code = self.code.as_deref().filter(|code| !code.is_empty());
        let code = code.ok_or(OidcError::Lacks { name: "code" })?;
        if code.len() > CODE_BYTES_MAX {
            let problem = format!("`code` has more than {CODE_BYTES_MAX} bytes");
            return Err(OidcError::Unreadable { what: "the answer", problem });
        }
        Ok(code)
    }
}
