//! The accept loop: connections, how long they may keep the server waiting, and their end. It knows no path.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connection::{Connection, ConnectionHandle};

/// How long a client may take for the head of a request, the silence before it included.
pub(crate) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long requests at work are waited for when the server stops.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// The pause after a connection could not be accepted: most often there are too many open files, which passes.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until it is asked to stop. Then requests at work are answered, and every other connection is closed at once.
pub(crate) async fn serve<S, F>(listener: TcpListener, service: S, mut stopped: watch::Receiver<()>)
where
    S: Fn(ConnectionHandle, Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let service = Arc::new(service);
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Those that have ended are forgotten.
            Some(_) = connections.join_next() => continue,
            () = until(&mut stopped) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                connections.spawn(connection(stream, Arc::clone(&service), stopped.clone()));
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Waits until the other side is dropped.
async fn until(stopped: &mut watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

async fn connection<S, F>(stream: TcpStream, service: Arc<S>, mut stopped: watch::Receiver<()>)
where
    S: Fn(ConnectionHandle, Request) -> F + Send + Sync + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    // An answer is written in one piece; waiting for more would only delay it.
    let _ = stream.set_nodelay(true);
    let handle = ConnectionHandle::default();
    let answered = {
        let handle = handle.clone();
        service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let answer = service(handle.clone(), request.map(Body::new));
            async { Ok::<_, Infallible>(answer.await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(Connection::new(stream, handle.clone())), answered);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // An error is a client that went away or sent no HTTP; there is no one to tell.
        _ = connection.as_mut() => return,
        () = until(&mut stopped) => {}
    }
    handle.stop();
    connection.as_mut().graceful_shutdown();
    let _ = timeout(GRACE, connection).await;
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::body::to_bytes;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;
    use tokio::time::Instant;

    use super::*;

    /// A server on a free port that answers with the body it was sent; the sender stops it.
    async fn echo() -> (std::net::SocketAddr, watch::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(());
        let answer = |connection: ConnectionHandle, request: Request| async move {
            let Ok(body) = to_bytes(request.into_body(), 1024).await else { return Response::new(Body::empty()) };
            let work = connection.work();
            work.guard(Response::new(Body::from(body)))
        };
        (address, stop, tokio::spawn(serve(listener, answer, stopped)))
    }

    /// Opens a connection, sends bytes, and reads until it ends.
    async fn sent(address: std::net::SocketAddr, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut read = Vec::new();
        // A reset ends it as well.
        let _ = stream.read_to_end(&mut read).await;
        read
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_comes_or_never_ends_closes_the_connection_after_30_seconds() {
        for begun in [&b""[..], b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n"] {
            let (address, _stop, _) = echo().await;
            let start = Instant::now();
            sent(address, begun).await;
            assert_eq!(start.elapsed().as_secs(), HEAD_TIMEOUT.as_secs(), "{begun:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_closes_idle_and_half_sent_connections_at_once() {
        for begun in
            [&b""[..], b"GET / HTTP/1.1\r\nHost: a\r\n", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"]
        {
            let (address, stop, served) = echo().await;
            let (begin, begins) = oneshot::channel();
            let client = tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.write_all(begun).await.unwrap();
                begin.send(()).unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
            });
            begins.await.unwrap();
            let start = Instant::now();
            drop(stop);
            served.await.unwrap();
            client.await.unwrap();
            assert!(start.elapsed() < Duration::from_secs(1), "{begun:?} kept the server");
        }
    }
}
