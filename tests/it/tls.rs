//! Certificates, keys, proxies and protocols of the built-in transport, over true TLS servers on this machine.

mod server;

use std::process::Command;

use zeyos::rest::Ticket;
use zeyos::{Client, Error, HttpSettings, HttpTransport, TokenSet};

use server::{Authority, Proxy, Seen};

/// Each TLS that is built in.
fn backends() -> Vec<HttpSettings> {
    vec![
        HttpSettings::new(),
        #[cfg(feature = "native-tls")]
        HttpSettings::new().native_tls(),
    ]
}

fn client(url: &str, settings: HttpSettings) -> Client {
    let tokens = TokenSet::bearer("hunter2-access").with_refresh_token("hunter2-refresh");
    let builder = Client::builder(url).token_set(tokens).client_credentials("app", "hunter2-secret");
    builder.http_settings(settings.no_proxy()).build().unwrap()
}

async fn call(client: &Client) -> Result<(), Error> {
    client.api().list_tickets(Ticket::query()).await.map(drop)
}

#[tokio::test]
async fn own_roots_are_trusted_beside_those_of_the_system_or_alone() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = authority.server(&["http/1.1"], false);
    for settings in backends() {
        let trusting = [
            settings.clone().root_certificates(authority.root()),
            settings.clone().root_certificates(other.root() + &authority.root()),
            settings.clone().root_certificates(other.root()).root_certificates(authority.root()),
            settings.clone().only_root_certificates(authority.root()),
        ];
        for settings in trusting {
            call(&client(&server.url(), settings)).await.unwrap();
        }
        let doubting = [
            settings.clone(),
            settings.clone().root_certificates(other.root()),
            settings.only_root_certificates(other.root()),
        ];
        let before = server.seen().len();
        for settings in doubting {
            let error = call(&client(&server.url(), settings)).await.unwrap_err();
            assert!(error.is_connect() && !error.may_have_been_sent(), "{error:?}");
        }
        assert_eq!(server.seen().len(), before, "nothing was sent");
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let authority = Authority::new();
    let server = authority.server(&["http/1.1"], true);
    for settings in backends() {
        let settings = settings.only_root_certificates(authority.root());
        let (chain, key) = authority.client();
        call(&client(&server.url(), settings.clone().client_certificate(chain, key))).await.unwrap();
        let seen = server.seen();
        assert!(seen.last().unwrap().client_certificates > 0);
        let (chain, key) = Authority::new().client();
        for refused in [settings.clone(), settings.client_certificate(chain, key)] {
            call(&client(&server.url(), refused)).await.unwrap_err();
        }
        assert_eq!(server.seen().len(), seen.len(), "nothing came in without it");
    }
}

#[test]
fn certificates_keys_and_proxies_that_cannot_be_read_are_told_by_build() {
    let (chain, key) = Authority::new().client();
    for settings in backends() {
        for (settings, said) in [
            (settings.clone().root_certificates("hunter2"), "root_certificates: no certificate"),
            (settings.clone().only_root_certificates(key.clone()), "root_certificates: no certificate"),
            (settings.clone().client_certificate("hunter2", key.clone()), "client_certificate: a chain and its key"),
            (settings.clone().client_certificate(chain.clone(), "hunter2"), "client_certificate: a chain and its key"),
            (settings.clone().proxy("http://mara:hunter2@"), "proxy: the address is none"),
        ] {
            assert!(!format!("{settings:?}").contains("hunter2"));
            let error = HttpTransport::with_settings(settings.clone()).unwrap_err();
            assert!(error.to_string().starts_with(said) && !format!("{error:?}").contains("hunter2"), "{error:?}");
            Client::builder("https://cloud.zeyos.com/demo").http_settings(settings).build().unwrap_err();
        }
    }
}

#[tokio::test]
async fn a_proxy_that_is_set_carries_https_with_its_own_credentials() {
    let authority = Authority::new();
    let (server, proxy) = (authority.server(&["http/1.1"], false), Proxy::start());
    for (count, settings) in backends().into_iter().enumerate() {
        let settings = settings.only_root_certificates(authority.root());
        let through = settings.clone().proxy(format!("http://mara:hunter2@{}", proxy.address()));
        let transport = HttpTransport::with_settings(through).unwrap();
        let tokens = TokenSet::bearer("hunter2-access");
        let client = Client::builder(server.url()).token_set(tokens).transport(transport).build().unwrap();
        call(&client).await.unwrap();
        let asked = proxy.asked();
        assert_eq!(asked.len(), count + 1);
        let head = asked[count].to_ascii_lowercase();
        // `mara:hunter2`
        assert!(head.starts_with("connect 127.0.0.1:") && head.contains("proxy-authorization: basic bwfyytpodw50zxiy"));
        assert!(!head.contains("bearer"), "the proxy sees nothing of the call: {head}");
        call(&self::client(&server.url(), settings)).await.unwrap();
        assert_eq!(proxy.asked().len(), count + 1, "no_proxy");
    }
}

