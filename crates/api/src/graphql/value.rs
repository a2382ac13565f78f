//! Values between JSON and GraphQL, and arguments as their types want them.
//!
//! By hand and not by `serde`: numbers keep all their digits here, which generic conversions cannot do.

use async_graphql::parser::types::{BaseType, Type};
use async_graphql::{Name, Value as ConstValue};
use serde_json::{Map, Value};

use super::types::{InputShape, Shape, Types};

/// A JSON value as GraphQL has it.
pub(super) fn to_graphql(value: Value) -> ConstValue {
    match value {
        Value::Null => ConstValue::Null,
        Value::Bool(flag) => ConstValue::Boolean(flag),
        Value::Number(number) => ConstValue::Number(number),
        Value::String(text) => ConstValue::String(text),
        Value::Array(items) => ConstValue::List(items.into_iter().map(to_graphql).collect()),
        Value::Object(fields) => ConstValue::Object(
            fields.into_iter().map(|(name, value)| (Name::new(name), to_graphql(value))).collect(),
        ),
    }
}

/// A GraphQL value as JSON; words of enums become texts.
pub(super) fn from_graphql(value: ConstValue) -> Value {
    match value {
        ConstValue::Null => Value::Null,
        ConstValue::Boolean(flag) => Value::Bool(flag),
        ConstValue::Number(number) => Value::Number(number),
        ConstValue::String(text) => Value::String(text),
        ConstValue::Enum(word) => Value::String(word.to_string()),
        ConstValue::Binary(_) => Value::Null,
        ConstValue::List(items) => Value::Array(items.into_iter().map(from_graphql).collect()),
        ConstValue::Object(fields) => Value::Object(
            fields.into_iter().map(|(name, value)| (name.to_string(), from_graphql(value))).collect(),
        ),
    }
}

/// The arguments of a field, or the fields of an input object: defaults filled in, single values made lists
/// where lists are expected, numbers made texts where ids are. Null counts as not given.
pub(super) fn coerce_all(
    shapes: &[InputShape],
    given: Map<String, Value>,
    types: &Types,
) -> Map<String, Value> {
    let mut given = given;
    let mut all = Map::new();
    for InputShape { name, ty, default } in shapes {
        let value = given.remove(name).filter(|value| !value.is_null()).or_else(|| default.clone());
        if let Some(value) = value {
            all.insert(name.clone(), coerce(ty, value, types));
        }
    }
    all
}

fn coerce(ty: &Type, value: Value, types: &Types) -> Value {
    match (&ty.base, value) {
        (_, Value::Null) => Value::Null,
        (BaseType::List(item), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|value| coerce(item, value, types)).collect())
        }
        (BaseType::List(item), value) => Value::Array(vec![coerce(item, value, types)]),
        (BaseType::Named(name), Value::Number(number)) if name == "ID" => Value::String(number.to_string()),
        (BaseType::Named(name), Value::Object(fields)) => match types.get(name) {
            Some(Shape::Input(shapes)) => Value::Object(coerce_all(shapes, fields, types)),
            _ => Value::Object(fields),
        },
        (BaseType::Named(_), value) => value,
    }
}
