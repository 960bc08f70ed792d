//! The promise: an answer never stems from a read that began before the question.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use proptest::prelude::*;
use tokio::sync::Notify;
use tokio::task::{JoinSet, yield_now};

use super::*;

/// Counts everything that happens, so that "before" has a meaning.
#[derive(Default)]
struct Clock {
    now: AtomicUsize,
    reads: AtomicUsize,
    on_their_way: Mutex<BTreeMap<u8, usize>>,
    most: AtomicUsize,
}

impl Clock {
    fn tick(&self) -> usize {
        self.now.fetch_add(1, SeqCst)
    }

    fn depart(&self, key: u8) {
        self.reads.fetch_add(1, SeqCst);
        let mut on_their_way = self.on_their_way.lock().unwrap();
        let count = on_their_way.entry(key).or_default();
        *count += 1;
        self.most.fetch_max(*count, SeqCst);
    }

    fn arrive(&self, key: u8) {
        *self.on_their_way.lock().unwrap().entry(key).or_default() -= 1;
    }
}

/// Reads that take `steps` turns of the scheduler and answer when they began.
fn timed(clock: &Arc<Clock>, steps: usize) -> Flights<u8, usize> {
    let clock = Arc::clone(clock);
    Flights::new(move |key| {
        let clock = Arc::clone(&clock);
        async move {
            let began = clock.tick();
            clock.depart(key);
            for _ in 0..steps {
                yield_now().await;
            }
            clock.arrive(key);
            began
        }
        .boxed()
    })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

proptest! {
    #[test]
    fn answers_are_younger_than_questions(
        asks in prop::collection::vec((0u8..3, 0usize..6), 1..40),
        steps in 0usize..6,
    ) {
        let clock = Arc::new(Clock::default());
        let flights = timed(&clock, steps);
        let answers = run(async {
            let mut tasks = JoinSet::new();
            for (key, pause) in asks.clone() {
                for _ in 0..pause {
                    yield_now().await;
                }
                let (flights, clock) = (flights.clone(), Arc::clone(&clock));
                tasks.spawn(async move {
                    let asked = clock.tick();
                    (asked, flights.join(key).await)
                });
            }
            tasks.join_all().await
        });
        prop_assert_eq!(answers.len(), asks.len());
        for (asked, began) in answers {
            prop_assert!(began.unwrap() > asked);
        }
        prop_assert!(clock.most.load(SeqCst) <= 1);
        prop_assert!(clock.reads.load(SeqCst) <= asks.len());
        prop_assert!(flights.0.waiting().is_empty());
    }
}

/// Reads that end when told to, and answer their number.
fn gated(gate: &Arc<Notify>) -> (Flights<u8, usize>, Arc<AtomicUsize>) {
    let begun = Arc::new(AtomicUsize::new(0));
    let (gate, count) = (Arc::clone(gate), Arc::clone(&begun));
    let flights = Flights::new(move |_| {
        let (gate, number) = (Arc::clone(&gate), count.fetch_add(1, SeqCst));
        async move {
            gate.notified().await;
            number
        }
        .boxed()
    });
    (flights, begun)
}

async fn settle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[test]
fn all_who_come_during_a_read_share_the_next() {
    run(async {
        let gate = Arc::new(Notify::new());
        let (flights, begun) = gated(&gate);
        let ask = || {
            let flights = flights.clone();
            tokio::spawn(async move { flights.join(0).await })
        };
        let first = ask();
        settle().await;
        let late: Vec<_> = (0..50).map(|_| ask()).collect();
        settle().await;
        assert_eq!(begun.load(SeqCst), 1);
        gate.notify_one();
        assert_eq!(first.await.unwrap(), Some(0));
        settle().await;
        gate.notify_one();
        for asker in late {
            assert_eq!(asker.await.unwrap(), Some(1));
        }
        assert_eq!(begun.load(SeqCst), 2);
        // No answer is kept: whoever comes now starts a read of their own.
        let after = ask();
        settle().await;
        gate.notify_one();
        assert_eq!(after.await.unwrap(), Some(2));
    });
}

#[test]
fn a_read_without_askers_makes_way() {
    run(async {
        let gate = Arc::new(Notify::new());
        let (flights, begun) = gated(&gate);
        let ask = || {
            let flights = flights.clone();
            tokio::spawn(async move { flights.join(0).await })
        };
        let hung = ask();
        settle().await;
        let next = ask();
        settle().await;
        hung.abort();
        settle().await;
        assert_eq!(begun.load(SeqCst), 2);
        gate.notify_one();
        assert_eq!(next.await.unwrap(), Some(1));
    });
}

#[test]
fn a_read_that_panics_leaves_the_way_free() {
    run(async {
        let number = AtomicUsize::new(0);
        let flights = Flights::new(move |_: u8| {
            let number = number.fetch_add(1, SeqCst);
            async move {
                assert!(number > 0, "the first read fails on purpose");
                number
            }
            .boxed()
        });
        assert_eq!(flights.join(0).await, None);
        assert_eq!(flights.join(0).await, Some(1));
    });
}
