//! The program: its first line, its end, and that acknowledged writes outlive it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::RequestBuilder;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_zeyos-emulator");

/// A running program that does not outlive its test.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it; answers the object of its first line.
    pub(crate) fn start(arguments: &[&str]) -> (Self, Value) {
        Self::of(Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()))
    }

    /// Starts it by a command of one's own, whose output is piped.
    pub(crate) fn of(command: &mut Command) -> (Self, Value) {
        let start = Instant::now();
        let mut running = Self(command.spawn().unwrap());
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "the first line took {:?}", start.elapsed());
        let object = serde_json::from_str(&line).unwrap();
        (running, object)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    object[name].as_str().unwrap()
}

#[test]
fn the_first_line_has_all_that_a_client_needs() {
    let (_running, told) = Running::start(&["--port", "0", "--instance", "nord", "--json"]);
    let names: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["access_token", "client_id", "client_secret", "password", "refresh_token", "session", "url", "username"]
    );
    let url = text(&told, "url");
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/nord"));
    let count = RequestBuilder::new(url, "POST", "/api/v1/tickets")
        .bearer(text(&told, "access_token"))
        .json(&json!({ "count": true }))
        .send();
    assert_eq!(count.json(), json!({ "count": 120 }));
    let info = RequestBuilder::new(url, "GET", "/oauth2/v1/userinfo").session(text(&told, "session")).send();
    assert_eq!(info.json()["preferred_username"], told["username"]);
    let grant =
        format!("grant_type=password&username={}&password={}", text(&told, "username"), text(&told, "password"));
    let granted = RequestBuilder::new(url, "POST", "/oauth2/v1/token")
        .basic(text(&told, "client_id"), text(&told, "client_secret"))
        .form(&grant)
        .send();
    assert_eq!(granted.status, 200);
}

