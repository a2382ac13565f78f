//! Documents that are no response at all, or one that is meant to hurt the reader.

use std::time::{Duration, Instant};

use crate::idp::{GENUINE, Idp};
use crate::{Row, check_refusals, read, replace};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

#[test]
fn what_saml_does_not_allow_in_xml() {
    let idp = Idp::rsa();
    let genuine = idp.genuine();
    let before = |text: &str| replace(&genuine, DECLARATION, &format!("{DECLARATION}{text}"));
    let name = ">ada@example.com</saml:NameID>";
    let laughs = "<!DOCTYPE r [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\
                  <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    check_refusals(
        &idp,
        vec![
            Row(
                "a document type",
                before("<!DOCTYPE samlp:Response>"),
                "has a `<!DOCTYPE`, which SAML does not allow",
            ),
            Row(
                "entities of entities",
                replace(&before(laughs), name, ">&c;</saml:NameID>"),
                "has a `<!DOCTYPE`",
            ),
            Row(
                "a file as an entity",
                before("<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"),
                "has a `<!DOCTYPE`",
            ),
            Row(
                "an entity that nobody declared",
                replace(&genuine, name, ">&x;</saml:NameID>"),
                "not well-formed",
            ),
            Row(
                "a processing instruction before",
                before("<?php x?>"),
                "the document has the processing instruction `php`, which SAML does not allow",
            ),
            Row(
                "a processing instruction in the name",
                replace(&genuine, name, ">ada@<?x y?>example.com</saml:NameID>"),
                "the document has the processing instruction `x`",
            ),
            Row(
                "XML 1.1",
                replace(&genuine, "version=\"1.0\"", "version=\"1.1\""),
                "the document says that it is `XML 1.1`; only XML 1.0 in UTF-8 is read",
            ),
            Row(
                "another encoding",
                replace(&genuine, "encoding=\"UTF-8\"", "encoding=\"UTF-7\""),
                "the document says that it is `UTF-7`",
            ),
            Row(
                "an attribute twice",
                replace(&genuine, " Version=", " Version=\"2.0\" Version="),
                "not well-formed",
            ),
            Row(
                "an attribute twice by its namespace",
                replace(
                    &genuine,
                    "<samlp:Status>",
                    "<samlp:Status xmlns:a=\"urn:x\" xmlns:b=\"urn:x\" a:x=\"\" b:x=\"\">",
                ),
                "not well-formed",
            ),
            Row(
                "an undeclared prefix",
                replace(&genuine, "<samlp:Status>", "<samlp:Status x:y=\"\">"),
                "not well-formed",
            ),
            Row("two documents", genuine.repeat(2).replace(DECLARATION, ""), "not well-formed"),
            Row("a second declaration", before(DECLARATION), "not well-formed"),
            Row("nothing", String::new(), "not well-formed"),
            Row("no XML", "SAMLResponse".to_owned(), "not well-formed"),
            Row("an error page", "<html><body>Sign in</body></html>".to_owned(), "the document is a `html`"),
        ],
    );
}

#[test]
fn a_name_is_never_cut_at_a_comment() {
    let idp = Idp::rsa();
    // Signed as `ada@example.com.evil.com`; a reader of the first text alone would sign in `ada@example.com`.
    let template = replace(
        crate::idp::GENUINE,
        ">ada@example.com</saml:NameID>",
        ">ada@example.com.evil.com</saml:NameID>",
    );
    let genuine = idp.signed(&template);
    for comment in ["<!---->", "<!-- x -->", "<![CDATA[]]>"] {
        let cut = format!(">ada@example.com{comment}.evil.com</saml:NameID>");
        let xml = replace(&genuine, ">ada@example.com.evil.com</saml:NameID>", &cut);
        assert_eq!(read(&idp, &xml).unwrap().name_id, "ada@example.com.evil.com");
    }
}

#[test]
fn bytes_that_are_not_utf8() {
    let idp = Idp::rsa();
    let (provider, service) = (idp.provider(), crate::service());
    let expected = saml::Expected { provider: &provider, service: &service, request_id: crate::REQUEST_ID };
    let now = crate::NOW.parse().unwrap();
    let utf16: Vec<u8> = idp.genuine().encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [b"<a>\xff</a>".as_slice(), b"\xfe\xff\0<", &utf16] {
        let error = saml::read_response(bytes, &expected, now).unwrap_err().to_string();
        assert!(error.contains("not UTF-8") || error.contains("not well-formed"), "{error}");
    }
}

/// Each of these would cost a reader without limits gigabytes or minutes.
#[test]
fn documents_that_are_meant_to_be_expensive() {
    let idp = Idp::rsa();
    let genuine = idp.genuine();
    let status = |inside: &str| replace(&genuine, "<samlp:Status>", &format!("<samlp:Status>{inside}"));
    let attributes: String = (0..25_000).map(|number| format!(" a{number}=''")).collect();
    let spaced: String = (0..20_000).map(|number| format!(" a{number} = ''")).collect();
    let namespaces: String = (0..10_000).map(|number| format!(" xmlns:a{number}='x'")).collect();
    let long = "x".repeat(100_000);
    let repeated = format!("<x xmlns:p='{long}'>{}</x>", "<p:a/>".repeat(10_000));
    // Truly signed, by a provider that is no friend either: the canonical form declares the prefix in each element.
    let uri = "x".repeat(250);
    let grows = format!("<x xmlns:p='{uri}'>{}</x></saml:AttributeValue>", "<p:a/>".repeat(10_000));
    let grows = replace(GENUINE, "Analyst</saml:AttributeValue>", &grows);
    let started = Instant::now();
    check_refusals(
        &idp,
        vec![
            Row("a large text", status(&"x".repeat(300_000)), "at most 262144 are read"),
            Row(
                "deep nesting",
                status(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100))),
                "maximum depth of 64",
            ),
            Row("many elements", status(&"<a/>".repeat(20_000)), "the document has more than 16384 tags"),
            Row(
                "many attributes",
                status(&format!("<a{attributes}/>")),
                "more than 128 attributes in an element",
            ),
            Row(
                "many spaced attributes",
                status(&format!("<a{spaced}/>")),
                "more than 128 attributes in an element",
            ),
            Row(
                "many namespaces",
                status(&format!("<a{namespaces}/>")),
                "more than 128 attributes in an element",
            ),
            Row(
                "a canonical form that grows",
                idp.signed(&grows),
                "more than 1048576 bytes in its canonical form",
            ),
            Row("a long namespace", status(&repeated), "more than 256 bytes in the name of a namespace"),
        ],
    );
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}
