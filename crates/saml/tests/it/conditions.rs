//! Assertions that are truly signed, but not for us, not for this request, or not for now.

use crate::idp::{GENUINE, Idp};
use crate::{Row, check_refusals, read, replace};

const CONDITION_END: &str = "</saml:Conditions>";

/// The genuine response with one change that was made before it was signed.
fn changed(idp: &Idp, from: &str, to: &str) -> String {
    idp.signed(&replace(GENUINE, from, to))
}

#[test]
fn what_the_assertion_says() {
    let idp = Idp::rsa();
    let row = |name, from: &str, to: &str, words| Row(name, changed(&idp, from, to), words);
    let data = "<saml:SubjectConfirmationData InResponseTo=\"_request-1\" ";
    check_refusals(
        &idp,
        vec![
            row(
                "another version",
                "ID=\"_assertion-1\" Version=\"2.0\"",
                "ID=\"_assertion-1\" Version=\"1.1\"",
                "the Assertion has the version `1.1`, not `2.0`",
            ),
            row(
                "another issuer",
                "12:00:01Z\"><saml:Issuer>https://idp.example.com/metadata",
                "12:00:01Z\"><saml:Issuer>https://evil.example.com/metadata",
                "the `Issuer` of the assertion is `https://evil.example.com/metadata`, not \
                 `https://idp.example.com/metadata`; use the metadata of the provider that answered",
            ),
            row(
                "another kind of issuer",
                "12:00:01Z\"><saml:Issuer>",
                "12:00:01Z\"><saml:Issuer Format=\"urn:x\">",
                "the format of the issuer is `urn:x`",
            ),
            row(
                "no issuer",
                "12:00:01Z\"><saml:Issuer>https://idp.example.com/metadata</saml:Issuer>",
                "12:00:01Z\">",
                "`Assertion` has no `Issuer`",
            ),
            row(
                "made in the future",
                "IssueInstant=\"2026-03-01T12:00:01Z\"",
                "IssueInstant=\"2026-03-01T12:01:31Z\"",
                "the `IssueInstant` of the assertion is `2026-03-01T12:01:31Z`, and now it is `2026-03-01T12:00:30Z`",
            ),
            row(
                "no subject",
                "<saml:Subject>",
                "<saml:Subject/><saml:Subject>",
                "`Assertion` has 2 `Subject`",
            ),
            row(
                "an empty name",
                ">ada@example.com</saml:NameID>",
                "> </saml:NameID>",
                "the text of `NameID` is missing",
            ),
            row(
                "a name with elements",
                ">ada@example.com</saml:NameID>",
                ">ada@<b/>example.com</saml:NameID>",
                "`NameID` holds `b`, where text alone is allowed",
            ),
            row(
                "two names",
                "</saml:NameID>",
                "</saml:NameID><saml:NameID>eve@example.com</saml:NameID>",
                "`Subject` has 2 `NameID`, of which one is allowed",
            ),
            row(
                "confirmed by the sender",
                "cm:bearer",
                "cm:sender-vouches",
                "a `SubjectConfirmation` of the method `bearer` is missing",
            ),
            row(
                "no confirmation data",
                data,
                "<saml:Other ",
                "`SubjectConfirmation` has no `SubjectConfirmationData`",
            ),
            row(
                "another recipient",
                "Recipient=\"https://siem.example.com/internal/saml/okta/acs\"",
                "Recipient=\"https://other.example.com/acs\"",
                "the `Recipient` of the assertion is `https://other.example.com/acs`, not \
                 `https://siem.example.com/internal/saml/okta/acs`; set the recipient",
            ),
            row(
                "no recipient",
                "Recipient=\"https://siem.example.com/internal/saml/okta/acs\"",
                "",
                "the `Recipient` of the assertion is missing",
            ),
            row(
                "for another request",
                data,
                "<saml:SubjectConfirmationData InResponseTo=\"_request-2\" ",
                "the `InResponseTo` of the assertion is `_request-2`, not `_request-1`; begin at the sign-in page",
            ),
            row(
                "for no request",
                data,
                "<saml:SubjectConfirmationData ",
                "the `InResponseTo` of the assertion is missing; begin at the sign-in page of this server",
            ),
            row(
                "confirmed until too early",
                "NotOnOrAfter=\"2026-03-01T12:05:01Z\"",
                "NotOnOrAfter=\"2026-03-01T11:59:30Z\"",
                "the `NotOnOrAfter` of the confirmation is `2026-03-01T11:59:30Z`, and now it is \
                 `2026-03-01T12:00:30Z`: it is over; sign in again",
            ),
            row(
                "confirmed for ever",
                " NotOnOrAfter=\"2026-03-01T12:05:01Z\"",
                "",
                "the `NotOnOrAfter` of the confirmation is missing",
            ),
            row(
                "confirmed later",
                data,
                "<saml:SubjectConfirmationData InResponseTo=\"_request-1\" NotBefore=\"2026-03-01T12:02:00Z\" ",
                "the `NotBefore` of the confirmation is `2026-03-01T12:02:00Z`",
            ),
            row(
                "valid later",
                "NotBefore=\"2026-03-01T11:55:01Z\"",
                "NotBefore=\"2026-03-01T12:01:31Z\"",
                "the `NotBefore` of the assertion is `2026-03-01T12:01:31Z`, and now it is `2026-03-01T12:00:30Z`; \
                 set the clocks",
            ),
            row(
                "expired",
                "NotOnOrAfter=\"2026-03-01T12:04:01Z\"",
                "NotOnOrAfter=\"2026-03-01T11:59:30Z\"",
                "the `NotOnOrAfter` of the assertion is `2026-03-01T11:59:30Z`",
            ),
            row(
                "a time without a zone",
                "NotOnOrAfter=\"2026-03-01T12:04:01Z\"",
                "NotOnOrAfter=\"2026-03-01T12:04:01\"",
                "the `NotOnOrAfter` of the assertion is `2026-03-01T12:04:01`, not a time like",
            ),
            row(
                "a time that is none",
                "NotBefore=\"2026-03-01T11:55:01Z\"",
                "NotBefore=\"\"",
                "the `NotBefore` of the assertion is ``, not a time like `2026-01-31T12:00:00Z`",
            ),
            row(
                "another audience",
                "<saml:Audience>https://siem.example.com/internal/saml/okta/metadata",
                "<saml:Audience>https://siem.example.com/",
                "the `Audience` of the assertion is `https://siem.example.com/`, not \
                 `https://siem.example.com/internal/saml/okta/metadata`; set the audience",
            ),
            row(
                "a second restriction, to another audience",
                CONDITION_END,
                "<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction>\
                 </saml:Conditions>",
                "the `Audience` of the assertion is `urn:x`",
            ),
            row(
                "no audience",
                "<saml:Audience>https://siem.example.com/internal/saml/okta/metadata</saml:Audience>",
                "",
                "the `Audience` of the assertion is ``",
            ),
            row(
                "no restriction to an audience",
                "<saml:AudienceRestriction><saml:Audience>https://siem.example.com/internal/saml/okta/metadata\
                 </saml:Audience></saml:AudienceRestriction>",
                "",
                "the `AudienceRestriction` of the assertion is missing",
            ),
            row(
                "an unknown condition",
                CONDITION_END,
                "<saml:Condition xsi:type=\"x\"/></saml:Conditions>",
                "the assertion is valid under the condition `Condition`, which is not supported",
            ),
            row(
                "a condition of another namespace",
                CONDITION_END,
                "<OneTimeUse xmlns=\"urn:x\"/></saml:Conditions>",
                "the assertion is valid under the condition `OneTimeUse`",
            ),
            row(
                "two lists of conditions",
                CONDITION_END,
                "</saml:Conditions><saml:Conditions/>",
                "`Assertion` has 2 `Conditions`",
            ),
            row(
                "not authenticated",
                "AuthnStatement",
                "OtherStatement",
                "the `AuthnStatement` of the assertion is missing",
            ),
            row(
                "authenticated in the future",
                "AuthnInstant=\"2026-03-01T12:00:01Z\"",
                "AuthnInstant=\"2026-03-01T12:02:01Z\"",
                "the `AuthnInstant` of the assertion is `2026-03-01T12:02:01Z`",
            ),
            row(
                "a session that is over",
                "SessionNotOnOrAfter=\"2026-03-01T20:00:01Z\"",
                "SessionNotOnOrAfter=\"2026-03-01T11:00:00Z\"",
                "the `SessionNotOnOrAfter` of the assertion is `2026-03-01T11:00:00Z`",
            ),
            row(
                "an attribute without a name",
                "<saml:Attribute Name=\"PantherRole\">",
                "<saml:Attribute>",
                "the `Name` of an attribute is missing",
            ),
            row(
                "an encrypted name",
                "</saml:NameID>",
                "</saml:NameID><saml:EncryptedID/>",
                "the response has an `EncryptedID`, and encryption is not supported; switch assertion encryption off",
            ),
        ],
    );
}

