//! Reads the files of an archive.

use std::collections::HashSet;
use std::io::Read as _;

use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipFileHeaderRecord, ZipSliceArchive};

use super::{
    ARCHIVE_BYTES_MAX, ARCHIVE_ENTRIES_MAX, ARCHIVE_FILE_BYTES_MAX, ARCHIVE_NAME_BYTES_MAX,
    ARCHIVE_RATIO_FREE_BYTES, ARCHIVE_RATIO_MAX, ArchiveError, ArchiveFile,
};

/// File type bits of a mode, and those of a regular file and of a folder. Source: `inode(7)`.
const TYPE_BITS: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// Reads every file of an archive, in its order.
///
/// # Errors
/// The archive is damaged, has an entry that no archive of content needs (a link, a way out of its folder, an
/// encrypted entry, a name twice), or is larger than the limits of [`super`].
pub fn read_archive(bytes: &[u8]) -> Result<Vec<ArchiveFile>, ArchiveError> {
    let archive = ZipArchive::from_slice(bytes).map_err(|error| {
        ArchiveError::whole(format!("this is no zip archive ({error}); send the bytes of a zip file"))
    })?;
    if archive.entries_hint() > ARCHIVE_ENTRIES_MAX as u64 {
        return Err(too_many());
    }
    let bytes_max = ARCHIVE_BYTES_MAX.min((bytes.len() * ARCHIVE_RATIO_MAX).max(ARCHIVE_RATIO_FREE_BYTES));
    let (mut files, mut names, mut total, mut count) = (Vec::new(), HashSet::new(), 0_usize, 0_u64);
    let mut entries = archive.entries();
    while let Some(entry) = entries.next_entry().map_err(|error| damaged(&error))? {
        count += 1;
        if count > ARCHIVE_ENTRIES_MAX as u64 {
            return Err(too_many());
        }
        let name = name(&entry)?;
        let path = plain_path(&name)?;
        refuse_unfit(&entry, &name)?;
        if entry.is_dir() {
            continue;
        }
        if !names.insert(path.clone()) {
            let message = format!("the archive has `{path}` twice; keep one of them");
            return Err(ArchiveError::entry(&path, message));
        }
        let data = inflate(&archive, &entry, &path, bytes_max - total)?;
        total += data.len();
        files.push(ArchiveFile { path, data });
    }
    if count != archive.entries_hint() {
        return Err(ArchiveError::whole("the archive is damaged: it has not as many entries as it says"));
    }
    // A file under the name of a folder would lie in its own way.
    let folder = files.iter().flat_map(|file| folders(&file.path)).find(|folder| names.contains(*folder));
    if let Some(folder) = folder {
        let message = format!("`{folder}` is a file and a folder of the archive; rename one of them");
        return Err(ArchiveError::entry(folder, message));
    }
    Ok(files)
}

/// The folders around a file.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn too_many() -> ArchiveError {
    ArchiveError::whole(format!(
        "the archive has more than {ARCHIVE_ENTRIES_MAX} entries; leave out what is no content"
    ))
}

fn damaged(error: &rawzip::Error) -> ArchiveError {
    ArchiveError::whole(format!("the archive is damaged ({error}); make it again"))
}

/// The name of an entry as it is written.
fn name(entry: &ZipFileHeaderRecord<'_>) -> Result<String, ArchiveError> {
    let path = entry.file_path();
    let name = path.as_bytes();
    if name.len() > ARCHIVE_NAME_BYTES_MAX {
        let message =
            format!("a name in the archive is longer than {ARCHIVE_NAME_BYTES_MAX} bytes; shorten it");
        return Err(ArchiveError::whole(message));
    }
    String::from_utf8(name.to_vec()).map_err(|_| {
        let shown = String::from_utf8_lossy(name).into_owned();
        ArchiveError::entry(&shown, format!("the name `{shown}` is not UTF-8; rename the file"))
    })
}

/// The path of an entry below the folder of the archive.
fn plain_path(name: &str) -> Result<String, ArchiveError> {
    let refuse = |what: &str| {
        let shown: String = name.escape_debug().collect();
        Err(ArchiveError::entry(name, format!("`{shown}` {what}; name files below one folder")))
    };
    let is_drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || is_drive {
        return refuse("is an absolute path");
    }
    if name.contains('\\') {
        return refuse("has a backslash");
    }
    if name.chars().any(char::is_control) {
        return refuse("has a control character");
    }
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return refuse("leads out of the archive");
    }
    if parts.is_empty() {
        return refuse("is no name of a file");
    }
    Ok(parts.join("/"))
}

