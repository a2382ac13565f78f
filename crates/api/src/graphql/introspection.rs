//! What the schema says of itself. It is asked once, when the server starts; from then on it is data.

use std::collections::HashMap;

use async_graphql::dynamic::Schema;
use futures_util::FutureExt as _;
use serde_json::Value;

use super::value::from_graphql;

/// Asks for everything there is to ask. References to types need four levels: `[Name!]!`.
const QUESTION: &str = "
    { __schema {
        description
        queryType { ...reference } mutationType { ...reference } subscriptionType { ...reference }
        directives { name description isRepeatable locations args { ...input } }
        types {
            __typename kind name description specifiedByURL isOneOf
            fields(includeDeprecated: true) {
                name description isDeprecated deprecationReason args { ...input } type { ...reference }
            }
            inputFields { ...input }
            interfaces { ...reference }
            possibleTypes { ...reference }
            enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        }
    } }
    fragment input on __InputValue {
        name description defaultValue isDeprecated deprecationReason type { ...reference }
    }
    fragment reference on __Type {
        kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
    }";

/// Places of directives that were added to the specification after the ones that all clients know.
const NEW_LOCATIONS: &[&str] = &["VARIABLE_DEFINITION"];

/// The schema as data.
pub(super) struct Introspection {
    /// The value of `__schema`.
    pub(super) schema: Value,
    types: HashMap<String, Value>,
}

impl Introspection {
    /// Asks the schema.
    pub(super) fn of(schema: &Schema) -> Result<Introspection, String> {
        let answer = schema
            .execute(QUESTION)
            .now_or_never()
            .ok_or("the schema did not answer about itself at once")?;
        if let Some(error) = answer.errors.first() {
            return Err(format!("the schema does not answer about itself: {}", error.message));
        }
        let mut schema = from_graphql(answer.data)["__schema"].take();
        let mut types = HashMap::new();
        for entry in schema["types"].as_array_mut().into_iter().flatten() {
            if entry["name"] == "__DirectiveLocation"
                && let Some(values) = entry["enumValues"].as_array_mut()
            {
                values.retain(|value| !NEW_LOCATIONS.iter().any(|new| value["name"] == *new));
            }
            types.insert(entry["name"].as_str().unwrap_or_default().to_owned(), entry.clone());
        }
        Ok(Introspection { schema, types })
    }

    /// Everything about a type.
    pub(super) fn find(&self, name: &str) -> Option<&Value> {
        self.types.get(name)
    }

    /// A field of a description; what is only a reference is looked up.
    pub(super) fn property<'a>(&'a self, object: &str, parent: &'a Value, field: &str) -> &'a Value {
        match parent.get(field) {
            Some(value) => value,
            None if object == "__Type" => parent["name"]
                .as_str()
                .and_then(|name| self.find(name))
                .and_then(|whole| whole.get(field))
                .unwrap_or(&Value::Null),
            None => &Value::Null,
        }
    }
}
