//! The keys of every `AnalysisType`. Source: `detections.md` §1.5 and §6.1.

/// What a key's value must be.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// Any text.
    Text,
    /// A text without `<>&"%`, not empty.
    Name,
    /// Lower-case letters, digits and `_`, beginning with a letter.
    PromptName,
    Bool,
    /// `false` alone.
    False,
    Int,
    TextOrInt,
    /// A list of texts.
    Texts,
    /// A list of texts without a double; `case` tells whether letter case makes a difference.
    UniqueTexts {
        case: bool,
    },
    /// `Info` to `Critical`.
    Severity,
    /// A framework's name to its entries.
    Reports,
    /// One of these words.
    Word(&'static [&'static str]),
    Object(&'static Shape),
    Objects(&'static Shape),
    /// Anything.
    Any,
}

/// One key.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
}

/// Keys of which one is needed, or exactly one.
pub(crate) struct Choice {
    pub(crate) names: &'static [&'static str],
    pub(crate) exactly_one: bool,
}

/// The keys of a mapping.
pub(crate) struct Shape {
    pub(crate) keys: &'static [Key],
    pub(crate) choices: &'static [Choice],
}

pub(crate) const fn must(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, required: true }
}

pub(crate) const fn may(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, required: false }
}

const fn exactly_one(names: &'static [&'static str]) -> Choice {
    Choice { names, exactly_one: true }
}

const fn any_of(names: &'static [&'static str]) -> Choice {
    Choice { names, exactly_one: false }
}

pub(crate) const fn shape(keys: &'static [Key]) -> Shape {
    Shape { keys, choices: &[] }
}

const UNIQUE: Kind = Kind::UniqueTexts { case: true };
const TAGS: Key = may("Tags", Kind::UniqueTexts { case: false });
const TYPE: Key = must("AnalysisType", Kind::Text);
const DESCRIPTION: Key = may("Description", Kind::Text);
const REFERENCE: Key = may("Reference", Kind::Text);
const DISPLAY_NAME: Key = may("DisplayName", Kind::Name);
const BASE_VERSION: Key = may("BaseVersion", Kind::Int);
const ENABLED: Key = must("Enabled", Kind::Bool);
const SEVERITY: Key = must("Severity", Kind::Severity);
const OUTPUT_IDS: Key = may("OutputIds", UNIQUE);
const SUMMARY: Key = may("SummaryAttributes", UNIQUE);
const RUNBOOK: Key = may("Runbook", Kind::Text);
const STATUS: Key = may("Status", Kind::Text);
const CREATED_BY: Key = may("CreatedBy", Kind::Text);
const REPORTS: Key = may("Reports", Kind::Reports);
const RISK: Key = may("OnlyUseBaseRiskScore", Kind::Bool);
const CREATE_ALERT: Key = may("CreateAlert", Kind::Bool);
const MOCKS: Key = may("Mocks", Kind::Objects(&MOCK));

/// An entry of `Mocks`. Any value may be returned, as on the reference server.
static MOCK: Shape = shape(&[must("objectName", Kind::Text), must("returnValue", Kind::Any)]);

/// `rule` and `scheduled_rule`.
pub(crate) static RULE: Shape = Shape {
    keys: &[
        TYPE,
        must("RuleID", Kind::Name),
        ENABLED,
        SEVERITY,
        may("Filename", Kind::Text),
        may("Detection", Kind::Any),
        may("LogTypes", UNIQUE),
        may("ScheduledQueries", Kind::Texts),
        DESCRIPTION,
        may("DedupPeriodMinutes", Kind::Int),
        may("InlineFilters", Kind::Any),
        DISPLAY_NAME,
        RISK,
        OUTPUT_IDS,
        CREATED_BY,
        REFERENCE,
        RUNBOOK,
        STATUS,
        SUMMARY,
        may("Threshold", Kind::Int),
        TAGS,
        REPORTS,
        may("Tests", Kind::Objects(&RULE_TEST)),
        may("DynamicSeverities", Kind::Any),
        may("AlertTitle", Kind::Text),
        may("AlertContext", Kind::Any),
        may("GroupBy", Kind::Any),
        CREATE_ALERT,
        BASE_VERSION,
    ],
    choices: &[exactly_one(&["Filename", "Detection"]), exactly_one(&["LogTypes", "ScheduledQueries"])],
};

static RULE_TEST: Shape = shape(&[
    must("Name", Kind::Text),
    must("ExpectedResult", Kind::Bool),
    must("Log", Kind::Any),
    may("LogType", Kind::Text),
    may("ExpectedDestinations", Kind::Texts),
    MOCKS,
]);

