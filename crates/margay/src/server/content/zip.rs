//! Zips of content: which items the files of one are, and the files of items.
//!
//! The server reads uploads by it, and the command line what a server sends: both see the same items.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};
use std::sync::Arc;

use api::{ContentIssue, ContentOrigin, ContentView};
use content::archive::ArchiveFile;
use content::read_head;
use store::{ContentFileData, ContentText, StoredContent};

use super::stored::{Stored, join, project_of};

/// The items that these files are, by id, and what is wrong with files that would be one. Files that are no
/// item and that none names are left out.
pub(crate) fn items_of(files: &[ArchiveFile]) -> (Vec<(String, ContentText)>, Vec<ContentIssue>) {
    let by_path: HashMap<&str, &ArchiveFile> = files.iter().map(|file| (file.path.as_str(), file)).collect();
    let mut items: Vec<(String, ContentText)> = Vec::new();
    let mut places: HashMap<String, String> = HashMap::new();
    let mut issues = Vec::new();
    for file in files.iter().filter(|file| is_spec(&file.path)) {
        match read_item(file, &by_path) {
            Ok(None) => {}
            Ok(Some((id, text))) => match places.get(&id) {
                Some(other) => {
                    let message =
                        format!("the id `{id}` is already used in `{other}`; give one of them another id");
                    issues.push(ContentIssue { path: file.path.clone(), message });
                }
                None => {
                    places.insert(id.clone(), file.path.clone());
                    items.push((id, text));
                }
            },
            Err(message) => issues.push(ContentIssue { path: file.path.clone(), message }),
        }
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    (items, issues)
}

/// Whether a file may describe an item.
fn is_spec(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.starts_with('.') && [".yml", ".yaml", ".json"].iter().any(|ending| name.ends_with(ending))
}

/// One item with the file that it names; `None` when the file is none.
fn read_item(
    file: &ArchiveFile,
    files: &HashMap<&str, &ArchiveFile>,
) -> Result<Option<(String, ContentText)>, String> {
    let is_json = file.path.ends_with(".json");
    let Ok(yaml) = std::str::from_utf8(&file.data) else {
        return if is_json { Ok(None) } else { Err("the file is not UTF-8; save it as UTF-8".to_owned()) };
    };
    let head = match read_head(yaml) {
        Ok(Some(head)) => head,
        Ok(None) => return Ok(None),
        // Data of other programs; an item would be told by its type.
        Err(_) if is_json && !yaml.contains("AnalysisType") => return Ok(None),
        Err(fault) => return Err(fault.to_string()),
    };
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let beside =
        head.file_name.as_deref().and_then(|name| Some((name, files.get(join(folder, name).as_str())?)));
    if let Some((name, beside)) = beside
        && name.ends_with(".py")
        && std::str::from_utf8(&beside.data).is_err()
    {
        return Err(format!("`{}` is not UTF-8; save it as UTF-8", beside.path));
    }
    let text = ContentText {
        analysis_type: head.analysis_type,
        path: file.path.clone(),
        yaml: yaml.to_owned(),
        file: beside
            .map(|(name, beside)| ContentFileData { name: name.to_owned(), data: beside.data.clone() }),
        form: BTreeMap::new(),
    };
    Ok(Some((head.id, text)))
}

/// The stored items as files.
pub(super) fn archive_files<'a>(items: impl Iterator<Item = &'a StoredContent>) -> Vec<ArchiveFile> {
    let mut files = Files::default();
    for item in items {
        let file = item.text.file.as_ref().map(|file| (file.name.as_str(), file.data.as_slice()));
        files.add(&format!("{}-{}", item.id, item.version), &item.text.path, &item.text.yaml, file);
    }
    files.all()
}

/// The items of directories that count.
pub(super) fn directory_files(view: &ContentView) -> Vec<ArchiveFile> {
    let mut files = Files::default();
    for item in view.items().iter().filter(|item| item.origin == ContentOrigin::Directory) {
        // The Python of a derived rule is that of its base.
        let python = item.python.as_ref().filter(|_| item.keys.contains_key("Filename"));
        let python = python.map(|python| (python.name.as_str(), python.text.as_bytes()));
        files.add(&item.id, &below(&item.path), &item.yaml, python);
    }
    files.all()
}

/// The files of the stored project; none when there is no project, or it cannot be read.
pub(super) fn project_files(stored: &Stored) -> Vec<ArchiveFile> {
    let project = stored.project_row().and_then(|row| project_of(&row.text).ok());
    let files = project.iter().flat_map(|project| project.files());
    files.map(|(path, text)| ArchiveFile { path: path.clone(), data: text.clone().into_bytes() }).collect()
}

/// A path on disk as one of an archive, which knows no root and no way up.
fn below(path: &str) -> String {
    let parts = Path::new(path).components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Files of items. Where two want one path, the later one goes into a folder of its own.
#[derive(Default)]
struct Files(BTreeMap<String, Arc<[u8]>>);

impl Files {
    /// Adds an item: `own` names the folder of its own, `path` is that of its YAML.
    fn add(&mut self, own: &str, path: &str, yaml: &str, file: Option<(&str, &[u8])>) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut wanted = vec![(path.to_owned(), Arc::<[u8]>::from(yaml.as_bytes()))];
        if let Some((name, data)) = file {
            wanted.push((join(folder, name), Arc::from(data)));
        }
        let is_free = |(path, data): &(String, Arc<[u8]>)| self.0.get(path).is_none_or(|other| other == data);
        let taken = !wanted.iter().all(is_free);
        for (path, data) in wanted {
            let path = if taken { join(&own.replace('/', "_"), &path) } else { path };
            self.0.insert(path, data);
        }
    }

    fn all(self) -> Vec<ArchiveFile> {
        self.0.into_iter().map(|(path, data)| ArchiveFile { path, data: data.to_vec() }).collect()
    }
}
