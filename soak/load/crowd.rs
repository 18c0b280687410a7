//! A crowd of tasks that read and write as many users against a server with faults, and what is checked afterwards: every
//! create once at most, no acknowledged write lost, every failure of a kind that is known, no task left.

mod check;
mod faults;
mod ledger;
mod outcomes;
mod task;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use zeyos::{Client, Clock as _, SystemClock, TokenSet};

pub(crate) use faults::faults;
use ledger::Ledger;
pub(crate) use outcomes::Outcomes;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// What a run is.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub tasks: usize,
    pub users: usize,
    pub time: Duration,
    /// How long one attempt of a call may take.
    pub timeout: Duration,
    /// The longest pause of a task between two calls.
    pub pause: Duration,
    /// The file that gets a line for each write, so that memory holds none of them.
    pub ledger: PathBuf,
}

/// How long tasks of connections may take to end once the last client is gone.
const REST: Duration = Duration::from_secs(10);

/// Lets the crowd work. A failure of a kind that no one knows is an error of the run, as is a task that is left.
pub(crate) async fn run(url: &str, token: &str, plan: &Plan) -> Outcome<Outcomes> {
    let before = Handle::current().metrics().num_alive_tasks();
    let first = Client::builder(url).token_set(TokenSet::bearer(token)).timeout(plan.timeout).build()?;
    let users = (0..plan.users).map(|_| first.for_user(TokenSet::bearer(token)));
    let users = users.collect::<Result<Vec<_>, _>>()?;
    let (ledger, outcomes) = (Arc::new(Ledger::create(&plan.ledger)?), Arc::new(Outcomes::default()));
    let clock = Arc::new(SystemClock);
    let end = clock.monotonic() + plan.time;
    let mut tasks = JoinSet::new();
    for number in 0..plan.tasks {
        let client = users[number % users.len()].clone();
        let (ledger, outcomes) = (Arc::clone(&ledger), Arc::clone(&outcomes));
        let (clock, pause) = (Arc::clone(&clock), plan.pause);
        tasks.spawn(async move {
            let mut member = task::Task::new(number, client, &ledger, &outcomes);
            while clock.monotonic() < end {
                member.rest(pause).await?;
                member.step().await?;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    ledger.close()?;
    drop((users, first));
    nobody_is_left(before).await?;
    Ok(Arc::into_inner(outcomes).ok_or("a task keeps what it has counted")?)
}

/// Connections end with the last client that could use them.
async fn nobody_is_left(before: usize) -> Outcome {
    let mut waited = Duration::ZERO;
    loop {
        let alive = Handle::current().metrics().num_alive_tasks();
        if alive <= before {
            return Ok(());
        }
        if waited >= REST {
            return Err(format!("{} tasks are left", alive - before).into());
        }
        let step = Duration::from_millis(50);
        tokio::time::sleep(step).await;
        waited += step;
    }
}

/// Holds the rows of the server, which makes no faults any more, against what tasks were told.
pub(crate) async fn verdict(url: &str, token: &str, ledger: &Path) -> Outcome<check::Verdict> {
    let client = Client::builder(url).token_set(TokenSet::bearer(token)).build()?;
    check::rows(&client, ledger).await
}
