//! What an expression gives, as far as one look at it tells.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{BoolOp, Expr, ExprCall, Operator, UnaryOp};
use ruff_text_size::Ranged;

use super::facts::Value;
use super::place::Lines;

/// How far local names are followed.
const DEPTH_MAX: usize = 8;

/// Methods that read a field of an event.
const FIELD_METHODS: [&str; 4] = ["get", "deep_get", "deep_walk", "udm"];

/// What is known where an expression stands.
pub(super) struct Values<'a> {
    /// Names of the module; they may hide builtins.
    pub(super) module_names: &'a HashSet<&'a str>,
    /// Functions of the module.
    pub(super) functions: &'a HashSet<&'a str>,
    /// The event, resource or whatever else the first parameter is.
    pub(super) subject: Option<&'a str>,
    /// Local names and what they are assigned; `None` for a name that gets its value in another way.
    pub(super) locals: HashMap<&'a str, Option<Vec<&'a Expr>>>,
    pub(super) lines: &'a Lines<'a>,
}

impl<'a> Values<'a> {
    pub(super) fn value(&self, expr: &'a Expr) -> Value {
        self.value_at(expr, DEPTH_MAX)
    }

    fn value_at(&self, expr: &'a Expr, depth: usize) -> Value {
        let Some(depth) = depth.checked_sub(1) else { return Value::Unknown };
        match expr {
            Expr::BooleanLiteral(literal) => Value::Bool(Some(literal.value)),
            Expr::NoneLiteral(_) => Value::None,
            Expr::StringLiteral(literal) => Value::Text(Some(literal.value.to_str().to_owned())),
            Expr::FString(_) => Value::Text(None),
            Expr::NumberLiteral(_) => Value::Number,
            Expr::BytesLiteral(_) => Value::Other("bytes"),
            Expr::List(list) => {
                Value::List(list.elts.iter().filter_map(|entry| self.constant(entry)).collect())
            }
            Expr::ListComp(_) => Value::List(Vec::new()),
            Expr::Dict(_) | Expr::DictComp(_) => Value::Mapping,
            Expr::Set(_) | Expr::SetComp(_) => Value::Other("a set"),
            Expr::Tuple(_) => Value::Other("a tuple"),
            Expr::Generator(_) => Value::Other("a generator"),
            Expr::Lambda(_) => Value::Other("a function"),
            Expr::Compare(_) => Value::Bool(None),
            Expr::UnaryOp(node) if node.op == UnaryOp::Not => {
                Value::Bool(self.value_at(&node.operand, depth).truth().map(|truth| !truth))
            }
            Expr::BinOp(node) => {
                let (left, right) = (self.value_at(&node.left, depth), self.value_at(&node.right, depth));
                operation(&left, node.op, &right)
            }
            Expr::BoolOp(node) => {
                let values: Vec<Value> =
                    node.values.iter().map(|value| self.value_at(value, depth)).collect();
                either(node.op, values)
            }
            Expr::If(node) => any_of([self.value_at(&node.body, depth), self.value_at(&node.orelse, depth)]),
            Expr::Named(node) => self.value_at(&node.value, depth),
            Expr::Name(name) => self.name(&name.id, depth),
            Expr::Subscript(node) if self.is_subject(&node.value, depth) => Value::Field,
            Expr::Call(call) => self.call(call, depth),
            _ => Value::Unknown,
        }
    }

    fn constant(&self, expr: &Expr) -> Option<(String, crate::yaml::Span)> {
        let literal = expr.as_string_literal_expr()?;
        Some((literal.value.to_str().to_owned(), self.lines.span(literal.range())))
    }

    fn name(&self, name: &str, depth: usize) -> Value {
        match self.locals.get(name) {
            Some(Some(assigned)) => any_of(assigned.iter().map(|expr| self.value_at(expr, depth))),
            _ => Value::Unknown,
        }
    }

    /// Whether it is the event, or a part of it.
    fn is_subject(&self, expr: &'a Expr, depth: usize) -> bool {
        match expr {
            Expr::Name(name) if self.subject == Some(name.id.as_str()) => {
                !self.locals.contains_key(name.id.as_str())
            }
            _ => self.value_at(expr, depth) == Value::Field,
        }
    }

