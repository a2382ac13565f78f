//! Reading through, changes per evaluation, making room.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::*;
use crate::kv::operation::Ttl;
use crate::kv::storage::KvBackend;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
static GO: AtomicBool = AtomicBool::new(false);

/// A store of rows, which counts how often it is read.
#[derive(Default)]
struct Shelf {
    rows: Mutex<BTreeMap<String, KvRow>>,
    reads: AtomicUsize,
    is_broken: AtomicBool,
}

impl Shelf {
    fn keep(&self, changes: &KvChanges) {
        let mut rows = self.rows.lock().unwrap();
        for KvChange { key, row } in &changes.rows {
            match row {
                Some(row) => drop(rows.insert(key.clone(), row.clone())),
                None => drop(rows.remove(key)),
            }
        }
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

struct Shared(Arc<Shelf>);

impl KvBackend for Shared {
    fn load(&self, key: &str) -> Result<Option<KvRow>, KvUnavailable> {
        if self.0.is_broken.load(Ordering::Relaxed) {
            return Err(KvUnavailable("the disk is gone".into()));
        }
        self.0.reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.0.rows.lock().unwrap().get(key).cloned())
    }
}

fn stored(entries: usize, bytes: usize) -> (Arc<Shelf>, KvCache) {
    let shelf = Arc::<Shelf>::default();
    let cache = KvCache::new(KvStorage::Backend(Arc::new(Shared(Arc::clone(&shelf)))));
    (shelf, KvCache { limits: Limits { entries, bytes }, ..cache })
}

fn add(cache: &KvCache, key: &str) -> Result<KvValue, KvError> {
    let operation = KvOperation::Increment { key: key.into(), by: 1, ttl: Ttl::Default };
    cache.run(&operation, NOW, &GO)
}

fn count(cache: &KvCache, key: &str) -> i64 {
    match cache.run(&KvOperation::Count { key: key.into() }, NOW, &GO) {
        Ok(KvValue::Number(count)) => count,
        other => panic!("{other:?}"),
    }
}

fn keys(changes: &KvChanges) -> Vec<&str> {
    changes.rows.iter().map(|change| change.key.as_str()).collect()
}

#[test]
fn rows_are_read_once_and_changes_belong_to_their_evaluation() {
    let (shelf, cache) = stored(100, 1 << 20);
    shelf.rows.lock().unwrap().insert("old".into(), KvRow { count: Some(4), ..KvRow::default() });
    assert_eq!((count(&cache, "old"), count(&cache, "old"), shelf.reads()), (4, 4, 1));
    assert_eq!(cache.take_changes().rows, []);

    add(&cache, "b").unwrap();
    add(&cache, "a").unwrap();
    add(&cache, "b").unwrap();
    let first = cache.take_changes();
    assert_eq!(keys(&first), ["a", "b"]);
    assert_eq!(first.rows[1].row.as_ref().unwrap().count, Some(2));

    add(&cache, "b").unwrap();
    let second = cache.take_changes();
    assert_eq!((keys(&second), second.ticket), (vec!["b"], first.ticket + 1));
    assert_eq!(second.rows[0].row.as_ref().unwrap().count, Some(3));
}

#[test]
fn a_change_stays_in_memory_until_it_is_stored() {
    let (shelf, cache) = stored(2, 1 << 20);
    add(&cache, "a").unwrap();
    // What a group without any evaluation says.
    cache.note_committed(KvChanges::default().ticket, &[]);
    let first = cache.take_changes();
    for number in 0..10 {
        count(&cache, &format!("other {number}"));
    }
    assert_eq!(count(&cache, "a"), 1, "it was pushed out before it was stored");
    add(&cache, "a").unwrap();
    let second = cache.take_changes();

    shelf.keep(&first);
    cache.note_committed(first.ticket, &[]);
    count(&cache, "b");
    count(&cache, "c");
    assert_eq!(count(&cache, "a"), 2, "the commit of an older change let a newer one go");

    shelf.keep(&second);
    cache.note_committed(second.ticket, &[]);
    count(&cache, "b");
    count(&cache, "c");
    let before = shelf.reads();
    assert_eq!((count(&cache, "a"), shelf.reads()), (2, before + 1), "a stored row makes room");
}

#[test]
fn a_row_that_made_room_in_the_store_is_read_anew() {
    let (shelf, cache) = stored(100, 1 << 20);
    add(&cache, "a").unwrap();
    let changes = cache.take_changes();
    cache.note_committed(changes.ticket, &["a".to_owned()]);
    let before = shelf.reads();
    assert_eq!((count(&cache, "a"), shelf.reads()), (0, before + 1));
}

#[test]
fn what_cannot_make_room_is_limited_and_said() {
    let (_, cache) = stored(3, 1 << 20);
    for key in ["a", "b", "c"] {
        add(&cache, key).unwrap();
    }
    let error = add(&cache, "d").unwrap_err();
    assert!(error.to_string().starts_with("the key-value cache is full: it holds at most 3 keys"), "{error}");
    assert_eq!(count(&cache, "d"), 0);
    add(&cache, "a").unwrap();
    let changes = cache.take_changes();
    assert_eq!(keys(&changes), ["a", "b", "c"]);
    cache.note_committed(changes.ticket, &[]);
    add(&cache, "d").unwrap();

    let (_, small) = stored(100, 3 * ENTRY_BYTES + 100);
    let put = |key: &str, bytes: usize| {
        let text = "x".repeat(bytes);
        let operation = KvOperation::PutDictionary { key: key.into(), text, ttl: Ttl::Default };
        small.run(&operation, NOW, &GO)
    };
    put("a", 50).unwrap();
    put("b", 40).unwrap();
    assert!(matches!(put("c", 40), Err(KvError::Refused(_))));
    assert!(matches!(put("a", 5000), Err(KvError::Refused(_))));
    put("a", 10).unwrap();
    put("c", 40).unwrap();
}

#[test]
fn in_memory_alone_nothing_is_lost_and_nothing_is_handed_out() {
    let cache = KvCache::new(KvStorage::Memory);
    let cache = KvCache { limits: Limits { entries: 2, bytes: 1 << 20 }, ..cache };
    add(&cache, "a").unwrap();
    add(&cache, "b").unwrap();
    assert_eq!(cache.take_changes().rows, []);
    cache.note_committed(u64::MAX - 1, &["a".to_owned()]);
    for number in 0..10 {
        count(&cache, &number.to_string());
    }
    assert_eq!((count(&cache, "a"), count(&cache, "b")), (1, 1));
    assert!(add(&cache, "c").is_err());
}

#[test]
fn additions_of_several_threads_all_count() {
    let (_, cache) = stored(100, 1 << 20);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..500).for_each(|_| drop(add(&cache, "k").unwrap())));
        }
    });
    assert_eq!(count(&cache, "k"), 2000);
}