fn refuse_unfit(entry: &ZipFileHeaderRecord<'_>, name: &str) -> Result<(), ArchiveError> {
    let file_type = entry.mode().value() & TYPE_BITS;
    if !matches!(file_type, 0 | REGULAR | FOLDER) {
        let message = format!("`{name}` is a link or a device; put the file itself there");
        return Err(ArchiveError::entry(name, message));
    }
    if entry.flags().is_encrypted() {
        return Err(ArchiveError::entry(
            name,
            format!("`{name}` is encrypted; make the archive without a password"),
        ));
    }
    Ok(())
}

/// Reads one file, as far as there is room.
fn inflate(
    archive: &ZipSliceArchive<&[u8]>,
    entry: &ZipFileHeaderRecord<'_>,
    path: &str,
    room: usize,
) -> Result<Vec<u8>, ArchiveError> {
    let broken = |error: &dyn std::fmt::Display| {
        ArchiveError::entry(path, format!("`{path}` is damaged ({error}); make the archive again"))
    };
    let found = archive.get_entry(entry.wayfinder()).map_err(|error| broken(&error))?;
    let limit = ARCHIVE_FILE_BYTES_MAX.min(room);
    let mut data = Vec::new();
    let read = match entry.compression_method() {
        CompressionMethod::STORE => {
            found.verifying_reader(found.data()).take(limit as u64 + 1).read_to_end(&mut data)
        }
        CompressionMethod::DEFLATE => {
            let inflating = DeflateDecoder::new(found.data());
            found.verifying_reader(inflating).take(limit as u64 + 1).read_to_end(&mut data)
        }
        _ => {
            let message =
                format!("`{path}` is compressed in another way than deflate; make an ordinary zip archive");
            return Err(ArchiveError::entry(path, message));
        }
    };
    if data.len() > limit {
        return Err(too_large(path, limit));
    }
    read.map_err(|error| broken(&error))?;
    Ok(data)
}

