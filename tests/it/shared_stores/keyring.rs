//! The store in the keyring, on a real Secret Service: GNOME Keyring on a session bus of the test's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use zeyos::{KeyringTokenStore, StoreErrorKind};

use super::contract::{self, PATIENT, advance, pending, record, shared};

/// Set in the process that the test starts on its own bus.
const INSIDE: &str = "ZEYOS_TEST_SECRET_SERVICE";
const INSTALL: &str = "sudo apt-get install --yes --no-install-recommends dbus gnome-keyring";

/// A bus that starts no services of its own: a daemon that it activated would have the name before the one that is unlocked.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Runs this test again, alone, in a process with a bus and a home of its own. `true` in that process.
pub(crate) fn on_a_bus_of_its_own(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    static HOMES: AtomicU64 = AtomicU64::new(0);
    let number = HOMES.fetch_add(1, Ordering::Relaxed);
    let home = std::env::temp_dir().join(format!("zeyos-secrets-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&home).unwrap();
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("dbus-run-session");
    let config = home.join("bus.conf");
    std::fs::write(&config, BUS).unwrap();
    command.arg(format!("--config-file={}", config.display())).arg("--").arg(program).args([
        "--exact",
        test,
        "--nocapture",
        "--test-threads=1",
    ]);
    for name in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", INSIDE] {
        command.env(name, &home);
    }
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("GNOME_KEYRING_CONTROL");
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("dbus-run-session cannot be started ({error}); run `{INSTALL}`"));
    let _ = std::fs::remove_dir_all(&home);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

/// The daemon, ended with the test.
pub(crate) struct Daemon(Child);

impl Daemon {
    /// With a password, its keyring is unlocked; without one there is none that could be.
    pub(crate) fn start(password: Option<&str>) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command.args(["--foreground", "--components=secrets"]).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if password.is_some() {
            command.arg("--unlock");
        }
        let child = command.spawn();
        let mut child =
            child.unwrap_or_else(|error| panic!("gnome-keyring-daemon cannot be started ({error}); run `{INSTALL}`"));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(password.unwrap_or_default().as_bytes()).unwrap();
        Daemon(child)
    }
}

impl Daemon {
    /// Lets it answer no more.
    pub(crate) fn stop(&self) {
        let sent = Command::new("kill").args(["-STOP", &self.0.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn state() -> PathBuf {
    Path::new(&std::env::var_os(INSIDE).unwrap()).join("state")
}

/// A store, as soon as the daemon answers.
pub(crate) async fn open(user: &str) -> KeyringTokenStore {
    for _ in 0..500 {
        if let Ok(store) = KeyringTokenStore::open("zeyos-test", user, state()).await {
            return store;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    KeyringTokenStore::open("zeyos-test", user, state()).await.unwrap()
}

/// The names of the pieces: entries of this user, and the file of the state.
fn entries(user: &str) -> Vec<String> {
    let beside = (1..3).flat_map(|number| ["corrupt", "unread"].map(|kind| format!("{user}#{kind}-{number}")));
    [user.to_owned(), format!("{user}#copy"), format!("{user}#reply")].into_iter().chain(beside).collect()
}

fn entry(name: &str) -> keyring_core::Entry {
    use keyring_core::api::CredentialStoreApi as _;
    dbus_secret_service_keyring_store::Store::new().unwrap().build("zeyos-test", name, None).unwrap()
}

/// Everything that is kept for a user.
pub(crate) fn image(user: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut image: std::collections::BTreeMap<_, _> =
        entries(user).into_iter().filter_map(|name| Some((name.clone(), entry(&name).get_secret().ok()?))).collect();
    image.extend(std::fs::read(state()).ok().map(|bytes| (STATE.to_owned(), bytes)));
    image
}

/// Stands for the file among the pieces.
const STATE: &str = "the state";

/// Replaces a piece, or removes it.
pub(crate) fn put(piece: &str, bytes: Option<&[u8]>) {
    match (piece, bytes) {
        (STATE, Some(bytes)) => {
            let _ = std::fs::remove_file(state());
            let mut options = std::fs::OpenOptions::new();
            std::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o600);
            options.open(state()).unwrap().write_all(bytes).unwrap();
        }
        (STATE, None) => drop(std::fs::remove_file(state())),
        (name, Some(bytes)) => entry(name).set_secret(bytes).unwrap(),
        (name, None) => drop(entry(name).delete_credential()),
    }
}

#[tokio::test]
async fn the_contract_of_a_shared_store_on_a_real_secret_service() {
    let name = "shared_stores::keyring::the_contract_of_a_shared_store_on_a_real_secret_service";
    if !on_a_bus_of_its_own(name) {
        return;
    }
    let _daemon = Daemon::start(Some("a password"));
    let (one, two) = (open("demo").await, open("demo").await);
    contract::check(&one, &two).await;
    let left: Vec<_> = std::fs::read_dir(state().parent().unwrap()).unwrap().flatten().collect();
    let files = left.iter().filter(|file| file.file_type().unwrap().is_file());
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        assert!(!text.contains("r1") && !text.contains("access"), "{}: {text}", file.path().display());
    }
}

#[tokio::test]
async fn a_real_secret_service_that_is_gone_or_locked_is_named_in_time() {
    let name = "shared_stores::keyring::a_real_secret_service_that_is_gone_or_locked_is_named_in_time";
    if !on_a_bus_of_its_own(name) {
        return;
    }
    let daemon = Daemon::start(Some("a password"));
    let store = open("demo").await;
    advance(&store, 1).await;
    assert_eq!(shared(&store).read().await.unwrap(), record(1));
    drop(daemon);
    // Another daemon, which no one has told the password.
    let _daemon = Daemon::start(None);
    let limit = Duration::from_secs(5);
    let tried = async {
        match KeyringTokenStore::open_with_limit(limit, "zeyos-test", "demo", state()).await {
            Err(error) => error,
            Ok(store) => {
                let mut lock = shared(&store).lock(PATIENT).await.unwrap();
                lock.prepare(&pending(1, "q")).await.unwrap_err()
            }
        }
    };
    let error = tokio::time::timeout(PATIENT, tried).await.unwrap();
    assert!(matches!(error.kind(), StoreErrorKind::Unavailable | StoreErrorKind::NotWritable), "{error}");
    assert!(error.to_string().contains("keyring"), "{error}");
}
