//! The loopback receiver: where the browser of a native program is redirected to (RFC 8252, section 7.3).

mod callback_request;
mod start;

use std::collections::VecDeque;
use std::fmt;
use std::net::Ipv4Addr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use url::Url;
use zeyos_core::Secret;

use super::{Callback, LoginError, PendingLogin};
use callback_request::{Awaited, RedirectEndpoint, Verdict};
use start::Start;

/// The path of a receiver unless another one is registered for the application.
const PATH: &str = "/callback";

/// The longest head of a request that is read.
const HEAD: usize = 8 * 1024;

/// How long one connection may take, and how many may be open; the oldest one goes first.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_CONNECTIONS: usize = 128;

/// How long what a client still sends is read after the answer, so that closing does not cut the answer off.
const LINGER: Duration = Duration::from_millis(200);

/// How long nothing is accepted after a failure, such as no free file handles.
const PAUSE: Duration = Duration::from_millis(50);

/// Listens on 127.0.0.1 for the answer to one login. Anything else that comes there is answered with an error page and does not
/// end the wait: only GET, only this path and host, only the state of this login.
///
/// The browser is opened on a [one-time address](LoopbackReceiver::start_url) of the receiver, which leads on to the server: the
/// arguments of a program can be read by everyone on the machine, and the address of a login holds its state. Only the browser
/// that opened the one-time address can answer then; a second visit ends the login.
///
/// ```no_run
/// use std::time::Duration;
///
/// use zeyos::Client;
/// use zeyos::oauth2::{LoopbackReceiver, open_browser};
///
/// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let receiver = LoopbackReceiver::bind().await?;
/// let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin()?;
/// open_browser(&receiver.start_url(&login)?)?;
/// let callback = receiver.receive(&login, Duration::from_secs(300)).await?;
/// login.finish(callback).await?;
/// # Ok(())
/// # }
/// ```
pub struct LoopbackReceiver {
    listener: TcpListener,
    endpoint: RedirectEndpoint,
    port: u16,
    start: OnceLock<Start>,
}

impl LoopbackReceiver {
    /// Listens on a free port, for `/callback`.
    ///
    /// # Errors
    /// When this program may not listen.
    pub async fn bind() -> Result<Self, LoginError> {
        LoopbackReceiver::bind_to(0, PATH).await
    }

    /// Listens on this port (0 takes a free one) for this path: what is registered for the application.
    ///
    /// # Errors
    /// When the path is none, the port is taken, or this program may not listen.
    pub async fn bind_to(port: u16, path: &str) -> Result<Self, LoginError> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(allowed) {
            return Err(LoginError::RedirectUri("has no plain path; give one such as `/callback`"));
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(LoginError::Listen)?;
        let port = listener.local_addr().map_err(LoginError::Listen)?.port();
        Ok(LoopbackReceiver { listener, endpoint: RedirectEndpoint::new(port, path), port, start: OnceLock::new() })
    }

    /// The redirect URI that leads here, for [`OAuth2::authorization_request`](super::OAuth2::authorization_request).
    pub fn redirect_uri(&self) -> &str {
        &self.endpoint.uri
    }

    /// The address to open in the browser in place of the [URL of the login](PendingLogin::url), which it leads to. It answers
    /// once, with a cookie for this login alone, and [`receive`](LoopbackReceiver::receive) takes the answer only from a browser
    /// that has the cookie. Whoever visits it a second time ends the login: someone else has read the address then.
    ///
    /// It is served from [`receive`](LoopbackReceiver::receive) on, and a visit before that waits for it. Without this method any
    /// browser may answer.
    ///
    /// # Errors
    /// When the login leads elsewhere, or the system has no random bytes to give.
    pub fn start_url(&self, login: &PendingLogin) -> Result<Url, LoginError> {
        self.check(login)?;
        if self.start.get().is_none() {
            let _ = self.start.set(Start::new(self.port)?);
        }
        let start = self.start.get().ok_or(LoginError::NoRandomness)?;
        let mut url = Url::parse(self.redirect_uri()).map_err(|_| LoginError::RedirectUri("is not a URL"))?;
        url.set_path(start.path().expose());
        Ok(url)
    }

