//! The fields of a log type as a flat list, for people who write detections.

use crate::indicator::Indicator;
use crate::types::{Field, ObjectType, Schema, Type, Width};

/// Objects and arrays within each other that an outline follows.
const OUTLINE_LEVELS_MAX: usize = 8;
/// Fields of one outline.
const OUTLINE_FIELDS_MAX: usize = 2_000;

/// A field of a log type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOutline {
    /// Its place in an event, such as `actor.alternateId`; `[]` stands behind an array.
    pub path: String,
    /// `string`, `int`, `object`, …
    pub kind: &'static str,
    /// What it holds; may be empty.
    pub description: String,
    /// The indicators that are taken from it.
    pub indicators: Vec<&'static str>,
}

impl Schema {
    /// The fields with those inside of them, each before what is inside of it, in the order of the document. At most
    /// 2,000, and those of eight levels.
    pub fn outline(&self) -> Vec<FieldOutline> {
        let mut outline = Vec::new();
        add_object("", &self.root, 0, &mut outline);
        outline
    }
}

fn add_object(parent: &str, object: &ObjectType, level: usize, outline: &mut Vec<FieldOutline>) {
    if level >= OUTLINE_LEVELS_MAX {
        return;
    }
    for Field { column, kind, description, .. } in &object.fields {
        if outline.len() >= OUTLINE_FIELDS_MAX {
            return;
        }
        let path = if parent.is_empty() { column.to_string() } else { format!("{parent}.{column}") };
        let (name, indicators) = named(kind);
        outline.push(FieldOutline {
            path: path.clone(),
            kind: name,
            description: description.to_string(),
            indicators,
        });
        add_inside(&path, kind, level, outline);
    }
}

/// What is inside of a value.
fn add_inside(path: &str, kind: &Type, level: usize, outline: &mut Vec<FieldOutline>) {
    match kind {
        Type::Object { object, .. } => add_object(path, object, level + 1, outline),
        Type::Array { element, .. }
            if level + 1 < OUTLINE_LEVELS_MAX && outline.len() < OUTLINE_FIELDS_MAX =>
        {
            let path = format!("{path}[]");
            let (name, indicators) = named(element);
            outline.push(FieldOutline {
                path: path.clone(),
                kind: name,
                description: String::new(),
                indicators,
            });
            add_inside(&path, element, level + 1, outline);
        }
        _ => {}
    }
}

fn named(kind: &Type) -> (&'static str, Vec<&'static str>) {
    let name = match kind {
        Type::String { indicators, .. } => {
            return ("string", indicators.iter().map(|indicator| indicator.name()).collect());
        }
        Type::Integer(Width::Small) => "smallint",
        Type::Integer(Width::Int) => "int",
        Type::Integer(Width::Big) => "bigint",
        Type::Float => "float",
        Type::Boolean => "boolean",
        Type::Timestamp { .. } => "timestamp",
        Type::Array { .. } => "array",
        Type::Object { .. } => "object",
        Type::Json { .. } => "json",
    };
    (name, Vec::new())
}

impl Indicator {
    /// Its name in schemas.
    fn name(self) -> &'static str {
        match self {
            Indicator::Ip => "ip",
            Indicator::Domain => "domain",
            Indicator::Hostname => "hostname",
            Indicator::Url => "url",
            Indicator::NetAddr => "net_addr",
            Indicator::Email => "email",
            Indicator::Username => "username",
            Indicator::ActorId => "actor_id",
            Indicator::TraceId => "trace_id",
            Indicator::Md5 => "md5",
            Indicator::Sha1 => "sha1",
            Indicator::Sha256 => "sha256",
            Indicator::AwsAccountId => "aws_account_id",
            Indicator::AwsInstanceId => "aws_instance_id",
            Indicator::AwsArn => "aws_arn",
            Indicator::AwsArnOnly => "aws_arn_only",
            Indicator::AwsTag => "aws_tag",
            Indicator::Mac => "mac",
            Indicator::SerialNumber => "serial_number",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SchemaSet;

    #[test]
    fn fields_are_listed_with_what_is_inside_of_them() {
        let mut set = SchemaSet::default();
        let text = "schema: Custom.Sample\nfields:\n\
                    - {name: when, type: timestamp, timeFormat: rfc3339, isEventTime: true}\n\
                    - name: actor\n  description: Who did it.\n  type: object\n  fields:\n\
                    \x20   - {name: mail, type: string, description: Where to write., indicators: [email, username]}\n\
                    - name: targets\n  type: array\n  element:\n    type: object\n    fields:\n\
                    \x20     - {name: count, type: bigint}\n";
        let name = set.add("sample.yml", text).unwrap();
        let outline = set.get(name.as_str()).unwrap().outline();
        let shown: Vec<_> = outline
            .iter()
            .map(|field| {
                format!("{} {} {} {}", field.path, field.kind, field.description, field.indicators.join(","))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "when timestamp  ",
                "actor object Who did it. ",
                "actor.mail string Where to write. email,username",
                "targets array  ",
                "targets[] object  ",
                "targets[].count bigint  ",
            ]
        );
    }

    #[test]
    fn every_indicator_has_the_name_by_which_it_is_found() {
        for name in ["ip", "domain", "url", "net_addr", "aws_tag", "mac", "serial_number", "aws_arn_only"] {
            assert_eq!(Indicator::by_name(name).map(Indicator::name), Some(name));
        }
    }

    #[test]
    fn the_outlines_of_the_built_in_schemas_are_bounded() {
        for schema in SchemaSet::builtin().unwrap().schemas() {
            let outline = schema.outline();
            assert!(!outline.is_empty() && outline.len() <= OUTLINE_FIELDS_MAX, "{}", schema.log_type());
        }
    }
}
