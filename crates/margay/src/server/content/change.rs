//! The one way of every change: load, check, warm, store, take over.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{ContentIssue, ContentRefusal};
use model::Actor;
use python_host::{LoadReport, Prepared};
use store::{ContentChangeKind, NewContentChange, StoreError, StoreErrorKind};
use tokio::sync::OwnedMutexGuard;
use tracing::info;

use super::candidate::{Candidate, Scope, sentence};
use super::stored::{Edit, PROJECT_ID, Stored};
use super::{Inner, Live, broken};

/// A change to be made.
pub(super) struct Change {
    pub(super) edit: Edit,
    pub(super) kind: ContentChangeKind,
    pub(super) actor: Actor,
    /// Whether items that the change does not touch must stay sound.
    pub(super) keeps_others_sound: bool,
    /// Whether it is only checked.
    pub(super) dry_run: bool,
}

impl Inner {
    /// Makes a change, or refuses it and leaves everything as it was. Gives its number; `None` when there is
    /// nothing to change or it was only checked.
    pub(super) async fn change(
        &self,
        live: &mut OwnedMutexGuard<Live>,
        change: Change,
    ) -> Result<Option<u64>, ContentRefusal> {
        if change.edit.items.is_empty() {
            return Ok(None);
        }
        let next = live.stored.with(&change.edit, &change.actor);
        let candidate = self.candidate(live, &next).await?;
        self.commit(live, change, &next, candidate).await
    }

    /// The second half of [`Inner::change`]: with what is loaded already.
    pub(super) async fn commit(
        &self,
        live: &mut OwnedMutexGuard<Live>,
        change: Change,
        next: &Stored,
        candidate: Candidate,
    ) -> Result<Option<u64>, ContentRefusal> {
        let Change { edit, kind, actor, keeps_others_sound, dry_run } = change;
        let put = edit.items.iter().filter(|(_, text)| text.is_some()).map(|(id, _)| id.clone());
        let changed: BTreeSet<String> = put.collect();
        let has_project = changed.contains(PROJECT_ID);
        let scope = Scope { changed: &changed, has_project, keeps_others_sound };
        let names = next.names();
        refuse(scope.issues(&live.repository, &candidate.repository, &names))?;
        let prepared = self.prepare(live, &candidate).await?;
        if let Some(prepared) = &prepared {
            refuse(scope.setup_issues(prepared.report(), &live.broken, &candidate, &names))?;
        }
        if dry_run {
            return Ok(None);
        }
        let new = NewContentChange {
            base: live.stored.change,
            actor: actor.clone(),
            kind,
            items: edit.items.clone(),
        };
        let made = self.store.change_content(new).await.map_err(|error| not_stored(&error))?;
        live.stored = live.stored.after(&edit, &actor, &made);
        let report = self.take_over(&candidate, prepared).await;
        if let Some(report) = report {
            live.broken = broken(&report);
        }
        live.repository = candidate.repository;
        live.program = candidate.program;
        self.publish(live);
        let count = edit.items.len();
        info!(change = made.id, actor.id = %actor.id, "content changed by {}: {count} items", kind.as_str());
        Ok(Some(made.id))
    }

    /// Loads what would count with other stored content.
    pub(super) async fn candidate(&self, live: &Live, next: &Stored) -> Result<Candidate, ContentRefusal> {
        let directories = Arc::clone(&live.directories);
        let known = self.known(&live.known);
        let (next, filters) = (next.clone(), live.filters);
        tokio::task::spawn_blocking(move || Candidate::load(&directories, &next, &known, filters))
            .await
            .map_err(|panic| ContentRefusal::Failed(format!("the content could not be loaded: {panic}")))
    }

    /// Warms workers with a program, unless it is the one that runs.
    pub(super) async fn prepare(
        &self,
        live: &Live,
        candidate: &Candidate,
    ) -> Result<Option<Prepared>, ContentRefusal> {
        if *candidate.program == *live.program {
            return Ok(None);
        }
        let prepared = self.host.prepare(Arc::clone(&candidate.program)).await;
        prepared.map(Some).map_err(|error| {
            ContentRefusal::Failed(format!("the workers did not take the new content: {error}"))
        })
    }

    /// Lets content take over that is stored.
    pub(super) async fn take_over(
        &self,
        candidate: &Candidate,
        prepared: Option<Prepared>,
    ) -> Option<LoadReport> {
        let swap = || prepared.map(|prepared| self.host.swap(prepared));
        match self.pipeline.get() {
            Some(pipeline) => pipeline.reload_content(candidate.world.clone(), swap).await,
            None => swap(),
        }
    }

    /// [`Inner::prepare`] and [`Inner::take_over`] of content that is stored already: nothing is refused.
    pub(super) async fn prepare_and_swap(
        &self,
        live: &Live,
        candidate: &Candidate,
    ) -> Result<Option<LoadReport>, ContentRefusal> {
        let prepared = self.prepare(live, candidate).await?;
        Ok(self.take_over(candidate, prepared).await)
    }
}

/// Refuses a change when there are issues.
pub(super) fn refuse(issues: Vec<ContentIssue>) -> Result<(), ContentRefusal> {
    if issues.is_empty() {
        Ok(())
    } else {
        Err(ContentRefusal::Invalid { message: sentence(&issues), issues })
    }
}

fn not_stored(error: &StoreError) -> ContentRefusal {
    let message = format!("the change was not stored: {error}");
    match error.kind() {
        StoreErrorKind::Conflict => {
            ContentRefusal::Busy("another upload or change was made meanwhile; try again".to_owned())
        }
        _ => ContentRefusal::Failed(message),
    }
}
