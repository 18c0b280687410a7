//! F1 and T9: no secret is seen in anything that this crate prints, logs, says or names, whatever the server writes back.

mod canaries;
#[cfg(target_os = "linux")]
mod core;
mod echo;
mod flows;
#[cfg(any(feature = "redis", all(feature = "keyring", target_os = "linux")))]
mod remote;
mod shown;
mod stores;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use canaries as c;
use echo::{FORMS, Form, Loopback, MOODS};
use zeyos::{Client, ClientAuthMethod, ClientBuilder, TokenSet};

use crate::auth::support::prompt;
use crate::support::transcript::Transcript;

const SECRETS: [&str; 19] = [
    c::ACCESS,
    c::REFRESH,
    c::CLIENT_SECRET,
    c::PASSWORD,
    c::LOGIN_PASSWORD,
    c::COOKIE,
    c::PROVIDED,
    c::OTP,
    c::APP_SECRET,
    c::CODE,
    c::VERIFIER,
    c::STATE,
    c::OTHER_STATE,
    c::TYPED,
    c::RENEWED_ACCESS,
    c::RENEWED_REFRESH,
    c::LEGACY,
    c::ISSUED,
    c::IN_URL,
];

/// The forms in turn.
fn form(number: usize) -> Form {
    FORMS[number % FORMS.len()]
}

fn tokens() -> TokenSet {
    TokenSet::bearer(c::ACCESS).with_refresh_token(c::REFRESH)
}

/// A client with every credential. Nothing waits for a real clock.
fn armed(builder: ClientBuilder) -> ClientBuilder {
    builder
        .refresh_limits(prompt())
        .max_wait(std::time::Duration::ZERO)
        .client_credentials("app", c::CLIENT_SECRET)
        .session_cookie(c::COOKIE)
        .basic_user("mara", c::PASSWORD)
}

/// A listener that tells all it hears, then breaks down over it.
fn crier(transcript: &Transcript) -> impl Fn(&zeyos::ClientEvent) + Send + Sync + 'static {
    let transcript = transcript.clone();
    move |event| {
        transcript.print(event);
        panic!("heard {event:?}");
    }
}

/// Every flow against a server of every mood, in three forms each, in memory.
async fn in_memory(transcript: &Transcript) {
    for (number, mood) in MOODS.into_iter().enumerate() {
        for number in [number, number + 3, number + 5] {
            let wire = echo::wire(mood, form(number));
            let builder = armed(wire.client()).token_set(tokens()).on_event(crier(transcript));
            let builder = match number % 4 {
                0 => builder,
                1 => builder.session_provider(|| async { Some(c::PROVIDED.into()) }),
                2 => builder.client_auth_method(ClientAuthMethod::Body),
                _ => builder.decoding(zeyos::Decoding::Tolerant),
            };
            transcript.print(&builder);
            flows::all(&builder.build().unwrap(), transcript).await;
            wire.sent().iter().for_each(|sent| transcript.print(&sent.debug));
            assert!(wire.sent().len() > 5, "{mood:?}: {:?}", wire.log());
        }
    }
}

/// The flows over a true connection, with the log of the libraries below.
async fn over_the_network(transcript: &Transcript) {
    for form in [FORMS[0], FORMS[3], FORMS[7]] {
        let server = Loopback::start(form);
        let client = armed(Client::builder(server.url.as_str())).token_set(tokens()).on_event(crier(transcript));
        flows::all(&client.build().unwrap(), transcript).await;
    }
}

#[test]
fn f1_no_secret_is_seen_in_any_output() {
    let transcript = Transcript::default();
    let _captured = transcript.capture();
    transcript.runtime().block_on(async {
        in_memory(&transcript).await;
        over_the_network(&transcript).await;
        stores::all(&transcript).await;
    });
    flows::refused_settings(&transcript);
    let text = transcript.text();
    for heard in [
        "logged event=",
        "logged by reqwest",
        "panicked: ",
        "[redacted]",
        "SessionLost",
        "Unpersisted",
        "StoreContents",
    ] {
        assert!(text.contains(heard), "{heard} is nowhere in {} bytes", text.len());
    }
    transcript.check(&SECRETS);
}

/// The scan finds what it looks for, so that its silence means something.
#[test]
fn the_leak_scan_finds_every_secret_in_every_form() {
    for secret in SECRETS {
        for form in FORMS {
            let transcript = Transcript::default();
            transcript.write(format_args!("before {}, after", form(secret)));
            assert!(!transcript.finds(&[secret]).is_empty(), "{secret} as {}", form(secret));
        }
        for cut in [&STANDARD.encode(format!("my-app:{secret}"))[12..30], &secret[..12], &secret[secret.len() - 12..]] {
            let transcript = Transcript::default();
            transcript.write(format_args!("{cut}"));
            assert!(!transcript.finds(&[secret]).is_empty(), "{secret} as {cut}");
        }
        let others: Vec<_> = SECRETS.into_iter().filter(|other| *other != secret).collect();
        let transcript = Transcript::default();
        transcript.write(format_args!("{secret}"));
        assert!(transcript.finds(&others).is_empty(), "{secret} looks like another");
    }
}

