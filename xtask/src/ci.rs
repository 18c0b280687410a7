//! `cargo xtask ci`: everything that CI runs, in one order, from one place.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, ensure};

use crate::file;
use crate::prerequisites::{self, Prerequisite, Remedy};

/// A step: what it is called, the program, its arguments, and what is set in its environment.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

impl Step {
    /// Where it builds, if not where the other steps do.
    fn folder_of_its_own(&self) -> Option<&'static str> {
        let option = self.arguments.iter().position(|argument| *argument == "--target-dir")?;
        self.arguments.get(option + 1).copied()
    }
}

/// What the steps call.
const PREREQUISITES: [Prerequisite; 13] = [
    Prerequisite { name: "a C compiler", probe: &["cc", "--version"], remedy: Remedy::Apt("build-essential") },
    // The library of TLS that the feature `native-tls` takes on Linux.
    Prerequisite { name: "pkg-config", probe: &["pkg-config", "--version"], remedy: Remedy::Apt("pkg-config") },
    Prerequisite {
        name: "OpenSSL's headers",
        probe: &["pkg-config", "--exists", "openssl"],
        remedy: Remedy::Apt("libssl-dev"),
    },
    Prerequisite { name: "redis-server", probe: &["redis-server", "--version"], remedy: Remedy::Apt("redis-server") },
    Prerequisite { name: "dbus-run-session", probe: &["dbus-run-session", "--version"], remedy: Remedy::Apt("dbus") },
    Prerequisite {
        name: "gnome-keyring-daemon",
        probe: &["gnome-keyring-daemon", "--version"],
        remedy: Remedy::Apt("gnome-keyring"),
    },
    // The recipes of the emulator's README are run as they are printed.
    Prerequisite { name: "curl", probe: &["curl", "--version"], remedy: Remedy::Apt("curl") },
    Prerequisite { name: "node", probe: &["node", "--version"], remedy: Remedy::Apt("nodejs") },
    // The browser tests of `tests/it/browser` drive the one by the other.
    Prerequisite { name: "chromium", probe: &["chromium", "--version"], remedy: Remedy::Apt("chromium") },
    Prerequisite {
        name: "chromedriver",
        probe: &["chromedriver", "--version"],
        remedy: Remedy::Apt("chromium-driver"),
    },
    Prerequisite { name: "rustfmt", probe: &["cargo", "fmt", "--version"], remedy: Remedy::Rustup("rustfmt") },
    Prerequisite {
        name: "cargo-nextest",
        probe: &["cargo", "nextest", "--version"],
        remedy: Remedy::Cargo("cargo-nextest"),
    },
    Prerequisite { name: "clippy", probe: &["cargo", "clippy", "--version"], remedy: Remedy::Rustup("clippy") },
];

/// Lints a client without platforms; `cargo xtask platforms` then looks at what was built for it.
pub(crate) const LINT_WITHOUT_PLATFORMS: [&str; 10] =
    ["clippy", "-p", "zeyos", "--no-default-features", "--features", "rustls", "--locked", "--", "-D", "warnings"];

