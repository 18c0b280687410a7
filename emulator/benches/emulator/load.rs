//! The load generator: keep-alive connections on plain sockets that send requests made beforehand. It shares the cores
//! with the server, so it does as little as it can: no HTTP library, one thread, buffers that are used again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Outcome;

/// Requests as they go over the wire.
pub(crate) type Requests = Arc<[Vec<u8>]>;

/// Many clients of one server.
pub(crate) struct Crowd {
    clients: Vec<Client>,
    requests: Requests,
}

/// What a crowd did in one round.
pub(crate) struct Round {
    /// How long each request took.
    pub latencies: Vec<Duration>,
    /// From the first request to the last answer.
    pub length: Duration,
}

impl Round {
    /// Answers a second.
    #[expect(clippy::cast_precision_loss, reason = "a count of requests")]
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.length.as_secs_f64()
    }
}

impl Crowd {
    /// Connects. Every client starts at another request, so that they do not march in step.
    pub(crate) async fn connect(address: SocketAddr, count: usize, requests: Requests) -> Outcome<Self> {
        let mut clients = Vec::new();
        for index in 0..count {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            clients.push(Client { stream, buffer: Vec::new(), next: index * requests.len() / count });
        }
        Ok(Self { clients, requests })
    }

    /// Lets every client ask without a pause for so long.
    pub(crate) async fn round(&mut self, length: Duration) -> Outcome<Round> {
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for mut client in self.clients.drain(..) {
            let requests = Arc::clone(&self.requests);
            tasks.spawn(async move { client.run(&requests, start + length).await.map(|took| (client, took)) });
        }
        let mut latencies = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let (client, took) = done??;
            self.clients.push(client);
            latencies.extend(took);
        }
        Ok(Round { latencies, length: start.elapsed() })
    }

    /// The body of the answer to one request.
    pub(crate) async fn body(&mut self, index: usize) -> Outcome<Vec<u8>> {
        let client = self.clients.first_mut().ok_or("no client")?;
        let start = client.ask(&self.requests[index]).await?;
        Ok(client.buffer[start..].to_vec())
    }
}

struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    next: usize,
}

impl Client {
    async fn run(&mut self, requests: &[Vec<u8>], end: Instant) -> Outcome<Vec<Duration>> {
        let mut latencies = Vec::new();
        let mut now = Instant::now();
        while now < end {
            self.ask(&requests[self.next]).await?;
            self.next = (self.next + 1) % requests.len();
            let answered = Instant::now();
            latencies.push(answered - now);
            now = answered;
        }
        Ok(latencies)
    }

    /// Sends one request and reads its answer; tells where in the buffer the body begins.
    async fn ask(&mut self, request: &[u8]) -> Outcome<usize> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let start = loop {
            self.more().await?;
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
        };
        let head = std::str::from_utf8(&self.buffer[..start])?;
        if !head.starts_with("HTTP/1.1 200 ") {
            return Err(format!("an answer that is none: {head}").into());
        }
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split('\r').next());
        let whole = start + length.ok_or("an answer without a length")?.parse::<usize>()?;
        while self.buffer.len() < whole {
            self.more().await?;
        }
        Ok(start)
    }

    async fn more(&mut self) -> Outcome {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server hung up".into()),
            _ => Ok(()),
        }
    }
}
