//! Measures durable appends of 4 KiB: `cargo run -p journal --example append_rate -- FOLDER`.

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use journal::{Journal, JournalConfig};
use stdx::SystemClock;

const BODY_BYTES: usize = 4096;
const MEASURE_FOR: Duration = Duration::from_secs(4);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name a folder on the disk to measure")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    for appenders in [1, 16, 64, 256] {
        runtime.block_on(measure(&folder, appenders))?;
    }
    Ok(())
}

async fn measure(folder: &str, appenders: usize) -> Result<(), Box<dyn std::error::Error>> {
    let journal = Journal::open(JournalConfig::new(folder), Arc::new(SystemClock)).await?;
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..appenders {
        let journal = journal.clone();
        tasks.spawn(async move {
            let body = Bytes::from(vec![b'x'; BODY_BYTES]);
            let (mut count, mut slowest) = (0_u64, Duration::ZERO);
            while started.elapsed() < MEASURE_FOR {
                let began = Instant::now();
                if journal.append("bench".into(), body.clone()).await.is_ok() {
                    count += 1;
                    slowest = slowest.max(began.elapsed());
                }
            }
            (count, slowest)
        });
    }
    let results = tasks.join_all().await;
    let count: u64 = results.iter().map(|(count, _)| count).sum();
    let slowest = results.iter().map(|(_, slowest)| *slowest).max().unwrap_or_default();
    let seconds = started.elapsed().as_secs_f64();
    let groups = journal.group_count();
    writeln!(
        std::io::stdout(),
        "{appenders} appenders: {:.0} appends/s, {:.0} syncs/s, {:.1} appends per sync, slowest {slowest:?}",
        count as f64 / seconds,
        groups as f64 / seconds,
        count as f64 / groups as f64,
    )?;
    journal.drop_through(u64::MAX).await?;
    journal.close().await?;
    Ok(())
}
