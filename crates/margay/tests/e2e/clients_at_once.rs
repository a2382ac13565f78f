//! Two runs of the public upload tool at once: one waits for the other, and nothing is mixed.

use std::path::Path;

use crate::clients::{Told, interpreter, limited, told};
use crate::harness::{Server, Site, TOKEN, okta_event, text};

/// Rules that both repositories have.
const SHARED: usize = 12;
/// The server loads such a rule for a second, so that the uploads meet on a busy machine too.
const SLOW: &str = "import time\ntime.sleep(1)\n";

/// A repository with rules that the other one has too, and one that only it has. Every text says whose it is.
fn write_repository(site: &Site, who: &str) {
    let rule = |id: &str, python: &str| {
        let name = id.to_lowercase().replace('.', "_");
        let yaml = format!(
            "AnalysisType: rule\nRuleID: {id}\nFilename: {name}.py\nEnabled: true\nSeverity: Low\n\
             LogTypes: [Okta.SystemLog]\nDescription: of {who}\n"
        );
        site.write(&format!("{who}/rules/{name}.yml"), &yaml);
        site.write(&format!("{who}/rules/{name}.py"), python);
    };
    let says = format!(
        "def rule(event):\n    return True\ndef title(event):\n    return '{who} ' + event['uuid']\n"
    );
    for number in 0..SHARED {
        let slow = if number < 6 { SLOW } else { "" };
        rule(&format!("Shared.{number:02}"), &format!("{slow}{says}"));
    }
    rule(&format!("Only.{who}"), "def rule(event):\n    return False\n");
}

fn upload(server: &str, repository: &Path) -> Told {
    let mut command = limited(&interpreter("pat").with_file_name("panther_analysis_tool"));
    command.args(["--skip-version-check", "--debug", "upload", "--path", ".", "--skip-tests"]);
    command.current_dir(repository).env("PANTHER_API_HOST", format!("{server}/public/graphql"));
    told(command.env("PANTHER_API_TOKEN", TOKEN), "")
}

/// What every shared rule says of whose it is: one answer, in the lists and in the alerts of an event.
fn owner_of_shared(server: &Server) -> String {
    let rules = server.list("/rules?name-contains=Shared.");
    assert_eq!(rules.len(), SHARED);
    let description = text(&rules[0]["description"]);
    let who = description.strip_prefix("of ").unwrap().to_owned();
    for rule in &rules {
        assert_eq!(text(&rule["description"]), description, "nothing is mixed: {rule}");
        assert!(text(&rule["body"]).contains(&format!("'{who} '")), "{rule}");
        assert_eq!(rule["version"], rules[0]["version"], "they were changed together: {rule}");
    }
    server.send_events(&[okta_event("probe", "user@example.com", "X")]);
    server.wait_evaluated(1);
    let titles: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["title"])).collect();
    assert_eq!(titles, vec![format!("{who} probe"); SHARED]);
    who
}

#[test]
fn the_second_upload_waits_and_both_are_whole() {
    let site = Site::new("sources:\n  - { id: okta, type: http, log_types: [Okta.SystemLog] }\n");
    let names = ["left", "right"];
    for who in names {
        write_repository(&site, who);
    }
    let server = site.start();
    let runs = names.map(|who| {
        let (server, repository) = (server.base.clone(), site.path().join(who));
        std::thread::spawn(move || upload(&server, &repository))
    });
    let [left, right] = runs.map(|run| run.join().unwrap());
    for run in [&left, &right] {
        assert_eq!(run.code, 0, "{}", run.text);
        assert!(run.text.contains("Upload succeeded"), "{}", run.text);
    }
    let waited = [&left, &right].map(|run| run.text.contains("Will retry upload"));
    assert!(waited[0] != waited[1], "one of them waited: {waited:?}");
    for (run, waited) in [(&left, waited[0]), (&right, waited[1])] {
        assert_eq!(run.text.contains("another upload is being applied"), waited, "{}", run.text);
    }

    // The last one has the shared rules, all of them; what only one has is there from both.
    let last = if waited[0] { "left" } else { "right" };
    assert_eq!(owner_of_shared(&server), last);
    for who in names {
        assert_eq!(server.get_json(&format!("/rules/Only.{who}"))["description"], format!("of {who}"));
    }
    let changes = server.list("/content/changes");
    let counts: Vec<(u64, u64)> = changes
        .iter()
        .map(|change| (change["added"].as_u64().unwrap(), change["modified"].as_u64().unwrap()))
        .collect();
    let all = SHARED as u64;
    assert_eq!(counts, [(1, all), (all + 1, 0)], "newest first");
}
