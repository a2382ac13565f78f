//! XML as this crate reads it: within limits, without document types, processing instructions and entities of its own.
//!
//! Elements are found by namespace and local name; a prefix means nothing.
//! The text of an element is all of its text: a comment inside divides nothing, so a name can never be cut by one.

use stdx::truncate_with_ellipsis;
use uppsala::{Document, NodeId, NodeKind, Parser};

use crate::names;

/// How large a response or a metadata file may be. Those of common providers have 3 to 100 KiB.
pub const DOCUMENT_BYTES_MAX: usize = 256 * 1024;
/// How deep elements may be nested; those of SAML are nested about ten deep.
const DEPTH_MAX: u32 = 64;
/// How many `<` a document may hold, which bounds its nodes.
const TAGS_MAX: usize = 16 * 1024;
/// How many attributes an element may have: the parser compares each with each.
const ATTRIBUTES_MAX: usize = 128;
/// How long the name of a namespace may be: the canonical form repeats it wherever it is used.
const NAMESPACE_BYTES_MAX: usize = 256;
/// How much of a stranger's value an error repeats.
const SHOWN_CHARS_MAX: usize = 200;

/// Why a document is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// It is larger than [`DOCUMENT_BYTES_MAX`].
    #[error("the document has {bytes} bytes; at most {bytes_max} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// It holds bytes that are not UTF-8.
    #[error("the document is not UTF-8 (at byte {at}); the provider has to send UTF-8")]
    NotUtf8 {
        /// The first of them.
        at: usize,
    },
    /// It has more of something than a legitimate document has.
    #[error("the document has more than {limit} {what}")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// It declares a document type, which SAML forbids and attacks with entities need.
    #[error("the document has a `<!DOCTYPE`, which SAML does not allow")]
    DocumentType,
    /// It holds a processing instruction.
    #[error("the document has the processing instruction `{target}`, which SAML does not allow")]
    ProcessingInstruction {
        /// Its name.
        target: String,
    },
    /// It says that it is in another XML or another encoding than it is read as.
    #[error("the document says that it is `{found}`; only XML 1.0 in UTF-8 is read")]
    Declaration {
        /// The version or encoding.
        found: String,
    },
    /// It is not well-formed, or damaged on its way.
    #[error("the document is not well-formed XML: {reason}")]
    NotWellFormed {
        /// What the parser says.
        reason: String,
    },
    /// An element that must be there once is not there.
    #[error("`{parent}` has no `{child}`")]
    Missing {
        /// Where it is missed.
        parent: String,
        /// What is missed.
        child: &'static str,
    },
    /// An element that may be there once is there again.
    #[error("`{parent}` has {count} `{child}`, of which one is allowed")]
    Repeated {
        /// Where they are.
        parent: String,
        /// What they are.
        child: &'static str,
        /// How many there are.
        count: usize,
    },
    /// An element that may hold text only holds elements.
    #[error("`{element}` holds `{found}`, where text alone is allowed")]
    NotText {
        /// The element that should hold text.
        element: String,
        /// The element that it holds.
        found: String,
    },
}

/// Repeats a value of the document in an error: cut, and on one line.
pub(crate) fn shown(value: &str) -> String {
    let line: String = value.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    truncate_with_ellipsis(&line, SHOWN_CHARS_MAX)
}

/// A document that was read.
pub(crate) struct Xml<'a> {
    document: Document<'a>,
    root: NodeId,
}

