//! Faults that CPython finds after parsing: `return` outside a function, a parameter that is there twice.
//!
//! The checks are the parser's; this walk tells them what surrounds a node.

use std::cell::RefCell;
use std::collections::HashSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, Expr, ExprLambda, ModModule, Parameters, PythonVersion, Stmt, StmtClassDef,
    StmtFunctionDef,
};
use ruff_python_parser::semantic_errors::{
    LazyImportContext, SemanticSyntaxChecker, SemanticSyntaxContext, SemanticSyntaxError,
};
use ruff_text_size::{Ranged, TextRange};

/// The first fault, in reading order.
pub(super) fn first_error(
    module: &ModModule,
    text: &str,
    version: PythonVersion,
) -> Option<SemanticSyntaxError> {
    let mut walk = Walk {
        checker: SemanticSyntaxChecker::new(),
        around: Around { text, version, scopes: vec![Scope::new(Kind::Module)], errors: RefCell::default() },
    };
    walk.visit_body(&module.body);
    walk.around.errors.into_inner().into_iter().min_by_key(Ranged::start)
}

struct Walk<'a> {
    checker: SemanticSyntaxChecker,
    around: Around<'a>,
}

/// What surrounds the node that is looked at.
struct Around<'a> {
    text: &'a str,
    version: PythonVersion,
    /// From the module inwards; never empty.
    scopes: Vec<Scope<'a>>,
    errors: RefCell<Vec<SemanticSyntaxError>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Module,
    Class,
    Function { is_async: bool },
    Lambda,
    Comprehension { is_async: bool, is_generator: bool },
}

struct Scope<'a> {
    kind: Kind,
    loops: usize,
    parameters: HashSet<&'a str>,
    globals: Vec<(&'a str, TextRange)>,
    /// Names that the scope binds, as far as `nonlocal` needs to know; filled when it is a function.
    bound: HashSet<&'a str>,
}

impl Scope<'_> {
    fn new(kind: Kind) -> Self {
        Scope { kind, loops: 0, parameters: HashSet::new(), globals: Vec::new(), bound: HashSet::new() }
    }
}

impl Around<'_> {
    fn innermost(&self) -> &Scope<'_> {
        self.scopes.last().expect("the scope of the module is never left")
    }

    /// Scopes from the inside out.
    fn outwards(&self) -> impl Iterator<Item = Kind> {
        self.scopes.iter().rev().map(|scope| scope.kind)
    }
}

impl SemanticSyntaxContext for Around<'_> {
    fn future_annotations_or_stub(&self) -> bool {
        // Only relaxes a check of annotations that no supported version makes.
        false
    }

    fn lazy_import_context(&self) -> Option<LazyImportContext> {
        None
    }

    fn python_version(&self) -> PythonVersion {
        self.version
    }

    fn source(&self) -> &str {
        self.text
    }

    fn global(&self, name: &str) -> Option<TextRange> {
        self.innermost().globals.iter().find(|(global, _)| *global == name).map(|(_, range)| *range)
    }

    fn has_nonlocal_binding(&self, name: &str) -> bool {
        let (_, outer) = self.scopes.split_last().expect("the scope of the module is never left");
        let functions =
            outer.iter().filter(|scope| matches!(scope.kind, Kind::Function { .. } | Kind::Lambda));
        functions.into_iter().any(|scope| scope.bound.contains(name))
    }

    fn in_async_context(&self) -> bool {
        for kind in self.outwards() {
            match kind {
                Kind::Function { is_async } => return is_async,
                Kind::Comprehension { is_async: true, .. } => return true,
                Kind::Comprehension { .. } => {}
                Kind::Module | Kind::Class | Kind::Lambda => return false,
            }
        }
        false
    }

    fn in_await_allowed_context(&self) -> bool {
        for kind in self.outwards() {
            match kind {
                Kind::Function { .. } | Kind::Lambda => return true,
                Kind::Comprehension { .. } => {}
                Kind::Module | Kind::Class => return false,
            }
        }
        false
    }

    fn in_yield_allowed_context(&self) -> bool {
        matches!(self.innermost().kind, Kind::Function { .. } | Kind::Lambda)
    }

    fn in_sync_comprehension(&self) -> bool {
        for kind in self.outwards() {
            match kind {
                Kind::Comprehension { is_async: false, is_generator: false } => return true,
                Kind::Comprehension { .. } => {}
                Kind::Function { .. } | Kind::Lambda | Kind::Class | Kind::Module => return false,
            }
        }
        false
    }

    fn in_class_body_comprehension(&self) -> bool {
        let beyond = self.outwards().find(|kind| !matches!(kind, Kind::Comprehension { .. }));
        beyond == Some(Kind::Class)
    }

    fn in_module_scope(&self) -> bool {
        self.scopes.len() == 1
    }

    fn in_function_scope(&self) -> bool {
        matches!(self.innermost().kind, Kind::Function { .. } | Kind::Lambda)
    }

    fn in_generator_context(&self) -> bool {
        self.outwards().any(|kind| matches!(kind, Kind::Comprehension { is_generator: true, .. }))
    }

    fn in_notebook(&self) -> bool {
        false
    }

    fn report_semantic_error(&self, error: SemanticSyntaxError) {
        self.errors.borrow_mut().push(error);
    }

    fn in_loop_context(&self) -> bool {
        self.innermost().loops > 0
    }

    fn is_bound_parameter(&self, name: &str) -> bool {
        self.innermost().parameters.contains(name)
    }
}

