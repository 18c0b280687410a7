//! What is refused when a client, a call or a store is made, before anything is sent or written.

use std::net::TcpListener;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::json;
use zeyos::oauth2::TokenReference;
use zeyos::rest::{NewTicket, Ticket};
use zeyos::{Client, legacy_auth, oauth2, rest};

use crate::auth::support::Wire;

/// URLs of a server on this machine that a lenient reader would find there. `AT` is its address.
const ODD: [&str; 33] = [
    "http://AT/de\tmo",
    "http://AT\t/demo",
    "http://AT/demo\n",
    "\nhttp://AT/demo",
    "ht\ntp://AT/demo",
    " http://AT/demo",
    "http://AT/demo ",
    "http://AT/demo\r\n",
    "http://AT/demo\0",
    "http://mara@AT/demo",
    "http://mara:hunter2@AT/demo",
    "http://@AT/demo",
    "http://:@AT/demo",
    "http://AT/../demo",
    "http://AT/demo/..",
    "http://AT/x/%2e%2e/demo",
    "http://AT/x/.%2E/demo",
    "http://AT/x/%252e%252e/demo",
    "http://AT/x%2f..%2fdemo",
    "http://AT/x%5c..%5cdemo",
    "http://AT/./demo",
    "http:/AT/demo",
    "http:AT/demo",
    "http:///AT/demo",
    "http:\\\\AT\\demo",
    "http://AT\\demo",
    "http:/\\AT/demo",
    "http://AT//demo",
    "http://AT/demo//x",
    "http://AT/d\u{e9}mo",
    "http://\u{ff11}AT/demo",
    "http://AT/demo?x=1",
    "http://AT/demo#x",
];

#[tokio::test]
async fn fault_75_urls_that_can_be_read_in_two_ways_are_refused() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let address = server.local_addr().unwrap().to_string();
    let good = format!("http://{address}/demo");
    let mut odd: Vec<String> = ODD.map(|url| url.replace("AT", &address)).into();
    // The same machine and port, written otherwise.
    let port = server.local_addr().unwrap().port();
    for host in [
        "127.1",
        "0x7f.1",
        "2130706433",
        "0177.0.0.1",
        "127.0.0.1.",
        "%31%32%37.0.0.1",
        "127\u{3002}0.0.1",
        "[::ffff:127.0.0.1]",
    ] {
        odd.push(format!("http://{host}:{port}/demo"));
    }
    odd.push(format!("http://127.0.0.1:0{port}/demo"));
    for url in odd {
        for custom in [false, true] {
            let wire = Wire::agreeable();
            let with = |builder: zeyos::ClientBuilder| {
                let builder = builder.token_set(zeyos::TokenSet::bearer("a0")).basic_user("mara", "pa55");
                if custom { builder.transport(wire.clone()) } else { builder }
            };
            let mut errors = vec![with(Client::builder(url.as_str())).build().err()];
            for service in [&rest::SERVICE, &oauth2::raw::SERVICE, &legacy_auth::raw::SERVICE] {
                errors.push(with(Client::builder(good.as_str())).service_url(service, url.as_str()).build().err());
            }
            for error in errors {
                let error = error.unwrap_or_else(|| panic!("{url:?} is taken"));
                let said = format!("{error} {error:?}");
                assert!(!said.contains("hunter2") && !said.contains('\t') && !said.contains('\n'), "{said}");
            }
            assert!(wire.sent().is_empty());
        }
    }
    assert!(server.accept().is_err(), "somebody came");
    Client::builder(good).build().unwrap();
}

/// What belongs to the connection, what frames a message, and credentials.
const RESERVED: [&str; 17] = [
    "Connection",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "Proxy-Anything",
    "TE",
    "Trailer",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    "Content-Length",
    "Expect",
    "Host",
    "Authorization",
    "Cookie",
    "Cookie2",
];

#[tokio::test]
async fn fault_75_headers_of_the_connection_are_refused() {
    for name in RESERVED {
        let header = HeaderName::from_bytes(name.as_bytes()).unwrap();
        for value in ["close, x-trace", "chunked", "0", ""] {
            let wire = Wire::agreeable();
            let client = wire.client_with_everything().build().unwrap();
            let value = HeaderValue::from_static(value);
            let errors = [
                client.api().list_tickets(Ticket::query()).header(header.clone(), value.clone()).await.err(),
                client.api().create_ticket(NewTicket::new("x")).header(header.clone(), value.clone()).await.err(),
                client
                    .oauth2()
                    .raw()
                    .introspect_token(TokenReference::new("t"))
                    .header(header.clone(), value.clone())
                    .await
                    .err(),
                client.legacy_auth().raw().issue_token().header(header.clone(), value.clone()).await.err(),
                client
                    .request(Method::PUT, "/gadgets")
                    .json(json!({}))
                    .call()
                    .header(header.clone(), value.clone())
                    .await
                    .err(),
                client.api().list_tickets(Ticket::query()).header(header.clone(), value.clone()).dry_run().err(),
            ];
            for error in errors {
                let error: zeyos::Error = error.unwrap_or_else(|| panic!("{name} is taken"));
                assert!(error.is_request() && error.to_string().contains(header.as_str()), "{name}: {error}");
            }
            assert!(wire.sent().is_empty(), "{name}");
        }
    }
    // A header of the caller's own is no hop's.
    let wire = Wire::agreeable();
    let client = wire.client_with_everything().build().unwrap();
    let header = HeaderName::from_static("x-connection");
    client.api().list_tickets(Ticket::query()).header(header, HeaderValue::from_static("close")).await.unwrap();
    wire.only();
}

