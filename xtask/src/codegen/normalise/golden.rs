//! Golden documents of the rules: `testdata/normalise/RULE.yaml`, and beside it `RULE.out.yaml` with what becomes of it and
//! what was passed over. `UPDATE_GOLDEN=1 cargo test -p xtask golden` writes what differs.

use std::path::{Path, PathBuf};

use super::*;
use crate::codegen::load;
use crate::yaml::map;
use crate::{file, yaml};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/normalise")
}

/// What becomes of a document; the report stands below it.
fn outcome(path: &Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    let node = load::node(path).unwrap();
    match document(node, path, &Location::root(name), "pens") {
        Err(error) => format!("error: {error:#}\n"),
        Ok((node, report)) => {
            let lines: Vec<Node> = report.lines().iter().map(|line| line.to_string().into()).collect();
            yaml::write(&map([("document", node), ("report", Node::List(lines))])).unwrap()
        }
    }
}

#[test]
fn every_golden_document_of_a_rule_becomes_what_stands_beside_it() {
    let is_source = |path: &PathBuf| !path.to_str().unwrap().ends_with(".out.yaml");
    let sources: Vec<PathBuf> = file::list(&folder(), "yaml").unwrap().into_iter().filter(is_source).collect();
    assert!(sources.len() >= 15, "{} golden documents of rules", sources.len());
    let mut differing = Vec::new();
    for path in sources {
        let (text, expected) = (outcome(&path), path.with_extension("out.yaml"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            file::write_if_changed(&expected, &text).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != text {
            differing.push(format!("{} is not:\n{text}", expected.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nset UPDATE_GOLDEN=1 to write what differs", differing.join("\n"));
}
