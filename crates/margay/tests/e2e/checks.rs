//! `margay check`, and a server on a repository with one broken item for each of its codes.

#[path = "../../../content/tests/it/page_files.rs"]
mod page_files;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use test_support::pypanther_python;

use crate::harness::{Ran, Site, okta_event, text, vendor, wait_until};
use page_files::{FileContent, Page, PageFile, assumed, read_pages};

/// What the examples assume: an interpreter without packages, and one destination.
const CHECKED: &str = "\
content: [content]
python: { executable: interpreter/bin/python3 }
destinations:
  - { name: dev-general, type: webhook, config: { webhook_url: \"https://example.com/\" } }
";

/// Errors that only show in the surroundings in which the check runs.
const NEED_SURROUNDINGS: [&str; 3] = ["C051", "C054", "C057"];
/// Errors of items that are no detections.
const NO_DETECTIONS: [&str; 7] = ["C008", "C014", "C022", "C023", "C025", "C055", "C056"];
/// Pages with packs, which say something about all items beside them, and pages with two content roots.
const NEED_A_SITE: [&str; 10] =
    ["C024", "C026", "C122", "C123", "C124", "C125", "C126", "C127", "C128", "C129"];

/// Codes of pypanther projects, which need a content root of their own.
const PROJECTS: [&str; 3] = ["C901", "C902", "C903"];
/// The folder of what the examples assume.
const ASSUMED: &str = "assumed";

fn all_pages() -> Vec<Page> {
    read_pages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs"))
}

/// The pages whose examples make one repository.
fn pages() -> Vec<Page> {
    let is_elsewhere = |page: &Page| {
        let code = page.code.as_str();
        PROJECTS.contains(&code) || NEED_A_SITE.contains(&code)
    };
    all_pages().into_iter().filter(|page| !is_elsewhere(page)).collect()
}

/// The codes that `check` finds in the content of one page, whose files lie in these roots.
fn check_alone(page: &Page, files: Vec<PageFile>) -> BTreeSet<String> {
    let has_roots = files.iter().any(|file| file.path.starts_with("vendor/"));
    let (prefix, content) = if has_roots { ("", "[vendor, ours]") } else { ("content/", "[content]") };
    let site = Site::new(&CHECKED.replace("[content]", content));
    site.write("interpreter/pyvenv.cfg", "version = 3.11.2\n").write("interpreter/bin/python3", "");
    for file in files {
        let FileContent::Text(text) = file.content else { panic!("{}: {}", page.code, file.path) };
        site.write(&format!("{prefix}{}", file.path), &text);
    }
    findings(&site.run(&["check", "--format", "json"])).iter().map(|finding| text(&finding["code"])).collect()
}

#[test]
fn packs_and_roots_are_checked_as_their_pages_say() {
    for page in all_pages() {
        if NEED_A_SITE.contains(&page.code.as_str()) {
            assert_eq!(check_alone(&page, page.example.clone()), BTreeSet::from([page.code.clone()]));
            assert_eq!(check_alone(&page, page.fixed()), BTreeSet::new(), "{}", page.code);
        }
    }
}

/// A site whose content has a folder for each page.
fn site(config: &str, pages: &[Page], files: impl Fn(&Page) -> Vec<PageFile>) -> Site {
    let site = Site::new(config);
    site.write("interpreter/pyvenv.cfg", "version = 3.11.2\n").write("interpreter/bin/python3", "");
    assumed().into_iter().for_each(|file| place(&site, ASSUMED, file));
    for page in pages {
        files(page).into_iter().for_each(|file| place(&site, &page.code, file));
    }
    site
}

fn place(site: &Site, folder: &str, file: PageFile) {
    let real = site.path().join("content/rules").join(folder).join(file.path);
    std::fs::create_dir_all(real.parent().unwrap()).unwrap();
    match file.content {
        FileContent::Text(text) => std::fs::write(real, text).unwrap(),
        FileContent::Bytes(bytes) => std::fs::write(real, bytes).unwrap(),
        FileContent::Link(target) => std::os::unix::fs::symlink(target, real).unwrap(),
    }
}

fn findings(ran: &Ran) -> Vec<Value> {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    report["findings"].as_array().unwrap().clone()
}

#[test]
fn one_broken_item_for_each_code_gives_exactly_those_findings() {
    let pages = pages();
    let site = site(CHECKED, &pages, |page| page.example.clone());
    let ran = site.run(&["check", "--format", "json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{ran:?}");
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in findings(&ran) {
        let file = text(&finding["file"]);
        let folder = file.split('/').nth(2).unwrap().to_owned();
        found.entry(folder).or_default().insert(text(&finding["code"]));
    }
    let mut expected: BTreeMap<String, BTreeSet<String>> =
        pages.iter().map(|page| (page.code.clone(), BTreeSet::from([page.code.clone()]))).collect();
    // A step whose rule is broken needs the error of that rule.
    expected.get_mut("C149").unwrap().insert("SD00100001".to_owned());
    assert_eq!(found, expected);
    let again = site.run(&["check", "--format", "json"]);
    assert_eq!(again.stdout, ran.stdout, "the order is stable");
}

#[test]
fn examples_of_projects_give_their_codes() {
    let python = pypanther_python();
    let codes = |files: Vec<PageFile>| -> BTreeSet<String> {
        let config = format!("content: [own]\npython: {{ executable: \"{}\" }}\n", python.display());
        let site = Site::new(&config);
        for file in files {
            let FileContent::Text(text) = file.content else { panic!("{}", file.path) };
            site.write(&format!("own/{}", file.path), &text);
        }
        findings(&site.run(&["check", "--format", "json"])).iter().map(|f| text(&f["code"])).collect()
    };
    for page in all_pages().iter().filter(|page| PROJECTS.contains(&page.code.as_str())) {
        assert_eq!(codes(page.example.clone()), BTreeSet::from([page.code.clone()]), "{}", page.code);
        assert_eq!(codes(page.fixed()), BTreeSet::new(), "{}", page.code);
    }
}

#[test]
fn the_fixes_leave_nothing_to_find() {
    let pages = pages();
    let site = site(CHECKED, &pages, Page::fixed);
    let ran = site.run(&["check", "--strict", "--format", "json"]);
    assert_eq!(findings(&ran), [] as [Value; 0]);
    assert_eq!(ran.code, Some(0));
}

/// Whether an example is a rule that loads and matches a locked Okta account.
fn is_sound(page: &Page) -> bool {
    let text_of = |path: &str| {
        page.example.iter().find(|file| file.path == path).map(|file| match &file.content {
            FileContent::Text(text) => text.as_str(),
            FileContent::Bytes(_) | FileContent::Link(_) => "",
        })
    };
    let (Some(yaml), Some(python)) = (text_of("rules/example.yml"), text_of("rules/example.py")) else {
        return false;
    };
    page.text.contains("\n`warning`: ")
        && yaml.contains("AnalysisType: rule\n")
        && yaml.contains("LogTypes: [Okta.SystemLog]\n")
        && !yaml.contains("Threshold: 5")
        && python.matches("def rule(").count() == 1
        && python
            .starts_with("def rule(event):\n    return event.get(\"eventType\") == \"user.account.lock\"\n")
}

#[test]
fn a_server_runs_the_sound_items_and_shows_the_broken_ones() {
    let pages = pages();
    let config = "content: [content]\nsources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n";
    let site = site(config, &pages, |page| page.example.clone());
    let server = site.start();
    let sound: Vec<String> =
        pages.iter().filter(|page| is_sound(page)).map(|page| format!("Example.{}", page.code)).collect();
    assert!(sound.len() > 15, "{sound:?}");
    server.send_events(&[okta_event("u-1", "ada@example.com", "LOCKED_OUT")]);
    server.wait_evaluated(1);
    let alerted: BTreeSet<String> =
        server.alerts("ALERT").iter().map(|alert| text(&alert["detection"]["id"])).collect();
    let silent: Vec<&String> = sound.iter().filter(|id| !alerted.contains(*id)).collect();
    assert!(silent.is_empty(), "no alert from {silent:?}; {alerted:?}");

    let log = site.log();
    let list = site.run(&["detection", "list"]);
    assert_eq!(list.code, Some(0), "{list:?}");
    for page in pages.iter().filter(|page| page.text.contains("\n`error`: ")) {
        let code = page.code.as_str();
        if NEED_SURROUNDINGS.contains(&code) {
            continue;
        }
        let folder = format!("content/rules/{code}/");
        let is_named = |line: &&str| line.contains(&folder) && line.contains("is left out");
        assert!(log.lines().any(|line| is_named(&line)), "{code} is not in the log:\n{log}");
        if !NO_DETECTIONS.contains(&code) {
            let is_listed = |line: &&str| line.contains("no (invalid)") && line.contains(&folder);
            assert!(list.stdout.lines().any(|line| is_listed(&line)), "{code} is not in\n{}", list.stdout);
        }
    }
    for id in &sound {
        let is_listed = |line: &str| line.contains(&format!(" {id} ")) && line.contains(" yes ");
        assert!(list.stdout.lines().any(is_listed), "{id} is not in\n{}", list.stdout);
    }
}

#[test]
fn warnings_are_ignored_by_comments_and_by_option() {
    let site = Site::new(CHECKED);
    site.write("interpreter/pyvenv.cfg", "version = 3.11.2\n").write("interpreter/bin/python3", "");
    let python = "def rule(event):\n    print(event) # margay: ignore[C158]\n    return True\n";
    site.rule(
        "A.One",
        "# margay: ignore-file[C115, C116]\nThreshold: 0\n# margay: ignore[C102]\nDedupPeriodMinutes: 3\n",
        python,
    );
    let ran = site.run(&["check", "--color", "never"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let end = "C108 1  a detection has no unit tests\n\
               C114 1  `Threshold: 0` is treated as 1\n\
               What a code means: margay check --explain C108\n\n\
               1 item checked: 0 errors, 2 warnings, 4 findings ignored\n";
    assert!(ran.stdout.ends_with(end), "{}", ran.stdout);

    site.rule("B.Two", "LogType: x\n", python);
    let yaml = std::fs::read_to_string(site.path().join("content/rules/b_two.yml")).unwrap();
    site.write(
        "content/rules/b_two.yml",
        &yaml.replace("LogType: x\n", "").replace("Okta.SystemLog", "Box.Event"),
    );
    let ran = site.run(&["check", "--color", "never"]);
    let note = "1 log type has no schema here, so that no source delivers them: Box.Event\n2 items checked: ";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
    std::fs::remove_file(site.path().join("content/rules/b_two.yml")).unwrap();
    std::fs::remove_file(site.path().join("content/rules/b_two.py")).unwrap();

    let ran = site.run(&["check", "--strict", "--ignore", "c114,C108", "--format", "json"]);
    assert_eq!((ran.code, findings(&ran)), (Some(0), vec![]));
    let ran = site.run(&["check", "--ignore", "C001"]);
    assert_eq!((ran.code, ran.stderr.contains("`C001` is an error")), (Some(2), true), "{ran:?}");
    let ran = site.run(&["check", "--ignore", "C999"]);
    assert_eq!((ran.code, ran.stderr.contains("there is no code `C999`")), (Some(2), true), "{ran:?}");

    let ran = site.run(&["check", "--explain", "c155"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.starts_with("# C155: ") && ran.stdout.contains("## Fix"), "{}", ran.stdout);
}

#[test]
fn a_python_error_is_shown_where_it_is() {
    let site = Site::new("content: [content]\n");
    site.rule("A.One", "", "def rule(event):\n\treturn \"日本\" == event['a'\n");
    let ran = site.run(&["check", "--color", "never"]);
    assert_eq!(ran.code, Some(1));
    let shown = "error[C050]: `[` was never closed\n --> content/rules/a_one.py:2:22\n  |\n\
                 2 |     return \"日本\" == event['a'\n  |                           ^\n";
    assert!(ran.stdout.contains(shown), "{}", ran.stdout);
    let ran = site.run(&["test", "--format", "json"]);
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["items"]["invalid"], json!(1));
    let reason = text(&report["notRun"][0]["reason"]);
    assert_eq!(reason, "`content/rules/a_one.py`, line 2: `[` was never closed");
}

#[test]
fn findings_of_lent_files_are_left_to_whoever_owns_them() {
    let site = Site::new("content: [content]\n");
    site.write("content/global_helpers/h.yml", "AnalysisType: global\nGlobalID: h\nFilename: h.py\n");
    site.write("content/global_helpers/h.py", "print(1)\n");
    site.rule("A.One", "", "import h\nprint(h)\ndef rule(event):\n    return h.x == 1\n");
    let files = |path: &str| -> BTreeSet<String> {
        let ran = site.run(&["check", path, "--format", "json"]);
        findings(&ran).iter().filter(|f| f["code"] == "C158").map(|f| text(&f["file"])).collect()
    };
    assert_eq!(files("content/rules/a_one.yml"), BTreeSet::from(["content/rules/a_one.py".to_owned()]));
    assert_eq!(files("content").len(), 2);
}

#[test]
fn destinations_are_known_from_the_configuration() {
    let taker = vendor();
    let config = format!(
        "content: [content]\ndestinations:\n  - {{ name: night-shift, type: webhook, config: {{ webhook_url: \"{}\" }} }}\n",
        taker.url("/")
    );
    let site = Site::new(&config);
    site.rule("A.One", "OutputIds: [nightshift]\n", "def rule(event):\n    return True\n");
    let ran = site.run(&["check", "--format", "json"]);
    let found = findings(&ran);
    let finding = found.iter().find(|finding| finding["code"] == "C113").unwrap();
    assert_eq!(finding["hint"], "did you mean `night-shift`?");
    wait_until("nobody is asked", || taker.count() == 0);
}
