//! Finds the object with tokens in an answer: the whole body, after a warning, inside another object, in a string, or as a form. Nothing
//! is guessed.

use std::borrow::Cow;

use serde_json::Value;

use super::members::{MEMBERS, Members, canonical};
use super::scan;

/// The members that were found, and whether their object was complete.
pub(super) struct Found {
    pub members: Members,
    pub is_whole: bool,
}

/// How often the name of a member is looked at, and how many braces before each: both far more than an answer has.
const ANCHORS: usize = 16;
const BRACES: usize = 8;

/// The members whose names are looked for. `token` alone stands in too many other objects.
const ANCHOR_NAMES: [&str; 4] = ["access_token", "refresh_token", "accessToken", "refreshToken"];

/// The body as UTF-8, without a byte order mark and blanks around it.
pub(super) fn text(body: &[u8]) -> Cow<'_, [u8]> {
    let wide = |decode: fn([u8; 2]) -> u16, body: &[u8]| {
        let units = body.chunks_exact(2).map(|pair| decode([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.trim().as_bytes().to_vec())
    };
    match body {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest.trim_ascii()),
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ => Cow::Borrowed(body.trim_ascii()),
    }
}

/// The object with tokens, wherever it stands in the text.
pub(super) fn tokens(text: &[u8]) -> Option<Found> {
    embedded(text).or_else(|| embedded(&unescaped(text)?)).or_else(|| form(text))
}

/// An object that holds one of the names, the nearest one around it that is of use.
fn embedded(text: &[u8]) -> Option<Found> {
    let mut cut = None;
    for anchor in anchors(text).take(ANCHORS) {
        let before = text[..anchor].iter().enumerate().rev().filter(|(_, byte)| **byte == b'{').take(BRACES);
        for (start, _) in before {
            match object(&text[start..]) {
                Some(found) if found.is_whole => return Some(found),
                found => cut = cut.or(found),
            }
        }
    }
    cut
}

/// The places of the names, each behind its quote.
fn anchors(text: &[u8]) -> impl Iterator<Item = usize> {
    text.iter().enumerate().filter(|(_, byte)| **byte == b'"').map(|(at, _)| at + 1).filter(|at| {
        let rest = &text[*at..];
        ANCHOR_NAMES.iter().any(|name| rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&b'"')))
            // The legacy login calls its token so, and says when it ends.
            || rest.starts_with(b"token\"")
    })
}

/// The object that begins here, if it holds a token.
fn object(text: &[u8]) -> Option<Found> {
    let found = match Members::beginning(text) {
        Some(members) => Found { members, is_whole: true },
        None => Found { members: scan::members(text), is_whole: false },
    };
    found.members.has_token().then_some(found)
}

/// The text with the escapes taken out that JSON within a string, or within HTML, has around its quotes.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let has = |escaped: &str| ANCHOR_NAMES.iter().any(|name| text.contains(&format!("{escaped}{name}{escaped}")));
    if has("\\\"") {
        return Some(text.replace("\\\"", "\"").replace("\\/", "/").into_bytes());
    }
    let quotes = ["&quot;", "&#34;", "&#034;", "&#x22;"];
    let quote = quotes.into_iter().find(|quote| has(quote))?;
    Some(text.replace(quote, "\"").replace("&amp;", "&").into_bytes())
}

/// A form, as some servers answer that take forms. It is whole where nothing but pairs stands in it.
fn form(text: &[u8]) -> Option<Found> {
    let start = ANCHOR_NAMES.iter().filter_map(|name| find(text, format!("{name}=").as_bytes())).min()?;
    let before = text[..start].iter().rposition(|byte| byte.is_ascii_whitespace() || b"<>".contains(byte));
    let pairs = &text[before.map_or(0, |at| at + 1)..];
    let end = pairs.iter().position(|byte| byte.is_ascii_whitespace() || b"<>".contains(byte)).unwrap_or(pairs.len());
    let mut members = Members::default();
    for (name, value) in form_urlencoded::parse(&pairs[..end]) {
        if MEMBERS.contains(&canonical(&name)) {
            members.insert(&name, Value::String(value.into_owned()));
        }
    }
    // The last value of a cut form is as long as what came in of it, and nothing in it tells.
    members.has_token().then_some(Found { members, is_whole: end == pairs.len() && before.is_none() })
}

