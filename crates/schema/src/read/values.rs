//! Fields, value schemas and definitions.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::column::column_name;
use crate::error::Problem;
use crate::indicator::Indicator;
use crate::time::TimeFormat;
use crate::types::{Family, Field, ObjectType, Type, Validate, Width};
use crate::yaml::Node;

/// Deepest nesting of objects and arrays, references followed.
const NESTING_LEVELS_MAX: usize = 64;
/// Most fields of a schema.
const FIELDS_MAX: usize = 5000;
/// Longest chain of references.
const REFERENCE_CHAIN_MAX: usize = 64;

/// A type and how many levels of objects and arrays it holds.
#[derive(Clone)]
struct Compiled {
    kind: Arc<Type>,
    levels: usize,
}

/// Compiles values; each definition once.
pub(super) struct Reader<'y> {
    definitions: Vec<(&'y str, &'y Node)>,
    by_name: HashMap<&'y str, &'y Node>,
    compiled: HashMap<&'y str, Compiled>,
    /// Definitions under way, to see cycles.
    open: Vec<&'y str>,
    field_count: usize,
}

/// The keys of one value schema or field.
struct Keys<'y> {
    node: &'y Node,
    path: &'y str,
    by_name: HashMap<&'y str, &'y Node>,
}

impl<'y> Keys<'y> {
    fn read(node: &'y Node, path: &'y str) -> Result<Keys<'y>, Problem> {
        let by_name = node.map(path)?.iter().map(|(key, value)| (key.key_text(), value)).collect();
        Ok(Keys { node, path, by_name })
    }

    fn get(&self, key: &str) -> Option<&'y Node> {
        self.by_name.get(key).copied()
    }

    fn path_of(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    fn require(&self, key: &str) -> Result<&'y Node, Problem> {
        self.get(key).ok_or_else(|| self.node.problem(self.path, format!("key `{key}` is missing")))
    }

    fn flag(&self, key: &str) -> Result<bool, Problem> {
        self.get(key).map_or(Ok(false), |node| node.boolean(&self.path_of(key)))
    }

    fn refuse_others(&self, type_name: &str, common: &[&str], own: &[&str]) -> Result<(), Problem> {
        for (key, _) in self.node.map(self.path)? {
            let name = key.key_text();
            if !common.contains(&name) && !own.contains(&name) {
                let known: Vec<&str> = common.iter().chain(own).copied().collect();
                return Err(key.problem(
                    &self.path_of(name),
                    format!("unknown key `{name}` for type `{type_name}`; known are {}", known.join(", ")),
                ));
            }
        }
        Ok(())
    }
}

const FIELD_KEYS: &[&str] = &["name", "type", "required", "description"];
const VALUE_KEYS: &[&str] = &["type", "description"];

