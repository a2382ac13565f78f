//! What the running server has of detections and schemas, as handlers see it.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Detection, RuleId};
use schema::SchemaSet;

/// One moment of the running server; cheap to make.
#[derive(Clone, Default)]
pub struct Served {
    /// Known log types.
    pub schemas: Arc<SchemaSet>,
    /// Detections that can be evaluated, switched off or not.
    pub detections: Arc<HashMap<RuleId, Arc<Detection>>>,
}
