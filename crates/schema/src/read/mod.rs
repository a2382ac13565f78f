//! From a YAML document to a compiled [`Schema`]: document keys here, values in `values`.
//!
//! Checks come in the order of `ingest.md` §2.8: YAML, shape, names, references, decoder,
//! indicators, time formats, column names. The first fault is reported with its place.

mod values;

use model::LogType;

use crate::error::Problem;
use crate::native::Native;
use crate::types::Schema;
use crate::yaml::{self, Node};
use values::Reader;

/// Who wrote a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Part of the product: may name a native decoder.
    BuiltIn,
    /// An operator: the name begins with `Custom.`.
    Custom,
}

/// Something odd in a schema that does not stop it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What is odd.
    pub message: String,
}

/// Longest name of a schema.
const NAME_CHARS_MAX: usize = 255;

/// Document keys, once found.
#[derive(Default)]
struct Document<'y> {
    name: Option<&'y Node>,
    description: Option<&'y Node>,
    reference_url: Option<&'y Node>,
    discovery: Option<&'y Node>,
    parser: Option<&'y Node>,
    definitions: Option<&'y Node>,
    fields: Option<&'y Node>,
    warnings: Vec<Warning>,
}

/// Reads and compiles one schema.
pub(crate) fn read_schema(yaml: &str, origin: Origin) -> Result<Schema, Problem> {
    let root = yaml::parse(yaml)?;
    let document = Document::read(&root)?;
    let name = document.name.ok_or_else(|| root.problem("", "key `schema` (the name) is missing"))?;
    let log_type = read_name(name, origin)?;
    let description = match document.description {
        Some(node) if !node.is_null() => node.text("description")?.to_owned(),
        _ => String::new(),
    };
    let reference_url = document.reference_url.map(read_reference_url).transpose()?;
    let discovery = document.discovery.map_or(Ok(false), |node| node.boolean("fieldDiscoveryEnabled"))?;
    let native = document.parser.map_or(Ok(None), |node| read_parser(node, origin))?;
    let fields = document.fields.ok_or_else(|| root.problem("", "key `fields` is missing"))?;
    let mut reader = Reader::new(document.definitions)?;
    let root = reader.document_fields(fields)?;
    Ok(Schema {
        log_type,
        description,
        reference_url,
        discovery,
        native,
        root,
        warnings: document.warnings,
        text: yaml.into(),
        is_built_in: origin == Origin::BuiltIn,
    })
}

impl<'y> Document<'y> {
    fn read(root: &'y Node) -> Result<Document<'y>, Problem> {
        let mut document = Document::default();
        for (key, value) in root.map("")? {
            match key.key_text() {
                "schema" => document.name = Some(value),
                "version" => {
                    if value.text("version")? != "0" {
                        return Err(value.problem("version", "the only version is 0"));
                    }
                }
                "description" => document.description = Some(value),
                "referenceURL" => document.reference_url = Some(value),
                "fieldDiscoveryEnabled" => document.discovery = Some(value),
                "parser" => document.parser = Some(value),
                "definitions" => document.definitions = Some(value),
                "fields" => document.fields = Some(value),
                other => document.warnings.push(Warning {
                    line: key.line,
                    column: key.column,
                    message: format!("unknown key `{other}` has no effect"),
                }),
            }
        }
        Ok(document)
    }
}

fn read_name(node: &Node, origin: Origin) -> Result<LogType, Problem> {
    let name = node.text("schema")?;
    let is_part = |part: &str| {
        part.len() >= 2
            && part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    if name.len() < 3 || name.len() > NAME_CHARS_MAX || !name.split('.').all(is_part) {
        return Err(node.problem(
            "schema",
            format!("name `{name}` is not of the form `Custom.MyLog`: parts of letters and digits, each beginning with a capital, joined by points, 3 to 255 characters"),
        ));
    }
    if origin == Origin::Custom && !name.starts_with("Custom.") {
        return Err(node.problem("schema", format!("name `{name}` must begin with `Custom.`")));
    }
    Ok(LogType::from(name))
}

fn read_reference_url(node: &Node) -> Result<String, Problem> {
    let text = node.text("referenceURL")?;
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.to_owned()),
        _ => Err(node.problem("referenceURL", format!("`{text}` is not an http or https URL"))),
    }
}

fn read_parser(node: &Node, origin: Origin) -> Result<Option<Native>, Problem> {
    let [(key, value)] = node.map("parser")? else {
        return Err(node.problem("parser", "name exactly one parser"));
    };
    match (key.key_text(), origin) {
        ("native", Origin::BuiltIn) => {}
        ("native", Origin::Custom) => {
            return Err(
                key.problem("parser.native", "native decoders are for built-in schemas; remove `parser`")
            );
        }
        (other, _) => {
            return Err(key.problem(
                &format!("parser.{other}"),
                "this build reads JSON logs only; remove `parser` and send JSON",
            ));
        }
    }
    match value.map("parser.native")? {
        [(key, name)] if key.key_text() == "name" => {
            let text = name.text("parser.native.name")?;
            match Native::by_name(text) {
                Some(native) => Ok(Some(native)),
                None => {
                    Err(name.problem("parser.native.name", format!("there is no native decoder `{text}`")))
                }
            }
        }
        _ => Err(value.problem("parser.native", "expected the single key `name`")),
    }
}
