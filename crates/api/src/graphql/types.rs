//! What the types of the schema hold, as running an operation asks for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql::parser::types::{FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind};
use async_graphql::{Positioned, Value as ConstValue};
use serde_json::Value;

use super::value::from_graphql;

/// Types by name.
pub(super) struct Types(HashMap<String, Shape>);

/// One type.
pub(super) enum Shape {
    /// A value without parts.
    Scalar,
    /// One of these words.
    Enum(BTreeSet<String>),
    /// Fields.
    Object(HashMap<String, FieldShape>),
    /// One of these objects: an interface or a union.
    Abstract(BTreeSet<String>),
    /// What is given as an argument.
    Input(Vec<InputShape>),
}

/// A field of an object.
pub(super) struct FieldShape {
    pub(super) ty: Type,
    pub(super) arguments: Vec<InputShape>,
}

/// An argument, or a field of an input object.
pub(super) struct InputShape {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) default: Option<Value>,
}

impl Types {
    /// The types of the schema, and those that introspection answers with.
    pub(super) fn new(definitions: &BTreeMap<String, TypeDefinition>, introspected: &Value) -> Types {
        let mut types: HashMap<String, Shape> = definitions
            .iter()
            .map(|(name, definition)| (name.clone(), shape(name, definition, definitions)))
            .collect();
        for scalar in ["Int", "Float", "Boolean", "String", "ID"] {
            types.insert(scalar.to_owned(), Shape::Scalar);
        }
        for meta in introspected["types"].as_array().into_iter().flatten() {
            let name = meta["name"].as_str().unwrap_or_default();
            if let Some(shape) = name.starts_with("__").then(|| meta_shape(meta)) {
                types.insert(name.to_owned(), shape);
            }
        }
        Types(types)
    }

    /// A type; `None` for a name that no checked document can hold.
    pub(super) fn get(&self, name: &str) -> Option<&Shape> {
        self.0.get(name)
    }

    /// A field of an object.
    pub(super) fn field(&self, object: &str, field: &str) -> Option<&FieldShape> {
        match self.get(object)? {
            Shape::Object(fields) => fields.get(field),
            _ => None,
        }
    }

    /// Whether what holds for `condition` holds for the object `name`.
    pub(super) fn is_a(&self, name: &str, condition: &str) -> bool {
        name == condition
            || matches!(self.get(condition), Some(Shape::Abstract(objects)) if objects.contains(name))
    }
}

fn shape(name: &str, definition: &TypeDefinition, all: &BTreeMap<String, TypeDefinition>) -> Shape {
    match &definition.kind {
        TypeKind::Scalar => Shape::Scalar,
        TypeKind::Enum(words) => {
            Shape::Enum(words.values.iter().map(|word| word.node.value.node.to_string()).collect())
        }
        TypeKind::Object(object) => Shape::Object(object.fields.iter().map(field).collect()),
        TypeKind::Union(union) => {
            Shape::Abstract(union.members.iter().map(|member| member.node.to_string()).collect())
        }
        TypeKind::Interface(_) => Shape::Abstract(
            all.iter().filter(|(_, other)| implements(other, name)).map(|(other, _)| other.clone()).collect(),
        ),
        TypeKind::InputObject(input) => Shape::Input(input.fields.iter().map(input_value).collect()),
    }
}

fn implements(definition: &TypeDefinition, interface: &str) -> bool {
    match &definition.kind {
        TypeKind::Object(object) => object.implements.iter().any(|name| name.node.as_str() == interface),
        _ => false,
    }
}

fn field(field: &Positioned<FieldDefinition>) -> (String, FieldShape) {
    let FieldDefinition { name, arguments, ty, .. } = &field.node;
    let arguments = arguments.iter().map(input_value).collect();
    (name.node.to_string(), FieldShape { ty: ty.node.clone(), arguments })
}

fn input_value(input: &Positioned<InputValueDefinition>) -> InputShape {
    let InputValueDefinition { name, ty, default_value, .. } = &input.node;
    InputShape {
        name: name.node.to_string(),
        ty: ty.node.clone(),
        default: default_value.as_ref().map(|value| from_graphql(ConstValue::clone(&value.node))),
    }
}

/// A type that describes types, as introspection itself describes it.
fn meta_shape(meta: &Value) -> Shape {
    let entries = |key: &str| meta[key].as_array().cloned().unwrap_or_default();
    if meta["kind"] == "ENUM" {
        let words = entries("enumValues");
        return Shape::Enum(
            words.iter().filter_map(|word| word["name"].as_str().map(str::to_owned)).collect(),
        );
    }
    let fields = entries("fields").into_iter().filter_map(|field| {
        let name = field["name"].as_str()?.to_owned();
        let ty = Type::new(&type_text(&field["type"]))?;
        let arguments = field["args"].as_array().cloned().unwrap_or_default();
        let arguments = arguments.iter().filter_map(|argument| {
            Some(InputShape {
                name: argument["name"].as_str()?.to_owned(),
                ty: Type::new(&type_text(&argument["type"]))?,
                default: None,
            })
        });
        Some((name, FieldShape { ty, arguments: arguments.collect() }))
    });
    Shape::Object(fields.collect())
}

/// A type as the language of schemas writes it.
pub(super) fn type_text(reference: &Value) -> String {
    match reference["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", type_text(&reference["ofType"])),
        Some("LIST") => format!("[{}]", type_text(&reference["ofType"])),
        _ => reference["name"].as_str().unwrap_or_default().to_owned(),
    }
}
