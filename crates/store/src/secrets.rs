//! Secrets at rest: AES-256-GCM envelopes under the keys of one file.
//!
//! Each secret has a data key of its own; the data key is wrapped by the installation's master key. The key
//! file holds one master key a line, the current one first; older ones are there only while a rotation is
//! under way, so that at no moment, also not after a crash, is there a secret that nobody can open.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aes_gcm::aead::{Aead as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::TryRngCore as _;
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

/// File name of the keys inside the data directory, unless another is configured.
pub const KEY_FILE: &str = "secrets.key";
/// Begins every line of the key file.
const LINE_PREFIX: &str = "margay-key-v1:";
/// Bytes of a key: AES-256.
const KEY_BYTES: usize = 32;
/// Bytes of a nonce. Source: NIST SP 800-38D; random, and every data key is used once.
const NONCE_BYTES: usize = 12;
/// Hex digits by which a key is named.
const KEY_ID_CHARS: usize = 16;
/// A key file has at most so many lines; a rotation leaves one.
const KEYS_MAX: usize = 16;

/// Why a secret cannot be stored or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SecretsError {
    /// There is no key file, and there are secrets that need it.
    #[error(
        "the key file `{path}` does not exist, but secrets are sealed with it; restore it from a backup, or \
         name another as `secrets.key_file`"
    )]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the key file `{path}` cannot be used: {source}; see that it is readable by this user alone")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Arc<io::Error>,
    },
    /// A line is no key.
    #[error("line {line} of the key file `{path}` is no key; restore the file from a backup")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
    },
    /// The secret was sealed with a key that is not in the file.
    #[error(
        "the secret is sealed with key `{key_id}`, which is not in the key file `{path}`; restore the right \
         file, or give the secret again"
    )]
    WrongKey {
        /// The file.
        path: PathBuf,
        /// The key that is needed.
        key_id: String,
    },
    /// The keys changed between sealing and storing.
    #[error("the keys were rotated meanwhile and nothing was stored; try again")]
    Rotated,
    /// The sealed bytes were changed.
    #[error("the sealed secret is damaged; give it again")]
    Damaged,
    /// The machine has no randomness.
    #[error("the machine gave no random bytes; try again")]
    NoRandomness,
}

/// A secret as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The master key that wraps the data key.
    pub key_id: String,
    /// Nonce and wrapped data key.
    pub wrapped_key: Vec<u8>,
    /// Nonce and encrypted bytes.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({})", self.key_id)
    }
}

type Key = SecretBox<[u8; KEY_BYTES]>;

/// The master keys of one file, the current one first.
#[derive(Debug)]
pub struct KeyRing {
    path: PathBuf,
    keys: Vec<Key>,
}

