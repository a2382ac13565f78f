//! The content that is stored by the API, as a content root on top of the directories.
//!
//! The root is not on disk. Each item has a folder of its own in it, named by its id, so that no two items can
//! be in each other's way; what people read are the paths under which the items came.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use content::{DescribedProject, ProjectFault, ProjectOutcome, PypantherProject, SourceFile};
use jiff::Timestamp;
use model::Actor;
use store::{ContentChanged, ContentFileData, ContentText, Store, StoredContent};

use crate::failure::Failure;
use crate::repository::TopRoot;

/// The folder of the root; no path on disk begins so.
const ROOT: &str = "api:";
/// Under this id the pypanther project is stored: no item can be called so.
pub(super) const PROJECT_ID: &str = "%pypanther";
/// `AnalysisType` of the row of the project.
pub(super) const PROJECT_TYPE: &str = "pypanther_project";
/// The folder of the project; that of an item has no colon.
const PROJECT_FOLDER: &str = "api:/pypanther:";

/// Everything that is stored and counts.
#[derive(Clone, Default)]
pub(in crate::server) struct Stored {
    items: BTreeMap<String, Arc<StoredContent>>,
    /// What the stored project registers.
    project: Option<ProjectOutcome>,
    /// The last change.
    pub(super) change: u64,
}

/// What a change does to stored content.
#[derive(Clone, Default)]
pub(super) struct Edit {
    /// Items and what they say from now on; `None` deletes.
    pub(super) items: Vec<(String, Option<ContentText>)>,
    /// The project, when [`PROJECT_ID`] is among the items.
    pub(super) project: Option<ProjectOutcome>,
}

impl Stored {
    /// Reads what is stored. `describe` runs the stored project.
    pub(in crate::server) async fn read(
        store: &Store,
        describe: impl Fn(&PypantherProject) -> Result<DescribedProject, ProjectFault> + Send + 'static,
    ) -> Result<Stored, Failure> {
        let (items, change) = store
            .list_content()
            .await
            .map_err(|error| Failure::operation("cannot read the stored content", &error))?;
        let items: BTreeMap<_, _> = items.into_iter().map(|item| (item.id.clone(), Arc::new(item))).collect();
        let project = match items.get(PROJECT_ID) {
            None => None,
            Some(row) => {
                let row = Arc::clone(row);
                let run = move || describe_with(&describe, project_of(&row.text)?);
                let ran = tokio::task::spawn_blocking(run).await;
                Some(ran.map_err(|error| Failure::operation("cannot run the stored project", &error))?)
            }
        };
        Ok(Stored { items, project, change })
    }

    /// The stored item with this id.
    pub(super) fn find(&self, id: &str) -> Option<&Arc<StoredContent>> {
        self.items.get(id)
    }

    /// Every item, by id; the project is not among them.
    pub(super) fn items(&self) -> impl Iterator<Item = &Arc<StoredContent>> {
        self.items.values().filter(|item| item.id != PROJECT_ID)
    }

    /// The row of the project.
    pub(super) fn project_row(&self) -> Option<&Arc<StoredContent>> {
        self.items.get(PROJECT_ID)
    }

    /// What it would be after a change; numbers and times of changed items are those of before.
    pub(super) fn with(&self, edit: &Edit, actor: &Actor) -> Stored {
        let now = ContentChanged { id: self.change, at: Timestamp::UNIX_EPOCH, versions: Vec::new() };
        self.after(edit, actor, &now)
    }

    /// What it is after a change that was stored.
    pub(super) fn after(&self, edit: &Edit, actor: &Actor, changed: &ContentChanged) -> Stored {
        let mut after = Stored { change: changed.id, ..self.clone() };
        for (index, (id, text)) in edit.items.iter().enumerate() {
            let Some(text) = text else {
                after.items.remove(id);
                continue;
            };
            let before = self.items.get(id);
            let item = StoredContent {
                id: id.clone(),
                version: changed.versions.get(index).copied().unwrap_or_default(),
                text: text.clone(),
                created_at: before.map_or(changed.at, |item| item.created_at),
                created_by: before.map_or_else(|| actor.clone(), |item| item.created_by.clone()),
                updated_at: changed.at,
                updated_by: actor.clone(),
            };
            after.items.insert(id.clone(), Arc::new(item));
        }
        if edit.items.iter().any(|(id, _)| id == PROJECT_ID) {
            after.project = edit.project.clone();
        }
        after
    }

    /// The content root.
    pub(super) fn root(&self) -> TopRoot {
        let mut root = self.root_of(|_| true);
        root.projects.extend(self.project.clone());
        root
    }

