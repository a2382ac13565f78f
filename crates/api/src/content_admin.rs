//! What handlers ask of the running server's detection content; `margay` answers.
//!
//! Content comes from directories and from the API. Everything made by the API lies on top of the directories:
//! an item of the API takes the place of the directories' item with its id until it is deleted. A change is
//! all or nothing, and live when the answer is there.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use model::Actor;
use serde_json::{Map, Value};

use crate::control::BoxFuture;

/// Largest zip of an upload, in bytes as sent.
pub const UPLOAD_BYTES_MAX: usize = 64 << 20;

/// Kinds of items, as the API tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentKind {
    /// A rule in Python, of a file or of a project.
    Rule,
    /// A rule over the rows of scheduled queries.
    ScheduledRule,
    /// A rule in YAML.
    SimpleRule,
    /// A rule over the matches of other rules.
    CorrelationRule,
    /// A detection over cloud resources.
    Policy,
    /// Common names for fields.
    DataModel,
    /// A Python module that others import.
    Global,
    /// A query with a name; its id in the API is [`query_id`].
    SavedQuery,
    /// A query that runs on a schedule; its id in the API is [`query_id`].
    ScheduledQuery,
    /// Rows that enrich events.
    LookupTable,
    /// A question that is asked on a schedule.
    ScheduledPrompt,
    /// Items that belong together.
    Pack,
}

impl ContentKind {
    /// Whether it makes alerts.
    pub fn is_detection(self) -> bool {
        use ContentKind::{CorrelationRule, Policy, Rule, ScheduledRule, SimpleRule};
        matches!(self, Rule | ScheduledRule | SimpleRule | CorrelationRule | Policy)
    }

    /// Whether it is a saved or scheduled query.
    pub fn is_query(self) -> bool {
        matches!(self, ContentKind::SavedQuery | ContentKind::ScheduledQuery)
    }

    /// What a person calls it.
    pub fn noun(self) -> &'static str {
        match self {
            ContentKind::Rule => "rule",
            ContentKind::ScheduledRule => "scheduled rule",
            ContentKind::SimpleRule => "simple rule",
            ContentKind::CorrelationRule => "correlation rule",
            ContentKind::Policy => "policy",
            ContentKind::DataModel => "data model",
            ContentKind::Global => "global",
            ContentKind::SavedQuery | ContentKind::ScheduledQuery => "query",
            ContentKind::LookupTable => "lookup table",
            ContentKind::ScheduledPrompt => "scheduled prompt",
            ContentKind::Pack => "pack",
        }
    }
}

/// Where an item that counts comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentOrigin {
    /// A file of a configured directory.
    Directory,
    /// Made by the API.
    Api,
    /// Registered by the uploaded pypanther project.
    Pypanther,
}

impl ContentOrigin {
    /// All of them.
    pub const ALL: [ContentOrigin; 3] =
        [ContentOrigin::Directory, ContentOrigin::Api, ContentOrigin::Pypanther];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            ContentOrigin::Directory => "directory",
            ContentOrigin::Api => "api",
            ContentOrigin::Pypanther => "pypanther",
        }
    }
}

/// A file beside the YAML of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFile {
    /// Its name, without a folder.
    pub name: String,
    /// What it says.
    pub text: Arc<str>,
}

/// One item that counts now.
#[derive(Clone, Debug)]
pub struct ContentItem {
    /// `RuleID`, `GlobalID`, `QueryName`, …
    pub id: String,
    /// What it is.
    pub kind: ContentKind,
    /// Where it comes from.
    pub origin: ContentOrigin,
    /// The path of its YAML as it was given; of a class, its Python file.
    pub path: String,
    /// Its YAML as written; empty for a class of a project.
    pub yaml: Arc<str>,
    /// Its Python; of a derived rule that of its base.
    pub python: Option<ContentFile>,
    /// The keys of its YAML as they count, with those of the base of a derived rule and what overrides say;
    /// `Tests` with the tests that run.
    pub keys: Map<String, Value>,
    /// The YAML texts of keys that hold expressions (`Detection`, `GroupBy`, …), as they were written, and what a
    /// form said beside the YAML.
    pub texts: BTreeMap<String, String>,
    /// Whether it is switched on by its content; always for kinds that have no switch.
    pub enabled: bool,
    /// Its number among its versions of the API, from 1; 0 when it has none.
    pub version: u64,
    /// When it was made; of a file, when that was written last.
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    pub last_modified: Option<Timestamp>,
    /// Who made it by the API.
    pub created_by: Option<Actor>,
    /// Who changed it last by the API.
    pub last_modified_by: Option<Actor>,
    /// Why it cannot be used, when that is so.
    pub problem: Option<String>,
}

