//! Reads the body of a request within limits of size and time, whatever the body means.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use tokio::time::timeout;

/// How long a client may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(30);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReadError {
    TooLarge,
    TooSlow,
    /// The connection ended first, or it is not a body.
    Broken,
}

/// The whole body.
pub(crate) async fn whole(mut body: Body, limit: usize) -> Result<Bytes, ReadError> {
    if body.size_hint().lower() > limit as u64 {
        return Err(ReadError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut all = Vec::new();
    while !body.is_end_stream() {
        let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx));
        let Some(frame) = timeout(SILENCE, frame).await.map_err(|_| ReadError::TooSlow)? else { break };
        // What is not data is trailers, which no one asks for.
        let Ok(data) = frame.map_err(|_| ReadError::Broken)?.into_data() else { continue };
        if first.len() + all.len() + data.len() > limit {
            return Err(ReadError::TooLarge);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use super::*;

    /// A body of these pieces, after which nothing more comes.
    struct Pieces(Vec<&'static str>);

    impl futures_core::Stream for Pieces {
        type Item = Result<Bytes, Infallible>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            if self.0.is_empty() { Poll::Pending } else { Poll::Ready(Some(Ok(self.0.remove(0).into()))) }
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(whole(Body::from("abc"), 3).await, Ok("abc".into()));
        assert_eq!(whole(Body::from("abcd"), 3).await, Err(ReadError::TooLarge));
        assert_eq!(whole(Body::empty(), 0).await, Ok(Bytes::new()));
        let long = Body::from_stream(Pieces(vec!["ab", "cd", "ef"]));
        assert_eq!(whole(long, 5).await, Err(ReadError::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stays_out_is_given_up_after_30_seconds() {
        let start = tokio::time::Instant::now();
        assert_eq!(whole(Body::from_stream(Pieces(vec!["ab", "cd"])), 100).await, Err(ReadError::TooSlow));
        assert_eq!(start.elapsed(), SILENCE);
    }
}
