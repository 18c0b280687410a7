//! Reads the public items of hand-written packages. They are written such that whatever is `pub` can be named by users.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use syn::{
    Attribute, Field, Fields, ImplItem, Item, ItemEnum, ItemImpl, ItemStruct, ItemTrait, ItemUse, TraitItem, Visibility,
};

use super::read::text;

/// The public items of a package, file by file, each as one line.
pub(crate) fn package(sources: &Path) -> String {
    let mut files = Vec::new();
    collect(sources, &mut files);
    files.sort();
    let files: Vec<(PathBuf, syn::File)> = files.into_iter().map(parsed).collect();
    let names = files.iter().flat_map(|(_, file)| file.items.iter().filter_map(name_of)).collect();
    let mut whole = String::new();
    for (path, file) in &files {
        let mut lines = Vec::new();
        file.items.iter().for_each(|item| of_item(item, &names, &mut lines));
        if lines.is_empty() {
            continue;
        }
        lines.sort();
        lines.dedup();
        let name = path.strip_prefix(sources).unwrap().display().to_string();
        whole += &format!("{name}\n    {}\n\n", lines.join("\n    "));
    }
    whole
}

/// Files of tests are not part of it, nor is what a test alone compiles.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        if stem == "tests" || stem == "testing" || stem == "fuzzing" {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn parsed(path: PathBuf) -> (PathBuf, syn::File) {
    let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
    (path, file)
}

/// The types and traits that users can name.
type Names = BTreeSet<String>;

fn name_of(item: &Item) -> Option<String> {
    let (visibility, attributes, name) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Enum(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Trait(item) => (&item.vis, &item.attrs, &item.ident),
        _ => return None,
    };
    is_shown(visibility, attributes).then(|| name.to_string())
}

fn of_item(item: &Item, names: &Names, lines: &mut Vec<String>) {
    match item {
        Item::Struct(item) if is_shown(&item.vis, &item.attrs) => lines.extend(of_struct(item)),
        Item::Enum(item) if is_shown(&item.vis, &item.attrs) => lines.push(of_enum(item)),
        Item::Trait(item) if is_shown(&item.vis, &item.attrs) => lines.extend(of_trait(item)),
        Item::Fn(item) if is_shown(&item.vis, &item.attrs) => lines.push(text(&item.sig)),
        Item::Const(item) if is_shown(&item.vis, &item.attrs) => {
            lines.push(format!("const {}: {}", item.ident, text(&item.ty)));
        }
        Item::Static(item) if is_shown(&item.vis, &item.attrs) => {
            lines.push(format!("static {}: {}", item.ident, text(&item.ty)));
        }
        Item::Type(item) if is_shown(&item.vis, &item.attrs) => {
            lines.push(format!("type {}{} = {}", item.ident, text(&item.generics), text(&item.ty)));
        }
        Item::Use(item) if is_shown(&item.vis, &item.attrs) => lines.extend(of_use(item)),
        Item::Macro(item) if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) => {
            lines.extend(item.ident.as_ref().map(|name| format!("macro {name}!")));
        }
        Item::Impl(item) if !is_hidden(&item.attrs) => lines.extend(of_impl(item, names)),
        Item::Mod(item) if !is_hidden(&item.attrs) => {
            item.content.iter().flat_map(|(_, items)| items).for_each(|item| of_item(item, names, lines));
        }
        _ => {}
    }
}

fn of_struct(item: &ItemStruct) -> Vec<String> {
    let name = format!("struct {}{}", item.ident, text(&item.generics));
    let fields = shown_fields(&item.fields);
    let fields = fields.iter().map(|field| format!("{}.{field}", item.ident));
    [name].into_iter().chain(fields).collect()
}

fn shown_fields(fields: &Fields) -> Vec<String> {
    let shown = fields.iter().enumerate().filter(|(_, field)| is_shown(&field.vis, &field.attrs));
    shown.map(|(number, field)| of_field(number, field)).collect()
}

