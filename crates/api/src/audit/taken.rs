//! What a handler reads of its body is seen on the way; what it does not read is nobody's business.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::redact::{VALUE_BYTES_MAX, hex, shown};

/// As much of a body as a handler took.
#[derive(Clone, Default)]
pub(crate) struct Taken(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    bytes: usize,
    /// The body, as long as it is short.
    kept: Vec<u8>,
    /// Of all bytes, from the moment that they are too many to be kept.
    digest: Option<Sha256>,
}

/// The same body, and what will have been taken of it.
pub(crate) fn of(body: Body) -> (Body, Taken) {
    let taken = Taken::default();
    let seen = taken.clone();
    let stream = body.into_data_stream().inspect_ok(move |bytes| seen.add(bytes));
    (Body::from_stream(stream), taken)
}

impl Taken {
    fn add(&self, bytes: &Bytes) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Seen { bytes: count, kept, digest } = &mut *seen;
        *count += bytes.len();
        if digest.is_none() && *count > VALUE_BYTES_MAX {
            *digest = Some(Sha256::new_with_prefix(std::mem::take(kept)));
        }
        match digest {
            Some(digest) => digest.update(bytes),
            None => kept.extend_from_slice(bytes),
        }
    }

    /// The body without secrets; length and digest when it is long, or no JSON.
    pub(crate) fn to_json(&self) -> Value {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.bytes == 0 {
            return Value::Null;
        }
        if seen.digest.is_none()
            && let Ok(value @ (Value::Object(_) | Value::Array(_))) = serde_json::from_slice(&seen.kept)
        {
            return shown(&value);
        }
        let digest = seen.digest.clone().unwrap_or_else(|| Sha256::new_with_prefix(&seen.kept));
        json!({ "bytes": seen.bytes, "sha256": hex(&digest.finalize()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seen_of(body: Body) -> Value {
        let (body, taken) = of(body);
        axum::body::to_bytes(body, 1 << 20).await.unwrap();
        taken.to_json()
    }

    #[tokio::test]
    async fn bodies_are_seen_whole_or_by_their_digest() {
        assert_eq!(seen_of(Body::empty()).await, Value::Null);
        assert_eq!(seen_of(Body::from(r#"{"id": "a", "password": "b"}"#)).await["id"], "a");
        let (_, untouched) = of(Body::from("{}"));
        assert_eq!(untouched.to_json(), Value::Null, "nobody read it");
        let long = "x".repeat(VALUE_BYTES_MAX + 1);
        let digest = |text: &str| hex(&Sha256::digest(text.as_bytes()));
        for text in ["no JSON", "\"a text\"", long.as_str()] {
            let expected = json!({ "bytes": text.len(), "sha256": digest(text) });
            assert_eq!(seen_of(Body::from(text.to_owned())).await, expected);
        }
        let chunk = Bytes::from(long.clone());
        let chunks: Vec<_> = (0..3).map(|_| Ok::<_, std::io::Error>(chunk.clone())).collect();
        let chunked = seen_of(Body::from_stream(futures_util::stream::iter(chunks))).await;
        assert_eq!(chunked["sha256"], digest(&long.repeat(3)));
    }
}
