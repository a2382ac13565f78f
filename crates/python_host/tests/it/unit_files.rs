//! Python unit-test files: imports, verdicts, and what a file can cost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use model::LogType;
use python_host::{
    DataModelProgram, FileTestStatus, GlobalProgram, Program, PythonHost, UnitFile, UnitFileRun,
};

use crate::support::{config, start_with};

const HELPERS: &str = "def double(x):\n    return 2 * x\n";

fn file(source: &str, time_max: Duration) -> UnitFile {
    let tree = BTreeMap::from([
        ("/repo/global_helpers/helpers_test.py".to_owned(), source.to_owned()),
        ("/repo/global_helpers/helpers.py".to_owned(), HELPERS.to_owned()),
        ("/repo/data_models/names.py".to_owned(), "ANSWER = 42\n".to_owned()),
    ]);
    UnitFile {
        path: "/repo/global_helpers/helpers_test.py".into(),
        root: "/repo".into(),
        tree: Arc::new(tree),
        time_max,
    }
}

async fn host() -> PythonHost {
    let mut config = config(1);
    config.warm = false;
    let model = DataModelProgram {
        id: "Model.One".into(),
        log_types: vec![LogType::from("Test.Log")],
        mappings: vec![("who".into(), content::MappingTarget::Path("user.name".into()))],
        source: None,
    };
    let global = GlobalProgram { id: "shared".into(), source: "NAME = 'shared'\n".into() };
    start_with(config, Arc::new(Program::new(vec![global], vec![model], vec![]))).await.0
}

async fn run(source: &str) -> UnitFileRun {
    host().await.run_unit_file(file(source, Duration::from_secs(20))).await.unwrap()
}

fn told(run: &UnitFileRun) -> Vec<(&str, FileTestStatus, Option<&str>, Option<u32>)> {
    run.tests.iter().map(|one| (one.name.as_str(), one.status, one.reason.as_deref(), one.line)).collect()
}

use FileTestStatus::{Failed, Passed, Skipped};

#[tokio::test]
async fn a_file_imports_what_its_authors_expect() {
    let source = r#"
import os, sys, unittest
from unittest.mock import patch
from panther_core import PantherEvent
from panther_core.immutable import ImmutableList
from panther_analysis_tool.main import load_analysis, setup_data_models
import shared
sys.path.append(os.path.dirname(__file__))
import helpers as h
sys.path.append(os.path.dirname(__file__).replace("global_helpers", "data_models"))
import names
from global_helpers import helpers as other
import global_helpers.helpers

specs, invalid = load_analysis(os.path.dirname(__file__), [], [], [], True)
models, broken = setup_data_models(specs.data_models)

class Imports(unittest.TestCase):
    def test_modules(self):
        self.assertEqual((h.double(2), other.double(3), names.ANSWER, shared.NAME), (4, 6, 42, "shared"))
        self.assertIs(other, global_helpers.helpers)
        self.assertEqual((invalid, broken), ([], []))

    def test_models(self):
        event = PantherEvent({"user": {"name": "ann"}}, models["Test.Log"])
        self.assertEqual(event.udm("who"), "ann")
        with self.assertRaisesRegex(AttributeError, "only `data_models`"):
            specs.detections

    def test_patch_by_name(self):
        with patch("helpers.double", return_value=7), patch(__name__ + ".names.ANSWER", 1):
            self.assertEqual((h.double(1), names.ANSWER), (7, 1))
        self.assertEqual(__name__, "global_helpers.helpers_test")
"#;
    let run = run(source).await;
    assert!(run.error.is_none(), "{:?}", run.error);
    assert_eq!(
        told(&run),
        [
            ("Imports.test_models", Passed, None, None),
            ("Imports.test_modules", Passed, None, None),
            ("Imports.test_patch_by_name", Passed, None, None),
        ]
    );
}

#[tokio::test]
async fn each_test_has_a_key_value_cache_of_its_own() {
    let source = r#"
import unittest
from panther_detection_helpers.caching import increment_counter

class Counts(unittest.TestCase):
    def test_a(self):
        self.assertEqual([increment_counter("k"), increment_counter("k")], [1, 2])

    def test_b(self):
        self.assertEqual(increment_counter("k"), 1)
"#;
    let run = run(source).await;
    assert!(run.error.is_none(), "{:?}", run.error);
    assert_eq!(told(&run), [("Counts.test_a", Passed, None, None), ("Counts.test_b", Passed, None, None)]);
}

#[tokio::test]
async fn every_way_to_end_a_test_is_told() {
    let source = r#"
import unittest

class Ways(unittest.TestCase):
    def test_a_fails(self):
        print("before")
        self.assertEqual([1], [2], "lists")

    def test_b_raises(self):
        {}["x"]

    @unittest.skip("later")
    def test_c_is_skipped(self):
        pass

    @unittest.expectedFailure
    def test_d_is_expected_to_fail(self):
        self.fail()

    @unittest.expectedFailure
    def test_e_passes_unexpectedly(self):
        pass

    def test_f_subtests(self):
        for n in range(3):
            with self.subTest(n=n):
                self.assertLess(n, 2)

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        raise OSError("no fixture")

    def test_never(self):
        pass
"#;
    let run = run(source).await;
    assert!(run.error.is_none(), "{:?}", run.error);
    let told = told(&run);
    let place = "(global_helpers.helpers_test.Broken)";
    assert_eq!((told[0].0, told[0].1), (format!("setUpClass {place}").as_str(), Failed));
    assert_eq!((told[0].2, told[0].3), (Some("OSError: no fixture"), Some(32)));
    assert_eq!(
        told[1..],
        [
            (
                "Ways.test_a_fails",
                Failed,
                Some(
                    "AssertionError: Lists differ: [1] != [2]\n\nFirst differing element 0:\n1\n2\n\n- [1]\n+ [2] : lists"
                ),
                Some(7)
            ),
            ("Ways.test_b_raises", Failed, Some("KeyError: 'x'"), Some(10)),
            ("Ways.test_c_is_skipped", Skipped, Some("later"), None),
            ("Ways.test_d_is_expected_to_fail", Passed, None, None),
            (
                "Ways.test_e_passes_unexpectedly",
                Failed,
                Some("it passed, but is marked as an expected failure"),
                None
            ),
            ("Ways.test_f_subtests", Failed, Some("(n=2): AssertionError: 2 not less than 2"), Some(27)),
        ]
    );
    assert_eq!(run.tests[1].printed, "before\n");
    assert_eq!(run.tests[2].printed, "");
}