/// The literal of `authorization` that no table of compression may ever keep (RFC 7541, section 6.2.3).
#[cfg(feature = "http2")]
const NEVER_INDEXED: [u8; 2] = [0x1f, 0x08];

#[cfg(feature = "http2")]
fn has_unindexed_credentials(seen: &Seen) -> bool {
    seen.plain.windows(2).any(|bytes| bytes == NEVER_INDEXED)
}

#[cfg(feature = "http2")]
#[tokio::test]
async fn http2_is_spoken_where_the_server_offers_it_but_for_exchanges_of_tokens() {
    let authority = Authority::new();
    for settings in backends() {
        let settings = settings.only_root_certificates(authority.root());
        let (both, old) = (authority.server(&["h2", "http/1.1"], false), authority.server(&["http/1.1"], false));
        let client_of_both = client(&both.url(), settings.clone());
        call(&client_of_both).await.unwrap();
        client_of_both.oauth2().refresh().await.unwrap();
        call(&client(&both.url(), settings.clone().http1_only())).await.unwrap();
        let spoken: Vec<String> = both.seen().into_iter().map(|seen| seen.protocol).collect();
        // The refresh brings an introspection with it.
        let (first, others) = spoken.split_first().unwrap();
        assert!(first == "h2" && others.len() >= 2 && others.iter().all(|spoken| spoken == "http/1.1"), "{spoken:?}");
        assert!(has_unindexed_credentials(&both.seen()[0]), "the token stays out of the table of compression");
        call(&client(&old.url(), settings)).await.unwrap();
        assert_eq!(old.seen()[0].protocol, "http/1.1");
    }
}

/// Set in the process that is started with proxies and roots in its environment: where it is to call.
const CALLED: &str = "ZEYOS_IT_TLS_URL";

/// Runs this test again as a process with this environment.
fn in_environment(url: &str, variables: &[(&str, String)]) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "tls::the_environment_names_roots_and_proxies", "--nocapture", "--test-threads=1"]);
    for name in
        ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"]
    {
        command.env_remove(name);
    }
    let output = command.env(CALLED, url).envs(variables.iter().cloned()).output().unwrap();
    output.status.success()
}

/// Without any settings: the process reads the roots of the system, which `SSL_CERT_FILE` names here, and the proxy of the environment.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_environment_names_roots_and_proxies() {
    if let Ok(url) = std::env::var(CALLED) {
        let client = Client::builder(url).token_set(TokenSet::bearer("hunter2-access")).build().unwrap();
        call(&client).await.unwrap();
        return;
    }
    let authority = Authority::new();
    let (server, proxy) = (authority.server(&["h2", "http/1.1"], false), Proxy::start());
    let folder = crate::support::folder::Folder::new("tls");
    let path = folder.path().join("roots.pem");
    std::fs::write(&path, authority.root()).unwrap();
    let roots = ("SSL_CERT_FILE", path.to_str().unwrap().to_owned());
    let through = ("HTTPS_PROXY", format!("http://{}", proxy.address()));
    assert!(!in_environment(&server.url(), &[]), "no one knows the authority");
    assert!(in_environment(&server.url(), std::slice::from_ref(&roots)));
    assert_eq!((server.seen().len(), proxy.asked().len()), (1, 0));
    assert!(in_environment(&server.url(), &[roots.clone(), through.clone()]));
    assert_eq!((server.seen().len(), proxy.asked().len()), (2, 1));
    assert!(in_environment(&server.url(), &[roots, through, ("NO_PROXY", "127.0.0.1".to_owned())]));
    assert_eq!((server.seen().len(), proxy.asked().len()), (3, 1));
    let wanted = if cfg!(feature = "http2") { "h2" } else { "http/1.1" };
    assert!(server.seen().iter().all(|seen: &Seen| seen.protocol == wanted));
}