impl<'a> Xml<'a> {
    /// Reads the bytes of a message or of a metadata file.
    pub(crate) fn parse_bytes(bytes: &'a [u8]) -> Result<Xml<'a>, XmlError> {
        check_size(bytes.len(), DOCUMENT_BYTES_MAX)?;
        let text =
            std::str::from_utf8(bytes).map_err(|error| XmlError::NotUtf8 { at: error.valid_up_to() })?;
        Xml::parse(text, DOCUMENT_BYTES_MAX)
    }

    /// Reads a text of at most `bytes_max` bytes.
    pub(crate) fn parse(text: &'a str, bytes_max: usize) -> Result<Xml<'a>, XmlError> {
        check_size(text.len(), bytes_max)?;
        check_counts(text)?;
        let parser =
            Parser::new().with_max_depth(DEPTH_MAX).with_forbid_dtd(true).with_max_entity_expansion(0);
        let document = parser
            .parse(text)
            .map_err(|error| XmlError::NotWellFormed { reason: shown(&error.to_string()) })?;
        check_declaration(&document)?;
        check_nodes(&document)?;
        let root = document.document_element();
        let root =
            root.ok_or_else(|| XmlError::NotWellFormed { reason: "there is no element".to_owned() })?;
        Ok(Xml { document, root })
    }

    /// Its outermost element.
    pub(crate) fn root(&self) -> Node<'_> {
        Node { document: &self.document, id: self.root }
    }
}

fn check_size(bytes: usize, bytes_max: usize) -> Result<(), XmlError> {
    if bytes > bytes_max { Err(XmlError::TooLarge { bytes, bytes_max }) } else { Ok(()) }
}

/// What must hold before the parser runs: it compares attributes pairwise, and its work on document types is not
/// wanted at all. A tag lies between one `<` and the next, because no attribute may hold one.
fn check_counts(text: &str) -> Result<(), XmlError> {
    if text.contains("<!DOCTYPE") {
        return Err(XmlError::DocumentType);
    }
    let mut tags = 0;
    for piece in text.split('<').skip(1) {
        tags += 1;
        if tags > TAGS_MAX {
            return Err(XmlError::TooMany { what: "tags", limit: TAGS_MAX });
        }
        let attributes = piece.split('=').skip(1).filter(|value| value.trim_start().starts_with(['"', '\'']));
        if attributes.count() > ATTRIBUTES_MAX {
            return Err(XmlError::TooMany { what: "attributes in an element", limit: ATTRIBUTES_MAX });
        }
    }
    Ok(())
}

fn check_declaration(document: &Document<'_>) -> Result<(), XmlError> {
    let Some(declaration) = &document.xml_declaration else { return Ok(()) };
    if declaration.version != "1.0" {
        return Err(XmlError::Declaration { found: format!("XML {}", declaration.version) });
    }
    let encoding = declaration.encoding.as_deref().unwrap_or("UTF-8");
    let is_utf8 = ["utf-8", "us-ascii"].iter().any(|name| encoding.eq_ignore_ascii_case(name));
    if is_utf8 { Ok(()) } else { Err(XmlError::Declaration { found: shown(encoding) }) }
}

fn check_nodes(document: &Document<'_>) -> Result<(), XmlError> {
    for id in document.descendants(document.root()) {
        match document.node_kind(id) {
            Some(NodeKind::ProcessingInstruction(instruction)) => {
                return Err(XmlError::ProcessingInstruction { target: shown(&instruction.target) });
            }
            Some(NodeKind::Element(element)) => {
                let declarations = &element.namespace_declarations;
                if declarations.iter().any(|(_, uri)| uri.len() > NAMESPACE_BYTES_MAX) {
                    return Err(XmlError::TooMany {
                        what: "bytes in the name of a namespace",
                        limit: NAMESPACE_BYTES_MAX,
                    });
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An element.
#[derive(Clone, Copy)]
pub(crate) struct Node<'x> {
    document: &'x Document<'x>,
    id: NodeId,
}

impl<'x> Node<'x> {
    /// The document that it is in.
    pub(crate) fn document(self) -> &'x Document<'x> {
        self.document
    }

    /// Its place in the document.
    pub(crate) fn id(self) -> NodeId {
        self.id
    }

    /// Its name without the prefix, for errors.
    pub(crate) fn local_name(self) -> String {
        self.document.element(self.id).map(|element| shown(&element.name.local_name)).unwrap_or_default()
    }

    /// Whether it is this element of this namespace.
    pub(crate) fn is(self, namespace: &str, name: &str) -> bool {
        self.document.element(self.id).is_some_and(|element| {
            element.name.local_name == name && element.name.namespace_uri.as_deref() == Some(namespace)
        })
    }

    /// The value of an attribute that belongs to no namespace, as all attributes of SAML do.
    pub(crate) fn attribute(self, name: &str) -> Option<&'x str> {
        let element = self.document.element(self.id)?;
        let attribute = element
            .attributes
            .iter()
            .find(|found| found.name.namespace_uri.is_none() && found.name.local_name == name)?;
        Some(&attribute.value)
    }

    /// The values of all attributes that are identifiers by their name: `ID` of SAML, `Id` of XML Signature, `xml:id`.
    pub(crate) fn identifiers(self) -> impl Iterator<Item = &'x str> {
        let attributes = self.document.element(self.id).map(|element| element.attributes.as_slice());
        let is_identifier = |attribute: &&uppsala::Attribute<'_>| {
            let name = &attribute.name;
            match name.namespace_uri.as_deref() {
                None => name.local_name.eq_ignore_ascii_case("id"),
                Some(namespace) => namespace == names::XML && name.local_name == "id",
            }
        };
        attributes.unwrap_or_default().iter().filter(is_identifier).map(|attribute| &*attribute.value)
    }

    /// The elements directly inside.
    pub(crate) fn children(self) -> impl Iterator<Item = Node<'x>> {
        let document = self.document;
        let elements = document.children_iter(self.id).filter(move |&id| document.element(id).is_some());
        elements.map(move |id| Node { document, id })
    }

    /// This element and all elements inside, in the order of the document.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Node<'x>> {
        let document = self.document;
        let inside = document.descendants(self.id).into_iter();
        std::iter::once(self.id)
            .chain(inside)
            .filter(move |&id| document.element(id).is_some())
            .map(move |id| Node { document, id })
    }

