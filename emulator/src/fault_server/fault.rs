//! What can go wrong on the wire, for which requests, how often. Nothing here does it.

use std::time::Duration;

use super::streams;
use crate::faults::when::{self, Timed, When, when_methods};

/// Something that goes wrong on the wire on purpose, for the next requests that fit.
///
/// A fault says whether the request is carried out: cuts of the request, statuses, redirects, raw replies, streams and hanging do not
/// carry it out unless [`carried_out`](WireFault::carried_out) is added; all others do.
///
/// ```
/// use std::time::Duration;
/// use zeyos_emulator::WireFault;
///
/// let storm = WireFault::status(429).header("Retry-After", "2").on("POST", "/api/v1/").always();
/// let lost = WireFault::status(503).carried_out().on("POST", "/oauth2/v1/token");
/// let slow = WireFault::trickle(Duration::from_secs(1)).times(3);
/// # let _ = (storm, lost, slow);
/// ```
#[derive(Debug, Clone)]
pub struct WireFault {
    when: When,
    pub(super) delay: Duration,
    pub(super) reply_delay: Duration,
    pub(super) reset: bool,
    pub(super) carries_out: bool,
    pub(super) effect: Effect,
}

#[derive(Debug, Clone)]
pub(super) enum Effect {
    /// The true reply.
    Nothing,
    /// Close after so many bytes of the request.
    CutRequest(usize),
    /// Close after so many bytes of the reply, head included.
    CutReply(usize),
    /// Close after the head and so many bytes of the body.
    CutBody(usize),
    /// No answer, but an open connection.
    Hang,
    /// This reply, byte for byte.
    Raw(Vec<u8>),
    /// The true reply with another media type and body.
    Body(String, Option<Vec<u8>>),
    /// The true reply, one byte at a time; with the head at once if the flag says so.
    Trickle { every: Duration, head_at_once: bool },
    /// A head, then the same piece over and over until so many bytes are out.
    Stream { head: Vec<u8>, piece: Vec<u8>, total: u64 },
}

impl WireFault {
    fn new(effect: Effect, carries_out: bool) -> Self {
        Self {
            when: When::default(),
            delay: Duration::ZERO,
            reply_delay: Duration::ZERO,
            reset: false,
            carries_out,
            effect,
        }
    }

    /// Closes the connection when so many bytes of the request have been read. It is not carried out, not even if it is shorter.
    #[must_use]
    pub fn cut_request(bytes: usize) -> Self {
        Self::new(Effect::CutRequest(bytes), false)
    }

    /// Reads the whole request, then closes the connection. It is not carried out.
    #[must_use]
    pub fn before_commit() -> Self {
        Self::cut_request(usize::MAX)
    }

    /// Carries the request out, then closes the connection without a byte of the reply.
    #[must_use]
    pub fn after_commit() -> Self {
        Self::cut_reply(0)
    }

    /// Carries the request out and closes the connection after so many bytes of the reply: head and body.
    #[must_use]
    pub fn cut_reply(bytes: usize) -> Self {
        Self::new(Effect::CutReply(bytes), true)
    }

    /// Carries the request out and closes the connection after the head and so many bytes of the body.
    #[must_use]
    pub fn cut_body(bytes: usize) -> Self {
        Self::new(Effect::CutBody(bytes), true)
    }

    /// Carries the request out and answers later.
    #[must_use]
    pub fn delay(by: Duration) -> Self {
        Self::new(Effect::Nothing, true).answered_after(by)
    }

