//! ID tokens, good and bad: drafts that can be changed at will before they are signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

const RSA: &[u8] = include_bytes!("../../testdata/identity_provider_rsa.pem");
const EC: &[u8] = include_bytes!("../../testdata/identity_provider_ec.pem");
const EC384: &[u8] = include_bytes!("../../testdata/identity_provider_ec384.pem");
const ED: &[u8] = include_bytes!("../../testdata/identity_provider_ed.pem");
/// What belongs to these keys, as providers publish it.
pub(super) const KEYS: &str = include_str!("../../testdata/identity_provider_keys.json");

/// A token before it is signed.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it says.
    pub claims: Value,
    /// What it says of itself; `alg` and `kid` need not be true.
    pub header: Value,
    /// What it is really signed with.
    pub algorithm: Algorithm,
}

impl Draft {
    /// A good one about `1`, who is Mira Ode.
    pub fn new(issuer: &str, client_id: &str, nonce: &str, now: Timestamp) -> Draft {
        let claims = json!({
            "iss": issuer, "aud": client_id, "sub": "1", "nonce": nonce,
            "iat": now.as_second(), "exp": now.as_second() + 300, "auth_time": now.as_second() - 5,
            "email": "mira@example.com", "email_verified": true, "given_name": "Mira", "family_name": "Ode",
            "groups": ["everyone", "siem-analysts"], "updated_at": 1_700_000_000, "level": 3, "ratio": 0.5,
        });
        Draft {
            claims,
            header: json!({"alg": "RS256", "typ": "JWT", "kid": "rsa"}),
            algorithm: Algorithm::RS256,
        }
    }

    /// Signs with another algorithm and the key that goes with it, and says so.
    ///
    /// # Panics
    /// When there is no such key.
    #[must_use]
    pub fn with(mut self, algorithm: Algorithm) -> Draft {
        let kid = match algorithm {
            Algorithm::ES256 => "ec",
            Algorithm::ES384 => "ec384",
            Algorithm::EdDSA => "ed",
            _ => "rsa",
        };
        self.header["alg"] = json!(format!("{algorithm:?}"));
        self.header["kid"] = json!(kid);
        self.algorithm = algorithm;
        self
    }

    /// Says something else, or nothing when `value` is null.
    ///
    /// # Panics
    /// When the claims are no object.
    #[must_use]
    pub fn claim(mut self, name: &str, value: Value) -> Draft {
        let claims = self.claims.as_object_mut().expect("claims are an object");
        match value {
            Value::Null => drop(claims.remove(name)),
            value => drop(claims.insert(name.to_owned(), value)),
        }
        self
    }

    /// Header and claims, which a signature is made of.
    pub fn message(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}", part(&self.header), part(&self.claims))
    }

    /// The signed token.
    ///
    /// # Panics
    /// When it cannot be signed.
    pub fn sign(&self) -> String {
        let key = match self.algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(EC),
            Algorithm::ES384 => EncodingKey::from_ec_pem(EC384),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(ED),
            _ => EncodingKey::from_rsa_pem(RSA),
        };
        self.sign_with(&key.expect("a key of the tests"))
    }

    /// As [`Draft::sign`], by a secret that two share.
    ///
    /// # Panics
    /// When it cannot be signed.
    pub fn sign_shared(&self, secret: &[u8]) -> String {
        let mut shared = self.clone();
        shared.algorithm = Algorithm::HS256;
        shared.header["alg"] = json!("HS256");
        shared.sign_with(&EncodingKey::from_secret(secret))
    }

    fn sign_with(&self, key: &EncodingKey) -> String {
        let message = self.message();
        let signature = sign(message.as_bytes(), key, self.algorithm).expect("it can be signed");
        format!("{message}.{signature}")
    }
}
