//! A compiler for another system than that of this machine: the toolchain in use where it has the target or rustup can add it, else
//! Debian's.

mod debian;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::file;

/// The packages that users build.
pub(crate) const CLIENT: [&str; 4] = ["zeyos-core", "zeyos-generated", "zeyos-runtime", "zeyos"];

/// A compiler for one target.
pub(crate) struct Toolchain {
    target: &'static str,
    /// Where it builds.
    folder: PathBuf,
    /// Debian's, unpacked into a folder; without it the one in use.
    debian: Option<debian::Compiler>,
}

impl Toolchain {
    /// A compiler for the target, fetched where there is none.
    pub(crate) fn found(root: &Path, target: &'static str) -> anyhow::Result<Self> {
        let add = ["target", "add", target];
        if has_target(target) || succeeds(Command::new("rustup").args(add)) && has_target(target) {
            // One folder with the workspace, so that what both need for this machine is built once.
            return Ok(Toolchain { target, folder: root.join("target"), debian: None });
        }
        file::print(format_args!("== rustup has no {target}"));
        Toolchain::unpacked(root, target)
    }

    /// Debian's compiler for the target, whatever else there is.
    pub(crate) fn unpacked(root: &Path, target: &'static str) -> anyhow::Result<Self> {
        let folder = root.join("target/wasm");
        file::print(format_args!("== Debian's compiler is unpacked into {}", folder.display()));
        let compiler = debian::Compiler::unpacked(&folder).with_context(|| {
            format!(
                "there is no compiler for {target}; run `rustup target add {target}`, or this on Debian (tried: {})",
                debian::TRIED
            )
        })?;
        Ok(Toolchain { target, folder: folder.join("build"), debian: Some(compiler) })
    }

    /// A cargo command for the target. What is checked or built lets no warning pass: by one flag for both, as another would build all
    /// of it anew. Tests are built as users build.
    pub(crate) fn cargo(&self, task: &str) -> Command {
        let mut command = Command::new(cargo());
        command.args([task, "--target", self.target, "--target-dir"]).arg(&self.folder);
        if task != "test" {
            command.env(self.variable("RUSTFLAGS"), "-D warnings");
        }
        if let Some(compiler) = &self.debian {
            compiler.set(&mut command);
        }
        command
    }

    /// Whether it has clippy: Debian's is for the ordinary compiler alone.
    pub(crate) fn has_clippy(&self) -> bool {
        self.debian.is_none()
    }

    /// The name of a variable that cargo reads for this target alone.
    pub(crate) fn variable(&self, what: &str) -> String {
        format!("CARGO_TARGET_{}_{what}", self.target.replace('-', "_").to_uppercase())
    }

    /// Where what was built lies.
    pub(crate) fn built(&self, profile: &str) -> PathBuf {
        self.folder.join(self.target).join(profile)
    }
}

pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether the compiler in use has the standard library of the target.
fn has_target(target: &str) -> bool {
    let printed = Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    printed.is_ok_and(|printed| {
        let folder = String::from_utf8_lossy(&printed.stdout).trim().to_owned();
        printed.status.success() && Path::new(&folder).is_dir()
    })
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
