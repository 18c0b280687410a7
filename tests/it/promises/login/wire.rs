//! A9: a code goes out once, wherever the connection breaks.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use zeyos::Client;
use zeyos::oauth2::{Callback, LoginError};
use zeyos_emulator::Fault;

use super::{HOME, kind, parameter};
use crate::auth::support::{browse, emulator, issued, with_application};

/// Where a connection breaks.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// After so many bytes of the request.
    Request(usize),
    /// After so many bytes of the answer to it.
    Reply(usize),
}

/// A server that breaks connections, and what it has read on each.
struct Server {
    url: String,
    cut: Arc<Mutex<Cut>>,
    seen: Arc<Mutex<Vec<String>>>,
    reply: String,
}

const TOKEN: &str = "POST /demo/oauth2/v1/token HTTP/1.1";

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/demo", listener.local_addr().unwrap());
        let body = issued("a1", "r1").to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let server =
            Server { url, cut: Arc::new(Mutex::new(Cut::Reply(0))), seen: Arc::default(), reply: head + &body };
        let (cut, seen, reply) = (Arc::clone(&server.cut), Arc::clone(&server.seen), server.reply.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, cut) = (stream.unwrap(), *cut.lock().unwrap());
                let most = if let Cut::Request(most) = cut { most } else { usize::MAX };
                let mut request = Vec::new();
                let mut byte = [0];
                while request.len() < most && !is_whole(&request) && matches!(stream.read(&mut byte), Ok(1)) {
                    request.push(byte[0]);
                }
                seen.lock().unwrap().push(String::from_utf8_lossy(&request).into_owned());
                if let Cut::Reply(most) = cut {
                    let _ = stream.write_all(&reply.as_bytes()[..most.min(reply.len())]);
                }
            }
        });
        server
    }

    /// One login over a connection that breaks here: what became of it, and how often its code was sent.
    async fn login(&self, client: &Client, cut: Cut) -> (Result<zeyos::TokenSet, LoginError>, usize) {
        *self.cut.lock().unwrap() = cut;
        self.seen.lock().unwrap().clear();
        let login = client.oauth2().authorization_request(HOME).begin().unwrap();
        let callback = format!("code=c0de&state={}", parameter(&login, "state"));
        let outcome = login.finish(Callback::parse(&callback).unwrap()).await;
        let posts =
            self.seen.lock().unwrap().iter().filter(|seen| seen.starts_with(TOKEN) || TOKEN.starts_with(*seen)).count();
        (outcome, posts)
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a9_a_code_is_sent_once_wherever_the_connection_breaks() {
    let server = Server::start();
    let client = Client::builder(server.url.as_str()).client_credentials("app", "s3cret").build().unwrap();
    let whole = server.login(&client, Cut::Reply(server.reply.len())).await;
    assert_eq!((kind(whole.0), whole.1), ("ok".into(), 1));
    let request = server.seen.lock().unwrap()[0].len();
    assert!(request > 300, "{request}");
    for kept in 0..request {
        let (outcome, posts) = server.login(&client, Cut::Request(kept)).await;
        assert_eq!((kind(outcome), posts), ("Exchange".into(), 1), "cut after byte {kept} of the request");
    }
    for kept in 0..server.reply.len() {
        let (_, posts) = server.login(&client, Cut::Reply(kept)).await;
        assert_eq!(posts, 1, "cut after byte {kept} of the reply");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_whose_exchange_failed_at_the_server_is_not_sent_again() {
    let zeyos = emulator().await;
    let client = with_application(&zeyos).build().unwrap();
    for fault in [Fault::close_before(), Fault::close_after(), Fault::cut_body(20), Fault::status(503).retry_after("0")]
    {
        zeyos.clear_requests();
        zeyos.inject(fault.on("POST", "/oauth2/v1/token"));
        let login = client.oauth2().authorization_request("http://127.0.0.1:9/cb");
        let login = login.begin().unwrap();
        let back = browse(login.url().as_str());
        let _ = login.finish(Callback::parse(&back).unwrap()).await;
        let codes = zeyos.requests().iter().filter(|seen| seen.grant_type == Some("authorization_code")).count();
        assert_eq!(codes, 1);
    }
}
