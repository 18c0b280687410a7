//! The imports of an emitted file: each name that it uses and does not declare, from where it is. Nothing more is imported than that,
//! so a name that only its documentation links to is written there with its path.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use anyhow::Context as _;
use proc_macro2::TokenStream;
use quote::quote;

use super::names::Names;
use super::{RUNTIME, docs, ident};
use crate::codegen::format::{self, Fragment};

/// Names that can be imported, and the module that they are in.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub path: String,
    pub names: BTreeSet<String>,
    pub has_macros: bool,
}

impl Source {
    pub(super) fn new(path: &str, names: impl IntoIterator<Item = String>) -> Self {
        Source { path: path.to_owned(), names: names.into_iter().collect(), has_macros: false }
    }
}

/// What the core has for emitted files, as it says itself.
pub(super) static CORE: LazyLock<Source> = LazyLock::new(|| {
    let text = include_str!("../../../../core/src/emitted.rs");
    let names = Names::of(&[Fragment::Text(text.to_owned())]).map(|names| names.public).unwrap_or_default();
    Source { path: format!("{RUNTIME}::emitted"), names, has_macros: true }
});

/// A file's own names, and where it gets the others.
pub(super) struct Imports {
    own: Names,
    imported: BTreeMap<String, BTreeSet<String>>,
}

impl Imports {
    /// The first source that has a name gives it.
    pub(super) fn of(fragments: &[Fragment], sources: &[&Source]) -> anyhow::Result<Self> {
        let own = Names::of(fragments)?;
        let mut imported: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |name: &String, source: Option<&Source>| {
            if let Some(source) = source {
                imported.entry(source.path.clone()).or_default().insert(name.clone());
            }
        };
        for name in own.used.iter().filter(|name| !own.has(name)) {
            add(name, sources.iter().copied().find(|source| source.names.contains(name)));
        }
        for name in own.macros.iter().filter(|name| !own.imported.contains(*name)) {
            add(name, sources.iter().copied().find(|source| source.has_macros && source.names.contains(name)));
        }
        Ok(Imports { own, imported })
    }

