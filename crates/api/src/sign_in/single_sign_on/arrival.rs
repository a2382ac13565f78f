//! From somebody whom a provider vouches for to a person with a session.
//!
//! Protocols hand in what they verified; whom that is, what role it gets and whether it comes in is decided here, for
//! all of them alike. Source: `platform.md` §3.2, §3.3.

use axum::http::HeaderValue;
use axum::response::Response;
use jiff::Timestamp;
use model::{SignInMethod, User};
use serde_json::json;
use store::{ArrivalChange, ArrivalError, ArrivalForm, Arrived, Identity, PeopleError, RoleKey, StoreError};
use tracing::{info, warn};

use super::refusal::{Refusal, Why};
use super::{browser, to_page};
use crate::audit::slot::{AuditActor, Slot};
use crate::sign_in::cookie;
use crate::sign_in::sessions::{self, Place};
use crate::sign_in::settings::Provider;
use crate::state::ApiState;

/// Longest issuer and subject. Source: OpenID Connect Core §2 (`sub`).
const ID_CHARS_MAX: usize = 255;
/// Longest first or last name; what is longer is cut.
const NAME_CHARS_MAX: usize = 255;

/// Somebody as a provider describes it, after everything about its word was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Who vouches: `iss` of OpenID Connect, the entity id of SAML.
    pub(crate) issuer: String,
    /// The person, unique at that issuer for ever.
    pub(crate) subject: String,
    /// The address.
    pub(crate) email: Option<String>,
    /// Whether the provider vouches for the address; `None` when it does not speak of that.
    pub(crate) is_email_verified: Option<bool>,
    /// First name.
    pub(crate) given_name: Option<String>,
    /// Last name.
    pub(crate) family_name: Option<String>,
    /// The groups that the person is in.
    pub(crate) groups: Vec<String>,
    /// The role by name, where the provider names one outright.
    pub(crate) role: Option<String>,
    /// When the session ends at the latest, where the provider says so.
    pub(crate) session_until: Option<Timestamp>,
}

/// Opens a session for somebody whom a provider vouches for and sends the browser to `page`.
pub(crate) async fn arrive(
    state: &ApiState,
    provider: &Provider,
    method: SignInMethod,
    verified: Verified,
    page: &str,
    place: &Place,
) -> Response {
    let email = verified.email.clone().unwrap_or_default();
    let stranger = AuditActor::stranger(&verified.subject, &email);
    note(&place.audit, &verified);
    match come_in(state, provider, method, verified, place).await {
        Ok(session_cookie) => {
            place.audit.detail("provider", &provider.id.as_str().into());
            to_page(state, page, vec![session_cookie, browser::back(state)])
        }
        Err(refusal) => refusal.answer(state, place, &provider.id, Some(stranger)),
    }
}

/// `Set-Cookie` of the session of somebody who comes in.
async fn come_in(
    state: &ApiState,
    provider: &Provider,
    method: SignInMethod,
    verified: Verified,
    place: &Place,
) -> Result<HeaderValue, Refusal> {
    let until = verified.session_until;
    let form = form_of(provider, &state.sign_in.load().default_role, verified)?;
    let Arrived { user, change } = state.store.arrive(form).await.map_err(refused)?;
    tell(&user, &change, &provider.id, &place.audit);
    let (_, value) = sessions::begin(state, user, method, until, place).await?;
    Ok(cookie::opened(&value, state))
}

/// What is asked of the store, or why it need not be asked.
fn form_of(provider: &Provider, default_role: &str, verified: Verified) -> Result<ArrivalForm, Refusal> {
    let Verified {
        issuer,
        subject,
        email,
        is_email_verified,
        given_name,
        family_name,
        groups,
        role,
        session_until: _,
    } = verified;
    if ![&issuer, &subject].into_iter().all(|id| is_id(id)) {
        let reason =
            format!("issuer or subject is empty, longer than {ID_CHARS_MAX}, or holds control characters");
        return Err(Refusal::new(Why::ProviderWrong, reason));
    }
    let Some(email) = email.filter(|email| !email.is_empty()) else {
        let reason = format!(
            "the provider names no mail address of `{subject}`; have it send one: for OpenID Connect the claim \
             `email` (scope `email`), for SAML the attribute that `email_attribute` names"
        );
        return Err(Refusal::new(Why::NoEmail, reason));
    };
    if !model::is_email(&email) {
        let reason = format!("what the provider names as mail address of `{subject}` is none");
        return Err(Refusal::new(Why::NoEmail, reason));
    }
    if is_email_verified == Some(false) {
        let reason = format!("the provider says that `{email}` is not verified (`email_verified`: false)");
        return Err(Refusal::new(Why::EmailNotVerified, reason));
    }
    let domain = email.rsplit('@').next().unwrap_or_default().to_lowercase();
    if !provider.email_domains.is_empty() && !provider.email_domains.contains(&domain) {
        let reason = format!("`{email}` is of none of the domains of `email_domains`");
        return Err(Refusal::new(Why::DomainNotAllowed, reason));
    }
    let is_role_told = role.is_some() || !provider.role_map.is_empty();
    let role =
        role.or_else(|| role_of(&provider.role_map, &groups)).unwrap_or_else(|| default_role.to_owned());
    Ok(ArrivalForm {
        identity: Identity { issuer, subject },
        email,
        given_name: given_name.as_deref().and_then(name_of),
        family_name: family_name.as_deref().and_then(name_of),
        role: RoleKey::Name(role),
        is_role_told,
    })
}

/// The role by the first entry of the map whose group somebody is in.
fn role_of(map: &[(String, String)], groups: &[String]) -> Option<String> {
    map.iter().find(|(group, _)| groups.contains(group)).map(|(_, role)| role.clone())
}

