//! A real server on a free port with a directory of its own, clients for it, and vendors it talks to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use test_support::Receiver;
use tokio::runtime::Runtime;

/// Administrator token of every test server.
pub(crate) const TOKEN: &str = "e2e-admin-token-0123456789";
/// No test waits longer for one thing.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(60);

/// Fake vendors live here; the tests themselves are plain threads.
static VENDORS: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
});

/// A vendor that answers 200 until told otherwise.
pub(crate) fn vendor() -> Receiver {
    VENDORS.block_on(Receiver::start())
}

/// An `egress.allow` list that opens these vendors and nothing else.
pub(crate) fn allow(vendors: &[&Receiver]) -> String {
    let rules: Vec<String> = vendors.iter().map(|vendor| format!("\"{}\"", vendor.address())).collect();
    format!("egress: {{ allow: [{}] }}\n", rules.join(", "))
}

/// A directory with a configuration and content; servers are started on it, one after the other.
pub(crate) struct Site {
    pub(crate) dir: TempDir,
}

impl Site {
    /// A site with this configuration; `listen` is set by [`Site::start`].
    pub(crate) fn new(config: &str) -> Site {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("margay.yaml"), config).unwrap();
        std::fs::create_dir_all(dir.path().join("content/rules")).unwrap();
        Site { dir }
    }

    /// Writes one file below the site's directory.
    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Adds a Python rule with this body; `keys` are further YAML lines.
    pub(crate) fn rule(&self, id: &str, keys: &str, python: &str) -> &Self {
        let name = id.to_lowercase().replace('.', "_");
        let yaml = format!(
            "AnalysisType: rule\nRuleID: {id}\nFilename: {name}.py\nEnabled: true\nLogTypes: [Okta.SystemLog]\n{}{keys}",
            if keys.contains("Severity:") { "" } else { "Severity: High\n" }
        );
        self.write(&format!("content/rules/{name}.yml"), &yaml);
        self.write(&format!("content/rules/{name}.py"), python)
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.path().join("margay-data")
    }

    /// A `margay` command in the site's directory.
    pub(crate) fn margay(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_margay"));
        command.args(args).current_dir(self.path());
        for name in ["MARGAY_CONFIG", "MARGAY_DATA_DIR", "MARGAY_LISTEN", "MARGAY_EXTERNAL_URL", "MARGAY_LOG"]
        {
            command.env_remove(name);
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.margay(args).output().unwrap())
    }

    /// `margay serve` with output to a pipe and the log to a file.
    fn serve(&self) -> Command {
        let mut command = self.margay(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("MARGAY_BOOTSTRAP_TOKEN", TOKEN).stdout(Stdio::piped());
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path().join("server.log"))
            .unwrap();
        command.stderr(log);
        command
    }

    /// Begins to start a server and does not wait.
    pub(crate) fn spawn(&self) -> Child {
        self.serve().spawn().unwrap()
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn start(&self) -> Server {
        self.start_with(|command| command)
    }

    /// Like [`Site::start`], with a change of the command.
    pub(crate) fn start_with(&self, change: impl FnOnce(&mut Command) -> &mut Command) -> Server {
        let mut command = self.serve();
        let mut child = change(&mut command).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let Some(Ok(line)) = lines.next() else {
                let log = self.log();
                panic!("the server ended before it was ready ({:?}):\n{log}", child.wait());
            };
            if let Some(address) = line.strip_prefix("margay ready on http://") {
                break address.to_owned();
            }
        };
        // Keep reading so that the server never blocks on a full pipe.
        let printed = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&printed);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().unwrap().push(line);
            }
        });
        Server { child, base: format!("http://{address}"), printed }
    }

    /// Everything that the servers of this site logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("server.log")).unwrap_or_default()
    }
}

/// A command that ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) base: String,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Status, headers that matter, and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) set_cookie: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// One request; an error means that no whole answer came.
pub(crate) fn try_request(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&[u8]>,
) -> Result<Answer, ureq::Error> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(WAIT_MAX))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = match body {
        Some(body) => agent.run(request.body(body.to_vec())?)?,
        None => agent.run(request.body(())?)?,
    };
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    let (retry_after, content_type) = (header("retry-after"), header("content-type"));
    let (set_cookie, etag) = (header("set-cookie"), header("etag"));
    let body = answer.into_body().read_to_string()?;
    Ok(Answer { status, retry_after, content_type, set_cookie, etag, body })
}

