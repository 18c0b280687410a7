//! The program: its first line, its end, and that acknowledged writes outlive it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Ask;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_zeyos-emulator");

/// A running program that does not outlive its test.
pub(crate) struct Running(Child);

impl Running {
    /// Starts it; answers the object of its first line.
    pub fn start(arguments: &[&str]) -> (Self, Value) {
        Self::of(Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()))
    }

    /// Starts it by a command of one's own, whose output is piped.
    pub fn of(command: &mut Command) -> (Self, Value) {
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
    let count = Ask::new(url, "POST", "/api/v1/tickets")
        .bearer(text(&told, "access_token"))
        .json(&json!({ "count": true }))
        .send();
    assert_eq!(count.json(), json!({ "count": 120 }));
    let info = Ask::new(url, "GET", "/oauth2/v1/userinfo").session(text(&told, "session")).send();
    assert_eq!(info.json()["preferred_username"], told["username"]);
    let grant =
        format!("grant_type=password&username={}&password={}", text(&told, "username"), text(&told, "password"));
    let granted = Ask::new(url, "POST", "/oauth2/v1/token")
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
        let answer = Ask::new(text(&told, "url"), "PUT", "/api/v1/ledgers")
            .bearer(text(&told, "access_token"))
            .json(&body)
            .send();
        assert_eq!(answer.status, 201);
    }
    drop(running);
    let (running, again) = Running::start(&arguments);
    assert_eq!(again["access_token"], told["access_token"]);
    let ask = Ask::new(text(&again, "url"), "POST", "/api/v1/ledgers").bearer(text(&again, "access_token"));
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
    let ask = |method: &str, path: &str| Ask::new(url, method, path).bearer(text(&told, "access_token"));
    assert_eq!(ask("PUT", "/api/v1/tickets").json(&json!({})).send().status, 400);
    assert_eq!(ask("POST", "/api/v1/tickets").json(&json!({ "count": true })).send().json(), json!(0));
    assert_eq!(ask("GET", "/api/v1/config").send().status, 503);
    assert_eq!(ask("GET", "/oauth2/v1/userinfo").send().status, 429);
    let clock = Ask::new(&format!("{}/", text(&told, "control_url")), "GET", "//clock").send().json();
    assert_eq!(clock["offset"], -3600);
}

#[test]
fn a_mistake_in_a_flag_is_told_with_the_flag() {
    for (flag, value, problem) in [
        ("--switch", "csv_eol=cr", "--switch csv_eol=cr: \"cr\" is no value of \"csv_eol\"; allowed are crlf, lf"),
        ("--switch", "csv", "--switch csv: say NAME=VALUE"),
        ("--fault", "stauts = 503", "--fault: no part of a fault is called \"stauts\"; did you mean \"status\"?"),
        ("--clock", "later", "--clock: \"later\" is no value of \"clock\""),
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
    for switch in zeyos_emulator::Switches::default().list() {
        assert!(help.contains(&format!("\n  {} ", switch.name)), "{}", switch.name);
    }
    // What stands below the flags is set by hand; a row of a switch has a long list of choices at worst.
    let below = help.split_once("Pointing a client at it:").unwrap().1;
    assert_eq!(below.lines().find(|line| line.chars().count() > 120), None);
}
