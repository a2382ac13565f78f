//! The schema with everything that answers it.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_graphql::dynamic::Schema;
use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, Variables};
use serde_json::{Map, Value, json};

use super::call::{ObjectField, Resolver, RootField};
use super::introspection::Introspection;
use super::sdl::{MUTATION, QUERY};
use super::types::{Shape, Types};
use super::value::to_graphql;
use super::{
    ai, alerts, checker, clouds, detections, identity, lake, limits, metrics, replay, schemas, sdl, sources,
    tools, uploads, volumes,
};

/// Fields of the roots, by subject.
const ROOTS: &[&[RootField]] = &[
    ai::ROOTS,
    alerts::ROOTS,
    clouds::ROOTS,
    detections::ROOTS,
    identity::ROOTS,
    lake::ROOTS,
    metrics::ROOTS,
    replay::ROOTS,
    schemas::ROOTS,
    sources::ROOTS,
    tools::ROOTS,
    uploads::ROOTS,
];

/// Fields of objects that are resolved when they are asked for.
const OBJECTS: &[&[ObjectField]] = &[alerts::OBJECTS, identity::OBJECTS, metrics::OBJECTS, volumes::OBJECTS];

/// The one schema of the program.
static ENGINE: LazyLock<Result<Engine, String>> = LazyLock::new(Engine::new);

/// The schema, its checker, and its resolvers.
pub(super) struct Engine {
    pub(super) types: Types,
    pub(super) introspection: Introspection,
    pub(super) roots: HashMap<&'static str, &'static RootField>,
    objects: HashMap<(&'static str, &'static str), Resolver>,
    checker: Schema,
}

/// A request that was read, measured and found good.
pub(super) struct Checked {
    pub(super) document: ExecutableDocument,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
}

/// A request as it came.
pub(super) struct Asked {
    pub(super) query: String,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Map<String, Value>,
}

/// Errors of a request that is not run, each as it is answered.
pub(super) type Problems = Vec<Value>;

impl Engine {
    /// The schema; a test holds that it is whole.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn get() -> Result<&'static Engine, &'static str> {
        ENGINE.as_ref().map_err(String::as_str)
    }

    fn new() -> Result<Engine, String> {
        let definitions = sdl::read()?;
        let introspection = Introspection::of(&checker::build_describer(&definitions)?)?;
        let types = Types::new(&definitions, &introspection.schema);
        let engine = Engine {
            types,
            introspection,
            roots: ROOTS.iter().copied().flatten().map(|field| (field.name, field)).collect(),
            objects: OBJECTS
                .iter()
                .copied()
                .flatten()
                .map(|field| ((field.object, field.name), field.resolve))
                .collect(),
            checker: checker::build(&definitions)?,
        };
        engine.check_resolvers()?;
        Ok(engine)
    }

    /// Every field of the roots has a resolver, and no resolver is for a field that does not exist.
    fn check_resolvers(&self) -> Result<(), String> {
        let mut declared = 0;
        for root in [QUERY, MUTATION] {
            let Some(Shape::Object(fields)) = self.types.get(root) else {
                return Err(format!("the schema has no type `{root}`"));
            };
            declared += fields.len();
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            if let Some(name) = names.into_iter().find(|name| !self.roots.contains_key(name.as_str())) {
                return Err(format!("nobody resolves `{root}.{name}`"));
            }
        }
        if declared != ROOTS.iter().map(|subject| subject.len()).sum::<usize>() {
            return Err("a resolver is there twice, or for a field that does not exist".to_owned());
        }
        let mut objects: Vec<_> = self.objects.keys().collect();
        objects.sort();
        match objects.into_iter().find(|(object, field)| self.types.field(object, field).is_none()) {
            Some((object, field)) => Err(format!("there is no field `{object}.{field}` to resolve")),
            None => Ok(()),
        }
    }

    /// The resolver of an object's field; `None` when the object holds the value.
    pub(super) fn object_field(&self, object: &str, field: &str) -> Option<Resolver> {
        self.objects.get(&(object, field)).copied()
    }

    /// Reads, measures and checks a request.
    pub(super) async fn check(&self, asked: Asked) -> Result<Checked, Problems> {
        let Asked { query, operation_name, variables } = asked;
        let refused = |message: String| vec![problem(&message, &[], "GRAPHQL_VALIDATION_FAILED")];
        limits::check_text(&query).map_err(refused)?;
        let document = parse_query(&query).map_err(|error| {
            let places: Vec<Value> =
                error.positions().map(|at| json!({"line": at.line, "column": at.column})).collect();
            vec![problem(&error.to_string(), &places, "GRAPHQL_PARSE_FAILED")]
        })?;
        limits::check_document(&document, &variables).map_err(refused)?;
        let mut request = Request::new(query).variables(as_variables(&variables));
        request.operation_name.clone_from(&operation_name);
        request.set_parsed_query(document.clone());
        let answer = self.checker.execute(request).await;
        if answer.errors.is_empty() {
            return Ok(Checked { document, operation_name, variables });
        }
        Err(answer
            .errors
            .iter()
            .map(|error| {
                let places: Vec<Value> =
                    error.locations.iter().map(|at| json!({"line": at.line, "column": at.column})).collect();
                problem(&error.message, &places, "GRAPHQL_VALIDATION_FAILED")
            })
            .collect())
    }
}

fn as_variables(variables: &Map<String, Value>) -> Variables {
    let mut all = Variables::default();
    for (name, value) in variables {
        all.insert(async_graphql::Name::new(name), to_graphql(value.clone()));
    }
    all
}

/// An error as it is answered.
pub(super) fn problem(message: &str, places: &[Value], code: &str) -> Value {
    let mut problem = Map::new();
    problem.insert("message".to_owned(), message.into());
    if !places.is_empty() {
        problem.insert("locations".to_owned(), Value::from(places.to_vec()));
    }
    problem.insert("extensions".to_owned(), json!({ "code": code }));
    Value::Object(problem)
}
