//! What a page does not have is not asked for in what is compiled for one: the time of std panics there, and so do threads, files and
//! sockets.

use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use syn::{Attribute, ImplItem, Item, ItemUse, Meta, UseTree};

/// What no code of a page may name or import, as tokens.
const ABSENT: [&str; 15] = [
    "Instant :: now",
    "SystemTime :: now",
    "Timestamp :: now ()",
    "tokio :: time",
    "tokio :: net",
    "tokio :: runtime",
    "tokio :: spawn",
    "tokio :: task",
    "std :: thread",
    "thread :: sleep",
    "std :: fs",
    "process :: Command",
    "TcpListener",
    "TcpStream",
    "UdpSocket",
];

/// What a file for a page names all the same, and why that is right.
const ALLOWED: [(&str, &str, &str); 1] = [(
    "core/src/call/upload.rs",
    "std :: fs",
    "who uploads a file by its path gets the error there that std has for files, and no panic; a page gives the bytes themselves",
)];

#[test]
fn nothing_that_is_compiled_for_a_page_asks_for_the_time_of_std_or_for_a_system() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut looked_at, mut found) = (Vec::new(), Vec::new());
    for folder in ["core/src", "runtime/src", "generated/src", "src"] {
        let folder = root.join(folder);
        look(&folder.join("lib.rs"), &folder, &mut looked_at, &mut found);
    }
    for (file, absent, reason) in ALLOWED {
        let allowed = format!("{}: {absent}", root.join(file).display());
        assert!(found.contains(&allowed), "{allowed} is not there any more ({reason})");
        found.retain(|found| *found != allowed);
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
            item => search(&item.to_token_stream().to_string(), file, found),
        }
    }
}

fn search(text: &str, file: &Path, found: &mut Vec<String>) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let imports = imports(&text);
    let is_named = |absent: &str| text.contains(absent) || imports.iter().any(|import| import.brings(absent));
    found.extend(ABSENT.iter().filter(|absent| is_named(absent)).map(|absent| format!("{}: {absent}", file.display())));
}

/// What is brought under a name of its own.
struct Import {
    /// As tokens; a glob ends with a star.
    path: String,
    is_renamed: bool,
}

impl Import {
    /// Whether what is absent is in this path, or could be named through it without showing in the text.
    fn brings(&self, absent: &str) -> bool {
        let hidden = match self.path.strip_suffix('*') {
            None if self.is_renamed => format!("{} :: ", self.path),
            glob => glob.unwrap_or_default().to_owned(),
        };
        let mut ends = hidden.match_indices(":: ").map(|(at, _)| &hidden[at + 3..]).chain([&hidden[..]]);
        self.path.contains(absent) || ends.any(|end| !end.is_empty() && absent.starts_with(end))
    }
}

/// All imports in this text of tokens, those inside of functions too. In a string, as that of an example, paths have no spaces.
fn imports(text: &str) -> Vec<Import> {
    let starts = text.match_indices("use ").filter(|(at, _)| *at == 0 || text[..*at].ends_with(' '));
    let import = |(at, _): (usize, &str)| {
        let (item, _) = text[at..].split_once(';')?;
        let is_tokens = !item.replace(" :: ", " ").contains("::");
        syn::parse_str::<ItemUse>(&format!("{item};")).ok().filter(|_| is_tokens)
    };
    let renamed = text.strip_prefix("extern crate ").and_then(|item| item.split_once(" as "));
    let renamed = renamed.map(|(path, _)| Import { path: path.to_owned(), is_renamed: true });
    starts.filter_map(import).flat_map(|item| imported(&item.tree)).chain(renamed).collect()
}

fn imported(tree: &UseTree) -> Vec<Import> {
    let one = |path: String, is_renamed| vec![Import { path, is_renamed }];
    match tree {
        UseTree::Path(path) => {
            let mut rest = imported(&path.tree);
            for import in &mut rest {
                let of_itself = import.path == "self";
                import.path =
                    if of_itself { path.ident.to_string() } else { format!("{} :: {}", path.ident, import.path) };
            }
            rest
        }
        UseTree::Name(name) => one(name.ident.to_string(), false),
        UseTree::Rename(name) => one(name.ident.to_string(), name.rename != "_"),
        UseTree::Glob(_) => one("*".to_owned(), false),
        UseTree::Group(group) => group.items.iter().flat_map(imported).collect(),
    }
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
}

/// What the search finds in a file of this text.
fn found_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    look_at(&syn::parse_file(text).unwrap().items, Path::new("x.rs"), Path::new("."), &mut Vec::new(), &mut found);
    found
}

#[test]
fn what_a_page_has_not_is_found_in_whatever_form_it_is_named() {
    for (text, absent) in [
        ("fn f() { std::time::Instant::now(); }", "Instant :: now"),
        ("use std::fs; fn f() { fs::read(\"x\"); }", "std :: fs"),
        ("use ::std::fs::File;", "std :: fs"),
        ("use std::{io, fs::{self, OpenOptions}};", "std :: fs"),
        ("use std::{fs as files, io};", "std :: fs"),
        ("use std::fs::{self as files};", "std :: fs"),
        ("use std::*;", "std :: fs"),
        ("use std as system;", "std :: thread"),
        ("use {std as system};", "std :: thread"),
        ("extern crate std as system;", "std :: fs"),
        ("use std::time::Instant as Watch;", "Instant :: now"),
        ("use std::time::{Duration, SystemTime as Wall};", "SystemTime :: now"),
        ("use std::process; fn f() { process::Command::new(\"x\"); }", "process :: Command"),
        ("use std::process::{self, Command};", "process :: Command"),
        ("use std::process as programs;", "process :: Command"),
        ("use tokio::time::sleep;", "tokio :: time"),
        ("use tokio::{net, sync};", "tokio :: net"),
        ("pub(crate) use tokio::{sync::oneshot, spawn};", "tokio :: spawn"),
        ("use tokio::task::{self, JoinSet};", "tokio :: task"),
        ("use std::net::{IpAddr, TcpListener as Door};", "TcpListener"),
        ("fn f() { use std::{fs, io}; }", "std :: fs"),
        ("struct S; impl S { fn f() { use std::{io, thread}; } }", "std :: thread"),
        ("mod inner { use std::{fs, io}; }", "std :: fs"),
        ("macro_rules! m { () => { use std::{fs, io}; }; }", "std :: fs"),
    ] {
        let found = found_in(text);
        assert!(found.contains(&format!("x.rs: {absent}")), "{text}: {found:?}");
    }
    for text in [
        "use std::time::{Duration, SystemTime}; use std::net::IpAddr;",
        "use super::*; use std::time::*; use std::process::ExitCode;",
        "use tokio::sync::{Mutex, oneshot}; use std as _;",
        "use crate::{runtime, clock::Clock as _, fs};",
        "#[cfg(not(target_family = \"wasm\"))] use std::{fs, thread};",
        "/// use std::{fs, thread};\nfn f() -> impl Sized + use<> { \"use std::fs;\" }",
    ] {
        assert_eq!(found_in(text), [""; 0], "{text}");
    }
}
