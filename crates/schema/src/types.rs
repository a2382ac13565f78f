//! A compiled schema: the tree that [`crate::normalise`] walks.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ipnet::{Ipv4Net, Ipv6Net};
use model::LogType;

use crate::indicator::Indicator;
use crate::native::Native;
use crate::read::Warning;
use crate::time::TimeFormat;

/// One log type's schema, ready to run.
#[derive(Debug)]
pub struct Schema {
    pub(crate) log_type: LogType,
    pub(crate) description: String,
    pub(crate) reference_url: Option<String>,
    pub(crate) discovery: bool,
    pub(crate) native: Option<Native>,
    pub(crate) root: Arc<ObjectType>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) text: Arc<str>,
    pub(crate) is_built_in: bool,
}

impl Schema {
    /// The log type, in its canonical spelling.
    pub fn log_type(&self) -> &LogType {
        &self.log_type
    }

    /// What the log type is, for people; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Where the vendor describes the log, if the schema says so.
    pub fn reference_url(&self) -> Option<&str> {
        self.reference_url.as_deref()
    }

    /// Whether keys that the schema does not declare are kept (`fieldDiscoveryEnabled`).
    pub fn field_discovery_enabled(&self) -> bool {
        self.discovery
    }

    /// The document that it was read from.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Whether it comes with the product.
    pub fn is_built_in(&self) -> bool {
        self.is_built_in
    }

    /// Names of the fields at the top, in the order of the document.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        self.root.fields.iter().map(|field| field.name.as_ref())
    }

    /// What was odd in the document but did not stop it.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}

/// Known keys of one object.
#[derive(Debug)]
pub(crate) struct ObjectType {
    pub(crate) fields: Vec<Field>,
    pub(crate) by_name: HashMap<Box<str>, u16>,
    pub(crate) columns: HashSet<Box<str>>,
    pub(crate) required: Vec<u16>,
}

impl ObjectType {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.by_name.get(name).map(|&position| &self.fields[usize::from(position)])
    }
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: Box<str>,
    pub(crate) column: Box<str>,
    pub(crate) description: Box<str>,
    pub(crate) kind: Arc<Type>,
}

#[derive(Debug)]
pub(crate) enum Type {
    String { indicators: Vec<Indicator>, validate: Option<Validate> },
    Integer(Width),
    Float,
    Boolean,
    Timestamp { formats: Vec<TimeFormat>, is_event_time: bool },
    Array { element: Arc<Type>, embedded: bool },
    Object { object: Arc<ObjectType>, embedded: bool },
    Json { embedded: bool },
}

/// Bits of an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Small,
    Int,
    Big,
}

/// `validate` of a string; all parts must hold.
#[derive(Debug, Default)]
pub(crate) struct Validate {
    pub(crate) allow: Option<HashSet<String>>,
    pub(crate) deny: Option<HashSet<String>>,
    pub(crate) ip: Option<Family>,
    pub(crate) cidr: Option<Family>,
}

/// Which addresses pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    V4,
    V6,
    Any,
}

impl Validate {
    /// The rule that `text` breaks, or `None`.
    pub(crate) fn broken_rule(&self, text: &str) -> Option<&'static str> {
        if self.allow.as_ref().is_some_and(|allow| !allow.contains(text)) {
            return Some("value is not in the list `allow`");
        }
        if self.deny.as_ref().is_some_and(|deny| deny.contains(text)) {
            return Some("value is in the list `deny`");
        }
        let is_v4 = || text.parse::<std::net::Ipv4Addr>().is_ok();
        let is_v6 = || text.parse::<std::net::Ipv6Addr>().is_ok();
        if self.ip.is_some_and(|family| !family.holds(is_v4, is_v6)) {
            return Some("value is not an address of the kind that `ip` asks for");
        }
        let is_v4_network = || text.parse::<Ipv4Net>().is_ok();
        let is_v6_network = || text.parse::<Ipv6Net>().is_ok();
        if self.cidr.is_some_and(|family| !family.holds(is_v4_network, is_v6_network)) {
            return Some("value is not a network of the kind that `cidr` asks for");
        }
        None
    }
}

impl Family {
    fn holds(self, is_v4: impl Fn() -> bool, is_v6: impl Fn() -> bool) -> bool {
        match self {
            Family::V4 => is_v4(),
            Family::V6 => is_v6(),
            Family::Any => is_v4() || is_v6(),
        }
    }
}