#[test]
fn bad_keys_and_a_broken_store_are_told_apart() {
    let (shelf, cache) = stored(100, 1 << 20);
    assert!(matches!(add(&cache, ""), Err(KvError::Refused(_))));
    assert!(matches!(add(&cache, &"k".repeat(KV_KEY_BYTES_MAX + 1)), Err(KvError::Refused(_))));
    shelf.is_broken.store(true, Ordering::Relaxed);
    let stop = AtomicBool::new(true);
    let operation = KvOperation::Count { key: "k".into() };
    let error = cache.run(&operation, NOW, &stop).unwrap_err();
    assert_eq!(
        error,
        KvError::Unavailable("the key-value cache cannot be read: the disk is gone".to_owned())
    );
}

#[test]
fn later_changes_win() {
    let row = |count| Some(KvRow { count: Some(count), ..KvRow::default() });
    let change = |key: &str, row| KvChange { key: key.to_owned(), row };
    let mut changes = KvChanges::default();
    changes.absorb(KvChanges { rows: vec![change("b", row(1)), change("c", row(1))], ticket: 1 });
    changes.absorb(KvChanges { rows: vec![], ticket: 2 });
    changes.absorb(KvChanges { rows: vec![change("a", row(2)), change("b", None)], ticket: 3 });
    let rows = vec![change("a", row(2)), change("b", None), change("c", row(1))];
    assert_eq!(changes, KvChanges { rows, ticket: 3 });
}
