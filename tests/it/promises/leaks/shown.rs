//! Every public type that can be printed, with canaries wherever it holds what a caller or a server wrote. The list of types is read
//! from the sources, so that a new one without a case fails.

mod cases;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use serde_json::{Value, json};
use syn::{Attribute, Item, Type, UseTree, Visibility};
use zeyos::oauth2::{AuthorizationRequest, Callback, CodeVerifier, LoginError};
use zeyos::rest::Ticket;
use zeyos::{Client, Error};

use super::echo::{self, MOODS};
use super::{SECRETS, armed, c, form, tokens};
use crate::auth::support::RecordedEvents;
use crate::support::transcript::Transcript;

/// What the cases share: a client, and everything that a server of every mood makes of its calls.
struct Stage {
    runtime: tokio::runtime::Runtime,
    client: Client,
    errors: Vec<Error>,
    logins: Vec<LoginError>,
    recorded: RecordedEvents,
}

impl Stage {
    fn set(transcript: &Transcript) -> Self {
        let (runtime, recorded) = (transcript.runtime(), RecordedEvents::default());
        let client = armed(echo::wire(MOODS[0], form(0)).client()).token_set(tokens()).build().unwrap();
        let mut stage = Stage { runtime, client, errors: Vec::new(), logins: Vec::new(), recorded };
        for (number, mood) in MOODS.into_iter().enumerate() {
            let builder = armed(echo::wire(mood, form(number)).client()).token_set(tokens());
            stage.fail(&builder.on_event(stage.recorded.listener()).build().unwrap());
        }
        assert!(stage.errors.len() > 30 && stage.logins.len() > 20 && stage.recorded.events().len() > 10);
        stage
    }

    fn fail(&mut self, client: &Client) {
        let verifier = CodeVerifier::new(c::VERIFIER);
        let outcomes = self.runtime.block_on(async {
            [
                client.api().list_tickets(Ticket::query()).await.err(),
                client.legacy_auth().issue_token().await.err(),
                client.oauth2().exchange_authorization_code(c::CODE, Some(&verifier), None).await.err(),
                client.oauth2().refresh().await.err(),
            ]
        });
        self.errors.extend(outcomes.into_iter().flatten());
        let begun = || login(client).state(c::STATE).begin().unwrap();
        for query in [
            format!("code={}&state={}", c::CODE, c::STATE),
            format!("error={}&error_description={}&state={}", c::STATE, c::CLIENT_SECRET, c::STATE),
        ] {
            let query = query.replace('+', "%2B");
            let finished = self.runtime.block_on(begun().finish(Callback::parse(&query).unwrap()));
            self.logins.extend(finished.err());
        }
    }
}

fn login(client: &Client) -> AuthorizationRequest {
    client.oauth2().authorization_request(format!("https://app.example.com/cb?token={}", c::ACCESS))
}

/// Members with a canary under every name that says so: as a text, nested, in lists.
fn members() -> Value {
    json!({
        "name": "mara", "password": c::LOGIN_PASSWORD, "limit": 7, "apiKey": c::ISSUED, "code_verifier": c::VERIFIER,
        "nested": {"deep": [{"token": c::ACCESS}, {"client_secret": [c::CLIENT_SECRET, {"x": c::APP_SECRET}]}]},
        "list": [{"Password": c::PASSWORD}, [{"otp": c::OTP}], {"session": {"id": c::COOKIE}}],
        "credentials": [c::REFRESH, {"a": c::PROVIDED}],
    })
}

/// The same, with canaries under names that say nothing.
fn mute_members() -> Value {
    let mut members = members();
    members["note"] = json!([c::TYPED, {"text": c::LEGACY, "list": [c::CODE, [c::OTHER_STATE]]}]);
    members
}

/// A URL with a canary wherever one can stand.
fn url() -> String {
    let (user, token) = (c::PASSWORD, c::ACCESS);
    format!(
        "https://m:{user}@erp.example.com/demo?access_token={token}&state={}&code={}#{}",
        c::STATE,
        c::CODE,
        c::IN_URL
    )
}

