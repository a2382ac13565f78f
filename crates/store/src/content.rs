//! Detection content made by the API: items with all their versions, changed by one transaction at a time.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::Actor;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::request::{ChangeTopic, Page, PageRequest};
use crate::store::Store;
use crate::tables::{changes, content_changes, content_items, content_versions};

/// What one item says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentText {
    /// `AnalysisType`.
    pub analysis_type: String,
    /// Path of the YAML as it was given.
    pub path: String,
    /// The YAML.
    pub yaml: String,
    /// The file beside it: Python, or the rows of a lookup table.
    pub file: Option<ContentFileData>,
    /// Texts of the form that made it, by key, as they were written.
    pub form: BTreeMap<String, String>,
}

/// A file beside the YAML of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFileData {
    /// Its name, without a folder.
    pub name: String,
    /// Its bytes.
    pub data: Vec<u8>,
}

impl ContentText {
    /// Changes whenever one of the texts does; where the file lies and which form made it does not count.
    pub fn digest(&self) -> String {
        content_digest(&self.yaml, self.file.as_ref().map(|file| file.data.as_slice()))
    }
}

/// The digest of an item's YAML and of the file beside it.
pub fn content_digest(yaml: &str, file: Option<&[u8]>) -> String {
    let mut digest = Sha256::new();
    digest.update(u64::try_from(yaml.len()).unwrap_or(u64::MAX).to_be_bytes());
    digest.update(yaml.as_bytes());
    if let Some(data) = file {
        digest.update([1]);
        digest.update(data);
    }
    hex::encode(digest.finalize())
}

/// An item of the API that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredContent {
    /// Its id.
    pub id: String,
    /// The number of this version, from 1.
    pub version: u64,
    /// What it says.
    pub text: ContentText,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Actor,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: Actor,
}

/// One version of an item; its texts are read by [`Store::content_text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentVersion {
    /// Its number, from 1.
    pub version: u64,
    /// The change that made it.
    pub change: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// How.
    pub kind: ContentChangeKind,
    /// Whether the item was deleted by it.
    pub deleted: bool,
    /// Digest of its texts.
    pub digest: String,
}

/// One change of content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentChange {
    /// Its number; grows.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: Actor,
    /// How.
    pub kind: ContentChangeKind,
    /// Items that there were not before.
    pub added: u64,
    /// Items that say something else now.
    pub modified: u64,
    /// Items that are gone.
    pub deleted: u64,
}

/// How a change was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentChangeKind {
    /// A zip.
    Upload,
    /// A single item.
    Api,
    /// Items were deleted.
    Delete,
    /// An earlier version of an item was made the newest.
    RollBack,
    /// A pypanther project.
    Pypanther,
}

impl ContentChangeKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentChangeKind::Upload => "upload",
            ContentChangeKind::Api => "api",
            ContentChangeKind::Delete => "delete",
            ContentChangeKind::RollBack => "rollback",
            ContentChangeKind::Pypanther => "pypanther",
        }
    }
}

impl std::str::FromStr for ContentChangeKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        use ContentChangeKind::{Api, Delete, Pypanther, RollBack, Upload};
        let all = [Upload, Api, Delete, RollBack, Pypanther];
        let found = all.into_iter().find(|kind| kind.as_str() == word);
        found.ok_or_else(|| format!("`{word}` is no kind of change"))
    }
}

/// A change to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContentChange {
    /// The last change that its maker has seen; 0 for none.
    pub base: u64,
    /// Who makes it.
    pub actor: Actor,
    /// How.
    pub kind: ContentChangeKind,
    /// The items and what they say from now on; `None` deletes. No id twice.
    pub items: Vec<(String, Option<ContentText>)>,
}

/// A change that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentChanged {
    /// Its number.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// The number of the version that each item has now, in the order in which they were given.
    pub versions: Vec<u64>,
}

/// An item that a change was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedItem {
    /// Its id.
    pub id: String,
    /// The version that the change made.
    pub version: u64,
    /// Whether it is gone since.
    pub deleted: bool,
    /// `AnalysisType`, of what is gone the one that it had; empty when that is not known any more.
    pub analysis_type: String,
}

impl Store {
    /// Every item of the API that counts, by id, and the last change that made them; 0 when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list_content(&self) -> Result<(Vec<StoredContent>, u64), StoreError> {
        // One transaction, so that items and change belong together.
        let mut transaction = self.readers.begin().await?;
        let change = content_changes::last(&mut transaction).await?;
        let items = content_items::list(&mut transaction).await?;
        transaction.commit().await?;
        Ok((items, change))
    }

    /// The last change of content; 0 when there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn content_change(&self) -> Result<u64, StoreError> {
        content_changes::last(&mut *self.readers.acquire().await?).await
    }

    /// Makes a change: all of it, or nothing.
    ///
    /// # Errors
    /// [`StoreError::ContentChangedMeanwhile`] when there is a later change than `base`.
    pub async fn change_content(&self, change: NewContentChange) -> Result<ContentChanged, StoreError> {
        let now = self.now();
        self.write(move |connection| {
            Box::pin(async move {
                let NewContentChange { base, actor, kind, items } = change;
                if content_changes::last(connection).await? != base {
                    return Err(StoreError::ContentChangedMeanwhile);
                }
                let id = content_changes::begin(connection, now, &actor, kind).await?;
                let mut counts = content_changes::Counts::default();
                let mut versions = Vec::with_capacity(items.len());
                for (item_id, text) in &items {
                    let was_there = content_items::version_of(connection, item_id).await?.is_some();
                    let version = content_versions::add(connection, item_id, id, text.as_ref()).await?;
                    match (text, was_there) {
                        (Some(_), true) => counts.modified += 1,
                        (Some(_), false) => counts.added += 1,
                        (None, _) => counts.deleted += 1,
                    }
                    match text {
                        Some(_) => content_items::set(connection, item_id, version, now, &actor).await?,
                        None => content_items::remove(connection, item_id).await?,
                    }
                    versions.push(version);
                }
                content_changes::finish(connection, id, &counts).await?;
                changes::record(connection, ChangeTopic::Content, &id.to_string()).await?;
                Ok(ContentChanged { id, at: now, versions })
            })
        })
        .await
    }

    /// The versions of an item, newest first; none when the API never had it.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`].
    pub async fn list_content_versions(
        &self,
        id: &str,
        page: &PageRequest,
    ) -> Result<Page<ContentVersion>, StoreError> {
        content_versions::list(&self.readers, id, page).await
    }

    /// What an item said in one of its versions; `None` when that deleted it.
    ///
    /// # Errors
    /// [`StoreError::UnknownContentVersion`].
    pub async fn content_text(&self, id: &str, version: u64) -> Result<Option<ContentText>, StoreError> {
        content_versions::text(&self.readers, id, version).await
    }

    /// Items of a change by id, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn items_of_content_change(
        &self,
        change: u64,
        limit: usize,
    ) -> Result<Vec<ChangedItem>, StoreError> {
        content_versions::of_change(&self.readers, change, limit).await
    }

    /// The changes of content, newest first.
    ///
    /// # Errors
    /// [`StoreError::BadCursor`].
    pub async fn list_content_changes(&self, page: &PageRequest) -> Result<Page<ContentChange>, StoreError> {
        content_changes::list(&self.readers, page).await
    }
}