/// A rule with `BaseDetection`.
pub(crate) static DERIVED: Shape = shape(&[
    TYPE,
    must("RuleID", Kind::Name),
    must("BaseDetection", Kind::Name),
    may("Enabled", Kind::Bool),
    may("Severity", Kind::Severity),
    DESCRIPTION,
    may("DedupPeriodMinutes", Kind::Int),
    may("InlineFilters", Kind::Any),
    DISPLAY_NAME,
    RISK,
    OUTPUT_IDS,
    REFERENCE,
    RUNBOOK,
    STATUS,
    SUMMARY,
    may("Threshold", Kind::Int),
    TAGS,
    REPORTS,
    may("DynamicSeverities", Kind::Any),
    may("AlertTitle", Kind::Text),
    may("AlertContext", Kind::Any),
    may("GroupBy", Kind::Any),
    may("Tests", Kind::Objects(&RULE_TEST)),
    CREATE_ALERT,
    BASE_VERSION,
]);

/// `policy`.
pub(crate) static POLICY: Shape = shape(&[
    TYPE,
    must("PolicyID", Kind::Name),
    ENABLED,
    must("Filename", Kind::Text),
    SEVERITY,
    may("ResourceTypes", Kind::Texts),
    may("ActionDelaySeconds", Kind::Int),
    may("AutoRemediationID", Kind::Text),
    may("AutoRemediationParameters", Kind::Any),
    DESCRIPTION,
    DISPLAY_NAME,
    RISK,
    OUTPUT_IDS,
    CREATED_BY,
    REFERENCE,
    RUNBOOK,
    STATUS,
    may("Suppressions", UNIQUE),
    TAGS,
    REPORTS,
    may("Tests", Kind::Objects(&POLICY_TEST)),
    BASE_VERSION,
]);

static POLICY_TEST: Shape = shape(&[
    must("Name", Kind::Text),
    must("ExpectedResult", Kind::Bool),
    must("Resource", Kind::Any),
    may("ResourceType", Kind::Text),
    MOCKS,
]);

/// `correlation_rule`.
pub(crate) static CORRELATION_RULE: Shape = shape(&[
    TYPE,
    must("RuleID", Kind::Name),
    ENABLED,
    must("Detection", Kind::Any),
    SEVERITY,
    DESCRIPTION,
    DISPLAY_NAME,
    RISK,
    OUTPUT_IDS,
    CREATED_BY,
    REFERENCE,
    RUNBOOK,
    STATUS,
    SUMMARY,
    TAGS,
    REPORTS,
    CREATE_ALERT,
    may("Tests", Kind::Objects(&CORRELATION_TEST)),
    BASE_VERSION,
]);

static CORRELATION_TEST: Shape = shape(&[
    must("Name", Kind::Text),
    must("ExpectedResult", Kind::Bool),
    must("RuleOutputs", Kind::Objects(&RULE_OUTPUT)),
]);

static RULE_OUTPUT: Shape = shape(&[must("ID", Kind::Text), may("Matches", Kind::Any)]);

/// `global`.
pub(crate) static GLOBAL: Shape = shape(&[
    TYPE,
    must("GlobalID", Kind::Name),
    must("Filename", Kind::Text),
    DESCRIPTION,
    TAGS,
    BASE_VERSION,
]);

/// `datamodel`.
pub(crate) static DATA_MODEL: Shape = shape(&[
    TYPE,
    must("DataModelID", Kind::Name),
    ENABLED,
    must("LogTypes", UNIQUE),
    must("Mappings", Kind::Objects(&MAPPING)),
    DISPLAY_NAME,
    may("Filename", Kind::Text),
    BASE_VERSION,
]);

static MAPPING: Shape = Shape {
    keys: &[must("Name", Kind::Text), may("Path", Kind::Text), may("Method", Kind::Text)],
    choices: &[exactly_one(&["Path", "Method"])],
};

/// `pack`.
pub(crate) static PACK: Shape = shape(&[
    TYPE,
    must("PackID", Kind::Name),
    must("PackDefinition", Kind::Object(&PACK_DEFINITION)),
    DESCRIPTION,
    DISPLAY_NAME,
]);

static PACK_DEFINITION: Shape = shape(&[must("IDs", Kind::Texts)]);

const QUERIES: [&str; 4] = ["Query", "AthenaQuery", "SnowflakeQuery", "DatabricksQuery"];

/// Whether a lookup table is made by a query.
pub(crate) fn is_query_key(key: &str) -> bool {
    QUERIES.contains(&key)
}

/// `saved_query`.
pub(crate) static SAVED_QUERY: Shape = Shape {
    keys: &[
        TYPE,
        must("QueryName", Kind::Name),
        may("Query", Kind::Text),
        may("AthenaQuery", Kind::Text),
        may("SnowflakeQuery", Kind::Text),
        may("DatabricksQuery", Kind::Text),
        DESCRIPTION,
        TAGS,
        may("Lookback", Kind::Bool),
        may("LookbackWindowSeconds", Kind::Int),
        BASE_VERSION,
    ],
    choices: &[any_of(&QUERIES)],
};

