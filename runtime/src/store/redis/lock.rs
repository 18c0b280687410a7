//! The lock of the Redis store, which is a lease, and the operations that need it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::Inner;
use super::keys::Slot;
use super::script::{
    ACQUIRE, CLEAR, COMMIT, JOURNAL, NOTE, PREPARE, QUARANTINE, QUARANTINE_REPLY, RELEASE, RENEW, REPAIR,
};
use super::snapshot::{Read, Snapshot, UnreadableValue};
use crate::bits;
use crate::clock::Clock as _;
use crate::store::codec::{
    StoredValue, Unreadable, asked_value, decode_record, encode_pending, encode_record, unreadable_pending,
};
use crate::store::kit::{Leftovers, joined, lock_timeout, needs_runtime, not_writable, quarantined, refusal, removed};
use crate::store::{
    Asked, Commit, Pending, StoreContents, StoreError, StoreErrorKind, StoreFuture, StoreLock, TokenRecord,
};

/// The lock, from the first try to get it on: dropped before that succeeds, it takes back a try that succeeded unheard.
struct RedisLock {
    inner: Arc<Inner>,
    /// A random name that no other holder has.
    holder: String,
    /// This holder has written a pending marker.
    prepared: bool,
    /// The answer that this holder has read or written last.
    reply: Bytes,
    /// The record that this holder has read last: as it is there, and as it was read.
    seen: (Bytes, TokenRecord),
    renewal: Option<JoinHandle<()>>,
    released: bool,
}

/// Waits for the lock.
pub(super) async fn acquire(inner: Arc<Inner>, patience: Duration) -> Result<Box<dyn StoreLock>, StoreError> {
    if Handle::try_current().is_err() {
        return Err(needs_runtime("Redis"));
    }
    let place = inner.connection.place().to_owned();
    let mut lock = RedisLock {
        inner,
        holder: random_name()?,
        prepared: false,
        reply: Bytes::new(),
        seen: (Bytes::new(), TokenRecord::default()),
        renewal: None,
        released: false,
    };
    let deadlines = lock.inner.connection.deadlines().clone();
    let Some(got) = deadlines.within(patience, lock.poll()).await else {
        return Err(lock_timeout(place, patience));
    };
    got?;
    lock.renewal = Some(tokio::spawn(renew(Arc::clone(&lock.inner), lock.holder.clone())));
    Ok(Box::new(lock))
}

/// Prolongs the lease until it is lost or the task is stopped. A try that fails is followed by the next.
async fn renew(inner: Arc<Inner>, holder: String) {
    let lease = milliseconds(inner.lease);
    loop {
        inner.connection.deadlines().sleep(inner.lease / 3).await;
        if let Ok(0) = inner.connection.run::<i64>(&RENEW, &[holder.as_bytes(), lease.as_bytes()]).await {
            return;
        }
    }
}

fn milliseconds(duration: Duration) -> String {
    duration.as_millis().to_string()
}

fn random_name() -> Result<String, StoreError> {
    bits::random_name::<16>().map_err(|_| StoreError::message("the system has no random bytes to give"))
}

/// 20 to 83 ms, so that those who wait do not all ask at once.
fn pause() -> Duration {
    Duration::from_millis(20 + u64::from(bits::spread()) / 4)
}

impl RedisLock {
    async fn poll(&self) -> Result<(), StoreError> {
        let lease = milliseconds(self.inner.lease);
        while self.inner.connection.run::<i64>(&ACQUIRE, &[self.holder.as_bytes(), lease.as_bytes()]).await? == 0 {
            self.inner.connection.deadlines().sleep(pause()).await;
        }
        Ok(())
    }

