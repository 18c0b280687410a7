//! Logins of native programs on a machine that others use too: they read the list of processes, and come to the receiver.

use std::net::TcpStream;
use std::time::Duration;

use url::Url;
use zeyos::oauth2::{Callback, LoginError, LoopbackReceiver, PendingLogin};
use zeyos::{Client, TokenSet};

use crate::auth::support::{browse, emulator, started, visit, with_application};

const DEADLINE: Duration = Duration::from_secs(60);

type Received = tokio::task::JoinHandle<(Result<Callback, LoginError>, PendingLogin)>;

/// A login whose answer is waited for, and its one-time address.
async fn begun(client: &Client) -> (Received, Url, String) {
    let receiver = LoopbackReceiver::bind().await.unwrap();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let (start, url) = (receiver.start_url(&login).unwrap(), login.url().to_string());
    let received = tokio::spawn(async move { (receiver.receive(&login, DEADLINE).await, login) });
    (received, start, url)
}

/// Off the threads of the runtime, which serve the receiver.
async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_76_the_answer_of_another_user_is_refused() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let (received, start, url) = begun(&client).await;
    let (host, port) = (start.host_str().unwrap().to_owned(), start.port().unwrap());
    assert!(host == "127.0.0.1" && start.path().len() > 40 && start.query().is_none());
    away(move || {
        // He has the address of the login, by whatever way, and signs in with it as himself, before the user and after.
        let theirs = browse(&url);
        assert!(visit(&theirs, "").starts_with("HTTP/1.1 400"));
        let (location, cookie) = started(start.as_str());
        assert_eq!(location, url);
        assert!(visit(&theirs, "").starts_with("HTTP/1.1 400"));
        assert!(visit(&theirs, &format!("zeyos-login-{port}=guessed")).starts_with("HTTP/1.1 400"));
        assert!(visit(&theirs.replace("code=", "code=x"), &cookie.replace('=', "=x")).starts_with("HTTP/1.1 400"));
        let own = browse(&location);
        assert_ne!(own, theirs);
        assert!(visit(&own, &cookie).starts_with("HTTP/1.1 200"));
    })
    .await;
    let (callback, login) = received.await.unwrap();
    login.finish(callback.unwrap()).await.unwrap();
    assert_eq!(client.oauth2().user_info().await.unwrap().preferred_username, "demo");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_76_a_second_visit_ends_the_login_for_everybody() {
    let zeyos = emulator().await;
    // The second visit comes while the user is on his way, or when he has already signed in.
    for signed_in in [true, false] {
        let client = with_application(&zeyos).build().unwrap();
        let (received, start, _) = begun(&client).await;
        let address = format!("127.0.0.1:{}", start.port().unwrap());
        let back = away(move || {
            let (location, cookie) = started(start.as_str());
            let early = signed_in.then(|| browse(&location));
            let second = visit(start.as_str(), "");
            assert!(second.starts_with("HTTP/1.1 410") && !second.to_lowercase().contains("location:"), "{second}");
            assert!(!second.contains(&cookie));
            early.unwrap_or_else(|| browse(&location))
        })
        .await;
        let (outcome, login) = received.await.unwrap();
        let error = outcome.unwrap_err();
        assert!(matches!(error, LoginError::StartedTwice), "{error}");
        assert!(error.to_string().contains("begin a new one"), "{error}");
        assert!(TcpStream::connect(address).is_err(), "the port is free again");
        // Nor is the right answer taken another way.
        let error = login.finish(Callback::parse(&back).unwrap()).await.unwrap_err();
        assert!(matches!(error, LoginError::AlreadyUsed), "{error}");
        assert!(client.auth().token_set().await.unwrap().is_none_or(|tokens: TokenSet| tokens.access_token.is_none()));
        assert!(!crate::auth::support::seen(&zeyos).iter().any(|line| line.contains("/token")), "no code was sent");
    }
}

/// Many at once: exactly one is led on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fault_76_of_many_visits_at_once_one_is_the_first() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let (received, start, _) = begun(&client).await;
    let first: usize = away(move || {
        std::thread::scope(|scope| {
            let visits: Vec<_> = (0..8).map(|_| scope.spawn(|| try_visit(&start))).collect();
            visits.into_iter().map(|visit| usize::from(visit.join().unwrap().starts_with("HTTP/1.1 303"))).sum()
        })
    })
    .await;
    assert_eq!(first, 1);
    assert!(matches!(received.await.unwrap().0, Err(LoginError::StartedTwice)));
}