impl<'y> Reader<'y> {
    pub(super) fn new(definitions: Option<&'y Node>) -> Result<Reader<'y>, Problem> {
        let members = definitions.map_or(Ok(&[][..]), |node| node.map("definitions"))?;
        for (key, _) in members {
            let name = key.key_text();
            let is_legal = name.len() >= 2
                && name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_legal {
                let message = "a definition's name is a capital letter, then letters and digits";
                return Err(key.problem(&format!("definitions.{name}"), message));
            }
        }
        let definitions: Vec<_> = members.iter().map(|(key, value)| (key.key_text(), value)).collect();
        let by_name = definitions.iter().copied().collect();
        Ok(Reader { definitions, by_name, compiled: HashMap::new(), open: Vec::new(), field_count: 0 })
    }

    /// Compiles all definitions, used or not, and the fields of the document.
    pub(super) fn document_fields(&mut self, node: &Node) -> Result<Arc<ObjectType>, Problem> {
        for (name, definition) in self.definitions.clone() {
            self.definition(name, definition, &format!("definitions.{name}"))?;
        }
        let (object, levels) = self.object("", node)?;
        if levels > NESTING_LEVELS_MAX {
            return Err(node.problem("fields", "objects and arrays are nested deeper than 64 levels"));
        }
        if let Some(at) = object.fields.iter().position(|field| field.column.starts_with("p_")) {
            let name = &object.fields[at].name;
            let place = node.list("fields").ok().and_then(|list| list.get(at)).unwrap_or(node);
            return Err(place.problem(name, "names that begin with `p_` are reserved for standard fields"));
        }
        Ok(Arc::new(object))
    }

    /// Compiles a definition, or finds it compiled.
    fn definition(&mut self, name: &'y str, node: &'y Node, path: &str) -> Result<Compiled, Problem> {
        if let Some(compiled) = self.compiled.get(name) {
            return Ok(compiled.clone());
        }
        if self.open.contains(&name) {
            let chain = self.open.join(" → ");
            return Err(
                node.problem(path, format!("definitions refer to each other in a circle: {chain} → {name}"))
            );
        }
        if self.open.len() >= REFERENCE_CHAIN_MAX {
            return Err(node.problem(path, "a chain of more than 64 references"));
        }
        self.open.push(name);
        let compiled = self.value(node, &format!("definitions.{name}"), VALUE_KEYS)?;
        self.open.pop();
        self.compiled.insert(name, compiled.clone());
        Ok(compiled)
    }

    /// Compiles a list of fields; answers the object and how many levels it and its members make.
    fn object(&mut self, path: &str, node: &Node) -> Result<(ObjectType, usize), Problem> {
        let list_path = if path.is_empty() { "fields".to_owned() } else { format!("{path}.fields") };
        let nodes = node.list(&list_path)?;
        if nodes.is_empty() {
            return Err(node.problem(&list_path, "needs at least one field"));
        }
        let mut object = ObjectType {
            fields: Vec::with_capacity(nodes.len()),
            by_name: HashMap::with_capacity(nodes.len()),
            columns: HashSet::with_capacity(nodes.len()),
            required: Vec::new(),
        };
        let mut levels = 0;
        for (index, field) in nodes.iter().enumerate() {
            self.field_count += 1;
            let position = u16::try_from(index).ok().filter(|_| self.field_count <= FIELDS_MAX);
            let Some(position) = position else {
                return Err(field.problem(&list_path, "the schema has more than 5,000 fields"));
            };
            let (field, field_levels) =
                self.field(path, &format!("{list_path}[{index}]"), field, position, &mut object)?;
            levels = levels.max(field_levels);
            object.fields.push(field);
        }
        Ok((object, levels + 1))
    }

    fn field(
        &mut self,
        parent: &str,
        list_path: &str,
        node: &Node,
        position: u16,
        object: &mut ObjectType,
    ) -> Result<(Field, usize), Problem> {
        let keys = Keys::read(node, list_path)?;
        let name_node = keys.require("name")?;
        let name = name_node.text(list_path)?;
        let path = if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") };
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || "_!#%&',/=@$*+\\`~".contains(c)) {
            return Err(name_node
                .problem(&path, format!("name `{name}` must not begin like this; use a letter or `_`")));
        }
        if object.by_name.insert(name.into(), position).is_some() {
            return Err(name_node.problem(&path, format!("field `{name}` is declared twice")));
        }
        let column: Box<str> = column_name(name).into();
        if !object.columns.insert(column.clone()) {
            let message = format!("field `{name}` becomes column `{column}`, which another field has");
            return Err(name_node.problem(&path, message));
        }
        if let Some(required) = keys.get("required")
            && required.boolean(&format!("{path}.required"))?
        {
            object.required.push(position);
        }
        let compiled = self.value(node, &path, FIELD_KEYS)?;
        // That it is a text is checked with the value.
        let description = keys.get("description").and_then(|node| node.text("").ok()).unwrap_or_default();
        let field = Field { name: name.into(), column, description: description.into(), kind: compiled.kind };
        Ok((field, compiled.levels))
    }

    /// Compiles one value schema; `common` are the keys that are legal whatever the type.
    fn value(&mut self, node: &Node, path: &str, common: &[&str]) -> Result<Compiled, Problem> {
        let keys = Keys::read(node, path)?;
        if let Some(description) = keys.get("description") {
            description.text(&keys.path_of("description"))?;
        }
        let type_node = keys.require("type")?;
        let type_name = type_node.text(&keys.path_of("type"))?;
        let plain = |kind| Compiled { kind: Arc::new(kind), levels: 0 };
        let own: &[&str] = match type_name {
            "string" => &["indicators", "validate"],
            "timestamp" => &["timeFormat", "timeFormats", "isEventTime", "isExpiration"],
            "object" => &["fields", "isEmbeddedJSON"],
            "array" => &["element", "isEmbeddedJSON"],
            "json" => &["isEmbeddedJSON"],
            "ref" => &["target"],
            _ => &[],
        };
        keys.refuse_others(type_name, common, own)?;
        let compiled = match type_name {
            "string" => plain(read_string(&keys)?),
            "smallint" => plain(Type::Integer(Width::Small)),
            "int" => plain(Type::Integer(Width::Int)),
            "bigint" => plain(Type::Integer(Width::Big)),
            "float" => plain(Type::Float),
            "boolean" => plain(Type::Boolean),
            "timestamp" => plain(read_timestamp(&keys)?),
            "json" => plain(Type::Json { embedded: keys.flag("isEmbeddedJSON")? }),
            "object" => {
                let (object, levels) = self.object(path, keys.require("fields")?)?;
                let embedded = keys.flag("isEmbeddedJSON")?;
                Compiled { kind: Arc::new(Type::Object { object: Arc::new(object), embedded }), levels }
            }
            "array" => {
                let element = self.value(keys.require("element")?, &format!("{path}[]"), VALUE_KEYS)?;
                let embedded = keys.flag("isEmbeddedJSON")?;
                let levels = element.levels + 1;
                Compiled { kind: Arc::new(Type::Array { element: element.kind, embedded }), levels }
            }
            "ref" => self.reference(&keys)?,
            other => {
                return Err(type_node.problem(
                    &keys.path_of("type"),
                    format!("unknown type `{other}`; use string, int, smallint, bigint, float, boolean, timestamp, array, object, json or ref"),
                ));
            }
        };
        if compiled.levels > NESTING_LEVELS_MAX {
            return Err(node.problem(path, "objects and arrays are nested deeper than 64 levels"));
        }
        Ok(compiled)
    }

