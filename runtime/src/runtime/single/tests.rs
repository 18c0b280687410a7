use std::sync::Mutex;
use std::time::Duration;

use zeyos_core::Timestamp;

use super::*;
use crate::Clock;

/// Tasks as a test begins them: kept until it drives them.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<Vec<BoxFuture<()>>>>);

impl Tasks {
    fn place(&self) -> Place {
        let tasks = self.clone();
        Place::on(move |task| tasks.0.lock().unwrap().push(task))
    }

    async fn drive(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap());
        for task in tasks {
            task.await;
        }
    }
}

#[tokio::test]
async fn work_goes_on_when_its_caller_is_dropped() {
    let (tasks, done) = (Tasks::default(), Arc::new(AtomicBool::new(false)));
    let place = tasks.place();
    assert!(!place.is_used());
    let noted = Arc::clone(&done);
    drop(place.carry_out(async move { noted.store(true, Ordering::Relaxed) }).unwrap());
    assert!(place.is_used() && !place.of_another().is_used());
    tasks.drive().await;
    assert!(done.load(Ordering::Relaxed));
    place.close();
    assert!(!place.is_used());
}

#[tokio::test]
async fn work_that_is_dropped_is_told_from_work_that_ended() {
    let tasks = Tasks::default();
    let place = tasks.place();
    let (ended, dropped) = (place.carry_out(async { 7 }).unwrap(), place.carry_out(async { 8 }).unwrap());
    tasks.0.lock().unwrap().pop();
    tasks.drive().await;
    assert_eq!((ended.await, dropped.await), (Some(7), None));
}

/// A clock on which every wait is over at once, because it moves by as much as is waited for.
#[derive(Clone, Default)]
struct Jumping(Arc<Mutex<Duration>>);

impl Clock for Jumping {
    fn wall(&self) -> Timestamp {
        Timestamp::from_unix(1_800_000_000)
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        let now = Arc::clone(&self.0);
        Box::pin(async move { *now.lock().unwrap() += duration })
    }
}

#[tokio::test]
async fn a_deadline_ends_by_the_clock_and_never_before_the_work() {
    let clock = Jumping::default();
    let deadlines = Deadlines::new(Arc::new(clock.clone()));
    // Longer than a clock is asked to wait at once.
    let limit = Duration::from_secs(3 * 3600);
    assert_eq!(deadlines.within(limit, std::future::pending::<()>()).await, None);
    assert_eq!(clock.monotonic(), limit);
    assert_eq!(deadlines.within(Duration::ZERO, std::future::ready(7)).await, Some(7));
    deadlines.sleep(limit).await;
    assert_eq!((deadlines.monotonic(), deadlines.wall()), (2 * limit, clock.wall()));
}
