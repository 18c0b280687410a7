//! When something is done to the store. A store can only be put right by a living process that knows the newest tokens, so it is
//! left alone until one has said that it holds them, and then no process is killed until the store is as it should be.

use std::time::Duration;

use super::arguments::Kind;
use super::counters::Finding;
use super::damage::{self, Copies};
use super::login::{refresh_token_of, wall};
use super::run::Run;
use super::store_location::RawStore;
use super::{Outcome, random};

/// How long a process that holds the newest tokens is looked for.
const LOOKS: Duration = Duration::from_secs(15);

/// How long others may have the lock of the store.
const LOCK: Duration = Duration::from_secs(10);

pub(crate) struct Disturber {
    raw_store: RawStore,
    copies: Copies,
    copied_at: Duration,
    phase: Phase,
}

enum Phase {
    /// Processes may be killed.
    Calm {
        until: Duration,
    },
    /// Someone has to say that he holds the newest tokens.
    Looking {
        kind: Kind,
        since: Duration,
    },
    Disturbed {
        kind: Kind,
        at: Duration,
    },
}

impl Disturber {
    pub(crate) fn new(raw_store: RawStore, now: Duration) -> Outcome<Self> {
        let phase = Phase::Calm { until: now + random::millis(3_000, 8_000)? };
        Ok(Disturber { raw_store, copies: Copies::default(), copied_at: now, phase })
    }

    /// Everything in the store, with its length.
    pub(crate) fn overview(&self) -> Outcome<String> {
        self.raw_store.overview()
    }

    /// Whether nothing is done to the store.
    pub(crate) fn is_calm(&self) -> bool {
        matches!(self.phase, Phase::Calm { .. })
    }

    /// Whatever was done, someone has signed in since.
    pub(crate) fn end(&mut self, run: &mut Run) -> Outcome {
        if let Phase::Disturbed { .. } = self.phase {
            run.disturb(true);
        }
        (run.counters.may_replay, run.counters.may_repeat) = (false, false);
        self.phase = Phase::Calm { until: run.clock.now() + random::millis(1_000, 6_000)? };
        Ok(())
    }

    /// Goes on to the next phase if it is time.
    pub(crate) async fn step(&mut self, run: &mut Run) -> Outcome {
        let now = run.clock.now();
        if now >= self.copied_at + Duration::from_millis(700) {
            self.copied_at = now;
            self.copies.keep(&self.raw_store)?;
        }
        match &self.phase {
            Phase::Calm { until } if now < *until || run.login.lost_at.is_some() => {}
            Phase::Calm { .. } => {
                let kinds = [Kind::Rollback, Kind::Rollback, Kind::Damage, Kind::Damage, Kind::Foreign];
                let kinds: Vec<Kind> = kinds.into_iter().filter(|kind| run.has(*kind)).collect();
                if let Some(kind) = random::one_of(&kinds)?.copied() {
                    self.phase = Phase::Looking { kind, since: now };
                }
            }
            Phase::Looking { since, .. } if now > *since + LOOKS || run.login.lost_at.is_some() => self.end(run)?,
            Phase::Looking { kind, .. } => {
                let kind = *kind;
                if is_safe(run).await? {
                    self.disturb(run, kind).await?;
                }
            }
            Phase::Disturbed { kind, at } => {
                let (kind, at) = (*kind, *at);
                if is_put_right(run, at).await? {
                    self.put_right(run, kind).await?;
                }
            }
        }
        Ok(())
    }

    async fn disturb(&mut self, run: &mut Run, kind: Kind) -> Outcome {
        // At any moment of an exchange.
        run.listen(random::millis(0, 400)?)?;
        if random::percent(10)? {
            run.listen(Duration::from_millis(1_000))?;
        }
        run.disturb(false);
        run.counters.may_replay = kind == Kind::Rollback;
        run.counters.may_repeat = kind == Kind::Rollback;
        let done = match kind {
            Kind::Rollback => self.copies.restore_one(&self.raw_store)?,
            Kind::Foreign => Some(self.write_foreign(run)?),
            _ => Some(damage::damage(&self.raw_store)?),
        };
        let Some(done) = done else { return self.end(run) };
        run.note(&format!("STORE {}: {done}; now {}", kind.name(), self.raw_store.overview()?));
        run.counters.disturbed(kind);
        if random::percent(50)? {
            run.processes.start_one()?;
            run.counters.newcomers += 1;
        }
        self.phase = Phase::Disturbed { kind, at: run.clock.now() };
        Ok(())
    }

    fn write_foreign(&self, run: &mut Run) -> Outcome<String> {
        let answer = run.server.sign_in()?;
        let refresh_token = answer["refresh_token"].as_str().ok_or("a sign-in without a refresh token")?;
        run.login.know(refresh_token);
        damage::write_foreign(&self.raw_store, &answer, wall().as_secs())
    }

    /// The store has living tokens again.
    async fn put_right(&mut self, run: &mut Run, kind: Kind) -> Outcome {
        if kind == Kind::Foreign && !end_the_other_login(run).await? {
            return Ok(());
        }
        run.note(&format!("STORE {} put right", kind.name()));
        run.counters.put_right(kind);
        self.end(run)
    }
}

/// Of two logins the one that is not in the store is of no more use. It is ended, so that a later loss is not told from it.
/// Answers whether it is known which one that is.
async fn end_the_other_login(run: &mut Run) -> Outcome<bool> {
    let Ok(mut lock) = run.shared()?.lock(LOCK).await else { return Ok(false) };
    let held = lock.read().await;
    // What was said meanwhile.
    run.listen(Duration::from_millis(50))?;
    let living = run.server.living(&run.login.known)?;
    let current = held.ok().and_then(|held| refresh_token_of(&held.record)).filter(|token| living.contains(token));
    for token in living.iter().filter(|token| current.is_some() && Some(*token) != current.as_ref()) {
        run.server.revoke(token)?;
    }
    let _ = lock.release().await;
    Ok(current.is_some())
}

/// Whether a living process holds the tokens of the store, and no exchange is open whose process may be dead.
async fn is_safe(run: &mut Run) -> Outcome<bool> {
    let Ok(mut lock) = run.shared()?.lock(LOCK).await else { return Ok(false) };
    let held = lock.read().await;
    let _ = lock.release().await;
    let held = match held {
        Ok(held) => held,
        Err(error) => {
            run.found(Finding::NotPutRight, &format!("the store cannot be read: {error}"));
            return Ok(false);
        }
    };
    // What was said meanwhile.
    run.listen(Duration::from_millis(50))?;
    let holder = refresh_token_of(&held.record).and_then(|token| run.processes.holder_of(&token));
    Ok(held.record.lost.is_none() && held.pending.is_none() && held.reply.is_none() && holder.is_some())
}

/// Whether someone has reported new tokens since, and the store has those of a living process.
async fn is_put_right(run: &mut Run, since: Duration) -> Outcome<bool> {
    if run.login.renewed <= since {
        return Ok(false);
    }
    let Ok(record) = run.shared()?.read().await else { return Ok(false) };
    let holder = refresh_token_of(&record).and_then(|token| run.processes.holder_of(&token));
    Ok(record.lost.is_none() && holder.is_some())
}
