//! Reads lines from files or stdin, one numbering over all of them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use model::{Event, LogType, SourceId};
use stdx::{Clock, SystemClock};
use tokio::sync::mpsc;

use super::event::complete;
use crate::failure::Failure;

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 64 << 20;
/// Events of one batch.
const BATCH_EVENTS_MAX: usize = 512;
/// Bytes of one batch, unless a single line is larger.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// Bytes that are read at once.
const READ_BYTES: usize = 256 << 10;

/// Some lines of the input. The row id of an event is its index.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    /// What to say about lines that are no events.
    pub(super) refused: Vec<String>,
    pub(super) bytes: usize,
}

/// Makes sure, before anything is started, that the files are there.
pub(super) fn check(files: &[PathBuf]) -> Result<(), Failure> {
    for file in files {
        File::open(file)
            .and_then(|file| file.metadata())
            .and_then(|data| if data.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok(()) })
            .map_err(|error| {
                Failure::Usage(format!("cannot read the events `{}`: {error}", file.display()))
            })?;
    }
    Ok(())
}

/// Reads everything and hands it on in batches, until nobody takes them any more.
pub(super) fn read(
    files: &[PathBuf],
    log_type: &LogType,
    sender: &mpsc::Sender<Batch>,
) -> Result<(), Failure> {
    let mut reader = Reader { log_type, sender, index: 0, batch: Batch::default() };
    if files.is_empty() {
        return reader.stream("<stdin>", io::stdin().lock());
    }
    for path in files {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|error| broken(path, &error))?;
        reader.stream(&name, file)?;
    }
    Ok(())
}

fn broken(path: &Path, error: &io::Error) -> Failure {
    Failure::Operation(format!("cannot read the events `{}`: {error}", path.display()))
}

struct Reader<'a> {
    log_type: &'a LogType,
    sender: &'a mpsc::Sender<Batch>,
    index: u64,
    batch: Batch,
}

impl Reader<'_> {
    fn stream(&mut self, name: &str, stream: impl Read) -> Result<(), Failure> {
        let mut stream = BufReader::with_capacity(READ_BYTES, stream);
        let mut line = Vec::new();
        let mut number = 0_u64;
        loop {
            let length =
                read_line(&mut stream, &mut line).map_err(|error| broken(Path::new(name), &error))?;
            let Some(length) = length else { break };
            number += 1;
            let bytes = if number == 1 { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
            if !bytes.trim_ascii().is_empty() {
                self.take(bytes, length > LINE_BYTES_MAX, &format_place(name, number));
            }
            // An empty buffer means that the next read may wait: what is there goes on first.
            let is_full = self.batch.events.len() >= BATCH_EVENTS_MAX || self.batch.bytes >= BATCH_BYTES_MAX;
            if (is_full || stream.buffer().is_empty()) && !self.send() {
                return Ok(());
            }
        }
        self.send();
        Ok(())
    }

    fn take(&mut self, line: &[u8], is_too_long: bool, place: &dyn Fn() -> String) {
        let index = self.index;
        self.index += 1;
        let event = if is_too_long {
            Err(format!("the line is longer than {} MiB", LINE_BYTES_MAX >> 20))
        } else {
            std::str::from_utf8(line)
                .map_err(|_| "the line is not UTF-8".to_owned())
                .and_then(|text| complete(text, self.log_type.as_str()))
        };
        match event {
            Ok(json) => {
                self.batch.bytes += json.len();
                self.batch.events.push(Event {
                    log_type: self.log_type.clone(),
                    row_id: index.to_string().into(),
                    source_id: SourceId::from("detect"),
                    accepted_at: SystemClock.now(),
                    json: json.into(),
                });
            }
            Err(reason) => self.batch.refused.push(format!("{}: {reason}", place())),
        }
    }

    /// Hands on what there is; `false` when nobody takes it.
    fn send(&mut self) -> bool {
        let batch = std::mem::take(&mut self.batch);
        let is_empty = batch.events.is_empty() && batch.refused.is_empty();
        is_empty || self.sender.blocking_send(batch).is_ok()
    }
}

fn format_place(name: &str, number: u64) -> impl Fn() -> String {
    move || format!("{name}:{number}")
}

/// Reads one line into `line`, at most [`LINE_BYTES_MAX`] + 1 bytes of it; `None` at the end, else its
/// length as far as that is known.
fn read_line(stream: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Option<usize>> {
    line.clear();
    let most = u64::try_from(LINE_BYTES_MAX).expect("the limit is small") + 1;
    stream.by_ref().take(most).read_until(b'\n', line)?;
    if line.is_empty() {
        return Ok(None);
    }
    let length = line.len();
    if length > LINE_BYTES_MAX && line.last() != Some(&b'\n') {
        skip_line(stream)?;
    }
    Ok(Some(length))
}

fn skip_line(stream: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = stream.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => {
                stream.consume(at + 1);
                return Ok(());
            }
            None => {
                let length = buffer.len();
                stream.consume(length);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(texts: &[&[u8]]) -> (Vec<(String, String)>, Vec<String>) {
        let (sender, mut receiver) = mpsc::channel(64);
        let log_type = LogType::from("A.B");
        let mut reader = Reader { log_type: &log_type, sender: &sender, index: 0, batch: Batch::default() };
        for text in texts {
            reader.stream("f", *text).unwrap();
        }
        drop(sender);
        let (mut events, mut refused) = (Vec::new(), Vec::new());
        while let Some(batch) = receiver.blocking_recv() {
            refused.extend(batch.refused);
            events
                .extend(batch.events.iter().map(|event| (event.row_id.to_string(), event.json.to_string())));
        }
        (events, refused)
    }

    #[test]
    fn blank_lines_have_no_index_and_broken_ones_have() {
        let (events, refused) =
            read_text(&[b"\xef\xbb\xbf{\"p_log_type\":\"X\"}\r\n\n[1]\n\xff\n", b"{\"p_log_type\":\"Y\"}"]);
        let expected = [("0", "{\"p_log_type\":\"X\"}"), ("3", "{\"p_log_type\":\"Y\"}")];
        assert_eq!(events, expected.map(|(index, json)| (index.to_owned(), json.to_owned())));
        assert_eq!(refused.len(), 2);
        assert!(refused[0].starts_with("f:3: not a JSON object"), "{refused:?}");
        assert_eq!(refused[1], "f:4: the line is not UTF-8");
    }
}
