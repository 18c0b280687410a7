//! Everything that a test printed or logged, searched for secrets in every form in which they may stand there.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::error::Error as StdError;
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, Once};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tracing::field::{Field, Visit};
use tracing::span;

/// A piece of a secret that is as long as this is a find.
pub(crate) const PIECE: usize = 12;

thread_local! {
    /// The paper of this thread, for what knows no subscriber: the records of `log` and the words of a panic.
    static OPEN: RefCell<Option<Transcript>> = const { RefCell::new(None) };
}

#[derive(Clone, Default)]
pub(crate) struct Transcript(Arc<Mutex<String>>);

/// Hears until it is dropped.
pub(crate) struct CaptureGuard(#[expect(dead_code, reason = "held, not read")] tracing::subscriber::DefaultGuard);

impl Drop for CaptureGuard {
    fn drop(&mut self) {
        OPEN.set(None);
    }
}

impl Transcript {
    pub(crate) fn print(&self, thing: &impl Debug) {
        self.write(format_args!("{thing:?}\n{thing:#?}"));
    }

    pub(crate) fn write(&self, words: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.0.lock().unwrap(), "{words}");
    }

    /// The error with all its causes, in all forms.
    pub(crate) fn error(&self, error: &(dyn StdError + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.write(format_args!("{error}\n{error:#}\n{error:?}\n{error:#?}"));
            next = error.source();
        }
    }

    pub(crate) fn outcome<T: Debug, E: StdError + 'static>(&self, outcome: &Result<T, E>) {
        match outcome {
            Ok(value) => self.print(value),
            Err(error) => self.error(error),
        }
    }

    pub(crate) fn failed<T: Debug>(&self, outcome: Result<T, zeyos::Error>) {
        self.outcome(&outcome);
    }

    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    /// Writes down what this thread logs, at every level and for every target, and what panics on it say.
    pub(crate) fn capture(&self) -> CaptureGuard {
        install();
        OPEN.set(Some(self.clone()));
        CaptureGuard(tracing::subscriber::set_default(self.clone()))
    }

    /// A runtime all of whose threads are listened to.
    pub(crate) fn runtime(&self) -> tokio::runtime::Runtime {
        let transcript = self.clone();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().on_thread_start(move || std::mem::forget(transcript.capture())).build().unwrap()
    }

    /// Where the secrets are found: plain or encoded, whole or a piece.
    pub(crate) fn finds(&self, secrets: &[&str]) -> Vec<String> {
        // Most lines come again and again.
        let text = self.text();
        let mut seen = HashSet::new();
        let text: Vec<&str> = text.lines().filter(|line| seen.insert(*line)).collect();
        let text = text.join("\n");
        let (mut pieces, mut shorter) = (HashMap::new(), Vec::new());
        for secret in secrets {
            for form in forms(secret) {
                if form.len() < PIECE {
                    shorter.push((form, *secret));
                } else {
                    pieces.extend(form.as_bytes().windows(PIECE).map(|piece| (piece.to_vec(), *secret)));
                }
            }
        }
        let around = |at: usize| {
            String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(150)..text.len().min(at + 150)]).into_owned()
        };
        let whole = shorter.iter().filter_map(|(form, secret)| Some((text.find(form)?, *secret)));
        let cut = text.as_bytes().windows(PIECE).enumerate();
        let cut = cut.filter_map(|(at, piece)| Some((at, *pieces.get(piece)?)));
        whole.chain(cut).map(|(at, secret)| format!("{secret}: {}", around(at))).collect()
    }

    /// Fails if a secret is found.
    pub(crate) fn check(&self, secrets: &[&str]) {
        assert!(self.0.lock().unwrap().len() > 1000, "nothing was printed");
        let finds = self.finds(secrets);
        let mut first = HashSet::new();
        let first: Vec<_> = finds.iter().filter(|find| first.insert(find.get(..20))).cloned().collect();
        assert!(finds.is_empty(), "{} finds, the first of each secret:\n{}", finds.len(), first.join("\n\n"));
    }
}

/// A secret in every form: as it is, in hexadecimal digits, for a URL and a form, in base64 at each of three offsets.
pub(crate) fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex, percent.to_lowercase(), percent, form];
    for offset in 0..3 {
        let padded = [&[0; 2][..offset], secret.as_bytes()].concat();
        // What depends on the neighbours is left out.
        let own = [0, 2, 3][offset]..padded.len() * 8 / 6;
        forms.extend(
            [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)].map(|text| text[own.clone()].to_owned()),
        );
    }
    forms
}

/// Writes down everything that is logged, spans and all levels.
impl tracing::Subscriber for Transcript {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        span.record(&mut FieldWriter(self));
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut FieldWriter(self));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut FieldWriter(self));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct FieldWriter<'a>(&'a Transcript);

impl Visit for FieldWriter<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.write(format_args!("logged {field}={value:?}"));
    }
}

/// What the libraries below log with.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        OPEN.with_borrow(Option::is_some)
    }

    fn log(&self, record: &log::Record<'_>) {
        write_open(&format!("logged by {}: {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

fn write_open(words: &str) {
    let transcript = OPEN.with_borrow(Clone::clone);
    transcript.into_iter().for_each(|transcript| transcript.write(format_args!("{words}")));
}

/// Hears nothing, but is always there: a place that logs for the first time while no listener is registered yet would stay silent
/// for the listener that comes at the same moment.
struct Disabled;

impl tracing::Subscriber for Disabled {
    fn register_callsite(&self, _: &'static tracing::Metadata<'static>) -> tracing::subscriber::Interest {
        tracing::subscriber::Interest::sometimes()
    }

    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, _: &tracing::Event<'_>) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Disabled).unwrap();
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if OPEN.with_borrow(Option::is_some) {
                write_open(&format!("panicked: {panic}"));
                // Without the backtraces of thousands of panics that are meant.
                eprintln!("{panic}");
            } else {
                earlier(panic);
            }
        }));
    });
}
