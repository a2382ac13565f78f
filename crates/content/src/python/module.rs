//! One pass over a module: its names, imports, functions, and what is noticed on the way.

use std::collections::{BTreeSet, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    CmpOp, ExceptHandler, Expr, ExprCall, ModModule, Stmt, StmtIf, StmtImport, StmtImportFrom, StmtTry,
};
use ruff_text_size::Ranged;

use super::facts::{Import, ImportedName, Module, Reach};
use super::functions::{self, Surroundings};
use super::place::Lines;
use super::scopes;

/// Names whose use may give the module names that cannot be seen.
const OPENERS: [&str; 4] = ["globals", "exec", "vars", "setattr"];

/// Reads the facts of a module.
pub(super) fn read(module: &ModModule, lines: &Lines<'_>) -> Module {
    let mut names = scopes::bound_in(&module.body);
    names.remove("*");
    names.extend(scopes::bound_as_global(&module.body));
    let mut definitions = Definitions { functions: Vec::new(), conditions: 0 };
    definitions.visit_body(&module.body);
    let function_names: HashSet<&str> =
        definitions.functions.iter().map(|(function, _)| function.name.as_str()).collect();
    let surroundings = Surroundings { lines, names: &names, functions: &function_names };
    let undefined = scopes::undefined(&module.body, &names);
    let mut undefined: Vec<_> =
        undefined.into_iter().map(|(name, range)| (name.to_owned(), lines.span(range))).collect();
    undefined.sort_by_key(|(_, span)| (span.line, span.column));
    let mut facts = Module {
        names: names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(),
        is_open: names.contains("__getattr__"),
        exported: exported(&module.body),
        functions: definitions
            .functions
            .iter()
            .map(|(function, is_unconditional)| functions::read(function, *is_unconditional, &surroundings))
            .collect(),
        undefined,
        ..Module::default()
    };
    let mut walk = Walk { lines, names: &names, facts: &mut facts, depth: 0, guards: 0, is_main: false };
    walk.visit_body(&module.body);
    facts
}

/// `__all__ = ["a", "b"]`.
fn exported(body: &[Stmt]) -> Option<Vec<String>> {
    let value = body.iter().find_map(|stmt| match stmt {
        Stmt::Assign(node) => match node.targets.as_slice() {
            [Expr::Name(name)] if name.id.as_str() == "__all__" => Some(node.value.as_ref()),
            _ => None,
        },
        _ => None,
    })?;
    let entries = match value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        _ => return None,
    };
    let text = |entry: &Expr| Some(entry.as_string_literal_expr()?.value.to_str().to_owned());
    entries.iter().map(text).collect()
}

/// The functions of the module's namespace.
struct Definitions<'a> {
    functions: Vec<(&'a ruff_python_ast::StmtFunctionDef, bool)>,
    conditions: usize,
}

impl<'a> Visitor<'a> for Definitions<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.functions.push((function, self.conditions == 0)),
            Stmt::ClassDef(_) => {}
            _ => {
                self.conditions += 1;
                visitor::walk_stmt(self, stmt);
                self.conditions -= 1;
            }
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

struct Walk<'a, 'f> {
    lines: &'a Lines<'a>,
    names: &'a HashSet<&'a str>,
    facts: &'f mut Module,
    /// Functions and conditions around.
    depth: usize,
    /// Blocks around in which a failing import is expected, or that only type checkers read.
    guards: usize,
    /// Whether this is `if __name__ == "__main__":`.
    is_main: bool,
}

