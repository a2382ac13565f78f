//! Who may send. All comparisons take the same time whatever the sender guessed.

use ::http::header::AUTHORIZATION;
use ::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::config::{Auth, HmacAlgorithm};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// What can be checked before the body is read: everything but a signature, whose header must be there.
pub(crate) fn headers_pass(auth: &Auth, headers: &HeaderMap) -> bool {
    match auth {
        Auth::None => true,
        Auth::Basic { username, password } => basic_passes(username, password, headers),
        Auth::Bearer { token } => {
            credentials(headers, "bearer").is_some_and(|sent| same(sent.as_bytes(), token))
        }
        Auth::SharedSecret { header, secret } => {
            single(headers, header).is_some_and(|sent| same(sent, secret))
        }
        Auth::Hmac { header, .. } => single(headers, header).is_some(),
    }
}

/// What needs the body as sent: a signature.
pub(crate) fn body_passes(auth: &Auth, headers: &HeaderMap, body: &[u8]) -> bool {
    let Auth::Hmac { header, secret, algorithm } = auth else { return true };
    let Some(signature) = single(headers, header).and_then(|sent| decode_signature(sent, *algorithm)) else {
        return false;
    };
    let key = secret.expose_secret().as_bytes();
    match algorithm {
        HmacAlgorithm::Sha256 => Hmac::<Sha256>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok()),
        HmacAlgorithm::Sha1 => Hmac::<Sha1>::new_from_slice(key)
            .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok()),
    }
}

/// User name and password, RFC 7617 §2.
fn basic_passes(username: &str, password: &SecretString, headers: &HeaderMap) -> bool {
    let Some(decoded) = credentials(headers, "basic").and_then(|sent| BASE64.decode(sent).ok()) else {
        return false;
    };
    let Some(colon) = decoded.iter().position(|byte| *byte == b':') else { return false };
    let (sent_username, sent_password) = (&decoded[..colon], &decoded[colon + 1..]);
    same_bytes(sent_username, username.as_bytes()) & same(sent_password, password)
}

/// What follows the scheme's name in the one `Authorization` header.
fn credentials<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = std::str::from_utf8(single(headers, &AUTHORIZATION)?).ok()?;
    let (sent_scheme, rest) = value.trim().split_once(' ')?;
    sent_scheme.eq_ignore_ascii_case(scheme).then(|| rest.trim_start())
}

/// The value of a header that is there exactly once: of two, nobody knows which one was meant.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

fn same(sent: &[u8], secret: &SecretString) -> bool {
    same_bytes(sent, secret.expose_secret().as_bytes())
}

/// Compares digests, so that not even the lengths show.
fn same_bytes(left: &[u8], right: &[u8]) -> bool {
    Sha256::digest(left).as_slice().ct_eq(Sha256::digest(right).as_slice()).into()
}

fn decode_signature(sent: &[u8], algorithm: HmacAlgorithm) -> Option<Vec<u8>> {
    let (prefix, length) = match algorithm {
        HmacAlgorithm::Sha256 => ("sha256=", 32),
        HmacAlgorithm::Sha1 => ("sha1=", 20),
    };
    let text = std::str::from_utf8(sent).ok()?.trim();
    let text = match text.get(..prefix.len()) {
        Some(start) if start.eq_ignore_ascii_case(prefix) => &text[prefix.len()..],
        _ => text,
    };
    let decoded = if text.len() == length * 2 {
        hex::decode(text).ok()?
    } else {
        BASE64.decode(text).or_else(|_| BASE64_URL.decode(text)).ok()?
    };
    (decoded.len() == length).then_some(decoded)
}
