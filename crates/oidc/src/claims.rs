//! What a provider says of a person. Source: OpenID Connect Core §5.1.

use serde_json::{Map, Value};

use crate::error::OidcError;
use crate::reply::Reply;

/// Most groups that are read; nobody is in more.
const GROUPS_MAX: usize = 10_000;

/// What is wanted besides who it is.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// The claim with the groups; dots lead into objects, unless there is a claim of this very name.
    pub groups_claim: &'a str,
}

/// What a provider says of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The person, unique at this provider for ever.
    pub subject: String,
    /// The address.
    pub email: Option<String>,
    /// Whether the provider vouches for it.
    pub is_email_verified: Option<bool>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// The groups; `None` when it does not speak of groups.
    pub groups: Option<Vec<String>>,
}

impl Claims {
    /// Reads claims that are known to hold.
    pub(crate) fn read(claims: &Map<String, Value>, wanted: Wanted<'_>) -> Result<Claims, OidcError> {
        let text = |name: &str| {
            claims.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
        };
        let subject =
            text("sub").ok_or_else(|| OidcError::Token { problem: "it names nobody (`sub`)".to_owned() })?;
        let (given_name, family_name) = match (text("given_name"), text("family_name"), text("name")) {
            (None, None, Some(name)) => split(&name),
            (given, family, _) => (given, family),
        };
        Ok(Claims {
            subject,
            email: text("email"),
            is_email_verified: claims.get("email_verified").and_then(truth),
            given_name,
            family_name,
            groups: groups_of(claims, wanted.groups_claim)?,
        })
    }

    /// Whether it is worth asking for more.
    pub fn lacks(&self, needs_groups: bool) -> bool {
        self.email.is_none() || (needs_groups && self.groups.is_none())
    }

    /// Whether nothing is said of what the address is worth; another place may say it.
    pub fn is_unsure(&self) -> bool {
        self.is_email_verified.is_none()
    }

    /// Takes over what was lacking. What the address is worth comes from where the address comes from.
    pub fn complete(&mut self, more: Claims) {
        if self.email.is_none() {
            (self.email, self.is_email_verified) = (more.email, more.is_email_verified);
        } else if self.is_email_verified.is_none() && self.email == more.email {
            self.is_email_verified = more.is_email_verified;
        }
        if self.given_name.is_none() && self.family_name.is_none() {
            (self.given_name, self.family_name) = (more.given_name, more.family_name);
        }
        self.groups = self.groups.take().or(more.groups);
    }
}

/// Reads what the provider says at another place of the person with this subject.
///
/// # Errors
/// [`OidcError::OtherSubject`]; [`OidcError::TooManyGroups`]; [`OidcError::Unreadable`] and the like.
pub fn read_userinfo(reply: Reply<'_>, subject: &str, wanted: Wanted<'_>) -> Result<Claims, OidcError> {
    let claims: Map<String, Value> = reply.json("the user information")?;
    // Source: OpenID Connect Core §5.3.2: otherwise nothing of it may be used.
    if claims.get("sub").and_then(Value::as_str) != Some(subject) {
        return Err(OidcError::OtherSubject);
    }
    Claims::read(&claims, wanted)
}

/// Some providers write `"true"`.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::Null => None,
        // Whatever else it is, it is no yes.
        _ => Some(false),
    }
}

fn split(name: &str) -> (Option<String>, Option<String>) {
    match name.trim().rsplit_once(char::is_whitespace) {
        Some((given, family)) => (Some(given.trim().to_owned()), Some(family.to_owned())),
        None => (Some(name.trim().to_owned()), None),
    }
}

fn groups_of(claims: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, OidcError> {
    let direct = claims.get(name);
    let nested = || {
        let mut parts = name.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |value, part| value.get(part))
    };
    let groups = match direct.or_else(nested) {
        Some(Value::Array(groups)) => {
            groups.iter().filter_map(Value::as_str).take(GROUPS_MAX).map(str::to_owned).collect()
        }
        Some(Value::String(group)) => vec![group.clone()],
        _ => {
            // Source: OpenID Connect Core §5.6.2; this is how Entra ID says that there are too many.
            let elsewhere = claims.get("_claim_names").and_then(Value::as_object);
            if elsewhere.is_some_and(|names| names.contains_key(name)) {
                return Err(OidcError::TooManyGroups);
            }
            return Ok(None);
        }
    };
    Ok(Some(groups))
}