    fn check(&self, login: &PendingLogin) -> Result<(), LoginError> {
        if login.redirect_uri() == self.redirect_uri() {
            Ok(())
        } else {
            Err(LoginError::RedirectUri("is not that of this receiver; begin the login with `redirect_uri()`"))
        }
    }

    /// Waits for the answer to this login, at most this long. The answer may be a refusal;
    /// [`finish`](PendingLogin::finish) tells.
    ///
    /// # Errors
    /// When the login leads elsewhere, or no answer comes in time. [`LoginError::StartedTwice`] when the one-time address was
    /// visited twice: the login is used up then, also for an answer that comes another way.
    pub async fn receive(self, login: &PendingLogin, deadline: Duration) -> Result<Callback, LoginError> {
        self.check(login)?;
        let (found, mut callbacks) = mpsc::channel(1);
        let url = login.url().as_str().into();
        let awaited = Awaited { state: login.state().clone(), url, start: self.start.into_inner() };
        let acceptor = Arc::new(Acceptor { endpoint: self.endpoint, awaited, found });
        // Dropping the set ends the task, and with it every connection.
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(self.listener, acceptor));
        let outcome = timeout(deadline, callbacks.recv()).await;
        // The port is free when this returns.
        accepting.shutdown().await;
        match outcome {
            Ok(Some(Some(callback))) => Ok(callback),
            Ok(Some(None)) => {
                login.abandon();
                Err(LoginError::StartedTwice)
            }
            _ => Err(LoginError::NotCalledBack),
        }
    }
}

/// What every connection needs.
struct Acceptor {
    endpoint: RedirectEndpoint,
    awaited: Awaited,
    /// Takes the answer, or that there will be none.
    found: mpsc::Sender<Option<Callback>>,
}

/// Serves every connection in a task of its own, so that a slow one delays no other.
async fn accept(listener: TcpListener, acceptor: Arc<Acceptor>) {
    let (mut connections, mut order) = (JoinSet::new(), VecDeque::<AbortHandle>::new());
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        while connections.try_join_next().is_some() {}
        if connections.len() >= MOST_CONNECTIONS {
            order.retain(|connection| !connection.is_finished());
            order.pop_front().inspect(AbortHandle::abort);
        }
        let acceptor = Arc::clone(&acceptor);
        order.push_back(connections.spawn(async move {
            let _ = timeout(PATIENCE, acceptor.serve(stream)).await;
        }));
    }
}

impl Acceptor {
    async fn serve(&self, mut stream: TcpStream) {
        let verdict = match read_head(&mut stream).await {
            Head::Whole(head) => self.endpoint.classify(head.expose(), &self.awaited),
            Head::TooLong => Verdict::TooLong,
            Head::Broken => return,
        };
        // A browser that does not wait for its page has brought the answer all the same.
        let page = self.endpoint.page(&verdict, &self.awaited);
        let _ = stream.write_all(page.expose().as_bytes()).await;
        let _ = stream.shutdown().await;
        let ending = match verdict {
            Verdict::Welcome(callback) => Some(Some(*callback)),
            Verdict::StartedAgain => Some(None),
            _ => None,
        };
        if let Some(ending) = ending {
            let _ = self.found.send(ending).await;
            return;
        }
        let _ = timeout(LINGER, tokio::io::copy(&mut stream, &mut tokio::io::sink())).await;
    }
}

/// What came before the empty line. It holds a code, so it is a secret.
enum Head {
    Whole(Secret),
    TooLong,
    Broken,
}

async fn read_head(stream: &mut TcpStream) -> Head {
    let mut bytes = Vec::with_capacity(HEAD);
    let mut part = [0; 1024];
    loop {
        let read = match stream.read(&mut part).await {
            Ok(read) if read > 0 => read,
            _ => return Head::Broken,
        };
        if bytes.len() + read > HEAD {
            return Head::TooLong;
        }
        bytes.extend_from_slice(&part[..read]);
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            bytes.truncate(end);
            return String::from_utf8(bytes).map_or(Head::Broken, |head| Head::Whole(Secret::new(head)));
        }
    }
}

impl fmt::Debug for LoopbackReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopbackReceiver").field("redirect_uri", &self.endpoint.uri).finish_non_exhaustive()
    }
}
