//! The names in emitted tokens: what a file declares, what it imports, and what it names without a path.

use std::collections::BTreeSet;

use anyhow::anyhow;
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

use crate::codegen::format::Fragment;

/// The names of one file.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Types, constants and modules that are named without a path.
    pub used: BTreeSet<String>,
    /// Macros that are called without a path.
    pub macros: BTreeSet<String>,
    /// Items of the file.
    pub declared: BTreeSet<String>,
    /// What the file imports itself.
    pub imported: BTreeSet<String>,
    /// Items and imports that other files can name.
    pub public: BTreeSet<String>,
}

/// Where tokens stand.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// The items of the file.
    File,
    /// The arguments of a macro.
    Macro,
    /// Variants, one after the other.
    Entries,
    Elsewhere,
}

/// Words before the name of an item.
const DECLARING: [&str; 8] = ["struct", "enum", "type", "trait", "static", "const", "mod", "fn"];

impl Names {
    pub(super) fn of(fragments: &[Fragment]) -> anyhow::Result<Self> {
        let mut names = Names::default();
        for fragment in fragments {
            match fragment {
                Fragment::Item(tokens) => names.read(tokens.clone(), Place::File),
                Fragment::Block { header, members } => {
                    names.read(header.clone(), Place::Elsewhere);
                    members.iter().for_each(|member| names.read(member.clone(), Place::Elsewhere));
                }
                Fragment::Text(text) => {
                    let tokens: TokenStream = text.parse().map_err(|error| anyhow!("{error}: {text}"))?;
                    names.read(tokens, Place::File);
                }
            }
        }
        Ok(names)
    }

    /// Those of the inside of an item.
    pub(super) fn in_tokens(tokens: TokenStream) -> Self {
        let mut names = Names::default();
        names.read(tokens, Place::Elsewhere);
        names
    }

    /// Whether a name means an item or an import of the file itself.
    pub(super) fn has(&self, name: &str) -> bool {
        self.declared.contains(name) || self.imported.contains(name)
    }

    fn read(&mut self, tokens: TokenStream, place: Place) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut at, mut is_enum) = (0, false);
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    let end = tokens[at..].iter().position(|token| is(token, ';')).map_or(tokens.len(), |end| at + end);
                    let is_public = at > 0 && matches!(&tokens[at - 1], TokenTree::Ident(word) if word == "pub");
                    self.import(&tokens[at + 1..end], is_public);
                    at = end;
                }
                TokenTree::Ident(word) => {
                    is_enum |= word == "enum";
                    self.word(&word.to_string(), &Around { tokens: &tokens, at, place });
                }
                TokenTree::Group(group) => {
                    let around = Around { tokens: &tokens, at, place };
                    if !around.is_attribute() {
                        self.group(group, around.inside(group, is_enum));
                    }
                    is_enum &= group.delimiter() != Delimiter::Brace;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// What a block imports is known in it alone.
    fn group(&mut self, group: &Group, place: Place) {
        let imports = |token| matches!(token, TokenTree::Ident(word) if word == "use");
        if group.delimiter() != Delimiter::Brace || !group.stream().into_iter().any(imports) {
            return self.read(group.stream(), place);
        }
        let mut inner = Names::default();
        inner.read(group.stream(), place);
        self.used.extend(inner.used.into_iter().filter(|name| !inner.imported.contains(name)));
        self.macros.extend(inner.macros);
    }

    /// The names at the ends of an import.
    fn import(&mut self, tokens: &[TokenTree], is_public: bool) {
        for (at, token) in tokens.iter().enumerate() {
            let is_end = tokens.get(at + 1).is_none_or(|next| is(next, ','));
            match token {
                TokenTree::Ident(name) if is_end => {
                    self.imported.insert(name.to_string());
                    if is_public {
                        self.public.insert(name.to_string());
                    }
                }
                TokenTree::Group(group) => self.import(&group.stream().into_iter().collect::<Vec<_>>(), is_public),
                _ => {}
            }
        }
    }

    fn word(&mut self, word: &str, around: &Around<'_>) {
        if DECLARING.contains(&word) || around.is_lifetime() {
        } else if around.is_declared() {
            if around.place == Place::File {
                self.declared.insert(word.to_owned());
                if around.is_public() {
                    self.public.insert(word.to_owned());
                }
            }
        } else if around.is_behind_path() || around.is_binding() || around.is_variant() {
        } else if word.starts_with(|first: char| first.is_lowercase()) {
            if around.is_macro() {
                self.macros.insert(word.to_owned());
            } else if around.begins_path() {
                self.used.insert(word.to_owned());
            }
        } else {
            self.used.insert(word.to_owned());
        }
    }
}

