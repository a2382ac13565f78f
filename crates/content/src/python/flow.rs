//! Whether the end of a block can be reached.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtTry};

/// Whether the statement after a block can be reached from it. When in doubt, no.
pub(super) fn falls_through(body: &[Stmt]) -> bool {
    body.iter().all(goes_on)
}

fn goes_on(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_) => false,
        Stmt::If(node) => {
            let has_else = node.elif_else_clauses.last().is_some_and(|clause| clause.test.is_none());
            let bodies = node.elif_else_clauses.iter().map(|clause| clause.body.as_slice());
            let constant = is_constantly_true(&node.test);
            if constant {
                return falls_through(&node.body);
            }
            !has_else || std::iter::once(node.body.as_slice()).chain(bodies).any(falls_through)
        }
        Stmt::While(node) if is_constantly_true(&node.test) => breaks(&node.body),
        Stmt::With(node) => falls_through(&node.body),
        Stmt::Try(node) => try_goes_on(node),
        Stmt::Match(node) => {
            let covers_all =
                node.cases.iter().any(|case| case.guard.is_none() && case.pattern.is_irrefutable());
            !covers_all || node.cases.iter().any(|case| falls_through(&case.body))
        }
        Stmt::Assert(node) => !matches!(node.test.as_ref(), Expr::BooleanLiteral(literal) if !literal.value),
        Stmt::Expr(node) => !is_exit(&node.value),
        _ => true,
    }
}

fn try_goes_on(node: &StmtTry) -> bool {
    if !falls_through(&node.finalbody) {
        return false;
    }
    let through_body = falls_through(&node.body) && falls_through(&node.orelse);
    let through_handler =
        node.handlers.iter().any(|ExceptHandler::ExceptHandler(handler)| falls_through(&handler.body));
    through_body || through_handler
}

fn is_constantly_true(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(literal) => literal.value,
        Expr::NumberLiteral(literal) => {
            literal.value.as_int().and_then(ruff_python_ast::Int::as_u8) == Some(1)
        }
        _ => false,
    }
}

/// `sys.exit()` and its kin.
fn is_exit(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else { return false };
    match call.func.as_ref() {
        Expr::Name(name) => matches!(name.id.as_str(), "exit" | "quit"),
        Expr::Attribute(attribute) => attribute.attr.as_str() == "exit",
        _ => false,
    }
}

/// Whether a loop body has a `break` of its own.
fn breaks(body: &[Stmt]) -> bool {
    struct Breaks(bool);
    impl<'a> Visitor<'a> for Breaks {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Break(_) => self.0 = true,
                Stmt::For(_) | Stmt::While(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                _ => visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut breaks = Breaks(false);
    breaks.visit_body(body);
    breaks.0
}
