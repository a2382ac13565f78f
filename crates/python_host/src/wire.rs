//! The protocol between the server and a worker, version 1.
//!
//! Frames in both directions begin with their length as a little-endian `u32`. A request is the length
//! of its header (`u32`), the header as JSON, then raw texts; an answer is JSON. The progress page is
//! one `u64` (see [`Mark`]). Its Python counterpart is `margay_worker/main.py`.

use std::collections::BTreeMap;

use model::json::{nesting, parse_json};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use stdx::truncate_generated;

use crate::describe_wire::Described;
use crate::kv::{KvError, KvOperation, KvValue};

/// Both sides must speak the same version; they come from one binary.
pub(crate) const PROTOCOL_VERSION: u32 = 1;
/// Longest answer of a worker.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Limits of the texts of an error.
const ERROR_TYPE_CHARS_MAX: usize = 200;
const ERROR_SHORT_CHARS_MAX: usize = 1000;
const ERROR_MESSAGE_CHARS_MAX: usize = 8000;

/// One request, ready to be written.
pub(crate) fn request(header: &impl Serialize, texts: &[&str]) -> Vec<u8> {
    let header = serde_json::to_vec(header).expect("headers have text keys and writable values");
    let payload: usize = texts.iter().map(|text| text.len()).sum();
    let length = |size: usize| u32::try_from(size).expect("chunks are far below 4 GiB").to_le_bytes();
    let mut frame = Vec::with_capacity(8 + header.len() + payload);
    frame.extend(length(4 + header.len() + payload));
    frame.extend(length(header.len()));
    frame.extend(&header);
    for text in texts {
        frame.extend(text.as_bytes());
    }
    frame
}

/// Headers of requests.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Request<'a> {
    /// The first frame: the Python half itself.
    Boot { version: u32, modules: serde_json::Value },
    /// The second frame: what to run.
    Program(&'a ProgramHeader<'a>),
    /// Events through rules.
    Evaluate(&'a EvaluateHeader<'a>),
    /// Unit tests of one rule.
    Tests(&'a TestsHeader<'a>),
    /// A pypanther project whose `main.py` is run for what it registers.
    Describe(&'a DescribeHeader<'a>),
    /// A Python unit-test file.
    UnitFile(&'a UnitFileHeader<'a>),
    /// The answer to a question.
    Told(&'a Told),
}

/// The answer to a question of a worker.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Told {
    /// Number of the question.
    pub(crate) id: u64,
    #[serde(flatten)]
    pub(crate) reply: Reply,
}

/// What is answered.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// It was done.
    Value(KvValue),
    /// It would pass a limit, or is not allowed now.
    Refused(String),
    /// It cannot be done now.
    Unavailable(String),
}

impl From<Result<KvValue, KvError>> for Reply {
    fn from(outcome: Result<KvValue, KvError>) -> Reply {
        match outcome {
            Ok(value) => Reply::Value(value),
            Err(KvError::Refused(reason)) => Reply::Refused(reason),
            Err(KvError::Unavailable(reason)) => Reply::Unavailable(reason),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ProgramHeader<'a> {
    pub(crate) globals: Vec<GlobalWire<'a>>,
    pub(crate) data_models: Vec<DataModelWire<'a>>,
    pub(crate) projects: Vec<ProjectWire<'a>>,
    pub(crate) rules: Vec<RuleWire<'a>>,
    pub(crate) fallback: serde_json::Value,
    /// Load every rule that is not marked `lazy` now.
    pub(crate) warm: bool,
    /// `event.lookup` asks the server instead of reading the event.
    pub(crate) asks_lookups: bool,
}

#[derive(Serialize)]
pub(crate) struct GlobalWire<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
}

#[derive(Serialize)]
pub(crate) struct DataModelWire<'a> {
    pub(crate) id: &'a str,
    pub(crate) log_types: Vec<&'a str>,
    pub(crate) mappings: Vec<MappingWire<'a>>,
    pub(crate) source: Option<&'a str>,
    /// A load that ended workers is not tried again.
    pub(crate) broken: Option<WireError>,
}

#[derive(Serialize)]
pub(crate) struct MappingWire<'a> {
    pub(crate) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<&'a str>,
}

