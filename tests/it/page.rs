//! What a page does not have is not asked for in what is compiled for one: the time of std panics there, and so do threads, files and
//! sockets.

use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use syn::{Attribute, ImplItem, Item, Meta};

/// What no code of a page may name, as tokens.
const ABSENT: [&str; 13] = [
    "Instant :: now",
    "SystemTime :: now",
    "Timestamp :: now ()",
    "tokio :: time",
    "tokio :: net",
    "tokio :: runtime",
    "tokio :: spawn",
    "std :: thread",
    "thread :: sleep",
    "std :: fs",
    "std :: process :: Command",
    "TcpListener",
    "TcpStream",
];

#[test]
fn nothing_that_is_compiled_for_a_page_asks_for_the_time_of_std_or_for_a_system() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut looked_at, mut found) = (Vec::new(), Vec::new());
    for folder in ["core/src", "runtime/src", "generated/src", "src"] {
        let folder = root.join(folder);
        look(&folder.join("lib.rs"), &folder, &mut looked_at, &mut found);
    }
    assert!(found.is_empty(), "{found:#?}");
    let has = |name: &str| looked_at.iter().any(|path: &PathBuf| path.ends_with(name));
    for name in
        ["transport/fetch/sender.rs", "clock/browser.rs", "store/web/locks.rs", "store/codec.rs", "rest/ticket.rs"]
    {
        assert!(has(name), "{name} is not among {} files", looked_at.len());
    }
    for name in ["transport/reqwest.rs", "store/file.rs", "runtime/threads.rs", "oauth2/loopback.rs"] {
        assert!(!has(name), "{name} is not for a page");
    }
}

/// Follows the modules of a file, whose children lie in this folder.
fn look(file: &Path, folder: &Path, looked_at: &mut Vec<PathBuf>, found: &mut Vec<String>) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    looked_at.push(file.to_owned());
    look_at(&syn::parse_file(&text).unwrap().items, file, folder, looked_at, found);
}

fn look_at(items: &[Item], file: &Path, folder: &Path, looked_at: &mut Vec<PathBuf>, found: &mut Vec<String>) {
    for item in items.iter().filter(|item| is_of_page(attributes(item))) {
        match item {
            Item::Mod(item) => {
                let name = item.ident.to_string();
                let inner = folder.join(&name);
                match &item.content {
                    Some((_, items)) => look_at(items, file, &inner, looked_at, found),
                    None => {
                        let plain = folder.join(format!("{name}.rs"));
                        look(&if plain.exists() { plain } else { inner.join("mod.rs") }, &inner, looked_at, found);
                    }
                }
            }
            Item::Impl(item) => {
                for member in &item.items {
                    let attributes = if let ImplItem::Fn(member) = member { &member.attrs[..] } else { &[] };
                    if is_of_page(attributes) {
                        search(&member.to_token_stream().to_string(), file, found);
                    }
                }
            }
            // Where it is wanted from, and not what is called.
            Item::Use(_) => {}
            item => search(&item.to_token_stream().to_string(), file, found),
        }
    }
}

fn search(text: &str, file: &Path, found: &mut Vec<String>) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    found.extend(
        ABSENT.iter().filter(|absent| text.contains(**absent)).map(|absent| format!("{}: {absent}", file.display())),
    );
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Whether all conditions of an item hold in a page.
fn is_of_page(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).all(|attribute| {
        let condition: Meta = attribute.parse_args().unwrap();
        holds(&condition)
    })
}

/// Every feature is on that can be.
fn holds(condition: &Meta) -> bool {
    match condition {
        Meta::Path(_) => false,
        Meta::NameValue(pair) => {
            let (name, value) = (pair.path.to_token_stream().to_string(), pair.value.to_token_stream().to_string());
            match (name.as_str(), value.trim_matches('"')) {
                ("feature", feature) => !["keyring", "redis"].contains(&feature),
                ("target_family", value) => value == "wasm",
                ("target_arch", value) => value == "wasm32",
                ("target_os", value) => value == "unknown",
                _ => false,
            }
        }
        Meta::List(list) => {
            let parts = list.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated);
            let mut parts = parts.unwrap().into_iter();
            if list.path.is_ident("any") {
                parts.any(|part| holds(&part))
            } else if list.path.is_ident("all") {
                parts.all(|part| holds(&part))
            } else {
                assert!(list.path.is_ident("not"));
                !parts.any(|part| holds(&part))
            }
        }
    }
}

#[test]
fn the_conditions_of_a_page_are_read_as_the_compiler_reads_them() {
    for (condition, wanted) in [
        (r#"not(target_family = "wasm")"#, false),
        (r#"any(test, all(target_arch = "wasm32", target_os = "unknown", not(target_feature = "atomics")))"#, true),
        (r#"all(feature = "blocking", not(target_family = "wasm"))"#, false),
        (r#"feature = "keyring""#, false),
        (r#"feature = "tower""#, true),
        ("test", false),
        ("unix", false),
    ] {
        assert_eq!(holds(&syn::parse_str(condition).unwrap()), wanted, "{condition}");
    }
    let mut found = Vec::new();
    search("fn f () { std :: time :: Instant  ::  now () }", Path::new("x.rs"), &mut found);
    assert_eq!(found, ["x.rs: Instant :: now"]);
}
