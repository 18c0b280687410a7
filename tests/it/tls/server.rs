//! A TLS server that tells what it was shown, its authority, and a proxy before it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, Stream};

/// What one connection was like.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// What was agreed on in the handshake.
    pub protocol: String,
    pub client_certificates: usize,
    /// Everything that came in, decrypted.
    #[cfg_attr(not(feature = "http2"), expect(dead_code, reason = "looked at where HTTP/2 is spoken"))]
    pub plain: Vec<u8>,
}

/// Accepts connections until it is dropped.
pub(super) struct Listening {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, serve) = (Arc::<AtomicBool>::default(), Arc::new(serve));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        Listening { address, stop, thread: Some(thread) }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Signs the certificates of servers and of clients.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        // OpenSSL finds an authority by its name alone.
        let name = STANDARD.encode(&key.public_key_raw()[1..17]);
        params.distinguished_name.push(DnType::CommonName, name);
        let root = params.self_signed(&key).unwrap().der().clone();
        Authority { issuer: Issuer::new(params, key), root }
    }

    pub(super) fn root(&self) -> String {
        pem("CERTIFICATE", &self.root)
    }

    fn signed(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (CertificateDer<'static>, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        // Whoever has the name of his issuer counts as his own issuer in OpenSSL.
        params.distinguished_name.push(DnType::CommonName, name);
        (params.signed_by(&key, &self.issuer).unwrap().der().clone(), key)
    }

    /// Certificate and key of a client, in PEM.
    pub(super) fn client(&self) -> (String, String) {
        let (certificate, key) = self.signed("client.example", ExtendedKeyUsagePurpose::ClientAuth);
        (pem("CERTIFICATE", &certificate), pem("PRIVATE KEY", &key.serialize_der()))
    }

    /// A server that speaks these protocols, and lets no one in but with a certificate where that is said.
    pub(super) fn server(&self, protocols: &[&str], asks_clients: bool) -> Server {
        let (certificate, key) = self.signed("127.0.0.1", ExtendedKeyUsagePurpose::ServerAuth);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = if asks_clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.root.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.unwrap().with_client_cert_verifier(verifier)
        } else {
            config.unwrap().with_no_client_auth()
        };
        let mut config = config.with_single_cert(vec![certificate], key).unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Server::start(Arc::new(config))
    }
}

/// Answers each request by an empty list, and those for tokens by tokens.
pub(super) struct Server {
    listening: Listening,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start(config: Arc<ServerConfig>) -> Self {
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let heard = Arc::clone(&seen);
        let listening = Listening::start(move |tcp| serve(tcp, &config, &heard));
        Server { listening, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}/demo", self.listening.address)
    }

    /// The connections on which something was asked.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(mut tcp: TcpStream, config: &Arc<ServerConfig>, heard: &Mutex<Vec<Seen>>) {
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    while connection.is_handshaking() {
        if connection.complete_io(&mut tcp).is_err() {
            // Whoever refuses a certificate goes on no further.
            let _ = connection.complete_io(&mut tcp);
            return;
        }
    }
    let protocol = String::from_utf8(connection.alpn_protocol().unwrap_or_default().to_vec()).unwrap();
    let client_certificates = connection.peer_certificates().map_or(0, <[_]>::len);
    let mut stream = Stream::new(&mut connection, &mut tcp);
    let hear = |plain: Vec<u8>| {
        heard.lock().unwrap().push(Seen { protocol: protocol.clone(), client_certificates, plain });
    };
    if protocol == "h2" {
        let _ = speak_http2(&mut stream, hear);
    } else {
        let _ = speak_http1(&mut stream, hear);
    }
    connection.send_close_notify();
    let _ = connection.complete_io(&mut tcp);
}

fn speak_http1(stream: &mut (impl Read + Write), hear: impl Fn(Vec<u8>)) -> std::io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend(&buffer[..read]),
        }
    }
    let body = if request.starts_with(b"POST /demo/oauth2/v1/token") {
        r#"{"access_token":"new","refresh_token":"newer","token_type":"bearer","expires_in":3600}"#
    } else {
        "[]"
    };
    hear(request);
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len())?;
    write!(stream, "connection: close\r\n\r\n{body}")
}

/// RFC 9113 for one request: HEADERS and DATA come in, the same go out.
fn speak_http2(stream: &mut (impl Read + Write), hear: impl Fn(Vec<u8>)) -> std::io::Result<()> {
    const SETTINGS: u8 = 4;
    stream.read_exact(&mut [0; 24])?;
    frame(stream, SETTINGS, 0, 0, &[])?;
    let mut fields = Vec::new();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head)?;
        let [a, b, c, kind, flags, stream_id @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        stream.read_exact(&mut payload)?;
        match kind {
            SETTINGS if flags & 1 == 0 => frame(stream, SETTINGS, 1, 0, &[])?,
            1 => fields.extend(payload),
            _ => {}
        }
        if kind <= 1 && flags & 1 == 1 {
            hear(std::mem::take(&mut fields));
            let id = u32::from_be_bytes(stream_id);
            // Status 200 and a content type, by the static table of RFC 7541.
            frame(stream, 1, 4, id, &[&[0x88, 0x0f, 0x10, 16][..], b"application/json"].concat())?;
            frame(stream, 0, 1, id, b"[]")?;
        }
    }
}

fn frame(stream: &mut impl Write, kind: u8, flags: u8, id: u32, payload: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [&length[1..], &[kind, flags], &id.to_be_bytes()].concat();
    stream.write_all(&[&head, payload].concat())?;
    stream.flush()
}

/// A proxy for CONNECT that keeps what it was asked.
pub(super) struct Proxy {
    listening: Listening,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub(super) fn start() -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&asked);
        Proxy { listening: Listening::start(move |tcp| drop(tunnel(tcp, &heard))), asked }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.listening.address
    }

    /// The heads of the requests.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn tunnel(mut near: TcpStream, heard: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        near.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.split(' ').nth(1).unwrap().to_owned();
    heard.lock().unwrap().push(head);
    let mut far = TcpStream::connect(target)?;
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (mut from, mut to) = (near.try_clone()?, far.try_clone()?);
    let up = thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut far, &mut near);
    let _ = near.shutdown(std::net::Shutdown::Both);
    up.join().unwrap();
    Ok(())
}
