//! XML signature wrapping: the signed element is kept somewhere, and another one is put where it is read.
//!
//! The eight forms are those of Somorovsky and others, "On Breaking SAML: Be Whoever You Want to Be" (2012).

use crate::genuine::ada;
use crate::idp::{GENUINE, Idp};
use crate::{Row, check_refusals, cut, read, replace};

/// A genuine document, taken apart, and its forgery.
struct Parts {
    document: String,
    /// The signed element, with its signature.
    signed: String,
    signature: String,
    /// The signed element without its signature.
    bare: String,
    /// The forged element, without a signature, with identifiers of its own.
    evil: String,
}

fn forge(xml: &str) -> String {
    replace(xml, "ada@example.com", "mallory@example.com")
        .replace("\"_assertion-1\"", "\"_evil-assertion\"")
        .replace("\"_response-1\"", "\"_evil-response\"")
}

fn take_apart(document: String, start: &str, end: &str) -> Parts {
    let signed = cut(&document, start, end).to_owned();
    let signature = cut(&signed, "<ds:Signature ", "</ds:Signature>").to_owned();
    let bare = replace(&signed, &signature, "");
    Parts { evil: forge(&bare), signature, bare, signed, document }
}

impl Parts {
    fn assertion(idp: &Idp) -> Parts {
        take_apart(idp.genuine(), "<saml:Assertion ", "</saml:Assertion>")
    }

    fn response(idp: &Idp) -> Parts {
        take_apart(idp.signed_response(GENUINE), "<samlp:Response ", "</samlp:Response>")
    }

    /// The document with something else in place of the signed element.
    fn with(&self, instead: &str) -> String {
        replace(&self.document, &self.signed, instead)
    }

    /// The forged element with something put behind its issuer, where the signature belongs.
    fn evil_with(&self, inside: &str) -> String {
        self.evil.replacen("</saml:Issuer>", &format!("</saml:Issuer>{inside}"), 1)
    }

    /// The signature with something put at its end.
    fn signature_with(&self, inside: &str) -> String {
        replace(&self.signature, "</ds:Signature>", &format!("{inside}</ds:Signature>"))
    }
}

#[test]
fn the_eight_forms() {
    let idp = Idp::rsa();
    let (response, assertion) = (Parts::response(&idp), Parts::assertion(&idp));
    let Parts { bare, evil, signed, signature, .. } = &assertion;
    let object = format!("<ds:Object>{bare}</ds:Object>");
    let extensions = format!(
        "<samlp:Extensions xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">{evil}</samlp:Extensions>"
    );
    let bare_response = &response.bare;
    check_refusals(
        &idp,
        vec![
            Row(
                "1: the signed response is kept inside of the signature of the forged one",
                response.with(&response.evil_with(&response.signature_with(bare_response))),
                "`Signature` holds `SignedInfo`, `SignatureValue`, `KeyInfo`, `Response`, where",
            ),
            Row(
                "2: the signed response is kept before the signature in the forged one",
                response.with(&response.evil_with(&format!("{bare_response}{}", response.signature))),
                "it signs `#_response-1`, but it is inside of the element `#_evil-response`",
            ),
            Row(
                "3: the forged assertion before the signed one",
                assertion.with(&format!("{evil}{signed}")),
                "the response has 2 assertions",
            ),
            Row(
                "4: the signed assertion inside of the forged one",
                assertion.with(&replace(evil, "</saml:Assertion>", &format!("{signed}</saml:Assertion>"))),
                "a signature is inside of `Assertion`",
            ),
            Row(
                "5: the forged assertion with the signature, the signed one behind it",
                assertion.with(&format!("{}{bare}", assertion.evil_with(signature))),
                "the response has 2 assertions",
            ),
            Row(
                "6: the forged assertion with the signature, which keeps the signed one",
                assertion.with(&assertion.evil_with(&assertion.signature_with(bare))),
                "the response has 2 assertions",
            ),
            Row(
                "7: the forged assertion in the extensions of the response",
                assertion.with(&format!("{extensions}{signed}")),
                "the response has 2 assertions",
            ),
            Row(
                "8: the forged assertion with the signature, whose object keeps the signed one",
                assertion.with(&assertion.evil_with(&assertion.signature_with(&object))),
                "the response has 2 assertions",
            ),
        ],
    );
}