/// The files of the core through which values of the wire are `Serialize`: one writer, which leaves secrets out, the macros of emitted
/// types, which go through it, and the trait of records, which says so of them.
const WRITERS: [&str; 13] = [
    "encode.rs",
    "decode/reader.rs",
    "decode/sign.rs",
    "decode/union.rs",
    "model/composite.rs",
    "model/custom.rs",
    "model/enums.rs",
    "model/formats.rs",
    "model/id.rs",
    "model/wire.rs",
    "model/wrapper.rs",
    "query/projection.rs",
    "stored.rs",
];

/// A type that is `Serialize` gets into answers and logs without anyone's saying so. Nothing is but values of the wire, through the
/// one writer that leaves secrets out.
#[test]
fn nothing_but_values_of_the_wire_is_serialize() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let writers = WRITERS.map(|file| root.join("core/src").join(file));
    for writer in &writers {
        assert!(std::fs::read_to_string(writer).unwrap().contains("Serialize"), "{} writes nothing", writer.display());
    }
    for file in ["src", "runtime/src", "core/src", "generated/src"]
        .iter()
        .flat_map(|folder| crate::census::sources(&root.join(folder)))
        .filter(|file| !writers.contains(file))
    {
        for line in std::fs::read_to_string(&file).unwrap().lines().filter(|line| !line.trim().starts_with("//")) {
            // What only takes such values writes none.
            let takes = file.ends_with("src/testing.rs") && !line.contains("derive") && !line.contains("Serialize for");
            let is_found = !takes
                && line
                    .match_indices("Serialize")
                    .any(|(at, word)| !line[..at].ends_with("De") && !line[at + word.len()..].starts_with('r'));
            assert!(!is_found, "{}: {line}", file.display());
        }
    }
}

/// Whether a type is `Serialize`: its own constant is found before that of the trait.
struct Probe<T>(std::marker::PhantomData<T>);

impl<T: serde::Serialize> Probe<T> {
    const IS: bool = true;
}

trait Otherwise {
    const IS: bool = false;
}

impl<T> Otherwise for Probe<T> {}

#[test]
fn no_type_that_holds_secrets_to_be_sent_is_serialize() {
    let are_values = [Probe::<zeyos::rest::Ticket>::IS, Probe::<zeyos::rest::Line>::IS];
    assert_eq!(are_values, [true; 2]);
    let is = [
        Probe::<zeyos::Secret>::IS,
        Probe::<Option<zeyos::Secret>>::IS,
        Probe::<zeyos::Fields>::IS,
        Probe::<zeyos::rest::NewLink>::IS,
        Probe::<zeyos::rest::LinkPatch>::IS,
        Probe::<TokenSet>::IS,
        Probe::<zeyos::CredentialValue>::IS,
        Probe::<zeyos::DryRun>::IS,
        Probe::<zeyos::JsonRow>::IS,
        Probe::<zeyos_core::Confidential>::IS,
        Probe::<zeyos::store::TokenRecord>::IS,
    ];
    assert!(is.into_iter().all(|is| !is), "{is:?}");
}

/// What the server sent with a secret in every place that can hold one, read and serialised again.
#[test]
fn no_secret_is_ever_serialised() {
    use serde::de::DeserializeOwned;

    fn rewritten<T: DeserializeOwned + serde::Serialize>(
        wire: serde_json::Value,
        missing: &str,
        transcript: &Transcript,
    ) {
        let read: T = serde_json::from_value(wire).unwrap();
        let text = serde_json::to_string(&read).unwrap();
        transcript.write(format_args!("{text}"));
        let again = zeyos_core::decode::json::<T>(text.as_bytes(), zeyos::Decoding::Strict);
        let error = again.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.starts_with(&format!("$.{missing} is absent or null")), "{missing}: {error}");
    }

    let transcript = Transcript::default();
    let tables = crate::document::Document::all().iter().flat_map(crate::document::Document::tables);
    let mut secrets = 0;
    for table in tables {
        let record = crate::emitted::documents::records().into_iter().find(|one| one.resource == table.resource);
        let mut row = table.row(crate::document::Extent::Expanded);
        for column in table.secret() {
            row[column] = c::PASSWORD.into();
            secrets += 1;
        }
        let text = (record.unwrap().write)(&serde_json::to_vec(&row).unwrap()).unwrap();
        transcript.write(format_args!("{}", String::from_utf8(text).unwrap()));
    }
    assert!(secrets > 0);
    let tokens = serde_json::json!({
        "access_token": c::ACCESS, "refresh_token": c::REFRESH, "token_type": "Bearer", "expires_in": 3600,
        "refresh_token_expires_in": 7200,
    });
    rewritten::<zeyos::oauth2::TokenResponse>(tokens, "access_token", &transcript);
    let login = serde_json::json!({"user": 7, "application": null, "token": c::LEGACY, "identifier": "", "expdate": 1});
    rewritten::<zeyos::legacy_auth::raw::LoginResponse>(login, "token", &transcript);
    let token = serde_json::json!({"access_token": c::ISSUED, "token_type": "Bearer"});
    rewritten::<zeyos::legacy_auth::raw::PasswordToken>(token, "access_token", &transcript);
    transcript.check(&SECRETS);
    assert!(transcript.text().contains("Bearer"));
}
