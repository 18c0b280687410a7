//! `cargo xtask platforms`: a program that asks for no further platform pays for none. It looks at the files that the compiler has read
//! for a client without their features, and at the crates that they bring.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{ci, file, toolchain};

const FEATURES: &str = "access-tokens,auth-agent,cozy";

/// What has modules for platforms: the name of the library, and their folder.
const LIBRARIES: [(&str, &str); 2] = [("zeyos", "src/platforms/"), ("zeyos_generated", "generated/src/platforms/")];

pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    // As a step of ci before this one, so that nothing is built anew.
    let lint = ci::LINT_WITHOUT_PLATFORMS;
    let (cargo, clippy) = lint.split_at(lint.iter().position(|argument| *argument == "--").unwrap_or(lint.len()));
    let built = told(root, &[cargo, &["--message-format", "json"], clippy].concat())?;
    for (library, folder) in LIBRARIES {
        let all = file::tree(&root.join(folder))?;
        ensure!(!all.is_empty(), "{folder} has no file: this command looks at the wrong place");
        let list = file_list(&built, library).with_context(|| format!("cargo has not built {library}"))?;
        let read = sources(&file::read(&list)?);
        ensure!(read.iter().any(|path| path.ends_with("src/lib.rs")), "{} is not a list of sources", list.display());
        let paid: Vec<_> = read.iter().filter(|path| path.contains(folder)).collect();
        ensure!(paid.is_empty(), "without the features of platforms {library} is built with {paid:?}");
        file::print(format_args!("{library}: {} files, none of the {} in {folder}", read.len(), all.len()));
    }
    for others in ["ring", "rustls"] {
        let features = format!("{others},{FEATURES}");
        let (without, with) = (crates(root, others)?, crates(root, &features)?);
        let more: Vec<_> = with.difference(&without).collect();
        ensure!(more.is_empty(), "the features of platforms bring crates: {more:?}");
        file::print(format_args!("{} crates with the feature {others}, with and without platforms", without.len()));
    }
    Ok(())
}

/// Where the compiler has listed the sources of a library, by the messages of cargo.
fn file_list(messages: &str, library: &str) -> Option<PathBuf> {
    let artifacts = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut built = artifacts.filter(|message| {
        message["reason"] == "compiler-artifact"
            && message["target"]["name"].as_str().is_some_and(|name| name.replace('-', "_") == library)
    });
    let metadata = PathBuf::from(built.next()?["filenames"][0].as_str()?);
    let name = metadata.file_stem()?.to_str()?.strip_prefix("lib")?;
    Some(metadata.with_file_name(format!("{name}.d")))
}

/// The sources in such a list: a rule of `make`, whose first line has all of them.
fn sources(list: &str) -> Vec<String> {
    let rule = list.lines().next().and_then(|line| line.split_once(": ")).map_or("", |(_, sources)| sources);
    let spaced = rule.replace("\\ ", "\0");
    spaced.split(' ').filter(|path| !path.is_empty()).map(|path| path.replace('\0', " ").replace('\\', "/")).collect()
}

/// The crates of a program on `zeyos`.
fn crates(root: &Path, features: &str) -> anyhow::Result<BTreeSet<String>> {
    let tree = ["tree", "--package", "zeyos", "--edges", "normal,build", "--prefix", "none", "--locked"];
    let told = told(root, &[&tree[..], &["--no-default-features", "--features", features]].concat())?;
    Ok(told.lines().filter_map(|line| line.split(" (").next()).map(str::to_owned).collect())
}

fn told(root: &Path, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(toolchain::cargo()).args(arguments).current_dir(root).output();
    let output = output.context("cargo cannot be started")?;
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "cargo {} failed:\n{told}", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_platform_has_a_feature_of_its_name() {
        let modules = file::read(&file::root().join("src/platforms.rs")).unwrap();
        let features: Vec<String> = FEATURES.split(',').map(|feature| feature.replace('-', "_")).collect();
        let declared = modules.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        let declared: Vec<&str> = declared.collect();
        assert!(
            declared.len() >= 3 && declared.iter().all(|name| features.iter().any(|known| known == name)),
            "{declared:?}"
        );
    }

    #[test]
    fn the_list_of_a_library_is_found_in_what_cargo_says() {
        let message = |name: &str, file: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"filenames":["/t/deps/lib{file}.rmeta"]}}"#
            )
        };
        let told = ["no json".to_owned(), message("zeyos-generated", "zeyos_generated-1"), message("zeyos", "zeyos-2")];
        let told = told.join("\n");
        assert_eq!(file_list(&told, "zeyos"), Some(PathBuf::from("/t/deps/zeyos-2.d")));
        assert_eq!(file_list(&told, "zeyos_generated"), Some(PathBuf::from("/t/deps/zeyos_generated-1.d")));
        assert_eq!(file_list(&told, "other"), None);
    }

    #[test]
    fn sources_are_those_of_the_first_rule_with_their_blanks() {
        let list = "/t/deps/a.d: src/lib.rs src/my\\ own.rs src/platforms/cozy.rs\n\nsrc/lib.rs:\n";
        assert_eq!(sources(list), ["src/lib.rs", "src/my own.rs", "src/platforms/cozy.rs"]);
        assert!(sources("").is_empty());
    }
}
