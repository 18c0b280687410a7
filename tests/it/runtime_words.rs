//! What the runtime must not know: the operations, paths and names of our documents.

use std::collections::BTreeSet;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Item, Meta};
use zeyos_generated::zeyos::{auth, oauth2, rest};

/// Words of ZeyOS that stand in no document as a name, and what may be called by the name of the project: threads, targets of
/// tracing, the user agent, and the cookie of a login on this machine.
const WORDS: [&str; 8] =
    ["zeyosid", "instance", "expdate", "ticket", "legacylogin", "passwordtoken", "filters", "cloud.zeyos"];
const NAMES: [&str; 5] = ["zeyos", "zeyos-exchange", "zeyos-keyring", "zeyos-rust/", "zeyos-login-{port}"];

/// A member of some answers of token endpoints that names their end: it is read wherever it comes from, as camelCase is.
const READ: [&str; 1] = ["expdate"];

fn is_test(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        Meta::Path(path) => path.is_ident("test"),
        Meta::NameValue(_) => false,
    })
}

/// The texts that the code of a file holds, and its names, without docs and tests.
fn words(tokens: TokenStream, texts: &mut Vec<String>, names: &mut Vec<String>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            // `#[doc = ".."]` and other attributes.
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let is_attribute = matches!(tokens.peek(), Some(TokenTree::Group(_)));
                if is_attribute {
                    tokens.next();
                }
            }
            TokenTree::Group(group) => words(group.stream(), texts, names),
            TokenTree::Literal(literal) => {
                if let Ok(syn::Lit::Str(text)) = syn::parse_str::<syn::Lit>(&literal.to_string()) {
                    texts.push(text.value());
                }
            }
            TokenTree::Ident(name) => names.push(name.to_string()),
            TokenTree::Punct(_) => {}
        }
    }
}

/// Ids and paths of operations, as long as they are not words of everyday English or of the RFCs.
fn of_documents() -> BTreeSet<String> {
    let all = rest::operations().chain(oauth2::operations()).chain(auth::operations());
    let ids = all.flat_map(|operation| [operation.id.to_owned(), operation.path.to_owned()]);
    let services = [&rest::SERVICE, &oauth2::SERVICE, &auth::SERVICE].map(|service| [service.name, service.path]);
    let known = ["authorize", "login", "logout", "verify", "/"];
    ids.chain(services.as_flattened().iter().map(ToString::to_string))
        .filter(|word| !known.contains(&word.as_str()))
        .collect()
}

#[test]
fn the_runtime_knows_no_service() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("runtime/src");
    let documents = of_documents();
    let (mut found, mut looked_at) = (Vec::new(), 0);
    for path in crate::census::sources(&folder) {
        let is_of_tests = path.components().any(|part| {
            matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs" | "explore" | "explore.rs" | "testing.rs"))
        });
        if is_of_tests {
            continue;
        }
        let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let (mut texts, mut names) = (Vec::new(), Vec::new());
        for item in file.items.iter().filter(|item| !is_test(item)) {
            words(item.to_token_stream(), &mut texts, &mut names);
        }
        looked_at += texts.len();
        let is_ours = |text: &str| {
            let small = text.to_lowercase();
            let has_word = WORDS.iter().any(|word| small.contains(word)) && !READ.contains(&text);
            documents.contains(text) || has_word || small.contains("zeyos") && !NAMES.contains(&text)
        };
        found
            .extend(texts.into_iter().filter(|text| is_ours(text)).map(|text| format!("{}: {text:?}", path.display())));
        let is_foreign =
            |name: &str| name.contains("generated") || documents.contains(name) && name.chars().any(char::is_uppercase);
        found.extend(
            names.into_iter().filter(|name| is_foreign(name)).map(|name| format!("{}: {name}", path.display())),
        );
    }
    assert!(looked_at > 300, "{looked_at} texts");
    assert!(found.is_empty(), "{}", found.join("\n"));
}
