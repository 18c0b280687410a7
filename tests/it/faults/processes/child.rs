//! The other process: how it is started, and what it does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use bytes::Bytes;
use zeyos::store::SystemFiles;
use zeyos::{BoxFuture, Client, ClientEvent, FileTokenStore, Transport, TransportError, TransportRequest};

use super::points::Watch;
use super::server::{Server, builder};
use crate::promises::refresh::list;
use crate::support::clock::TestClock;
use crate::support::folder::Folder;
use crate::support::hooked::Hooked;
use crate::support::issuer::Issuer;

/// Set for the process that is started: the server, the store, and where it dies, if it does.
const URL: &str = "ZEYOS_IT_PROCESS_URL";
const STORE: &str = "ZEYOS_IT_PROCESS_STORE";
const MOMENT: &str = "ZEYOS_IT_PROCESS_MOMENT";
const ACT: &str = "ZEYOS_IT_PROCESS_ACT";
/// Set where time stands still: how many seconds after the start of the clock.
const TIME: &str = "ZEYOS_IT_PROCESS_TIME";
/// Set where the runtime ends in the middle of the call.
const LEAVES: &str = "ZEYOS_IT_PROCESS_LEAVES";

/// The test that is started again.
const ENTRY: &str = "a_process_that_is_left_alone_renews_once_and_its_successor_finds_the_tokens";

pub(super) struct Process {
    child: Child,
    /// Closed for a process that is to end by itself.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// A process that calls the server each time it is told to. With a moment, it ends there.
    pub(super) fn start(url: &str, store: &str, point: Option<(&str, &str)>) -> Self {
        let point = point.map(|(moment, act)| [(MOMENT, moment), (ACT, act)]);
        Process::set(url, store, point.as_ref().map_or(&[], |point| point.as_slice()))
    }

    /// The same, by a clock that stands still so many seconds after its start.
    pub(super) fn frozen(url: &str, store: &str, time: i64) -> Self {
        Process::set(url, store, &[(TIME, &time.to_string())])
    }

    /// A process that calls once. When it is told to, its runtime ends, then it closes the client and returns from `main`.
    pub(super) fn leaving(url: &str, store: &str) -> Self {
        Process::set(url, store, &[(LEAVES, "")])
    }

    fn set(url: &str, store: &str, more: &[(&str, &str)]) -> Self {
        let module = module_path!().split_once("::").unwrap().1;
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", &format!("{module}::{ENTRY}"), "--nocapture", "--test-threads=1"]);
        command.env(URL, url).env(STORE, store).envs(more.iter().copied());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Process { child, stdin, stdout }
    }

    /// What it says next; `None` if it has ended.
    pub(super) fn hear(&mut self) -> Option<String> {
        let mut lines = self.stdout.by_ref().lines().map_while(Result::ok);
        lines.find_map(|line| line.strip_prefix("said: ").map(str::to_owned))
    }

    pub(super) fn expect(&mut self, word: &str) {
        let said = self.hear();
        assert_eq!(said.as_deref(), Some(word));
    }

