//! A person as a provider wants it to be: what is there, and what one body or several operations make of it.
//!
//! Every attribute is written by [`Draft::assign`] and taken away by [`Draft::remove`], whether its name comes from a
//! body, from inside an operation or from a path. What is not kept is noted, so that the answer can say so.

use std::collections::BTreeSet;

use model::is_email;
use serde_json::{Map, Value};
use store::{NewProvisioned, NewUser, Provisioned, ProvisionedForm, RoleKey, UserForm};
use uuid::Uuid;

use super::attributes::{Attribute, attribute_of};
use super::body::truth;
use super::error::{ScimError, ScimType};
use super::path::{AttributePath, Comparison, Schema, parse_path};
use super::values::{inner, is_primary, items, kind, main_email, main_role, role_of, text_of, truth_of};

/// Attributes that are noted as not kept.
const NOTED_MAX: usize = 32;

/// Where an attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In a whole person: null is as if it were not there.
    Body,
    /// In the value of an operation without a path.
    Value { is_add: bool },
    /// In the path of an operation: it is meant, so what cannot be done is refused.
    Path { is_add: bool },
}

/// Which role the person shall have.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wish {
    /// That which it has.
    Held,
    /// That of people for whom none is named.
    Default,
    /// Name or id.
    Named(String),
}

/// A person that is being written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    user_name: String,
    email: Option<String>,
    given_name: String,
    family_name: String,
    external_id: Option<String>,
    active: bool,
    role: Wish,
    /// Id and name of the role that the person has.
    held: Option<(String, String)>,
    /// The address follows the user name, because they are one.
    is_one: bool,
    is_email_given: bool,
    ignored: BTreeSet<String>,
}

impl Draft {
    /// Of somebody who is not there yet.
    pub(super) fn new() -> Draft {
        Draft {
            user_name: String::new(),
            email: None,
            given_name: String::new(),
            family_name: String::new(),
            external_id: None,
            active: true,
            role: Wish::Default,
            held: None,
            is_one: false,
            is_email_given: false,
            ignored: BTreeSet::new(),
        }
    }

    /// Of somebody who is there.
    pub(super) fn of(person: &Provisioned) -> Draft {
        let user = &person.user;
        Draft {
            user_name: person.user_name().to_owned(),
            email: Some(user.email.clone()),
            given_name: user.given_name.clone(),
            family_name: user.family_name.clone(),
            external_id: person.external_id.clone(),
            is_one: person.user_name() == user.email,
            ..Draft::replacing(person)
        }
    }

    /// Of somebody of whom everything is written anew, but role and state, which stay when nothing is said of them.
    pub(super) fn replacing(person: &Provisioned) -> Draft {
        let user = &person.user;
        Draft {
            active: user.enabled,
            role: Wish::Held,
            held: Some((user.role_id.clone(), user.role_name.clone())),
            ..Draft::new()
        }
    }

    /// Attributes that were given and are not kept.
    pub(super) fn ignored(&self) -> impl Iterator<Item = &str> {
        self.ignored.iter().map(String::as_str)
    }

    /// Writes all attributes of an object. Keys are paths: providers write `name.givenName` too.
    pub(super) fn assign_all(&mut self, object: &Map<String, Value>, place: Place) -> Result<(), ScimError> {
        let mut own = Vec::new();
        for (key, value) in object {
            let Ok(path) = parse_path(key) else {
                self.ignore(key);
                continue;
            };
            // Its role comes before `roles`, wherever it stands.
            if path.schema == Schema::Margay {
                own.push((path, value));
            } else {
                self.assign(&path, value, place)?;
            }
        }
        own.into_iter().try_for_each(|(path, value)| self.assign(&path, value, place))
    }

