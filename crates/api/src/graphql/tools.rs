//! What programs for testing and writing detections ask for.

use content::{ItemBody, ItemState, LoadOptions, SourceFile};
use detect::correlation::run_test;
use model::Permission;
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Answer, Call, Needs, Refusal, RootField};

/// They tell nothing that the caller did not bring along.
const TESTER: Needs =
    Needs::Any(&[Permission::RuleRead, Permission::BulkUpload, Permission::BulkUploadValidate]);

pub(super) const ROOTS: &[RootField] = &[
    RootField { name: "featureFlags", needs: Needs::Token, resolve: |call| Box::pin(feature_flags(call)) },
    RootField {
        name: "generalSettings",
        needs: Needs::All(&[Permission::GeneralSettingsRead]),
        resolve: |call| Box::pin(general_settings(call)),
    },
    RootField {
        name: "generateEnrichedEvent",
        needs: Needs::All(&[Permission::LookupRead]),
        resolve: |call| Box::pin(generate_enriched_event(call)),
    },
    RootField {
        name: "testCorrelationRuleYAML",
        needs: TESTER,
        resolve: |call| Box::pin(test_correlation_rule(call)),
    },
    RootField { name: "transpileFilters", needs: TESTER, resolve: |call| Box::pin(transpile_filters(call)) },
    RootField {
        name: "transpileSimpleDetectionsToPython",
        needs: TESTER,
        resolve: |call| Box::pin(transpile_simple_detections(call)),
    },
];

/// What clients ask about that is switched on here.
const FLAGS: &[(&str, bool)] = &[("EnableCorrelationRules", true)];
/// Most texts that one call turns into something else.
const TEXTS_MAX: usize = 10_000;

/// The version is a semantic one; clients show it and compare nothing.
async fn general_settings(_: Call<'_>) -> Answer {
    Ok(json!({ "pantherVersion": env!("CARGO_PKG_VERSION") }))
}

#[derive(Deserialize)]
struct FlagsInput {
    flags: Vec<FlagInput>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlagInput {
    flag: String,
    default_treatment: Option<bool>,
}

async fn feature_flags(mut call: Call<'_>) -> Answer {
    let FlagsInput { flags } = call.input()?;
    let flags = flags.into_iter().map(|FlagInput { flag, default_treatment }| {
        let known = FLAGS.iter().find(|(name, _)| *name == flag).map(|(_, treatment)| *treatment);
        json!({ "flag": flag, "treatment": known.or(default_treatment).unwrap_or(false) })
    });
    Ok(json!({ "flags": flags.collect::<Value>() }))
}

#[derive(Deserialize)]
struct EventInput {
    event: Value,
}

/// No lookups run yet, so that an event has no more than it came with.
async fn generate_enriched_event(mut call: Call<'_>) -> Answer {
    let EventInput { event } = call.input()?;
    if !event.is_object() {
        return Err(Refusal::bad_input("`event` is no JSON object"));
    }
    Ok(json!({ "enrichedEvent": event }))
}

#[derive(Deserialize)]
struct YamlInput {
    yaml: String,
}

/// Runs on a thread that may take its time.
async fn test_correlation_rule(mut call: Call<'_>) -> Answer {
    let YamlInput { yaml } = call.input()?;
    let tested = tokio::task::spawn_blocking(move || run_correlation_tests(yaml)).await;
    tested.map_err(|_| Refusal::internal("the tests did not end; the server's log has the reason"))?
}

fn run_correlation_tests(text: String) -> Answer {
    let files = [SourceFile { path: "rule.yml".into(), text }];
    // What its steps name is elsewhere.
    let options = LoadOptions { is_part: true, ..LoadOptions::default() };
    let repository = content::load(&files, &options);
    let Some(item) = repository.items.first() else {
        return Err(Refusal::bad_input("the YAML has no `AnalysisType`; send a correlation rule"));
    };
    let rule = match &item.state {
        ItemState::Ready(ItemBody::Correlation(rule)) => rule,
        ItemState::Invalid { reason, line } => {
            return Err(Refusal::bad_input(format!("line {line}: {reason}")));
        }
        _ => {
            let kind = &item.analysis_type;
            return Err(Refusal::bad_input(format!("`{kind}` is no correlation rule")));
        }
    };
    let results = rule.tests.iter().map(|test| {
        let verdict = run_test(&rule.correlation, test);
        json!({ "name": test.name, "passed": verdict.failure.is_none(), "error": verdict.failure })
    });
    Ok(json!({ "results": results.collect::<Value>() }))
}

#[derive(Deserialize)]
struct DataInput {
    data: Vec<String>,
}

impl DataInput {
    fn of(call: &mut Call<'_>) -> Result<Vec<String>, Refusal> {
        let DataInput { data } = call.input()?;
        if data.len() > TEXTS_MAX {
            let found = data.len();
            return Err(Refusal::bad_input(format!("`data` has {found} texts; send at most {TEXTS_MAX}")));
        }
        Ok(data)
    }
}

/// As many texts as were sent, in their order.
async fn transpile_filters(mut call: Call<'_>) -> Answer {
    let data = DataInput::of(&mut call)?;
    let transpiled = (1..).zip(&data).map(|(number, text)| {
        let filter = content::simple::compile_filters(text);
        let filter = filter.map_err(|problem| Refusal::bad_input(format!("filter {number}: {problem}")))?;
        Ok(Value::String(filter.to_string()))
    });
    Ok(json!({ "transpiledFilters": transpiled.collect::<Result<Value, Refusal>>()? }))
}

/// As many modules as rules were sent, in their order.
async fn transpile_simple_detections(mut call: Call<'_>) -> Answer {
    let data = DataInput::of(&mut call)?;
    let transpiled = (1..).zip(&data).map(|(number, text)| {
        let python = content::simple::rule_to_python(text);
        let python = python.map_err(|problem| Refusal::bad_input(format!("rule {number}: {problem}")))?;
        Ok(Value::String(python))
    });
    Ok(json!({ "transpiledPython": transpiled.collect::<Result<Value, Refusal>>()? }))
}
