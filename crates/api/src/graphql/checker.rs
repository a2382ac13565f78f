//! The schema in the form in which `async-graphql` checks documents against it. It runs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, EnumItem, Field, FieldFuture, InputObject, InputValue, Interface, InterfaceField, Object, Scalar,
    Schema, SchemaBuilder, TypeRef, Union,
};
use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextExecute};
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind,
};
use async_graphql::{Positioned, Response, Value as ConstValue};

use super::sdl::{MUTATION, QUERY};

/// Builds the checker. The error says which type is wrong.
pub(super) fn build(definitions: &BTreeMap<String, TypeDefinition>) -> Result<Schema, String> {
    let schema = Schema::build(QUERY, Some(MUTATION), None);
    let schema =
        definitions.iter().fold(schema, |schema, (name, definition)| register(schema, name, definition));
    schema.extension(OnlyCheck).finish().map_err(|error| error.to_string())
}

/// The same schema, which can be asked what it holds.
pub(super) fn build_describer(definitions: &BTreeMap<String, TypeDefinition>) -> Result<Schema, String> {
    let schema = Schema::build(QUERY, Some(MUTATION), None);
    let schema =
        definitions.iter().fold(schema, |schema, (name, definition)| register(schema, name, definition));
    schema.finish().map_err(|error| error.to_string())
}

fn register(schema: SchemaBuilder, name: &str, definition: &TypeDefinition) -> SchemaBuilder {
    let description = definition.description.as_ref().map(|text| text.node.as_str()).unwrap_or_default();
    match &definition.kind {
        TypeKind::Scalar => {
            let scalar = match name {
                "DateTime" | "Timestamp" => Scalar::new(name).validator(is_time),
                "Email" => Scalar::new(name).validator(|value| matches!(value, ConstValue::String(_))),
                "Long" => Scalar::new(name).validator(is_long),
                _ => Scalar::new(name),
            };
            schema.register(scalar.description(description))
        }
        TypeKind::Enum(words) => {
            let words = words.values.iter().map(|word| EnumItem::new(word.node.value.node.as_str()));
            schema.register(words.fold(Enum::new(name), Enum::item).description(description))
        }
        TypeKind::Union(union) => {
            let members = union.members.iter().map(|member| member.node.to_string());
            schema.register(members.fold(Union::new(name), Union::possible_type).description(description))
        }
        TypeKind::Interface(interface) => {
            let fields = interface.fields.iter().map(|field| {
                InterfaceField::new(field.node.name.node.as_str(), type_ref(&field.node.ty.node))
            });
            schema.register(fields.fold(Interface::new(name), Interface::field).description(description))
        }
        TypeKind::Object(object) => {
            let fields = object.fields.iter().map(|field| field_of(&field.node));
            let with_fields = fields.fold(Object::new(name), Object::field);
            let interfaces = object.implements.iter().map(|interface| interface.node.to_string());
            schema.register(interfaces.fold(with_fields, Object::implement).description(description))
        }
        TypeKind::InputObject(input) => {
            let fields = input.fields.iter().map(input_value);
            schema.register(fields.fold(InputObject::new(name), InputObject::field).description(description))
        }
    }
}

fn field_of(definition: &FieldDefinition) -> Field {
    let FieldDefinition { description, name, arguments, ty, .. } = definition;
    let field = Field::new(name.node.as_str(), type_ref(&ty.node), |_| FieldFuture::Value(None));
    let field = arguments.iter().map(input_value).fold(field, Field::argument);
    match description {
        Some(description) => field.description(description.node.as_str()),
        None => field,
    }
}

fn input_value(definition: &Positioned<InputValueDefinition>) -> InputValue {
    let InputValueDefinition { name, ty, default_value, .. } = &definition.node;
    let input = InputValue::new(name.node.as_str(), type_ref(&ty.node));
    match default_value {
        Some(default) => input.default_value(default.node.clone()),
        None => input,
    }
}

fn type_ref(ty: &Type) -> TypeRef {
    let base = match &ty.base {
        BaseType::Named(name) => TypeRef::named(name.as_str()),
        BaseType::List(item) => TypeRef::List(Box::new(type_ref(item))),
    };
    if ty.nullable { base } else { TypeRef::NonNull(Box::new(base)) }
}

fn is_time(value: &ConstValue) -> bool {
    matches!(value, ConstValue::String(text) if text.parse::<jiff::Timestamp>().is_ok())
}

fn is_long(value: &ConstValue) -> bool {
    matches!(value, ConstValue::Number(number) if number.as_i64().is_some())
}

/// Ends a request when its document was found good.
struct OnlyCheck;

impl ExtensionFactory for OnlyCheck {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(OnlyCheck)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for OnlyCheck {
    async fn execute(&self, _: &ExtensionContext<'_>, _: Option<&str>, _: NextExecute<'_>) -> Response {
        Response::new(ConstValue::Null)
    }
}
