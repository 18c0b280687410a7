//! The members of a truncated or malformed object: everything that is complete before the error.

use serde_json::Value;

use super::members::{MEMBERS, Members, canonical};

/// The complete members at the top of an object. Iterative, so that no depth can exhaust the stack.
pub(super) fn members(body: &[u8]) -> Members {
    let mut members = Members::default();
    let mut scan = Scan { rest: body };
    if scan.expect(b'{').is_none() {
        return members;
    }
    while let Some((name, value)) = scan.member() {
        if let Some(value) = value.filter(|_| MEMBERS.contains(&canonical(&name))) {
            members.insert(&name, value);
        }
        if scan.expect(b',').is_none() {
            break;
        }
    }
    members
}

struct Scan<'a> {
    rest: &'a [u8],
}

impl<'a> Scan<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip_blanks();
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    /// Name and value; the value is none where it is an object or a list.
    fn member(&mut self) -> Option<(String, Option<Value>)> {
        self.skip_blanks();
        let name = serde_json::from_slice(self.text()?).ok()?;
        self.expect(b':')?;
        self.skip_blanks();
        Some((name, self.value()?))
    }

    fn value(&mut self) -> Option<Option<Value>> {
        match self.rest.first()? {
            b'"' => Some(serde_json::from_slice(self.text()?).ok()),
            b'{' | b'[' => self.skip_nested().map(|()| None),
            _ => Some(serde_json::from_slice(self.word()?).ok()),
        }
    }

    /// A string with its quotes.
    fn text(&mut self) -> Option<&'a [u8]> {
        let mut escaped = false;
        let end = self.rest.strip_prefix(b"\"")?.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        })?;
        self.take(end + 2)
    }

    /// A number or a word. It is complete only where something follows.
    fn word(&mut self) -> Option<&'a [u8]> {
        let end = self.rest.iter().position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n'))?;
        self.take(end)
    }

    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.rest.first()? {
                b'"' => drop(self.text()?),
                byte => {
                    match byte {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    self.take(1)?;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use zeyos_core::Timestamp;

    use super::*;

    const WHOLE: &str = r#"{"x": {"a": ["}", 1]}, "expires_in": 60, "access_token": "a", "refresh_token": "r\u0041"}"#;

    #[test]
    fn a_cut_object_gives_what_was_complete() {
        let closing_quote = WHOLE.len() - 1;
        for cut in 0..WHOLE.len() {
            let tokens = members(&WHOLE.as_bytes()[..cut]).tokens(Timestamp::from_unix(0));
            let refresh = tokens.and_then(|tokens| tokens.refresh_token);
            assert_eq!(
                refresh.as_ref().map(zeyos_core::Secret::expose),
                (cut >= closing_quote).then_some("rA"),
                "{cut}"
            );
        }
    }

    #[test]
    fn escaped_quotes_end_no_string_and_an_escaped_backslash_escapes_nothing() {
        for before in [r#""a \"b\" c""#, r#""c:\\""#, r#""\\\"""#, r#"{"x": "}\"}"}"#] {
            let cut = format!(r#"{{"x": {before}, "refresh_token": "r", "#);
            let tokens = members(cut.as_bytes()).tokens(Timestamp::from_unix(0));
            assert!(tokens.is_some_and(|tokens| tokens.refresh_token == Some("r".into())), "{cut}");
        }
    }

    #[test]
    fn what_is_no_object_gives_nothing_and_no_depth_exhausts_the_stack() {
        let deep = format!("{{\"x\": {}", "[".repeat(1_000_000));
        for odd in ["", "[]", "<html>", "{]", "{\"a\"", "{\"x\": ]}", "\u{feff}{}", deep.as_str()] {
            assert!(members(odd.as_bytes()).tokens(Timestamp::from_unix(0)).is_none());
        }
    }
}
