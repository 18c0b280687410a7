//! Small crates on disk with and without circles.

use std::fs;
use std::path::PathBuf;

use super::*;

/// A folder of sources that goes when the test ends.
struct Sources(PathBuf);

impl Sources {
    fn of(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("xtask-{}-imports-{name}", std::process::id()));
        for (file, text) in files {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn graph(&self) -> Graph {
        graph(&self.0).unwrap()
    }

    fn edges(&self) -> Vec<String> {
        let graph = self.graph();
        graph.iter().flat_map(|(from, to)| to.iter().map(move |to| format!("{from} -> {to}"))).collect()
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn imports_and_inline_paths_lead_to_the_file_of_the_definition() {
    let sources = Sources::of(
        "edges",
        &[
            ("lib.rs", "mod a; mod b; mod c; pub use b::inner::Thing;"),
            ("a.rs", "use crate::b::Thing; fn f() -> Thing { crate::c::make!(super::c::LIMIT) }"),
            ("b.rs", "pub mod inner; pub use inner::Thing; pub fn own() {}"),
            ("b/inner.rs", "pub struct Thing; fn g() { use super::own; own() }"),
            ("c.rs", "use crate::b; pub const LIMIT: u8 = 1; fn h() { b::own() } use std::fmt;"),
        ],
    );
    assert_eq!(
        sources.edges(),
        [
            "a.rs -> b/inner.rs",
            "a.rs -> c.rs",
            "b.rs -> b/inner.rs",
            "b/inner.rs -> b.rs",
            "c.rs -> b.rs",
            "lib.rs -> b/inner.rs"
        ]
    );
    assert_eq!(circles::of(&sources.graph()), [["b.rs", "b/inner.rs"]]);
}

#[test]
fn tests_and_module_declarations_make_no_dependency() {
    let sources = Sources::of(
        "tests",
        &[
            ("lib.rs", "mod a; pub fn root() {}"),
            ("a.rs", "mod deep; #[cfg(test)] mod tests { use crate::root; } #[cfg(test)] use crate::root;"),
            ("a/deep.rs", "fn f() { super::super::root() }"),
        ],
    );
    assert_eq!(sources.edges(), ["a/deep.rs -> lib.rs"]);
}

#[test]
fn a_circle_of_three_is_told_with_its_edges() {
    let sources = Sources::of(
        "three",
        &[
            ("main.rs", "mod a; mod b; mod c; fn main() { a::f() }"),
            ("a.rs", "pub fn f() { crate::b::g() }"),
            ("b.rs", "use crate::c as other; pub fn g() { other::h() }"),
            ("c.rs", "use crate::*; pub fn h() { self::k(); crate::a::f() } fn k() {}"),
        ],
    );
    let graph = sources.graph();
    let found = circles::of(&graph);
    assert_eq!(found, [["a.rs", "b.rs", "c.rs", "main.rs"]]);
    assert!(described(&graph, &found[0]).contains("  b.rs -> c.rs\n"));
}

#[test]
fn names_that_come_through_a_glob_belong_to_the_module_behind_it() {
    let sources = Sources::of(
        "globs",
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "mod list; pub use list::*; pub fn f() {}"),
            ("a/list.rs", "make! { Kind { A = 1 } } pub struct Plain;"),
            ("b.rs", "use crate::a::{Kind, Plain, f};"),
        ],
    );
    assert_eq!(sources.edges(), ["a.rs -> a/list.rs", "b.rs -> a.rs", "b.rs -> a/list.rs"]);
}
