//! Alerts that somebody may see, as [`LogTypeAccess::permits_all`] has it.

use model::{LogTypeAccess, LogTypeAccessKind};
use sqlx::{QueryBuilder, Sqlite};

use crate::rows::json;

/// Adds a condition on rows of `alerts` to a query that has a `WHERE`.
pub(crate) fn push_visible(query: &mut QueryBuilder<Sqlite>, visible: &LogTypeAccess) {
    let hidden = match visible.kind {
        LogTypeAccessKind::AllowAll => return,
        LogTypeAccessKind::DenyAll => {
            query.push(" AND false");
            return;
        }
        LogTypeAccessKind::Allow => "NOT IN",
        LogTypeAccessKind::Deny => "IN",
    };
    query.push(" AND NOT EXISTS (SELECT 1 FROM json_each(alerts.log_types) AS held WHERE held.value ");
    query.push(hidden).push(" (SELECT value FROM json_each(").push_bind(json(&visible.log_types)).push(")))");
}