    /// The element that it is directly inside of.
    pub(crate) fn parent(self) -> Option<Node<'x>> {
        let id = self.document.parent(self.id)?;
        self.document.element(id).is_some().then_some(Node { document: self.document, id })
    }

    /// The elements of this name directly inside.
    pub(crate) fn children_named(self, namespace: &'x str, name: &'x str) -> impl Iterator<Item = Node<'x>> {
        self.children().filter(move |child| child.is(namespace, name))
    }

    /// The one element of this name directly inside, when there is any; an error when there are more.
    pub(crate) fn optional(
        self,
        namespace: &'x str,
        name: &'static str,
    ) -> Result<Option<Node<'x>>, XmlError> {
        let mut found = self.children_named(namespace, name);
        let first = found.next();
        match found.count() {
            0 => Ok(first),
            more => Err(XmlError::Repeated { parent: self.local_name(), child: name, count: more + 1 }),
        }
    }

    /// The one element of this name directly inside.
    pub(crate) fn required(self, namespace: &'x str, name: &'static str) -> Result<Node<'x>, XmlError> {
        let child = self.optional(namespace, name)?;
        child.ok_or_else(|| XmlError::Missing { parent: self.local_name(), child: name })
    }

    /// Its text, without the white space around it; an error when elements are inside.
    pub(crate) fn text(self) -> Result<String, XmlError> {
        match self.children().next() {
            None => Ok(self.deep_text()),
            Some(child) => Err(XmlError::NotText { element: self.local_name(), found: child.local_name() }),
        }
    }

    /// All text inside, that of inner elements too, without the white space around it.
    pub(crate) fn deep_text(self) -> String {
        let mut text = String::new();
        for id in self.document.descendants(self.id) {
            if let Some(NodeKind::Text(part) | NodeKind::CData(part)) = self.document.node_kind(id) {
                text.push_str(part);
            }
        }
        trim(&text).to_owned()
    }
}

/// Takes away the white space of XML, and no other.
fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\r', '\n'])
}
