//! Runs a test once more in a process of its own, where nothing else goes on.

use std::process::Command;

/// Set for that process.
const ROLE: &str = "ZEYOS_IT_ALONE";

/// Whether this is the process of its own. Otherwise the test has just run in one, and passed there.
pub(crate) fn is_alone(module: &str, test: &str) -> bool {
    if std::env::var_os(ROLE).is_some() {
        return true;
    }
    let (_, module) = module.split_once("::").unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{test}"), "--nocapture", "--test-threads=1"])
        .env(ROLE, "1")
        .output()
        .unwrap();
    let said = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}
