//! Bytes that are put through something before they are signed, and prefixes that mean something else.

use crate::idp::{Form, Idp};
use crate::{Row, check_refusals, read, replace};

const C14N: &str = r#"<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;
const ENVELOPED: &str =
    r#"<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>"#;
const OWN_C14N: &str = r#"<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>"#;

#[test]
fn transforms_and_canonical_forms() {
    let idp = Idp::rsa();
    let edit = |from: &'static str, to: &str| idp.signed_as(&Form::edit(from, to));
    let xpath = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><ds:XPath>\
                 not(ancestor-or-self::saml:Subject)</ds:XPath></ds:Transform>";
    let xslt = "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>";
    let inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
    let transform = |uri: &str| format!("<ds:Transform Algorithm=\"{uri}\"/>");
    let method = |uri: &str| format!("<ds:CanonicalizationMethod Algorithm=\"{uri}\"/>");
    let with_comments = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";
    let many: Vec<String> = (0..33).map(|number| format!("p{number}")).collect();
    let many = inclusive_namespaces(&many.join(" "), 1);
    let words = "what is signed is put through `";
    check_refusals(
        &idp,
        vec![
            Row("a path first", edit(ENVELOPED, &format!("{xpath}{ENVELOPED}")), words),
            Row("a path in between", edit(C14N, &format!("{xpath}{C14N}")), words),
            Row("a path instead", edit(ENVELOPED, xpath), words),
            Row("a style sheet", edit(C14N, &format!("{C14N}{xslt}")), words),
            Row(
                "a path inside of a transform",
                edit(ENVELOPED, &replace(ENVELOPED, "/>", "><ds:XPath>true()</ds:XPath></ds:Transform>")),
                "`Transform` holds `XPath`, where nothing is expected",
            ),
            Row("the canonical form alone", edit(ENVELOPED, ""), words),
            Row("the signature left out alone", edit(C14N, ""), words),
            Row(
                "both, in the other order",
                edit(
                    "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>\
                 <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>",
                    &format!("<ds:Transforms>{C14N}{ENVELOPED}"),
                ),
                words,
            ),
            Row(
                "none",
                idp.signed_as(&Form {
                    edits: vec![(ENVELOPED, String::new()), (C14N, String::new())],
                    ..Form::default()
                }),
                "what is signed is put through nothing; `enveloped-signature` and then exclusive canonical XML are",
            ),
            Row("inclusive", edit(C14N, &transform(inclusive)), words),
            Row("with comments", edit(C14N, &transform(with_comments)), words),
            Row(
                "inclusive for what is signed",
                edit(OWN_C14N, &method(inclusive)),
                "it uses the canonical form `http://www.w3.org/TR/2001/REC-xml-c14n-20010315`; the provider has to \
                 use exclusive canonical XML without comments",
            ),
            Row(
                "with comments for what is signed",
                edit(OWN_C14N, &method(with_comments)),
                "it uses the canonical form `http://www.w3.org/2001/10/xml-exc-c14n#WithComments`",
            ),
            Row(
                "a long list of namespaces",
                edit(C14N, &many),
                "`InclusiveNamespaces` lists 33 prefixes; at most 32 are accepted",
            ),
            Row(
                "two lists of namespaces",
                edit(C14N, &inclusive_namespaces("xs", 2)),
                "`Transform` has 2 `InclusiveNamespaces`, of which one is allowed",
            ),
            Row(
                "another list of namespaces",
                edit(
                    C14N,
                    &inclusive_namespaces("xs", 1).replace("xml-exc-c14n#\" PrefixList", "x#\" PrefixList"),
                ),
                "`Transform` holds `InclusiveNamespaces`, where at most one `InclusiveNamespaces` is expected",
            ),
        ],
    );
}

fn inclusive_namespaces(prefixes: &str, count: usize) -> String {
    let list = format!(
        "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"{prefixes}\"/>"
    );
    replace(C14N, "/>", &format!(">{}</ds:Transform>", list.repeat(count)))
}

#[test]
fn namespaces() {
    let idp = Idp::rsa();
    let genuine = idp.genuine();
    let form = Form { prefixes: vec!["xs"], ..Form::edit(C14N, &inclusive_namespaces("xs", 1)) };
    let with_list = idp.signed_as(&form);
    check_refusals(
        &idp,
        vec![
            Row(
                "the prefix of the assertion means another namespace",
                replace(
                    &genuine,
                    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"",
                    "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:1.0:assertion\"",
                ),
                "a signature is inside of `Assertion`; only the response and the assertion may be signed",
            ),
            Row(
                "the prefix of the subject means another namespace",
                replace(&genuine, "<saml:Subject>", "<saml:Subject xmlns:saml=\"urn:x\">"),
                "the element was changed after it was signed",
            ),
            Row(
                "another prefix for the same namespace",
                replace(
                    &genuine,
                    "<saml:NameID ",
                    "<x:NameID xmlns:x=\"urn:oasis:names:tc:SAML:2.0:assertion\" ",
                )
                .replace("</saml:NameID>", "</x:NameID>"),
                "the element was changed after it was signed",
            ),
            Row(
                "a listed prefix means another namespace",
                replace(&with_list, "http://www.w3.org/2001/XMLSchema\"", "urn:x\""),
                "the element was changed after it was signed",
            ),
            Row(
                "a response of another namespace",
                replace(
                    &genuine,
                    "xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\"",
                    "xmlns:samlp=\"urn:x\"",
                ),
                "the document is a `Response`, not a `Response` of SAML 2.0",
            ),
            Row(
                "a prefix of the signed part rebound",
                replace(&genuine, "<ds:DigestValue>", "<ds:DigestValue xmlns:ds=\"urn:x\">"),
                "`Reference` holds",
            ),
        ],
    );
    // A declaration that nothing uses is in no exclusive canonical form, so it changes nothing.
    let unused = replace(&genuine, "<saml:Subject>", "<saml:Subject xmlns:unused=\"urn:x\">");
    assert_eq!(read(&idp, &unused), Ok(crate::genuine::ada()));
}
