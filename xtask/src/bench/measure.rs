//! Times one rustc: the crate is touched, its dependencies are built before.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use anyhow::{Context as _, ensure};

/// A crate that is built again and again.
pub(super) struct Target {
    pub manifest: PathBuf,
    pub package: String,
    /// The file whose change makes cargo build the crate, and nothing else, anew.
    pub entry: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Check,
    Debug,
    Release,
}

impl Mode {
    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Check => "check",
            Mode::Debug => "debug",
            Mode::Release => "release",
        }
    }

    fn arguments(self) -> &'static [&'static str] {
        match self {
            Mode::Check => &["check"],
            Mode::Debug => &["build"],
            Mode::Release => &["build", "--release"],
        }
    }
}

/// The median of several builds.
pub(super) struct Figures {
    pub seconds: f64,
    pub peak_mib: u64,
}

/// Builds the crates in turn, so that a slow minute of the machine slows all of them.
pub(super) fn in_turn<const N: usize>(
    targets: &[&Target; N],
    mode: Mode,
    runs: usize,
    folder: &Path,
) -> anyhow::Result<[Figures; N]> {
    for target in targets {
        build(target, mode, folder)?;
    }
    let mut samples: [Vec<(f64, u64)>; N] = std::array::from_fn(|_| Vec::new());
    for _ in 0..runs {
        for (target, samples) in targets.iter().zip(&mut samples) {
            touch(&target.entry)?;
            samples.push(build(target, mode, folder)?);
        }
    }
    Ok(samples.map(median))
}

fn median(mut samples: Vec<(f64, u64)>) -> Figures {
    let peak_mib = samples.iter().map(|(_, peak)| *peak).max().unwrap_or_default();
    samples.sort_by(|left, right| left.0.total_cmp(&right.0));
    Figures { seconds: samples.get(samples.len() / 2).map_or(0.0, |sample| sample.0), peak_mib }
}

fn touch(path: &Path) -> anyhow::Result<()> {
    let file = std::fs::File::options().append(true).open(path).with_context(|| path.display().to_string())?;
    file.set_modified(SystemTime::now()).with_context(|| path.display().to_string())
}

/// Seconds of the one rustc, and its largest memory in MiB.
fn build(target: &Target, mode: Mode, folder: &Path) -> anyhow::Result<(f64, u64)> {
    let note = folder.join(format!("{}-{}.note", target.package, mode.name()));
    let wrapper = wrapper(folder, &note)?;
    let mut command = Command::new(crate::toolchain::cargo());
    command.args(mode.arguments()).args(["--quiet", "--offline", "--package", &target.package, "--manifest-path"]);
    command.arg(&target.manifest).env("CARGO_TARGET_DIR", folder).env("CARGO_INCREMENTAL", "0");
    let Output { status, stderr, .. } =
        command.env("RUSTC_WORKSPACE_WRAPPER", wrapper).output().context("cargo cannot be started")?;
    ensure!(status.success(), "{} does not build:\n{}", target.package, String::from_utf8_lossy(&stderr));
    let text = std::fs::read_to_string(&note).with_context(|| note.display().to_string())?;
    let figures: Vec<f64> = text.split_whitespace().filter_map(|figure| figure.parse().ok()).collect();
    let [start, end, peak_kib] = figures.as_slice() else {
        anyhow::bail!("{}: {text:?} is not a note", note.display())
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size in MiB")]
    Ok((end - start, (peak_kib / 1024.0) as u64))
}

/// A script around rustc that notes its start, its end and its largest resident memory as the kernel counts it (`VmHWM`).
/// Cargo's own time, which grows with the workspace, stays out of the figures.
fn wrapper(folder: &Path, note: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let path = note.with_extension("sh");
    let script = format!(
        "#!/bin/sh\nstart=$(date +%s.%N)\n\"$@\" &\npid=$!\npeak=0\nwhile now=$(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' \
         /proc/$pid/status 2>/dev/null) && [ -n \"$now\" ]; do\n  peak=$now\n  sleep 0.05\ndone\nwait $pid\nstatus=$?\n\
         echo \"$start $(date +%s.%N) $peak\" > {}\nexit $status\n",
        note.display()
    );
    std::fs::write(&path, script).with_context(|| path.display().to_string())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(path)
}
