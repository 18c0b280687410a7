//! Texts of others as texts that rustdoc takes: their code, lists and links stay, and what would be read as a link to an item or
//! as an element of HTML is written so that it is neither.

/// The text with its signs made safe.
pub(crate) fn safe(text: &str) -> String {
    let mut safe = String::new();
    let mut in_fence = false;
    for paragraph in text.trim().split_inclusive('\n') {
        if paragraph.trim_start().starts_with("```") {
            in_fence = !in_fence;
            safe.push_str(paragraph);
        } else if in_fence {
            safe.push_str(paragraph);
        } else {
            safe.push_str(&line(paragraph));
        }
    }
    if in_fence {
        safe.push_str("\n```");
    }
    safe
}

fn line(text: &str) -> String {
    // A mark without its partner is not code.
    if text.matches('`').count() % 2 == 1 {
        return words(&text.replace('`', "'"));
    }
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 0 { words(part) } else { format!("`{part}`") });
    let joined: String = parts.collect();
    // `[` before code would still be a link to an item.
    joined
}

/// Words outside of code.
fn words(text: &str) -> String {
    let mut safe = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let after = &rest[letter.len_utf8()..];
        match letter {
            '<' if rest.starts_with("<http")
                && address(after).is_some_and(|url| after[url.len()..].starts_with('>')) =>
            {
                let url = address(after).unwrap_or_default();
                safe.push_str(&format!("<{url}>"));
                rest = &after[url.len() + 1..];
                continue;
            }
            'h' if rest.starts_with("http://") || rest.starts_with("https://") => {
                let url = address(rest).unwrap_or(rest);
                let url = url.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
                safe.push_str(&format!("<{url}>"));
                rest = &rest[url.len()..];
                continue;
            }
            '[' => {
                if let Some((label, url, left)) = link(after) {
                    match url.contains("://") {
                        true => safe.push_str(&format!("[{}]({url})", words(label).replace(['<', '>'], ""))),
                        false => safe.push_str(&words(label)),
                    }
                    rest = left;
                    continue;
                }
                safe.push_str("\\[");
            }
            ']' => safe.push_str("\\]"),
            '<' => safe.push_str("\\<"),
            '\\' => {
                safe.push('\\');
                // An escape stays one.
                match after.chars().next() {
                    Some(next) if next.is_ascii_punctuation() => {
                        safe.push(next);
                        rest = &after[next.len_utf8()..];
                        continue;
                    }
                    _ => safe.push('\\'),
                }
            }
            '\r' | '\u{0}' => {}
            letter => safe.push(letter),
        }
        rest = after;
    }
    safe
}

/// The address at the start of a text.
fn address(text: &str) -> Option<&str> {
    let end = text.find(|c: char| c.is_whitespace() || "<>()[]\"'`|".contains(c)).unwrap_or(text.len());
    (end > 8).then(|| &text[..end])
}

/// A link after its first bracket: label, address, and what follows.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (label, after) = text.split_once("](")?;
    let (url, rest) = after.split_once(')')?;
    let is_one = !label.contains(['[', ']', '\n']) && !url.contains(char::is_whitespace);
    is_one.then_some((label, url, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rustdoc_would_take_for_something_else_is_escaped() {
        for (text, wanted) in [
            ("a <b>bold</b> [x] word", "a \\<b>bold\\</b> \\[x\\] word"),
            ("`Vec<u8>` and [i]", "`Vec<u8>` and \\[i\\]"),
            ("see https://a.example/b.", "see <https://a.example/b>."),
            ("see <https://a.example/b>", "see <https://a.example/b>"),
            ("[words](https://a.example/b) and [here](#there)", "[words](https://a.example/b) and here"),
            ("a ` alone", "a ' alone"),
            ("```json\n[1] <a>\n```", "```json\n[1] <a>\n```"),
            ("[`Foo`]", "\\[`Foo`\\]"),
        ] {
            assert_eq!(safe(text), wanted);
        }
    }
}
