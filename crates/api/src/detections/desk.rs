//! What the console asks of the running server's content beside [`ContentAdmin`](crate::ContentAdmin): what is wrong
//! with texts that are not saved, their tests, saving texts as they are written, and the switches of detections.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use model::Actor;

use crate::content_admin::{ContentItem, ContentKind, ContentRefusal, PutDone, TestRecord};
use crate::control::BoxFuture;

/// Detections that are switched at once.
pub const SWITCHED_MAX: usize = 500;

/// An item as its texts say it, saved or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemText {
    /// Its id.
    pub id: String,
    /// What it is to be.
    pub kind: ContentKind,
    /// Its YAML.
    pub yaml: String,
    /// Its Python, when it has some.
    pub python: Option<String>,
}

/// Which of the files of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextFile {
    /// The YAML.
    Yaml,
    /// The Python.
    Python,
}

/// Something that is wrong with the texts of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFinding {
    /// Where.
    pub file: TextFile,
    /// First line, from 1.
    pub line: u32,
    /// First column, from 1.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
    /// A stable code, or a word.
    pub code: String,
    /// Whether the item cannot be used for it.
    pub is_error: bool,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// What came of the tests of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextTests {
    /// Errors, for which no test can run.
    pub findings: Vec<TextFinding>,
    /// The tests that ran.
    pub results: Vec<TestRecord>,
    /// How long it took.
    pub elapsed: Duration,
}

/// Asked while nothing else can change, with what is there: whether it may be replaced.
pub type Precondition = Arc<dyn Fn(Option<&ContentItem>) -> Result<(), ContentRefusal> + Send + Sync>;

/// Texts to be saved.
#[derive(Clone)]
pub struct PutText {
    /// The item.
    pub text: ItemText,
    /// Whether its unit tests must pass first.
    pub run_tests_first: bool,
    /// Whether what is there may be replaced.
    pub precondition: Precondition,
}

/// The content of the running server, as the console works on it.
pub trait DetectionDesk: Send + Sync {
    /// What is wrong with an item within all other content as it counts now; nothing is stored. `destinations` are
    /// names and ids of those that exist.
    fn check(
        &self,
        text: ItemText,
        destinations: BTreeSet<String>,
    ) -> BoxFuture<'_, Result<Vec<TextFinding>, ContentRefusal>>;

    /// Runs tests of an item within all other content, with the engine of production; `only` names some of them,
    /// none means all. Nothing is stored, and tests that fail are no refusal.
    fn test(&self, text: ItemText, only: Vec<String>) -> BoxFuture<'_, Result<TextTests, ContentRefusal>>;

    /// Saves texts as they are written.
    fn put_text(&self, put: PutText, actor: Actor) -> BoxFuture<'_, Result<PutDone, ContentRefusal>>;

    /// Deletes an item of the API; that of a directory with its id counts again.
    fn delete_text(
        &self,
        id: String,
        precondition: Precondition,
        actor: Actor,
    ) -> BoxFuture<'_, Result<(), ContentRefusal>>;

    /// What persons said about detections, by id: whether they run. Others follow their content.
    fn switches(&self) -> BTreeMap<String, bool>;

    /// Switches detections on or off, all of them or none; it counts when the answer is there. An id that is no
    /// detection is [`ContentRefusal::NotFound`].
    fn switch(&self, ids: Vec<String>, on: bool) -> BoxFuture<'_, Result<(), ContentRefusal>>;
}
