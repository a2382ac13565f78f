//! A process that dies in the middle of an attempt.

use std::sync::Arc;

use model::DeliveryState;
use stdx::SystemClock;
use tempfile::TempDir;
use test_support::{Receiver, Reply};
use tokio::sync::Notify;

use crate::bench::{Bench, alert, destination, quick};

#[tokio::test]
async fn after_a_crash_the_same_delivery_comes_again_and_finished_ones_do_not() {
    let receiver = Receiver::start().await;
    receiver.script([Reply::ok(), Reply::hang()]);
    let dir = Arc::new(TempDir::new().unwrap());
    let to = destination("hook", "webhook", &receiver.url("/"), quick());
    let tell = Arc::new(Notify::new());
    let hung = Arc::clone(&tell);

    // The first process: a runtime of its own that is dropped in the middle of the second delivery.
    let (first_dir, first_to) = (Arc::clone(&dir), to.clone());
    let dying = move || {
        let process = tokio::runtime::Runtime::new().unwrap();
        let ids = process.block_on(async {
            let bench = Bench::on(first_dir, Arc::new(SystemClock)).await;
            bench.delivery.set_destinations(vec![first_to.clone()]);
            let done = bench.send(vec![alert(1)], &first_to).await.remove(0);
            bench.wait_for_state(&done, DeliveryState::Delivered).await;
            let under_way = bench.send(vec![alert(2)], &first_to).await.remove(0);
            hung.notified().await;
            [done, under_way]
        });
        process.shutdown_background();
        ids
    };
    let first = tokio::task::spawn_blocking(dying);
    receiver.wait_for(2).await;
    tell.notify_one();
    let [done, under_way] = first.await.unwrap();

    let bench = Bench::on(dir, Arc::new(SystemClock)).await;
    assert_eq!(bench.find(&under_way).await.attempt_count, 0);
    bench.delivery.set_destinations(vec![to]);
    bench.wait_for_state(&under_way, DeliveryState::Delivered).await;
    let keys: Vec<String> = receiver
        .requests()
        .iter()
        .map(|request| request.header("idempotency-key").unwrap().to_owned())
        .collect();
    let times = |id: &model::DeliveryId| keys.iter().filter(|key| *key == id.as_str()).count();
    assert_eq!((times(&done), times(&under_way)), (1, 2));
}
