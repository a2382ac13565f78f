//! Who has an id: the item of the last root, in one root the first.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::{Override, OverrideWhat, Place};
use crate::codes;
use crate::draft::Draft;
use crate::item::{Item, SourceFile};

/// An item that an item of a later root replaces.
pub(crate) struct Replaced {
    /// The root in which it lay.
    pub(crate) root: usize,
    /// Its Python file.
    python: Option<PathBuf>,
    pub(crate) step: Override,
}

/// Takes out the items that later roots replace, with what was found about them, and reports ids that one root
/// has twice. Gives what replaces what.
pub(crate) fn settle(drafts: &mut Vec<Draft<'_>>) -> Vec<Replaced> {
    let mut owners: HashMap<String, usize> = HashMap::with_capacity(drafts.len());
    let mut replaced = BTreeSet::new();
    let mut steps = Vec::new();
    for position in 0..drafts.len() {
        if drafts[position].id_span.is_none() {
            continue;
        }
        let Some(&owner) = owners.get(&drafts[position].item.id) else {
            owners.insert(drafts[position].item.id.clone(), position);
            continue;
        };
        if drafts[owner].root == drafts[position].root {
            report_twice(owner, position, drafts);
            continue;
        }
        // Rules of projects come last whatever their root is.
        let is_later = drafts[owner].root < drafts[position].root;
        let (old, new) = if is_later { (owner, position) } else { (position, owner) };
        steps.push(step(&drafts[old], &drafts[new]));
        if drafts[old].item.analysis_type != drafts[new].item.analysis_type {
            report_kind(old, new, drafts);
        }
        replaced.insert(old);
        owners.insert(drafts[new].item.id.clone(), new);
    }
    let mut position = 0..;
    drafts.retain(|_| position.next().is_some_and(|position| !replaced.contains(&position)));
    steps
}

/// The Python files but those that replaced items alone name.
pub(crate) fn without_replaced<'a>(
    files: &HashMap<&'a Path, &'a SourceFile>,
    replaced: &[Replaced],
    items: &[Item],
) -> HashMap<&'a Path, &'a SourceFile> {
    let mut files = files.clone();
    if !replaced.is_empty() {
        let named: HashSet<PathBuf> = items.iter().filter_map(python_file).collect();
        let is_gone = |file: &Path| replaced.iter().any(|step| step.python.as_deref() == Some(file));
        files.retain(|file, _| named.contains(*file) || !is_gone(file));
    }
    files
}

fn python_file(item: &Item) -> Option<PathBuf> {
    let name = item.fields.get("Filename")?.as_str()?;
    let base = name.rsplit(['/', '\\']).next().filter(|base| !base.is_empty())?;
    Some(item.file.with_file_name(base))
}

fn step(old: &Draft<'_>, new: &Draft<'_>) -> Replaced {
    let step = Override {
        id: new.item.id.clone(),
        what: OverrideWhat::Replaced,
        changes: Vec::new(),
        from: place(&old.item),
        to: place(&new.item),
    };
    Replaced { root: old.root, python: python_file(&old.item), step }
}

fn place(item: &Item) -> Place {
    Place { file: item.file.clone(), line: item.line }
}

fn report_twice(owner: usize, position: usize, drafts: &mut [Draft<'_>]) {
    let Item { file, line, .. } = drafts[owner].item.clone();
    let draft = &mut drafts[position];
    let Item { id, file: own, .. } = &draft.item;
    let message = format!("the id `{id}` is already used in `{}`, line {line}", file.display());
    let hint = format!("give one of `{}` and `{}` another id", file.display(), own.display());
    draft.report.add_with_hint(&codes::DUPLICATE_ID, draft.id_span(), message, Some(hint));
}

fn report_kind(owner: usize, position: usize, drafts: &mut [Draft<'_>]) {
    let Item { file, line, analysis_type: before, .. } = drafts[owner].item.clone();
    let draft = &mut drafts[position];
    let Item { id, analysis_type: now, .. } = &draft.item;
    let message = format!(
        "this {now} replaces the {before} `{id}` of an earlier root, in `{}`, line {line}",
        file.display()
    );
    let hint = "give it another id, unless it takes the place of the other on purpose".to_owned();
    draft.report.add_with_hint(&codes::REPLACES_OTHER_KIND, draft.id_span(), message, Some(hint));
}
