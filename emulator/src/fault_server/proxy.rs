//! One connection of a fault server: requests are passed on, and faults are applied to them.

use std::io::Result;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fault::{Effect, WireFault};
use super::message::{Reply, Request, carry_out};
use super::shared::Shared;

/// What comes after a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    NextRequest,
    Close,
}

/// Serves a connection until one side closes it.
pub(super) async fn connection(shared: &Shared, mut stream: TcpStream, number: u64) -> Result<()> {
    for place in 1.. {
        let Some(request) = Request::peek(&stream).await? else { break };
        let entry = shared.ledger(|ledger| ledger.begin(&request, (number, place)));
        let inner = request.path.strip_prefix(&shared.instance).unwrap_or(&request.path);
        let fault = shared.plan.take(&request.method, inner, shared.clock.now(), |_| true);
        let fault = fault.unwrap_or_else(|| WireFault::delay(Duration::ZERO));
        let resets = fault.reset;
        let after = Exchanging { shared, request: &request, entry }.run(&mut stream, fault).await?;
        if after == After::Close {
            if resets {
                stream.set_zero_linger()?;
            }
            break;
        }
    }
    Ok(())
}

/// One request and its reply.
struct Exchanging<'a> {
    shared: &'a Shared,
    request: &'a Request,
    entry: usize,
}

impl Exchanging<'_> {
    async fn run(&self, stream: &mut TcpStream, fault: WireFault) -> Result<After> {
        if let Effect::CutRequest(bytes) = fault.effect
            && bytes < self.request.len
        {
            // What is not read stays in the socket, as it does when a server dies.
            self.request.read(stream, bytes).await?;
            return Ok(After::Close);
        }
        let bytes = self.request.read(stream, self.request.len).await?;
        tokio::time::sleep(fault.delay).await;
        let reply = if fault.carries_out { Some(self.carry_out(&bytes).await?) } else { None };
        tokio::time::sleep(fault.reply_delay).await;
        self.answer(stream, fault.effect, reply).await
    }

    async fn carry_out(&self, bytes: &[u8]) -> Result<Reply> {
        let reply = carry_out(self.shared.upstream, bytes, self.request.head_len).await?;
        let lengths = (reply.head_len, reply.bytes.len());
        self.shared.ledger(|ledger| ledger.carried_out(self.entry, self.request, reply.status(), lengths));
        Ok(reply)
    }

    /// Gives the reply that the fault leaves.
    async fn answer(&self, stream: &mut TcpStream, effect: Effect, reply: Option<Reply>) -> Result<After> {
        if matches!(effect, Effect::Raw(_) | Effect::Stream { .. } | Effect::Body(..)) {
            self.shared.ledger(|ledger| ledger.altered(self.entry));
        }
        match (effect, reply) {
            (Effect::Raw(bytes), _) => self.whole(stream, &Reply::new(bytes)).await,
            (Effect::Hang, _) => self.hang(stream).await,
            (Effect::Stream { head, piece, total }, _) => self.stream(stream, &head, &piece, total).await,
            (Effect::Nothing, Some(reply)) => self.whole(stream, &reply).await,
            (Effect::Body(media_type, body), Some(reply)) => {
                self.whole(stream, &reply.with_body(&media_type, body.as_deref())).await
            }
            (Effect::CutReply(bytes), Some(reply)) => self.part(stream, &reply, bytes).await,
            (Effect::CutBody(bytes), Some(reply)) => {
                self.part(stream, &reply, reply.head_len.saturating_add(bytes)).await
            }
            (Effect::Trickle { every, head_at_once }, Some(reply)) => {
                let at_once = if head_at_once { reply.head_len } else { 0 };
                self.trickle(stream, &reply, at_once, every).await
            }
            (Effect::CutRequest(_), _) | (_, None) => Ok(After::Close),
        }
    }

    async fn whole(&self, stream: &mut TcpStream, reply: &Reply) -> Result<After> {
        // The client may act as soon as it has the last byte, so the ledger comes first.
        self.shared.ledger(|ledger| {
            ledger.told(self.entry, self.request, reply.status(), reply.body(), true);
        });
        self.write(stream, &reply.bytes).await?;
        Ok(if reply.keeps_open(self.request) { After::NextRequest } else { After::Close })
    }

    async fn part(&self, stream: &mut TcpStream, reply: &Reply, bytes: usize) -> Result<After> {
        let sent = &reply.bytes[..bytes.min(reply.bytes.len())];
        let is_whole = sent.len() == reply.bytes.len();
        let status = (sent.len() >= 12).then(|| reply.status()).flatten();
        self.shared.ledger(|ledger| ledger.told(self.entry, self.request, status, reply.body(), is_whole));
        self.write(stream, sent).await?;
        Ok(After::Close)
    }

    async fn trickle(&self, stream: &mut TcpStream, reply: &Reply, at_once: usize, every: Duration) -> Result<After> {
        let (first, rest) = reply.bytes.split_at(at_once);
        self.write(stream, first).await?;
        for byte in rest {
            tokio::time::sleep(every).await;
            self.write(stream, &[*byte]).await?;
        }
        self.shared.ledger(|ledger| ledger.told(self.entry, self.request, reply.status(), reply.body(), true));
        Ok(if reply.keeps_open(self.request) { After::NextRequest } else { After::Close })
    }

    async fn stream(&self, stream: &mut TcpStream, head: &[u8], piece: &[u8], total: u64) -> Result<After> {
        self.shared
            .ledger(|ledger| ledger.told(self.entry, self.request, Reply::new(head.to_vec()).status(), &[], false));
        self.write(stream, head).await?;
        let mut left = total;
        while left > 0 {
            let next = piece.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            self.write(stream, &piece[..next]).await?;
            left -= next as u64;
            // The clients of a test may live on the same core.
            tokio::task::yield_now().await;
        }
        Ok(After::Close)
    }

    /// Waits until the client gives up.
    async fn hang(&self, stream: &mut TcpStream) -> Result<After> {
        let mut ignored = [0; 1024];
        while stream.read(&mut ignored).await? > 0 {}
        Ok(After::Close)
    }

    async fn write(&self, stream: &mut TcpStream, bytes: &[u8]) -> Result<()> {
        stream.write_all(bytes).await?;
        self.shared.ledger(|ledger| ledger.counts.bytes_out += bytes.len() as u64);
        Ok(())
    }
}