    pub(super) fn go(&mut self) {
        self.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// Says no more to it, and returns once it has ended well.
    pub(super) fn ended(mut self) {
        self.stdin = None;
        assert!(self.child.wait().unwrap().success());
    }

    /// SIGKILL.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns once it has killed itself; it must not end in another way.
    pub(super) fn died(&mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let said = self.hear();
        let status = self.child.wait().unwrap();
        assert_eq!((status.signal(), said), (Some(9), None), "it did not get to where it was to die");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Past the test harness, which keeps what is printed.
pub(super) fn say(word: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "\nsaid: {word}").unwrap();
    out.flush().unwrap();
}

/// Waits for a word; `false` if no one is there any more.
pub(super) fn told() -> bool {
    std::io::stdin().read_line(&mut String::new()).is_ok_and(|length| length > 0)
}

/// What the other process does: a call each time it is told to.
fn play(url: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(client(url));
    say("ready");
    while told() {
        match runtime.block_on(list(&client)) {
            Ok(()) => say("ok"),
            Err(error) => say(&format!("{error}")),
        }
    }
}

/// A call in a runtime that ends in the middle of it. `main` returns after this.
fn leave(url: &str) {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let (first, last) = (runtime(), runtime());
    let client = first.block_on(client(url));
    let own = client.clone();
    first.spawn(async move { list(&own).await });
    say("ready");
    told();
    drop(first);
    say("alone");
    last.block_on(client.auth().close()).unwrap();
    say("closed");
}

async fn client(url: &str) -> Client {
    let store = std::env::var(STORE).unwrap();
    if let Ok(time) = std::env::var(TIME) {
        let clock = TestClock::new();
        clock.advance(time.parse().unwrap());
        return builder(url).clock(clock).token_store(FileTokenStore::open(store).unwrap()).build().unwrap();
    }
    #[cfg(feature = "redis")]
    if store.starts_with("unix:") {
        return builder(url).token_store(zeyos::RedisTokenStore::connect(&store, "k").await.unwrap()).build().unwrap();
    }
    let Ok(moment) = std::env::var(MOMENT) else {
        return builder(url).token_store(FileTokenStore::open(store).unwrap()).build().unwrap();
    };
    let watch = Arc::new(Watch::new(moment, std::env::var(ACT).unwrap()));
    let files = Hooked::new(SystemFiles, {
        let watch = Arc::clone(&watch);
        move |call| watch.call(call)
    });
    let store = FileTokenStore::with_file_system(store, files).unwrap();
    let heard = Arc::clone(&watch);
    let hear = move |event: &ClientEvent| heard.hear(event);
    builder(url).token_store(store).transport(Line(watch)).on_event(hear).build().unwrap()
}

/// A transport that tells before and after each request.
struct Line(Arc<Watch>);

impl Transport for Line {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<http::Response<Bytes>, TransportError>> {
        let watch = Arc::clone(&self.0);
        Box::pin(async move {
            tokio::task::spawn_blocking(move || {
                let target = request.request.uri().path().rsplit('/').next().unwrap().to_owned();
                let target = if ["token", "introspect"].contains(&&*target) { &target } else { "api" };
                watch.send(target);
                let answer = exchange(&request.request).map_err(TransportError::other);
                watch.got(target);
                answer
            })
            .await
            .unwrap()
        })
    }
}

fn exchange(request: &http::Request<Bytes>) -> std::io::Result<http::Response<Bytes>> {
    let (uri, body) = (request.uri(), request.body());
    let mut stream = std::net::TcpStream::connect(uri.authority().unwrap().as_str())?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method(), uri.path_and_query().unwrap());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut response = http::Response::builder().status(&head[9..12]);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    Ok(response.body(Bytes::from(body.to_owned())).unwrap())
}

/// A server and a store with its first tokens, of which the access token has ended.
pub(super) struct Scene {
    pub server: Server,
    pub folder: Folder,
}

impl Scene {
    pub(super) fn new() -> Self {
        let (server, folder) = (Server::start(), Folder::new("process"));
        let store = FileTokenStore::open(folder.tokens()).unwrap();
        server.runtime.block_on(zeyos::TokenStore::set(&store, Some(&Issuer::tokens()))).unwrap();
        server.issuer.expire();
        Scene { server, folder }
    }

    /// A process on this store that is ready to be told.
    pub(super) fn process(&self, point: Option<(&str, &str)>) -> Process {
        let mut process = Process::start(&self.server.url, self.store().to_str().unwrap(), point);
        process.expect("ready");
        process
    }

    pub(super) fn store(&self) -> std::path::PathBuf {
        self.folder.tokens()
    }

    /// Whether the reply to the first refresh is on the disk, as far as its refresh token.
    pub(super) fn has_reply(&self) -> bool {
        let holds = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("\"r1\""));
        holds(&self.store()) || holds(&self.folder.path().join("tokens.json.journal"))
    }
}

#[test]
fn a_process_that_is_left_alone_renews_once_and_its_successor_finds_the_tokens() {
    if let Ok(url) = std::env::var(URL) {
        return if std::env::var(LEAVES).is_ok() { leave(&url) } else { play(&url) };
    }
    let scene = Scene::new();
    for point in [None, Some(("never", "kill"))] {
        let mut process = scene.process(point);
        process.go();
        process.expect("ok");
    }
    assert!(scene.has_reply());
    let client = scene.server.client(&scene.store());
    scene.server.runtime.block_on(list(&client)).unwrap();
    let seen = scene.server.issuer.seen();
    assert_eq!(
        (seen.posts, seen.introspections, seen.replays, seen.unauthorized),
        (1, 1, 0, 1),
        "the one introspection is the check of the login"
    );
}
