//! Writes an archive.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rawzip::{CompressionMethod, ZipArchiveWriter};

use super::{ArchiveError, ArchiveFile};

/// Writes files as a deflated archive, in their order; the same files give the same bytes.
///
/// # Errors
/// A name is longer than an archive can say.
pub fn write_archive(files: &[ArchiveFile]) -> Result<Vec<u8>, ArchiveError> {
    let mut output = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut output);
    for file in files {
        add(&mut archive, file).map_err(|error| {
            ArchiveError::entry(&file.path, format!("`{}` cannot be written: {error}", file.path))
        })?;
    }
    archive
        .finish()
        .map_err(|error| ArchiveError::whole(format!("the archive cannot be written: {error}")))?;
    Ok(output)
}

fn add(archive: &mut ZipArchiveWriter<&mut Vec<u8>>, file: &ArchiveFile) -> Result<(), rawzip::Error> {
    let builder = archive.new_file(file.path.as_str()).compression_method(CompressionMethod::DEFLATE);
    let (mut entry, config) = builder.start()?;
    let mut writer = config.wrap(DeflateEncoder::new(&mut entry, Compression::default()));
    writer.write_all(&file.data)?;
    let (encoder, descriptor) = writer.finish()?;
    encoder.finish()?;
    entry.finish(descriptor)?;
    Ok(())
}
