//! Debian's compiler for browsers, for machines whose toolchain lacks a target and can get none. It is unpacked and never
//! installed: its packages conflict with those of the ordinary compiler. It has the sources of the standard library, so it builds
//! for other targets too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// The compiler, its libraries, and the sources of the standard library, which is built for the target.
const PACKAGES: [&str; 5] = ["rustc-web", "libstd-rust-web-1.96", "libstd-rust-web-dev", "libllvm22", "rust-web-src"];

/// The compiler in the folder that it was unpacked into.
pub(super) struct Compiler(PathBuf);

impl Compiler {
    /// Fetches and unpacks it, unless that was done.
    pub(super) fn unpacked(folder: &Path) -> anyhow::Result<Self> {
        let (packages, root) = (folder.join("packages"), folder.join("debian"));
        if root.join("usr/bin/rustc").is_file() {
            return Ok(Compiler(root));
        }
        fs::create_dir_all(&packages).with_context(|| format!("{} cannot be made", packages.display()))?;
        run(Command::new("apt-get").arg("download").args(PACKAGES).current_dir(&packages))?;
        // What was not unpacked to its end is not taken for the whole.
        let half = folder.join("debian.half");
        for entry in fs::read_dir(&packages)? {
            run(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(&half))?;
        }
        fs::rename(&half, &root).with_context(|| format!("{} cannot be renamed", half.display()))?;
        fs::remove_dir_all(&packages).with_context(|| format!("{} cannot be removed", packages.display()))?;
        Ok(Compiler(root))
    }

    /// Has cargo use it.
    pub(super) fn set(&self, command: &mut Command) {
        let Compiler(root) = self;
        command.arg("-Zbuild-std=std,panic_abort,test");
        command.env("RUSTC", root.join("usr/bin/rustc")).env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"));
        // The standard library can be built by an unstable option alone.
        command.env("RUSTC_BOOTSTRAP", "1");
    }
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{:?} cannot be started", command.get_program()))?;
    ensure!(status.success(), "{command:?} failed; run `apt-get update` first where lists of packages are old");
    Ok(())
}
