//! A crowd before the gate of a server that is too busy, in a time of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::oneshot;
use zeyos_core::BoxFuture;

use super::*;

/// A clock that stands still until the test moves it.
#[derive(Default)]
struct Hourglass {
    now: Mutex<Duration>,
    sleepers: Mutex<Vec<(Duration, oneshot::Sender<()>)>>,
    /// Grows with everything that happens.
    steps: AtomicUsize,
}

impl Clock for Hourglass {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000 + i64::try_from(self.monotonic().as_secs()).unwrap())
    }

    fn monotonic(&self) -> Duration {
        self.steps.fetch_add(1, Ordering::Relaxed);
        *self.now.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let (wake, woken) = oneshot::channel();
        let until = self.now.lock().unwrap().saturating_add(duration);
        self.sleepers.lock().unwrap().push((until, wake));
        Box::pin(async move {
            let _ = woken.await;
        })
    }
}

impl Hourglass {
    /// Lets everyone run, then moves to the next moment for which someone waits; false when no one does.
    async fn turn(&self) -> bool {
        let mut quiet = 0;
        while quiet < 3 {
            let before = self.steps.load(Ordering::Relaxed);
            tokio::task::yield_now().await;
            quiet = if self.steps.load(Ordering::Relaxed) == before { quiet + 1 } else { 0 };
        }
        let mut sleepers = self.sleepers.lock().unwrap();
        sleepers.retain(|(_, wake)| !wake.is_closed());
        let Some(next) = sleepers.iter().map(|(until, _)| *until).min() else { return false };
        *self.now.lock().unwrap() = next;
        let due = |(until, _): &mut (Duration, _)| *until <= next;
        sleepers.extract_if(.., due).for_each(|(_, wake)| {
            let _ = wake.send(());
        });
        true
    }
}

fn gate() -> Gate {
    Gate::new(Ceilings { asked: Duration::from_secs(3600), chosen: Duration::from_secs(30) }, Chance::default())
}

fn answer(status: u16, retry_after: Option<&str>) -> http::Response<()> {
    let mut answer = http::Response::new(());
    *answer.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(value) = retry_after {
        answer.headers_mut().insert("retry-after", value.parse().unwrap());
    }
    answer
}

const STORM: Duration = Duration::from_secs(600);
const LATENCY: Duration = Duration::from_millis(50);
const TASKS: usize = 1000;

/// A server that answers 429 for ten minutes, and what it saw.
#[derive(Default)]
struct Server {
    arrivals: Mutex<Vec<Duration>>,
    at_work: AtomicUsize,
    most_after_the_storm: AtomicUsize,
}

impl Server {
    async fn serve(&self, clock: &Hourglass) -> http::Response<()> {
        let now = clock.monotonic();
        self.arrivals.lock().unwrap().push(now);
        let at_work = self.at_work.fetch_add(1, Ordering::SeqCst) + 1;
        if now >= STORM {
            self.most_after_the_storm.fetch_max(at_work, Ordering::SeqCst);
        }
        clock.sleep(LATENCY).await;
        self.at_work.fetch_sub(1, Ordering::SeqCst);
        if now < STORM { answer(429, Some("20")) } else { answer(200, None) }
    }
}

#[tokio::test]
async fn fault_52_in_a_storm_one_request_a_window_asks_and_then_the_others_follow() {
    let (gate, clock, server) = (Arc::new(gate()), Arc::new(Hourglass::default()), Arc::new(Server::default()));
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let (gate, clock, server) = (Arc::clone(&gate), Arc::clone(&clock), Arc::clone(&server));
            tokio::spawn(async move {
                loop {
                    let pass = gate.admit("https://a", &*clock, Duration::from_secs(3600)).await.unwrap();
                    let answer = server.serve(&clock).await;
                    pass.observe(Some(&answer));
                    if answer.status().is_success() {
                        break;
                    }
                }
            })
        })
        .collect();
    while clock.turn().await {}
    for task in tasks {
        task.await.unwrap();
    }
    let arrivals = server.arrivals.lock().unwrap().clone();
    let window = Duration::from_secs(20);
    let (first, later): (Vec<Duration>, Vec<Duration>) = arrivals.into_iter().partition(|at| *at < window);
    assert_eq!(first.len(), TASKS, "all of them, before the first answer");
    let probes: Vec<_> = later.iter().copied().filter(|at| *at < STORM).collect();
    assert!(
        probes.len() <= 30 && probes.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(20)),
        "{probes:?}"
    );
    assert_eq!(later.len() - probes.len(), TASKS, "after the storm each one is sent once");
    // The server is not run over at once: two at a time, then more.
    let end = later[probes.len()];
    let soon = later.iter().filter(|at| **at > end && **at <= end + LATENCY).count();
    assert!(soon <= 2, "{soon} after the first answer");
    // With every round trip twice as many: 1, 2, 4 to 512.
    assert!(server.most_after_the_storm.load(Ordering::SeqCst) <= 600);
}

#[tokio::test]
async fn origins_do_not_wait_for_each_other_and_a_short_patience_is_an_error() {
    let (gate, clock) = (gate(), Hourglass::default());
    gate.admit("https://a", &clock, Duration::ZERO).await.unwrap().observe(Some(&answer(429, Some("60"))));
    gate.admit("https://b", &clock, Duration::ZERO).await.unwrap().observe(Some(&answer(200, None)));
    let error = gate.admit("https://a", &clock, Duration::from_secs(30)).await.err().unwrap();
    let held = *error.throttled_error().unwrap();
    assert!((60..=66).contains(&held.wait.as_secs()) && held.until.as_unix() >= 1_800_000_060, "{held:?}");
    // A caller who goes away with the probe in hand does not keep the others out for ever.
    *clock.now.lock().unwrap() = Duration::from_secs(70);
    drop(gate.admit("https://a", &clock, Duration::ZERO).await.unwrap());
    assert!(gate.admit("https://a", &clock, Duration::ZERO).await.is_err());
    *clock.now.lock().unwrap() = Duration::from_secs(72);
    gate.admit("https://a", &clock, Duration::ZERO).await.unwrap().observe(Some(&answer(200, None)));
}

#[test]
fn only_429_and_a_503_with_a_time_close_the_gate() {
    let clock = Hourglass::default();
    let outcome = |status, value| outcome(&answer(status, value), &clock);
    assert_eq!(outcome(429, None), Outcome::Busy(None));
    assert_eq!(outcome(429, Some("x")), Outcome::Busy(None));
    assert_eq!(outcome(503, Some("5")), Outcome::Busy(Some(Duration::from_secs(5))));
    assert_eq!(outcome(503, Some("0x5")), Outcome::Fine);
    assert_eq!([outcome(503, None), outcome(500, Some("5")), outcome(200, Some("5"))], [Outcome::Fine; 3]);
}