    /// Reads the request and never answers. The connection stays open until the client closes it.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Effect::Hang, false)
    }

    /// Answers this status with a short text.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::reply(status, "text/plain; charset=utf-8", "an injected fault")
    }

    /// Answers this status and body as this media type.
    #[must_use]
    pub fn reply(status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!(
            "HTTP/1.1 {status} Injected\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        Self::raw([head.as_bytes(), body].concat())
    }

    /// Answers a redirect to this target, sent as given.
    #[must_use]
    pub fn redirect(status: u16, target: &str) -> Self {
        Self::status(status).header("Location", target)
    }

    /// Answers these bytes as they are, then closes the connection unless they are a reply with a length.
    #[must_use]
    pub fn raw(reply: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Raw(reply.into()), false)
    }

    /// Carries the request out and answers the true head with this media type and body.
    #[must_use]
    pub fn body(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new(Effect::Body(media_type.to_owned(), Some(body.into())), true)
    }

    /// Carries the request out and answers the true reply under another media type.
    #[must_use]
    pub fn media_type(media_type: &str) -> Self {
        Self::new(Effect::Body(media_type.to_owned(), None), true)
    }

    /// Carries the request out and answers the true reply one byte at a time.
    #[must_use]
    pub fn trickle(every: Duration) -> Self {
        Self::new(Effect::Trickle { every, head_at_once: false }, true)
    }

    /// Carries the request out and answers the head at once, the body one byte at a time.
    #[must_use]
    pub fn trickle_body(every: Duration) -> Self {
        Self::new(Effect::Trickle { every, head_at_once: true }, true)
    }

    /// Answers a head that never ends: header after header until so many bytes are out.
    #[must_use]
    pub fn endless_head(total: u64) -> Self {
        let piece = b"x-more: and more, and more, and more, and more\r\n".to_vec();
        Self::stream(b"HTTP/1.1 200 OK\r\n".to_vec(), piece, total)
    }

    /// Answers a chunked body of so many bytes.
    #[must_use]
    pub fn endless_chunks(total: u64) -> Self {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        let piece = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        Self::stream(head, piece, total)
    }

    /// Says that the body has `declared` bytes and sends `total` of them.
    #[must_use]
    pub fn false_length(declared: u64, total: u64) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {declared}\r\n\r\n");
        Self::stream(head.into_bytes(), vec![b' '; 0x10000], total)
    }

    /// Answers a small body that unpacks to so many bytes: `gzip` or `zstd`.
    #[must_use]
    pub fn bomb(encoding: Encoding, unpacked: u64) -> Self {
        let body = match encoding {
            Encoding::Gzip => streams::gzip_of_zeros(unpacked),
            Encoding::Zstd => streams::zstd_of_zeros(unpacked),
        };
        Self::reply(200, "application/json", body).header("Content-Encoding", encoding.name())
    }

    fn stream(head: Vec<u8>, piece: Vec<u8>, total: u64) -> Self {
        Self::new(Effect::Stream { head, piece, total }, false)
    }

    /// Adds a header to a reply that is made up; sent as given. Headers of a true reply stay as they are.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Raw(reply) | Effect::Stream { head: reply, .. } = &mut self.effect
            && let Some(line) = reply.windows(2).position(|pair| pair == b"\r\n")
        {
            reply.splice(line + 2..line + 2, format!("{name}: {value}\r\n").into_bytes());
        }
        self
    }

    when_methods!();

    /// Connections that it closes are reset (RST) instead of ended (FIN).
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.reset = true;
        self
    }

    /// Carries the request out, whatever is answered.
    #[must_use]
    pub fn carried_out(mut self) -> Self {
        self.carries_out = true;
        self
    }

    /// Does not carry the request out. What would answer its true reply then closes the connection instead.
    #[must_use]
    pub fn not_carried_out(mut self) -> Self {
        self.carries_out = false;
        self
    }

    /// Waits before the request is carried out.
    #[must_use]
    pub fn delayed(mut self, by: Duration) -> Self {
        self.delay = by;
        self
    }

    /// Waits after the request was carried out, before the answer.
    #[must_use]
    pub fn answered_after(mut self, by: Duration) -> Self {
        self.reply_delay = by;
        self
    }
}

/// How a [`WireFault::bomb`] is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// `gzip`, about 1000 to 1.
    Gzip,
    /// `zstd`, about 32,000 to 1.
    Zstd,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Encoding::Gzip => "gzip",
            Encoding::Zstd => "zstd",
        }
    }
}

/// The faults that wait for their requests.
pub(super) type Plan = when::Plan<WireFault>;

impl Timed for WireFault {
    fn when(&self) -> &When {
        &self.when
    }

    fn when_mut(&mut self) -> &mut When {
        &mut self.when
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_goes_into_the_head_of_a_reply_that_is_made_up() {
        let Effect::Raw(reply) = WireFault::redirect(307, "https://x.example/").effect else { panic!("no reply") };
        let reply = String::from_utf8(reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 307 Injected\r\nLocation: https://x.example/\r\ncontent-type"), "{reply}");
    }
}
