//! All known schemas, built-in and custom.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::LogType;

use crate::error::SchemaError;
use crate::read::{Origin, read_schema};
use crate::types::Schema;

/// Built-in schemas: one line per file of `schemas/`.
const BUILTIN: &[(&str, &str)] = &[
    ("AWS.CloudTrail.yml", include_str!("../../../schemas/AWS.CloudTrail.yml")),
    ("Okta.SystemLog.yml", include_str!("../../../schemas/Okta.SystemLog.yml")),
    ("Panther.Audit.yml", include_str!("../../../schemas/Panther.Audit.yml")),
];

/// Schemas by log type; look-ups ignore letter case, the spelling of the schema is kept.
#[derive(Clone, Debug, Default)]
pub struct SchemaSet {
    /// Keys are lower case.
    schemas: BTreeMap<String, Arc<Schema>>,
}

impl SchemaSet {
    /// The schemas that come with the product.
    ///
    /// # Errors
    /// A built-in schema is broken; a test holds that none is.
    pub fn builtin() -> Result<SchemaSet, SchemaError> {
        let mut set = SchemaSet::default();
        for (file, yaml) in BUILTIN {
            set.insert(file, yaml, Origin::BuiltIn)?;
        }
        Ok(set)
    }

    /// Adds a custom schema (`Custom.…`); `file` is named in errors. Answers its log type.
    ///
    /// # Errors
    /// The document is invalid, or its name is taken.
    pub fn add(&mut self, file: &str, yaml: &str) -> Result<LogType, SchemaError> {
        self.insert(file, yaml, Origin::Custom)
    }

    /// The schema of a log type, in whatever letter case.
    pub fn get(&self, name: &str) -> Option<&Arc<Schema>> {
        self.schemas.get(&name.to_ascii_lowercase())
    }

    /// All schemas, by log type.
    pub fn schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.schemas.values()
    }

    /// All log types, in alphabetical order.
    pub fn log_types(&self) -> impl Iterator<Item = &LogType> {
        self.schemas.values().map(|schema| schema.log_type())
    }

    fn insert(&mut self, file: &str, yaml: &str, origin: Origin) -> Result<LogType, SchemaError> {
        let schema = read_schema(yaml, origin).map_err(|problem| problem.in_file(file))?;
        let log_type = schema.log_type().clone();
        let key = log_type.as_str().to_ascii_lowercase();
        if self.schemas.contains_key(&key) {
            return Err(SchemaError::NameTaken { file: file.to_owned(), log_type: log_type.to_string() });
        }
        self.schemas.insert(key, Arc::new(schema));
        Ok(log_type)
    }
}