#[test]
fn what_the_response_says() {
    let idp = Idp::rsa();
    // The assertion stays as it was signed: the response itself is not signed.
    let genuine = idp.genuine();
    let row = |name, from: &str, to: &str, words| Row(name, replace(&genuine, from, to), words);
    let head_issuer = "_request-1\"><saml:Issuer>https://idp.example.com/metadata</saml:Issuer>";
    let success = "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/>";
    check_refusals(
        &idp,
        vec![
            row(
                "another version",
                "ID=\"_response-1\" Version=\"2.0\"",
                "ID=\"_response-1\"",
                "the Response has the version ``, not `2.0`",
            ),
            row(
                "for another request",
                "okta/acs\" InResponseTo=\"_request-1\"",
                "okta/acs\" InResponseTo=\"_request-2\"",
                "the `InResponseTo` of the response is `_request-2`, not `_request-1`; begin at the sign-in page",
            ),
            row(
                "for no request",
                "okta/acs\" InResponseTo=\"_request-1\"",
                "okta/acs\"",
                "the `InResponseTo` of the response is missing; begin at the sign-in page of this server",
            ),
            row(
                "another issuer",
                head_issuer,
                "_request-1\"><saml:Issuer>https://evil.example.com</saml:Issuer>",
                "the `Issuer` of the response is `https://evil.example.com`",
            ),
            row(
                "another destination",
                "Destination=\"https://siem.example.com/internal/saml/okta/acs\"",
                "Destination=\"https://siem.example.com/internal/saml/entra/acs\"",
                "the `Destination` of the response is `https://siem.example.com/internal/saml/entra/acs`, not \
                 `https://siem.example.com/internal/saml/okta/acs`; set the assertion consumer service (ACS) URL",
            ),
            row(
                "made in the future",
                "IssueInstant=\"2026-03-01T12:00:00Z\"",
                "IssueInstant=\"2026-03-01T12:05:00Z\"",
                "the `IssueInstant` of the response is `2026-03-01T12:05:00Z`",
            ),
            row(
                "no time",
                "IssueInstant=\"2026-03-01T12:00:00Z\"",
                "",
                "the `IssueInstant` of the response is missing",
            ),
            row("no status", "samlp:Status>", "samlp:Other>", "`Response` has no `Status`"),
            row("no status code", success, "", "`Status` has no `StatusCode`"),
            row(
                "declined",
                success,
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Responder\"><samlp:StatusCode \
                 Value=\"urn:oasis:names:tc:SAML:2.0:status:AuthnFailed\"/></samlp:StatusCode><samlp:StatusMessage>\
                 the person is not assigned to this application</samlp:StatusMessage>",
                "the provider answered `urn:oasis:names:tc:SAML:2.0:status:Responder \
                 urn:oasis:names:tc:SAML:2.0:status:AuthnFailed`: the person is not assigned to this application",
            ),
            row("declined without a word", success, "<samlp:StatusCode/>", "the provider answered ``"),
            row(
                "success inside of failure",
                success,
                "<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Requester\"><samlp:StatusCode \
                 Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"/></samlp:StatusCode>",
                "the provider answered `urn:oasis:names:tc:SAML:2.0:status:Requester urn:",
            ),
            row(
                "an encrypted assertion",
                "</samlp:Response>",
                "<saml:EncryptedAssertion/></samlp:Response>",
                "the response has an `EncryptedAssertion`, and encryption is not supported; switch assertion \
                 encryption off for this application at the provider",
            ),
            row(
                "another document",
                "samlp:Response",
                "samlp:LogoutResponse",
                "the document is a `LogoutResponse`, not a `Response` of SAML 2.0",
            ),
            Row(
                "no assertion",
                idp.signed_response(&replace(
                    GENUINE,
                    crate::cut(GENUINE, "<saml:Assertion ", "</saml:Assertion>"),
                    "{{Assertion}}",
                )),
                "the response has 0 assertions",
            ),
            Row(
                "a signed response without a destination",
                idp.signed_response(&replace(
                    GENUINE,
                    " Destination=\"https://siem.example.com/internal/saml/okta/acs\"",
                    "",
                )),
                "the `Destination` of the response is missing",
            ),
            Row(
                "a signed response without an issuer",
                idp.signed_response(&replace(GENUINE, head_issuer, "_request-1\">")),
                "the `Issuer` of the response is missing",
            ),
        ],
    );
}

