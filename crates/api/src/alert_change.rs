//! Changing alerts; what they were and are is noted for the audit log.

use model::{Actor, Alert, AlertId};
use serde_json::{Value, json};
use store::{AlertChange, StoreError};

use crate::audit::slot::Slot;
use crate::state::ApiState;

/// Alerts of one change that are noted each.
const NOTED_MAX: usize = 100;

/// Changes all of the alerts, or none.
pub(crate) async fn update_alerts(
    state: &ApiState,
    audit: &Slot,
    ids: Vec<AlertId>,
    change: AlertChange,
    actor: Actor,
) -> Result<(), StoreError> {
    audit.before(&view(state, &ids).await?);
    state.store.update_alerts(ids.clone(), change, actor, state.clock.now()).await?;
    audit.after(&view(state, &ids).await?);
    Ok(())
}

/// What can be changed of them: one alert as an object, several as a list that is bounded.
async fn view(state: &ApiState, ids: &[AlertId]) -> Result<Value, StoreError> {
    let noted = &ids[..ids.len().min(NOTED_MAX)];
    let found = state.store.find_alerts(noted).await?;
    let alerts: Vec<Value> = found.iter().map(|alert| one(alert)).collect();
    Ok(match ids {
        [_] => alerts.into_iter().next().unwrap_or_default(),
        _ => json!({ "count": ids.len(), "alerts": alerts }),
    })
}

fn one(alert: &Alert) -> Value {
    json!({
        "id": alert.id, "status": alert.status, "assignee": alert.assignee, "quality": alert.quality,
        "contextTags": alert.context_tags,
    })
}
