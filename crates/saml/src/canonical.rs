//! The canonical form of an element: the bytes that are signed (exclusive canonical XML 1.0, without comments).
//!
//! <https://www.w3.org/TR/xml-exc-c14n/>

use bergshamra_c14n::{C14nMode, C14nSink, canonicalize_doc_to};
use bergshamra_xml::NodeSet;

use crate::xml::{Node, XmlError};

/// How long a canonical form may get: it writes out namespaces and characters, so it can be longer than the document.
pub(crate) const CANONICAL_BYTES_MAX: usize = 1024 * 1024;

/// The canonical form of `element`, without the element `left_out` inside it.
///
/// `prefixes` are those of `InclusiveNamespaces`, whose declarations are written although nothing uses them.
pub(crate) fn canonical(
    element: Node<'_>,
    left_out: Option<Node<'_>>,
    prefixes: &[String],
) -> Result<String, XmlError> {
    let document = element.document();
    let mut nodes = NodeSet::tree_without_comments(element.id(), document);
    if let Some(left_out) = left_out {
        nodes.remove_id(left_out.id());
        for id in document.descendants(left_out.id()) {
            nodes.remove_id(id);
        }
    }
    let mut sink = CappedSink::default();
    canonicalize_doc_to(document, C14nMode::Exclusive, Some(&nodes), prefixes, &mut sink)
        .map_err(|error| not_canonical(&error.to_string()))?;
    sink.into_text()
}

fn not_canonical(reason: &str) -> XmlError {
    XmlError::NotWellFormed { reason: format!("it has no canonical form: {reason}") }
}

/// Keeps at most [`CANONICAL_BYTES_MAX`] bytes.
#[derive(Default)]
struct CappedSink {
    bytes: Vec<u8>,
    is_full: bool,
}

impl C14nSink for CappedSink {
    fn write(&mut self, bytes: &[u8]) {
        self.is_full |= self.bytes.len() + bytes.len() > CANONICAL_BYTES_MAX;
        if !self.is_full {
            self.bytes.extend_from_slice(bytes);
        }
    }
}

impl CappedSink {
    fn into_text(self) -> Result<String, XmlError> {
        if self.is_full {
            return Err(XmlError::TooMany {
                what: "bytes in its canonical form",
                limit: CANONICAL_BYTES_MAX,
            });
        }
        String::from_utf8(self.bytes).map_err(|error| not_canonical(&error.to_string()))
    }
}
