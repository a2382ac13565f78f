//! What an upload would change: both sides compared, item by item.

use std::collections::BTreeMap;

use content::archive::read_archive;
use serde::Serialize;
use similar::TextDiff;
use store::ContentText;

use super::client::Client;
use super::local::Local;
use crate::failure::Failure;
use crate::server::items_of;

/// Lines around a change of a text.
const CONTEXT_LINES: usize = 3;

/// What happens to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum What {
    /// The server does not have it.
    New,
    /// The server has another one.
    Modified,
    /// The server has it, made by the API, and the paths do not.
    Deleted,
}

impl What {
    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            What::New => "new",
            What::Modified => "modified",
            What::Deleted => "deleted",
        }
    }
}

/// One item or file of a project that changes.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub(super) what: What,
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) path: String,
    /// The texts before and after as unified diffs; only of what is modified.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) diff: String,
}

/// How many items of a kind are what.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub(super) new: usize,
    pub(super) modified: usize,
    pub(super) deleted: usize,
    pub(super) unchanged: usize,
}

/// What an upload would change.
#[derive(Debug, Default, Serialize)]
pub(super) struct Plan {
    /// By kind.
    pub(super) kinds: BTreeMap<&'static str, Counts>,
    /// Everything that changes, by kind and id.
    pub(super) changes: Vec<Change>,
}

/// The files of a project are counted under this kind.
const PROJECT_FILE: &str = "project file";