    /// They stand behind the modules that a file begins with, and before everything else.
    pub(super) fn add_to(&self, fragments: &mut Vec<Fragment>) -> anyhow::Result<()> {
        if self.imported.is_empty() {
            return Ok(());
        }
        let lines = self.imported.iter().map(|(path, names)| import(path, names));
        let lines = lines.collect::<anyhow::Result<Vec<_>>>()?;
        let is_module = |fragment: &Fragment| match fragment {
            Fragment::Item(tokens) => tokens.clone().into_iter().any(|token| token.to_string() == "mod"),
            _ => false,
        };
        let at = fragments.iter().position(|fragment| !is_module(fragment)).unwrap_or(fragments.len());
        fragments.insert(at, Fragment::Item(quote!(#(#lines)*)));
        Ok(())
    }

    /// The text with a path in each link to a name that the file neither has nor imports.
    pub(super) fn with_links(&self, text: String, sources: &[&Source]) -> String {
        if !text.contains("[`") {
            return text;
        }
        let lead = |kind: &str, name: &str| {
            // A macro may have the name of a module.
            let is_module = kind == "mod@";
            let is_imported = || self.imported.values().any(|names| names.contains(name));
            let is_here = self.own.has(name) || (!is_module && is_imported());
            let mut sources = sources.iter().filter(|source| !(is_here || is_module && source.has_macros));
            sources.find(|source| source.names.contains(name)).map(|source| source.path.as_str())
        };
        let lines: Vec<&str> = text.lines().collect();
        let (mut written, mut is_code, mut at) = (String::with_capacity(text.len()), false, 0);
        while at < lines.len() {
            let (head, words) = comment(lines[at]);
            is_code ^= words.starts_with("```");
            let is_plain = |line: &str| {
                let (other, words) = comment(line);
                other == head && docs::is_running(words)
            };
            let count = match is_code || head.is_empty() {
                true => 1,
                false => lines[at..].iter().take_while(|line| is_plain(line)).count().max(1),
            };
            let whole = lines[at..at + count].iter().map(|line| comment(line).1).collect::<Vec<_>>().join(" ");
            match (!is_code && !head.is_empty()).then(|| linked(&whole, &lead)).flatten() {
                Some(words) if count == 1 && !docs::is_running(&whole) => written.push_str(&format!("{head}{words}\n")),
                Some(words) => format::wrapped(&words, docs::WIDTH)
                    .iter()
                    .for_each(|line| written.push_str(&format!("{head}{line}\n"))),
                None => lines[at..at + count].iter().for_each(|line| written.push_str(&format!("{line}\n"))),
            }
            at += count;
        }
        written
    }
}

fn import(path: &str, names: &BTreeSet<String>) -> anyhow::Result<TokenStream> {
    let path: TokenStream = path.parse().ok().with_context(|| format!("{path:?} is not a path"))?;
    let names: Vec<_> = names.iter().map(|name| ident(name)).collect();
    Ok(match names.as_slice() {
        [one] => quote!(use #path::#one;),
        several => quote!(use #path::{#(#several),*};),
    })
}

/// The indent and mark of a line of documentation, and its words.
fn comment(line: &str) -> (&str, &str) {
    let words = line.trim_start();
    match words.strip_prefix("/// ").or_else(|| words.strip_prefix("//! ")) {
        Some(words) => line.split_at(line.len() - words.len()),
        None => ("", line),
    }
}

/// The words with paths in their links; `None` if no link needs one.
fn linked<'s>(words: &str, lead: &impl Fn(&str, &str) -> Option<&'s str>) -> Option<String> {
    let (mut written, mut rest, mut is_changed) = (String::new(), words, false);
    while let Some((before, (name, after))) =
        rest.split_once("[`").and_then(|(before, link)| Some((before, link.split_once("`]")?)))
    {
        let target = after.strip_prefix('(').and_then(|target| target.split_once(')'));
        let (path, after) = target.unwrap_or((name, after));
        let (kind, path) = path.split_once('@').map_or(("", path), |(kind, bare)| (&path[..=kind.len()], bare));
        let first = path.split("::").next().unwrap_or_default();
        let found = lead(kind, first);
        is_changed |= found.is_some();
        let target = match (found, target) {
            (Some(lead), _) => format!("({kind}{lead}::{path})"),
            (None, Some(_)) => format!("({kind}{path})"),
            (None, None) => String::new(),
        };
        written.push_str(&format!("{before}[`{name}`]{target}"));
        rest = after;
    }
    is_changed.then(|| written + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emitted(text: &str) -> String {
        let service = Source::new("super", ["Pen", "Api", "pen", "record", "Ink"].map(str::to_owned));
        let sources = [&service, &*CORE];
        let mut fragments = vec![Fragment::Text(text.to_owned())];
        let imports = Imports::of(&fragments, &sources).unwrap();
        imports.add_to(&mut fragments).unwrap();
        imports.with_links(format::file("// @generated", "Pens.", &fragments).unwrap(), &sources)
    }

    #[test]
    fn a_file_imports_what_it_names_and_nothing_else() {
        let text = emitted("record!(Nib {});\npub struct Nib(Id<Pen>, Secret, Vec<u8>);");
        let imports = "use super::Pen;\nuse zeyos_core::emitted::{Id, Secret, record};\n";
        assert_eq!(
            text,
            format!(
                "// @generated\n\n//! Pens.\n\n{imports}\nrecord!(Nib {{}});\npub struct Nib(Id<Pen>, Secret, Vec<u8>);\n"
            )
        );
    }

    #[test]
    fn links_to_what_is_not_imported_have_a_path() {
        let text = emitted("/// A [`Nib`] of a [`Pen`], in [`pen`](mod@pen): [`get`](Api::get).\npub struct Nib(Ink);");
        let words = "A [`Nib`] of a [`Pen`](super::Pen), in [`pen`](mod@super::pen): [`get`](super::Api::get).";
        assert!(text.contains(&format!("use super::Ink;\n\n/// {words}\n")), "{text}");
        // Also where a macro that is imported has the name of the module.
        let text = emitted("/// In [`record`](mod@record).\nrecord!(Nib);");
        assert!(text.contains("/// In [`record`](mod@super::record).\n"), "{text}");
    }

    #[test]
    fn the_core_has_names_for_emitted_files() {
        let names = ["Id", "kind", "record", "Method", "Arc"];
        assert!(names.iter().all(|name| CORE.names.contains(*name)), "{:?}", *CORE);
    }
}
