//! Takes the compression off a body, with limits that hold while it grows.
//!
//! What it is compressed with shows in its first bytes, never in a header (`ingest.md` §1.3): gzip
//! (RFC 1952, several members too) or zstd (RFC 8878, several frames too); anything else is plain.

use std::io::{ErrorKind, Read};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;

use crate::refusal::Refusal;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// A zstd frame may look back 8 MiB, which RFC 8878 §3.1.1.1.2 asks every decoder to support.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;
/// Read at once; also the first size of what is inflated.
const CHUNK_BYTES: usize = 64 * 1024;

/// How far a body may inflate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InflateLimits {
    /// Bytes at most.
    pub(crate) bytes_max: usize,
    /// Bytes for each byte as sent, at most.
    pub(crate) ratio_max: usize,
}

/// Compression of a body by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    /// `None` for a plain body.
    pub(crate) fn detect(body: &[u8]) -> Option<Self> {
        if body.starts_with(&GZIP_MAGIC) {
            Some(Self::Gzip)
        } else if body.starts_with(&ZSTD_MAGIC) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// Inflates a whole body. `charge` is asked before memory is taken, with the bytes to add.
pub(crate) fn inflate(
    compression: Compression,
    body: &[u8],
    limits: InflateLimits,
    charge: &mut dyn FnMut(usize) -> Result<(), Refusal>,
) -> Result<Bytes, Refusal> {
    let fail = |error: std::io::Error| undecodable(compression, &error);
    match compression {
        Compression::Gzip => read_limited(&mut MultiGzDecoder::new(body), body.len(), limits, charge, &fail),
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(fail)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(fail)?;
            read_limited(&mut decoder, body.len(), limits, charge, &fail)
        }
    }
}

/// Checks that a body is text: UTF-8 without NUL.
pub(crate) fn check_text(body: &[u8]) -> Result<(), Refusal> {
    if let Err(error) = std::str::from_utf8(body) {
        return Err(Refusal::NotUtf8 { at: error.valid_up_to() });
    }
    match body.iter().position(|byte| *byte == 0) {
        Some(at) => Err(Refusal::Nul { at }),
        None => Ok(()),
    }
}

fn read_limited(
    reader: &mut dyn Read,
    sent_bytes: usize,
    limits: InflateLimits,
    charge: &mut dyn FnMut(usize) -> Result<(), Refusal>,
    fail: &dyn Fn(std::io::Error) -> Refusal,
) -> Result<Bytes, Refusal> {
    let by_ratio = sent_bytes.saturating_mul(limits.ratio_max);
    let bytes_max = limits.bytes_max.min(by_ratio);
    let mut inflated: Vec<u8> = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let count = match reader.read(&mut chunk) {
            Ok(0) => return Ok(inflated.into()),
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(fail(error)),
        };
        let wanted = inflated.len() + count;
        if wanted > bytes_max {
            let limit = if by_ratio < limits.bytes_max {
                format!("{} times its size", limits.ratio_max)
            } else {
                format!("{} bytes", limits.bytes_max)
            };
            return Err(Refusal::InflatesTooLarge { limit });
        }
        if wanted > inflated.capacity() {
            // Doubling, but never beyond the limit.
            let capacity = (inflated.capacity() * 2).max(CHUNK_BYTES).max(wanted).min(bytes_max);
            charge(capacity - inflated.capacity())?;
            inflated.reserve_exact(capacity - inflated.len());
        }
        inflated.extend_from_slice(&chunk[..count]);
    }
}