/// The workspace is built once to be tested, with all features; the default features and none are linted beside that.
const STEPS: [Step; 23] = [
    Step { name: "format", arguments: &["fmt", "--all", "--check"], environment: &[] },
    Step {
        name: "format of the fuzz targets",
        arguments: &["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"],
        environment: &[],
    },
    Step {
        name: "format of the package that forks",
        arguments: &["fmt", "--manifest-path", "tests/fork/Cargo.toml", "--check"],
        environment: &[],
    },
    Step {
        name: "format of the board",
        arguments: &["fmt", "--manifest-path", "examples/browser/Cargo.toml", "--check"],
        environment: &[],
    },
    Step {
        name: "format of the pages of tests",
        arguments: &["fmt", "--manifest-path", "tests/browser/Cargo.toml", "--all", "--check"],
        environment: &[],
    },
    Step {
        name: "clippy",
        arguments: &["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"],
        environment: &[],
    },
    Step {
        name: "clippy, default features",
        arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        environment: &[],
    },
    Step {
        name: "clippy, no features",
        arguments: &[
            "clippy",
            "-p",
            "zeyos",
            "--all-targets",
            "--no-default-features",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step { name: "clippy, TLS by the provider of the process", arguments: &LINT_WITHOUT_PLATFORMS, environment: &[] },
    Step {
        name: "clippy, TLS by the system",
        arguments: &[
            "clippy",
            "-p",
            "zeyos",
            "--no-default-features",
            "--features",
            "native-tls",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
        environment: &[],
    },
    Step { name: "no platform without its feature", arguments: &["xtask", "platforms"], environment: &[] },
    Step { name: "spec", arguments: &["xtask", "spec", "check"], environment: &[] },
    Step { name: "codegen", arguments: &["xtask", "codegen", "--check"], environment: &[] },
    Step { name: "imports", arguments: &["xtask", "imports"], environment: &[] },
    Step { name: "words", arguments: &["xtask", "words"], environment: &[] },
    Step {
        name: "docs",
        arguments: &["doc", "--workspace", "--no-deps", "--all-features", "--locked"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Step {
        name: "tests",
        // Without a choice of targets the examples are built as programs, which tests run. Each test is a process, so that the slow ones
        // of all packages run beside each other.
        // Many tests wait more than they compute: two at a time leave two cores idle.
        arguments: &[
            "nextest",
            "run",
            "--workspace",
            "--all-features",
            "--locked",
            "--no-fail-fast",
            "--test-threads",
            "4",
        ],
        // A snapshot that is not accepted is a failure here, never a new file.
        environment: &[("INSTA_UPDATE", "no"), ("INSTA_FORCE_PASS", "0")],
    },
    Step {
        name: "examples of the docs",
        arguments: &["test", "--workspace", "--all-features", "--locked", "--doc"],
        environment: &[],
    },
    Step {
        name: "example of another document",
        arguments: &[
            "run",
            "--manifest-path",
            "examples/kennel/Cargo.toml",
            "--locked",
            "--target-dir",
            "target/kennel",
        ],
        environment: &[("RUSTFLAGS", "-D warnings")],
    },
    Step {
        name: "calls of other documents",
        // What goes on the wire is checked against the documents by a reader that shares no rule with the generator.
        arguments: &["xtask", "corpus", "xtask/testdata/corpus", "kennel", "access", "parameters", "--wire"],
        environment: &[],
    },
    Step { name: "forks", arguments: &["xtask", "fork"], environment: &[] },
    Step { name: "browser", arguments: &["xtask", "wasm", "--test"], environment: &[] },
    Step {
        name: "tests of the client with a strict emulator",
        // Those that speak to the emulator, but for the leak scan, which speaks to servers of its own. It answers each guess in the way
        // that hurts a careless client most.
        arguments: &[
            "nextest",
            "run",
            "--workspace",
            "--all-features",
            "--locked",
            "--no-fail-fast",
            "--test-threads",
            "4",
            "--filterset",
            "package(zeyos) & binary(it) & test(/^(auth|browser|promises|faults::(bodies|cuts|limits|memory|requests))::/) - test(/^promises::leaks::/)",
        ],
        environment: &[("ZEYOS_EMULATOR_PROFILE", "strict"), ("INSTA_UPDATE", "no"), ("INSTA_FORCE_PASS", "0")],
    },
];

/// Runs all steps and stops at the first that fails.
pub(crate) fn run(root: &Path) -> anyhow::Result<()> {
    prerequisites::provide(&PREREQUISITES)?;
    for step in &STEPS {
        let start = Instant::now();
        file::print(format_args!("== {}: cargo {}", step.name, step.arguments.join(" ")));
        let mut command = Command::new(crate::toolchain::cargo());
        command.args(step.arguments).current_dir(root).envs(step.environment.iter().copied());
        // Nothing is built twice here, so what an incremental build keeps for the next one would only fill the disk.
        command.env("CARGO_INCREMENTAL", "0");
        let status = command.status().context("cargo cannot be started")?;
        ensure!(status.success(), "{} failed; run `cargo {}`", step.name, step.arguments.join(" "));
        if let Some(folder) = step.folder_of_its_own() {
            // Nothing after it looks there, and the disk of a small machine has to hold the rest too.
            let _ = std::fs::remove_dir_all(root.join(folder));
        }
        file::print(format_args!("== {}: {} s", step.name, start.elapsed().as_secs()));
    }
    file::print("== everything passed");
    Ok(())
}
