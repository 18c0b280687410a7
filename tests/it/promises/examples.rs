//! F7 and F8: the examples and the emulator's program take no secret as an argument, and no address without its own secret.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::auth::support::{browse, emulator, seen, started, visit};

/// What examples read from the environment.
const VARIABLES: [&str; 8] = [
    "ZEYOS_BASE_URL",
    "ZEYOS_TOKEN",
    "ZEYOS_REFRESH_TOKEN",
    "ZEYOS_CLIENT_ID",
    "ZEYOS_CLIENT_SECRET",
    "ZEYOS_REDIS_URL",
    "ZEYOS_WEB_PORT",
    "ZEYOS_WEB_URL",
];

/// An example as `cargo test` built it, with nothing of ours in its environment.
pub(crate) fn example(name: &str) -> Command {
    let mut command = Command::new(path_of(name));
    VARIABLES.iter().for_each(|variable| {
        command.env_remove(variable);
    });
    command.stdin(Stdio::null());
    command
}

fn path_of(name: &str) -> PathBuf {
    let folder = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("examples");
    let path = folder.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{} is missing; build it with `cargo build --examples`", path.display());
    path
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A server that refuses every request and counts them. It ends with the test binary.
struct Refusing {
    url: String,
    calls: Arc<AtomicUsize>,
}

impl Refusing {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/demo", listener.local_addr().unwrap());
        let server = Refusing { url, calls: Arc::default() };
        let calls = Arc::clone(&server.calls);
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                calls.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
                let refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(refusal);
            }
        });
        server
    }
}

/// An example, what its environment holds beside the address, and what it misses.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

#[test]
fn f7_an_address_from_the_environment_is_used_only_with_secrets_from_there() {
    let server = Refusing::start();
    let cases: [Case; 6] = [
        ("quickstart", &[], "ZEYOS_TOKEN"),
        ("quickstart", &[("ZEYOS_CLIENT_ID", "app"), ("ZEYOS_CLIENT_SECRET", "hunter2")], "ZEYOS_TOKEN"),
        ("login", &[], "ZEYOS_CLIENT_ID"),
        ("login", &[("ZEYOS_CLIENT_ID", "app"), ("ZEYOS_TOKEN", "hunter2")], "ZEYOS_CLIENT_SECRET"),
        ("web", &[("ZEYOS_CLIENT_SECRET", "hunter2")], "ZEYOS_CLIENT_ID"),
        ("web", &[("ZEYOS_CLIENT_ID", "app"), ("ZEYOS_TOKEN", "hunter2")], "ZEYOS_CLIENT_SECRET"),
    ];
    for (name, variables, wanted) in cases {
        let output = example(name).env("ZEYOS_BASE_URL", &server.url).envs(variables.iter().copied()).output().unwrap();
        let said = text(&output);
        assert!(!output.status.success() && said.contains(wanted) && !said.contains("hunter2"), "{name}: {said}");
    }
    assert_eq!(server.calls.load(Ordering::SeqCst), 0, "nothing was sent there");
    let mut with_both = example("quickstart");
    let output = with_both.env("ZEYOS_BASE_URL", &server.url).env("ZEYOS_TOKEN", "t0ken").output().unwrap();
    assert!(text(&output).contains("401") && server.calls.load(Ordering::SeqCst) > 0, "{}", text(&output));
}

