//! The server is killed in the middle of changes of content: afterwards the old or the new content counts, never a
//! mixture, and the data directory is whole. `KILLS` sets how often (10), `SEED` repeats a run.
//!
//! Uploads are timed first, and the kills spread over that time, so that most of them come before the answer
//! however fast the machine is; half of them must, or the test proves nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::content_api::{rule, site, upload, yaml, zip};
use crate::crash::{random, setting};
use crate::harness::{Server, TOKEN, okta_event, text, try_request};

/// Items of one upload.
const ITEMS: usize = 200;
/// So many uploads are timed before the first kill.
const TIMED: u64 = 2;
/// Every second kill comes in this last part of an upload, in which content is warmed, stored and swapped.
const LAST_PART: f64 = 0.4;

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
    let rules: Vec<Value> = server.list("/rules?name-contains=Gen.&limit=1000");
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

/// How long an upload takes from its first byte to its answer.
struct Pace(Duration);

impl Pace {
    /// Times uploads of the generations `1..=TIMED` on a server that has another one already.
    fn measure(server: &Server) -> Pace {
        let timed = (1..=TIMED).map(|number| {
            let archive = generation(number);
            let began = Instant::now();
            assert_eq!(upload(server, "/content/upload", &archive).status, 200);
            began.elapsed()
        });
        Pace(timed.min().unwrap())
    }

    /// When kill `kill` of `kills` comes: they are spread evenly, each a little off its place.
    fn moment(&self, kill: u64, kills: u64, random: &mut random::Random) -> Duration {
        let place = (kill as f64 - random.below(1_000) as f64 / 1e3) / kills as f64;
        self.0.mul_f64(if is_late(kill) { 1.0 - LAST_PART * (1.0 - place) } else { place })
    }

    /// Follows the machine: of the late kills some come behind the answer, most before it, all near to it.
    fn learn(&mut self, kill: u64, is_answered: bool) {
        self.0 = match (is_answered, is_late(kill)) {
            (true, _) => self.0.mul_f64(0.75),
            (false, true) => self.0.mul_f64(1.12),
            (false, false) => self.0,
        };
    }
}

/// Whether a kill comes in the last part of an upload.
fn is_late(kill: u64) -> bool {
    kill.is_multiple_of(2)
}

#[test]
fn a_kill_leaves_the_old_or_the_new_content() {
    let kills: u64 = setting("KILLS").unwrap_or(10);
    let seed = setting("SEED").unwrap_or_else(random::seed);
    println!("SEED={seed} KILLS={kills}");
    let mut random = random::Random::new(seed);
    let site = site();
    let server = site.start();
    assert_eq!(upload(&server, "/content/upload", &generation(0)).status, 200);
    let mut pace = Pace::measure(&server);
    println!("an upload takes {:?}", pace.0);
    server.kill();
    let (mut last, mut taken, mut before_answer, mut new_without_answer) = (TIMED, TIMED + 1, 0, 0);
    for kill in 1..=kills {
        let number = TIMED + kill;
        let server = site.start();
        let (url, archive) = (format!("{}/content/upload", server.base), generation(number));
        let moment = pace.moment(kill, kills, &mut random);
        let sent =
            std::thread::spawn(move || try_request("POST", &url, &[("X-API-Key", TOKEN)], Some(&archive)));
        std::thread::sleep(moment);
        server.kill();
        let is_answered = sent.join().unwrap().is_ok_and(|answer| answer.status == 200);
        pace.learn(kill, is_answered);
        let server = site.start();
        let now = counted(&server, &format!("probe-{number}"));
        assert!(
            now == number || (now == last && !is_answered),
            "{now} counts after {last} and an upload of {number}"
        );
        taken += u64::from(now == number);
        let newest = &server.list("/content/changes?limit=1")[0];
        assert_eq!(newest["id"], taken, "a change is there or it is not");
        println!("kill {kill} after {moment:?}: answered {is_answered}, generation {now} counts");
        before_answer += u64::from(!is_answered);
        new_without_answer += u64::from(!is_answered && now == number);
        last = now;
        server.kill();
    }
    println!(
        "{before_answer} of {kills} kills came before the answer; after {new_without_answer} of them the new content counts"
    );
    assert!(before_answer * 2 >= kills, "only {before_answer} of {kills} kills came before the answer");
    // The directory can be written as before.
    let server = site.start();
    assert_eq!(
        server.change("PUT", "/rules/After", &rule("After", "def rule(event):\n    return False\n")).status,
        201
    );
    let number = TIMED + kills + 1;
    assert_eq!(upload(&server, "/content/upload", &generation(number)).status, 200);
    assert_eq!(counted(&server, "last"), number);
    assert_eq!(server.change("DELETE", "/rules/After", &json!({})).status, 204);
    assert_eq!(server.terminate(), Some(0));
}
