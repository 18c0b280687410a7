//! `cargo xtask codegen` as a command, on a folder of its own: what it writes, what `--check` says, how it exits.

use std::fs;

use workspace::{Files, Workspace, text};

#[cfg(test)]
mod workspace {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::process::{Command, Output};
    use std::time::SystemTime;

    /// Every file with its content and the time of its last change.
    pub(crate) type Files = BTreeMap<PathBuf, (String, SystemTime)>;

    /// A workspace with one small document.
    pub(crate) struct Workspace(pub PathBuf);

    impl Workspace {
        pub(crate) fn new(name: &str) -> Self {
            let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            let _ = fs::remove_dir_all(&root);
            fs::create_dir_all(root.join("spec/platforms")).unwrap();
            let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/codegen/tables-of-the-emulator.yaml");
            fs::copy(document, root.join("spec/register.yaml")).unwrap();
            let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kennel/kennel.yaml");
            fs::create_dir_all(root.join("examples/kennel")).unwrap();
            fs::copy(example, root.join("examples/kennel/kennel.yaml")).unwrap();
            Workspace(root)
        }

        pub(crate) fn codegen(&self, arguments: &[&str]) -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
            command.env("XTASK_ROOT", &self.0).arg("codegen").args(arguments).output().unwrap()
        }

        pub(crate) fn files(&self) -> Files {
            let mut files = BTreeMap::new();
            let mut folders = vec![self.0.clone()];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                    } else {
                        let changed = fs::metadata(&path).unwrap().modified().unwrap();
                        files.insert(path.clone(), (fs::read_to_string(&path).unwrap(), changed));
                    }
                }
            }
            files
        }
    }

    pub(crate) fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }
}

#[test]
fn a_second_run_touches_no_file() {
    let workspace = Workspace::new("second-run");
    let before = workspace.files().len();
    let first = workspace.codegen(&[]);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let written = workspace.files();
    let said = format!("register: 1 operations\n{} files changed\n", written.len() - before);
    assert!(text(&first.stdout).ends_with(&said), "{}", text(&first.stdout));

    let second = workspace.codegen(&[]);
    assert!(text(&second.stdout).ends_with("\n0 files changed\n"), "{}", text(&second.stdout));
    assert_eq!(workspace.files(), written);
    assert_eq!(workspace.codegen(&["--check"]).status.code(), Some(0));
}

#[test]
fn a_check_prints_a_diff_and_the_command_that_repairs_and_writes_nothing() {
    let workspace = Workspace::new("check");
    workspace.codegen(&[]);
    let root = workspace.0.join("generated");
    let (edited, missing, orphan) = (root.join("src/lib.rs"), root.join("Cargo.toml"), root.join("src/old.rs"));
    let wanted = fs::read_to_string(&edited).unwrap();
    fs::write(&edited, wanted.replace("Books what is lent.", "Edited by hand.")).unwrap();
    fs::remove_file(&missing).unwrap();
    fs::write(&orphan, "").unwrap();
    let before = workspace.files();

    let check = workspace.codegen(&["--check"]);
    assert_eq!(check.status.code(), Some(1));
    let said = text(&check.stdout);
    for line in ["-/// Edited by hand.", "+/// Books what is lent.", "+[package]", "old.rs: is emitted no longer"] {
        assert!(said.lines().any(|printed| printed.ends_with(line)), "{line:?} is not in\n{said}");
    }
    let error = "error: 3 files are not what the documents say; run `cargo xtask codegen`\n";
    assert_eq!(text(&check.stderr), error);
    assert_eq!(workspace.files(), before);

    assert!(workspace.codegen(&[]).status.success());
    assert_eq!(workspace.codegen(&["--check"]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&edited).unwrap(), wanted);
    assert!(missing.exists() && !orphan.exists());
}

#[test]
fn a_refusal_is_printed_and_nothing_is_written() {
    let workspace = Workspace::new("refusal");
    workspace.codegen(&[]);
    let before = workspace.files();
    let document = workspace.0.join("spec/register.yaml");
    let broken = fs::read_to_string(&document).unwrap().replace("x-verb: delete", "x-verb: burn");
    fs::write(&document, broken).unwrap();

    let run = workspace.codegen(&[]);
    assert_eq!(run.status.code(), Some(1));
    let place = "error: register.yaml#/paths/~1loans~1{id}/delete (operation deleteLoan): ";
    assert!(text(&run.stderr).starts_with(place), "{}", text(&run.stderr));
    let emitted = |files: Files| -> Files {
        files.into_iter().filter(|(path, _)| !path.starts_with(workspace.0.join("spec"))).collect()
    };
    assert_eq!(emitted(workspace.files()), emitted(before));
}
