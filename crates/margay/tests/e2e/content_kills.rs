//! The server is killed in the middle of changes of content: afterwards the old or the new content counts, never a
//! mixture, and the data directory is whole. `KILLS` sets how often (3), `SEED` repeats a run.

use std::time::Duration;

use serde_json::{Value, json};

use crate::content_api::{rule, site, upload, yaml, zip};
use crate::crash::{random, setting};
use crate::harness::{Server, TOKEN, okta_event, text, try_request};

/// Items of one upload.
const ITEMS: usize = 40;
/// A kill comes within this time after an upload began, which takes about as long in a debug build.
const KILL_AFTER_MAX: Duration = Duration::from_millis(700);

/// An upload in which every text says which one it is.
fn generation(number: u64) -> Vec<u8> {
    let helper = format!("GENERATION = {number}\n");
    let mut files = vec![
        (
            "global_helpers/g.yml".to_owned(),
            "AnalysisType: global\nGlobalID: generation\nFilename: g.py\n".to_owned(),
        ),
        ("global_helpers/g.py".to_owned(), helper),
    ];
    for item in 0..ITEMS {
        let id = format!("Gen.{item:02}");
        let keys = format!("{}Description: generation {number}\n", yaml(&id, "r.py"));
        let python = format!(
            "from generation import GENERATION\n# {number}\ndef rule(event):\n    return {item} == 0\n\
             def title(event):\n    return f'{number} {{GENERATION}} ' + event['uuid']\n"
        );
        files.push((format!("rules/r{item}/r.yml"), keys));
        files.push((format!("rules/r{item}/r.py"), python));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    zip(&files)
}

/// The generation that counts; all texts are of it.
fn counted(server: &Server, probe: &str) -> u64 {
    let rules: Vec<Value> = server.list("/rules?name-contains=Gen.");
    assert_eq!(rules.len(), ITEMS);
    let of = |text: &str| text.rsplit(' ').next().unwrap().trim().parse::<u64>().unwrap();
    let number = of(&text(&rules[0]["description"]));
    for rule in &rules {
        assert_eq!(text(&rule["description"]), format!("generation {number}"), "{rule}");
        assert!(text(&rule["body"]).contains(&format!("# {number}\n")), "{rule}");
        assert_eq!(rule["version"], rules[0]["version"], "all were changed together");
        assert_eq!(rule["problem"], Value::Null);
    }
    assert_eq!(server.get_json("/globals/generation")["body"], format!("GENERATION = {number}\n").as_str());
    let before = server.evaluated();
    server.send_events(&[okta_event(probe, "user@example.com", "X")]);
    server.wait_evaluated(before + 1);
    let title = format!("{number} {number} {probe}");
    let titles: Vec<String> = server.alerts("ALERT").iter().map(|alert| text(&alert["title"])).collect();
    assert!(titles.contains(&title), "`{title}` in {titles:?}");
    number
}

#[test]
fn a_kill_leaves_the_old_or_the_new_content() {
    let kills: u64 = setting("KILLS").unwrap_or(3);
    let seed = setting("SEED").unwrap_or_else(random::seed);
    println!("SEED={seed} KILLS={kills}");
    let mut random = random::Random::new(seed);
    let site = site();
    let server = site.start();
    assert_eq!(upload(&server, "/content/upload", &generation(0)).status, 200);
    server.kill();
    let (mut last, mut taken) = (0, 0);
    for kill in 1..=kills {
        let server = site.start();
        let (url, archive) = (format!("{}/content/upload", server.base), generation(kill));
        let sent =
            std::thread::spawn(move || try_request("POST", &url, &[("X-API-Key", TOKEN)], Some(&archive)));
        std::thread::sleep(random.duration(KILL_AFTER_MAX));
        server.kill();
        let is_answered = sent.join().unwrap().is_ok_and(|answer| answer.status == 200);
        let server = site.start();
        let now = counted(&server, &format!("probe-{kill}"));
        assert!(
            now == kill || (now == last && !is_answered),
            "{now} counts after {last} and an upload of {kill}"
        );
        let changes = server.list("/content/changes");
        taken += u64::from(now == kill);
        assert_eq!(changes.len() as u64, taken + 1, "a change is there or it is not");
        println!("kill {kill}: answered {is_answered}, generation {now} counts");
        last = now;
        server.kill();
    }
    // The directory can be written as before.
    let server = site.start();
    assert_eq!(
        server.change("PUT", "/rules/After", &rule("After", "def rule(event):\n    return False\n")).status,
        201
    );
    assert_eq!(upload(&server, "/content/upload", &generation(kills + 1)).status, 200);
    assert_eq!(counted(&server, "last"), kills + 1);
    assert_eq!(server.change("DELETE", "/rules/After", &json!({})).status, 204);
    assert_eq!(server.terminate(), Some(0));
}
