//! What a path finds: a value of the event, or a list of such values. Nothing is copied out of the event.

use serde_json::{Map, Value};

/// Something to compare.
#[derive(Clone, Copy, Debug)]
pub(super) enum View<'a> {
    /// A value of the event, or a constant.
    Json(&'a Value),
    /// What `[*]` found.
    List(&'a [Found<'a>]),
}

/// What a path found.
#[derive(Clone, Debug)]
pub(super) enum Found<'a> {
    /// Nothing.
    Missing,
    /// One value.
    Seen(View<'a>),
    /// What the rest of the path found in every element of a list, without what is missing or null.
    Every(Vec<Found<'a>>),
}

impl<'a> Found<'a> {
    /// The value; `None` when nothing was found.
    pub(super) fn view(&self) -> Option<View<'_>> {
        match self {
            Found::Missing => None,
            Found::Seen(view) => Some(*view),
            Found::Every(list) => Some(View::List(list)),
        }
    }

    /// The value; `None` when nothing or null was found.
    pub(super) fn value(&self) -> Option<View<'_>> {
        self.view().filter(|view| !view.is_null())
    }
}

impl<'a> View<'a> {
    pub(super) fn is_null(self) -> bool {
        matches!(self, View::Json(Value::Null))
    }

    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            View::Json(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn object(self) -> Option<&'a Map<String, Value>> {
        match self {
            View::Json(Value::Object(object)) => Some(object),
            _ => None,
        }
    }

    /// The elements, when it is a list.
    pub(super) fn elements(self) -> Option<Elements<'a>> {
        match self {
            View::Json(Value::Array(list)) => Some(Elements::Json(list.iter())),
            View::List(list) => Some(Elements::Found(list.iter())),
            View::Json(_) => None,
        }
    }

    /// An element of a list, from 0; negative from its end.
    pub(super) fn index(self, index: i64) -> Option<View<'a>> {
        let length = match self {
            View::Json(Value::Array(list)) => list.len(),
            View::List(list) => list.len(),
            View::Json(_) => return None,
        };
        let from_start = if index < 0 { i64::try_from(length).ok()?.checked_add(index)? } else { index };
        let position = usize::try_from(from_start).ok()?;
        match self {
            View::Json(Value::Array(list)) => list.get(position).map(View::Json),
            View::List(list) => list.get(position)?.view(),
            View::Json(_) => None,
        }
    }

    /// Length of a text, list or object; `None` for what has none.
    pub(super) fn is_empty(self) -> Option<bool> {
        match self {
            View::Json(Value::String(text)) => Some(text.is_empty()),
            View::Json(Value::Array(list)) => Some(list.is_empty()),
            View::Json(Value::Object(object)) => Some(object.is_empty()),
            View::List(list) => Some(list.is_empty()),
            View::Json(_) => None,
        }
    }

    /// The name of its type in Python.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            View::List(_) | View::Json(Value::Array(_)) => "list",
            View::Json(Value::Null) => "NoneType",
            View::Json(Value::Bool(_)) => "bool",
            View::Json(Value::String(_)) => "str",
            View::Json(Value::Object(_)) => "dict",
            View::Json(Value::Number(number)) if super::number::is_float(number) => "float",
            View::Json(Value::Number(_)) => "int",
        }
    }

    /// A copy for alert contexts and dedup strings.
    pub(super) fn to_json(self) -> Value {
        match self {
            View::Json(value) => value.clone(),
            View::List(list) => {
                Value::Array(list.iter().filter_map(Found::view).map(View::to_json).collect())
            }
        }
    }
}

/// Elements of a list.
pub(super) enum Elements<'a> {
    /// Of a list in the event.
    Json(std::slice::Iter<'a, Value>),
    /// Of what `[*]` found.
    Found(std::slice::Iter<'a, Found<'a>>),
}

impl<'a> Iterator for Elements<'a> {
    type Item = View<'a>;

    fn next(&mut self) -> Option<View<'a>> {
        match self {
            Elements::Json(list) => list.next().map(View::Json),
            Elements::Found(list) => list.find_map(Found::view),
        }
    }
}
