//! What the demonstration is made of: configuration, content, logs, and what should come of them.

use std::net::SocketAddr;

use jiff::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stamp;
use crate::failure::Failure;

/// The detection repository: path and text.
pub(super) const CONTENT: &[(&str, &str)] = &[
    ("global_helpers/demo_helpers.yml", include_str!("../../demo/content/global_helpers/demo_helpers.yml")),
    ("global_helpers/demo_helpers.py", include_str!("../../demo/content/global_helpers/demo_helpers.py")),
    (
        "rules/okta_rules/okta_user_locked_out.yml",
        include_str!("../../demo/content/rules/okta_rules/okta_user_locked_out.yml"),
    ),
    (
        "rules/okta_rules/okta_user_locked_out.py",
        include_str!("../../demo/content/rules/okta_rules/okta_user_locked_out.py"),
    ),
    (
        "rules/aws_rules/aws_root_console_login.yml",
        include_str!("../../demo/content/rules/aws_rules/aws_root_console_login.yml"),
    ),
    (
        "rules/aws_rules/aws_root_console_login.py",
        include_str!("../../demo/content/rules/aws_rules/aws_root_console_login.py"),
    ),
    (
        "rules/aws_rules/aws_access_denied_burst.yml",
        include_str!("../../demo/content/rules/aws_rules/aws_access_denied_burst.yml"),
    ),
    (
        "rules/aws_rules/aws_access_denied_burst.py",
        include_str!("../../demo/content/rules/aws_rules/aws_access_denied_burst.py"),
    ),
];

/// The configuration, with the inbox as every destination's tool.
pub(super) fn configuration(inbox: SocketAddr) -> String {
    format!(
        r#"listen: 127.0.0.1:0
data_dir: data
content: [content]
egress: {{ allow: ["{inbox}"] }}
log: {{ level: error }}
sources:
  - {{ id: okta, type: http, log_types: [Okta.SystemLog], auth: {{ type: bearer, token: demo-okta-token }} }}
  - {{ id: cloudtrail, type: http, log_types: [AWS.CloudTrail], auth: {{ type: bearer, token: demo-cloudtrail-token }} }}
delivery: {{ rate: none }}
destinations:
  - name: security-slack
    type: slack
    config: {{ webhook_url: "http://{inbox}/slack" }}
    severities: [HIGH, CRITICAL]
  - name: tines-unlock
    type: tines
    config: {{ webhook_url: "http://{inbox}/tines" }}
  - name: case-management
    type: webhook
    config: {{ webhook_url: "http://{inbox}/webhook" }}
    severities: [MEDIUM, HIGH, CRITICAL]
"#
    )
}

/// Source and body of each sample, times just before `now`.
pub(super) fn bodies(now: Timestamp) -> [(&'static str, String); 2] {
    [
        ("okta", stamp(include_str!("../../demo/logs/okta.jsonl"), now)),
        ("cloudtrail", stamp(include_str!("../../demo/logs/cloudtrail.json"), now)),
    ]
}

/// Tool and title of every message that must arrive.
pub(super) fn expected_messages() -> Vec<(&'static str, &'static str)> {
    vec![
        ("slack", "kim@field.example.com is locked out of Okta"),
        ("tines", "kim@field.example.com is locked out of Okta"),
        ("slack", "ada@example.com is locked out of Okta"),
        ("slack", "the root user signed in to the console of 123456789012"),
        ("webhook", "the root user signed in to the console of 123456789012"),
        ("webhook", "deploy is refused again and again"),
    ]
}

/// Posts one body to a source of the demonstration's own server; gives the status line.
pub(super) async fn send(server: SocketAddr, source: &str, body: &str) -> Result<String, Failure> {
    let request = format!(
        "POST /http/{source} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer demo-{source}-token\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(server).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<String, std::io::Error>(answer)
    };
    let answer = exchange.await.map_err(|error| Failure::operation("cannot send the sample logs", &error))?;
    let status = answer.lines().next().unwrap_or_default().to_owned();
    if status.contains(" 200 ") {
        Ok(status)
    } else {
        Err(Failure::Operation(format!("the source `{source}` refused the sample logs: {answer}")))
    }
}
