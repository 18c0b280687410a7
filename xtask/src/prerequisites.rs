//! Programs that a command needs. What is missing is installed where that is allowed; otherwise the run stops and names the command.

use std::process::{Command, Stdio};

use anyhow::{bail, ensure};

use crate::file;

/// A program that a step calls.
pub(crate) struct Prerequisite {
    pub name: &'static str,
    /// Succeeds where the program is there.
    pub probe: &'static [&'static str],
    pub remedy: Remedy,
}

pub(crate) enum Remedy {
    /// A package of Debian's.
    Apt(&'static str),
    /// A component of the toolchain.
    Rustup(&'static str),
    /// A program that cargo builds.
    Cargo(&'static str),
}

/// Sees to it that everything needed is there.
pub(crate) fn provide(prerequisites: &[Prerequisite]) -> anyhow::Result<()> {
    for prerequisite in prerequisites.iter().filter(|prerequisite| !succeeds(prerequisite.probe)) {
        install(prerequisite)?;
        ensure!(succeeds(prerequisite.probe), "{} is still missing after its installation", prerequisite.name);
    }
    Ok(())
}

fn install(prerequisite: &Prerequisite) -> anyhow::Result<()> {
    let commands: Vec<Vec<&str>> = match prerequisite.remedy {
        Remedy::Rustup(component) => vec![vec!["rustup", "component", "add", component]],
        Remedy::Cargo(program) => vec![vec!["cargo", "install", "--locked", program]],
        Remedy::Apt(package) => {
            let install = ["apt-get", "install", "--yes", "--no-install-recommends", package];
            match privilege() {
                Some(prefix) => vec![[prefix, &["apt-get", "update"]].concat(), [prefix, &install].concat()],
                None => bail!("{} is missing; run `sudo {}`", prerequisite.name, install.join(" ")),
            }
        }
    };
    for command in commands {
        let line = command.join(" ");
        file::print(format_args!("== {} is missing: {line}", prerequisite.name));
        ensure!(succeeds(&command), "{} is missing and could not be installed; run `{line}`", prerequisite.name);
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
        let probe: &[&str] = &["cargo", "--version"];
        provide(&[Prerequisite { name: "cargo", probe, remedy: Remedy::Cargo("no-such-program-of-ours") }]).unwrap();
    }
}
