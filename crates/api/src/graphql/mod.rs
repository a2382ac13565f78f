//! The GraphQL API at `/public/graphql`.
//!
//! The schema is written in the language of GraphQL itself, one file for each subject, in `schema/`; beside it
//! is a file of Rust with the same name that resolves the fields of the subject and says what each one asks of
//! its caller. [`engine`] puts both together and refuses a schema with a field that nobody resolves.
//!
//! A request is measured before anything is done for it ([`limits`]), checked against the schema by
//! `async-graphql`, and run by [`run`]. That library's own executor is not used: of fields that fail it leaves
//! the key out, and it answers in the order in which fields end, while clients expect `null` and their order.
//!
//! Source: `api.md` §5.

mod ai;
mod alerts;
mod call;
mod checker;
mod clouds;
mod detections;
mod engine;
mod http;
mod identity;
mod introspection;
mod jobs;
mod lake;
mod limits;
mod metrics;
mod projects;
mod replay;
mod run;
mod schemas;
mod sdl;
mod sources;
mod tools;
mod types;
mod uploads;
mod value;
mod variables;
mod volumes;

#[cfg(test)]
mod tests;

/// The fields of `Query` or `Mutation`, for the tests that hold tables of them.
#[cfg(test)]
pub(crate) fn fields_of(root: &str) -> Vec<String> {
    match engine::Engine::get().map(|engine| engine.types.get(root)) {
        Ok(Some(types::Shape::Object(fields))) => fields.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

pub(crate) use http::{answer, is_ready};
pub(crate) use jobs::Jobs;
pub(crate) use projects::put_project;