impl Plan {
    /// Asks the server what it has and compares. `names_deleted`: whether what is missing here is deleted.
    pub(super) fn make(client: &Client, local: &Local, names_deleted: bool) -> Result<Plan, Failure> {
        let mut plan = Plan::default();
        if !local.items.is_empty() {
            plan.compare_items(local, &fetch(client, "api")?, &fetch(client, "directory")?, names_deleted);
        }
        if let Some(project) = &local.project {
            plan.compare_project(project, &fetch_project(client)?);
        }
        plan.changes.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
        Ok(plan)
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the item is new or modified.
    pub(super) fn sends(&self, id: &str) -> bool {
        self.changes
            .iter()
            .any(|change| change.id == id && change.kind != PROJECT_FILE && change.what != What::Deleted)
    }

    /// Whether the project changes.
    pub(super) fn sends_project(&self) -> bool {
        self.changes.iter().any(|change| change.kind == PROJECT_FILE)
    }

    /// The items that are deleted.
    pub(super) fn deleted(&self) -> Vec<&str> {
        let deleted = self.changes.iter().filter(|change| change.what == What::Deleted);
        deleted.filter(|change| change.kind != PROJECT_FILE).map(|change| change.id.as_str()).collect()
    }

    /// Items and files that are the same on both sides.
    pub(super) fn unchanged(&self) -> usize {
        self.kinds.values().map(|counts| counts.unchanged).sum()
    }

    fn compare_items(&mut self, local: &Local, api: &Items, directory: &Items, names_deleted: bool) {
        for (id, text) in &local.items {
            let kind = kind_of(text);
            let before = api.get(id).or_else(|| directory.get(id));
            let what = match before {
                None => What::New,
                Some(before) if is_same(before, text) => {
                    self.kinds.entry(kind).or_default().unchanged += 1;
                    continue;
                }
                Some(_) => What::Modified,
            };
            let diff = before.map(|before| item_diff(before, text)).unwrap_or_default();
            self.add(Change { what, kind, id: id.clone(), path: text.path.clone(), diff });
        }
        if !names_deleted {
            return;
        }
        let here: std::collections::HashSet<&String> = local.items.iter().map(|(id, _)| id).collect();
        for (id, text) in api.iter().filter(|(id, _)| !here.contains(id)) {
            let (kind, path) = (kind_of(text), text.path.clone());
            self.add(Change { what: What::Deleted, kind, id: id.clone(), path, diff: String::new() });
        }
    }

    /// A project is replaced as a whole, so that files that are missing here are always deleted.
    fn compare_project(&mut self, here: &BTreeMap<String, String>, there: &BTreeMap<String, String>) {
        for (path, text) in here {
            let what = match there.get(path) {
                None => What::New,
                Some(before) if before == text => {
                    self.kinds.entry(PROJECT_FILE).or_default().unchanged += 1;
                    continue;
                }
                Some(_) => What::Modified,
            };
            let diff = there.get(path).map(|before| text_diff(path, before, path, text)).unwrap_or_default();
            self.add(Change { what, kind: PROJECT_FILE, id: path.clone(), path: path.clone(), diff });
        }
        for path in there.keys().filter(|path| !here.contains_key(*path)) {
            let (id, path, diff) = (path.clone(), path.clone(), String::new());
            self.add(Change { what: What::Deleted, kind: PROJECT_FILE, id, path, diff });
        }
    }

    fn add(&mut self, change: Change) {
        let counts = self.kinds.entry(change.kind).or_default();
        match change.what {
            What::New => counts.new += 1,
            What::Modified => counts.modified += 1,
            What::Deleted => counts.deleted += 1,
        }
        self.changes.push(change);
    }
}

/// Items by id.
type Items = BTreeMap<String, ContentText>;

fn fetch(client: &Client, origin: &str) -> Result<Items, Failure> {
    let zip = client.get(&format!("/content/download?origin={origin}"))?;
    let files = read_archive(&zip).map_err(|error| strange(client, &error.message))?;
    // What the server has and cannot be read here is broken there too, and an upload replaces it.
    let (items, _broken) = items_of(&files);
    Ok(items.into_iter().collect())
}

fn fetch_project(client: &Client) -> Result<BTreeMap<String, String>, Failure> {
    let zip = client.get("/content/download?origin=pypanther")?;
    let files = read_archive(&zip).map_err(|error| strange(client, &error.message))?;
    let text = |data: Vec<u8>| String::from_utf8_lossy(&data).into_owned();
    Ok(files.into_iter().map(|file| (file.path, text(file.data))).collect())
}

/// A failure because of what a server sent.
pub(super) fn strange(client: &Client, message: &str) -> Failure {
    Failure::Operation(format!("`{}` sent an archive that is not taken: {message}", client.base()))
}

/// Whether an upload would leave the item as it is; the server judges by the same.
fn is_same(before: &ContentText, after: &ContentText) -> bool {
    let data = |text: &ContentText| text.file.as_ref().map(|file| file.data.clone());
    before.yaml == after.yaml && data(before) == data(after)
}

/// What a person calls the kind.
fn kind_of(text: &ContentText) -> &'static str {
    let is_simple = || text.file.is_none() && text.yaml.lines().any(|line| line.starts_with("Detection:"));
    match text.analysis_type.as_str() {
        "rule" if is_simple() => "simple rule",
        "rule" => "rule",
        "scheduled_rule" => "scheduled rule",
        "correlation_rule" => "correlation rule",
        "policy" => "policy",
        "global" => "global",
        "datamodel" => "data model",
        "saved_query" | "scheduled_query" => "query",
        "lookup_table" => "lookup table",
        "pack" => "pack",
        "scheduled_prompt" => "scheduled prompt",
        _ => "item",
    }
}

fn item_diff(before: &ContentText, after: &ContentText) -> String {
    let mut diff = text_diff(&before.path, &before.yaml, &after.path, &after.yaml);
    let file_path = |text: &ContentText| {
        let name = text.file.as_ref().map(|file| file.name.as_str());
        name.map(|name| match text.path.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => name.to_owned(),
        })
    };
    let data = |text: &ContentText| text.file.as_ref().map_or(Vec::new(), |file| file.data.clone());
    let (old, new) = (data(before), data(after));
    if old == new {
        return diff;
    }
    let (from, to) = (file_path(before), file_path(after));
    let from = from.or_else(|| to.clone()).unwrap_or_default();
    let to = to.unwrap_or_else(|| from.clone());
    diff += &match (std::str::from_utf8(&old), std::str::from_utf8(&new)) {
        (Ok(old), Ok(new)) => text_diff(&from, old, &to, new),
        _ => format!("`{to}` differs and is no text\n"),
    };
    diff
}

