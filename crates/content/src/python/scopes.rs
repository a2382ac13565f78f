//! Which names a scope binds, and which names are used that nothing defines.
//!
//! Order within a scope is not looked at: a name that is bound anywhere in a scope counts as defined there.
//! So what is reported is wrong on every path.

use std::collections::{BTreeMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprContext, Parameters, Pattern, Stmt, StmtImport, StmtImportFrom,
    StmtTry, TypeParam, TypeParams,
};
use ruff_text_size::{Ranged, TextRange};

use super::builtins::is_builtin;

/// The names that the statements of one scope bind in it; nested scopes are left out.
pub(super) fn bound_in(body: &[Stmt]) -> HashSet<&str> {
    let mut bindings = Bindings::default();
    bindings.visit_body(body);
    for name in bindings.elsewhere {
        bindings.names.remove(name);
    }
    bindings.names
}

/// Names that functions of the module bind in the module with `global`.
pub(super) fn bound_as_global(body: &[Stmt]) -> HashSet<&str> {
    #[derive(Default)]
    struct Globals<'a>(HashSet<&'a str>);
    impl<'a> Visitor<'a> for Globals<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            if let Stmt::Global(global) = stmt {
                self.0.extend(global.names.iter().map(|name| name.as_str()));
            }
            visitor::walk_stmt(self, stmt);
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut globals = Globals::default();
    globals.visit_body(body);
    globals.0
}

/// Names that are used and nowhere defined, with their first use, in order of name. `known` are the names of
/// the module.
pub(super) fn undefined<'a>(body: &'a [Stmt], known: &'a HashSet<&'a str>) -> BTreeMap<&'a str, TextRange> {
    let mut uses = Uses {
        known,
        scopes: Vec::new(),
        functions: 0,
        annotations_run: !has_future_annotations(body),
        guards: 0,
        undefined: BTreeMap::new(),
    };
    uses.visit_body(body);
    uses.undefined
}

/// `from __future__ import annotations`: no annotation is evaluated.
fn has_future_annotations(body: &[Stmt]) -> bool {
    body.iter().any(|stmt| match stmt {
        Stmt::ImportFrom(import) => {
            import.module.as_deref() == Some("__future__")
                && import.names.iter().any(|alias| alias.name.as_str() == "annotations")
        }
        _ => false,
    })
}

#[derive(Default)]
struct Bindings<'a> {
    names: HashSet<&'a str>,
    /// Declared `global` or `nonlocal`.
    elsewhere: Vec<&'a str>,
}

impl<'a> Bindings<'a> {
    fn import(&mut self, import: &'a StmtImport) {
        for alias in &import.names {
            let whole = alias.name.as_str();
            let name = alias.asname.as_ref().map_or(whole, |name| name.as_str());
            let first = if alias.asname.is_some() { name } else { name.split('.').next().unwrap_or(name) };
            self.names.insert(first);
        }
    }

    fn import_from(&mut self, import: &'a StmtImportFrom) {
        for alias in &import.names {
            let name = alias.asname.as_ref().unwrap_or(&alias.name);
            self.names.insert(name.as_str());
        }
    }

    fn defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    /// Targets of a comprehension are its own; a `:=` in it is not.
    fn comprehension(&mut self, generators: &'a [Comprehension], parts: &[&'a Expr]) {
        for generator in generators {
            self.visit_expr(&generator.iter);
            generator.ifs.iter().for_each(|condition| self.visit_expr(condition));
        }
        parts.iter().for_each(|part| self.visit_expr(part));
    }
}

impl<'a> Visitor<'a> for Bindings<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                self.names.insert(function.name.as_str());
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.defaults(&function.parameters);
            }
            Stmt::ClassDef(class) => {
                self.names.insert(class.name.as_str());
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
            }
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::Global(global) => self.elsewhere.extend(global.names.iter().map(|name| name.as_str())),
            Stmt::Nonlocal(nonlocal) => {
                self.elsewhere.extend(nonlocal.names.iter().map(|name| name.as_str()));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => {
                self.names.insert(name.id.as_str());
            }
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.defaults(parameters));
            }
            Expr::ListComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::Generator(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::DictComp(node) => {
                let parts: Vec<&Expr> = node.key.iter().chain([&node.value]).map(AsRef::as_ref).collect();
                self.comprehension(&node.generators, &parts);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        self.names.extend(inner.name.iter().map(|name| name.as_str()));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(node) => node.name.as_ref(),
            Pattern::MatchStar(node) => node.name.as_ref(),
            Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        self.names.extend(name.iter().map(|name| name.as_str()));
        visitor::walk_pattern(self, pattern);
    }
}

struct Uses<'a> {
    known: &'a HashSet<&'a str>,
    /// Names of the scopes inside the module, outermost first.
    scopes: Vec<HashSet<&'a str>>,
    /// How many functions are around: annotations of their variables are not evaluated.
    functions: usize,
    /// Whether other annotations are.
    annotations_run: bool,
    /// How many `try` blocks around expect a `NameError`.
    guards: usize,
    undefined: BTreeMap<&'a str, TextRange>,
}

