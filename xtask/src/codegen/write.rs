//! Brings the emitted files to disk, or says how what is there differs.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use similar::TextDiff;

use super::emit::Emitted;
use crate::file;

/// A folder that holds nothing but emitted files, and what belongs there.
pub struct Folder {
    pub path: PathBuf,
    pub files: Vec<Emitted>,
}

/// Writes what differs and deletes what was not emitted. Returns how many files changed.
pub fn write(folders: &[Folder]) -> anyhow::Result<usize> {
    let mut changed = 0;
    for folder in folders {
        for emitted in &folder.files {
            changed += usize::from(file::write_if_changed(&folder.path.join(&emitted.path), &emitted.content)?);
        }
        for orphan in orphans(folder)? {
            fs::remove_file(&orphan).with_context(|| format!("{} cannot be removed", orphan.display()))?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Writes nothing; fails with a diff if the files on disk are not those that would be written.
pub fn check(folders: &[Folder], repair: &str) -> anyhow::Result<()> {
    let mut stale = 0;
    for folder in folders {
        for emitted in &folder.files {
            let path = folder.path.join(&emitted.path);
            let current = fs::read_to_string(&path).unwrap_or_default();
            if current != emitted.content {
                stale += 1;
                print_diff(&path, &current, &emitted.content);
            }
        }
        for orphan in orphans(folder)? {
            stale += 1;
            file::print(format_args!("--- {}: is emitted no longer", orphan.display()));
        }
    }
    if stale > 0 {
        bail!("{stale} files are not what the documents say; run `{repair}`");
    }
    Ok(())
}

/// At most 60 lines a file: enough to see what changed.
fn print_diff(path: &Path, current: &str, wanted: &str) {
    let name = path.display().to_string();
    let diff = TextDiff::from_lines(current, wanted);
    let text = diff.unified_diff().context_radius(1).header(&name, &name).to_string();
    text.lines().take(60).for_each(|line| file::print(format_args!("{line}")));
}

fn orphans(folder: &Folder) -> anyhow::Result<Vec<PathBuf>> {
    let wanted: BTreeSet<PathBuf> = folder.files.iter().map(|emitted| folder.path.join(&emitted.path)).collect();
    Ok(file::tree(&folder.path)?.into_iter().filter(|path| !wanted.contains(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orphans_go_and_a_second_run_changes_nothing() {
        let path = std::env::temp_dir().join(format!("zeyos-write-{}", std::process::id()));
        fs::create_dir_all(path.join("old")).unwrap();
        fs::write(path.join("old/gone.rs"), "x").unwrap();
        let files = vec![Emitted { path: "src/a.rs".to_owned(), content: "a\n".to_owned() }];
        let folders = [Folder { path: path.clone(), files }];

        assert!(check(&folders, "repair").unwrap_err().to_string().starts_with("2 files"));
        assert_eq!(write(&folders).unwrap(), 2);
        assert_eq!(write(&folders).unwrap(), 0);
        check(&folders, "repair").unwrap();
        assert!(!path.join("old/gone.rs").exists());
        fs::remove_dir_all(path).unwrap();
    }
}