    /// Writes one attribute.
    pub(super) fn assign(
        &mut self,
        path: &AttributePath,
        value: &Value,
        place: Place,
    ) -> Result<(), ScimError> {
        let text = path.text.as_str();
        let Some(attribute) = attribute_of(path) else { return self.unknown(text, place) };
        if is_nothing(value) && !matches!(attribute, Attribute::NotKept | Attribute::ReadOnly) {
            return match place {
                Place::Body => Ok(()),
                Place::Value { .. } | Place::Path { .. } => self.remove(path, None),
            };
        }
        match attribute {
            Attribute::UserName => self.user_name = text_of(text, value)?,
            Attribute::ExternalId => {
                self.external_id = Some(text_of(text, value)?).filter(|id| !id.is_empty())
            }
            Attribute::Active => self.active = truth_of(text, value)?,
            Attribute::GivenName => self.given_name = text_of(text, value)?,
            Attribute::FamilyName => self.family_name = text_of(text, value)?,
            Attribute::Name => self.assign_names(text, value, place)?,
            Attribute::Emails => self.assign_emails(path, value, place)?,
            Attribute::Roles => self.assign_roles(path, value, place)?,
            Attribute::Role => self.role = wish(role_of(text, value)?),
            Attribute::Whole(schema) => self.assign_schema(text, schema, value, place)?,
            Attribute::NotKept => self.ignore(text),
            Attribute::ReadOnly => return read_only(text, place),
        }
        Ok(())
    }

    /// Takes one attribute away; of several values those that are listed, when some are.
    pub(super) fn remove(&mut self, path: &AttributePath, listed: Option<&Value>) -> Result<(), ScimError> {
        let text = path.text.as_str();
        let place = Place::Path { is_add: false };
        let Some(attribute) = attribute_of(path) else { return self.unknown(text, place) };
        let needed = |what: &str| Err(ScimError::bad(ScimType::Mutability, format!("`{text}` {what}")));
        match attribute {
            Attribute::UserName => return needed("is required and cannot be removed"),
            Attribute::Active => return needed("is always `true` or `false` and cannot be removed"),
            Attribute::Whole(Schema::Core) => return needed("cannot be removed; delete the user instead"),
            Attribute::ReadOnly => return read_only(text, place),
            Attribute::ExternalId => self.external_id = None,
            Attribute::GivenName => self.given_name.clear(),
            Attribute::FamilyName => self.family_name.clear(),
            Attribute::Name => {
                self.given_name.clear();
                self.family_name.clear();
            }
            Attribute::Emails if self.is_this_email(path, listed) => {
                (self.email, self.is_email_given) = (None, true);
            }
            Attribute::Roles if self.is_this_role(path, listed) => self.role = Wish::Default,
            Attribute::Emails | Attribute::Roles => {}
            Attribute::Role | Attribute::Whole(_) => self.role = Wish::Default,
            Attribute::NotKept => self.ignore(text),
        }
        Ok(())
    }

    /// What a new person is made of.
    pub(super) fn to_new(&self, default_role: RoleKey) -> Result<NewProvisioned, ScimError> {
        let (email, user_name) = self.names()?;
        let user = NewUser {
            email,
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            role: match &self.role {
                Wish::Named(name) => role_key(name),
                Wish::Held | Wish::Default => default_role,
            },
        };
        Ok(NewProvisioned { user, user_name, external_id: self.external_id.clone(), enabled: self.active })
    }

    /// What is to be changed of a person that is as `before`.
    pub(super) fn to_form(
        &self,
        before: &Provisioned,
        default_role: &RoleKey,
    ) -> Result<ProvisionedForm, ScimError> {
        let (email, user_name) = self.names()?;
        let user = &before.user;
        let role = match &self.role {
            Wish::Held => None,
            Wish::Default => Some(default_role.clone()),
            Wish::Named(name) => Some(role_key(name)),
        };
        let is_held = |key: &RoleKey| match key {
            RoleKey::Id(id) => *id == user.role_id,
            RoleKey::Name(name) => *name == user.role_name,
        };
        Ok(ProvisionedForm {
            user: UserForm {
                email: changed(email.clone(), &user.email),
                given_name: changed(self.given_name.clone(), &user.given_name),
                family_name: changed(self.family_name.clone(), &user.family_name),
                role: role.filter(|key| !is_held(key)),
                enabled: changed(self.active, &user.enabled),
            },
            // One that only follows the address is written down before the address goes its own way.
            user_name: Some(user_name).filter(|name| {
                *name != before.user_name() || (before.user_name.is_none() && email != user.email)
            }),
            external_id: changed(self.external_id.clone(), &before.external_id),
        })
    }

