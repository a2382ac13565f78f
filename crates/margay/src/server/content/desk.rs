//! The content as the console works on it: texts that are not saved, texts as they are written, switches.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::{
    BoxFuture, ContentOrigin, ContentRefusal, DeleteItems, DetectionDesk, ItemText, Precondition, PutDone,
    PutText, TextFinding, TextTests,
};
use model::Actor;

use super::delete::refuse_project;
use super::put::Saving;
use super::text::written;
use super::{ContentCatalogue, Inner};

impl Inner {
    async fn put_text(&self, put: PutText, actor: Actor) -> Result<PutDone, ContentRefusal> {
        let PutText { text, run_tests_first, precondition } = put;
        let mut live = self.turn().await?;
        let existing = self.view.load().find(&text.id).cloned();
        precondition(existing.as_deref())?;
        if let Some(item) = existing.as_ref().filter(|item| item.origin == ContentOrigin::Pypanther) {
            return Err(refuse_project(item));
        }
        let (id, text) = written(text, existing.as_deref()).storable()?;
        let saving = Saving { run_tests_first, run_tests_only: false };
        let done = self.save(&mut live, (id, text), existing.clone(), saving, actor).await?;
        self.follow_content(existing.as_ref(), &done).await?;
        Ok(done)
    }

    async fn delete_text(
        &self,
        id: String,
        precondition: Precondition,
        actor: Actor,
    ) -> Result<(), ContentRefusal> {
        let mut live = self.turn().await?;
        let existing = self.view.load().find(&id).cloned();
        precondition(existing.as_deref())?;
        let delete = DeleteItems { ids: vec![id], must_exist: true, ..DeleteItems::default() };
        self.delete_in(&mut live, delete, actor).await.map(drop)
    }
}

impl DetectionDesk for ContentCatalogue {
    fn check(
        &self,
        text: ItemText,
        destinations: BTreeSet<String>,
    ) -> BoxFuture<'_, Result<Vec<TextFinding>, ContentRefusal>> {
        Box::pin(self.0.check(text, destinations))
    }

    fn test(&self, text: ItemText, only: Vec<String>) -> BoxFuture<'_, Result<TextTests, ContentRefusal>> {
        Box::pin(self.0.test(text, only))
    }

    fn put_text(&self, put: PutText, actor: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.put_text(put, actor).await })
    }

    fn delete_text(
        &self,
        id: String,
        precondition: Precondition,
        actor: Actor,
    ) -> BoxFuture<'_, Result<(), ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.delete_text(id, precondition, actor).await })
    }

    fn switches(&self) -> BTreeMap<String, bool> {
        let Some(pipeline) = self.0.pipeline.get() else { return BTreeMap::new() };
        let active = pipeline.active();
        active.overrides.iter().map(|(id, on)| (id.to_string(), *on)).collect()
    }

    fn switch(&self, ids: Vec<String>, on: bool) -> BoxFuture<'_, Result<(), ContentRefusal>> {
        let inner = Arc::clone(&self.0);
        self.run(async move { inner.switch(ids, on).await })
    }
}
