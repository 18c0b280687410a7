//! Debian's compiler for browsers, for machines whose toolchain lacks a target and can get none. It is unpacked and never
//! installed: its packages conflict with those of the ordinary compiler. It has the sources of the standard library, so it builds
//! for other targets too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The release that it was tried on.
pub(super) const TRIED: &str = "Debian 12 with its security updates";

/// The compiler, and the sources of the standard library, which is built for the target. The names of the libraries below have their
/// versions, which each update changes: they are asked for.
const WANTED: [&str; 2] = ["rustc-web", "rust-web-src"];

/// The compiler in the folder that it was unpacked into.
pub(super) struct Compiler {
    root: PathBuf,
    /// The libraries of this machine's architecture within.
    libraries: PathBuf,
}

impl Compiler {
    /// Fetches and unpacks it, unless that was done.
    pub(super) fn unpacked(folder: &Path) -> anyhow::Result<Self> {
        let root = folder.join("debian");
        if !root.join("usr/bin/rustc").is_file() {
            fetch(folder, &root)?;
        }
        let libraries = root.join("usr/lib").join(multiarch()?);
        ensure!(libraries.is_dir(), "{} is not there; remove {}", libraries.display(), root.display());
        Ok(Compiler { root, libraries })
    }

    /// Has cargo use it.
    pub(super) fn set(&self, command: &mut Command) {
        command.arg("-Zbuild-std=std,panic_abort,test");
        command.env("RUSTC", self.root.join("usr/bin/rustc")).env("LD_LIBRARY_PATH", &self.libraries);
        // The standard library can be built by an unstable option alone.
        command.env("RUSTC_BOOTSTRAP", "1");
    }
}

fn fetch(folder: &Path, root: &Path) -> anyhow::Result<()> {
    // What was not unpacked to its end is not taken for the whole.
    let (packages, half) = (folder.join("packages"), folder.join("debian.half"));
    // A try that was broken off may be of another day, and so of other versions.
    for left in [&packages, &half, root] {
        if left.exists() {
            fs::remove_dir_all(left).with_context(|| format!("{} cannot be removed", left.display()))?;
        }
    }
    fs::create_dir_all(&packages).with_context(|| format!("{} cannot be made", packages.display()))?;
    run(Command::new("apt-get").arg("download").args(names()?).current_dir(&packages))?;
    for entry in fs::read_dir(&packages)? {
        run(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(&half))?;
    }
    fs::rename(&half, root).with_context(|| format!("{} cannot be renamed", half.display()))?;
    fs::remove_dir_all(&packages).with_context(|| format!("{} cannot be removed", packages.display()))
}

/// The packages that are wanted, and the libraries below them that this machine lacks.
fn names() -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = WANTED.map(str::to_owned).into();
    let mut seen = 0;
    while let Some(name) = names.get(seen) {
        let told = told(Command::new("apt-cache").args(["depends", name]).env("LC_ALL", "C"))?;
        seen += 1;
        for library in libraries(&told) {
            if !names.iter().any(|name| name == library) && !is_installed(library) {
                names.push(library.to_owned());
            }
        }
    }
    Ok(names)
}

/// The libraries that `apt-cache depends` says a package cannot do without.
fn libraries(told: &str) -> impl Iterator<Item = &str> {
    let needed = told.lines().filter_map(|line| line.trim_start().strip_prefix("Depends: "));
    needed.filter(|name| name.starts_with("lib"))
}

fn is_installed(package: &str) -> bool {
    let told = told(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
    told.is_ok_and(|status| status == "installed")
}

/// What Debian calls the architecture of this machine in the names of folders.
fn multiarch() -> anyhow::Result<String> {
    let told = told(Command::new("cc").arg("-print-multiarch"))?;
    let name = told.trim();
    ensure!(!name.is_empty(), "cc has no name for the folder of libraries; run `apt-get install gcc`");
    Ok(name.to_owned())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    ensure!(status.success(), "{command:?} failed; run `apt-get update` first where lists of packages are old");
    Ok(())
}

/// What a command prints.
fn told(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    ensure!(output.status.success(), "{command:?} failed; run `apt-get update` first where lists of packages are old");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_taken_in_the_version_that_the_compiler_of_the_day_needs() {
        let told = "rustc-web\n  Depends: libc6\n |Depends: gcc\n  Depends: <libc-dev>\n    libc6-dev\n  Depends: libstd-rust-web-dev\n  \
                    Conflicts: rustc\n  Breaks: libstd-rust-dev\n  Recommends: cargo-web\n  Replaces: libstd-rust-dev\n";
        assert_eq!(libraries(told).collect::<Vec<_>>(), ["libc6", "libstd-rust-web-dev"]);
        let told = "libstd-rust-web-1.96\n  Depends: libc6\n  Depends: libllvm22\n";
        assert_eq!(libraries(told).collect::<Vec<_>>(), ["libc6", "libllvm22"]);
    }
}
