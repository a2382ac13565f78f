//! Which schema of a source an entry fits.
//!
//! Schemas that fitted lately are tried first: every schema begins with penalty 1, a failure adds 1,
//! a success makes it 0; the lowest penalty goes first, equal ones in the order of the source. The
//! first schema that fits wins. One classifier serves one body. Source: `ingest.md` §1.6.

use std::sync::Arc;

use model::LogType;
use schema::{Mismatch, Outcome, Schema, parse_json};

use crate::split::Entry;

/// Chooses schemas for the entries of one body.
#[derive(Debug)]
pub struct Classifier<'a> {
    schemas: &'a [Arc<Schema>],
    penalties: Vec<u64>,
}

/// An entry that fits.
#[derive(Debug)]
pub struct Classified {
    /// Position of the schema in the list given to [`Classifier::new`].
    pub schema: usize,
    /// Its events, and the records inside an envelope that do not fit.
    pub outcome: Outcome,
}

/// An entry that fits no schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclassified {
    /// The last schema tried; `None` when there is none to try.
    pub log_type: Option<LogType>,
    /// Every schema tried and why it does not fit, in the order of trial.
    pub reason: String,
    /// The same, one by one; empty when the entry is not JSON.
    pub mismatches: Vec<(LogType, Mismatch)>,
}

impl<'a> Classifier<'a> {
    /// A classifier over the schemas of one source, in their order.
    pub fn new(schemas: &'a [Arc<Schema>]) -> Classifier<'a> {
        Classifier { schemas, penalties: vec![1; schemas.len()] }
    }

    /// Finds the first schema that the entry fits.
    ///
    /// # Errors
    /// None fits, or the entry is not JSON.
    pub fn classify(&mut self, entry: Entry<'_>) -> Result<Classified, Unclassified> {
        let mut value = match entry.parsed {
            Ok(value) => Some(value),
            Err(reason) => return Err(self.refuse_unreadable(&reason)),
        };
        let mut refused: Vec<(usize, Mismatch)> = Vec::new();
        for schema in self.order() {
            // The first schema takes the value itself; the next ones read the text again, which is
            // rarer than it would be dear to keep a copy.
            let value = match value.take() {
                Some(value) => value,
                None => match parse_json(entry.text) {
                    Ok(value) => value,
                    Err(error) => return Err(self.refuse_unreadable(&format!("not valid JSON: {error}"))),
                },
            };
            match self.schemas[schema].normalise(value) {
                Ok(outcome) => {
                    self.penalties[schema] = 0;
                    return Ok(Classified { schema, outcome });
                }
                Err(mismatch) => {
                    self.penalties[schema] += 1;
                    refused.push((schema, mismatch));
                }
            }
        }
        Err(self.unclassified(refused))
    }

    /// Positions of the schemas, lowest penalty first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.schemas.len()).collect();
        order.sort_by_key(|&schema| self.penalties[schema]);
        order
    }

    /// A text that holds no JSON fits no schema; none is to blame, so penalties stay.
    fn refuse_unreadable(&self, reason: &str) -> Unclassified {
        let order = self.order();
        let names: Vec<&str> = order.iter().map(|&schema| self.schemas[schema].log_type().as_str()).collect();
        Unclassified {
            log_type: order.last().map(|&schema| self.schemas[schema].log_type().clone()),
            reason: if names.is_empty() {
                reason.to_owned()
            } else {
                format!("{}: {reason}", names.join(", "))
            },
            mismatches: Vec::new(),
        }
    }

    fn unclassified(&self, refused: Vec<(usize, Mismatch)>) -> Unclassified {
        let named =
            |(schema, mismatch): (usize, Mismatch)| (self.schemas[schema].log_type().clone(), mismatch);
        let mismatches: Vec<(LogType, Mismatch)> = refused.into_iter().map(named).collect();
        let reasons: Vec<String> =
            mismatches.iter().map(|(log_type, mismatch)| format!("{log_type}: {mismatch}")).collect();
        Unclassified {
            log_type: mismatches.last().map(|(log_type, _)| log_type.clone()),
            reason: if reasons.is_empty() {
                "the source has no log types; add some to its `log_types`".to_owned()
            } else {
                reasons.join("; ")
            },
            mismatches,
        }
    }
}
