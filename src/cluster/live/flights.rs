//! Reads shared by those who wait for the same thing.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, FutureExt, join_all};
use tokio::sync::oneshot;

#[cfg(test)]
mod tests;

/// At most one read per key is on its way, and at most one is waiting for it to end. Whoever comes while a read is on its way
/// shares the waiting one: nobody is answered by a read that began before they asked, and no answer is kept.
pub(super) struct Flights<K, V>(Arc<Shared<K, V>>);

struct Shared<K, V> {
    read: Box<dyn Fn(K) -> BoxFuture<'static, V> + Send + Sync>,
    /// A key is here while its read is on its way, with those who wait for the next one.
    waiting: Mutex<BTreeMap<K, Vec<oneshot::Sender<V>>>>,
}

impl<K, V> Flights<K, V>
where
    K: Clone + Ord + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Answers by `read`.
    pub(super) fn new(read: impl Fn(K) -> BoxFuture<'static, V> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { read: Box::new(read), waiting: Mutex::default() }))
    }

    /// The answer of a read that begins after this call; `None` when it panicked.
    pub(super) async fn join(&self, key: K) -> Option<V> {
        let (sender, receiver) = oneshot::channel();
        if let Some(first) = self.0.enlist(&key, sender) {
            tokio::spawn(Arc::clone(&self.0).fly(key, vec![first]));
        }
        receiver.await.ok()
    }
}

impl<K, V> Shared<K, V>
where
    K: Clone + Ord + Send + 'static,
    V: Clone + Send + 'static,
{
    /// Puts the asker among those who wait; gives it back when no read is on its way that it would have to wait for.
    fn enlist(&self, key: &K, asker: oneshot::Sender<V>) -> Option<oneshot::Sender<V>> {
        let mut waiting = self.waiting();
        if let Some(next) = waiting.get_mut(key) {
            next.push(asker);
            return None;
        }
        waiting.insert(key.clone(), Vec::new());
        Some(asker)
    }

    /// Reads for `askers`, then for those who came meanwhile, until nobody has come.
    async fn fly(self: Arc<Self>, key: K, mut askers: Vec<oneshot::Sender<V>>) {
        loop {
            // A read whose askers have all left would keep those waiting who could still be answered.
            let answer = tokio::select! {
                answer = self.one(key.clone()) => answer,
                _ = join_all(askers.iter_mut().map(oneshot::Sender::closed)) => None,
            };
            if let Some(answer) = answer {
                for asker in askers {
                    let _ = asker.send(answer.clone());
                }
            }
            match self.next(&key) {
                Some(next) => askers = next,
                None => return,
            }
        }
    }

    /// One read; `None` when it panicked, which must not stop the reads after it.
    async fn one(&self, key: K) -> Option<V> {
        AssertUnwindSafe(async { (self.read)(key).await }).catch_unwind().await.ok()
    }

    /// Those who came during the last read; without any, the key is free again.
    fn next(&self, key: &K) -> Option<Vec<oneshot::Sender<V>>> {
        let mut waiting = self.waiting();
        let next = waiting.get_mut(key).map(std::mem::take).unwrap_or_default();
        if next.is_empty() {
            waiting.remove(key);
            return None;
        }
        Some(next)
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<K, Vec<oneshot::Sender<V>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K, V> Clone for Flights<K, V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K, V> fmt::Debug for Flights<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flights").finish_non_exhaustive()
    }
}