    fn reference(&mut self, keys: &Keys<'_>) -> Result<Compiled, Problem> {
        let target_node = keys.require("target")?;
        let path = keys.path_of("target");
        let target = target_node.text(&path)?;
        match self.by_name.get_key_value(target) {
            Some((&name, &definition)) => self.definition(name, definition, &path),
            None => Err(target_node.problem(&path, format!("there is no definition `{target}`"))),
        }
    }
}

fn read_string(keys: &Keys<'_>) -> Result<Type, Problem> {
    let mut indicators = Vec::new();
    if let Some(list) = keys.get("indicators") {
        let path = keys.path_of("indicators");
        for node in list.list(&path)? {
            let name = node.text(&path)?;
            match Indicator::by_name(name) {
                Some(indicator) if !indicators.contains(&indicator) => indicators.push(indicator),
                Some(_) => {}
                None => return Err(node.problem(&path, format!("unknown indicator `{name}`"))),
            }
        }
    }
    let validate =
        keys.get("validate").map(|node| read_validate(node, &keys.path_of("validate"))).transpose()?;
    Ok(Type::String { indicators, validate })
}

fn read_validate(node: &Node, path: &str) -> Result<Validate, Problem> {
    let mut validate = Validate::default();
    for (key, value) in node.map(path)? {
        let key_path = format!("{path}.{}", key.key_text());
        match key.key_text() {
            "allow" => validate.allow = Some(read_words(value, &key_path)?),
            "deny" => validate.deny = Some(read_words(value, &key_path)?),
            "ip" => validate.ip = Some(read_family(value, &key_path)?),
            "cidr" => validate.cidr = Some(read_family(value, &key_path)?),
            other => {
                let message = format!("unknown key `{other}`; known are allow, deny, ip, cidr");
                return Err(key.problem(&key_path, message));
            }
        }
    }
    if validate.allow.is_some() {
        validate.deny = None;
    }
    Ok(validate)
}

fn read_words(node: &Node, path: &str) -> Result<HashSet<String>, Problem> {
    let mut words = HashSet::new();
    for word in node.list(path)? {
        let text = word.text(path)?;
        if text.is_empty() {
            return Err(word.problem(path, "an empty text is not allowed here"));
        }
        words.insert(text.to_owned());
    }
    if words.is_empty() {
        return Err(node.problem(path, "needs at least one text"));
    }
    Ok(words)
}

fn read_family(node: &Node, path: &str) -> Result<Family, Problem> {
    match node.text(path)? {
        "ipv4" => Ok(Family::V4),
        "ipv6" => Ok(Family::V6),
        "any" => Ok(Family::Any),
        other => Err(node.problem(path, format!("`{other}` is none of ipv4, ipv6, any"))),
    }
}

fn read_timestamp(keys: &Keys<'_>) -> Result<Type, Problem> {
    let is_event_time = keys.flag("isEventTime")?;
    // Rows of lookup tables expire; for log events the flag only has to be well formed.
    keys.flag("isExpiration")?;
    let nodes: Vec<&Node> = match (keys.get("timeFormats"), keys.get("timeFormat")) {
        (Some(list), _) => list.list(&keys.path_of("timeFormats"))?.iter().collect(),
        (None, Some(single)) => vec![single],
        (None, None) => Vec::new(),
    };
    if nodes.is_empty() {
        return Err(keys.node.problem(keys.path, "a timestamp needs `timeFormats`"));
    }
    let path = keys.path_of("timeFormats");
    let mut formats = Vec::with_capacity(nodes.len());
    for node in nodes {
        let text = node.text(&path)?;
        let format = TimeFormat::read(text).map_err(|message| node.problem(&path, message))?;
        if is_event_time && !format.has_year() {
            let message = format!("time format `{text}` has no year, so the field cannot be the event time");
            return Err(node.problem(&path, message));
        }
        formats.push(format);
    }
    Ok(Type::Timestamp { formats, is_event_time })
}
