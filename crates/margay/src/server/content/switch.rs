//! Switches of detections, beside their content: what a person says wins until the content says something else.

use std::sync::Arc;

use api::{ContentItem, ContentRefusal, PutDone};
use model::RuleId;
use store::StoreError;

use super::Inner;
use crate::server::world::active_rules;

impl Inner {
    pub(super) async fn switch(&self, ids: Vec<String>, on: bool) -> Result<(), ContentRefusal> {
        let _live = self.turn().await?;
        let view = self.view.load_full();
        let is_detection = |id: &str| view.find(id).is_some_and(|item| item.kind.is_detection());
        if let Some(id) = ids.iter().find(|id| !is_detection(id)) {
            return Err(ContentRefusal::NotFound(format!("no detection `{id}`; nothing is switched")));
        }
        self.set_switches(&ids, Some(on)).await
    }

    /// Lets a detection follow its content again whose content says something else about it than before.
    pub(super) async fn follow_content(
        &self,
        before: Option<&Arc<ContentItem>>,
        done: &PutDone,
    ) -> Result<(), ContentRefusal> {
        let (PutDone::Created(item) | PutDone::Updated(item)) = done else { return Ok(()) };
        let is_switched = self
            .pipeline
            .get()
            .is_some_and(|pipeline| pipeline.active().overrides.contains_key(item.id.as_str()));
        let says_the_same = before.is_some_and(|before| before.enabled == item.enabled);
        if !is_switched || says_the_same {
            return Ok(());
        }
        self.set_switches(std::slice::from_ref(&item.id), None).await
    }

    async fn set_switches(&self, ids: &[String], on: Option<bool>) -> Result<(), ContentRefusal> {
        let rule_ids: Vec<RuleId> = ids.iter().map(|id| RuleId::from(id.as_str())).collect();
        let not_stored =
            |error: StoreError| ContentRefusal::Failed(format!("the switch was not stored: {error}"));
        self.store.set_detections_enabled(rule_ids.clone(), on).await.map_err(not_stored)?;
        let active = active_rules(&self.store).await;
        let active = active.map_err(|failure| ContentRefusal::Failed(failure.to_string()))?;
        if let Some(pipeline) = self.pipeline.get() {
            pipeline.set_active(active);
        }
        for id in rule_ids.iter().filter(|_| on == Some(true)) {
            self.host.unbench(id);
        }
        Ok(())
    }
}
