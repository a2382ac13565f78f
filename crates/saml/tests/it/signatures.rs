//! Signatures that are missing, wrong, weak, of other things, or of another form than SAML prescribes.
//!
//! Most of them are made with the provider's own key, so that only the form is wrong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::idp::{Form, GENUINE, Idp, key_info};
use crate::{Row, check_refusals, cut, read, replace};

const DIGEST_METHOD: &str = r#"<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>"#;
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

#[test]
fn missing_and_wrong_ones() {
    let (idp, mallory) = (Idp::rsa(), Idp::p256());
    let genuine = idp.genuine();
    let signature = cut(&genuine, "<ds:Signature ", "</ds:Signature>").to_owned();
    let digest = cut(&genuine, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
    let value = cut(&genuine, "<ds:SignatureValue>", "</ds:SignatureValue>").to_owned();
    let forged = replace(&genuine, "ada@example.com</saml:NameID>", "mallory@example.com</saml:NameID>");
    let other = idp.signed(&replace(GENUINE, "ada@example.com", "mallory@example.com"));
    let other_digest = cut(&other, "<ds:DigestValue>", "</ds:DigestValue>").to_owned();
    let other_digest_text = other_digest.replace("<ds:DigestValue>", "").replace("</ds:DigestValue>", "");
    let as_idp = Form { key_info: Some(key_info(&idp.certificate)), ..Form::default() };
    let key_value = "<ds:KeyInfo><ds:KeyValue><ds:ECKeyValue/></ds:KeyValue></ds:KeyInfo>".to_owned();
    let with_key_value = Form { key_info: Some(key_value), ..Form::default() };
    check_refusals(
        &idp,
        vec![
            Row(
                "never signed",
                GENUINE.replace("{{Assertion}}", "").replace("{{Response}}", ""),
                "neither the response nor the assertion is signed; switch signing on at the provider",
            ),
            Row(
                "the signature was taken away",
                replace(&genuine, &signature, ""),
                "neither the response nor",
            ),
            Row(
                "a signature of another namespace",
                replace(&genuine, "xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "xmlns:ds=\"urn:ds\""),
                "neither the response nor the assertion is signed",
            ),
            Row("a changed element", forged.clone(), "the element was changed after it was signed"),
            Row(
                "a changed element and its digest",
                replace(&forged, &digest, &other_digest),
                "it was made with none of the provider's 1 signing certificates, or changed afterwards",
            ),
            Row(
                "the digest of a changed element in a comment",
                replace(&forged, "<ds:DigestValue>", &format!("<ds:DigestValue><!--{other_digest_text}-->")),
                "the element was changed after it was signed",
            ),
            Row(
                "the digest of a changed element before the one that was signed",
                replace(&forged, "<ds:DigestValue>", &format!("{other_digest}<ds:DigestValue>")),
                "`Reference` holds `Transforms`, `DigestMethod`, `DigestValue`, `DigestValue`, where",
            ),
            Row(
                "an attribute more",
                replace(
                    &genuine,
                    "</saml:AttributeStatement>",
                    "<saml:Attribute Name=\"PantherRole\"><saml:AttributeValue>Admin</saml:AttributeValue>\
                     </saml:Attribute></saml:AttributeStatement>",
                ),
                "the element was changed after it was signed",
            ),
            Row(
                "the key of somebody else, with its certificate",
                mallory.genuine(),
                "which is not in the provider's metadata",
            ),
            Row(
                "the key of somebody else, without it",
                mallory.signed_as(&with_key_value),
                "made with none of",
            ),
            Row(
                "the key of somebody else as the provider's",
                mallory.signed_as(&as_idp),
                "made with none of",
            ),
            Row(
                "the value of another signature",
                {
                    let other_value = cut(&other, "<ds:SignatureValue>", "</ds:SignatureValue>");
                    replace(&genuine, &value, other_value)
                },
                "made with none of",
            ),
            Row("no value", replace(&genuine, &value, "<ds:SignatureValue/>"), "made with none of"),
            Row(
                "a value that is not base64",
                replace(&genuine, "<ds:SignatureValue>", "<ds:SignatureValue>-"),
                "`SignatureValue` is not base64",
            ),
            Row(
                "a digest that is not base64",
                replace(&genuine, "<ds:DigestValue>", "<ds:DigestValue>="),
                "`DigestValue` is not base64",
            ),
            Row(
                "a value that holds elements",
                replace(&genuine, "<ds:SignatureValue>", "<ds:SignatureValue><x/>"),
                "`SignatureValue` holds `x`, where text alone is allowed",
            ),
            Row(
                "two signatures",
                replace(&genuine, &signature, &signature.repeat(2)),
                "it has 2 signatures, of which one is allowed",
            ),
            Row(
                "the signature inside of the subject",
                replace(
                    &replace(&genuine, &signature, ""),
                    "</saml:Subject>",
                    &format!("{signature}</saml:Subject>"),
                ),
                "a signature is inside of `Subject`",
            ),
            Row(
                "the signature of the assertion on the response",
                replace(
                    &replace(&genuine, &signature, ""),
                    "<samlp:Status>",
                    &format!("{signature}<samlp:Status>"),
                ),
                "the signature of the Response is refused: it signs `#_assertion-1`, but it is inside of the \
                 element `#_response-1`",
            ),
            Row(
                "a good assertion in a response whose signature is wrong",
                replace(
                    &idp.signed_twice(GENUINE),
                    "IssueInstant=\"2026-03-01T12:00:00Z\"",
                    "IssueInstant=\"2026-03-01T12:00:02Z\"",
                ),
                "the signature of the Response is refused: the element was changed after it was signed",
            ),
            Row(
                "a good response with an assertion that somebody else signed",
                idp.sign(&mallory.sign(GENUINE, "Assertion", &as_idp), "Response", &Form::default()),
                "the signature of the Assertion is refused: it was made with none of",
            ),
        ],
    );
}

#[test]
fn algorithms() {
    let idp = Idp::rsa();
    let method = |uri: &str| idp.signed_as(&Form::method(uri));
    let digest = |uri: &str| idp.signed_as(&Form::edit(SHA256, uri));
    let with_parameter = replace(DIGEST_METHOD, "/>", "><x/></ds:DigestMethod>");
    let length = "<ds:HMACOutputLength>8</ds:HMACOutputLength>";
    let with_length = format!("<ds:SignatureMethod Algorithm=\"{{method}}\">{length}</ds:SignatureMethod>");
    check_refusals(
        &idp,
        vec![
            Row(
                "RSA with SHA-1",
                method("http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
                "it uses SHA-1 (`http://www.w3.org/2000/09/xmldsig#rsa-sha1`), which can be forged; set the signature \
                 algorithm of this application at the provider to RSA-SHA256 and the digest to SHA256",
            ),
            Row("DSA with SHA-1", method("http://www.w3.org/2000/09/xmldsig#dsa-sha1"), "it uses SHA-1"),
            Row("a digest of SHA-1", digest("http://www.w3.org/2000/09/xmldsig#sha1"), "it uses SHA-1"),
            Row(
                "HMAC with the public key as the secret",
                method("http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
                "which anyone can compute who knows the key; the provider has to sign with RSA-SHA256",
            ),
            Row(
                "HMAC with SHA-1",
                method("http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
                "which anyone can compute who knows the key",
            ),
            Row("no algorithm", method(""), "it uses ``, which is not supported"),
            Row("an unknown one", method("urn:none"), "it uses `urn:none`, which is not supported"),
            Row(
                "MD5",
                method("http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
                "which is not supported; the provider has to use RSA-SHA256, -SHA384 or -SHA512",
            ),
            Row("an unknown digest", digest("urn:none"), "it uses `urn:none`, which is not supported"),
            Row(
                "an RSA key for an elliptic curve",
                method("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
                "it was made with none of the provider's",
            ),
            Row(
                "a digest with parameters",
                idp.signed_as(&Form::edit(DIGEST_METHOD, &with_parameter)),
                "`DigestMethod` holds `x`, where nothing is expected",
            ),
            Row(
                "a shortened signature",
                idp.signed_as(&Form::edit("<ds:SignatureMethod Algorithm=\"{method}\"/>", &with_length)),
                "`SignatureMethod` holds `HMACOutputLength`, where nothing is expected",
            ),
        ],
    );
    // The other way round, with a key of another kind in the metadata.
    let curve = Idp::p384();
    let xml = curve.signed_as(&Form::method("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"));
    assert!(read(&curve, &xml).unwrap_err().to_string().contains("made with none of"));
}

#[test]
fn references() {
    let idp = Idp::rsa();
    let uri = |to: &str| idp.signed_as(&Form::edit("URI=\"{{uri}}\"", to));
    let genuine = idp.genuine();
    let second = cut(&genuine, "<ds:Reference ", "</ds:Reference>").to_owned();
    let no_id = |id: &str| idp.signed(&replace(GENUINE, "ID=\"_assertion-1\"", id));
    check_refusals(
        &idp,
        vec![
            Row("to the whole document", uri("URI=\"\""), "it signs ``, but it is inside of the element"),
            Row("to nothing", uri(""), "it signs ``, but it is inside of the element `#_assertion-1`"),
            Row("to another element", uri("URI=\"#_response-1\""), "it signs `#_response-1`, but"),
            Row("by a pointer", uri("URI=\"#xpointer(id('_assertion-1'))\""), "it signs `#xpointer("),
            Row(
                "to another document",
                uri("URI=\"https://evil.example.com/a.xml\""),
                "it signs `https://evil",
            ),
            Row(
                "two of them",
                idp.signed_as(&Form::edit("</ds:SignedInfo>", &format!("{second}</ds:SignedInfo>"))),
                "`SignedInfo` holds `CanonicalizationMethod`, `SignatureMethod`, `Reference`, `Reference`, where",
            ),
            Row(
                "a reference of another namespace",
                idp.signed_as(&Form::edit("<ds:DigestMethod ", "<ds:DigestMethod xmlns:ds=\"urn:ds\" ")),
                "`Reference` holds",
            ),
            Row("an element without an identifier", no_id(""), "it has no `ID`"),
            Row("an element with an empty identifier", no_id("ID=\"\""), "it has no `ID`"),
            Row("an identifier of another namespace", no_id("saml:ID=\"_assertion-1\""), "it has no `ID`"),
            Row(
                "an identifier that is there twice",
                idp.signed(&replace(GENUINE, "<saml:Subject>", "<saml:Subject ID=\"_assertion-1\">")),
                "two elements of the document have the identifier `_assertion-1`",
            ),
            Row(
                "an identifier that the signature has too",
                replace(&genuine, "<ds:Signature ", "<ds:Signature Id=\"_assertion-1\" "),
                "two elements of the document have the identifier `_assertion-1`",
            ),
            Row(
                "an identifier that is an `xml:id` too",
                replace(&genuine, "<samlp:Status>", "<samlp:Status xml:id=\"_assertion-1\">"),
                "two elements of the document have the identifier `_assertion-1`",
            ),
        ],
    );
}

#[test]
fn an_object_in_the_signature() {
    let idp = Idp::rsa();
    let form = Form { object: "<ds:Object>anything</ds:Object>", ..Form::default() };
    let words = "`Signature` holds `SignedInfo`, `SignatureValue`, `KeyInfo`, `Object`, where";
    check_refusals(&idp, vec![Row("an object", idp.signed_as(&form), words)]);
}

#[test]
fn an_unknown_certificate_is_named_and_asks_for_newer_metadata() {
    let (idp, other) = (Idp::rsa(), Idp::p256());
    let error = read(&idp, &other.genuine()).unwrap_err();
    assert!(error.is_about_unknown_key(), "{error}");
    let known = idp.provider().certificates[0].fingerprint().to_owned();
    let found = other.provider().certificates[0].fingerprint().to_owned();
    assert_eq!(
        error.to_string(),
        format!(
            "the signature of the Assertion is refused: it was made with the certificate `{found}`, which is not in \
             the provider's metadata (there: `{known}`); get the metadata again if the provider changed its certificate"
        )
    );
    let der = STANDARD.decode(&idp.certificate).unwrap();
    assert_eq!(saml::Certificate::from_der(&der).unwrap().fingerprint(), known);
    assert!(!read(&idp, &replace(&idp.genuine(), "Analyst", "Admin")).unwrap_err().is_about_unknown_key());
}
