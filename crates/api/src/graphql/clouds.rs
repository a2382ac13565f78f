//! Cloud accounts. This server does not scan any yet.

use model::Permission;

use super::call::{Answer, Call, Needs, Refusal, RootField};

const READ: Needs = Needs::All(&[Permission::CloudsecSourceRead]);
const MODIFY: Needs = Needs::All(&[Permission::CloudsecSourceModify]);

const fn unavailable(name: &'static str, needs: Needs) -> RootField {
    RootField { name, needs, resolve: |call| Box::pin(not_available(call)) }
}

pub(super) const ROOTS: &[RootField] = &[
    unavailable("cloudAccount", READ),
    unavailable("cloudAccounts", READ),
    unavailable("createCloudAccount", MODIFY),
    unavailable("deleteCloudAccount", MODIFY),
    unavailable("updateCloudAccount", MODIFY),
];

async fn not_available(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!(
        "`{field}` is not available: this server scans no cloud accounts yet"
    )))
}
