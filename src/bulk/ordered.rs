//! Work on rows, some at a time, whose results come in the order of the rows.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use zeyos_core::{BoxFuture, MaybeSend};

/// Rows to work on. It is a stream of any kind; [`Rows::of`] makes one of an iterator.
pub struct Rows<I>(I);

/// Without the rows.
impl<I> fmt::Debug for Rows<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rows")
    }
}

impl<I: Iterator> Rows<I> {
    /// The elements, none before it is needed.
    pub fn of(rows: impl IntoIterator<IntoIter = I>) -> Self {
        Rows(rows.into_iter())
    }
}

impl<I> Unpin for Rows<I> {}

impl<I: Iterator> Stream for Rows<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

/// A trait object may have one trait beside those of the compiler, and `MaybeSend` is none of them.
trait Source<R>: Stream<Item = BoxFuture<R>> + MaybeSend {}

impl<R, S: Stream<Item = BoxFuture<R>> + MaybeSend> Source<R> for S {}

/// So many futures of a source under way at once.
pub(super) struct Ordered<R> {
    source: Option<Pin<Box<dyn Source<R>>>>,
    under_way: VecDeque<Slot<R>>,
    width: usize,
}

enum Slot<R> {
    Running(BoxFuture<R>),
    Ready(R),
}

impl<R> Ordered<R> {
    /// What `work` makes of each row.
    pub(super) fn new<S, W>(rows: S, width: usize, work: W) -> Self
    where
        S: Stream + MaybeSend + 'static,
        W: FnMut(S::Item) -> BoxFuture<R> + MaybeSend + Unpin + 'static,
        R: 'static,
    {
        let source: Pin<Box<dyn Source<R>>> = Box::pin(Mapped { rows: Box::pin(rows), work });
        Ordered { source: Some(source), under_way: VecDeque::new(), width: width.max(1) }
    }

    pub(super) async fn next(&mut self) -> Option<R> {
        poll_fn(|context| self.poll(context)).await
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<R>> {
        self.fill(context);
        for slot in &mut self.under_way {
            if let Slot::Running(work) = slot
                && let Poll::Ready(result) = work.as_mut().poll(context)
            {
                *slot = Slot::Ready(result);
            }
        }
        match self.under_way.pop_front() {
            Some(Slot::Ready(result)) => Poll::Ready(Some(result)),
            Some(running) => {
                self.under_way.push_front(running);
                Poll::Pending
            }
            None if self.source.is_none() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn fill(&mut self, context: &mut Context<'_>) {
        while self.under_way.len() < self.width {
            let Some(source) = &mut self.source else { return };
            match source.as_mut().poll_next(context) {
                Poll::Ready(Some(work)) => self.under_way.push_back(Slot::Running(work)),
                Poll::Ready(None) => self.source = None,
                Poll::Pending => return,
            }
        }
    }
}

struct Mapped<S, W> {
    rows: Pin<Box<S>>,
    work: W,
}

impl<R, S: Stream, W: FnMut(S::Item) -> BoxFuture<R> + Unpin> Stream for Mapped<S, W> {
    type Item = BoxFuture<R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = std::task::ready!(self.rows.as_mut().poll_next(context));
        Poll::Ready(row.map(|row| (self.work)(row)))
    }
}
