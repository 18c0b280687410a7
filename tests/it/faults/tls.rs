//! Bad certificates, over a true TLS server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use zeyos::rest::Ticket;
use zeyos::{Client, Error, TokenSet};

/// What came in: the decrypted bytes, and the first byte of every connection.
#[derive(Default)]
struct Heard {
    plain: Vec<u8>,
    first: Vec<u8>,
}

/// Answers every request by an empty list. It ends when it is dropped.
struct TlsServer {
    address: SocketAddr,
    heard: Arc<Mutex<Heard>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl TlsServer {
    fn start(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, stop) = (Arc::<Mutex<Heard>>::default(), Arc::<AtomicBool>::default());
        let (ear, config, stopped) = (Arc::clone(&heard), Arc::new(config), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                talk(stream.unwrap(), &config, &ear);
            }
        });
        TlsServer { address, heard, stop, thread: Some(thread) }
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn talk(mut tcp: TcpStream, config: &Arc<ServerConfig>, heard: &Mutex<Heard>) {
    tcp.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let mut first = [0];
    if tcp.peek(&mut first).unwrap_or(0) > 0 {
        heard.lock().unwrap().first.push(first[0]);
    }
    let mut connection = ServerConnection::new(Arc::clone(config)).unwrap();
    let mut stream = Stream::new(&mut connection, &mut tcp);
    let mut buffer = [0; 16 * 1024];
    if let Ok(read @ 1..) = stream.read(&mut buffer) {
        heard.lock().unwrap().plain.extend(&buffer[..read]);
        let reply =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n[]";
        stream.write_all(reply).unwrap();
        connection.send_close_notify();
        let _ = connection.complete_io(&mut tcp);
    }
}

/// An authority that the client trusts.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: Vec<u8>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        Authority { issuer: Issuer::new(params, key), root }
    }

    fn signed(&self, host: &str, last_year: i32) -> TlsServer {
        let (params, key) = (leaf(host, last_year), KeyPair::generate().unwrap());
        TlsServer::start(params.signed_by(&key, &self.issuer).unwrap().der().clone(), &key)
    }

    /// The error of a call to the server, if it is one.
    async fn call(&self, server: &TlsServer) -> Result<(), Error> {
        let root = self.root.clone();
        let client = Client::builder(format!("https://{}/demo", server.address))
            .token_set(TokenSet::bearer("hunter2-access").with_refresh_token("hunter2-refresh"))
            .client_credentials("app", "hunter2-secret")
            .http_client(move |ours| ours.tls_certs_only([reqwest::Certificate::from_der(&root).unwrap()]))
            .build()
            .unwrap();
        client.oauth2().introspect("hunter2-token").await.map(drop).unwrap_err();
        client.oauth2().refresh().await.map(drop).unwrap_err();
        client.api().list_tickets(Ticket::query()).await.map(drop)
    }
}

fn leaf(host: &str, last_year: i32) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2015, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    params
}

/// Expired, for another host, signed by no one that is known: nothing is sent. A good one shows that it would be otherwise.
pub(crate) async fn bad_certificates_are_refused() {
    let authority = Authority::new();
    let key = KeyPair::generate().unwrap();
    let own = leaf("127.0.0.1", 4000).self_signed(&key).unwrap().der().clone();
    let bad = [
        authority.signed("127.0.0.1", 2020),
        authority.signed("other.example", 4000),
        TlsServer::start(own, &key),
        Authority::new().signed("127.0.0.1", 4000),
    ];
    for server in &bad {
        let error = authority.call(server).await.unwrap_err();
        assert!(error.is_connect() && !format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        let heard = server.heard.lock().unwrap();
        assert!(heard.plain.is_empty(), "{}", String::from_utf8_lossy(&heard.plain));
        assert!(heard.first.len() >= 3 && heard.first.iter().all(|byte| *byte == 0x16), "{:?}", heard.first);
    }
    let good = authority.signed("127.0.0.1", 4000);
    authority.call(&good).await.unwrap();
    assert!(String::from_utf8_lossy(&good.heard.lock().unwrap().plain).contains("Bearer hunter2-access"));
}

#[tokio::test]
async fn fault_02_a_bad_certificate_ends_it_before_a_secret_is_sent() {
    bad_certificates_are_refused().await;
}
