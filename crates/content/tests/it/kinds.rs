//! Packs, queries, lookup tables and prompts: what they say and what is wrong with them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use content::{
    Item, ItemBody, ItemState, LoadOptions, LookupTable, ObjectAccess, Rate, Repository, SavedQuery,
    ScheduledPrompt, ScheduledQuery, load,
};
use insta::assert_snapshot;
use model::LogType;

use crate::{PYTHON, file, load_all, load_one, rule_yaml};

fn codes(repository: &Repository) -> Vec<&'static str> {
    repository.findings.iter().map(|finding| finding.code).collect()
}

fn body(item: &Item) -> &ItemBody {
    match &item.state {
        ItemState::Ready(body) => body,
        other => panic!("{}: {other:?}", item.id),
    }
}

fn show(yaml: &str) -> String {
    let repository = load_one(yaml);
    repository.findings.iter().map(|finding| content::render_text(finding, yaml, false)).collect()
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

fn pack(ids: &str) -> String {
    format!("AnalysisType: pack\nPackID: Pack\nDisplayName: P\nPackDefinition:\n  IDs: {ids}\n")
}

#[test]
fn a_pack_lists_ids_of_any_kind() {
    let repository = load_all(&[
        file("p.yml", &pack("[R, g]")),
        file("r.yml", &rule_yaml("R", "")),
        file("g.yml", "AnalysisType: global\nGlobalID: g\nFilename: r.py\n"),
        file("r.py", PYTHON),
    ]);
    assert_eq!(codes(&repository), [""; 0]);
    let ItemBody::Pack(pack) = body(&repository.items[0]) else { panic!() };
    assert_eq!((pack.id.as_str(), pack.display_name.as_deref()), ("Pack", Some("P")));
    assert_eq!(pack.ids, ["R", "g"]);
}

#[test]
fn a_pack_that_names_what_is_not_there_is_invalid() {
    let files = [file("p.yml", &pack("[Rul.One, Other]")), file("r.yml", &rule_yaml("Rule.One", ""))];
    let repository = load_all(&[&files[..], &[file("r.py", PYTHON)]].concat());
    assert_eq!(codes(&repository), ["C024", "C024"]);
    let found = &repository.findings[0];
    assert_eq!(found.message, "the pack names the item `Rul.One`, which does not exist");
    assert_eq!(found.hint.as_deref(), Some("did you mean `Rule.One`?"));
    assert_eq!((found.line, found.column), (5, 9));
    assert!(repository.items[0].is_invalid());
}

#[test]
fn an_item_that_cannot_be_loaded_is_there_all_the_same() {
    let files = [file("p.yml", &pack("[R]")), file("r.yml", &rule_yaml("R", "Nonsense: 1\n"))];
    let repository = load_all(&[&files[..], &[file("r.py", PYTHON)]].concat());
    assert_eq!(codes(&repository), ["C006"]);
    assert!(!repository.items[0].is_invalid());
}

#[test]
fn a_part_of_a_repository_may_lack_what_its_items_name() {
    let options = LoadOptions { is_part: true, ..LoadOptions::default() };
    let scheduled = rule_yaml("S", "").replace("Type: rule", "Type: scheduled_rule");
    let scheduled = scheduled.replace("LogTypes: [Okta.SystemLog]", "ScheduledQueries: [q]");
    let files = [file("p.yml", &pack("[R]")), file("s.yml", &scheduled), file("r.py", PYTHON)];
    assert_eq!(codes(&load(&files, &options)), [""; 0]);
    assert_eq!(codes(&load_all(&files)), ["C024", "C121"]);
}

#[test]
fn a_pack_that_names_an_item_twice_is_told() {
    let files = [file("p.yml", &pack("[R, R]")), file("r.yml", &rule_yaml("R", "")), file("r.py", PYTHON)];
    let repository = load_all(&files);
    assert_eq!(codes(&repository), ["C122"]);
    let ItemBody::Pack(pack) = body(&repository.items[0]) else { panic!() };
    assert_eq!(pack.ids, ["R"]);
}

fn scheduled_query(query: &str, schedule: &str) -> String {
    format!(
        "AnalysisType: scheduled_query\nQueryName: q\nEnabled: true\n{query}\nSchedule: {schedule}\n\
         Tags: [t]\nLookback: true\nLookbackWindowSeconds: 900\n\
         EmailConfig: {{Recipients: [a@example.com], SendEmpty: true}}\n"
    )
}

const EVERY: &str = "{RateMinutes: 30, TimeoutMinutes: 5}";

fn load_query(query: &str) -> Repository {
    load_one(&scheduled_query(query, EVERY))
}

#[test]
fn a_scheduled_query_with_all_keys() {
    let repository = load_query("Query: SELECT 1\nAthenaQuery: a\nDatabricksQuery: d");
    assert_eq!(codes(&repository), [""; 0]);
    let ItemBody::ScheduledQuery(query) = body(&repository.items[0]) else { panic!() };
    let ScheduledQuery { query, enabled, schedule, email } = query.as_ref();
    assert!(enabled);
    assert_eq!((&schedule.rate, schedule.timeout), (&Rate::Every(minutes(30)), minutes(5)));
    assert_eq!(query.lookback, Some(minutes(15)));
    assert_eq!((query.name.as_str(), query.tags.as_slice()), ("q", &["t".to_owned()][..]));
    assert_eq!((query.text.any.as_deref(), query.text.athena.as_deref()), (Some("SELECT 1"), Some("a")));
    assert_eq!((query.text.snowflake.as_deref(), query.text.databricks.as_deref()), (None, Some("d")));
    let email = email.as_ref().unwrap();
    assert_eq!((email.recipients.as_slice(), email.send_empty), (&["a@example.com".to_owned()][..], true));
    assert!(!email.prefer_attachment);
}

#[test]
fn a_saved_query_reads_whatever_it_wants() {
    let repository = load_one("AnalysisType: saved_query\nQueryName: q\nSnowflakeQuery: SELECT 1 FROM t\n");
    assert_eq!(codes(&repository), [""; 0]);
    let ItemBody::SavedQuery(query) = body(&repository.items[0]) else { panic!() };
    let SavedQuery { name, text, lookback, .. } = query.as_ref();
    assert_eq!((name.as_str(), text.snowflake.as_deref()), ("q", Some("SELECT 1 FROM t")));
    assert_eq!(*lookback, None);
}

#[test]
fn schedules_are_checked() {
    let check = |schedule: &str| codes(&load_one(&scheduled_query("Query: SELECT 1", schedule)));
    for schedule in [
        EVERY,
        "{RateMinutes: '30', TimeoutMinutes: 5}",
        "{CronExpression: '30 6 * * 1-5', TimeoutMinutes: 5}",
        "{CronExpression: '0 0 29 2 *', TimeoutMinutes: 1}",
    ] {
        assert_eq!(check(schedule), [""; 0], "{schedule}");
    }
    for schedule in [
        "{CronExpression: '30 6 * *', TimeoutMinutes: 5}",
        "{CronExpression: '30 24 * * *', TimeoutMinutes: 5}",
        "{CronExpression: '0 0 30 2 *', TimeoutMinutes: 5}",
        "{CronExpression: 5, TimeoutMinutes: 5}",
        "{CronExpression: '0 0 * * *', TimeoutMinutes: 0}",
        "{RateMinutes: x, TimeoutMinutes: 5}",
        "{RateMinutes: 600000, TimeoutMinutes: 5}",
    ] {
        assert_eq!(check(schedule), ["C023"], "{schedule}");
    }
    assert_snapshot!(show(&scheduled_query(
        "Query: SELECT 1",
        "{CronExpression: '61 * * * *', TimeoutMinutes: 5}"
    )));
}

#[test]
fn a_scheduled_query_names_its_tables_in_full() {
    assert_eq!(codes(&load_query("Query: SELECT 1 FROM panther_logs.public.okta_systemlog")), [""; 0]);
    assert_eq!(codes(&load_query("AthenaQuery: SELECT 1 FROM t")), [""; 0]);
    assert_snapshot!(show(&scheduled_query(
        "SnowflakeQuery: |\n  SELECT *\n  FROM Okta_Log o, okta_log",
        EVERY
    )));
    let repository = load_query("Query: \"SELECT 1\\nFROM \\\"T\\\"\"");
    assert_eq!((repository.findings[0].code, repository.findings[0].line), ("C022", 4));
    assert!(repository.items[0].is_invalid());
}

#[test]
fn a_query_that_is_no_sql_is_told_and_kept() {
    let repository = load_query("Query: SELECT FROM WHERE");
    assert_eq!(codes(&repository), ["C120"]);
    assert!(!repository.items[0].is_invalid());
    assert_eq!(
        codes(&load_query("Query: \"{% import 'm' t %} SELECT\"")),
        [""; 0],
        "templates are no SQL yet"
    );
}

#[test]
fn scheduled_rules_name_scheduled_queries() {
    let rule = rule_yaml("S", "").replace("Type: rule", "Type: scheduled_rule");
    let check = |name: &str| {
        let rule = rule.replace("LogTypes: [Okta.SystemLog]", &format!("ScheduledQueries: [{name}]"));
        load_all(&[
            file("s.yml", &rule),
            file("q.yml", &scheduled_query("Query: SELECT 1", EVERY).replace("Name: q", "Name: Query.One")),
            file("t.yml", "AnalysisType: saved_query\nQueryName: saved\nQuery: x\n"),
            file("r.py", PYTHON),
        ])
    };
    assert_eq!(codes(&check("Query.One")), [""; 0]);
    let missing = check("Query.Oen");
    assert_eq!(codes(&missing), ["C121"]);
    assert_eq!(missing.findings[0].hint.as_deref(), Some("did you mean `Query.One`?"));
    assert!(!missing.items[0].is_invalid());
    let saved = check("saved");
    assert_eq!(
        saved.findings[0].message,
        "`saved` is of the type `saved_query`, so that it never runs for this rule"
    );
}

const LOG_TYPE_MAP: &str = "LogTypeMap: {PrimaryKey: ip, AssociatedLogTypes: [{LogType: A.B, Selectors: [x, $.y.z]}, {LogType: C, Selectors: []}]}\n";

fn lookup(keys: &str) -> String {
    format!("AnalysisType: lookup_table\nLookupName: L\nEnabled: true\n{LOG_TYPE_MAP}{keys}")
}

fn lookup_table(yaml: &str) -> LookupTable {
    let repository = load_one(yaml);
    assert_eq!(codes(&repository), [""; 0], "{yaml}");
    let ItemBody::LookupTable(table) = body(&repository.items[0]) else { panic!() };
    table.as_ref().clone()
}

#[test]
fn a_lookup_table_of_a_file() {
    let table = lookup_table(&lookup("Schema: S\nFilename: ./rows.csv\n"));
    assert_eq!((table.name.as_str(), table.enabled, table.primary_key.as_str()), ("L", true, "ip"));
    assert_eq!(table.schema, Some(LogType::from("S")));
    assert_eq!(table.file, Some(PathBuf::from("rules/rows.csv")));
    let [first, second] = table.log_types.as_slice() else { panic!() };
    assert_eq!(
        (&first.log_type, first.selectors.as_slice()),
        (&"A.B".into(), &["x".to_owned(), "$.y.z".to_owned()][..])
    );
    assert_eq!((&second.log_type, second.selectors.len()), (&"C".into(), 0));
}

#[test]
fn the_file_of_a_lookup_table_lies_beside_it() {
    let check = |name: &str| {
        let options = LoadOptions {
            data_files: Some(BTreeSet::from([PathBuf::from("a/rows.csv"), PathBuf::from("rows.csv")])),
            ..LoadOptions::default()
        };
        codes(&load(&[file("a/l.yml", &lookup(&format!("Schema: S\nFilename: {name}\n")))], &options))
    };
    assert_eq!(check("rows.csv"), [""; 0]);
    assert_eq!(check("../rows.csv"), [""; 0]);
    assert_eq!(check("../a/./rows.csv"), [""; 0]);
    assert_eq!(check("row.csv"), ["C025"]);
    assert_eq!(check("''"), ["C025"]);
    assert_eq!(check("../../rows.csv"), ["C025"]);
}

#[test]
fn a_lookup_table_of_an_object() {
    let refresh = "Refresh: {ObjectPath: s3://b/k, PeriodMinutes: 60, AlarmPeriodMinutes: 1440, RoleARN: r, \
                   ObjectKMSKey: k, StorageProvider: S3}\n";
    let object = lookup_table(&lookup(&format!("Schema: S\n{refresh}"))).object.unwrap();
    assert_eq!((object.path.as_str(), object.access), ("s3://b/k", ObjectAccess::Role("r".to_owned())));
    assert_eq!((object.period, object.alarm_period), (Some(minutes(60)), Some(minutes(1440))));
    assert_eq!((object.kms_key.as_deref(), object.storage_provider.as_deref()), (Some("k"), Some("S3")));
    let google = lookup("Schema: S\nRefresh: {ObjectPath: gs://b/k, PeriodMinutes: 5, GCSCredentials: c}\n");
    assert_eq!(lookup_table(&google).object.unwrap().access, ObjectAccess::GcsCredentials("c".to_owned()));
}

#[test]
fn the_refresh_of_a_lookup_table_is_checked() {
    let check = |refresh: &str| {
        codes(&load_one(&lookup(&format!("Schema: S\nRefresh: {{ObjectPath: p, {refresh}}}\n"))))
    };
    assert_eq!(check("PeriodMinutes: 5, RoleARN: r, GCSCredentials: c"), ["C008"]);
    assert_eq!(check("PeriodMinutes: 5"), ["C008"]);
    assert_eq!(check("RoleARN: r, PeriodMinutes: 5, AlarmPeriodMinutes: 1441"), ["C023"]);
    assert_eq!(check("RoleARN: r, PeriodMinutes: 5, AlarmPeriodMinutes: 0"), ["C023"]);
    assert_eq!(check("RoleARN: r, PeriodMinutes: 0"), ["C023"]);
    assert_eq!(codes(&load_one(&lookup("Schema: S\n"))), ["C008"], "neither a file nor a refresh");
}

#[test]
fn a_lookup_table_made_by_a_query() {
    let keys = "Query: SELECT 1 FROM t\nIndicators: [{Field: ip, Indicators: [ip]}]\n\
                Validations: [{Field: ip, Validations: [ipv4, cidr]}]\n";
    let query =
        lookup_table(&lookup(&format!("{keys}Refresh: {{CronExpression: '0 0 * * *'}}\n"))).query.unwrap();
    assert_eq!(query.text.any.as_deref(), Some("SELECT 1 FROM t"));
    assert!(matches!(query.rate, Rate::At(_)));
    assert_eq!(query.indicators, [("ip".to_owned(), vec!["ip".to_owned()])]);
    assert_eq!(query.validations[0].1, ["ipv4", "cidr"]);
    let query = lookup_table(&lookup(&format!("{keys}Refresh: {{PeriodMinutes: 5}}\n"))).query.unwrap();
    assert_eq!(query.rate, Rate::Every(minutes(5)));
    assert_eq!(codes(&load_one(&lookup("Query: q\nRefresh: {CronExpression: x}\n"))), ["C023"]);
    assert_eq!(
        codes(&load_one(&lookup("Query: q\nRefresh: {PeriodMinutes: 5, CronExpression: '0 0 * * *'}\n"))),
        ["C008"]
    );
}

#[test]
fn log_types_of_a_lookup_table_are_known() {
    let options =
        LoadOptions { known_log_types: Some([LogType::from("A.B")].into()), ..LoadOptions::default() };
    let repository = load(&[file("l.yml", &lookup("Schema: S\nFilename: f\n"))], &options);
    assert_eq!(repository.findings[0].message, "unknown log type `C`");
}

#[test]
fn a_scheduled_prompt() {
    let yaml = |extra: &str| {
        format!(
            "AnalysisType: scheduled_prompt\nPromptName: daily_look\nDisplayName: Daily look\nPromptText: What is new?\n\
             RunAsUser: ada@example.com\nSchedule: {EVERY}\n{extra}"
        )
    };
    let repository =
        load_one(&yaml("OutputLength: largest\nEnabled: false\nDescription: d\nPrivate: false\n"));
    assert_eq!(codes(&repository), [""; 0]);
    let ItemBody::ScheduledPrompt(prompt) = body(&repository.items[0]) else { panic!() };
    let ScheduledPrompt { name, text, run_as_user, enabled, schedule, output_length, .. } = prompt.as_ref();
    assert_eq!((name.as_str(), text.as_str()), ("daily_look", "What is new?"));
    assert_eq!((run_as_user.as_str(), *enabled), ("ada@example.com", false));
    assert_eq!((schedule.timeout, *output_length), (minutes(5), Some(content::OutputLength::Largest)));
    assert_eq!(codes(&load_one(&yaml("Private: true\n"))), ["C007"]);
    assert_eq!(codes(&load_one(&yaml("OutputLength: huge\n"))), ["C009"]);
    assert_eq!(codes(&load_one(&yaml("").replace("daily_look", "Daily"))), ["C010"]);
    assert_eq!(codes(&load_one(&yaml("").replace("What is new?", "''"))), ["C009"]);
    assert_eq!(codes(&load_one(&yaml("").replace("RateMinutes: 30", "CronExpression: x"))), ["C023"]);
}