#[tokio::test]
async fn fault_75_default_headers_of_the_connection_are_refused() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let url = format!("http://{}/demo", server.local_addr().unwrap());
    let built = |headers: HeaderMap| {
        Client::builder(url.as_str()).http_client(move |builder| builder.default_headers(headers.clone())).build()
    };
    for name in RESERVED {
        for is_sensitive in [false, true] {
            for is_first in [false, true] {
                let mut headers = HeaderMap::new();
                let mut value = HeaderValue::from_static("hunter2");
                value.set_sensitive(is_sensitive);
                let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
                let other = |headers: &mut HeaderMap| headers.insert("x-shop", HeaderValue::from_static("7"));
                if !is_first {
                    other(&mut headers);
                }
                headers.insert(name.clone(), value);
                if is_first {
                    other(&mut headers);
                }
                let error = built(headers).err().unwrap_or_else(|| panic!("{name} is taken"));
                let said = format!("{error} {error:?}");
                assert!(said.contains("http_client") && !said.contains("hunter2"), "{said}");
            }
        }
    }
    assert!(server.accept().is_err(), "somebody came");
    // Names that only look like one, and values that say one.
    let mut headers = HeaderMap::new();
    for (name, value) in
        [("x-host", "1"), ("x-upgrade", "\", \"connection\": \"close"), ("x-te", "{\"te\": \"x\"}"), ("xproxy-a", "1")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    built(headers).unwrap();
}

#[cfg(unix)]
mod folders {
    use std::ffi::OsString;
    use std::fs::{self, Permissions};
    use std::io;
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::Path;

    use zeyos::FileTokenStore;
    use zeyos::store::{Access, FileFacts, FileKind, FileSystem, StoreFile, SystemFiles};

    use crate::support::folder::Folder;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn fault_75_a_folder_that_others_may_write_is_refused() {
        for (mode, is_taken) in [
            (0o700, true),
            (0o755, true),
            (0o750, true),
            (0o711, true),
            (0o1777, true),
            (0o1770, true),
            (0o777, false),
            (0o770, false),
            (0o775, false),
            (0o720, false),
            (0o702, false),
            (0o2775, false),
        ] {
            let folder = Folder::new("open-folder");
            let (shop, link) = (folder.path().join("shop"), folder.path().join("link"));
            fs::create_dir(&shop).unwrap();
            symlink(&shop, &link).unwrap();
            set(&shop, mode);
            for place in [&shop, &link] {
                let opened = FileTokenStore::open(place.join("tokens.json"));
                assert_eq!(opened.is_ok(), is_taken, "{mode:o}: {opened:?}");
                if let Err(error) = opened {
                    let said = error.to_string();
                    assert!(said.contains("can be written by others") && said.contains("chmod go-w"), "{said}");
                    assert_eq!(fs::read_dir(&shop).unwrap().count(), 0, "nothing was written");
                }
            }
            // One that is made wide later is refused the next time.
            if is_taken {
                set(&shop, 0o777);
                FileTokenStore::open(shop.join("tokens.json")).unwrap_err();
            }
        }
        // The one that it creates is its own.
        let folder = Folder::new("new-folder");
        let path = folder.path().join("shop/tokens.json");
        FileTokenStore::open(&path).unwrap();
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    }

    /// The files of the machine, in a folder of another program's.
    struct Lent(u32);

    impl FileSystem for Lent {
        fn folder(&self, path: &Path) -> io::Result<FileFacts> {
            Ok(FileFacts { owner: Some(self.0), ..SystemFiles.folder(path)? })
        }
        fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn StoreFile>> {
            SystemFiles.open(path, access)
        }
        fn facts(&self, path: &Path) -> io::Result<FileFacts> {
            SystemFiles.facts(path)
        }
        fn names(&self, folder: &Path) -> io::Result<Vec<OsString>> {
            SystemFiles.names(folder)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            SystemFiles.rename(from, to)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            SystemFiles.remove(path)
        }
        fn create_folder(&self, path: &Path) -> io::Result<()> {
            SystemFiles.create_folder(path)
        }
        fn sync_folder(&self, path: &Path) -> io::Result<()> {
            SystemFiles.sync_folder(path)
        }
    }

    #[test]
    fn fault_75_a_folder_of_another_user_is_refused() {
        let folder = Folder::new("lent-folder");
        let facts = SystemFiles.folder(folder.path()).unwrap();
        assert_eq!(facts.kind, FileKind::Folder);
        let own = facts.owner.unwrap();
        for (owner, is_taken) in [(own, true), (0, true), (own + 1, false), (65_534, own == 65_534)] {
            let opened = FileTokenStore::with_file_system(folder.tokens(), Lent(owner));
            assert_eq!(opened.is_ok(), is_taken, "{owner}: {opened:?}");
            if let Err(error) = opened {
                assert!(error.to_string().contains(&format!("belongs to user {owner}")), "{error}");
                assert!(!folder.tokens().exists());
            }
        }
    }

    #[cfg(all(feature = "keyring", target_os = "linux"))]
    mod state_of_the_keyring {
        use super::*;

        #[tokio::test]
        async fn fault_75_the_folder_of_the_state_is_checked_too() {
            let folder = Folder::new("keyring-folder");
            set(folder.path(), 0o777);
            // The keyring is not even asked: there need be none.
            let state = folder.path().join("state");
            let error = zeyos::KeyringTokenStore::open("shop", "demo", state).await.unwrap_err();
            assert!(error.to_string().contains("can be written by others"), "{error}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        }
    }
}
