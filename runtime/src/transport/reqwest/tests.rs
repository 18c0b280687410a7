use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use rustls_platform_verifier::Verifier;

use super::*;
use crate::transport::provide_crypto;

static READS: AtomicUsize = AtomicUsize::new(0);
static ROOT: OnceLock<CertificateDer<'static>> = OnceLock::new();

fn read(provider: Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
    READS.fetch_add(1, Ordering::SeqCst);
    Verifier::new_with_extra_roots(ROOT.get().cloned(), provider)
}

/// Answers so many connections over TLS, each by one empty answer.
fn server(connections: usize) -> (u16, std::thread::JoinHandle<()>) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    ROOT.set(certificate.der().clone()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config =
        ServerConfig::builder_with_provider(provide_crypto().unwrap()).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let config = Arc::new(config);
        for tcp in listener.incoming().take(connections) {
            use std::io::{Read as _, Write as _};
            let mut tls = rustls::StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp.unwrap());
            assert!(tls.read(&mut [0; 4096]).unwrap() > 0);
            tls.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            tls.conn.send_close_notify();
            tls.flush().unwrap();
        }
    };
    (port, std::thread::spawn(serve))
}

fn request(port: u16, fresh_connection: bool) -> TransportRequest {
    let request = http::Request::get(format!("https://localhost:{port}/")).body(Bytes::new()).unwrap();
    TransportRequest { fresh_connection, ..TransportRequest::new(request, 1024) }
}

#[tokio::test]
async fn the_roots_are_read_with_the_first_connection_over_tls_and_then_no_more() {
    let roots = SystemRoots::reading(read);
    let transports = [0; 3].map(|_| {
        let settings = HttpSettings::new();
        HttpTransport::over(Tls::new(&settings, &roots).unwrap(), IDLE, settings).unwrap()
    });
    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = plain.local_addr().unwrap().port();
    drop(plain);
    let nowhere = http::Request::get(format!("http://localhost:{gone}/")).body(Bytes::new()).unwrap();
    let nowhere = TransportRequest::new(nowhere, 1024);
    assert!(transports[0].send(nowhere).await.unwrap_err().is_connect());
    assert_eq!(READS.load(Ordering::SeqCst), 0);
    let (port, served) = server(6);
    for transport in transports {
        for fresh_connection in [false, true] {
            let answer = transport.send(request(port, fresh_connection)).await.unwrap();
            assert_eq!(answer.status(), http::StatusCode::NO_CONTENT);
        }
    }
    served.join().unwrap();
    assert_eq!(READS.load(Ordering::SeqCst), 1);
}

#[test]
fn nothing_is_begun_before_an_answer_is_awaited() {
    let transport = Arc::new(HttpTransport::new().unwrap());
    let request = || {
        let request = http::Request::get("http://127.0.0.1:9/").body(Bytes::new()).unwrap();
        TransportRequest { timeout: Some(std::time::Duration::from_secs(5)), ..TransportRequest::new(request, 1024) }
    };
    // No runtime is there yet, whose timer reqwest would ask for.
    let whole = transport.send(request());
    let streamed = Arc::clone(&transport).send_streamed(request().map(TransportBody::Whole));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert!(whole.await.is_err() && streamed.await.is_err(), "no one listens there");
    });
}
