//! The file of a backup: a tar of a manifest and the files that it names, compressed by zstd.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest, which comes first.
const MANIFEST: &str = "manifest.json";
/// Form of the archive.
const FORMAT: u32 = 1;
/// No manifest is longer.
const MANIFEST_BYTES_MAX: u64 = 64 << 10;
const COMPRESSION_LEVEL: i32 = 3;
const BUFFER_BYTES: usize = 256 << 10;

/// What is in an archive.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    format: u32,
    /// Version of the program that wrote it.
    pub(super) program: String,
    /// When, in RFC 3339.
    pub(super) created_at: String,
    files: BTreeMap<String, Entry>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    bytes: u64,
    sha256: String,
}

impl Manifest {
    /// Bytes of all files together.
    pub(super) fn bytes(&self) -> u64 {
        self.files.values().map(|entry| entry.bytes).sum()
    }

    /// Whether there is a file of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }
}

/// Writes an archive of these files of `folder`; `step` hears of bytes as they are read, of each file twice.
pub(super) fn write(
    archive: File,
    folder: &Path,
    names: &[&str],
    created_at: String,
    step: &dyn Fn(u64),
) -> io::Result<Manifest> {
    let mut files = BTreeMap::new();
    for name in names {
        let mut hashing = Hashing::new(File::open(folder.join(name))?, step);
        let bytes = io::copy(&mut hashing, &mut io::sink())?;
        files.insert((*name).to_owned(), Entry { bytes, sha256: hashing.digest() });
    }
    let program = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { format: FORMAT, program, created_at, files };
    let compressed = zstd::Encoder::new(BufWriter::with_capacity(BUFFER_BYTES, archive), COMPRESSION_LEVEL)?;
    let mut tar = tar::Builder::new(compressed);
    let text = serde_json::to_vec_pretty(&manifest)?;
    tar.append_data(&mut header(text.len() as u64), MANIFEST, &*text)?;
    for (name, entry) in &manifest.files {
        let file = Hashing::new(File::open(folder.join(name))?, step);
        tar.append_data(&mut header(entry.bytes), name, file)?;
    }
    let archive = tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    archive.sync_all()?;
    Ok(manifest)
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header
}

/// The manifest of an archive.
pub(super) fn manifest(archive: &Path) -> io::Result<Manifest> {
    let mut tar = open(archive)?;
    read_manifest(&mut tar.entries()?)
}

/// Unpacks those of `names` that the archive has into `folder`, and compares them with the manifest.
///
/// Nothing else of the archive is written, whatever it holds; and no more bytes than the manifest says.
pub(super) fn unpack(
    archive: &Path,
    folder: &Path,
    names: &[&str],
    step: &dyn Fn(u64),
) -> io::Result<Manifest> {
    let mut tar = open(archive)?;
    let mut entries = tar.entries()?;
    let manifest = read_manifest(&mut entries)?;
    let mut seen = 0;
    for entry in entries {
        let entry = entry?;
        let path = entry.path()?.into_owned();
        let Some(name) = names.iter().find(|name| path.as_os_str() == **name) else {
            return Err(damaged(&format!("it holds `{}`, which no backup has", path.display())));
        };
        let expected = manifest
            .files
            .get(*name)
            .ok_or_else(|| damaged(&format!("its manifest does not name `{name}`")))?;
        let mut file = File::create_new(folder.join(name))?;
        let mut hashing = Hashing::new(entry.take(expected.bytes + 1), step);
        let bytes = io::copy(&mut hashing, &mut file)?;
        if (Entry { bytes, sha256: hashing.digest() }) != *expected {
            return Err(damaged(&format!("`{name}` is not what its manifest says")));
        }
        file.sync_all()?;
        seen += 1;
    }
    if seen != manifest.files.len() {
        return Err(damaged(&format!("{seen} of {} files are there", manifest.files.len())));
    }
    Ok(manifest)
}

type Tar = tar::Archive<zstd::Decoder<'static, BufReader<File>>>;

fn open(archive: &Path) -> io::Result<Tar> {
    Ok(tar::Archive::new(zstd::Decoder::new(File::open(archive)?)?))
}

fn read_manifest(
    entries: &mut tar::Entries<'_, zstd::Decoder<'static, BufReader<File>>>,
) -> io::Result<Manifest> {
    let first = entries.next().ok_or_else(|| damaged("it is empty"))??;
    if first.path()?.as_os_str() != MANIFEST {
        return Err(damaged("it does not begin with a manifest"));
    }
    let manifest: Manifest = serde_json::from_reader(first.take(MANIFEST_BYTES_MAX))
        .map_err(|error| damaged(&format!("its manifest cannot be read: {error}")))?;
    if manifest.format != FORMAT {
        let format = manifest.format;
        return Err(damaged(&format!(
            "its form is {format}, and this program knows {FORMAT}; use a newer one"
        )));
    }
    Ok(manifest)
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the backup is damaged or none: {what}"))
}