#[derive(Serialize)]
pub(crate) struct RuleWire<'a> {
    pub(crate) id: &'a str,
    pub(crate) kind: model::DetectionKind,
    pub(crate) severity: &'static str,
    pub(crate) create_alert: bool,
    /// Its text, or else `project`.
    pub(crate) source: Option<&'a str>,
    /// Index of the project that registers it.
    pub(crate) project: Option<usize>,
    pub(crate) lazy: bool,
    /// A load that ended workers is not tried again.
    pub(crate) broken: Option<WireError>,
}

#[derive(Serialize)]
pub(crate) struct ProjectWire<'a> {
    /// Path from the root of the project, and text.
    pub(crate) files: &'a [(String, String)],
    /// A load that ended workers is not tried again.
    pub(crate) broken: Option<WireError>,
}

#[derive(Serialize)]
pub(crate) struct DescribeHeader<'a> {
    pub(crate) files: &'a [(String, String)],
    /// When the worker ends by itself and says where it was.
    pub(crate) limit_seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct EvaluateHeader<'a> {
    /// Serial number of the first event; grows over the life of a worker.
    pub(crate) first_serial: u32,
    /// Bytes of each event's text in the payload.
    pub(crate) sizes: Vec<usize>,
    /// Lists of rule indexes, ascending.
    pub(crate) plans: &'a [Vec<u32>],
    /// Which plan each event takes.
    pub(crate) plan_of: Vec<usize>,
    /// Positions of the first event's plan that are done.
    pub(crate) after: usize,
    /// Positions of the last event's plan to do; `None` = all.
    pub(crate) until: Option<usize>,
    /// Pairs (event of this request, rule) that are not tried again.
    pub(crate) skip: Vec<(usize, u32)>,
    /// Rules that are benched.
    pub(crate) benched: Vec<u32>,
}

#[derive(Serialize)]
pub(crate) struct TestsHeader<'a> {
    pub(crate) first_serial: u32,
    pub(crate) rule: u32,
    pub(crate) load_only: bool,
    pub(crate) tests: Vec<TestWire<'a>>,
}

#[derive(Serialize)]
pub(crate) struct TestWire<'a> {
    pub(crate) name: &'a str,
    pub(crate) size: usize,
    pub(crate) expected: bool,
    /// Attribute and the JSON text of what calling it returns.
    pub(crate) mocks: Vec<(&'a str, String)>,
    pub(crate) destinations: Option<&'a [String]>,
}

#[derive(Serialize)]
pub(crate) struct UnitFileHeader<'a> {
    pub(crate) first_serial: u32,
    /// Which file of the run.
    pub(crate) file: u32,
    /// The file, one of `tree`.
    pub(crate) path: &'a str,
    /// Where `python -m unittest` would be started.
    pub(crate) root: &'a str,
    /// Python texts by absolute path.
    pub(crate) tree: &'a BTreeMap<String, String>,
    /// Names of tests that are not run again.
    pub(crate) done: Vec<&'a str>,
}

/// Answers of a worker.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Hello(Hello),
    /// Said before the code of an item runs for the first time, while a program is loaded.
    Loading(Part),
    Ready(Ready),
    Results(Results),
    Described(Described),
    Test(TestAnswer),
    TestsDone {
        setup_error: Option<WireError>,
    },
    /// A question in the middle of an evaluation; the worker waits for what it is [`Told`]. Who asks is
    /// what the progress page says.
    Ask(Ask),
    /// The name of a test of a unit-test file.
    FileTestBegins(String),
    FileTest(FileTestAnswer),
    FileDone {
        error: Option<WireError>,
    },
}

#[derive(Debug, Deserialize)]
pub(crate) struct Ask {
    /// Comes back with the answer.
    pub(crate) id: u64,
    pub(crate) question: Question,
}

/// What a worker may ask.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Question {
    /// An operation of the key-value cache.
    Kv(KvOperation),
    /// A row of an enrichment table.
    Lookup { table: String },
}

#[derive(Deserialize)]
pub(crate) struct Hello {
    pub(crate) version: u32,
    pub(crate) shortcomings: Vec<String>,
}

/// An item whose code a worker loads, by index; in the order of loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    Model(u32),
    Project(u32),
    Rule(u32),
}