    fn call(&self, call: &'a ExprCall, depth: usize) -> Value {
        match call.func.as_ref() {
            Expr::Name(name) => self.named_call(&name.id, call, depth),
            Expr::Attribute(attribute) => {
                let method = attribute.attr.as_str();
                if let Expr::Name(module) = attribute.value.as_ref()
                    && module.id.as_str() == "re"
                {
                    return regular_expression(method);
                }
                if FIELD_METHODS.contains(&method) && self.is_subject(&attribute.value, depth) {
                    return self.field(call, method == "get", depth);
                }
                method_call(method)
            }
            _ => Value::Unknown,
        }
    }

    fn named_call(&self, name: &'a str, call: &'a ExprCall, depth: usize) -> Value {
        if self.locals.contains_key(name) {
            return Value::Unknown;
        }
        if self.functions.contains(name) {
            return Value::Call(name.to_owned());
        }
        if matches!(name, "deep_get" | "deep_walk") {
            let reads = call.arguments.args.first().is_some_and(|first| self.is_subject(first, depth));
            return if reads { self.field(call, false, depth) } else { Value::Unknown };
        }
        if self.module_names.contains(name) {
            return Value::Unknown;
        }
        match name {
            "bool" | "any" | "all" | "isinstance" | "issubclass" | "callable" | "hasattr" => {
                Value::Bool(None)
            }
            "len" | "int" | "float" | "abs" | "hash" | "id" | "ord" => Value::Number,
            "str" | "repr" | "chr" | "hex" | "format" | "ascii" => Value::Text(None),
            "list" | "sorted" => Value::List(Vec::new()),
            "dict" => Value::Mapping,
            "set" | "frozenset" => Value::Other("a set"),
            "tuple" => Value::Other("a tuple"),
            "print" => Value::None,
            _ => Value::Unknown,
        }
    }

    /// A field that is read; with a bool as its default, its author knows it as a bool.
    fn field(&self, call: &'a ExprCall, is_get: bool, depth: usize) -> Value {
        let default = call.arguments.find_keyword("default").map(|keyword| &keyword.value);
        let default = if is_get { call.arguments.args.get(1).or(default) } else { default };
        match default.map(|default| self.value_at(default, depth)) {
            Some(Value::Bool(_)) => Value::Unknown,
            _ => Value::Field,
        }
    }
}

/// What `a and b` or `a or b` may give: a value before the last only when it ends the evaluation.
fn either(op: BoolOp, values: Vec<Value>) -> Value {
    let last = values.len().saturating_sub(1);
    let ends = |value: &Value| value.truth().is_none_or(|truth| truth == (op == BoolOp::Or));
    any_of(
        values
            .into_iter()
            .enumerate()
            .filter(|(index, value)| *index == last || ends(value))
            .map(|(_, value)| value),
    )
}

/// One of these; the same kind is kept once.
fn any_of(values: impl IntoIterator<Item = Value>) -> Value {
    let mut kinds: Vec<Value> = Vec::new();
    for value in values {
        let parts = match value {
            Value::AnyOf(parts) => parts,
            other => vec![other],
        };
        for part in parts {
            if !kinds.contains(&part) {
                kinds.push(part);
            }
        }
    }
    if kinds.len() == 1 { kinds.swap_remove(0) } else { Value::AnyOf(kinds) }
}

fn operation(left: &Value, op: Operator, right: &Value) -> Value {
    match (left, op, right) {
        (Value::Text(_), Operator::Add, Value::Text(_)) | (Value::Text(_), Operator::Mod, _) => {
            Value::Text(None)
        }
        (Value::Number, _, Value::Number) => Value::Number,
        (Value::Bool(_), Operator::BitAnd | Operator::BitOr | Operator::BitXor, Value::Bool(_)) => {
            Value::Bool(None)
        }
        _ => Value::Unknown,
    }
}

fn regular_expression(function: &str) -> Value {
    match function {
        "match" | "search" | "fullmatch" => Value::Other("a match object or `None`"),
        "findall" | "split" => Value::List(Vec::new()),
        "sub" | "escape" => Value::Text(None),
        _ => Value::Unknown,
    }
}

fn method_call(method: &str) -> Value {
    match method {
        "startswith" | "endswith" | "isdigit" | "isalpha" | "isalnum" | "isnumeric" | "isdecimal"
        | "islower" | "isupper" | "isspace" | "isidentifier" | "isprintable" | "isascii" | "issubset"
        | "issuperset" | "isdisjoint" => Value::Bool(None),
        "lower" | "upper" | "strip" | "lstrip" | "rstrip" | "replace" | "capitalize" | "casefold"
        | "join" => Value::Text(None),
        "split" | "rsplit" | "splitlines" => Value::List(Vec::new()),
        _ => Value::Unknown,
    }
}
