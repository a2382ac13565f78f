//! Who we are for an identity provider, and the metadata that says so (SAML metadata, section 2.4.4).

use crate::names::{HTTP_POST, METADATA, PROTOCOL};

/// The formats of names that we can do something with (SAML core, section 8.3): any, because a person is found by the
/// attributes.
const NAME_ID_FORMATS: [&str; 3] = [
    "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
];

/// This server, as an identity provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceProvider {
    /// Our name: the audience of the assertions that are for us.
    pub entity_id: String,
    /// The assertion consumer service: where responses are posted to.
    pub acs_url: String,
}

impl ServiceProvider {
    /// The metadata to be given to the provider.
    pub fn metadata(&self) -> String {
        let entity_id = escape(&self.entity_id);
        let acs_url = escape(&self.acs_url);
        let formats: String = NAME_ID_FORMATS
            .iter()
            .map(|format| format!("    <md:NameIDFormat>{format}</md:NameIDFormat>\n"))
            .collect();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <md:EntityDescriptor xmlns:md=\"{METADATA}\" entityID=\"{entity_id}\">\n  \
               <md:SPSSODescriptor AuthnRequestsSigned=\"false\" WantAssertionsSigned=\"true\" \
                 protocolSupportEnumeration=\"{PROTOCOL}\">\n\
             {formats}    \
                 <md:AssertionConsumerService Binding=\"{HTTP_POST}\" Location=\"{acs_url}\" index=\"0\" \
                   isDefault=\"true\"/>\n  \
               </md:SPSSODescriptor>\n\
             </md:EntityDescriptor>\n"
        )
    }
}

/// Writes a text so that it can stand between quotes or tags and reads back as it was.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' => escaped.push_str("&#x9;"),
            '\n' => escaped.push_str("&#xA;"),
            '\r' => escaped.push_str("&#xD;"),
            // No other control character can be in XML 1.0 at all.
            char if char.is_control() || matches!(char, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            char => escaped.push(char),
        }
    }
    escaped
}
