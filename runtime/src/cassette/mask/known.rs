//! The secrets that were seen, and where they turn up.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// What stands for every secret of a request: two requests that differ in nothing else are the same.
pub(super) const HIDDEN: &str = "[secret]";

/// Shorter values are taken out at their member alone: they may be parts of anything.
pub(in crate::cassette) const TELLING: usize = 8;

/// What stands for a secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stand {
    /// The same for each, in what is compared.
    Same,
    /// Another one for each, in what a client gets.
    Numbered,
}

/// What every number of a stand-in follows.
const RECORDED: &str = "recorded-";

/// What writers of addresses leave as it is (RFC 3986, section 2.3), and what browsers leave beside it.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

#[derive(Default)]
pub(super) struct Known {
    /// Each secret with what stands for it.
    seen: BTreeMap<String, String>,
    /// What secrets look like, with what stands for them: by the first byte, the longest first, as one may be a part of another.
    forms: BTreeMap<u8, Vec<(String, String)>>,
}

impl Known {
    /// What stands for this secret. It tells apart one from another, and is itself a token that a header may hold.
    pub(super) fn learn(&mut self, name: &str, secret: &str) -> String {
        if let Some(known) = self.seen.get(secret) {
            return known.clone();
        }
        if self.seen.values().any(|stand_in| stand_in == secret) {
            return secret.to_owned();
        }
        let stand_in = format!("{RECORDED}{name}-{}", self.seen.len() + 1);
        self.add(secret, &stand_in);
        stand_in
    }

    /// Stand-ins of a cassette are the secrets of the client to which they are played.
    pub(super) fn learn_stand_ins(&mut self, text: &str) {
        for (at, _) in text.match_indices(RECORDED) {
            let name = &text[at + RECORDED.len()..];
            let Some((name, number)) = name.split_once('-') else { continue };
            let digits = number.len() - number.trim_start_matches(|letter: char| letter.is_ascii_digit()).len();
            if digits > 0 && name.bytes().all(|letter| letter.is_ascii_alphanumeric()) {
                let stand_in = &text[at..at + RECORDED.len() + name.len() + 1 + digits];
                if !self.seen.contains_key(stand_in) {
                    self.add(stand_in, stand_in);
                }
            }
        }
    }

    fn add(&mut self, secret: &str, stand_in: &str) {
        self.seen.insert(secret.to_owned(), stand_in.to_owned());
        if secret.len() < TELLING {
            return;
        }
        for form in forms(secret) {
            let Some(first) = form.bytes().next() else { continue };
            let alike = self.forms.entry(first).or_default();
            if alike.iter().all(|(known, _)| *known != form) {
                alike.push((form, stand_in.to_owned()));
                alike.sort_by_key(|(form, _)| Reverse(form.len()));
            }
        }
    }

    /// A text with something else for each secret that was seen.
    pub(super) fn everywhere<'a>(&self, text: &'a str, stands: Stand) -> Cow<'a, str> {
        let (mut masked, mut from, mut at) = (String::new(), 0, 0);
        while let Some(first) = text.as_bytes().get(at) {
            let rest = &text.as_bytes()[at..];
            if let Some(length) = self.stand_in(rest, stands) {
                at += length;
                continue;
            }
            let alike = self.forms.get(first);
            let found = alike.and_then(|alike| alike.iter().find(|(form, _)| rest.starts_with(form.as_bytes())));
            let Some((form, stand_in)) = found else {
                at += 1;
                continue;
            };
            masked.push_str(&text[from..at]);
            masked.push_str(stands.of(stand_in));
            at += form.len();
            from = at;
        }
        if from == 0 {
            return Cow::Borrowed(text);
        }
        masked.push_str(&text[from..]);
        Cow::Owned(masked)
    }

    /// How long the stand-in is with which this begins: a secret may be a word of it.
    fn stand_in(&self, text: &[u8], stands: Stand) -> Option<usize> {
        let is_one = matches!(stands, Stand::Numbered) && text.starts_with(RECORDED.as_bytes());
        let mut alike = self.seen.values().filter(|stand_in| is_one && text.starts_with(stand_in.as_bytes()));
        alike.next().map(String::len)
    }

    /// The text without the beginning of a secret with which it breaks off.
    pub(super) fn without_beginning<'a>(&self, text: &'a str, stands: Stand) -> Cow<'a, str> {
        for (form, stand_in) in self.forms.values().flatten() {
            let lengths = (TELLING..form.len()).rev().filter(|length| form.is_char_boundary(*length));
            for length in lengths {
                if let Some(before) = text.strip_suffix(&form[..length]) {
                    return Cow::Owned(format!("{before}{}", stands.of(stand_in)));
                }
            }
        }
        Cow::Borrowed(text)
    }
}

impl Stand {
    pub(super) fn of(self, stand_in: &str) -> &str {
        match self {
            Stand::Same => HIDDEN,
            Stand::Numbered => stand_in,
        }
    }
}

/// How a secret may be written.
fn forms(secret: &str) -> BTreeSet<String> {
    let mut plain = vec![secret.to_owned(), form_urlencoded::byte_serialize(secret.as_bytes()).collect()];
    for set in [NON_ALPHANUMERIC, UNRESERVED, COMPONENT] {
        let encoded = utf8_percent_encode(secret, set).to_string();
        plain.extend([encoded.replace("%20", "+"), encoded]);
    }
    let small: Vec<_> = plain[1..].iter().map(|encoded| with_small_digits(encoded)).collect();
    plain.extend(small);
    plain.extend([STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD].map(|base64| base64.encode(secret)));
    let digits: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    plain.extend([digits.to_ascii_uppercase(), digits]);
    // As bytes that are read one by one.
    plain.push(secret.bytes().map(char::from).collect());
    let mut forms = BTreeSet::new();
    for form in plain {
        let escaped = Value::String(form.clone()).to_string();
        let escaped = &escaped[1..escaped.len() - 1];
        forms.extend([escaped.replace('/', "\\/"), escaped.to_owned(), form]);
    }
    forms
}

/// A percent-encoded text whose hexadecimal digits are small letters.
fn with_small_digits(encoded: &str) -> String {
    let mut digits = 0;
    let small = |letter: char| {
        let is_digit = digits > 0;
        digits = if letter == '%' { 2 } else { digits.max(1) - 1 };
        if is_digit { letter.to_ascii_lowercase() } else { letter }
    };
    encoded.chars().map(small).collect()
}