/// The answer, or nothing where the receiver has gone already.
fn try_visit(url: &Url) -> String {
    use std::io::{Read as _, Write as _};
    let host = format!("127.0.0.1:{}", url.port().unwrap());
    let Ok(mut stream) = TcpStream::connect(&host) else { return String::new() };
    let _ = write!(stream, "GET {} HTTP/1.1\r\nHost: {host}\r\n\r\n", url.path());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Whoever opens the address of the login himself needs no start: that way stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_start_address_any_browser_may_answer() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let receiver = LoopbackReceiver::bind().await.unwrap();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let url = login.url().to_string();
    let visitor = tokio::task::spawn_blocking(move || visit(&browse(&url), ""));
    let callback = receiver.receive(&login, DEADLINE).await.unwrap();
    assert!(visitor.await.unwrap().starts_with("HTTP/1.1 200"));
    login.finish(callback).await.unwrap();
    // A start needs the login of this very receiver.
    let other = LoopbackReceiver::bind().await.unwrap();
    let login = client.oauth2().authorization_request("https://app.example.com/cb").begin().unwrap();
    assert!(matches!(other.start_url(&login), Err(LoginError::RedirectUri(_))));
}

/// The whole example, with a program of the test in the place of the browser that looks who is there.
#[cfg(unix)]
mod processes {
    use std::io::{BufRead as _, BufReader};
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Stdio};

    use crate::auth::support::{browse, emulator, started, visit};
    use crate::promises::examples::example;
    use crate::support::folder::Folder;

    /// Everything in the list of processes.
    fn listed() -> String {
        let output = Command::new("ps").args(["-A", "-ww", "-o", "args="]).output().unwrap();
        let mut all = String::from_utf8_lossy(&output.stdout).into_owned();
        for process in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let arguments = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
            all += &String::from_utf8_lossy(&arguments).replace('\0', " ");
            all.push('\n');
        }
        all
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn fault_76_state_and_challenge_are_in_no_argument_list() {
        let zeyos = emulator().await;
        let folder = Folder::new("browser");
        let (program, gate) = (folder.path().join("xdg-open"), folder.path().join("gate"));
        assert!(Command::new("mkfifo").arg(&gate).status().unwrap().success());
        // It stays in the list until the test has looked.
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}/url.new'\nmv '{0}/url.new' '{0}/url'\nread line < '{}'\n",
            folder.path().display(),
            gate.display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap_or_default());
        let mut command = example("login");
        command.arg("--browser").env("PATH", path).env("ZEYOS_BASE_URL", zeyos.url());
        let credentials = zeyos.credentials();
        command.env("ZEYOS_CLIENT_ID", &credentials.client_id).env("ZEYOS_CLIENT_SECRET", &credentials.client_secret);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let place = folder.path().join("url");
        let looked = tokio::task::spawn_blocking(move || {
            while !place.exists() {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            let url = std::fs::read_to_string(&place).unwrap().trim().to_owned();
            let (location, cookie) = started(&url);
            let before = listed();
            let back = browse(&location);
            let after = listed();
            std::fs::write(&gate, "go\n").unwrap();
            assert!(visit(&back, &cookie).starts_with("HTTP/1.1 200"));
            (url, location, back, before + &after)
        });
        let (url, location, back, listed) = looked.await.unwrap();
        let said: Vec<String> = lines.map(Result::unwrap).collect();
        assert!(child.wait().unwrap().success() && said.iter().any(|line| line == "signed in as demo"), "{said:?}");
        assert!(listed.contains(&url), "the browser is not in the list");
        let pairs: Vec<(String, String)> = [&location, &back]
            .iter()
            .flat_map(|url| url::Url::parse(url).unwrap().query_pairs().into_owned().collect::<Vec<_>>())
            .collect();
        let wanted: Vec<_> =
            pairs.iter().filter(|(name, _)| ["state", "code_challenge", "code"].contains(&name.as_str())).collect();
        assert_eq!(wanted.len(), 4, "{pairs:?}");
        for (name, value) in wanted {
            assert!(!listed.contains(value.as_str()), "{name} is in the list of processes");
        }
        assert!(!listed.contains(credentials.client_secret.as_str()));
    }
}