    /// Moves a value away that cannot be read, and says where it is now.
    async fn quarantine(&self, slot: Slot, unreadable: &UnreadableValue) -> Result<String, StoreError> {
        if unreadable.reason == Unreadable::Newer {
            return Err(refusal(unreadable.reason, self.inner.connection.place()));
        }
        let (seen, value) = unreadable.seen.as_ref().map_or(("0", &b""[..]), |value| ("1", &value[..]));
        let number = slot.number();
        let values = [self.holder.as_bytes(), number.as_bytes(), seen.as_bytes(), value];
        let aside: String = self.inner.connection.run(&QUARANTINE, &values).await?;
        if aside.is_empty() { Err(self.lost("quarantine a value")) } else { Ok(aside) }
    }

    /// Moves away what cannot be read, and puts the copy in the place of the record where that helps.
    async fn repaired(&mut self) -> Result<StoreContents, StoreError> {
        let mut snapshot = self.inner.snapshot().await?;
        let mut damage: Vec<String> = Vec::new();
        if let Err(unreadable) = &snapshot.record {
            snapshot.damage = Some(self.quarantine(Slot::Record, unreadable).await?);
            snapshot.record = Ok(None);
        }
        damage.extend(self.restored_from_copy(&mut snapshot).await?);
        let pending_is_damaged = match &snapshot.pending {
            Err(unreadable) => {
                damage.push(format!(
                    "the pending marker is kept as {}",
                    self.quarantine(Slot::Pending, unreadable).await?
                ));
                true
            }
            Ok(_) => false,
        };
        if let Err(unreadable) = &snapshot.reply {
            damage.push(format!(
                "the reply to an exchange is kept as {}",
                self.quarantine(Slot::Reply, unreadable).await?
            ));
        }
        let newest = self.inner.newest.seen(snapshot.newest);
        let (kept, seen) =
            snapshot.record.unwrap_or_default().unwrap_or_else(|| (StoredValue::Record(Box::default()), Bytes::new()));
        let record = kept.into_record(newest);
        if let Some(aside) = snapshot.damage.filter(|_| record.generation == 0) {
            damage.insert(0, quarantined(&aside));
        }
        self.seen = (seen, record.clone());
        let pending = snapshot.pending.unwrap_or_default();
        Ok(StoreContents {
            newest: newest.max(record.generation),
            pending: pending.or_else(|| pending_is_damaged.then(|| unreadable_pending(&record))),
            reply: snapshot.reply.unwrap_or_default(),
            damage: joined(damage),
            record,
            asked: snapshot.asked,
        })
    }

    /// Puts the copy in the place of a record that is gone, or older than it; what was wrong, if anything.
    async fn restored_from_copy(&self, snapshot: &mut Snapshot) -> Result<Option<String>, StoreError> {
        let place = self.inner.connection.place();
        let (seen, what) = match (&snapshot.record, &snapshot.copy) {
            (Ok(None), None) if snapshot.newest > 0 && snapshot.damage.is_none() => {
                return Ok(Some(removed(place)));
            }
            (Ok(None), Some(_)) => (Bytes::new(), "could not be read or was removed"),
            (Ok(Some((StoredValue::Record(record), seen))), Some((StoredValue::Record(copy), _)))
                if copy.generation > record.generation =>
            {
                (seen.clone(), "was older than its copy")
            }
            _ => return Ok(None),
        };
        let Some((kept, bytes)) = snapshot.copy.take() else { return Ok(None) };
        self.as_holder(&REPAIR, &[&seen, &bytes]).await?;
        snapshot.damage = None;
        snapshot.record = Ok(Some((kept, bytes) as Read));
        Ok(Some(format!("the record at {place} {what}; its copy is used")))
    }

    /// Runs a script that returns 1, or 0 if the lease has expired and another process may hold the lock.
    async fn as_holder(&self, script: &super::script::Script, values: &[&[u8]]) -> Result<(), StoreError> {
        let values = [&[self.holder.as_bytes()], values].concat();
        match self.inner.connection.run::<i64>(script, &values).await? {
            1 => Ok(()),
            _ => Err(self.lost(script.task)),
        }
    }

    fn lost(&self, task: &str) -> StoreError {
        let place = self.inner.connection.place();
        StoreError::message(format!(
            "could not {task} at {place}: the lease of the lock has ended; another process may hold it"
        ))
        .of_kind(StoreErrorKind::LockTimeout)
    }

