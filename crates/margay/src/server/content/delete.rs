//! Deletions and roll-backs.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{ContentItem, ContentKind, ContentOrigin, ContentRefusal, ContentView, DeleteItems, Deleted};
use model::Actor;
use serde_json::Value;
use store::{ContentChangeKind, StoreError, StoreErrorKind};
use tokio::sync::OwnedMutexGuard;

use super::change::Change;
use super::stored::{Edit, PROJECT_ID, Stored, describe_with, project_of};
use super::{Inner, Live};

impl Inner {
    pub(super) async fn delete(&self, delete: DeleteItems, actor: Actor) -> Result<Deleted, ContentRefusal> {
        let mut live = self.turn().await?;
        self.delete_in(&mut live, delete, actor).await
    }

    /// [`Inner::delete`] by whoever holds the lock.
    pub(super) async fn delete_in(
        &self,
        live: &mut OwnedMutexGuard<Live>,
        delete: DeleteItems,
        actor: Actor,
    ) -> Result<Deleted, ContentRefusal> {
        let view = self.view.load_full();
        let items = chosen(&delete, &view, &live.stored)?;
        let (queries, others): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.kind.is_query());
        let ids = |items: Vec<&Arc<ContentItem>>| items.into_iter().map(|item| item.id.clone()).collect();
        let deleted = Deleted { ids: ids(others), query_names: ids(queries) };
        if delete.dry_run {
            return Ok(deleted);
        }
        let edit = Edit { items: items.iter().map(|item| (item.id.clone(), None)).collect(), project: None };
        let kind = ContentChangeKind::Delete;
        let change = Change { edit, kind, actor, keeps_others_sound: false, dry_run: false };
        self.change(live, change).await?;
        Ok(deleted)
    }

    pub(super) async fn roll_back(
        &self,
        id: String,
        version: u64,
        actor: Actor,
    ) -> Result<Option<Arc<ContentItem>>, ContentRefusal> {
        let mut live = self.turn().await?;
        let text = self.store.content_text(&id, version).await.map_err(|error| unread(&error))?;
        let now = live.stored.find(&id).map(|item| &item.text);
        if now == text.as_ref() {
            return Ok(self.view.load().find(&id).cloned());
        }
        let mut edit = Edit { items: vec![(id.clone(), text.clone())], project: None };
        if id == PROJECT_ID
            && let Some(text) = text
        {
            let describe = self.describer(&live);
            let run = move || describe_with(&describe, project_of(&text)?);
            let ran = tokio::task::spawn_blocking(run).await;
            edit.project = Some(ran.map_err(|panic| ContentRefusal::Failed(panic.to_string()))?);
        }
        let kind = ContentChangeKind::RollBack;
        let change = Change { edit, kind, actor, keeps_others_sound: true, dry_run: false };
        self.change(&mut live, change).await?;
        Ok(self.view.load().find(&id).cloned())
    }
}

fn unread(error: &StoreError) -> ContentRefusal {
    match error.kind() {
        StoreErrorKind::NotFound => ContentRefusal::NotFound(error.to_string()),
        _ => ContentRefusal::Failed(error.to_string()),
    }
}

/// The items that a deletion means, each once.
fn chosen(
    delete: &DeleteItems,
    view: &ContentView,
    stored: &Stored,
) -> Result<Vec<Arc<ContentItem>>, ContentRefusal> {
    let mut chosen: Vec<Arc<ContentItem>> = Vec::new();
    let mut seen = BTreeSet::new();
    for id in &delete.ids {
        let is_meant =
            |item: &&Arc<ContentItem>| delete.kinds.is_empty() || delete.kinds.contains(&item.kind);
        let Some(item) = view.find(id).filter(is_meant) else {
            if delete.must_exist {
                return Err(ContentRefusal::NotFound(format!("no item `{id}`")));
            }
            continue;
        };
        refuse_foreign(item)?;
        if seen.insert(id.clone()) {
            chosen.push(Arc::clone(item));
        }
    }
    let mut linked = Vec::new();
    if delete.with_queries {
        let named = chosen.iter().filter(|item| item.kind == ContentKind::ScheduledRule);
        linked.extend(named.flat_map(|item| item.list("ScheduledQueries")));
    }
    if delete.with_rules {
        let names: BTreeSet<&str> =
            chosen.iter().filter(|item| item.kind.is_query()).map(|item| item.id.as_str()).collect();
        let uses = |item: &&Arc<ContentItem>| {
            let queries = item.keys.get("ScheduledQueries").and_then(Value::as_array);
            queries.is_some_and(|list| list.iter().filter_map(Value::as_str).any(|name| names.contains(name)))
        };
        linked.extend(view.items().iter().filter(uses).map(|item| item.id.clone()));
    }
    // What only a directory has is not meant by the way.
    for item in linked.iter().filter(|id| stored.find(id).is_some()).filter_map(|id| view.find(id)) {
        if seen.insert(item.id.clone()) {
            chosen.push(Arc::clone(item));
        }
    }
    Ok(chosen)
}

/// Refuses what the API cannot change by itself.
pub(super) fn refuse_foreign(item: &ContentItem) -> Result<(), ContentRefusal> {
    match item.origin {
        ContentOrigin::Api => Ok(()),
        ContentOrigin::Directory => Err(ContentRefusal::Conflict(format!(
            "`{}` comes from the file `{}`; remove it there, or disable it",
            item.id, item.path
        ))),
        ContentOrigin::Pypanther => Err(refuse_project(item)),
    }
}

/// What a class of a project is told by.
pub(super) fn refuse_project(item: &ContentItem) -> ContentRefusal {
    ContentRefusal::Conflict(format!(
        "`{}` is registered by the uploaded pypanther project; change the project and upload it again",
        item.id
    ))
}