fn of_field(number: usize, field: &Field) -> String {
    let name = field.ident.as_ref().map_or_else(|| number.to_string(), ToString::to_string);
    format!("{name}: {}", text(&field.ty))
}

fn of_enum(item: &ItemEnum) -> String {
    let variants = item.variants.iter().map(|variant| {
        let fields: Vec<String> =
            variant.fields.iter().enumerate().map(|(number, field)| of_field(number, field)).collect();
        let fields = if fields.is_empty() { String::new() } else { format!(" {{ {} }}", fields.join(", ")) };
        format!("{}{fields}", variant.ident)
    });
    let open = if has(&item.attrs, "non_exhaustive") { " | .." } else { "" };
    format!("enum {}{} = {}{open}", item.ident, text(&item.generics), variants.collect::<Vec<_>>().join(" | "))
}

fn of_trait(item: &ItemTrait) -> Vec<String> {
    let bounds = text(&item.supertraits);
    let name = format!("trait {}{}: {bounds}", item.ident, text(&item.generics));
    let members = item.items.iter().filter_map(|member| match member {
        TraitItem::Fn(function) if !is_hidden(&function.attrs) => {
            let kind = if function.default.is_some() { " { .. }" } else { "" };
            Some(format!("{}::{}{kind}", item.ident, text(&function.sig)))
        }
        TraitItem::Const(constant) => Some(format!("{}::const {}: {}", item.ident, constant.ident, text(&constant.ty))),
        TraitItem::Type(ty) => Some(format!("{}::type {}: {}", item.ident, ty.ident, text(&ty.bounds))),
        _ => None,
    });
    [name.trim_end_matches([' ', ':']).to_owned()].into_iter().chain(members).collect()
}

/// Methods of a type, or that a trait is there for it, where users can name one of the two.
fn of_impl(item: &ItemImpl, names: &Names) -> Vec<String> {
    let (generics, owner) = (text(&item.generics), text(&item.self_ty));
    if let Some((implemented, _)) = &item.trait_ {
        let implemented = text(implemented);
        let is_named = |name: &str| names.contains(name.split('<').next().unwrap_or_default());
        let is_inner = implemented.contains("::") && implemented.starts_with("sealed");
        return if is_inner || !(is_named(&owner) || is_named(&implemented)) {
            Vec::new()
        } else {
            vec![format!("impl{generics} {implemented} for {owner}")]
        };
    }
    let shown = item.items.iter().filter_map(|member| match member {
        ImplItem::Fn(function) if is_shown(&function.vis, &function.attrs) => {
            Some(format!("{owner}::{}", text(&function.sig)))
        }
        ImplItem::Const(constant) if is_shown(&constant.vis, &constant.attrs) => {
            Some(format!("{owner}::const {}: {}", constant.ident, text(&constant.ty)))
        }
        _ => None,
    });
    shown.collect()
}

fn of_use(item: &ItemUse) -> Vec<String> {
    let mut names = Vec::new();
    flatten(&item.tree, "", &mut names);
    names.into_iter().map(|name| format!("use {name}")).collect()
}

/// One line for each name, so that a diff shows the name alone.
fn flatten(tree: &syn::UseTree, before: &str, names: &mut Vec<String>) {
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, &format!("{before}{}::", path.ident), names),
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, names)),
        leaf => names.push(format!("{before}{}", leaf.to_token_stream())),
    }
}

fn is_shown(visibility: &Visibility, attributes: &[Attribute]) -> bool {
    matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes)
}

/// Hidden from users, or compiled for tests alone.
fn is_hidden(attributes: &[Attribute]) -> bool {
    let says = |attribute: &Attribute, name: &str, word: &str| {
        attribute.path().is_ident(name) && attribute.to_token_stream().to_string().contains(word)
    };
    attributes.iter().any(|attribute| says(attribute, "doc", "hidden") || says(attribute, "cfg", "(test)"))
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}
