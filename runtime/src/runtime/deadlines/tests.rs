use std::thread;

use tokio::sync::mpsc;

use super::*;
use crate::SystemClock;

/// A clock that a test moves.
#[derive(Clone, Default)]
struct Hand(Arc<Mutex<(Duration, Vec<Waker>)>>);

impl Hand {
    fn advance(&self, by: Duration) {
        let wakers = {
            let mut state = self.0.lock().unwrap();
            state.0 += by;
            mem::take(&mut state.1)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Clock for Hand {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn monotonic(&self) -> Duration {
        self.0.lock().unwrap().0
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let (this, end) = (self.clone(), self.monotonic() + duration);
        Box::pin(poll_fn(move |context| {
            let mut state = this.0.lock().unwrap();
            if state.0 >= end {
                return Poll::Ready(());
            }
            state.1.push(context.waker().clone());
            Poll::Pending
        }))
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn deadlines() -> (Hand, Deadlines) {
    let hand = Hand::default();
    (hand.clone(), Deadlines::new(Arc::new(hand)))
}

#[tokio::test]
async fn work_that_ends_first_brings_its_outcome_and_leaves_nothing_behind() {
    let (_hand, deadlines) = deadlines();
    let work = async {
        tokio::task::yield_now().await;
        7
    };
    assert_eq!(deadlines.within(SECOND, work).await, Some(7));
    assert!(deadlines.0.waiting.get().queue().places.is_empty());
    assert_eq!(deadlines.within(Duration::ZERO, std::future::ready(7)).await, Some(7), "what is done is taken");
    assert_eq!(deadlines.within(Duration::ZERO, std::future::pending::<()>()).await, None);
}

#[tokio::test]
async fn everybody_is_woken_at_his_own_time_whoever_came_first() {
    let (hand, deadlines) = deadlines();
    let (order, mut ended) = mpsc::unbounded_channel();
    // The long one first, so that the others come before what is watched for.
    let waits = [900, 5, 300, 5, 1].map(|seconds| {
        let (deadlines, order) = (deadlines.clone(), order.clone());
        tokio::spawn(async move {
            deadlines.after(SECOND * seconds).await;
            order.send(seconds).unwrap();
        })
    });
    while deadlines.0.waiting.get().queue().places.len() < 5 {
        tokio::task::yield_now().await;
    }
    for (step, expected) in [(1, vec![1]), (4, vec![5, 5]), (294, vec![]), (1, vec![300]), (600, vec![900])] {
        hand.advance(SECOND * step);
        for seconds in expected {
            assert_eq!(ended.recv().await, Some(seconds));
        }
        assert!(ended.try_recv().is_err(), "no one is early");
    }
    for wait in waits {
        wait.await.unwrap();
    }
}

#[test]
fn without_a_runtime_time_passes_too() {
    let deadlines = Deadlines::new(Arc::new(SystemClock));
    let waited = thread::spawn(move || {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut deadline = deadlines.after(Duration::from_millis(20));
        while Pin::new(&mut deadline).poll(&mut Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
        SystemClock.monotonic() >= deadline.end.unwrap()
    });
    assert!(waited.join().unwrap());
}

struct Unpark(thread::Thread);

impl std::task::Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[tokio::test]
async fn what_never_ends_is_not_waited_for_by_the_clock() {
    let (_hand, deadlines) = deadlines();
    deadlines.0.clock.sleep(Duration::ZERO).await;
    let endless = deadlines.within(Duration::MAX, std::future::pending::<()>());
    assert_eq!(deadlines.within(Duration::ZERO, endless).await, None);
    let never = Deadlines::new(Arc::new(SystemClock));
    assert_eq!(never.after(Duration::MAX).end, None, "the clock is past its beginning");
}
