//! Runs of detections over stored events. They need the data lake, which this server does not have yet.

use model::Permission;

use super::call::{Answer, Call, Needs, Refusal, RootField};

pub(super) const ROOTS: &[RootField] = &[
    RootField {
        name: "replay",
        needs: Needs::All(&[Permission::RuleRead]),
        resolve: |call| Box::pin(no_such_replay(call)),
    },
    RootField {
        name: "createPerfTest",
        needs: Needs::All(&[Permission::RuleModify]),
        resolve: |call| Box::pin(not_available(call)),
    },
    RootField {
        name: "stopReplay",
        needs: Needs::All(&[Permission::RuleModify]),
        resolve: |call| Box::pin(no_such_replay(call)),
    },
];

async fn not_available(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!(
        "`{field}` is not available: this server keeps no events to run detections over yet"
    )))
}

async fn no_such_replay(mut call: Call<'_>) -> Answer {
    let input = call.arguments.remove("input").unwrap_or_default();
    let id = call.arguments.remove("id").unwrap_or_else(|| input["id"].clone());
    Err(Refusal::not_found("replay", id.as_str().unwrap_or_default()))
}
