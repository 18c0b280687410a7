//! A8: what the library offers without its feature, read from its source.

use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, ImplItem, Item};

const GATE: &str = "feature = \"password-grant\"";

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(sources(&path)),
            false => found.push(path),
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    found.sort();
    found
}

fn is_gated(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.meta.to_token_stream().to_string().contains(GATE)
    })
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.meta.to_token_stream().to_string() == "cfg (test)")
}

/// Takes out of a file what stands behind the feature, and notes the modules that do.
#[derive(Default)]
struct Reader {
    words: Vec<String>,
    gated_modules: Vec<String>,
    gated: usize,
    methods: Vec<String>,
}

impl Reader {
    fn item(&mut self, item: &Item) {
        let attributes = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &Vec::new(),
        };
        if is_gated(attributes) {
            self.gated += 1;
            if let Item::Mod(item) = item {
                self.gated_modules.push(item.ident.to_string());
            }
            return;
        }
        if is_test(attributes) {
            return;
        }
        match item {
            Item::Mod(module) => module.content.iter().flat_map(|(_, items)| items).for_each(|item| self.item(item)),
            Item::Impl(block) => block.items.iter().for_each(|member| self.member(&block.self_ty, member)),
            item => self.take(item.to_token_stream()),
        }
    }

    fn member(&mut self, owner: &syn::Type, member: &ImplItem) {
        if let ImplItem::Fn(method) = member {
            if is_gated(&method.attrs) {
                self.gated += 1;
                return;
            }
            if matches!(method.vis, syn::Visibility::Public(_)) {
                self.methods.push(format!("{}::{}", owner.to_token_stream(), method.sig.ident));
            }
        }
        self.take(member.to_token_stream());
    }

    /// Notes every name and every literal; what is written in comments is none.
    fn take(&mut self, stream: TokenStream) {
        let mut is_doc = false;
        for tree in stream {
            match tree {
                TokenTree::Group(group) => self.take(group.stream()),
                TokenTree::Ident(ident) => {
                    is_doc = ident == "doc";
                    self.words.push(ident.to_string());
                }
                TokenTree::Literal(literal) if !is_doc => self.words.push(literal.to_string()),
                _ => {}
            }
        }
    }
}

/// Every source file with what its text says outside the feature.
fn read() -> Vec<(PathBuf, Reader)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<(PathBuf, Reader)> = Vec::new();
    for path in ["src", "runtime/src"].into_iter().flat_map(|folder| sources(&root.join(folder))) {
        let mut reader = Reader::default();
        let file = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
        file.items.iter().for_each(|item| reader.item(item));
        files.push((path, reader));
    }
    let gated: Vec<PathBuf> = files
        .iter()
        .flat_map(|(path, reader)| {
            reader.gated_modules.iter().map(|name| path.with_extension("").join(name).with_extension("rs"))
        })
        .collect();
    files.retain(|(path, _)| !gated.contains(path));
    assert!(!gated.is_empty() && gated.iter().all(|path| path.exists()), "{gated:?}");
    files
}

/// Every word of the source that is there without the feature, with its file.
pub(super) fn ungated_tokens() -> Vec<(PathBuf, String)> {
    read()
        .into_iter()
        .flat_map(|(path, reader)| reader.words.into_iter().map(move |word| (path.clone(), word)))
        .collect()
}

#[test]
fn a8_the_password_grant_stands_behind_its_feature_and_nothing_is_implicit() {
    let files = read();
    assert!(files.iter().map(|(_, reader)| reader.gated).sum::<usize>() >= 3, "module, re-export and method are gated");
    for (path, word) in ungated_tokens() {
        let squeezed = word.replace('_', "").to_lowercase();
        assert!(!squeezed.contains("passwordgrant"), "{path:?}: {word}");
        assert!(
            !["Password", "\"password\""].contains(&word.as_str()) || !path.ends_with("oauth2.rs"),
            "{path:?}: {word}"
        );
        assert!(
            !squeezed.contains("implicit") && word != "\"token\"" || !path.to_string_lossy().contains("oauth2"),
            "{path:?}: {word}"
        );
    }
    let mut methods: Vec<String> = files.into_iter().flat_map(|(_, reader)| reader.methods).collect();
    methods.retain(|method| method.starts_with("OAuth2::"));
    methods.sort();
    // Once for any issuer, once for ours.
    methods.dedup();
    let wanted = [
        "authorization_request",
        "client_credentials_grant",
        "exchange_authorization_code",
        "introspect",
        "logout",
        "raw",
        "refresh",
        "resume_login",
        "revoke",
        "user_info",
    ];
    assert_eq!(methods, wanted.map(|name| format!("OAuth2::{name}")));
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let features = manifest.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let default = features.lines().find(|line| line.starts_with("default"));
    assert!(features.contains("password-grant = [") && default.is_none_or(|line| !line.contains("password-grant")));
}

#[test]
fn legacy_calls_say_so_in_their_documentation() {
    let text = |path: &str| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    assert!(text("src/legacy_auth.rs").lines().next().unwrap().contains("Legacy"));
    assert!(text("runtime/src/oauth2/password.rs").contains("/// A sign-in with name and password of a user. Legacy:"));
}
