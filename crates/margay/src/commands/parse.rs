//! `margay parse`: raw logs to normalised events, by the step that the server runs.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{LogType, RawBatch, SourceId};
use parsers::{ParsedBatch, SourceSpec, StreamType, parse_batch};
use schema::{Schema, SchemaSet};
use stdx::{Clock, SystemClock};

use super::output::{Results, complain, start};
use crate::cli::{Global, ParseArgs, StreamTypeArg};
use crate::config::Config;
use crate::failure::Failure;
use crate::server::schemas;

/// Largest file; it is parsed as one body.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// `p_source_id` and `p_source_label` of the events.
const SOURCE: &str = "parse";
/// Log types named in an error.
const NAMED_MAX: usize = 20;

/// Parses the files and prints the events.
pub(crate) fn parse(global: &Global, args: &ParseArgs) -> Result<(), Failure> {
    let config = start(global)?;
    let spec = SourceSpec {
        id: SourceId::from(SOURCE),
        label: SOURCE.into(),
        stream_type: stream_type(args.stream_type),
        envelope: Vec::new(),
        schemas: vec![schema(&config, args)?],
    };
    let mut sums = Sums::default();
    if args.files.is_empty() {
        one(&spec, 0, "<stdin>", &mut io::stdin().lock(), &mut sums)?;
    }
    for (number, path) in (0_u64..).zip(&args.files) {
        let mut file = open(path)?;
        one(&spec, number, &path.display().to_string(), &mut file, &mut sums)?;
    }
    if !global.quiet {
        complain(&sums.sentence());
    }
    if sums.failures == 0 { Ok(()) } else { Err(Failure::Found) }
}

fn open(path: &PathBuf) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::Usage(format!("cannot read `{}`: {error}", path.display())))
}

fn stream_type(word: StreamTypeArg) -> StreamType {
    match word {
        StreamTypeArg::Auto => StreamType::Auto,
        StreamTypeArg::Lines => StreamType::Lines,
        StreamTypeArg::Json => StreamType::Json,
        StreamTypeArg::JsonArray => StreamType::JsonArray,
    }
}

fn schema(config: &Config, args: &ParseArgs) -> Result<Arc<Schema>, Failure> {
    match (&args.schema, &args.log_type) {
        (Some(file), _) => schema_file(file),
        (None, Some(name)) => {
            let set = schemas(config)?;
            set.get(name).cloned().ok_or_else(|| unknown_log_type(&set, name))
        }
        (None, None) => Err(Failure::Usage("name a schema with --log-type or --schema".to_owned())),
    }
}

fn schema_file(file: &Path) -> Result<Arc<Schema>, Failure> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("cannot read the schema `{shown}`: {error}")))?;
    let mut set = SchemaSet::default();
    let log_type = set.add(&shown, &text).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(set.get(log_type.as_str()).cloned().expect("a schema that was added is there"))
}

fn unknown_log_type(set: &SchemaSet, name: &str) -> Failure {
    let known: Vec<&LogType> = set.log_types().collect();
    let near = known
        .iter()
        .map(|known| {
            (strsim::damerau_levenshtein(&name.to_lowercase(), &known.as_str().to_lowercase()), known)
        })
        .filter(|(distance, _)| *distance <= 3)
        .min();
    Failure::Usage(match near {
        Some((_, near)) => format!("unknown log type `{name}`; did you mean `{near}`?"),
        None => {
            let names: Vec<&str> = known.iter().take(NAMED_MAX).map(|known| known.as_str()).collect();
            let more = if known.len() > NAMED_MAX { ", …" } else { "" };
            format!(
                "unknown log type `{name}`; known are {}{more}; give another schema with --schema",
                names.join(", ")
            )
        }
    })
}

/// What all files gave.
#[derive(Debug, Default)]
struct Sums {
    events: usize,
    failures: u64,
    unknown_keys: u64,
}

impl Sums {
    fn sentence(&self) -> String {
        let plural = |count: u64| if count == 1 { "" } else { "s" };
        let Sums { events, failures, unknown_keys } = self;
        let events_ending = if *events == 1 { "" } else { "s" };
        let mut text = format!("{events} event{events_ending}, {failures} failure{}", plural(*failures));
        if *unknown_keys > 0 {
            text.push_str(&format!(
                "; {unknown_keys} key{} that the schema does not know {} left out",
                plural(*unknown_keys),
                if *unknown_keys == 1 { "was" } else { "were" }
            ));
        }
        text
    }
}

/// Parses one file. Its number takes the place of the journal's sequence in `p_row_id`.
fn one(
    spec: &SourceSpec,
    number: u64,
    name: &str,
    file: &mut dyn Read,
    sums: &mut Sums,
) -> Result<(), Failure> {
    let mut body = Vec::new();
    file.take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut body)
        .map_err(|error| Failure::Operation(format!("cannot read `{name}`: {error}")))?;
    if u64::try_from(body.len()).is_ok_and(|length| length > FILE_BYTES_MAX) {
        let limit = FILE_BYTES_MAX >> 20;
        return Err(Failure::Operation(format!(
            "`{name}` is larger than {limit} MiB; split it into several files"
        )));
    }
    if let Err(error) = std::str::from_utf8(&body) {
        let at = error.valid_up_to();
        let line = 1 + body[..at].iter().filter(|&&byte| byte == b'\n').count();
        complain(&format!("{name}:{line}: not UTF-8 at byte {at}; the file is left out"));
        sums.failures += 1;
        return Ok(());
    }
    let batch = RawBatch {
        sequence: number,
        source_id: spec.id.clone(),
        accepted_at: SystemClock.now(),
        body: body.into(),
    };
    print(name, &parse_batch(&batch, spec), sums)
}

fn print(name: &str, parsed: &ParsedBatch, sums: &mut Sums) -> Result<(), Failure> {
    let mut results = Results::open();
    for event in &parsed.events {
        results.text(&event.json)?;
        results.text("\n")?;
    }
    results.flush()?;
    for (failure, line) in parsed.failures.iter().zip(&parsed.failure_lines) {
        complain(&format!("{name}:{line}: {}", failure.reason));
    }
    sums.events += parsed.events.len();
    sums.failures += parsed.failure_count;
    sums.unknown_keys += parsed.unknown_keys.values().sum::<u64>();
    Ok(())
}