#[test]
fn acknowledged_writes_outlive_a_kill() {
    let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-killed.db", std::process::id()));
    let clear = || ["", "-wal", "-shm"].map(|end| std::fs::remove_file(format!("{}{end}", path.display())).is_ok());
    clear();
    let arguments = ["--port", "0", "--json", "--seed", "empty", "--db", path.to_str().unwrap()];
    let (running, told) = Running::start(&arguments);
    for index in 0..25 {
        let body = json!({ "name": format!("L{index}") });
        let answer = RequestBuilder::new(text(&told, "url"), "PUT", "/api/v1/ledgers")
            .bearer(text(&told, "access_token"))
            .json(&body)
            .send();
        assert_eq!(answer.status, 201);
    }
    drop(running);
    let (running, again) = Running::start(&arguments);
    assert_eq!(again["access_token"], told["access_token"]);
    let ask = RequestBuilder::new(text(&again, "url"), "POST", "/api/v1/ledgers").bearer(text(&again, "access_token"));
    assert_eq!(ask.json(&json!({ "count": true })).send().json(), json!({ "count": 25 }));
    drop(running);
    clear();
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_order() {
    for signal in ["-INT", "-TERM"] {
        let (mut running, _) = Running::start(&["--port", "0", "--json", "--seed", "empty"]);
        assert!(Command::new("kill").args([signal, &running.0.id().to_string()]).status().unwrap().success());
        assert!(running.0.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn without_json_it_prints_a_banner_and_mistakes_are_told() {
    let child = Command::new(PROGRAM).args(["--port", "0", "--seed", "empty"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut running = Running(child);
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "ZeyOS emulator");
    assert!(lines.next().unwrap().unwrap().contains("http://127.0.0.1:"));
    let mut failed =
        Command::new(PROGRAM).args(["--port", "0", "--instance", "a/b"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = String::new();
    failed.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert!(!failed.wait().unwrap().success() && told.contains("a/b"), "{told}");
}

#[test]
fn no_flag_takes_a_secret() {
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Point any client at"));
    let flags: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
    let secret = |flag: &&&str| ["secret", "password", "token"].iter().any(|word| flag.contains(word));
    assert!(flags.contains(&"--port"), "{flags:?}");
    assert_eq!(flags.iter().find(secret), None);
}

#[test]
fn flags_win_over_the_configuration_file() {
    let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-flags.toml", std::process::id()));
    let content = "port = 1\ninstance = 'nord'\nseed = 'empty'\ncontrol_port = 0\n[switches]\nrule_status = 409\n\
                count_shape = 'number'\n[[fault]]\npath = '/api/v1/config'\nstatus = 503\n";
    std::fs::write(&path, content).unwrap();
    let (_running, told) = Running::start(&[
        "--config",
        path.to_str().unwrap(),
        "--port",
        "0",
        "--switch",
        "rule_status=400",
        "--fault",
        "status = 429, path = \"/oauth2\"",
        "--clock",
        "-1h",
        "--json",
    ]);
    std::fs::remove_file(&path).unwrap();
    let url = text(&told, "url");
    assert!(url.ends_with("/nord"));
    let ask = |method: &str, path: &str| RequestBuilder::new(url, method, path).bearer(text(&told, "access_token"));
    assert_eq!(ask("PUT", "/api/v1/tickets").json(&json!({})).send().status, 400);
    assert_eq!(ask("POST", "/api/v1/tickets").json(&json!({ "count": true })).send().json(), json!(0));
    assert_eq!(ask("GET", "/api/v1/config").send().status, 503);
    assert_eq!(ask("GET", "/oauth2/v1/userinfo").send().status, 429);
    let clock = RequestBuilder::new(&format!("{}/", text(&told, "control_url")), "GET", "//clock").send().json();
    assert_eq!(clock["offset"], -3600);
}

#[test]
fn a_mistake_in_a_flag_is_told_with_the_flag() {
    for (flag, value, problem) in [
        ("--switch", "csv_eol=cr", "--switch csv_eol=cr: \"cr\" is not a value of \"csv_eol\"; allowed are crlf, lf"),
        ("--switch", "csv", "--switch csv: say NAME=VALUE"),
        ("--fault", "stauts = 503", "--fault: no part of a fault is called \"stauts\"; did you mean \"status\"?"),
        ("--clock", "later", "--clock: \"later\" is not a value of \"clock\""),
        ("--config", "/nowhere/x.toml", "/nowhere/x.toml: the file cannot be read\n  because: "),
    ] {
        let output = Command::new(PROGRAM).args([flag, value, "--port", "0"]).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.starts_with(&format!("zeyos-emulator: {problem}")), "{told}");
    }
}

#[test]
fn the_help_has_every_switch_and_fits_a_terminal() {
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let of_platforms = zeyos_emulator::platforms::Platform::ALL.into_iter().flat_map(|platform| platform.switches());
    for switch in zeyos_emulator::Switches::default().list().into_iter().chain(of_platforms) {
        assert!(help.contains(&format!("\n  {} ", switch.name)), "{}", switch.name);
    }
    // What stands below the flags is set by hand; a row of a switch has a long list of choices at worst.
    let below = help.split_once("Pointing a client at it:").unwrap().1;
    assert_eq!(below.lines().find(|line| line.chars().count() > 120), None);
}

#[test]
fn a_platform_is_started_in_place_of_zeyos_with_what_its_clients_need() {
    for (platform, wanted) in [
        ("cozy", &["passphrase", "url"][..]),
        ("access-tokens", &["api_key", "url"]),
        ("auth-agent", &["agent_id", "agent_secret", "client_id", "client_secret", "redirect_uri", "url"]),
    ] {
        let file = std::env::temp_dir().join(format!("zeyos-emulator-{}-{platform}.env", std::process::id()));
        let file_name = file.to_str().unwrap();
        let (_running, told) =
            Running::start(&["--platform", platform, "--port", "0", "--json", "--env-file", file_name]);
        let names: Vec<&String> = told.as_object().unwrap().keys().collect();
        assert_eq!(names, wanted);
        let variables = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let prefix = platform.replace('-', "_").to_uppercase();
        assert!(variables.contains(&format!("{prefix}_URL={}\n", text(&told, "url"))), "{variables}");
        assert_eq!(variables.lines().count(), wanted.len());
        let answer = RequestBuilder::new(&format!("{}/", text(&told, "url")), "GET", "//nowhere").send();
        assert_eq!(answer.status, 404, "{platform}");
    }
}

#[test]
fn flags_reach_the_server_of_a_platform_and_those_of_zeyos_are_refused() {
    let arguments = ["--platform", "access-tokens", "--port", "0", "--json", "--control-port", "0"];
    let more = ["--switch", "jwt_ttl=61", "--clock", "+1h", "--fault", "status = 418, path = \"/app\""];
    let (_running, told) = Running::start(&[&arguments[..], &more].concat());
    let url = format!("{}/", text(&told, "url"));
    assert_eq!(RequestBuilder::new(&url, "GET", "//app/whoami").send().status, 418);
    let jwt = RequestBuilder::new(&url, "POST", "//auth/token").bearer(text(&told, "api_key")).send();
    assert!(jwt.text().contains("\"expires_in\":61"), "{}", jwt.text());
    let clock = RequestBuilder::new(&format!("{}/", text(&told, "control_url")), "GET", "//clock").send().json();
    assert_eq!(clock["offset"], 3600);
    for flag in [
        ["--db", "x.db"],
        ["--seed", "empty"],
        ["--instance", "x"],
        ["--profile", "strict"],
        ["--config", "x.toml"],
        ["--pages", "x"],
    ] {
        assert!(failure(&[&["--platform", "cozy"][..], &flag].concat()).contains("cannot be used with"), "{flag:?}");
    }
    let failed = failure(&["--platform", "cozy", "--switch", "jwt_ttl=5"]);
    assert!(failed.contains("no switch is called \"jwt_ttl\""), "{failed}");
    assert!(failure(&["--platform", "cosy"]).contains("'cozy'"));
}

/// What is said on standard error by a start that fails.
fn failure(arguments: &[&str]) -> String {
    let output = Command::new(PROGRAM).args(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_port_that_is_taken_is_told_with_its_address_and_its_flag() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, port) = (taken.local_addr().unwrap(), taken.local_addr().unwrap().port().to_string());
    let main = failure(&["--port", &port, "--seed", "empty"]);
    assert!(
        main.starts_with(&format!("zeyos-emulator: {address} cannot be listened on (--port)\n  because: ")),
        "{main}"
    );
    let control = failure(&["--port", "0", "--control-port", &port, "--seed", "empty"]);
    assert!(
        control.starts_with(&format!("zeyos-emulator: {address} cannot be listened on (--control-port)\n")),
        "{control}"
    );
}

#[test]
fn a_flag_or_a_value_that_was_meant_is_proposed() {
    assert!(failure(&["--prot", "1"]).contains("'--port'"));
    assert!(failure(&["--profile", "strikt"]).contains("'strict'"));
    for (arguments, told) in [
        (["--clock", "10000000000000"], "up to 100 years (13 digits are milliseconds)"),
        (["--clock", "-10000000000000"], "up to 100 years (13 digits are milliseconds)"),
        (["--switch", "cors_origin=http://x/"], "without a slash at its end"),
        (["--fault", "clock = 10000000000000"], "up to 100 years"),
    ] {
        let failed = failure(&arguments);
        assert!(failed.contains(told), "{failed}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_told_with_its_path() {
    let text = std::env::temp_dir().join(format!("zeyos-emulator-{}-program.txt", std::process::id()));
    std::fs::write(&text, "this is not a database but a text that is long enough").unwrap();
    let told = failure(&["--port", "0", "--db", text.to_str().unwrap()]);
    std::fs::remove_file(&text).unwrap();
    assert!(
        told.starts_with(&format!("zeyos-emulator: --db {}: the file is not a database", text.display())),
        "{told}"
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_at_once_with_half_a_request_open() {
    use std::io::Write as _;
    let (mut running, told) = Running::start(&["--port", "0", "--json", "--seed", "empty"]);
    let address = text(&told, "url").strip_prefix("http://").unwrap().split('/').next().unwrap();
    let halves = [
        "",
        "GET /demo HTTP/1.1\r\n",
        "PUT /demo/api/v1/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    ];
    let open = halves.map(|half| {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.write_all(half.as_bytes()).unwrap();
        stream
    });
    assert!(Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap().success());
    // Their clients wait on, and it ends all the same: not one of them is closed from here.
    assert!(running.0.wait().unwrap().success());
    drop(open);
}

#[test]
fn a_profile_sets_all_switches_but_those_that_are_named() {
    let path = std::env::temp_dir().join(format!("zeyos-emulator-{}-profile.toml", std::process::id()));
    std::fs::write(&path, "profile = 'lenient'\n[switches]\nrule_status = 409\n").unwrap();
    let of = |arguments: &[&str]| {
        let usual = ["--port", "0", "--control-port", "0", "--seed", "empty", "--json"];
        let (_running, told) = Running::start(&[&usual[..], arguments].concat());
        let switches =
            RequestBuilder::new(&format!("{}/", text(&told, "control_url")), "GET", "//switches").send().json();
        let value = |name: &str| {
            let found = switches.as_array().unwrap().iter().find(|switch| switch["name"] == name).unwrap();
            found["value"].as_str().unwrap().to_owned()
        };
        ["count_shape", "rule_status", "authorize", "error_texts"].map(value)
    };
    let config = path.to_str().unwrap();
    assert_eq!(of(&[]), ["object", "500", "form", "published"]);
    assert_eq!(of(&["--profile", "strict"]), ["number", "500", "form", "published"]);
    assert_eq!(of(&["--switch", "count_shape=text", "--profile", "strict"]), ["text", "500", "form", "published"]);
    assert_eq!(of(&["--config", config]), ["object", "409", "auto", "explained"]);
    assert_eq!(of(&["--config", config, "--profile", "strict"]), ["number", "409", "form", "published"], "a flag wins");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_file_of_variables_is_there_whole_when_the_first_line_is() {
    let path = std::env::temp_dir().join(format!("zeyos-emulator-{}.env", std::process::id()));
    std::fs::write(&path, "ZEYOS_TOKEN=stale\n").unwrap();
    let arguments =
        ["--port", "0", "--control-port", "0", "--seed", "empty", "--json", "--env-file", path.to_str().unwrap()];
    let (_running, told) = Running::start(&arguments);
    let lines = std::fs::read_to_string(&path).unwrap();
    let variable = |name: &str| lines.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    for (variable_name, name) in [
        ("ZEYOS_BASE_URL", "url"),
        ("ZEYOS_TOKEN", "access_token"),
        ("ZEYOS_REFRESH_TOKEN", "refresh_token"),
        ("ZEYOS_SESSION", "session"),
        ("ZEYOS_CLIENT_ID", "client_id"),
        ("ZEYOS_CLIENT_SECRET", "client_secret"),
        ("ZEYOS_USERNAME", "username"),
        ("ZEYOS_PASSWORD", "password"),
        ("ZEYOS_CONTROL_URL", "control_url"),
    ] {
        assert_eq!(variable(variable_name), told[name].as_str(), "{name}");
    }
    assert_eq!(lines.lines().count(), 9);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&path).unwrap()) & 0o777, 0o600);
    let beside = std::fs::read_dir(path.parent().unwrap()).unwrap().flatten();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    let left: Vec<_> = beside.filter(|entry| entry.file_name().to_string_lossy().starts_with(&name)).collect();
    assert_eq!(left.len(), 1, "nothing is left beside it: {left:?}");
    std::fs::remove_file(&path).unwrap();
    let told = failure(&["--port", "0", "--seed", "empty", "--env-file", "/nowhere/emulator.env"]);
    assert!(told.starts_with("zeyos-emulator: --env-file /nowhere/emulator.env: "), "{told}");
}

#[test]
fn listening_beyond_this_machine_is_warned_of() {
    let mut command = Command::new(PROGRAM);
    command.args(["--listen", "0.0.0.0", "--port", "0", "--seed", "empty", "--json"]).stderr(Stdio::piped());
    let (mut running, told) = Running::of(command.stdout(Stdio::piped()));
    assert!(text(&told, "url").starts_with("http://127.0.0.1:"));
    let mut warning = String::new();
    BufReader::new(running.0.stderr.take().unwrap()).read_line(&mut warning).unwrap();
    assert!(
        warning.starts_with("zeyos-emulator: warning: it listens on 0.0.0.0; whoever reaches it can use it"),
        "{warning}"
    );
}
