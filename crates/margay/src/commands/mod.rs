//! The commands, one file or folder each. A command prints its results on stdout and everything else on
//! stderr, and ends with `Ok` or a [`Failure`](crate::failure::Failure).

mod alert;
mod archive;
mod audit;
mod backup;
mod check;
mod delivery;
mod destination;
mod detect;
mod detection;
mod escape;
mod output;
mod overrides;
mod parse;
mod python;
mod remote;
mod secrets;
mod source;
mod test;
mod token;
mod user;
mod worker;

pub(crate) use alert::alert;
pub(crate) use audit::audit;
pub(crate) use backup::{UNFINISHED, backup, restore};
pub(crate) use check::check;
pub(crate) use delivery::delivery;
pub(crate) use destination::destination;
pub(crate) use detect::detect;
pub(crate) use detection::detection;
pub(crate) use parse::parse;
pub(crate) use python::python;
pub(crate) use remote::{diff, download, upload};
pub(crate) use secrets::secrets;
pub(crate) use source::source;
pub(crate) use test::test;
pub(crate) use token::{of_token, token};
pub(crate) use user::user;
pub(crate) use worker::python_worker;
