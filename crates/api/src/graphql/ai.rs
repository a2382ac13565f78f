//! What asks a language model. This server has none.

use model::Permission;

use super::call::{Answer, Call, Needs, Refusal, RootField};

const RUN: Needs = Needs::All(&[Permission::RunPantherAI]);

const fn unavailable(name: &'static str) -> RootField {
    RootField { name, needs: RUN, resolve: |call| Box::pin(not_available(call)) }
}

pub(super) const ROOTS: &[RootField] = &[
    unavailable("aiInferenceStream"),
    unavailable("aiInferenceStreamsMetadata"),
    unavailable("aiSummarizeAlert"),
    unavailable("aiSummarizeLogEvents"),
    unavailable("cachedAISummaryData"),
];

async fn not_available(call: Call<'_>) -> Answer {
    let field = call.field;
    Err(Refusal::not_available(format!("`{field}` is not available: this server asks no language model")))
}