impl<'a> Walk<'a, '_> {
    fn reach(&self) -> Reach {
        match (self.guards, self.depth) {
            (0, 0) => Reach::Always,
            (0, _) => Reach::Sometimes,
            _ => Reach::Guarded,
        }
    }

    fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            self.facts.imports.push(Import {
                module: alias.name.to_string(),
                level: 0,
                names: Vec::new(),
                is_star: false,
                reach: self.reach(),
                span: self.lines.span(alias.name.range()),
            });
        }
    }

    fn import_from(&mut self, import: &'a StmtImportFrom) {
        let is_star = import.names.iter().any(|alias| alias.name.as_str() == "*");
        let name = |alias: &'a ruff_python_ast::Alias| ImportedName {
            name: alias.name.to_string(),
            bound: alias.asname.as_ref().unwrap_or(&alias.name).to_string(),
            span: self.lines.span(alias.name.range()),
        };
        let range = import.module.as_ref().map_or(import.range, Ranged::range);
        self.facts.imports.push(Import {
            module: import.module.as_ref().map(ToString::to_string).unwrap_or_default(),
            level: import.level,
            names: import.names.iter().filter(|_| !is_star).map(name).collect(),
            is_star,
            reach: self.reach(),
            span: self.lines.span(range),
        });
    }

    fn within(&mut self, walk: impl FnOnce(&mut Self)) {
        self.depth += 1;
        walk(self);
        self.depth -= 1;
    }

    fn guarded(&mut self, is_guarded: bool, walk: impl FnOnce(&mut Self)) {
        self.guards += usize::from(is_guarded);
        walk(self);
        self.guards -= usize::from(is_guarded);
    }

    fn try_block(&mut self, node: &'a StmtTry) {
        let is_guarded = node.handlers.iter().any(expects_import_error);
        self.guarded(is_guarded, |walk| {
            walk.visit_body(&node.body);
            node.handlers.iter().for_each(|handler| walk.visit_except_handler(handler));
        });
        self.visit_body(&node.orelse);
        self.visit_body(&node.finalbody);
    }

    fn condition(&mut self, node: &'a StmtIf, stmt: &'a Stmt) {
        let is_main = self.is_main;
        self.is_main |= is_main_test(&node.test);
        self.guarded(is_for_type_checkers(&node.test), |walk| {
            walk.within(|walk| visitor::walk_stmt(walk, stmt));
        });
        self.is_main = is_main;
    }

    fn call(&mut self, call: &'a ExprCall) {
        match call.func.as_ref() {
            Expr::Name(name) => {
                let name = name.id.as_str();
                if self.names.contains(name) {
                    return;
                }
                if name == "print" && !self.is_main {
                    self.facts.prints.push(self.lines.span(call.range()));
                }
                if OPENERS.contains(&name) {
                    self.facts.is_open = true;
                }
            }
            Expr::Attribute(attribute) if attribute.attr.as_str() == "udm" => {
                if let [Expr::StringLiteral(name)] = call.arguments.args.as_ref() {
                    let span = self.lines.span(name.range());
                    self.facts.udm_names.push((name.value.to_str().to_owned(), span));
                }
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Walk<'a, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Try(node) => self.try_block(node),
            Stmt::If(node) => self.condition(node, stmt),
            Stmt::FunctionDef(_) | Stmt::For(_) | Stmt::While(_) | Stmt::Match(_) => {
                self.within(|walk| visitor::walk_stmt(walk, stmt));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Call(call) => self.call(call),
            Expr::Compare(node) => {
                let is_identity = node.ops.iter().any(|op| matches!(op, CmpOp::Is | CmpOp::IsNot));
                let mut operands = std::iter::once(node.left.as_ref()).chain(&node.comparators);
                if is_identity
                    && operands.any(|side| side.is_string_literal_expr() || side.is_number_literal_expr())
                {
                    self.facts.literal_identities.push(self.lines.span(node.range()));
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

fn expects_import_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    let fits = |expr: &Expr| {
        matches!(expr, Expr::Name(name) if matches!(
            name.id.as_str(),
            "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException"
        ))
    };
    match handler.type_.as_deref() {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(fits),
        Some(expr) => fits(expr),
    }
}

fn is_for_type_checkers(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn is_main_test(test: &Expr) -> bool {
    let Expr::Compare(node) = test else { return false };
    matches!(node.left.as_ref(), Expr::Name(name) if name.id.as_str() == "__name__")
}
