//! The public surface of the emitted services as snapshots, one a resource and one a service: what a change of the documents
//! changes for users. Read from `generated/` with syn, so that it shows what is there and not what the generator meant.

mod read;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use read::Surface;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Name and text of every snapshot.
fn surfaces() -> Vec<(String, String)> {
    let base = root().join("generated/src/zeyos");
    let mut found = Vec::new();
    for service in ["auth", "oauth2", "rest"] {
        let parts = [
            format!("{service}.rs"),
            format!("{service}/types.rs"),
            format!("{service}/schemes.rs"),
            format!("{service}/issuers.rs"),
        ];
        let mut files: Vec<PathBuf> = parts.iter().map(|part| base.join(part)).collect();
        files.retain(|path| path.exists());
        found.push((service.to_owned(), Surface::of(&files).to_string()));
    }
    for module in modules(&base.join("rest")) {
        let folder = base.join("rest").join(&module);
        let mut files = vec![folder.with_extension("rs")];
        files.extend(std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()));
        files.sort();
        found.push((format!("rest_{module}"), Surface::of(&files).to_string()));
    }
    found
}

fn modules(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let stems = files
        .filter(|path: &PathBuf| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let mut stems: Vec<String> = stems.filter(|stem| stem != "types" && stem != "schemes").collect();
    stems.sort();
    stems
}

#[test]
fn the_public_surface_is_the_accepted_one() {
    let surfaces = surfaces();
    assert_eq!(surfaces.len(), 67, "64 resources and 3 services");
    for (name, text) in &surfaces {
        insta::assert_snapshot!(name.as_str(), text);
    }
}

#[test]
fn every_accepted_surface_belongs_to_a_resource_or_service() {
    let wanted: BTreeSet<String> =
        surfaces().into_iter().map(|(name, _)| format!("it__surface__{name}.snap")).collect();
    let folder = root().join("tests/it/snapshots");
    let accepted = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let accepted: BTreeSet<String> = accepted.filter(|name| name.starts_with("it__surface__")).collect();
    assert_eq!(accepted, wanted);
}
