//! The table of finding codes. A code is never given a second meaning; `docs/checks.md` has a line for each.

use crate::diagnostic::Level;

/// One kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// The stable code.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What it means, in a few words.
    pub summary: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal $level:ident $summary:literal;)+) => {
        $(pub(crate) const $name: Code = Code { code: $code, level: Level::$level, summary: $summary };)+

        /// Every code, in order.
        pub const CODES: &[Code] = &[$($name,)+];
    };
}

codes! {
    YAML_SYNTAX = "C001" Error "the file is no YAML that can be read";
    DUPLICATE_KEY = "C002" Error "a key is given twice in one mapping";
    TOO_LARGE = "C003" Error "the file is too large, too deep, or its aliases grow too much";
    UNKNOWN_TYPE = "C004" Error "`AnalysisType` is none of the known ones";
    MISSING_KEY = "C005" Error "a required key is missing";
    UNKNOWN_KEY = "C006" Error "a key is not known here";
    WRONG_TYPE = "C007" Error "a value is of the wrong type";
    CHOICE = "C008" Error "of several keys, too many or none are given";
    ILLEGAL_VALUE = "C009" Error "a value is not one of the legal ones";
    ILLEGAL_NAME = "C010" Error "an id or name holds a character that is not allowed";
    DUPLICATE_ID = "C011" Error "an id is used by two items";
    DUPLICATE_ENTRY = "C012" Error "a list holds the same entry twice";
    MISSING_FILE = "C013" Error "the Python file does not exist";
    DATA_MODEL_TAKEN = "C014" Error "a log type has two enabled data models";
    UNREADABLE = "C015" Error "the file cannot be read, or is not UTF-8 text";
    SIMPLE_NO_RULE = "SD00100001" Error "`Detection` holds no expression";
    SIMPLE_TYPE = "SD00100003" Error "a value of an expression is of a type that its condition cannot use";
    SIMPLE_CONDITION = "SD90000001" Error "a condition is missing or unknown";
    SIMPLE_VALUE = "SD90000002" Error "a value is missing, or given where its condition takes none";
    SIMPLE_KEY = "SD90000003" Error "an expression names no key, or more than one";
    SIMPLE_PATH = "SD90000004" Error "a key path cannot be read";
    SIMPLE_UNKNOWN_KEY = "SD90000005" Error "an expression holds an unknown key";
    SIMPLE_SHAPE = "SD90000006" Error "an expression is not of the form that it must have";
    SIMPLE_NOT_IN_FILTERS = "SD90000007" Error "inline filters do not know this";
    SIMPLE_TWO_KEYS = "SD90000008" Error "a comparison of two keys needs exactly two";
    SIMPLE_NETWORK = "SD90000009" Error "a value is no address or network";
    SIMPLE_TITLE = "SD90000010" Error "a placeholder of `AlertTitle` cannot be read";
    SIMPLE_ALERT_KEY = "SD90000011" Error "`GroupBy`, `AlertContext` or `DynamicSeverities` is not of the form that it must have";
    SIMPLE_TOO_LARGE = "SD90000012" Error "a detection has too many expressions or levels";
    DEDUP_ZERO = "C101" Warning "`DedupPeriodMinutes: 0` is ignored";
    DEDUP_SHORT = "C102" Warning "`DedupPeriodMinutes` below 5 is treated as 5";
    UNKNOWN_LOG_TYPE = "C103" Warning "a log type is not known";
    NO_FUNCTION = "C104" Warning "the Python file seems to lack the required function";
    FILE_FOLDER = "C105" Warning "`Filename` names a folder, which is ignored";
    NOT_RUN = "C106" Warning "the item is of a kind that is not run yet";
    LINK = "C107" Warning "a link is not followed";
    PROJECT_BROKEN = "C901" Error "a pypanther project cannot be loaded";
    PROJECT_RULE = "C902" Error "a registered pypanther rule is not valid";
    PROJECT_EMPTY = "C903" Warning "a pypanther project registers no rule";
}