#[tokio::test]
async fn a_file_that_cannot_be_loaded_says_why() {
    let run = run("import unittest\nimport no_such_module\n").await;
    let error = run.error.unwrap();
    assert_eq!((error.error_type.as_str(), error.line), ("ModuleNotFoundError", Some(2)));
    assert!(error.message.contains("no_such_module"), "{}", error.message);
    assert_eq!(run.tests, []);
}

#[tokio::test]
async fn a_test_that_never_ends_or_ends_the_worker_costs_itself_alone() {
    let source = r#"
import os, unittest

class Hard(unittest.TestCase):
    def test_a(self):
        pass
    def test_b_never_ends(self):
        while True:
            pass
    def test_c(self):
        pass
    def test_d_dies(self):
        os._exit(3)
    def test_e(self):
        pass
"#;
    let host = host().await;
    let run = host.run_unit_file(file(source, Duration::from_secs(1))).await.unwrap();
    assert!(run.error.is_none(), "{:?}", run.error);
    assert_eq!(
        told(&run),
        [
            ("Hard.test_a", Passed, None, None),
            ("Hard.test_b_never_ends", Failed, Some("TimeoutError: test took longer than 1s"), None),
            ("Hard.test_c", Passed, None, None),
            ("Hard.test_d_dies", Failed, Some("WorkerDied: the worker ended with exit status 3"), None),
            ("Hard.test_e", Passed, None, None),
        ]
    );
    let elapsed: Vec<Duration> = run.tests.iter().map(|test| test.elapsed).collect();
    assert!(elapsed[1] >= Duration::from_secs(1) && elapsed[1] < Duration::from_secs(20), "{elapsed:?}");
    assert!(elapsed[3] > Duration::ZERO && elapsed[3] < Duration::from_secs(20), "{elapsed:?}");
}

#[tokio::test]
async fn a_fixture_that_never_ends_ends_the_file() {
    let source = r#"
import unittest

class A(unittest.TestCase):
    def test_a(self):
        pass

class B(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        while True:
            pass
    def test_b(self):
        pass
"#;
    let run = host().await.run_unit_file(file(source, Duration::from_secs(1))).await.unwrap();
    assert_eq!(told(&run), [("A.test_a", Passed, None, None)]);
    assert_eq!(run.error.unwrap().message, "test took longer than 1s");
}

#[tokio::test]
async fn a_file_that_ends_worker_after_worker_is_given_up() {
    let source = r#"
import os, unittest

class Deadly(unittest.TestCase):
    pass

for number in range(9):
    setattr(Deadly, "test_%d" % number, lambda self: os._exit(1))
"#;
    let run = run(source).await;
    assert_eq!(run.tests.len(), 5);
    assert!(run.error.unwrap().message.contains("ended 5 workers"));
}

#[tokio::test]
async fn what_a_file_replaces_is_gone_afterwards() {
    let spoiling = r#"
import json, unittest
import shared
shared.NAME = "spoiled"
json.loads = None

class Spoils(unittest.TestCase):
    def test_it(self):
        self.assertEqual(shared.NAME, "spoiled")
"#;
    let looking = r#"
import json, unittest
import shared

class Looks(unittest.TestCase):
    def test_it(self):
        self.assertEqual((shared.NAME, json.loads("1")), ("shared", 1))
"#;
    let host = host().await;
    for source in [spoiling, looking] {
        let run = host.run_unit_file(file(source, Duration::from_secs(20))).await.unwrap();
        assert_eq!(run.tests.iter().map(|test| test.status).collect::<Vec<_>>(), [Passed], "{run:?}");
    }
}

#[tokio::test]
async fn every_sub_test_that_fails_is_told() {
    let source = r#"
import unittest

class Parts(unittest.TestCase):
    def test_all(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertEqual(number % 2, 1)

    def test_many(self):
        for number in range(500):
            with self.subTest(number=number):
                self.fail("no")
"#;
    let run = run(source).await;
    assert_eq!(run.tests.len(), 2);
    let reason = run.tests[0].reason.as_deref().unwrap();
    assert_eq!(reason, "(number=0): AssertionError: 0 != 1\n(number=2): AssertionError: 0 != 1");
    assert_eq!(run.tests[0].line, Some(8));
    let reason = run.tests[1].reason.as_deref().unwrap();
    let lines: Vec<&str> = reason.lines().collect();
    let left_out = format!("({} more failures)", 500 - (lines.len() - 1));
    assert_eq!(lines.last(), Some(&left_out.as_str()), "{reason}");
}