#[derive(Clone, Default, Deserialize)]
pub(crate) struct Ready {
    pub(crate) rules: Vec<RuleFault>,
    pub(crate) models: Vec<ModelFault>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct RuleFault {
    pub(crate) rule: u32,
    pub(crate) error: WireError,
}

#[derive(Clone, Deserialize)]
pub(crate) struct ModelFault {
    pub(crate) id: String,
    pub(crate) error: WireError,
}

/// Records of a request and how far it is done: all events before `event`, and `position` entries of
/// the plan of `event`.
#[derive(Deserialize)]
pub(crate) struct Results {
    pub(crate) event: usize,
    pub(crate) position: usize,
    pub(crate) end: bool,
    pub(crate) records: Vec<ResultRecord>,
}

#[derive(Deserialize)]
pub(crate) struct ResultRecord {
    pub(crate) event: usize,
    pub(crate) rule: u32,
    pub(crate) record: Record,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Match(Box<WireMatch>),
    Error(WireError),
}

#[derive(Deserialize)]
pub(crate) struct WireMatch {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) runbook: Option<String>,
    pub(crate) severity: Option<String>,
    pub(crate) destinations: Option<Vec<String>>,
    pub(crate) dedup: String,
    /// The context, as it was written: what it may hold is looked at by [`read_context`].
    pub(crate) alert_context: Option<Box<RawValue>>,
    pub(crate) unique: Option<String>,
    pub(crate) counts_unique: bool,
    pub(crate) warnings: Vec<String>,
    /// An alert function ran out of memory.
    #[serde(default)]
    pub(crate) memory: bool,
}

/// An exception, told in the three ways that alerts need.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct WireError {
    pub(crate) error_type: String,
    pub(crate) short: String,
    pub(crate) message: String,
    /// Line in the item's own file.
    pub(crate) line: Option<u32>,
    /// It ran out of memory: the worker is replaced.
    #[serde(default)]
    pub(crate) memory: bool,
}

impl WireError {
    /// The error within the limits that the Python half keeps to.
    pub(crate) fn cut(&self) -> WireError {
        WireError {
            error_type: truncate_generated(&self.error_type, ERROR_TYPE_CHARS_MAX),
            short: truncate_generated(&self.short, ERROR_SHORT_CHARS_MAX),
            message: truncate_generated(&self.message, ERROR_MESSAGE_CHARS_MAX),
            line: self.line,
            memory: self.memory,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct TestAnswer {
    #[serde(default)]
    pub(crate) difference: Option<DifferenceAnswer>,
    pub(crate) seconds: f64,
    pub(crate) passed: bool,
    pub(crate) reason: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) functions: Vec<FunctionAnswer>,
    pub(crate) printed: String,
}

#[derive(Deserialize)]
pub(crate) struct DifferenceAnswer {
    pub(crate) expected: Vec<String>,
    pub(crate) actual: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct FileTestAnswer {
    pub(crate) name: String,
    pub(crate) status: FileTestWord,
    pub(crate) reason: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) printed: String,
    pub(crate) seconds: f64,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileTestWord {
    Passed,
    Failed,
    Skipped,
}

#[derive(Deserialize)]
pub(crate) struct FunctionAnswer {
    pub(crate) name: String,
    pub(crate) output: Option<String>,
    pub(crate) error: Option<String>,
}

/// What a worker has sent and nobody has read yet: whole answers come out at its front.
#[derive(Default)]
pub(crate) struct Inbox(Vec<u8>);

impl Inbox {
    /// Adds bytes as they came. Never holds more than one longest answer and the last piece.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
    }

    /// The next answer; `None` while it is not complete. After an error the worker is of no use any more.
    pub(crate) fn take(&mut self) -> Result<Option<Answer>, String> {
        let Some(head) = self.0.first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_le_bytes(*head)).unwrap_or(usize::MAX);
        if length > ANSWER_BYTES_MAX {
            return Err(format!("an answer of {length} bytes is too long"));
        }
        if self.0.len() < 4 + length {
            return Ok(None);
        }
        let answer = read_answer(&self.0[4..4 + length]);
        self.0.drain(..4 + length);
        answer.map(Some)
    }
}

fn read_answer(body: &[u8]) -> Result<Answer, String> {
    serde_json::from_slice(body).map_err(|error| format!("an answer cannot be read: {error}"))
}

/// Deepest context of an alert. It is stored and sent inside other objects, and whoever reads those takes
/// no more than 127 levels.
const CONTEXT_NESTING_MAX: usize = 100;

/// Longest JSON text of a context in bytes; the Python half keeps to it.
const CONTEXT_BYTES_MAX: usize = 204_800;

/// Reads the context of an alert: an object, keys in order.
pub(crate) fn read_context(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    if text.len() > CONTEXT_BYTES_MAX {
        return Err(format!("it has {} bytes; at most {CONTEXT_BYTES_MAX} are kept", text.len()));
    }
    let context = match parse_json(text).map_err(|error| error.to_string())? {
        serde_json::Value::Object(context) => context,
        _ => return Err("it is no object".into()),
    };
    let nesting = 1 + context.values().map(nesting).max().unwrap_or(0);
    if nesting > CONTEXT_NESTING_MAX {
        return Err(format!("it is nested {nesting} levels deep; at most {CONTEXT_NESTING_MAX} are kept"));
    }
    Ok(context)
}

/// What the progress page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark(pub(crate) u64);

impl Mark {
    /// Nothing runs.
    pub(crate) const IDLE: Mark = Mark(0);

