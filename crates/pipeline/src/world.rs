//! What the configuration and the content say at one moment; replaced as a whole on reload.

use std::collections::HashMap;
use std::sync::Arc;

use content::CorrelationRule;
use detect::NativeRules;
use model::{Destination, Detection, RuleId, SourceId};
use parsers::SourceSpec;
use python_host::ActiveRules;
use schema::SchemaSet;

/// One consistent view of everything that events are judged by.
///
/// The default one is that of an empty configuration: no content, no source, nowhere to send.
#[derive(Clone, Default)]
pub struct World {
    /// Known log types.
    pub schemas: Arc<SchemaSet>,
    /// Sources by id.
    pub sources: Arc<HashMap<SourceId, Arc<SourceSpec>>>,
    /// Metadata of every detection that can be evaluated, switched off or not.
    pub detections: Arc<HashMap<RuleId, Arc<Detection>>>,
    /// The rules and filters that need no Python.
    pub native: Arc<NativeRules>,
    /// Every correlation rule that can be evaluated, switched off or not.
    pub correlations: Arc<Vec<Arc<CorrelationRule>>>,
    /// Where alerts may go.
    pub destinations: Arc<Vec<Destination>>,
    /// Limits of alerting.
    pub alerting: alerting::Settings,
    /// What operators said about detections at the start; later changes come by
    /// [`Pipeline::set_active`](crate::Pipeline::set_active). Nothing said follows the content.
    pub active: Arc<ActiveRules>,
}

/// The part of a [`World`] that detection content alone decides.
#[derive(Clone, Default)]
pub struct WorldContent {
    /// See [`World::detections`].
    pub detections: Arc<HashMap<RuleId, Arc<Detection>>>,
    /// See [`World::native`].
    pub native: Arc<NativeRules>,
    /// See [`World::correlations`].
    pub correlations: Arc<Vec<Arc<CorrelationRule>>>,
}

impl World {
    /// This world with other content.
    #[must_use]
    pub fn with_content(&self, content: WorldContent) -> World {
        let WorldContent { detections, native, correlations } = content;
        World { detections, native, correlations, ..World::clone(self) }
    }

    /// Keeps the sources of `old` that this world lacks: what they accepted may still be in the journal.
    pub fn keep_sources_of(&mut self, old: &World) {
        let mut sources = HashMap::clone(&old.sources);
        sources.extend(self.sources.as_ref().clone());
        self.sources = Arc::new(sources);
    }
}
