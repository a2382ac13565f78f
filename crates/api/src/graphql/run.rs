//! Runs an operation that was checked. Source: GraphQL specification (October 2021), section 6.
//!
//! Fields are resolved one after the other, in the order in which they are asked for. A field that fails is
//! `null`, or takes the object around it along when it must not be null; each failure is told once.

use async_graphql::Positioned;
use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet, Type,
};
use serde_json::{Map, Value, json};
use store::AuditKind;
use tracing::error;

use super::call::{Call, Refusal};
use super::engine::{Checked, Engine, problem};
use super::sdl::{MUTATION, QUERY};
use super::types::Shape;
use super::value::{coerce_all, from_graphql, to_graphql};
use crate::audit::actions::of_field;
use crate::audit::slot::{self, FieldNote};
use crate::auth::{AnyToken, Caller};
use crate::control::BoxFuture;
use crate::state::ApiState;

/// Most errors that one answer tells.
const ERRORS_MAX: usize = 100;

/// On whose behalf an operation runs.
pub(super) struct Scene<'a> {
    pub(super) engine: &'a Engine,
    pub(super) state: &'a ApiState,
    pub(super) caller: &'a Caller<AnyToken>,
    pub(super) base_url: &'a str,
}

/// Runs the operation; the answer has `data`, and `errors` when something failed.
///
/// # Errors
/// There is no such operation, or its variables are not what it declares.
pub(super) async fn run(scene: &Scene<'_>, checked: &Checked) -> Result<Value, Value> {
    let Checked { document, operation_name, variables } = checked;
    let operation = operation(document, operation_name.as_deref())?;
    let root = match operation.ty {
        OperationType::Query => QUERY,
        OperationType::Mutation => MUTATION,
        OperationType::Subscription => {
            return Err(problem("there are no subscriptions here", &[], "GRAPHQL_VALIDATION_FAILED"));
        }
    };
    super::variables::check(operation, variables, &scene.engine.types)
        .map_err(|message| problem(&message, &[], "GRAPHQL_VALIDATION_FAILED"))?;
    let variables = with_defaults(operation, variables);
    let runner = Runner { scene, document, variables };
    let mut errors = Vec::new();
    let sets = [&operation.selection_set.node];
    let data = runner.object(root, &Value::Null, &sets, None, &mut errors).await.unwrap_or(Value::Null);
    let mut answer = Map::new();
    answer.insert("data".to_owned(), data);
    if !errors.is_empty() {
        answer.insert("errors".to_owned(), Value::Array(errors));
    }
    Ok(Value::Object(answer))
}

fn operation<'d>(
    document: &'d ExecutableDocument,
    wanted: Option<&str>,
) -> Result<&'d OperationDefinition, Value> {
    let mut all = document.operations.iter();
    let found = match wanted {
        None => all.next(),
        Some(wanted) => all.find(|(name, _)| name.is_none_or(|name| name.as_str() == wanted)),
    };
    found
        .map(|(_, operation)| &operation.node)
        .ok_or_else(|| problem("the document has no such operation", &[], "GRAPHQL_VALIDATION_FAILED"))
}

fn with_defaults(operation: &OperationDefinition, given: &Map<String, Value>) -> Map<String, Value> {
    let mut variables = Map::new();
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        let default = definition.node.default_value.as_ref().map(|value| from_graphql(value.node.clone()));
        if let Some(value) = given.get(name).cloned().or(default) {
            variables.insert(name.to_owned(), value);
        }
    }
    variables
}

/// A place in the answer; the last step first.
#[derive(Clone, Copy)]
struct Path<'a> {
    before: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl Path<'_> {
    fn to_json(self) -> Value {
        let mut steps = Vec::new();
        let mut here = Some(&self);
        while let Some(path) = here {
            steps.push(match path.step {
                Step::Key(key) => Value::from(key),
                Step::Index(index) => Value::from(index),
            });
            here = path.before;
        }
        steps.reverse();
        Value::Array(steps)
    }
}

/// A value that must not be null is; the object around it cannot be either.
struct Nothing;

type Completed = Result<Value, Nothing>;

struct Runner<'a> {
    scene: &'a Scene<'a>,
    document: &'a ExecutableDocument,
    variables: Map<String, Value>,
}