impl ContentItem {
    /// The id in paths of the API: a UUID made of the name for queries, else the id.
    pub fn api_id(&self) -> String {
        if self.kind.is_query() { query_id(&self.id) } else { self.id.clone() }
    }

    /// A key of its YAML as text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.keys.get(key)?.as_str()
    }

    /// A key of its YAML that lists texts.
    pub fn list(&self, key: &str) -> Vec<String> {
        let entries = self.keys.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        entries.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }
}

/// The id of a query in the API: UUIDv5 of `margay:query:` and its name, in the namespace of URLs.
pub fn query_id(name: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, format!("margay:query:{name}").as_bytes()).to_string()
}

/// All content that counts now; immutable, replaced as a whole.
#[derive(Debug, Default)]
pub struct ContentView {
    items: Vec<Arc<ContentItem>>,
    by_id: HashMap<String, usize>,
    /// The last change of the API that is in it; 0 when there is none.
    pub change: u64,
}

impl ContentView {
    /// A view of these items; of several with one id the last one counts.
    pub fn new(mut items: Vec<Arc<ContentItem>>, change: u64) -> ContentView {
        items.reverse();
        items.sort_by(|a, b| a.id.cmp(&b.id));
        items.dedup_by(|a, b| a.id == b.id);
        let by_id = items.iter().enumerate().map(|(index, item)| (item.id.clone(), index)).collect();
        ContentView { items, by_id, change }
    }

    /// Every item, by id.
    pub fn items(&self) -> &[Arc<ContentItem>] {
        &self.items
    }

    /// The item with this id; ids are unique over all kinds.
    pub fn find(&self, id: &str) -> Option<&Arc<ContentItem>> {
        self.by_id.get(id).map(|index| &self.items[*index])
    }

    /// The query with this [`query_id`].
    pub fn find_query(&self, api_id: &str) -> Option<&Arc<ContentItem>> {
        self.items.iter().find(|item| item.kind.is_query() && query_id(&item.id) == api_id)
    }
}

/// What is wrong with one file of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentIssue {
    /// The file as it was given; empty when it is about no single file.
    pub path: String,
    /// What is wrong, with line and hint.
    pub message: String,
}

/// What one function of a detection did in a unit test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRecord {
    /// `rule`, `policy`, `title`, `alert_context`, …
    pub name: String,
    /// What it returned, as text.
    pub output: Option<String>,
    /// What it raised.
    pub error: Option<String>,
}

/// What came of one unit test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestRecord {
    /// Its name.
    pub name: String,
    /// Whether what was expected came.
    pub passed: bool,
    /// What the test expects.
    pub expected: bool,
    /// Whether it would make an alert: the matcher returned true.
    pub triggered: bool,
    /// Why it did not pass.
    pub reason: Option<String>,
    /// Every function that ran, the matcher first.
    pub functions: Vec<FunctionRecord>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Why a change is not made; nothing of it is stored. Each sentence is for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentRefusal {
    /// Something in it is wrong.
    Invalid {
        /// All in one sentence.
        message: String,
        /// File by file.
        issues: Vec<ContentIssue>,
    },
    /// Unit tests failed, so that nothing was saved.
    TestsFailed {
        /// Which ones.
        message: String,
        /// All that ran.
        results: Vec<TestRecord>,
    },
    /// There is no such item or version.
    NotFound(String),
    /// The id is taken, or the item is not the API's to change.
    Conflict(String),
    /// What is there is not what the caller has seen.
    Changed(String),
    /// Another change is under way; the sentence contains `another upload`.
    Busy(String),
    /// The server cannot do it now.
    Failed(String),
}

impl ContentRefusal {
    /// A refusal of something that is wrong as a whole.
    pub fn invalid(message: impl Into<String>) -> ContentRefusal {
        ContentRefusal::Invalid { message: message.into(), issues: Vec::new() }
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        match self {
            ContentRefusal::Invalid { message, .. } | ContentRefusal::TestsFailed { message, .. } => message,
            ContentRefusal::NotFound(message)
            | ContentRefusal::Conflict(message)
            | ContentRefusal::Changed(message)
            | ContentRefusal::Busy(message)
            | ContentRefusal::Failed(message) => message,
        }
    }

    /// What is wrong file by file; empty unless it is [`ContentRefusal::Invalid`].
    pub fn issues(&self) -> &[ContentIssue] {
        match self {
            ContentRefusal::Invalid { issues, .. } => issues,
            _ => &[],
        }
    }
}

/// A zip of detection content.
#[derive(Clone, Debug)]
pub struct ContentUpload {
    /// Its bytes.
    pub zip: Vec<u8>,
    /// Whether it is only checked: nothing is stored, and the answer says what would be.
    pub dry_run: bool,
}

