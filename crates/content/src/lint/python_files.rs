//! The Python file of an item: can it be read, and does it have the function that it must have?

use super::scene::{Notes, Scene, Subject};
use crate::check::near_miss;
use crate::codes;
use crate::python::{Fault, FaultKind, Module};

pub(super) fn check(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in &scene.subjects {
        match scene.module(subject) {
            Some(Ok(module)) => check_function(scene, subject, module, notes),
            Some(Err(fault)) => report_fault(subject, fault, notes),
            None => {}
        }
    }
}

fn report_fault(subject: &Subject<'_>, fault: &Fault, notes: &mut Notes) {
    let (code, hint) = match fault.kind {
        FaultKind::Syntax => (&codes::PYTHON_SYNTAX, None),
        FaultKind::TooNew => {
            let hint = "rules run on the interpreter of `python.executable`; the reference is Python 3.11";
            (&codes::PYTHON_TOO_NEW, Some(hint.to_owned()))
        }
        FaultKind::TooDeep => (&codes::TOO_LARGE, None),
    };
    notes.code(subject, code, fault.span, fault.message.clone(), hint);
}

fn check_function(scene: &Scene<'_>, subject: &Subject<'_>, module: &Module, notes: &mut Notes) {
    let (Some(matcher), Some(path), Some(filename)) =
        (subject.matcher(), subject.python, subject.get("Filename"))
    else {
        return;
    };
    let Some(names) = scene.names_of(module).filter(|names| !names.contains(matcher)) else { return };
    let other = if matcher == "rule" { "policy" } else { "rule" };
    let hint = if module.function(other).is_some() {
        format!("it defines `{other}`; rename it, or correct `AnalysisType`")
    } else {
        match near_miss(matcher, names.into_iter().filter(|name| module.function(name).is_some())) {
            Some(near) => format!("it defines `{near}`; did you mean `{matcher}`?"),
            None => {
                format!("add a function `{matcher}` that takes one argument and returns `True` or `False`")
            }
        }
    };
    let message = format!("`{}` does not define `{matcher}`", path.display());
    notes.yaml(subject, &codes::NO_FUNCTION, filename.span, message, Some(hint));
}