#[test]
fn fault_80_no_public_type_shows_a_secret() {
    let transcript = Transcript::default();
    let stage = Stage::set(&transcript);
    let (types, cases) = (printable(), cases::all());
    let covered: BTreeSet<&str> = cases.keys().copied().collect();
    let wanted: BTreeSet<&str> = types.iter().map(String::as_str).filter(|name| is_built(name)).collect();
    assert_eq!(wanted, covered, "left: what can be printed; right: what has a case");
    assert!(types.len() > 50, "{types:?}");
    for (name, case) in cases {
        let transcript = Transcript::default();
        case(&stage, &transcript);
        assert!(transcript.text().len() > 3, "{name}: nothing was printed");
        let finds = transcript.finds(&SECRETS);
        assert!(finds.is_empty(), "{name}: {finds:#?}");
    }
}

/// Whether the feature is on with which the type comes.
fn is_built(name: &str) -> bool {
    let has_kit = cfg!(all(feature = "blocking", feature = "testing", feature = "tower"));
    let gated = [
        ("runtime/src/blocking.rs ", has_kit),
        // These print names of their own, and only a page has them.
        ("runtime/src/transport/fetch/", cfg!(target_family = "wasm")),
        ("runtime/src/store/web/", cfg!(target_family = "wasm")),
        ("runtime/src/cassette", has_kit),
        ("runtime/src/faults.rs ", has_kit),
        ("runtime/src/tower.rs ", has_kit),
        ("runtime/src/store/redis.rs ", cfg!(feature = "redis")),
        ("runtime/src/store/keyring.rs ", cfg!(feature = "keyring")),
        ("runtime/src/oauth2/password.rs ", cfg!(feature = "password-grant")),
        ("src/testing.rs ", cfg!(feature = "testing")),
        ("core/src/model/number/decimal.rs ", cfg!(feature = "rust_decimal")),
        ("core/src/model/timestamp/convert.rs ", cfg!(any(feature = "chrono", feature = "jiff"))),
    ];
    // Those of further platforms are printed by the tests that are built with their features (`tests/it/platforms/leaks.rs`).
    !name.starts_with("src/platforms/") && gated.iter().all(|(file, is_on)| *is_on || !name.starts_with(file))
}

/// Texts that only sound like secrets: how far a calendar was read, what a token is called.
const NO_SECRETS: [&str; 2] = ["DavServer.synctoken", "TokenRecord.token_id"];

/// Records print what the server sent; what is a secret there by name is one by its type too.
#[test]
fn fault_80_emitted_types_keep_what_their_names_call_secret_as_secrets() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("generated/src");
    let (mut looked_at, mut secrets) = (0, 0);
    for path in crate::census::sources(&root) {
        for item in syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap().items {
            let Item::Struct(item) = item else { continue };
            for field in &item.fields {
                let Some(name) = field.ident.as_ref().map(ToString::to_string) else { continue };
                looked_at += 1;
                let shown = field.ty.to_token_stream().to_string();
                let parts = ["password", "secret", "token", "otp", "verifier", "cookie", "credential"];
                let is_named = parts.iter().any(|part| name.contains(part)) && !name.ends_with("_type");
                // Where a token is asked for is told to everyone, and so are the ways in which that is done.
                let is_named = is_named && !name.contains("_endpoint");
                // Flags, numbers and times of a token are not a token.
                let is_text = shown.contains("String") || shown.contains("Json");
                secrets += usize::from(shown.contains("Secret"));
                let place = format!("{}.{name}", item.ident);
                let is_known = NO_SECRETS.contains(&place.as_str());
                assert!(!(is_named && is_text) || is_known, "{}: {place}: {shown}", path.display());
            }
        }
    }
    assert!(looked_at > 1000 && secrets >= 5, "{looked_at} fields, {secrets} secrets");
}

/// The public types with a `Debug` or a `Display` that print more than a name of their own, by file and name.
fn printable() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in ["src", "runtime/src", "core/src"] {
        let surface = Surface::of(&root.join(folder));
        for (path, items) in &surface.files {
            let file = path.strip_prefix(root).unwrap().display().to_string();
            let by_hand: BTreeSet<String> = items.iter().filter_map(printed_by_hand).collect();
            let printed = items.iter().filter_map(|item| printed(item, &by_hand));
            let public = printed.filter(|name| surface.public.contains(path) || surface.exported.contains(name));
            found.extend(public.map(|name| format!("{file} {name}")));
        }
    }
    found
}

