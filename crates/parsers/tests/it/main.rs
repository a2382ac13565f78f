//! Bodies in, events and failures out.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod classification;
mod splitting;

use std::sync::Arc;

use model::{RawBatch, SourceId};
use parsers::{ParsedBatch, SourceSpec, StreamType, parse_batch};
use schema::SchemaSet;

/// Parses a body of a source with these custom schemas (name, fields in flow style).
fn parse(body: &str, stream_type: StreamType, schemas: &[(&str, &str)]) -> ParsedBatch {
    let mut set = SchemaSet::builtin().unwrap();
    let names = schemas.iter().map(|(name, fields)| match *fields {
        "" => (*name).to_owned(),
        fields => set.add("test.yml", &format!("schema: {name}\nfields: [{fields}]")).unwrap().to_string(),
    });
    let names: Vec<String> = names.collect();
    let source = SourceSpec {
        id: SourceId::from("main"),
        label: "Main".into(),
        stream_type,
        envelope: Vec::new(),
        schemas: names.iter().map(|name| Arc::clone(set.get(name).unwrap())).collect(),
    };
    let batch = RawBatch {
        sequence: 0x1f,
        source_id: source.id.clone(),
        accepted_at: "2026-05-01T10:00:00Z".parse().unwrap(),
        body: body.to_owned().into(),
    };
    parse_batch(&batch, &source)
}
