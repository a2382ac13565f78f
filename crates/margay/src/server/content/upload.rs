//! Uploads: a zip of content becomes items, all or none of them; and the way back.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use api::{ContentIssue, ContentOrigin, ContentRefusal, ContentUpload, ContentView, KindCounts, Uploaded};
use content::archive::{ArchiveFile, read_archive, write_archive};
use content::read_head;
use model::Actor;
use store::{ContentChangeKind, ContentFileData, ContentText};

use super::Inner;
use super::change::{Change, refuse};
use super::stored::{Edit, Stored, join};
use super::view::view;

impl Inner {
    pub(super) async fn upload(
        &self,
        upload: ContentUpload,
        actor: Actor,
    ) -> Result<Uploaded, ContentRefusal> {
        let ContentUpload { zip, dry_run } = upload;
        let read = tokio::task::spawn_blocking(move || read_items(&zip)).await;
        let items =
            read.map_err(|panic| ContentRefusal::Failed(format!("the archive could not be read: {panic}")))??;
        let mut live = self.turn().await?;
        let before = self.view.load_full();
        let ids: Vec<String> = items.iter().map(|(id, _)| id.clone()).collect();
        let is_changed = |(id, text): &(String, ContentText)| !is_same(&before, &live.stored, id, text);
        let changed: Vec<_> = items.into_iter().filter(is_changed).collect();
        let edited: Vec<String> = changed.iter().map(|(id, _)| id.clone()).collect();
        let items = changed.into_iter().map(|(id, text)| (id, Some(text))).collect();
        let edit = Edit { items, project: None };
        let next = live.stored.with(&edit, &actor);
        let change =
            Change { edit, kind: ContentChangeKind::Upload, actor, keeps_others_sound: true, dry_run };
        if edited.is_empty() {
            return Ok(uploaded(&before, &before, &ids, &edited, None));
        }
        let candidate = self.candidate(&live, &next).await?;
        let after = view(&candidate.repository, &live.directories, &next);
        let number = self.commit(&mut live, change, &next, candidate).await?;
        Ok(uploaded(&before, &after, &ids, &edited, number))
    }

    pub(super) async fn download(&self) -> Result<Vec<u8>, ContentRefusal> {
        let live = self.turn().await?;
        let files = archive_files(&live.stored);
        drop(live);
        let written = tokio::task::spawn_blocking(move || write_archive(&files)).await;
        written
            .map_err(|panic| ContentRefusal::Failed(format!("the archive could not be made: {panic}")))?
            .map_err(|error| ContentRefusal::Failed(error.message))
    }
}

fn uploaded(
    before: &ContentView,
    after: &ContentView,
    ids: &[String],
    edited: &[String],
    change: Option<u64>,
) -> Uploaded {
    let mut kinds: BTreeMap<_, KindCounts> = BTreeMap::new();
    let edited: std::collections::HashSet<&String> = edited.iter().collect();
    for id in ids {
        let Some(item) = after.find(id) else { continue };
        let counts = kinds.entry(item.kind).or_default();
        counts.total.push(id.clone());
        if edited.contains(id) {
            let is_new = before.find(id).is_none();
            let list = if is_new { &mut counts.new } else { &mut counts.modified };
            list.push(id.clone());
        }
    }
    Uploaded { kinds, change }
}

/// Whether the item that counts says the same.
pub(super) fn is_same(view: &ContentView, stored: &Stored, id: &str, text: &ContentText) -> bool {
    if let Some(item) = stored.find(id) {
        return item.text.yaml == text.yaml
            && item.text.file.as_ref().map(|file| &file.data) == text.file.as_ref().map(|file| &file.data);
    }
    let Some(item) = view.find(id).filter(|item| item.origin == ContentOrigin::Directory) else {
        return false;
    };
    // The Python of a derived rule is that of its base.
    let own_python = item.python.as_ref().filter(|_| item.keys.contains_key("Filename"));
    let is_same_file = match (own_python, &text.file) {
        (Some(python), Some(file)) => python.text.as_bytes() == file.data.as_slice(),
        (None, None) => true,
        _ => false,
    };
    *item.yaml == *text.yaml && is_same_file
}

/// Reads the items of a zip.
fn read_items(zip: &[u8]) -> Result<Vec<(String, ContentText)>, ContentRefusal> {
    let files = read_archive(zip).map_err(|error| ContentRefusal::Invalid {
        message: error.message.clone(),
        issues: vec![ContentIssue { path: error.path, message: error.message }],
    })?;
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
    refuse(issues)?;
    if items.is_empty() {
        return Err(ContentRefusal::invalid(
            "the archive has no item; an item is a YAML file with an `AnalysisType`",
        ));
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(items)
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

/// The stored items as files. Where two want one path, the later one goes into a folder of its own.
fn archive_files(stored: &Stored) -> Vec<ArchiveFile> {
    let mut files: BTreeMap<String, Arc<[u8]>> = BTreeMap::new();
    for item in stored.items() {
        let folder = item.text.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut wanted = vec![(item.text.path.clone(), Arc::<[u8]>::from(item.text.yaml.as_bytes()))];
        if let Some(file) = &item.text.file {
            wanted.push((join(folder, &file.name), Arc::from(file.data.as_slice())));
        }
        let is_free = |(path, data): &(String, Arc<[u8]>)| files.get(path).is_none_or(|other| other == data);
        let taken = !wanted.iter().all(is_free);
        for (path, data) in wanted {
            let own = || join(&format!("{}-{}", item.id.replace('/', "_"), item.version), &path);
            files.insert(if taken { own() } else { path.clone() }, data);
        }
    }
    files.into_iter().map(|(path, data)| ArchiveFile { path, data: data.to_vec() }).collect()
}
