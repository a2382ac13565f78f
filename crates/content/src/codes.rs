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
    CORRELATION_BLOCK = "C040" Error "a correlation rule does not have one well-formed block";
    CORRELATION_STEPS = "C041" Error "a correlation rule has too few or too many steps";
    CORRELATION_STEP_ID = "C042" Error "two steps have one id, or a step has an empty one";
    UNKNOWN_STEP = "C043" Error "a step is named that does not exist";
    UNKNOWN_SUB_RULE = "C044" Error "a step looks at a rule that does not exist";
    CORRELATION_CYCLE = "C045" Error "correlation rules wait for each other";
    CORRELATION_COUNTS = "C046" Error "a match count is out of range or contradicts another key";
    CORRELATION_LINK = "C047" Error "a transition or a match cannot be used";
    CORRELATION_TIME = "C048" Error "a look-back, time frame or schedule is out of range";
    CORRELATION_TEST = "C049" Error "a test of a correlation rule cannot be read";
    DEDUP_ZERO = "C101" Warning "`DedupPeriodMinutes: 0` is ignored";
    DEDUP_SHORT = "C102" Warning "`DedupPeriodMinutes` below 5 is treated as 5";
    UNKNOWN_LOG_TYPE = "C103" Warning "a log type is not known";
    NO_FUNCTION = "C104" Warning "the Python file seems to lack the required function";
    FILE_FOLDER = "C105" Warning "`Filename` names a folder, which is ignored";
    NOT_RUN = "C106" Warning "the item is of a kind that is not run yet";
    LINK = "C107" Warning "a link is not followed";
    RAW_FIELD = "C140" Warning "a step is matched on a raw field, and its rule has several log types";
    LOOKBACK_SHORT = "C141" Warning "the look-back is hardly longer than the rate";
    AGAINST_ORDER = "C142" Warning "a transition goes against the order of the steps";
    CRITERION_IDLE = "C143" Warning "a match criterion ties nothing together";
    SUB_RULE_OFF = "C144" Warning "an enabled correlation rule looks at a rule that is disabled";
    SAME_RULE_TWICE = "C145" Warning "two steps of a group look at one rule";
    TWO_FIELDS = "C146" Warning "a step of a sequence is matched on two fields";
    TIME_FRAME_LONG = "C147" Warning "a time frame is longer than the look-back";
    TEST_FIELD = "C148" Warning "a test gives a value that its step is not matched on";
}
