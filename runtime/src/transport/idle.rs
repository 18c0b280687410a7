//! Limits of streams: how long nothing may move, how long it may take in all, how much it may be. What exceeds one is let go at once,
//! and with it the connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use zeyos_core::{BoxFuture, ByteStream};

use super::{TransportBody, TransportError};
use crate::clock::Clock as _;
use crate::runtime::{Deadline, Deadlines};

type Answered = Result<http::Response<ByteStream<TransportError>>, TransportError>;

/// The end of a whole transfer, and how long it was to take.
type End = Option<(Duration, Deadline)>;

/// How long nothing has moved. The timer is set again only when it has run out, not with every piece.
pub(super) struct Idle {
    deadlines: Deadlines,
    limit: Duration,
    /// When something moved last, in nanoseconds of the clock.
    moved: Arc<AtomicU64>,
    timer: Deadline,
}

impl Idle {
    pub(super) fn new(deadlines: Deadlines, limit: Duration) -> Self {
        let moved = Arc::new(AtomicU64::new(nanoseconds(deadlines.monotonic())));
        let timer = deadlines.after(limit);
        Idle { deadlines, limit, moved, timer }
    }

    fn note(&self) {
        self.moved.store(nanoseconds(self.deadlines.monotonic()), Ordering::Relaxed);
    }

    /// Ready when nothing has moved for too long.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<TransportError> {
        loop {
            ready!(Pin::new(&mut self.timer).poll(context));
            let moved = Duration::from_nanos(self.moved.load(Ordering::Relaxed));
            let quiet = self.deadlines.monotonic().saturating_sub(moved);
            let left = self.limit.saturating_sub(quiet);
            if left.is_zero() {
                let limit = self.limit.as_secs_f64();
                return Poll::Ready(TransportError::timeout(format!("nothing was sent or received for {limit:.1} s")));
            }
            self.timer = self.deadlines.after(left);
        }
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Ready when the whole transfer has taken too long.
fn ended(end: &mut End, context: &mut Context<'_>) -> Poll<TransportError> {
    let Some((limit, deadline)) = end else { return Poll::Pending };
    ready!(Pin::new(deadline).poll(context));
    let limit = limit.as_secs_f64();
    Poll::Ready(TransportError::timeout(format!("the transfer did not end within {limit:.1} s")))
}

/// How much of a request is handed over at a time: what is larger could take longer than the idle limit without a sign of life.
const PORTION: usize = 64 * 1024;

/// The pieces of a request in portions: each that is asked for has moved.
pub(super) struct Watched {
    pieces: ByteStream<TransportError>,
    /// What is left of the last piece.
    rest: Bytes,
    moved: Arc<AtomicU64>,
    deadlines: Deadlines,
}

impl Watched {
    pub(super) fn over(body: TransportBody, idle: &Idle) -> TransportBody {
        let length = body.length();
        match body {
            TransportBody::Whole(bytes) if bytes.len() <= PORTION => TransportBody::Whole(bytes),
            body => {
                let (moved, deadlines) = (Arc::clone(&idle.moved), idle.deadlines.clone());
                let watched = Watched { pieces: body.into_pieces(), rest: Bytes::new(), moved, deadlines };
                TransportBody::Pieces { pieces: ByteStream::new(watched), length }
            }
        }
    }
}

impl Stream for Watched {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.rest.is_empty() {
            match ready!(Pin::new(&mut this.pieces).poll_next(context)) {
                Some(Ok(piece)) => this.rest = piece,
                end => return Poll::Ready(end),
            }
        }
        this.moved.store(nanoseconds(this.deadlines.monotonic()), Ordering::Relaxed);
        let portion = this.rest.len().min(PORTION);
        Poll::Ready(Some(Ok(this.rest.split_to(portion))))
    }
}

/// Waits for the head of an answer, for as long as the request moves.
pub(super) struct Head {
    pub answer: BoxFuture<Answered>,
    pub idle: Idle,
    pub end: End,
}

impl Head {
    pub(super) async fn received(
        mut self,
    ) -> Result<(http::Response<ByteStream<TransportError>>, Idle, End), TransportError> {
        let answered = std::future::poll_fn(|context| {
            if let Poll::Ready(answered) = self.answer.as_mut().poll(context) {
                return Poll::Ready(answered);
            }
            let late = ended(&mut self.end, context);
            let late = if late.is_ready() { late } else { self.idle.poll(context) };
            late.map(Err)
        })
        .await;
        Ok((answered?, self.idle, self.end))
    }
}

/// The pieces of an answer, within all limits. Whoever does not ask for the next one is not the server's fault.
pub(super) struct Limited {
    pub pieces: ByteStream<TransportError>,
    pub idle: Idle,
    pub end: End,
    pub max_body: usize,
    pub left: usize,
    pub is_waiting: bool,
}

impl Stream for Limited {
    type Item = Result<Bytes, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // Looked at first: pieces that are always there would never let it end.
        if let Poll::Ready(late) = ended(&mut this.end, context) {
            return Poll::Ready(Some(Err(late)));
        }
        match Pin::new(&mut this.pieces).poll_next(context) {
            Poll::Ready(Some(Ok(piece))) => {
                this.is_waiting = false;
                let Some(left) = this.left.checked_sub(piece.len()) else {
                    return Poll::Ready(Some(Err(TransportError::too_large(this.max_body))));
                };
                this.left = left;
                Poll::Ready(Some(Ok(piece)))
            }
            Poll::Ready(end) => Poll::Ready(end),
            Poll::Pending => {
                if !std::mem::replace(&mut this.is_waiting, true) {
                    this.idle.note();
                }
                this.idle.poll(context).map(|late| Some(Err(late)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;

    #[tokio::test]
    async fn a_large_body_goes_out_in_portions_each_of_which_is_a_sign_of_life() {
        let idle = Idle::new(Deadlines::new(Arc::new(SystemClock)), Duration::from_secs(60));
        let small = Watched::over(Bytes::from_static(b"ink").into(), &idle);
        assert!(matches!(small, TransportBody::Whole(_)));
        for size in [PORTION + 1, 10 * PORTION] {
            let sent = Bytes::from(vec![7; size]);
            let body = Watched::over(sent.clone().into(), &idle);
            assert_eq!(body.length(), Some(size as u64));
            let (mut pieces, mut came) = (body.into_pieces(), Vec::new());
            while let Some(piece) = pieces.next().await {
                let piece = piece.unwrap();
                assert!(piece.len() <= PORTION);
                came.extend_from_slice(&piece);
            }
            assert_eq!(came, sent);
        }
    }
}
