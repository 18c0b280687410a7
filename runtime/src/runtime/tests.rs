use std::sync::{Mutex, mpsc};
use std::thread;

use super::*;
use crate::SystemClock;

fn exchanges() -> ExchangeRuntime {
    ExchangeRuntime::new(Arc::new(SystemClock), Place::default())
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_panic_is_a_typed_error() {
    let exchanges = exchanges();
    let carried_out = exchanges.carry_out::<(), _>(async { panic!("as told") }).await.unwrap_err();
    let begun = exchanges.outcome::<()>(LONG, async { panic!("as told") }).await.unwrap_err();
    assert_eq!(
        [carried_out, begun].map(|error| error.token_error().cloned()),
        [const { Some(TokenError::Interrupted) }; 2]
    );
}

#[tokio::test]
async fn work_goes_on_when_its_caller_is_dropped_or_out_of_time() {
    let exchanges = Arc::new(exchanges());
    for is_dropped in [true, false] {
        let (done, when_done) = oneshot::channel();
        let (start, started) = oneshot::channel::<()>();
        let work = async move {
            let _ = started.await;
            let _ = done.send(7);
            Ok(())
        };
        if is_dropped {
            let own = Arc::clone(&exchanges);
            let caller = tokio::spawn(async move { own.outcome(LONG, work).await });
            tokio::task::yield_now().await;
            caller.abort();
            assert!(caller.await.unwrap_err().is_cancelled());
        } else {
            assert!(exchanges.outcome(Duration::from_millis(1), work).await.unwrap_err().is_timeout());
        }
        start.send(()).unwrap();
        assert_eq!(when_done.await, Ok(7));
    }
}

#[tokio::test]
async fn work_that_blocks_delays_nobody_else() {
    let (one, other) = (exchanges(), exchanges());
    let (release, held) = mpsc::channel::<()>();
    let blocked = one.carry_out(async move {
        // A thread, not a task, waits here.
        held.recv().unwrap();
        Ok(thread::current().name().map(str::to_owned))
    });
    let also = one.carry_out(async { Ok(1) });
    assert_eq!(other.carry_out(async { Ok(2) }).await.unwrap(), 2);
    assert_eq!(also.await.unwrap(), 1);
    assert_eq!(other.outcome(LONG, async { Ok(3) }).await.unwrap(), 3);
    release.send(()).unwrap();
    assert_eq!(blocked.await.unwrap().as_deref(), Some("zeyos-exchange"));
}

#[tokio::test]
async fn where_work_may_block_is_known_there_alone() {
    let exchanges = exchanges();
    assert!(!may_block());
    assert!(exchanges.carry_out(async { Ok(may_block()) }).await.unwrap());
    assert!(!exchanges.outcome(LONG, async { Ok(may_block()) }).await.unwrap());
    assert!(
        elsewhere(exchanges.deadlines(), LONG, || thread::current().name() == Some("zeyos-exchange")).await.unwrap()
    );
    assert_eq!(elsewhere::<()>(exchanges.deadlines(), LONG, || panic!("as told")).await, Err(Unfinished::Panicked));
}

#[test]
fn a_runtime_that_ends_takes_the_work_named_for_it_along_and_no_other() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let named = ExchangeRuntime::new(Arc::new(SystemClock), Place::on(runtime.handle().clone()));
    let own = exchanges();
    let ((release, held), (_never, waited)) = (oneshot::channel::<()>(), oneshot::channel::<()>());
    let (lost, kept) = runtime.block_on(async {
        let lost = named.carry_out(async { waited.await.map_err(|_| interrupted()) });
        let kept = own.carry_out(async { held.await.map_err(|_| interrupted()) });
        (lost, kept)
    });
    drop(runtime);
    release.send(()).unwrap();
    let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
    other.block_on(kept).unwrap();
    assert_eq!(other.block_on(lost).unwrap_err().token_error(), Some(&TokenError::Interrupted));
    let later = other.block_on(named.carry_out(async { Ok(()) }));
    assert_eq!(later.unwrap_err().token_error(), Some(&TokenError::Interrupted));
}

