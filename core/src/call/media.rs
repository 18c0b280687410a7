//! Media types that a caller names, and those that a document allows.

/// A text of the document or the caller that is not a media type breaks the head of a part or of a request.
const LONGEST: usize = 255;

/// Type and subtype without parameters: the same in any capitals (RFC 9110, section 8.3.1).
pub(super) fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type is JSON, or made of it (RFC 6839, section 3.1).
pub(super) fn is_json(media_type: &str) -> bool {
    let bare = bare(media_type);
    matches!(bare.as_str(), "application/json" | "text/json") || bare.ends_with("+json")
}

/// Whether one of these types or ranges, which commas separate, covers this one. Parameters do not count.
pub(super) fn is_listed(listed: &str, own: &str) -> bool {
    listed.split(',').map(str::trim).any(|known| covers(known, own))
}

/// Whether a type of the document, which may be a range, covers this one. Parameters do not count.
pub(super) fn covers(known: &str, own: &str) -> bool {
    let (known, own) = (bare(known), bare(own));
    match known.strip_suffix('*') {
        Some("*/") => true,
        Some(start) => own.starts_with(start),
        // A range over a suffix (RFC 6838, section 4.2.8), which OpenAPI does not define and documents use.
        None => match known.split_once("*+") {
            Some((start, suffix)) => own.starts_with(start) && own.ends_with(&format!("+{suffix}")),
            None => known == own,
        },
    }
}

/// Whether a text can stand where a media type does.
pub(super) fn is_one(text: &str) -> bool {
    let is_visible = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let bare = bare(text);
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let is_pair = bare.split_once('/').is_some_and(|(kind, sort)| is_token(kind) && is_token(sort));
    is_visible && is_pair && text.len() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_one_of_those_that_are_listed() {
        for (listed, own) in [
            ("image/png, image/jpeg", "IMAGE/jpeg; q=1"),
            ("image/*", "image/webp"),
            ("*/*", "a/b"),
            ("application/*+json", "application/patch+json"),
        ] {
            assert!(is_listed(listed, own), "{listed} {own}");
        }
        for (listed, own) in
            [("image/png", "image/pn"), ("image/*", "images/png"), ("application/*+json", "application/json")]
        {
            assert!(!is_listed(listed, own), "{listed} {own}");
        }
        assert!(
            is_one("multipart/mixed; boundary=\"a b\"") && !is_one("image") && !is_one("a/b\r\nX: y") && !is_one("*/*")
        );
    }
}
