//! What the targets share: a secret that must not be seen again, a document to hide it in, and a client without a network.

use std::cell::RefCell;
use std::future::Future;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use zeyos::{BoxFuture, Client, ClientBuilder, Transport, TransportError, TransportRequest};

/// A secret in the form of the service. No input has it: a fuzzer that wrote it would be told about an echo that is its own, so
/// inputs with its first letters are passed over by [`is_clean`].
pub const CANARY: &str = "5ec4e7c0ffee5ec4e7c0ffee5ec4e7c0ffee1234";

/// Whether the input holds nothing that could be taken for the canary.
pub fn is_clean(data: &[u8]) -> bool {
    !data.windows(8).any(|part| part == &CANARY.as_bytes()[..8])
}

/// Fails if the secret can be seen: a part of it that is as long as this is enough.
#[track_caller]
pub fn assert_hidden(shown: &str) {
    const PART: usize = 12;
    let leak = CANARY.as_bytes().windows(PART).find(|part| shown.as_bytes().windows(PART).any(|seen| seen == *part));
    assert!(leak.is_none(), "a secret is shown: {shown}");
}

/// How a server may write a text: one character at a time, so that a part of a text is a part of what is written.
pub const FORMS: [fn(&str) -> String; 8] = [
    str::to_owned,
    |text| text.chars().map(|character| format!("\\u{:04x}", u32::from(character))).collect(),
    |text| text.chars().map(|character| format!("&#{};", u32::from(character))).collect(),
    |text| text.chars().map(|character| format!("&#x{:05X};", u32::from(character))).collect(),
    |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("%25{byte:02X}")).collect(),
    |text| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("&amp;#{byte};")).collect(),
];

/// Fails if a part of the secret can be seen in this form. What stands around it may have swallowed its first or last character.
#[track_caller]
pub fn assert_hidden_as(form: fn(&str) -> String, shown: &str) {
    const PART: usize = 14;
    let leak = (0..=CANARY.len() - PART).map(|at| form(&CANARY[at..at + PART])).find(|part| shown.contains(part));
    assert!(leak.is_none(), "a secret is shown: {shown}");
}

/// An error in every form that a log may have, with its causes.
pub fn shown(error: &(dyn std::error::Error + 'static)) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        shown += &format!(" {error} {error:?}");
        cause = error.source();
    }
    shown
}

/// The JSON document with the canary in place of each token, at any depth; `None` where it has none.
pub fn planted(data: &[u8]) -> Option<Value> {
    let mut value: Value = serde_json::from_slice(data).ok()?;
    plant(&mut value).then_some(value)
}

fn plant(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |planted, (name, value)| {
            let is_token =
                ["access_token", "refresh_token", "accessToken", "refreshToken", "token"].contains(&name.as_str());
            match value {
                Value::String(text) if is_token && !text.is_empty() => {
                    CANARY.clone_into(text);
                    true
                }
                other => plant(other) || planted,
            }
        }),
        // Every one of them, so nothing that stops at the first.
        Value::Array(values) => values.iter_mut().map(plant).filter(|planted| *planted).count() > 0,
        _ => false,
    }
}

/// Splits off the last byte, by which an input chooses between variants.
pub fn choice(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_last().map(|(last, rest)| (*last, rest))
}

/// Answers everything alike and keeps the last request.
#[derive(Clone, Default)]
pub struct Wire {
    answer: Arc<Mutex<Response<Bytes>>>,
    sent: Arc<Mutex<Option<Request<Bytes>>>>,
}

impl Wire {
    /// A wire with this answer.
    pub fn answering(answer: Response<Bytes>) -> Self {
        Wire { answer: Arc::new(Mutex::new(answer)), ..Wire::default() }
    }

    /// A client on this wire.
    pub fn client(&self) -> ClientBuilder {
        Client::builder("https://erp.example.com/demo").transport(self.clone())
    }

    /// The last request, once.
    pub fn take(&self) -> Option<Request<Bytes>> {
        self.sent.lock().unwrap().take()
    }
}

impl Transport for Wire {
    fn send(&self, request: TransportRequest) -> BoxFuture<Result<Response<Bytes>, TransportError>> {
        *self.sent.lock().unwrap() = Some(request.request);
        let answer = self.answer.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(answer)))
    }
}

/// Runs a future to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: RefCell<tokio::runtime::Runtime> =
            RefCell::new(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
    }
    RUNTIME.with_borrow(|runtime| runtime.block_on(future))
}
