//! A6 and A7: what a native program offers on its own machine to the answer of a login, and how it opens a browser.

use std::collections::HashSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;
use zeyos::oauth2::{Browser, LoginError, LoopbackReceiver};

use crate::auth::support::{browse, emulator, started, visit, with_application};

const DEADLINE: Duration = Duration::from_secs(60);
const BAD_HITS: usize = 1_000;

/// The status that a raw request gets; empty if the connection just ends.
fn hit(host: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(host).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.contains("hunter2"), "a page repeats what was sent: {answer}");
    answer.split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Something that must not end the wait, and what it is answered.
fn bad_hit(host: &str, start: &str, number: usize) -> (String, &'static str) {
    let get = |target: &str, host: &str| format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    match number % 14 {
        10 => (get(start, host).replace("GET", "POST"), "405"),
        11 => (get(start, "evil.example"), "400"),
        12 => (get(&format!("{start}x"), host), "404"),
        13 => (get("/start/", host), "404"),
        0 => (get(&format!("/callback?code=hunter2&state=wrong-{number}"), host), "400"),
        1 => (get("/callback?code=hunter2", host), "400"),
        2 => (get("/callback?state=a&state=a", host), "400"),
        3 => (get("/favicon.ico", host), "404"),
        4 => (get("/callback/../callback?code=hunter2&state=x", host), "404"),
        5 => (get("/callback?code=hunter2&state=x", "evil.example"), "400"),
        6 => (get("/callback?code=hunter2&state=x", host).replace("GET", "POST"), "405"),
        7 => ("hunter2\r\n\r\n".to_owned(), "400"),
        8 => (get(&format!("/callback?{}", "x".repeat(20_000)), host), "431"),
        _ => (get("/callback?error=access_denied&state=", host), "400"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a6_a_thousand_wrong_hits_and_stalled_connections_do_not_end_the_wait() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let receiver = LoopbackReceiver::bind().await.unwrap();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let uri = Url::parse(receiver.redirect_uri()).unwrap();
    assert_eq!((uri.scheme(), uri.host_str(), uri.path()), ("http", Some("127.0.0.1"), "/callback"));
    let host = format!("127.0.0.1:{}", uri.port().unwrap());
    let url = receiver.start_url(&login).unwrap();
    assert_eq!(receiver.start_url(&login).unwrap(), url, "one receiver, one start");
    let visitors = tokio::task::spawn_blocking(move || {
        // They never send a whole request, and are open until the end.
        let stalled: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&host).unwrap()).collect();
        for mut stream in stalled.iter().take(25) {
            stream.write_all(b"GET /callback?code=").unwrap();
        }
        for number in 0..BAD_HITS {
            let (request, status) = bad_hit(&host, url.path(), number);
            let answered = hit(&host, &request);
            // What is too long may be cut off before its answer is read.
            assert!(answered == status || (status == "431" && answered.is_empty()), "{number}: {answered}");
        }
        let (location, cookie) = started(url.as_str());
        let back = browse(&location);
        for number in 0..100 {
            let (request, _) = bad_hit(&host, "/start/x", number);
            hit(&host, &request);
            // Another user of the machine, who has seen where the browser came back to.
            let theirs = ["", "zeyos-login-1=x", "a=b", &cookie[..cookie.len() - 1]][number % 4];
            assert!(visit(&back, theirs).starts_with("HTTP/1.1 400"));
        }
        assert!(visit(&back, &cookie).starts_with("HTTP/1.1 200"));
        drop(stalled);
    });
    let callback = receiver.receive(&login, DEADLINE).await.unwrap();
    visitors.await.unwrap();
    login.finish(callback).await.unwrap();
    assert_eq!(client.oauth2().user_info().await.unwrap().preferred_username, "demo");
}