/// What users of a crate can name.
struct Surface {
    files: Vec<(PathBuf, Vec<Item>)>,
    /// The files of public modules.
    public: BTreeSet<PathBuf>,
    /// What private modules have that is exported from elsewhere.
    exported: BTreeSet<String>,
}

impl Surface {
    fn of(folder: &Path) -> Self {
        let read = |path: &PathBuf| syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap().items;
        let files: Vec<_> =
            crate::census::sources(folder).into_iter().map(|path| (path.clone(), read(&path))).collect();
        let mut surface = Surface { files, public: BTreeSet::new(), exported: BTreeSet::new() };
        surface.publish(folder.join("lib.rs"), folder.to_owned());
        let items = surface.files.iter().flat_map(|(_, items)| items);
        let uses = items.filter_map(|item| match item {
            Item::Use(item) if matches!(item.vis, Visibility::Public(_)) => Some(&item.tree),
            _ => None,
        });
        surface.exported = uses.flat_map(leaves).collect();
        surface
    }

    /// Follows the public modules of a file, which lie in this folder.
    fn publish(&mut self, file: PathBuf, folder: PathBuf) {
        let Some((_, items)) = self.files.iter().find(|(path, _)| *path == file) else { return };
        let public = items.iter().filter_map(|item| match item {
            Item::Mod(item) if matches!(item.vis, Visibility::Public(_)) => Some(item.ident.to_string()),
            _ => None,
        });
        let public: Vec<String> = public.collect();
        self.public.insert(file);
        for name in public {
            self.publish(folder.join(format!("{name}.rs")), folder.join(&name));
        }
    }
}

/// The names at the ends of a `use`.
fn leaves(tree: &UseTree) -> Vec<String> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree),
        UseTree::Name(name) => vec![name.ident.to_string()],
        UseTree::Rename(rename) => vec![rename.ident.to_string()],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
        _ => Vec::new(),
    }
}

/// The name of a public type that prints more than its name. What has no content has only that to tell.
fn printed(item: &Item, by_hand: &BTreeSet<String>) -> Option<String> {
    let (name, attributes, visibility, fields) = match item {
        Item::Struct(item) => (&item.ident, &item.attrs, &item.vis, item.fields.iter().collect::<Vec<_>>()),
        Item::Enum(item) => {
            (&item.ident, &item.attrs, &item.vis, item.variants.iter().flat_map(|variant| &variant.fields).collect())
        }
        _ => return None,
    };
    let name = name.to_string();
    let is_mark = |field: &&syn::Field| field.ty.to_token_stream().to_string().starts_with("PhantomData");
    let has_content = !fields.iter().all(is_mark);
    let is_printed = by_hand.contains(&name) || (attributes.iter().any(derives_debug) && has_content);
    (is_printed && matches!(visibility, Visibility::Public(_))).then_some(name)
}

fn derives_debug(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("derive")
        && list.tokens.to_string().split(|c: char| !c.is_alphanumeric()).any(|word| word == "Debug")
}

/// The type for which `Debug` or `Display` is written here.
fn printed_by_hand(item: &Item) -> Option<String> {
    let Item::Impl(item) = item else { return None };
    let (name, _) = item.trait_.as_ref()?;
    let name = &name.segments.last()?.ident;
    let Type::Path(path) = item.self_ty.as_ref() else { return None };
    (name == "Debug" || name == "Display").then(|| path.path.segments.last().map(|last| last.ident.to_string()))?
}

#[test]
fn the_list_of_printable_types_is_read_from_the_sources() {
    let types = printable();
    for name in [
        "src/client/untyped.rs Untyped",
        "runtime/src/event.rs ClientEvent",
        "core/src/error.rs Error",
        "src/client/platform.rs Platform",
    ] {
        assert!(types.contains(name), "{name}");
    }
    for part in ["operation.rs Safety", "Middleware", "/explore/", "kind.rs"] {
        assert!(!types.iter().any(|name| name.contains(part)), "{part}");
    }
}
