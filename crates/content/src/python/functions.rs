//! One function of a module: how it may be called, what it returns, what it does to its first argument.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, ExprContext, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::facts::{Function, Return, Value};
use super::flow::falls_through;
use super::place::Lines;
use super::scopes::bound_in;
use super::values::Values;
use crate::yaml::Span;

/// Methods that change a dict.
const CHANGING_METHODS: [&str; 6] = ["update", "pop", "popitem", "setdefault", "clear", "__setitem__"];

/// What is the same for all functions of a module.
pub(super) struct Surroundings<'a> {
    pub(super) lines: &'a Lines<'a>,
    pub(super) names: &'a HashSet<&'a str>,
    pub(super) functions: &'a HashSet<&'a str>,
}

/// Reads one function.
pub(super) fn read<'a>(
    function: &'a StmtFunctionDef,
    is_unconditional: bool,
    surroundings: &Surroundings<'a>,
) -> Function {
    let lines = surroundings.lines;
    let subject = first_parameter(&function.parameters);
    let values = Values {
        module_names: surroundings.names,
        functions: surroundings.functions,
        subject,
        locals: locals(function),
        lines,
    };
    let mut walk =
        Walk { values, returns: Vec::new(), changes: Vec::new(), type_checks: Vec::new(), yields: false };
    walk.visit_body(&function.body);
    let is_mutable = |default: &Expr| {
        let is_constructor = |call: &ExprCall| matches!(call.func.as_ref(), Expr::Name(name) if matches!(name.id.as_str(), "list" | "dict" | "set"));
        match default {
            Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => true,
            Expr::Call(call) => is_constructor(call),
            _ => false,
        }
    };
    let defaults =
        function.parameters.iter_non_variadic_params().filter_map(|parameter| parameter.default.as_deref());
    Function {
        name: function.name.to_string(),
        span: lines.span(function.name.range()),
        is_async: function.is_async,
        is_generator: walk.yields,
        is_decorated: !function.decorator_list.is_empty(),
        is_unconditional,
        takes_one: takes_one(&function.parameters),
        mutable_defaults: defaults
            .filter(|default| is_mutable(default))
            .map(|default| lines.span(default.range()))
            .collect(),
        falls_through: falls_through(&function.body),
        returns: walk.returns,
        changes: walk.changes,
        type_checks: walk.type_checks,
    }
}

fn first_parameter(parameters: &Parameters) -> Option<&str> {
    let first = parameters.posonlyargs.first().or(parameters.args.first())?;
    Some(first.parameter.name.as_str())
}

fn takes_one(parameters: &Parameters) -> bool {
    let positional = || parameters.posonlyargs.iter().chain(&parameters.args);
    let needed = positional().filter(|parameter| parameter.default.is_none()).count();
    let has_room = positional().next().is_some() || parameters.vararg.is_some();
    let keywords_needed = parameters.kwonlyargs.iter().any(|parameter| parameter.default.is_none());
    needed <= 1 && has_room && !keywords_needed
}

/// Local names with what they are assigned; `None` when they get a value in any other way too.
fn locals(function: &StmtFunctionDef) -> HashMap<&str, Option<Vec<&Expr>>> {
    struct Assignments<'a>(HashMap<&'a str, Vec<&'a Expr>>, HashMap<&'a str, usize>);
    impl<'a> Visitor<'a> for Assignments<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
                Stmt::Assign(node) => {
                    if let [Expr::Name(name)] = node.targets.as_slice() {
                        self.0.entry(name.id.as_str()).or_default().push(&node.value);
                    }
                }
                Stmt::AnnAssign(node) => {
                    if let (Expr::Name(name), Some(value)) = (node.target.as_ref(), &node.value) {
                        self.0.entry(name.id.as_str()).or_default().push(value);
                    }
                }
                _ => {}
            }
            visitor::walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, expr: &'a Expr) {
            if let Expr::Name(name) = expr
                && name.ctx == ExprContext::Store
            {
                *self.1.entry(name.id.as_str()).or_default() += 1;
            }
            visitor::walk_expr(self, expr);
        }
    }
    let mut assignments = Assignments(HashMap::new(), HashMap::new());
    assignments.visit_body(&function.body);
    let Assignments(mut assigned, stores) = assignments;
    let value_of = |name| {
        let values: Vec<&Expr> = assigned.remove(name).unwrap_or_default();
        let is_all = !values.is_empty() && stores.get(name) == Some(&values.len());
        (name, is_all.then_some(values))
    };
    bound_in(&function.body).into_iter().map(value_of).collect()
}

