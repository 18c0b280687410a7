//! docs/platforms.md says of every number which tests hold it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The tests with a number in their names, by that number.
fn numbered(folder: &Path, module: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_stem().unwrap().to_str().unwrap();
        let module = if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") };
        if entry.is_dir() {
            numbered(&entry, &module, found);
            continue;
        }
        let text = std::fs::read_to_string(&entry).unwrap();
        for test in text.split("fn p_").skip(1) {
            let test = test.split('(').next().unwrap();
            let number = test.split('_').next().unwrap().to_uppercase();
            found.entry(number).or_default().insert(format!("{module}::p_{test}"));
        }
    }
}

#[test]
fn every_number_has_a_row_with_its_tests() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = BTreeMap::new();
    numbered(&root.join("tests/it/platforms"), "", &mut tests);
    tests.retain(|number, _| number.len() > 1 && number[1..].bytes().all(|byte| byte.is_ascii_digit()));
    let wanted: BTreeSet<String> = [("C", 20), ("A", 21), ("G", 22)]
        .into_iter()
        .flat_map(|(letter, last)| (1..=last).map(move |number| format!("{letter}{number}")))
        .collect();
    assert_eq!(tests.keys().cloned().collect::<BTreeSet<_>>(), wanted);
    let page = std::fs::read_to_string(root.join("docs/platforms.md")).unwrap();
    for (number, names) in &tests {
        let row = page.lines().find(|line| line.starts_with(&format!("| {number} |")));
        let row = row.unwrap_or_else(|| panic!("{number} has no row"));
        let named: BTreeSet<String> = row.split('`').filter(|text| text.contains("::p_")).map(str::to_owned).collect();
        assert_eq!(&named, names, "{number}");
    }
}
