//! Bodies of requests as sent: compression, size, text.

use std::io::Read as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use journal::{Journal, JournalConfig};
use sources::{Auth, HttpLimits, HttpSourceConfig, SourceTable, StreamType};
use stdx::SystemClock;
use tower::ServiceExt as _;

const BODY_BYTES_MAX: u64 = 64 << 10;
const INFLATED_BYTES_MAX: usize = 1 << 20;

/// Sends a body to a source whose journal is closed: a body that would be accepted is answered with 503, so
/// that no input waits for a disk. Any other one is refused with a reason; no body is a fault of the server,
/// and what is accepted is text that inflates within the limits.
pub fn inflate(input: &[u8]) {
    thread_local! {
        static DOOR: Door = Door::open();
    }
    let (status, message) = DOOR.with(|door| door.post(input));
    assert!(!message.is_empty(), "a refusal says why");
    let is_accepted = status == StatusCode::SERVICE_UNAVAILABLE;
    match plain(input) {
        Plain::Text => assert!(is_accepted, "text is refused with {status}: {message}"),
        Plain::Refused => {
            let is_refused = matches!(status.as_u16(), 400 | 413);
            assert!(
                is_refused,
                "a body that is no text within the limits is answered with {status}: {message}"
            );
        }
    }
}

enum Plain {
    Text,
    Refused,
}

/// What the body should be taken for, found out the simple way.
fn plain(input: &[u8]) -> Plain {
    let bytes_max = INFLATED_BYTES_MAX.min(input.len() * HttpLimits::default().inflate_ratio_max);
    let read_all = |reader: &mut dyn std::io::Read| {
        let mut text = Vec::new();
        let limit = u64::try_from(bytes_max).expect("a size fits") + 1;
        reader.take(limit).read_to_end(&mut text).ok().filter(|&count| count <= bytes_max).map(|_| text)
    };
    let text = if input.len() as u64 > BODY_BYTES_MAX {
        None
    } else if input.starts_with(&[0x1f, 0x8b]) {
        read_all(&mut MultiGzDecoder::new(input))
    } else if input.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        zstd::stream::read::Decoder::with_buffer(input).ok().and_then(|mut decoder| {
            decoder.window_log_max(23).ok()?;
            read_all(&mut decoder)
        })
    } else {
        Some(input.to_vec())
    };
    match text {
        Some(text) if !text.is_empty() && !text.contains(&0) && std::str::from_utf8(&text).is_ok() => {
            Plain::Text
        }
        _ => Plain::Refused,
    }
}

struct Door {
    runtime: tokio::runtime::Runtime,
    sources: SourceTable,
    journal: Journal,
}

impl Door {
    fn open() -> Door {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime of one thread starts");
        let journal = runtime.block_on(async {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let journal = Journal::open(JournalConfig::new(folder.path()), Arc::new(SystemClock)).await;
            let journal = journal.expect("an empty journal opens");
            journal.clone().close().await.expect("an empty journal closes");
            journal
        });
        let source = HttpSourceConfig {
            id: "door".into(),
            label: "door".to_owned(),
            log_types: vec!["Okta.SystemLog".into()],
            stream_type: StreamType::Auto,
            body_bytes_max: BODY_BYTES_MAX,
            no_data_alarm: None,
            auth: Auth::None,
        };
        Door { runtime, sources: SourceTable::new([source]), journal }
    }

    fn post(&self, body: &[u8]) -> (StatusCode, String) {
        let limits = HttpLimits { inflated_bytes_max: INFLATED_BYTES_MAX, ..HttpLimits::default() };
        let router = sources::router_with_limits(self.sources.clone(), self.journal.clone(), limits);
        let body = Full::new(Bytes::copy_from_slice(body));
        let request = Request::post("/http/door").body(body).expect("the request is legal");
        self.runtime.block_on(async {
            let Ok(response) = router.oneshot(request).await;
            let status = response.status();
            let answer = response.into_body().collect().await.expect("an answer in memory can be read");
            let answer: serde_json::Value =
                serde_json::from_slice(&answer.to_bytes()).expect("every answer is JSON");
            (status, answer["message"].as_str().unwrap_or_default().to_owned())
        })
    }
}