/// `scheduled_query`.
pub(crate) static SCHEDULED_QUERY: Shape = Shape {
    keys: &[
        TYPE,
        must("QueryName", Kind::Name),
        ENABLED,
        may("Query", Kind::Text),
        may("AthenaQuery", Kind::Text),
        may("SnowflakeQuery", Kind::Text),
        may("DatabricksQuery", Kind::Text),
        must("Schedule", Kind::Object(&SCHEDULE)),
        DESCRIPTION,
        TAGS,
        may("Lookback", Kind::Bool),
        may("LookbackWindowSeconds", Kind::Int),
        may("EmailConfig", Kind::Object(&EMAIL)),
        BASE_VERSION,
    ],
    choices: &[any_of(&QUERIES)],
};

/// `Schedule` of queries and prompts.
pub(crate) static SCHEDULE: Shape = Shape {
    keys: &[
        may("CronExpression", Kind::TextOrInt),
        may("RateMinutes", Kind::TextOrInt),
        must("TimeoutMinutes", Kind::Int),
    ],
    choices: &[exactly_one(&["CronExpression", "RateMinutes"])],
};

static EMAIL: Shape = shape(&[
    must("Recipients", Kind::Texts),
    may("SendEmpty", Kind::Bool),
    may("PreferAttachment", Kind::Bool),
]);

/// `lookup_table` made of a file or an object.
pub(crate) static LOOKUP_TABLE: Shape = Shape {
    keys: &[
        TYPE,
        must("LookupName", Kind::Name),
        ENABLED,
        may("Filename", Kind::Text),
        may("Refresh", Kind::Object(&OBJECT_REFRESH)),
        must("Schema", Kind::Text),
        must("LogTypeMap", Kind::Object(&LOG_TYPE_MAP)),
        DESCRIPTION,
        REFERENCE,
        BASE_VERSION,
    ],
    choices: &[any_of(&["Filename", "Refresh"])],
};

static OBJECT_REFRESH: Shape = Shape {
    keys: &[
        must("ObjectPath", Kind::Text),
        must("PeriodMinutes", Kind::Int),
        may("AlarmPeriodMinutes", Kind::Int),
        may("RoleARN", Kind::Text),
        may("ObjectKMSKey", Kind::Text),
        may("GCSCredentials", Kind::Text),
        may("StorageProvider", Kind::Text),
    ],
    choices: &[exactly_one(&["RoleARN", "GCSCredentials"])],
};

static LOG_TYPE_MAP: Shape =
    shape(&[must("PrimaryKey", Kind::Text), may("AssociatedLogTypes", Kind::Objects(&ASSOCIATED))]);

static ASSOCIATED: Shape = shape(&[must("LogType", Kind::Text), must("Selectors", Kind::Texts)]);

/// `lookup_table` made by a query.
pub(crate) static SQL_LOOKUP_TABLE: Shape = Shape {
    keys: &[
        TYPE,
        must("LookupName", Kind::Name),
        ENABLED,
        may("Query", Kind::Text),
        may("AthenaQuery", Kind::Text),
        may("SnowflakeQuery", Kind::Text),
        may("DatabricksQuery", Kind::Text),
        must("LogTypeMap", Kind::Object(&LOG_TYPE_MAP)),
        must("Refresh", Kind::Object(&SQL_REFRESH)),
        may("Indicators", Kind::Objects(&INDICATORS)),
        may("Validations", Kind::Objects(&VALIDATIONS)),
        DESCRIPTION,
        REFERENCE,
        BASE_VERSION,
    ],
    choices: &[any_of(&QUERIES)],
};

static SQL_REFRESH: Shape = Shape {
    keys: &[may("PeriodMinutes", Kind::Int), may("CronExpression", Kind::Text)],
    choices: &[exactly_one(&["PeriodMinutes", "CronExpression"])],
};

static INDICATORS: Shape = shape(&[must("Field", Kind::Text), must("Indicators", Kind::Texts)]);
static VALIDATIONS: Shape = shape(&[must("Field", Kind::Text), must("Validations", Kind::Texts)]);

/// `scheduled_prompt`.
pub(crate) static SCHEDULED_PROMPT: Shape = shape(&[
    TYPE,
    must("PromptName", Kind::PromptName),
    must("DisplayName", Kind::Text),
    must("PromptText", Kind::Text),
    must("RunAsUser", Kind::Name),
    must("Schedule", Kind::Object(&SCHEDULE)),
    DESCRIPTION,
    may("OutputLength", Kind::Word(&["small", "medium", "largest"])),
    may("Enabled", Kind::Bool),
    may("Private", Kind::False),
]);
