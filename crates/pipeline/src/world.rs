//! What the configuration and the content say at one moment; replaced as a whole on reload.

use std::collections::HashMap;
use std::sync::Arc;

use content::CorrelationRule;
use detect::NativeRules;
use model::{Destination, Detection, RuleId, SourceId};
use parsers::SourceSpec;
use python_host::ActiveRules;
use schema::SchemaSet;

/// So many sources that are gone are remembered.
const GONE_SOURCES_MAX: usize = 1_000;

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

    /// Keeps the sources of `old` that this world lacks, 1,000 of them at most: what they accepted may still be
    /// in the journal. What a source accepted that is not kept becomes record failures.
    pub fn keep_sources_of(&mut self, old: &World) {
        let gone = old.sources.iter().filter(|(id, _)| !self.sources.contains_key(*id));
        let kept: Vec<_> =
            gone.take(GONE_SOURCES_MAX).map(|(id, source)| (id.clone(), Arc::clone(source))).collect();
        let mut sources = HashMap::clone(&self.sources);
        sources.extend(kept);
        self.sources = Arc::new(sources);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(ids: impl IntoIterator<Item = usize>) -> World {
        let spec = |number: usize| {
            let id = SourceId::from(number.to_string());
            let spec = SourceSpec {
                id: id.clone(),
                label: "x".into(),
                stream_type: parsers::StreamType::Auto,
                envelope: Vec::new(),
                schemas: Vec::new(),
            };
            (id, Arc::new(spec))
        };
        World { sources: Arc::new(ids.into_iter().map(spec).collect()), ..World::default() }
    }

    #[test]
    fn sources_that_are_gone_are_remembered_up_to_a_limit() {
        let mut few = world([1]);
        few.keep_sources_of(&world([1, 2, 3]));
        assert_eq!(few.sources.len(), 3);
        let mut many = world([1]);
        many.keep_sources_of(&world(2..5_000));
        assert_eq!(many.sources.len(), 1 + GONE_SOURCES_MAX);
        assert!(many.sources.contains_key(&SourceId::from("1")));
    }
}
