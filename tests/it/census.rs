//! Whether every promise, every fault and every fact has a test that carries its number: read from the sources, so that a number
//! cannot get lost with a file that is no longer declared or a test that is ignored. And whether docs/promises.md and docs/facts.md
//! name those tests and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemFn};

/// Letter of the promises, and how many it has.
const PROMISES: [(char, u32); 7] = [('a', 9), ('b', 13), ('c', 15), ('d', 6), ('e', 4), ('f', 8), ('g', 6)];

const FAULTS: u32 = 84;

/// Sections of the facts, and how many rows each has.
const FACTS: [(u32, u32); 2] = [(9, 30), (10, 20)];

/// Where tests may be.
const FOLDERS: [&str; 8] =
    ["src", "runtime/src", "tests", "core/src", "core/tests", "emulator/src", "emulator/tests", "xtask/src"];

/// The tests that run, and the functions with a number that do not.
#[derive(Default)]
struct Census {
    /// By their numbers: name and file of each.
    tests: BTreeMap<String, BTreeMap<String, String>>,
    idle: Vec<String>,
}

#[test]
fn every_promise_and_fault_has_a_test_with_its_number() {
    let census = Census::take();
    let wanted = numbers();
    assert_eq!(wanted.len(), 145);
    check(&census, &wanted, |number| !is_fact(number));
    assert!(census.idle.is_empty(), "these carry a number and do not run: {:?}", census.idle);
}

#[test]
fn every_fact_has_a_test_with_its_number() {
    let wanted = facts();
    assert_eq!(wanted.len(), 50);
    check(&Census::take(), &wanted, is_fact);
}

#[test]
fn docs_promises_names_every_promise_and_fault_with_its_tests() {
    compare("docs/promises.md", &numbers());
}

#[test]
fn docs_facts_names_every_fact_with_its_tests() {
    compare("docs/facts.md", &facts());
}

/// Fails unless exactly the wanted numbers of one kind have tests.
fn check(census: &Census, wanted: &BTreeSet<String>, is_of_kind: fn(&str) -> bool) {
    let missing: Vec<_> = wanted.iter().filter(|number| !census.tests.contains_key(*number)).collect();
    assert!(missing.is_empty(), "these have no test: {missing:?}");
    let of_kind = census.tests.keys().filter(|number| is_of_kind(number));
    let unknown: Vec<_> = of_kind.filter(|number| !wanted.contains(*number)).collect();
    assert!(unknown.is_empty(), "tests with numbers that do not exist: {unknown:?}");
}

/// Fails unless a document names the tests of these numbers and no others.
fn compare(document: &str, wanted: &BTreeSet<String>) {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(document)).unwrap();
    let differences = differences(&text, &Census::take(), wanted);
    assert!(differences.is_empty(), "{document} and the tests differ:\n{}", differences.join("\n"));
}

#[test]
fn every_difference_between_the_document_and_the_tests_is_named() {
    let mut census = Census::default();
    let tests = "#[test] fn a1_x() {} #[test] fn a1_y() {} #[test] fn fault_02_x() {} fn fault_02_idle() {}";
    census.items("here.rs", &syn::parse_str::<syn::File>(tests).unwrap().items);
    let wanted: BTreeSet<String> = ["a1", "fault_02"].map(String::from).into();
    let differing = |rows: &str| differences(rows, &census, &wanted);
    let whole =
        "| Row | Promise | Tests |\n|---|---|---|\n| A1 | x | `a1_x`, `a1_y` |\n| 2 | of `a1_z` | `fault_02_x` |\n";
    assert_eq!(differing(whole), Vec::<String>::new());
    for (from, to, difference) in [
        ("| A1 | x | `a1_x`, `a1_y` |\n", "", "A1: the document has no such row"),
        ("| 2 |", "| 3 |", "2: the document has no such row"),
        ("| 2 |", "| 3 |", "3: there is no such promise or fault"),
        ("| 2 |", "| A1 |", "A1: the document has two such rows"),
        ("`a1_x`, ", "", "A1: `a1_x` in here.rs is not listed"),
        ("`fault_02_x` |", "|", "2: no test is listed"),
        ("`fault_02_x` |", "|", "2: `fault_02_x` in here.rs is not listed"),
        (
            "`fault_02_x`",
            "`fault_02_idle`",
            "2: `fault_02_idle` is listed, and no test of this row that runs has that name",
        ),
        ("`fault_02_x`", "`a1_x`", "2: `a1_x` is listed, and no test of this row that runs has that name"),
        ("| of `a1_z` |", "|  |", "2: nothing tells what it is"),
    ] {
        let found = differing(&whole.replacen(from, to, 1));
        assert!(found.contains(&difference.to_owned()), "{difference}: {found:?}");
    }
}