/// A program that does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The arguments of a process and of all that it started, as everyone on the machine can read them.
fn arguments(id: u32) -> String {
    let output = Command::new("ps").args(["-A", "-o", "pid=,ppid=,args="]).output();
    let listed = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let own = |line: &&str| line.split_whitespace().take(2).any(|number| number == id.to_string());
    let mut found: String = listed.lines().filter(own).collect::<Vec<_>>().join("\n");
    if let Ok(read) = std::fs::read(format!("/proc/{id}/cmdline")) {
        found += &String::from_utf8_lossy(&read).replace('\0', " ");
    }
    assert!(found.contains("login"), "the process is not listed: {found:?}");
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f8_secrets_never_stand_among_the_arguments() {
    let zeyos = emulator().await;
    let credentials = zeyos.credentials();
    let mut command = example("login");
    command.env("ZEYOS_BASE_URL", zeyos.url()).env("ZEYOS_CLIENT_ID", &credentials.client_id);
    command.env("ZEYOS_CLIENT_SECRET", &credentials.client_secret).stdout(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut said = String::new();
    let mut listed = String::new();
    for line in lines.by_ref() {
        let line = line.unwrap();
        listed += &arguments(running.0.id());
        if let Some(url) = line.strip_prefix("open ") {
            let (location, cookie) = started(url);
            let back = browse(&location);
            listed += &arguments(running.0.id());
            visit(&back, &cookie);
        }
        said += &line;
    }
    assert!(said.contains("signed in as demo") && running.0.wait().unwrap().success(), "{said}");
    for secret in [&credentials.client_secret, &credentials.access_token, &credentials.password] {
        assert!(!listed.contains(&format!("{secret} ")) || secret.as_str() == "demo", "{listed}");
    }
    assert!(!listed.contains(credentials.client_secret.as_str()) && !said.contains(credentials.client_secret.as_str()));
    assert!(seen(&zeyos).iter().any(|line| line == "GET /oauth2/v1/userinfo bearer 200"));

    let refused = example("login").args(["--secret", "hunter2"]).output().unwrap();
    assert!(!refused.status.success() && !text(&refused).contains("hunter2"), "{}", text(&refused));
    no_program_has_such_an_argument();
}

/// Reads the sources: which arguments there are.
fn no_program_has_such_an_argument() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let emulator = syn::parse_file(&source(root.join("emulator/src/program/arguments.rs"))).unwrap();
    let arguments = emulator.items.iter().find_map(|item| match item {
        syn::Item::Struct(item) if item.ident == "Arguments" => Some(item),
        _ => None,
    });
    let names: Vec<String> =
        arguments.unwrap().fields.iter().map(|field| field.ident.as_ref().unwrap().to_string()).collect();
    assert!(names.contains(&"port".to_owned()));
    for name in names {
        let parts = ["token", "secret", "password", "session", "cookie", "otp", "credential", "key"];
        assert!(!parts.iter().any(|part| name.contains(part)), "--{name}");
    }
    let folders = ["examples", "examples/web", "examples/web/sessions"].map(|folder| root.join(folder));
    let examples =
        folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut with_arguments: Vec<PathBuf> =
        examples.filter(|path| path.is_file() && source(path.clone()).contains("env::args")).collect();
    // How many arguments each has, as far as someone has looked at them: --browser and --paste, --rows, --to, and --kill-every,
    // --slow-windows and --clock-steps.
    for (name, count) in [("login.rs", 2), ("bulk.rs", 1), ("export.rs", 1), ("sync.rs", 4)] {
        with_arguments.retain(|path| path.file_name() != Some(OsStr::new(name)));
        assert_eq!(source(root.join("examples").join(name)).matches("\"--").count(), count, "{name}");
    }
    assert!(with_arguments.is_empty(), "{with_arguments:?}: look at what they take, then name them here");
}

#[test]
fn the_login_example_signs_in_and_out_without_a_browser() {
    let output = example("login").output().unwrap();
    let said = text(&output);
    assert!(output.status.success() && said.contains("signed in as demo") && said.contains("signed out"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_login_example_signs_in_by_an_address_that_is_pasted() {
    let zeyos = emulator().await;
    let credentials = zeyos.credentials();
    let mut command = example("login");
    command.arg("--paste").env("ZEYOS_BASE_URL", zeyos.url()).env("ZEYOS_CLIENT_ID", &credentials.client_id);
    command.env("ZEYOS_CLIENT_SECRET", &credentials.client_secret).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut input = running.0.stdin.take().unwrap();
    let mut said = String::new();
    for line in BufReader::new(running.0.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(url) = line.strip_prefix("open ") {
            writeln!(input, "{}", browse(url)).unwrap();
        }
        said += &line;
    }
    assert!(said.contains("signed in as demo") && running.0.wait().unwrap().success(), "{said}");
}
