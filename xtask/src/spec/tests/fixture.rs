//! A toy service in a temporary folder: what is published about a pencil case, and our document about it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::spec::import;
use crate::spec::report::Report;
use crate::yaml::Node;
use crate::{file, yaml};

/// The published document, the table reference, our document.
pub(super) const PUBLISHED: &str = "published/pens.json";
pub(super) const TABLES: &str = "published/tables.json";
pub(super) const OURS: &str = "spec/pens.yaml";

/// The property `name` of the one table, as a path of keys.
pub(super) fn property(name: &str) -> [&str; 5] {
    ["components", "schemas", "pens", "properties", name]
}

/// A copy of `testdata/import`, gone when it is dropped.
pub(super) struct Fixture(PathBuf);

impl Fixture {
    pub(super) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("zeyos-import-{}-{number}", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/import");
        for path in file::tree(&source).unwrap() {
            let copy = folder.join(path.strip_prefix(&source).unwrap());
            file::write_if_changed(&copy, &file::read(&path).unwrap()).unwrap();
        }
        Fixture(folder)
    }

    /// A fixture with one change.
    pub(super) fn with(name: &str, from: &str, to: &str) -> Self {
        Fixture::new().and(name, from, to)
    }

    /// Replaces the one place that says `from`.
    pub(super) fn and(self, name: &str, from: &str, to: &str) -> Self {
        let path = self.0.join(name);
        let text = file::read(&path).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {name}");
        self.write(name, &text.replace(from, to));
        self
    }

    pub(super) fn write(&self, name: &str, text: &str) {
        file::write_if_changed(&self.0.join(name), text).unwrap();
    }

    /// Imports and writes; the report comes back.
    pub(super) fn import(&self) -> Report {
        let (documents, report) = self.renewed().unwrap();
        for (path, text) in documents {
            file::write_if_changed(&path, &text).unwrap();
        }
        report
    }

    /// Why an import stops. Nothing may be written then.
    pub(super) fn refusal(&self) -> String {
        format!("{:#}", self.renewed().unwrap_err())
    }

    /// Our document as text.
    pub(super) fn ours(&self) -> String {
        file::read(&self.0.join(OURS)).unwrap()
    }

    /// A value of our document.
    pub(super) fn at(&self, path: &[&str]) -> Option<Node> {
        let document: Node = yaml::read(OURS, &self.ours()).unwrap();
        document.at(path).cloned()
    }

    fn renewed(&self) -> anyhow::Result<(Vec<(PathBuf, String)>, Report)> {
        import::renewed(&self.0.join("spec"), &self.0.join("published"))
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
