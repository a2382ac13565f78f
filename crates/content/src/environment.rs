//! What Python code finds around it when it runs.

use std::collections::{BTreeMap, BTreeSet};

/// The interpreter and its modules, as far as imports are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PythonEnvironment {
    /// Major and minor version.
    pub version: (u8, u8),
    /// Modules that are installed beside the standard library, by their first name.
    pub installed: BTreeSet<String>,
    /// Modules that are found before all others: dotted name to code.
    pub first: BTreeMap<String, String>,
    /// Modules that are found after all others: dotted name to code.
    pub last: BTreeMap<String, String>,
    /// Whether rules may use the network.
    pub network: bool,
}
