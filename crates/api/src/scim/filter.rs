//! What a list is restricted to: `filter` of a query.

use serde_json::Value;
use store::ProvisionedTerm;

use super::attributes::{Attribute, attribute_of};
use super::body::truth;
use super::error::{ScimError, ScimType};
use super::path::{Comparison, Term, parse_filter};

/// What an error says can be done.
const SUPPORTED: &str = "filters are `attribute eq \"value\"`, joined by `and`, on `userName`, `externalId`, `id`, `emails.value` and `active`";

/// Reads a filter. `None`: it is readable and nobody can pass it.
pub(super) fn read(text: &str) -> Result<Option<Vec<ProvisionedTerm>>, ScimError> {
    let terms = parse_filter(text).map_err(|problem| refuse(&problem))?;
    let mut wanted = Vec::new();
    for Term { path, value } in &terms {
        let name = path.text.as_str();
        let is_id = path.name == "id" && path.sub.is_none() && path.filter.is_empty();
        match (attribute_of(path), value) {
            (Some(Attribute::UserName), Some(value)) => {
                wanted.push(ProvisionedTerm::UserName(text_of(name, value)?))
            }
            (Some(Attribute::ExternalId), Some(value)) => {
                wanted.push(ProvisionedTerm::ExternalId(text_of(name, value)?));
            }
            (Some(Attribute::ReadOnly), Some(value)) if is_id => {
                wanted.push(ProvisionedTerm::Id(text_of(name, value)?));
            }
            (Some(Attribute::Active), Some(value)) => {
                let wish = truth(value).ok_or_else(|| refuse(&format!("`{name}` is `true` or `false`")))?;
                wanted.push(ProvisionedTerm::Enabled(wish));
            }
            (Some(Attribute::Emails), value) if path.sub.as_deref().is_none_or(|sub| sub == "value") => {
                for comparison in &path.filter {
                    match email_term(name, comparison)? {
                        Email::Any => {}
                        Email::Nobody => return Ok(None),
                        Email::One(term) => wanted.push(term),
                    }
                }
                if let Some(value) = value {
                    wanted.push(ProvisionedTerm::Email(text_of(name, value)?));
                }
            }
            _ => return Err(refuse(&format!("`{name}` cannot be compared"))),
        }
    }
    Ok(Some(wanted))
}

/// What a comparison of an address comes to. Everybody has one: it is primary, and of the type `work`.
enum Email {
    Any,
    Nobody,
    One(ProvisionedTerm),
}

fn email_term(name: &str, Comparison { attribute, value }: &Comparison) -> Result<Email, ScimError> {
    let of_all = |is_so: bool| if is_so { Email::Any } else { Email::Nobody };
    match attribute.as_str() {
        "type" => Ok(of_all(text_of(name, value)?.eq_ignore_ascii_case("work"))),
        "primary" => Ok(of_all(truth(value) == Some(true))),
        "value" => Ok(Email::One(ProvisionedTerm::Email(text_of(name, value)?))),
        other => Err(refuse(&format!("`{name}[{other} eq …]` cannot be compared"))),
    }
}

fn text_of(name: &str, value: &Value) -> Result<String, ScimError> {
    let text = value.as_str().ok_or_else(|| refuse(&format!("`{name}` is compared with a text")))?;
    Ok(text.to_owned())
}

fn refuse(problem: &str) -> ScimError {
    ScimError::bad(ScimType::InvalidFilter, format!("`filter`: {problem}; {SUPPORTED}"))
}
