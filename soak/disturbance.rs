//! When something is done to the store. A store can only be put right by a living process that knows the newest tokens, so it is
//! left alone until one has said that it holds them, and then no process is killed until the store is as it should be.

use std::time::Duration;

use super::arguments::Kind;
use super::counters::Finding;
use super::damage::{self, Copies};
use super::login::{refresh_token_of, wall};
use super::place::Pieces;
use super::scene::Scene;
use super::{Outcome, random};

/// How long a process that holds the newest tokens is looked for.
const LOOKS: Duration = Duration::from_secs(15);

/// How long others may have the lock of the store.
const LOCK: Duration = Duration::from_secs(10);

pub(crate) struct Disturber {
    pieces: Pieces,
    copies: Copies,
    copied_at: Duration,
    phase: Phase,
}

enum Phase {
    /// Processes may be killed.
    Calm {
        until: Duration,
    },
    /// Somebody has to say that he holds the newest tokens.
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
    pub(crate) fn new(pieces: Pieces, now: Duration) -> Outcome<Self> {
        let phase = Phase::Calm { until: now + random::millis(3_000, 8_000)? };
        Ok(Disturber { pieces, copies: Copies::default(), copied_at: now, phase })
    }

    /// Everything in the store, with its length.
    pub(crate) fn overview(&self) -> Outcome<String> {
        self.pieces.overview()
    }

    /// Whether nothing is done to the store.
    pub(crate) fn is_calm(&self) -> bool {
        matches!(self.phase, Phase::Calm { .. })
    }

    /// Whatever was done, somebody has signed in since.
    pub(crate) fn end(&mut self, scene: &mut Scene) -> Outcome {
        if let Phase::Disturbed { .. } = self.phase {
            scene.disturb(true);
        }
        (scene.counters.may_replay, scene.counters.may_repeat) = (false, false);
        self.phase = Phase::Calm { until: scene.clock.now() + random::millis(1_000, 6_000)? };
        Ok(())
    }

    /// Goes on to the next phase if it is time.
    pub(crate) async fn step(&mut self, scene: &mut Scene) -> Outcome {
        let now = scene.clock.now();
        if now >= self.copied_at + Duration::from_millis(700) {
            self.copied_at = now;
            self.copies.keep(&self.pieces)?;
        }
        match &self.phase {
            Phase::Calm { until } if now < *until || scene.login.lost_at.is_some() => {}
            Phase::Calm { .. } => {
                let kinds = [Kind::Rollback, Kind::Rollback, Kind::Damage, Kind::Damage, Kind::Foreign];
                let kinds: Vec<Kind> = kinds.into_iter().filter(|kind| scene.has(*kind)).collect();
                if let Some(kind) = random::one_of(&kinds)?.copied() {
                    self.phase = Phase::Looking { kind, since: now };
                }
            }
            Phase::Looking { since, .. } if now > *since + LOOKS || scene.login.lost_at.is_some() => self.end(scene)?,
            Phase::Looking { kind, .. } => {
                let kind = *kind;
                if is_safe(scene).await? {
                    self.disturb(scene, kind).await?;
                }
            }
            Phase::Disturbed { kind, at } => {
                let (kind, at) = (*kind, *at);
                if is_put_right(scene, at).await? {
                    self.put_right(scene, kind).await?;
                }
            }
        }
        Ok(())
    }

    async fn disturb(&mut self, scene: &mut Scene, kind: Kind) -> Outcome {
        // At any moment of an exchange.
        scene.listen(random::millis(0, 400)?)?;
        if random::percent(10)? {
            scene.listen(Duration::from_millis(1_000))?;
        }
        scene.disturb(false);
        scene.counters.may_replay = kind == Kind::Rollback;
        scene.counters.may_repeat = kind == Kind::Rollback;
        let done = match kind {
            Kind::Rollback => self.copies.restore_one(&self.pieces)?,
            Kind::Foreign => Some(self.write_foreign(scene)?),
            _ => Some(damage::damage(&self.pieces)?),
        };
        let Some(done) = done else { return self.end(scene) };
        scene.note(&format!("STORE {}: {done}; now {}", kind.name(), self.pieces.overview()?));
        scene.counters.disturbed(kind);
        if random::percent(50)? {
            scene.crew.start_one()?;
            scene.counters.newcomers += 1;
        }
        self.phase = Phase::Disturbed { kind, at: scene.clock.now() };
        Ok(())
    }

    fn write_foreign(&self, scene: &mut Scene) -> Outcome<String> {
        let answer = scene.server.sign_in()?;
        let refresh_token = answer["refresh_token"].as_str().ok_or("a sign-in without a refresh token")?;
        scene.login.know(refresh_token);
        damage::write_foreign(&self.pieces, &answer, wall().as_secs())
    }

    /// The store has living tokens again.
    async fn put_right(&mut self, scene: &mut Scene, kind: Kind) -> Outcome {
        if kind == Kind::Foreign && !end_the_other_login(scene).await? {
            return Ok(());
        }
        scene.note(&format!("STORE {} put right", kind.name()));
        scene.counters.put_right(kind);
        self.end(scene)
    }
}

/// Of two logins the one that is not in the store is of no more use. It is ended, so that a later loss is not told from it.
/// Answers whether it is known which one that is.
async fn end_the_other_login(scene: &mut Scene) -> Outcome<bool> {
    let Ok(mut lock) = scene.shared()?.lock(LOCK).await else { return Ok(false) };
    let held = lock.read().await;
    // What was said meanwhile.
    scene.listen(Duration::from_millis(50))?;
    let living = scene.server.living(&scene.login.known)?;
    let current = held.ok().and_then(|held| refresh_token_of(&held.record)).filter(|token| living.contains(token));
    for token in living.iter().filter(|token| current.is_some() && Some(*token) != current.as_ref()) {
        scene.server.revoke(token)?;
    }
    let _ = lock.release().await;
    Ok(current.is_some())
}

/// Whether a living process holds the tokens of the store, and no exchange is open whose process may be dead.
async fn is_safe(scene: &mut Scene) -> Outcome<bool> {
    let Ok(mut lock) = scene.shared()?.lock(LOCK).await else { return Ok(false) };
    let held = lock.read().await;
    let _ = lock.release().await;
    let held = match held {
        Ok(held) => held,
        Err(error) => {
            scene.found(Finding::NotPutRight, &format!("the store cannot be read: {error}"));
            return Ok(false);
        }
    };
    // What was said meanwhile.
    scene.listen(Duration::from_millis(50))?;
    let holder = refresh_token_of(&held.record).and_then(|token| scene.crew.holder_of(&token));
    Ok(held.record.lost.is_none() && held.pending.is_none() && held.reply.is_none() && holder.is_some())
}

/// Whether somebody has told of new tokens since, and the store has those of a living process.
async fn is_put_right(scene: &mut Scene, since: Duration) -> Outcome<bool> {
    if scene.login.renewed <= since {
        return Ok(false);
    }
    let Ok(record) = scene.shared()?.read().await else { return Ok(false) };
    let holder = refresh_token_of(&record).and_then(|token| scene.crew.holder_of(&token));
    Ok(record.lost.is_none() && holder.is_some())
}