impl<'a> Uses<'a> {
    fn is_defined(&self, name: &str) -> bool {
        self.known.contains(name) || is_builtin(name) || self.scopes.iter().any(|scope| scope.contains(name))
    }

    fn within(&mut self, names: HashSet<&'a str>, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(names);
        walk(self);
        self.scopes.pop();
    }

    fn with_type_params(&mut self, type_params: Option<&'a TypeParams>, walk: impl FnOnce(&mut Self)) {
        let Some(type_params) = type_params else { return walk(self) };
        let name = |type_param: &'a TypeParam| match type_param {
            TypeParam::TypeVar(node) => node.name.as_str(),
            TypeParam::ParamSpec(node) => node.name.as_str(),
            TypeParam::TypeVarTuple(node) => node.name.as_str(),
        };
        self.within(type_params.iter().map(name).collect(), |uses| {
            uses.visit_type_params(type_params);
            walk(uses);
        });
    }

    fn function_body(
        &mut self,
        parameters: Option<&'a Parameters>,
        names: HashSet<&'a str>,
        body: impl FnOnce(&mut Self),
    ) {
        let mut names = names;
        names.extend(
            parameters.into_iter().flat_map(Parameters::iter).map(|parameter| parameter.name().as_str()),
        );
        self.functions += 1;
        self.within(names, body);
        self.functions -= 1;
    }

    fn comprehension(&mut self, generators: &'a [Comprehension], parts: &[&'a Expr]) {
        let mut targets = Bindings::default();
        generators.iter().for_each(|generator| targets.visit_expr(&generator.target));
        self.within(targets.names, |uses| {
            for generator in generators {
                uses.visit_comprehension(generator);
            }
            parts.iter().for_each(|part| uses.visit_expr(part));
        });
    }

    fn try_block(&mut self, node: &'a StmtTry) {
        let is_guarded = node.handlers.iter().any(expects_name_error);
        self.guards += usize::from(is_guarded);
        self.visit_body(&node.body);
        self.guards -= usize::from(is_guarded);
        node.handlers.iter().for_each(|handler| self.visit_except_handler(handler));
        self.visit_body(&node.orelse);
        self.visit_body(&node.finalbody);
    }
}

fn expects_name_error(handler: &ExceptHandler) -> bool {
    let ExceptHandler::ExceptHandler(handler) = handler;
    let names = |expr: &Expr| matches!(expr, Expr::Name(name) if matches!(name.id.as_str(), "NameError" | "Exception" | "BaseException"));
    match handler.type_.as_deref() {
        None => true,
        Some(Expr::Tuple(tuple)) => tuple.elts.iter().any(names),
        Some(expr) => names(expr),
    }
}

impl<'a> Visitor<'a> for Uses<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.with_type_params(function.type_params.as_deref(), |uses| {
                    uses.visit_parameters(&function.parameters);
                    function.returns.iter().for_each(|returns| uses.visit_annotation(returns));
                    uses.function_body(Some(&function.parameters), bound_in(&function.body), |uses| {
                        uses.visit_body(&function.body);
                    });
                });
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.with_type_params(class.type_params.as_deref(), |uses| {
                    class.arguments.iter().for_each(|arguments| uses.visit_arguments(arguments));
                    // Names of a class are visible in its body alone; that methods see them here too only
                    // means that less is reported.
                    uses.within(bound_in(&class.body), |uses| uses.visit_body(&class.body));
                });
            }
            Stmt::TypeAlias(node) => {
                self.with_type_params(node.type_params.as_deref(), |uses| uses.visit_expr(&node.value));
            }
            Stmt::Try(node) => self.try_block(node),
            Stmt::AnnAssign(node) if self.functions > 0 => {
                node.value.iter().for_each(|value| self.visit_expr(value));
                self.visit_expr(&node.target);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_annotation(&mut self, annotation: &'a Expr) {
        if self.annotations_run {
            visitor::walk_annotation(self, annotation);
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                if self.guards == 0 && !self.is_defined(&name.id) {
                    self.undefined.entry(name.id.as_str()).or_insert_with(|| name.range());
                }
            }
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                let mut bindings = Bindings::default();
                bindings.visit_expr(&lambda.body);
                self.function_body(lambda.parameters.as_deref(), bindings.names, |uses| {
                    uses.visit_expr(&lambda.body)
                });
            }
            Expr::ListComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::Generator(node) => self.comprehension(&node.generators, &[&node.elt]),
            Expr::DictComp(node) => {
                let parts: Vec<&Expr> = node.key.iter().chain([&node.value]).map(AsRef::as_ref).collect();
                self.comprehension(&node.generators, &parts);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}
