//! Over a real connection: what is answered while the sender is still writing.

use std::time::Duration;

use sources::Auth;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Harness, source, start};

async fn connect(harness: &Harness) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = harness.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    TcpStream::connect(address).await.unwrap()
}

/// Reads until the answer's JSON object ends.
async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = async {
        let mut chunk = [0; 4096];
        while !text.ends_with('}') {
            let count = stream.read(&mut chunk).await.unwrap();
            assert!(count > 0, "the connection ended after {text:?}");
            text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("an answer comes in time");
    text
}

#[tokio::test]
async fn a_chunked_body_is_accepted_and_the_connection_kept() {
    let harness = start(vec![source("s", Auth::None)]).await;
    let mut stream = connect(&harness).await;
    for _ in 0..2 {
        stream
            .write_all(
                b"POST /http/s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n",
            )
            .await
            .unwrap();
        stream.write_all(b"3\r\n:1}\r\n0\r\n\r\n").await.unwrap();
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.ends_with("{\"accepted\":7}"), "{answer}");
    }
    assert_eq!(harness.kept().await, ["{\"a\":1}", "{\"a\":1}"]);
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_before_it_is_sent() {
    let harness = start(vec![source("s", Auth::None)]).await;
    let mut stream = connect(&harness).await;
    stream.write_all(b"POST /http/s HTTP/1.1\r\nhost: x\r\ncontent-length: 99000000\r\n\r\n").await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413"));
    let mut stream = connect(&harness).await;
    stream
        .write_all(
            b"POST /http/s HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 10001\r\n\r\n",
        )
        .await
        .unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn an_endless_body_is_refused_at_the_limit() {
    let harness = start(vec![source("s", Auth::None)]).await;
    let stream = connect(&harness).await;
    let (mut reader, mut writer) = stream.into_split();
    let writing = tokio::spawn(async move {
        writer
            .write_all(b"POST /http/s HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let mut written = 0_u64;
        while writer.write_all(chunk.as_bytes()).await.is_ok() {
            written += 0x10000;
        }
        written
    });
    let mut answer = [0; 12];
    let read = reader.read_exact(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("an answer comes in time").unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    drop(reader);
    let written = tokio::time::timeout(Duration::from_secs(20), writing).await.unwrap().unwrap();
    // What is drained, and what the system holds of both ends of the connection.
    assert!(written < 96 << 20, "{written} bytes were taken");
    assert!(harness.kept().await.is_empty());
}

#[tokio::test]
async fn a_sender_of_far_too_much_may_write_all_of_it_before_it_reads_its_answer() {
    let harness = start(vec![source("s", Auth::None)]).await;
    let mut stream = connect(&harness).await;
    stream.write_all(b"POST /http/s HTTP/1.1\r\nhost: x\r\ncontent-length: 20000000\r\n\r\n").await.unwrap();
    stream.write_all(&vec![b'x'; 20_000_000]).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_refused_sender_that_is_still_writing_reads_its_answer() {
    let mut strict = source("s", Auth::Bearer { token: "t0ken".into() });
    strict.body_bytes_max = 4_000_000;
    let harness = start(vec![strict]).await;
    let mut stream = connect(&harness).await;
    stream.write_all(b"POST /http/s HTTP/1.1\r\nhost: x\r\ncontent-length: 3000000\r\n\r\n").await.unwrap();
    stream.write_all(&vec![b'x'; 3_000_000]).await.unwrap();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 401"));
    // And may go on with the same connection.
    stream
        .write_all(
            b"POST /http/s HTTP/1.1\r\nhost: x\r\nauthorization: Bearer t0ken\r\ncontent-length: 2\r\n\r\n{}",
        )
        .await
        .unwrap();
    assert!(read_answer(&mut stream).await.ends_with("{\"accepted\":2}"));
}
