//! What a file store must hold after each step, and the steps: some processes, one disk, and a machine that may fail.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zeyos::bytes::Bytes;
use zeyos::store::{Commit, Lineage, Pending, SharedTokenStore, StoreContents, StoreErrorKind, StoreLock, TokenRecord};
use zeyos::{FileTokenStore, SessionLoss, StoreError, Timestamp, TokenSet, TokenStore};

use super::failure_point::FailurePoint;
use crate::support::changed;
use crate::support::disk::{Disk, Process};
use crate::support::hooked::Hooked;
use crate::support::random::{Random, now};

const PATH: &str = "/disk/tokens.json";

/// What the store holds.
#[derive(Debug, Clone, PartialEq, Default)]
struct Model {
    record: TokenRecord,
    pending: Option<Pending>,
    reply: Option<Bytes>,
    newest: u64,
    /// The second copy of the record, where it is known what became of it.
    copy: Option<Option<TokenRecord>>,
    /// The record was damaged or removed.
    is_corrupt: bool,
    /// The record is gone, and there was no copy.
    is_missing: bool,
}

impl Model {
    /// What the holder of the lock brings about by reading.
    fn repaired(&self) -> Model {
        let mut model = self.clone();
        if self.is_corrupt {
            model.is_corrupt = false;
            match self.copy.clone().flatten() {
                Some(copy) => model.record = copy,
                None => (model.record, model.is_missing) = (TokenRecord::default(), true),
            }
            let generation = model.record.generation;
            model.pending = model.pending.filter(|pending| pending.generation >= generation);
        }
        model
    }

    fn prepared(&self, pending: &Pending) -> Model {
        let mut model = self.clone();
        (model.pending, model.reply) = (Some(pending.clone()), None);
        model.keep_copy();
        model
    }

    fn journalled(&self, reply: &Bytes) -> Model {
        Model { reply: Some(reply.clone()), ..self.clone() }
    }

    fn committed(&self, record: &TokenRecord) -> Model {
        let (record, newest) = (record.clone(), record.generation);
        let copy = Some(Some(record.clone()));
        Model { record, newest, copy, pending: None, reply: None, is_missing: false, ..self.clone() }
    }

    fn cleared(&self) -> Model {
        Model { pending: None, reply: None, ..self.clone() }
    }

    /// The same, with a mark that was there before. It costs the next one a question to the server, nothing more.
    fn marked(&self, mark: &Pending) -> Option<Model> {
        (mark.generation == self.record.generation).then(|| Model { pending: Some(mark.clone()), ..self.clone() })
    }

    fn keep_copy(&mut self) {
        if self.record.generation > 0 {
            self.copy = Some(Some(self.record.clone()));
        }
    }

    /// Whether the store holds this. After a failure in the middle of a write, a mark and a reply may be cut.
    fn agrees(&self, held: &StoreContents, is_torn: bool) -> bool {
        let is_cut = |pending: &Pending| pending.request_id == "unreadable";
        self.record == held.record
            && (self.pending == held.pending || is_torn && held.pending.as_ref().is_some_and(is_cut))
            && (self.reply == held.reply || is_torn && held.reply.is_some())
    }
}

pub(super) struct Run {
    random: Random,
    disk: Disk,
    failure_point: Arc<Mutex<FailurePoint>>,
    /// One failure in so many steps.
    failures: Option<usize>,
    stores: Vec<(Process, FileTokenStore)>,
    holder: Option<(usize, Box<dyn StoreLock>)>,
    model: Model,
    /// What a power cut may bring back: a process was killed before it had synced the mark or the reply.
    unsettled: Vec<Model>,
    /// The last mark: a commit does not wait until the disk has forgotten it.
    mark: Option<Pending>,
    serial: u64,
    counts: BTreeMap<&'static str, u64>,
    /// The last steps, for whoever has to find out why one went wrong.
    recent: VecDeque<String>,
}

/// How many steps are told when one goes wrong.
const TOLD: usize = 20;

/// What a step did: by which store, and what the store may hold after it.
struct Done {
    actor: usize,
    name: &'static str,
    /// The first one, if nothing failed.
    outcomes: Vec<Model>,
    is_ok: bool,
}