fn undecodable(compression: Compression, error: &std::io::Error) -> Refusal {
    let text = error.to_string();
    let reason = if text.contains("ictionary") {
        "it needs a dictionary, which is not supported".to_owned()
    } else if text.contains("too much memory") {
        "its window is larger than 8 MiB; compress with a smaller window".to_owned()
    } else if error.kind() == ErrorKind::UnexpectedEof {
        "it ends early".to_owned()
    } else {
        text
    };
    Refusal::Undecodable { format: compression.name(), reason }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const LIMITS: InflateLimits = InflateLimits { bytes_max: 1 << 20, ratio_max: 200 };

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate_all(body: &[u8], limits: InflateLimits) -> Result<Bytes, Refusal> {
        let compression = Compression::detect(body).expect("the body is compressed");
        let mut charged = 0;
        let result = inflate(compression, body, limits, &mut |bytes| {
            charged += bytes;
            Ok(())
        });
        assert!(charged <= limits.bytes_max.min(body.len() * limits.ratio_max));
        result
    }

    #[test]
    fn members_and_frames_are_joined() {
        let both = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(&inflate_all(&both, LIMITS).unwrap()[..], b"one two");
        let both =
            [zstd::encode_all(&b"one "[..], 3).unwrap(), zstd::encode_all(&b"two"[..], 3).unwrap()].concat();
        assert_eq!(&inflate_all(&both, LIMITS).unwrap()[..], b"one two");
    }

    #[test]
    fn bombs_stop_at_the_limit_that_comes_first() {
        let plain = vec![b' '; 8 << 20];
        let by_ratio = Refusal::InflatesTooLarge { limit: "200 times its size".to_owned() };
        let by_size = Refusal::InflatesTooLarge { limit: "1048576 bytes".to_owned() };
        let bomb = zstd::encode_all(&plain[..], 3).unwrap();
        assert_eq!(inflate_all(&bomb, LIMITS), Err(by_ratio));
        let generous = InflateLimits { ratio_max: 1_000_000, ..LIMITS };
        assert_eq!(inflate_all(&gzip(&plain), generous), Err(by_size.clone()));
        assert_eq!(inflate_all(&bomb, generous), Err(by_size));
    }

    #[test]
    fn memory_is_asked_for_before_it_is_taken() {
        let body = gzip(&vec![b' '; 100_000]);
        let answer =
            inflate(Compression::Gzip, &body, InflateLimits { ratio_max: 1_000_000, ..LIMITS }, &mut |_| {
                Err(Refusal::Overloaded)
            });
        assert_eq!(answer, Err(Refusal::Overloaded));
    }

    fn reason(body: &[u8]) -> String {
        match inflate_all(body, LIMITS) {
            Err(Refusal::Undecodable { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let samples: Vec<Vec<u8>> =
            (0..2000).map(|n| format!("{{\"user\":\"u{n}\"}}").into_bytes()).collect();
        let dictionary = zstd::dict::from_samples(&samples, 4096).unwrap();
        let mut encoder = zstd::bulk::Compressor::with_dictionary(3, &dictionary).unwrap();
        assert!(reason(&encoder.compress(b"{\"user\":\"u1\"}").unwrap()).contains("dictionary"));

        let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(27).unwrap();
        encoder.write_all(&vec![b' '; 1000]).unwrap();
        assert!(reason(&encoder.finish().unwrap()).contains("8 MiB"));

        let whole = zstd::encode_all(&b"hello hello"[..], 3).unwrap();
        assert_eq!(reason(&whole[..whole.len() - 2]), "it ends early");
        let whole = gzip(b"hello hello");
        assert_eq!(reason(&whole[..whole.len() - 2]), "it ends early");
        let mut broken = whole;
        let middle = broken.len() / 2;
        broken[middle] ^= 0xff;
        assert!(!reason(&broken).is_empty());
    }

    proptest! {
        #[test]
        fn what_was_compressed_comes_back(plain in proptest::collection::vec(any::<u8>(), 0..5000)) {
            let generous = InflateLimits { ratio_max: 1_000_000, ..LIMITS };
            prop_assert_eq!(&inflate_all(&gzip(&plain), generous).unwrap()[..], &plain[..]);
            let frame = zstd::encode_all(&plain[..], 1).unwrap();
            prop_assert_eq!(&inflate_all(&frame, generous).unwrap()[..], &plain[..]);
        }

        #[test]
        fn damage_is_an_error_or_stays_within_the_limits(
            plain in proptest::collection::vec(any::<u8>(), 0..2000),
            at in any::<prop::sample::Index>(),
            bits in 1_u8..,
            cut in any::<prop::sample::Index>(),
        ) {
            for (magic_bytes, mut body) in [(2, gzip(&plain)), (4, zstd::encode_all(&plain[..], 1).unwrap())] {
                let at = magic_bytes + at.index(body.len() - magic_bytes);
                body[at] ^= bits;
                body.truncate(magic_bytes + cut.index(body.len() - magic_bytes + 1));
                if let Ok(inflated) = inflate_all(&body, LIMITS) {
                    prop_assert!(inflated.len() <= LIMITS.bytes_max);
                }
            }
        }
    }
}