/// The last moment at which a time is accepted, and the first at which it is not.
#[test]
fn clocks_may_be_a_minute_apart() {
    let idp = Idp::rsa();
    let not_before = |at: &str| read(&idp, &changed(&idp, "NotBefore=\"2026-03-01T11:55:01Z\"", at));
    assert!(not_before("NotBefore=\"2026-03-01T12:01:30Z\"").is_ok());
    assert!(not_before("NotBefore=\"2026-03-01T12:01:30.001Z\"").is_err());
    let until = |at: &str| read(&idp, &changed(&idp, "NotOnOrAfter=\"2026-03-01T12:04:01Z\"", at));
    assert!(until("NotOnOrAfter=\"2026-03-01T11:59:30.001Z\"").is_ok());
    assert!(until("NotOnOrAfter=\"2026-03-01T11:59:30Z\"").is_err());
    assert!(until("NotOnOrAfter=\"9999-12-31T23:59:59Z\"").is_ok());
}

/// Of several confirmations the one for us counts, and until the last of them the assertion is remembered.
#[test]
fn one_confirmation_has_to_hold() {
    let idp = Idp::rsa();
    let confirmation = crate::cut(GENUINE, "<saml:SubjectConfirmation ", "</saml:SubjectConfirmation>");
    let other = replace(confirmation, "https://siem.example.com/", "https://other.example.com/");
    let signed_in = read(&idp, &changed(&idp, confirmation, &format!("{other}{confirmation}"))).unwrap();
    assert_eq!(signed_in.usable_until, "2026-03-01T12:06:01Z".parse().unwrap());
    let longer = replace(confirmation, "12:05:01Z", "12:30:01Z");
    let signed_in = read(&idp, &changed(&idp, confirmation, &format!("{longer}{confirmation}"))).unwrap();
    assert_eq!(signed_in.usable_until, "2026-03-01T12:31:01Z".parse().unwrap());
    let error = read(&idp, &changed(&idp, confirmation, &other.repeat(2))).unwrap_err();
    assert!(error.to_string().contains("the `Recipient` of the assertion is `https://other"), "{error}");
}