fn is(token: &TokenTree, punct: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == punct)
}

/// A token among its neighbours.
struct Around<'t> {
    tokens: &'t [TokenTree],
    at: usize,
    place: Place,
}

impl Around<'_> {
    fn before(&self, distance: usize) -> Option<&TokenTree> {
        self.at.checked_sub(distance).and_then(|at| self.tokens.get(at))
    }

    fn is_before(&self, distance: usize, punct: char) -> bool {
        self.before(distance).is_some_and(|token| is(token, punct))
    }

    fn is_word_before(&self, distance: usize, words: &[&str]) -> bool {
        matches!(self.before(distance), Some(TokenTree::Ident(word)) if words.iter().any(|wanted| word == wanted))
    }

    fn after(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at + 1)
    }

    /// Whether this mark stands behind, and belongs to no longer one.
    fn is_alone_after(&self, punct: char) -> bool {
        matches!(self.after(), Some(TokenTree::Punct(found))
            if found.as_char() == punct && found.spacing() == Spacing::Alone)
    }

    fn is_lifetime(&self) -> bool {
        self.is_before(1, '\'')
    }

    fn is_declared(&self) -> bool {
        self.is_word_before(1, &DECLARING) && !self.is_before(2, '\'')
    }

    fn is_public(&self) -> bool {
        self.is_word_before(2, &["pub"]) || (self.is_word_before(2, &["const"]) && self.is_word_before(3, &["pub"]))
    }

    /// A member, a method, or a further segment of a path. The value behind `..` is none of them.
    fn is_behind_path(&self) -> bool {
        let is_member = self.is_before(1, '.') && !self.is_before(2, '.');
        is_member || (self.is_before(1, ':') && self.is_before(2, ':'))
    }

    /// The name of an associated type, as in `Iterator<Item = T>`.
    fn is_binding(&self) -> bool {
        (self.is_before(1, '<') || self.is_before(1, ',')) && self.is_alone_after('=')
    }

    fn is_variant(&self) -> bool {
        let is_first = match self.before(1) {
            None => true,
            Some(TokenTree::Group(_)) => self.is_before(2, '#'),
            Some(token) => is(token, ',') || is(token, ';'),
        };
        let is_whole = match self.after() {
            None | Some(TokenTree::Group(_)) => true,
            Some(token) => is(token, ',') || is(token, '='),
        };
        self.place == Place::Entries && is_first && is_whole
    }

    fn is_macro(&self) -> bool {
        self.after().is_some_and(|token| is(token, '!'))
            && matches!(self.tokens.get(self.at + 2), Some(TokenTree::Group(_)))
    }

    fn begins_path(&self) -> bool {
        self.after().is_some_and(|token| is(token, ':'))
            && self.tokens.get(self.at + 2).is_some_and(|token| is(token, ':'))
    }

    fn is_attribute(&self) -> bool {
        self.is_before(1, '#') || (self.is_before(1, '!') && self.is_before(2, '#'))
    }

    /// Where the tokens of this group stand.
    fn inside(&self, group: &Group, is_enum: bool) -> Place {
        let is_brace = group.delimiter() == Delimiter::Brace;
        let is_call = self.is_before(1, '!') && matches!(self.before(2), Some(TokenTree::Ident(_)));
        match self.place {
            _ if is_call => Place::Macro,
            _ if is_brace && is_enum => Place::Entries,
            Place::Macro if is_brace => Place::Entries,
            _ => Place::Elsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::reserved::TYPES;
    use crate::file;

    /// What a file neither makes nor imports is of the prelude of Rust, and a document that made a type of that name would hide it.
    #[test]
    fn every_name_that_emitted_files_take_from_elsewhere_is_reserved() {
        let mut met = BTreeSet::new();
        // References between records are of spec/ alone; half of what stands in their macro are its variants.
        let is_read = |path: &std::path::Path| {
            path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("references.rs")
        };
        let root = file::root();
        let mut files = file::tree(&root.join("generated/src")).unwrap();
        files.retain(|path| is_read(path));
        files.extend(
            ["secret-inside-a-request", "multipart-with-files", "union-by-tag"]
                .map(|name| root.join(format!("xtask/testdata/codegen/{name}.rs"))),
        );
        for path in files {
            let names = Names::of(&[Fragment::Text(file::read(&path).unwrap())]).unwrap();
            let is_type = |name: &&String| {
                name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase) && *name != "Self"
            };
            for name in names.used.iter().filter(is_type).filter(|name| !names.has(name)) {
                assert!(TYPES.contains(&name.as_str()), "{}: a document could make a type {name}", path.display());
                met.insert(name.clone());
            }
        }
        assert!(["Option", "Send", "Sync", "Vec"].iter().all(|name| met.contains(*name)), "{met:?}");
    }

    fn names(text: &str) -> Names {
        Names::of(&[Fragment::Text(text.to_owned())]).unwrap()
    }

    fn list(names: &BTreeSet<String>) -> Vec<&str> {
        names.iter().map(String::as_str).collect()
    }

    #[test]
    fn variants_members_bindings_and_attributes_name_nothing() {
        let names = names(
            "#[derive(Debug)] pub enum Kind { #[doc = \"Pen\"] Pen(Ink), Bottle, Unknown(Json) }
             text_enum!(Kind { Pen = \"Note\", });
             tagged!(Kind { common: Common } by \"Note\" => { Pen(Ink) = 1, });
             fn f<'static_>(a: &'static Nib) -> impl Iterator<Item = Cap> { a.Cup(); Self::Cow; a != b }",
        );
        assert_eq!(list(&names.used), ["Cap", "Common", "Ink", "Iterator", "Json", "Kind", "Nib", "Self"]);
        assert_eq!(list(&names.macros), ["tagged", "text_enum"]);
        assert_eq!(list(&names.declared), ["Kind", "f"]);
        assert_eq!(list(&names.public), ["Kind"]);
    }

    #[test]
    fn items_of_blocks_are_not_those_of_the_file() {
        let names = names(
            "impl Row for Pen { const COLUMNS: &'static [Nib] = { use ink::Nib; &[Nib { ..Cap::NONE }] }; type State = Ink; }",
        );
        assert!(names.declared.is_empty() && names.imported.is_empty());
        assert_eq!(list(&names.used), ["Cap", "Ink", "Nib", "Pen", "Row"]);
    }

    #[test]
    fn an_import_of_a_block_counts_there() {
        let names = names("impl Pen { const A: Nib = { use ink::{Cap, Cup}; Cap(Cup) }; }");
        assert_eq!(list(&names.used), ["Nib", "Pen"]);
    }

    #[test]
    fn what_a_file_shows_is_public() {
        let names = names("mod a; pub mod b; pub use a::{Pen, ink::Ink}; use c::Cap; pub(crate) const D: u8 = b::E;");
        assert_eq!(list(&names.public), ["Ink", "Pen", "b"]);
        assert_eq!(list(&names.imported), ["Cap", "Ink", "Pen"]);
        assert_eq!(list(&names.declared), ["D", "a", "b"]);
        assert_eq!(list(&names.used), ["b"]);
    }
}
