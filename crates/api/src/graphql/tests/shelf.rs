//! Content in memory. What it takes for a zip is a JSON text, so that tests can say what is in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use model::Actor;
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use crate::content_admin::{
    ContentAdmin, ContentFile, ContentIssue, ContentItem, ContentKind, ContentOrigin, ContentRefusal,
    ContentUpload, ContentView, DeleteItems, Deleted, KindCounts, ProjectUpload, PutDone, PutItem, Uploaded,
};
use crate::control::BoxFuture;

/// Items by id: kind and text.
type Items = BTreeMap<String, (ContentKind, String)>;

/// The content of the tests.
pub(crate) struct Shelf {
    items: Mutex<Items>,
    /// One permit for each upload that may go on; plenty unless a test takes them away.
    pub(crate) gate: Arc<Semaphore>,
}

impl Default for Shelf {
    fn default() -> Self {
        Shelf { items: Mutex::default(), gate: Arc::new(Semaphore::new(1_000)) }
    }
}

fn kind(word: &str) -> ContentKind {
    match word {
        "policy" => ContentKind::Policy,
        "scheduled_rule" => ContentKind::ScheduledRule,
        "saved_query" => ContentKind::SavedQuery,
        "global" => ContentKind::Global,
        _ => ContentKind::Rule,
    }
}

/// `{"items": {"ID": ["KIND", "TEXT"]}, "issue": ["PATH", "MESSAGE"]}`
fn read(zip: &[u8]) -> Result<Items, ContentRefusal> {
    let told: Value = serde_json::from_slice(zip).map_err(|_| ContentRefusal::invalid("this is no zip"))?;
    if let Some(issue) = told["issue"].as_array() {
        let text = |index: usize| issue[index].as_str().unwrap_or_default().to_owned();
        let issues = vec![ContentIssue { path: text(0), message: text(1) }];
        return Err(ContentRefusal::Invalid { message: "1 file is wrong".to_owned(), issues });
    }
    let items = told["items"].as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(items.map(|(id, item)| (id.clone(), (kind(&text(&item[0])), text(&item[1])))).collect())
}

impl Shelf {
    async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }
}

impl ContentAdmin for Shelf {
    fn view(&self) -> Arc<ContentView> {
        let items = self.items.lock().unwrap();
        let tests = json!([{"Name": "one", "ExpectedResult": true, "Log": {"a": 1}, "Mocks": [{"objectName": "f", "returnValue": "x"}]}]);
        let keys: Map<String, Value> = [("Tests".to_owned(), tests)].into_iter().collect();
        let items = items.iter().map(|(id, (kind, text))| {
            Arc::new(ContentItem {
                id: id.clone(),
                kind: *kind,
                origin: ContentOrigin::Api,
                path: format!("rules/{id}.yml"),
                yaml: "".into(),
                python: Some(ContentFile { name: "rule.py".to_owned(), text: text.as_str().into() }),
                keys: keys.clone(),
                texts: BTreeMap::new(),
                enabled: true,
                version: 1,
                created_at: None,
                last_modified: None,
                created_by: None,
                last_modified_by: None,
                problem: None,
            })
        });
        Arc::new(ContentView::new(items.collect(), 1))
    }

    fn upload(&self, upload: ContentUpload, _: Actor) -> BoxFuture<'_, Result<Uploaded, ContentRefusal>> {
        Box::pin(async move {
            self.pass().await;
            let new = read(&upload.zip)?;
            let mut items = self.items.lock().unwrap();
            let mut uploaded = Uploaded::default();
            for (id, (kind, text)) in new {
                let counts = uploaded.kinds.entry(kind).or_default();
                counts.total.push(id.clone());
                match items.get(&id) {
                    None => counts.new.push(id.clone()),
                    Some((_, old)) if *old != text => counts.modified.push(id.clone()),
                    Some(_) => {}
                }
                if !upload.dry_run {
                    items.insert(id, (kind, text));
                }
            }
            Ok(uploaded)
        })
    }

    fn put(&self, _: PutItem, _: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>> {
        Box::pin(async { Err(ContentRefusal::Failed("the shelf takes no single items".to_owned())) })
    }

    fn delete(&self, delete: DeleteItems, _: Actor) -> BoxFuture<'_, Result<Deleted, ContentRefusal>> {
        Box::pin(async move {
            let mut items = self.items.lock().unwrap();
            let mut deleted = Deleted::default();
            for id in delete.ids {
                let Some((kind, _)) = items.get(&id).filter(|(kind, _)| delete.kinds.contains(kind)) else {
                    continue;
                };
                if kind.is_query() { &mut deleted.query_names } else { &mut deleted.ids }.push(id.clone());
                if !delete.dry_run {
                    items.remove(&id);
                }
            }
            Ok(deleted)
        })
    }

    fn roll_back(
        &self,
        id: String,
        _: u64,
        _: Actor,
    ) -> BoxFuture<'_, Result<Option<Arc<ContentItem>>, ContentRefusal>> {
        Box::pin(async move { Err(ContentRefusal::NotFound(id)) })
    }

    fn upload_project(
        &self,
        upload: ProjectUpload,
        _: Actor,
    ) -> BoxFuture<'_, Result<KindCounts, ContentRefusal>> {
        Box::pin(async move {
            self.pass().await;
            let new = read(&upload.zip)?;
            let mut items = self.items.lock().unwrap();
            let before: BTreeSet<String> = items.keys().cloned().collect();
            let after: BTreeSet<String> = new.keys().cloned().collect();
            let counts = KindCounts {
                total: after.iter().cloned().collect(),
                new: after.difference(&before).cloned().collect(),
                modified: new
                    .iter()
                    .filter(|(id, item)| items.get(*id).is_some_and(|old| old != *item))
                    .map(|(id, _)| id.clone())
                    .collect(),
                deleted: before.difference(&after).cloned().collect(),
            };
            if !upload.dry_run {
                *items = new;
            }
            Ok(counts)
        })
    }

    fn download(&self, _: ContentOrigin) -> BoxFuture<'_, Result<Vec<u8>, ContentRefusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
