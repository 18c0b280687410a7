//! The command of wasm-bindgen, which must have the version of the library that a page was built with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::succeed;
use crate::{file, toolchain};

/// The command in this version: one that is installed, else one that is built once and kept in a folder of the target.
pub(super) fn command(root: &Path, version: &str) -> anyhow::Result<PathBuf> {
    let folder = root.join("target/wasm/bindgen");
    let kept = folder.join("bin").join(format!("wasm-bindgen{}", std::env::consts::EXE_SUFFIX));
    for command in [PathBuf::from("wasm-bindgen"), kept.clone()] {
        if is_version(&command, version) {
            return Ok(command);
        }
    }
    let what = format!("wasm-bindgen {version}, once, into {}", folder.display());
    let mut install = Command::new(toolchain::cargo());
    // Not `--locked`: its lock file asks for crates that newer ones have replaced.
    install.args(["install", "wasm-bindgen-cli", "--version", version, "--force", "--root"]).arg(folder);
    file::timed(&what, || succeed(&mut install, "the command of wasm-bindgen could not be built"))?;
    Ok(kept)
}

fn is_version(command: &Path, version: &str) -> bool {
    let told = Command::new(command).arg("--version").output();
    told.is_ok_and(|told| String::from_utf8_lossy(&told.stdout).trim() == format!("wasm-bindgen {version}"))
}

/// The version of the library in the lock file of a package, which lies beside it or above.
pub(super) fn version(package: &Path) -> anyhow::Result<String> {
    let path = package.ancestors().map(|folder| folder.join("Cargo.lock")).find(|path| path.is_file());
    let path = path.with_context(|| format!("{} has no lock file", package.display()))?;
    let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    let locked = text.split("[[package]]").find_map(|package| {
        let value = |name: &str| {
            let mut lines = package.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
            lines.next().map(|value| value.trim_matches('"'))
        };
        (value("name") == Some("wasm-bindgen")).then(|| value("version"))?
    });
    locked.map(str::to_owned).with_context(|| format!("{} has no wasm-bindgen", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_the_version_of_the_workspace_so_that_one_command_does() {
        let root = file::root();
        let wanted = version(&root).unwrap();
        assert!(wanted.starts_with("0.2."), "{wanted}");
        for page in crate::wasm::pages::ALL {
            assert_eq!(version(&root.join(page.folder)).unwrap(), wanted, "{}", page.folder);
        }
    }
}