impl KeyRing {
    /// Reads the file.
    ///
    /// # Errors
    /// When it does not exist, cannot be read, or is no key file.
    pub fn load(path: &Path) -> Result<KeyRing, SecretsError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(SecretsError::Missing { path: path.to_owned() });
            }
            Err(error) => return Err(unusable(path, error)),
        };
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let malformed = || SecretsError::Malformed { path: path.to_owned(), line: index + 1 };
            let encoded = line.strip_prefix(LINE_PREFIX).ok_or_else(malformed)?;
            let bytes = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
            let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| malformed())?;
            if keys.len() == KEYS_MAX {
                return Err(malformed());
            }
            keys.push(Key::new(Box::new(bytes)));
        }
        if keys.is_empty() {
            return Err(SecretsError::Malformed { path: path.to_owned(), line: 1 });
        }
        Ok(KeyRing { path: path.to_owned(), keys })
    }

    /// Reads the file, or makes one with a fresh key, readable by its owner only.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn load_or_create(path: &Path) -> Result<KeyRing, SecretsError> {
        match KeyRing::load(path) {
            Err(SecretsError::Missing { .. }) => {}
            other => return other,
        }
        let ring = KeyRing { path: path.to_owned(), keys: vec![fresh_key()?] };
        let written = ring.write_beside().map_err(|error| unusable(path, error))?;
        // A link fails when another process was first; its key is taken then.
        let linked = fs::hard_link(&written, path);
        fs::remove_file(&written).map_err(|error| unusable(path, error))?;
        sync_folder(path).map_err(|error| unusable(path, error))?;
        match linked {
            Ok(()) => Ok(ring),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => KeyRing::load(path),
            Err(error) => Err(unusable(path, error)),
        }
    }

    /// The id of the key that seals.
    pub fn current_id(&self) -> String {
        key_id(&self.keys[0])
    }

    /// Seals a secret; only [`KeyRing::open`] with the same `owner` opens it.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Sealed, SecretsError> {
        let data_key = fresh_key()?;
        Ok(Sealed {
            key_id: self.current_id(),
            wrapped_key: encrypt(&self.keys[0], owner, data_key.expose_secret())?,
            data: encrypt(&data_key, owner, secret)?,
        })
    }

    /// Opens what was sealed for `owner`.
    ///
    /// # Errors
    /// When the key is not in the file, or the bytes were changed or belong to somebody else.
    pub fn open(&self, owner: &str, sealed: &Sealed) -> Result<Vec<u8>, SecretsError> {
        decrypt(&self.data_key(owner, sealed)?, owner, &sealed.data)
    }

    /// Wraps the data key anew, by the current master key.
    ///
    /// # Errors
    /// As [`KeyRing::open`].
    pub(crate) fn rewrap(&self, owner: &str, sealed: &Sealed) -> Result<Sealed, SecretsError> {
        let data_key = self.data_key(owner, sealed)?;
        Ok(Sealed {
            key_id: self.current_id(),
            wrapped_key: encrypt(&self.keys[0], owner, data_key.expose_secret())?,
            data: sealed.data.clone(),
        })
    }

    fn data_key(&self, owner: &str, sealed: &Sealed) -> Result<Key, SecretsError> {
        let master = self.keys.iter().find(|key| key_id(key) == sealed.key_id).ok_or_else(|| {
            SecretsError::WrongKey { path: self.path.clone(), key_id: sealed.key_id.clone() }
        })?;
        let bytes = decrypt(master, owner, &sealed.wrapped_key)?;
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| SecretsError::Damaged)?;
        Ok(Key::new(Box::new(bytes)))
    }

    /// Puts a fresh key before all others; after [`KEYS_MAX`] rotations that were stopped, the last of them is
    /// finished first.
    pub(crate) fn add_current(&mut self) -> Result<(), SecretsError> {
        if self.keys.len() >= KEYS_MAX {
            return Ok(());
        }
        self.keys.insert(0, fresh_key()?);
        self.replace_file()
    }

    /// Forgets all keys but the current one and those that something is still sealed with.
    pub(crate) fn forget_unused(&mut self, used: &[String]) -> Result<(), SecretsError> {
        let current = self.current_id();
        self.keys.retain(|key| {
            let id = key_id(key);
            id == current || used.contains(&id)
        });
        self.replace_file()
    }

    fn replace_file(&self) -> Result<(), SecretsError> {
        let replace = || {
            fs::rename(self.write_beside()?, &self.path)?;
            sync_folder(&self.path)
        };
        replace().map_err(|error| unusable(&self.path, error))
    }

    /// Writes the keys to a file beside the key file and gives its path.
    fn write_beside(&self) -> io::Result<PathBuf> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}", uuid::Uuid::new_v4()));
        let path = self.path.with_file_name(name);
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        for key in &self.keys {
            writeln!(file, "{LINE_PREFIX}{}", STANDARD.encode(key.expose_secret()))?;
        }
        file.sync_all()?;
        Ok(path)
    }
}

/// Makes sure that the name of the file survives a power cut, before anything is sealed with what it holds.
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

fn unusable(path: &Path, error: io::Error) -> SecretsError {
    SecretsError::Unusable { path: path.to_owned(), source: Arc::new(error) }
}

/// Names a key without telling it.
fn key_id(key: &Key) -> String {
    let mut id = hex::encode(Sha256::digest(key.expose_secret()));
    id.truncate(KEY_ID_CHARS);
    id
}

fn random<const N: usize>() -> Result<[u8; N], SecretsError> {
    let mut bytes = [0; N];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(bytes)
}

fn fresh_key() -> Result<Key, SecretsError> {
    Ok(Key::new(Box::new(random()?)))
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(key.expose_secret().into())
}

/// Nonce and encrypted bytes; `owner` is bound to them.
fn encrypt(key: &Key, owner: &str, bytes: &[u8]) -> Result<Vec<u8>, SecretsError> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    let payload = Payload { msg: bytes, aad: owner.as_bytes() };
    let sealed = cipher(key).encrypt(&nonce.into(), payload).map_err(|_| SecretsError::Damaged)?;
    Ok([&nonce[..], &sealed].concat())
}

