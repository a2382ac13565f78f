//! Single items: stored when their unit tests pass.

use std::sync::Arc;

use api::{
    ContentIssue, ContentItem, ContentKind, ContentOrigin, ContentRefusal, ContentView, ItemForm, PutDone,
    PutItem, PutMode,
};
use model::Actor;
use store::{ContentChangeKind, ContentText};
use tokio::sync::OwnedMutexGuard;

use super::candidate::Scope;
use super::change::{Change, refuse};
use super::delete::refuse_project;
use super::form::text_of_form;
use super::stored::Edit;
use super::unit_tests::run_tests;
use super::upload::is_same;
use super::{Inner, Live};

/// How an item is saved.
pub(super) struct Saving {
    /// Whether its unit tests must pass first.
    pub(super) run_tests_first: bool,
    /// Whether only its unit tests are run.
    pub(super) run_tests_only: bool,
}

impl Inner {
    pub(super) async fn put(&self, put: PutItem, actor: Actor) -> Result<PutDone, ContentRefusal> {
        let PutItem { form, mode, run_tests_first, run_tests_only } = put;
        let mut live = self.turn().await?;
        let view = self.view.load_full();
        let existing = existing(&view, &form, mode)?.map(Arc::clone);
        let text = text_of_form(&form, existing.as_deref())?;
        let saving = Saving { run_tests_first, run_tests_only };
        self.save(&mut live, (form.id, text), existing, saving, actor).await
    }

    /// Saves the texts of an item, unless something is wrong with it or it says the same already.
    pub(super) async fn save(
        &self,
        live: &mut OwnedMutexGuard<Live>,
        (id, text): (String, ContentText),
        existing: Option<Arc<ContentItem>>,
        saving: Saving,
        actor: Actor,
    ) -> Result<PutDone, ContentRefusal> {
        let Saving { run_tests_first, run_tests_only } = saving;
        let is_same = is_same(&self.view.load(), &live.stored, &id, &text)
            && live.stored.find(&id).is_none_or(|item| item.text.form == text.form);
        let unchanged = existing.clone().filter(|_| is_same);
        if !run_tests_first
            && !run_tests_only
            && let Some(item) = unchanged
        {
            return Ok(PutDone::Updated(item));
        }
        let edit = Edit { items: vec![(id.clone(), Some(text))], project: None };
        let next = live.stored.with(&edit, &actor);
        let candidate = self.candidate(live, &next).await?;
        if run_tests_first || run_tests_only {
            let changed = [id.clone()].into();
            let scope = Scope { changed: &changed, has_project: false, keeps_others_sound: false };
            refuse(scope.issues(&live.repository, &candidate.repository, &next.names()))?;
            run_tests(&live.python, live.filters, &candidate.repository, &id).await?;
        }
        if run_tests_only {
            return Ok(PutDone::TestsPassed);
        }
        if let Some(item) = unchanged {
            return Ok(PutDone::Updated(item));
        }
        let is_new = existing.is_none();
        let kind = ContentChangeKind::Api;
        let change = Change { edit, kind, actor, keeps_others_sound: true, dry_run: false };
        self.commit(live, change, &next, candidate).await?;
        let item = self.view.load().find(&id).cloned();
        let item =
            item.ok_or_else(|| ContentRefusal::Failed(format!("`{id}` was stored and is not there")))?;
        Ok(if is_new { PutDone::Created(item) } else { PutDone::Updated(item) })
    }
}

/// The item that a form means, as far as it may change it.
fn existing<'a>(
    view: &'a ContentView,
    form: &ItemForm,
    mode: PutMode,
) -> Result<Option<&'a Arc<ContentItem>>, ContentRefusal> {
    let (id, noun) = (&form.id, form.kind.noun());
    let Some(item) = view.find(id) else {
        return match mode {
            PutMode::Update => Err(ContentRefusal::NotFound(format!("no {noun} `{id}`"))),
            PutMode::Create | PutMode::CreateOrUpdate => Ok(None),
        };
    };
    if mode == PutMode::Create {
        let message =
            format!("the id `{id}` is taken by a {}; choose another, or update that", item.kind.noun());
        return Err(ContentRefusal::Conflict(message));
    }
    if !is_of_kind(item.kind, form.kind) {
        let message = format!("`{id}` is a {}, no {noun}; choose another id", item.kind.noun());
        return Err(match mode {
            PutMode::Update => ContentRefusal::NotFound(format!("no {noun} `{id}`")),
            _ => ContentRefusal::Invalid {
                issues: vec![ContentIssue { path: item.path.clone(), message: message.clone() }],
                message,
            },
        });
    }
    if item.origin == ContentOrigin::Pypanther {
        return Err(refuse_project(item));
    }
    Ok(Some(item))
}

/// A query may get or lose its schedule.
fn is_of_kind(kind: ContentKind, wanted: ContentKind) -> bool {
    kind == wanted || (kind.is_query() && wanted.is_query())
}