impl Run {
    pub(super) fn new(seed: u64, failures: Option<usize>) -> Self {
        let (disk, failure_point) = (Disk::default(), Arc::new(Mutex::new(FailurePoint::default())));
        let (random, stores, model) = (Random(seed), Vec::new(), Model::default());
        let mut run = Run {
            random,
            disk,
            failure_point,
            failures,
            stores,
            holder: None,
            model,
            unsettled: Vec::new(),
            mark: None,
            serial: 0,
            counts: BTreeMap::new(),
            recent: VecDeque::new(),
        };
        run.model.copy = Some(None);
        run.stores = (0..3).map(|_| run.start()).collect();
        run
    }

    fn start(&self) -> (Process, FileTokenStore) {
        let process = self.disk.process();
        let hooked = Hooked::new(process.clone(), FailurePoint::hook(&self.failure_point, &self.disk, &process));
        (process, FileTokenStore::with_file_system(PATH, hooked).unwrap())
    }

    pub(super) fn step(&mut self) {
        if self.failures.is_some_and(|chances| self.random.one_in(chances)) {
            let seed = self.random.next();
            self.failure_point.lock().unwrap().arm(seed);
        }
        let done = match self.holder.take() {
            Some((actor, lock)) => self.holder_step(actor, lock),
            None => self.free_step(),
        };
        let struck = self.failure_point.lock().unwrap().struck.take();
        *self.counts.entry(done.name).or_default() += 1;
        self.recent.truncate(TOLD - 1);
        self.recent.push_front(format!("{} {} {struck:?}", done.actor, done.name));
        match struck {
            None => {
                assert!(done.is_ok, "{} failed on a machine that works", done.name);
                self.model = done.outcomes[0].clone();
                self.mark = self.model.pending.clone().or(self.mark.take());
                // These sync all that counts.
                if matches!(done.name, "prepare" | "commit" | "set") {
                    self.unsettled.clear();
                }
            }
            Some(is_power_cut) => self.recover(&done, is_power_cut),
        }
    }

    fn recover(&mut self, done: &Done, is_power_cut: bool) {
        self.failure_point.lock().unwrap().disarm();
        *self.counts.entry(if is_power_cut { "power cut" } else { "kill" }).or_default() += 1;
        if is_power_cut {
            self.holder = None;
            self.stores = (0..3).map(|_| self.start()).collect();
        } else {
            self.holder.take_if(|(holder, _)| *holder == done.actor);
            self.stores[done.actor] = self.start();
        }
        if self.holder.is_some() {
            // Someone who does not hold the lock died, so nothing can have changed.
            return;
        }
        let held = now(now(self.stores[0].1.lock(Duration::ZERO)).unwrap().read()).unwrap();
        let is_torn = matches!(done.name, "prepare" | "journal");
        let before = self.model.newest;
        let former = std::mem::take(&mut self.unsettled);
        let is_torn = is_torn || is_power_cut && !former.is_empty();
        let mut possible: Vec<Model> = [&done.outcomes, std::slice::from_ref(&self.model), &former].concat();
        if is_power_cut {
            possible.extend(possible.clone().iter().filter_map(|model| model.marked(self.mark.as_ref()?)));
        }
        let found = possible.iter().find(|model| model.agrees(&held, is_torn));
        let found = found.unwrap_or_else(|| panic!("{:?}: {held:?} is none of {possible:?}", self.recent));
        let found = found.clone();
        // The record is safe from here on: whoever reads it first sees to that.
        possible.retain(|model| model.record == held.record && !is_power_cut);
        assert!(held.newest >= before, "{}: the newest generation went back", done.name);
        let StoreContents { record, pending, reply, newest, .. } = held;
        self.model = Model { record, pending, reply, newest, copy: None, ..found };
        self.unsettled = possible;
    }

    fn tokens(&mut self) -> Option<TokenSet> {
        self.serial += 1;
        let size = if self.random.one_in(300) { 20_000 } else { self.random.below(200) };
        let tokens = TokenSet::bearer(format!("a{}", self.serial)).with_refresh_token("r".repeat(1 + size));
        (!self.random.one_in(8)).then_some(tokens)
    }

    fn record(&mut self) -> TokenRecord {
        let lost = self.random.one_in(9).then_some(SessionLoss::Revoked);
        let generation = self.model.newest + 1;
        let tokens = self.tokens();
        let owner = Some(format!("owner {}", self.serial));
        changed(TokenRecord::default(), |record| {
            record.generation = generation;
            record.tokens = tokens;
            record.lost = lost;
            record.owner = owner;
        })
    }

