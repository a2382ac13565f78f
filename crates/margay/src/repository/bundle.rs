//! The files of content as an archive of them has them: with paths below the root of their repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use content::archive::{ARCHIVE_FILE_BYTES_MAX, ArchiveFile};
use content::read_head;

use super::read::{plain, resolve};
use super::{Content, enclosing, project};
use crate::failure::Failure;

/// The root that a path belongs to: the repository around it, else the folder itself, else that of the file.
fn root_of(path: &Path) -> Result<PathBuf, Failure> {
    let real = resolve(path)?;
    if let Some(around) = enclosing::repository_around(&real) {
        return Ok(around);
    }
    Ok(if real.is_dir() { real } else { real.parent().unwrap_or(&real).to_owned() })
}

/// Whether a path is a part of a repository, and of which.
pub(crate) fn whole_of(path: &Path) -> Result<Option<PathBuf>, Failure> {
    let root = root_of(path)?;
    Ok(Some(root)
        .filter(|root| resolve(path).is_ok_and(|real| real != *root))
        .map(|root| enclosing::shown(&root)))
}

impl Content {
    /// The YAML files of the items that were asked for, each with the file that it names.
    ///
    /// # Errors
    /// A file cannot be read, is too large, or has the path of another one.
    pub(crate) fn archive_files(&self, paths: &[PathBuf]) -> Result<Vec<ArchiveFile>, Failure> {
        let roots = paths.iter().map(|path| root_of(path)).collect::<Result<Vec<_>, _>>()?;
        let mut files: BTreeMap<String, (PathBuf, Vec<u8>)> = BTreeMap::new();
        for item in self.selected().filter(|item| !is_python(&item.file)) {
            let yaml = self.text(&item.file);
            let (root, path) = place(&roots, &item.file)?;
            let mut wanted = vec![(path, item.file.clone(), yaml.as_bytes().to_vec())];
            if let Some(name) = read_head(yaml).ok().flatten().and_then(|head| head.file_name) {
                let beside = item.file.with_file_name(name);
                if let Some(data) = self.data(&beside, root)? {
                    wanted.push((place(&roots, &beside)?.1, beside, data));
                }
            }
            for (path, file, data) in wanted {
                let taken =
                    files.get(&path).filter(|(_, other)| *other != data).map(|(other, _)| other.clone());
                if let Some(other) = taken {
                    let (file, other) = (file.display(), other.display());
                    let message = format!(
                        "`{file}` and `{other}` would both be `{path}`; upload one path after the other"
                    );
                    return Err(Failure::Usage(message));
                }
                files.insert(path, (file, data));
            }
        }
        Ok(files.into_iter().map(|(path, (_, data))| ArchiveFile { path, data }).collect())
    }

    /// What a file beside an item holds; `None` when it is not there.
    fn data(&self, file: &Path, root: &Path) -> Result<Option<Vec<u8>>, Failure> {
        let text = self.text(file);
        if !text.is_empty() {
            return Ok(Some(text.as_bytes().to_vec()));
        }
        let Ok(real) = std::fs::canonicalize(file) else { return Ok(None) };
        let refuse = |what: String| Err(Failure::Usage(format!("`{}` {what}", file.display())));
        if !real.starts_with(root) {
            return refuse(
                "is a link that leads out of the repository; put the file itself there".to_owned(),
            );
        }
        let bytes = std::fs::metadata(&real).map_or(0, |metadata| metadata.len());
        if bytes > ARCHIVE_FILE_BYTES_MAX as u64 {
            let most = ARCHIVE_FILE_BYTES_MAX >> 20;
            return refuse(format!("has {bytes} bytes, and a file may have {most} MiB; make it smaller"));
        }
        std::fs::read(&real).map(Some).or_else(|error| refuse(format!("cannot be read: {error}")))
    }
}

/// The root of a file, and its path below that.
fn place<'r>(roots: &'r [PathBuf], file: &Path) -> Result<(&'r Path, String), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = resolve(folder)?.join(file.file_name().unwrap_or_default());
    let around = roots.iter().filter_map(|root| Some((root, real.strip_prefix(root).ok()?)));
    let Some((root, below)) = around.max_by_key(|(root, _)| root.components().count()) else {
        return Err(Failure::Usage(format!(
            "`{}` lies outside of the paths that were given",
            file.display()
        )));
    };
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    Ok((root, parts.join("/")))
}

fn is_python(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "py")
}

/// The files of the pypanther project among or around the paths, by their paths below its root.
///
/// # Errors
/// There are several, or one cannot be read.
pub(crate) fn project_files(
    paths: &[PathBuf],
    content: &Content,
) -> Result<Option<BTreeMap<String, String>>, Failure> {
    let mut roots: Vec<(PathBuf, PathBuf)> = Vec::new();
    for path in paths {
        let real = resolve(path)?;
        if project::is_project(&real) {
            roots.push((plain(path), real));
        } else if content.selected().all(|item| is_python(&item.file))
            && let Some(root) = enclosing::project_around(&real)
        {
            roots.push((enclosing::shown(&root), root));
        }
    }
    roots.sort_by(|a, b| a.1.cmp(&b.1));
    roots.dedup_by(|a, b| a.1 == b.1);
    let [(shown, real)] = &roots[..] else {
        let [(first, _), (second, _), ..] = &roots[..] else { return Ok(None) };
        let (first, second) = (first.display(), second.display());
        let message =
            format!("a server keeps one pypanther project, and `{first}` and `{second}` are two; name one");
        return Err(Failure::Usage(message));
    };
    let project = project::read(shown, real).1.map_err(|fault| {
        Failure::Usage(format!("{}:{}: {}", fault.file.display(), fault.line, fault.message))
    })?;
    Ok(Some(project.files().iter().cloned().collect()))
}
