//! Whether every promise and every fault has a test that carries its number: read from the sources, so that a number cannot get
//! lost with a file that is no longer declared or a test that is ignored.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemFn};

/// Letter of the promises, and how many it has.
const PROMISES: [(char, u32); 7] = [('a', 9), ('b', 13), ('c', 15), ('d', 6), ('e', 4), ('f', 8), ('g', 6)];

const FAULTS: u32 = 84;

/// Numbers whose tests are still being written. It only shrinks: a number that has a test must not stand here.
const MISSING: [&str; 22] = [
    "fault_57", "fault_58", "fault_59", "fault_60", "fault_61", "fault_62", "fault_63", "fault_64", "fault_67",
    "fault_68", "fault_69", "fault_70", "fault_71", "fault_73", "fault_74", "fault_77", "fault_78", "fault_79",
    "fault_81", "fault_82", "fault_83", "fault_84",
];

/// Where tests may be.
const FOLDERS: [&str; 6] = ["src", "tests", "core/src", "core/tests", "emulator/src", "emulator/tests"];

/// The tests that run, and the functions with a number that do not.
#[derive(Default)]
struct Census {
    tests: BTreeMap<String, Vec<String>>,
    idle: Vec<String>,
}

#[test]
fn every_promise_and_fault_has_a_test_with_its_number() {
    let census = Census::take();
    let wanted = numbers();
    assert_eq!(wanted.len(), 145);
    let missing: BTreeSet<String> =
        wanted.iter().filter(|number| !census.tests.contains_key(*number)).cloned().collect();
    assert_eq!(missing, MISSING.map(String::from).into(), "left: no test; right: known to have none");
    let unknown: Vec<_> = census.tests.keys().filter(|number| !wanted.contains(*number)).collect();
    assert!(unknown.is_empty(), "tests with numbers that do not exist: {unknown:?}");
    assert!(census.idle.is_empty(), "these carry a number and do not run: {:?}", census.idle);
}

#[test]
fn a_number_counts_only_on_a_test_that_runs() {
    let mut census = Census::default();
    let file = syn::parse_str::<syn::File>(
        "#[test] fn a1_x() {} #[tokio::test(flavor = \"multi_thread\")] async fn fault_02_x() {} fn b3_x() {}
         #[cfg(test)] mod tests { #[test] #[ignore] fn c4_x() {} #[test] fn d10_x() {} }
         #[test] #[cfg_attr(unix, ignore)] fn d5_x() {} #[test] #[cfg(windows)] fn d6_x() {}
         #[test] fn a1() {} #[test] fn fault_2_x() {} #[test] fn h1_x() {} #[test] fn a_1_x() {} #[test] fn empty() {}",
    );
    census.items("here", &file.unwrap().items);
    assert_eq!(census.tests.keys().collect::<Vec<_>>(), ["a1", "d10", "fault_02"]);
    assert_eq!(census.idle.len(), 4, "{:?}", census.idle);
}

fn numbers() -> BTreeSet<String> {
    let promises =
        PROMISES.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")));
    promises.chain((1..=FAULTS).map(|number| format!("fault_{number:02}"))).collect()
}

/// The number that a function carries.
fn number(name: &str) -> Option<String> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(rest) = name.strip_prefix("fault_") {
        let (digits, _) = rest.split_once('_')?;
        return (is_number(digits) && digits.len() == 2).then(|| format!("fault_{digits}"));
    }
    let (head, _) = name.split_once('_')?;
    let letter = head.chars().next().filter(|letter| ('a'..='g').contains(letter))?;
    is_number(&head[letter.len_utf8()..]).then(|| head.to_owned())
}

fn is(attribute: &Attribute, name: &str) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == name)
}

/// Whether a test stands here that every platform with a file system like ours runs.
fn runs(function: &ItemFn) -> bool {
    let is_test = function.attrs.iter().any(|attribute| is(attribute, "test"));
    let may_idle = function.attrs.iter().any(|attribute| match &attribute.meta {
        _ if is(attribute, "ignore") => true,
        syn::Meta::List(list) if is(attribute, "cfg_attr") => list.tokens.to_string().contains("ignore"),
        syn::Meta::List(list) if is(attribute, "cfg") => list.tokens.to_string() != "unix",
        _ => false,
    });
    is_test && !may_idle
}

impl Census {
    fn take() -> Self {
        let mut census = Census::default();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files: Vec<PathBuf> = FOLDERS.iter().flat_map(|folder| sources(&root.join(folder))).collect();
        assert!(files.len() > 200, "only {} files", files.len());
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            census.items(&path.display().to_string(), &syn::parse_file(&text).unwrap().items);
        }
        census
    }

    fn items(&mut self, place: &str, items: &[Item]) {
        for item in items {
            match item {
                Item::Fn(function) => self.function(place, function),
                Item::Mod(module) => self.items(place, module.content.as_ref().map_or(&[], |(_, items)| items)),
                _ => {}
            }
        }
    }

    fn function(&mut self, place: &str, function: &ItemFn) {
        let name = function.sig.ident.to_string();
        let Some(number) = number(&name) else { return };
        let line = format!("{place}: {name}");
        if runs(function) {
            self.tests.entry(number).or_default().push(line);
        } else {
            self.idle.push(line);
        }
    }
}

/// All source files below a folder, if there is one.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .filter(|path| is_source(path))
        .collect()
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "rs")
}
