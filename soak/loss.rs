//! What is done when no one has told for a while that the login goes on: the server, which knows, is asked whether anyone had
//! living tokens, and if that explains it, someone signs in.

use std::time::Duration;

use zeyos::store::{StoreLock, TokenRecord};

use super::answers::explain_a_loss;
use super::arguments::Kind;
use super::counters::{Finding, SignIn};
use super::disturbance::Disturber;
use super::login::{Login, next_second, refresh_token_of, sign_in};
use super::run::Run;
use super::{Outcome, random};

/// How long others may have the lock of the store.
const LOCK: Duration = Duration::from_secs(10);

/// How long no one may tell that the login goes on although a living process holds living tokens.
const LONGEST: Duration = Duration::from_secs(60);

/// What to do about a login that does not go on.
enum Verdict {
    /// A living process holds living tokens, or may still find out that there are none.
    Wait,
    /// This process holds living tokens and cannot know it, as the server lies.
    Order(u64),
    SignIn(SignIn),
    /// The same, and it is a finding.
    Found(Finding, String),
}

/// How long it is taken for normal that no one reports new tokens.
fn patience(run: &Run) -> Duration {
    let lifetime = Duration::from_secs(run.arguments.expires_in);
    let is_lost = run.processes.all.iter().any(|process| process.lost_since.is_some());
    match (is_lost, run.server.is_lying()) {
        (true, _) => Duration::from_secs(5) + lifetime,
        (false, true) => Duration::from_secs(8) + 2 * lifetime,
        (false, false) => Duration::from_secs(30) + 2 * lifetime,
    }
}

fn is_stalled(run: &Run) -> bool {
    run.stalled() > patience(run) && run.clock.now() >= run.login.rests_until
}

/// Looks into a login that does not go on, if there is one.
pub(crate) async fn settle(run: &mut Run, disturber: &mut Disturber) -> Outcome {
    if !is_stalled(run) {
        return Ok(());
    }
    run.login.rests_until = run.clock.now() + Duration::from_secs(2);
    let lock = run.shared()?.lock(LOCK).await;
    let mut lock = match lock {
        Ok(lock) => lock,
        Err(error) if run.stalled() > 2 * LONGEST => return Err(error.into()),
        Err(error) => {
            run.note(&format!("no lock: {error}"));
            return Ok(());
        }
    };
    let settled = settle_under(run, disturber, &mut *lock).await;
    let _ = lock.release().await;
    settled
}

async fn settle_under(run: &mut Run, disturber: &mut Disturber, lock: &mut dyn StoreLock) -> Outcome {
    // What was said while the lock was waited for.
    run.listen(Duration::from_millis(50))?;
    if run.stalled() <= patience(run) {
        return Ok(());
    }
    let held = lock.read().await?;
    let verdict = judge(run, &held.record)?;
    match verdict {
        Verdict::Wait => Ok(()),
        Verdict::Order(process) => {
            run.note(&format!("ORDER a refresh of process {process}"));
            run.counters.orders += 1;
            run.counters.may_repeat = true;
            run.processes.order_refresh(process);
            run.login.rests_until = run.clock.now() + Duration::from_secs(8);
            Ok(())
        }
        Verdict::SignIn(why) => renew_login(run, disturber, lock, why).await,
        Verdict::Found(finding, what) => {
            run.note(&format!("STORE holds {}", disturber.overview()?));
            run.found(finding, &what);
            renew_login(run, disturber, lock, SignIn::Unexplained).await
        }
    }
}

fn judge(run: &mut Run, record: &TokenRecord) -> Outcome<Verdict> {
    let stored = refresh_token_of(record);
    stored.iter().for_each(|token| run.login.know(token));
    let living = run.server.living(&run.login.known)?;
    let holder = living.iter().find_map(|token| run.processes.holder_of(token));
    let (is_lying, waited) = (run.server.is_lying(), run.stalled() > LONGEST);
    let is_lost = record.lost.is_some() || run.processes.all.iter().any(|process| process.lost_since.is_some());
    let what = format!(
        "the store says {:?}, {} of {} known tokens live, process {holder:?} holds one",
        record.lost,
        living.len(),
        run.login.known.len()
    );
    run.note(&format!("JUDGE {what}"));
    let is_stored = living.iter().any(|token| Some(token) == stored.as_ref());
    let is_lied_to = is_lying && record.introspection.is_none();
    Ok(match (holder, living.is_empty()) {
        (Some(process), _) if is_lying && random::percent(70)? => Verdict::Order(process),
        (_, false) if is_lying && (holder.is_some() || (is_stored && record.lost.is_none())) => {
            Verdict::SignIn(SignIn::HeldUp)
        }
        (None, false) if is_lied_to && is_stored => Verdict::SignIn(SignIn::LiedTo),
        (None, false) if record.lost.is_some() || !is_stored => Verdict::Found(Finding::Unexplained, what),
        (_, false) if waited => Verdict::Found(Finding::NotPutRight, what),
        (_, false) => Verdict::Wait,
        (_, true) => judge_dead(run, is_lost || is_lying, waited, what),
    })
}

/// None of the tokens that anyone has reported lives.
fn judge_dead(run: &Run, is_known: bool, waited: bool, what: String) -> Verdict {
    match (explain_a_loss(&run.wire, run.login.since, &run.processes.deaths), is_known) {
        (true, true) => Verdict::SignIn(SignIn::Window),
        (_, false) if !waited => Verdict::Wait,
        (true, false) => Verdict::Found(Finding::NotPutRight, format!("no one says that the login is lost; {what}")),
        (false, _) => Verdict::Found(Finding::Unexplained, what),
    }
}

/// Someone signs in, and from then on the server lies or tells the truth: never in the middle of a login.
async fn renew_login(run: &mut Run, disturber: &mut Disturber, lock: &mut dyn StoreLock, why: SignIn) -> Outcome {
    let is_lying = run.has(Kind::Lies) && !run.server.is_lying();
    if is_lying || random::percent(50)? {
        next_second().await;
    }
    run.server.lie(is_lying);
    run.counters.lying += u64::from(is_lying);
    let refresh_token = sign_in(&run.server, lock, &run.login.known).await?;
    run.note(&format!("SIGN-IN {why:?}, the server {}", if is_lying { "lies" } else { "tells the truth" }));
    run.counters.signed_in(why);
    run.login = Login::new(run.clock.now(), refresh_token);
    disturber.end(run)
}

/// Someone signs in although nothing is wrong.
pub(crate) async fn sign_in_on_its_own(run: &mut Run, disturber: &mut Disturber) -> Outcome<bool> {
    let Ok(mut lock) = run.shared()?.lock(LOCK).await else { return Ok(false) };
    let held = lock.read().await?;
    refresh_token_of(&held.record).iter().for_each(|token| run.login.know(token));
    let renewed = renew_login(run, disturber, &mut *lock, SignIn::Scheduled).await;
    let _ = lock.release().await;
    renewed.map(|()| true)
}