#[tokio::test]
async fn a_value_belongs_to_the_runtime_that_asked_first_and_the_oldest_goes() {
    let values = Arc::new(ByRuntime::with_first(0));
    assert_eq!((values.get(), values.get()), (Some(0), Some(0)));
    let elsewhere = |work: Box<dyn FnOnce() + Send>| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        thread::spawn(move || runtime.block_on(async { work() })).join().unwrap();
    };
    for number in 1..200 {
        let theirs = Arc::clone(&values);
        elsewhere(Box::new(move || {
            assert_eq!(theirs.get(), None, "it is another runtime");
            assert_eq!((theirs.keep(number), theirs.keep(1000)), (number, number));
            theirs.forget();
            assert_eq!((theirs.get(), theirs.keep(number)), (None, number));
        }));
        assert_eq!(values.get(), Some(0), "it is asked for all the time");
    }
    for number in 0..8 {
        let theirs = Arc::clone(&values);
        elsewhere(Box::new(move || assert_eq!(theirs.keep(number), number)));
    }
    assert_eq!(values.get(), None);
}

/// Remembers in which span each event was seen. It knows one span.
#[derive(Clone, Default)]
struct Ears(Arc<Mutex<Vec<Option<u64>>>>, Arc<std::sync::OnceLock<&'static tracing::Metadata<'static>>>);

thread_local! {
    static ENTERED: std::cell::RefCell<Vec<u64>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl tracing::Subscriber for Ears {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "ears"
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        self.1.set(span.metadata()).unwrap();
        tracing::span::Id::from_u64(7)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        let span = ENTERED.with_borrow(|entered| entered.last().copied());
        self.0.lock().unwrap().push(span);
    }

    fn enter(&self, span: &tracing::span::Id) {
        ENTERED.with_borrow_mut(|entered| entered.push(span.into_u64()));
    }

    fn exit(&self, _: &tracing::span::Id) {
        ENTERED.with_borrow_mut(|entered| assert!(entered.pop().is_some()));
    }

    fn current_span(&self) -> tracing_core::span::Current {
        match (ENTERED.with_borrow(|entered| entered.last().copied()), self.1.get()) {
            (Some(id), Some(metadata)) => tracing_core::span::Current::new(tracing::span::Id::from_u64(id), metadata),
            _ => tracing_core::span::Current::none(),
        }
    }
}

#[tokio::test]
async fn the_subscriber_and_the_span_of_the_caller_go_along() {
    let (ears, exchanges) = (Ears::default(), Arc::new(exchanges()));
    let own = Arc::clone(&exchanges);
    let (one, other) = tracing::subscriber::with_default(ears.clone(), || {
        let span = tracing::info_span!(target: "ears", "caller");
        let inner = Arc::clone(&own);
        let entered = span.enter();
        let one = own.begin(async move {
            tracing::info!(target: "ears", "on the thread");
            let carried_out = async {
                tracing::info!(target: "ears", "on the pool");
                tokio::task::yield_now().await;
                tracing::info!(target: "ears", "on the pool, later");
                Ok(())
            };
            inner.carry_out(carried_out).await.unwrap();
        });
        drop(entered);
        (one, own.begin(async { tracing::info!(target: "ears", "outside") }))
    });
    one.unwrap();
    other.unwrap();
    // No one's subscriber learns of what no one began within it.
    let of_somebody_else = async {
        tracing::info!(target: "ears", "of someone else");
        Ok(())
    };
    exchanges.outcome(LONG, of_somebody_else).await.unwrap();
    while ears.0.lock().unwrap().len() < 4 {
        tokio::task::yield_now().await;
    }
    let mut spans = ears.0.lock().unwrap().clone();
    spans.sort();
    assert_eq!(spans, [None, Some(7), Some(7), Some(7)]);
}
