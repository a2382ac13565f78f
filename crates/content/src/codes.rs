//! The table of finding codes. A code is never given a second meaning.
//!
//! A new code is a line here and a page `docs/checks/CODE.md`, without which nothing builds; the form of a
//! page is that of its neighbours, and tests run its examples. `UPDATE_DOCS=1 cargo nextest run -p content`
//! brings the index `docs/checks.md` up to date.

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
    /// What it means at length, with an example: the code's page of the documentation, in Markdown.
    pub page: &'static str,
}

macro_rules! codes {
    ($($name:ident = $code:literal $level:ident $summary:literal;)+) => {
        $(pub(crate) const $name: Code = Code {
            code: $code,
            level: Level::$level,
            summary: $summary,
            page: include_str!(concat!("../../../docs/checks/", $code, ".md")),
        };)+

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
    BASE_MISSING = "C020" Error "`BaseDetection` names a rule that does not exist";
    BASE_UNFIT = "C021" Error "`BaseDetection` names something that nothing can be derived from";
    QUERY_TABLE = "C022" Error "a scheduled query reads a table that is not named in full";
    SCHEDULE = "C023" Error "a schedule or period cannot be used";
    PACK_ITEM = "C024" Error "a pack names an item that does not exist";
    MISSING_DATA_FILE = "C025" Error "the file of a lookup table does not exist";
    OVERRIDE_UNKNOWN = "C026" Error "an override names an item that no earlier root has";
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
    PYTHON_SYNTAX = "C050" Error "the Python file is no Python that can be read";
    PYTHON_TOO_NEW = "C051" Error "the Python file needs a newer Python";
    NO_FUNCTION = "C052" Error "the Python file lacks the required function";
    RELATIVE_IMPORT = "C053" Error "an import is relative";
    DETECTION_IMPORT = "C054" Error "an import names the file of another item";
    JSON_PATH = "C055" Error "the path of a data model is not understood";
    NO_METHOD = "C056" Error "a data model names a method that its Python file does not define";
    UNKNOWN_NAME = "C057" Error "an import names something that its module does not define";
    UNKNOWN_RESOURCE_TYPE = "C058" Error "a resource type is not known";
    DEDUP_ZERO = "C101" Warning "`DedupPeriodMinutes: 0` is ignored";
    DEDUP_SHORT = "C102" Warning "`DedupPeriodMinutes` below 5 is treated as 5";
    UNKNOWN_LOG_TYPE = "C103" Warning "a log type is not known";
    FILE_FOLDER = "C105" Warning "`Filename` names a folder, which is ignored";
    LINK = "C107" Warning "a link is not followed";
    NO_TESTS = "C108" Warning "a detection has no unit tests";
    ONE_SIDED_TESTS = "C109" Warning "all unit tests expect the same result";
    TEST_NAME_TWICE = "C110" Warning "two unit tests have the same name";
    TEST_WITHOUT_LOG_TYPE = "C111" Warning "a unit test goes without the data model that production uses";
    TEST_FOREIGN_LOG_TYPE = "C112" Warning "the event of a unit test has a log type that the rule does not list";
    UNKNOWN_DESTINATION = "C113" Warning "`OutputIds` names a destination that does not exist";
    THRESHOLD_ZERO = "C114" Warning "`Threshold: 0` is treated as 1";
    NO_DESCRIPTION = "C115" Warning "an enabled detection has no description";
    NO_RUNBOOK = "C116" Warning "an enabled detection of high severity has no runbook";
    UNKNOWN_STATUS = "C117" Warning "`Status` has no meaning";
    NO_EFFECT = "C118" Warning "a key has no effect on an item of this kind";
    LEADING_ZERO = "C119" Warning "a number loses its leading zeros";
    QUERY_UNREAD = "C120" Warning "the SQL of a scheduled query cannot be read";
    UNKNOWN_QUERY = "C121" Warning "a scheduled rule names a query that never runs for it";
    PACK_ITEM_TWICE = "C122" Warning "a pack names an item twice";
    PACK_LACKS = "C123" Warning "a pack lacks something that its items need";
    IN_NO_PACK = "C124" Warning "an item is in no pack";
    NOT_FOR_PACKS = "C125" Warning "a pack holds an item that should be in none";
    REPLACES_OTHER_KIND = "C126" Warning "an item replaces one of another kind";
    OVERRIDE_IDLE = "C127" Warning "an override has no effect";
    OVERRIDE_TWICE = "C128" Warning "a file has two overrides for one item";
    OVERRIDES_MISPLACED = "C129" Warning "a file of overrides is not where it is read";
    RAW_FIELD = "C140" Warning "a step is matched on a raw field, and its rule has several log types";
    LOOKBACK_SHORT = "C141" Warning "the look-back is hardly longer than the rate";
    AGAINST_ORDER = "C142" Warning "a transition goes against the order of the steps";
    CRITERION_IDLE = "C143" Warning "a match criterion ties nothing together";
    SUB_RULE_OFF = "C144" Warning "an enabled correlation rule looks at a rule that is disabled";
    SAME_RULE_TWICE = "C145" Warning "two steps of a group look at one rule";
    TWO_FIELDS = "C146" Warning "a step of a sequence is matched on two fields";
    TIME_FRAME_LONG = "C147" Warning "a time frame is longer than the look-back";
    TEST_FIELD = "C148" Warning "a test gives a value that its step is not matched on";
    SUB_RULE_BROKEN = "C149" Warning "a step looks at a rule that cannot be loaded";
    UNRESOLVED_IMPORT = "C150" Warning "a module cannot be found";
    SHADOWED_GLOBAL = "C151" Warning "a global helper is hidden by another module of its name";
    WRONG_ARITY = "C152" Warning "a function cannot be called with one argument";
    NO_PLAIN_FUNCTION = "C153" Warning "a function is `async` or yields";
    NEVER_BOOL = "C154" Warning "`rule` or `policy` returns something that is no bool";
    MAYBE_NOT_BOOL = "C155" Warning "`rule` or `policy` may return something that is no bool";
    FALLS_THROUGH = "C156" Warning "a function may end without returning anything";
    WRONG_RETURN = "C157" Warning "an alert function returns a value of the wrong type";
    PRINT = "C158" Warning "a `print` is left in";
    UNKNOWN_MOCK = "C159" Warning "a mock names something that the Python file does not define";
    UNKNOWN_SEVERITY = "C160" Warning "`severity` returns an unknown word";
    UNKNOWN_DESTINATION_NAME = "C161" Warning "`destinations` returns a destination that does not exist";
    IMPORTED_ALERT_FUNCTION = "C162" Warning "an imported name is taken for an alert function";
    MUTABLE_DEFAULT = "C163" Warning "the default of a parameter is shared by all calls";
    UNDEFINED_NAME = "C164" Warning "a name is used that nothing defines";
    REDEFINED = "C165" Warning "a function is defined twice";
    LITERAL_IDENTITY = "C166" Warning "`is` compares with a text or number";
    OUT_OF_REACH = "C167" Warning "a module needs what the sandbox refuses";
    EVENT_CHANGED = "C168" Warning "an event is changed, which raises";
    WRAPPED_TYPE = "C169" Warning "a value of an event is compared with a type that it never has";
    NEVER_MATCHES = "C170" Warning "`rule` never matches";
    ORPHAN_PYTHON = "C171" Warning "no item names the Python file";
    UNKNOWN_UDM_NAME = "C172" Warning "`event.udm` reads a name that no data model of the log type has";
    OLD_BOOLEAN = "C173" Warning "a word that was once a boolean is a text";
    NUMBER_IS_TEXT = "C174" Warning "something that looks like a number is a text";
    UNKNOWN_P_FIELD = "C175" Warning "a `p_` field does not exist";
    MITRE_FORM = "C176" Warning "an entry of `MITRE ATT&CK` has an unusual form";
    NO_ANALYSIS_TYPE = "C177" Warning "a file looks like an item but has no `AnalysisType`";
    UNIQUE_IN_VAIN = "C178" Warning "`unique` has no effect without a `Threshold`";
    NOT_IMPORTABLE = "C179" Warning "a `GlobalID` is no name that can be imported";
    MAPPING_TWICE = "C180" Warning "a data model maps a name twice";
    USELESS_IGNORE = "C181" Warning "an `ignore` comment ignores nothing";
    BLANK_TEXT = "C182" Warning "a text is empty or has blanks around it";
    MITRE_UNKNOWN = "C183" Warning "an entry of `MITRE ATT&CK` names nothing of the Enterprise matrix";
    QUERY_STATEMENTS = "C184" Warning "a query is empty or holds several statements";
    PROJECT_BROKEN = "C901" Error "a pypanther project cannot be loaded";
    PROJECT_RULE = "C902" Error "a registered pypanther rule is not valid";
    PROJECT_EMPTY = "C903" Warning "a pypanther project registers no rule";
    SIMPLE_NO_RULE = "SD00100001" Error "`Detection` holds no expression";
    SIMPLE_UNREADABLE = "SD00100002" Error "the file of a rule in YAML cannot be read";
    SIMPLE_TYPE = "SD00100003" Error "a value of an expression is of a type that its condition cannot use";
    SIMPLE_NOT_INTEGER = "SD00100004" Error "a list of integers holds something else";
    SIMPLE_NOT_FLOAT = "SD00100005" Error "a list of numbers holds something else";
    SIMPLE_NOT_BOOLEAN = "SD00100006" Error "a list of booleans holds something else";
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
    SIMPLE_NOT_HERE = "SD90000013" Error "only rules may be written in YAML";
    SIMPLE_CONTEXT_NAME = "SD90000014" Error "`AlertContext` gives a name twice";
    SIMPLE_EMPTY = "SD90000101" Warning "a list in an expression is empty";
    SIMPLE_PART = "SD90000102" Warning "`IsIn` is given one text, of which the field must be a part";
    SIMPLE_MOCKS = "SD90000103" Warning "mocks have no meaning for a rule in YAML";
}
