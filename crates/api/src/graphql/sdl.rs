//! The texts of the schema, read into one table of types.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeDefinition, TypeKind, TypeSystemDefinition};

/// Every file of `schema/`.
const FILES: &[(&str, &str)] = &[
    ("ai.graphql", include_str!("schema/ai.graphql")),
    ("alerts.graphql", include_str!("schema/alerts.graphql")),
    ("clouds.graphql", include_str!("schema/clouds.graphql")),
    ("common.graphql", include_str!("schema/common.graphql")),
    ("detections.graphql", include_str!("schema/detections.graphql")),
    ("identity.graphql", include_str!("schema/identity.graphql")),
    ("lake.graphql", include_str!("schema/lake.graphql")),
    ("metrics.graphql", include_str!("schema/metrics.graphql")),
    ("replay.graphql", include_str!("schema/replay.graphql")),
    ("schemas.graphql", include_str!("schema/schemas.graphql")),
    ("sources.graphql", include_str!("schema/sources.graphql")),
    ("tools.graphql", include_str!("schema/tools.graphql")),
    ("uploads.graphql", include_str!("schema/uploads.graphql")),
];

/// Name of the type whose fields are what can be asked.
pub(super) const QUERY: &str = "Query";
/// Name of the type whose fields are what can be changed.
pub(super) const MUTATION: &str = "Mutation";

/// Reads all files; `Query` and `Mutation` are the sum of what the files say of them.
///
/// The error names the file.
pub(super) fn read() -> Result<BTreeMap<String, TypeDefinition>, String> {
    let mut types: BTreeMap<String, TypeDefinition> = BTreeMap::new();
    for (file, text) in FILES {
        let document = parse_schema(text).map_err(|error| format!("{file}: {error}"))?;
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                return Err(format!("{file}: only types belong here"));
            };
            add(&mut types, definition.node)
                .map_err(|name| format!("{file}: type `{name}` is there twice"))?;
        }
    }
    Ok(types)
}

/// Adds a type, or the fields of an extended one; the error is the name of a type that is there already.
fn add(types: &mut BTreeMap<String, TypeDefinition>, mut definition: TypeDefinition) -> Result<(), String> {
    let name = definition.name.node.to_string();
    let Some(known) = types.get_mut(&name) else {
        definition.extend = false;
        types.insert(name, definition);
        return Ok(());
    };
    match (&mut known.kind, definition.kind) {
        (TypeKind::Object(known), TypeKind::Object(more)) if definition.extend => {
            known.fields.extend(more.fields);
            Ok(())
        }
        _ => Err(name),
    }
}