#[tokio::test]
async fn a6_a_receiver_waits_for_its_own_login_until_its_deadline() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    let receiver = LoopbackReceiver::bind_to(0, "/sign-in/done").await.unwrap();
    assert!(receiver.redirect_uri().ends_with("/sign-in/done"));
    let host = receiver.redirect_uri()[7..].split('/').next().unwrap().to_owned();
    let login = client.oauth2().authorization_request(receiver.redirect_uri()).begin().unwrap();
    let outcome = receiver.receive(&login, Duration::from_millis(50)).await;
    assert!(matches!(outcome, Err(LoginError::NotCalledBack)));
    assert!(TcpStream::connect(host).is_err(), "the port is free again");

    let other = LoopbackReceiver::bind().await.unwrap();
    assert!(matches!(other.receive(&login, DEADLINE).await, Err(LoginError::RedirectUri(_))));
    for odd in ["callback", "", "/a?b", "/a b", "/ü", "/a\r\nX: 1"] {
        assert!(matches!(LoopbackReceiver::bind_to(0, odd).await, Err(LoginError::RedirectUri(_))), "{odd}");
    }
    let taken = LoopbackReceiver::bind().await.unwrap();
    let port = Url::parse(taken.redirect_uri()).unwrap().port().unwrap();
    assert!(matches!(LoopbackReceiver::bind_to(port, "/callback").await, Err(LoginError::Listen(_))));
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Pieces that a shell of some system would act upon.
const PIECES: [&str; 25] = [
    "$(touch MARK)",
    "`touch MARK`",
    ";touch MARK;",
    "|touch MARK",
    "||touch MARK",
    "&touch MARK&",
    "&&touch MARK",
    "\"; touch MARK; \"",
    "'; touch MARK; '",
    "\\",
    "\\\\\"",
    "%0atouch MARK",
    "\ntouch MARK",
    "> MARK",
    "< MARK",
    "$IFS",
    "${HOME}",
    "*",
    "~",
    "!!",
    "--help",
    "-e touch MARK",
    "^&calc",
    "%PATH%",
    "{a,b}",
];

#[cfg(unix)]
#[test]
fn a7_no_address_starts_more_than_the_one_program() {
    let folder = Folder(std::env::temp_dir().join(format!("zeyos-a7-{}", std::process::id())));
    let _ = std::fs::remove_dir_all(&folder.0);
    std::fs::create_dir_all(folder.0.join("seen")).unwrap();
    let (script, mark) = (folder.0.join("recorder"), folder.0.join("MARK"));
    // One file a process: how many arguments it got, and which.
    std::fs::write(&script, "printf '%s\\n' \"$#\" \"$@\" end > \"${0%/*}/seen/$$\"\n").unwrap();
    let recorder = Browser::program("/bin/sh").argument(&script);
    let mut wanted = HashSet::new();
    for number in 0..500 {
        let piece = PIECES[number % PIECES.len()].replace("MARK", mark.to_str().unwrap());
        let other = PIECES[(number / PIECES.len() + number) % PIECES.len()];
        let text = format!("https://app.example.com/{piece}?n={number}&q={other}#{piece}");
        let url = Url::parse(&text).unwrap();
        recorder.open(&url).unwrap();
        wanted.insert(format!("1\n{url}\nend\n"));
    }
    let seen = recorded(&folder.0.join("seen"));
    assert_eq!((seen.len(), wanted.len()), (500, 500));
    assert_eq!(seen.into_iter().collect::<HashSet<_>>(), wanted);
    assert!(!mark.exists(), "an address was carried out");
}

/// What the recorder wrote, once all of it is there.
#[cfg(unix)]
fn recorded(folder: &std::path::Path) -> Vec<String> {
    let mut seen = Vec::new();
    for _ in 0..600 {
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        seen = files.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        if seen.len() >= 500 && seen.iter().all(|text| text.ends_with("end\n")) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    seen
}

#[test]
fn a_browser_gets_web_addresses_only_and_says_when_it_cannot_start() {
    let missing = Browser::program("/nonexistent/browser");
    for odd in [
        "http://app.example.com/",
        "http://localhost/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b",
    ] {
        let error = missing.open(&Url::parse(odd).unwrap()).unwrap_err();
        assert!(matches!(error, LoginError::NotForBrowser), "{odd}");
    }
    for good in ["https://app.example.com/", "http://127.0.0.1:9/demo"] {
        let error = missing.open(&Url::parse(good).unwrap()).unwrap_err();
        assert!(matches!(error, LoginError::Browser(_)), "{good}");
        assert!(error.to_string().contains("open the address by hand"));
    }
}