fn find(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use zeyos_core::{Secret, Timestamp};

    use super::*;

    const OBJECT: &str = r#"{"access_token":"aaa","token_type":"Bearer","expires_in":3600,"refresh_token":"rrr"}"#;

    fn refresh_token(body: &[u8]) -> Option<(String, bool)> {
        let found = tokens(&text(body))?;
        let tokens = found.members.tokens(Timestamp::from_unix(0))?;
        tokens.refresh_token.as_ref().map(|token| (Secret::expose(token).to_owned(), found.is_whole))
    }

    fn utf_16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(encode).collect()
    }

    #[test]
    fn fault_61_the_token_object_is_found_wherever_it_stands() {
        let camel = r#"{"accessToken":"aaa","tokenType":"Bearer","expiresIn":3600,"refreshToken":"rrr"}"#;
        let bodies: Vec<Vec<u8>> = [
            OBJECT.to_owned(),
            format!("\u{feff}{OBJECT}"),
            format!("\r\n\t {OBJECT}\n\n"),
            format!("<br />\n<b>Warning</b>: Undefined array key \"x\" in {{main}} on line <b>7</b><br />\n{OBJECT}"),
            format!("Deprecated: f() {{\"a\": 1}} in /srv/x.php on line 3\n{OBJECT}"),
            format!("{OBJECT}\n<!-- 12 ms {{\"queries\": 3}} -->"),
            format!(")]}}',\n{OBJECT}"),
            format!("<html><body><pre>{OBJECT}</pre></body></html>"),
            format!(r#"{{"data":{OBJECT}}}"#),
            format!(r#"{{"meta":{{"a":[1,{{"b":"}}"}}]}},"result":{OBJECT},"status":"ok"}}"#),
            format!("[{OBJECT}]"),
            format!(r#"[{{"x":1}},{OBJECT}]"#),
            format!(r#"{{"data":[{OBJECT}]}}"#),
            camel.to_owned(),
            format!("Notice: {{}} {camel}"),
            serde_json::to_string(OBJECT).unwrap(),
            serde_json::json!({"body": OBJECT}).to_string(),
            format!("<p>{}</p>", OBJECT.replace('"', "&quot;")),
            "access_token=aaa&token_type=Bearer&expires_in=3600&refresh_token=rrr".to_owned(),
            "token_type=Bearer&scope=a%26b&refresh_token=r%72r&accessToken=aaa".to_owned(),
        ]
        .into_iter()
        .map(String::into_bytes)
        .chain([
            [&[0xff, 0xfe][..], &utf_16(OBJECT, u16::to_le_bytes)].concat(),
            [&[0xfe, 0xff][..], &utf_16(OBJECT, u16::to_be_bytes)].concat(),
        ])
        .collect();
        for body in bodies {
            assert_eq!(refresh_token(&body), Some(("rrr".to_owned(), true)), "{}", String::from_utf8_lossy(&body));
        }
    }

    #[test]
    fn fault_61_a_cut_object_is_no_whole_one_wherever_it_stands() {
        let refresh_first = r#"{"refresh_token":"rrr","access_token":"aa"#;
        for before in ["", "\u{feff}", "Warning: x\n", r#"{"data":"#, "[", "<pre>"] {
            let body = format!("{before}{refresh_first}");
            assert_eq!(refresh_token(body.as_bytes()), Some(("rrr".to_owned(), false)), "{body}");
        }
        let in_html = "<p>sent refresh_token=rrr&access_token=aaa</p>";
        assert_eq!(refresh_token(in_html.as_bytes()), Some(("rrr".to_owned(), false)));
    }

    #[test]
    fn fault_61_a_whole_object_counts_before_a_cut_one_in_front_of_it() {
        let body = format!(r#"{{"refresh_token":"old","log":[ {OBJECT}"#);
        assert_eq!(refresh_token(body.as_bytes()), Some(("rrr".to_owned(), true)));
        let cut = r#"{"refresh_token":"one","log":[ {"refresh_token":"two","log":["#;
        assert_eq!(refresh_token(cut.as_bytes()), Some(("one".to_owned(), false)));
    }

    #[test]
    fn fault_61_a_form_ends_and_begins_at_a_blank_or_a_tag() {
        for (before, after) in [("Warning: x\n", ""), ("<pre>", ""), ("<p>", "</p>"), ("", " "), ("", "<br>")] {
            let body = format!("{before}access_token=aaa&refresh_token=rrr{after}more");
            let found = refresh_token(body.as_bytes());
            let token = if after.is_empty() { "rrrmore" } else { "rrr" };
            assert_eq!(found, Some((token.to_owned(), false)), "{body}");
        }
    }

    #[test]
    fn other_text_holds_no_token() {
        for body in [
            "",
            "{}",
            "<html>refresh_token</html>",
            r#"{"token":"of the page"}"#,
            r#"say "refresh_token" {"#,
            r#"{"refresh_token":"#,
            "refresh_token=",
        ] {
            assert!(tokens(&text(body.as_bytes())).is_none(), "{body}");
        }
    }

    #[test]
    fn a_body_made_to_be_slow_is_not() {
        let braces = "{".repeat(60_000);
        let anchors = format!("{braces}{}", "\"refresh_token\"".repeat(300));
        assert!(tokens(anchors.as_bytes()).is_none());
        let nested = format!("{}\"refresh_token\"", r#"{"a":"#.repeat(12_000));
        assert!(tokens(nested.as_bytes()).is_none());
    }
}
