//! Uploads: a zip of content becomes items, all or none of them; and the way back.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{ContentIssue, ContentOrigin, ContentRefusal, ContentUpload, ContentView, KindCounts, Uploaded};
use content::archive::{read_archive, write_archive};
use model::Actor;
use store::{ContentChangeKind, ContentText};

use super::Inner;
use super::change::{Change, refuse};
use super::stored::{Edit, Stored};
use super::view::view;
use super::zip::{archive_files, directory_files, items_of, project_files};

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
        let after = view(&candidate.repository, &live.directories, &next, &live.broken);
        let number = self.commit(&mut live, change, &next, candidate).await?;
        Ok(uploaded(&before, &after, &ids, &edited, number))
    }

    pub(super) async fn download(&self, origin: ContentOrigin) -> Result<Vec<u8>, ContentRefusal> {
        let live = self.turn().await?;
        let files = match origin {
            ContentOrigin::Api => archive_files(live.stored.items().map(Arc::as_ref)),
            ContentOrigin::Pypanther => project_files(&live.stored),
            ContentOrigin::Directory => directory_files(&self.view.load_full()),
        };
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
    let (items, issues) = items_of(&files);
    refuse(issues)?;
    if items.is_empty() {
        return Err(ContentRefusal::invalid(
            "the archive has no item; an item is a YAML file with an `AnalysisType`",
        ));
    }
    Ok(items)
}