    async fn swap(&self, expected: u64, record: &TokenRecord) -> Result<Commit, StoreError> {
        let flag = |is_so: bool| if is_so { &b"1"[..] } else { &b"0"[..] };
        let (expected_text, text, generation) =
            (expected.to_string(), encode_record(record), record.generation.to_string());
        let (seen_bytes, seen) = &self.seen;
        // What another program wrote has no generation of its own, so it is known by its bytes.
        let seen_bytes = if seen.generation == expected { &seen_bytes[..] } else { &[] };
        let gone = Leftovers::of(Some(seen), record);
        let values = [
            expected_text.as_bytes(),
            &text,
            generation.as_bytes(),
            flag(record.lost.is_some()),
            &self.reply,
            seen_bytes,
            flag(gone.replies),
            flag(gone.records),
        ];
        let (stored, kept): (i64, Bytes) = self.inner.connection.run(&COMMIT, &values).await?;
        if stored == 1 {
            self.inner.newest.seen(record.generation);
            return Ok(Commit::Stored);
        }
        let theirs = if kept.is_empty() { Ok(StoredValue::Record(Box::default())) } else { decode_record(&kept) };
        let theirs = theirs.map_err(|reason| refusal(reason, self.inner.connection.place()))?;
        let theirs = theirs.into_record(self.inner.newest.seen(0));
        Ok(Commit::Conflict(Box::new(theirs)))
    }

    fn stop_renewal(&mut self) {
        if let Some(renewal) = self.renewal.take() {
            renewal.abort();
        }
    }
}

impl StoreLock for RedisLock {
    fn read(&mut self) -> StoreFuture<'_, StoreContents> {
        Box::pin(async move {
            let contents = self.repaired().await?;
            self.reply = contents.reply.clone().unwrap_or_default();
            Ok(contents)
        })
    }

    fn prepare<'a>(&'a mut self, pending: &'a Pending) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let marker = encode_pending(pending, Some(&self.holder));
            self.as_holder(&PREPARE, &[&marker]).await.map_err(not_writable)?;
            self.prepared = true;
            Ok(())
        })
    }

    fn journal(&mut self, reply: Bytes) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let prepared: &[u8] = if self.prepared { b"1" } else { b"0" };
            self.reply = reply;
            self.as_holder(&JOURNAL, &[&self.reply, prepared]).await
        })
    }

    fn quarantine_reply(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async move { self.as_holder(&QUARANTINE_REPLY, &[]).await })
    }

    fn note_question<'a>(&'a mut self, asked: &'a Asked) -> StoreFuture<'a, ()> {
        let note = asked_value(Some(asked)).to_string();
        Box::pin(async move { self.as_holder(&NOTE, &[note.as_bytes()]).await })
    }

    fn commit<'a>(&'a mut self, expected: u64, record: &'a TokenRecord) -> StoreFuture<'a, Commit> {
        Box::pin(async move {
            let outcome = self.swap(expected, record).await?;
            self.prepared &= outcome != Commit::Stored;
            Ok(outcome)
        })
    }

    fn clear(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.as_holder(&CLEAR, &[]).await?;
            self.prepared = false;
            Ok(())
        })
    }

    fn release(mut self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move {
            self.stop_renewal();
            let answer = self.inner.connection.run::<i64>(&RELEASE, &[self.holder.as_bytes()]).await;
            self.released = answer.is_ok();
            answer.map(|_| ())
        })
    }
}

impl Drop for RedisLock {
    /// Gives the lock back in the background where that is possible; otherwise the lease ends.
    fn drop(&mut self) {
        self.stop_renewal();
        if self.released {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let (inner, holder) = (Arc::clone(&self.inner), std::mem::take(&mut self.holder));
            runtime.spawn(async move {
                let _ = inner.connection.run::<i64>(&RELEASE, &[holder.as_bytes()]).await;
            });
        }
    }
}
