//! One log entry, checked against a schema and rewritten into events.
//!
//! The entry is walked once, in its own order, and taken apart on the way: strings and free-form
//! members move into the event without a copy.

use std::borrow::Cow;

use jiff::Timestamp;
use model::json::{NESTING_MAX, nesting, parse_json};
use serde_json::{Map, Value};

use crate::coerce;
use crate::column::column_name;
use crate::error::Mismatch;
use crate::indicator::Indicators;
use crate::native::Unwrapped;
use crate::types::{ObjectType, Schema, Type};

/// What one entry gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The events, in the entry's order; none when the entry is an empty envelope.
    pub events: Vec<Normalised>,
    /// Records of an envelope that do not fit although others of it do.
    pub rejected: Vec<Rejected>,
}

/// One event without its standard fields.
#[derive(Debug)]
pub struct Normalised {
    /// Fields in input order under their column names; times in the lake's format; no nulls.
    pub fields: Map<String, Value>,
    /// The first present event-time field, in the schema's order, depth first.
    pub event_time: Option<Timestamp>,
    /// What goes into `p_any_*`.
    pub indicators: Indicators,
    /// Keys that the schema does not declare, kept or not, and keys dropped because `p_` is reserved.
    /// Keys inside a kept unknown object are not counted again.
    pub unknown_keys: u64,
}

/// A record inside an envelope that does not fit.
#[derive(Debug)]
pub struct Rejected {
    /// The record as compact JSON.
    pub text: String,
    /// Why; the path begins with the envelope's key.
    pub mismatch: Mismatch,
}

impl Schema {
    /// Turns one entry into events.
    ///
    /// # Errors
    /// The entry is no object, a required field is missing, or a value has the wrong type or is not
    /// allowed. For an envelope: the first such mismatch when none of its records fits.
    pub fn normalise(&self, entry: Value) -> Result<Outcome, Mismatch> {
        let unwrapped = match self.native {
            Some(native) => native.unwrap(entry),
            None => Unwrapped::One(entry),
        };
        match unwrapped {
            Unwrapped::One(record) => {
                Ok(Outcome { events: vec![self.normalise_record(record)?], rejected: Vec::new() })
            }
            Unwrapped::Many(key, records) => self.normalise_records(key, records),
        }
    }

    fn normalise_records(&self, key: &str, records: Vec<Value>) -> Result<Outcome, Mismatch> {
        let mut outcome = Outcome::default();
        for (index, record) in records.into_iter().enumerate() {
            let text = record.to_string();
            match self.normalise_record(record) {
                Ok(event) => outcome.events.push(event),
                Err(mismatch) => {
                    let mismatch = mismatch.within_element(index).within(key);
                    outcome.rejected.push(Rejected { text, mismatch });
                }
            }
        }
        if outcome.events.is_empty() && !outcome.rejected.is_empty() {
            return Err(outcome.rejected.swap_remove(0).mismatch);
        }
        Ok(outcome)
    }

    fn normalise_record(&self, record: Value) -> Result<Normalised, Mismatch> {
        let Value::Object(mut object) = record else {
            return Err(coerce::wrong_kind("an object", &record));
        };
        if let Some(native) = self.native {
            native.prepare(&mut object)?;
        }
        let mut walk = Walk { discovery: self.discovery, ..Walk::default() };
        let fields = walk.object(&self.root, object)?;
        if let Some(native) = self.native {
            native.indicators(&fields, &mut walk.indicators);
        }
        walk.indicators.settle();
        Ok(Normalised {
            fields,
            event_time: walk.event_time.map(|(_, time)| time),
            indicators: walk.indicators,
            unknown_keys: walk.unknown_keys,
        })
    }
}

/// The state of one walk.
#[derive(Default)]
struct Walk {
    discovery: bool,
    indicators: Indicators,
    unknown_keys: u64,
    /// Positions of the fields on the way to the current value; orders event times.
    position: Vec<u16>,
    /// The best event time so far and where it stands.
    event_time: Option<(Vec<u16>, Timestamp)>,
    /// Objects and arrays around the current value.
    depth: usize,
}

impl Walk {
    /// Rewrites the members in place; the map is built anew only when a key has to change.
    fn object(
        &mut self,
        object: &ObjectType,
        mut members: Map<String, Value>,
    ) -> Result<Map<String, Value>, Mismatch> {
        let (mut has_absent, mut has_renamed) = (false, false);
        self.depth += 1;
        for (name, value) in &mut members {
            if let Some(&position) = object.by_name.get(name.as_str()) {
                let field = &object.fields[usize::from(position)];
                self.position.push(position);
                let typed =
                    self.value(&field.kind, value.take()).map_err(|mismatch| mismatch.within(&field.name))?;
                self.position.pop();
                *value = typed.unwrap_or(Value::Null);
                has_renamed |= field.column != field.name;
            } else {
                has_renamed |= self.unknown_key(object, name, value);
            }
            has_absent |= value.is_null();
        }
        self.depth -= 1;
        for &position in &object.required {
            let field = &object.fields[usize::from(position)];
            if members.get(&*field.name).is_none_or(Value::is_null) {
                return Err(Mismatch::missing(&field.name));
            }
        }
        if has_renamed {
            return Ok(renamed(Some(object), members));
        }
        if has_absent {
            members.retain(|_, value| !value.is_null());
        }
        Ok(members)
    }