    /// The address, and what the provider calls the person.
    fn names(&self) -> Result<(String, String), ScimError> {
        if self.user_name.is_empty() {
            return Err(ScimError::value("`userName` is missing"));
        }
        let follows = self.is_one && !self.is_email_given && is_email(&self.user_name);
        let email = match &self.email {
            Some(email) if !follows => email.clone(),
            _ if is_email(&self.user_name) => self.user_name.clone(),
            _ => {
                let detail = "there is no mail address: send one in `emails`, or as `userName`";
                return Err(ScimError::value(detail));
            }
        };
        if !is_email(&email) {
            return Err(ScimError::value("`emails`: the value is no address such as `mira@example.com`"));
        }
        Ok((email, self.user_name.clone()))
    }

    fn assign_names(&mut self, text: &str, value: &Value, place: Place) -> Result<(), ScimError> {
        let Value::Object(object) = value else { return Err(must_be_object(text)) };
        for (key, value) in object {
            match parse_path(&format!("name.{key}")) {
                Ok(path) => self.assign(&path, value, within(place))?,
                Err(_) => self.ignore(&format!("{text}.{key}")),
            }
        }
        Ok(())
    }

    fn assign_schema(
        &mut self,
        text: &str,
        schema: Schema,
        value: &Value,
        place: Place,
    ) -> Result<(), ScimError> {
        let Value::Object(object) = value else { return Err(must_be_object(text)) };
        for (key, value) in object {
            let path = match parse_path(key) {
                Ok(path) if path.schema == Schema::Core && !path.name.is_empty() => path,
                _ => {
                    self.ignore(key);
                    continue;
                }
            };
            let path = AttributePath { text: format!("{text}:{key}"), schema, ..path };
            self.assign(&path, value, within(place))?;
        }
        Ok(())
    }

    fn assign_emails(&mut self, path: &AttributePath, value: &Value, place: Place) -> Result<(), ScimError> {
        let text = path.text.as_str();
        let is_ours = path.filter.iter().all(|comparison| self.email_has(comparison));
        if !is_ours {
            return self.no_such_item(text, place);
        }
        if path.sub.as_deref().is_some_and(|sub| sub != "value") {
            self.ignore(text);
            return Ok(());
        }
        let given = items(value);
        let chosen = main_email(given);
        // One more address beside the one that is kept.
        let is_further = |item: &Value| {
            let is_main = is_primary(item) || kind(item).is_none_or(|kind| kind == "work");
            place_is_add(place) && path.filter.is_empty() && !is_main
        };
        if given.len() > 1 || chosen.is_some_and(is_further) {
            self.ignore("emails");
        }
        let Some(item) = chosen.filter(|item| !is_further(item)) else { return Ok(()) };
        let Some(email) = inner(item) else {
            return Err(ScimError::value(format!("`{text}` must hold an address as `value`")));
        };
        let email = text_of(text, email)?;
        if !is_email(&email) {
            let detail = format!("`{text}`: the value is no address such as `mira@example.com`");
            return Err(ScimError::value(detail));
        }
        (self.email, self.is_email_given) = (Some(email), true);
        Ok(())
    }

    fn assign_roles(&mut self, path: &AttributePath, value: &Value, place: Place) -> Result<(), ScimError> {
        let text = path.text.as_str();
        if !path.filter.iter().all(|comparison| self.role_has(comparison)) && !place_is_add(place) {
            return self.no_such_item(text, place);
        }
        if path.sub.as_deref().is_some_and(|sub| sub != "value") {
            self.ignore(text);
            return Ok(());
        }
        let given = items(value);
        if given.len() > 1 {
            self.ignore("roles");
        }
        if let Some(item) = main_role(given) {
            self.role = wish(role_of(text, item)?);
        }
        Ok(())
    }

    /// What a filter names is not there: it can be added without being kept, and not be replaced.
    fn no_such_item(&mut self, text: &str, place: Place) -> Result<(), ScimError> {
        if place == (Place::Path { is_add: false }) {
            return Err(ScimError::bad(ScimType::NoTarget, format!("nothing is there that `{text}` names")));
        }
        self.ignore(text);
        Ok(())
    }