    /// A step while no one has the lock.
    fn free_step(&mut self) -> Done {
        let actor = self.random.below(3);
        let repaired = self.model.repaired();
        let is_armed = self.failure_point.lock().unwrap().is_armed();
        match self.random.below(24) {
            0..=3 => self.set(actor, repaired),
            4..=5 => self.look(actor),
            6 if !is_armed => {
                self.stores[actor].0.kill();
                self.stores[actor] = self.start();
                self.done(actor, "restart", vec![self.model.clone()], true)
            }
            7 if !is_armed && self.model.copy.is_some() && !self.model.is_missing => self.corrupt(actor),
            9 if !is_armed && self.model.copy.is_some() => self.corrupt_copy(actor),
            8 if !is_armed && !self.model.is_corrupt && !self.model.is_missing => {
                self.disk.remove(format!("{PATH}.lock"));
                let newest = self.model.record.generation;
                // The next holder writes the number down again. Until then a damaged record would take it along.
                drop(now(now(self.stores[actor].1.lock(Duration::ZERO)).unwrap().read()).unwrap());
                self.done(actor, "cleaner", vec![Model { newest, ..self.model.clone() }], true)
            }
            _ => {
                let is_ok = match now(self.stores[actor].1.lock(Duration::ZERO)) {
                    Ok(lock) => {
                        let (lock, is_ok) = self.check_held(lock, &repaired);
                        self.holder = Some((actor, lock));
                        is_ok
                    }
                    Err(_) => false,
                };
                self.done(actor, "lock", vec![repaired], is_ok)
            }
        }
    }

    fn set(&mut self, actor: usize, repaired: Model) -> Done {
        let tokens = self.tokens();
        let owner = repaired.record.owner.clone();
        let former = repaired.record.lineage.clone().or(repaired.record.tokens.as_ref().map(Lineage::first));
        let lineage = tokens.as_ref().map(Lineage::first).or(former);
        let next = changed(TokenRecord::default(), |record| {
            record.generation = repaired.newest + 1;
            record.tokens = tokens;
            record.owner = owner;
            record.lineage = lineage;
        });
        let outcome = now(self.stores[actor].1.set(next.tokens.as_ref()));
        self.done(actor, "set", vec![repaired.committed(&next), repaired], outcome.is_ok())
    }

    /// A file is changed, cut, blanked or removed.
    fn damage(&mut self, path: &str, mut bytes: Vec<u8>) {
        let at = self.random.below(bytes.len().max(2) - 1);
        match self.random.below(4) {
            0 if at < bytes.len() => bytes[at] ^= 0x11,
            1 if at < bytes.len() => bytes.truncate(at),
            2 => bytes.clear(),
            _ => return assert!(self.disk.remove(path)),
        }
        self.disk.put(path, &bytes);
    }

    /// The copy is damaged, which no one notices before the record is, too.
    fn corrupt_copy(&mut self, actor: usize) -> Done {
        let path = format!("{PATH}.copy");
        let mut model = self.model.clone();
        if let Some(bytes) = self.disk.bytes(&path) {
            self.damage(&path, bytes);
            model.copy = Some(None);
        }
        self.done(actor, "corrupt copy", vec![model], true)
    }

    /// The record is damaged, and the next holder of the lock repairs it. Both at once: two changes may undo each other.
    fn corrupt(&mut self, actor: usize) -> Done {
        let mut model = self.model.clone();
        for name in self.disk.names().iter().filter(|name| name.contains(".corrupt-")) {
            self.disk.remove(name);
        }
        if let Some(bytes) = self.disk.bytes(PATH) {
            self.damage(PATH, bytes);
            model = Model { is_corrupt: true, ..model }.repaired();
            let store = &self.stores[actor].1;
            assert_eq!(now(SharedTokenStore::read(store)).unwrap_err().kind(), StoreErrorKind::Corrupt);
            let held = now(now(store.lock(Duration::ZERO)).unwrap().read()).unwrap();
            assert!(held.damage.is_some() && model.agrees(&held, false), "{held:?} is not {model:?}");
        }
        self.done(actor, "corrupt", vec![model], true)
    }

    /// A read without the lock.
    fn look(&mut self, actor: usize) -> Done {
        let store = &self.stores[actor].1;
        let read = now(SharedTokenStore::read(store));
        let is_damaged = self.model.is_corrupt || self.model.is_missing;
        let is_ok = match read {
            Ok(record) => {
                assert!(!is_damaged && record == self.model.record, "{record:?} is not {:?}", self.model);
                true
            }
            Err(error) => is_damaged && error.kind() == StoreErrorKind::Corrupt,
        };
        self.done(actor, "look", vec![self.model.clone()], is_ok)
    }

