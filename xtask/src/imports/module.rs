//! The modules of a crate: which file holds each, the names that it imports, and the paths that are written in it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, UseTree};

use crate::file;

/// A path as it is written or as it leads from the root of the crate.
pub(crate) type Segments = Vec<String>;

/// All modules of a crate by their path.
pub(crate) type Modules = BTreeMap<Segments, Module>;

/// One module that is a file.
#[derive(Debug)]
pub(crate) struct Module {
    pub path: Segments,
    /// Its name below the folder of the sources.
    pub file: String,
    /// What `use` declarations bring in, by the name under which the module knows it.
    pub imports: Vec<(String, Segments)>,
    /// The modules whose names are all brought in.
    pub globs: Vec<Segments>,
    /// The paths that are written in expressions, types and macros.
    pub inline: Vec<Segments>,
    pub children: Vec<String>,
    /// The names that it defines itself, as far as a glob can bring them elsewhere; macros may define more.
    pub defines: Vec<String>,
}

/// Reads the module at the root of a crate, and all below it.
pub(crate) fn tree(folder: &Path, root: &str) -> anyhow::Result<Modules> {
    let mut modules = Modules::new();
    read(folder, root.to_owned(), Vec::new(), &mut modules)?;
    Ok(modules)
}

fn read(folder: &Path, name: String, path: Segments, modules: &mut Modules) -> anyhow::Result<()> {
    let text = file::read(&folder.join(&name))?;
    let parsed = syn::parse_file(&text).with_context(|| name.clone())?;
    let mut module = Module {
        path: path.clone(),
        file: name,
        imports: Vec::new(),
        globs: Vec::new(),
        inline: Vec::new(),
        children: Vec::new(),
        defines: Vec::new(),
    };
    for item in parsed.items.into_iter().filter(|item| !only_for_tests(item)) {
        match item {
            Item::Mod(child) if child.content.is_none() => module.children.push(child.ident.to_string()),
            Item::Use(declaration) => imports(&declaration.tree, &mut Vec::new(), &mut module),
            other => {
                module.defines.extend(defined(&other));
                nested_uses(other.to_token_stream(), &mut module);
                paths(other.to_token_stream(), &mut module.inline);
            }
        }
    }
    for child in module.children.clone() {
        let inner: Segments = path.iter().cloned().chain([child]).collect();
        read(folder, format!("{}.rs", inner.join("/")), inner, modules)?;
    }
    modules.insert(path, module);
    Ok(())
}

/// The names that an item defines. What a macro defines are the names that it is given.
fn defined(item: &Item) -> Vec<String> {
    match item {
        Item::Const(item) => vec![item.ident.to_string()],
        Item::Enum(item) => vec![item.ident.to_string()],
        Item::Fn(item) => vec![item.sig.ident.to_string()],
        Item::Macro(item) => names(item.mac.tokens.clone()),
        Item::Static(item) => vec![item.ident.to_string()],
        Item::Struct(item) => vec![item.ident.to_string()],
        Item::Trait(item) => vec![item.ident.to_string()],
        Item::Type(item) => vec![item.ident.to_string()],
        _ => Vec::new(),
    }
}

fn names(tokens: TokenStream) -> Vec<String> {
    let name = |token: TokenTree| match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        _ => None,
    };
    tokens.into_iter().filter_map(name).collect()
}

fn only_for_tests(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        _ => &[],
    };
    let is_for_tests = |attribute: &Attribute| {
        let text = attribute.meta.to_token_stream().to_string().replace(' ', "");
        text == "cfg(test)" || text == "cfg(doctest)"
    };
    attributes.iter().any(is_for_tests)
}

fn imports(tree: &UseTree, before: &mut Segments, module: &mut Module) {
    let mut import = |name: &str, last: &str| {
        let mut path = before.clone();
        if last != "self" {
            path.push(last.to_owned());
        }
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name.to_owned() };
        module.imports.push((name, path));
    };
    match tree {
        UseTree::Name(name) => import(&name.ident.to_string(), &name.ident.to_string()),
        UseTree::Rename(rename) => import(&rename.rename.to_string(), &rename.ident.to_string()),
        UseTree::Glob(_) => module.globs.push(before.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| imports(tree, before, module)),
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            imports(&path.tree, before, module);
            before.pop();
        }
    }
}

/// `use` declarations inside of functions.
fn nested_uses(tokens: TokenStream, module: &mut Module) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => nested_uses(group.stream(), module),
            TokenTree::Ident(word) if word == "use" => {
                let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ';');
                let mut declaration = TokenStream::from(TokenTree::Ident(word));
                while let Some(token) = tokens.next_if(|token| !is_end(token)) {
                    declaration.extend([token]);
                }
                declaration.extend(tokens.next());
                if let Ok(declaration) = syn::parse2::<syn::ItemUse>(declaration) {
                    imports(&declaration.tree, &mut Vec::new(), module);
                }
            }
            _ => {}
        }
    }
}

/// Every path of at least two segments, whatever stands around it.
fn paths(tokens: TokenStream, found: &mut Vec<Segments>) {
    let mut path = Segments::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Ident(name) => {
                if colons != 2 {
                    finish(&mut path, found);
                }
                path.push(name.to_string());
                colons = 0;
            }
            TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
            TokenTree::Group(group) => {
                finish(&mut path, found);
                colons = 0;
                paths(group.stream(), found);
            }
            _ => {
                finish(&mut path, found);
                colons = 0;
            }
        }
    }
    finish(&mut path, found);
}

fn finish(path: &mut Segments, found: &mut Vec<Segments>) {
    if path.len() > 1 {
        found.push(path.clone());
    }
    path.clear();
}