/// The same with the identifier of the signed element, so that looking it up would find either.
#[test]
fn the_forged_element_has_the_identifier_of_the_signed_one() {
    let idp = Idp::rsa();
    let own_id =
        |xml: &str| xml.replace("_evil-assertion", "_assertion-1").replace("_evil-response", "_response-1");
    let (response, assertion) = (Parts::response(&idp), Parts::assertion(&idp));
    let words = "two elements of the document have the identifier";
    let rows = [
        response.with(&own_id(&response.evil_with(&response.signature_with(&response.bare)))),
        response.with(&own_id(&response.evil_with(&format!("{}{}", response.bare, response.signature)))),
        assertion.with(&own_id(&format!("{}{}", assertion.evil, assertion.signed))),
        assertion.with(&own_id(&format!("{}{}", assertion.evil_with(&assertion.signature), assertion.bare))),
        assertion.with(&own_id(&assertion.evil_with(&assertion.signature_with(&assertion.bare)))),
    ];
    check_refusals(&idp, rows.into_iter().map(|xml| Row("a shared identifier", xml, words)).collect());
}

#[test]
fn other_places_to_keep_the_signed_element() {
    let idp = Idp::rsa();
    let (response, assertion) = (Parts::response(&idp), Parts::assertion(&idp));
    let Parts { bare, evil, signed, .. } = &assertion;
    let in_key_info = replace(&assertion.signature, "</ds:KeyInfo>", &format!("{bare}</ds:KeyInfo>"));
    let in_advice = format!("<saml:Advice>{signed}</saml:Advice></saml:Assertion>");
    let hidden = replace(signed, "saml:Assertion ", "x:Assertion xmlns:x=\"urn:x\" ")
        .replace("</saml:Assertion>", "</x:Assertion>");
    check_refusals(
        &idp,
        vec![
            Row(
                "inside of the key info of the signature of the forged one",
                assertion.with(&assertion.evil_with(&in_key_info)),
                "the response has 2 assertions",
            ),
            Row(
                "inside of the advice of the forged one",
                assertion.with(&replace(evil, "</saml:Assertion>", &in_advice)),
                "a signature is inside of `Assertion`",
            ),
            Row(
                "inside of the status of the response, with nothing else",
                replace(
                    &assertion.with(""),
                    "</samlp:Status>",
                    &format!("<samlp:StatusDetail>{bare}</samlp:StatusDetail></samlp:Status>"),
                ),
                "the assertion is inside of `StatusDetail`, not of the response",
            ),
            Row(
                "a forged assertion beside the signed element, which is called something else",
                assertion.with(&format!("{evil}{hidden}")),
                "a signature is inside of `Assertion`",
            ),
            Row(
                "a signed response inside of a forged one",
                response.with(&response.evil_with(&response.signed)),
                "a signature is inside of `Response`",
            ),
            Row(
                "a forged assertion in a signed response",
                replace(&response.document, "</samlp:Response>", &format!("{evil}</samlp:Response>")),
                "the signature of the Response is refused: the element was changed after it was signed",
            ),
            Row(
                "a forged assertion in place of the one of a signed response",
                replace(&response.document, bare, evil),
                "the signature of the Response is refused: the element was changed after it was signed",
            ),
            Row(
                "a response that another one is around",
                format!("<x xmlns=\"urn:x\">{}</x>", signed),
                "the document is a `x`, not a `Response`",
            ),
        ],
    );
}

/// What nobody signed may be there, and is not read.
#[test]
fn what_is_not_signed_is_not_read() {
    let idp = Idp::rsa();
    let statement = "<saml:AttributeStatement><saml:Attribute Name=\"PantherRole\"><saml:AttributeValue>Admin\
                     </saml:AttributeValue></saml:Attribute></saml:AttributeStatement>";
    let subject = "<saml:Subject><saml:NameID>mallory@example.com</saml:NameID></saml:Subject>";
    for injected in [statement, subject] {
        let xml = replace(&idp.genuine(), "</samlp:Status>", &format!("</samlp:Status>{injected}"));
        assert_eq!(read(&idp, &xml), Ok(ada()), "{injected}");
    }
    let in_key_info = replace(&idp.genuine(), "</ds:KeyInfo>", &format!("{statement}{subject}</ds:KeyInfo>"));
    assert_eq!(read(&idp, &in_key_info), Ok(ada()));
}