    /// Counts a key that the schema does not declare; null is left in its place when it is not kept.
    /// Answers whether it needs another name.
    fn unknown_key(&mut self, object: &ObjectType, name: &str, value: &mut Value) -> bool {
        self.unknown_keys += 1;
        let column = column_name(name);
        let is_reserved = self.depth == 1 && column.starts_with("p_");
        if !self.discovery || is_reserved {
            *value = Value::Null;
            return false;
        }
        discover(value);
        *column != *name || object.columns.contains(&*column)
    }

    /// The value as its type asks for it; `None` when it counts as absent.
    fn value(&mut self, kind: &Type, value: Value) -> Result<Option<Value>, Mismatch> {
        match kind {
            Type::String { indicators, validate } => {
                let Some(text) = coerce::string(value)? else {
                    return Ok(None);
                };
                if let Some(rule) = validate.as_ref().and_then(|validate| validate.broken_rule(&text)) {
                    return Err(Mismatch::unfit(rule));
                }
                for indicator in indicators {
                    indicator.scan(&text, &mut self.indicators);
                }
                Ok(Some(Value::String(text)))
            }
            Type::Integer(width) => coerce::integer(value, *width),
            Type::Float => coerce::float(value),
            Type::Boolean => coerce::boolean(&value),
            Type::Timestamp { formats, is_event_time } => {
                let Some(text) = coerce::time_text(&value)? else {
                    return Ok(None);
                };
                let time = formats.iter().find_map(|format| format.parse(text));
                let time =
                    time.ok_or_else(|| Mismatch::unfit("value is a time in none of the field's formats"))?;
                if *is_event_time {
                    self.offer_event_time(time);
                }
                Ok(Some(Value::String(model::format_lake_time(time))))
            }
            Type::Array { element, embedded } => self.array(element, self.unpacked(*embedded, value)?),
            Type::Object { object, embedded } => match self.unpacked(*embedded, value)? {
                Value::Null => Ok(None),
                Value::Object(members) => {
                    self.object(object, members).map(|fields| Some(Value::Object(fields)))
                }
                other => Err(coerce::wrong_kind("an object", &other)),
            },
            Type::Json { embedded } => match self.unpacked(*embedded, value)? {
                Value::Null => Ok(None),
                value => Ok(Some(value)),
            },
        }
    }

    fn array(&mut self, element: &Type, value: Value) -> Result<Option<Value>, Mismatch> {
        let list = match value {
            Value::Null => return Ok(None),
            Value::Array(list) => list,
            other => return Err(coerce::wrong_kind("an array", &other)),
        };
        let mut output = Vec::with_capacity(list.len());
        self.depth += 1;
        for (index, value) in list.into_iter().enumerate() {
            let value = self.value(element, value).map_err(|mismatch| mismatch.within_element(index))?;
            output.extend(value);
        }
        self.depth -= 1;
        Ok(Some(Value::Array(output)))
    }

    /// The value itself, or what the JSON text in it holds when the field says `isEmbeddedJSON`.
    fn unpacked(&self, embedded: bool, value: Value) -> Result<Value, Mismatch> {
        let Value::String(text) = &value else {
            return Ok(value);
        };
        if !embedded {
            return Ok(value);
        }
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        let inner =
            parse_json(text).map_err(|_| Mismatch::unfit("text is not the JSON that the field promises"))?;
        if self.depth + nesting(&inner) > NESTING_MAX {
            return Err(Mismatch::unfit("embedded JSON makes the entry too deep"));
        }
        Ok(inner)
    }

    /// Keeps the event time that comes first in the schema; of equal places the first met. Year 1 is
    /// how Go programs write "no time".
    fn offer_event_time(&mut self, time: Timestamp) {
        const ZERO_TIME_SECONDS: i64 = -62_135_596_800;
        if time.as_second() == ZERO_TIME_SECONDS && time.subsec_nanosecond() == 0 {
            return;
        }
        if self.event_time.as_ref().is_none_or(|(best, _)| self.position < *best) {
            self.event_time = Some((self.position.clone(), time));
        }
    }
}

/// The members under their column names, without nulls. A key that the schema does not declare never
/// takes the column of another: it gets `_` behind its name.
fn renamed(object: Option<&ObjectType>, members: Map<String, Value>) -> Map<String, Value> {
    let mut output = Map::with_capacity(members.len());
    for (name, value) in members {
        if value.is_null() {
            continue;
        }
        if let Some(field) = object.and_then(|object| object.field(&name)) {
            output.insert(field.column.to_string(), value);
            continue;
        }
        let mut column = match column_name(&name) {
            Cow::Borrowed(_) => name,
            Cow::Owned(column) => column,
        };
        while object.is_some_and(|object| object.columns.contains(column.as_str()))
            || output.contains_key(&column)
        {
            column.push('_');
        }
        output.insert(column, value);
    }
    output
}

/// Rewrites a value whose key the schema does not know: keys become column names at every depth, null
/// members go; elements of arrays keep their places.
fn discover(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let mut needs_rewrite = false;
            for (name, member) in members.iter_mut() {
                discover(member);
                needs_rewrite |= member.is_null() || *column_name(name) != **name;
            }
            if needs_rewrite {
                *members = renamed(None, std::mem::take(members));
            }
        }
        Value::Array(list) => list.iter_mut().for_each(discover),
        _ => {}
    }
}