struct Walk<'a> {
    values: Values<'a>,
    returns: Vec<Return>,
    changes: Vec<(Span, String)>,
    type_checks: Vec<(Span, &'static str)>,
    yields: bool,
}

impl<'a> Walk<'a> {
    fn is_first_argument(&self, expr: &Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let name = name.id.as_str();
        self.values.subject == Some(name) && !self.values.locals.contains_key(name)
    }

    fn call(&mut self, call: &'a ExprCall) {
        match call.func.as_ref() {
            Expr::Attribute(attribute)
                if CHANGING_METHODS.contains(&attribute.attr.as_str())
                    && self.is_first_argument(&attribute.value) =>
            {
                let code = format!("{}.{}()", self.values.subject.unwrap_or_default(), attribute.attr);
                self.changes.push((self.values.lines.span(call.range()), code));
            }
            Expr::Name(name)
                if name.id.as_str() == "isinstance" && !self.values.module_names.contains("isinstance") =>
            {
                self.type_check(call);
            }
            _ => {}
        }
    }

    /// `isinstance(value of the event, dict)`: a value of an event never is one, it is wrapped.
    fn type_check(&mut self, call: &'a ExprCall) {
        let [value, types] = call.arguments.args.as_ref() else { return };
        let Some(name) = plain_containers(types) else { return };
        if self.is_wrapped(value) {
            self.type_checks.push((self.values.lines.span(call.range()), name));
        }
    }

    /// Whether a value is read from the first argument in a way that wraps what it finds.
    fn is_wrapped(&self, expr: &'a Expr) -> bool {
        match expr {
            Expr::Name(name) => match self.values.locals.get(name.id.as_str()) {
                Some(Some(assigned)) => {
                    assigned.iter().all(|value| !value.is_name_expr() && self.is_wrapped(value))
                }
                _ => false,
            },
            Expr::Subscript(node) => self.is_first_argument(&node.value),
            Expr::Call(call) => match call.func.as_ref() {
                Expr::Attribute(attribute) => {
                    matches!(attribute.attr.as_str(), "get" | "deep_get")
                        && self.is_first_argument(&attribute.value)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn target(&mut self, target: &'a Expr, word: &str) {
        if let Expr::Subscript(node) = target
            && self.is_first_argument(&node.value)
        {
            let code = format!(
                "{word}{}[…]{}",
                self.values.subject.unwrap_or_default(),
                if word.is_empty() { " = …" } else { "" }
            );
            self.changes.push((self.values.lines.span(target.range()), code));
        }
    }
}

/// The type when it is `dict` or `list`, or a tuple of nothing else.
fn plain_containers(types: &Expr) -> Option<&'static str> {
    match types {
        Expr::Name(name) if name.id.as_str() == "dict" => Some("dict"),
        Expr::Name(name) if name.id.as_str() == "list" => Some("list"),
        Expr::Tuple(tuple) => {
            let mut found = None;
            for part in &tuple.elts {
                found = Some(plain_containers(part)?);
            }
            found
        }
        _ => None,
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            // Functions inside have returns of their own.
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Return(node) => {
                let value = node.value.as_deref().map_or(Value::None, |value| self.values.value(value));
                let range = node.value.as_deref().map_or(node.range, Ranged::range);
                self.returns.push(Return { span: self.values.lines.span(range), value });
            }
            Stmt::Assign(node) => node.targets.iter().for_each(|target| self.target(target, "")),
            Stmt::AugAssign(node) => self.target(&node.target, ""),
            Stmt::Delete(node) => node.targets.iter().for_each(|target| self.target(target, "del ")),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => return,
            Expr::Yield(_) | Expr::YieldFrom(_) => self.yields = true,
            Expr::Call(call) => self.call(call),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}
