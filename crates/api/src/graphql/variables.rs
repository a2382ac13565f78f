//! Whether the variables that were sent are what the operation declares. `async-graphql` looks at them only
//! where they are used, and not at those that are missing.

use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use serde_json::{Map, Value};

use super::types::{Shape, Types};

/// Refuses variables that are missing or of another type; the message names the place.
pub(super) fn check(
    operation: &OperationDefinition,
    variables: &Map<String, Value>,
    types: &Types,
) -> Result<(), String> {
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        let place = format!("${name}");
        match variables.get(name) {
            Some(value) => check_value(&definition.var_type.node, value, types, &place)?,
            None if definition.default_value.is_some() || definition.var_type.node.nullable => {}
            None => {
                return Err(format!(
                    "the variable `{place}` is missing; it is a `{}`",
                    definition.var_type.node
                ));
            }
        }
    }
    Ok(())
}

fn check_value(ty: &Type, value: &Value, types: &Types, place: &str) -> Result<(), String> {
    if value.is_null() {
        return if ty.nullable { Ok(()) } else { Err(format!("`{place}` is null; it must be a `{ty}`")) };
    }
    match &ty.base {
        BaseType::List(item) => match value.as_array() {
            Some(values) => (0..).zip(values).try_for_each(|(index, value): (usize, _)| {
                check_value(item, value, types, &format!("{place}[{index}]"))
            }),
            // A single value stands for a list of it.
            None => check_value(item, value, types, place),
        },
        BaseType::Named(name) => check_named(name.as_str(), value, types, place),
    }
}

fn check_named(name: &str, value: &Value, types: &Types, place: &str) -> Result<(), String> {
    let is_good = match types.get(name) {
        Some(Shape::Input(fields)) => {
            let Some(given) = value.as_object() else {
                return Err(format!("`{place}` is no object; it must be a `{name}`"));
            };
            if let Some(key) = given.keys().find(|key| !fields.iter().any(|field| field.name == **key)) {
                return Err(format!("`{place}.{key}`: the type `{name}` has no such field"));
            }
            for field in fields {
                let place = format!("{place}.{}", field.name);
                match given.get(&field.name) {
                    Some(value) => check_value(&field.ty, value, types, &place)?,
                    None if field.ty.nullable || field.default.is_some() => {}
                    None => return Err(format!("`{place}` is missing; it must be a `{}`", field.ty)),
                }
            }
            true
        }
        Some(Shape::Enum(words)) => value.as_str().is_some_and(|word| words.contains(word)),
        Some(Shape::Scalar) => is_scalar(name, value),
        // Documents with variables of other types were refused.
        _ => true,
    };
    if is_good { Ok(()) } else { Err(format!("`{place}` is not a `{name}`")) }
}

fn is_scalar(name: &str, value: &Value) -> bool {
    match name {
        "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        "Long" => value.as_i64().is_some(),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "ID" => value.is_string() || value.as_i64().is_some(),
        "String" | "Email" => value.is_string(),
        "DateTime" | "Timestamp" => {
            value.as_str().is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
        }
        _ => true,
    }
}
