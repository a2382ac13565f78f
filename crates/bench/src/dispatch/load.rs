//! The generator: posts in a closed or an open loop, and when each alert's post began.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::sender::Sender;

/// Connections of the open loop: one post that takes long delays no other.
const OPEN_LOOP_CONNECTIONS: usize = 4;

/// Where alerts are posted, and how one request of them is written.
#[derive(Clone, Copy)]
pub(crate) struct Door<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'a str,
    pub(crate) body: &'a (dyn Fn(Range<usize>) -> String + Sync),
}

/// Alerts with the beginning of their post.
pub(crate) type Posted = Vec<(usize, Instant)>;

/// One connection that posts the next `per_post` alerts as soon as the last are answered.
pub(crate) fn closed_loop(door: Door<'_>, numbers: Range<usize>, per_post: usize) -> Result<Posted> {
    let posts: Vec<(Range<usize>, String)> = numbers
        .clone()
        .step_by(per_post)
        .map(|first| first..(first + per_post).min(numbers.end))
        .map(|numbers| (numbers.clone(), (door.body)(numbers)))
        .collect();
    let mut sender = Sender::connect(door.address)?;
    let mut posted = Vec::with_capacity(numbers.len());
    for (numbers, body) in posts {
        let begun = Instant::now();
        sender.post(door.path, &body)?;
        posted.extend(numbers.map(|number| (number, begun)));
    }
    Ok(posted)
}

/// One alert a post, so many a second, whether the last is answered or not. The clock of a post starts when
/// it is due, also when the generator is late.
pub(crate) fn open_loop(door: Door<'_>, numbers: Range<usize>, per_second: u32) -> Result<Posted> {
    let start = Instant::now() + Duration::from_millis(10);
    let step = Duration::from_secs(1) / per_second;
    let mut posted = Vec::with_capacity(numbers.len());
    std::thread::scope(|scope| {
        let connections: Vec<_> = (0..OPEN_LOOP_CONNECTIONS)
            .map(|connection| {
                let own = numbers.clone().enumerate().skip(connection).step_by(OPEN_LOOP_CONNECTIONS);
                scope.spawn(move || -> Result<Posted> {
                    let mut sender = Sender::connect(door.address)?;
                    let mut posted = Vec::new();
                    for (index, number) in own {
                        let due = start + step * u32::try_from(index)?;
                        let body = (door.body)(number..number + 1);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                        sender.post(door.path, &body)?;
                        posted.push((number, due));
                    }
                    Ok(posted)
                })
            })
            .collect();
        for connection in connections {
            posted.extend(connection.join().map_err(|_| anyhow!("a sender panicked"))??);
        }
        Ok(posted)
    })
}
