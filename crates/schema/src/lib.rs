//! Log schemas: what a log type looks like, and how one log entry becomes a normalised event.
//!
//! A schema is a YAML document ([`SchemaSet::add`]) that declares the fields of a log type, their
//! types, which of them is the event time and which carry indicators. [`Schema::normalise`] checks
//! one entry against it and rewrites it: typed values, timestamps in the lake's format, legal column
//! names, collected indicators. [`finish`] adds the standard `p_*` fields and writes the event.
//!
//! Pure: no I/O, no clock, no runtime. Neighbour: `parsers`, which cuts bodies into entries and
//! chooses the schema. Guarantees: members keep their input order, digits of numbers are never
//! changed, nothing that is dropped goes uncounted ([`Normalised::unknown_keys`]).

mod aws;
mod coerce;
mod column;
mod error;
mod finish;
mod indicator;
mod native;
mod normalise;
mod outline;
mod read;
mod set;
mod time;
mod types;
mod yaml;

pub use error::{Mismatch, Reason, SchemaError};
pub use finish::{Stamp, finish};
pub use indicator::{IndicatorField, Indicators};
pub use model::json::{Json, NESTING_MAX, parse_json};
pub use normalise::{Normalised, Outcome, Rejected};
pub use outline::FieldOutline;
pub use read::Warning;
pub use set::SchemaSet;
pub use types::Schema;
