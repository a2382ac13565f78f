//! Every target on its corpus and on 10,000 inputs made of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use fuzz_targets::{Generator, TARGETS, Target};

const INPUT_COUNT: usize = 10_000;
/// Small, so that all of it takes seconds without optimisation; `make fuzz` goes further.
const INPUT_BYTES_MAX: usize = 1024;
const SEED: u64 = 20_260_301;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(root().join("corpus").join(name)).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn run(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let corpus = corpus(name);
    for (path, input) in &corpus {
        try_input(target, &path.display().to_string(), input);
    }
    let inputs: Vec<Vec<u8>> = corpus.into_iter().map(|(_, input)| input).collect();
    let mut generator = Generator::new(SEED, &inputs, target.words, INPUT_BYTES_MAX);
    for number in 0..INPUT_COUNT {
        try_input(target, &format!("input {number}"), &generator.next_input());
    }
}

/// Says which input broke a promise, in a form that can be put into a test or into the corpus.
fn try_input(target: &Target, what: &str, input: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        panic!("`{}` fails on {what}: b\"{}\"", target.name, input.escape_ascii());
    }
}

#[test]
fn parse_batch() {
    run("parse_batch");
}

#[test]
fn inflate() {
    run("inflate");
}

#[test]
fn archive() {
    run("archive");
}

#[test]
fn content() {
    run("content");
}

#[test]
fn overlay() {
    run("overlay");
}

#[test]
fn python_code() {
    run("python_code");
}

#[test]
fn json_path() {
    run("json_path");
}

#[test]
fn correlation() {
    run("correlation");
}

#[test]
fn schema() {
    run("schema");
}

#[test]
fn frames() {
    run("frames");
}

#[test]
fn settings() {
    run("settings");
}

#[test]
fn simple_detection() {
    run("simple_detection");
}

#[test]
fn slack() {
    run("slack");
}

#[test]
fn saml_response() {
    run("saml_response");
}

#[test]
fn every_target_has_a_corpus_and_a_file_for_cargo_fuzz() {
    for target in TARGETS {
        assert!(!corpus(target.name).is_empty(), "`{}` has no corpus", target.name);
        let file = root().join("../../fuzz/fuzz_targets").join(format!("{}.rs", target.name));
        let text = fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&format!("fuzz_targets::{}(", target.name)), "{} is missing", file.display());
    }
}