    /// Whether code is being loaded, which may take longer than an evaluation.
    pub(crate) fn is_loading(self) -> bool {
        self.0 >> 63 == 1
    }

    /// Grows with every mark of a request: by serial number, by rule, loading first.
    pub(crate) fn place(self) -> u64 {
        self.0 << 1 | u64::from(!self.is_loading())
    }

    /// Serial number of the event or test; 0 while everything is loaded.
    pub(crate) fn serial(self) -> u32 {
        u32::try_from((self.0 >> 32) & 0x7fff_ffff).expect("31 bits fit")
    }

    /// The rule; `None` while the event is read.
    pub(crate) fn rule(self) -> Option<u32> {
        u32::try_from(self.0 & 0xffff_ffff).expect("32 bits fit").checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_event_rule_and_loading() {
        let mark = Mark(1 << 63 | 7 << 32 | 3);
        assert!(mark.is_loading());
        assert_eq!((mark.serial(), mark.rule()), (7, Some(2)));
        assert_eq!(Mark(7 << 32).rule(), None);
        let marks = [Mark(7 << 32), mark, Mark(7 << 32 | 3), Mark(7 << 32 | 4), Mark(8 << 32)];
        assert!(marks.windows(2).all(|two| two[0].place() < two[1].place()));
        assert!(!Mark::IDLE.is_loading());
    }

    #[test]
    fn a_context_is_kept_up_to_its_depth() {
        let nested =
            |levels: usize| format!("{}{{}}{}", "{\"a\":".repeat(levels - 1), "}".repeat(levels - 1));
        assert!(read_context(&nested(CONTEXT_NESTING_MAX)).is_ok());
        let error = read_context(&nested(CONTEXT_NESTING_MAX + 1)).unwrap_err();
        assert_eq!(error, "it is nested 101 levels deep; at most 100 are kept");
    }

    #[test]
    fn a_context_that_holds_texts_within_texts_is_read_as_what_it_is() {
        let mut text = "[1]".to_owned();
        for _ in 0..12 {
            let quoted = serde_json::to_string(&text).unwrap();
            text = format!("[{{\"$serde_json::private::RawValue\":{quoted}}}]");
        }
        let context = read_context(&format!("{{\"a\":{text}}}")).unwrap();
        assert!(context["a"][0]["dollar_sign_serde_json::private::RawValue"].is_string());
        assert!(read_context("[1]").is_err());
        assert!(read_context(&format!("{{\"a\":\"{}\"}}", "x".repeat(CONTEXT_BYTES_MAX))).is_err());
    }

    #[test]
    fn a_request_carries_its_lengths() {
        let frame = request(&serde_json::json!({"a": 1}), &["xy", "z"]);
        assert_eq!(frame, b"\x0e\0\0\0\x07\0\0\0{\"a\":1}xyz");
    }
}