/// What an upload did with the items of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// Ids of all items in it.
    pub total: Vec<String>,
    /// Ids that there were not before.
    pub new: Vec<String>,
    /// Ids whose texts differ from what counted before.
    pub modified: Vec<String>,
    /// Ids that are gone now.
    pub deleted: Vec<String>,
}

/// What an upload did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// By kind; kinds that the upload does not have are left out.
    pub kinds: BTreeMap<ContentKind, KindCounts>,
    /// The change; `None` when nothing differed or it was only checked.
    pub change: Option<u64>,
}

/// The value of a key as a form gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum FormValue {
    /// A value.
    Json(Value),
    /// A YAML text, kept as it is written.
    Yaml(String),
    /// A text for which the YAML has no key; it is kept beside it, in [`ContentItem::texts`].
    Beside(String),
}

/// A single item as a form gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemForm {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ContentKind,
    /// Keys of the YAML and their values, in order.
    pub keys: Vec<(&'static str, FormValue)>,
    /// Every key that the form can have: those that are not in `keys` are taken away, all others stay as
    /// they are.
    pub owned: &'static [&'static str],
    /// Its Python, for kinds that have some.
    pub python: Option<String>,
}

/// What [`ContentAdmin::put`] may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutMode {
    /// Nothing with this id may be there.
    Create,
    /// There must be one of this kind.
    Update,
    /// Either.
    CreateOrUpdate,
}

/// A single item to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct PutItem {
    /// The item.
    pub form: ItemForm,
    /// What may be there.
    pub mode: PutMode,
    /// Whether its unit tests must pass first.
    pub run_tests_first: bool,
    /// Whether only its unit tests are run; nothing is stored.
    pub run_tests_only: bool,
}

/// What became of a single item.
#[derive(Clone, Debug)]
pub enum PutDone {
    /// It is new.
    Created(Arc<ContentItem>),
    /// It was there before; also when it did not change.
    Updated(Arc<ContentItem>),
    /// Its tests passed, and nothing was stored.
    TestsPassed,
}

/// What is to be deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeleteItems {
    /// Ids of items.
    pub ids: Vec<String>,
    /// Only items of these kinds; empty = of all.
    pub kinds: Vec<ContentKind>,
    /// Whether the queries that deleted scheduled rules name go too.
    pub with_queries: bool,
    /// Whether the scheduled rules that name deleted queries go too.
    pub with_rules: bool,
    /// Whether an unknown id refuses it all; else it is left out.
    pub must_exist: bool,
    /// Whether nothing is deleted and the answer says what would be.
    pub dry_run: bool,
}

/// What was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    /// Ids of all items but queries.
    pub ids: Vec<String>,
    /// Names of queries.
    pub query_names: Vec<String>,
}

/// A pypanther project to take the place of the stored one.
#[derive(Clone, Debug)]
pub struct ProjectUpload {
    /// A zip of its Python files; `main.py` registers its rules.
    pub zip: Vec<u8>,
    /// Whether it is only checked.
    pub dry_run: bool,
}

/// The content of the running server. See the module for what a change promises.
pub trait ContentAdmin: Send + Sync {
    /// What counts now.
    fn view(&self) -> Arc<ContentView>;

    /// Adds and replaces the items of a zip; what it does not name stays. A second one while one is under way
    /// is [`ContentRefusal::Busy`].
    fn upload(&self, upload: ContentUpload, actor: Actor) -> BoxFuture<'_, Result<Uploaded, ContentRefusal>>;

    /// Stores a single item, or runs its tests.
    fn put(&self, put: PutItem, actor: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>>;

    /// Deletes items of the API; those of directories with their ids count again. An item that only a
    /// directory has is a [`ContentRefusal::Conflict`].
    fn delete(&self, delete: DeleteItems, actor: Actor) -> BoxFuture<'_, Result<Deleted, ContentRefusal>>;

    /// Makes what an item was in one of its versions its newest version.
    fn roll_back(
        &self,
        id: String,
        version: u64,
        actor: Actor,
    ) -> BoxFuture<'_, Result<Option<Arc<ContentItem>>, ContentRefusal>>;

    /// Replaces the stored pypanther project; rules that are not registered any more are gone.
    fn upload_project(
        &self,
        upload: ProjectUpload,
        actor: Actor,
    ) -> BoxFuture<'_, Result<KindCounts, ContentRefusal>>;

    /// A zip of everything that comes from there: made by the API, with the paths under which it came; of
    /// directories and counting, with their paths below the folder of the configuration; or the files of the
    /// uploaded project.
    fn download(&self, origin: ContentOrigin) -> BoxFuture<'_, Result<Vec<u8>, ContentRefusal>>;
}