impl<'a> Walk<'a> {
    fn within(&mut self, scope: Scope<'a>, walk: impl FnOnce(&mut Self)) {
        self.around.scopes.push(scope);
        walk(self);
        self.around.scopes.pop();
    }

    fn innermost(&mut self) -> &mut Scope<'a> {
        self.around.scopes.last_mut().expect("the scope of the module is never left")
    }

    fn function(&mut self, function: &'a StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_decorator(decorator);
        }
        if let Some(type_params) = &function.type_params {
            self.visit_type_params(type_params);
        }
        self.visit_parameters(&function.parameters);
        if let Some(returns) = &function.returns {
            self.visit_annotation(returns);
        }
        let mut scope = Scope::new(Kind::Function { is_async: function.is_async });
        scope.parameters = names_of(&function.parameters);
        scope.globals = globals_of(&function.body);
        scope.bound = super::scopes::bound_in(&function.body);
        scope.bound.extend(&scope.parameters);
        self.within(scope, |walk| walk.visit_body(&function.body));
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_decorator(decorator);
        }
        if let Some(type_params) = &class.type_params {
            self.visit_type_params(type_params);
        }
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
        }
        let mut scope = Scope::new(Kind::Class);
        scope.globals = globals_of(&class.body);
        self.within(scope, |walk| walk.visit_body(&class.body));
    }

    fn in_loop(&mut self, body: &'a [Stmt]) {
        self.innermost().loops += 1;
        self.visit_body(body);
        self.innermost().loops -= 1;
    }

    fn lambda(&mut self, lambda: &'a ExprLambda) {
        let mut scope = Scope::new(Kind::Lambda);
        if let Some(parameters) = &lambda.parameters {
            self.visit_parameters(parameters);
            scope.parameters = names_of(parameters);
            scope.bound.clone_from(&scope.parameters);
        }
        self.within(scope, |walk| walk.visit_expr(&lambda.body));
    }

    /// The first iterable belongs to what surrounds the comprehension.
    fn comprehension(&mut self, generators: &'a [Comprehension], is_generator: bool, parts: &[&'a Expr]) {
        let is_async = generators.iter().any(|generator| generator.is_async);
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        self.within(Scope::new(Kind::Comprehension { is_async, is_generator }), |walk| {
            for (index, generator) in generators.iter().enumerate() {
                walk.visit_expr(&generator.target);
                if index > 0 {
                    walk.visit_expr(&generator.iter);
                }
                for condition in &generator.ifs {
                    walk.visit_expr(condition);
                }
            }
            for part in parts {
                walk.visit_expr(part);
            }
        });
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.checker.visit_stmt(stmt, &self.around);
        match stmt {
            Stmt::FunctionDef(function) => self.function(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::For(node) => {
                self.visit_expr(&node.iter);
                self.visit_expr(&node.target);
                self.in_loop(&node.body);
                self.visit_body(&node.orelse);
            }
            Stmt::While(node) => {
                self.visit_expr(&node.test);
                self.in_loop(&node.body);
                self.visit_body(&node.orelse);
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.checker.visit_expr(expr, &self.around);
        match expr {
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(node) => self.comprehension(&node.generators, false, &[&node.elt]),
            Expr::SetComp(node) => self.comprehension(&node.generators, false, &[&node.elt]),
            Expr::Generator(node) => self.comprehension(&node.generators, true, &[&node.elt]),
            Expr::DictComp(node) => {
                let parts: Vec<&Expr> = node.key.iter().chain([&node.value]).map(AsRef::as_ref).collect();
                self.comprehension(&node.generators, false, &parts);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

fn names_of(parameters: &Parameters) -> HashSet<&str> {
    parameters.iter().map(|parameter| parameter.name().as_str()).collect()
}

/// The `global` statements of a scope, nested blocks included, nested scopes not.
fn globals_of(body: &[Stmt]) -> Vec<(&str, TextRange)> {
    struct Globals<'a>(Vec<(&'a str, TextRange)>);
    impl<'a> Visitor<'a> for Globals<'a> {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                Stmt::Global(global) => {
                    self.0.extend(global.names.iter().map(|name| (name.as_str(), global.range)));
                }
                _ => visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut globals = Globals(Vec::new());
    globals.visit_body(body);
    globals.0
}