impl Server {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills the server as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the server to end and waits; gives its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        signal(self.pid(), "TERM");
        self.child.wait().unwrap().code()
    }

    /// What it printed since it was ready.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.lock().unwrap().clone()
    }

    /// Sends raw logs to a source.
    pub(crate) fn send(&self, source: &str, body: impl AsRef<[u8]>) -> Answer {
        self.request("POST", &format!("/http/{source}"), &[], Some(body.as_ref()))
    }

    /// Sends events to the source `okta`, one a line, and makes sure that they are accepted.
    pub(crate) fn send_events(&self, events: &[Value]) {
        let lines: Vec<String> = events.iter().map(Value::to_string).collect();
        let answer = self.send("okta", lines.join("\n"));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Waits until so many events went through the detections since the data directory was made.
    pub(crate) fn wait_evaluated(&self, count: u64) {
        wait_until(&format!("{count} events are evaluated"), || self.evaluated() >= count);
        assert_eq!(self.evaluated(), count);
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tests are small")]
    pub(crate) fn evaluated(&self) -> u64 {
        self.metric("margay_events_evaluated_total") as u64
    }

    /// Waits until no delivery is under way or waits for a retry.
    pub(crate) fn wait_delivered(&self) {
        wait_until("nothing is pending", || self.metric("margay_deliveries_pending") == 0.0);
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[("X-API-Key", TOKEN)], None)
    }

    pub(crate) fn get_json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.body);
        answer.json()
    }

    /// The `results` of a list.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        self.get_json(path)["results"].as_array().unwrap().clone()
    }

    /// POST or PATCH with a JSON body and the administrator's token.
    pub(crate) fn change(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("X-API-Key", TOKEN), ("Content-Type", "application/json")];
        self.request(method, path, &headers, Some(body.to_string().as_bytes()))
    }

    pub(crate) fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        try_request(method, &format!("{}{path}", self.base), headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// All alerts of a class, newest first, over all pages.
    pub(crate) fn alerts(&self, class: &str) -> Vec<Value> {
        let mut alerts = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get_json(&format!("/alerts?type={class}&limit=50{cursor}"));
            alerts.extend(page["results"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return alerts,
            }
        }
    }

    /// The alerts of one detection.
    pub(crate) fn alerts_of(&self, class: &str, rule_id: &str) -> Vec<Value> {
        self.list(&format!("/alerts?type={class}&detection-id={rule_id}&limit=50"))
    }

    /// The deliveries of an alert, by name of the destination.
    pub(crate) fn deliveries(&self, alert: &Value) -> Vec<Value> {
        let mut deliveries = self.list(&format!("/alerts/{}/deliveries", text(&alert["id"])));
        deliveries.sort_by_key(|delivery| text(&delivery["displayName"]));
        deliveries
    }

    /// All series of the metrics page; each name has one `# TYPE` line, each series one value.
    pub(crate) fn series(&self) -> BTreeMap<String, f64> {
        let page = self.request("GET", "/metrics", &[], None);
        assert!(page.content_type.unwrap().starts_with("text/plain"));
        let mut series = BTreeMap::new();
        let mut typed = BTreeSet::new();
        for line in page.body.lines().filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix("# TYPE ") {
                let name = comment.split(' ').next().unwrap();
                assert!(typed.insert(name.to_owned()), "`{name}` has two types:\n{}", page.body);
            } else if !line.starts_with('#') {
                let (name, value) = line.rsplit_once(' ').unwrap();
                let double = series.insert(name.to_owned(), value.parse().unwrap());
                assert_eq!(double, None, "`{name}` is there twice:\n{}", page.body);
            }
        }
        series
    }

    /// Value of one metric, summed over its labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let page = self.request("GET", "/metrics", &[], None).body;
        page.lines()
            .filter(|line| line.split(['{', ' ']).next() == Some(name))
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok())
            .sum()
    }
}

/// A JSON string as text.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string")).to_owned()
}

/// Sends a signal with the system's own program.
pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Waits until `condition` holds, at most [`WAIT_MAX`].
pub(crate) fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_at_most(WAIT_MAX, what, condition);
}

/// Waits until `condition` holds.
pub(crate) fn wait_at_most(limit: Duration, what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "gave up waiting until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An Okta lock-out as the service writes it.
pub(crate) fn okta_event(uuid: &str, user: &str, reason: &str) -> Value {
    serde_json::json!({
        "uuid": uuid, "published": "2026-01-02T03:04:05.678Z", "eventType": "user.account.lock",
        "version": "0", "severity": "WARN", "displayMessage": "Max sign in attempts exceeded",
        "actor": {"id": "00u1abcd", "type": "User", "alternateId": user, "displayName": "User Name"},
        "client": {"ipAddress": "203.0.113.9"},
        "outcome": {"result": "FAILURE", "reason": reason},
    })
}
