//! `margay python setup`: the environment is made once, filled from what the content requires, and used.

use std::process::Command;

use crate::harness::{Ran, Site};

const RULE: &str = "import margay_e2e_word\ndef rule(event):\n    return True\ndef title(event):\n    return margay_e2e_word.WORD\n";

/// Makes a wheel in the folder `wheels` of the site; nothing is fetched from anywhere.
fn make_wheel(site: &Site, version: &str) {
    let script = r#"
import sys, zipfile
version = sys.argv[1]
name = "margay_e2e_word"
info = f"{name}-{version}.dist-info/"
files = {
    name + ".py": f"WORD = 'word {version}'\n",
    info + "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
    info + "WHEEL": "Wheel-Version: 1.0\nGenerator: e2e\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
files[info + "RECORD"] = "".join(f"{path},,\n" for path in [*files, info + "RECORD"])
with zipfile.ZipFile(f"wheels/{name}-{version}-py3-none-any.whl", "w") as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
"#;
    std::fs::create_dir_all(site.path().join("wheels")).unwrap();
    let status =
        Command::new("python3").args(["-c", script, version]).current_dir(site.path()).status().unwrap();
    assert!(status.success());
}

/// Runs the set-up with the wheels of the site as the only source of packages.
fn setup(site: &Site, args: &[&str]) -> Ran {
    let mut command = site.margay(&[&["python", "setup"], args].concat());
    command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", site.path().join("wheels"));
    command.env("PIP_CONFIG_FILE", "/dev/null");
    Ran::from(command.output().unwrap())
}

fn can_make_environments() -> bool {
    Command::new("python3").args(["-c", "import venv, ensurepip"]).output().unwrap().status.success()
}

fn titles(site: &Site) -> String {
    site.write("events.jsonl", "{}\n");
    let ran = site.run(&["detect", "--content", "content", "--log-type", "Okta.SystemLog", "events.jsonl"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran.stdout
}

#[test]
fn the_environment_is_made_once_follows_the_requirements_and_is_used() {
    let site = Site::new("content: [content]\n");
    site.rule("Word", "", RULE);
    site.write("content/requirements.txt", "margay-e2e-word==1.0\n");
    make_wheel(&site, "1.0");
    make_wheel(&site, "2.0");
    let ran = setup(&site, &[]);
    if !can_make_environments() {
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(ran.stderr.contains("-venv`"), "{ran:?}");
        return;
    }
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.starts_with("the environment margay-data/venv is ready: Python 3."), "{ran:?}");
    assert!(ran.stderr.contains("making margay-data/venv with Python 3."), "{ran:?}");
    assert!(ran.stderr.contains("Successfully installed margay"), "{ran:?}");
    assert!(titles(&site).contains(r#""title":"word 1.0""#));

    let again = setup(&site, &[]);
    assert_eq!((again.code, again.stderr.as_str()), (Some(0), ""), "{again:?}");
    assert!(again.stdout.contains("is up to date"), "{again:?}");

    // A requirement that cannot be met leaves what is there.
    site.write("content/requirements.txt", "margay-e2e-word==3.0\n");
    let failed = setup(&site, &[]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.stderr.contains("the packages could not be installed"), "{failed:?}");
    assert!(failed.stderr.contains("No matching distribution found for margay-e2e-word==3.0"), "{failed:?}");
    assert!(titles(&site).contains(r#""title":"word 1.0""#));

    site.write("content/requirements.txt", "-r base.txt\n").write("content/base.txt", "margay-e2e-word\n");
    site.write("content/requirements.txt", "-r base.txt\nmargay-e2e-word>=2\n");
    let changed = setup(&site, &["-q"]);
    assert_eq!((changed.code, changed.stderr.as_str()), (Some(0), ""), "{changed:?}");
    assert!(titles(&site).contains(r#""title":"word 2.0""#));

    // An environment whose interpreter is gone is said to be broken, by the set-up and by whoever needs it.
    std::fs::remove_file(site.data_dir().join("venv/bin/python")).unwrap();
    std::os::unix::fs::symlink("/nowhere/python", site.data_dir().join("venv/bin/python")).unwrap();
    let broken = setup(&site, &[]);
    assert_eq!(broken.code, Some(3), "{broken:?}");
    assert!(broken.stderr.contains("is broken") && broken.stderr.contains("--recreate"), "{broken:?}");
    let ran = site.run(&["test"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("margay python setup --recreate"), "{ran:?}");
    let made = setup(&site, &["--recreate"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(titles(&site).contains(r#""title":"word 2.0""#));

    // Who sets the interpreter gets that one, and is told.
    site.write("margay.yaml", "content: [content]\npython: { executable: python3 }\n");
    let told = setup(&site, &[]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stderr.contains("`python.executable` is set, so rules run on it"), "{told:?}");
    let ran = site.run(&["test", "--format", "json"]);
    assert!(ran.stdout.contains("a module `margay_e2e_word`"), "{ran:?}");
}

#[test]
fn an_interpreter_that_cannot_make_environments_is_refused_with_the_remedy() {
    let site = Site::new("python: { executable: ./fake }\n");
    let fake = |answer: &str| {
        site.write("fake", &format!("#!/bin/sh\necho '{answer}'\n"));
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(site.path().join("fake"), mode).unwrap();
        setup(&site, &[])
    };
    let ran = fake(r#"{"version":[3,12,1],"has_venv":false}"#);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("apt-get install python3.12-venv"), "{ran:?}");
    let ran = fake(r#"{"version":[3,8,1],"has_venv":true}"#);
    assert!(ran.stderr.contains("is Python 3.8.1, but 3.9 to 3.13 are supported"), "{ran:?}");
    let ran = fake("hello");
    assert!(
        ran.stderr.contains("it gave an odd answer") && ran.stderr.contains("`python.executable`"),
        "{ran:?}"
    );
    // It says that it can, and then does not: what it said is shown and nothing is left behind.
    let ran = fake(r#"{"version":[3,12,1],"has_venv":true}"#);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(!site.data_dir().join("venv").exists(), "{ran:?}");

    std::fs::remove_file(site.path().join("fake")).unwrap();
    let ran = setup(&site, &[]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(ran.stderr.contains("cannot use the Python interpreter"), "{ran:?}");
}