fn decrypt(key: &Key, owner: &str, bytes: &[u8]) -> Result<Vec<u8>, SecretsError> {
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SecretsError::Damaged)?;
    let payload = Payload { msg: sealed, aad: owner.as_bytes() };
    cipher(key).decrypt(nonce.into(), payload).map_err(|_| SecretsError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> (tempfile::TempDir, KeyRing) {
        let dir = tempfile::tempdir().unwrap();
        let ring = KeyRing::load_or_create(&dir.path().join(KEY_FILE)).unwrap();
        (dir, ring)
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_owner_alone() {
        let (_dir, ring) = ring();
        let sealed = ring.seal("a", b"hunter22").unwrap();
        assert_eq!(ring.open("a", &sealed).unwrap(), b"hunter22");
        assert!(!sealed.data.windows(8).any(|bytes| bytes == b"hunter22"));
        assert!(matches!(ring.open("b", &sealed), Err(SecretsError::Damaged)));
        let mut changed = sealed.clone();
        *changed.data.last_mut().unwrap() ^= 1;
        assert!(matches!(ring.open("a", &changed), Err(SecretsError::Damaged)));
        changed = Sealed { wrapped_key: Vec::new(), ..sealed.clone() };
        assert!(matches!(ring.open("a", &changed), Err(SecretsError::Damaged)));
        assert_ne!(ring.seal("a", b"hunter22").unwrap().data, sealed.data, "never the same twice");
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, ring) = ring();
        let path = dir.path().join(KEY_FILE);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(KeyRing::load_or_create(&path).unwrap().current_id(), ring.current_id());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        let text = fs::read_to_string(&path).unwrap();
        let key = text.trim().strip_prefix(LINE_PREFIX).unwrap();
        assert!(!format!("{ring:?}").contains(key), "no key in debug output");
    }

    #[test]
    fn a_missing_wrong_or_broken_file_is_named() {
        let (dir, ring) = ring();
        let sealed = ring.seal("a", b"secret").unwrap();
        let path = dir.path().join(KEY_FILE);
        fs::remove_file(&path).unwrap();
        assert!(matches!(KeyRing::load(&path), Err(SecretsError::Missing { .. })));
        let other = KeyRing::load_or_create(&path).unwrap();
        let error = other.open("a", &sealed).unwrap_err();
        assert!(error.to_string().contains(&ring.current_id()), "{error}");
        for text in ["", "margay-key-v1:AAAA\n", "hello\n"] {
            fs::write(&path, text).unwrap();
            assert!(matches!(KeyRing::load(&path), Err(SecretsError::Malformed { line: 1, .. })), "{text:?}");
        }
    }

    #[test]
    fn a_rotation_can_stop_anywhere() {
        let (dir, mut ring) = ring();
        let path = dir.path().join(KEY_FILE);
        let sealed = ring.seal("a", b"secret").unwrap();
        ring.add_current().unwrap();
        let read = KeyRing::load(&path).unwrap();
        assert_eq!(read.open("a", &sealed).unwrap(), b"secret", "the old key is still there");
        let rewrapped = read.rewrap("a", &sealed).unwrap();
        assert_ne!(rewrapped.key_id, sealed.key_id);
        ring.forget_unused(std::slice::from_ref(&sealed.key_id)).unwrap();
        let read = KeyRing::load(&path).unwrap();
        assert_eq!(read.open("a", &sealed).unwrap(), b"secret", "something is still sealed with it");
        ring.forget_unused(&[]).unwrap();
        let read = KeyRing::load(&path).unwrap();
        assert_eq!(read.open("a", &rewrapped).unwrap(), b"secret");
        assert!(matches!(read.open("a", &sealed), Err(SecretsError::WrongKey { .. })));
    }

    #[test]
    fn rotations_that_never_end_lose_no_key() {
        let (dir, mut ring) = ring();
        let path = dir.path().join(KEY_FILE);
        let sealed = ring.seal("a", b"secret").unwrap();
        for _ in 0..2 * KEYS_MAX {
            ring.add_current().unwrap();
        }
        assert_eq!(KeyRing::load(&path).unwrap().open("a", &sealed).unwrap(), b"secret");
    }
}