    fn check_held(&self, mut lock: Box<dyn StoreLock>, model: &Model) -> (Box<dyn StoreLock>, bool) {
        let is_ok = match now(lock.read()) {
            Ok(held) => {
                assert!(model.agrees(&held, false), "{held:?} is not {model:?}");
                assert_eq!(held.newest, model.newest.max(model.record.generation));
                assert_eq!(held.damage.is_some(), model.is_missing, "{model:?}");
                true
            }
            Err(_) => false,
        };
        (lock, is_ok)
    }

    /// A step of the holder of the lock, or of someone else meanwhile.
    fn holder_step(&mut self, actor: usize, mut lock: Box<dyn StoreLock>) -> Done {
        let model = self.model.clone();
        let idle = model.pending.is_none() && model.reply.is_none();
        let other = (actor + 1 + self.random.below(2)) % 3;
        let (name, outcomes, outcome): (_, _, Result<bool, StoreError>) = match self.random.below(16) {
            0..=2 if idle => {
                let pending = self.pending();
                ("prepare", vec![model.prepared(&pending)], now(lock.prepare(&pending)).map(|()| true))
            }
            3..=4 if model.pending.is_some() => {
                let reply = Bytes::from(vec![b'x'; self.random.below(3000)]);
                let outcomes = vec![model.journalled(&reply), Model { reply: None, ..model }];
                ("journal", outcomes, now(lock.journal(reply)).map(|()| true))
            }
            5..=7 => {
                let next = self.record();
                let outcome = now(lock.commit(model.record.generation, &next)).map(|commit| commit == Commit::Stored);
                ("commit", vec![model.committed(&next)], outcome)
            }
            8 => {
                let (next, expected) = (self.record(), model.record.generation + 1 + self.random.next() % 3);
                let outcome = now(lock.commit(expected, &next));
                let outcome = outcome.map(|commit| commit == Commit::Conflict(Box::new(model.record.clone())));
                ("stale commit", vec![model], outcome)
            }
            9 => {
                let next = changed(self.record(), |record| record.generation = model.record.generation);
                let is_refused = now(lock.commit(model.record.generation, &next)).is_err();
                ("old generation", vec![model], Ok(is_refused))
            }
            10 => {
                let half = Model { reply: None, ..model.clone() };
                ("clear", vec![model.cleared(), half], now(lock.clear()).map(|()| true))
            }
            11 => {
                let outcome = now(self.stores[other].1.lock(Duration::ZERO)).map(|_| ());
                let is_ok = outcome.is_err_and(|error| error.kind() == StoreErrorKind::LockTimeout);
                self.holder = Some((actor, lock));
                return self.done(other, "shut out", vec![model], is_ok);
            }
            12 => {
                self.holder = Some((actor, lock));
                return self.look(other);
            }
            13 => {
                let (kept, is_ok) = self.check_held(lock, &model);
                lock = kept;
                ("read", vec![model], Ok(is_ok))
            }
            _ => {
                let outcome = now(lock.release());
                return self.done(actor, "release", vec![model], outcome.is_ok());
            }
        };
        self.holder = Some((actor, lock));
        self.done(actor, name, outcomes, outcome.is_ok_and(|is_as_expected| is_as_expected))
    }

    fn pending(&mut self) -> Pending {
        self.serial += 1;
        let since = Timestamp::from_unix(1_800_000_000 + i64::try_from(self.serial).unwrap());
        let refresh_token_hash = self.random.one_in(2).then(|| format!("{:064x}", self.serial));
        changed(Pending::new(self.model.record.generation, since, format!("q{since}")), |pending| {
            pending.refresh_token_hash = refresh_token_hash
        })
    }

    fn done(&self, actor: usize, name: &'static str, outcomes: Vec<Model>, is_ok: bool) -> Done {
        Done { actor, name, outcomes, is_ok }
    }

    /// A run that never came by some kind of step has shown nothing about it.
    pub(super) fn check_variety(&self) {
        let mut expected = vec![
            "set",
            "look",
            "restart",
            "corrupt",
            "corrupt copy",
            "cleaner",
            "lock",
            "prepare",
            "journal",
            "commit",
        ];
        expected.extend(["stale commit", "old generation", "clear", "shut out", "read", "release"]);
        if self.failures.is_some() {
            expected.extend(["kill", "power cut"]);
        }
        for name in expected {
            assert!(self.counts.get(name).is_some_and(|count| *count > 20), "too few of {name}: {:?}", self.counts);
        }
    }
}