    /// The content root of some items.
    pub(super) fn root_of(&self, is_in: impl Fn(&str) -> bool) -> TopRoot {
        let mut root = TopRoot::default();
        for item in self.items().filter(|item| is_in(&item.id)) {
            let yaml = yaml_path(&item.id, &item.text.path);
            if let Some(ContentFileData { name, data }) = &item.text.file {
                let path = yaml.with_file_name(name);
                // Whether the bytes are text was asked when they came.
                match std::str::from_utf8(data) {
                    Ok(text) if is_python(&path) => {
                        root.files.push(SourceFile { path, text: text.to_owned() });
                    }
                    _ => drop(root.others.insert(path)),
                }
            }
            root.files.push(SourceFile { path: yaml, text: item.text.yaml.clone() });
        }
        root
    }

    /// What the stored project registers.
    pub(super) fn project(&self) -> Option<&ProjectOutcome> {
        self.project.as_ref()
    }

    /// How the files of the root are called by people.
    pub(super) fn names(&self) -> Names {
        let folders = self.items().map(|item| {
            let folder = folder_of(&item.text.path);
            (format!("{ROOT}/{}", encode(&item.id)), folder)
        });
        Names { folders: folders.collect() }
    }
}

/// How the files of the root are called by people.
pub(super) struct Names {
    folders: BTreeMap<String, String>,
}

impl Names {
    /// The path under which a file came.
    pub(super) fn shown(&self, file: &Path) -> String {
        let text = file.to_string_lossy();
        if let Some(rest) = text.strip_prefix(PROJECT_FOLDER) {
            return rest.trim_start_matches('/').to_owned();
        }
        let folder = file.parent().map(|folder| folder.to_string_lossy()).unwrap_or_default();
        match (self.folders.get(folder.as_ref()), file.file_name()) {
            (Some(folder), Some(name)) => join(folder, &name.to_string_lossy()),
            _ => text.into_owned(),
        }
    }

    /// A sentence with the paths that people know.
    pub(super) fn sentence(&self, sentence: &str) -> String {
        let mut told = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some(at) = rest.find("`api:/") {
            told.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            let end = rest.find('`').unwrap_or(rest.len());
            told.push_str(&self.shown(Path::new(&rest[..end])));
            rest = &rest[end..];
        }
        told + rest
    }
}

/// Whether a file lies in the root.
pub(super) fn is_stored(file: &Path) -> bool {
    file.starts_with(ROOT)
}

/// Whether a file belongs to the stored project.
pub(super) fn is_of_project(file: &Path) -> bool {
    file.starts_with(PROJECT_FOLDER)
}

/// Where the YAML of an item lies in the root.
pub(super) fn yaml_path(id: &str, path: &str) -> PathBuf {
    let name = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("item.yml");
    // A Python file beside it may have any name but this one.
    let name = if name.ends_with(".py") { "item.yml" } else { name };
    Path::new(ROOT).join(encode(id)).join(name)
}

/// The project as a text of the store.
pub(super) fn project_text(project: &PypantherProject) -> ContentText {
    let data = serde_json::to_vec(project.files()).expect("pairs of texts are JSON");
    ContentText {
        analysis_type: PROJECT_TYPE.to_owned(),
        path: content::PROJECT_MAIN.to_owned(),
        yaml: String::new(),
        file: Some(ContentFileData { name: "project.json".to_owned(), data }),
        form: BTreeMap::new(),
    }
}

/// A project of these files, in the root.
pub(super) fn project_of_files(files: Vec<(String, String)>) -> Result<PypantherProject, ProjectFault> {
    let root = PathBuf::from(PROJECT_FOLDER);
    let files = files.into_iter().map(|(path, text)| SourceFile { path: root.join(path), text }).collect();
    PypantherProject::try_new(root, files)
}

/// The project of a text of the store.
pub(super) fn project_of(text: &ContentText) -> Result<PypantherProject, ProjectFault> {
    let data = text.file.as_ref().map(|file| file.data.as_slice()).unwrap_or_default();
    let files = serde_json::from_slice(data).map_err(|error| ProjectFault {
        file: PathBuf::from(PROJECT_FOLDER).join(content::PROJECT_MAIN),
        line: 1,
        message: format!("the stored project cannot be read: {error}"),
        hint: Some("upload it again".to_owned()),
    })?;
    project_of_files(files)
}

/// Runs a project and keeps both, as `load_roots` wants them.
pub(super) fn describe_with(
    describe: &impl Fn(&PypantherProject) -> Result<DescribedProject, ProjectFault>,
    project: PypantherProject,
) -> ProjectOutcome {
    let described = describe(&project)?;
    Ok((Arc::new(project), described))
}

/// Whether a file is Python.
fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// The folders of items in the root.
pub(super) fn folders_of<'a>(ids: impl Iterator<Item = &'a String>) -> BTreeSet<PathBuf> {
    ids.map(|id| Path::new(ROOT).join(encode(id))).collect()
}

fn folder_of(path: &str) -> String {
    path.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

/// A file of a folder, as people write it.
pub(super) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// An id as the name of a folder.
fn encode(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            b'.' if !name.is_empty() => name.push('.'),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name
}
