//! Public async calls, as the sources have them.

use std::collections::BTreeSet;
use std::path::Path;

use quote::ToTokens as _;
use syn::{ImplItem, ImplItemFn, Item, ItemImpl, Visibility};

use crate::census::sources;

/// Traits of stores, whose methods users call too.
const TRAITS: [&str; 3] = ["TokenStore", "SharedTokenStore", "StoreLock"];

/// Services that are emitted: their methods answer calls, which are awaited.
const EMITTED: [(&str, &str); 2] = [("oauth2", "raw::OAuth2"), ("auth", "raw::LegacyAuth")];

/// `Type::method` of every one.
pub(super) fn asynchronous() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
    let folders = ["src", "runtime/src"].iter().flat_map(|folder| sources(&root.join(folder)));
    // Those of further platforms are calls of the same client; tests/it/platforms makes them.
    let folders = folders.filter(|path| !path.starts_with(root.join("src/platforms")));
    // What unit tests make for themselves no one else can call.
    let folders = folders.filter(|path| !path.ends_with("tests.rs"));
    let files: Vec<_> = folders.map(|path| (path.clone(), read(&path))).collect();
    let types: BTreeSet<String> = files.iter().flat_map(|(_, file)| public_types(&file.items)).collect();
    let mut found = BTreeSet::new();
    for (path, file) in &files {
        for item in &file.items {
            found.extend(simple_side(item));
            let Item::Impl(item) = item else { continue };
            let owner = name_of(item);
            let is_store = path.strip_prefix(root).unwrap().starts_with("runtime/src/store");
            match &item.trait_ {
                None if types.contains(&owner) => found.extend(methods(item, &owner, is_public)),
                Some((path, _)) if is_store && TRAITS.contains(&last(path).as_str()) => {
                    found.extend(methods(item, &owner, |_| true));
                }
                _ => {}
            }
        }
    }
    for (module, owner) in EMITTED {
        let file = read(&root.join(format!("generated/src/zeyos/{module}.rs")));
        for item in &file.items {
            let Item::Impl(item) = item else { continue };
            if item.trait_.is_none() {
                found.extend(methods(item, owner, is_public));
            }
        }
    }
    // A lock that wraps another file is none that users see.
    found.retain(|name| !name.starts_with("LockedFile::"));
    // What sign-ins are written with is called by no one else.
    found.retain(|name| !name.starts_with("Handle::"));
    found
}

/// The simple side of a store that a macro writes by its shared side: `simple_side!(FileTokenStore, ..)`.
fn simple_side(item: &Item) -> Vec<String> {
    let Item::Macro(item) = item else { return Vec::new() };
    let owner = item.mac.tokens.clone().into_iter().next().map(|token| token.to_string());
    let owner = owner.filter(|_| item.mac.path.is_ident("simple_side"));
    owner.iter().flat_map(|owner| ["get", "set", "forget"].map(|method| format!("{owner}::{method}"))).collect()
}

fn public_types(items: &[Item]) -> Vec<String> {
    let name = |item: &Item| match item {
        Item::Struct(item) if matches!(item.vis, Visibility::Public(_)) => Some(item.ident.to_string()),
        Item::Enum(item) if matches!(item.vis, Visibility::Public(_)) => Some(item.ident.to_string()),
        _ => None,
    };
    items.iter().filter_map(name).collect()
}

fn name_of(item: &ItemImpl) -> String {
    match item.self_ty.as_ref() {
        syn::Type::Path(path) => last(&path.path),
        other => other.to_token_stream().to_string(),
    }
}

fn last(path: &syn::Path) -> String {
    path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn is_public(method: &ImplItemFn) -> bool {
    matches!(method.vis, Visibility::Public(_))
}

fn methods(item: &ItemImpl, owner: &str, wanted: impl Fn(&ImplItemFn) -> bool) -> Vec<String> {
    let functions = item.items.iter().filter_map(|item| match item {
        ImplItem::Fn(function) => Some(function),
        _ => None,
    });
    functions
        .filter(|function| wanted(function) && is_awaited(function))
        .map(|function| format!("{owner}::{}", function.sig.ident))
        .collect()
}

/// Whether its outcome is awaited, and does not only change what is.
fn is_awaited(function: &ImplItemFn) -> bool {
    let output = function.sig.output.to_token_stream().to_string();
    let futures = ["Call <", "BoxFuture <", "StoreFuture <", "Future <", "Future < Output"];
    function.sig.asyncness.is_some() || futures.iter().any(|future| output.contains(future))
}

#[test]
fn a_call_is_found_however_it_is_written() {
    let file: syn::File = syn::parse_quote! {
        pub struct A;
        struct B;
        impl A {
            pub async fn one(&self) {}
            pub fn two(&self) -> Call<Json> { todo!() }
            pub fn three(&self) -> impl Future<Output = ()> { todo!() }
            pub fn four(&self) -> BoxFuture<()> { todo!() }
            pub fn five(&self) -> String { todo!() }
            async fn six(&self) {}
        }
    };
    let Item::Impl(item) = &file.items[2] else { panic!() };
    assert_eq!(methods(item, "A", is_public), ["A::one", "A::two", "A::three", "A::four"]);
    assert_eq!(public_types(&file.items), ["A"]);
}