fn too_large(path: &str, limit: usize) -> ArchiveError {
    let message = if limit == ARCHIVE_FILE_BYTES_MAX {
        format!("`{path}` has more than {} MiB; leave it out", ARCHIVE_FILE_BYTES_MAX >> 20)
    } else {
        format!(
            "with `{path}` the files of the archive have more than {} MiB, or more than {ARCHIVE_RATIO_MAX} times \
             the size of the archive; leave out what is no content",
            ARCHIVE_BYTES_MAX >> 20
        )
    };
    ArchiveError::entry(path, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::write_archive;

    fn file(path: &str, data: impl AsRef<[u8]>) -> ArchiveFile {
        ArchiveFile { path: path.to_owned(), data: data.as_ref().to_vec() }
    }

    fn zip(files: &[ArchiveFile]) -> Vec<u8> {
        write_archive(files).unwrap()
    }

    fn refusal(bytes: &[u8]) -> String {
        read_archive(bytes).unwrap_err().message
    }

    /// Replaces bytes wherever they are; both have the same length, so that nothing else changes.
    fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        assert_eq!(from.len(), to.len());
        let mut bytes = bytes.to_vec();
        let mut count = 0;
        for at in 0..bytes.len() - from.len() {
            if bytes[at..].starts_with(from) {
                bytes[at..at + from.len()].copy_from_slice(to);
                count += 1;
            }
        }
        assert!(count > 0);
        bytes
    }

    #[test]
    fn what_is_written_is_read() {
        let files =
            [file("rules/a.yml", "AnalysisType: rule\n"), file("rules/ä.py", ""), file("x.csv", [0; 9])];
        assert_eq!(read_archive(&zip(&files)).unwrap(), files);
        assert_eq!(read_archive(&zip(&[])).unwrap(), []);
        let dotted = replace(&zip(&[file("aaaaaa", "")]), b"aaaaaa", b"./a//b");
        assert_eq!(read_archive(&dotted).unwrap(), [file("a/b", "")]);
    }

    #[test]
    fn names_stay_below_one_folder() {
        let good = zip(&[file("name-xx.yml", "x: 1\n")]);
        for (name, what) in [
            ("../name.yml", "leads out of the archive"),
            ("rul/../x.ym", "leads out of the archive"),
            ("/etc/passwd", "is an absolute path"),
            ("C:\\rules\\ab", "is an absolute path"),
            ("rules\\a.yml", "has a backslash"),
            ("ru\u{7}es/a.yml", "has a control character"),
            ("./././././.", "is no name of a file"),
        ] {
            let bad = replace(&good, b"name-xx.yml", name.as_bytes());
            let refusal = refusal(&bad);
            assert!(refusal.contains(what), "{name:?}: {refusal}");
        }
        let bad = replace(&good, b"name-xx.yml", b"name-x\xff.yml");
        assert!(refusal(&bad).contains("is not UTF-8"));
        let long = zip(&[file(&"x".repeat(ARCHIVE_NAME_BYTES_MAX + 1), "")]);
        assert!(refusal(&long).contains("is longer than 1024 bytes"));
    }

    #[test]
    fn a_name_is_there_once() {
        let twice = zip(&[file("a-1.yml", "1"), file("a-2.yml", "2")]);
        let twice = replace(&twice, b"a-2.yml", b"a-1.yml");
        assert_eq!(refusal(&twice), "the archive has `a-1.yml` twice; keep one of them");
        let hidden = replace(&zip(&[file("a/b", "1"), file("a/_/b", "2")]), b"a/_/b", b"a/./b");
        assert!(refusal(&hidden).contains("`a/b` twice"));
        let both = zip(&[file("a", "1"), file("a/b", "2")]);
        assert_eq!(refusal(&both), "`a` is a file and a folder of the archive; rename one of them");
    }

    #[test]
    fn links_and_encrypted_entries_are_refused() {
        let mut output = Vec::new();
        let mut archive = rawzip::ZipArchiveWriter::new(&mut output);
        let builder = archive.new_file("link").unix_permissions(0o120_777);
        let (mut entry, config) = builder.compression_method(CompressionMethod::STORE).start().unwrap();
        let mut writer = config.wrap(&mut entry);
        std::io::Write::write_all(&mut writer, b"/etc/passwd").unwrap();
        let (_, descriptor) = writer.finish().unwrap();
        entry.finish(descriptor).unwrap();
        archive.finish().unwrap();
        assert_eq!(refusal(&output), "`link` is a link or a device; put the file itself there");

        let mut encrypted = zip(&[file("a.yml", "x: 1\n")]);
        let central = encrypted.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
        encrypted[central + 8] |= 1;
        assert!(refusal(&encrypted).contains("`a.yml` is encrypted"), "{}", refusal(&encrypted));
        let mut other = zip(&[file("a.yml", "x: 1\n")]);
        other[central + 10] = 14; // LZMA
        assert!(refusal(&other).contains("in another way than deflate"), "{}", refusal(&other));
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        let good = zip(&[file("a.yml", "AnalysisType: rule\n".repeat(50))]);
        assert!(refusal(b"").contains("no zip archive"));
        assert!(refusal(b"AnalysisType: rule\n").contains("no zip archive"));
        assert!(refusal(&good[..good.len() - 30]).contains("zip"));
        let mut damaged = good;
        damaged[45] ^= 0x55;
        assert!(refusal(&damaged).contains("is damaged"), "{}", refusal(&damaged));
    }

    #[test]
    fn bombs_are_refused_before_they_go_off() {
        let zeros = vec![0; ARCHIVE_FILE_BYTES_MAX];
        let bomb = zip(&[file("a.csv", &zeros), file("b.csv", &zeros)]);
        assert!(bomb.len() < 100_000);
        assert!(refusal(&bomb).contains("200 times"), "{}", refusal(&bomb));
        let large = zip(&[file("a.csv", vec![0; ARCHIVE_FILE_BYTES_MAX + 1]), noise(400_000)]);
        assert!(refusal(&large).contains("`a.csv` has more than 32 MiB"), "{}", refusal(&large));
        let small = zip(&[file("a.csv", &zeros[..ARCHIVE_RATIO_FREE_BYTES])]);
        assert_eq!(read_archive(&small).unwrap()[0].data.len(), ARCHIVE_RATIO_FREE_BYTES);
        // The same bytes again and again: what counts is what comes out.
        let many: Vec<ArchiveFile> = (0..=ARCHIVE_ENTRIES_MAX).map(|n| file(&n.to_string(), "")).collect();
        assert!(refusal(&zip(&many)).contains("more than 20000 entries"));
        assert_eq!(read_archive(&zip(&many[1..])).unwrap().len(), ARCHIVE_ENTRIES_MAX);
    }

    /// A file that cannot be compressed.
    fn noise(count: usize) -> ArchiveFile {
        let mut state = 1_u32;
        let data = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        });
        file("noise", data.take(count).collect::<Vec<u8>>())
    }
}
