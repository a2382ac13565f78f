//! The form in which a provider's answer comes. Source: SAML bindings §3.5.4.

use ::saml::FIELD_BYTES_MAX;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;

use crate::params::BODY_BYTES_MAX;
use crate::sign_in::single_sign_on::refusal::{Refusal, Why};

/// The field with the response.
pub(super) const RESPONSE: &str = "SAMLResponse";
/// The field that says that a page of ours sent it.
pub(super) const AGAIN: &str = "again";

/// The form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The response: base64, without the line ends that may be in it.
    pub(super) response: String,
    /// Whether it was sent by a page of ours.
    pub(super) is_again: bool,
}

impl Form {
    /// Reads a body. What else is in it counts for nothing, above all `RelayState`: the page to end on lies in the
    /// cookie of the browser that began.
    pub(super) fn read(body: Result<Bytes, BytesRejection>) -> Result<Form, Refusal> {
        let wrong = |reason: String| Refusal::new(Why::ProviderWrong, reason);
        let body =
            body.map_err(|_| wrong(format!("the form broke off, or has more than {BODY_BYTES_MAX} bytes")))?;
        let (mut response, mut is_again) = (None, false);
        for (name, value) in url::form_urlencoded::parse(&body) {
            match name.as_ref() {
                RESPONSE if response.is_some() => {
                    return Err(wrong(format!("the form has the field `{RESPONSE}` twice")));
                }
                RESPONSE => response = Some(value),
                AGAIN => is_again = true,
                _ => {}
            }
        }
        let Some(response) = response else {
            return Err(wrong(format!(
                "the form has no field `{RESPONSE}`; the provider has to use `HTTP-POST`"
            )));
        };
        let bytes = response.len();
        if bytes > FIELD_BYTES_MAX {
            let reason = format!("the field `{RESPONSE}` has {bytes} bytes; {FIELD_BYTES_MAX} is the most");
            return Err(wrong(reason));
        }
        let response: String = response.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        if response.is_empty() || !response.bytes().all(is_base64) {
            return Err(wrong(format!("the field `{RESPONSE}` is not base64")));
        }
        Ok(Form { response, is_again })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(body: &str) -> Result<Form, Refusal> {
        Form::read(Ok(Bytes::copy_from_slice(body.as_bytes())))
    }

    #[test]
    fn a_response_comes_in_one_line_or_in_many() {
        let expected = |is_again| Form { response: "YWJj+/==".to_owned(), is_again };
        assert_eq!(read("SAMLResponse=YWJj%2B%2F%3D%3D").unwrap(), expected(false));
        assert_eq!(read("RelayState=x&SAMLResponse=YW%0D%0AJj%2B%2F%3D%3D%0A").unwrap(), expected(false));
        assert_eq!(read("SAMLResponse=YWJj%2B%2F%3D%3D&again=1").unwrap(), expected(true));
    }

    #[rstest]
    #[case::nothing("", "no field")]
    #[case::request("SAMLRequest=YWJj", "no field")]
    #[case::twice("SAMLResponse=YWJj&SAMLResponse=YWJj", "twice")]
    #[case::empty("SAMLResponse=", "not base64")]
    #[case::markup("SAMLResponse=%22%3E%3Cscript%3E", "not base64")]
    #[case::other_letters("SAMLResponse=%C3%A9", "not base64")]
    #[case::url_letters("SAMLResponse=YW-_", "not base64")]
    #[case::long(&format!("SAMLResponse={}", "A".repeat(FIELD_BYTES_MAX + 1)), "is the most")]
    fn others_do_not(#[case] body: &str, #[case] word: &str) {
        let refusal = read(body).unwrap_err();
        assert_eq!(refusal.why, Why::ProviderWrong);
        assert!(refusal.reason.contains(word), "{}", refusal.reason);
    }
}
