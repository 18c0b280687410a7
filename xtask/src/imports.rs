//! `cargo xtask imports`: the files of a crate that import each other in circles, and rooms that depend on rooms above them.
//!
//! The rule: a file depends on the file in which a name that it uses is defined. Names are found in `use` declarations and in
//! paths written inline, macros included; a re-export counts as the file that it leads to. What is compiled only for tests does
//! not count, nor does a `mod` declaration: a parent may hold children that know it.

mod circles;
mod module;
mod resolve;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::ensure;

use crate::file;

/// The crates that are free of circles and stay so, by their folder.
const FREE: [&str; 1] = ["emulator/src"];

/// The runtime from the ground up.
const RUNTIME: rooms::Plan = rooms::Plan {
    folder: "runtime/src",
    rooms: &[
        "dependencies",
        "bits",
        "plain_path",
        "page",
        "build_error",
        "token_set",
        "clock",
        "runtime",
        "chance",
        "event",
        "retry",
        "scrub",
        "transport",
        "tower",
        "cassette",
        "faults",
        "store",
        "shared",
        "request",
        "observe",
        "auth",
        "oauth2",
        "blocking",
        "client",
        "fuzzing",
        "lib",
    ],
    // Macros for emitted crates name what those see: the root of the crate.
    back: &[("client", "lib")],
};

/// Which file depends on which, by name below the folder of the sources.
pub(crate) type Graph = BTreeMap<String, BTreeSet<String>>;

/// Fails with the circles of the crates that must have none, and with arrows of the runtime that run back.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    for folder in FREE {
        let graph = graph(&root.join(folder))?;
        let found = circles::of(&graph);
        let listed: Vec<String> = found.iter().map(|circle| described(&graph, circle)).collect();
        ensure!(found.is_empty(), "files of {folder} import each other in circles:\n{}", listed.join("\n"));
        file::print(format_args!("{folder}: {} files, no circle", graph.len()));
    }
    let graph = graph(&root.join(RUNTIME.folder))?;
    let wrong = rooms::wrong(&graph, &RUNTIME);
    ensure!(wrong.is_empty(), "rooms of {} depend on rooms above them:\n{}", RUNTIME.folder, wrong.join("\n"));
    let (rooms, back) = (RUNTIME.rooms.len(), RUNTIME.back.len());
    file::print(format_args!("{}: {rooms} rooms, {back} arrows run back", RUNTIME.folder));
    Ok(())
}

/// The dependencies of all files of a crate, the library and the program together.
fn graph(folder: &Path) -> anyhow::Result<Graph> {
    let mut graph = Graph::new();
    for root in ["lib.rs", "main.rs"] {
        if folder.join(root).exists() {
            let modules = module::tree(folder, root)?;
            graph.extend(modules.values().map(|module| (module.file.clone(), resolve::files(&modules, module))));
        }
    }
    Ok(graph)
}

/// The files of a circle, each with those of the circle that it depends on.
fn described(graph: &Graph, circle: &[String]) -> String {
    let line = |file: &String| {
        let within: Vec<&str> = graph[file].iter().filter(|to| circle.contains(to)).map(String::as_str).collect();
        format!("  {file} -> {}", within.join(", "))
    };
    circle.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