/// A unified diff; empty when the texts are the same.
fn text_diff(from: &str, before: &str, to: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(&format!("a/{from}"), &format!("b/{to}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use store::ContentFileData;

    use super::*;

    fn text(yaml: &str, python: Option<&str>) -> ContentText {
        ContentText {
            analysis_type: "rule".to_owned(),
            path: "rules/a.yml".to_owned(),
            yaml: yaml.to_owned(),
            file: python
                .map(|text| ContentFileData { name: "a.py".to_owned(), data: text.as_bytes().to_vec() }),
            form: BTreeMap::new(),
        }
    }

    fn items(pairs: &[(&str, ContentText)]) -> Items {
        pairs.iter().map(|(id, text)| ((*id).to_owned(), text.clone())).collect()
    }

    #[test]
    fn the_api_comes_before_directories_and_only_its_items_are_deleted() {
        let local = Local {
            items: vec![
                ("Both".to_owned(), text("b: 1\n", Some("old\n"))),
                ("Disk".to_owned(), text("d: 1\n", None)),
                ("New".to_owned(), text("Detection: []\n", None)),
            ],
            project: None,
        };
        let api = items(&[("Both", text("b: 1\n", Some("api\n"))), ("Gone", text("g: 1\n", None))]);
        let disk = items(&[
            ("Both", text("b: 1\n", Some("old\n"))),
            ("Disk", text("d: 1\n", None)),
            ("Other", text("o: 1\n", None)),
        ]);
        let mut plan = Plan::default();
        plan.compare_items(&local, &api, &disk, true);
        let told: Vec<_> =
            plan.changes.iter().map(|change| (change.what, change.kind, change.id.as_str())).collect();
        assert_eq!(
            told,
            [
                (What::Modified, "rule", "Both"),
                (What::New, "simple rule", "New"),
                (What::Deleted, "rule", "Gone")
            ]
        );
        assert_eq!(plan.changes[0].diff, "--- a/rules/a.py\n+++ b/rules/a.py\n@@ -1 +1 @@\n-api\n+old\n");
        assert_eq!((plan.unchanged(), plan.deleted()), (1, vec!["Gone"]));
        assert!(plan.sends("Both") && plan.sends("New") && !plan.sends("Disk") && !plan.sends("Gone"));
    }

    #[test]
    fn a_file_that_comes_or_goes_is_a_change() {
        let (with, without) = (text("a: 1\n", Some("x\n")), text("a: 1\n", None));
        assert!(!is_same(&with, &without));
        assert!(item_diff(&with, &without).ends_with("@@ -1 +0,0 @@\n-x\n"));
        assert!(item_diff(&without, &with).ends_with("@@ -0,0 +1 @@\n+x\n"));
        let mut binary = with.clone();
        binary.file.iter_mut().for_each(|file| file.data = vec![0xff]);
        assert_eq!(item_diff(&with, &binary), "`rules/a.py` differs and is no text\n");
    }

    #[test]
    fn a_project_is_replaced_as_a_whole() {
        let files = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
        };
        let mut plan = Plan::default();
        plan.compare_project(
            &files(&[("main.py", "a"), ("b.py", "b")]),
            &files(&[("b.py", "b"), ("c.py", "c")]),
        );
        let told: Vec<_> = plan.changes.iter().map(|change| (change.what, change.id.as_str())).collect();
        assert_eq!(told, [(What::New, "main.py"), (What::Deleted, "c.py")]);
        assert!(plan.sends_project() && plan.deleted().is_empty() && plan.unchanged() == 1);
    }
}
