//! The issuer of the tests in memory, spoken to over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use zeyos::{Client, ClientBuilder, FileTokenStore, Transport as _, TransportRequest};

use crate::auth::support;
use crate::support::issuer::Issuer;

/// Ends with the test.
pub(super) struct Server {
    pub issuer: Issuer,
    pub url: String,
    pub runtime: Runtime,
    /// Connections that were accepted, and those that are done with.
    counted: Arc<[AtomicUsize; 2]>,
}

impl Server {
    /// A server that ends the whole chain when a spent token comes again.
    pub(super) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/demo", listener.local_addr().unwrap());
        let (issuer, counted) = (Issuer::new(), Arc::new([const { AtomicUsize::new(0) }; 2]));
        issuer.state().revokes_family = true;
        runtime.spawn(accept(listener, issuer.clone(), Arc::clone(&counted)));
        Server { issuer, url, runtime, counted }
    }

    /// Returns once all that was sent before is carried out: connections are accepted in their order.
    pub(super) fn settle(&self) {
        let count = |at: usize| self.counted[at].load(Ordering::SeqCst);
        let seen = count(0);
        let address = self.url.trim_start_matches("http://").trim_end_matches("/demo");
        drop(std::net::TcpStream::connect(address).unwrap());
        while count(0) == seen || count(0) != count(1) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// A client of this process on the store, as after a restart.
    pub(super) fn client(&self, path: &Path) -> Client {
        builder(&self.url).token_store(FileTokenStore::open(path).unwrap()).build().unwrap()
    }
}

/// A client that waits for as long as many processes on few cores may take.
pub(super) fn builder(url: &str) -> ClientBuilder {
    let patience = Duration::from_secs(300);
    let limits = support::prompt().lock_patience(patience);
    Client::builder(url).client_credentials("app", "s3cret").refresh_limits(limits).timeout(patience)
}

async fn accept(listener: TcpListener, issuer: Issuer, counted: Arc<[AtomicUsize; 2]>) {
    while let Ok((stream, _)) = listener.accept().await {
        counted[0].fetch_add(1, Ordering::SeqCst);
        let (issuer, counted) = (issuer.clone(), Arc::clone(&counted));
        tokio::spawn(async move {
            // A client that was killed is not a failure of the server.
            let _ = answer(stream, issuer).await;
            counted[1].fetch_add(1, Ordering::SeqCst);
        });
    }
}

/// One request on one connection. What did not come in whole is not carried out.
async fn answer(mut stream: TcpStream, issuer: Issuer) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let request = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        if let Some(request) = parsed(&bytes) {
            break request;
        }
    };
    let mut request = TransportRequest::new(request, usize::MAX);
    request.fresh_connection = true;
    let Ok(response) = issuer.send(request).await else { return Ok(()) };
    let (status, body) = (response.status().as_u16(), response.body());
    let kind = response.headers()["content-type"].to_str().unwrap();
    let head = format!("HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\nconnection: close\r\n");
    stream.write_all(format!("{head}content-length: {}\r\n\r\n", body.len()).as_bytes()).await?;
    stream.write_all(body).await?;
    stream.shutdown().await
}

fn parsed(bytes: &[u8]) -> Option<http::Request<Bytes>> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let mut request = http::Request::builder().method(words.next()?).uri(words.next()?);
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let body = bytes.get(end..end + length)?;
    Some(request.body(Bytes::copy_from_slice(body)).unwrap())
}
