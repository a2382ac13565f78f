//! A sender: one kept-alive connection, one request at a time.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// One connection.
pub(crate) struct Sender {
    stream: BufReader<TcpStream>,
}

impl Sender {
    /// Connects.
    pub(crate) fn connect(address: SocketAddr) -> Result<Sender> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Sender { stream: BufReader::new(stream) })
    }

    /// Posts one body of JSON and waits for its 200.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Result<()> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: margay\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(&[head.as_bytes(), body.as_bytes()].concat())?.ok().map(drop)
    }

    /// Gets a path with an API token and waits for its 200; answers the body.
    pub(crate) fn get(&mut self, path: &str, token: &str) -> Result<Vec<u8>> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: margay\r\nX-API-Key: {token}\r\n\r\n");
        self.exchange(request.as_bytes())?.ok().with_context(|| format!("GET {path}"))
    }

    /// Sends JSON, with an API token unless that is empty, and waits for the answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, token: &str, body: &Value) -> Result<Answer> {
        let token = if token.is_empty() { String::new() } else { format!("X-API-Key: {token}\r\n") };
        let body = body.to_string();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: margay\r\n{token}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        self.exchange(&[head.as_bytes(), body.as_bytes()].concat())
    }

    fn exchange(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.trim().to_owned();
        let mut length = 0_usize;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().context("a content length")?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok(Answer { status, body })
    }
}

/// What a server answers.
pub(crate) struct Answer {
    /// The first line.
    pub(crate) status: String,
    body: Vec<u8>,
}

impl Answer {
    /// The body of a 200.
    fn ok(self) -> Result<Vec<u8>> {
        ensure!(self.status.contains(" 200 "), "{}: {}", self.status, String::from_utf8_lossy(&self.body));
        Ok(self.body)
    }

    /// The JSON of a 200; null when there is no body.
    pub(crate) fn json(self) -> Result<Value> {
        let body = self.ok()?;
        if body.is_empty() { Ok(Value::Null) } else { Ok(serde_json::from_slice(&body)?) }
    }
}

/// Identity of event `number`; ends in its decimal digits.
pub(crate) fn uuid(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number:08}")
}

/// Okta events as JSON lines.
pub(crate) fn events(prefix: &str, numbers: Range<usize>) -> String {
    let mut body = String::new();
    for number in numbers {
        let line = writeln!(
            body,
            r#"{{"uuid":"{}","published":"2026-01-02T03:04:05.678Z","eventType":"user.session.start","version":"0","severity":"INFO","displayMessage":"User login to Okta","actor":{{"id":"00u1abcd","type":"User","alternateId":"user{}@example.com","displayName":"User Name"}},"client":{{"ipAddress":"203.0.113.9","userAgent":{{"rawUserAgent":"Mozilla/5.0","os":"Linux","browser":"FIREFOX"}},"zone":"null","device":"Computer"}},"outcome":{{"result":"SUCCESS"}},"target":[{{"id":"00u1abcd","type":"User","alternateId":"user@example.com","displayName":"User Name"}}],"transaction":{{"type":"WEB","id":"Y1234"}},"debugContext":{{"debugData":{{"requestUri":"/api/v1/authn"}}}}}}"#,
            uuid(prefix, number),
            number % 50,
        );
        line.expect("writing to a string cannot fail");
    }
    body
}