fn is_id(text: &str) -> bool {
    (1..=ID_CHARS_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A name on one line, as long as names here may be.
fn name_of(text: &str) -> Option<String> {
    let line: String = text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect();
    Some(line.trim().to_owned()).filter(|name| !name.is_empty())
}

fn refused(error: StoreError) -> Refusal {
    let why = match &error {
        StoreError::Arrival { source: ArrivalError::Disabled { .. } } => Why::Disabled,
        StoreError::Arrival { .. } => Why::AccountExists,
        StoreError::People { source: PeopleError::NoSuchRole { .. } } => Why::NoRole,
        _ => return error.into(),
    };
    Refusal::new(why, error.to_string())
}

/// Notes for the audit log who the provider says it is.
fn note(audit: &Slot, verified: &Verified) {
    let Verified { issuer, subject, groups, role, .. } = verified;
    let mut identity = json!({ "issuer": issuer, "subject": subject, "groups": groups });
    if let Some(role) = role {
        identity["role"] = role.as_str().into();
    }
    audit.detail("identity", &identity);
}

/// Says what an arrival changed: in the log, and in the audit log.
fn tell(user: &User, change: &ArrivalChange, provider_id: &str, audit: &Slot) {
    let ArrivalChange { is_new, role_before, role_refused, email_refused } = change;
    let id = &user.id;
    audit.detail(
        "arrival",
        &json!({
            "isNew": is_new, "role": user.role_name, "roleBefore": role_before, "roleRefused": role_refused,
            "emailRefused": email_refused,
        }),
    );
    if *is_new {
        info!(user.id = %id, provider.id = provider_id, "a new person came by a provider, in the role `{}`", user.role_name);
    }
    if let Some(before) = role_before {
        let role = &user.role_name;
        info!(user.id = %id, provider.id = provider_id, "the provider changed the role from `{before}` to `{role}`");
    }
    if let Some(role) = role_refused {
        warn!(
            user.id = %id, provider.id = provider_id,
            "the provider gives the role `{role}`, and the last administrator with a password keeps the old one"
        );
    }
    if let Some(email) = email_refused {
        warn!(
            user.id = %id, provider.id = provider_id,
            "the provider gives the address `{email}`, which another user has; the old one stays"
        );
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn provider() -> Provider {
        let pair = |group: &str, role: &str| (group.to_owned(), role.to_owned());
        Provider {
            id: "okta".to_owned(),
            label: "Okta".to_owned(),
            role_map: vec![pair("admins", "Admin"), pair("everyone", "Analyst")],
            email_domains: vec!["example.com".to_owned()],
        }
    }

    fn verified() -> Verified {
        Verified {
            issuer: "https://id.example".to_owned(),
            subject: "1".to_owned(),
            email: Some("mira@Example.com".to_owned()),
            ..Verified::default()
        }
    }

    fn role(groups: &[&str], map: Vec<(String, String)>, outright: Option<&str>) -> (String, bool) {
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let verified = Verified { groups, role: outright.map(str::to_owned), ..verified() };
        let form = form_of(&Provider { role_map: map, ..provider() }, "Newcomer", verified).unwrap();
        let RoleKey::Name(name) = form.role else { panic!("a role by its id") };
        (name, form.is_role_told)
    }

    #[test]
    fn the_first_entry_of_the_map_decides() {
        let map = provider().role_map;
        assert_eq!(role(&["everyone", "admins"], map.clone(), None), ("Admin".to_owned(), true));
        assert_eq!(role(&["everyone"], map.clone(), None), ("Analyst".to_owned(), true));
        assert_eq!(role(&["Admins"], map.clone(), None), ("Newcomer".to_owned(), true), "letter case counts");
        assert_eq!(role(&["admins"], Vec::new(), None), ("Newcomer".to_owned(), false));
        assert_eq!(role(&["everyone"], map, Some("Own")), ("Own".to_owned(), true));
    }

    #[rstest]
    #[case::no_email(Verified { email: None, ..verified() }, Why::NoEmail)]
    #[case::empty_email(Verified { email: Some(String::new()), ..verified() }, Why::NoEmail)]
    #[case::no_address(Verified { email: Some("mira".to_owned()), ..verified() }, Why::NoEmail)]
    #[case::unverified(Verified { is_email_verified: Some(false), ..verified() }, Why::EmailNotVerified)]
    #[case::domain(Verified { email: Some("mira@example.org".to_owned()), ..verified() }, Why::DomainNotAllowed)]
    #[case::near(Verified { email: Some("mira@x.example.com".to_owned()), ..verified() }, Why::DomainNotAllowed)]
    #[case::no_subject(Verified { subject: String::new(), ..verified() }, Why::ProviderWrong)]
    #[case::odd_subject(Verified { subject: "a\nb".to_owned(), ..verified() }, Why::ProviderWrong)]
    #[case::long_subject(Verified { subject: "x".repeat(256), ..verified() }, Why::ProviderWrong)]
    fn some_do_not_come_in(#[case] verified: Verified, #[case] why: Why) {
        assert_eq!(form_of(&provider(), "Newcomer", verified).unwrap_err().why, why);
    }

    #[test]
    fn names_are_one_line() {
        let verified = Verified {
            given_name: Some(format!(" M\r\n{}", "i".repeat(300))),
            family_name: Some(" ".to_owned()),
            ..verified()
        };
        let form = form_of(&provider(), "Newcomer", verified).unwrap();
        assert_eq!(form.given_name.map(|name| name.chars().count()), Some(NAME_CHARS_MAX - 1));
        assert_eq!(form.family_name, None);
    }
}