    fn is_this_email(&self, path: &AttributePath, listed: Option<&Value>) -> bool {
        let is_value = path.sub.as_deref().is_none_or(|sub| sub == "value");
        let is_listed = listed.is_none_or(|listed| {
            let of_item = |item: &Value| inner(item).is_some_and(|value| self.is_email(value));
            items(listed).iter().any(of_item)
        });
        is_value && is_listed && path.filter.iter().all(|comparison| self.email_has(comparison))
    }

    fn is_this_role(&self, path: &AttributePath, listed: Option<&Value>) -> bool {
        let is_value = path.sub.as_deref().is_none_or(|sub| sub == "value");
        let is_listed = listed.is_none_or(|listed| {
            let of_item =
                |item: &Value| role_of(&path.text, item).is_ok_and(|role| self.is_role(&Value::String(role)));
            items(listed).iter().any(of_item)
        });
        is_value && is_listed && path.filter.iter().all(|comparison| self.role_has(comparison))
    }

    /// Whether a comparison holds for the one address: it is primary, and of the type `work`.
    fn email_has(&self, Comparison { attribute, value }: &Comparison) -> bool {
        match attribute.as_str() {
            "type" => value.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work")),
            "primary" => truth(value) == Some(true),
            "value" => self.is_email(value),
            _ => false,
        }
    }

    /// Whether a comparison holds for the one role. Its type is not kept, so that any will do.
    fn role_has(&self, Comparison { attribute, value }: &Comparison) -> bool {
        match attribute.as_str() {
            "type" => true,
            "primary" => truth(value) == Some(true),
            "value" | "display" => self.is_role(value),
            _ => false,
        }
    }

    fn is_email(&self, value: &Value) -> bool {
        let email = self.email.as_deref().unwrap_or(&self.user_name).to_lowercase();
        value.as_str().is_some_and(|text| text.to_lowercase() == email)
    }

    fn is_role(&self, value: &Value) -> bool {
        let Some(text) = value.as_str() else { return false };
        match (&self.role, &self.held) {
            (Wish::Named(name), _) => name == text,
            (Wish::Held, Some((id, name))) => id == text || name == text,
            (Wish::Default, _) | (Wish::Held, None) => false,
        }
    }

    fn unknown(&mut self, text: &str, place: Place) -> Result<(), ScimError> {
        if let Place::Path { .. } = place {
            let detail =
                format!("`{text}` is no attribute of a user; see /scim/v2/Schemas for those that are");
            return Err(ScimError::bad(ScimType::InvalidPath, detail));
        }
        self.ignore(text);
        Ok(())
    }

    fn ignore(&mut self, text: &str) {
        if self.ignored.len() < NOTED_MAX {
            self.ignored.insert(text.to_owned());
        }
    }
}

/// What stands in an object was not named by a path itself.
fn within(place: Place) -> Place {
    match place {
        Place::Path { is_add } => Place::Value { is_add },
        other => other,
    }
}

fn place_is_add(place: Place) -> bool {
    matches!(place, Place::Value { is_add: true } | Place::Path { is_add: true })
}

/// Null and the empty list say that there is nothing. Source: RFC 7643 §2.5.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn read_only(text: &str, place: Place) -> Result<(), ScimError> {
    match place {
        Place::Path { .. } => {
            Err(ScimError::bad(ScimType::Mutability, format!("`{text}` is read-only; leave it out")))
        }
        Place::Body | Place::Value { .. } => Ok(()),
    }
}

fn must_be_object(text: &str) -> ScimError {
    ScimError::value(format!("`{text}` must be an object"))
}

fn wish(role: String) -> Wish {
    if role.is_empty() { Wish::Default } else { Wish::Named(role) }
}

fn role_key(text: &str) -> RoleKey {
    match Uuid::try_parse(text) {
        Ok(_) => RoleKey::Id(text.to_owned()),
        Err(_) => RoleKey::Name(text.to_owned()),
    }
}

fn changed<T: PartialEq>(wanted: T, there: &T) -> Option<T> {
    (wanted != *there).then_some(wanted)
}
