//! Remembers items whose loading ended workers, so that it is not tried for ever.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use crate::program::Program;
use crate::wire::{Part, WireError};

/// Deaths after which an item is not loaded again; the first may have had an outside reason.
const DEATHS_MAX: u32 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Name {
    Rule(String),
    Model(String),
    /// By its folder.
    Project(PathBuf),
}

struct Fault {
    /// Of the item and of what it can import.
    version: String,
    deaths: u32,
    error: WireError,
}

/// The load faults of a host; they outlive a reload that does not change the item.
#[derive(Default)]
pub(crate) struct LoadFaults(Mutex<HashMap<Name, Fault>>);

impl LoadFaults {
    /// Notes that loading an item ended a worker; whether the item is left out from now on. What never
    /// ends (`is_final`) is not tried twice.
    pub(crate) fn note(&self, program: &Program, part: Part, error: WireError, is_final: bool) -> bool {
        let (name, version) = identity(program, part);
        let mut faults = self.lock();
        let fault = faults.entry(name).or_insert_with(|| Fault {
            version: version.clone(),
            deaths: 0,
            error: error.clone(),
        });
        if fault.version != version {
            *fault = Fault { version, deaths: 0, error: error.clone() };
        }
        fault.deaths = if is_final { DEATHS_MAX } else { fault.deaths + 1 };
        fault.error = error;
        fault.deaths >= DEATHS_MAX
    }

    /// Why an item is left out, if it is.
    pub(crate) fn of(&self, program: &Program, part: Part) -> Option<WireError> {
        let faults = self.lock();
        if faults.is_empty() {
            return None;
        }
        let (name, version) = identity(program, part);
        let fault = faults.get(&name)?;
        (fault.version == version && fault.deaths >= DEATHS_MAX).then(|| fault.error.clone())
    }

    /// Forgets items that are gone or have new content.
    pub(crate) fn reload(&self, program: &Program) {
        let index = |index: Option<usize>| index.and_then(|index| u32::try_from(index).ok());
        self.lock().retain(|name, fault| {
            let part = match name {
                Name::Rule(id) => program.index_of(&id.as_str().into()).map(Part::Rule),
                Name::Model(id) => {
                    index(program.data_models().iter().position(|model| model.id == *id)).map(Part::Model)
                }
                Name::Project(root) => {
                    index(program.projects().iter().position(|one| one.root() == root)).map(Part::Project)
                }
            };
            part.is_some_and(|part| identity(program, part).1 == fault.version)
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Fault>> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

/// Name and version of an item; the index is one of the program's.
fn identity(program: &Program, part: Part) -> (Name, String) {
    match part {
        Part::Rule(index) => {
            let rule = program.rule(index);
            (Name::Rule(rule.id.to_string()), format!("{}/{}", rule.version, program.shared_version()))
        }
        Part::Model(index) => {
            let model = &program.data_models()[index as usize];
            (Name::Model(model.id.clone()), program.shared_version().to_string())
        }
        Part::Project(index) => {
            let project = &program.projects()[index as usize];
            (Name::Project(project.root().to_owned()), project.version().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{DetectionKind, Severity};

    use super::*;
    use crate::findings::worker_died;
    use crate::program::{GlobalProgram, RuleProgram};

    fn program(version: &str, global: &str) -> Program {
        let rule = RuleProgram {
            id: "R".into(),
            kind: DetectionKind::Rule,
            log_types: vec![],
            severity: Severity::Low,
            create_alert: true,
            enabled: true,
            version: version.into(),
            source: "".into(),
        };
        let global = GlobalProgram { id: "g".into(), source: global.into() };
        Program::new(vec![global], vec![], vec![rule])
    }

    #[test]
    fn two_deaths_leave_an_item_out_until_it_or_a_global_changes() {
        let (faults, first) = (LoadFaults::default(), program("1", "a"));
        let rule = Part::Rule(0);
        assert!(!faults.note(&first, rule, worker_died("x"), false));
        assert!(faults.of(&first, rule).is_none());
        assert!(faults.note(&first, rule, worker_died("y"), false));
        assert_eq!(faults.of(&first, rule).unwrap().message, "y");
        assert!(faults.of(&program("2", "a"), rule).is_none());
        assert!(faults.of(&program("1", "b"), rule).is_none());
        faults.reload(&first);
        assert!(faults.of(&first, rule).is_some());
        faults.reload(&program("2", "a"));
        assert!(faults.of(&first, rule).is_none());
        assert!(faults.note(&first, rule, worker_died("z"), true), "what never ends is not tried twice");
    }
}