impl<'a> Runner<'a> {
    /// The selected fields of an object.
    fn object<'b>(
        &'b self,
        object: &'b str,
        parent: &'b Value,
        sets: &'b [&'b SelectionSet],
        path: Option<&'b Path<'b>>,
        errors: &'b mut Vec<Value>,
    ) -> BoxFuture<'b, Completed> {
        Box::pin(async move {
            let mut selected = Vec::new();
            for set in sets {
                self.collect(object, set, &mut selected);
            }
            let mut answer = Map::new();
            for (key, fields) in selected {
                let here = Path { before: path, step: Step::Key(key) };
                let value = self.field(object, parent, &fields, &here, errors).await?;
                answer.insert(key.to_owned(), value);
            }
            Ok(Value::Object(answer))
        })
    }

    /// Adds what a selection asks of an object; fields with the same key become one.
    fn collect<'b>(
        &'b self,
        object: &str,
        set: &'b SelectionSet,
        selected: &mut Vec<(&'b str, Vec<&'b Field>)>,
    ) {
        for selection in &set.items {
            if self.is_skipped(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    match selected.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(&field.node),
                        None => selected.push((key, vec![&field.node])),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.is_a(object, condition.node.on.node.as_str())) {
                        self.collect(object, &fragment.node.selection_set.node, selected);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = self.document.fragments.get(name);
                    if let Some(fragment) = fragment.filter(|fragment| {
                        self.is_a(object, fragment.node.type_condition.node.on.node.as_str())
                    }) {
                        self.collect(object, &fragment.node.selection_set.node, selected);
                    }
                }
            }
        }
    }

    fn is_a(&self, object: &str, condition: &str) -> bool {
        self.scene.engine.types.is_a(object, condition)
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let condition = directive.node.get_argument("if").map(|value| self.value(&value.node));
            match directive.node.name.node.as_str() {
                "skip" => condition == Some(Value::Bool(true)),
                "include" => condition == Some(Value::Bool(false)),
                _ => false,
            }
        })
    }

    /// One field of an object; `fields` are all that ask for it.
    async fn field(
        &self,
        object: &str,
        parent: &Value,
        fields: &[&Field],
        path: &Path<'_>,
        errors: &mut Vec<Value>,
    ) -> Completed {
        let Some(field) = fields.first() else { return Ok(Value::Null) };
        let name = field.name.node.as_str();
        let engine = self.scene.engine;
        if name == "__typename" {
            return Ok(object.into());
        }
        let sets: Vec<&SelectionSet> = fields.iter().map(|field| &field.selection_set.node).collect();
        if object == QUERY && name == "__schema" {
            return self.object("__Schema", &engine.introspection.schema, &sets, Some(path), errors).await;
        }
        if object == QUERY && name == "__type" {
            let wanted = field.get_argument("name").map(|value| self.value(&value.node));
            let wanted = wanted.as_ref().and_then(Value::as_str).unwrap_or_default();
            return match engine.introspection.find(wanted) {
                Some(found) => self.object("__Type", found, &sets, Some(path), errors).await,
                None => Ok(Value::Null),
            };
        }
        let Some(shape) = engine.types.field(object, name) else { return Ok(Value::Null) };
        let held;
        let value = match self.resolve(object, parent, field).await {
            None => engine.introspection.property(object, parent, name),
            Some(Ok(value)) => {
                held = value;
                &held
            }
            Some(Err(refusal)) => {
                self.note(errors, &refusal, path);
                return if shape.ty.nullable { Ok(Value::Null) } else { Err(Nothing) };
            }
        };
        self.complete(&shape.ty, value, &sets, path, errors).await
    }

    /// What a resolver says; `None` when the object holds the value.
    async fn resolve(&self, object: &str, parent: &Value, field: &Field) -> Option<Result<Value, Refusal>> {
        let engine = self.scene.engine;
        let name = field.name.node.as_str();
        let (needs, resolver) = if object == QUERY || object == MUTATION {
            let root = engine.roots.get(name)?;
            (Some(root.needs), root.resolve)
        } else {
            (None, engine.object_field(object, name)?)
        };
        let shape = engine.types.field(object, name)?;
        let given = field
            .arguments
            .iter()
            .map(|(name, value)| (name.node.to_string(), self.value(&value.node)))
            .collect();
        let arguments = coerce_all(&shape.arguments, given, &engine.types);
        let Scene { state, caller, base_url, .. } = *self.scene;
        let is_noted = object == MUTATION || (object == QUERY && state.audit_reads.is_on());
        let action = Some(name).filter(|_| is_noted).and_then(of_field);
        let noted = action.map(|action| (action, slot::arguments(&arguments)));
        let answer = if needs.is_some_and(|needs| !needs.are_met(|permission| caller.holds(permission))) {
            Err(Refusal::denied())
        } else {
            resolver(Call { state, caller, base_url, parent, field: name, arguments }).await
        };
        if let Some((action, arguments)) = noted {
            let mut views = caller.audit.take_views();
            if action.kind == AuditKind::Change && views.after.is_none() {
                views.after = answer.as_ref().map(slot::answer).ok();
            }
            caller.audit.field(FieldNote {
                action,
                field: name.to_owned(),
                arguments,
                views,
                error: answer.as_ref().err().map(|refusal| refusal.message.clone()),
            });
        }
        Some(answer)
    }

    /// Brings a value into the form that its type wants, with the selected fields of objects.
    fn complete<'b>(
        &'b self,
        ty: &'b Type,
        value: &'b Value,
        sets: &'b [&'b SelectionSet],
        path: &'b Path<'b>,
        errors: &'b mut Vec<Value>,
    ) -> BoxFuture<'b, Completed> {
        Box::pin(async move {
            let completed = if value.is_null() {
                if !ty.nullable {
                    self.note_fault(errors, "a value is missing that must be there", path);
                }
                Err(Nothing)
            } else {
                match &ty.base {
                    BaseType::List(item) => self.list(item, value, sets, path, errors).await,
                    BaseType::Named(name) => self.named(name.as_str(), value, sets, path, errors).await,
                }
            };
            match completed {
                Err(Nothing) if ty.nullable => Ok(Value::Null),
                completed => completed,
            }
        })
    }

    async fn list(
        &self,
        item: &Type,
        value: &Value,
        sets: &[&SelectionSet],
        path: &Path<'_>,
        errors: &mut Vec<Value>,
    ) -> Completed {
        let Some(values) = value.as_array() else {
            self.note_fault(errors, "a value is no list", path);
            return Err(Nothing);
        };
        let mut completed = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            let here = Path { before: Some(path), step: Step::Index(index) };
            completed.push(self.complete(item, value, sets, &here, errors).await?);
        }
        Ok(Value::Array(completed))
    }

    async fn named(
        &self,
        name: &str,
        value: &Value,
        sets: &[&SelectionSet],
        path: &Path<'_>,
        errors: &mut Vec<Value>,
    ) -> Completed {
        match self.scene.engine.types.get(name) {
            Some(Shape::Scalar) => Ok(value.clone()),
            Some(Shape::Enum(words)) if value.as_str().is_some_and(|word| words.contains(word)) => {
                Ok(value.clone())
            }
            Some(Shape::Object(_)) => self.object(name, value, sets, Some(path), errors).await,
            Some(Shape::Abstract(objects)) => match value["__typename"].as_str() {
                Some(object) if objects.contains(object) => {
                    self.object(object, value, sets, Some(path), errors).await
                }
                _ => {
                    self.note_fault(errors, "a value is of none of the possible types", path);
                    Err(Nothing)
                }
            },
            _ => {
                self.note_fault(errors, "a value is not of its type", path);
                Err(Nothing)
            }
        }
    }

    fn value(&self, value: &async_graphql_value::Value) -> Value {
        let variable = |name: async_graphql::Name| -> Result<_, std::convert::Infallible> {
            Ok(to_graphql(self.variables.get(name.as_str()).cloned().unwrap_or(Value::Null)))
        };
        let Ok(value) = value.clone().into_const_with(variable);
        from_graphql(value)
    }

    fn note(&self, errors: &mut Vec<Value>, refusal: &Refusal, path: &Path<'_>) {
        if errors.len() < ERRORS_MAX {
            errors.push(json!({
                "message": refusal.message,
                "path": path.to_json(),
                "extensions": {"code": refusal.code},
            }));
        }
    }

    /// A resolver answered something that its type forbids: our fault.
    fn note_fault(&self, errors: &mut Vec<Value>, what: &str, path: &Path<'_>) {
        error!("GraphQL: {what} at {}", path.to_json());
        self.note(errors, &Refusal::internal(format!("internal fault: {what}")), path);
    }
}