#[test]
fn a_number_counts_only_on_a_test_that_runs() {
    let mut census = Census::default();
    let file = syn::parse_str::<syn::File>(
        "#[test] fn a1_x() {} #[tokio::test(flavor = \"multi_thread\")] async fn fault_02_x() {} fn b3_x() {}
         #[cfg(test)] mod tests { #[test] #[ignore] fn c4_x() {} #[test] fn d10_x() {} }
         #[test] #[cfg_attr(unix, ignore)] fn d5_x() {} #[test] #[cfg(windows)] fn d6_x() {}
         #[test] fn fact_9_12_x() {} #[test] fn fact_9_x() {} #[test] fn fact_10_() {} #[test] fn fact_9_12() {}
         #[test] fn a1() {} #[test] fn fault_2_x() {} #[test] fn h1_x() {} #[test] fn a_1_x() {} #[test] fn empty() {}",
    );
    census.items("here", &file.unwrap().items);
    assert_eq!(census.tests.keys().collect::<Vec<_>>(), ["a1", "d10", "fact_9_12", "fault_02"]);
    assert_eq!(census.idle.len(), 4, "{:?}", census.idle);
}

fn numbers() -> BTreeSet<String> {
    let promises =
        PROMISES.iter().flat_map(|(letter, last)| (1..=*last).map(move |number| format!("{letter}{number}")));
    promises.chain((1..=FAULTS).map(|number| format!("fault_{number:02}"))).collect()
}

fn facts() -> BTreeSet<String> {
    FACTS.iter().flat_map(|(section, last)| (1..=*last).map(move |row| format!("fact_{section}_{row}"))).collect()
}

fn is_fact(number: &str) -> bool {
    number.starts_with("fact_")
}

/// A number as the document writes it: `C2`, `57`, `9.12`.
fn row(number: &str) -> String {
    if let Some(fact) = number.strip_prefix("fact_") {
        return fact.replace('_', ".");
    }
    let digits = number.strip_prefix("fault_").map(|digits| digits.trim_start_matches('0'));
    digits.map_or_else(|| number.to_uppercase(), str::to_owned)
}

/// The cells of every row of a table whose first one is a row of the document: number, what it says, the tests that it names.
fn listed(text: &str) -> Vec<(String, String, BTreeSet<String>)> {
    let cells = |line: &str| {
        line.strip_prefix('|')?
            .strip_suffix('|')
            .map(|line| line.split('|').map(str::trim).map(String::from).collect::<Vec<_>>())
    };
    text.lines()
        .filter_map(cells)
        .filter(|cells| cells[0].ends_with(|last: char| last.is_ascii_digit()))
        .map(|cells| {
            let tests = cells.last().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
            (cells[0].clone(), cells[1..cells.len() - 1].concat(), tests)
        })
        .collect()
}

/// What the document lacks or has too much, a line each that begins with the row.
fn differences(text: &str, census: &Census, wanted: &BTreeSet<String>) -> Vec<String> {
    let listed = listed(text);
    let mut said = Vec::new();
    for number in wanted {
        let (row, none) = (row(number), BTreeMap::new());
        let tests = census.tests.get(number).unwrap_or(&none);
        let rows: Vec<_> = listed.iter().filter(|(first, ..)| *first == row).collect();
        match rows[..] {
            [] => said.push(format!("{row}: the document has no such row")),
            [_] => {}
            _ => said.push(format!("{row}: the document has two such rows")),
        }
        for (_, meaning, names) in rows {
            if meaning.is_empty() {
                said.push(format!("{row}: nothing tells what it is"));
            }
            if names.is_empty() {
                said.push(format!("{row}: no test is listed"));
            }
            let unknown = names.iter().filter(|name| !tests.contains_key(*name));
            said.extend(
                unknown
                    .map(|name| format!("{row}: `{name}` is listed, and no test of this row that runs has that name")),
            );
            let unlisted = tests.iter().filter(|(name, _)| !names.contains(*name));
            said.extend(unlisted.map(|(name, place)| format!("{row}: `{name}` in {place} is not listed")));
        }
    }
    let rows: BTreeSet<String> = wanted.iter().map(|number| row(number)).collect();
    let unknown = listed.iter().filter(|(first, ..)| !rows.contains(first));
    said.extend(unknown.map(|(first, ..)| format!("{first}: there is no such promise or fault")));
    said
}

/// The number that a function carries.
fn number(name: &str) -> Option<String> {
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(rest) = name.strip_prefix("fault_") {
        let (digits, _) = rest.split_once('_')?;
        return (is_number(digits) && digits.len() == 2).then(|| format!("fault_{digits}"));
    }
    if let Some(rest) = name.strip_prefix("fact_") {
        let mut parts = rest.splitn(3, '_');
        let (section, row, words) = (parts.next()?, parts.next()?, parts.next()?);
        let is_named = is_number(section) && is_number(row) && !words.is_empty();
        return is_named.then(|| format!("fact_{section}_{row}"));
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
            let place = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            census.items(&place, &syn::parse_file(&text).unwrap().items);
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
        if runs(function) {
            self.tests.entry(number).or_default().insert(name, place.to_owned());
        } else {
            self.idle.push(format!("{place}: {name}"));
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
