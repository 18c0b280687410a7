//! What the machine must have. What is missing is installed where that is allowed; otherwise the run stops with the command.

use std::process::{Command, Stdio};

use anyhow::{bail, ensure};

use crate::file;

/// A program that a step calls.
struct Need {
    name: &'static str,
    /// Succeeds where the program is there.
    probe: &'static [&'static str],
    remedy: Remedy,
}

enum Remedy {
    /// A package of Debian's.
    Apt(&'static str),
    /// A component of the toolchain.
    Rustup(&'static str),
    /// A program that cargo builds.
    Cargo(&'static str),
}

const NEEDS: [Need; 13] = [
    Need { name: "a C compiler", probe: &["cc", "--version"], remedy: Remedy::Apt("build-essential") },
    // The library of TLS that the feature `native-tls` takes on Linux.
    Need { name: "pkg-config", probe: &["pkg-config", "--version"], remedy: Remedy::Apt("pkg-config") },
    Need {
        name: "OpenSSL's headers",
        probe: &["pkg-config", "--exists", "openssl"],
        remedy: Remedy::Apt("libssl-dev"),
    },
    Need { name: "redis-server", probe: &["redis-server", "--version"], remedy: Remedy::Apt("redis-server") },
    Need { name: "dbus-run-session", probe: &["dbus-run-session", "--version"], remedy: Remedy::Apt("dbus") },
    Need {
        name: "gnome-keyring-daemon",
        probe: &["gnome-keyring-daemon", "--version"],
        remedy: Remedy::Apt("gnome-keyring"),
    },
    // The recipes of the emulator's README are run as they are printed.
    Need { name: "curl", probe: &["curl", "--version"], remedy: Remedy::Apt("curl") },
    Need { name: "node", probe: &["node", "--version"], remedy: Remedy::Apt("nodejs") },
    // The browser tests of `tests/it/browser` drive the one by the other.
    Need { name: "chromium", probe: &["chromium", "--version"], remedy: Remedy::Apt("chromium") },
    Need { name: "chromedriver", probe: &["chromedriver", "--version"], remedy: Remedy::Apt("chromium-driver") },
    Need { name: "rustfmt", probe: &["cargo", "fmt", "--version"], remedy: Remedy::Rustup("rustfmt") },
    Need { name: "cargo-nextest", probe: &["cargo", "nextest", "--version"], remedy: Remedy::Cargo("cargo-nextest") },
    Need { name: "clippy", probe: &["cargo", "clippy", "--version"], remedy: Remedy::Rustup("clippy") },
];

/// Sees to it that everything needed is there.
pub(super) fn provide() -> anyhow::Result<()> {
    for need in NEEDS.iter().filter(|need| !succeeds(need.probe)) {
        install(need)?;
        ensure!(succeeds(need.probe), "{} is still missing after its installation", need.name);
    }
    Ok(())
}

fn install(need: &Need) -> anyhow::Result<()> {
    let commands: Vec<Vec<&str>> = match need.remedy {
        Remedy::Rustup(component) => vec![vec!["rustup", "component", "add", component]],
        Remedy::Cargo(program) => vec![vec!["cargo", "install", "--locked", program]],
        Remedy::Apt(package) => {
            let install = ["apt-get", "install", "--yes", "--no-install-recommends", package];
            match privilege() {
                Some(prefix) => vec![[prefix, &["apt-get", "update"]].concat(), [prefix, &install].concat()],
                None => bail!("{} is missing; run `sudo {}`", need.name, install.join(" ")),
            }
        }
    };
    for command in commands {
        let line = command.join(" ");
        file::print(format_args!("== {} is missing: {line}", need.name));
        ensure!(succeeds(&command), "{} is missing and could not be installed; run `{line}`", need.name);
    }
    Ok(())
}

/// What goes before a command that needs root: nothing for root itself, sudo where it asks no password.
fn privilege() -> Option<&'static [&'static str]> {
    if !succeeds(&["apt-get", "--version"]) {
        return None;
    }
    if succeeds(&["sh", "-c", "test \"$(id -u)\" = 0"]) {
        return Some(&[]);
    }
    succeeds(&["sudo", "--non-interactive", "true"]).then_some(&["sudo", "--non-interactive"])
}

fn succeeds(command: &[&str]) -> bool {
    let [program, arguments @ ..] = command else { return false };
    let status =
        Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_needs_no_installation() {
        assert!(succeeds(&["cargo", "--version"]) && !succeeds(&["no-such-program-of-ours"]) && !succeeds(&[]));
        provide().unwrap();
    }
}
