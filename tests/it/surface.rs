//! The public surface as snapshots: of the emitted services, one a resource and one a service, and of each hand-written package. It
//! is what a change changes for users, read from the sources with syn, so that it shows what is there and not what was meant.

mod read;
mod written;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use read::Surface;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files beside those of resources.
const SHARED: [&str; 6] = ["types", "texts", "references", "schemes", "issuers", "servers"];

/// The files of a service.
fn service(folder: &Path, module: &str) -> Vec<PathBuf> {
    let parts = SHARED.map(|part| format!("{{}}/{part}.rs"));
    let parts = ["{}.rs".to_owned()].into_iter().chain(parts);
    let mut files: Vec<PathBuf> = parts.map(|part| folder.join(part.replace("{}", module))).collect();
    files.retain(|path| path.exists());
    files
}

/// Name and text of every snapshot.
fn surfaces() -> Vec<(String, String)> {
    let base = root().join("generated/src/zeyos");
    let mut found = Vec::new();
    for service in ["auth", "oauth2", "rest"] {
        found.push((service.to_owned(), Surface::of(&self::service(&base, service)).to_string()));
    }
    for module in modules(&base.join("rest")) {
        let folder = base.join("rest").join(&module);
        let mut files = vec![folder.with_extension("rs")];
        files.extend(std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()));
        files.sort();
        found.push((format!("rest_{module}"), Surface::of(&files).to_string()));
    }
    for module in modules(&root().join("generated/src/platforms")) {
        found.push((
            format!("platform_{module}"),
            Surface::of(&service(&root().join("generated/src/platforms"), &module)).to_string(),
        ));
    }
    for (package, sources) in WRITTEN {
        found.push((format!("package_{package}"), written::package(&root().join(sources))));
    }
    found
}

/// The hand-written packages of the client.
const WRITTEN: [(&str, &str); 3] = [("core", "core/src"), ("runtime", "runtime/src"), ("zeyos", "src")];

fn modules(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let stems = files
        .filter(|path: &PathBuf| path.is_file())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let mut stems: Vec<String> = stems.filter(|stem| !SHARED.contains(&stem.as_str())).collect();
    stems.sort();
    stems
}

#[test]
fn the_public_surface_is_the_accepted_one() {
    let surfaces = surfaces();
    assert_eq!(surfaces.len(), 74, "64 resources, 3 services, 4 of platforms and 3 packages");
    for (name, text) in &surfaces {
        insta::assert_snapshot!(name.as_str(), text);
    }
}

#[test]
fn the_surface_of_a_package_shows_every_kind_of_item() {
    let core = written::package(&root().join("core/src"));
    for line in [
        "struct Call<T, K",
        "Call<T, K>::fn dry_run(self) -> Result<DryRun, Error>",
        "trait Dispatch: MaybeSend + MaybeSync",
        "Dispatch::fn decoding(&self) -> Decoding { .. }",
        "enum Safety = Read | Idempotent",
        "type BoxFuture<T> =",
        "use query::Column",
        "macro projection!",
        "impl Dispatcher for Arc<dyn Dispatch>",
        "DryRun.url: String",
    ] {
        assert!(core.lines().any(|shown| shown.trim_start().starts_with(line)), "{line} is not in\n{core}");
    }
    for private in ["fn map_request", "struct MapErr", "macro reads_json"] {
        assert!(!core.contains(private), "{private}");
    }
}

#[test]
fn every_accepted_surface_belongs_to_a_resource_service_or_package() {
    let wanted: BTreeSet<String> =
        surfaces().into_iter().map(|(name, _)| format!("it__surface__{name}.snap")).collect();
    let folder = root().join("tests/it/snapshots");
    let accepted = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let accepted: BTreeSet<String> = accepted.filter(|name| name.starts_with("it__surface__")).collect();
    assert_eq!(accepted, wanted);
}

#[test]
fn the_index_by_area_has_every_record_once() {
    let index = include_str!("../../src/areas.md");
    let (mut listed, mut records) = (Vec::new(), Vec::new());
    for cell in index.split("](rest::").skip(1) {
        listed.push(cell.split(')').next().unwrap());
    }
    let documents = crate::emitted::documents::records();
    records.extend(documents.iter().map(|record| record.name));
    // The sentence below the table.
    listed.retain(|name| *name != "Api");
    listed.sort_unstable();
    records.sort_unstable();
    assert_eq!(listed, records);
}
