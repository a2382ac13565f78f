//! Archives of detection content: names, sizes, damage.

use std::collections::HashSet;
use std::path::{Component, Path};

use content::archive::{ARCHIVE_BYTES_MAX, ARCHIVE_NAME_BYTES_MAX, read_archive, write_archive};

/// Reads an archive: what is accepted has names that stay below one folder, none twice, and reads back as it is
/// when it is written again; what is refused says why.
pub fn archive(input: &[u8]) {
    let files = match read_archive(input) {
        Ok(files) => files,
        Err(refusal) => {
            assert!(!refusal.message.is_empty(), "a refusal says why");
            return;
        }
    };
    let mut names = HashSet::new();
    let mut bytes = 0;
    for file in &files {
        let path = Path::new(&file.path);
        assert!(!file.path.is_empty() && file.path.len() <= ARCHIVE_NAME_BYTES_MAX);
        assert!(path.components().all(|part| matches!(part, Component::Normal(_))), "{}", file.path);
        assert!(!file.path.contains('\\') && !file.path.chars().any(char::is_control), "{}", file.path);
        assert!(names.insert(file.path.as_str()), "`{}` is there twice", file.path);
        bytes += file.data.len();
    }
    assert!(bytes <= ARCHIVE_BYTES_MAX);
    let written = write_archive(&files).expect("names that were read can be written");
    assert_eq!(read_archive(&written).as_ref(), Ok(&files));
}
