//! A web application to which the answer of a login comes back: it writes down what it was sent.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use url::Url;

/// How long a connection on which nothing comes is kept.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Default)]
struct Notes {
    calls: Mutex<Vec<Call>>,
    over: AtomicBool,
}

/// One call of the callback: its method, and its parameters wherever they stood.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub method: String,
    parameters: Vec<(String, String)>,
}

impl Call {
    /// The value of a parameter that stands there once.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands there twice: {self:?}");
        value
    }
}

pub(super) struct Application {
    address: SocketAddr,
    notes: Arc<Notes>,
}

impl Application {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let notes = Arc::new(Notes::default());
        let kept = Arc::clone(&notes);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if kept.over.load(Ordering::Relaxed) {
                    return;
                }
                let kept = Arc::clone(&kept);
                // A browser opens connections that it may never use.
                std::thread::spawn(move || serve(&stream, &kept));
            }
        });
        Application { address, notes }
    }

    pub(super) fn callback(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// The only call so far.
    pub(super) fn call(&self) -> Call {
        let calls = self.notes.calls.lock().unwrap();
        assert_eq!(calls.len(), 1, "{calls:?}");
        calls[0].clone()
    }

    pub(super) fn was_called(&self) -> bool {
        !self.notes.calls.lock().unwrap().is_empty()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.notes.over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: &TcpStream, notes: &Notes) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some((_, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (method, target) = first.split_once(' ')?;
    let url = Url::parse(&format!("http://localhost{}", target.split(' ').next()?)).ok()?;
    if url.path() == "/callback" {
        let query = url.query().unwrap_or_default().as_bytes();
        let parameters = [query, &body].into_iter().flat_map(form_urlencoded::parse);
        let parameters = parameters.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        notes.calls.lock().unwrap().push(Call { method: method.to_owned(), parameters });
    }
    let page = "<!doctype html><title>The application</title><h1>Back at the application</h1>";
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n", page.len());
    stream.write_all(format!("{head}Connection: close\r\n\r\n{page}").as_bytes()).ok()
}
