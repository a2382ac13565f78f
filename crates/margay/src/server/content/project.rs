//! Uploads of pypanther projects: one project, replaced as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{ContentIssue, ContentItem, ContentOrigin, ContentRefusal, ContentView, KindCounts, ProjectUpload};
use content::archive::read_archive;
use content::{ProjectFault, PypantherProject, project_descends};
use model::Actor;
use store::ContentChangeKind;

use super::Inner;
use super::change::Change;
use super::stored::{Edit, PROJECT_ID, describe_with, project_of_files, project_text};
use super::view::view;

impl Inner {
    pub(super) async fn upload_project(
        &self,
        upload: ProjectUpload,
        actor: Actor,
    ) -> Result<KindCounts, ContentRefusal> {
        let ProjectUpload { zip, dry_run } = upload;
        let mut live = self.turn().await?;
        let describe = self.describer(&live);
        let run = move || {
            let project = read_project(&zip)?;
            let text = project_text(&project);
            let described = describe_with(&describe, project).map_err(refusal)?;
            Ok((text, described))
        };
        let (text, described) = tokio::task::spawn_blocking(run)
            .await
            .map_err(|panic| ContentRefusal::Failed(format!("the project could not be read: {panic}")))??;
        let before = self.view.load_full();
        let is_same = live.stored.project_row().is_some_and(|row| row.text == text);
        if is_same {
            return Ok(counts(&before, &before));
        }
        let edit = Edit { items: vec![(PROJECT_ID.to_owned(), Some(text))], project: Some(Ok(described)) };
        let next = live.stored.with(&edit, &actor);
        let candidate = self.candidate(&live, &next).await?;
        let after = view(&candidate.repository, &live.directories, &next, &live.broken);
        let kind = ContentChangeKind::Pypanther;
        let change = Change { edit, kind, actor, keeps_others_sound: true, dry_run };
        self.commit(&mut live, change, &next, candidate).await?;
        Ok(counts(&before, &after))
    }
}

fn read_project(zip: &[u8]) -> Result<PypantherProject, ContentRefusal> {
    let files = read_archive(zip).map_err(|error| ContentRefusal::invalid(error.message))?;
    let mut texts = Vec::new();
    for file in files.into_iter().filter(|file| is_part(&file.path)) {
        let text = String::from_utf8(file.data).map_err(|_| {
            ContentRefusal::invalid(format!("`{}` is not UTF-8; save it as UTF-8", file.path))
        })?;
        texts.push((file.path, text));
    }
    project_of_files(texts).map_err(refusal)
}

fn is_part(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is_walked = folders.split('/').filter(|folder| !folder.is_empty()).all(project_descends);
    is_walked && name.ends_with(".py") && !name.starts_with('.')
}

fn refusal(fault: ProjectFault) -> ContentRefusal {
    let ProjectFault { file, line, message, hint } = fault;
    let path = super::Stored::default().names().shown(&file);
    let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
    let message = format!("line {line}: {message}{hint}");
    ContentRefusal::Invalid {
        message: format!("{path}: {message}"),
        issues: vec![ContentIssue { path, message }],
    }
}

/// What changed among the rules of the project.
fn counts(before: &ContentView, after: &ContentView) -> KindCounts {
    let rules = |view: &ContentView| -> BTreeMap<String, Arc<ContentItem>> {
        let rules = view.items().iter().filter(|item| item.origin == ContentOrigin::Pypanther);
        rules.map(|item| (item.id.clone(), Arc::clone(item))).collect()
    };
    let (before, after) = (rules(before), rules(after));
    let mut counts = KindCounts { total: after.keys().cloned().collect(), ..KindCounts::default() };
    for (id, rule) in &after {
        match before.get(id) {
            None => counts.new.push(id.clone()),
            Some(old) if old.keys != rule.keys || old.python != rule.python => {
                counts.modified.push(id.clone())
            }
            Some(_) => {}
        }
    }
    counts.deleted.extend(before.into_keys().filter(|id| !after.contains_key(id)));
    counts
}
