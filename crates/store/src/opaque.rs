//! Values that only their holders know: API tokens, sessions, links. How they are made, and what is stored of them.
//!
//! A value is 32 random bytes, so a plain SHA-256 is enough: there is nothing to guess that a slow hash would have
//! to protect.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::TryRngCore as _;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::error::StoreError;

/// Random bytes in a value.
const VALUE_BYTES: usize = 32;

/// A fresh value: `prefix` and 43 characters of base64.
pub(crate) fn new_value(prefix: &str) -> Result<SecretString, StoreError> {
    let mut bytes = [0_u8; VALUE_BYTES];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| StoreError::from(sqlx::Error::Io(std::io::Error::other(error))))?;
    Ok(SecretString::from(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes))))
}

/// What is stored of a value.
pub(crate) fn digest(value: &str) -> [u8; 32] {
    Sha256::digest(value.as_bytes()).into()
}