/// Reads through, and keeps account.
struct Hashing<'a, R> {
    inner: R,
    digest: Sha256,
    step: &'a dyn Fn(u64),
}

impl<'a, R> Hashing<'a, R> {
    fn new(inner: R, step: &'a dyn Fn(u64)) -> Self {
        Self { inner, digest: Sha256::new(), step }
    }

    fn digest(self) -> String {
        hex::encode(self.digest.finalize())
    }
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.digest.update(&buffer[..count]);
        (self.step)(count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["a.db", "b.db"];

    fn packed(folder: &Path) -> std::path::PathBuf {
        std::fs::write(folder.join("a.db"), "a".repeat(100_000)).unwrap();
        std::fs::write(folder.join("b.db"), "").unwrap();
        let path = folder.join("backup");
        let manifest = write(File::create(&path).unwrap(), folder, &NAMES, "now".into(), &|_| {}).unwrap();
        assert_eq!(manifest.bytes(), 100_000);
        path
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let archive = packed(dir.path());
        let target = tempfile::tempdir().unwrap();
        unpack(&archive, target.path(), &NAMES, &|_| {}).unwrap();
        assert_eq!(std::fs::read_to_string(target.path().join("a.db")).unwrap(), "a".repeat(100_000));
        assert!(target.path().join("b.db").exists());
    }

    #[test]
    fn a_damaged_archive_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let archive = packed(dir.path());
        let sound = std::fs::read(&archive).unwrap();
        for (number, broken) in [
            sound[..sound.len() / 2].to_vec(),
            b"no archive".to_vec(),
            Vec::new(),
            zstd::encode_all(&b"no tar"[..], 1).unwrap(),
        ]
        .into_iter()
        .enumerate()
        {
            std::fs::write(&archive, broken).unwrap();
            let target = tempfile::tempdir().unwrap();
            assert!(unpack(&archive, target.path(), &NAMES, &|_| {}).is_err(), "{number}");
        }
    }

    /// An archive by hand.
    fn archive_of(folder: &Path, manifest: &str, files: &[(&str, &str)]) -> std::path::PathBuf {
        let path = folder.join("by-hand");
        let mut tar = tar::Builder::new(zstd::Encoder::new(File::create(&path).unwrap(), 1).unwrap());
        tar.append_data(&mut header(manifest.len() as u64), MANIFEST, manifest.as_bytes()).unwrap();
        for (name, text) in files {
            let mut header = header(text.len() as u64);
            header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            tar.append(&header, text.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    #[test]
    fn nothing_but_what_belongs_there_is_unpacked() {
        let dir = tempfile::tempdir().unwrap();
        let of_a = |bytes: u64, sha256: &str| {
            format!(
                r#"{{"format":1,"program":"x","createdAt":"x","files":{{"a.db":{{"bytes":{bytes},"sha256":"{sha256}"}}}}}}"#
            )
        };
        // SHA-256 of `abc`, FIPS 180-4 example.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for (manifest, files, problem) in [
            (of_a(3, abc), &[("a.db", "abc")][..], None),
            (of_a(3, abc), &[("a.db", "abd")], Some("not what its manifest says")),
            (of_a(2, abc), &[("a.db", "abc")], Some("not what its manifest says")),
            (of_a(3, abc), &[], Some("0 of 1 files")),
            (of_a(3, abc), &[("../a.db", "abc")], Some("which no backup has")),
            (of_a(3, abc), &[("/a.db", "abc")], Some("which no backup has")),
            (of_a(3, abc), &[("c.db", "abc")], Some("which no backup has")),
            (of_a(3, abc), &[("b.db", "abc")], Some("does not name `b.db`")),
            (
                of_a(3, abc).replace("\"format\":1", "\"format\":2"),
                &[("a.db", "abc")],
                Some("use a newer one"),
            ),
            ("{}".to_owned(), &[], Some("manifest cannot be read")),
        ] {
            let archive = archive_of(dir.path(), &manifest, files);
            let target = tempfile::tempdir().unwrap();
            let unpacked = unpack(&archive, target.path(), &NAMES, &|_| {});
            match (unpacked, problem) {
                (Ok(_), None) => {}
                (Err(error), Some(problem)) => assert!(error.to_string().contains(problem), "{error}"),
                (unpacked, problem) => panic!("{unpacked:?} instead of {problem:?} for {files:?}"),
            }
        }
    }
}
